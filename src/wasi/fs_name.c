// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "wasi/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

// A resolved path with its opened parent.
struct place {
    struct pn_fs_path p;
    int dir;
    const char *name;
};

static void place_cleanup(struct place *l) {
    pn_fd_close(&l->dir);
}

// Resolves what may be changed: writing must be granted for it.
static int find_place(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, bool follow,
                      struct place *l) {
    l->dir = -1;
    int error = pn_fs_resolve(w, at, path, follow, &l->p);
    if (error != 0)
        return error;
    if (!pn_fs_allows(w, at->root, l->p.text, PN_ACCESS_WRITE))
        return PN_FS_ACCESS;
    return pn_fs_parent(at->root, &l->p, &l->dir, &l->name);
}

int pn_fs_make_directory(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path) {
    pn_auto(place) struct place l;
    int error = find_place(w, at, path, false, &l);
    if (error != 0)
        return error;
    return mkdirat(l.dir, l.name, 0777) < 0 ? pn_fs_errno(errno) : 0;
}

int pn_fs_remove(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, bool directory) {
    pn_auto(place) struct place l;
    int error = find_place(w, at, path, false, &l);
    if (error != 0)
        return error;
    if (!l.p.exists)
        return PN_FS_NO_ENTRY;
    if (directory != S_ISDIR(l.p.st.st_mode))
        return directory ? PN_FS_NOT_DIRECTORY : PN_FS_IS_DIRECTORY;
    if (l.p.slash && !directory)
        return PN_FS_NOT_DIRECTORY;
    return unlinkat(l.dir, l.name, directory ? AT_REMOVEDIR : 0) < 0 ? pn_fs_errno(errno) : 0;
}

static unsigned depth_of(const char *path) {
    unsigned depth = 0;
    for (; *path != 0; path++)
        depth += *path == '/' ? 1 : 0;
    return depth;
}

// Would the text of a link, read at this depth, climb out of the grant? Other programs may follow it without our care.
static bool climbs_out(struct pn_view target, unsigned depth) {
    while (target.len > 0) {
        size_t end = pn_view_find(target, '/', 0);
        struct pn_view step = pn_view_part(target, 0, end);
        bool up = pn_view_is(step, "..");
        if (up && depth == 0)
            return true;
        depth += up ? -1u : step.len == 0 || pn_view_is(step, ".") ? 0 : 1;
        target = pn_view_part(target, end == SIZE_MAX ? target.len : end + 1, target.len);
    }
    return false;
}

int pn_fs_symlink(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view target, struct pn_view path) {
    pn_auto(place) struct place l;
    int error = find_place(w, at, path, false, &l);
    if (error != 0)
        return error;
    if (target.len == 0 || target.len >= PN_FS_PATH_MAX || pn_view_find(target, 0, 0) != SIZE_MAX)
        return PN_FS_INVALID;
    if (target.ptr[0] == '/' || climbs_out(target, depth_of(l.p.text)))
        return PN_FS_NOT_PERMITTED;
    pn_auto(pn_free) char *text = pn_view_dup(target);
    if (text == NULL)
        return PN_FS_NO_MEMORY;
    return symlinkat(text, l.dir, l.name) < 0 ? pn_fs_errno(errno) : 0;
}

int pn_fs_readlink(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, struct pn_buf *out) {
    struct pn_fs_path p;
    int error = pn_fs_resolve(w, at, path, false, &p);
    if (error != 0)
        return error;
    if (!pn_fs_allows(w, at->root, p.text, PN_ACCESS_READ))
        return PN_FS_ACCESS;
    if (!p.exists || !S_ISLNK(p.st.st_mode))
        return p.exists ? PN_FS_INVALID : PN_FS_NO_ENTRY;
    pn_auto(pn_fd) int fd = pn_fs_openat(at->root, p.text, O_PATH, 0);
    uint8_t *room = pn_buf_room(out, PN_FS_PATH_MAX);
    if (fd < 0 || room == NULL)
        return fd < 0 ? pn_fs_errno(errno) : PN_FS_NO_MEMORY;
    ssize_t len = readlinkat(fd, "", (char *)room, PN_FS_PATH_MAX);
    if (len < 0)
        return pn_fs_errno(errno);
    if (len > 0 && room[0] == '/')
        return PN_FS_NOT_PERMITTED; // where it leads is not the guest's business
    out->len += (size_t)len;
    return 0;
}

int pn_fs_stat_at(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, bool follow,
                  struct stat *st) {
    struct pn_fs_path p;
    int error = pn_fs_resolve(w, at, path, follow, &p);
    if (error != 0)
        return error;
    if (!p.exists)
        return PN_FS_NO_ENTRY;
    *st = p.st;
    return p.slash && !S_ISDIR(p.st.st_mode) ? PN_FS_NOT_DIRECTORY : 0;
}

int pn_fs_set_times_at(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, bool follow,
                       const struct pn_fs_times *times) {
    pn_auto(place) struct place l;
    int error = find_place(w, at, path, follow, &l);
    if (error != 0)
        return error;
    if (!l.p.exists)
        return PN_FS_NO_ENTRY;
    return utimensat(l.dir, l.name, times->t, AT_SYMLINK_NOFOLLOW) < 0 ? pn_fs_errno(errno) : 0;
}
