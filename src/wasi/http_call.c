// SPDX-License-Identifier: Apache-2.0
// Requests on the channel to egress. Bodies move in both directions with credits: neither side ever holds more than a
// window. Egress is trusted less than this process trusts itself: what it sends is judged by the frame codec, and a
// channel that breaks, or carries more than was allowed, ends all requests on it.
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "wasi/http.h"

enum { FRAME_BYTES = 61440, FRAMES_AT_ONCE = 64 };

// Numbers are never used again in this process: a late frame of a call that ended finds nobody.
static _Atomic uint64_t next_number = 1;

static bool send_frame(struct pn_host *h, enum pn_msg_type type, uint64_t number, const void *body) {
    struct pn_err err = {0};
    if (h->http->dead || h->http->blocked)
        return false;
    if (pn_chan_send(h->call.egress, type, number, body, -1, &err) == 0)
        return true;
    if (err.category == PN_E_RETRY)
        h->http->blocked = true;
    else
        h->http->dead = true;
    return false;
}

static void mark_failed(struct pn_http_call *x, enum pn_http_error code, struct pn_view text) {
    if (x->failed || x->ended)
        return;
    x->failed = true;
    x->code = code;
    (void)snprintf(x->text, sizeof x->text, "%.*s", PN_FMT(pn_utf8_cut(text, sizeof x->text - 1)));
}

static void cancel(struct pn_host *h, struct pn_http_call *x) {
    struct pn_msg_http_cancel msg = {.reason = 0};
    if (!x->opened || x->ended || x->failed)
        return;
    if (!send_frame(h, PN_MSG_HTTP_CANCEL, x->number, &msg) && h->http->blocked) {
        // The queue is full of what egress will refuse or ignore; it must hear of this all the same.
        struct pn_err err;
        if (pn_chan_send_wait(h->call.egress, PN_MSG_HTTP_CANCEL, x->number, &msg, -1, pn_now() + PN_SEC, &err) < 0)
            h->http->dead = true;
    }
}

void pn_http_call_fail(struct pn_host *h, struct pn_http_call *x, enum pn_http_error code, const char *text) {
    if (h->http != NULL)
        cancel(h, x);
    mark_failed(x, code, pn_view_str(text));
}

struct pn_http_call *pn_http_call_new(struct pn_host *h, struct pn_err *err) {
    struct pn_http_call *x = calloc(1, sizeof *x);
    if (x == NULL) {
        (void)pn_host_stop(h, PN_END_TRAP, err, "out of memory for a request");
        return NULL;
    }
    x->refs = 1;
    x->declared = PN_HTTP_LENGTH_NONE;
    return x;
}

static void forget(struct pn_host *h, struct pn_http_call *x) {
    struct pn_http_call **at = h->http == NULL ? NULL : &h->http->calls;
    while (at != NULL && *at != NULL && *at != x)
        at = &(*at)->next;
    if (at == NULL || *at == NULL)
        return;
    cancel(h, x);
    *at = x->next;
}

void pn_http_call_unref(struct pn_host *h, struct pn_http_call *x) {
    if (--x->refs > 0)
        return;
    forget(h, x);
    free(x->method);
    free(x->scheme);
    free(x->authority);
    free(x->path);
    pn_buf_fini(&x->fields);
    pn_buf_fini(&x->out);
    pn_buf_fini(&x->reply_fields);
    pn_buf_fini(&x->trailers);
    pn_buf_fini(&x->in);
    pn_buf_fini(&x->lent);
    free(x);
}

// --- sending ---

static uint32_t ms_of(const struct pn_http_options *o, size_t which) {
    if (!o->has[which])
        return 0;
    uint64_t ms = o->ns[which] / PN_MSEC + (o->ns[which] % PN_MSEC != 0 ? 1 : 0);
    return ms == 0 ? 1 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static struct pn_view text_or(const char *text, const char *standard) {
    return pn_view_str(text != NULL ? text : standard);
}

// The length of the body as far as it is known now.
static uint64_t length_of(const struct pn_http_call *x) {
    if (!x->body_taken)
        return 0;
    return x->body_done ? x->written : x->declared;
}

static void send_open(struct pn_host *h, struct pn_http_call *x) {
    struct pn_msg_http_open msg = {
        .method = text_or(x->method, "GET"),
        .scheme = text_or(x->scheme, "https"),
        .authority = text_or(x->authority, ""),
        .path = text_or(x->path, "/"),
        .connect_ms = ms_of(&x->options, 0),
        .first_byte_ms = ms_of(&x->options, 1),
        .between_ms = ms_of(&x->options, 2),
        .length = length_of(x),
        .headers = pn_buf_view(&x->fields),
    };
    msg.has_body = msg.length != 0 ? 1 : 0;
    struct pn_msg_http_credit credit = {.bytes = PN_HTTP_WINDOW};
    if (!send_frame(h, PN_MSG_HTTP_OPEN, x->number, &msg))
        return;
    x->want_open = false;
    x->opened = true;
    x->end_sent = msg.has_body == 0;
    if (!send_frame(h, PN_MSG_HTTP_CREDIT, x->number, &credit))
        x->owed = PN_HTTP_WINDOW;
}

static void send_body(struct pn_host *h, struct pn_http_call *x) {
    while (x->out.len > x->out_at && x->credit > 0) {
        size_t n = x->out.len - x->out_at;
        n = n < FRAME_BYTES ? n : FRAME_BYTES;
        n = n < x->credit ? n : (size_t)x->credit;
        struct pn_msg_http_data msg = {.data = pn_view(x->out.ptr + x->out_at, n)};
        if (!send_frame(h, PN_MSG_HTTP_DATA, x->number, &msg))
            return;
        x->out_at += n;
        x->credit -= n;
    }
    if (x->out.len > x->out_at)
        return;
    pn_buf_reset(&x->out);
    x->out_at = 0;
    struct pn_msg_http_end end = {.trailers = PN_VIEW("")};
    if (x->body_done && !x->end_sent)
        x->end_sent = send_frame(h, PN_MSG_HTTP_END, x->number, &end);
}

static void send_owed(struct pn_host *h, struct pn_http_call *x) {
    struct pn_msg_http_credit msg = {.bytes = x->owed};
    if (x->owed >= PN_HTTP_WINDOW / 2 && send_frame(h, PN_MSG_HTTP_CREDIT, x->number, &msg))
        x->owed = 0;
}

static unsigned under_way(const struct pn_host *h) {
    unsigned n = 0;
    for (const struct pn_http_call *x = h->http->calls; x != NULL; x = x->next)
        n += x->opened && !x->ended && !x->failed ? 1 : 0;
    return n;
}

static void send_due(struct pn_host *h, struct pn_http_call *x) {
    if (x->failed || x->ended)
        return;
    if (x->want_open && under_way(h) < PN_HTTP_AT_ONCE)
        send_open(h, x);
    if (!x->opened)
        return;
    if (!x->end_sent)
        send_body(h, x);
    send_owed(h, x);
}

// --- receiving ---

static struct pn_http_call *find(struct pn_host *h, uint64_t number) {
    struct pn_http_call *x = h->http->calls;
    while (x != NULL && x->number != number)
        x = x->next;
    return x;
}

// More than it was allowed to send: then nothing it says can be relied on.
static bool within_window(const struct pn_http_call *x, size_t more) {
    return x->in.len + (x->lent.len - x->lent_at) + x->owed + more <= PN_HTTP_WINDOW;
}

static void take_data(struct pn_host *h, struct pn_http_call *x, struct pn_view data) {
    if (!within_window(x, data.len)) {
        h->http->dead = true;
        return;
    }
    if (!x->drain) {
        pn_buf_add_view(&x->in, data);
        return;
    }
    x->owed += (uint32_t)data.len;
}

static void take_head(struct pn_host *h, struct pn_http_call *x, const struct pn_msg_http_head *msg) {
    h->http->dead = h->http->dead || x->have_head;
    x->have_head = true;
    x->status = msg->status;
    pn_buf_add_view(&x->reply_fields, msg->headers);
}

static void take_fail(struct pn_host *h, struct pn_http_call *x, const struct pn_msg_http_fail *msg) {
    if (msg->fatal != 0)
        (void)pn_host_stop(h, PN_END_LIMIT, NULL, "%.*s", PN_FMT(msg->text));
    mark_failed(x, msg->code < PN_HTTP_ERROR_COUNT ? (enum pn_http_error)msg->code : PN_HTTP_INTERNAL_ERROR, msg->text);
}

// A call that is over here gets no more.
static void take_message(struct pn_host *h, const struct pn_msg *msg) {
    struct pn_http_call *x = find(h, msg->call_id);
    if (x == NULL || x->failed || x->ended)
        return;
    switch ((unsigned)msg->type) {
    case PN_MSG_HTTP_HEAD:
        take_head(h, x, &msg->http_head);
        break;
    case PN_MSG_HTTP_REPLY_DATA:
        take_data(h, x, msg->http_reply_data.data);
        break;
    case PN_MSG_HTTP_REPLY_END:
        x->ended = true;
        pn_buf_add_view(&x->trailers, msg->http_reply_end.trailers);
        break;
    case PN_MSG_HTTP_REPLY_CREDIT:
        x->credit += msg->http_reply_credit.bytes;
        break;
    case PN_MSG_HTTP_FAIL:
        take_fail(h, x, &msg->http_fail);
        break;
    default:
        break;
    }
}

static void receive(struct pn_host *h) {
    struct pn_msg msg;
    struct pn_err err = {0};
    for (unsigned i = 0; i < FRAMES_AT_ONCE; i++) {
        int rc = pn_chan_recv(h->call.egress, &msg, &err);
        if (rc > 0) {
            take_message(h, &msg);
            continue;
        }
        h->http->dead = h->http->dead || rc == 0 || err.category != PN_E_RETRY;
        return;
    }
}

void pn_http_work(struct pn_host *h) {
    if (h->http == NULL || h->http->calls == NULL)
        return;
    h->http->blocked = false;
    if (!h->http->dead)
        receive(h);
    for (struct pn_http_call *x = h->http->calls; x != NULL; x = x->next) {
        send_due(h, x);
        if (h->http->dead)
            mark_failed(x, PN_HTTP_CONNECTION_TERMINATED, PN_VIEW("the way out of the sandbox is down"));
    }
}

void pn_http_wait(struct pn_host *h, struct pn_wait *w) {
    if (h->http == NULL || h->http->dead || h->call.egress == NULL)
        return;
    pn_wait_fd(w, h->call.egress->fd, (short)(POLLIN | (h->http->blocked ? POLLOUT : 0)));
}

int pn_http_over(const struct pn_host *h, struct pn_err *err) {
    return h->end == PN_END_NONE ? 0 : pn_fail(err, PN_E_LIMIT, "%s", h->end_text);
}

// --- starting ---

// After all resources are gone no call is left.
static void http_fini(struct pn_host *h) {
    free(h->http);
}

static bool join(struct pn_host *h, struct pn_http_call *x) {
    if (h->call.egress == NULL || h->call.egress->fd < 0) {
        mark_failed(x, PN_HTTP_REQUEST_DENIED, PN_VIEW("nothing is granted"));
        return false;
    }
    if (h->http == NULL) {
        h->http = calloc(1, sizeof *h->http);
        h->http_fini = http_fini;
    }
    if (h->http == NULL) {
        mark_failed(x, PN_HTTP_INTERNAL_ERROR, PN_VIEW("out of memory"));
        return false;
    }
    x->number = atomic_fetch_add(&next_number, 1);
    x->next = h->http->calls;
    h->http->calls = x;
    return true;
}

void pn_http_call_start(struct pn_host *h, struct pn_http_call *x) {
    x->handled = true;
    if (!join(h, x))
        return;
    // A body that is under way is waited for a little: most are small, and then their length is known.
    if (!x->body_taken || x->body_done || x->out.len > FRAME_BYTES)
        pn_http_call_open(h, x);
}

void pn_http_call_open(struct pn_host *h, struct pn_http_call *x) {
    if (!x->handled || x->opened || x->want_open || x->failed)
        return;
    x->want_open = true;
    pn_http_work(h);
}
