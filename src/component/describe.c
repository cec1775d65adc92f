// SPDX-License-Identifier: Apache-2.0
// Trust: the engine has validated the component, so names are text and types are sound; how many and how large they are
// is up to whoever made it.
#include "component/describe.h"

#include "base/cleanup.h"
#include "component/docs.h"
#include "component/name.h"
#include "component/plan.h"
#include "component/schema.h"
#include "component/walk.h"

#include <stdio.h>

struct describer {
    const wasm_engine_t *engine;
    struct pn_docs docs;
    struct pn_buf notes; // the members of a JSON array
    struct pn_json_w w;
    char *names[PN_DESCRIBE_TOOLS];
    uint32_t tools, budget;
    struct pn_err *err;
};

static void describer_cleanup(struct describer *d) {
    for (uint32_t i = 0; i < d->tools; i++)
        free(d->names[i]);
    pn_docs_close(&d->docs);
    pn_buf_fini(&d->notes);
}

static bool is_taken(const struct describer *d, const char *name) {
    for (uint32_t i = 0; i < d->tools; i++)
        if (strcmp(d->names[i], name) == 0)
            return true;
    return false;
}

// Cuts the name to PN_NAME_MOST characters, the suffix included.
static void put_suffix(struct pn_buf *name, size_t len, unsigned n) {
    char suffix[16];
    size_t more = (size_t)snprintf(suffix, sizeof suffix, "_%u", n);
    name->len = len + more > PN_NAME_MOST ? PN_NAME_MOST - more : len;
    pn_buf_add(name, suffix, more);
}

// A name no other tool has, kept in d->names; NULL when out of memory.
static const char *take_name(struct describer *d, struct pn_view iface, struct pn_view func, bool *too_long) {
    pn_auto(pn_buf) struct pn_buf name = {0};
    pn_name_put(&name, iface, func);
    *too_long = name.len > PN_NAME_MOST;
    if (*too_long)
        name.len = PN_NAME_MOST;
    size_t len = name.len;
    for (unsigned n = 2; is_taken(d, pn_buf_cstr(&name)); n++)
        put_suffix(&name, len, n);
    char *kept = pn_buf_take_str(&name);
    if (kept == NULL)
        return NULL;
    d->names[d->tools++] = kept;
    return kept;
}

static void put_export(struct pn_json_w *w, struct pn_view iface, struct pn_view func) {
    pn_json_w_key(w, "export");
    pn_json_w_array(w);
    if (iface.len == 0)
        pn_json_w_null(w);
    else
        pn_json_w_str(w, iface);
    pn_json_w_str(w, func);
    pn_json_w_end(w, ']');
}

static void put_reason(struct pn_json_w *w, const char *reason) {
    pn_json_w_key(w, "callable");
    pn_json_w_bool(w, false);
    pn_json_w_key(w, "reason");
    pn_json_w_cstr(w, reason);
}

static void put_types(struct pn_json_w *w, const struct pn_plan *plan) {
    const struct pn_type *params = &plan->types[0];
    pn_json_w_key(w, "callable");
    pn_json_w_bool(w, true);
    pn_json_w_key(w, "inputSchema");
    pn_schema_put_input(plan, w);
    pn_json_w_key(w, "outputSchema");
    pn_schema_put_output(plan, w);
    pn_json_w_key(w, "params");
    pn_json_w_array(w);
    for (uint32_t i = 0; i < params->count; i++)
        pn_json_w_str(w, pn_plan_name(plan, pn_plan_member(plan, params, i)));
    pn_json_w_end(w, ']');
}

static void put_description(struct describer *d, struct pn_view iface, struct pn_view func) {
    pn_auto(pn_buf) struct pn_buf text = {0};
    pn_docs_put(&d->docs, iface, func, &text);
    pn_json_w_key(&d->w, "description");
    pn_json_w_str(&d->w, pn_buf_view(&text));
}

// One function, by pn_walk_tools.
static int add_tool(void *ctx, struct pn_view iface, struct pn_view func, const wasmtime_component_func_type_t *type,
                    struct pn_err *err) {
    struct describer *d = ctx;
    bool too_long;
    if (d->tools >= PN_DESCRIBE_TOOLS)
        return pn_fail(d->err, PN_E_LIMIT, "the component exports more functions than the limit of %d tools",
                       PN_DESCRIBE_TOOLS);
    const char *name = take_name(d, iface, func, &too_long);
    if (name == NULL)
        return pn_fail(d->err, PN_E_SYSTEM, "out of memory while describing the component");
    pn_auto(pn_plan) struct pn_plan plan = {0};
    struct pn_err why = {0};
    bool sound = pn_plan_build(&plan, type, &d->budget, &why) == 0;
    if (!sound && why.category != PN_E_INPUT) {
        *d->err = why;
        return -1;
    }
    pn_json_w_object(&d->w);
    pn_json_w_key(&d->w, "name");
    pn_json_w_cstr(&d->w, name);
    put_export(&d->w, iface, func);
    put_description(d, iface, func);
    if (too_long)
        put_reason(&d->w, "its name is longer than 128 characters");
    else if (!sound)
        put_reason(&d->w, why.text);
    else
        put_types(&d->w, &plan);
    pn_json_w_end(&d->w, '}');
    return d->w.out->overflow
               ? pn_fail(d->err, PN_E_LIMIT, "the description of the component is larger than the limit of %d bytes",
                         PN_DESCRIBE_BYTES)
               : 0;
}

static void add_note(struct describer *d, const char *text) {
    if (d->notes.len > 0)
        pn_buf_add_byte(&d->notes, ',');
    pn_json_put_str(&d->notes, pn_view_str(text));
}

static int add_imports(struct describer *d, const wasmtime_component_type_t *type) {
    size_t count = wasmtime_component_type_import_count(type, d->engine);
    if (count > PN_DESCRIBE_IMPORTS)
        return pn_fail(d->err, PN_E_LIMIT, "the component has more imports than the limit of %d", PN_DESCRIBE_IMPORTS);
    for (size_t i = 0; i < count; i++) {
        wasmtime_component_item_t item;
        const char *name;
        size_t len;
        if (!wasmtime_component_type_import_nth(type, d->engine, i, &name, &len, &item))
            return pn_fail(d->err, PN_E_BUG, "the engine counts %zu imports and does not know number %zu", count, i);
        wasmtime_component_item_delete(&item);
        pn_json_w_str(&d->w, pn_view(name, len));
    }
    return 0;
}

static int put_all(struct describer *d, const wasmtime_component_t *component) {
    uint32_t nested = 0;
    pn_json_w_object(&d->w);
    pn_json_w_key(&d->w, "tools");
    pn_json_w_array(&d->w);
    if (pn_walk_tools(d->engine, component, PN_DESCRIBE_EXPORTS, &nested, add_tool, d, d->err) < 0)
        return -1;
    if (nested > 0)
        add_note(d, "an instance inside an exported instance was left out: its functions cannot be tools");
    pn_json_w_end(&d->w, ']');
    pn_json_w_key(&d->w, "imports");
    pn_json_w_array(&d->w);
    wasmtime_component_type_t *type = wasmtime_component_type(component);
    int rc = add_imports(d, type);
    wasmtime_component_type_delete(type);
    if (rc < 0)
        return -1;
    pn_json_w_end(&d->w, ']');
    pn_json_w_key(&d->w, "notes");
    pn_buf_add_byte(d->w.out, '[');
    pn_buf_add_view(d->w.out, pn_buf_view(&d->notes));
    pn_buf_add_byte(d->w.out, ']');
    d->w.after_key = false;
    pn_json_w_end(&d->w, '}');
    return 0;
}

int pn_describe_component(const wasm_engine_t *engine, const wasmtime_component_t *component, struct pn_view bytes,
                          struct pn_buf *out, struct pn_err *err) {
    pn_auto(describer) struct describer d = {.engine = engine, .budget = PN_PLAN_BUDGET, .err = err};
    pn_auto(pn_buf) struct pn_buf text = {.max = PN_DESCRIBE_BYTES};
    struct pn_err ignored = {0};
    pn_json_w_init(&d.w, &text);
    // Without its texts a component is still usable.
    if (pn_docs_open(&d.docs, bytes, &ignored) < 0)
        add_note(&d, ignored.text);
    if (put_all(&d, component) < 0)
        return -1;
    if (text.overflow)
        return pn_fail(err, PN_E_LIMIT, "the description of the component is larger than the limit of %d bytes",
                       PN_DESCRIBE_BYTES);
    pn_buf_add_view(out, pn_buf_view(&text));
    return out->overflow ? pn_fail(err, PN_E_LIMIT, "the description of the component does not fit its buffer") : 0;
}
