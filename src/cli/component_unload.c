// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/common.h"
#include "cli/verbs.h"

static int run(struct pn_cli *cli, struct pn_err *err) {
    const char *id = cli->operand[0];
    pn_auto(pn_store) struct pn_store *s = NULL;
    if (pn_cli_store(&s, err) != 0 || pn_store_unload(s, id, err) != 0)
        return -1;
    if (!cli->json) {
        pn_out_line(cli, "%s: unloaded; the history of its policy is kept", id);
        return PN_EXIT_OK;
    }
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "status");
    pn_json_w_cstr(&w, "component unloaded successfully");
    pn_json_w_key(&w, "id");
    pn_json_w_cstr(&w, id);
    pn_json_w_end(&w, '}');
    return PN_EXIT_OK;
}

const struct pn_verb pn_verb_component_unload = {
    .name = "component unload",
    .purpose = "remove a component from the store",
    .operands = {{"ID", PN_WORD_COMPONENT, false}},
    .text = "Removes the component; running servers stop offering its tools at once. The\n"
            "history of its policy stays, but whatever is loaded under the same id later\n"
            "starts without any permission.",
    .examples = "postern component unload weather",
    .exits = "3 the store was tampered with",
    .run = run,
};
