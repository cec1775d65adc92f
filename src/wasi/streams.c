// SPDX-License-Identifier: Apache-2.0
#include "wasi/streams.h"

static void close_input(struct pn_host *h, void *object) {
    struct pn_input *in = object;
    in->ops->close(h, in);
}

static void close_output(struct pn_host *h, void *object) {
    struct pn_output *out = object;
    out->ops->close(h, out);
}

int pn_io_add_input(struct pn_host *h, struct pn_input *in, uint32_t parent, uint32_t *rep, struct pn_err *err) {
    return pn_host_add(h, PN_RES_INPUT_STREAM, in, close_input, parent, rep, err);
}

int pn_io_add_output(struct pn_host *h, struct pn_output *out, uint32_t parent, uint32_t *rep, struct pn_err *err) {
    return pn_host_add(h, PN_RES_OUTPUT_STREAM, out, close_output, parent, rep, err);
}

enum pn_io pn_stream_read(struct pn_host *h, struct pn_input *in, uint64_t len, bool block, struct pn_view *out,
                          struct pn_err *err) {
    *out = (struct pn_view){0};
    size_t most = len < PN_IO_CHUNK ? (size_t)len : PN_IO_CHUNK;
    if (most == 0)
        return PN_IO_OK;
    for (;;) {
        enum pn_io io = in->ops->read(h, in, most, out, err);
        if (io != PN_IO_OK || out->len > 0 || !block)
            return io;
        if (pn_io_block_on(h, in->ops->ready, in, err) < 0)
            return PN_IO_TRAP;
    }
}

enum pn_io pn_stream_write(struct pn_host *h, struct pn_output *out, struct pn_view bytes, struct pn_err *err) {
    size_t room = 0;
    enum pn_io io = out->ops->room(h, out, &room, err);
    if (io != PN_IO_OK)
        return io;
    if (bytes.len > room) {
        (void)pn_host_stop(h, PN_END_TRAP, err, "the component wrote %zu bytes to a stream that takes %zu now",
                           bytes.len, room);
        return PN_IO_TRAP;
    }
    return bytes.len == 0 ? PN_IO_OK : out->ops->write(h, out, bytes, err);
}

// Waits until there is room.
static enum pn_io wait_room(struct pn_host *h, struct pn_output *out, size_t *room, struct pn_err *err) {
    for (;;) {
        enum pn_io io = out->ops->room(h, out, room, err);
        if (io != PN_IO_OK || *room > 0)
            return io;
        if (pn_io_block_on(h, out->ops->ready, out, err) < 0)
            return PN_IO_TRAP;
    }
}

enum pn_io pn_stream_write_all(struct pn_host *h, struct pn_output *out, struct pn_view bytes, struct pn_err *err) {
    while (bytes.len > 0) {
        size_t room = 0;
        enum pn_io io = wait_room(h, out, &room, err);
        if (io != PN_IO_OK)
            return io;
        struct pn_view part = pn_view_part(bytes, 0, room);
        io = out->ops->write(h, out, part, err);
        if (io != PN_IO_OK)
            return io;
        bytes = pn_view_part(bytes, part.len, bytes.len);
    }
    return PN_IO_OK;
}

enum pn_io pn_stream_flush_all(struct pn_host *h, struct pn_output *out, struct pn_err *err) {
    enum pn_io io = out->ops->flush(h, out, err);
    size_t room = 0;
    return io == PN_IO_OK ? wait_room(h, out, &room, err) : io;
}
