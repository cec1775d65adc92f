// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "confine/confine.h"
#include "roles/supervisor/supervisor.h"

enum { TICK_MS = 100, STORE_LOOK_TICKS = 30 };
#define END_GRACE (5 * PN_SEC)

static void on_child(uv_signal_t *h, int number) {
    (void)number;
    sup_reap(h->data);
}

static void on_stop(uv_signal_t *h, int number) {
    struct supervisor *s = h->data;
    pn_log(PN_LOG_INFO, "stopping (%s)", strsignal(number));
    sup_end(s, 0);
}

static void look_at_store(struct supervisor *s) {
    uint64_t generation;
    struct pn_err err = {0};
    if (s->store == NULL || pn_store_generation(s->store, &generation, &err) != 0)
        return;
    if (generation != s->generation)
        sup_sync(s);
}

static void on_store(uv_poll_t *h, int status, int events) {
    (void)status;
    (void)events;
    struct supervisor *s = h->data;
    pn_store_watch_drain(s->store_fd);
    look_at_store(s);
}

static bool anyone_left(const struct supervisor *s) {
    if (s->gateway != NULL || s->egress != NULL || s->retired != NULL)
        return true;
    for (const struct sup_component *c = s->components; c != NULL; c = c->next)
        if (c->worker != NULL)
            return true;
    return false;
}

static void kill_all(struct supervisor *s) {
    sup_child_kill(s->gateway);
    sup_child_kill(s->egress);
    for (struct sup_component *c = s->components; c != NULL; c = c->next)
        sup_child_kill(c->worker);
    for (struct sup_child *k = s->retired; k != NULL; k = k->next_retired)
        sup_child_kill(k);
    for (struct sup_command *c = s->commands; c != NULL; c = c->next)
        if (c->pid > 0)
            (void)kill(c->pid, SIGTERM);
}

static void on_tick(uv_timer_t *h) {
    struct supervisor *s = h->data;
    static unsigned ticks;
    if (s->ending) {
        if (s->gateway == NULL || pn_now() >= s->end_by)
            kill_all(s);
        sup_reap(s);
        if (!anyone_left(s))
            uv_stop(&s->loop);
        return;
    }
    sup_components_tick(s);
    if (++ticks % STORE_LOOK_TICKS == 0)
        look_at_store(s);
}

void sup_end(struct supervisor *s, int status) {
    if (!s->ending) {
        s->ending = true;
        s->status = status;
        s->end_by = pn_now() + END_GRACE;
        struct pn_msg_shutdown bye = {0};
        struct pn_err err = {0};
        if (s->gateway != NULL && pn_chan_send(&s->gateway->c.chan, PN_MSG_SHUTDOWN, 0, &bye, -1, &err) != 0)
            s->end_by = 0;
    }
    // The rest of the work is a tick away: nothing is freed while a message is being read.
    (void)uv_timer_start(&s->tick, on_tick, 1, 10);
}

static int start_gateway(struct supervisor *s, struct pn_err *err) {
    struct sup_child *k = sup_child_new(s);
    if (k == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (pn_launch(PN_ROLE_GATEWAY, 0, "", true, &k->c, err) != 0) {
        free(k);
        return -1;
    }
    s->gateway = k;
    struct pn_msg_gateway_start start = {.management = s->serve->management ? 1 : 0,
                                         .log_level = (uint8_t)pn_log_level()};
    if (pn_chan_send_wait(&k->c.chan, PN_MSG_GATEWAY_START, 0, &start, -1, pn_now() + 5 * PN_SEC, err) != 0)
        return -1;
    sup_child_watch(k);
    return 0;
}

static void tell_count(struct supervisor *s) {
    uint32_t n = 0;
    for (const struct sup_component *c = s->components; c != NULL; c = c->next)
        n++;
    struct pn_msg_components_known known = {.count = n};
    struct pn_err err = {0};
    if (s->gateway != NULL && pn_chan_send_wait(&s->gateway->c.chan, PN_MSG_COMPONENTS_KNOWN, 0, &known, -1,
                                                pn_now() + 5 * PN_SEC, &err) != 0)
        pn_log(PN_LOG_ERROR, "gateway: %s", err.text);
}

static int open_store(struct supervisor *s, struct pn_err *err) {
    if (pn_store_dirs_init(&s->dirs, err) != 0 || pn_store_open(&s->dirs, &s->store, err) != 0 ||
        pn_cache_open(&s->dirs, &s->cache, err) != 0)
        return -1;
    s->store_fd = pn_store_watch_fd(s->store, err);
    return s->store_fd < 0 ? -1 : 0;
}

static void start_signal(struct supervisor *s, uv_signal_t *h, uv_signal_cb cb, int number) {
    (void)uv_signal_init(&s->loop, h);
    h->data = s;
    (void)uv_signal_start(h, cb, number);
}

static int start(struct supervisor *s, struct pn_err *err) {
    // The client's first question is answered while the store is still being read.
    if (start_gateway(s, err) != 0)
        return -1;
    if (open_store(s, err) != 0 || pn_confine_lock(PN_ROLE_SUPERVISOR, err) != 0)
        return -1;
    (void)uv_poll_init(&s->loop, &s->store_poll, s->store_fd);
    s->store_poll.data = s;
    (void)uv_poll_start(&s->store_poll, UV_READABLE, on_store);
    sup_sync(s);
    tell_count(s);
    return 0;
}

static void supervisor_fini(struct supervisor *s) {
    kill_all(s);
    sup_components_fini(s);
    pn_cache_close(s->cache);
    pn_store_close(s->store);
    pn_store_dirs_fini(&s->dirs);
}

int pn_supervisor_run(const struct pn_serve *serve, struct pn_err *err) {
    static struct supervisor s; // one per process
    s = (struct supervisor){.serve = serve, .store_fd = -1, .next_slot = 1};
    (void)signal(SIGPIPE, SIG_IGN);
    if (uv_loop_init(&s.loop) != 0)
        return pn_fail(err, PN_E_SYSTEM, "the event loop does not start");
    if (pn_confine_enter(PN_ROLE_SUPERVISOR, 0, err) != 0)
        return -1;
    start_signal(&s, &s.child_signal, on_child, SIGCHLD);
    start_signal(&s, &s.term_signal, on_stop, SIGTERM);
    start_signal(&s, &s.int_signal, on_stop, SIGINT);
    (void)uv_timer_init(&s.loop, &s.tick);
    s.tick.data = &s;
    (void)uv_timer_start(&s.tick, on_tick, TICK_MS, TICK_MS);
    if (start(&s, err) != 0) {
        supervisor_fini(&s);
        return -1;
    }
    (void)uv_run(&s.loop, UV_RUN_DEFAULT);
    supervisor_fini(&s);
    return s.status;
}
