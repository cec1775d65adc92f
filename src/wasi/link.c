// SPDX-License-Identifier: Apache-2.0
#include "wasi/link.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "wasi/lanes.h"
#include "wasi/nearest.h"
#include "wasi/signature.h"

static const struct pn_wasi_interface *const known[] = {
    &pn_wasi_io_error,
    &pn_wasi_io_poll,
    &pn_wasi_io_streams,
    &pn_wasi_monotonic_clock,
    &pn_wasi_wall_clock,
    &pn_wasi_timezone,
    &pn_wasi_random,
    &pn_wasi_insecure,
    &pn_wasi_insecure_seed,
    &pn_wasi_environment,
    &pn_wasi_exit,
    &pn_wasi_stdin,
    &pn_wasi_stdout,
    &pn_wasi_stderr,
    &pn_wasi_terminal_input,
    &pn_wasi_terminal_output,
    &pn_wasi_terminal_stdin,
    &pn_wasi_terminal_stdout,
    &pn_wasi_terminal_stderr,
    &pn_wasi_fs_types,
    &pn_wasi_fs_preopens,
    &pn_wasi_http_types,
    &pn_wasi_http_outgoing,
    &pn_wasi_network,
    &pn_wasi_instance_network,
    &pn_wasi_name_lookup,
    &pn_wasi_tcp,
    &pn_wasi_tcp_create,
    &pn_wasi_udp,
    &pn_wasi_udp_create,
    &pn_wasi_config,
};
#define KNOWN (sizeof known / sizeof *known)

// Where a walk over the imports defines things; NULL pointers for the check alone.
struct walk {
    const wasm_engine_t *engine;
    wasmtime_component_linker_instance_t *into;
    const struct pn_wasi_interface *interface;
    struct pn_view import;
};

// A name of hostile origin, fit for a message.
static const char *shown(struct pn_buf *b, struct pn_view name) {
    pn_buf_reset(b);
    pn_escape(b, pn_view_part(name, 0, 120));
    return pn_buf_cstr(b);
}

static int engine_failed(wasmtime_error_t *failed, const char *what, struct pn_err *err) {
    wasm_name_t text;
    wasmtime_error_message(failed, &text);
    int rc = pn_fail(err, PN_E_BUG, "cannot define %s: %.*s", what, (int)text.size, text.data);
    wasm_byte_vec_delete(&text);
    wasmtime_error_delete(failed);
    return rc;
}

// One door from the engine to every boxed host function.
static wasmtime_error_t *enter(void *env, wasmtime_context_t *context, const wasmtime_component_func_type_t *type,
                               wasmtime_component_val_t *args, size_t nargs, wasmtime_component_val_t *results,
                               size_t nresults) {
    const struct pn_wasi_func *func = env;
    struct pn_host *h = wasmtime_context_get_data(context);
    struct pn_err err;
    err.text[0] = 0;
    h->context = context;
    int rc = func->call(h, args, results, &err);
    h->context = NULL;
    if (rc >= 0)
        return NULL;
    (void)pn_host_stop(h, PN_END_TRAP, NULL, "%s: %s", func->name, err.text);
    return wasmtime_error_new(h->end_text);
}

static wasmtime_error_t *dropped(void *env, wasmtime_context_t *context, uint32_t rep) {
    pn_host_drop(wasmtime_context_get_data(context), rep);
    return NULL;
}

static const struct pn_wasi_func *find_func(const struct pn_wasi_interface *in, struct pn_view name) {
    for (const struct pn_wasi_func *f = in->funcs; f != NULL && f->name != NULL; f++)
        if (pn_view_is(name, f->name))
            return f;
    return NULL;
}

static const struct pn_wasi_resource *find_resource(const struct pn_wasi_interface *in, struct pn_view name) {
    for (const struct pn_wasi_resource *r = in->resources; r != NULL && r->name != NULL; r++)
        if (pn_view_is(name, r->name))
            return r;
    return NULL;
}

static int define_func(const struct walk *w, const struct pn_wasi_func *f, struct pn_err *err) {
    if (w->into == NULL)
        return 0;
    size_t len = strlen(f->name);
    wasmtime_error_t *failed =
        f->call == NULL
            ? pn_engine_add_lane(w->into, f->name, len, f->lane, &pn_wasi_lanes)
            : wasmtime_component_linker_instance_add_func(w->into, f->name, len, enter, (void *)(uintptr_t)f, NULL);
    return failed == NULL ? 0 : engine_failed(failed, f->name, err);
}

static int define_resource(const struct walk *w, const struct pn_wasi_resource *r, struct pn_err *err) {
    if (w->into == NULL)
        return 0;
    wasmtime_component_resource_type_t *type = wasmtime_component_resource_type_new_host((uint32_t)r->type);
    wasmtime_error_t *failed =
        wasmtime_component_linker_instance_add_resource(w->into, r->name, strlen(r->name), type, dropped, NULL, NULL);
    wasmtime_component_resource_type_delete(type);
    return failed == NULL ? 0 : engine_failed(failed, r->name, err);
}

static int take_func(const struct walk *w, struct pn_view name, const wasmtime_component_item_t *item,
                     struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf a = {0}, b = {0};
    const struct pn_wasi_func *f = find_func(w->interface, name);
    if (f == NULL)
        return pn_fail(err, PN_E_INPUT, "import \"%s\": there is no function \"%s\" in %s 0.2", shown(&a, w->import),
                       shown(&b, name), w->interface->name);
    if (!pn_signature_matches(f->signature, item->of.component_func))
        return pn_fail(err, PN_E_INPUT, "import \"%s\": the type of \"%s\" is not the one of WASI 0.2",
                       shown(&a, w->import), f->name);
    return define_func(w, f, err);
}

// One export of an imported interface. Plain types and resources of other interfaces need no definition.
static int take_export(const struct walk *w, struct pn_view name, const wasmtime_component_item_t *item,
                       struct pn_err *err) {
    if (item->kind == WASMTIME_COMPONENT_ITEM_COMPONENT_FUNC)
        return take_func(w, name, item, err);
    if (item->kind == WASMTIME_COMPONENT_ITEM_TYPE)
        return 0;
    pn_auto(pn_buf) struct pn_buf a = {0}, b = {0};
    if (item->kind != WASMTIME_COMPONENT_ITEM_RESOURCE)
        return pn_fail(err, PN_E_INPUT, "import \"%s\": \"%s\" is neither a function nor a type", shown(&a, w->import),
                       shown(&b, name));
    const struct pn_wasi_resource *r = find_resource(w->interface, name);
    return r == NULL ? 0 : define_resource(w, r, err);
}

static int take_exports(const struct walk *w, const wasmtime_component_instance_type_t *type, struct pn_err *err) {
    size_t count = wasmtime_component_instance_type_export_count(type, w->engine);
    for (size_t i = 0; i < count; i++) {
        const char *name;
        size_t len;
        wasmtime_component_item_t item;
        if (!wasmtime_component_instance_type_export_nth(type, w->engine, i, &name, &len, &item))
            return pn_fail(err, PN_E_BUG, "the engine does not tell export %zu", i);
        int rc = take_export(w, pn_view(name, len), &item, err);
        wasmtime_component_item_delete(&item);
        if (rc < 0)
            return -1;
    }
    return 0;
}

// "0.2.<number>"
static bool is_version_02(struct pn_view v) {
    if (!pn_view_starts(v, PN_VIEW("0.2.")) || v.len == 4)
        return false;
    for (size_t i = 4; i < v.len; i++)
        if (v.ptr[i] < '0' || v.ptr[i] > '9')
            return false;
    return true;
}

static const struct pn_wasi_interface *find_interface(struct pn_view import, bool *version_fits) {
    size_t at = pn_view_find(import, '@', 0);
    struct pn_view name = pn_view_part(import, 0, at);
    for (size_t i = 0; i < KNOWN; i++)
        if (pn_view_is(name, known[i]->name)) {
            *version_fits =
                at != SIZE_MAX && (known[i]->any_version || is_version_02(pn_view_part(import, at + 1, import.len)));
            return known[i];
        }
    return NULL;
}

static int unknown_import(struct pn_view import, struct pn_err *err) {
    const char *names[KNOWN + 1] = {0};
    for (size_t i = 0; i < KNOWN; i++)
        names[i] = known[i]->name; // NOLINT(clang-analyzer-core.NullDereference): a table of constants
    pn_auto(pn_buf) struct pn_buf a = {0};
    const char *nearest = pn_nearest_name(pn_view_part(import, 0, pn_view_find(import, '@', 0)), names);
    return pn_fail(err, PN_E_INPUT, "import \"%s\" is not known; the nearest known interface is %s@0.2",
                   shown(&a, import), nearest);
}

// An interface of the component's own that holds nothing but plain types asks nothing of the host.
static bool only_types(const wasm_engine_t *engine, const wasmtime_component_instance_type_t *type) {
    size_t count = wasmtime_component_instance_type_export_count(type, engine);
    bool plain = true;
    for (size_t i = 0; i < count && plain; i++) {
        const char *name;
        size_t len;
        wasmtime_component_item_t item;
        if (!wasmtime_component_instance_type_export_nth(type, engine, i, &name, &len, &item))
            return false;
        plain = item.kind == WASMTIME_COMPONENT_ITEM_TYPE;
        wasmtime_component_item_delete(&item);
    }
    return plain;
}

static int take_instance(struct walk *w, wasmtime_component_linker_instance_t *root,
                         const wasmtime_component_instance_type_t *type, struct pn_err *err) {
    bool fits = false;
    w->interface = find_interface(w->import, &fits);
    if (w->interface == NULL)
        return only_types(w->engine, type) ? 0 : unknown_import(w->import, err);
    pn_auto(pn_buf) struct pn_buf a = {0};
    if (!fits)
        return pn_fail(err, PN_E_INPUT, "import \"%s\": Postern has %s only in version 0.2.x", shown(&a, w->import),
                       w->interface->name);
    if (root == NULL)
        return take_exports(w, type, err);
    wasmtime_error_t *failed =
        wasmtime_component_linker_instance_add_instance(root, (const char *)w->import.ptr, w->import.len, &w->into);
    if (failed != NULL)
        return engine_failed(failed, w->interface->name, err);
    int rc = take_exports(w, type, err);
    wasmtime_component_linker_instance_delete(w->into);
    w->into = NULL;
    return rc;
}

static int take_import(struct walk *w, wasmtime_component_linker_instance_t *root,
                       const wasmtime_component_item_t *item, struct pn_err *err) {
    if (item->kind == WASMTIME_COMPONENT_ITEM_COMPONENT_INSTANCE)
        return take_instance(w, root, item->of.component_instance, err);
    // The world's own `use` lines: aliases of types that interfaces define.
    if (item->kind == WASMTIME_COMPONENT_ITEM_TYPE || item->kind == WASMTIME_COMPONENT_ITEM_RESOURCE)
        return 0;
    return unknown_import(w->import, err);
}

static int take_imports(const wasm_engine_t *engine, const wasmtime_component_type_t *type,
                        wasmtime_component_linker_instance_t *root, struct pn_err *err) {
    size_t count = wasmtime_component_type_import_count(type, engine);
    for (size_t i = 0; i < count; i++) {
        struct walk w = {.engine = engine};
        const char *name;
        wasmtime_component_item_t item;
        if (!wasmtime_component_type_import_nth(type, engine, i, &name, &w.import.len, &item))
            return pn_fail(err, PN_E_BUG, "the engine does not tell import %zu", i);
        w.import.ptr = (const uint8_t *)name;
        int rc = take_import(&w, root, &item, err);
        wasmtime_component_item_delete(&item);
        if (rc < 0)
            return -1;
    }
    return 0;
}

int pn_wasi_link(wasmtime_component_linker_t *linker, const wasm_engine_t *engine,
                 const wasmtime_component_t *component, struct pn_err *err) {
    wasmtime_component_type_t *type = wasmtime_component_type(component);
    wasmtime_component_linker_instance_t *root = wasmtime_component_linker_root(linker);
    int rc = take_imports(engine, type, root, err);
    wasmtime_component_linker_instance_delete(root);
    wasmtime_component_type_delete(type);
    return rc;
}

int pn_wasi_check_imports(const wasm_engine_t *engine, const wasmtime_component_t *component, struct pn_err *err) {
    wasmtime_component_type_t *type = wasmtime_component_type(component);
    int rc = take_imports(engine, type, NULL, err);
    wasmtime_component_type_delete(type);
    return rc;
}
