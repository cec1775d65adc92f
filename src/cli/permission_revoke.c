// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/cleanup.h"
#include "cli/permission.h"
#include "cli/verbs.h"
#include "policy/edit.h"

static int apply(struct pn_policy *policy, void *ctx, struct pn_err *err) {
    const struct pn_permission *p = ctx;
    if (strcmp(p->kind, "storage") == 0)
        return pn_policy_revoke_storage(policy, p->value, err);
    if (strcmp(p->kind, "network") == 0)
        return pn_policy_revoke_network(policy, p->value, err);
    return pn_policy_revoke_environment(policy, p->value, err);
}

static void put_result(struct pn_cli *cli, const struct pn_permission *p, uint64_t rev) {
    if (!cli->json) {
        pn_out_line(cli, "%s: revoked %s %s (policy revision %llu)", p->id, p->kind, p->value, (unsigned long long)rev);
        return;
    }
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "status");
    pn_json_w_cstr(&w, "permission revoked");
    pn_json_w_key(&w, "component_id");
    pn_json_w_cstr(&w, p->id);
    pn_json_w_key(&w, "permission_type");
    pn_json_w_cstr(&w, p->kind);
    pn_json_w_key(&w, "value");
    pn_json_w_cstr(&w, p->value);
    pn_json_w_key(&w, "policy_revision");
    pn_json_w_u64(&w, rev);
    pn_json_w_end(&w, '}');
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    struct pn_permission p;
    uint64_t rev;
    pn_auto(pn_buf) struct pn_buf action = {0};
    if (pn_permission_read(cli, &p, err) != 0)
        return -1;
    pn_buf_printf(&action, "revoke %s %.300s", p.kind, p.value);
    if (pn_permission_change(p.id, pn_buf_cstr(&action), apply, &p, &rev, err) != 0)
        return -1;
    put_result(cli, &p, rev);
    return PN_EXIT_OK;
}

const struct pn_verb pn_verb_permission_revoke = {
    .name = "permission revoke",
    .purpose = "take one permission back",
    .operands = {{"KIND", PN_WORD_KIND, false}, {"ID", PN_WORD_COMPONENT, false}, {"VALUE", PN_WORD_TEXT, false}},
    .text = "Removes every permission for exactly VALUE from the policy in force, as a new\n"
            "revision. Wider and narrower ones stay; without one for VALUE, the error lists\n"
            "what there is. KIND and ID may be swapped.",
    .examples = "postern permission revoke network weather api.weather.example",
    .exits = "3 the policy was tampered with",
    .run = run,
};
