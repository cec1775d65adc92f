// SPDX-License-Identifier: Apache-2.0
// One call of a tool, for `run` and `tool invoke`.
#pragma once
#include "cli/artefact.h"
#include "cli/common.h"
#include "cli/settings.h"

struct pn_cli_call {
    const char *id; // for messages
    struct pn_artefact *artefact;
    struct pn_view policy; // YAML
    const char *tool;
    const struct pn_settings *settings;
};
// Reads --args (JSON, @FILE or @- for standard input), makes the call and writes its result to cli->out. Returns the
// exit code or negative.
[[nodiscard]] int pn_cli_call(struct pn_cli *cli, const struct pn_cli_call *call, struct pn_err *err);

// The options of both verbs, to stand first in their tables.
#define PN_CALL_OPTIONS                                                                                 \
    {"args", "JSON", PN_WORD_TEXT, "arguments, a JSON object; @FILE or @- reads them (default: {})"}, { \
        "config", "FILE", PN_WORD_FILE, "settings, see postern.yaml(5)"                                 \
    }
