// SPDX-License-Identifier: Apache-2.0
// Supervisor: starts programs and sets up their namespaces, so its list says what is forbidden; the list holds for
// everything it starts, too. What is named here is how a process leaves a sandbox or looks into another one.
#include "profile.h"

static const struct confine_rule forbidden[] = {
    ALLOW(ptrace),
    ALLOW(process_vm_readv),
    ALLOW(process_vm_writev),
    ALLOW(process_madvise),
    ALLOW(pidfd_getfd),
    ALLOW(kcmp),
    ALLOW(bpf),
    ALLOW(perf_event_open),
    ALLOW(userfaultfd),
    ALLOW(io_uring_setup),
    ALLOW(io_uring_enter),
    ALLOW(io_uring_register),
    ALLOW(keyctl),
    ALLOW(add_key),
    ALLOW(request_key),
    ALLOW(init_module),
    ALLOW(finit_module),
    ALLOW(delete_module),
    ALLOW(kexec_load),
    ALLOW(kexec_file_load),
    ALLOW(reboot),
    ALLOW(swapon),
    ALLOW(swapoff),
    ALLOW(setns),
    ALLOW(open_by_handle_at),
    ALLOW(fanotify_init),
    ALLOW(quotactl),
    ALLOW(acct),
    ALLOW(syslog),
    ALLOW(settimeofday),
    ALLOW(clock_settime),
    ALLOW(clock_adjtime),
    ALLOW(adjtimex),
    ALLOW(sethostname),
    ALLOW(setdomainname),
    ALLOW(iopl),
    ALLOW(ioperm),
    ALLOW(modify_ldt),
    ALLOW(personality),
};
static const struct confine_rules forbidden_rules = RULES(forbidden);

const struct confine_profile confine_supervisor = {
    .name = "supervisor",
    .role = PN_ROLE_SUPERVISOR,
    .requires = PART_SECCOMP,
    .denies = true,
    .rules = {&forbidden_rules},
};
