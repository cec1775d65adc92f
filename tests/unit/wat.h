// SPDX-License-Identifier: Apache-2.0
// Components written down in the test itself: text in, compiled component, type plans and calls out.
#pragma once
#include "component/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasmtime.h>
#include <wasmtime/component.h>

struct wat {
    wasm_engine_t *engine;
    wasm_byte_vec_t bytes; // the binary
    wasmtime_component_t *component;
    wasmtime_component_type_t *type;
    wasmtime_component_linker_t *linker;
};

// The engine's complaint, or NULL; goes to stdout as a TAP comment.
static inline bool wat_said(wasmtime_error_t *error) {
    if (error == NULL)
        return false;
    wasm_byte_vec_t text;
    wasmtime_error_message(error, &text);
    printf("# engine: %.*s\n", (int)text.size, text.data);
    wasm_byte_vec_delete(&text);
    wasmtime_error_delete(error);
    return true;
}

// False when the text does not assemble or the component does not compile.
static inline bool wat_open(struct wat *w, const char *text) {
    *w = (struct wat){.engine = wasm_engine_new()};
    if (wat_said(wasmtime_wat2wasm(text, strlen(text), &w->bytes)) ||
        wat_said(wasmtime_component_new(w->engine, (const uint8_t *)w->bytes.data, w->bytes.size, &w->component)))
        return false;
    w->type = wasmtime_component_type(w->component);
    w->linker = wasmtime_component_linker_new(w->engine);
    return true;
}

static inline void wat_close(struct wat *w) {
    if (w->linker != NULL)
        wasmtime_component_linker_delete(w->linker);
    if (w->type != NULL)
        wasmtime_component_type_delete(w->type);
    if (w->component != NULL)
        wasmtime_component_delete(w->component);
    wasm_byte_vec_delete(&w->bytes);
    wasm_engine_delete(w->engine);
}

// The plan of an exported function.
static inline int wat_plan(const struct wat *w, const char *name, struct pn_plan *plan, struct pn_err *err) {
    wasmtime_component_item_t item;
    if (!wasmtime_component_type_export_get(w->type, w->engine, name, strlen(name), &item))
        return pn_fail(err, PN_E_BUG, "the test has no function %s", name);
    int rc = item.kind == WASMTIME_COMPONENT_ITEM_COMPONENT_FUNC
                 ? pn_plan_build(plan, item.of.component_func, NULL, err)
                 : pn_fail(err, PN_E_BUG, "%s is no function", name);
    wasmtime_component_item_delete(&item);
    return rc;
}

static inline int wat_call_vals(const struct wat *w, const char *name, const struct pn_args *args, bool has_result,
                                wasmtime_component_val_t *result, struct pn_err *err) {
    wasmtime_store_t *store = wasmtime_store_new(w->engine, NULL, NULL);
    wasmtime_context_t *context = wasmtime_store_context(store);
    wasmtime_component_instance_t instance;
    wasmtime_component_func_t func;
    bool bad = wat_said(wasmtime_component_linker_instantiate(w->linker, context, w->component, &instance));
    wasmtime_component_export_index_t *index =
        bad ? NULL : wasmtime_component_instance_get_export_index(&instance, context, NULL, name, strlen(name));
    bad = index == NULL || !wasmtime_component_instance_get_func(&instance, context, index, &func) ||
          wat_said(wasmtime_component_func_call(&func, context, args->vals, args->count, result, has_result ? 1 : 0));
    if (index != NULL)
        wasmtime_component_export_index_delete(index);
    wasmtime_store_delete(store);
    return bad ? pn_fail(err, PN_E_BUG, "the engine refused the call of %s", name) : 0;
}

// Arguments as JSON in, result as JSON out: lower, call in a fresh store, lift.
static inline int wat_call(const struct wat *w, const char *name, struct pn_view json, size_t limit, struct pn_buf *out,
                           bool *failed, struct pn_err *err) {
    struct pn_plan plan = {0};
    struct pn_json doc = {0};
    struct pn_args args = {0};
    wasmtime_component_val_t result = {.kind = WASMTIME_COMPONENT_BOOL};
    int rc = wat_plan(w, name, &plan, err);
    if (rc == 0)
        rc = pn_json_parse(&doc, json, NULL, err);
    if (rc == 0)
        rc = pn_args_lower(&args, &plan, &doc, 0, err);
    bool has_result = rc == 0 && plan.result != PN_TYPE_NONE;
    if (rc == 0)
        rc = wat_call_vals(w, name, &args, has_result, &result, err);
    if (rc == 0)
        rc = pn_result_lift(&plan, has_result ? &result : NULL, limit, out, failed, err);
    wasmtime_component_val_delete(&result);
    pn_args_fini(&args);
    pn_json_fini(&doc);
    pn_plan_fini(&plan);
    return rc;
}

// A core module whose `list` gives back the (pointer, length) it was given, so that list<T> comes back for every T; the
// component goes on with types and with functions lifted from $i.
#define WAT_ECHO                                                                                             \
    "(component\n"                                                                                           \
    " (core module $m\n"                                                                                     \
    "  (memory (export \"mem\") 1)\n"                                                                        \
    "  (global $top (mut i32) (i32.const 1024))\n"                                                           \
    "  (data (i32.const 64) \"fine\")\n"                                                                     \
    "  (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (local i32)\n"                        \
    "   (local.set 4 (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))\n"                \
    "   (global.set $top (i32.add (local.get 4) (local.get 3)))\n"                                           \
    "   (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))\n"                        \
    "    (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 3) (i32.const 16)))))))\n"    \
    "   (local.get 4))\n"                                                                                    \
    "  (func (export \"list\") (param i32 i32) (result i32)\n"                                               \
    "   (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))\n" \
    "  (func (export \"maybe\") (param i32) (result i32)\n"                                                  \
    "   (i32.store8 (i32.const 16) (local.get 0))\n"                                                         \
    "   (i32.store (i32.const 20) (select (i32.const 42) (i32.const 64) (local.get 0)))\n"                   \
    "   (i32.store (i32.const 24) (i32.const 4)) (i32.const 16))\n"                                          \
    "  (func (export \"nothing\"))\n"                                                                        \
    "  (func (export \"same\") (param i32) (result i32) (local.get 0)))\n"                                   \
    " (core instance $i (instantiate $m))\n"
#define WAT_LIST(name, type)                                                               \
    "(func (export \"" name "\") (param \"v\" (list " type ")) (result (list " type "))\n" \
    " (canon lift (core func $i \"list\") (memory (core memory $i \"mem\")) (realloc (core func $i \"realloc\"))))\n"
