// SPDX-License-Identifier: Apache-2.0
#include "wasi/cli.h"

#define ROOM ((size_t)64 << 10)

struct log_output {
    struct pn_output base;
    unsigned line; // index in h->line
};

static int put_line(struct pn_host *h, unsigned which, struct pn_err *err) {
    if (h->log_lines >= h->world->policy->limits.log_lines)
        return pn_host_breach(h, "log_lines", err);
    h->log_lines++;
    if (h->call.log != NULL)
        h->call.log(h->call.log_data, which == 1, pn_buf_view(&h->line[which]));
    pn_buf_reset(&h->line[which]);
    return 0;
}

// Adds to the unfinished line, which goes out whenever it is as long as a line may be.
static int add_part(struct pn_host *h, unsigned which, struct pn_view part, struct pn_err *err) {
    size_t most = (size_t)h->world->policy->limits.log_line_bytes;
    while (part.len > 0) {
        struct pn_view fits = pn_view_part(part, 0, most - h->line[which].len);
        pn_buf_add_view(&h->line[which], fits);
        part = pn_view_part(part, fits.len, part.len);
        if (h->line[which].len >= most && put_line(h, which, err) < 0)
            return -1;
    }
    return 0;
}

static enum pn_io log_write(struct pn_host *h, struct pn_output *out, struct pn_view bytes, struct pn_err *err) {
    unsigned which = ((struct log_output *)out)->line;
    while (bytes.len > 0) {
        size_t end = pn_view_find(bytes, '\n', 0);
        if (add_part(h, which, pn_view_part(bytes, 0, end), err) < 0)
            return PN_IO_TRAP;
        if (end == SIZE_MAX)
            return PN_IO_OK;
        if (put_line(h, which, err) < 0)
            return PN_IO_TRAP;
        bytes = pn_view_part(bytes, end + 1, bytes.len);
    }
    return PN_IO_OK;
}

static enum pn_io log_room(struct pn_host *h, struct pn_output *out, size_t *room, struct pn_err *err) {
    *room = ROOM;
    return PN_IO_OK;
}

static enum pn_io log_flush(struct pn_host *h, struct pn_output *out, struct pn_err *err) {
    return PN_IO_OK; // an unfinished line waits for its end, or that of the call
}

static void nothing_to_close(struct pn_host *h, struct pn_output *out) {
}

static const struct pn_output_ops log_ops = {log_room, log_write, log_flush, pn_io_always_ready, nothing_to_close};
static struct log_output outputs[] = {{{&log_ops}, 0}, {{&log_ops}, 1}};

int pn_cli_open_output(struct pn_host *h, bool is_error, uint32_t *rep, struct pn_err *err) {
    return pn_io_add_output(h, &outputs[is_error ? 1 : 0].base, 0, rep, err);
}

static enum pn_io read_nothing(struct pn_host *h, struct pn_input *in, size_t most, struct pn_view *out,
                               struct pn_err *err) {
    return PN_IO_CLOSED;
}

static void nothing_to_free(struct pn_host *h, struct pn_input *in) {
}

static const struct pn_input_ops empty_ops = {read_nothing, pn_io_always_ready, nothing_to_free};
static struct pn_input empty = {&empty_ops};

int pn_cli_open_stdin(struct pn_host *h, uint32_t *rep, struct pn_err *err) {
    return pn_io_add_input(h, &empty, 0, rep, err);
}
