// SPDX-License-Identifier: Apache-2.0
#include "policy/storage.h"

#include "base/text.h"
#include "policy/credential.h"

// The path in parts, or false when it is not absolute and normalised.
static bool take_path(struct pn_view path, struct pn_segments *out) {
    if (!pn_utf8_valid(path) || pn_view_find(path, 0, 0) != SIZE_MAX || !pn_segments_split(path, out))
        return false;
    if (path.len == 1)
        out->len = 0;
    for (size_t i = 0; i < out->len; i++)
        if (out->at[i].len == 0 || pn_view_is(out->at[i], ".") || pn_view_is(out->at[i], ".."))
            return false;
    pn_credential_mark(out);
    return true;
}

static bool is_kernel_tree(const struct pn_segments *path) {
    return path->len > 0 &&
           (pn_view_is(path->at[0], "proc") || pn_view_is(path->at[0], "sys") || pn_view_is(path->at[0], "dev"));
}

static bool is_literal(const struct pn_storage_rule *rule) {
    return strcmp(rule->pattern, rule->base) == 0;
}

static struct pn_pattern_match try_allow(const struct pn_storage_rule *rule, const struct pn_segments *path,
                                         enum pn_pattern_reach reach) {
    return pn_pattern_walk(pn_view_str(rule->pattern), is_literal(rule), path, reach);
}

static struct pn_pattern_match try_deny(const struct pn_storage_rule *rule, const struct pn_segments *path) {
    return pn_pattern_walk(pn_view_str(rule->pattern), true, path, PN_REACH_ALL);
}

static struct pn_verdict verdict(enum pn_reason reason, enum pn_rule_list list, size_t index,
                                 const struct pn_storage_rule *rules) {
    return (struct pn_verdict){.allow = reason == PN_REASON_GRANTED,
                               .reason = reason,
                               .list = list,
                               .index = index,
                               .line = rules[index].line};
}

static const struct pn_storage_rule *denying(const struct pn_policy *p, const struct pn_segments *path, unsigned want) {
    for (size_t i = 0; i < p->storage_deny_len; i++)
        if ((p->storage_deny[i].access & want) != 0 && try_deny(&p->storage_deny[i], path).whole)
            return &p->storage_deny[i];
    return NULL;
}

static const char *first_credential(const struct pn_segments *path) {
    for (size_t i = 0; i < path->len; i++)
        if (path->credential[i] != 0)
            return pn_credential_pattern(path->credential[i]);
    return NULL;
}

// Nothing grants it: which entry comes nearest, and what is in the way?
static struct pn_verdict explain_refusal(const struct pn_policy *p, const struct pn_segments *path, unsigned want) {
    static const struct {
        enum pn_pattern_reach reach;
        enum pn_reason reason;
    } ways[] = {{PN_REACH_HARMLESS, PN_REASON_ACCESS},
                {PN_REACH_SHOWN, PN_REASON_CREDENTIAL},
                {PN_REACH_ALL, PN_REASON_HIDDEN}};
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
        for (size_t i = 0; i < p->storage_allow_len; i++) {
            if (!try_allow(&p->storage_allow[i], path, ways[w].reach).whole)
                continue;
            if (ways[w].reach == PN_REACH_HARMLESS && (p->storage_allow[i].access & want) == want)
                continue;
            struct pn_verdict v = verdict(ways[w].reason, PN_LIST_STORAGE_ALLOW, i, p->storage_allow);
            v.detail = v.reason == PN_REASON_CREDENTIAL ? first_credential(path) : NULL;
            return v;
        }
    return (struct pn_verdict){.reason = PN_REASON_NO_RULE};
}

struct pn_verdict pn_policy_storage(const struct pn_policy *p, struct pn_view path, unsigned want) {
    struct pn_segments segments;
    if (want == 0 || !take_path(path, &segments))
        return (struct pn_verdict){.reason = PN_REASON_BAD_FACTS};
    if (is_kernel_tree(&segments))
        return (struct pn_verdict){.reason = PN_REASON_KERNEL_TREE};
    const struct pn_storage_rule *deny = denying(p, &segments, want);
    if (deny != NULL)
        return verdict(PN_REASON_DENY_RULE, PN_LIST_STORAGE_DENY, (size_t)(deny - p->storage_deny), p->storage_deny);
    unsigned left = want;
    for (size_t i = 0; i < p->storage_allow_len; i++) {
        if ((p->storage_allow[i].access & left) == 0 ||
            !try_allow(&p->storage_allow[i], &segments, PN_REACH_HARMLESS).whole)
            continue;
        left &= ~p->storage_allow[i].access;
        if (left == 0)
            return verdict(PN_REASON_GRANTED, PN_LIST_STORAGE_ALLOW, i, p->storage_allow);
    }
    return explain_refusal(p, &segments, want);
}

// Where walking begins: the directory that holds a single file, else the part without wildcards.
static bool reaches_down_to(const struct pn_storage_rule *rule, const struct pn_segments *path) {
    struct pn_segments base;
    if (!pn_segments_split(pn_view_str(rule->base), &base))
        return false;
    size_t from = strcmp(rule->base, "/") == 0 ? 0 : base.len - (is_literal(rule) ? 1 : 0);
    return path->len >= from;
}

bool pn_policy_storage_passage(const struct pn_policy *p, struct pn_view path) {
    struct pn_segments segments;
    if (!take_path(path, &segments) || is_kernel_tree(&segments))
        return false;
    if (denying(p, &segments, PN_ACCESS_READ) != NULL)
        return false;
    for (size_t i = 0; i < p->storage_allow_len; i++)
        if (reaches_down_to(&p->storage_allow[i], &segments) &&
            try_allow(&p->storage_allow[i], &segments, PN_REACH_HARMLESS).below)
            return true;
    return false;
}

static bool denies_below(const struct pn_policy *p, const struct pn_segments *path) {
    for (size_t i = 0; i < p->storage_deny_len; i++)
        if (try_deny(&p->storage_deny[i], path).below)
            return true;
    return false;
}

// Both ends under one entry that reads and writes all of it, and no other entry that could judge the contents
// differently.
static bool one_entry_covers(const struct pn_policy *p, const struct pn_segments *from, const struct pn_segments *to) {
    bool covered = false;
    for (size_t i = 0; i < p->storage_allow_len; i++) {
        const struct pn_storage_rule *rule = &p->storage_allow[i];
        struct pn_pattern_match at_from = try_allow(rule, from, PN_REACH_HARMLESS),
                                at_to = try_allow(rule, to, PN_REACH_HARMLESS);
        bool covers = rule->access == (PN_ACCESS_READ | PN_ACCESS_WRITE) && at_from.all_below && at_to.all_below;
        if (!covers && (at_from.below || at_to.below))
            return false;
        covered = covered || covers;
    }
    return covered;
}

bool pn_policy_storage_movable(const struct pn_policy *p, struct pn_view from, struct pn_view to) {
    struct pn_segments a, b;
    if (!take_path(from, &a) || !take_path(to, &b) || is_kernel_tree(&a) || is_kernel_tree(&b))
        return false;
    if (denies_below(p, &a) || denies_below(p, &b) || pn_credential_begins(&a))
        return false;
    return one_entry_covers(p, &a, &b);
}
