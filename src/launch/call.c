// SPDX-License-Identifier: Apache-2.0
#include "launch/call.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/settings.h"
#include "store/store.h"
#include "json/json.h"

#define START_DEADLINE (pn_now() + 10 * PN_SEC)

uint32_t pn_description_tools(struct pn_view description) {
    pn_auto(pn_json) struct pn_json doc = {0};
    struct pn_err ignored = {0};
    struct pn_json_limits limits = {.depth = 512, .nodes = 8000000};
    if (pn_json_parse(&doc, description, &limits, &ignored) != 0)
        return 0;
    uint32_t tools = pn_json_get(&doc, 0, "tools");
    return pn_json_type(&doc, tools) == PN_JSON_ARRAY ? doc.nodes[tools].size : 0;
}

// The values of the names that the policy grants: from the settings, nowhere else.
static void put_env(const struct pn_worker_plan *plan, struct pn_buf *out) {
    struct pn_json_w w;
    pn_json_w_init(&w, out);
    pn_json_w_object(&w);
    for (size_t i = 0; i < plan->policy->environment_len; i++) {
        const char *name = plan->policy->environment[i];
        const char *value = pn_settings_environment(plan->settings, name);
        if (value == NULL)
            continue;
        pn_json_w_key(&w, name);
        pn_json_w_cstr(&w, value);
    }
    pn_json_w_end(&w, '}');
}

// Postern's own folders, as they really lie: a grant that covers one of them must not open the store to a component.
static int put_never(struct pn_buf *out, struct pn_err *err) {
    pn_auto(pn_store_dirs) struct pn_store_dirs dirs = {0};
    if (pn_store_dirs_init(&dirs, err) != 0)
        return -1;
    pn_auto(pn_buf) struct pn_buf config = {0};
    const char *xdg = getenv("XDG_CONFIG_HOME");
    bool given = xdg != NULL && xdg[0] == '/';
    pn_buf_add_str(&config, given ? xdg : getenv("HOME") != NULL ? getenv("HOME") : "");
    pn_buf_add_str(&config, given ? "/postern" : "/.config/postern");
    const char *const folders[] = {dirs.data, dirs.cache, dirs.state, pn_buf_cstr(&config)};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        pn_auto(pn_free) char *real = realpath(folders[i], NULL);
        pn_buf_add_str(out, real != NULL ? real : folders[i]);
        pn_buf_add_byte(out, '\n');
    }
    return out->overflow ? pn_fail(err, PN_E_SYSTEM, "out of memory") : 0;
}

static int send_start(const struct pn_worker_plan *plan, struct pn_child *worker, struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf env = {0};
    pn_auto(pn_buf) struct pn_buf never = {0};
    put_env(plan, &env);
    if (put_never(&never, err) != 0)
        return -1;
    struct pn_msg_worker_start start = {
        .slot = plan->slot,
        .id = pn_view_str(plan->id),
        .component = plan->component,
        .artefact = plan->artefact_digest,
        .tool_count = plan->tool_count,
        .granted_env = pn_buf_view(&env),
        .never = pn_buf_view(&never),
        .policy = plan->policy_text,
    };
    return pn_chan_send_wait(&worker->chan, PN_MSG_WORKER_START, 0, &start, plan->artefact, START_DEADLINE, err);
}

// Makes a pair, sends one end to `child` and returns the other, or -1.
static int link_one(struct pn_child *child, enum pn_link_kind kind, uint32_t slot, uint32_t index, struct pn_err *err) {
    int pair[2];
    if (pn_chan_pair(pair, err) != 0)
        return -1;
    struct pn_msg_link link = {.kind = (uint8_t)kind, .slot = slot, .index = index};
    int rc = pn_chan_send_wait(&child->chan, PN_MSG_LINK, 0, &link, pair[1], START_DEADLINE, err);
    (void)close(pair[1]);
    if (rc == 0)
        return pair[0];
    (void)close(pair[0]);
    return -1;
}

static int link_egress(const struct pn_worker_plan *plan, struct pn_child *egress, struct pn_child *worker,
                       struct pn_err *err) {
    if (!pn_policy_needs_egress(plan->policy))
        return 0;
    if (egress == NULL)
        return pn_fail(err, PN_E_BUG, "the policy grants network but egress is not running");
    struct pn_msg_egress_policy policy = {.slot = plan->slot, .id = pn_view_str(plan->id), .policy = plan->policy_text};
    if (pn_chan_send_wait(&egress->chan, PN_MSG_EGRESS_POLICY, 0, &policy, -1, START_DEADLINE, err) != 0)
        return -1;
    for (uint32_t i = 0; i < plan->policy->limits.concurrent_calls; i++) {
        pn_auto(pn_fd) int end = link_one(egress, PN_LINK_EGRESS, plan->slot, i, err);
        if (end < 0)
            return -1;
        struct pn_msg_link link = {.kind = PN_LINK_EGRESS, .slot = plan->slot, .index = i};
        if (pn_chan_send_wait(&worker->chan, PN_MSG_LINK, 0, &link, end, START_DEADLINE, err) != 0)
            return -1;
    }
    return 0;
}

static int set_up(const struct pn_worker_plan *plan, struct pn_child *egress, struct pn_child *worker, int *calls,
                  int *control, struct pn_err *err) {
    if (send_start(plan, worker, err) != 0)
        return -1;
    *calls = link_one(worker, PN_LINK_CALLS, plan->slot, 0, err);
    if (*calls < 0)
        return -1;
    *control = link_one(worker, PN_LINK_CONTROL, plan->slot, 0, err);
    if (*control < 0)
        return -1;
    return link_egress(plan, egress, worker, err);
}

int pn_memory_check(uint64_t memory_min, const struct pn_limits *limits, struct pn_err *err) {
    if (memory_min <= limits->memory_bytes)
        return 0;
    return pn_fail(
        err, PN_E_LIMIT,
        "it starts with %llu bytes of memory and may have %llu: set `limits: {memory: %llu}` or more in its policy",
        (unsigned long long)memory_min, (unsigned long long)limits->memory_bytes, (unsigned long long)memory_min);
}

int pn_worker_launch(const struct pn_worker_plan *plan, struct pn_child *egress, struct pn_child *worker, int *calls,
                     int *control, struct pn_err *err) {
    *calls = *control = -1;
    if (pn_memory_check(plan->memory_min, &plan->policy->limits, err) != 0)
        return -1;
    if (pn_launch(PN_ROLE_WORKER, plan->slot, plan->id, false, worker, err) != 0)
        return -1;
    if (set_up(plan, egress, worker, calls, control, err) == 0)
        return 0;
    pn_fd_close(calls);
    pn_fd_close(control);
    pn_child_end(worker);
    return -1;
}

int pn_egress_launch(const struct pn_settings *settings, struct pn_child *egress, struct pn_err *err) {
    if (pn_launch(PN_ROLE_EGRESS, 0, "", false, egress, err) != 0)
        return -1;
    struct pn_msg_egress_start start = {
        .ca_file = pn_view_str(settings->ca_file),
        .resolver = pn_view_str(settings->resolver),
        .log_level = (uint8_t)pn_log_level(),
    };
    if (pn_chan_send_wait(&egress->chan, PN_MSG_EGRESS_START, 0, &start, -1, START_DEADLINE, err) == 0)
        return 0;
    pn_child_end(egress);
    return -1;
}
