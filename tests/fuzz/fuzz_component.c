// SPDX-License-Identifier: Apache-2.0
// Hostile component files: the walk over sections, the documentation texts, and the description of whatever the engine
// is ready to compile. Input: a component, or (when it does not start like one) the content of a section package-docs.
#include "base/cleanup.h"
#include "base/text.h"
#include "component/describe.h"
#include "component/docs.h"
#include "component/name.h"

#include <stdio.h>
#include <stdlib.h>

#define MUST(cond)                                                      \
    do {                                                                \
        if (!(cond)) {                                                  \
            fprintf(stderr, "broken: %s (line %d)\n", #cond, __LINE__); \
            abort();                                                    \
        }                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_harmless(struct pn_view v) {
    uint32_t c;
    MUST(v.len <= PN_DOCS_TEXT_MOST);
    for (size_t n; v.len > 0; v = pn_view_part(v, n, v.len))
        MUST((n = pn_utf8_next(v, &c)) > 0 && !pn_char_is_hidden(c));
}

static void check_texts(struct pn_view component) {
    static const char *const ifaces[] = {"", "plain", "a:b/c", "a:b/c@1.0.0"};
    pn_auto(pn_docs) struct pn_docs docs = {0};
    struct pn_err err = {0};
    if (pn_docs_open(&docs, component, &err) < 0)
        MUST(err.category == PN_E_INPUT && docs.json.nodes == NULL);
    for (size_t i = 0; i < sizeof ifaces / sizeof *ifaces; i++) {
        pn_auto(pn_buf) struct pn_buf out = {0};
        pn_docs_put(&docs, pn_view_str(ifaces[i]), PN_VIEW("run"), &out);
        check_harmless(pn_buf_view(&out));
    }
}

static void check_sections(struct pn_view component) {
    struct pn_view content = {0};
    struct pn_err err = {0};
    bool found;
    if (pn_docs_section(component, PN_VIEW("package-docs"), &found, &content, &err) < 0)
        MUST(err.category == PN_E_INPUT && err.text[0] != '\0');
    else if (found)
        MUST(content.ptr >= component.ptr && content.ptr + content.len <= component.ptr + component.len);
}

static void check_tool(const struct pn_json *doc, uint32_t tool, struct pn_buf *scratch) {
    struct pn_view name;
    bool callable;
    MUST(pn_json_str(doc, pn_json_get(doc, tool, "name"), scratch, &name));
    MUST(name.len > 0 && name.len <= PN_NAME_MOST);
    for (size_t i = 0; i < name.len; i++)
        MUST(strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", name.ptr[i]) != NULL && name.ptr[i] != 0);
    MUST(pn_json_bool(doc, pn_json_get(doc, tool, "callable"), &callable));
    MUST(callable == (pn_json_get(doc, tool, "reason") == PN_JSON_NONE));
    MUST(callable == (pn_json_type(doc, pn_json_get(doc, tool, "inputSchema")) == PN_JSON_OBJECT));
    MUST(callable == (pn_json_type(doc, pn_json_get(doc, tool, "outputSchema")) == PN_JSON_OBJECT));
}

static void check_description(struct pn_view json) {
    pn_auto(pn_json) struct pn_json doc = {0};
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    MUST(pn_json_parse(&doc, json, &(struct pn_json_limits){.depth = 62, .nodes = 10000000}, NULL) == 0);
    uint32_t tools = pn_json_get(&doc, 0, "tools");
    MUST(pn_json_type(&doc, tools) == PN_JSON_ARRAY);
    for (uint32_t t = pn_json_first(&doc, tools); t != PN_JSON_NONE; t = pn_json_after(&doc, tools, t))
        check_tool(&doc, t, &scratch);
}

// Only compiled for its types: the cheapest code the compiler makes.
static wasm_engine_t *cheap_engine(void) {
    wasm_config_t *config = wasm_config_new();
    wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_NONE);
    wasmtime_config_parallel_compilation_set(config, false);
    return wasm_engine_new_with_config(config);
}

static void check_component(struct pn_view bytes) {
    static wasm_engine_t *engine;
    pn_auto(pn_buf) struct pn_buf out = {0};
    struct pn_err err = {0};
    wasmtime_component_t *component;
    if (engine == NULL)
        engine = cheap_engine();
    wasmtime_error_t *error = wasmtime_component_new(engine, bytes.ptr, bytes.len, &component);
    if (error != NULL) {
        wasmtime_error_delete(error);
        return;
    }
    if (pn_describe_component(engine, component, bytes, &out, &err) == 0)
        check_description(pn_buf_view(&out));
    else
        MUST(err.category == PN_E_LIMIT && out.len == 0);
    wasmtime_component_delete(component);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t head[] = {0x00, 'a', 's', 'm', 0x0d, 0x00, 0x01, 0x00};
    pn_auto(pn_buf) struct pn_buf file = {0};
    struct pn_view bytes = pn_view(data, size);
    if (!pn_view_starts(bytes, pn_view(head, 4))) {
        // Five bytes of length, then "package-docs" with its own length.
        size_t len = size + 13;
        const uint8_t leb[] = {(uint8_t)(len | 0x80), (uint8_t)(len >> 7 | 0x80), (uint8_t)(len >> 14 | 0x80),
                               (uint8_t)(len >> 21 | 0x80), 0};
        pn_buf_add(&file, head, sizeof head);
        pn_buf_add_byte(&file, 0);
        pn_buf_add(&file, leb, sizeof leb);
        pn_buf_add_str(&file, "\x0cpackage-docs");
        pn_buf_add_view(&file, bytes);
        check_texts(pn_buf_view(&file));
        return 0;
    }
    check_sections(bytes);
    check_texts(bytes);
    check_component(bytes);
    return 0;
}
