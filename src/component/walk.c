// SPDX-License-Identifier: Apache-2.0
#include "component/walk.h"

#include "component/name.h"

struct walk {
    const wasm_engine_t *engine;
    uint32_t most, left; // exports that may be looked at, and still may be
    uint32_t *nested;
    pn_walk_fn *fn;
    void *ctx;
    struct pn_err *err;
};

static int count(struct walk *w, size_t more) {
    if (more > w->left)
        return pn_fail(w->err, PN_E_LIMIT, "the component has more exports than the limit of %u", w->most);
    w->left -= (uint32_t)more;
    return 0;
}

static int visit(struct walk *w, struct pn_view iface, struct pn_view name, const wasmtime_component_item_t *item);

static int visit_instance(struct walk *w, struct pn_view iface, const wasmtime_component_instance_type_t *type) {
    size_t n = wasmtime_component_instance_type_export_count(type, w->engine);
    int rc = count(w, n);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        wasmtime_component_item_t item;
        const char *name;
        size_t len;
        if (!wasmtime_component_instance_type_export_nth(type, w->engine, i, &name, &len, &item))
            return pn_fail(w->err, PN_E_BUG, "the engine counts %zu exports and does not know number %zu", n, i);
        rc = visit(w, iface, pn_view(name, len), &item);
        wasmtime_component_item_delete(&item);
    }
    return rc;
}

// Types, resources, modules and components are no tools.
static int visit(struct walk *w, struct pn_view iface, struct pn_view name, const wasmtime_component_item_t *item) {
    if (item->kind == WASMTIME_COMPONENT_ITEM_COMPONENT_FUNC)
        return pn_name_is_runtime(iface, name) ? 0 : w->fn(w->ctx, iface, name, item->of.component_func, w->err);
    if (item->kind != WASMTIME_COMPONENT_ITEM_COMPONENT_INSTANCE)
        return 0;
    if (iface.len == 0)
        return visit_instance(w, name, item->of.component_instance);
    if (w->nested != NULL)
        (*w->nested)++;
    return 0;
}

static int visit_all(struct walk *w, const wasmtime_component_type_t *type) {
    size_t n = wasmtime_component_type_export_count(type, w->engine);
    int rc = count(w, n);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        wasmtime_component_item_t item;
        const char *name;
        size_t len;
        if (!wasmtime_component_type_export_nth(type, w->engine, i, &name, &len, &item))
            return pn_fail(w->err, PN_E_BUG, "the engine counts %zu exports and does not know number %zu", n, i);
        rc = visit(w, (struct pn_view){0}, pn_view(name, len), &item);
        wasmtime_component_item_delete(&item);
    }
    return rc;
}

int pn_walk_tools(const wasm_engine_t *engine, const wasmtime_component_t *component, uint32_t exports_max,
                  uint32_t *nested, pn_walk_fn *fn, void *ctx, struct pn_err *err) {
    struct walk w = {
        .engine = engine, .most = exports_max, .left = exports_max, .nested = nested, .fn = fn, .ctx = ctx, .err = err};
    wasmtime_component_type_t *type = wasmtime_component_type(component);
    int rc = visit_all(&w, type);
    wasmtime_component_type_delete(type);
    return rc;
}
