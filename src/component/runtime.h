// SPDX-License-Identifier: Apache-2.0
// The engine as a worker uses it: one component, loaded and linked once, and a fresh instance for every call.
// What the component may do in a call is decided by the host functions (src/wasi) and by the limits set here.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "config/policy.h"
#include "postern_engine.h"

// An engine that compiles and reflects, and runs nothing.
[[nodiscard]] wasm_engine_t *pn_engine_for_compiling(void);
// One that runs calls under `limits` from a pool with room for `threads` at once. NULL: not enough address space.
[[nodiscard]] wasm_engine_t *pn_engine_for_calls(const struct pn_limits *limits, unsigned threads);

struct pn_runtime;

// Links the imports of a component; src/wasi has the one that is used.
typedef int pn_link_fn(wasmtime_component_linker_t *linker, const wasm_engine_t *engine,
                       const wasmtime_component_t *component, struct pn_err *err);

// Loads a copy of the compiled artefact in `code` for calls under `limits` by at most `threads` threads at once. The
// artefact is native code: authenticate it first. PN_E_INPUT: made by another engine or for another machine, or its
// imports cannot be linked.
[[nodiscard]] int pn_runtime_new(struct pn_view code, const struct pn_limits *limits, unsigned threads,
                                 pn_link_fn *link, struct pn_runtime **out, struct pn_err *err);
void pn_runtime_free(struct pn_runtime *rt);
uint32_t pn_runtime_tool_count(const struct pn_runtime *rt);

// Advances the epoch: every running call looks at its `interrupt` soon after. Any thread.
void pn_runtime_tick(struct pn_runtime *rt);

// How a call ended, as the engine saw it.
enum pn_run {
    PN_RUN_OK,
    PN_RUN_TOOL_ERROR, // the function returned the error case of its result
    PN_RUN_ARGUMENTS,  // they do not fit; err has the text
    PN_RUN_STOPPED,    // a host function or `interrupt` ended it: the caller knows why
    PN_RUN_LIMIT,      // fuel, memory, table, stack or result size; err has the text
    PN_RUN_TRAP,       // err has the engine's word for it
};
struct pn_run_call {
    uint32_t tool;
    struct pn_view arguments;         // JSON object
    void *host;                       // the store's data pointer for host functions
    bool (*interrupt)(void *host);    // asked after each tick while the guest runs: true = stop now
    bool (*host_stopped)(void *host); // asked when a call failed: was it a host function that ended it?
};

// Memory that one thread keeps from call to call.
struct pn_run_thread;
[[nodiscard]] struct pn_run_thread *pn_run_thread_new(void);
void pn_run_thread_free(struct pn_run_thread *t);

// Runs one call in a fresh instance. The result's JSON is appended to `value` for OK and TOOL_ERROR. Blocks until the
// call ends.
enum pn_run pn_runtime_call(struct pn_runtime *rt, struct pn_run_thread *t, const struct pn_run_call *call,
                            struct pn_buf *value, struct pn_err *err);
