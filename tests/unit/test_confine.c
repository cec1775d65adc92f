// SPDX-License-Identifier: Apache-2.0
// Each role's profile from the inside: the test starts itself again as a role process, which confines itself as the
// role does and then tries what it must not be able to do. As root everything is tried twice, the second time as an
// ordinary user.
#include "confine/confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "check.h"

#define STATUS_DONE 0     // the attempt succeeded
#define STATUS_REFUSED 42 // the attempt failed with an error
#define STATUS_SETUP 43   // the role could not be confined
#define ORDINARY_UID 54321

static const enum pn_role roles[] = {PN_ROLE_GATEWAY, PN_ROLE_WORKER, PN_ROLE_EGRESS, PN_ROLE_COMPILER};
#define ROLES (sizeof roles / sizeof *roles)

// --- inside the role process ---

static int granted = -1, listener_port;

static int try_open_passwd(void) {
    return open("/etc/passwd", O_RDONLY);
}
static int try_open_root(void) {
    return open("/", O_RDONLY | O_DIRECTORY);
}
static int try_openat2_passwd(void) {
    struct open_how how = {.flags = O_RDONLY};
    return (int)syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof how);
}
static int try_open_proc(void) {
    return open("/proc/self/mem", O_RDWR);
}
static int try_create_file(void) {
    return open("/tmp/postern-test-confine", O_WRONLY | O_CREAT, 0600);
}
static int try_stat(void) {
    struct stat st;
    return (int)syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &st, AT_EMPTY_PATH);
}
static int try_socket(void) {
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}
static int try_unix_socket(void) {
    return socket(AF_UNIX, SOCK_STREAM, 0);
}
static int try_raw_socket(void) {
    return socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
}
static int try_netlink(void) {
    return socket(AF_NETLINK, SOCK_RAW, 0);
}
static int try_connect(void) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)listener_port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof to);
}
static int try_listen(void) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ? -1 : listen(fd, 1);
}
static int try_exec(void) {
    char *argv[] = {NULL};
    return execve("/bin/true", argv, argv);
}
static int try_exec_memfd(void) {
    char *argv[] = {NULL};
    int fd = memfd_create("x", 0);
    return write(fd, "#!", 2) == 2 ? (int)syscall(SYS_execveat, fd, "", argv, argv, AT_EMPTY_PATH) : -1;
}
static int try_mmap_exec(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
// A compiler is told that it worked: what counts is that the page does not run.
static int try_mprotect_exec(void) {
    union {
        void *page;
        void (*run)(void);
    } code = {mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)};
    if (code.page == MAP_FAILED)
        return 0;
    *(uint8_t *)code.page = 0xc3; // ret
    if (mprotect(code.page, 4096, PROT_READ | PROT_EXEC) != 0)
        return -1;
    code.run();
    return 0;
}
static int try_pkey_mprotect_exec(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return (int)syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, -1);
}
static int try_personality(void) {
    return (int)syscall(SYS_personality, 0x0400000); // READ_IMPLIES_EXEC
}
static int try_shmat_exec(void) {
    return (int)syscall(SYS_shmget, 0, 4096, 01600);
}
static int try_ptrace(void) {
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
static int try_read_other_memory(void) {
    return (int)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}
static int try_fork(void) {
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0)
        _exit(0);
    return pid;
}
static int try_clone3(void) {
    uint64_t args[11] = {0};
    args[4] = SIGCHLD;
    long pid = syscall(SYS_clone3, args, sizeof args);
    if (pid == 0)
        _exit(0);
    return (int)pid;
}
static void *nothing(void *arg) {
    return arg;
}
static int try_thread(void) {
    pthread_t thread;
    return pthread_create(&thread, NULL, nothing, NULL) == 0 ? pthread_join(thread, NULL) : -1;
}
static int try_kill_all(void) {
    return kill(-1, SIGCONT);
}
static int try_kill_parent(void) {
    return kill(getppid() > 0 ? getppid() : 1, SIGCONT);
}
static int try_tgkill_other(void) {
    return (int)syscall(SYS_tgkill, getpid() + 1, getpid() + 1, SIGCONT);
}
static int try_unshare(void) {
    return unshare(CLONE_NEWUSER);
}
static int try_setns(void) {
    return setns(0, 0);
}
static int try_mount(void) {
    return mount("none", "/", "tmpfs", 0, NULL);
}
static int try_chroot(void) {
    return chroot("/");
}
static int try_setuid(void) {
    return setresuid(0, 0, 0);
}
static int try_capset(void) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{.permitted = 1u << CAP_SYS_ADMIN}};
    return (int)syscall(SYS_capset, &head, data);
}
static int try_dumpable(void) {
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
static int try_new_filter(void) {
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL);
}
static int try_bpf(void) {
    return (int)syscall(SYS_bpf, 0, NULL, 0);
}
static int try_io_uring(void) {
    return (int)syscall(SYS_io_uring_setup, 1, NULL);
}
static int try_keyctl(void) {
    return (int)syscall(SYS_keyctl, 0, -3, 1);
}
static int try_userfaultfd(void) {
    return (int)syscall(SYS_userfaultfd, 0);
}
static int try_perf(void) {
    return (int)syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}
static int try_ioctl_tiocsti(void) {
    return (int)syscall(SYS_ioctl, 0, 0x5412, "x");
}
static int try_raise_limit(void) {
    struct rlimit most = {1 << 20, 1 << 20};
    return (int)syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &most, NULL);
}
static int try_pidfd(void) {
    return (int)syscall(SYS_pidfd_open, getpid(), 0);
}
static int try_async_io(void) {
    return fcntl(0, F_SETOWN, 1);
}
#ifdef __x86_64__
static int try_x32(void) {
    return (int)syscall(0x40000000 + SYS_getpid);
}
static int try_int80(void) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11"); // getpid of i386
    return (int)result;
}
#endif

// What the profiles must leave.
static int can_live(void) {
    char byte = 0;
    int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, 4096) != 0 || pwrite(fd, "x", 1, 0) != 1)
        return -1;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        return -1;
    void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    struct stat st;
    if (map == MAP_FAILED || fstat(fd, &st) != 0 || munmap(map, 4096) != 0 || pread(fd, &byte, 1, 0) != 1)
        return -1;
    void *large = malloc((size_t)16 << 20);
    free(large);
    struct pollfd p = {.fd = 0, .events = POLLIN};
    (void)poll(&p, 1, 0);
    (void)pn_wall_now();
    struct timespec tick = {0, 1000};
    (void)nanosleep(&tick, NULL);
    if (getrandom(&byte, 1, 0) != 1)
        return -1;
    (void)prctl(PR_SET_NAME, "t");
    (void)fprintf(stderr, "%s", "");
    (void)signal(SIGUSR1, SIG_IGN);
    return large == NULL ? -1 : raise(SIGUSR1);
}
static int can_loop(void) {
    int loop = epoll_create1(EPOLL_CLOEXEC), event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event ev = {.events = EPOLLIN};
    if (loop < 0 || event < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, event, &ev) != 0)
        return -1;
    return eventfd_write(event, 1) == 0 && epoll_pwait(loop, &ev, 1, 0, NULL) == 1 ? 0 : -1;
}
static int can_read_hosts(void) {
    return open("/etc/hosts", O_RDONLY | O_CLOEXEC);
}
static int open_in_grant(const char *name, uint64_t flags) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = (flags & O_CREAT) != 0 ? 0600 : 0};
    return (int)syscall(SYS_openat2, granted, name, &how, sizeof how);
}
static int can_read_grant(void) {
    char text[8] = "";
    int fd = open_in_grant("inside", O_RDONLY);
    int nested = open_in_grant("sub/deeper", O_RDONLY);
    return fd >= 0 && nested >= 0 && read(fd, text, sizeof text) == 2 ? 0 : -1;
}
static int can_write_grant(void) {
    int fd = open_in_grant("made", O_RDWR | O_CREAT);
    if (fd < 0 || pwrite(fd, "x", 1, 0) != 1 || fsync(fd) != 0 || mkdirat(granted, "dir", 0700) != 0)
        return -1;
    return renameat2(granted, "made", granted, "dir/moved", 0);
}
static int try_write_read_grant(void) {
    return open_in_grant("inside", O_WRONLY);
}
static int try_create_in_read_grant(void) {
    return open_in_grant("new", O_WRONLY | O_CREAT);
}
static int try_climb_out(void) {
    struct stat st;
    return fstatat(granted, "../outside", &st, 0);
}
static int try_open_above(void) {
    return open_in_grant("../outside", O_RDONLY);
}
static int try_symlink_out(void) {
    return open_in_grant("link", O_RDONLY);
}
static int try_stat_outside(void) {
    struct stat st;
    return fstatat(AT_FDCWD, "/etc/passwd", &st, 0);
}
static int try_map_file_exec(void) {
    int fd = open_in_grant("inside", O_RDONLY);
    return mmap(NULL, 2, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0;
}

// A thread from before the lock must be under it, too.
static volatile sig_atomic_t locked_now;
static pthread_t early;
static void *wait_and_try(void *unused) {
    while (!locked_now)
        (void)sched_yield();
    return try_unix_socket() >= 0 ? &early : NULL;
}
static int try_early_thread(void) {
    void *worked = NULL;
    locked_now = 1;
    return pthread_join(early, &worked) == 0 && worked != NULL ? 0 : -1;
}

struct attempt {
    const char *name;
    int (*run)(void);
    unsigned allowed; // bit per role that may
};
#define MAY(role) (1u << PN_ROLE_##role)
#define TRY(name, may) \
    { #name, try_##name, may }
static const struct attempt attempts[] = {
    TRY(open_passwd, 0),
    TRY(open_root, 0),
    TRY(openat2_passwd, 0),
    TRY(open_proc, 0),
    TRY(create_file, 0),
    TRY(stat, MAY(EGRESS)),
    TRY(socket, MAY(EGRESS)),
    TRY(unix_socket, 0),
    TRY(raw_socket, 0),
    TRY(netlink, 0),
    TRY(connect, MAY(EGRESS)),
    TRY(listen, 0),
    TRY(exec, 0),
    TRY(exec_memfd, 0),
    TRY(mmap_exec, 0),
    TRY(mprotect_exec, 0),
    TRY(pkey_mprotect_exec, 0),
    TRY(personality, 0),
    TRY(shmat_exec, 0),
    TRY(ptrace, 0),
    TRY(read_other_memory, 0),
    TRY(fork, 0),
    TRY(clone3, 0),
    TRY(thread, MAY(COMPILER)),
    TRY(kill_all, 0),
    TRY(kill_parent, 0),
    TRY(tgkill_other, 0),
    TRY(unshare, 0),
    TRY(setns, 0),
    TRY(mount, 0),
    TRY(chroot, 0),
    TRY(setuid, 0),
    TRY(capset, 0),
    TRY(dumpable, 0),
    TRY(new_filter, 0),
    TRY(bpf, 0),
    TRY(io_uring, 0),
    TRY(keyctl, 0),
    TRY(userfaultfd, 0),
    TRY(perf, 0),
    TRY(ioctl_tiocsti, 0),
    TRY(raise_limit, 0),
    TRY(pidfd, 0),
    TRY(async_io, 0),
#ifdef __x86_64__
    TRY(x32, 0),
    TRY(int80, 0),
#endif
};
#define ATTEMPTS (sizeof attempts / sizeof *attempts)

static const struct attempt others[] = {
    {"live", can_live, 0},
    {"loop", can_loop, 0},
    {"read_hosts", can_read_hosts, 0},
    {"read_grant", can_read_grant, 0},
    {"write_grant", can_write_grant, 0},
    TRY(write_read_grant, 0),
    TRY(create_in_read_grant, 0),
    TRY(climb_out, 0),
    TRY(open_above, 0),
    TRY(symlink_out, 0),
    TRY(stat_outside, 0),
    TRY(map_file_exec, 0),
    {"timing", can_live, 0},
    TRY(early_thread, 0),
};
#define OTHERS (sizeof others / sizeof *others)

static const struct attempt *find_attempt(const char *name) {
    for (size_t i = 0; i < ATTEMPTS; i++)
        if (strcmp(attempts[i].name, name) == 0)
            return &attempts[i];
    for (size_t i = 0; i < OTHERS; i++)
        if (strcmp(others[i].name, name) == 0)
            return &others[i];
    return NULL;
}

__attribute__((noreturn)) static void give_up(const struct pn_err *err) {
    (void)dprintf(2, "%s\n", err->text);
    _exit(STATUS_SETUP);
}

// What must hold of a role that has given up its files, seen where it may still ask.
static void check_state(enum pn_role role, const char *outer_uid) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    bool bare = syscall(SYS_capget, &head, data) == 0 && data[0].permitted == 0 && data[0].effective == 0 &&
                data[0].inheritable == 0 && data[1].permitted == 0;
    unsigned own = 1900000000u + (role == PN_ROLE_WORKER ? 100u + 7 : (unsigned)role);
    bool as_root = strcmp(outer_uid, "0") == 0;
    bool uid_ok = as_root ? getuid() == own && getgid() == own && getgroups(0, NULL) == 0
                          : getuid() == strtoul(outer_uid, NULL, 10);
    bool sealed = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
    int signal_number = 0;
    bool dies = prctl(PR_GET_PDEATHSIG, &signal_number, 0, 0, 0) == 0 && signal_number == SIGKILL;
    bool bounded = true;
    for (unsigned long cap = 0; cap <= CAP_LAST_CAP && role != PN_ROLE_ANY; cap++)
        bounded = bounded && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) <= 0;
    if (bare && uid_ok && sealed && dies && bounded && getpid() == 1 && fcntl(5, F_GETFD) < 0)
        return;
    (void)dprintf(2, "caps gone %d, uid %u ok %d, sealed %d, dies %d, bounding set empty %d, pid %d\n", bare, getuid(),
                  uid_ok, sealed, dies, bounded, getpid());
    _exit(STATUS_SETUP);
}

static const char *const namespaces[] = {"net", "mnt", "ipc", "uts", "cgroup", "pid"};
#define NAMESPACES (sizeof namespaces / sizeof *namespaces)

static unsigned long namespace_number(size_t i) {
    char path[64];
    struct stat st = {0};
    (void)snprintf(path, sizeof path, "/proc/self/ns/%s", namespaces[i]);
    return stat(path, &st) == 0 ? (unsigned long)st.st_ino : 0;
}

// Every namespace is another than the parent's, but for the network of egress.
static void check_namespaces(enum pn_role role, const char *outer) {
    char *rest = (char *)(uintptr_t)outer;
    for (size_t i = 0; i < NAMESPACES; i++) {
        unsigned long theirs = strtoul(rest, &rest, 10), ours = namespace_number(i);
        bool shared = role == PN_ROLE_EGRESS && i == 0;
        if (ours != 0 && (ours == theirs) == shared)
            continue;
        (void)dprintf(2, "namespace %s: %lu, outside %lu\n", namespaces[i], ours, theirs);
        _exit(STATUS_SETUP);
    }
}

// argv: --role NUMBER ATTEMPT PORT OUTER_UID GRANT RIGHTS NAMESPACES
static int run_role(char **argv) {
    enum pn_role role = (enum pn_role)strtoul(argv[2], NULL, 10);
    const struct attempt *attempt = find_attempt(argv[3]);
    listener_port = (int)strtol(argv[4], NULL, 10);
    unsigned rights = (unsigned)strtoul(argv[7], NULL, 10);
    struct pn_err err = {0};
    uint64_t start = pn_now();
    if (pn_confine_enter(role, 7, &err) != 0)
        give_up(&err);
    uint64_t entered = pn_now();
    if (getenv("POSTERN_ALLOW_DEGRADED") == NULL)
        check_namespaces(role, argv[8]);
    if (rights != 0)
        granted = open(argv[6], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct pn_grant grant = {granted, NULL, rights};
    if (pn_confine_files(role, &grant, rights != 0 ? 1 : 0, &err) != 0)
        give_up(&err);
    uint64_t emptied = pn_now();
    if (getenv("POSTERN_ALLOW_DEGRADED") == NULL)
        check_state(role, argv[5]);
    if (attempt->run == try_early_thread && pthread_create(&early, NULL, wait_and_try, NULL) != 0)
        _exit(STATUS_SETUP);
    if (pn_confine_lock(role, &err) != 0)
        give_up(&err);
    uint64_t locked = pn_now();
    if (strcmp(argv[3], "timing") == 0)
        (void)dprintf(2, "%u %u %u\n", (unsigned)((entered - start) / 1000), (unsigned)((emptied - entered) / 1000),
                      (unsigned)((locked - emptied) / 1000));
    errno = 0;
    _exit(attempt->run() >= 0 ? STATUS_DONE : STATUS_REFUSED);
}

// --- outside ---

struct trial {
    enum pn_role role;
    const char *attempt;
    const char *grant; // directory, "" = none
    unsigned rights;
    bool ordinary; // as an ordinary user
    const char *env[4];
    bool no_unshare; // on a machine that gives no namespaces
};

static int self_fd, port;
static char said[512]; // standard error of the last trial
static unsigned clone_us;
static char degraded[160]; // what this machine lacks, as an operator would accept it

static void forbid_unshare(void) {
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    (void)seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 0);
    (void)seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                           SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWPID, CLONE_NEWPID));
    (void)seccomp_load(ctx);
    seccomp_release(ctx);
}

__attribute__((noreturn)) static void exec_role(const struct trial *t, int err_fd, uid_t outer, char *outer_ns) {
    pn_confine_child();
    char role[8], port_text[8], uid[12], rights[8];
    (void)snprintf(role, sizeof role, "%d", t->role);
    (void)snprintf(port_text, sizeof port_text, "%d", port);
    (void)snprintf(uid, sizeof uid, "%u", outer);
    (void)snprintf(rights, sizeof rights, "%u", t->rights);
    (void)dup2(err_fd, 5); // a descriptor that it must not keep
    char program[] = "test_confine", mark[] = "--role";
    char *argv[] = {program, mark,     role, (char *)(uintptr_t)t->attempt, port_text, uid, (char *)(uintptr_t)t->grant,
                    rights,  outer_ns, NULL};
    char *envp[6] = {NULL};
    size_t set = 0;
    for (; set < 4 && t->env[set] != NULL; set++)
        envp[set] = (char *)(uintptr_t)t->env[set];
    if (*degraded != '\0' && !t->no_unshare)
        envp[set] = degraded;
    (void)dup2(err_fd, 2);
    (void)fexecve(self_fd, argv, envp);
    _exit(127);
}

// A process between, so that a change of user and the remembered flags end with it. Its status is the role's.
static int status_of_role(const struct trial *t, int err_fd) {
    if (t->ordinary && (setgroups(0, NULL) != 0 || setresgid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID) != 0 ||
                        setresuid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID) != 0))
        return STATUS_SETUP << 8;
    if (t->no_unshare)
        forbid_unshare();
    uid_t outer = getuid();
    char outer_ns[256] = "";
    for (size_t i = 0, at = 0; i < NAMESPACES; i++)
        at += (size_t)snprintf(outer_ns + at, sizeof outer_ns - at, "%lu ", namespace_number(i));
    unsigned long flags = pn_confine_spawn_flags(t->role);
    uint64_t start = pn_now();
    long pid = syscall(SYS_clone, (unsigned long)SIGCHLD | flags, NULL, NULL, NULL, NULL);
    if (pid == 0)
        exec_role(t, err_fd, outer, outer_ns);
    clone_us = (unsigned)((pn_now() - start) / 1000);
    int status = 0;
    if (pid < 0 || waitpid((pid_t)pid, &status, 0) != pid)
        return STATUS_SETUP << 8;
    return status;
}

static int run_trial(const struct trial *t) {
    int err_pipe[2], status = 0;
    unsigned report[2] = {0};
    if (pipe2(err_pipe, O_CLOEXEC) != 0)
        return -1;
    int result[2];
    if (pipe2(result, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        report[0] = (unsigned)status_of_role(t, err_pipe[1]);
        report[1] = clone_us;
        _exit(write(result[1], report, sizeof report) == (ssize_t)sizeof report ? 0 : 1);
    }
    (void)close(err_pipe[1]);
    (void)close(result[1]);
    size_t len = 0;
    for (ssize_t n = 1; n > 0 && len<sizeof said - 1; len += n> 0 ? (size_t)n : 0)
        n = read(err_pipe[0], said + len, sizeof said - 1 - len);
    said[len] = '\0';
    bool got = read(result[0], report, sizeof report) == (ssize_t)sizeof report;
    (void)close(err_pipe[0]);
    (void)close(result[0]);
    (void)waitpid(pid, &status, 0);
    clone_us = report[1];
    return got ? (int)report[0] : -1;
}

static bool was_denied(int status) {
    return (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) ||
           (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_REFUSED);
}

static bool was_done(int status) {
    return WIFEXITED(status) && WEXITSTATUS(status) == STATUS_DONE;
}

static void check_trial(const struct trial *t, bool done) {
    int status = run_trial(t);
    bool faulted = WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV && strcmp(t->attempt, "mprotect_exec") == 0;
    bool ok = done ? was_done(status) : was_denied(status) || faulted;
    if (!ok)
        printf("# %s%s, %s: status 0x%x, %s wanted: %s\n", pn_role_name(t->role),
               t->ordinary ? " of an ordinary user" : "", t->attempt, (unsigned)status, done ? "success" : "denial",
               said);
    CHECK(ok);
}

// As root both ways; else as whoever runs the tests.
static bool next_way(bool *ordinary) {
    if (*ordinary || geteuid() != 0)
        return false;
    *ordinary = true;
    return true;
}

// Without an empty root of its own the role may ask whether a file is there.
static void try_attempt(enum pn_role role, const struct attempt *a, bool ordinary) {
    if (a->run == try_stat && strstr(degraded, "mountns") != NULL)
        return;
    check_trial(&(struct trial){role, a->name, "", 0, ordinary, {NULL}, false}, (a->allowed & 1u << role) != 0);
}

static void misuse_roles_cannot_do_what_they_must_not(void) {
    if (*degraded != '\0')
        printf("# this machine is tested with %s\n", degraded);
    bool ordinary = false;
    do {
        for (size_t r = 0; r < ROLES; r++)
            for (size_t a = 0; a < ATTEMPTS; a++)
                try_attempt(roles[r], &attempts[a], ordinary);
    } while (next_way(&ordinary));
}

static void misuse_threads_from_before_the_lock_are_locked(void) {
    bool ordinary = false;
    do {
        check_trial(&(struct trial){PN_ROLE_WORKER, "early_thread", "", 0, ordinary, {NULL}, false}, false);
        CHECK_STR(said, "");
    } while (next_way(&ordinary));
}

static char folder[] = "/tmp/postern-confine-XXXXXX";

static void in_folder(const char *name, char out[128]) {
    (void)snprintf(out, 128, "%s/%s", folder, name);
}

static void make_file(const char *name) {
    char path[128];
    in_folder(name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    CHECK(fd >= 0 && write(fd, "ok", 2) == 2 && fchmod(fd, 0666) == 0);
    (void)close(fd);
}

static void make_folder(const char *name) {
    char path[128];
    in_folder(name, path);
    CHECK((mkdir(path, 0777) == 0 || errno == EEXIST) && chmod(path, 0777) == 0);
}

static bool no_empty_root(void) {
    if (strstr(degraded, "mountns") == NULL)
        return false;
    printf("# skipped: this machine gives no mount namespace\n");
    return true;
}

static void misuse_grants_end_where_they_end(void) {
    if (no_empty_root())
        return;
    static const char *const bad[] = {"open_passwd", "openat2_passwd", "climb_out",     "open_above",
                                      "symlink_out", "stat_outside",   "map_file_exec", "socket",
                                      "exec",        "fork",           "mmap_exec"};
    char grant[128], link_path[160];
    make_folder("grant");
    make_folder("grant/sub");
    make_file("grant/inside");
    make_file("grant/sub/deeper");
    make_file("outside");
    in_folder("grant", grant);
    (void)snprintf(link_path, sizeof link_path, "%s/link", grant);
    CHECK(symlink("../outside", link_path) == 0 || errno == EEXIST);
    bool ordinary = false;
    do {
        struct trial t = {PN_ROLE_WORKER, "", grant, PN_GRANT_READ, ordinary, {NULL}, false};
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            t.attempt = bad[i];
            check_trial(&t, false);
        }
        t.attempt = "write_read_grant";
        check_trial(&t, false);
        t.attempt = "create_in_read_grant";
        check_trial(&t, false);
        t.attempt = "read_grant";
        check_trial(&t, true);
        t.rights = PN_GRANT_READ | PN_GRANT_WRITE;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            t.attempt = bad[i];
            check_trial(&t, false);
        }
        t.attempt = "write_grant";
        check_trial(&t, true);
        (void)snprintf(link_path, sizeof link_path, "%s/dir/moved", grant);
        CHECK(unlink(link_path) == 0);
        (void)snprintf(link_path, sizeof link_path, "%s/dir", grant);
        CHECK(rmdir(link_path) == 0);
    } while (next_way(&ordinary));
}

static void misuse_of_the_order_is_a_bug(void) {
    struct pn_err err = {0};
    CHECK(pn_confine_lock(PN_ROLE_WORKER, &err) < 0);
    CHECK_INT(err.category, PN_E_BUG);
    struct pn_grant grant = {0, NULL, PN_GRANT_READ};
    CHECK(pn_confine_files(PN_ROLE_GATEWAY, &grant, 1, &err) < 0);
    CHECK_ERR(err, "has no files");
    CHECK(pn_confine_files(PN_ROLE_WORKER, &(struct pn_grant){-1, "/etc", PN_GRANT_READ}, 1, &err) < 0);
    CHECK_ERR(err, "names no open file");
    CHECK(pn_confine_enter(PN_ROLE_ANY, 0, &err) < 0);
}

static void misuse_refuses_a_machine_without_namespaces(void) {
    struct trial t = {PN_ROLE_WORKER, "socket", "", 0, geteuid() == 0, {NULL}, true};
    int status = run_trial(&t);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_SETUP);
    CHECK(strstr(said, "POSTERN_ALLOW_DEGRADED=userns") != NULL);
    t.env[0] = "POSTERN_ALLOW_DEGRADED=userns,pidns,mountns";
    status = run_trial(&t);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_SETUP);
    CHECK(strstr(said, "POSTERN_ALLOW_DEGRADED=netns") != NULL);
    // Accepted: it is said, and what is left still holds.
    t.env[0] = "POSTERN_ALLOW_DEGRADED=userns,pidns,mountns,netns";
    for (size_t a = 0; a < ATTEMPTS; a++) {
        t.attempt = attempts[a].name;
        // Without an empty root the answer of stat is not denied; see confine.h about AT_EMPTY_PATH.
        if (strcmp(t.attempt, "stat") != 0)
            check_trial(&t, false);
        CHECK(strstr(said, "runs without a network namespace") != NULL);
    }
}

static void works_as_it_must(void) {
    bool ordinary = false;
    do {
        for (size_t r = 0; r < ROLES; r++)
            check_trial(&(struct trial){roles[r], "live", "", 0, ordinary, {NULL}, false}, true);
        check_trial(&(struct trial){PN_ROLE_GATEWAY, "loop", "", 0, ordinary, {NULL}, false}, true);
        check_trial(&(struct trial){PN_ROLE_EGRESS, "loop", "", 0, ordinary, {NULL}, false}, true);
        check_trial(&(struct trial){PN_ROLE_EGRESS, "read_hosts", "", 0, ordinary, {NULL}, false}, true);
    } while (next_way(&ordinary));
}

static void tracing_names_the_call(void) {
    struct trial t = {PN_ROLE_WORKER, "socket", "", 0, false, {"POSTERN_SECCOMP=trace"}, false};
    int status = run_trial(&t);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 159);
    CHECK(strstr(said, "role worker lacks system call socket (41)") != NULL);
    CHECK(strstr(said, "only traces system calls") != NULL);
    t.env[0] = NULL;
    status = run_trial(&t);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static void uid_base_can_be_chosen(void) {
    if (geteuid() != 0)
        return;
    struct trial t = {PN_ROLE_WORKER, "live", "", 0, false, {"POSTERN_UID_BASE=70000", "POSTERN_ALLOW_DEGRADED=none"},
                      false};
    check_trial(&t, true);
    t.env[0] = "POSTERN_UID_BASE=0";
    CHECK_INT(WEXITSTATUS(run_trial(&t)), STATUS_SETUP);
    CHECK(strstr(said, "POSTERN_UID_BASE=0") != NULL);
}

__attribute__((noreturn)) static void be_supervisor(bool ordinary) {
    struct pn_err err = {0};
    if (ordinary && setresuid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID) != 0)
        _exit(3);
    if (pn_confine_enter(PN_ROLE_SUPERVISOR, 0, &err) != 0 || pn_confine_lock(PN_ROLE_SUPERVISOR, &err) != 0)
        give_up(&err);
    if (try_ptrace() >= 0 || try_bpf() >= 0 || try_keyctl() >= 0 || try_io_uring() >= 0 || try_setns() >= 0)
        _exit(1);
    // Roles that it starts confine themselves under its filter.
    struct trial t = {PN_ROLE_WORKER, "live", "", 0, false, {NULL}, false};
    _exit(was_done(status_of_role(&t, 2)) && open("/etc/passwd", O_RDONLY) >= 0 ? 0 : 2);
}

static void supervisor_keeps_starting_things(void) {
    bool ordinary = false;
    do {
        pid_t pid = fork();
        if (pid == 0)
            be_supervisor(ordinary);
        int status = 0;
        (void)waitpid(pid, &status, 0);
        CHECK_INT(status, 0);
    } while (next_way(&ordinary));
}

static void probe_says_what_there_is(void) {
    struct pn_confine_fact facts[PN_CONFINE_FACTS];
    size_t count = pn_confine_probe(facts);
    CHECK_INT(count, PN_CONFINE_FACTS);
    for (size_t i = 0; i < count; i++)
        printf("# %-13s %-3s %s%s%s\n", facts[i].name, facts[i].available ? "yes" : "no", facts[i].detail,
               *facts[i].required == '\0' ? "" : "; required by ", facts[i].required);
    CHECK_STR(facts[0].name, "no_new_privs");
    CHECK(facts[0].available);
}

static void times(void) {
    bool ordinary = false;
    do {
        for (size_t r = 0; r < ROLES; r++) {
            struct trial t = {roles[r], "timing", "", 0, ordinary, {NULL}, false};
            check_trial(&t, true);
            said[strcspn(said, "\n")] = '\0';
            printf("# %s%s: clone %u us; enter, files, lock: %s us\n", pn_role_name(roles[r]),
                   ordinary ? " of an ordinary user" : "", clone_us, said);
        }
    } while (next_way(&ordinary));
}

static void remove_folder(void) {
    static const char *const files[] = {"grant/link", "grant/sub/deeper", "grant/inside", "outside"};
    static const char *const folders[] = {"grant/sub", "grant"};
    char path[128];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        in_folder(files[i], path);
        (void)unlink(path);
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        in_folder(folders[i], path);
        (void)rmdir(path);
    }
    (void)rmdir(folder);
}

static void start_listener(void) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 || listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        exit(1);
    port = ntohs(at.sin_port);
}

static void accept_what_is_missing(void) {
    struct pn_confine_fact facts[PN_CONFINE_FACTS];
    size_t count = pn_confine_probe(facts), len = 0;
    for (size_t i = 0; i < count; i++)
        if (!facts[i].available && *facts[i].required != '\0')
            len += (size_t)snprintf(degraded + len, sizeof degraded - len, "%s%s",
                                    len == 0 ? "POSTERN_ALLOW_DEGRADED=" : ",", facts[i].name);
}

int main(int argc, char **argv) {
    if (argc == 9 && strcmp(argv[1], "--role") == 0)
        return run_role(argv);
    static const struct check_test tests[] = {
        TEST(probe_says_what_there_is),
        TEST(misuse_of_the_order_is_a_bug),
        TEST(works_as_it_must),
        TEST(misuse_roles_cannot_do_what_they_must_not),
        TEST(misuse_threads_from_before_the_lock_are_locked),
        TEST(misuse_grants_end_where_they_end),
        TEST(misuse_refuses_a_machine_without_namespaces),
        TEST(tracing_names_the_call),
        TEST(uid_base_can_be_chosen),
        TEST(supervisor_keeps_starting_things),
        TEST(times),
    };
    self_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (self_fd < 0 || mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
        return 1;
    start_listener();
    accept_what_is_missing();
    int rc = check_main(tests, sizeof tests / sizeof *tests);
    remove_folder();
    return rc;
}
