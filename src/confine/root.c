// SPDX-License-Identifier: Apache-2.0
// The mount namespace of a role: private, then nothing but an empty directory. Landlock denies opening what is outside
// the grants; an empty root denies even asking whether it is there.
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "profile.h"

// Not from <sys/mount.h>, which cannot be included beside <linux/mount.h> in older C libraries.
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);
#define DETACH 2
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

int pn_confine_root_private(void) {
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

// A copy of the mount with the directory as its root: ".." ends there, and it outlives the old root. Nothing in it can
// be executed, be a device or give privileges; without a grant to write, nothing in it can be written.
static int clone_tree(int fd, bool write) {
    pn_auto(pn_fd) int tree =
        (int)syscall(SYS_open_tree, fd, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0)
        return -1;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};
    if (!write)
        attr.attr_set |= MOUNT_ATTR_RDONLY;
    if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) != 0)
        return -1;
    return pn_steal_fd(&tree);
}

// Puts the copy under the number of the granted descriptor.
static int isolate_directory(const struct pn_grant *grant) {
    struct stat st;
    int flags = fcntl(grant->fd, F_GETFL);
    if (flags < 0 || fstat(grant->fd, &st) != 0)
        return -1;
    if (!S_ISDIR(st.st_mode))
        return 0;
    pn_auto(pn_fd) int tree = clone_tree(grant->fd, (grant->rights & PN_GRANT_WRITE) != 0);
    if (tree < 0)
        return -1;
    pn_auto(pn_fd) int again = openat(tree, ".", (flags & O_PATH) | O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return again < 0 || dup3(again, grant->fd, O_CLOEXEC) < 0 ? -1 : 0;
}

// Mounts the new root and goes there. Any directory that exists will do as its place.
static int mount_empty(void) {
    static const char *const places[] = {"/tmp", "/run", "/proc"};
    const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (mount("none", places[i], "tmpfs", flags, "size=4k,nr_inodes=4,mode=555") == 0)
            return chdir(places[i]);
    return -1;
}

int pn_confine_root_empty(const struct pn_grant *grants, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (isolate_directory(&grants[i]) != 0)
            return -1;
    if (mount_empty() != 0)
        return -1;
    // The old root comes to lie over the new one, and is then taken away with everything in it.
    if (syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", DETACH) != 0)
        return -1;
    return chdir("/");
}
