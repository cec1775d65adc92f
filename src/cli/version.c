// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"
#include "cli/verbs.h"
#include "launch/launch.h"

static int run(struct pn_cli *cli, struct pn_err *err) {
    (void)err;
    if (!cli->json) {
        pn_out_line(cli, "postern %s (%s)", PN_VERSION, pn_compile_engine_id());
        return PN_EXIT_OK;
    }
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "version");
    pn_json_w_cstr(&w, PN_VERSION);
    pn_json_w_key(&w, "engine");
    pn_json_w_cstr(&w, pn_compile_engine_id());
    pn_json_w_key(&w, "configuration");
    pn_json_w_cstr(&w, pn_compile_configuration());
    pn_json_w_end(&w, '}');
    return PN_EXIT_OK;
}

const struct pn_verb pn_verb_version = {
    .name = "version",
    .purpose = "print the version of Postern and of its engine",
    .text = "Prints the version, and the engine and its configuration that compiled\n"
            "components are made for.",
    .examples = "postern version --json",
    .run = run,
};
