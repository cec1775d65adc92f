// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/artefact.h"
#include "cli/common.h"
#include "cli/verbs.h"

static int run(struct pn_cli *cli, struct pn_err *err) {
    const char *id = cli->operand[0];
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_component) struct pn_component c = {0};
    pn_auto(pn_artefact) struct pn_artefact a = {.fd = -1};
    if (pn_cli_store(&s, err) != 0 || pn_store_get(s, id, &c, err) != 0 ||
        pn_artefact_of_component(s, &c, &a, err) != 0)
        return -1;
    if (!cli->json) {
        pn_out_line(cli, "%s: compiled", id);
        return PN_EXIT_OK;
    }
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "status");
    pn_json_w_cstr(&w, "component compiled successfully");
    pn_json_w_key(&w, "id");
    pn_json_w_cstr(&w, id);
    pn_json_w_end(&w, '}');
    return PN_EXIT_OK;
}

const struct pn_verb pn_verb_component_compile = {
    .name = "component compile",
    .purpose = "make sure that a loaded component is compiled",
    .operands = {{"ID", PN_WORD_COMPONENT, false}},
    .text = "Verifies the stored bytes and compiles them unless the cache has a sound result\n"
            "for this engine and machine. Loading does this too; it is of use after an\n"
            "upgrade or when the cache was cleared.",
    .examples = "postern component compile weather",
    .exits = "3 the store was tampered with, 4 too large or too slow to compile",
    .run = run,
};
