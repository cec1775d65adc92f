// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "profile.h"

#define FIRST_UNEXPECTED_FD 4

// How far this process has come.
static struct {
    bool own_mounts;
    bool files_done;
    bool files_granted;
} state;

static const struct {
    unsigned part;
    int flag;
} namespaces[] = {
    {PART_MOUNTNS, CLONE_NEWNS}, {PART_NETNS, CLONE_NEWNET},       {PART_IPCNS, CLONE_NEWIPC},
    {PART_UTSNS, CLONE_NEWUTS},  {PART_CGROUPNS, CLONE_NEWCGROUP},
};

static bool may_unshare(void) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    return syscall(SYS_capget, &head, data) == 0 && (data[0].effective & (1u << CAP_SYS_ADMIN)) != 0;
}

// For a role that was not started inside a user namespace of its own.
static int enter_user_namespace(const struct confine_profile *profile, struct pn_err *err) {
    unsigned uid = geteuid(), gid = getegid();
    if (unshare(CLONE_NEWUSER) == 0 && pn_confine_map_user(uid, gid))
        return 0;
    return pn_confine_missing(profile, PART_USERNS, err);
}

static int leave_namespace(const struct confine_profile *profile, unsigned part, int flag, struct pn_err *err) {
    if (((profile->requires | profile->uses) & part) == 0)
        return 0;
    if (unshare(flag) != 0 || (part == PART_MOUNTNS && pn_confine_root_private() != 0))
        return pn_confine_missing(profile, part, err);
    if (part == PART_MOUNTNS)
        state.own_mounts = true;
    return 0;
}

static int leave_namespaces(const struct confine_profile *profile, struct pn_err *err) {
    if (geteuid() != 0 && !may_unshare() && enter_user_namespace(profile, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
        if (leave_namespace(profile, namespaces[i].part, namespaces[i].flag, err) != 0)
            return -1;
    // Made by clone(2): the role is the first process in it.
    errno = EPERM;
    return getpid() == 1 ? 0 : pn_confine_missing(profile, PART_PIDNS, err);
}

static int become_nobody(const struct confine_profile *profile, uint32_t slot, struct pn_err *err) {
    if (geteuid() != 0 || (profile->requires & PART_UID) == 0)
        return 0;
    uid_t uid = pn_confine_uid(profile->role, slot, err);
    if (uid == 0)
        return -1;
    return pn_confine_become(uid) == 0 ? 0 : pn_confine_missing(profile, PART_UID, err);
}

static int close_doors(const struct confine_profile *profile, struct pn_err *err) {
    struct rlimit no_core = {0, 0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &no_core) != 0)
        return pn_fail_errno(err, "%s: no_new_privs", profile->name);
    // After the change of uid, which clears it.
    if (profile->role != PN_ROLE_SUPERVISOR && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return pn_fail_errno(err, "%s: death signal", profile->name);
    return 0;
}

int pn_confine_enter(enum pn_role role, uint32_t slot, struct pn_err *err) {
    const struct confine_profile *profile = pn_confine_profile(role);
    if (profile == NULL)
        return pn_fail(err, PN_E_BUG, "no confinement for role %s", pn_role_name(role));
    // gmtime reads the zone's file once, which must be now.
    tzset();
    if (role == PN_ROLE_SUPERVISOR)
        return close_doors(profile, err);
    if (close_range(FIRST_UNEXPECTED_FD, ~0U, 0) != 0)
        return pn_fail_errno(err, "%s: close_range", profile->name);
    if (leave_namespaces(profile, err) != 0)
        return -1;
    pn_confine_drop_future_caps();
    if (become_nobody(profile, slot, err) != 0)
        return -1;
    if (pn_confine_drop_caps(profile->empty_root && state.own_mounts) != 0)
        return pn_fail_errno(err, "%s: capabilities", profile->name);
    return close_doors(profile, err);
}

// --- files ---

static int check_grants(const struct confine_profile *profile, const struct pn_grant *grants, size_t count,
                        struct pn_err *err) {
    struct stat st;
    // /proc/PID/task has a link for each thread.
    if (stat("/proc/self/task", &st) == 0 && st.st_nlink > 3)
        return pn_fail(err, PN_E_BUG, "%s has threads already: Landlock would not hold for them", profile->name);
    if (count > 0 && !profile->any_grants)
        return pn_fail(err, PN_E_BUG, "%s has no files", profile->name);
    for (size_t i = 0; i < count; i++)
        if (profile->empty_root ? grants[i].fd < 0 : grants[i].fd < 0 && grants[i].path == NULL)
            return pn_fail(err, PN_E_BUG, "%s: grant %zu names no open file", profile->name, i);
    return 0;
}

int pn_confine_files(enum pn_role role, const struct pn_grant *grants, size_t count, struct pn_err *err) {
    const struct confine_profile *profile = pn_confine_profile(role);
    if (profile == NULL)
        return pn_fail(err, PN_E_BUG, "no confinement for role %s", pn_role_name(role));
    state.files_done = true;
    state.files_granted = count > 0;
    if (role == PN_ROLE_SUPERVISOR)
        return 0;
    if (check_grants(profile, grants, count, err) != 0)
        return -1;
    if (profile->empty_root && state.own_mounts && pn_confine_root_empty(grants, count) != 0 &&
        pn_confine_missing(profile, PART_MOUNTNS, err) != 0)
        return -1;
    if (pn_confine_drop_caps(false) != 0)
        return pn_fail_errno(err, "%s: capabilities", profile->name);
    return pn_confine_landlock(profile, grants, count, err);
}

// --- lock ---

static int set_limit(const struct confine_limit *limit) {
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)limit->resource, &now) != 0)
        return -1;
    rlim_t most = limit->most < now.rlim_max ? limit->most : now.rlim_max;
    // The last seconds of CPU time are for SIGXCPU, which says what happened; then comes SIGKILL.
    rlim_t hard = limit->resource == RLIMIT_CPU && most + 5 < now.rlim_max ? most + 5 : most;
    return setrlimit((__rlimit_resource_t)limit->resource, &(struct rlimit){most, hard});
}

int pn_confine_lock(enum pn_role role, struct pn_err *err) {
    const struct confine_profile *profile = pn_confine_profile(role);
    if (profile == NULL || (!state.files_done && role != PN_ROLE_SUPERVISOR))
        return pn_fail(err, PN_E_BUG, "%s: pn_confine_files comes first", pn_role_name(role));
    for (size_t i = 0; i < profile->limit_count; i++)
        if (set_limit(&profile->limits[i]) != 0)
            return pn_fail_errno(err, "%s: resource limit %d", profile->name, profile->limits[i].resource);
    (void)signal(SIGXFSZ, SIG_IGN); // a write beyond the limit fails with EFBIG instead
    return pn_confine_filter(profile, state.files_granted, err);
}
