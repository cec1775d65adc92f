// SPDX-License-Identifier: Apache-2.0
// wasi:io/streams. Reads and writes of bytes are byte lanes (lanes.c); here is the rest.
#include "wasi/link.h"
#include "wasi/streams.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

static const uint8_t zeroes[4096];

// result<_, stream-error> or result<u64, stream-error>; negative ends the call.
static int answer(struct pn_host *h, enum pn_io io, val ok, val *results, struct pn_err *err) {
    uint32_t rep = 0;
    switch (io) {
    case PN_IO_OK:
        results[0] = ok;
        return 0;
    case PN_IO_CLOSED:
        results[0] = pn_val_err(pn_val_variant("closed"));
        break;
    case PN_IO_FAILED:
        rep = pn_io_error_new(h, err);
        if (rep != 0)
            results[0] = pn_val_err(pn_val_variant_of("last-operation-failed", pn_val_own(h, PN_RES_ERROR, rep)));
        break;
    case PN_IO_TRAP:
        break;
    }
    wasmtime_component_val_delete(&ok);
    return io == PN_IO_TRAP || (io == PN_IO_FAILED && rep == 0) ? -1 : 0;
}

static int answer_count(struct pn_host *h, enum pn_io io, uint64_t count, val *results, struct pn_err *err) {
    return answer(h, io, pn_val_ok(pn_val_u64(count)), results, err);
}

static int answer_unit(struct pn_host *h, enum pn_io io, val *results, struct pn_err *err) {
    return answer(h, io, pn_val_ok_unit(), results, err);
}

static int skip_some(struct pn_host *h, const val *args, bool wait, val *results, struct pn_err *err) {
    struct pn_input *in = pn_arg_resource(h, &args[0], PN_RES_INPUT_STREAM, NULL, err);
    if (in == NULL)
        return -1;
    struct pn_view skipped;
    enum pn_io io = pn_stream_read(h, in, args[1].of.u64, wait, &skipped, err);
    return answer_count(h, io, skipped.len, results, err);
}

static int skip(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return skip_some(h, args, false, results, err);
}

static int blocking_skip(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return skip_some(h, args, true, results, err);
}

static int input_subscribe(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t rep = 0;
    struct pn_input *in = pn_arg_resource(h, &args[0], PN_RES_INPUT_STREAM, &rep, err);
    return in == NULL ? -1 : pn_io_subscribe(h, in->ops->ready, in, rep, results, err);
}

static int output_subscribe(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t rep = 0;
    struct pn_output *out = pn_arg_resource(h, &args[0], PN_RES_OUTPUT_STREAM, &rep, err);
    return out == NULL ? -1 : pn_io_subscribe(h, out->ops->ready, out, rep, results, err);
}

static struct pn_output *output_of(struct pn_host *h, const val *args, struct pn_err *err) {
    return pn_arg_resource(h, &args[0], PN_RES_OUTPUT_STREAM, NULL, err);
}

static int check_write(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_output *out = output_of(h, args, err);
    if (out == NULL)
        return -1;
    size_t room = 0;
    enum pn_io io = out->ops->room(h, out, &room, err);
    return answer_count(h, io, room, results, err);
}

static int flush(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_output *out = output_of(h, args, err);
    return out == NULL ? -1 : answer_unit(h, out->ops->flush(h, out, err), results, err);
}

static int blocking_flush(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_output *out = output_of(h, args, err);
    return out == NULL ? -1 : answer_unit(h, pn_stream_flush_all(h, out, err), results, err);
}

// `len` zero bytes in parts.
static enum pn_io put_zeroes(struct pn_host *h, struct pn_output *out, uint64_t len, struct pn_err *err) {
    while (len > 0) {
        size_t part = len < sizeof zeroes ? (size_t)len : sizeof zeroes;
        enum pn_io io = pn_stream_write_all(h, out, pn_view(zeroes, part), err);
        if (io != PN_IO_OK)
            return io;
        if (pn_host_check(h, err) < 0)
            return PN_IO_TRAP;
        len -= part;
    }
    return PN_IO_OK;
}

static int write_zeroes(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_output *out = output_of(h, args, err);
    if (out == NULL)
        return -1;
    size_t room = 0;
    enum pn_io io = out->ops->room(h, out, &room, err);
    if (io == PN_IO_OK && args[1].of.u64 > room)
        return pn_fail(err, PN_E_INPUT, "%llu zero bytes to a stream that takes %zu now",
                       (unsigned long long)args[1].of.u64, room);
    if (io == PN_IO_OK)
        io = put_zeroes(h, out, args[1].of.u64, err);
    return answer_unit(h, io, results, err);
}

static int blocking_write_zeroes(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_output *out = output_of(h, args, err);
    if (out == NULL)
        return -1;
    enum pn_io io = put_zeroes(h, out, args[1].of.u64, err);
    if (io == PN_IO_OK)
        io = pn_stream_flush_all(h, out, err);
    return answer_unit(h, io, results, err);
}

// Moves what is there, at most what the output takes; `wait`: at least one byte.
static enum pn_io move(struct pn_host *h, struct pn_output *out, struct pn_input *in, uint64_t len, bool wait,
                       size_t *moved, struct pn_err *err) {
    size_t room = 0;
    if (wait && pn_io_block_on(h, out->ops->ready, out, err) < 0)
        return PN_IO_TRAP;
    enum pn_io io = out->ops->room(h, out, &room, err);
    if (io != PN_IO_OK || room == 0)
        return io;
    struct pn_view bytes;
    io = pn_stream_read(h, in, len < room ? len : room, wait, &bytes, err);
    if (io != PN_IO_OK || bytes.len == 0)
        return io;
    *moved = bytes.len;
    return pn_stream_write_all(h, out, bytes, err);
}

static int splice_some(struct pn_host *h, const val *args, bool wait, val *results, struct pn_err *err) {
    struct pn_output *out = output_of(h, args, err);
    struct pn_input *in = pn_arg_resource(h, &args[1], PN_RES_INPUT_STREAM, NULL, err);
    if (out == NULL || in == NULL)
        return -1;
    size_t moved = 0;
    enum pn_io io = move(h, out, in, args[2].of.u64, wait, &moved, err);
    return answer_count(h, io, moved, results, err);
}

static int splice_now(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return splice_some(h, args, false, results, err);
}

static int blocking_splice(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return splice_some(h, args, true, results, err);
}

static const struct pn_wasi_resource resources[] = {
    {"input-stream", PN_RES_INPUT_STREAM},
    {"output-stream", PN_RES_OUTPUT_STREAM},
    {0},
};
static const struct pn_wasi_func funcs[] = {
    {"[method]input-stream.read", "h8>R[1<h_>", NULL, PN_LANE_STREAM_READ},
    {"[method]input-stream.blocking-read", "h8>R[1<h_>", NULL, PN_LANE_STREAM_BLOCKING_READ},
    {"[method]input-stream.skip", "h8>R8<h_>", skip},
    {"[method]input-stream.blocking-skip", "h8>R8<h_>", blocking_skip},
    {"[method]input-stream.subscribe", "h>h", input_subscribe},
    {"[method]output-stream.check-write", "h>R8<h_>", check_write},
    {"[method]output-stream.write", "h[1>R_<h_>", NULL, PN_LANE_STREAM_WRITE},
    {"[method]output-stream.blocking-write-and-flush", "h[1>R_<h_>", NULL, PN_LANE_STREAM_BLOCKING_WRITE},
    {"[method]output-stream.flush", "h>R_<h_>", flush},
    {"[method]output-stream.blocking-flush", "h>R_<h_>", blocking_flush},
    {"[method]output-stream.subscribe", "h>h", output_subscribe},
    {"[method]output-stream.write-zeroes", "h8>R_<h_>", write_zeroes},
    {"[method]output-stream.blocking-write-zeroes-and-flush", "h8>R_<h_>", blocking_write_zeroes},
    {"[method]output-stream.splice", "hh8>R8<h_>", splice_now},
    {"[method]output-stream.blocking-splice", "hh8>R8<h_>", blocking_splice},
    {0},
};
const struct pn_wasi_interface pn_wasi_io_streams = {"wasi:io/streams", .resources = resources, .funcs = funcs};
