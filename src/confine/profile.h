// SPDX-License-Identifier: Apache-2.0
// The form of a role's profile. Private to this folder.
#pragma once
#include <errno.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "confine/confine.h"

// One way in which a system call is allowed: all comparisons hold. A call may stand in several rules.
struct confine_rule {
    const char *call; // libseccomp's name
    uint32_t answer;  // 0: allowed; else what libseccomp does instead
    unsigned count;
    struct scmp_arg_cmp cmp[3];
};
#define ALLOW(name) \
    { .call = #name }
#define ALLOW_IF(name, ...)                                                                                          \
    {                                                                                                                \
        .call = #name, .count = sizeof((struct scmp_arg_cmp[]){__VA_ARGS__}) / sizeof(struct scmp_arg_cmp), .cmp = { \
            __VA_ARGS__                                                                                              \
        }                                                                                                            \
    }
// As an older kernel answers.
#define ABSENT(name) \
    { .call = #name, .answer = SCMP_ACT_ERRNO(ENOSYS) }
#define ARG_IS(n, value) \
    { .arg = (n), .op = SCMP_CMP_EQ, .datum_a = (value) }
#define ARG_MASKED(n, mask, value) \
    { .arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask), .datum_b = (value) }

struct confine_rules {
    const struct confine_rule *list;
    size_t count;
};
#define RULES(array) \
    { (array), sizeof(array) / sizeof *(array) }

struct confine_limit {
    int resource;
    rlim_t most;
};

// Bits of `requires` and `uses`; the names are those of POSTERN_ALLOW_DEGRADED.
enum confine_part {
    PART_USERNS = 1 << 0, // only for an ordinary user: root needs none
    PART_PIDNS = 1 << 1,
    PART_NETNS = 1 << 2,
    PART_MOUNTNS = 1 << 3,
    PART_IPCNS = 1 << 4,
    PART_UTSNS = 1 << 5,
    PART_CGROUPNS = 1 << 6,
    PART_LANDLOCK = 1 << 7,
    PART_SECCOMP = 1 << 8,
    PART_UID = 1 << 9, // only for root: a uid of its own
};
#define PARTS_ISOLATED (PART_USERNS | PART_PIDNS | PART_MOUNTNS | PART_LANDLOCK | PART_SECCOMP | PART_UID)

struct confine_profile {
    const char *name;
    enum pn_role role;
    unsigned requires; // without these the role does not start
    unsigned uses;     // these besides, where the machine gives them
    bool empty_root;   // ends with an empty root directory
    bool any_grants;   // pn_confine_files may be given grants
    bool tcp_connect;  // may connect; nobody may listen
    bool denies;       // `rules` is what is forbidden, all else is allowed
    const struct confine_rules *rules[4];
    const struct confine_rules *file_rules; // besides, when files were granted
    const struct pn_grant *files;           // always granted
    size_t file_count;
    size_t limit_count;
    struct confine_limit limits[6];
};

extern const struct confine_profile confine_gateway, confine_worker, confine_egress, confine_compiler,
    confine_supervisor;
// NULL for a role that has none.
const struct confine_profile *pn_confine_profile(enum pn_role role);

// Groups that several profiles share.
extern const struct confine_rules
    confine_common; // memory without new executable pages, time, threads that exist, own identity
extern const struct confine_rules confine_channel; // frames and sealed memory files between our processes
extern const struct confine_rules confine_loop;    // libuv

// --- parts.c ---
const char *pn_confine_part_name(unsigned part);
bool pn_confine_part_excused(unsigned part); // the operator named it
// The machine does not give `part`, for the reason in errno: an error with a remedy, or 0 after a warning.
int pn_confine_missing(const struct confine_profile *profile, unsigned part, struct pn_err *err);

// --- landlock.c ---
int pn_confine_landlock_abi(void); // 0 = none
int pn_confine_landlock(const struct confine_profile *profile, const struct pn_grant *grants, size_t count,
                        struct pn_err *err);

// --- root.c: the mount namespace; all -1 with errno ---
int pn_confine_root_private(void);
// Makes each granted directory a mount of its own, then pivots into an empty, read-only root.
int pn_confine_root_empty(const struct pn_grant *grants, size_t count);

// --- identity.c ---
bool pn_confine_map_user(unsigned uid, unsigned gid); // of a fresh user namespace; async-signal-safe
uid_t pn_confine_uid(enum pn_role role, uint32_t slot, struct pn_err *err); // 0 on failure
int pn_confine_become(uid_t uid); // also as group, without any other; keeps the permitted capabilities. -1 with errno
// Empties the bounding and the ambient set, as far as it may: what an execve could give back.
void pn_confine_drop_future_caps(void);
// Leaves only CAP_SYS_ADMIN (if `keep`), and nothing to inherit. -1 with errno.
int pn_confine_drop_caps(bool keep);

// --- filter.c, trace.c ---
int pn_confine_filter(const struct confine_profile *profile, bool files, struct pn_err *err);
bool pn_confine_tracing(void);
int pn_confine_trace(const char *role); // catches SIGSYS. -1 with errno
