// SPDX-License-Identifier: Apache-2.0
// Plays every peer against every role: any bytes, as a frame, to each receiver, with and without descriptors. What is
// accepted must encode to the same bytes again.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "ipc/table.h"

static void round_trip(const struct pn_msg *msg, struct pn_view frame) {
    struct pn_buf again = {0};
    struct pn_err err = {0};
    int body_fd = -1;
    if (pn_frame_encode(msg->type, msg->call_id, &msg->ready, &again, &body_fd, &err) != 0)
        abort();
    // A body that came in a memfd goes out in one.
    if (!pn_view_eq(pn_buf_view(&again), frame))
        abort();
    if (body_fd >= 0)
        (void)close(body_fd);
    pn_buf_fini(&again);
}

static void deliver(struct pn_view frame, enum pn_role self, enum pn_role peer, const int *fds, size_t nfds) {
    struct pn_msg msg;
    struct pn_view map;
    struct pn_err err = {0};
    if (pn_frame_decode(frame, self, peer, fds, nfds, &msg, &map, &err) != 0) {
        if (err.category != PN_E_PEER && err.category != PN_E_SYSTEM)
            abort();
        return;
    }
    const struct pn_message *m = pn_message_find((uint16_t)msg.type);
    if (m == NULL || (m->from != PN_ROLE_ANY && m->from != peer) || (m->to != PN_ROLE_ANY && m->to != self))
        abort();
    round_trip(&msg, frame);
    pn_memfd_unmap(&map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int fds[2] = {-1, -1};
    if (fds[0] < 0) {
        static uint8_t body[PN_IPC_INLINE + 1];
        struct pn_err err = {0};
        fds[0] = pn_memfd_sealed(pn_view(body, sizeof body), &err);
        fds[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    if (size < 1)
        return 0;
    struct pn_view frame = pn_view(data + 1, size - 1);
    enum pn_role self = (enum pn_role)(data[0] % 6 + 1);
    enum pn_role peer = (enum pn_role)(data[0] / 6 % 6 + 1);
    deliver(frame, self, peer, NULL, 0);
    deliver(frame, self, peer, fds, 1);
    deliver(frame, self, peer, fds + 1, 1);
    deliver(frame, self, peer, fds, 2);
    return 0;
}
