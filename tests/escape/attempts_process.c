// SPDX-License-Identifier: Apache-2.0
// New code, other processes, other rights: what the arguments of an allowed call decide, and the well-known doors.
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

// --- executable pages ---
static int map_memory_file(int flags) {
    int fd = memfd_create("code", 0);
    if (fd < 0 || ftruncate(fd, 4096) != 0 || write(fd, "\xc3", 1) != 1)
        return -1;
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, flags, fd, 0) == MAP_FAILED ? -1 : 0;
}
static int map_all_rights(int flags) {
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return p == MAP_FAILED ? -1 : 0;
}
// Code that was there is made writable, and executable again.
static int rewrite_code(int n) {
    union {
        void (*code)(void *, size_t, size_t, int (*)(const void *, const void *, void *), void *);
        uintptr_t at;
    } own = {qsort_r};
    void *page = (void *)(own.at & ~(uintptr_t)4095); // NOLINT(performance-no-int-to-ptr)
    if (mprotect(page, 4096, PROT_READ | PROT_WRITE) != 0 || mprotect(page, 4096, PROT_READ | PROT_EXEC | n) != 0)
        return -1;
    own.code(&own, 0, 1, NULL, NULL); // the compiler is told that it worked
    return 0;
}
static int exec_memory_file(int flags) {
    char *argv[] = {NULL};
    int fd = memfd_create("script", (unsigned)flags);
    if (write(fd, "#!/bin/true\n", 12) != 12)
        return -1;
    return (int)syscall(SYS_execveat, fd, "", argv, argv, AT_EMPTY_PATH);
}
static int exec_path(int n) {
    static const char *const programs[] = {"/bin/true", "/usr/bin/env"};
    char *argv[] = {NULL};
    return execve(programs[n], argv, argv);
}

// --- processes ---
static int leave_child(long pid) {
    if (pid == 0)
        _exit(0);
    return (int)pid;
}
static int old_fork(int n) {
    return leave_child(syscall(SYS_fork, n));
}
static int clone_flags(int flags) {
    return leave_child(syscall(SYS_clone, (unsigned long)(unsigned)flags | SIGCHLD, NULL, NULL, NULL, NULL));
}
static int send_signal(int pid) {
    return kill(pid, 0);
}
static int kill_parent_by_thread(int n) {
    return (int)syscall(SYS_tgkill, getppid(), getppid(), n);
}
static int tkill_parent(int n) {
    return (int)syscall(SYS_tkill, getppid(), n);
}
static int queue_signal(int n) {
    siginfo_t info = {.si_code = SI_QUEUE};
    return (int)syscall(SYS_rt_sigqueueinfo, getppid(), n, &info);
}
static int seize_parent(int request) {
    return (int)syscall(SYS_ptrace, request, getppid(), 0, 0);
}
static int read_parent(int n) {
    char here = (char)n;
    struct iovec local = {&here, 1}, remote = {&here, 1};
    return (int)syscall(SYS_process_vm_readv, getppid(), &local, 1, &remote, 1, 0);
}
static int write_parent(int n) {
    char here = (char)n;
    struct iovec local = {&here, 1}, remote = {&here, 1};
    return (int)syscall(SYS_process_vm_writev, getppid(), &local, 1, &remote, 1, 0);
}
static int descriptor_of_parent(int n) {
    int pidfd = (int)syscall(SYS_pidfd_open, getppid(), 0);
    return (int)syscall(SYS_pidfd_getfd, pidfd, n, 0);
}
static int limits_of_parent(int n) {
    struct rlimit l;
    return (int)syscall(SYS_prlimit64, getppid(), n, NULL, &l);
}
static int raise_own_limit(int which) {
    struct rlimit l = {RLIM_INFINITY, RLIM_INFINITY};
    return (int)syscall(SYS_setrlimit, which, &l);
}
static int priority(int n) {
    return setpriority(PRIO_PROCESS, 0, n);
}
static int affinity(int unused) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    (void)unused;
    return sched_setaffinity(0, sizeof set, &set);
}

// --- rights and namespaces ---
static int new_namespace(int flags) {
    return unshare(flags);
}
static int process_control(int what) {
    return prctl(what, what == PR_SET_PTRACER ? -1L : 1L, 0, 0, 0);
}
static int privileges_back(int n) {
    return prctl(PR_SET_NO_NEW_PRIVS, n, 0, 0, 0);
}
static int live_after_parent(int n) {
    return prctl(PR_SET_PDEATHSIG, n, 0, 0, 0);
}
static int another_filter(int n) {
    struct {
        unsigned short code;
        unsigned char jt, jf;
        unsigned k;
    } allow = {6, 0, 0, SECCOMP_RET_ALLOW};
    struct {
        unsigned short len;
        void *filter;
    } program = {1, &allow};
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, n, &program);
}
static int become(int uid) {
    return setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid);
}
static int old_setuid(int uid) {
    return setuid((uid_t)uid);
}
static int new_root(int n) {
    return n == 0 ? chroot("/tmp") : (int)syscall(SYS_pivot_root, ".", ".");
}

// --- descriptors ---
static int pushed_input(unsigned long request) {
    return ioctl(0, request, "x");
}
static int terminal(int n) {
    return pushed_input(n == 0 ? TIOCSTI : TIOCSCTTY);
}
static int descriptor_flags(int command) {
    return fcntl(0, command, command == F_SETOWN ? getppid() : command == F_SETFL ? O_ASYNC : 0);
}

#define ROW(fn, n) \
    { #fn " " #n, fn, n, 0, false, false }
#define UNSURE(fn, n) \
    { #fn " " #n, fn, n, 0, false, true }

const struct attempt attempts_process[] = {
    ROW(map_memory_file, MAP_PRIVATE),
    ROW(map_memory_file, MAP_SHARED),
    ROW(map_all_rights, 0),
    ROW(map_all_rights, MAP_32BIT),
    ROW(map_all_rights, MAP_NORESERVE),
    ROW(rewrite_code, 0),
    ROW(rewrite_code, PROT_WRITE),
    ROW(exec_memory_file, 0),
    UNSURE(exec_memory_file, 8), // MFD_NOEXEC_SEAL
    ROW(exec_path, 0),
    ROW(exec_path, 1),
    ROW(old_fork, 0),
    ROW(clone_flags, 0),
    ROW(clone_flags, CLONE_NEWUSER),
    ROW(clone_flags, CLONE_NEWPID),
    ROW(clone_flags, CLONE_FS | CLONE_FILES),
    ROW(clone_flags, CLONE_PARENT),
    ROW(send_signal, 0),
    UNSURE(send_signal, -1),
    ROW(send_signal, 1),
    ROW(kill_parent_by_thread, 0),
    ROW(tkill_parent, 0),
    ROW(queue_signal, 0),
    ROW(seize_parent, PTRACE_SEIZE),
    ROW(read_parent, 0),
    ROW(write_parent, 0),
    ROW(descriptor_of_parent, 1),
    ROW(limits_of_parent, RLIMIT_NOFILE),
    UNSURE(raise_own_limit, RLIMIT_NPROC),
    ROW(raise_own_limit, RLIMIT_CORE),
    ROW(raise_own_limit, RLIMIT_FSIZE),
    ROW(priority, -20),
    ROW(affinity, 0),
    ROW(new_namespace, CLONE_NEWUSER),
    ROW(new_namespace, CLONE_NEWNET),
    ROW(new_namespace, CLONE_NEWNS),
    ROW(new_namespace, CLONE_FILES),
    ROW(process_control, PR_SET_DUMPABLE),
    ROW(process_control, PR_SET_KEEPCAPS),
    UNSURE(process_control, PR_SET_PTRACER),
    ROW(process_control, PR_SET_TSC),
    ROW(process_control, PR_SET_CHILD_SUBREAPER),
    UNSURE(privileges_back, 0),
    ROW(live_after_parent, 0),
    ROW(another_filter, 0),
    UNSURE(another_filter, SECCOMP_FILTER_FLAG_NEW_LISTENER),
    ROW(become, 0),
    ROW(become, 1000),
    ROW(old_setuid, 0),
    ROW(new_root, 0),
    UNSURE(new_root, 1),
    UNSURE(terminal, 0),
    UNSURE(terminal, 1),
    UNSURE(descriptor_flags, F_SETOWN),
    UNSURE(descriptor_flags, F_SETFL),
    UNSURE(descriptor_flags, F_SETLEASE),
    UNSURE(descriptor_flags, F_SETSIG),
};
const size_t attempts_process_len = sizeof attempts_process / sizeof *attempts_process;
