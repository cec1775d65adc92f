// SPDX-License-Identifier: Apache-2.0
// What children say. A child that breaks the protocol is killed; its restart follows from its death.
#include "base/clock.h"
#include "base/log.h"
#include "roles/supervisor/supervisor.h"

static struct sup_component *by_slot(struct supervisor *s, uint32_t slot) {
    for (struct sup_component *c = s->components; c != NULL; c = c->next)
        if (c->slot == slot)
            return c;
    return NULL;
}

static bool from_gateway(struct supervisor *s, const struct pn_msg *msg) {
    switch ((int)msg->type) {
    case PN_MSG_READY:
        return true;
    case PN_MSG_DONE:
        sup_end(s, msg->done.status);
        return true;
    case PN_MSG_WORKER_HUNG: {
        struct sup_component *c = by_slot(s, msg->worker_hung.slot);
        if (c != NULL && c->worker != NULL) {
            pn_log(PN_LOG_ERROR, "the %s process does not answer and is ended", c->worker->c.name);
            sup_child_kill(c->worker);
        }
        return true;
    }
    case PN_MSG_ADMIN:
        sup_admin(s, msg->call_id, &msg->admin);
        return true;
    case PN_MSG_FAILED:
        pn_log(PN_LOG_ERROR, "gateway: %.*s", PN_FMT(msg->failed.text));
        return true;
    default:
        return false;
    }
}

static bool from_worker(struct supervisor *s, struct sup_child *k, const struct pn_msg *msg) {
    struct sup_component *c = k->component;
    if (msg->type == PN_MSG_READY) {
        if (c != NULL)
            sup_component_worker_ready(s, c);
        return true;
    }
    if (msg->type != PN_MSG_FAILED)
        return false;
    if (c == NULL)
        return true;
    char reason[1100];
    (void)snprintf(reason, sizeof reason, "%.*s", PN_FMT(msg->failed.text));
    // It exits by itself, or is ended; a failure at the start is final, no restart helps.
    k->kill_at = pn_now() + 2 * PN_SEC;
    k->component = NULL;
    c->worker = NULL;
    k->next_retired = s->retired;
    s->retired = k;
    sup_component_failed(s, c, reason);
    return true;
}

static bool handle(struct sup_child *k, const struct pn_msg *msg) {
    if (k == k->sup->gateway)
        return from_gateway(k->sup, msg);
    if (k->c.role == PN_ROLE_WORKER)
        return from_worker(k->sup, k, msg);
    if (msg->type == PN_MSG_FAILED)
        pn_log(PN_LOG_ERROR, "%s: %.*s", k->c.name, PN_FMT(msg->failed.text));
    return msg->type == PN_MSG_READY || msg->type == PN_MSG_FAILED;
}

void sup_take_messages(struct sup_child *k) {
    for (;;) {
        struct pn_msg msg;
        struct pn_err err = {0};
        int rc = pn_chan_recv(&k->c.chan, &msg, &err);
        if (rc < 0 && err.category == PN_E_RETRY)
            return;
        if (rc == 1 && handle(k, &msg))
            continue;
        // End of file: its death is on the way. Anything else is a breach of the protocol.
        if (rc != 0) {
            pn_log(PN_LOG_ERROR, "the %s process broke the protocol and is ended: %s", k->c.name,
                   rc < 0 ? err.text : "a message out of turn");
            sup_child_kill(k);
        }
        (void)uv_poll_stop(&k->chan);
        return;
    }
}
