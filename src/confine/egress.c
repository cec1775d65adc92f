// SPDX-License-Identifier: Apache-2.0
// Egress: the only role with a network. It parses what hostile servers send (libcurl, c-ares, OpenSSL). It may connect
// but not listen, reads the resolver's files and the roots of trust, writes nothing and starts nothing.
#include <fcntl.h>
#include <sys/socket.h>

#include "profile.h"

static const struct pn_grant files[] = {
    {-1, "/etc/resolv.conf", PN_GRANT_READ},
    {-1, "/etc/hosts", PN_GRANT_READ},
    {-1, "/etc/nsswitch.conf", PN_GRANT_READ},
    {-1, "/etc/host.conf", PN_GRANT_READ},
    {-1, "/etc/gai.conf", PN_GRANT_READ},
    {-1, "/run/systemd/resolve", PN_GRANT_READ},
    {-1, "/run/resolvconf", PN_GRANT_READ},
    {-1, "/run/NetworkManager/resolv.conf", PN_GRANT_READ},
    {-1, "/etc/ssl", PN_GRANT_READ},
    {-1, "/usr/lib/ssl", PN_GRANT_READ},
    {-1, "/usr/share/ca-certificates", PN_GRANT_READ},
    {-1, "/usr/local/share/ca-certificates", PN_GRANT_READ},
    {-1, "/etc/pki", PN_GRANT_READ},
    {-1, "/etc/ca-certificates", PN_GRANT_READ},
    {-1, "/etc/localtime", PN_GRANT_READ},
    {-1, "/usr/share/zoneinfo", PN_GRANT_READ},
    {-1, "/dev/urandom", PN_GRANT_READ},
};

#define KIND (~(uint64_t)(SOCK_NONBLOCK | SOCK_CLOEXEC) & 0xffffffff)
#define SOCKET(family, kind) ALLOW_IF(socket, ARG_IS(0, family), ARG_MASKED(1, KIND, kind))

static const struct confine_rule network[] = {
    SOCKET(AF_INET, SOCK_STREAM),
    SOCKET(AF_INET, SOCK_DGRAM),
    SOCKET(AF_INET6, SOCK_STREAM),
    SOCKET(AF_INET6, SOCK_DGRAM),
    // libcurl wakes its own loop with one. Not of datagrams: those could be sent to any socket in the file system.
    ALLOW_IF(socketpair, ARG_IS(0, AF_UNIX), ARG_MASKED(1, KIND, SOCK_STREAM)),
    ALLOW(connect),
    ALLOW(bind), // c-ares binds its queries; Landlock denies it for TCP
    ALLOW(setsockopt),
    ALLOW(sendto),
    ALLOW(recvfrom),
    ALLOW(sendmmsg),
    ALLOW(recvmmsg),
    ALLOW(select),
    ALLOW(pselect6),
    ALLOW(uname),
    // Reading under the granted paths, never writing.
    ALLOW_IF(openat, ARG_MASKED(2, O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), O_RDONLY)),
    ALLOW_IF(open, ARG_MASKED(1, O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), O_RDONLY)),
    ALLOW(getdents64),
    ALLOW(newfstatat),
    ALLOW(stat),
    ALLOW(statx),
    ALLOW(access),
    ALLOW(faccessat2),
    ALLOW(readlink),
    ALLOW(readlinkat),
    ALLOW(fadvise64),
};
static const struct confine_rules network_rules = RULES(network);

const struct confine_profile confine_egress = {
    .name = "egress",
    .role = PN_ROLE_EGRESS,
    .requires = PARTS_ISOLATED,
    .uses = PART_IPCNS | PART_UTSNS | PART_CGROUPNS,
    .any_grants = true,
    .tcp_connect = true,
    .rules = {&confine_common, &confine_channel, &confine_loop, &network_rules},
    .files = files,
    .file_count = sizeof files / sizeof *files,
    .limit_count = 3,
    .limits = {{RLIMIT_NOFILE, 8192}, {RLIMIT_NPROC, 0}, {RLIMIT_FSIZE, (rlim_t)1 << 30}},
};
