// SPDX-License-Identifier: Apache-2.0
// Worker: runs one component's native code, so it is assumed to fall. It has its threads and its executable pages
// before the lock and gets no more of either; no program, no socket, no signal to others. Only a worker that was
// granted directories keeps the calls for files, and for it the granted directories are all there is.
#include <fcntl.h>

#include "profile.h"

static const struct confine_rule files[] = {
    ALLOW(openat2), // beneath a granted directory; no other open is needed
    ALLOW(newfstatat),      ALLOW(statx),      ALLOW(statfs),          ALLOW(fstatfs),   ALLOW(getdents64),
    ALLOW(mkdirat),         ALLOW(unlinkat),   ALLOW(renameat),        ALLOW(renameat2), ALLOW(linkat),
    ALLOW(symlinkat),       ALLOW(readlinkat), ALLOW(utimensat),       ALLOW(fsync),     ALLOW(fdatasync),
    ALLOW(sync_file_range), ALLOW(fallocate),  ALLOW(fadvise64),       ALLOW(preadv),    ALLOW(pwritev),
    ALLOW(preadv2),         ALLOW(pwritev2),   ALLOW(copy_file_range), ALLOW(dup),
};
static const struct confine_rules file_rules = RULES(files);

// The loop of the threads that wait for calls.
static const struct confine_rule waits[] = {
    // The allocator asks how many processors there are when threads compete; it takes no for an answer.
    ABSENT(openat),  ALLOW(epoll_wait), ALLOW(epoll_pwait), ALLOW(epoll_ctl),
    ALLOW(eventfd2), ALLOW(dup3),       ALLOW(shutdown),
};
static const struct confine_rules wait_rules = RULES(waits);

const struct confine_profile confine_worker = {
    .name = "worker",
    .role = PN_ROLE_WORKER,
    .requires = PARTS_ISOLATED | PART_NETNS,
    .uses = PART_IPCNS | PART_UTSNS | PART_CGROUPNS,
    .empty_root = true,
    .any_grants = true,
    .rules = {&confine_common, &confine_channel, &wait_rules},
    .file_rules = &file_rules,
    .limit_count = 3,
    .limits = {{RLIMIT_NOFILE, 4096}, {RLIMIT_NPROC, 0}, {RLIMIT_FSIZE, (rlim_t)4 << 30}},
};
