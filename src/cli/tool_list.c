// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/artefact.h"
#include "cli/common.h"
#include "cli/verbs.h"

static const struct pn_column columns[] = {
    {"component", "COMPONENT", false},     {"name", "TOOL", false}, {"callable", "CALLABLE", false},
    {"description", "DESCRIPTION", false}, {"reason", NULL, false}, {NULL, NULL, false},
};

static void add_tool(const struct pn_cli *cli, const char *id, const struct pn_tools *tools, uint32_t node,
                     struct pn_table *t) {
    pn_auto(pn_buf) struct pn_buf name = {0}, text = {0}, reason = {0};
    struct pn_view description = pn_tool_text(tools, node, "description", &text);
    if (!cli->json) // a line of a table: the first sentence or so
        description = pn_utf8_cut(pn_view_part(description, 0, pn_view_find(description, '\n', 0)), 60);
    pn_table_str(t, id);
    pn_table_view(t, pn_tool_text(tools, node, "name", &name));
    pn_table_bool(t, pn_tool_callable(tools, node));
    pn_table_view(t, description);
    pn_table_view(t, pn_tool_text(tools, node, "reason", &reason));
}

static int add_component(const struct pn_cli *cli, struct pn_store *s, const struct pn_component *c, struct pn_table *t,
                         struct pn_err *err) {
    pn_auto(pn_artefact) struct pn_artefact a = {.fd = -1};
    pn_auto(pn_tools) struct pn_tools tools = {0};
    if (pn_artefact_of_component(s, c, &a, err) != 0 || pn_tools_open(&tools, &a, err) != 0)
        return -1;
    for (uint32_t at = pn_json_first(&tools.doc, tools.list); at != PN_JSON_NONE;
         at = pn_json_after(&tools.doc, tools.list, at))
        add_tool(cli, c->id, &tools, at, t);
    return 0;
}

// A component that is refused or broken must not hide the tools of the others.
static void add_broken(const char *id, const char *why, struct pn_table *t) {
    pn_table_str(t, id);
    pn_table_str(t, NULL);
    pn_table_bool(t, false);
    pn_table_str(t, why);
    pn_table_str(t, why);
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_components) struct pn_components list = {0};
    pn_auto(pn_table) struct pn_table t;
    pn_table_init(&t, columns);
    if (pn_cli_store(&s, err) != 0 || pn_store_list(s, &list, NULL, err) != 0)
        return -1;
    for (size_t i = 0; i < list.len; i++) {
        struct pn_err why = {0};
        if (add_component(cli, s, &list.at[i], &t, &why) != 0)
            add_broken(list.at[i].id, why.text, &t);
    }
    return pn_out_table(cli, &t, "tools", "No tool. Load a component with: postern component load FILE", err);
}

const struct pn_verb pn_verb_tool_list = {
    .name = "tool list",
    .purpose = "list the tools of all loaded components",
    .text = "Lists every function the loaded components export. One that cannot be called is\n"
            "listed too; --json and `postern tool read` give the reason.",
    .examples = "postern tool list\npostern tool list --json",
    .exits = "3 the store was tampered with",
    .run = run,
};
