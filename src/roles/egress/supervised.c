// SPDX-License-Identifier: Apache-2.0
// What the supervisor says: start, policies, workers' channels, stop.
#include "roles/egress/supervised.h"
#include "base/clock.h"
#include "base/log.h"
#include "confine/confine.h"
#include "launch/begin.h"

enum { START_WAIT_S = 10 };

static int start(struct pn_egress *e, const struct pn_msg_egress_start *msg, struct pn_err *err) {
    pn_log_init(pn_role_name(PN_ROLE_EGRESS), (enum pn_level)msg->log_level);
    if (uv_loop_init(&e->loop) != 0 || uv_timer_init(&e->loop, &e->tick) != 0)
        return pn_fail(err, PN_E_SYSTEM, "the event loop does not start");
    e->tick.data = e;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return pn_fail(err, PN_E_SYSTEM, "libcurl does not start");
    e->roots = pn_roots_load(msg->ca_file, err);
    if (e->roots == NULL || pn_resolver_init(&e->resolver, &e->loop, msg->resolver, err) < 0)
        return -1;
    if (pn_confine_files(PN_ROLE_EGRESS, NULL, 0, err) != 0)
        return -1;
    return pn_confine_lock(PN_ROLE_EGRESS, err);
}

int pn_supervised_start(struct pn_egress *e, struct pn_err *err) {
    struct pn_msg msg;
    int rc = pn_chan_recv_wait(&e->chan, &msg, pn_now() + START_WAIT_S * PN_SEC, err);
    if (rc < 0)
        return -1;
    if (rc == 0 || msg.type != PN_MSG_EGRESS_START)
        return pn_fail(err, PN_E_PEER, "the supervisor did not say how to start");
    return start(e, &msg.egress_start, err);
}

static int take_link(struct pn_egress *e, struct pn_msg *msg, struct pn_err *err) {
    struct pn_slot *slot = pn_slot_find(e, msg->link.slot);
    if (msg->link.kind != PN_LINK_EGRESS || slot == NULL)
        return pn_fail(err, PN_E_PEER, "a channel for slot %u, which has no policy", msg->link.slot);
    return pn_link_open(slot, msg->link.index, pn_chan_take_fd(&e->chan), err);
}

static int take_message(struct pn_egress *e, struct pn_msg *msg, struct pn_err *err) {
    struct pn_slot *slot = NULL;
    if (msg->type == PN_MSG_EGRESS_POLICY)
        return pn_slot_set_policy(e, &msg->egress_policy, err);
    if (msg->type == PN_MSG_LINK)
        return take_link(e, msg, err);
    if (msg->type == PN_MSG_UNLINK)
        slot = pn_slot_find(e, msg->unlink.slot);
    if (slot != NULL)
        pn_slot_unlink(slot);
    if (msg->type == PN_MSG_SHUTDOWN)
        uv_stop(&e->loop);
    return 0;
}

static void on_message(uv_poll_t *poll, int status, int events) {
    struct pn_egress *e = poll->data;
    struct pn_msg msg;
    struct pn_err err = {0};
    for (;;) {
        int rc = pn_chan_recv(&e->chan, &msg, &err);
        if (rc < 0 && err.category == PN_E_RETRY)
            return;
        if (rc > 0 && take_message(e, &msg, &err) == 0)
            continue;
        // Without a supervisor there is nobody to work for; one that cannot be understood is no better.
        if (rc != 0)
            pn_log(PN_LOG_ERROR, "stopping: %s", err.text);
        uv_stop(&e->loop);
        return;
    }
}

int pn_supervised_watch(struct pn_egress *e, struct pn_err *err) {
    e->poll.data = e;
    if (uv_poll_init(&e->loop, &e->poll, e->chan.fd) != 0 || uv_poll_start(&e->poll, UV_READABLE, on_message) != 0)
        return pn_fail(err, PN_E_SYSTEM, "the channel to the supervisor cannot be watched");
    return 0;
}
