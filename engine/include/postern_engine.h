// SPDX-License-Identifier: Apache-2.0
// What the engine's C API lacks: byte lanes, pre-linked components, one memory budget for a whole store.
// Implemented in engine/src/lib.rs; plain C structures, no ownership crosses unless it says so.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wasmtime.h>
#include <wasmtime/component.h>

// --- byte lanes: host functions that move list<u8> without boxing every byte ---
// The first argument of each is the store's data pointer. A resource arrives as its rep.
enum pn_lane_status { PN_LANE_OK = 0, PN_LANE_CLOSED = 1, PN_LANE_FAILED = 2, PN_LANE_TRAP = -1 };

struct pn_lane_bytes {
    const uint8_t *ptr; // stays valid until the next lane call on the same store
    size_t len;
    uint32_t error; // rep of a new wasi:io/error (owned by the guest afterwards) for PN_LANE_FAILED
};
struct pn_lanes {
    uint32_t input_stream, output_stream, descriptor, error; // host type numbers of the resources
    int (*stream_read)(void *host, uint32_t stream, uint64_t len, bool block, struct pn_lane_bytes *out);
    int (*stream_write)(void *host, uint32_t stream, const uint8_t *ptr, size_t len, bool flush, uint32_t *error);
    // 0 or 1 + index of the wasi:filesystem error-code, or PN_LANE_TRAP
    int (*file_read)(void *host, uint32_t descriptor, uint64_t len, uint64_t offset, struct pn_lane_bytes *out,
                     bool *end);
    int (*file_write)(void *host, uint32_t descriptor, const uint8_t *ptr, size_t len, uint64_t offset,
                      uint64_t *written);
    int (*random)(void *host, uint64_t len, struct pn_lane_bytes *out);
};
enum pn_lane {
    PN_LANE_STREAM_READ,           // [method]input-stream.read
    PN_LANE_STREAM_BLOCKING_READ,  // [method]input-stream.blocking-read
    PN_LANE_STREAM_WRITE,          // [method]output-stream.write
    PN_LANE_STREAM_BLOCKING_WRITE, // [method]output-stream.blocking-write-and-flush
    PN_LANE_FILE_READ,             // [method]descriptor.read
    PN_LANE_FILE_WRITE,            // [method]descriptor.write
    PN_LANE_RANDOM,                // get-random-bytes, get-insecure-random-bytes
};
// `lanes` is borrowed for the life of the linker.
wasmtime_error_t *pn_engine_add_lane(wasmtime_component_linker_instance_t *instance, const char *name, size_t name_len,
                                     enum pn_lane lane, const struct pn_lanes *lanes);

// --- pre-linked components ---
typedef struct pn_engine_pre pn_engine_pre_t;
wasmtime_error_t *pn_engine_pre_new(const wasmtime_component_linker_t *linker, const wasmtime_component_t *component,
                                    pn_engine_pre_t **out);
wasmtime_error_t *pn_engine_pre_instantiate(const pn_engine_pre_t *pre, wasmtime_context_t *context,
                                            wasmtime_component_instance_t *out);
void pn_engine_pre_delete(pn_engine_pre_t *pre);

// --- one budget for all memories and tables of a store ---
struct pn_engine_budget {
    uint64_t memory_max, memory_used; // bytes, all linear memories
    uint64_t table_max, table_used;   // elements, all tables
    uint64_t instances_max, memories_max, tables_max;
    uint32_t breach; // set when a growth was refused: 1 memory, 2 table
    uint64_t wanted; // what it asked for
};
// `budget` is borrowed until the store is deleted. Call right after wasmtime_store_new.
void pn_engine_set_budget(wasmtime_store_t *store, struct pn_engine_budget *budget);

// The initial size of the component's largest memory, bytes: a lower bound of what instantiation needs. 0 when unknown.
uint64_t pn_engine_memory_minimum(const wasmtime_component_t *component);
