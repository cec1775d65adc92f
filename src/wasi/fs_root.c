// SPDX-License-Identifier: Apache-2.0
// Opening what the policy grants, before the worker locks itself. A path with a link in it is not opened: rules would
// then be judged by a name that is not the real one.
#include "base/cleanup.h"
#include "wasi/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

// Without O_NOFOLLOW: a link at the end is refused like one on the way (ELOOP).
static int open_plain(const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static void say_skipped(struct pn_buf *skipped, const struct pn_storage_rule *rule, const char *path, int number) {
    if (skipped == NULL)
        return;
    char real[PATH_MAX];
    if (number == ELOOP && realpath(path, real) != NULL)
        pn_buf_printf(skipped, "fs://%s is not opened: %s goes through a symbolic link; grant fs://%s instead\n",
                      rule->pattern, path, real);
    else
        pn_buf_printf(skipped, "fs://%s is not opened: %s: %s\n", rule->pattern, path, strerror(number));
}

static bool have_root(const struct pn_world *w, const char *path) {
    for (size_t i = 0; i < w->roots_len; i++)
        if (strcmp(w->roots[i].path, path) == 0)
            return true;
    return false;
}

// Takes fd and path.
static void keep_root(struct pn_world *w, int *fd, char **path) {
    if (have_root(w, *path))
        return;
    w->roots[w->roots_len++] = (struct pn_fs_root){pn_steal_fd(fd), pn_steal(path)};
}

// The parent of a file, in place.
static void cut_last_step(char *path) {
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        slash[slash == path ? 1 : 0] = 0;
}

static bool is_directory(int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static int open_rule(struct pn_world *w, const struct pn_storage_rule *rule, struct pn_buf *skipped,
                     struct pn_err *err) {
    pn_auto(pn_free) char *path = strdup(rule->base);
    if (path == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    pn_auto(pn_fd) int fd = open_plain(path);
    bool may_come = fd < 0 && errno == ENOENT && (rule->access & PN_ACCESS_WRITE) != 0;
    if (fd < 0 && !may_come) {
        say_skipped(skipped, rule, path, errno);
        return 0;
    }
    // A file, or one that may yet be written: its directory is opened, and the policy shows nothing else of it.
    if (fd < 0 || !is_directory(fd)) {
        cut_last_step(path);
        pn_fd_close(&fd);
        fd = open_plain(path);
    }
    if (fd < 0 || !is_directory(fd))
        say_skipped(skipped, rule, path, fd < 0 ? errno : ENOTDIR);
    else
        keep_root(w, &fd, &path);
    return 0;
}

int pn_fs_roots_open(struct pn_world *w, struct pn_buf *skipped, struct pn_err *err) {
    size_t count = w->policy->storage_allow_len;
    if (count == 0)
        return 0;
    w->roots = calloc(count, sizeof *w->roots);
    if (w->roots == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        if (open_rule(w, &w->policy->storage_allow[i], skipped, err) < 0)
            return -1;
    return 0;
}

void pn_fs_roots_close(struct pn_world *w) {
    for (size_t i = 0; i < w->roots_len; i++) {
        pn_fd_close(&w->roots[i].fd);
        free(w->roots[i].path);
    }
    free(w->roots);
    w->roots = NULL;
    w->roots_len = 0;
}
