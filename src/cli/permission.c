// SPDX-License-Identifier: Apache-2.0
#include "cli/permission.h"

#include <string.h>

#include "base/cleanup.h"

enum { ATTEMPTS = 100 };

static const struct {
    const char *word, *kind;
} kinds[] = {
    {"storage", "storage"},
    {"network", "network"},
    {"environment", "environment"},
    {"environment-variable", "environment"},
};

static const char *find_kind(const char *word) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].word, word) == 0)
            return kinds[i].kind;
    return NULL;
}

int pn_permission_read(const struct pn_cli *cli, struct pn_permission *out, struct pn_err *err) {
    const char *first = cli->operand[0], *second = cli->operand[1];
    // An id may be called like a kind: then the second word decides.
    bool kind_second = find_kind(second) != NULL;
    *out = (struct pn_permission){
        .id = kind_second ? first : second, .kind = find_kind(kind_second ? second : first), .value = cli->operand[2]};
    if (out->kind == NULL)
        return pn_fail_usage(
            err, "neither '%.40s' nor '%.40s' is a kind of permission: storage, network or environment", first, second);
    return pn_id_check(out->id, err);
}

// 1 = done, 0 = somebody was faster.
static int attempt(struct pn_store *s, const char *id, const char *action, pn_permission_edit *edit, void *ctx,
                   uint64_t *rev, struct pn_err *err) {
    pn_auto(pn_revision) struct pn_revision now = {0};
    pn_auto(pn_policy) struct pn_policy policy = {0};
    pn_auto(pn_buf) struct pn_buf yaml = {0};
    struct pn_err why = {0};
    if (pn_cli_policy_of(s, id, &now, &policy, err) != 0)
        return -1;
    int changed = edit(&policy, ctx, err);
    *rev = now.rev;
    if (changed <= 0)
        return changed < 0 ? -1 : 1;
    pn_policy_write(&policy, &yaml);
    if (yaml.overflow)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (pn_store_policy_set(s, id, now.rev, action, pn_buf_cstr(&yaml), rev, &why) == 0)
        return 1;
    if (why.category == PN_E_RETRY)
        return 0;
    *err = why;
    return -1;
}

int pn_permission_change(const char *id, const char *action, pn_permission_edit *edit, void *ctx, uint64_t *rev,
                         struct pn_err *err) {
    pn_auto(pn_store) struct pn_store *s = NULL;
    if (pn_cli_store(&s, err) != 0)
        return -1;
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        int done = attempt(s, id, action, edit, ctx, rev, err);
        if (done != 0)
            return done < 0 ? -1 : 0;
    }
    return pn_fail(err, PN_E_RETRY, "the policy of '%s' keeps changing; try again", id);
}
