// SPDX-License-Identifier: Apache-2.0
// Purpose: move frames over a SOCK_SEQPACKET socket. Trust: the peer may be hostile; what it sends is judged by
// codec.c.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "ipc/ipc.h"

enum { FDS_MAX = 2 }; // a body and a descriptor

void pn_chan_init(struct pn_chan *ch, int fd, enum pn_role self, enum pn_role peer) {
    *ch = (struct pn_chan){.fd = fd, .self = self, .peer = peer, .got_fd = -1, .out = {.max = PN_IPC_FRAME_MAX}};
}

static void forget_last(struct pn_chan *ch) {
    pn_memfd_unmap(&ch->map);
    pn_fd_close(&ch->got_fd);
}

void pn_chan_fini(struct pn_chan *ch) {
    forget_last(ch);
    pn_fd_close(&ch->fd);
    free(ch->in);
    ch->in = NULL;
    pn_buf_fini(&ch->out);
}

int pn_chan_pair(int fds[2], struct pn_err *err) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
        return pn_fail_errno(err, "socketpair");
    for (int i = 0; i < 2; i++) {
        int size = 4 * (int)PN_IPC_FRAME_MAX;
        (void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
    return 0;
}

static int send_frame(struct pn_chan *ch, const int *fds, size_t nfds, struct pn_err *err) {
    struct iovec iov = {ch->out.ptr, ch->out.len};
    union {
        struct cmsghdr head;
        uint8_t room[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control = {0};
    struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
    if (nfds > 0) {
        mh.msg_control = &control;
        mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&mh);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
        pn_copy(CMSG_DATA(c), fds, nfds * sizeof(int));
    }
    for (;;) {
        ssize_t n = sendmsg(ch->fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            return 0;
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == ENOBUFS)
            return pn_fail(err, PN_E_RETRY, "%s does not take more at the moment", pn_role_name(ch->peer));
        if (errno == EPIPE || errno == ECONNRESET)
            return pn_fail(err, PN_E_PEER, "%s is gone", pn_role_name(ch->peer));
        return pn_fail_errno(err, "send to %s", pn_role_name(ch->peer));
    }
}

int pn_chan_send(struct pn_chan *ch, enum pn_msg_type type, uint64_t call, const void *body, int fd,
                 struct pn_err *err) {
    if (ch->fd < 0)
        return pn_fail(err, PN_E_PEER, "%s is gone", pn_role_name(ch->peer));
    pn_buf_reset(&ch->out);
    pn_auto(pn_fd) int body_fd = -1;
    if (pn_frame_encode(type, call, body, &ch->out, &body_fd, err) != 0)
        return -1;
    int fds[FDS_MAX];
    size_t nfds = 0;
    if (body_fd >= 0)
        fds[nfds++] = body_fd;
    if (fd >= 0)
        fds[nfds++] = fd;
    return send_frame(ch, fds, nfds, err);
}

static int wait_for(int fd, short events, uint64_t deadline, struct pn_err *err) {
    for (;;) {
        struct pollfd p = {.fd = fd, .events = events};
        int n = poll(&p, 1, pn_left_ms(deadline));
        if (n > 0)
            return 0;
        if (n == 0)
            return pn_fail(err, PN_E_RETRY, "no answer in time");
        if (errno != EINTR)
            return pn_fail_errno(err, "poll");
    }
}

int pn_chan_send_wait(struct pn_chan *ch, enum pn_msg_type type, uint64_t call, const void *body, int fd,
                      uint64_t deadline, struct pn_err *err) {
    for (;;) {
        struct pn_err tried = {0};
        if (pn_chan_send(ch, type, call, body, fd, &tried) == 0)
            return 0;
        if (tried.category != PN_E_RETRY) {
            *err = tried;
            return -1;
        }
        if (wait_for(ch->fd, POLLOUT, deadline, err) != 0)
            return -1;
    }
}

// Copies the descriptors out of the control data; closes those beyond what a message may carry.
static size_t take_fds(struct msghdr *mh, int fds[FDS_MAX], bool *excess) {
    size_t got = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c != NULL; c = CMSG_NXTHDR(mh, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            pn_copy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
            if (got < FDS_MAX) {
                fds[got++] = fd;
                continue;
            }
            *excess = true;
            (void)close(fd);
        }
    }
    return got;
}

static int take_frame(struct pn_chan *ch, size_t len, int fds[FDS_MAX], size_t nfds, struct pn_msg *msg,
                      struct pn_err *err) {
    int rc = pn_frame_decode(pn_view(ch->in, len), ch->self, ch->peer, fds, nfds, msg, &ch->map, err);
    // A mapped body no longer needs its descriptor; on failure none is needed.
    for (size_t i = 0; i < nfds; i++)
        if (rc != 0 || fds[i] != msg->fd)
            (void)close(fds[i]);
    if (rc != 0)
        return -1;
    return 1;
}

int pn_chan_recv(struct pn_chan *ch, struct pn_msg *msg, struct pn_err *err) {
    forget_last(ch);
    if (ch->fd < 0)
        return 0;
    if (ch->in == NULL && (ch->in = malloc(PN_IPC_FRAME_MAX)) == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    struct iovec iov = {ch->in, PN_IPC_FRAME_MAX};
    union {
        struct cmsghdr head;
        uint8_t room[CMSG_SPACE((FDS_MAX + 1) * sizeof(int))];
    } control;
    struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n;
    do
        n = recvmsg(ch->fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return pn_fail(err, PN_E_RETRY, "nothing from %s yet", pn_role_name(ch->peer));
    if (n == 0 || (n < 0 && errno == ECONNRESET))
        return 0;
    if (n < 0)
        return pn_fail_errno(err, "receive from %s", pn_role_name(ch->peer));
    int fds[FDS_MAX];
    bool excess = (mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    size_t nfds = take_fds(&mh, fds, &excess);
    if (excess) {
        for (size_t i = 0; i < nfds; i++)
            (void)close(fds[i]);
        return pn_fail(err, PN_E_PEER, "frame is too large or carries too many descriptors");
    }
    int rc = take_frame(ch, (size_t)n, fds, nfds, msg, err);
    if (rc == 1)
        ch->got_fd = msg->fd;
    return rc;
}

int pn_chan_take_fd(struct pn_chan *ch) {
    return pn_steal_fd(&ch->got_fd);
}

int pn_chan_recv_wait(struct pn_chan *ch, struct pn_msg *msg, uint64_t deadline, struct pn_err *err) {
    for (;;) {
        struct pn_err tried = {0};
        int rc = pn_chan_recv(ch, msg, &tried);
        if (rc >= 0)
            return rc;
        if (tried.category != PN_E_RETRY) {
            *err = tried;
            return -1;
        }
        if (wait_for(ch->fd, POLLIN, deadline, err) != 0)
            return -1;
    }
}
