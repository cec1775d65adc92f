// SPDX-License-Identifier: Apache-2.0
#include "roles/egress/resolver.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/cleanup.h"

enum { QUERY_MS = 2000, TRIES = 2 };

struct watch {
    uv_poll_t poll;
    struct pn_resolver *resolver;
    ares_socket_t fd;
    struct watch *next;
};

struct pn_lookup {
    pn_resolved_fn *done; // NULL = cancelled
    void *data;
    bool inside; // c-ares has not returned yet
    bool answered;
    struct pn_addr addrs[PN_ADDRESSES_MAX];
    size_t count;
    enum pn_http_error why;
};

// --- sockets of c-ares ---

static struct watch *watches; // of the process's only resolver

static void on_socket(uv_poll_t *poll, int status, int events) {
    struct watch *w = poll->data;
    bool in = status < 0 || (events & UV_READABLE) != 0, out = status < 0 || (events & UV_WRITABLE) != 0;
    ares_process_fd(w->resolver->channel, in ? w->fd : ARES_SOCKET_BAD, out ? w->fd : ARES_SOCKET_BAD);
}

static void on_closed(uv_handle_t *handle) {
    free(handle->data);
}

static struct watch **find_watch(ares_socket_t fd) {
    struct watch **at = &watches;
    while (*at != NULL && (*at)->fd != fd)
        at = &(*at)->next;
    return at;
}

static struct watch *watch_new(struct pn_resolver *r, ares_socket_t fd) {
    struct watch *w = calloc(1, sizeof *w);
    if (w == NULL || uv_poll_init(r->loop, &w->poll, fd) != 0) {
        free(w);
        return NULL;
    }
    w->poll.data = w;
    w->resolver = r;
    w->fd = fd;
    w->next = watches;
    watches = w;
    return w;
}

static void watch_socket(void *data, ares_socket_t fd, int in, int out) {
    struct watch **at = find_watch(fd);
    struct watch *w = *at;
    if (in == 0 && out == 0) {
        if (w == NULL)
            return;
        *at = w->next;
        uv_close((uv_handle_t *)&w->poll, on_closed);
        return;
    }
    if (w == NULL)
        w = watch_new(data, fd);
    if (w != NULL)
        (void)uv_poll_start(&w->poll, (in != 0 ? UV_READABLE : 0) | (out != 0 ? UV_WRITABLE : 0), on_socket);
}

// --- the resolver ---

static int use_servers(struct pn_resolver *r, struct pn_view servers, struct pn_err *err) {
    pn_auto(pn_free) char *text = pn_view_dup(servers);
    if (text == NULL || ares_set_servers_ports_csv(r->channel, text) != ARES_SUCCESS)
        return pn_fail(err, PN_E_INPUT,
                       "resolver: write addresses with ports, separated by commas, as in 192.0.2.1:53");
    return 0;
}

int pn_resolver_init(struct pn_resolver *r, uv_loop_t *loop, struct pn_view servers, struct pn_err *err) {
    *r = (struct pn_resolver){.loop = loop};
    static char lookups[] = "fb";
    struct ares_options options = {
        .flags = ARES_FLAG_NOSEARCH,
        .timeout = QUERY_MS,
        .tries = TRIES,
        .lookups = lookups,
        .sock_state_cb = watch_socket,
        .sock_state_cb_data = r,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    int rc = ares_library_init(ARES_LIB_INIT_ALL);
    if (rc == ARES_SUCCESS)
        rc = ares_init_options(&r->channel, &options, mask);
    if (rc != ARES_SUCCESS)
        return pn_fail(err, PN_E_SYSTEM, "the resolver does not start: %s", ares_strerror(rc));
    if (servers.len == 0)
        return 0;
    if (use_servers(r, servers, err) == 0)
        return 0;
    pn_resolver_fini(r);
    return -1;
}

void pn_resolver_fini(struct pn_resolver *r) {
    ares_destroy(r->channel);
    ares_library_cleanup();
}

void pn_resolver_tick(struct pn_resolver *r) {
    ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

// --- one lookup ---

static int by_bytes(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct pn_addr));
}

static void add_address(struct pn_lookup *l, const struct sockaddr *sa) {
    if (l->count == PN_ADDRESSES_MAX)
        return;
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        pn_copy(&in, sa, sizeof in);
        uint8_t four[4];
        pn_copy(four, &in.sin_addr, sizeof four);
        l->addrs[l->count++] = pn_addr_from_v4(four);
    }
    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        pn_copy(&in6, sa, sizeof in6);
        l->addrs[l->count++] = pn_addr_from_v6(in6.sin6_addr.s6_addr);
    }
}

static void deliver(struct pn_lookup *l) {
    if (l->done != NULL)
        l->done(l->data, l->addrs, l->count, l->why);
    free(l);
}

static void on_answer(void *data, int status, int timeouts, struct ares_addrinfo *info) {
    struct pn_lookup *l = data;
    l->answered = true;
    l->why = status == ARES_ETIMEOUT ? PN_HTTP_DNS_TIMEOUT : PN_HTTP_DNS_ERROR;
    for (struct ares_addrinfo_node *n = info == NULL ? NULL : info->nodes; n != NULL; n = n->ai_next)
        add_address(l, n->ai_addr);
    ares_freeaddrinfo(info);
    // IPv4 (::ffff:) sorts first; a fixed order lets connections be used again.
    qsort(l->addrs, l->count, sizeof *l->addrs, by_bytes);
    if (!l->inside)
        deliver(l);
}

struct pn_lookup *pn_resolver_ask(struct pn_resolver *r, const char *name, pn_resolved_fn *done, void *data) {
    struct pn_lookup *l = calloc(1, sizeof *l);
    if (l == NULL) {
        done(data, NULL, 0, PN_HTTP_DNS_ERROR);
        return NULL;
    }
    *l = (struct pn_lookup){.done = done, .data = data, .inside = true, .why = PN_HTTP_DNS_ERROR};
    struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = ARES_AI_NOSORT};
    ares_getaddrinfo(r->channel, name, NULL, &hints, on_answer, l);
    l->inside = false;
    if (!l->answered)
        return l;
    deliver(l);
    return NULL;
}

void pn_lookup_cancel(struct pn_lookup *lookup) {
    if (lookup != NULL)
        lookup->done = NULL;
}
