// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/common.h"
#include "cli/verbs.h"

static const struct pn_column columns[] = {
    {"revision", "REV", true}, {"at", "WHEN", false},     {"user", "WHO", false}, {"uid", NULL, true},
    {"action", "WHAT", false}, {"state", "STATE", false}, {"yaml", NULL, false},  {NULL, NULL, false},
};

static void add(const struct pn_revision *r, struct pn_table *t) {
    pn_table_u64(t, r->rev);
    pn_table_time(t, r->at);
    pn_table_str(t, r->user);
    pn_table_u64(t, r->uid);
    pn_table_str(t, r->action);
    pn_table_str(t, r->fault == NULL ? "good" : r->fault);
    pn_table_str(t, r->yaml);
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_revisions) struct pn_revisions list = {0};
    pn_auto(pn_table) struct pn_table t;
    pn_table_init(&t, columns);
    if (pn_cli_store(&s, err) != 0 || pn_store_history(s, cli->operand[0], &list, err) != 0)
        return -1;
    bool damaged = false;
    for (size_t i = 0; i < list.len; i++) {
        add(&list.at[i], &t);
        damaged = damaged || list.at[i].fault != NULL;
    }
    if (pn_out_table(cli, &t, "revisions", "No revision.", err) != 0)
        return -1;
    return damaged ? PN_EXIT_DENIED : PN_EXIT_OK;
}

const struct pn_verb pn_verb_policy_history = {
    .name = "policy history",
    .purpose = "list every revision of a component's policy",
    .operands = {{"ID", PN_WORD_COMPONENT, false}},
    .text = "Lists each change of the policy: when, by whom, what. The last revision is in\n"
            "force. Revisions are chained and sealed: one that was changed or removed is\n"
            "named in the column STATE. --json has the text of each revision too.",
    .examples = "postern policy history weather",
    .exits = "3 a revision was tampered with",
    .run = run,
};
