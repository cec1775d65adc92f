// SPDX-License-Identifier: Apache-2.0
// Both directions of an exchange between libcurl's buffers and the worker's channel, with credits as back-pressure.
#include "base/clock.h"
#include "base/text.h"
#include "roles/egress/exchange.h"

enum { FRAME_BYTES = 61440 };

static size_t buffered(const struct pn_exchange *x) {
    return x->reply.len - x->reply_at;
}

// Lets the worker send more once half of what it may send ahead is used up.
static bool grant(struct pn_exchange *x) {
    if (!x->has_body || x->body_ended || x->phase == PN_PHASE_DONE)
        return true;
    uint64_t ahead = (x->body_granted - x->body_taken) + (x->body.len - x->body_at);
    if (ahead > PN_BODY_AHEAD / 2)
        return true;
    struct pn_msg_http_reply_credit msg = {.bytes = (uint32_t)(PN_BODY_AHEAD - ahead)};
    if (!pn_link_send(x->link, PN_MSG_HTTP_REPLY_CREDIT, x->call, &msg))
        return false;
    x->body_granted += msg.bytes;
    return true;
}

static bool send_head(struct pn_exchange *x) {
    if (x->head_sent || !x->head.complete)
        return true;
    struct pn_msg_http_head msg = {.status = x->head.status, .headers = pn_buf_view(&x->head.headers)};
    x->head_sent = pn_link_send(x->link, PN_MSG_HTTP_HEAD, x->call, &msg);
    return x->head_sent;
}

static bool send_reply(struct pn_exchange *x) {
    while (x->head_sent && buffered(x) > 0 && x->credit > 0) {
        size_t n = buffered(x) < FRAME_BYTES ? buffered(x) : FRAME_BYTES;
        n = n < x->credit ? n : x->credit;
        struct pn_msg_http_reply_data msg = {.data = pn_view(x->reply.ptr + x->reply_at, n)};
        if (!pn_link_send(x->link, PN_MSG_HTTP_REPLY_DATA, x->call, &msg))
            return false;
        x->reply_at += n;
        x->credit -= n;
    }
    if (buffered(x) == 0) {
        pn_buf_reset(&x->reply);
        x->reply_at = 0;
    } else if (x->reply_at > PN_REPLY_AHEAD) {
        pn_buf_drop_front(&x->reply, x->reply_at);
        x->reply_at = 0;
    }
    return true;
}

static void send_end(struct pn_exchange *x) {
    if (x->phase != PN_PHASE_DONE || !x->head_sent || buffered(x) > 0)
        return;
    struct pn_msg_http_reply_end msg = {.trailers = pn_buf_view(&x->head.trailers)};
    x->over = pn_link_send(x->link, PN_MSG_HTTP_REPLY_END, x->call, &msg);
}

static void send_fail(struct pn_exchange *x) {
    pn_exchange_undial(x);
    struct pn_msg_http_fail msg = {
        .code = (uint8_t)x->code,
        .fatal = x->fatal ? 1 : 0,
        .text = pn_utf8_cut(pn_view_str(x->text), sizeof x->text - 1),
    };
    x->over = pn_link_send(x->link, PN_MSG_HTTP_FAIL, x->call, &msg);
}

// Wakes libcurl where it was told to wait and the reason is gone.
static void resume(struct pn_exchange *x) {
    bool body = x->body_waits && (x->body.len > x->body_at || x->body_ended);
    bool reply = x->reply_waits && buffered(x) < PN_REPLY_AHEAD / 2;
    if (!x->in_pool || (!body && !reply))
        return;
    // Wakes both directions; one that still has to wait says so again.
    x->body_waits = x->reply_waits = false;
    x->active = pn_now();
    (void)curl_easy_pause(x->easy, CURLPAUSE_CONT);
}

void pn_exchange_pump(struct pn_exchange *x) {
    if (x->over || x->link->dead || x->link->blocked)
        return;
    if (!x->failed) {
        resume(x);
        if (grant(x) && send_head(x) && send_reply(x))
            send_end(x);
        resume(x);
    }
    if (x->failed && !x->link->blocked)
        send_fail(x);
}
