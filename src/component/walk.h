// SPDX-License-Identifier: Apache-2.0
// The functions of a component that are its tools, in the order that numbers them: exported functions, and the
// functions of exported instances, without what language runtimes export for themselves.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include <wasmtime.h>
#include <wasmtime/component.h>

// Called once per function; `iface` is empty for a function at the top. Negative ends the walk.
typedef int pn_walk_fn(void *ctx, struct pn_view iface, struct pn_view func, const wasmtime_component_func_type_t *type,
                       struct pn_err *err);

// At most `exports_max` exports are looked at (PN_E_LIMIT). `nested` (may be NULL) counts instances inside instances,
// which are left out.
[[nodiscard]] int pn_walk_tools(const wasm_engine_t *engine, const wasmtime_component_t *component,
                                uint32_t exports_max, uint32_t *nested, pn_walk_fn *fn, void *ctx, struct pn_err *err);
