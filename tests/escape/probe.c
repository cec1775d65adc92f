// SPDX-License-Identifier: Apache-2.0
// A role that has been broken into: confines itself as the role's main() does, then tries to get out. Prints TAP.
//
// Three kinds of test. *attempts*: each is tried in each role, as root and as an ordinary user, with and without a
// granted directory, and must fail; *proof*: the same attempts where nothing is confined work, so it is the confinement
// that stops them; *calls*: every system call there is, to compare what is let through with the list below.
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "confine/confine.h"
#include "probe.h"

#define ORDINARY_UID 12345
#define CALLS_MAX 470

// What each role may still call with any arguments. Those that depend on arguments are not here (see attempts_*.c).
static const char *const common_calls[] = {
    "munmap",
    "mremap",
    "madvise",
    "brk",
    "futex",
    "set_robust_list",
    "rseq",
    "membarrier",
    "sched_yield",
    "sched_getaffinity",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
    "restart_syscall",
    "exit",
    "exit_group",
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "time",
    "getpid",
    "gettid",
    "getppid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getrusage",
    "sysinfo",
    "getrandom",
    "read",
    "write",
    "readv",
    "writev",
    "close",
    "fstat",
    "newfstatat",
    "sendmsg",
    "recvmsg",
    "poll",
    "ppoll",
    "memfd_create",
    "ftruncate",
    "pwrite64",
    "pread64",
    "lseek",
    NULL,
};
static const char *const loop_calls[] = {
    "epoll_create1", "epoll_ctl", "epoll_wait",  "epoll_pwait", "epoll_pwait2", "eventfd2", "pipe2",
    "dup3",          "shutdown",  "getsockname", "getpeername", "getsockopt",   NULL,
};
static const char *const worker_calls[] = {
    "epoll_wait", "epoll_pwait", "epoll_ctl", "eventfd2", "dup3", "shutdown", NULL,
};
static const char *const file_calls[] = {
    "openat2",   "statx",           "statfs",    "fstatfs",   "getdents64", "mkdirat",   "unlinkat",
    "renameat",  "renameat2",       "linkat",    "symlinkat", "readlinkat", "utimensat", "fsync",
    "fdatasync", "sync_file_range", "fallocate", "fadvise64", "preadv",     "pwritev",   "preadv2",
    "pwritev2",  "copy_file_range", "dup",       NULL,
};
static const char *const egress_calls[] = {
    "connect",    "bind",     "setsockopt", "sendto",     "recvfrom", "sendmmsg", "recvmmsg",
    "select",     "pselect6", "uname",      "getdents64", "stat",     "statx",    "access",
    "faccessat2", "readlink", "readlinkat", "fadvise64",  NULL,
};
// The engine's library is told that the new page is executable; it is not.
static const char *const compiler_calls[] = {"mprotect", NULL};

static const struct role_case {
    const char *name;
    enum pn_role role;
    unsigned rights;
    const char *const *calls[4];
} cases[] = {
    {"worker", PN_ROLE_WORKER, 0, {common_calls, worker_calls}},
    {"worker that reads a directory", PN_ROLE_WORKER, PN_GRANT_READ, {common_calls, worker_calls, file_calls}},
    {"worker that writes a directory",
     PN_ROLE_WORKER,
     PN_GRANT_READ | PN_GRANT_WRITE,
     {common_calls, worker_calls, file_calls}},
    {"gateway", PN_ROLE_GATEWAY, 0, {common_calls, loop_calls}},
    {"egress", PN_ROLE_EGRESS, 0, {common_calls, loop_calls, egress_calls}},
    {"compiler", PN_ROLE_COMPILER, 0, {common_calls, compiler_calls}},
};
#define CASES (sizeof cases / sizeof *cases)
_Static_assert(PN_ROLE_EGRESS == 4, "attempts_*.c name it by its bit");

static char folder[] = "/tmp/postern-escape-XXXXXX";

// --- inside ---

static void die(const char *what, const char *why) {
    (void)printf("not ok - %s: %s\n", what, why);
    (void)fflush(stdout);
    _exit(1);
}

// In a child: the last door shut, then the deed. 0: it worked, 1: an error, 2: not there.
static int locked_deed(enum pn_role role, const struct attempt *a, long call) {
    struct pn_err err = {0};
    (void)alarm(5); // what waits has been let through
    if (role != PN_ROLE_ANY && pn_confine_lock(role, &err) != 0)
        die("lock", err.text);
    errno = 0;
    long rc = a != NULL ? a->run(a->number) : syscall(call, -1L, -1L, -1L, -1L, -1L, -1L);
    return rc >= 0 ? 0 : errno == ENOSYS ? 2 : 1;
}

static int try_one(enum pn_role role, const struct attempt *a, long call) {
    int status = 0;
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(locked_deed(role, a, call));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static bool worked(int status) {
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
static bool denied(int status) {
    return (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) || (WIFEXITED(status) && WEXITSTATUS(status) != 0);
}

static int try_all(const struct role_case *c, const char *who, const struct attempt *list, size_t count) {
    int bad = 0;
    for (size_t i = 0; i < count; i++) {
        const struct attempt *a = &list[i];
        if (a->grants && c->rights == 0)
            continue;
        int status = try_one(c->role, a, 0);
        bool may = (a->roles & 1u << c->role) != 0;
        // A page that was to become executable and is not ends the process when it runs.
        bool ok = may ? worked(status) : denied(status) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
        bad += !ok;
        (void)printf("%s - %s%s, %s%s\n", ok ? "ok" : "not ok", c->name, who, a->name, may ? " (may)" : "");
    }
    return bad;
}

static bool listed(const struct role_case *c, const char *name) {
    for (size_t i = 0; i < 4 && c->calls[i] != NULL; i++)
        for (size_t k = 0; c->calls[i][k] != NULL; k++)
            if (strcmp(c->calls[i][k], name) == 0)
                return true;
    return false;
}

// Arguments of -1 make every call harmless that is let through.
static void try_calls(const struct role_case *c) {
    unsigned wrong = 0;
    for (long call = 0; call < CALLS_MAX; call++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)call);
        int status = try_one(c->role, NULL, call);
        bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
        bool absent = WIFEXITED(status) && WEXITSTATUS(status) == 2;
        bool may = name != NULL && listed(c, name);
        // Some answer -1 with ENOSYS; the kernel itself passes uretprobe and uprobe by every filter, for probes only.
        bool through = !killed && (!absent || may) && call != 335 && call != 336;
        if (through != may) {
            (void)printf("# %s: %s (%ld): %s\n", c->name, name == NULL ? "?" : name, call,
                         through ? "let through" : "stopped");
            wrong++;
        }
        free(name);
    }
    (void)printf("%s - %s may call what is listed and nothing else\n", wrong == 0 ? "ok" : "not ok", c->name);
}

static void open_grant(void) {
    char path[64];
    (void)snprintf(path, sizeof path, "%s/grant", folder);
    probe_grant = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (probe_grant < 0)
        die("grant", strerror(errno));
}

static int run_role(const struct role_case *c, bool ordinary) {
    struct pn_err err = {0};
    if (pn_confine_enter(c->role, 9, &err) != 0)
        die(c->name, err.text);
    if (c->rights != 0)
        open_grant();
    probe_may_write = (c->rights & PN_GRANT_WRITE) != 0;
    struct pn_grant grant = {probe_grant, NULL, c->rights};
    if (pn_confine_files(c->role, &grant, c->rights != 0 ? 1 : 0, &err) != 0)
        die(c->name, err.text);
    const char *who = ordinary ? " of an ordinary user" : "";
    (void)try_all(c, who, attempts_process, attempts_process_len);
    (void)try_all(c, who, attempts_network, attempts_network_len);
    (void)try_all(c, who, attempts_files, attempts_files_len);
    if (!ordinary)
        try_calls(c);
    return 0;
}

// --- outside ---

static void make_file(const char *name, const char *text, mode_t mode) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode) != 0)
        die(path, strerror(errno));
    (void)close(fd);
}

static void make_link(const char *name, const char *target) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)unlink(path);
    if (symlink(target, path) != 0)
        die(path, strerror(errno));
}

static void run_tool(const char *tool, const char *one, const char *two) {
    char name[16], first[128], second[128];
    (void)snprintf(name, sizeof name, "%s", tool);
    (void)snprintf(first, sizeof first, "%s", one);
    (void)snprintf(second, sizeof second, "%s", two);
    char *argv[] = {name, first, second, NULL};
    pid_t pid = fork();
    if (pid == 0) {
        (void)execvp(name, argv);
        _exit(127);
    }
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || status != 0)
        die(tool, "failed");
}

// The world around the role: a directory to be granted, a secret beside it, a socket that takes anybody's datagrams.
static void make_world(void) {
    static const char *const dirs[] = {"", "/grant", "/grant/sub"};
    char path[128];
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
        (void)snprintf(path, sizeof path, "%s%s", folder, dirs[i]);
        (void)mkdir(path, 0777);
        (void)chmod(path, 0777);
    }
    make_file("secret", "secret", 0666);
    make_file("grant/inside", "ok", 0666);
    (void)snprintf(path, sizeof path, "%s/grant/prog", folder);
    run_tool("cp", "/bin/true", path);
    (void)chmod(path, 04777);
    make_link("grant/sub/up", "../..");
    (void)snprintf(path, sizeof path, "%s/secret", folder);
    make_link("grant/absolute", path);
    make_link("grant/proc-link", "/proc/self");
    make_link("grant/chain1", "chain2");
    make_link("grant/chain2", "sub/chain3");
    make_link("grant/sub/chain3", "../../secret");
    (void)snprintf(path, sizeof path, "%s/grant/null", folder);
    if (mknod(path, S_IFCHR | 0666, makedev(1, 3)) == 0)
        (void)chmod(path, 0666);
    (void)rmdir("/tmp/postern-escape-probe");
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int len = snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", folder);
    (void)setenv("PROBE_SOCKET", at.sun_path, 1);
    for (int abstract = 0; abstract < 2; abstract++) {
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
        memset(at.sun_path, 0, sizeof at.sun_path);
        (void)snprintf(at.sun_path + abstract, sizeof at.sun_path - 1, "%s", getenv("PROBE_SOCKET"));
        socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (unsigned)len + 1);
        if (bind(fd, (struct sockaddr *)&at, size) != 0)
            die("socket", strerror(errno));
    }
    (void)chmod(getenv("PROBE_SOCKET"), 0666);
}

static void prove(void) {
    static const struct role_case nobody = {"unconfined", PN_ROLE_ANY, 0, {0}};
    const struct attempt *lists[] = {attempts_process, attempts_network, attempts_files};
    const size_t lens[] = {attempts_process_len, attempts_network_len, attempts_files_len};
    open_grant();
    for (size_t l = 0; l < 3; l++) {
        for (size_t i = 0; i < lens[l]; i++) {
            const struct attempt *a = &lists[l][i];
            if (a->unproven)
                continue;
            make_file("grant/inside", "ok", 0666);
            int status = try_one(nobody.role, a, 0);
            // exec replaced the process: whatever it ended with, the attempt went through.
            bool ok =
                worked(status) || (strstr(a->name, "exec") != NULL && WIFEXITED(status) && WEXITSTATUS(status) != 1);
            (void)printf("%s - unconfined, %s works\n", ok ? "ok" : "not ok", a->name);
        }
    }
    (void)fflush(stdout);
    make_file("grant/inside", "ok", 0666);
}

__attribute__((noreturn)) static void exec_role(size_t number, bool ordinary) {
    char which[8], way[2] = {ordinary ? '1' : '0', '\0'}, program[] = "probe", socket_env[160], degraded[200];
    (void)snprintf(which, sizeof which, "%zu", number);
    (void)snprintf(socket_env, sizeof socket_env, "PROBE_SOCKET=%s", getenv("PROBE_SOCKET"));
    const char *accepted = getenv("POSTERN_ALLOW_DEGRADED");
    (void)snprintf(degraded, sizeof degraded, "POSTERN_ALLOW_DEGRADED=%s", accepted == NULL ? "" : accepted);
    char *argv[] = {program, which, way, folder, NULL}, *envp[] = {socket_env, degraded, NULL};
    pn_confine_child();
    int null = open("/dev/null", O_RDWR);
    (void)dup2(null, 0);
    int channel[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel) == 0)
        (void)dup2(channel[0], 3);
    (void)execve("/proc/self/exe", argv, envp);
    _exit(127);
}

// A process between, so that a change of user ends with it.
static int start_role(size_t number, bool ordinary) {
    if (ordinary && (setgroups(0, NULL) != 0 || setresgid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID) != 0 ||
                     setresuid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID) != 0))
        return 1;
    unsigned long flags = pn_confine_spawn_flags(cases[number].role);
    long pid = syscall(SYS_clone, (unsigned long)SIGCHLD | flags, NULL, NULL, NULL, NULL);
    if (pid == 0)
        exec_role(number, ordinary);
    int status = 1;
    return pid < 0 || waitpid((pid_t)pid, &status, 0) != pid || status != 0 ? 1 : 0;
}

// Copies the role's lines out and counts them.
static unsigned relay(int from, unsigned *bad) {
    FILE *in = fdopen(from, "r");
    char line[512];
    unsigned count = 0;
    while (in != NULL && fgets(line, sizeof line, in) != NULL) {
        count += strncmp(line, "ok", 2) == 0 || strncmp(line, "not ok", 6) == 0;
        *bad += strncmp(line, "not ok", 6) == 0;
        (void)fputs(line, stdout);
    }
    if (in != NULL)
        (void)fclose(in);
    return count;
}

static unsigned run_case(size_t number, bool ordinary, bool proof, unsigned *bad) {
    int out[2], status = 0;
    if (pipe2(out, O_CLOEXEC) != 0)
        die("pipe", strerror(errno));
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(out[1], 1);
        if (!proof)
            _exit(start_role(number, ordinary));
        prove();
        _exit(0);
    }
    (void)close(out[1]);
    unsigned count = relay(out[0], bad);
    (void)waitpid(pid, &status, 0);
    if (status != 0) {
        (void)printf("not ok - %s ended early, status 0x%x\n", proof ? "proof" : cases[number].name, (unsigned)status);
        (*bad)++;
        count++;
    }
    return count;
}

int main(int argc, char **argv) {
    if (argc == 4) {
        (void)snprintf(folder, sizeof folder, "%s", argv[3]);
        return run_role(&cases[strtoul(argv[1], NULL, 10) % CASES], *argv[2] == '1');
    }
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)umask(0);
    make_world();
    unsigned count = 0, bad = 0;
    bool root = geteuid() == 0;
    if (root)
        count += run_case(0, false, true, &bad);
    for (size_t i = 0; i < CASES; i++) {
        make_file("grant/inside", "ok", 0666);
        count += run_case(i, false, false, &bad);
        make_file("grant/inside", "ok", 0666);
        if (root)
            count += run_case(i, true, false, &bad);
    }
    run_tool("rm", "-rf", folder);
    (void)printf("1..%u\n", count);
    return bad == 0 ? 0 : 1;
}
