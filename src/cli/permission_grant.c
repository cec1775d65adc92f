// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/cleanup.h"
#include "cli/permission.h"
#include "cli/verbs.h"
#include "policy/edit.h"

struct grant {
    struct pn_permission permission;
    unsigned access;
    struct pn_network_grant network;
};

static int apply(struct pn_policy *policy, void *ctx, struct pn_err *err) {
    const struct grant *g = ctx;
    if (strcmp(g->permission.kind, "storage") == 0)
        return pn_policy_grant_storage(policy, g->permission.value, g->access, err);
    if (strcmp(g->permission.kind, "network") == 0)
        return pn_policy_grant_network(policy, &g->network, err);
    return pn_policy_grant_environment(policy, g->permission.value, err);
}

// Options that mean something for another kind only would be ignored: refused instead.
static int check_options(const struct pn_cli *cli, const char *kind, struct pn_err *err) {
    static const struct {
        const char *option, *kind;
    } belongs[] = {{"access", "storage"},
                   {"ports", "network"},
                   {"schemes", "network"},
                   {"methods", "network"},
                   {"paths", "network"}};
    for (size_t i = 0; i < sizeof belongs / sizeof *belongs; i++)
        if (pn_cli_flag(cli, belongs[i].option) && strcmp(belongs[i].kind, kind) != 0)
            return pn_fail_usage(err, "--%s goes with %s, not with %s", belongs[i].option, belongs[i].kind, kind);
    return 0;
}

static int read_grant(const struct pn_cli *cli, struct grant *g, struct pn_err *err) {
    const char *access = pn_cli_value(cli, "access");
    if (pn_permission_read(cli, &g->permission, err) != 0 || check_options(cli, g->permission.kind, err) != 0)
        return -1;
    g->network = (struct pn_network_grant){.target = g->permission.value,
                                           .ports = pn_cli_value(cli, "ports"),
                                           .schemes = pn_cli_value(cli, "schemes"),
                                           .methods = pn_cli_value(cli, "methods"),
                                           .paths = pn_cli_value(cli, "paths")};
    return pn_policy_access_parse(access != NULL ? access : "read", &g->access, err);
}

static void put_list(struct pn_json_w *w, const char *key, const char *words) {
    if (words == NULL)
        return;
    pn_json_w_key(w, key);
    pn_json_w_array(w);
    while (*words != '\0') {
        size_t len = strcspn(words, ",");
        pn_json_w_str(w, pn_view(words, len));
        words += words[len] == ',' ? len + 1 : len;
    }
    pn_json_w_end(w, ']');
}

static void put_details(struct pn_json_w *w, const struct grant *g) {
    bool storage = strcmp(g->permission.kind, "storage") == 0, network = strcmp(g->permission.kind, "network") == 0;
    static const char *const accesses[] = {"", "read", "write", "read,write"};
    pn_json_w_key(w, "details");
    pn_json_w_object(w);
    pn_json_w_key(w, storage ? "uri" : network ? "host" : "key");
    pn_json_w_cstr(w, g->permission.value);
    if (storage)
        put_list(w, "access", accesses[g->access & 3]);
    if (network) {
        put_list(w, "ports", g->network.ports);
        put_list(w, "schemes", g->network.schemes);
        put_list(w, "methods", g->network.methods);
        put_list(w, "paths", g->network.paths);
    }
    pn_json_w_end(w, '}');
}

static void put_result(struct pn_cli *cli, const struct grant *g, uint64_t rev) {
    if (!cli->json) {
        pn_out_line(cli, "%s: granted %s %s (policy revision %llu)", g->permission.id, g->permission.kind,
                    g->permission.value, (unsigned long long)rev);
        return;
    }
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "status");
    pn_json_w_cstr(&w, "permission granted successfully");
    pn_json_w_key(&w, "component_id");
    pn_json_w_cstr(&w, g->permission.id);
    pn_json_w_key(&w, "permission_type");
    pn_json_w_cstr(&w, g->permission.kind);
    put_details(&w, g);
    pn_json_w_key(&w, "policy_revision");
    pn_json_w_u64(&w, rev);
    pn_json_w_end(&w, '}');
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    struct grant g;
    uint64_t rev;
    pn_auto(pn_buf) struct pn_buf action = {0};
    if (read_grant(cli, &g, err) != 0)
        return -1;
    pn_buf_printf(&action, "grant %s %.300s", g.permission.kind, g.permission.value);
    if (pn_permission_change(g.permission.id, pn_buf_cstr(&action), apply, &g, &rev, err) != 0)
        return -1;
    put_result(cli, &g, rev);
    return PN_EXIT_OK;
}

static const struct pn_option options[] = {
    {"access", "ACCESS", PN_WORD_TEXT, "storage: read (default), write or read,write"},
    {"ports", "LIST", PN_WORD_TEXT, "network: these ports instead of the scheme's own"},
    {"schemes", "LIST", PN_WORD_TEXT, "network: https (default), http or http,https"},
    {"methods", "LIST", PN_WORD_TEXT, "network: only these methods"},
    {"paths", "LIST", PN_WORD_TEXT, "network: only these paths"},
    {NULL, NULL, PN_WORD_TEXT, NULL},
};

const struct pn_verb pn_verb_permission_grant = {
    .name = "permission grant",
    .purpose = "let a component do one more thing",
    .operands = {{"KIND", PN_WORD_KIND, false}, {"ID", PN_WORD_COMPONENT, false}, {"VALUE", PN_WORD_TEXT, false}},
    .options = options,
    .text = "Adds one permission to the policy in force, as a new revision. KIND is storage\n"
            "(VALUE: fs:// and an absolute path or pattern), network (a host, *.domain, or an\n"
            "address block) or environment (the name of a variable, whose value comes from\n"
            "the settings). KIND and ID may be swapped. Lists are separated by commas.",
    .examples = "postern permission grant storage weather 'fs:///srv/maps/**' --access read\n"
                "postern permission grant network weather api.weather.example --methods GET\n"
                "postern permission grant environment weather API_KEY",
    .exits = "3 the policy was tampered with, 4 too many permissions",
    .run = run,
};
