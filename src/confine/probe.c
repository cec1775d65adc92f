// SPDX-License-Identifier: Apache-2.0
// What this machine gives, found out by trying it in a child that then ends.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "profile.h"

#define NOEXEC_SEAL 0x0008u // MFD_NOEXEC_SEAL, kernel 6.3

// Runs `attempt` in a child; the errno it ended with, 0 = it worked.
static int try_in_child(int (*attempt)(int), int arg) {
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        _exit(attempt(arg) == 0 ? 0 : errno == 0 ? EINVAL : errno);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

static int own_user_namespace(void) {
    unsigned uid = geteuid(), gid = getegid();
    if (unshare(CLONE_NEWUSER) != 0)
        return -1;
    return pn_confine_map_user(uid, gid) ? 0 : -1;
}

static int try_user(int flag) {
    return own_user_namespace();
}

static int try_namespace(int flag) {
    if (geteuid() != 0 && own_user_namespace() != 0)
        return -1;
    if (unshare(flag) != 0)
        return -1;
    return flag == CLONE_NEWNS ? (pn_confine_root_private() != 0 ? -1 : pn_confine_root_empty(NULL, 0)) : 0;
}

static int try_no_new_privs(int unused) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int try_filter(int unused) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    struct pn_err err = {0};
    errno = 0;
    return pn_confine_filter(&confine_supervisor, false, &err);
}

static int try_uid(int unused) {
    struct pn_err err = {0};
    uid_t uid = pn_confine_uid(PN_ROLE_GATEWAY, 0, &err);
    return uid == 0 ? -1 : pn_confine_become(uid);
}

static int try_landlock(int unused) {
    errno = EOPNOTSUPP;
    return pn_confine_landlock_abi() > 0 ? 0 : -1;
}

static int try_noexec_memfd(int unused) {
    return (int)syscall(SYS_memfd_create, "probe", NOEXEC_SEAL) < 0 ? -1 : 0;
}

static const struct {
    const char *name;
    unsigned part; // 0 = none of the profiles' parts
    int (*attempt)(int);
    int arg;
} tries[] = {
    {"no_new_privs", 0, try_no_new_privs, 0},
    {"userns", PART_USERNS, try_user, 0},
    {"pidns", PART_PIDNS, try_namespace, CLONE_NEWPID},
    {"netns", PART_NETNS, try_namespace, CLONE_NEWNET},
    {"mountns", PART_MOUNTNS, try_namespace, CLONE_NEWNS},
    {"ipcns", PART_IPCNS, try_namespace, CLONE_NEWIPC},
    {"utsns", PART_UTSNS, try_namespace, CLONE_NEWUTS},
    {"cgroupns", PART_CGROUPNS, try_namespace, CLONE_NEWCGROUP},
    {"landlock", PART_LANDLOCK, try_landlock, 0},
    {"seccomp", PART_SECCOMP, try_filter, 0},
    {"uid", PART_UID, try_uid, 0},
};

static const char *who_requires(unsigned part) {
    bool all = part == 0 || part == PART_SECCOMP;
    if (all)
        return "all";
    if ((part == PART_USERNS && geteuid() == 0) || (part == PART_UID && geteuid() != 0))
        return "";
    bool egress = (confine_egress.requires & part) != 0, worker = (confine_worker.requires & part) != 0;
    return !worker ? "" : egress ? "gateway worker egress compiler" : "gateway worker compiler";
}

static void describe(struct pn_confine_fact *fact, unsigned part, int code) {
    if (part == PART_LANDLOCK && code == 0)
        (void)snprintf(fact->detail, sizeof fact->detail, "ABI %d", pn_confine_landlock_abi());
    else if (part == PART_UID && geteuid() != 0)
        (void)snprintf(fact->detail, sizeof fact->detail, "not started as root: roles keep the user's id");
    else if (code != 0)
        (void)snprintf(fact->detail, sizeof fact->detail, "%s", strerror(code));
}

// --- cgroup v2 ---

// The text behind `mark` in `text` up to a space or the end of the line, as a string in `out`.
static bool word_after(const char *text, const char *mark, char *out, size_t size) {
    const char *at = strstr(text, mark);
    if (at == NULL)
        return false;
    at += strlen(mark);
    size_t len = strcspn(at, " \n");
    if (len >= size)
        return false;
    pn_copy(out, at, len);
    out[len] = '\0';
    return true;
}

// Field 5 of the line of /proc/self/mountinfo that ends in "- cgroup2 ...".
static bool cgroup2_mount(char *out, size_t size) {
    pn_auto(pn_buf) struct pn_buf text = {0};
    if (pn_read_file("/proc/self/mountinfo", 1 << 20, &text, NULL) != 0)
        return false;
    const char *type = strstr(pn_buf_cstr(&text), " - cgroup2 ");
    if (type == NULL)
        return false;
    const char *line = type;
    while (line > (const char *)text.ptr && line[-1] != '\n')
        line--;
    for (int field = 1; field < 5; field++)
        line += strcspn(line, " ") + 1;
    return word_after(line, "", out, size);
}

static bool has_memory_controller(int dir) {
    pn_auto(pn_fd) int fd = openat(dir, "cgroup.controllers", O_RDONLY | O_CLOEXEC);
    pn_auto(pn_buf) struct pn_buf text = {0};
    return fd >= 0 && pn_read_all(fd, 4096, "cgroup.controllers", &text, NULL) == 0 &&
           strstr(pn_buf_cstr(&text), "memory") != NULL;
}

static const char *cgroup_problem(char path[512]) {
    char mount[256], group[200];
    pn_auto(pn_buf) struct pn_buf self = {0};
    if (!cgroup2_mount(mount, sizeof mount))
        return "no cgroup v2 hierarchy is mounted";
    if (pn_read_file("/proc/self/cgroup", 65536, &self, NULL) != 0 ||
        !word_after(pn_buf_cstr(&self), "0::", group, sizeof group))
        return "this process is in no cgroup v2 group";
    (void)snprintf(path, 512, "%s%s", mount, group);
    pn_auto(pn_fd) int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return "its group cannot be opened";
    if (!has_memory_controller(dir))
        return "the memory controller is not delegated";
    bool writable = faccessat(dir, "cgroup.procs", W_OK, AT_EACCESS) == 0 && faccessat(dir, ".", W_OK, AT_EACCESS) == 0;
    return writable ? NULL : "its group is not writable";
}

static void probe_cgroup(struct pn_confine_fact *fact) {
    char path[512] = "";
    const char *problem = cgroup_problem(path);
    *fact = (struct pn_confine_fact){.name = "cgroup2", .available = problem == NULL, .required = ""};
    (void)snprintf(fact->detail, sizeof fact->detail, "%.120s", problem == NULL ? path : problem);
}

size_t pn_confine_probe(struct pn_confine_fact out[PN_CONFINE_FACTS]) {
    size_t count = 0;
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        int code = try_in_child(tries[i].attempt, tries[i].arg);
        struct pn_confine_fact *fact = &out[count++];
        *fact = (struct pn_confine_fact){
            .name = tries[i].name, .available = code == 0, .required = who_requires(tries[i].part)};
        fact->degraded = tries[i].part != 0 && pn_confine_part_excused(tries[i].part);
        describe(fact, tries[i].part, code);
    }
    probe_cgroup(&out[count++]);
    struct pn_confine_fact *memfd = &out[count++];
    *memfd = (struct pn_confine_fact){.name = "memfd_noexec", .required = ""};
    int code = try_in_child(try_noexec_memfd, 0);
    memfd->available = code == 0;
    describe(memfd, 0, code);
    return count;
}
