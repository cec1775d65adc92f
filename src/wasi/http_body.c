// SPDX-License-Identifier: Apache-2.0
// The stream of a request body. Small bodies are kept until they end, so that their length is known and a body of
// nothing is none; large ones go out in parts as egress gives credit.
#include <stdlib.h>

#include "wasi/http.h"

struct body_stream {
    struct pn_output base;
    struct pn_http_call *call;
};

static struct pn_http_call *call_of_output(struct pn_output *out) {
    return ((struct body_stream *)out)->call;
}

static enum pn_io body_failed(struct pn_host *h, const struct pn_http_call *x) {
    return pn_io_fail(h, PN_FAULT_HTTP, (unsigned)x->code, "%s", x->text);
}

static enum pn_io body_room(struct pn_host *h, struct pn_output *out, size_t *room, struct pn_err *err) {
    struct pn_http_call *x = call_of_output(out);
    if (x->failed)
        return body_failed(h, x);
    if (x->ended) // the server has answered and wants no more
        return PN_IO_CLOSED;
    size_t kept = x->out.len - x->out_at;
    *room = kept < PN_HTTP_BODY_ROOM ? PN_HTTP_BODY_ROOM - kept : 0;
    return PN_IO_OK;
}

static void compact(struct pn_http_call *x) {
    if (x->out_at < PN_HTTP_BODY_ROOM)
        return;
    pn_buf_drop_front(&x->out, x->out_at);
    x->out_at = 0;
}

static enum pn_io body_write(struct pn_host *h, struct pn_output *out, struct pn_view bytes, struct pn_err *err) {
    struct pn_http_call *x = call_of_output(out);
    if (x->declared != PN_HTTP_LENGTH_NONE && bytes.len > x->declared - x->written) {
        pn_http_call_fail(h, x, PN_HTTP_REQUEST_BODY_SIZE, "the body is longer than its content-length");
        return body_failed(h, x);
    }
    compact(x);
    pn_buf_add_view(&x->out, bytes);
    if (x->out.overflow) {
        (void)pn_host_stop(h, PN_END_TRAP, err, "out of memory for a request body");
        return PN_IO_TRAP;
    }
    x->written += bytes.len;
    if (x->out.len - x->out_at >= PN_HTTP_BODY_ROOM / 2) {
        pn_http_call_open(h, x);
        pn_http_work(h);
    }
    return pn_http_over(h, err) < 0 ? PN_IO_TRAP : PN_IO_OK;
}

// What is kept here counts as flushed: it goes out when the body ends, when it is large, or when the answer is waited
// for.
static enum pn_io body_flush(struct pn_host *h, struct pn_output *out, struct pn_err *err) {
    struct pn_http_call *x = call_of_output(out);
    if (x->opened)
        pn_http_work(h);
    if (pn_http_over(h, err) < 0)
        return PN_IO_TRAP;
    return x->failed ? body_failed(h, x) : PN_IO_OK;
}

static bool body_ready(struct pn_host *h, void *self, struct pn_wait *w) {
    struct pn_http_call *x = call_of_output(self);
    pn_http_work(h);
    if (x->failed || x->ended || x->out.len - x->out_at < PN_HTTP_BODY_ROOM)
        return true;
    pn_http_wait(h, w);
    return false;
}

static void body_close(struct pn_host *h, struct pn_output *out) {
    pn_http_call_unref(h, call_of_output(out));
    free(out);
}

static const struct pn_output_ops body_ops = {body_room, body_write, body_flush, body_ready, body_close};

int pn_http_call_add_output(struct pn_host *h, struct pn_http_call *x, uint32_t parent, uint32_t *rep,
                            struct pn_err *err) {
    struct body_stream *s = calloc(1, sizeof *s);
    if (s == NULL)
        return pn_host_stop(h, PN_END_TRAP, err, "out of memory for a request body");
    *s = (struct body_stream){{&body_ops}, x};
    x->stream_taken = true;
    x->refs++;
    return pn_io_add_output(h, &s->base, parent, rep, err);
}

enum pn_http_error pn_http_call_finish_body(struct pn_host *h, struct pn_http_call *x, bool trailers) {
    enum pn_http_error code = PN_HTTP_ERROR_COUNT;
    if (trailers)
        code = PN_HTTP_REQUEST_TRAILER_SECTION_SIZE;
    else if (x->declared != PN_HTTP_LENGTH_NONE && x->written != x->declared)
        code = PN_HTTP_REQUEST_BODY_SIZE;
    if (code != PN_HTTP_ERROR_COUNT)
        pn_http_call_fail(h, x, code, "the request body does not end as announced");
    x->body_done = true;
    pn_http_call_open(h, x);
    pn_http_work(h);
    return code;
}
