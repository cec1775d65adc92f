// SPDX-License-Identifier: Apache-2.0
// Compiler: a whole optimising compiler on hostile input, once, for at most five minutes of CPU time and 2 GiB. It may
// start threads; its input and output are descriptors.
#include <sched.h>
#include <sys/mman.h>

#include "profile.h"

// AddressSanitizer's shadow does not fit into any limit.
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAS_SHADOW
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(HAS_SHADOW)
#define MEMORY RLIM_INFINITY
#else
#define MEMORY ((rlim_t)2 << 30)
#endif

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define PROCESS                                                                                                  \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
     CLONE_VFORK | CLONE_PTRACE | CLONE_PIDFD)

static const struct confine_rule threads[] = {
    ALLOW_IF(clone, ARG_MASKED(0, THREAD | PROCESS, THREAD)),
    // Its flags lie in memory where a filter cannot look: libc falls back to clone.
    ABSENT(clone3),
    // The thread pool asks how many processors its cgroup grants; without an answer it counts them.
    ABSENT(openat),
    // The engine loads what it compiled to tell us its types, and makes it executable on the way. It is told that this
    // worked; nothing runs that code here, so nothing needs it to be true.
    {.call = "mprotect", .answer = SCMP_ACT_ERRNO(0), .count = 1, .cmp = {ARG_MASKED(2, PROT_EXEC, PROT_EXEC)}},
};
static const struct confine_rules thread_rules = RULES(threads);

const struct confine_profile confine_compiler = {
    .name = "compiler",
    .role = PN_ROLE_COMPILER,
    .requires = PARTS_ISOLATED | PART_NETNS,
    .uses = PART_IPCNS | PART_UTSNS | PART_CGROUPNS,
    .empty_root = true,
    .rules = {&confine_common, &confine_channel, &thread_rules},
    .limit_count = 4,
    .limits = {{RLIMIT_NOFILE, 256}, {RLIMIT_DATA, MEMORY}, {RLIMIT_CPU, 300}, {RLIMIT_FSIZE, (rlim_t)2 << 30}},
};
