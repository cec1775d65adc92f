// SPDX-License-Identifier: Apache-2.0
// wasi:io/poll: everything a guest waits for goes into one set and one sleep, never longer than the call may take.
#include "wasi/io.h"
#include "wasi/link.h"
#include "wasi/val.h"

#include <stdlib.h>

struct pollable {
    pn_ready_fn *ready;
    void *self;
    uint64_t when; // of a timer
};

bool pn_io_always_ready(struct pn_host *h, void *self, struct pn_wait *w) {
    return true;
}

static bool timer_ready(struct pn_host *h, void *self, struct pn_wait *w) {
    const struct pollable *p = self;
    pn_wait_until(w, p->when);
    return pn_now() >= p->when;
}

static void free_pollable(struct pn_host *h, void *object) {
    free(object);
}

static struct pollable *pollable_new(struct pn_host *h, struct pn_err *err) {
    struct pollable *p = calloc(1, sizeof *p);
    if (p == NULL)
        (void)pn_host_stop(h, PN_END_TRAP, err, "out of memory for a pollable");
    return p;
}

int pn_io_add_pollable(struct pn_host *h, pn_ready_fn *ready, void *self, uint32_t parent, uint32_t *rep,
                       struct pn_err *err) {
    struct pollable *p = pollable_new(h, err);
    if (p == NULL)
        return -1;
    p->ready = ready;
    p->self = self;
    return pn_host_add(h, PN_RES_POLLABLE, p, free_pollable, parent, rep, err);
}

int pn_io_add_timer(struct pn_host *h, uint64_t when, uint32_t *rep, struct pn_err *err) {
    struct pollable *p = pollable_new(h, err);
    if (p == NULL)
        return -1;
    p->ready = timer_ready;
    p->self = p;
    p->when = when;
    return pn_host_add(h, PN_RES_POLLABLE, p, free_pollable, 0, rep, err);
}

int pn_io_subscribe(struct pn_host *h, pn_ready_fn *ready, void *self, uint32_t parent,
                    wasmtime_component_val_t *results, struct pn_err *err) {
    uint32_t rep = 0;
    if (pn_io_add_pollable(h, ready, self, parent, &rep, err) < 0)
        return -1;
    results[0] = pn_val_own(h, PN_RES_POLLABLE, rep);
    return 0;
}

// A callback may have found that the call is over.
static int still_going(struct pn_host *h, struct pn_err *err) {
    return h->end == PN_END_NONE ? 0 : pn_fail(err, PN_E_LIMIT, "%s", h->end_text);
}

int pn_io_block_on(struct pn_host *h, pn_ready_fn *ready, void *self, struct pn_err *err) {
    for (;;) {
        struct pn_wait w = PN_WAIT_INIT;
        bool done = ready(h, self, &w);
        if (still_going(h, err) < 0)
            return -1;
        if (done)
            return 0;
        if (pn_host_wait(h, &w, err) < 0)
            return -1;
    }
}

static int ready(struct pn_host *h, const wasmtime_component_val_t *args, wasmtime_component_val_t *results,
                 struct pn_err *err) {
    struct pollable *p = pn_arg_resource(h, &args[0], PN_RES_POLLABLE, NULL, err);
    if (p == NULL)
        return -1;
    struct pn_wait w = PN_WAIT_INIT;
    results[0] = pn_val_bool(p->ready(h, p->self, &w));
    return still_going(h, err);
}

static int block(struct pn_host *h, const wasmtime_component_val_t *args, wasmtime_component_val_t *results,
                 struct pn_err *err) {
    struct pollable *p = pn_arg_resource(h, &args[0], PN_RES_POLLABLE, NULL, err);
    return p == NULL ? -1 : pn_io_block_on(h, p->ready, p->self, err);
}

// Several pollables as one thing to wait for.
struct many {
    struct pollable **list;
    bool *done;
    size_t len, done_len;
};

static bool any_ready(struct pn_host *h, void *self, struct pn_wait *w) {
    struct many *m = self;
    m->done_len = 0;
    for (size_t i = 0; i < m->len; i++) {
        m->done[i] = m->list[i]->ready(h, m->list[i]->self, w);
        m->done_len += m->done[i] ? 1 : 0;
    }
    return m->done_len > 0;
}

static void put_indexes(const struct many *m, wasmtime_component_val_t *result) {
    *result = pn_val_list(m->done_len);
    size_t at = 0;
    for (size_t i = 0; i < m->len; i++)
        if (m->done[i])
            result->of.list.data[at++] = pn_val_u32((uint32_t)i);
}

static int take_pollables(struct pn_host *h, const wasmtime_component_val_t *arg, struct many *m, struct pn_err *err) {
    for (size_t i = 0; i < m->len; i++) {
        m->list[i] = pn_arg_resource(h, &arg->of.list.data[i], PN_RES_POLLABLE, NULL, err);
        if (m->list[i] == NULL)
            return -1;
    }
    return 0;
}

static int poll_many(struct pn_host *h, const wasmtime_component_val_t *args, wasmtime_component_val_t *results,
                     struct pn_err *err) {
    struct many m = {.len = args[0].of.list.size};
    if (m.len == 0 || m.len > PN_RESOURCES_MAX)
        return pn_fail(err, PN_E_INPUT, "poll takes 1 to %u pollables, not %zu", PN_RESOURCES_MAX, m.len);
    m.list = calloc(m.len, sizeof *m.list);
    m.done = calloc(m.len, sizeof *m.done);
    int rc = m.list == NULL || m.done == NULL ? pn_fail(err, PN_E_SYSTEM, "out of memory")
                                              : take_pollables(h, &args[0], &m, err);
    if (rc == 0)
        rc = pn_io_block_on(h, any_ready, &m, err);
    if (rc == 0)
        put_indexes(&m, &results[0]);
    free(m.list);
    free(m.done);
    return rc;
}

static const struct pn_wasi_resource resources[] = {{"pollable", PN_RES_POLLABLE}, {0}};
static const struct pn_wasi_func funcs[] = {
    {"[method]pollable.ready", "h>b", ready},
    {"[method]pollable.block", "h>", block},
    {"poll", "[h>[4", poll_many},
    {0},
};
const struct pn_wasi_interface pn_wasi_io_poll = {"wasi:io/poll", .resources = resources, .funcs = funcs};
