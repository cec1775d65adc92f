// SPDX-License-Identifier: Apache-2.0
// future-incoming-response, incoming-response, incoming-body and future-trailers of wasi:http/types.
#include <stdlib.h>

#include "wasi/http.h"
#include "wasi/http_funcs.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

static void drop_call(struct pn_host *h, void *object) {
    pn_http_call_unref(h, object);
}

// A handle of `type` on the same call, as a value.
static int answer_handle(struct pn_host *h, struct pn_http_call *x, enum pn_resource type, val *result,
                         struct pn_err *err) {
    uint32_t rep = 0;
    x->refs++;
    if (pn_host_add(h, type, x, drop_call, 0, &rep, err) < 0)
        return -1;
    *result = pn_val_own(h, type, rep);
    return 0;
}

static struct pn_http_call *call_of(struct pn_host *h, const val *args, enum pn_resource type, struct pn_err *err) {
    return pn_arg_resource(h, &args[0], type, NULL, err);
}

// --- future-incoming-response ---

static bool response_ready(struct pn_host *h, void *self, struct pn_wait *w) {
    struct pn_http_call *x = self;
    pn_http_call_open(h, x);
    pn_http_work(h);
    if (x->have_head || x->failed)
        return true;
    pn_http_wait(h, w);
    return false;
}

int pn_http_fn_future_subscribe(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t rep = 0;
    struct pn_http_call *x = pn_arg_resource(h, &args[0], PN_RES_FUTURE_RESPONSE, &rep, err);
    return x == NULL ? -1 : pn_io_subscribe(h, response_ready, x, rep, results, err);
}

// some(ok(..)) the first time, some(err) afterwards.
static int answer_once(bool *taken, val inner, val *results) {
    if (*taken) {
        wasmtime_component_val_delete(&inner);
        inner = pn_val_err_unit();
    } else {
        inner = pn_val_ok(inner);
    }
    *taken = true;
    results[0] = pn_val_some(inner);
    return 0;
}

int pn_http_fn_future_get(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_call *x = call_of(h, args, PN_RES_FUTURE_RESPONSE, err);
    if (x == NULL)
        return -1;
    struct pn_wait w = PN_WAIT_INIT;
    results[0] = pn_val_none();
    if (!response_ready(h, x, &w))
        return pn_http_over(h, err);
    if (pn_http_over(h, err) < 0)
        return -1;
    if (x->future_taken)
        return answer_once(&x->future_taken, pn_val_none(), results);
    if (!x->have_head)
        return answer_once(&x->future_taken, pn_val_err(pn_http_error_val(x->code, x->text)), results);
    val response;
    if (answer_handle(h, x, PN_RES_INCOMING_RESPONSE, &response, err) < 0)
        return -1;
    return answer_once(&x->future_taken, pn_val_ok(response), results);
}

// --- incoming-response ---

int pn_http_fn_response_status(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_call *x = call_of(h, args, PN_RES_INCOMING_RESPONSE, err);
    if (x == NULL)
        return -1;
    results[0] = pn_val_u16(x->status);
    return 0;
}

int pn_http_fn_response_headers(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_call *x = call_of(h, args, PN_RES_INCOMING_RESPONSE, err);
    return x == NULL ? -1 : pn_http_fields_answer(h, pn_buf_view(&x->reply_fields), true, &results[0], err);
}

int pn_http_fn_response_consume(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_call *x = call_of(h, args, PN_RES_INCOMING_RESPONSE, err);
    if (x == NULL)
        return -1;
    results[0] = pn_val_err_unit();
    if (x->consumed)
        return 0;
    x->consumed = true;
    val body;
    if (answer_handle(h, x, PN_RES_INCOMING_BODY, &body, err) < 0)
        return -1;
    results[0] = pn_val_ok(body);
    return 0;
}

// --- incoming-body ---

struct reply_stream {
    struct pn_input base;
    struct pn_http_call *call;
};

// Bytes that may be read now are in `lent`; what arrives meanwhile goes to `in`, so that a view stays good.
static bool have_bytes(struct pn_http_call *x) {
    if (x->lent_at < x->lent.len)
        return true;
    if (x->in.len == 0)
        return false;
    struct pn_buf empty = x->lent;
    pn_buf_reset(&empty);
    x->lent = x->in;
    x->lent_at = 0;
    x->in = empty;
    return true;
}

static enum pn_io reply_read(struct pn_host *h, struct pn_input *in, size_t most, struct pn_view *out,
                             struct pn_err *err) {
    struct pn_http_call *x = ((struct reply_stream *)in)->call;
    if (x->lent_at == x->lent.len)
        pn_http_work(h);
    if (pn_http_over(h, err) < 0)
        return PN_IO_TRAP;
    *out = (struct pn_view){0};
    if (have_bytes(x)) {
        *out = pn_view_part(pn_buf_view(&x->lent), x->lent_at, x->lent_at + most);
        x->lent_at += out->len;
        x->owed += (uint32_t)out->len;
        return PN_IO_OK;
    }
    if (x->ended)
        return PN_IO_CLOSED;
    return x->failed ? pn_io_fail(h, PN_FAULT_HTTP, (unsigned)x->code, "%s", x->text) : PN_IO_OK;
}

static bool reply_ready(struct pn_host *h, void *self, struct pn_wait *w) {
    struct pn_http_call *x = ((struct reply_stream *)self)->call;
    pn_http_work(h);
    if (x->lent_at < x->lent.len || x->in.len > 0 || x->ended || x->failed)
        return true;
    pn_http_wait(h, w);
    return false;
}

static void reply_close(struct pn_host *h, struct pn_input *in) {
    pn_http_call_unref(h, ((struct reply_stream *)in)->call);
    free(in);
}

static const struct pn_input_ops reply_ops = {reply_read, reply_ready, reply_close};

int pn_http_call_add_input(struct pn_host *h, struct pn_http_call *x, uint32_t parent, uint32_t *rep,
                           struct pn_err *err) {
    struct reply_stream *s = calloc(1, sizeof *s);
    if (s == NULL)
        return pn_host_stop(h, PN_END_TRAP, err, "out of memory for a response body");
    *s = (struct reply_stream){{&reply_ops}, x};
    x->reply_stream_taken = true;
    x->refs++;
    return pn_io_add_input(h, &s->base, parent, rep, err);
}

int pn_http_fn_body_stream(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t body = 0, rep = 0;
    struct pn_http_call *x = pn_arg_resource(h, &args[0], PN_RES_INCOMING_BODY, &body, err);
    if (x == NULL)
        return -1;
    results[0] = pn_val_err_unit();
    if (x->reply_stream_taken)
        return 0;
    if (pn_http_call_add_input(h, x, body, &rep, err) < 0)
        return -1;
    results[0] = pn_val_ok(pn_val_own(h, PN_RES_INPUT_STREAM, rep));
    return 0;
}

void pn_http_call_drain(struct pn_http_call *x) {
    x->drain = true;
    x->owed += (uint32_t)(x->in.len + (x->lent.len - x->lent_at));
    pn_buf_reset(&x->in);
    x->lent_at = x->lent.len;
}

int pn_http_fn_body_finish_reading(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t rep = 0;
    struct pn_http_call *x = pn_arg_resource(h, &args[0], PN_RES_INCOMING_BODY, &rep, err);
    if (x == NULL)
        return -1;
    if (pn_host_children(h, rep) > 0)
        return pn_host_stop(h, PN_END_TRAP, err, "the component finished a response body whose stream it still holds");
    pn_http_call_drain(x);
    if (answer_handle(h, x, PN_RES_FUTURE_TRAILERS, &results[0], err) < 0)
        return -1;
    pn_host_drop(h, rep);
    return 0;
}

// --- future-trailers ---

static bool trailers_ready(struct pn_host *h, void *self, struct pn_wait *w) {
    struct pn_http_call *x = self;
    pn_http_work(h);
    if (x->ended || x->failed)
        return true;
    pn_http_wait(h, w);
    return false;
}

int pn_http_fn_trailers_subscribe(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t rep = 0;
    struct pn_http_call *x = pn_arg_resource(h, &args[0], PN_RES_FUTURE_TRAILERS, &rep, err);
    return x == NULL ? -1 : pn_io_subscribe(h, trailers_ready, x, rep, results, err);
}

int pn_http_fn_trailers_get(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_call *x = call_of(h, args, PN_RES_FUTURE_TRAILERS, err);
    if (x == NULL)
        return -1;
    struct pn_wait w = PN_WAIT_INIT;
    results[0] = pn_val_none();
    if (!trailers_ready(h, x, &w))
        return pn_http_over(h, err);
    if (pn_http_over(h, err) < 0)
        return -1;
    if (x->trailers_taken)
        return answer_once(&x->trailers_taken, pn_val_none(), results);
    if (x->failed)
        return answer_once(&x->trailers_taken, pn_val_err(pn_http_error_val(x->code, x->text)), results);
    if (x->trailers.len == 0)
        return answer_once(&x->trailers_taken, pn_val_ok(pn_val_none()), results);
    val fields;
    if (pn_http_fields_answer(h, pn_buf_view(&x->trailers), true, &fields, err) < 0)
        return -1;
    return answer_once(&x->trailers_taken, pn_val_ok(pn_val_some(fields)), results);
}
