// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "check.h"
#include "ipc/ipc.h"
#include "ipc/table.h"

static void pair(struct pn_chan *a, enum pn_role ra, struct pn_chan *b, enum pn_role rb) {
    int fds[2];
    struct pn_err err = {0};
    CHECK_INT(pn_chan_pair(fds, &err), 0);
    pn_chan_init(a, fds[0], ra, rb);
    pn_chan_init(b, fds[1], rb, ra);
}

// The table's idea of where a field lies must be the compiler's.
static void layout(void) {
#define PLACE(kind, field, max) CHECK_INT(pn_field_place(PN_KIND_##kind, &end), offsetof(struct_here, field));
#define PN_MESSAGE(NAME, name, number, from, to, fd) \
    {                                                \
        typedef struct pn_msg_##name struct_here;    \
        size_t end = 0;                              \
        PN_FIELDS_##NAME(PLACE)                      \
    }
#include "ipc/messages.def"
#undef PN_MESSAGE
}

static void misuse(void) {
    struct pn_chan gw, worker;
    pair(&gw, PN_ROLE_GATEWAY, &worker, PN_ROLE_WORKER);
    struct pn_err err = {0};
    struct pn_msg msg;
    CHECK_INT(pn_chan_recv(&worker, &msg, &err), -1);
    CHECK_INT(err.category, PN_E_RETRY);
    // A value above its maximum is our own mistake, not a frame.
    struct pn_msg_cancel cancel = {.reason = 9};
    CHECK_INT(pn_chan_send(&gw, PN_MSG_CANCEL, 1, &cancel, -1, &err), -1);
    CHECK_INT(err.category, PN_E_BUG);
    // The gateway may not talk as a worker does.
    struct pn_msg_result result = {.text = PN_VIEW("x")};
    CHECK_INT(pn_chan_send(&gw, PN_MSG_RESULT, 1, &result, -1, &err), 0);
    CHECK_INT(pn_chan_recv(&worker, &msg, &err), -1);
    CHECK_INT(err.category, PN_E_PEER);
    CHECK_ERR(err, "gateway may not send RESULT to worker");
    pn_chan_fini(&gw);
    CHECK_INT(pn_chan_recv(&worker, &msg, &err), 0);
    pn_chan_fini(&worker);
}

static void small_and_large_bodies(void) {
    struct pn_chan gw, worker;
    pair(&gw, PN_ROLE_GATEWAY, &worker, PN_ROLE_WORKER);
    struct pn_err err = {0};
    static uint8_t big[300000];
    memset(big, 'x', sizeof big);
    const size_t sizes[] = {0, 1, PN_IPC_INLINE, PN_IPC_INLINE + 1, sizeof big};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct pn_msg_call call = {.tool = 7, .deadline_ms = 9, .arguments = pn_view(big, sizes[i])};
        CHECK_INT(pn_chan_send(&gw, PN_MSG_CALL, 42 + i, &call, -1, &err), 0);
        struct pn_msg msg;
        CHECK_INT(pn_chan_recv_wait(&worker, &msg, pn_now() + PN_SEC, &err), 1);
        CHECK_INT(msg.type, PN_MSG_CALL);
        CHECK_INT(msg.call_id, 42 + i);
        CHECK_INT(msg.call.tool, 7);
        CHECK(pn_view_eq(msg.call.arguments, call.arguments));
    }
    pn_chan_fini(&gw);
    pn_chan_fini(&worker);
}

static void descriptors(void) {
    struct pn_chan sup, gw;
    pair(&sup, PN_ROLE_SUPERVISOR, &gw, PN_ROLE_GATEWAY);
    struct pn_err err = {0};
    int devnull = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct pn_msg_link link = {.kind = PN_LINK_CALLS, .slot = 3};
    struct pn_msg msg;
    CHECK_INT(pn_chan_send(&sup, PN_MSG_LINK, 0, &link, devnull, &err), 0);
    CHECK_INT(pn_chan_recv(&gw, &msg, &err), 1);
    int taken = pn_chan_take_fd(&gw);
    CHECK(taken >= 0 && fcntl(taken, F_GETFD) == FD_CLOEXEC);
    (void)close(taken);
    // Missing or unexpected descriptors are protocol errors.
    CHECK_INT(pn_chan_send(&sup, PN_MSG_LINK, 0, &link, -1, &err), 0);
    CHECK_INT(pn_chan_recv(&gw, &msg, &err), -1);
    CHECK_ERR(err, "wrong number of descriptors");
    struct pn_msg_shutdown bye = {0};
    CHECK_INT(pn_chan_send(&sup, PN_MSG_SHUTDOWN, 0, &bye, devnull, &err), 0);
    CHECK_INT(pn_chan_recv(&gw, &msg, &err), -1);
    (void)close(devnull);
    pn_chan_fini(&sup);
    pn_chan_fini(&gw);
}

// Any cut, any added byte and any changed header byte must be refused.
static void damaged_frames(void) {
    struct pn_msg_component c = {.slot = 1, .state = 2, .id = PN_VIEW("echo"), .tools = PN_VIEW("[]")};
    pn_auto(pn_buf) struct pn_buf frame = {0};
    struct pn_err err = {0};
    int body_fd;
    CHECK_INT(pn_frame_encode(PN_MSG_COMPONENT, 0, &c, &frame, &body_fd, &err), 0);
    struct pn_msg msg;
    struct pn_view map;
    for (size_t n = 0; n < frame.len; n++)
        CHECK_INT(
            pn_frame_decode(pn_view(frame.ptr, n), PN_ROLE_GATEWAY, PN_ROLE_SUPERVISOR, NULL, 0, &msg, &map, &err), -1);
    CHECK_INT(pn_frame_decode(pn_buf_view(&frame), PN_ROLE_GATEWAY, PN_ROLE_SUPERVISOR, NULL, 0, &msg, &map, &err), 0);
    CHECK(pn_view_is(msg.component.id, "echo"));
    pn_buf_add_byte(&frame, 0);
    CHECK_INT(pn_frame_decode(pn_buf_view(&frame), PN_ROLE_GATEWAY, PN_ROLE_SUPERVISOR, NULL, 0, &msg, &map, &err), -1);
    frame.len--;
    frame.ptr[20] = 0xff; // state 0xff is above its maximum
    CHECK_INT(pn_frame_decode(pn_buf_view(&frame), PN_ROLE_GATEWAY, PN_ROLE_SUPERVISOR, NULL, 0, &msg, &map, &err), -1);
    CHECK_ERR(err, "state");
}

// A body the sender can still change is refused: it could change between check and use.
static void unsealed_body(void) {
    pn_auto(pn_buf) struct pn_buf frame = {0};
    struct pn_err err = {0};
    static uint8_t big[PN_IPC_INLINE + 1];
    struct pn_msg_call call = {.arguments = pn_view(big, sizeof big)};
    int body_fd;
    CHECK_INT(pn_frame_encode(PN_MSG_CALL, 0, &call, &frame, &body_fd, &err), 0);
    CHECK(body_fd >= 0);
    struct pn_msg msg;
    struct pn_view map;
    CHECK_INT(pn_frame_decode(pn_buf_view(&frame), PN_ROLE_WORKER, PN_ROLE_GATEWAY, &body_fd, 1, &msg, &map, &err), 0);
    pn_memfd_unmap(&map);
    (void)close(body_fd);
    int open_fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK_INT(ftruncate(open_fd, sizeof big), 0);
    CHECK_INT(pn_frame_decode(pn_buf_view(&frame), PN_ROLE_WORKER, PN_ROLE_GATEWAY, &open_fd, 1, &msg, &map, &err), -1);
    CHECK_INT(err.category, PN_E_PEER);
    (void)close(open_fd);
}

PN_TESTS(TEST(layout), TEST(misuse), TEST(small_and_large_bodies), TEST(descriptors), TEST(damaged_frames),
         TEST(unsealed_body))
