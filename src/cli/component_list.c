// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/common.h"
#include "cli/verbs.h"

static const struct pn_column columns[] = {
    {"id", "ID", false},
    {"sha256", "SHA-256", false},
    {"size", "BYTES", true},
    {"loaded_at", "LOADED", false},
    {"policy_revision", "POLICY", true},
    {"source", "SOURCE", false},
    {"state", "STATE", false},
    {"reason", NULL, false},
    {NULL, NULL, false},
};

static void add(const struct pn_component *c, bool json, struct pn_table *t) {
    char hex[2 * PN_DIGEST + 1];
    pn_digest_hex(&c->sha256, hex);
    pn_table_str(t, c->id);
    pn_table_view(t, pn_view(hex, json ? 2 * PN_DIGEST : 12));
    pn_table_u64(t, c->size);
    pn_table_time(t, c->loaded_at);
    pn_table_u64(t, c->policy_rev);
    pn_table_str(t, c->source);
    pn_table_str(t, c->fault == NULL ? "loaded" : "refused");
    pn_table_str(t, c->fault);
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_components) struct pn_components list = {0};
    pn_auto(pn_table) struct pn_table t;
    pn_table_init(&t, columns);
    if (pn_cli_store(&s, err) != 0 || pn_store_list(s, &list, NULL, err) != 0)
        return -1;
    for (size_t i = 0; i < list.len; i++)
        add(&list.at[i], cli->json, &t);
    return pn_out_table(cli, &t, "components", "No component is loaded. Load one with: postern component load FILE",
                        err);
}

const struct pn_verb pn_verb_component_list = {
    .name = "component list",
    .purpose = "list the loaded components",
    .text = "Lists every loaded component with its digest, size, source and the revision of\n"
            "its policy. A component whose registration was tampered with is shown as\n"
            "refused; --json gives the reason.",
    .examples = "postern component list\npostern component list --json",
    .exits = "3 the store was tampered with",
    .run = run,
};
