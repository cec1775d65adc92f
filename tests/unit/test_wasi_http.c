// SPDX-License-Identifier: Apache-2.0
// wasi:http between a component and egress. The test plays egress: a good one, and one that sends what it should not.
#include "base/cleanup.h"
#include "check.h"
#include "wasi/http.h"
#include "wasi/streams.h"

static struct pn_policy policy;
static struct pn_world world;
static struct pn_host host, *const h = &host;
static struct pn_chan ours, egress;
static struct pn_err err;
static struct pn_msg msg;

static void start_with(struct pn_chan *channel) {
    err = (struct pn_err){0};
    pn_policy_init_empty(&policy);
    world = (struct pn_world){.policy = &policy};
    pn_host_init(h, &world);
    pn_host_start(h, &(struct pn_host_call){.deadline = pn_now() + PN_SEC / 2, .cancel_fd = -1, .egress = channel});
}

static void start(void) {
    int fds[2];
    CHECK_INT(pn_chan_pair(fds, &err), 0);
    pn_chan_init(&ours, fds[0], PN_ROLE_WORKER, PN_ROLE_EGRESS);
    pn_chan_init(&egress, fds[1], PN_ROLE_EGRESS, PN_ROLE_WORKER);
    start_with(&ours);
}

static void stop(void) {
    pn_host_fini(h);
    pn_chan_fini(&ours);
    pn_chan_fini(&egress);
}

// The next frame at egress's end; 0 when there is none.
static int got(void) {
    return pn_chan_recv(&egress, &msg, &err) == 1 ? (int)msg.type : 0;
}

static void say(enum pn_msg_type type, uint64_t number, const void *body) {
    CHECK_INT(pn_chan_send(&egress, type, number, body, -1, &err), 0);
}

static void say_data(uint64_t number, size_t len) {
    static const uint8_t bytes[61440];
    say(PN_MSG_HTTP_REPLY_DATA, number, &(struct pn_msg_http_reply_data){.data = pn_view(bytes, len)});
}

static void say_head(uint64_t number) {
    say(PN_MSG_HTTP_HEAD, number, &(struct pn_msg_http_head){.status = 200, .headers = PN_VIEW("")});
}

static void say_end(uint64_t number) {
    say(PN_MSG_HTTP_REPLY_END, number, &(struct pn_msg_http_reply_end){.trailers = PN_VIEW("")});
}

static struct pn_http_call *request(bool with_body) {
    struct pn_http_call *x = pn_http_call_new(h, &err);
    x->authority = pn_view_dup(PN_VIEW("example.com"));
    x->body_taken = with_body;
    return x;
}

// As egress sees it: HTTP_OPEN, then the window. Returns the number.
static uint64_t expect_open(bool has_body, uint64_t length) {
    CHECK_INT(got(), PN_MSG_HTTP_OPEN);
    uint64_t number = msg.call_id;
    CHECK_INT(msg.http_open.has_body, has_body);
    CHECK_INT(msg.http_open.length, length);
    CHECK(pn_view_is(msg.http_open.authority, "example.com") && pn_view_is(msg.http_open.method, "GET"));
    CHECK(pn_view_is(msg.http_open.scheme, "https") && pn_view_is(msg.http_open.path, "/"));
    CHECK_INT(got(), PN_MSG_HTTP_CREDIT);
    CHECK_INT(msg.http_credit.bytes, PN_HTTP_WINDOW);
    return number;
}

static struct pn_output *output(struct pn_http_call *x, uint32_t *rep) {
    CHECK_INT(pn_http_call_add_output(h, x, 0, rep, &err), 0);
    return pn_host_get(h, PN_RES_OUTPUT_STREAM, *rep);
}

static struct pn_input *input(struct pn_http_call *x, uint32_t *rep) {
    CHECK_INT(pn_http_call_add_input(h, x, 0, rep, &err), 0);
    return pn_host_get(h, PN_RES_INPUT_STREAM, *rep);
}

static void misuse_no_way_out(void) {
    start_with(NULL);
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    CHECK(x->failed && x->code == PN_HTTP_REQUEST_DENIED);
    pn_http_work(h);
    pn_http_call_unref(h, x);
    pn_host_fini(h);
}

static void misuse_egress_lies(void) {
    start();
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    uint64_t number = expect_open(false, 0);
    // frames for others, and a second end
    say_head(number + 1);
    say_data(0, 10);
    say_end(number + 77);
    pn_http_work(h);
    CHECK(!x->have_head && x->in.len == 0 && !x->ended);
    say_head(number);
    say_end(number);
    say_data(number, 10);
    say_end(number);
    pn_http_work(h);
    CHECK(x->have_head && x->ended && x->in.len == 0 && !x->failed);
    pn_http_call_unref(h, x);
    CHECK_INT(got(), 0); // nothing to cancel
    stop();
}

static void misuse_broken_channel(void) {
    start();
    struct pn_http_call *x = request(false), *y = request(false);
    pn_http_call_start(h, x);
    pn_http_call_start(h, y);
    CHECK_INT(write(egress.fd, "garbage", 7), 7);
    pn_http_work(h);
    CHECK(x->failed && y->failed && x->code == PN_HTTP_CONNECTION_TERMINATED);
    pn_http_call_unref(h, x);
    pn_http_call_unref(h, y);
    stop();
}

static void misuse_egress_floods(void) {
    start();
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    uint64_t number = expect_open(false, 0);
    say_head(number);
    for (size_t sent = 0; sent <= PN_HTTP_WINDOW; sent += 61440) {
        CHECK(!x->failed);
        say_data(number, 61440);
        pn_http_work(h);
    }
    CHECK(x->failed && x->in.len <= PN_HTTP_WINDOW);
    pn_http_call_unref(h, x);
    stop();
}

static void misuse_second_head(void) {
    start();
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    uint64_t number = expect_open(false, 0);
    say_head(number);
    say_head(number);
    pn_http_work(h);
    CHECK(x->failed);
    pn_http_call_unref(h, x);
    stop();
}

static void limits_end_the_call(void) {
    start();
    uint32_t rep;
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    struct pn_input *in = input(x, &rep);
    uint64_t number = expect_open(false, 0);
    say(PN_MSG_HTTP_FAIL, number,
        &(struct pn_msg_http_fail){.code = 28, .fatal = 1, .text = PN_VIEW("limit reached: x")});
    struct pn_view bytes;
    CHECK_INT(pn_stream_read(h, in, 10, true, &bytes, &err), PN_IO_TRAP);
    CHECK_INT(h->end, PN_END_LIMIT);
    CHECK_STR(h->end_text, "limit reached: x");
    pn_http_call_unref(h, x);
    stop();
}

static void failures_reach_the_stream(void) {
    start();
    uint32_t rep;
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    struct pn_input *in = input(x, &rep);
    uint64_t number = expect_open(false, 0);
    say_head(number);
    say_data(number, 5);
    say(PN_MSG_HTTP_FAIL, number,
        &(struct pn_msg_http_fail){.code = PN_HTTP_RESPONSE_INCOMPLETE, .text = PN_VIEW("cut")});
    struct pn_view bytes;
    CHECK_INT(pn_stream_read(h, in, 10, true, &bytes, &err), PN_IO_OK);
    CHECK_INT(bytes.len, 5); // what came is delivered first
    CHECK_INT(pn_stream_read(h, in, 10, true, &bytes, &err), PN_IO_FAILED);
    CHECK_INT(h->fault.kind, PN_FAULT_HTTP);
    CHECK_INT(h->fault.code, PN_HTTP_RESPONSE_INCOMPLETE);
    pn_http_call_unref(h, x);
    stop();
}

static void waiting_has_an_end(void) {
    start();
    uint32_t rep;
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    struct pn_view bytes;
    CHECK_INT(pn_stream_read(h, input(x, &rep), 10, true, &bytes, &err), PN_IO_TRAP);
    CHECK_INT(h->end, PN_END_LIMIT);
    CHECK(strstr(h->end_text, "wall_time") != NULL);
    pn_http_call_unref(h, x);
    stop();
}

static void small_bodies_have_a_length(void) {
    start();
    uint32_t rep;
    struct pn_http_call *x = request(true);
    struct pn_output *out = output(x, &rep);
    pn_http_call_start(h, x);
    CHECK_INT(pn_stream_write_all(h, out, PN_VIEW("hello"), &err), PN_IO_OK);
    CHECK_INT(pn_stream_flush_all(h, out, &err), PN_IO_OK);
    CHECK_INT(got(), 0); // not yet
    pn_host_drop(h, rep);
    CHECK_INT(pn_http_call_finish_body(h, x, false), PN_HTTP_ERROR_COUNT);
    uint64_t number = expect_open(true, 5);
    CHECK_INT(got(), 0); // no credit yet
    say(PN_MSG_HTTP_REPLY_CREDIT, number, &(struct pn_msg_http_reply_credit){.bytes = 3});
    pn_http_work(h);
    CHECK_INT(got(), PN_MSG_HTTP_DATA);
    CHECK(pn_view_is(msg.http_data.data, "hel"));
    CHECK_INT(got(), 0);
    say(PN_MSG_HTTP_REPLY_CREDIT, number, &(struct pn_msg_http_reply_credit){.bytes = 100});
    pn_http_work(h);
    CHECK_INT(got(), PN_MSG_HTTP_DATA);
    CHECK(pn_view_is(msg.http_data.data, "lo"));
    CHECK_INT(got(), PN_MSG_HTTP_END);
    CHECK_INT(got(), 0);
    pn_http_call_unref(h, x);
    stop();
}

static void a_body_of_nothing_is_none(void) {
    start();
    struct pn_http_call *x = request(true);
    pn_http_call_start(h, x);
    CHECK_INT(pn_http_call_finish_body(h, x, false), PN_HTTP_ERROR_COUNT);
    (void)expect_open(false, 0);
    CHECK_INT(got(), 0);
    pn_http_call_unref(h, x);
    stop();
}

static void long_bodies_stream(void) {
    start();
    uint32_t rep;
    static uint8_t bytes[4096];
    struct pn_http_call *x = request(true);
    struct pn_output *out = output(x, &rep);
    pn_http_call_start(h, x);
    size_t room = 1, written = 0;
    while (out->ops->room(h, out, &room, &err) == PN_IO_OK && room > 0) {
        size_t n = room < sizeof bytes ? room : sizeof bytes;
        CHECK_INT(pn_stream_write(h, out, pn_view(bytes, n), &err), PN_IO_OK);
        written += n;
    }
    CHECK_INT(written, PN_HTTP_BODY_ROOM); // no more is kept here without credit
    struct pn_wait w = PN_WAIT_INIT;
    CHECK(!out->ops->ready(h, out, &w) && w.len == 1);
    uint64_t number = expect_open(true, PN_LENGTH_UNKNOWN);
    say(PN_MSG_HTTP_REPLY_CREDIT, number, &(struct pn_msg_http_reply_credit){.bytes = 70000});
    CHECK(out->ops->ready(h, out, &w));
    CHECK_INT(got(), PN_MSG_HTTP_DATA);
    CHECK_INT(msg.http_data.data.len, 61440);
    CHECK_INT(got(), PN_MSG_HTTP_DATA);
    CHECK_INT(msg.http_data.data.len, 70000 - 61440);
    // dropped unfinished: egress is told, the guest gets an error
    pn_http_call_fail(h, x, PN_HTTP_INTERNAL_ERROR, "dropped");
    CHECK_INT(got(), PN_MSG_HTTP_CANCEL);
    CHECK_INT(out->ops->room(h, out, &room, &err), PN_IO_FAILED);
    pn_http_call_unref(h, x);
    stop();
}

static void bodies_keep_to_their_length(void) {
    start();
    uint32_t rep;
    struct pn_http_call *x = request(true), *y = request(true);
    x->declared = y->declared = 4;
    struct pn_output *out = output(x, &rep);
    CHECK_INT(pn_stream_write(h, out, PN_VIEW("1234"), &err), PN_IO_OK);
    CHECK_INT(pn_stream_write(h, out, PN_VIEW("5"), &err), PN_IO_FAILED);
    CHECK_INT(h->fault.code, PN_HTTP_REQUEST_BODY_SIZE);
    CHECK_INT(pn_http_call_finish_body(h, y, false), PN_HTTP_REQUEST_BODY_SIZE);
    CHECK(y->failed);
    pn_http_call_unref(h, x);
    pn_http_call_unref(h, y);
    stop();
}

static void reading_gives_credit_back(void) {
    start();
    uint32_t rep;
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    struct pn_input *in = input(x, &rep);
    uint64_t number = expect_open(false, 0);
    say_head(number);
    say_data(number, 61440);
    say_data(number, 61440);
    pn_http_work(h);
    CHECK_INT(got(), 0); // nothing was read
    struct pn_view bytes;
    size_t total = 0;
    while (pn_stream_read(h, in, 10000, false, &bytes, &err) == PN_IO_OK && bytes.len > 0)
        total += bytes.len;
    CHECK_INT(total, 122880);
    CHECK_INT(got(), 0); // less than half a window
    say_data(number, 61440);
    CHECK_INT(pn_stream_read(h, in, 61440, true, &bytes, &err), PN_IO_OK);
    pn_http_work(h);
    CHECK_INT(got(), PN_MSG_HTTP_CREDIT);
    CHECK_INT(msg.http_credit.bytes, 3 * 61440);
    say_end(number);
    CHECK_INT(pn_stream_read(h, in, 10, true, &bytes, &err), PN_IO_CLOSED);
    pn_http_call_unref(h, x);
    stop();
}

static void what_is_lent_stays(void) {
    start();
    uint32_t rep;
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    struct pn_input *in = input(x, &rep);
    uint64_t number = expect_open(false, 0);
    say(PN_MSG_HTTP_REPLY_DATA, number, &(struct pn_msg_http_reply_data){.data = PN_VIEW("first")});
    struct pn_view bytes;
    CHECK_INT(pn_stream_read(h, in, 10, true, &bytes, &err), PN_IO_OK);
    for (int i = 0; i < 3; i++) { // more arrives before the reader is done with it
        say_data(number, 61440);
        pn_http_work(h);
    }
    CHECK(pn_view_is(bytes, "first"));
    pn_http_call_unref(h, x);
    stop();
}

static void drained_bodies_flow_to_their_end(void) {
    start();
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    uint64_t number = expect_open(false, 0);
    say_head(number);
    say_data(number, 61440);
    pn_http_work(h);
    pn_http_call_drain(x);
    say_data(number, 61440);
    say_data(number, 61440);
    pn_http_work(h);
    CHECK_INT(x->in.len, 0);
    CHECK_INT(got(), PN_MSG_HTTP_CREDIT);
    CHECK_INT(msg.http_credit.bytes, 3 * 61440);
    pn_http_call_unref(h, x);
    stop();
}

static void leaving_cancels(void) {
    start();
    struct pn_http_call *x = request(false);
    pn_http_call_start(h, x);
    uint64_t number = expect_open(false, 0);
    pn_http_call_unref(h, x);
    CHECK_INT(got(), PN_MSG_HTTP_CANCEL);
    CHECK(msg.call_id == number);
    stop();
}

static void more_than_egress_takes_wait(void) {
    start();
    struct pn_http_call *all[PN_HTTP_AT_ONCE + 1];
    for (size_t i = 0; i <= PN_HTTP_AT_ONCE; i++) {
        all[i] = request(false);
        pn_http_call_start(h, all[i]);
    }
    uint64_t first = 0;
    for (size_t i = 0; i < PN_HTTP_AT_ONCE; i++) {
        uint64_t number = expect_open(false, 0);
        first = i == 0 ? number : first;
    }
    CHECK_INT(got(), 0);
    say_end(first);
    pn_http_work(h);
    pn_http_work(h);
    (void)expect_open(false, 0);
    for (size_t i = 0; i <= PN_HTTP_AT_ONCE; i++)
        pn_http_call_unref(h, all[i]);
    stop();
}

static void full_queue(void) {
    start();
    uint32_t rep;
    static uint8_t bytes[65536];
    struct pn_http_call *x = request(true);
    struct pn_output *out = output(x, &rep);
    pn_http_call_start(h, x);
    pn_http_call_open(h, x);
    uint64_t number = expect_open(true, PN_LENGTH_UNKNOWN);
    say(PN_MSG_HTTP_REPLY_CREDIT, number, &(struct pn_msg_http_reply_credit){.bytes = 16 << 20});
    size_t room = 1, written = 0, arrived = 0;
    while (out->ops->room(h, out, &room, &err) == PN_IO_OK && room > 0) {
        size_t n = room < sizeof bytes ? room : sizeof bytes;
        CHECK_INT(pn_stream_write(h, out, pn_view(bytes, n), &err), PN_IO_OK);
        written += n;
    }
    CHECK(h->http->blocked); // the queue is full, and what is kept here too
    while (arrived < written) {
        while (got() == PN_MSG_HTTP_DATA)
            arrived += msg.http_data.data.len;
        pn_http_work(h);
    }
    CHECK_INT(arrived, written);
    CHECK(!x->failed);
    pn_http_call_unref(h, x);
    stop();
}

PN_TESTS(TEST(misuse_no_way_out), TEST(misuse_egress_lies), TEST(misuse_broken_channel), TEST(misuse_egress_floods),
         TEST(misuse_second_head), TEST(limits_end_the_call), TEST(failures_reach_the_stream), TEST(waiting_has_an_end),
         TEST(small_bodies_have_a_length), TEST(a_body_of_nothing_is_none), TEST(long_bodies_stream),
         TEST(bodies_keep_to_their_length), TEST(reading_gives_credit_back), TEST(what_is_lent_stays),
         TEST(drained_bodies_flow_to_their_end), TEST(leaving_cancels), TEST(more_than_egress_takes_wait),
         TEST(full_queue))
