// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "profile.h"

static const struct {
    unsigned part;
    const char *name, *what, *remedy;
} parts[] = {
    {PART_USERNS, "userns", "a user namespace",
     "allow them (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces, "
     "kernel.apparmor_restrict_unprivileged_userns=0) "
     "or start Postern as root"},
    {PART_PIDNS, "pidns", "a PID namespace", "allow user namespaces"},
    {PART_NETNS, "netns", "a network namespace", "allow user namespaces"},
    {PART_MOUNTNS, "mountns", "a mount namespace with an empty root", "allow user namespaces"},
    {PART_IPCNS, "ipcns", "an IPC namespace", "allow user namespaces"},
    {PART_UTSNS, "utsns", "a UTS namespace", "allow user namespaces"},
    {PART_CGROUPNS, "cgroupns", "a cgroup namespace", "allow user namespaces"},
    {PART_LANDLOCK, "landlock", "Landlock", "use a kernel of 5.13 or later with landlock in its lsm= list"},
    {PART_SECCOMP, "seccomp", "system call filters", "use a kernel with CONFIG_SECCOMP_FILTER"},
    {PART_UID, "uid", "a user id of its own", "choose a mapped range with POSTERN_UID_BASE"},
};
#define PARTS (sizeof parts / sizeof *parts)

static size_t part_index(unsigned part) {
    size_t i = 0;
    while (i < PARTS - 1 && parts[i].part != part)
        i++;
    return i;
}

const char *pn_confine_part_name(unsigned part) {
    return parts[part_index(part)].name;
}

bool pn_confine_part_excused(unsigned part) {
    struct pn_view list = pn_view_str(getenv("POSTERN_ALLOW_DEGRADED"));
    const char *name = pn_confine_part_name(part);
    for (size_t from = 0; from < list.len;) {
        size_t comma = pn_view_find(list, ',', from);
        size_t end = comma == SIZE_MAX ? list.len : comma;
        if (pn_view_is(pn_view_part(list, from, end), name))
            return true;
        from = end + 1;
    }
    return false;
}

int pn_confine_missing(const struct confine_profile *profile, unsigned part, struct pn_err *err) {
    size_t i = part_index(part);
    if ((profile->requires & part) == 0)
        return 0;
    if (pn_confine_part_excused(part)) {
        pn_log(PN_LOG_WARN, "%s runs without %s (%s), as POSTERN_ALLOW_DEGRADED says", profile->name, parts[i].what,
               strerror(errno));
        return 0;
    }
    return pn_fail_errno(err, "%s needs %s: %s, or accept the risk with POSTERN_ALLOW_DEGRADED=%s", profile->name,
                         parts[i].what, parts[i].remedy, parts[i].name);
}
