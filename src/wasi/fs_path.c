// SPDX-License-Identifier: Apache-2.0
// From what the guest wrote to a path without links below a root, or an error that tells nothing about what is not
// granted: a step that the policy does not show is refused before the file system is asked.
#include "base/cleanup.h"
#include "wasi/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINKS_MAX 40

int pn_fs_openat(const struct pn_fs_root *root, const char *path, int flags, unsigned mode) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
        .mode = (flags & O_CREAT) != 0 ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long fd = syscall(SYS_openat2, root->fd, path[0] == 0 ? "." : path, &how, sizeof how);
    return (int)fd;
}

// Looks at a path without following a link at its end. 0, or an error (PN_FS_LOOP: a link further up).
static int look(const struct pn_fs_root *root, const char *path, int *fd, struct stat *st) {
    *fd = pn_fs_openat(root, path, O_PATH, 0);
    if (*fd < 0)
        return pn_fs_errno(errno);
    return fstat(*fd, st) < 0 ? pn_fs_errno(errno) : 0;
}

static int put_step(struct pn_fs_path *p, struct pn_view step) {
    size_t gap = p->len > 0 ? 1 : 0;
    if (step.len > 255 || p->len + gap + step.len >= sizeof p->text)
        return PN_FS_NAME_TOO_LONG;
    if (gap != 0)
        p->text[p->len++] = '/';
    pn_copy(p->text + p->len, step.ptr, step.len);
    p->len += step.len;
    p->text[p->len] = 0;
    return 0;
}

static int drop_step(struct pn_fs_path *p) {
    if (p->len == 0)
        return PN_FS_NOT_PERMITTED; // above the grant
    while (p->len > 0 && p->text[p->len - 1] != '/')
        p->len--;
    if (p->len > 0)
        p->len--;
    p->text[p->len] = 0;
    return 0;
}

static struct pn_view next_step(struct pn_view *rest) {
    while (rest->len > 0 && rest->ptr[0] == '/')
        *rest = pn_view_part(*rest, 1, rest->len);
    size_t end = pn_view_find(*rest, '/', 0);
    struct pn_view step = pn_view_part(*rest, 0, end);
    *rest = pn_view_part(*rest, step.len, rest->len);
    return step;
}

static bool only_slashes(struct pn_view rest) {
    for (size_t i = 0; i < rest.len; i++)
        if (rest.ptr[i] != '/')
            return false;
    return true;
}

// What is malformed or plainly outside is refused by its text alone.
static int check_text(struct pn_view path) {
    if (path.len == 0)
        return PN_FS_NO_ENTRY;
    if (path.len >= PN_FS_PATH_MAX)
        return PN_FS_NAME_TOO_LONG;
    if (path.ptr[0] == '/')
        return PN_FS_NOT_PERMITTED;
    return pn_view_find(path, 0, 0) == SIZE_MAX ? 0 : PN_FS_ILLEGAL_BYTES;
}

// The usual case: no "..", no link on the way. False: take the slow way.
static bool resolve_fast(const struct pn_world *w, const struct pn_fs_root *root, struct pn_view rest, bool follow,
                         struct pn_fs_path *out, int *error) {
    for (struct pn_view step = next_step(&rest); step.len > 0; step = next_step(&rest)) {
        if (pn_view_is(step, ".."))
            return false;
        *error = pn_view_is(step, ".") ? 0 : put_step(out, step);
        if (*error != 0)
            return true;
    }
    if (!pn_fs_visible(w, root, out->text))
        return false;
    pn_auto(pn_fd) int fd = -1;
    *error = look(root, out->text, &fd, &out->st);
    if (*error == PN_FS_LOOP || (*error == 0 && S_ISLNK(out->st.st_mode) && follow))
        return false;
    out->exists = *error == 0;
    if (*error == PN_FS_NO_ENTRY) // whoever needs it to exist will say so
        *error = 0;
    return true;
}

// The slow way: what is left to walk, and how many links were read.
struct walk {
    char todo[PN_FS_PATH_MAX];
    struct pn_view rest;
    unsigned links;
};

// Puts a link's text in front of what is left.
static int read_link(struct walk *walk, int fd, struct pn_fs_path *out) {
    char text[PN_FS_PATH_MAX];
    ssize_t len = readlinkat(fd, "", text, sizeof text);
    if (len <= 0)
        return len < 0 ? pn_fs_errno(errno) : PN_FS_NO_ENTRY;
    if (++walk->links > LINKS_MAX)
        return PN_FS_LOOP;
    if (text[0] == '/')
        return PN_FS_NOT_PERMITTED; // an absolute link leaves the grant
    if ((size_t)len + walk->rest.len >= sizeof text)
        return PN_FS_NAME_TOO_LONG;
    pn_copy(text + len, walk->rest.ptr, walk->rest.len);
    size_t total = (size_t)len + walk->rest.len;
    pn_copy(walk->todo, text, total);
    walk->rest = pn_view(walk->todo, total);
    return drop_step(out);
}

// One step that is not "." or "..", already added to out.
static int take_step(const struct pn_world *w, const struct pn_fs_root *root, struct walk *walk, bool follow,
                     struct pn_fs_path *out) {
    if (!pn_fs_visible(w, root, out->text))
        return PN_FS_ACCESS;
    bool last = only_slashes(walk->rest);
    pn_auto(pn_fd) int fd = -1;
    int error = look(root, out->text, &fd, &out->st);
    out->exists = error == 0;
    if (error == PN_FS_NO_ENTRY && last)
        return 0;
    if (error != 0)
        return error;
    if (S_ISLNK(out->st.st_mode) && (follow || !last))
        return read_link(walk, fd, out);
    return last || S_ISDIR(out->st.st_mode) ? 0 : PN_FS_NOT_DIRECTORY;
}

static int resolve_slow(const struct pn_world *w, const struct pn_fs_root *root, struct walk *walk, bool follow,
                        struct pn_fs_path *out) {
    bool looked = false;
    for (struct pn_view step = next_step(&walk->rest); step.len > 0; step = next_step(&walk->rest)) {
        if (pn_view_is(step, "."))
            continue;
        looked = !pn_view_is(step, "..");
        int error = looked ? put_step(out, step) : drop_step(out);
        if (error == 0 && looked)
            error = take_step(w, root, walk, follow, out);
        if (error != 0)
            return error;
    }
    if (looked && out->exists && !S_ISLNK(out->st.st_mode))
        return 0;
    // It ended in ".." or a link: look at what that came to.
    if (!pn_fs_visible(w, root, out->text))
        return PN_FS_ACCESS;
    pn_auto(pn_fd) int fd = -1;
    int error = look(root, out->text, &fd, &out->st);
    out->exists = error == 0;
    return error == PN_FS_NO_ENTRY ? 0 : error;
}

static int start_at(const struct pn_fs_node *at, struct pn_fs_path *out) {
    out->exists = false;
    size_t len = strlen(at->path);
    if (len >= sizeof out->text)
        return PN_FS_NAME_TOO_LONG;
    pn_copy(out->text, at->path, len + 1);
    out->len = len;
    return 0;
}

int pn_fs_resolve(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, bool follow,
                  struct pn_fs_path *out) {
    int error = at->directory ? check_text(path) : PN_FS_NOT_DIRECTORY;
    if (error == 0)
        error = start_at(at, out);
    if (error != 0)
        return error;
    out->slash = path.ptr[path.len - 1] == '/';
    if (resolve_fast(w, at->root, path, follow || out->slash, out, &error))
        return error;
    struct walk walk = {.rest = path};
    error = start_at(at, out);
    return error != 0 ? error : resolve_slow(w, at->root, &walk, follow || out->slash, out);
}

int pn_fs_parent(const struct pn_fs_root *root, const struct pn_fs_path *path, int *dir_fd, const char **name) {
    if (path->len == 0)
        return PN_FS_BUSY; // the grant itself
    struct pn_fs_path up = {.len = path->len};
    pn_copy(up.text, path->text, path->len + 1);
    (void)drop_step(&up);
    *name = path->text + up.len + (up.len > 0 ? 1 : 0);
    *dir_fd = pn_fs_openat(root, up.text, O_PATH | O_DIRECTORY, 0);
    return *dir_fd < 0 ? pn_fs_errno(errno) : 0;
}
