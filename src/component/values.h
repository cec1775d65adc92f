// SPDX-License-Identifier: Apache-2.0
// JSON <-> component values, by a type plan. The mapping:
//   bool: boolean | s8..u32: integer | s64, u64: integer or decimal string, out as a string beyond +-(2^53 - 1)
//   f32, f64: number or "NaN", "Infinity", "-Infinity" | char: string of one scalar value | string: string
//   list: array; list<u8>: base64 string, in also an array of integers | record: object, nothing unknown; fields that
//   are options may be absent | tuple: array | variant: {"tag": case, "val": payload if it has one} | enum: string
//   option: the value or null; when the value itself may be null: {"some": value} or null
//   result: {"ok": value or null} or {"err": value or null} | flags: array of names, each once
#pragma once
#include "component/arena.h"
#include "component/plan.h"
#include "json/json.h"

// The arguments of one call at a time. Zero-initialise, set `arena.max` and `items` if the defaults do not fit, then
// reuse.
struct pn_args {
    struct pn_arena arena; // bound: 64 MiB of values (a list element is 32 bytes)
    struct pn_buf text;    // scratch for strings with escapes
    struct pn_buf bytes;   // scratch for base64
    uint32_t items;        // elements of one list at most; 0 = 2,000,000
    wasmtime_component_val_t *vals;
    uint32_t count;
};

// Converts node `at` of `doc`, an object with one member per parameter, to args->vals[0 .. args->count), to be passed
// to wasmtime_component_func_call. The engine only reads arguments and copies them; these live in the arena and partly
// in the JSON text, so they must NOT be given to wasmtime_component_val_delete, and are valid until the next pn_args_*
// call on `args` and while doc->text stands. After a failure there are none. PN_E_INPUT names JSON pointer, expected
// type and what stands there; PN_E_LIMIT when the arena's bound was reached.
[[nodiscard]] int pn_args_lower(struct pn_args *args, const struct pn_plan *plan, const struct pn_json *doc,
                                uint32_t at, struct pn_err *err);
// Forgets the values, keeps a little memory for the next call.
void pn_args_reset(struct pn_args *args);
void pn_args_fini(struct pn_args *args);
static inline void pn_args_cleanup(struct pn_args *args) {
    pn_args_fini(args);
}

// Appends the result of a call as JSON, at most `limit` bytes; `value` is the function's only result, or NULL when it
// has none ("null" is appended). A result<T, E> at the top is unwrapped: T, or E with *failed set. `value` stays the
// caller's (results belong to the engine: wasmtime_component_val_delete). PN_E_LIMIT names the limit `result`; `out` is
// then as long as before. PN_E_BUG when the value does not fit the plan.
[[nodiscard]] int pn_result_lift(const struct pn_plan *plan, const wasmtime_component_val_t *value, size_t limit,
                                 struct pn_buf *out, bool *failed, struct pn_err *err);
// The same for a value of type plan->types[type] (PN_TYPE_NONE and NULL together: "null"), without unwrapping.
[[nodiscard]] int pn_value_lift(const struct pn_plan *plan, uint32_t type, const wasmtime_component_val_t *value,
                                size_t limit, struct pn_buf *out, struct pn_err *err);
