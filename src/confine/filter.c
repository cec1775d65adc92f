// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "profile.h"

static void seccomp_cleanup(void *slot) {
    scmp_filter_ctx *ctx = slot;
    seccomp_release(*ctx);
}

// libseccomp returns negative errno values.
static int failed(int rc, const char *what, struct pn_err *err) {
    errno = rc < 0 ? -rc : EINVAL;
    return pn_fail_errno(err, "system call filter: %s", what);
}

static int add_rules(scmp_filter_ctx ctx, const struct confine_rules *rules, uint32_t action, struct pn_err *err) {
    for (size_t i = 0; rules != NULL && i < rules->count; i++) {
        const struct confine_rule *rule = &rules->list[i];
        int number = seccomp_syscall_resolve_name(rule->call);
        if (number == __NR_SCMP_ERROR)
            return pn_fail(err, PN_E_BUG, "system call filter: libseccomp does not know %s", rule->call);
        int rc = seccomp_rule_add_array(ctx, rule->answer != 0 ? rule->answer : action, number, rule->count, rule->cmp);
        if (rc != 0)
            return failed(rc, rule->call, err);
    }
    return 0;
}

static int add_all(scmp_filter_ctx ctx, const struct confine_profile *profile, bool files, struct pn_err *err) {
    // A forbidden call of the supervisor's fails; it may be a library that only asks.
    uint32_t action = profile->denies ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW;
    for (size_t i = 0; i < sizeof profile->rules / sizeof *profile->rules; i++)
        if (add_rules(ctx, profile->rules[i], action, err) != 0)
            return -1;
    if (files && add_rules(ctx, profile->file_rules, SCMP_ACT_ALLOW, err) != 0)
        return -1;
    if (profile->denies)
        return 0;
    // raise and abort: signals to this process only.
    int rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    return rc == 0 ? 0 : failed(rc, "tgkill", err);
}

static int set_attributes(scmp_filter_ctx ctx, struct pn_err *err) {
    static const struct {
        enum scmp_filter_attr attr;
        uint32_t value;
    } attributes[] = {
        {SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS}, // 32-bit and x32 calls
        {SCMP_FLTATR_CTL_TSYNC, 1},                       // all threads at once
        {SCMP_FLTATR_CTL_OPTIMIZE, 2},                    // a tree instead of a list
    };
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        int rc = seccomp_attr_set(ctx, attributes[i].attr, attributes[i].value);
        if (rc != 0)
            return failed(rc, "attributes", err);
    }
    return 0;
}

static int start_trace(const struct confine_profile *profile, struct pn_err *err) {
    pn_log(PN_LOG_WARN, "%s only traces system calls (POSTERN_SECCOMP=trace): for finding faults, not for service",
           profile->name);
    return pn_confine_trace(profile->name) == 0 ? 0 : pn_fail_errno(err, "handler of SIGSYS");
}

int pn_confine_filter(const struct confine_profile *profile, bool files, struct pn_err *err) {
    bool trace = !profile->denies && pn_confine_tracing();
    uint32_t otherwise = profile->denies ? SCMP_ACT_ALLOW : trace ? SCMP_ACT_TRAP : SCMP_ACT_KILL_PROCESS;
    __attribute__((cleanup(seccomp_cleanup))) scmp_filter_ctx ctx = seccomp_init(otherwise);
    if (ctx == NULL)
        return pn_fail(err, PN_E_SYSTEM, "system call filter: out of memory");
    if (set_attributes(ctx, err) != 0 || add_all(ctx, profile, files, err) != 0)
        return -1;
    if (trace && start_trace(profile, err) != 0)
        return -1;
    int rc = seccomp_load(ctx);
    if (rc == 0)
        return 0;
    errno = rc < 0 ? -rc : EINVAL;
    return pn_confine_missing(profile, PART_SECCOMP, err);
}
