// SPDX-License-Identifier: Apache-2.0
// Between supervisor and gateway: what components there are, channels to their workers, orders for the supervisor. The
// supervisor is trusted; what it passes on from the compiler role (descriptions, reasons) is not.
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "roles/gateway/builtin.h"

#define CONCURRENCY 16u    // when the message names none
#define WALL (30 * PN_SEC) // the same
#define RECEIVE_AT_ONCE 64

// --- to the supervisor ---

// False when it does not take more at the moment.
static bool tell(struct pn_gateway *gw, enum pn_msg_type type, uint64_t call, const void *body) {
    struct pn_err err = {0};
    if (pn_chan_send(&gw->supervisor, type, call, body, -1, &err) == 0)
        return true;
    if (err.category != PN_E_RETRY) {
        pn_log(PN_LOG_ERROR, "%s", err.text);
        return true; // its end is noticed where it is read
    }
    gw->supervisor_blocked = true;
    (void)uv_poll_start(&gw->supervisor_poll, UV_READABLE | UV_WRITABLE, pn_gateway_on_supervisor);
    return false;
}

static bool tell_hung(struct pn_gateway *gw) {
    for (uint32_t i = 0; i < gw->slots; i++) {
        struct pn_gw_component *c = gw->components[i];
        struct pn_msg_worker_hung msg = {.slot = i};
        if (c == NULL || !c->hung)
            continue;
        if (!tell(gw, PN_MSG_WORKER_HUNG, 0, &msg))
            return false;
        c->hung = false;
    }
    return true;
}

void pn_gateway_tell_supervisor(struct pn_gateway *gw) {
    if (gw->supervisor_blocked || !tell_hung(gw))
        return;
    for (uint32_t i = 0; i < gw->made; i++) {
        struct pn_call *c = gw->pool[i];
        if (c->state != PN_CALL_ADMIN)
            continue;
        struct pn_msg_admin msg = {.verb = (uint8_t)c->admin.verb,
                                   .id = pn_view_str(c->admin.id),
                                   .one = pn_view_str(c->admin.one),
                                   .two = pn_view_str(c->admin.two)};
        if (!tell(gw, PN_MSG_ADMIN, pn_call_number(c), &msg))
            return;
        c->state = PN_CALL_ADMIN_SENT;
        c->deadline = pn_now() + PN_GW_ADMIN_WAIT;
    }
}

// --- components ---

void pn_component_free(struct pn_gw_component *c) {
    if (c == NULL)
        return;
    pn_chan_fini(&c->calls.chan);
    pn_chan_fini(&c->control.chan);
    pn_description_fini(&c->tools);
    free(c->id);
    free(c->reason);
    free(c);
}

static bool is_offered(const struct pn_gw_component *c) {
    return c != NULL && !c->superseded && c->state != PN_COMPONENT_FAILED && c->state != PN_COMPONENT_GONE &&
           c->tools.len > 0;
}

void pn_gateway_offer(struct pn_gateway *gw) {
    struct pn_provider *providers = calloc((size_t)gw->slots + 2, sizeof *providers);
    if (providers == NULL)
        return;
    size_t n = 0;
    providers[n++] =
        (struct pn_provider){PN_PROVIDER_BUILTIN, 0, "postern", pn_builtin_description(gw->management, true)};
    providers[n++] =
        (struct pn_provider){PN_PROVIDER_RESERVED, 0, "postern", pn_builtin_description(gw->management, false)};
    for (uint32_t i = 0; i < gw->slots; i++) {
        struct pn_gw_component *c = gw->components[i];
        if (is_offered(c))
            providers[n++] = (struct pn_provider){PN_PROVIDER_COMPONENT, i, c->id, &c->tools};
    }
    if (pn_catalog_build(&gw->catalog, providers, n))
        gw->list_changed = gw->list_unannounced = true;
    free(providers);
}

static bool grow(struct pn_gateway *gw, uint32_t slot) {
    if (slot < gw->slots)
        return true;
    uint32_t slots = slot + 16;
    struct pn_gw_component **grown = realloc(gw->components, slots * sizeof *grown);
    if (grown == NULL)
        return false;
    for (uint32_t i = gw->slots; i < slots; i++)
        grown[i] = NULL;
    gw->components = grown;
    gw->slots = slots;
    return true;
}

static struct pn_gw_component *get_or_make(struct pn_gateway *gw, uint32_t slot) {
    if (!grow(gw, slot))
        return NULL;
    if (gw->components[slot] != NULL)
        return gw->components[slot];
    struct pn_gw_component *c = calloc(1, sizeof *c);
    if (c == NULL || (c->id = calloc(1, 1)) == NULL || (c->reason = calloc(1, 1)) == NULL) {
        pn_component_free(c);
        return NULL;
    }
    c->gw = gw;
    c->slot = slot;
    c->state = PN_COMPONENT_LOADING;
    c->concurrency = CONCURRENCY;
    c->wall = WALL;
    c->calls.chan.fd = c->calls.chan.got_fd = c->control.chan.fd = c->control.chan.got_fd = -1;
    gw->components[slot] = c;
    return c;
}

static bool set_text(char **text, struct pn_view to) {
    struct pn_buf clean = {0};
    pn_text_clean(&clean, to, 1024);
    char *fresh = pn_buf_take_str(&clean);
    if (fresh == NULL)
        return false;
    free(*text);
    *text = fresh;
    return true;
}

// A description that came is read, unless it is the one that is known. The old one goes to `old`: the list still uses
// it.
static void describe(struct pn_gw_component *c, struct pn_view json, struct pn_description *old) {
    struct pn_digest digest = pn_blake2b(json);
    struct pn_description fresh = {0};
    struct pn_err err = {0};
    if (json.len == 0 || (c->tools.tools != NULL && pn_digest_eq(&digest, &c->described)))
        return;
    if (pn_description_read(json, &fresh, &err) < 0) {
        pn_log(PN_LOG_ERROR, "component %s: its description is refused: %s", c->id, err.text);
        c->state = PN_COMPONENT_FAILED;
        (void)set_text(&c->reason, pn_view_str(err.text));
    }
    *old = c->tools;
    c->tools = fresh;
    c->described = digest;
}

static void react(struct pn_gw_component *c) {
    struct pn_gateway *gw = c->gw;
    switch (c->state) {
    case PN_COMPONENT_LOADING:
        pn_gateway_log(gw, 0, "component %s is being loaded", c->id);
        return;
    case PN_COMPONENT_READY:
        pn_gateway_log(gw, 1, "component %s is ready", c->id);
        pn_worker_pump(c);
        return;
    case PN_COMPONENT_DOWN:
        pn_gateway_log(gw, 3, "component %s: its worker ended and is being restarted", c->id);
        pn_worker_unlink(c, "its worker ended during the call");
        return;
    case PN_COMPONENT_FAILED:
        pn_gateway_log(gw, 4, "component %s is not available: %s", c->id, c->reason);
        pn_worker_unlink(c, "it is not available any more");
        pn_worker_fail_queued(c, "is not available: ", c->reason);
        return;
    case PN_COMPONENT_GONE:
        pn_gateway_log(gw, 2, "component %s was unloaded", c->id);
        pn_worker_retire(c);
        pn_worker_fail_queued(c, "was unloaded", "");
        return;
    }
}

// A component in a new version (its content or its policy changed): from now on calls go there. What the old one has
// begun it finishes; what waits for it moves.
static void supersede(struct pn_gateway *gw, struct pn_gw_component *fresh) {
    for (uint32_t i = 0; i < gw->slots; i++) {
        struct pn_gw_component *old = gw->components[i];
        if (old == NULL || old == fresh || old->superseded || strcmp(old->id, fresh->id) != 0)
            continue;
        old->superseded = true;
        pn_worker_move_queued(old, fresh);
    }
}

static void on_component(struct pn_gateway *gw, const struct pn_msg_component *m) {
    bool is_new = m->slot >= gw->slots || gw->components[m->slot] == NULL;
    struct pn_gw_component *c = get_or_make(gw, m->slot);
    struct pn_description old = {0};
    if (c == NULL || m->state < PN_COMPONENT_LOADING || m->state > PN_COMPONENT_DOWN) {
        pn_log(PN_LOG_ERROR, "a component could not be taken over");
        return;
    }
    gw->seen += is_new;
    if (!pn_view_is(m->id, c->id)) { // the slot serves another component now
        pn_worker_unlink(c, "it was replaced");
        pn_worker_fail_queued(c, "was replaced", "");
        old = c->tools;
        c->tools = (struct pn_description){0};
        (void)set_text(&c->id, m->id);
    }
    (void)set_text(&c->reason, m->reason);
    c->state = (enum pn_component_state)m->state;
    c->wall = m->wall_ms == 0 ? WALL : m->wall_ms * PN_MSEC;
    c->concurrency = m->concurrency == 0 ? CONCURRENCY : m->concurrency;
    c->result_max = m->result_max;
    struct pn_description older = {0};
    describe(c, m->tools, &older);
    if (is_new)
        supersede(gw, c);
    pn_gateway_offer(gw);
    pn_description_fini(&old);
    pn_description_fini(&older);
    react(c);
    pn_gateway_retry_waiting(gw);
}

static void on_link(struct pn_gateway *gw, const struct pn_msg_link *m) {
    pn_auto(pn_fd) int fd = pn_chan_take_fd(&gw->supervisor);
    struct pn_gw_component *c = get_or_make(gw, m->slot);
    if (c == NULL || (m->kind != PN_LINK_CALLS && m->kind != PN_LINK_CONTROL)) {
        pn_log(PN_LOG_ERROR, "a channel could not be taken over");
        return;
    }
    pn_worker_link(c, (enum pn_link_kind)m->kind, pn_steal_fd(&fd));
}

static void on_message(struct pn_gateway *gw, const struct pn_msg *m) {
    struct pn_call *call;
    switch ((int)m->type) {
    case PN_MSG_COMPONENTS_KNOWN:
        gw->count = m->components_known.count;
        gw->count_known = true;
        pn_gateway_retry_waiting(gw);
        return;
    case PN_MSG_COMPONENT:
        on_component(gw, &m->component);
        return;
    case PN_MSG_LINK:
        on_link(gw, &m->link);
        return;
    case PN_MSG_UNLINK:
        if (pn_gateway_component(gw, m->unlink.slot) != NULL)
            pn_worker_unlink(gw->components[m->unlink.slot], "its worker was taken away");
        return;
    case PN_MSG_ADMIN_DONE:
        call = pn_call_find(gw, m->call_id);
        if (call != NULL && call->state == PN_CALL_ADMIN_SENT)
            pn_admin_done(gw, call, m->admin_done.ok == 1, m->admin_done.text);
        return;
    case PN_MSG_SHUTDOWN:
        pn_gateway_end(gw, 0);
        return;
    default:
        pn_log(PN_LOG_ERROR, "unexpected message %s from the supervisor", pn_msg_name((uint16_t)m->type));
    }
}

static void lose_supervisor(struct pn_gateway *gw, const char *how) {
    pn_log(PN_LOG_ERROR, "supervisor: %s", how);
    (void)uv_poll_stop(&gw->supervisor_poll);
    gw->status = 1;
    pn_gateway_end(gw, 0);
}

void pn_gateway_on_supervisor(uv_poll_t *handle, int status, int events) {
    struct pn_gateway *gw = handle->data;
    if ((events & UV_WRITABLE) != 0) {
        gw->supervisor_blocked = false;
        (void)uv_poll_start(handle, UV_READABLE, pn_gateway_on_supervisor);
        pn_gateway_tell_supervisor(gw);
    }
    for (int i = 0; i < RECEIVE_AT_ONCE; i++) {
        struct pn_err err = {0};
        struct pn_msg msg;
        int rc = pn_chan_recv(&gw->supervisor, &msg, &err);
        if (rc < 0 && err.category == PN_E_RETRY)
            return;
        if (rc <= 0) {
            lose_supervisor(gw, rc == 0 ? "it is gone" : err.text);
            return;
        }
        on_message(gw, &msg);
    }
}
