// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/artefact.h"
#include "cli/common.h"
#include "cli/verbs.h"
#include "config/limits.h"

struct loading {
    char id[PN_ID_MAX + 1];
    char *path;                  // of the component
    struct pn_buf bytes, policy; // policy: text of --policy
    struct pn_artefact artefact;
    struct pn_store_loaded is;
    struct pn_buf request; // path of a policy that came beside the component, "" when there is none
    struct pn_buf memory;  // a sentence when the component needs more memory than it has
};

static void loading_cleanup(struct loading *l) {
    free(l->path);
    pn_buf_fini(&l->bytes);
    pn_buf_fini(&l->policy);
    pn_buf_fini(&l->request);
    pn_buf_fini(&l->memory);
    pn_artefact_fini(&l->artefact);
}

static int choose_id(struct pn_cli *cli, struct loading *l, struct pn_err *err) {
    const char *id = pn_cli_value(cli, "id");
    if (id == NULL)
        return pn_id_from_path(l->path, l->id, err);
    if (pn_id_check(id, err) != 0)
        return -1;
    (void)snprintf(l->id, sizeof l->id, "%s", id);
    return 0;
}

// A policy beside the component is the author's wish, not the operator's: named, never read into force.
static void look_for_request(struct loading *l) {
    struct pn_view stem = pn_view_str(l->path);
    const struct pn_view names[] = {stem,
                                    pn_view_ends(stem, PN_VIEW(".wasm")) ? pn_view_part(stem, 0, stem.len - 5) : stem};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        pn_buf_reset(&l->request);
        pn_buf_add_view(&l->request, names[i]);
        pn_buf_add_str(&l->request, ".policy.yaml");
        if (access(pn_buf_cstr(&l->request), R_OK) == 0)
            return;
    }
    pn_buf_reset(&l->request);
}

static int read_inputs(struct pn_cli *cli, struct loading *l, struct pn_err *err) {
    const char *policy = pn_cli_value(cli, "policy");
    l->path = pn_cli_path(cli->operand[0], err);
    if (l->path == NULL || choose_id(cli, l, err) != 0)
        return -1;
    if (policy != NULL && pn_cli_policy_file(policy, &l->policy, NULL, err) != 0)
        return -1;
    if (pn_artefact_of_file(l->path, &l->bytes, &l->artefact, err) != 0)
        return -1;
    if (policy == NULL)
        look_for_request(l);
    return 0;
}

static int check_memory(struct pn_store *s, struct loading *l, struct pn_err *err) {
    pn_auto(pn_revision) struct pn_revision rev = {0};
    pn_auto(pn_policy) struct pn_policy policy = {0};
    if (pn_cli_policy_of(s, l->id, &rev, &policy, err) != 0)
        return -1;
    if (l->artefact.memory_min <= policy.limits.memory_bytes)
        return 0;
    const struct pn_limit_info *memory = pn_limits_find("memory");
    uint64_t enough = (l->artefact.memory_min + (1 << 20) - 1) >> 20 << 20;
    pn_buf_add_str(&l->memory, "it needs at least ");
    pn_limits_put_amount(&l->memory, memory, l->artefact.memory_min);
    pn_buf_add_str(&l->memory, " of memory and its policy gives ");
    pn_limits_put_amount(&l->memory, memory, policy.limits.memory_bytes);
    pn_buf_add_str(&l->memory, ", so every call will fail; put \"limits: {memory: ");
    pn_limits_put_amount(&l->memory, memory, enough);
    pn_buf_add_str(&l->memory, "}\" into its policy");
    return 0;
}

static int put_text(struct pn_cli *cli, struct loading *l) {
    pn_out_line(cli, "%s: %s (policy revision %llu)", l->id, l->is.replaced ? "reloaded" : "loaded",
                (unsigned long long)l->is.policy_rev);
    if (l->is.policy_reset)
        pn_out_line(
            cli,
            "Its bytes changed, so the permissions of the old ones were taken back. To give them again, look at: "
            "postern policy history %s",
            l->id);
    if (l->memory.len > 0)
        pn_out_line(cli, "Note: %s.", pn_buf_cstr(&l->memory));
    if (l->request.len > 0) {
        pn_out_line(cli, "It asks for the permissions in %s. Nothing of that is granted. Read it, and to accept:",
                    pn_buf_cstr(&l->request));
        pn_out_line(cli, "  postern policy import %s %s", l->id, pn_buf_cstr(&l->request));
    }
    return PN_EXIT_OK;
}

static void put_tool_names(struct pn_json_w *w, const struct pn_tools *tools) {
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    pn_json_w_key(w, "tools");
    pn_json_w_array(w);
    for (uint32_t at = pn_json_first(&tools->doc, tools->list); at != PN_JSON_NONE;
         at = pn_json_after(&tools->doc, tools->list, at))
        if (pn_tool_callable(tools, at))
            pn_json_w_str(w, pn_tool_text(tools, at, "name", &scratch));
    pn_json_w_end(w, ']');
}

static void put_request(struct pn_json_w *w, struct loading *l) {
    pn_auto(pn_buf) struct pn_buf command = {0};
    pn_buf_printf(&command, "postern policy import %s %s", l->id, pn_buf_cstr(&l->request));
    pn_json_w_key(w, "policy_request");
    pn_json_w_object(w);
    pn_json_w_key(w, "file");
    pn_json_w_cstr(w, pn_buf_cstr(&l->request));
    pn_json_w_key(w, "accept_with");
    pn_json_w_str(w, pn_buf_view(&command));
    pn_json_w_end(w, '}');
}

static int put_json(struct pn_cli *cli, struct loading *l, struct pn_err *err) {
    pn_auto(pn_tools) struct pn_tools tools;
    char hex[2 * PN_DIGEST + 1];
    pn_digest_hex(&l->artefact.component, hex);
    if (pn_tools_open(&tools, &l->artefact, err) != 0)
        return -1;
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "status");
    pn_json_w_cstr(&w, l->is.replaced ? "component reloaded successfully" : "component loaded successfully");
    pn_json_w_key(&w, "reloaded");
    pn_json_w_bool(&w, l->is.replaced);
    pn_json_w_key(&w, "id");
    pn_json_w_cstr(&w, l->id);
    put_tool_names(&w, &tools);
    pn_json_w_key(&w, "sha256");
    pn_json_w_cstr(&w, hex);
    pn_json_w_key(&w, "policy_revision");
    pn_json_w_u64(&w, l->is.policy_rev);
    pn_json_w_key(&w, "policy_reset");
    pn_json_w_bool(&w, l->is.policy_reset);
    if (l->memory.len > 0) {
        pn_json_w_key(&w, "memory");
        pn_json_w_str(&w, pn_buf_view(&l->memory));
    }
    if (l->request.len > 0)
        put_request(&w, l);
    pn_json_w_end(&w, '}');
    return PN_EXIT_OK;
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    pn_auto(loading) struct loading l = {.artefact.fd = -1};
    pn_auto(pn_store) struct pn_store *s = NULL;
    if (read_inputs(cli, &l, err) != 0 || pn_cli_store(&s, err) != 0)
        return -1;
    pn_auto(pn_free) char *source = realpath(l.path, NULL);
    struct pn_store_load load = {.id = l.id,
                                 .bytes = pn_buf_view(&l.bytes),
                                 .source = source != NULL ? source : l.path,
                                 .policy = pn_cli_flag(cli, "policy") ? pn_buf_cstr(&l.policy) : NULL,
                                 .keep_policy = pn_cli_flag(cli, "keep-policy")};
    if (pn_store_load(s, &load, &l.is, err) != 0 || check_memory(s, &l, err) != 0)
        return -1;
    return cli->json ? put_json(cli, &l, err) : put_text(cli, &l);
}

static const struct pn_option options[] = {
    {"id", "ID", PN_WORD_TEXT, "name it ID instead of after its file"},
    {"policy", "FILE", PN_WORD_FILE, "put this policy in force with it"},
    {"keep-policy", NULL, PN_WORD_TEXT, "when other bytes replace it, keep its permissions"},
    {NULL, NULL, PN_WORD_TEXT, NULL},
};

const struct pn_verb pn_verb_component_load = {
    .name = "component load",
    .purpose = "put a component into the store, so that its tools are served",
    .operands = {{"FILE", PN_WORD_FILE, false}},
    .options = options,
    .text = "Compiles FILE (a path or a file:// URL) in a confined process and stores it.\n"
            "It may do nothing until a policy grants something. FILE.policy.yaml beside it\n"
            "is shown as a request, never applied. The same bytes loaded again keep their\n"
            "policy; other bytes under a known id lose it unless --keep-policy is given.",
    .examples = "postern component load weather.wasm\n"
                "postern component load file:///srv/tools/w.wasm --id weather --policy weather.yaml",
    .exits = "3 the store was tampered with, 4 too large or too slow to compile",
    .run = run,
};
