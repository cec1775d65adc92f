// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "profile.h"

// Roles get ids that nobody else hands out: above those of distributions (to 65533), of systemd's dynamic users
// (61184-65519) and containers (524288-1879048191), of the usual /etc/subuid ranges (from 100000 up), and below 2^31.
#define UID_BASE 1900000000u
#define UID_FIRST_WORKER 100u
#define UID_WORKERS 65536u

static bool write_text(const char *path, const char *text, size_t len) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = write(fd, text, len) == (ssize_t)len;
    (void)close(fd);
    return ok;
}

// "id id 1\n" by hand: printf is not safe between clone and execve.
static size_t identity_line(unsigned id, char out[32]) {
    char digits[12];
    size_t n = sizeof digits, len = 0;
    do {
        digits[--n] = (char)('0' + id % 10);
        id /= 10;
    } while (id != 0);
    for (int twice = 0; twice < 2; twice++) {
        for (size_t i = n; i < sizeof digits; i++)
            out[len++] = digits[i];
        out[len++] = ' ';
    }
    out[len++] = '1';
    out[len++] = '\n';
    return len;
}

bool pn_confine_map_user(unsigned uid, unsigned gid) {
    char line[32];
    if (!write_text("/proc/self/setgroups", "deny", 4))
        return false;
    if (!write_text("/proc/self/uid_map", line, identity_line(uid, line)))
        return false;
    return write_text("/proc/self/gid_map", line, identity_line(gid, line));
}

uid_t pn_confine_uid(enum pn_role role, uint32_t slot, struct pn_err *err) {
    uint64_t base = UID_BASE;
    const char *chosen = getenv("POSTERN_UID_BASE");
    if (chosen != NULL && (!pn_u64_get(pn_view_str(chosen), &base) || base < 1000 || base > INT32_MAX - UID_WORKERS)) {
        (void)pn_fail(err, PN_E_INPUT, "POSTERN_UID_BASE=%.32s: a number from 1000 to %u is expected", chosen,
                      (unsigned)INT32_MAX - UID_WORKERS);
        return 0;
    }
    if (role != PN_ROLE_WORKER)
        return (uid_t)(base + (unsigned)role);
    if (slot >= UID_WORKERS - UID_FIRST_WORKER) {
        (void)pn_fail(err, PN_E_BUG, "worker slot %u has no uid", slot);
        return 0;
    }
    return (uid_t)(base + UID_FIRST_WORKER + slot);
}

int pn_confine_become(uid_t uid) {
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
        return -1;
    if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0)
        return -1;
    return setresuid(uid, uid, uid);
}

// Where there is no CAP_SETPCAP the bounding set stays; no_new_privs makes it useless.
void pn_confine_drop_future_caps(void) {
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (unsigned long cap = 0; cap < 64; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
            break;
}

int pn_confine_drop_caps(bool keep) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct now[2] = {{0}}, next[2] = {{0}};
    if (syscall(SYS_capget, &head, now) != 0)
        return -1;
    if (keep) {
        next[0].permitted = now[0].permitted & (1u << CAP_SYS_ADMIN);
        next[0].effective = next[0].permitted;
    }
    return (int)syscall(SYS_capset, &head, next);
}
