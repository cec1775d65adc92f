// SPDX-License-Identifier: Apache-2.0
#include "launch/role.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "confine/confine.h"
#include "launch/wait.h"

// The role programs lie in ../libexec/postern beside an installed `postern`, and beside its folder in a build tree.
static const char *const places[] = {"../libexec/postern", "../roles/%s"};

static int role_path(enum pn_role role, char *out, size_t size, struct pn_err *err) {
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return pn_fail_errno(err, "/proc/self/exe");
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL)
        return pn_fail(err, PN_E_BUG, "no folder in %s", self);
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char folder[64];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(folder, sizeof folder, places[i], pn_role_name(role));
#pragma GCC diagnostic pop
        int len = snprintf(out, size, "%s/%s/postern-%s", self, folder, pn_role_name(role));
        if (len > 0 && (size_t)len < size && access(out, X_OK) == 0)
            return 0;
    }
    return pn_fail(err, PN_E_SYSTEM, "cannot find postern-%s beside %s: reinstall Postern", pn_role_name(role), self);
}

// In the child: only async-signal-safe calls until exec.
static _Noreturn void child_exec(const char *path, uint32_t slot, int channel, int log_fd, bool inherit_stdio) {
    pn_confine_child();
    char slot_text[16];
    (void)snprintf(slot_text, sizeof slot_text, "%u", slot);
    char *argv[] = {(char *)(uintptr_t)path, slot_text, NULL};
    char *envp[8];
    size_t n = 0;
    char pipe_mark[] = PN_LOG_PIPE "=1";
    envp[n++] = pipe_mark;
    // The operator's degradations and tracing reach the roles; nothing else of the environment does.
    static const char *const passed[] = {"POSTERN_SECCOMP=", "POSTERN_ALLOW_DEGRADED=", "POSTERN_UID_BASE="};
    for (char **e = environ; *e != NULL; e++)
        for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
            if (strncmp(*e, passed[i], strlen(passed[i])) == 0 && n < sizeof envp / sizeof *envp - 1)
                envp[n++] = *e;
    envp[n] = NULL;

    if (!inherit_stdio) {
        int null = open("/dev/null", O_RDWR);
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDOUT_FILENO);
    }
    (void)dup2(log_fd, STDERR_FILENO);
    (void)dup2(channel, PN_ROLE_CHANNEL);
    (void)close_range(PN_ROLE_CHANNEL + 1, ~0U, 0);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)execve(path, argv, envp);
    _exit(127);
}

int pn_launch(enum pn_role role, uint32_t slot, const char *label, bool inherit_stdio, struct pn_child *out,
              struct pn_err *err) {
    *out = (struct pn_child){.role = role, .log_fd = -1, .chan = {.fd = -1, .got_fd = -1}};
    (void)snprintf(out->name, sizeof out->name, "%s%s%.128s", pn_role_name(role), *label == '\0' ? "" : " ", label);
    char path[4200];
    if (role_path(role, path, sizeof path, err) != 0)
        return -1;
    int pair[2], log_pipe[2];
    if (pn_chan_pair(pair, err) != 0)
        return -1;
    if (pipe2(log_pipe, O_CLOEXEC) != 0) {
        (void)close(pair[0]);
        (void)close(pair[1]);
        return pn_fail_errno(err, "pipe");
    }
    (void)fcntl(log_pipe[0], F_SETFL, O_NONBLOCK);
    // Both ends must lie above 3, or the child's dup2 would overwrite one with the other.
    int channel = fcntl(pair[1], F_DUPFD_CLOEXEC, 10);
    int log_end = fcntl(log_pipe[1], F_DUPFD_CLOEXEC, 10);
    (void)close(pair[1]);
    (void)close(log_pipe[1]);
    pn_chan_init(&out->chan, pair[0], PN_ROLE_SUPERVISOR, role);
    out->log_fd = log_pipe[0];
    unsigned long flags = (unsigned long)SIGCHLD | pn_confine_spawn_flags(role);
    long pid = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
    if (pid == 0)
        child_exec(path, slot, channel, log_end, inherit_stdio);
    int saved = errno;
    (void)close(channel);
    (void)close(log_end);
    if (pid < 0) {
        pn_child_fini(out);
        errno = saved;
        return pn_fail_errno(err, "start of the %s process", pn_role_name(role));
    }
    out->pid = (pid_t)pid;
    return 0;
}

// Prints complete lines and keeps the rest; a line that never ends is cut into pieces.
static void print_lines(struct pn_child *c) {
    size_t start = 0;
    for (;;) {
        size_t end = pn_view_find(pn_buf_view(&c->log), '\n', start);
        if (end == SIZE_MAX)
            break;
        pn_log_relay(c->name, pn_view(c->log.ptr + start, end - start));
        start = end + 1;
    }
    pn_buf_drop_front(&c->log, start);
    if (c->log.len > 16384) {
        pn_log_relay(c->name, pn_buf_view(&c->log));
        pn_buf_reset(&c->log);
    }
}

// What was not a whole line yet.
static bool end_of_log(struct pn_child *c) {
    if (c->log.len > 0)
        pn_log_relay(c->name, pn_buf_view(&c->log));
    pn_buf_reset(&c->log);
    return false;
}

bool pn_child_relay_log(struct pn_child *c) {
    if (c->log_fd < 0)
        return false;
    for (int rounds = 0; rounds < 64; rounds++) { // a flood must not keep us here
        uint8_t *to = pn_buf_room(&c->log, 4096);
        if (to == NULL)
            return false;
        ssize_t n = read(c->log_fd, to, 4096);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (n <= 0)
            return end_of_log(c);
        c->log.len += (size_t)n;
        print_lines(c);
        if (n < 4096)
            return true;
    }
    return true; // there is more; others have their turn first
}

void pn_child_fini(struct pn_child *c) {
    pn_chan_fini(&c->chan);
    pn_fd_close(&c->log_fd);
    pn_buf_fini(&c->log);
    c->pid = 0;
}

void pn_child_end(struct pn_child *c) {
    if (c->pid > 0) {
        (void)kill(c->pid, SIGKILL);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
        (void)pn_child_relay_log(c);
    }
    pn_child_fini(c);
}

void pn_child_describe_status(int status, char text[128]) {
    if (WIFEXITED(status)) {
        (void)snprintf(text, 128, "exited with status %d", WEXITSTATUS(status));
        return;
    }
    int sig = WTERMSIG(status);
    (void)snprintf(text, 128, "was killed by signal %d (%s)", sig,
                   sig == SIGSYS ? "a system call that its profile does not allow; POSTERN_SECCOMP=trace names it"
                                 : strsignal(sig));
}

static int died(struct pn_child *c, struct pn_err *err) {
    int status = 0;
    char how[128] = "closed its channel";
    if (c->pid > 0 && waitpid(c->pid, &status, 0) == c->pid) {
        c->pid = 0;
        pn_child_describe_status(status, how);
    }
    while (pn_child_relay_log(c))
        break;
    return pn_fail(err, PN_E_PEER, "the %s process %s before it was ready", c->name, how);
}

int pn_child_wait_ready(struct pn_child *c, uint64_t deadline, struct pn_err *err) {
    struct pn_msg msg;
    int rc = pn_child_next(c, &msg, deadline, err);
    if (rc < 0)
        return pn_err_prefix(err, "start of the %s process", c->name);
    if (rc == 0)
        return died(c, err);
    if (msg.type == PN_MSG_READY)
        return 0;
    if (msg.type == PN_MSG_FAILED)
        return pn_fail(err, msg.failed.category == 0 ? PN_E_BUG : (enum pn_category)msg.failed.category, "%.*s",
                       PN_FMT(msg.failed.text));
    return pn_fail(err, PN_E_PEER, "the %s process spoke out of turn", c->name);
}
