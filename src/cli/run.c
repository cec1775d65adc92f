// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/call.h"
#include "cli/verbs.h"

static int run(struct pn_cli *cli, struct pn_err *err) {
    const char *policy = pn_cli_value(cli, "policy");
    pn_auto(pn_free) char *path = pn_cli_path(cli->operand[0], err);
    pn_auto(pn_buf) struct pn_buf bytes = {0}, yaml = {0};
    pn_auto(pn_artefact) struct pn_artefact a = {.fd = -1};
    pn_auto(pn_settings) struct pn_settings settings = {0};
    char id[PN_ID_MAX + 1];
    if (path == NULL || pn_cli_settings(pn_cli_value(cli, "config"), &settings, err) != 0 ||
        pn_id_from_path(path, id, err) != 0 || (policy != NULL && pn_cli_policy_file(policy, &yaml, NULL, err) != 0) ||
        pn_artefact_of_file(path, &bytes, &a, err) != 0)
        return -1;
    struct pn_cli_call call = {
        .id = id, .artefact = &a, .policy = pn_buf_view(&yaml), .tool = cli->operand[1], .settings = &settings};
    return pn_cli_call(cli, &call, err);
}

static const struct pn_option options[] = {
    PN_CALL_OPTIONS,
    {"policy", "FILE", PN_WORD_FILE, "what it may do; without this: nothing"},
    {NULL, NULL, PN_WORD_TEXT, NULL},
};

const struct pn_verb pn_verb_run = {
    .name = "run",
    .purpose = "call a tool of a component file once, without loading it",
    .operands = {{"FILE", PN_WORD_FILE, false}, {"TOOL", PN_WORD_TOOL, false}},
    .options = options,
    .text = "Compiles FILE if the cache does not know it, calls TOOL in a confined worker and\n"
            "prints the result: a string as it is, anything else as JSON. Nothing is stored.\n"
            "A policy beside FILE is not looked at: name one with --policy.",
    .examples = "postern run ./sum.wasm add --args '{\"a\":1,\"b\":2}'\n"
                "postern run ./fetch.wasm fetch --args @args.json --policy fetch.yaml",
    .exits = "3 denied, 4 a limit ended the call, 5 the tool answered with its own error or trapped",
    .run = run,
};
