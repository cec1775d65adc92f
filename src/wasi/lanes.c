// SPDX-License-Identifier: Apache-2.0
// What the engine calls for every list<u8> that moves. Pointers from the guest's memory are good for the call only.
#include "wasi/lanes.h"
#include "wasi/fs.h"
#include "wasi/streams.h"

#define RANDOM_MOST ((uint64_t)1 << 20)

// The engine traps; the worker reports what h->end says.
static int trap(struct pn_host *h, const char *function, const struct pn_err *err) {
    (void)pn_host_stop(h, PN_END_TRAP, NULL, "%s: %s", function, err->text);
    return PN_LANE_TRAP;
}

static int no_such(struct pn_host *h, const char *function) {
    (void)pn_host_stop(h, PN_END_TRAP, NULL, "%s: there is no such resource", function);
    return PN_LANE_TRAP;
}

static int lane_status(struct pn_host *h, enum pn_io io, uint32_t *error, const char *function, struct pn_err *err) {
    switch (io) {
    case PN_IO_OK:
        return PN_LANE_OK;
    case PN_IO_CLOSED:
        return PN_LANE_CLOSED;
    case PN_IO_FAILED:
        *error = pn_io_error_new(h, err);
        return *error == 0 ? trap(h, function, err) : PN_LANE_FAILED;
    case PN_IO_TRAP:
        break;
    }
    return trap(h, function, err);
}

static int stream_read(void *host, uint32_t rep, uint64_t len, bool block, struct pn_lane_bytes *out) {
    struct pn_host *h = host;
    struct pn_err err;
    err.text[0] = 0;
    struct pn_input *in = pn_host_get(h, PN_RES_INPUT_STREAM, rep);
    if (in == NULL)
        return no_such(h, "read");
    struct pn_view bytes = {0};
    enum pn_io io = pn_stream_read(h, in, len, block, &bytes, &err);
    out->ptr = bytes.ptr;
    out->len = bytes.len;
    return lane_status(h, io, &out->error, "read", &err);
}

static int stream_write(void *host, uint32_t rep, const uint8_t *ptr, size_t len, bool flush, uint32_t *error) {
    struct pn_host *h = host;
    struct pn_err err;
    err.text[0] = 0;
    struct pn_output *out = pn_host_get(h, PN_RES_OUTPUT_STREAM, rep);
    if (out == NULL)
        return no_such(h, "write");
    enum pn_io io =
        flush ? pn_stream_write_all(h, out, pn_view(ptr, len), &err) : pn_stream_write(h, out, pn_view(ptr, len), &err);
    if (flush && io == PN_IO_OK)
        io = pn_stream_flush_all(h, out, &err);
    return lane_status(h, io, error, "write", &err);
}

static int file_read(void *host, uint32_t rep, uint64_t len, uint64_t offset, struct pn_lane_bytes *out, bool *end) {
    struct pn_host *h = host;
    struct pn_err err;
    err.text[0] = 0;
    const struct pn_fs_node *node = pn_host_get(h, PN_RES_DESCRIPTOR, rep);
    if (node == NULL)
        return no_such(h, "descriptor.read");
    struct pn_view bytes;
    int error = pn_fs_read(h, node, len, offset, &bytes, end, &err);
    out->ptr = bytes.ptr;
    out->len = bytes.len;
    return error < 0 ? trap(h, "descriptor.read", &err) : error;
}

static int file_write(void *host, uint32_t rep, const uint8_t *ptr, size_t len, uint64_t offset, uint64_t *written) {
    struct pn_host *h = host;
    struct pn_err err;
    err.text[0] = 0;
    const struct pn_fs_node *node = pn_host_get(h, PN_RES_DESCRIPTOR, rep);
    if (node == NULL)
        return no_such(h, "descriptor.write");
    size_t put = 0;
    int error = pn_fs_write(h, node, pn_view(ptr, len), offset, false, &put, &err);
    *written = put;
    return error < 0 ? trap(h, "descriptor.write", &err) : error;
}

static int random_bytes(void *host, uint64_t len, struct pn_lane_bytes *out) {
    struct pn_host *h = host;
    struct pn_err err;
    err.text[0] = 0;
    pn_buf_reset(&h->scratch);
    uint8_t *room = len > RANDOM_MOST ? NULL : pn_buf_room(&h->scratch, (size_t)len);
    if (room == NULL && len > 0) {
        (void)pn_fail(&err, PN_E_INPUT, "%llu bytes at once; at most %llu", (unsigned long long)len,
                      (unsigned long long)RANDOM_MOST);
        return trap(h, "get-random-bytes", &err);
    }
    pn_random(room, (size_t)len);
    out->ptr = room;
    out->len = (size_t)len;
    return PN_LANE_OK;
}

const struct pn_lanes pn_wasi_lanes = {
    .input_stream = PN_RES_INPUT_STREAM,
    .output_stream = PN_RES_OUTPUT_STREAM,
    .descriptor = PN_RES_DESCRIPTOR,
    .error = PN_RES_ERROR,
    .stream_read = stream_read,
    .stream_write = stream_write,
    .file_read = file_read,
    .file_write = file_write,
    .random = random_bytes,
};
