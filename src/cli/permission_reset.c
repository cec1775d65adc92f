// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/cleanup.h"
#include "cli/permission.h"
#include "cli/verbs.h"
#include "policy/edit.h"

static int apply(struct pn_policy *policy, void *ctx, struct pn_err *err) {
    (void)ctx;
    (void)err;
    pn_policy_reset(policy);
    return 1;
}

// A policy that was tampered with, or that this version cannot read, is of no use: an empty one takes its place.
static int replace(const char *id, uint64_t *rev, struct pn_err *err) {
    pn_auto(pn_store) struct pn_store *s = NULL;
    return pn_cli_store(&s, err) != 0 ? -1 : pn_store_policy_set(s, id, 0, "reset", "", rev, err);
}

static int reset(const char *id, uint64_t *rev, struct pn_err *err) {
    struct pn_err why = {0};
    if (pn_permission_change(id, "reset", apply, NULL, rev, &why) == 0)
        return 0;
    if (why.code == EBADMSG || (why.category == PN_E_INPUT && why.code == 0))
        return replace(id, rev, err);
    *err = why;
    return -1;
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    const char *id = cli->operand[0];
    uint64_t rev;
    if (pn_id_check(id, err) != 0 || reset(id, &rev, err) != 0)
        return -1;
    if (!cli->json) {
        pn_out_line(cli, "%s: every permission was taken back (policy revision %llu)", id, (unsigned long long)rev);
        return PN_EXIT_OK;
    }
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "status");
    pn_json_w_cstr(&w, "permissions reset successfully");
    pn_json_w_key(&w, "component_id");
    pn_json_w_cstr(&w, id);
    pn_json_w_key(&w, "policy_revision");
    pn_json_w_u64(&w, rev);
    pn_json_w_end(&w, '}');
    return PN_EXIT_OK;
}

const struct pn_verb pn_verb_permission_reset = {
    .name = "permission reset",
    .purpose = "take every permission back",
    .operands = {{"ID", PN_WORD_COMPONENT, false}},
    .text = "Removes all that the policy in force allows, as a new revision. What it denies\n"
            "and its limits stay, so nothing is wider afterwards. A policy that was tampered\n"
            "with is replaced by an empty one.",
    .examples = "postern permission reset weather",
    .exits = "3 the store was tampered with",
    .run = run,
};
