// SPDX-License-Identifier: Apache-2.0
// Getting at files: by every call that takes a path or makes a descriptor.
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "probe.h"

int probe_grant = -1;
bool probe_may_write;

static const char *const places[] = {
    "/etc/passwd",
    "/etc/shadow",
    "/proc/self/environ",
    "/proc/1/environ",
    "/proc/self/exe",
    "/proc/self/fd/0",
    "/sys/kernel/uevent_seqnum",
    "/dev/null",
    "/dev/mem",
    "/dev/kvm",
    "/bin",
    "/home",
    "/var/lib",
    "/tmp",
    "/run",
};

static int opened(int dir, const char *path, uint64_t flags, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = (flags & O_CREAT) != 0 ? 0600 : 0, .resolve = resolve};
    return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

static int open_old(int n) {
    return (int)syscall(SYS_open, places[n], O_RDONLY);
}
static int open_at(int n) {
    return (int)syscall(SYS_openat, AT_FDCWD, places[n], O_RDONLY);
}
static int open_at2(int n) {
    return opened(AT_FDCWD, places[n], O_RDONLY, 0);
}
static int open_path_only(int n) {
    return opened(AT_FDCWD, places[n], O_PATH, 0);
}
static int change_directory(int n) {
    return chdir(places[n]);
}
static int truncate_file(int n) {
    return truncate("/tmp", n);
}
static int make_directory(int n) {
    return mkdirat(AT_FDCWD, "/tmp/postern-escape-probe", (mode_t)n);
}
static int remove_something(int n) {
    return unlinkat(AT_FDCWD, "/tmp/postern-escape-probe", n);
}
static int file_system_of(int n) {
    struct statfs st;
    return statfs(places[n], &st);
}
static int read_link(int n) {
    char text[64];
    return (int)readlinkat(AT_FDCWD, places[n], text, sizeof text);
}
static int file_handle(int n) {
    struct {
        struct file_handle head;
        unsigned char room[128];
    } handle = {.head.handle_bytes = 128};
    int mount = 0;
    if (syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &handle, &mount, n) != 0)
        return -1;
    int dir = open("/", O_RDONLY | O_DIRECTORY);
    return (int)syscall(SYS_open_by_handle_at, dir, &handle, O_RDONLY);
}
static int open_tree_of_root(int n) {
    return (int)syscall(SYS_open_tree, AT_FDCWD, "/", n);
}
static int execute(int n) {
    char *argv[] = {NULL};
    return (int)syscall(SYS_execveat, probe_grant, "prog", argv, argv, n);
}
static int map_executable(int flags) {
    int fd = opened(probe_grant, "prog", O_RDONLY, 0);
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, flags, fd, 0) == MAP_FAILED ? -1 : 0;
}

// --- below a granted directory ---
static const char *const out_of_grant[] = {
    "../secret",     "sub/../../secret", "..//./secret",
    "sub/up/secret", "absolute",         "proc-link/root/etc/passwd",
    "/etc/passwd",   "chain1",           "../../../../../../../../../etc/passwd",
};
static int read_out(int n) {
    return opened(probe_grant, out_of_grant[n], O_RDONLY, 0);
}
static int read_out_in_root(int n) {
    int fd = opened(probe_grant, out_of_grant[n], O_RDONLY, RESOLVE_IN_ROOT);
    struct stat st;
    // In the directory as its root, only a file of that name inside it can be meant.
    return fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 6 ? 0 : -1;
}
static int parent_by_path(int n) {
    int up = opened(probe_grant, "..", O_PATH | O_DIRECTORY, 0);
    return n == 0 ? opened(up, "secret", O_RDONLY, 0) : opened(up, "../secret", O_RDONLY, 0);
}
// With the granted directory as the root of a mount, ".." of it is itself: what arrived there did not get out.
static int unless_inside(int rc, const char *name) {
    struct stat st;
    if (rc < 0 || fstatat(probe_grant, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return rc;
    errno = EXDEV;
    return -1;
}
static int write_out(int n) {
    return unless_inside(opened(probe_grant, n == 0 ? "../new" : "sub/../../new", O_WRONLY | O_CREAT, 0), "new");
}
static int rename_out(int n) {
    return unless_inside(
        renameat2(probe_grant, "inside", n == 0 ? probe_grant : AT_FDCWD, n == 0 ? "../stolen" : "/tmp/stolen", 0),
        "stolen");
}
static int link_out(int n) {
    return n == 0 ? unless_inside(linkat(probe_grant, "inside", probe_grant, "../linked", 0), "linked")
                  : linkat(AT_FDCWD, "/etc/hostname", probe_grant, "linked-in", 0);
}
static int link_by_descriptor(int n) {
    int fd = memfd_create("x", 0);
    return n == 0 ? linkat(fd, "", probe_grant, "memory", AT_EMPTY_PATH)
                  : linkat(AT_FDCWD, "/proc/self/fd/0", probe_grant, "zero", AT_SYMLINK_FOLLOW);
}
static const char *const targets[] = {"/etc/passwd", "../secret", "/proc/self/root/etc/passwd", "/proc/1/cwd/secret"};
static int through_own_link(int n) {
    char name[16];
    (void)snprintf(name, sizeof name, "own-%d", n);
    (void)unlinkat(probe_grant, name, 0);
    if (symlinkat(targets[n], probe_grant, name) != 0)
        return -1;
    int fd = opened(probe_grant, name, O_RDONLY, 0);
    (void)unlinkat(probe_grant, name, 0);
    return fd;
}
static int make_node(int kind) {
    (void)unlinkat(probe_grant, "node", 0);
    int rc = mknodat(probe_grant, "node", (mode_t)kind | 0666, makedev(1, 3));
    (void)unlinkat(probe_grant, "node", 0);
    return rc;
}
static int open_device(int flags) {
    return opened(probe_grant, "null", (uint64_t)flags, 0);
}
static int set_mode(int mode) {
    return fchmodat(probe_grant, "inside", (mode_t)mode, 0);
}
static int set_owner(int uid) {
    return fchownat(probe_grant, "inside", (uid_t)uid, (gid_t)uid, 0);
}
static int set_attribute(int n) {
    int fd = opened(probe_grant, "inside", O_RDONLY, 0);
    return fsetxattr(fd, "user.x", "1", 1, n);
}
static int watch(int n) {
    int fd = opened(probe_grant, ".", O_RDONLY | O_DIRECTORY, 0);
    return fcntl(fd, F_NOTIFY, n);
}
static int lease(int n) {
    int fd = opened(probe_grant, "inside", O_RDONLY, 0);
    return fcntl(fd, F_SETLEASE, n);
}
static int write_unless_granted(int n) {
    int fd = n == 0 ? opened(probe_grant, "inside", O_WRONLY, 0) : opened(probe_grant, ".", O_RDWR | O_TMPFILE, 0);
    return probe_may_write ? -1 : fd;
}

#define EGRESS (1u << 4) // PN_ROLE_EGRESS, checked in probe.c
#define ROW(fn, n) \
    { #fn " " #n, fn, n, 0, false, false }
#define UNSURE(fn, n) \
    { #fn " " #n, fn, n, 0, false, true }
#define GRANT(fn, n) \
    { #fn " " #n, fn, n, 0, true, false }
#define GRANT_UNSURE(fn, n) \
    { #fn " " #n, fn, n, 0, true, true }
#define ALL(fn)                                                                                                 \
    ROW(fn, 0), UNSURE(fn, 1), ROW(fn, 2), UNSURE(fn, 3), ROW(fn, 4), UNSURE(fn, 5), UNSURE(fn, 6), ROW(fn, 7), \
        UNSURE(fn, 8), UNSURE(fn, 9), ROW(fn, 10), ROW(fn, 11), ROW(fn, 12), ROW(fn, 13), ROW(fn, 14)

const struct attempt attempts_files[] = {
    ALL(open_old),
    ALL(open_at),
    ALL(open_at2),
    ROW(open_path_only, 0),
    ROW(open_path_only, 4),
    ROW(open_path_only, 13),
    ROW(change_directory, 10),
    ROW(change_directory, 13),
    UNSURE(truncate_file, 0),
    ROW(make_directory, 0700),
    ROW(remove_something, AT_REMOVEDIR), // what the one before made
    ROW(file_system_of, 0),
    ROW(file_system_of, 13),
    {"read_link 4", read_link, 4, EGRESS, false, false}, // names, not contents: see README.md
    UNSURE(file_handle, 0),
    ROW(open_tree_of_root, 1),
    GRANT(execute, 0),
    GRANT(map_executable, MAP_PRIVATE),
    GRANT(map_executable, MAP_SHARED),
    GRANT(read_out, 0),
    GRANT(read_out, 1),
    GRANT(read_out, 2),
    GRANT(read_out, 3),
    GRANT(read_out, 4),
    GRANT(read_out, 5),
    GRANT(read_out, 6),
    GRANT(read_out, 7),
    GRANT(read_out, 8),
    GRANT_UNSURE(read_out_in_root, 0),
    GRANT_UNSURE(read_out_in_root, 4),
    GRANT_UNSURE(read_out_in_root, 6),
    GRANT(parent_by_path, 0),
    GRANT_UNSURE(parent_by_path, 1),
    GRANT(write_out, 0),
    GRANT(write_out, 1),
    GRANT(link_out, 0),
    GRANT_UNSURE(link_out, 1),
    GRANT_UNSURE(link_by_descriptor, 0),
    GRANT_UNSURE(link_by_descriptor, 1),
    GRANT(through_own_link, 0),
    GRANT(through_own_link, 1),
    GRANT(through_own_link, 2),
    GRANT_UNSURE(through_own_link, 3),
    GRANT(make_node, S_IFIFO),
    GRANT(make_node, S_IFCHR),
    GRANT(make_node, S_IFSOCK),
    GRANT(open_device, O_RDONLY),
    GRANT(open_device, O_RDWR),
    GRANT(set_mode, 04755),
    GRANT(set_owner, 0),
    GRANT_UNSURE(set_attribute, 0),
    GRANT(watch, DN_CREATE),
    GRANT_UNSURE(lease, F_RDLCK),
    GRANT(write_unless_granted, 0),
    GRANT_UNSURE(write_unless_granted, 1),
    GRANT(rename_out, 0), // last: takes `inside` away
    GRANT_UNSURE(rename_out, 1),
};
const size_t attempts_files_len = sizeof attempts_files / sizeof *attempts_files;
