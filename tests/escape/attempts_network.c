// SPDX-License-Identifier: Apache-2.0
// Other machines, other processes' sockets, and what could be handed over one that is already there.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.h"

static int any_socket(int family) {
    static const int kinds[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int fd = socket(family, kinds[i], 0);
        if (fd >= 0)
            return fd;
    }
    return -1;
}
static int raw_internet(int protocol) {
    return socket(protocol == 0 ? AF_INET6 : AF_INET, SOCK_RAW, protocol == 0 ? IPPROTO_ICMPV6 : protocol);
}
static int ping_socket(int family) {
    return socket(family, SOCK_DGRAM, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}
static int pair_of(int kind) {
    int fds[2];
    return socketpair(AF_UNIX, kind, 0, fds);
}
static int internet_pair(int kind) {
    int fds[2];
    return socketpair(AF_INET, kind, 0, fds);
}

// The test's own sockets: a datagram one by path and one by abstract name, both open to everybody.
static socklen_t test_socket(int abstract, struct sockaddr_un *out) {
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int len = snprintf(out->sun_path + abstract, sizeof out->sun_path - 1, "%s", getenv("PROBE_SOCKET"));
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (unsigned)len + 1);
}
// One end of a pair, directed elsewhere: no socket call with a path in it is needed.
static int redirected_pair(int kind) {
    struct sockaddr_un to;
    socklen_t len = test_socket(0, &to);
    int fds[2];
    if (socketpair(AF_UNIX, kind, 0, fds) != 0)
        return -1;
    if (kind == SOCK_DGRAM)
        return (int)sendto(fds[0], "x", 1, 0, (struct sockaddr *)&to, len);
    return connect(fds[0], (struct sockaddr *)&to, len);
}
static int redirected_to_abstract(int kind) {
    struct sockaddr_un to;
    socklen_t len = test_socket(1, &to);
    int fds[2];
    return socketpair(AF_UNIX, kind, 0, fds) != 0 ? -1 : (int)sendto(fds[0], "x", 1, 0, (struct sockaddr *)&to, len);
}
// Its own channel, directed elsewhere.
static int redirected_channel(int fd) {
    struct sockaddr_un to;
    socklen_t len = test_socket(0, &to);
    return connect(fd, (struct sockaddr *)&to, len);
}

static int serve(int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0)
        return -1;
    return fd;
}
// Without bind, listen takes a port of its own.
static int listen_unbound(int backlog) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? -1 : listen(fd, backlog);
}
static int accept_on_standard_input(int flags) {
    int rc = accept4(0, NULL, NULL, flags);
    return rc < 0 && errno == ENOTSOCK ? 0 : rc; // the call itself was let through
}
static int connect_out(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof to);
}
static int fast_open(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? -1 : (int)sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof to) >= 0 ? 0 : -1;
}

#define EGRESS (1u << 4) // PN_ROLE_EGRESS, checked in probe.c
#define ROW(fn, n, may) \
    { #fn " " #n, fn, n, may, false, false }
#define UNSURE(fn, n, may) \
    { #fn " " #n, fn, n, may, false, true }

const struct attempt attempts_network[] = {
    ROW(any_socket, AF_UNIX, 0),
    ROW(any_socket, AF_INET, EGRESS),
    UNSURE(any_socket, AF_INET6, EGRESS),
    ROW(any_socket, AF_NETLINK, 0),
    UNSURE(any_socket, AF_PACKET, 0),
    UNSURE(any_socket, AF_VSOCK, 0),
    UNSURE(any_socket, AF_ALG, 0),
    UNSURE(any_socket, AF_BLUETOOTH, 0),
    UNSURE(any_socket, AF_TIPC, 0),
    UNSURE(any_socket, AF_KEY, 0),
    UNSURE(any_socket, AF_XDP, 0),
    UNSURE(any_socket, AF_CAN, 0),
    UNSURE(any_socket, AF_RDS, 0),
    UNSURE(any_socket, AF_QIPCRTR, 0),
    UNSURE(raw_internet, IPPROTO_TCP, 0),
    UNSURE(raw_internet, IPPROTO_RAW, 0),
    UNSURE(raw_internet, 0, 0),
    ROW(pair_of, SOCK_STREAM, EGRESS),
    ROW(pair_of, SOCK_DGRAM, 0),
    ROW(pair_of, SOCK_SEQPACKET, 0),
    UNSURE(internet_pair, SOCK_STREAM, 0),
    ROW(redirected_pair, SOCK_DGRAM, 0),
    UNSURE(redirected_pair, SOCK_STREAM, 0),
    ROW(redirected_to_abstract, SOCK_DGRAM, 0),
    UNSURE(redirected_channel, 3, 0),
    ROW(serve, 0, 0),
    UNSURE(serve, 22, 0),
    ROW(listen_unbound, 1, 0),
    ROW(accept_on_standard_input, 0, 0),
    ROW(connect_out, 53, EGRESS),
    UNSURE(fast_open, 9, 0),
    UNSURE(ping_socket, AF_INET, 0),
};
const size_t attempts_network_len = sizeof attempts_network / sizeof *attempts_network;
