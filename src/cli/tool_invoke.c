// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/call.h"
#include "cli/verbs.h"

static int run(struct pn_cli *cli, struct pn_err *err) {
    const char *id = cli->operand[0];
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_component) struct pn_component c = {0};
    pn_auto(pn_revision) struct pn_revision rev = {0};
    pn_auto(pn_policy) struct pn_policy policy = {0};
    pn_auto(pn_artefact) struct pn_artefact a = {.fd = -1};
    pn_auto(pn_settings) struct pn_settings settings = {0};
    if (pn_cli_settings(pn_cli_value(cli, "config"), &settings, err) != 0 || pn_cli_store(&s, err) != 0 ||
        pn_store_get(s, id, &c, err) != 0 || pn_cli_policy_of(s, id, &rev, &policy, err) != 0 ||
        pn_artefact_of_component(s, &c, &a, err) != 0)
        return -1;
    struct pn_cli_call call = {
        .id = id, .artefact = &a, .policy = pn_view_str(rev.yaml), .tool = cli->operand[1], .settings = &settings};
    return pn_cli_call(cli, &call, err);
}

static const struct pn_option options[] = {PN_CALL_OPTIONS, {NULL, NULL, PN_WORD_TEXT, NULL}};

const struct pn_verb pn_verb_tool_invoke = {
    .name = "tool invoke",
    .purpose = "call a tool of a loaded component once",
    .operands = {{"ID", PN_WORD_COMPONENT, false}, {"TOOL", PN_WORD_TOOL, false}},
    .options = options,
    .text = "Calls TOOL under the policy in force, in a worker process of its own, and prints\n"
            "the result: a string as it is, anything else as JSON. What the component writes\n"
            "to its standard output or error appears as log lines on standard error.",
    .examples = "postern tool invoke weather get-weather --args '{\"city\":\"Bern\"}'",
    .exits = "3 denied, 4 a limit ended the call, 5 the tool answered with its own error or trapped",
    .run = run,
};
