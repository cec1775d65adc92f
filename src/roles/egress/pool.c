// SPDX-License-Identifier: Apache-2.0
#include "roles/egress/pool.h"

#include <stdlib.h>

enum { CONNECTIONS_KEPT = 16, CONNECTIONS_MOST = 64 };

// One socket of libcurl that is watched.
struct watch {
    uv_poll_t poll;
    struct pn_pool *pool;
    curl_socket_t fd;
};

static void work(struct pn_pool *pool, curl_socket_t fd, int what) {
    int running;
    (void)curl_multi_socket_action(pool->multi, fd, what, &running);
    pool->settle(pool->data);
}

static void on_socket(uv_poll_t *poll, int status, int events) {
    struct watch *w = poll->data;
    int what = status < 0 ? CURL_CSELECT_ERR : 0;
    what |= (events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0;
    what |= (events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0;
    work(w->pool, w->fd, what); // may free w
}

static void on_watch_closed(uv_handle_t *handle) {
    free(handle->data);
}

static struct watch *watch_new(struct pn_pool *pool, curl_socket_t fd) {
    struct watch *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    if (uv_poll_init(pool->loop, &w->poll, fd) != 0) {
        free(w);
        return NULL;
    }
    *w = (struct watch){.poll = w->poll, .pool = pool, .fd = fd};
    w->poll.data = w;
    return w;
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data) {
    struct pn_pool *pool = data;
    struct watch *w = socket_data;
    if (what == CURL_POLL_REMOVE) {
        if (w != NULL)
            uv_close((uv_handle_t *)&w->poll, on_watch_closed);
        return curl_multi_assign(pool->multi, fd, NULL) == CURLM_OK ? 0 : -1;
    }
    if (w == NULL) {
        w = watch_new(pool, fd);
        if (w == NULL || curl_multi_assign(pool->multi, fd, w) != CURLM_OK)
            return -1;
    }
    int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    return uv_poll_start(&w->poll, events, on_socket);
}

static void on_timer(uv_timer_t *timer) {
    work(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long ms, void *data) {
    struct pn_pool *pool = data;
    if (ms < 0)
        return uv_timer_stop(&pool->timer);
    return uv_timer_start(&pool->timer, on_timer, (uint64_t)ms, 0);
}

struct pn_pool *pn_pool_new(uv_loop_t *loop, void (*settle)(void *data), void *data, struct pn_err *err) {
    struct pn_pool *pool = calloc(1, sizeof *pool);
    CURLM *multi = curl_multi_init();
    if (pool == NULL || multi == NULL) {
        free(pool);
        (void)curl_multi_cleanup(multi);
        (void)pn_fail(err, PN_E_SYSTEM, "out of memory");
        return NULL;
    }
    *pool = (struct pn_pool){.multi = multi, .loop = loop, .settle = settle, .data = data};
    (void)uv_timer_init(loop, &pool->timer);
    pool->timer.data = pool;
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, pool);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, pool);
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    (void)curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MOST);
    (void)curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    return pool;
}

static void on_timer_closed(uv_handle_t *handle) {
    free(handle->data);
}

void pn_pool_free(struct pn_pool *pool) {
    if (pool == NULL)
        return;
    (void)curl_multi_cleanup(pool->multi);
    uv_close((uv_handle_t *)&pool->timer, on_timer_closed);
}
