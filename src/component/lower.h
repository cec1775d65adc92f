// SPDX-License-Identifier: Apache-2.0
// Inside lowering: what lower.c and scalar.c share. Others use values.h.
#pragma once
#include "component/complain.h"
#include "component/values.h"

struct pn_lowerer {
    struct pn_args *args;
    const struct pn_plan *plan;
    const struct pn_json *doc;
    struct pn_err *err;
    struct pn_complaint say;
};

static inline const struct pn_json_node *pn_lower_node(const struct pn_lowerer *l, uint32_t at) {
    return &l->doc->nodes[at];
}
// The engine's names are not const, though it only reads arguments.
static inline wasm_name_t pn_lower_borrow(struct pn_view text) {
    return (wasm_name_t){.size = text.len, .data = (char *)(uintptr_t)text.ptr};
}
// Memory that lasts as long as the values; NULL with PN_E_LIMIT set.
void *pn_lower_take(struct pn_lowerer *l, size_t count, size_t size);
// A string's value: in the document, or decoded into scratch memory that the next call reuses.
int pn_lower_text(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, struct pn_view *out);

// One function per family of types: node `at` to `out`. 0, or -1 with the complaint made.
int pn_scalar_integer(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, wasmtime_component_val_t *out);
int pn_scalar_float(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, wasmtime_component_val_t *out);
int pn_scalar_bool(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, wasmtime_component_val_t *out);
int pn_scalar_char(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, wasmtime_component_val_t *out);
int pn_scalar_string(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, wasmtime_component_val_t *out);
int pn_scalar_enum(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, wasmtime_component_val_t *out);
int pn_scalar_flags(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, wasmtime_component_val_t *out);
// One of the type's names (enum cases, variant tags, flags), and the name of a member as the engine wants it.
int pn_scalar_choice(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, uint32_t *nth);
wasm_name_t pn_scalar_name(const struct pn_lowerer *l, const struct pn_type *t, uint32_t nth);
