// SPDX-License-Identifier: Apache-2.0
#include "profile.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

const struct confine_profile *pn_confine_profile(enum pn_role role) {
    static const struct confine_profile *const all[] = {&confine_supervisor, &confine_gateway, &confine_worker,
                                                        &confine_egress, &confine_compiler};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]->role == role)
            return all[i];
    return NULL;
}

static const struct confine_rule common[] = {
    // Memory. No page becomes executable any more.
    ALLOW_IF(mmap, ARG_MASKED(2, PROT_EXEC, 0)),
    ALLOW_IF(mprotect, ARG_MASKED(2, PROT_EXEC, 0)),
    ALLOW(munmap),
    ALLOW(mremap),
    ALLOW(madvise),
    ALLOW(brk),
    // Threads that exist, and their signals.
    ALLOW(futex),
    ALLOW(set_robust_list),
    ALLOW(rseq),
    ALLOW(membarrier),
    ALLOW(sched_yield),
    ALLOW(sched_getaffinity),
    ALLOW(rt_sigaction),
    ALLOW(rt_sigprocmask),
    ALLOW(rt_sigreturn),
    ALLOW(sigaltstack),
    ALLOW(restart_syscall),
    ALLOW(exit),
    ALLOW(exit_group),
    // Time.
    ALLOW(clock_gettime),
    ALLOW(clock_getres),
    ALLOW(clock_nanosleep),
    ALLOW(nanosleep),
    ALLOW(gettimeofday),
    ALLOW(time),
    // What it is and what it uses.
    ALLOW(getpid),
    ALLOW(gettid),
    ALLOW(getppid),
    ALLOW(getuid),
    ALLOW(geteuid),
    ALLOW(getgid),
    ALLOW(getegid),
    ALLOW(getrusage),
    ALLOW(sysinfo),
    ALLOW(getrandom),
    ALLOW_IF(prlimit64, ARG_IS(0, 0), ARG_IS(2, 0)), // reads its own limits
    ALLOW_IF(prctl, ARG_IS(0, PR_SET_NAME)),
    // Descriptors that are there.
    ALLOW(read),
    ALLOW(write),
    ALLOW(readv),
    ALLOW(writev),
    ALLOW(close),
    ALLOW(fstat),
    ALLOW_IF(newfstatat, ARG_MASKED(3, AT_EMPTY_PATH, AT_EMPTY_PATH)), // glibc's fstat
    ALLOW_IF(fcntl, ARG_IS(1, F_GETFD)),
    ALLOW_IF(fcntl, ARG_IS(1, F_SETFD)),
    ALLOW_IF(fcntl, ARG_IS(1, F_GETFL)),
    ALLOW_IF(fcntl, ARG_IS(1, F_SETFL), ARG_MASKED(2, O_ASYNC, 0)),
    ALLOW_IF(fcntl, ARG_IS(1, F_DUPFD_CLOEXEC)),
};
const struct confine_rules confine_common = RULES(common);

static const struct confine_rule channel[] = {
    ALLOW(sendmsg),
    ALLOW(recvmsg),
    ALLOW(poll),
    ALLOW(ppoll),
    ALLOW(memfd_create),
    ALLOW(ftruncate),
    ALLOW(pwrite64),
    ALLOW(pread64),
    ALLOW(lseek),
    ALLOW_IF(fcntl, ARG_IS(1, F_ADD_SEALS)),
    ALLOW_IF(fcntl, ARG_IS(1, F_GET_SEALS)),
};
const struct confine_rules confine_channel = RULES(channel);

static const struct confine_rule loop[] = {
    ALLOW(epoll_create1),
    ALLOW(epoll_ctl),
    ALLOW(epoll_wait),
    ALLOW(epoll_pwait),
    ALLOW(epoll_pwait2),
    ALLOW(eventfd2),
    ALLOW(pipe2),
    ALLOW(dup3),
    ALLOW(shutdown),
    ALLOW(getsockname),
    ALLOW(getpeername),
    ALLOW(getsockopt),
    ALLOW_IF(ioctl, ARG_IS(1, FIONBIO)),
    ALLOW_IF(ioctl, ARG_IS(1, FIOCLEX)),
};
const struct confine_rules confine_loop = RULES(loop);
