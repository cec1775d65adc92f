// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/common.h"
#include "cli/verbs.h"

static int run(struct pn_cli *cli, struct pn_err *err) {
    const char *id = cli->operand[0];
    uint64_t rev, now;
    pn_auto(pn_store) struct pn_store *s = NULL;
    if (pn_cli_number(cli->operand[1], "REV", &rev, err) != 0 || pn_cli_store(&s, err) != 0 ||
        pn_store_rollback(s, id, rev, &now, err) != 0)
        return -1;
    pn_cli_changed(cli, "policy rolled back", id, now);
    return PN_EXIT_OK;
}

const struct pn_verb pn_verb_policy_rollback = {
    .name = "policy rollback",
    .purpose = "put an earlier revision of a policy in force again",
    .operands = {{"ID", PN_WORD_COMPONENT, false}, {"REV", PN_WORD_REVISION, false}},
    .text = "Makes a new revision with the text of revision REV; nothing is erased.",
    .examples = "postern policy history weather\npostern policy rollback weather 3",
    .exits = "3 that revision was tampered with",
    .run = run,
};
