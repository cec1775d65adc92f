// SPDX-License-Identifier: Apache-2.0
// Components as the store has them, and a worker for each that is compiled.
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "roles/supervisor/supervisor.h"

enum { BACKOFF_FIRST_MS = 100, BACKOFF_MOST_MS = 30000 };
#define HEALTHY (60 * PN_SEC)
#define START_DEADLINE (30 * PN_SEC)

static void component_free(struct sup_component *c) {
    pn_policy_fini(&c->policy);
    pn_buf_fini(&c->policy_text);
    pn_cache_entry_fini(&c->code);
    free(c->id);
    free(c);
}

static bool to_gateway(struct supervisor *s, enum pn_msg_type type, const void *body, int fd) {
    struct pn_err err = {0};
    if (s->gateway == NULL)
        return false;
    if (pn_chan_send_wait(&s->gateway->c.chan, type, 0, body, fd, pn_now() + 5 * PN_SEC, &err) == 0)
        return true;
    pn_log(PN_LOG_ERROR, "gateway: %s", err.text);
    return false;
}

// Every message carries the limits: the gateway takes what it is told last.
static void tell(struct supervisor *s, const struct sup_component *c, enum pn_component_state state,
                 const char *reason) {
    bool known = state == PN_COMPONENT_READY;
    struct pn_msg_component msg = {
        .slot = c->slot,
        .state = (uint8_t)state,
        .id = pn_view_str(c->id),
        .digest = c->sha256,
        .wall_ms = (uint32_t)c->policy.limits.wall_ms,
        .concurrency = (uint32_t)c->policy.limits.concurrent_calls,
        .result_max = (uint32_t)c->policy.limits.result_bytes,
        .reason = pn_utf8_cut(pn_view_str(reason), 1024),
        .tools = known ? pn_buf_view(&c->code.tools) : (struct pn_view){NULL, 0},
    };
    (void)to_gateway(s, PN_MSG_COMPONENT, &msg, -1);
}

void sup_component_tell(struct supervisor *s, struct sup_component *c, const char *reason) {
    tell(s, c, c->state, reason);
}

static int give_link(struct supervisor *s, struct sup_component *c, enum pn_link_kind kind, int *fd) {
    struct pn_msg_link link = {.kind = (uint8_t)kind, .slot = c->slot};
    bool ok = to_gateway(s, PN_MSG_LINK, &link, *fd);
    pn_fd_close(fd);
    return ok ? 0 : -1;
}

static int ensure_egress(struct supervisor *s, struct pn_err *err) {
    if (s->egress != NULL)
        return 0;
    struct sup_child *k = sup_child_new(s);
    if (k == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (pn_egress_launch(s->serve->settings, &k->c, err) != 0) {
        free(k);
        return -1;
    }
    s->egress = k;
    sup_child_watch(k);
    return 0;
}

static int launch_worker(struct supervisor *s, struct sup_component *c, struct pn_err *err) {
    bool out = pn_policy_needs_egress(&c->policy);
    if (out && ensure_egress(s, err) != 0)
        return -1;
    struct sup_child *k = sup_child_new(s);
    if (k == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    struct pn_worker_plan plan = {
        .slot = c->slot,
        .id = c->id,
        .component = c->sha256,
        .artefact = c->code.artefact,
        .artefact_digest = c->code.digest,
        .tool_count = c->tool_count,
        .memory_min = c->code.memory_min,
        .policy_text = pn_buf_view(&c->policy_text),
        .policy = &c->policy,
        .settings = s->serve->settings,
    };
    if (pn_worker_launch(&plan, out ? &s->egress->c : NULL, &k->c, &k->calls, &k->control, err) != 0) {
        free(k);
        return -1;
    }
    k->component = c;
    k->slot = c->slot;
    k->uses_egress = out;
    c->worker = k;
    c->started_at = pn_now();
    sup_child_watch(k);
    return 0;
}

void sup_component_worker_ready(struct supervisor *s, struct sup_component *c) {
    if (c->worker->calls < 0)
        return; // said it twice
    if (c->down)
        sup_component_tell(s, c, "");
    c->down = false;
    (void)give_link(s, c, PN_LINK_CALLS, &c->worker->calls);
    (void)give_link(s, c, PN_LINK_CONTROL, &c->worker->control);
}

void sup_component_start(struct supervisor *s, struct sup_component *c) {
    struct pn_err err = {0};
    c->restart_at = 0;
    if (launch_worker(s, c, &err) != 0)
        sup_component_worker_down(s, c, err.text);
}

void sup_component_worker_down(struct supervisor *s, struct sup_component *c, const char *why) {
    if (s->ending || c->state == PN_COMPONENT_FAILED)
        return;
    if (c->started_at != 0 && pn_now() - c->started_at > HEALTHY)
        c->backoff_ms = 0;
    c->backoff_ms = c->backoff_ms == 0 ? BACKOFF_FIRST_MS : c->backoff_ms * 2;
    if (c->backoff_ms > BACKOFF_MOST_MS)
        c->backoff_ms = BACKOFF_MOST_MS;
    c->restart_at = pn_now() + c->backoff_ms * PN_MSEC;
    c->down = true;
    tell(s, c, PN_COMPONENT_DOWN, why);
    pn_log(PN_LOG_WARN, "%s: %s; restart in %llu ms", c->id, why, (unsigned long long)c->backoff_ms);
}

static void request_compile(struct supervisor *s, struct sup_component *c) {
    c->state = PN_COMPONENT_LOADING;
    const char *argv[] = {"component", "compile", "--json", "--", c->id, NULL};
    if (sup_command_run(s, argv, 0, c->slot) != 0)
        sup_component_failed(s, c, "the compiler could not be started");
}

void sup_component_failed(struct supervisor *s, struct sup_component *c, const char *reason) {
    // Code of another engine or another machine, or damaged in the cache: compile it again, once.
    bool code = strstr(reason, "compiled code") != NULL;
    if (code && !c->recompiled) {
        pn_log(PN_LOG_WARN, "%s: %s; compiling it again", c->id, reason);
        struct pn_cache_key key = {c->sha256, pn_compile_engine_id(), pn_compile_configuration()};
        pn_cache_drop(s->cache, &key);
        c->recompiled = true;
        request_compile(s, c);
        sup_component_tell(s, c, "compiling");
        return;
    }
    pn_log(PN_LOG_ERROR, "%s: %s", c->id, reason);
    c->state = PN_COMPONENT_FAILED;
    sup_component_tell(s, c, reason);
}

// Takes the code out of the cache if it is there.
static bool look_up(struct supervisor *s, struct sup_component *c) {
    struct pn_cache_key key = {c->sha256, pn_compile_engine_id(), pn_compile_configuration()};
    pn_cache_entry_fini(&c->code);
    if (pn_cache_get(s->cache, &key, PN_CACHE_CHECK_LATER, &c->code) == 1) {
        c->tool_count = pn_description_tools(pn_buf_view(&c->code.tools));
        c->state = PN_COMPONENT_READY;
        return true;
    }
    pn_log(c->code.tampered ? PN_LOG_WARN : PN_LOG_INFO, "%s: %s; compiling", c->id, c->code.miss);
    return false;
}

// Its code is there: offer its tools and start its worker.
static void bring_up(struct supervisor *s, struct sup_component *c) {
    struct pn_err err = {0};
    if (pn_memory_check(c->code.memory_min, &c->policy.limits, &err) != 0) {
        sup_component_failed(s, c, err.text);
        return;
    }
    sup_component_tell(s, c, "");
    sup_component_start(s, c);
}

void sup_compiled(struct supervisor *s, uint32_t slot, bool ok, struct pn_view text) {
    for (struct sup_component *c = s->components; c != NULL; c = c->next) {
        if (c->slot != slot)
            continue;
        char reason[1024];
        (void)snprintf(reason, sizeof reason, "cannot be compiled: %.*s", (int)(text.len > 900 ? 900 : text.len),
                       (const char *)text.ptr);
        if (!ok || !look_up(s, c)) {
            c->recompiled = true;
            sup_component_failed(s, c, reason);
            return;
        }
        bring_up(s, c);
        return;
    }
}

static int fill(struct supervisor *s, struct sup_component *c, const struct pn_component *from, struct pn_err *err) {
    c->id = strdup(from->id);
    c->slot = s->next_slot++ & 0xffff;
    c->sha256 = from->sha256;
    c->policy_rev = from->policy_rev;
    c->code.artefact = -1;
    pn_policy_init_empty(&c->policy);
    if (c->id == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (from->fault != NULL)
        return pn_fail(err, PN_E_DENIED, "%s", from->fault);
    pn_auto(pn_revision) struct pn_revision rev = {0};
    if (pn_store_policy(s->store, c->id, &rev, err) != 0)
        return -1;
    pn_buf_add_str(&c->policy_text, rev.yaml);
    pn_policy_fini(&c->policy);
    return pn_policy_parse(pn_buf_view(&c->policy_text), c->id, &c->policy, NULL, err);
}

static void add(struct supervisor *s, const struct pn_component *from) {
    struct sup_component *c = calloc(1, sizeof *c);
    if (c == NULL)
        return;
    struct pn_err err = {0};
    int rc = fill(s, c, from, &err);
    c->next = s->components;
    s->components = c;
    if (rc != 0) {
        c->state = PN_COMPONENT_FAILED;
        pn_log(PN_LOG_ERROR, "%s: %s", from->id, err.text);
        sup_component_tell(s, c, err.text);
        return;
    }
    if (!look_up(s, c)) {
        c->state = PN_COMPONENT_LOADING;
        sup_component_tell(s, c, "compiling");
        request_compile(s, c);
        return;
    }
    bring_up(s, c);
}

// Once the worker is gone: its calls need the channels until then.
void sup_egress_forget(struct supervisor *s, uint32_t slot) {
    if (s->egress == NULL || s->ending)
        return;
    struct pn_msg_unlink unlink = {.slot = slot};
    struct pn_err err = {0};
    if (pn_chan_send_wait(&s->egress->c.chan, PN_MSG_UNLINK, 0, &unlink, -1, pn_now() + PN_SEC, &err) != 0)
        pn_log(PN_LOG_ERROR, "egress: %s", err.text);
}

// Its worker finishes the calls it has and goes.
static void retire_worker(struct supervisor *s, struct sup_component *c) {
    struct sup_child *k = c->worker;
    if (k == NULL)
        return;
    struct pn_msg_shutdown bye = {0};
    struct pn_err err = {0};
    k->component = NULL;
    k->next_retired = s->retired;
    s->retired = k;
    k->kill_at = pn_now() + c->policy.limits.wall_ms * PN_MSEC + 5 * PN_SEC;
    if (pn_chan_send(&k->c.chan, PN_MSG_SHUTDOWN, 0, &bye, -1, &err) != 0)
        sup_child_kill(k);
}

static void drop(struct supervisor *s, struct sup_component **at) {
    struct sup_component *c = *at;
    *at = c->next;
    retire_worker(s, c);
    c->state = PN_COMPONENT_GONE;
    sup_component_tell(s, c, "");
    component_free(c);
}

static const struct pn_component *in_list(const struct pn_components *list, const struct sup_component *c) {
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->at[i].id, c->id) == 0 && pn_digest_eq(&list->at[i].sha256, &c->sha256) &&
            list->at[i].policy_rev == c->policy_rev)
            return &list->at[i];
    return NULL;
}

static bool have(const struct supervisor *s, const struct pn_component *from) {
    for (const struct sup_component *c = s->components; c != NULL; c = c->next)
        if (strcmp(c->id, from->id) == 0 && pn_digest_eq(&c->sha256, &from->sha256) &&
            c->policy_rev == from->policy_rev)
            return true;
    return false;
}

void sup_sync(struct supervisor *s) {
    pn_auto(pn_components) struct pn_components list = {0};
    struct pn_err err = {0};
    uint64_t generation;
    if (pn_store_list(s->store, &list, &generation, &err) != 0) {
        pn_log(PN_LOG_ERROR, "store: %s", err.text);
        return;
    }
    s->generation = generation;
    // The new version of a component before the old one goes: its tools are never away.
    for (size_t i = 0; i < list.len; i++)
        if (!have(s, &list.at[i]))
            add(s, &list.at[i]);
    for (struct sup_component **at = &s->components; *at != NULL;) {
        if (in_list(&list, *at) != NULL)
            at = &(*at)->next;
        else
            drop(s, at);
    }
}

void sup_components_tick(struct supervisor *s) {
    uint64_t now = pn_now();
    for (struct sup_component *c = s->components; c != NULL; c = c->next)
        if (c->restart_at != 0 && now >= c->restart_at)
            sup_component_start(s, c);
        else if (c->worker != NULL && c->worker->calls >= 0 && now - c->started_at > START_DEADLINE)
            sup_child_kill(c->worker); // it hangs before it is ready
    for (struct sup_child *k = s->retired; k != NULL; k = k->next_retired)
        if (k->kill_at != 0 && now >= k->kill_at)
            sup_child_kill(k);
}

void sup_components_fini(struct supervisor *s) {
    while (s->components != NULL) {
        struct sup_component *c = s->components;
        s->components = c->next;
        component_free(c);
    }
}
