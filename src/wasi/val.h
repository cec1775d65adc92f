// SPDX-License-Identifier: Apache-2.0
// Component values: reading arguments, building results.
//
// Kinds need no check where the function's signature (link.h) says what they are. Builders take the values given to
// them. A builder that fails gives a bool, which the engine then refuses where something else is due: the call traps.
#pragma once
#include "wasi/host.h"

// Takes a resource argument (own or borrow) out of the engine. Each one must be taken, once. `rep` may be NULL; for an
// own the caller drops it (pn_host_drop). NULL with err when it is not of `type`.
void *pn_arg_resource(struct pn_host *h, const wasmtime_component_val_t *arg, enum pn_resource type, uint32_t *rep,
                      struct pn_err *err);
// Views and names live as long as the arguments.
struct pn_view pn_arg_string(const wasmtime_component_val_t *arg);
struct pn_view pn_arg_enum(const wasmtime_component_val_t *arg);    // name of the case
struct pn_view pn_arg_variant(const wasmtime_component_val_t *arg); // name of the case
bool pn_arg_flag(const wasmtime_component_val_t *arg, const char *name);
// Index of `name` in a NULL-terminated list, or -1.
int pn_name_index(struct pn_view name, const char *const names[]);
// list<u8> appended to `out`.
void pn_arg_bytes(const wasmtime_component_val_t *arg, struct pn_buf *out);

wasmtime_component_val_t pn_val_bool(bool v);
wasmtime_component_val_t pn_val_u8(uint8_t v);
wasmtime_component_val_t pn_val_u16(uint16_t v);
wasmtime_component_val_t pn_val_u32(uint32_t v);
wasmtime_component_val_t pn_val_u64(uint64_t v);
wasmtime_component_val_t pn_val_string(struct pn_view text); // invalid UTF-8 becomes U+FFFD
wasmtime_component_val_t pn_val_bytes(struct pn_view bytes); // list<u8>, boxed: small things only
wasmtime_component_val_t pn_val_enum(const char *name);
wasmtime_component_val_t pn_val_variant(const char *name);
wasmtime_component_val_t pn_val_variant_of(const char *name, wasmtime_component_val_t payload);
wasmtime_component_val_t pn_val_none(void);
wasmtime_component_val_t pn_val_some(wasmtime_component_val_t v);
wasmtime_component_val_t pn_val_ok_unit(void);
wasmtime_component_val_t pn_val_ok(wasmtime_component_val_t v);
wasmtime_component_val_t pn_val_err_unit(void);
wasmtime_component_val_t pn_val_err(wasmtime_component_val_t v);
wasmtime_component_val_t pn_val_tuple2(wasmtime_component_val_t a, wasmtime_component_val_t b);
wasmtime_component_val_t pn_val_list(size_t len); // fill .of.list.data[0..len)
wasmtime_component_val_t pn_val_record(size_t len, const char *const names[], const wasmtime_component_val_t fields[]);
wasmtime_component_val_t pn_val_flags(size_t len, const char *const names[]);
// An own handle for `rep`, which then belongs to the guest.
wasmtime_component_val_t pn_val_own(struct pn_host *h, enum pn_resource type, uint32_t rep);
