// SPDX-License-Identifier: Apache-2.0
// The tables of host interfaces, and linking a component's imports to them.
#pragma once
#include "postern_engine.h"
#include "wasi/host.h"

// Negative: the call is over; err (or h->end) says why.
typedef int pn_wasi_fn(struct pn_host *h, const wasmtime_component_val_t *args, wasmtime_component_val_t *results,
                       struct pn_err *err);

struct pn_wasi_func {
    const char *name; // as in the component model: "[method]pollable.ready"; NULL ends the table
    // Parameters, '>', result. The import's type must be exactly this, so call may rely on it:
    //   b bool  1 2 4 8 u8..u64  i s32  s string  e enum  f flags  h handle (own or borrow; its type is checked when
    //   taken)  ?T option  [T list  {T..} record  (T..) tuple  <P..> variant, P = payload or '_'  RTT result, '_' =
    //   none
    const char *signature;
    pn_wasi_fn *call; // NULL: a byte lane
    enum pn_lane lane;
};
struct pn_wasi_resource {
    const char *name; // NULL ends the table
    enum pn_resource type;
};
struct pn_wasi_interface {
    const char *name;                         // "wasi:io/poll"
    bool any_version;                         // drafts are the same thing; otherwise 0.2.x only
    const struct pn_wasi_resource *resources; // those this interface defines; NULL = none
    const struct pn_wasi_func *funcs;
};

extern const struct pn_wasi_interface pn_wasi_io_error, pn_wasi_io_poll, pn_wasi_io_streams;
extern const struct pn_wasi_interface pn_wasi_monotonic_clock, pn_wasi_wall_clock, pn_wasi_timezone;
extern const struct pn_wasi_interface pn_wasi_random, pn_wasi_insecure, pn_wasi_insecure_seed;
extern const struct pn_wasi_interface pn_wasi_environment, pn_wasi_exit, pn_wasi_stdin, pn_wasi_stdout, pn_wasi_stderr;
extern const struct pn_wasi_interface pn_wasi_terminal_input, pn_wasi_terminal_output, pn_wasi_terminal_stdin,
    pn_wasi_terminal_stdout, pn_wasi_terminal_stderr;
extern const struct pn_wasi_interface pn_wasi_fs_types, pn_wasi_fs_preopens;
extern const struct pn_wasi_interface pn_wasi_http_types, pn_wasi_http_outgoing;
extern const struct pn_wasi_interface pn_wasi_network, pn_wasi_instance_network, pn_wasi_name_lookup, pn_wasi_tcp,
    pn_wasi_tcp_create, pn_wasi_udp, pn_wasi_udp_create;
extern const struct pn_wasi_interface pn_wasi_config;

// Defines what `component` imports in `linker`. Fails with PN_E_INPUT for an import that is not known (naming it and
// the nearest known interface), for a function that an interface does not have, and for a type that is not WASI's.
[[nodiscard]] int pn_wasi_link(wasmtime_component_linker_t *linker, const wasm_engine_t *engine,
                               const wasmtime_component_t *component, struct pn_err *err);
// The check alone, for the compiler role: nothing is linked.
[[nodiscard]] int pn_wasi_check_imports(const wasm_engine_t *engine, const wasmtime_component_t *component,
                                        struct pn_err *err);
