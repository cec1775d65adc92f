// SPDX-License-Identifier: Apache-2.0
// Everything a worker takes in before it locks itself: policy, granted directories, channels, compiled code.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "roles/worker/worker.h"
#include "wasi/link.h"
#include "json/json.h"

enum { ENV_MAX = 1024 };

// The values of granted environment names: {"NAME": "value", ...}.
static int read_env(struct worker *w, struct pn_view text, struct pn_config_entry **out, size_t *len,
                    struct pn_err *err) {
    pn_auto(pn_json) struct pn_json doc = {0};
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    if (text.len == 0)
        return 0;
    if (pn_json_parse(&doc, text, NULL, err) != 0)
        return pn_err_prefix(err, "environment");
    struct pn_config_entry *env = calloc(ENV_MAX, sizeof *env);
    if (env == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    *out = env;
    for (uint32_t at = pn_json_first(&doc, 0); at != PN_JSON_NONE && *len < ENV_MAX; at = pn_json_after(&doc, 0, at)) {
        struct pn_view key, value;
        pn_buf_reset(&scratch);
        if (!pn_json_str(&doc, at, &scratch, &key))
            return pn_fail(err, PN_E_BUG, "environment is not an object of strings");
        env[*len].key = pn_view_dup(key);
        at = pn_json_after(&doc, 0, at);
        pn_buf_reset(&scratch);
        if (!pn_json_str(&doc, at, &scratch, &value))
            return pn_fail(err, PN_E_BUG, "environment is not an object of strings");
        env[*len].value = pn_view_dup(value);
        if (env[*len].key == NULL || env[*len].value == NULL)
            return pn_fail(err, PN_E_INPUT, "an environment value holds a NUL byte");
        (*len)++;
    }
    return 0;
}

int worker_load(struct worker *w, struct pn_err *err) {
    pn_auto(pn_fd) int artefact = pn_steal_fd(&w->artefact);
    struct pn_digest got;
    struct stat st;
    if (fstat(artefact, &st) != 0 || pn_blake2b_fd(artefact, &got) != 0)
        return pn_fail_errno(err, "compiled code");
    if (!pn_digest_eq(&got, &w->artefact_digest))
        return pn_fail(err, PN_E_DENIED, "the compiled code is not what the store sealed");
    size_t size = (size_t)st.st_size;
    void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, artefact, 0);
    if (map == MAP_FAILED)
        return pn_fail_errno(err, "map of compiled code");
    int rc = pn_runtime_new(pn_view(map, size), &w->policy.limits, w->slots_len, pn_wasi_link, &w->runtime, err);
    (void)munmap(map, size);
    if (rc != 0)
        return -1;
    if (pn_runtime_tool_count(w->runtime) != w->tool_count)
        return pn_fail(err, PN_E_DENIED, "the compiled code has %u tools, its description %u",
                       pn_runtime_tool_count(w->runtime), w->tool_count);
    return 0;
}

static int make_slots(struct worker *w, struct pn_err *err) {
    w->slots_len = (unsigned)w->policy.limits.concurrent_calls;
    w->slots = calloc(w->slots_len, sizeof *w->slots);
    if (w->slots == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    for (unsigned i = 0; i < w->slots_len; i++) {
        struct slot *s = &w->slots[i];
        s->worker = w;
        s->egress.fd = -1;
        s->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        s->run = pn_run_thread_new();
        if (s->cancel_fd < 0 || s->run == NULL || pthread_mutex_init(&s->lock, NULL) != 0)
            return pn_fail(err, PN_E_SYSTEM, "no room for %u call slots", w->slots_len);
        pn_host_init(&s->host, &w->world);
    }
    return 0;
}

// Adds a folder of Postern's own to what is denied.
static int deny(struct pn_policy *policy, struct pn_view folder, struct pn_err *err) {
    struct pn_storage_rule *grown = realloc(policy->storage_deny, (policy->storage_deny_len + 1) * sizeof *grown);
    if (grown == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    policy->storage_deny = grown;
    struct pn_storage_rule *rule = &grown[policy->storage_deny_len++];
    *rule = (struct pn_storage_rule){
        .pattern = pn_view_dup(folder),
        .base = pn_view_dup(folder),
        .access = PN_ACCESS_READ | PN_ACCESS_WRITE,
    };
    return rule->pattern == NULL || rule->base == NULL ? pn_fail(err, PN_E_SYSTEM, "out of memory") : 0;
}

static int deny_own_folders(struct pn_policy *policy, struct pn_view lines, struct pn_err *err) {
    while (lines.len > 0) {
        size_t end = pn_view_find(lines, '\n', 0);
        if (end != 0 && deny(policy, pn_view_part(lines, 0, end), err) != 0)
            return -1;
        lines = pn_view_part(lines, end == SIZE_MAX ? end : end + 1, lines.len);
    }
    return 0;
}

static int take_start(struct worker *w, struct pn_err *err) {
    struct pn_msg msg;
    if (pn_chan_recv_wait(&w->supervisor, &msg, pn_now() + 10 * PN_SEC, err) != 1 || msg.type != PN_MSG_WORKER_START)
        return pn_fail(err, PN_E_PEER, "no start message from the supervisor");
    w->artefact = pn_chan_take_fd(&w->supervisor);
    w->artefact_digest = msg.worker_start.artefact;
    w->tool_count = msg.worker_start.tool_count;
    struct pn_config_entry *env = NULL;
    size_t env_len = 0;
    pn_auto(pn_buf) struct pn_buf skipped = {0};
    if (pn_policy_parse(msg.worker_start.policy, "policy", &w->policy, NULL, err) != 0 ||
        deny_own_folders(&w->policy, msg.worker_start.never, err) != 0)
        return -1;
    if (read_env(w, msg.worker_start.granted_env, &env, &env_len, err) != 0)
        return -1;
    if (pn_world_init(&w->world, &w->policy, env, env_len, &skipped, err) != 0)
        return -1;
    if (skipped.len > 0)
        pn_log(PN_LOG_WARN, "granted but not there: %s", pn_buf_cstr(&skipped));
    return make_slots(w, err);
}

static int take_link(struct worker *w, const struct pn_msg_link *link, struct pn_err *err) {
    pn_auto(pn_fd) int fd = pn_chan_take_fd(&w->supervisor);
    if (link->kind == PN_LINK_CALLS && w->calls_fd < 0)
        w->calls_fd = pn_steal_fd(&fd);
    else if (link->kind == PN_LINK_CONTROL && w->control.fd < 0)
        pn_chan_init(&w->control, pn_steal_fd(&fd), PN_ROLE_WORKER, PN_ROLE_GATEWAY);
    else if (link->kind == PN_LINK_EGRESS && link->index < w->slots_len && w->slots[link->index].egress.fd < 0)
        pn_chan_init(&w->slots[link->index].egress, pn_steal_fd(&fd), PN_ROLE_WORKER, PN_ROLE_EGRESS);
    else
        return pn_fail(err, PN_E_PEER, "a channel that makes no sense");
    return 0;
}

// All channels a policy calls for: calls, control, and one to egress per slot when it grants any network.
static int take_links(struct worker *w, struct pn_err *err) {
    unsigned want = 2 + (w->policy.network_allow_len > 0 ? w->slots_len : 0);
    for (unsigned i = 0; i < want; i++) {
        struct pn_msg msg;
        if (pn_chan_recv_wait(&w->supervisor, &msg, pn_now() + 10 * PN_SEC, err) != 1 || msg.type != PN_MSG_LINK)
            return pn_fail(err, PN_E_PEER, "%u of %u channels arrived", i, want);
        if (take_link(w, &msg.link, err) != 0)
            return -1;
    }
    if (w->calls_fd < 0 || w->control.fd < 0)
        return pn_fail(err, PN_E_PEER, "no channel to the gateway");
    for (unsigned i = 0; i < w->slots_len; i++)
        pn_chan_init(&w->slots[i].calls, w->calls_fd, PN_ROLE_WORKER, PN_ROLE_GATEWAY);
    return 0;
}

int worker_start(struct worker *w, struct pn_err *err) {
    w->calls_fd = -1;
    w->control.fd = -1;
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->wake < 0 || pthread_mutex_init(&w->lead, NULL) != 0 || pthread_mutex_init(&w->share.lock, NULL) != 0)
        return pn_fail_errno(err, "eventfd");
    if (take_start(w, err) != 0)
        return -1;
    return take_links(w, err);
}
