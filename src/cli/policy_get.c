// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/common.h"
#include "cli/verbs.h"

static void put_json(struct pn_cli *cli, const char *id, const struct pn_revision *rev) {
    char when[32];
    pn_out_time(rev->at, when);
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "status");
    pn_json_w_cstr(&w, rev->yaml[0] != '\0' ? "policy found" : "no policy found");
    pn_json_w_key(&w, "component_id");
    pn_json_w_cstr(&w, id);
    pn_json_w_key(&w, "revision");
    pn_json_w_u64(&w, rev->rev);
    pn_json_w_key(&w, "at");
    pn_json_w_cstr(&w, when);
    pn_json_w_key(&w, "user");
    pn_json_w_cstr(&w, rev->user);
    pn_json_w_key(&w, "action");
    pn_json_w_cstr(&w, rev->action);
    pn_json_w_key(&w, "yaml");
    pn_json_w_cstr(&w, rev->yaml);
    pn_json_w_end(&w, '}');
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    const char *id = cli->operand[0];
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_revision) struct pn_revision rev = {0};
    if (pn_cli_store(&s, err) != 0 || pn_cli_policy_of(s, id, &rev, NULL, err) != 0)
        return -1;
    if (cli->json)
        put_json(cli, id, &rev);
    else if (rev.yaml[0] == '\0')
        pn_out_line(cli, "# %s has no policy: nothing is granted.", id);
    else
        pn_buf_add_str(&cli->out, rev.yaml);
    return PN_EXIT_OK;
}

const struct pn_verb pn_verb_policy_get = {
    .name = "policy get",
    .purpose = "print the policy in force for a component",
    .operands = {{"ID", PN_WORD_COMPONENT, false}},
    .text = "Prints the document as it was put in force. See postern-policy(5).",
    .examples = "postern policy get weather",
    .exits = "3 the policy was tampered with",
    .run = run,
};
