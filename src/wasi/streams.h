// SPDX-License-Identifier: Apache-2.0
// Stream operations shared by the byte lanes and the boxed functions of wasi:io/streams.
#pragma once
#include "wasi/io.h"

#define PN_IO_CHUNK ((size_t)1 << 20) // no single read or write moves more

// At least one byte when `block`, unless closed or failed. len 0 gives nothing.
enum pn_io pn_stream_read(struct pn_host *h, struct pn_input *in, uint64_t len, bool block, struct pn_view *out,
                          struct pn_err *err);
// What check-write allows must have been asked for before: more than that ends the call.
enum pn_io pn_stream_write(struct pn_host *h, struct pn_output *out, struct pn_view bytes, struct pn_err *err);
// Any amount, in parts as there is room.
enum pn_io pn_stream_write_all(struct pn_host *h, struct pn_output *out, struct pn_view bytes, struct pn_err *err);
// Flushes and waits until the stream takes bytes again.
enum pn_io pn_stream_flush_all(struct pn_host *h, struct pn_output *out, struct pn_err *err);
