// SPDX-License-Identifier: Apache-2.0
// The resource table, waiting, and streams with back-pressure, against streams made here.
#include "base/cleanup.h"
#include "base/text.h"
#include "check.h"
#include "wasi/lanes.h"
#include "wasi/streams.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct pn_policy policy;
static struct pn_world world;
static struct pn_err err;

static void start(struct pn_host *h, uint64_t ms) {
    pn_policy_init_empty(&policy);
    world = (struct pn_world){.policy = &policy};
    pn_host_init(h, &world);
    pn_host_start(h, &(struct pn_host_call){.deadline = pn_now() + ms * PN_MSEC, .cancel_fd = -1});
}

static unsigned destroyed;

static void count_destroyed(struct pn_host *h, void *object) {
    destroyed++;
}

static void misuse(void) {
    struct pn_host h;
    start(&h, 1000);
    int object;
    uint32_t rep = 0, again = 0;
    CHECK(pn_host_get(&h, PN_RES_POLLABLE, 0) == NULL);
    CHECK(pn_host_get(&h, PN_RES_POLLABLE, UINT32_MAX) == NULL);
    pn_host_drop(&h, 7);
    CHECK_INT(pn_host_add(&h, PN_RES_POLLABLE, &object, count_destroyed, 0, &rep, &err), 0);
    CHECK(pn_host_get(&h, PN_RES_ERROR, rep) == NULL); // another type
    CHECK(pn_host_get(&h, PN_RES_POLLABLE, rep) == &object);
    destroyed = 0;
    pn_host_drop(&h, rep);
    pn_host_drop(&h, rep);
    CHECK_INT(destroyed, 1);
    CHECK(pn_host_get(&h, PN_RES_POLLABLE, rep) == NULL);
    CHECK_INT(pn_host_add(&h, PN_RES_ERROR, &object, count_destroyed, 9999, &again, &err), 0); // no such parent
    CHECK_INT(again, rep);                                                                     // slots are used again
    // lanes called with what is not a stream
    struct pn_lane_bytes bytes = {0};
    uint32_t error = 0;
    CHECK_INT(pn_wasi_lanes.stream_read(&h, again, 10, false, &bytes), PN_LANE_TRAP);
    CHECK_INT(pn_wasi_lanes.stream_write(&h, 12345, (const uint8_t *)"x", 1, false, &error), PN_LANE_TRAP);
    CHECK_INT(h.end, PN_END_TRAP);
    pn_host_fini(&h);
    CHECK_INT(destroyed, 2);
}

static void parents(void) {
    struct pn_host h;
    start(&h, 1000);
    int a, b, c;
    uint32_t top = 0, child = 0, grandchild = 0;
    destroyed = 0;
    CHECK_INT(pn_host_add(&h, PN_RES_DESCRIPTOR, &a, count_destroyed, 0, &top, &err), 0);
    CHECK_INT(pn_host_add(&h, PN_RES_INPUT_STREAM, &b, count_destroyed, top, &child, &err), 0);
    CHECK_INT(pn_host_add(&h, PN_RES_POLLABLE, &c, count_destroyed, child, &grandchild, &err), 0);
    CHECK_INT(pn_host_children(&h, top), 1);
    pn_host_drop(&h, top);
    pn_host_drop(&h, child);
    CHECK_INT(destroyed, 0); // kept by the grandchild
    CHECK_INT(pn_host_children(&h, top), 1);
    pn_host_drop(&h, grandchild);
    CHECK_INT(destroyed, 3);
    pn_host_fini(&h);
}

static void table_is_bounded(void) {
    struct pn_host h;
    start(&h, 1000);
    int object;
    uint32_t rep = 0;
    unsigned added = 0;
    destroyed = 0;
    while (added < 5000 && pn_host_add(&h, PN_RES_ERROR, &object, count_destroyed, 0, &rep, &err) == 0)
        added++;
    CHECK_INT(added, PN_RESOURCES_MAX);
    CHECK_INT(destroyed, 1); // the one that found no place
    CHECK_ERR(err, "4096 resources");
    pn_host_fini(&h);
    CHECK_INT(destroyed, PN_RESOURCES_MAX + 1);
}

// --- a source and a sink that a test opens and closes step by step ---
struct source {
    struct pn_input base;
    struct pn_view left;
    size_t burst; // bytes per read
    int fd;       // an eventfd that says when there is more; -1: always
    bool failing;
};

static enum pn_io source_read(struct pn_host *h, struct pn_input *in, size_t most, struct pn_view *out,
                              struct pn_err *e) {
    struct source *s = (struct source *)in;
    if (s->failing)
        return pn_io_fail(h, PN_FAULT_OTHER, 0, "broken");
    if (s->fd >= 0 && poll(&(struct pollfd){.fd = s->fd, .events = POLLIN}, 1, 0) == 0)
        return PN_IO_OK;
    *out = pn_view_part(s->left, 0, s->burst < most ? s->burst : most);
    s->left = pn_view_part(s->left, out->len, s->left.len);
    return out->len == 0 ? PN_IO_CLOSED : PN_IO_OK;
}

static bool source_ready(struct pn_host *h, void *self, struct pn_wait *w) {
    struct source *s = self;
    if (s->fd < 0)
        return true;
    pn_wait_fd(w, s->fd, POLLIN);
    return poll(&(struct pollfd){.fd = s->fd, .events = POLLIN}, 1, 0) > 0;
}

static void source_close(struct pn_host *h, struct pn_input *in) {
    destroyed++;
}

static const struct pn_input_ops source_ops = {source_read, source_ready, source_close};

struct sink {
    struct pn_output base;
    struct pn_buf got;
    size_t room;    // of each opening
    uint64_t opens; // monotonic ns of the next opening; 0 = open
    unsigned waits;
    bool closed;
};

static enum pn_io sink_room(struct pn_host *h, struct pn_output *out, size_t *room, struct pn_err *e) {
    struct sink *s = (struct sink *)out;
    *room = pn_now() >= s->opens ? s->room : 0;
    return s->closed ? PN_IO_CLOSED : PN_IO_OK;
}

static enum pn_io sink_write(struct pn_host *h, struct pn_output *out, struct pn_view bytes, struct pn_err *e) {
    struct sink *s = (struct sink *)out;
    CHECK(bytes.len > 0 && bytes.len <= s->room);
    pn_buf_add_view(&s->got, bytes);
    s->opens = pn_now() + PN_MSEC;
    return PN_IO_OK;
}

static enum pn_io sink_flush(struct pn_host *h, struct pn_output *out, struct pn_err *e) {
    return PN_IO_OK;
}

static bool sink_ready(struct pn_host *h, void *self, struct pn_wait *w) {
    struct sink *s = self;
    s->waits++;
    pn_wait_until(w, s->opens);
    return pn_now() >= s->opens;
}

static void sink_close(struct pn_host *h, struct pn_output *out) {
    destroyed++;
}

static const struct pn_output_ops sink_ops = {sink_room, sink_write, sink_flush, sink_ready, sink_close};

static void reading(void) {
    struct pn_host h;
    start(&h, 1000);
    struct source s = {{&source_ops}, PN_VIEW("abcdef"), 4, -1, false};
    uint32_t rep = 0;
    struct pn_lane_bytes got = {0};
    CHECK_INT(pn_io_add_input(&h, &s.base, 0, &rep, &err), 0);
    CHECK_INT(pn_wasi_lanes.stream_read(&h, rep, 0, true, &got), PN_LANE_OK); // nothing asked, nothing waited for
    CHECK_INT(got.len, 0);
    CHECK_INT(pn_wasi_lanes.stream_read(&h, rep, UINT64_MAX, false, &got), PN_LANE_OK);
    CHECK(pn_view_is(pn_view(got.ptr, got.len), "abcd"));
    CHECK_INT(pn_wasi_lanes.stream_read(&h, rep, 1, true, &got), PN_LANE_OK);
    CHECK(pn_view_is(pn_view(got.ptr, got.len), "e"));
    s.failing = true;
    CHECK_INT(pn_wasi_lanes.stream_read(&h, rep, 1, true, &got), PN_LANE_FAILED);
    const struct pn_fault *fault = pn_io_error_get(&h, got.error);
    CHECK(fault != NULL && strcmp(fault->text, "broken") == 0);
    s.failing = false;
    CHECK_INT(pn_wasi_lanes.stream_read(&h, rep, 9, true, &got), PN_LANE_OK);
    CHECK_INT(pn_wasi_lanes.stream_read(&h, rep, 9, true, &got), PN_LANE_CLOSED);
    destroyed = 0;
    pn_host_fini(&h);
    CHECK_INT(destroyed, 1);
}

static void reading_waits(void) {
    struct pn_host h;
    start(&h, 30);
    pn_auto(pn_fd) int more = eventfd(0, EFD_CLOEXEC);
    struct source s = {{&source_ops}, PN_VIEW("abc"), 4, more, false};
    uint32_t rep = 0;
    struct pn_lane_bytes got = {0};
    CHECK_INT(pn_io_add_input(&h, &s.base, 0, &rep, &err), 0);
    CHECK_INT(pn_wasi_lanes.stream_read(&h, rep, 9, false, &got), PN_LANE_OK);
    CHECK_INT(got.len, 0);
    uint64_t before = pn_now();
    CHECK_INT(pn_wasi_lanes.stream_read(&h, rep, 9, true, &got), PN_LANE_TRAP); // nobody ever writes: the call ends
    CHECK(pn_now() - before < 2 * PN_SEC);
    CHECK_INT(h.end, PN_END_LIMIT);
    CHECK(strstr(h.end_text, "limit reached: wall_time") != NULL);
    CHECK_INT(eventfd_write(more, 1), 0);
    h.end = PN_END_NONE;
    h.call.deadline = pn_now() + PN_SEC;
    CHECK_INT(pn_wasi_lanes.stream_read(&h, rep, 9, true, &got), PN_LANE_OK);
    CHECK_INT(got.len, 3);
    pn_host_fini(&h);
}

static void back_pressure(void) {
    struct pn_host h;
    start(&h, 1000);
    struct sink s = {.base = {&sink_ops}, .room = 3};
    uint32_t rep = 0, error = 0;
    CHECK_INT(pn_io_add_output(&h, &s.base, 0, &rep, &err), 0);
    const uint8_t *text = (const uint8_t *)"0123456789";
    CHECK_INT(pn_wasi_lanes.stream_write(&h, rep, text, 10, true, &error), PN_LANE_OK);
    CHECK_STR(pn_buf_cstr(&s.got), "0123456789");
    CHECK(s.waits >= 3); // it had to wait for each opening
    s.opens = 0;
    CHECK_INT(pn_wasi_lanes.stream_write(&h, rep, text, 3, false, &error), PN_LANE_OK);
    CHECK_INT(pn_wasi_lanes.stream_write(&h, rep, text, 0, false, &error), PN_LANE_OK);
    s.opens = 0;
    CHECK_INT(pn_wasi_lanes.stream_write(&h, rep, text, 4, false, &error), PN_LANE_TRAP); // more than check-write said
    CHECK(strstr(h.end_text, "wrote 4 bytes to a stream that takes 3") != NULL);
    s.closed = true;
    CHECK_INT(pn_wasi_lanes.stream_write(&h, rep, text, 1, true, &error), PN_LANE_CLOSED);
    pn_buf_fini(&s.got);
    pn_host_fini(&h);
}

static void waiting(void) {
    struct pn_host h;
    start(&h, 60 * 1000);
    pn_auto(pn_fd) int cancel = eventfd(0, EFD_CLOEXEC);
    pn_auto(pn_fd) int event = eventfd(1, EFD_CLOEXEC);
    h.call.cancel_fd = cancel;
    struct pn_wait w = PN_WAIT_INIT;
    pn_wait_until(&w, pn_now() + 5 * PN_MSEC);
    pn_wait_until(&w, PN_NEVER);
    uint64_t before = pn_now();
    CHECK_INT(pn_host_wait(&h, &w, &err), 0);
    CHECK(pn_now() - before >= 5 * PN_MSEC);
    w = PN_WAIT_INIT;
    for (int i = 0; i < 2 * PN_WAIT_FDS; i++)
        pn_wait_fd(&w, event, POLLIN); // one descriptor, one place
    CHECK_INT(w.len, 1);
    CHECK_INT(pn_host_wait(&h, &w, &err), 0);
    for (int fd = 1000; fd < 1000 + 2 * PN_WAIT_FDS; fd++)
        pn_wait_fd(&w, fd, POLLIN);
    CHECK_INT(w.len, PN_WAIT_FDS);
    CHECK(w.until != PN_NEVER); // no place: looks again soon
    CHECK_INT(pn_host_check(&h, &err), 0);
    CHECK_INT(eventfd_write(cancel, 1), 0);
    w = PN_WAIT_INIT;
    CHECK_INT(pn_host_wait(&h, &w, &err), -1);
    CHECK_INT(h.end, PN_END_CANCELLED);
    CHECK_INT(pn_host_breach(&h, "open_files", &err), -1); // the first reason stays
    CHECK_INT(h.end, PN_END_CANCELLED);
    CHECK_STR(h.end_text, "the call was cancelled");
    pn_host_fini(&h);
}

static void breaches(void) {
    struct pn_host h;
    start(&h, 1000);
    CHECK_INT(pn_host_breach(&h, "memory", &err), -1);
    CHECK_STR(h.end_text, "limit reached: memory = 10485760 bytes; raise it with `limits.memory` in the policy");
    CHECK_INT(err.category, PN_E_LIMIT);
    h.end = PN_END_NONE;
    char text[600];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 == 0 ? '\xc3' : '\xab';
    CHECK_INT(pn_host_stop(&h, PN_END_TRAP, &err, "-%.*s", (int)sizeof text, text), -1);
    CHECK(pn_utf8_valid(pn_view_str(h.end_text)) && strlen(h.end_text) > 400); // cut between characters
    pn_host_finish(&h);
    pn_host_start(&h, &(struct pn_host_call){.deadline = PN_NEVER, .cancel_fd = -1});
    CHECK_INT(h.end, PN_END_NONE);
    pn_host_fini(&h);
}

PN_TESTS(TEST(misuse), TEST(parents), TEST(table_is_bounded), TEST(reading), TEST(reading_waits), TEST(back_pressure),
         TEST(waiting), TEST(breaches))
