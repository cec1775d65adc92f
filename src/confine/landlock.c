// SPDX-License-Identifier: Apache-2.0
// Landlock by its system calls; the constants of later ABIs are given here, because headers are older than kernels.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "profile.h"

#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define ASK_VERSION 1u
#define RULE_PATH_BENEATH 1

struct ruleset {
    uint64_t fs;
    uint64_t net;   // ABI 4
    uint64_t scope; // ABI 6
};
struct path_beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)
#define FS_REMOVE_DIR (UINT64_C(1) << 4)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_DIR (UINT64_C(1) << 7)
#define FS_MAKE_REG (UINT64_C(1) << 8)
#define FS_MAKE_SYM (UINT64_C(1) << 12)
#define FS_REFER (UINT64_C(1) << 13)
#define FS_TRUNCATE (UINT64_C(1) << 14)

#define FILE_RIGHTS (FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)
#define READ_RIGHTS (FS_READ_FILE | FS_READ_DIR)
#define WRITE_RIGHTS \
    (FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE)

#define NET_BIND_TCP (UINT64_C(1) << 0)
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_ALL UINT64_C(3) // abstract sockets, signals

// How many rights over files an ABI knows: bits 0 to n-1.
static uint64_t known_fs(int abi) {
    static const unsigned bits[] = {0, 13, 14, 15, 15, 16};
    return (UINT64_C(1) << bits[abi > 5 ? 5 : abi]) - 1;
}

int pn_confine_landlock_abi(void) {
    long abi = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

static int open_ruleset(const struct confine_profile *profile, int abi) {
    struct ruleset set = {.fs = known_fs(abi)};
    if (abi >= 4)
        set.net = profile->tcp_connect ? NET_BIND_TCP : NET_BIND_TCP | NET_CONNECT_TCP;
    if (abi >= 6)
        set.scope = SCOPE_ALL;
    size_t size = abi >= 6 ? sizeof set : abi >= 4 ? offsetof(struct ruleset, scope) : offsetof(struct ruleset, net);
    return (int)syscall(CREATE_RULESET, &set, size, 0);
}

static uint64_t rights_of(const struct pn_grant *grant, bool directory, int abi) {
    uint64_t rights = (grant->rights & PN_GRANT_READ) != 0 ? READ_RIGHTS : 0;
    if ((grant->rights & PN_GRANT_WRITE) != 0)
        rights |= WRITE_RIGHTS;
    return rights & known_fs(abi) & (directory ? UINT64_MAX : FILE_RIGHTS);
}

static int add_fd(int ruleset, int fd, const struct pn_grant *grant, int abi) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -1;
    struct path_beneath rule = {.allowed = rights_of(grant, S_ISDIR(st.st_mode), abi), .parent = fd};
    return rule.allowed == 0 ? 0 : (int)syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
}

static int add_grant(int ruleset, const struct pn_grant *grant, int abi) {
    if (grant->fd >= 0)
        return add_fd(ruleset, grant->fd, grant, abi);
    pn_auto(pn_fd) int fd = open(grant->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR ? 0 : -1;
    return add_fd(ruleset, fd, grant, abi);
}

static int add_grants(int ruleset, const struct pn_grant *grants, size_t count, int abi, struct pn_err *err) {
    for (size_t i = 0; i < count; i++)
        if (add_grant(ruleset, &grants[i], abi) != 0)
            return pn_fail_errno(err, "Landlock rule for %s",
                                 grants[i].path == NULL ? "a granted file" : grants[i].path);
    return 0;
}

int pn_confine_landlock(const struct confine_profile *profile, const struct pn_grant *grants, size_t count,
                        struct pn_err *err) {
    int abi = pn_confine_landlock_abi();
    if (abi == 0)
        return pn_confine_missing(profile, PART_LANDLOCK, err);
    pn_auto(pn_fd) int ruleset = open_ruleset(profile, abi);
    if (ruleset < 0)
        return pn_fail_errno(err, "Landlock ruleset of ABI %d", abi);
    if (add_grants(ruleset, profile->files, profile->file_count, abi, err) != 0 ||
        add_grants(ruleset, grants, count, abi, err) != 0)
        return -1;
    if (syscall(RESTRICT_SELF, ruleset, 0) != 0)
        return pn_fail_errno(err, "Landlock");
    return 0;
}
