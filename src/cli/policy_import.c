// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/common.h"
#include "cli/verbs.h"

static int run(struct pn_cli *cli, struct pn_err *err) {
    const char *id = cli->operand[0], *path = cli->operand[1];
    uint64_t rev;
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_buf) struct pn_buf text = {0}, action = {0};
    if (pn_cli_policy_file(path, &text, NULL, err) != 0 || pn_cli_store(&s, err) != 0)
        return -1;
    pn_buf_printf(&action, "import %.200s", path);
    if (pn_store_policy_set(s, id, 0, pn_buf_cstr(&action), pn_buf_cstr(&text), &rev, err) != 0)
        return -1;
    pn_cli_changed(cli, "policy imported", id, rev);
    return PN_EXIT_OK;
}

const struct pn_verb pn_verb_policy_import = {
    .name = "policy import",
    .purpose = "put the policy of a file in force",
    .operands = {{"ID", PN_WORD_COMPONENT, false}, {"FILE", PN_WORD_FILE, false}},
    .text = "Checks FILE as `postern policy check` does and puts it in force as a new\n"
            "revision. This is also how a policy that came with a component is accepted.",
    .examples = "postern policy import weather policies/weather.yaml",
    .exits = "3 the store was tampered with",
    .run = run,
};
