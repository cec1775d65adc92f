// SPDX-License-Identifier: Apache-2.0
// What a component offers and asks for, as JSON: made once by the compiler process, kept with the compiled code.
//
// {"tools": [{"name", "export": [INSTANCE or null, FUNCTION], "callable": bool, "description",
//             "reason",                                 only when not callable
//             "inputSchema", "outputSchema", "params"}  only when callable; params: the names in order
//           ],
//  "imports": ["wasi:io/streams@0.2.3", ...],
//  "notes": ["..."]}                                    what was wrong with the component without hindering it
//
// A tool's number is its index in `tools`, the functions in the order of the exports. Of two functions with the same
// name the later one becomes NAME_2, then NAME_3 and so on, within 128 characters. A function whose name is longer than
// that is not callable and stands there with the first 128.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include <wasmtime.h>
#include <wasmtime/component.h>

enum {
    PN_DESCRIBE_EXPORTS = 10000, // exports looked at, those of instances included
    PN_DESCRIBE_TOOLS = 1000,    // functions among them
    PN_DESCRIBE_IMPORTS = 1000,
    PN_DESCRIBE_BYTES = 16 << 20, // of the JSON
};

// Appends the description of `component`, compiled with `engine` from `bytes` (its binary form, for the documentation
// texts). PN_E_LIMIT, naming the limit, when it offers or asks for too much; `out` is then as long as before. Neither
// fetches nor runs anything; time is bounded by the limits above and PN_PLAN_BUDGET.
[[nodiscard]] int pn_describe_component(const wasm_engine_t *engine, const wasmtime_component_t *component,
                                        struct pn_view bytes, struct pn_buf *out, struct pn_err *err);
