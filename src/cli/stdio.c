// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/settings.h"
#include "cli/verbs.h"
#include "launch/launch.h"

static int run(struct pn_cli *cli, struct pn_err *err) {
    pn_auto(pn_settings) struct pn_settings settings = {0};
    if (pn_cli_settings(pn_cli_value(cli, "config"), &settings, err) != 0)
        return -1;
    struct pn_serve serve = {.settings = &settings, .management = pn_cli_flag(cli, "allow-management")};
    return pn_supervisor_run(&serve, err);
}

static const struct pn_option options[] = {
    {"config", "FILE", PN_WORD_FILE, "settings, see postern.yaml(5)"},
    {"allow-management", NULL, PN_WORD_TEXT, "offer tools that load, unload, grant and revoke"},
    {NULL, NULL, PN_WORD_TEXT, NULL},
};

const struct pn_verb pn_verb_stdio = {
    .name = "stdio",
    .purpose = "serve MCP on standard input and output",
    .options = options,
    .text = "This is what an MCP client starts. It offers the tools of all loaded components\n"
            "and notices at once when components or policies change. With\n"
            "--allow-management a client may ask for changes too; each one that gives a\n"
            "component more needs the user's consent through the client. It ends with its\n"
            "standard input.",
    .examples = "postern stdio\nclaude mcp add postern -- postern stdio",
    .no_json = true,
    .run = run,
};
