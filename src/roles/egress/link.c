// SPDX-License-Identifier: Apache-2.0
// The channel of one call slot of a worker. The worker may have been taken over by its component: every frame is
// judged, and a broken one costs this channel and its exchanges, nothing else.
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "roles/egress/exchange.h"

enum { FRAMES_AT_ONCE = 64 };

static struct pn_exchange *find_exchange(struct pn_link *l, uint64_t call) {
    struct pn_exchange *x = l->exchanges;
    while (x != NULL && (x->call != call || x->over))
        x = x->next;
    return x;
}

static int take_open(struct pn_link *l, struct pn_exchange *x, const struct pn_msg *msg, struct pn_err *err) {
    if (x != NULL)
        return pn_fail(err, PN_E_PEER, "a request with the number of another that is not finished");
    return pn_exchange_open(l, msg->call_id, &msg->http_open, err);
}

// Frames for an exchange that has ended here are late, not wrong.
static int take_message(struct pn_link *l, const struct pn_msg *msg, struct pn_err *err) {
    struct pn_exchange *x = find_exchange(l, msg->call_id);
    if (msg->type == PN_MSG_HTTP_OPEN)
        return take_open(l, x, msg, err);
    if (x == NULL)
        return 0;
    if (msg->type == PN_MSG_HTTP_DATA)
        return pn_exchange_data(x, msg->http_data.data, err);
    if (msg->type == PN_MSG_HTTP_END)
        return pn_exchange_end(x, msg->http_end.trailers, err);
    if (msg->type == PN_MSG_HTTP_CREDIT)
        return pn_exchange_credit(x, msg->http_credit.bytes, err);
    if (msg->type == PN_MSG_HTTP_CANCEL) {
        x->over = true;
        return 0;
    }
    return pn_fail(err, PN_E_PEER, "a message that belongs elsewhere");
}

static void receive(struct pn_link *l) {
    struct pn_msg msg;
    struct pn_err err = {0};
    for (unsigned i = 0; i < FRAMES_AT_ONCE && !l->dead; i++) {
        int rc = pn_chan_recv(&l->chan, &msg, &err);
        if (rc < 0 && err.category == PN_E_RETRY)
            return;
        if (rc == 0)
            l->dead = true;
        if (rc < 0 || (rc > 0 && take_message(l, &msg, &err) < 0)) {
            pn_log(PN_LOG_ERROR, "component %s: channel %u closed: %s", l->slot->id, l->index, err.text);
            l->dead = true;
        }
    }
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct pn_link *l = poll->data;
    struct pn_slot *slot = l->slot;
    l->dead = l->dead || status < 0;
    if ((events & UV_WRITABLE) != 0)
        l->blocked = false;
    if (!l->dead && (events & (UV_READABLE | UV_DISCONNECT)) != 0)
        receive(l);
    pn_slot_settle(slot);
}

void pn_link_watch(struct pn_link *l) {
    int events = UV_READABLE | (l->blocked ? UV_WRITABLE : 0);
    if (events == l->events)
        return;
    l->events = events;
    if (uv_poll_start(&l->poll, events, on_poll) != 0)
        l->dead = true;
}

bool pn_link_send(struct pn_link *l, enum pn_msg_type type, uint64_t call, const void *body) {
    struct pn_err err = {0};
    if (l->dead || l->blocked)
        return false;
    if (pn_chan_send(&l->chan, type, call, body, -1, &err) == 0)
        return true;
    if (err.category == PN_E_RETRY) {
        l->blocked = true;
        return false;
    }
    if (err.category != PN_E_PEER)
        pn_log(PN_LOG_ERROR, "component %s: channel %u closed: %s", l->slot->id, l->index, err.text);
    l->dead = true;
    return false;
}

static void on_closed(uv_handle_t *handle) {
    free(handle->data);
}

int pn_link_open(struct pn_slot *s, uint32_t index, int fd, struct pn_err *err) {
    pn_auto(pn_fd) int owned = fd;
    struct pn_link *l = calloc(1, sizeof *l);
    if (l == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    int rc = uv_poll_init(&s->egress->loop, &l->poll, owned);
    if (rc != 0) {
        free(l);
        return pn_fail(err, PN_E_SYSTEM, "channel of a worker: %s", uv_strerror(rc));
    }
    l->poll.data = l;
    l->slot = s;
    l->index = index;
    pn_chan_init(&l->chan, pn_steal_fd(&owned), PN_ROLE_EGRESS, PN_ROLE_WORKER);
    l->next = s->links;
    s->links = l;
    pn_link_watch(l);
    return 0;
}

void pn_link_free(struct pn_link *l) {
    while (l->exchanges != NULL) {
        struct pn_exchange *x = l->exchanges;
        l->exchanges = x->next;
        pn_exchange_free(x);
    }
    uv_close((uv_handle_t *)&l->poll, on_closed);
    pn_chan_fini(&l->chan);
}
