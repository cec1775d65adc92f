// SPDX-License-Identifier: Apache-2.0
// wasi:io: streams, pollables and errors, as other packages provide and use them.
#pragma once
#include "wasi/host.h"

enum pn_io { PN_IO_OK = 0, PN_IO_CLOSED = 1, PN_IO_FAILED = 2, PN_IO_TRAP = -1 };

// Which error-code the wasi:io/error of a failed stream stands for.
enum pn_fault_kind { PN_FAULT_OTHER, PN_FAULT_FILE, PN_FAULT_HTTP };
// Notes why a stream operation failed and returns PN_IO_FAILED. `code`: index of the case in the WIT error-code.
enum pn_io pn_io_fail(struct pn_host *h, enum pn_fault_kind kind, unsigned code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// A new wasi:io/error from h->fault; 0 when the table is full (the call is then over).
uint32_t pn_io_error_new(struct pn_host *h, struct pn_err *err);
const struct pn_fault *pn_io_error_get(struct pn_host *h, uint32_t rep); // NULL when there is no such

// Ready now? If not, adds to `w` what to wait for, and is asked again after the wait. May do pending work first
// (receive from a channel). Errors count as ready: the operation that follows reports them.
typedef bool pn_ready_fn(struct pn_host *h, void *self, struct pn_wait *w);

// The base of an input stream: first member of the provider's own structure.
struct pn_input {
    const struct pn_input_ops *ops;
};
struct pn_input_ops {
    // At most `most` bytes (>= 1) into *out, which stays valid until the next read on this host; no output may disturb
    // it (splice). OK with nothing = not ready yet. Never blocks.
    enum pn_io (*read)(struct pn_host *h, struct pn_input *in, size_t most, struct pn_view *out, struct pn_err *err);
    pn_ready_fn *ready;
    void (*close)(struct pn_host *h, struct pn_input *in); // frees
};

struct pn_output {
    const struct pn_output_ops *ops;
};
struct pn_output_ops {
    // How many bytes write will take now; 0 = not ready, also while a flush is under way.
    enum pn_io (*room)(struct pn_host *h, struct pn_output *out, size_t *room, struct pn_err *err);
    enum pn_io (*write)(struct pn_host *h, struct pn_output *out, struct pn_view bytes, struct pn_err *err);
    enum pn_io (*flush)(struct pn_host *h, struct pn_output *out, struct pn_err *err); // begins; never blocks
    pn_ready_fn *ready;
    void (*close)(struct pn_host *h, struct pn_output *out);
};

// All three take the object: it is closed also when adding fails.
[[nodiscard]] int pn_io_add_input(struct pn_host *h, struct pn_input *in, uint32_t parent, uint32_t *rep,
                                  struct pn_err *err);
[[nodiscard]] int pn_io_add_output(struct pn_host *h, struct pn_output *out, uint32_t parent, uint32_t *rep,
                                   struct pn_err *err);
// A pollable that asks ready(h, self, ...); `self` belongs to `parent` (a rep), which it keeps alive.
[[nodiscard]] int pn_io_add_pollable(struct pn_host *h, pn_ready_fn *ready, void *self, uint32_t parent, uint32_t *rep,
                                     struct pn_err *err);
[[nodiscard]] int pn_io_add_timer(struct pn_host *h, uint64_t when, uint32_t *rep, struct pn_err *err); // monotonic ns
bool pn_io_always_ready(struct pn_host *h, void *self, struct pn_wait *w);                              // a pn_ready_fn

// What subscribe answers: a pollable as `results[0]`, a child of `parent`.
[[nodiscard]] int pn_io_subscribe(struct pn_host *h, pn_ready_fn *ready, void *self, uint32_t parent,
                                  wasmtime_component_val_t *results, struct pn_err *err);

// Waits until ready(h, self, ...) says so. Negative: the call is over.
[[nodiscard]] int pn_io_block_on(struct pn_host *h, pn_ready_fn *ready, void *self, struct pn_err *err);
