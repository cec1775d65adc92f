// SPDX-License-Identifier: Apache-2.0
#include "policy/edit.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "config/rule.h"

#include <stdlib.h>

// Calls `take` for each part of a comma-separated list; NULL has none, and no part may be empty.
static int each_part(const char *list, int (*take)(void *target, struct pn_view part, struct pn_err *err), void *target,
                     struct pn_err *err) {
    struct pn_view all = pn_view_str(list);
    for (size_t from = 0; list != NULL && from <= all.len;) {
        size_t comma = pn_view_find(all, ',', from);
        size_t to = comma == SIZE_MAX ? all.len : comma;
        if (take(target, pn_view_part(all, from, to), err) < 0)
            return -1;
        from = to + 1;
    }
    return 0;
}

static int take_access(void *target, struct pn_view part, struct pn_err *err) {
    unsigned *access = target;
    if (pn_view_is(part, "read"))
        *access |= PN_ACCESS_READ;
    else if (pn_view_is(part, "write"))
        *access |= PN_ACCESS_WRITE;
    else
        return pn_fail(err, PN_E_INPUT, "'%.*s' is no access; write read, write or read,write",
                       PN_FMT(pn_utf8_cut(part, 60)));
    return 0;
}

int pn_policy_access_parse(const char *text, unsigned *access, struct pn_err *err) {
    unsigned bits = 0;
    if (each_part(text == NULL ? "" : text, take_access, &bits, err) < 0)
        return -1;
    *access = bits;
    return 0;
}

static int check_room(const struct pn_policy *p, struct pn_err *err) {
    if (pn_rule_grants(p) < p->limits.grants)
        return 0;
    return pn_fail(
        err, PN_E_LIMIT,
        "the policy holds %zu grants and limits.grants allows %ju: revoke some, or raise the limit in the document",
        pn_rule_grants(p), (uintmax_t)p->limits.grants);
}

// Makes room for one more item of `size` bytes at the end and returns it, or NULL.
static void *add_item(void **items, size_t *len, size_t size) {
    char *more = reallocarray(*items, *len + 1, size);
    if (more == NULL)
        return NULL;
    *items = more;
    return more + size * (*len)++;
}

static int out_of_memory(struct pn_err *err) {
    return pn_fail(err, PN_E_SYSTEM, "out of memory");
}

int pn_policy_grant_storage(struct pn_policy *p, const char *uri, unsigned access, struct pn_err *err) {
    struct pn_storage_rule rule = {0};
    if (pn_rule_storage(pn_view_str(uri), access, PN_RULE_ALLOW, &rule, err) < 0)
        return -1;
    for (size_t i = 0; i < p->storage_allow_len; i++) {
        struct pn_storage_rule *old = &p->storage_allow[i];
        if (strcmp(old->pattern, rule.pattern) != 0)
            continue;
        bool changed = (old->access | access) != old->access;
        old->access |= access;
        pn_rule_storage_fini(&rule);
        return changed ? 1 : 0;
    }
    void *items = p->storage_allow;
    struct pn_storage_rule *slot = NULL;
    int rc = check_room(p, err);
    if (rc == 0)
        slot = add_item(&items, &p->storage_allow_len, sizeof *slot);
    p->storage_allow = items;
    if (slot != NULL) {
        *slot = rule;
        return 1;
    }
    pn_rule_storage_fini(&rule);
    return rc < 0 ? -1 : out_of_memory(err);
}

static int take_scheme(void *target, struct pn_view part, struct pn_err *err) {
    return pn_rule_scheme(target, part, err);
}

static int take_method(void *target, struct pn_view part, struct pn_err *err) {
    return pn_rule_method(target, part, err);
}

static int take_path(void *target, struct pn_view part, struct pn_err *err) {
    return pn_rule_path(target, part, err);
}

static int take_port(void *target, struct pn_view part, struct pn_err *err) {
    uint64_t port;
    if (!pn_u64_get(part, &port))
        return pn_fail(err, PN_E_INPUT, "'%.*s' is not a port; ports are numbers from 1 to 65535",
                       PN_FMT(pn_utf8_cut(part, 60)));
    return pn_rule_port(target, port, err);
}

static int set_target(struct pn_network_rule *rule, const char *target, struct pn_err *err) {
    struct pn_view text = pn_view_str(target);
    bool range = strchr(target, '/') != NULL && strstr(target, "://") == NULL;
    return range ? pn_rule_cidr(rule, text, err) : pn_rule_host(rule, text, PN_RULE_ALLOW, err);
}

static int make_network(const struct pn_network_grant *grant, struct pn_network_rule *rule, struct pn_err *err) {
    int rc = set_target(rule, grant->target, err);
    rc = rc < 0 ? rc : each_part(grant->ports, take_port, rule, err);
    rc = rc < 0 ? rc : each_part(grant->schemes, take_scheme, rule, err);
    rc = rc < 0 ? rc : each_part(grant->methods, take_method, rule, err);
    return rc < 0 ? rc : each_part(grant->paths, take_path, rule, err);
}

static bool holds_network(const struct pn_policy *p, const struct pn_network_rule *rule) {
    for (size_t i = 0; i < p->network_allow_len; i++)
        if (pn_rule_network_eq(&p->network_allow[i], rule))
            return true;
    return false;
}

int pn_policy_grant_network(struct pn_policy *p, const struct pn_network_grant *grant, struct pn_err *err) {
    struct pn_network_rule rule = {0};
    struct pn_network_rule *slot = NULL;
    int rc = make_network(grant, &rule, err);
    bool held = rc == 0 && holds_network(p, &rule);
    if (rc == 0 && !held)
        rc = check_room(p, err);
    if (rc == 0 && !held) {
        void *items = p->network_allow;
        slot = add_item(&items, &p->network_allow_len, sizeof *slot);
        p->network_allow = items;
        rc = slot == NULL ? out_of_memory(err) : 0;
    }
    if (slot == NULL) {
        pn_rule_network_fini(&rule);
        return rc;
    }
    *slot = rule;
    return 1;
}

int pn_policy_grant_environment(struct pn_policy *p, const char *key, struct pn_err *err) {
    if (pn_rule_environment(pn_view_str(key), err) < 0)
        return -1;
    for (size_t i = 0; i < p->environment_len; i++)
        if (strcmp(p->environment[i], key) == 0)
            return 0;
    if (check_room(p, err) < 0)
        return -1;
    pn_auto(pn_free) char *copy = strdup(key);
    void *items = p->environment;
    char **slot = copy == NULL ? NULL : add_item(&items, &p->environment_len, sizeof *slot);
    p->environment = items;
    if (slot == NULL)
        return out_of_memory(err);
    *slot = pn_steal(&copy);
    return 1;
}

// ---- revoke

static int none_such(const char *what, const char *given, size_t held,
                     const char *(*name)(const struct pn_policy *p, size_t i, struct pn_buf *scratch),
                     const struct pn_policy *p, struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf list = {0};
    for (size_t i = 0; i < held && list.len < 300; i++) {
        pn_auto(pn_buf) struct pn_buf scratch = {0};
        pn_buf_printf(&list, "%s%s", i == 0 ? "" : ", ", name(p, i, &scratch));
    }
    return pn_fail(err, PN_E_INPUT, "no %s grant for '%.100s'; granted: %s", what, given,
                   list.len == 0 ? "nothing" : pn_buf_cstr(&list));
}

static const char *storage_name(const struct pn_policy *p, size_t i, struct pn_buf *scratch) {
    pn_buf_printf(scratch, "fs://%s", p->storage_allow[i].pattern);
    return pn_buf_cstr(scratch);
}

static const char *network_name(const struct pn_policy *p, size_t i, struct pn_buf *scratch) {
    const struct pn_network_rule *rule = &p->network_allow[i];
    if (rule->has_cidr)
        pn_rule_put_cidr(scratch, rule);
    else
        pn_buf_printf(scratch, "%s%s", rule->wildcard ? "*." : "", rule->host);
    return pn_buf_cstr(scratch);
}

static const char *environment_name(const struct pn_policy *p, size_t i, struct pn_buf *scratch) {
    (void)scratch;
    return p->environment[i];
}

int pn_policy_revoke_storage(struct pn_policy *p, const char *uri, struct pn_err *err) {
    struct pn_storage_rule rule = {0};
    if (pn_rule_storage(pn_view_str(uri), PN_ACCESS_READ, PN_RULE_ALLOW, &rule, err) < 0)
        return -1;
    size_t kept = 0, held = p->storage_allow_len;
    for (size_t i = 0; i < held; i++) {
        if (strcmp(p->storage_allow[i].pattern, rule.pattern) == 0)
            pn_rule_storage_fini(&p->storage_allow[i]);
        else
            p->storage_allow[kept++] = p->storage_allow[i];
    }
    p->storage_allow_len = kept;
    pn_rule_storage_fini(&rule);
    return kept < held ? (int)(held - kept) : none_such("storage", uri, held, storage_name, p, err);
}

static bool same_target(const struct pn_network_rule *a, const struct pn_network_rule *b) {
    if (a->has_cidr || b->has_cidr)
        return a->has_cidr && b->has_cidr && a->cidr_bits == b->cidr_bits &&
               memcmp(a->cidr, b->cidr, sizeof a->cidr) == 0;
    return a->wildcard == b->wildcard && strcmp(a->host, b->host) == 0;
}

int pn_policy_revoke_network(struct pn_policy *p, const char *target, struct pn_err *err) {
    struct pn_network_rule rule = {0};
    if (set_target(&rule, target, err) < 0)
        return -1;
    size_t kept = 0, held = p->network_allow_len;
    for (size_t i = 0; i < held; i++) {
        if (same_target(&p->network_allow[i], &rule))
            pn_rule_network_fini(&p->network_allow[i]);
        else
            p->network_allow[kept++] = p->network_allow[i];
    }
    p->network_allow_len = kept;
    pn_rule_network_fini(&rule);
    return kept < held ? (int)(held - kept) : none_such("network", target, held, network_name, p, err);
}

int pn_policy_revoke_environment(struct pn_policy *p, const char *key, struct pn_err *err) {
    size_t kept = 0, held = p->environment_len;
    for (size_t i = 0; i < held; i++) {
        if (strcmp(p->environment[i], key) == 0)
            free(p->environment[i]);
        else
            p->environment[kept++] = p->environment[i];
    }
    p->environment_len = kept;
    return kept < held ? (int)(held - kept) : none_such("environment", key, held, environment_name, p, err);
}

void pn_policy_reset(struct pn_policy *p) {
    for (size_t i = 0; i < p->storage_allow_len; i++)
        pn_rule_storage_fini(&p->storage_allow[i]);
    for (size_t i = 0; i < p->network_allow_len; i++)
        pn_rule_network_fini(&p->network_allow[i]);
    for (size_t i = 0; i < p->environment_len; i++)
        free(p->environment[i]);
    p->storage_allow_len = p->network_allow_len = p->environment_len = 0;
}
