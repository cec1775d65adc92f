// SPDX-License-Identifier: Apache-2.0
// The parent's part of a role's namespaces. Only a PID namespace must exist before the role does; for an ordinary user
// it needs a user namespace around it. All others the role makes itself, where their cost does not delay the
// supervisor.
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profile.h"

static bool clone_works(unsigned long flags) {
    long pid = syscall(SYS_clone, (unsigned long)SIGCHLD | flags, NULL, NULL, NULL, NULL);
    if (pid == 0)
        _exit(0);
    if (pid < 0)
        return false;
    while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return true;
}

static unsigned long remembered = ~0UL;
static unsigned outer_uid, outer_gid; // a fresh user namespace does not tell them any more

static unsigned long best_flags(void) {
    outer_uid = geteuid();
    outer_gid = getegid();
    unsigned long tries[] = {CLONE_NEWPID, CLONE_NEWPID | CLONE_NEWUSER};
    for (size_t i = geteuid() == 0 ? 0 : 1; i < 2; i++)
        if (clone_works(tries[i]))
            return tries[i];
    return 0;
}

unsigned long pn_confine_spawn_flags(enum pn_role role) {
    const struct confine_profile *profile = pn_confine_profile(role);
    if (profile == NULL || (profile->requires & PART_PIDNS) == 0)
        return 0;
    if (remembered == ~0UL)
        remembered = best_flags();
    return remembered;
}

// What the role needs to make its namespaces, through the execve of an ordinary user's program.
static void keep_caps_over_exec(void) {
    static const unsigned kept[] = {CAP_SYS_ADMIN, CAP_SETPCAP};
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        data[0].permitted |= 1u << kept[i];
    data[0].effective = data[0].inheritable = data[0].permitted;
    if (syscall(SYS_capset, &head, data) != 0)
        return;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept[i], 0, 0);
}

void pn_confine_child(void) {
    if (remembered == ~0UL || (remembered & CLONE_NEWUSER) == 0 || getpid() != 1)
        return;
    // The files in /proc belong to root while the process is not dumpable; execve would reset this anyway.
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (pn_confine_map_user(outer_uid, outer_gid))
        keep_caps_over_exec();
}
