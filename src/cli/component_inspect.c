// SPDX-License-Identifier: Apache-2.0
// `component inspect` and its short form `inspect`.
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cli/artefact.h"
#include "cli/common.h"
#include "cli/verbs.h"

// What is an id and what is a file: a loaded id wins unless the word has a slash.
static int find(const char *word, struct pn_artefact *a, struct pn_err *err) {
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_component) struct pn_component c = {0};
    pn_auto(pn_buf) struct pn_buf bytes = {0};
    struct pn_err why = {0};
    if (strchr(word, '/') == NULL && pn_id_check(word, NULL) == 0) {
        if (pn_cli_store(&s, err) != 0)
            return -1;
        if (pn_store_get(s, word, &c, &why) == 0)
            return pn_artefact_of_component(s, &c, a, err);
        if (access(word, F_OK) != 0) {
            *err = why;
            return -1;
        }
    }
    pn_auto(pn_free) char *path = pn_cli_path(word, err);
    return path == NULL ? -1 : pn_artefact_of_file(path, &bytes, a, err);
}

static void put_json(struct pn_cli *cli, const struct pn_artefact *a) {
    char hex[2 * PN_DIGEST + 1];
    pn_digest_hex(&a->component, hex);
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "sha256");
    pn_json_w_cstr(&w, hex);
    pn_json_w_key(&w, "memory_minimum");
    pn_json_w_u64(&w, a->memory_min);
    pn_json_w_key(&w, "description");
    pn_json_w_raw(&w, pn_buf_view(&a->description));
    pn_json_w_end(&w, '}');
}

static void put_list(struct pn_cli *cli, const struct pn_tools *t, const char *member, const char *title) {
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    uint32_t list = pn_json_get(&t->doc, 0, member);
    if (list == PN_JSON_NONE || pn_json_type(&t->doc, list) != PN_JSON_ARRAY || t->doc.nodes[list].size == 0)
        return;
    pn_out_line(cli, "%s:", title);
    for (uint32_t at = pn_json_first(&t->doc, list); at != PN_JSON_NONE; at = pn_json_after(&t->doc, list, at)) {
        struct pn_view text;
        if (!pn_json_str(&t->doc, at, &scratch, &text))
            continue;
        pn_buf_add_str(&cli->out, "  ");
        pn_escape(&cli->out, text);
        pn_buf_add_byte(&cli->out, '\n');
    }
}

static void put_tool(struct pn_cli *cli, const struct pn_tools *t, uint32_t node) {
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    bool callable = pn_tool_callable(t, node);
    pn_buf_add_str(&cli->out, "  ");
    pn_escape(&cli->out, pn_tool_text(t, node, "name", &scratch));
    pn_buf_add_str(&cli->out, callable ? "  " : "  (not callable) ");
    struct pn_view text = pn_tool_text(t, node, callable ? "description" : "reason", &scratch);
    pn_escape(&cli->out, pn_view_part(text, 0, pn_view_find(text, '\n', 0)));
    pn_buf_add_byte(&cli->out, '\n');
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    pn_auto(pn_artefact) struct pn_artefact a = {.fd = -1};
    pn_auto(pn_tools) struct pn_tools t = {0};
    if (find(cli->operand[0], &a, err) != 0 || pn_tools_open(&t, &a, err) != 0)
        return -1;
    if (cli->json) {
        put_json(cli, &a);
        return PN_EXIT_OK;
    }
    char hex[2 * PN_DIGEST + 1];
    pn_digest_hex(&a.component, hex);
    pn_out_line(cli, "SHA-256: %s", hex);
    pn_out_line(cli, "Memory:  at least %llu KiB", (unsigned long long)(a.memory_min >> 10));
    pn_out_line(cli, "Tools:");
    for (uint32_t at = pn_json_first(&t.doc, t.list); at != PN_JSON_NONE; at = pn_json_after(&t.doc, t.list, at))
        put_tool(cli, &t, at);
    put_list(cli, &t, "imports", "Asks for");
    put_list(cli, &t, "notes", "Notes");
    return PN_EXIT_OK;
}

#define INSPECT(its_name)                                                                         \
    {                                                                                             \
        .name = (its_name), .purpose = "show what a component offers and asks for",               \
        .operands = {{"ID|FILE", PN_WORD_COMPONENT, false}},                                      \
        .text = "Lists the tools of a loaded component or of a file, with the reason for those\n" \
                "that cannot be called, and the interfaces it imports. With --json, the input\n"  \
                "and output schemas too. A word with a slash is always a file.",                  \
        .examples = "postern " its_name " weather\npostern " its_name " ./weather.wasm --json",   \
        .exits = "3 the store was tampered with, 4 too large or too slow to compile", .run = run, \
    }

const struct pn_verb pn_verb_component_inspect = INSPECT("component inspect");
const struct pn_verb pn_verb_inspect = INSPECT("inspect");
