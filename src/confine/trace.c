// SPDX-License-Identifier: Apache-2.0
// The tracing mode: a forbidden call is named before the process ends. The names are looked up beforehand, since the
// call may have come from inside malloc.
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "profile.h"

#define NAMES 512
#define STATUS_DENIED 159 // 128 + SIGSYS, as a shell would report it

static char *names[NAMES];
static const char *traced_role, *line_start;

bool pn_confine_tracing(void) {
    const char *mode = getenv("POSTERN_SECCOMP");
    return mode != NULL && strcmp(mode, "trace") == 0;
}

static void put(const char *text) {
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void put_number(int number) {
    char digits[12];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    for (unsigned n = (unsigned)number; at == sizeof digits - 1 || n != 0; n /= 10)
        digits[--at] = (char)('0' + n % 10);
    put(digits + at);
}

static void report(int sig, siginfo_t *info, void *context) {
    int number = info->si_syscall;
    put(line_start);
    put("role ");
    put(traced_role);
    put(" lacks system call ");
    put(number >= 0 && number < NAMES && names[number] != NULL ? names[number] : "?");
    put(" (");
    put_number(number);
    put(")\n");
    _exit(STATUS_DENIED);
}

int pn_confine_trace(const char *role) {
    traced_role = role;
    line_start = getenv(PN_LOG_PIPE) != NULL ? "error " : "postern: ";
    for (int i = 0; i < NAMES; i++)
        names[i] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
    struct sigaction act = {.sa_sigaction = report, .sa_flags = SA_SIGINFO};
    return sigaction(SIGSYS, &act, NULL);
}
