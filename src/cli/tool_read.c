// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/log.h"
#include "cli/artefact.h"
#include "cli/common.h"
#include "cli/verbs.h"

static void put_member(struct pn_cli *cli, const struct pn_tools *t, uint32_t node, const char *member) {
    uint32_t at = pn_json_get(&t->doc, node, member);
    if (at == PN_JSON_NONE)
        return;
    pn_buf_printf(&cli->out, "%s: ", member);
    pn_out_json(cli, pn_json_raw(&t->doc, at));
}

static void put_text(struct pn_cli *cli, const struct pn_tools *t, uint32_t node) {
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    pn_out_line(cli, "name: %s", cli->operand[1]);
    if (!pn_tool_callable(t, node)) {
        pn_buf_add_str(&cli->out, "not callable: ");
        pn_escape(&cli->out, pn_tool_text(t, node, "reason", &scratch));
        pn_buf_add_byte(&cli->out, '\n');
    }
    pn_buf_add_str(&cli->out, "description: ");
    pn_escape(&cli->out, pn_tool_text(t, node, "description", &scratch));
    pn_buf_add_byte(&cli->out, '\n');
    put_member(cli, t, node, "inputSchema");
    put_member(cli, t, node, "outputSchema");
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_component) struct pn_component c = {0};
    pn_auto(pn_artefact) struct pn_artefact a = {.fd = -1};
    pn_auto(pn_tools) struct pn_tools t = {0};
    uint32_t node, index;
    if (pn_cli_store(&s, err) != 0 || pn_store_get(s, cli->operand[0], &c, err) != 0 ||
        pn_artefact_of_component(s, &c, &a, err) != 0 || pn_tools_open(&t, &a, err) != 0)
        return -1;
    if (pn_tools_find(&t, cli->operand[1], &node) == PN_JSON_NONE)
        return pn_tools_need(&t, cli->operand[1], &index, err);
    if (cli->json)
        pn_buf_add_view(&cli->out, pn_json_raw(&t.doc, node));
    else
        put_text(cli, &t, node);
    return PN_EXIT_OK;
}

const struct pn_verb pn_verb_tool_read = {
    .name = "tool read",
    .purpose = "show one tool: description and schemas",
    .operands = {{"ID", PN_WORD_COMPONENT, false}, {"TOOL", PN_WORD_TOOL, false}},
    .text = "Prints the description of a tool and the JSON Schemas of its arguments and its\n"
            "result.",
    .examples = "postern tool read weather get-weather\npostern tool read weather get-weather --json",
    .exits = "3 the store was tampered with",
    .run = run,
};
