// SPDX-License-Identifier: Apache-2.0
// Giving a file another name: both names are judged, and nothing may become readable that was not.
#include "base/cleanup.h"
#include "wasi/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct names {
    struct pn_fs_path from, to;
    int from_dir, to_dir;
    const char *from_name, *to_name;
};

static void names_cleanup(struct names *n) {
    pn_fd_close(&n->from_dir);
    pn_fd_close(&n->to_dir);
}

static int find(const struct pn_world *w, const struct pn_fs_node *from_at, struct pn_view from, bool follow,
                const struct pn_fs_node *to_at, struct pn_view to, struct names *n) {
    n->from_dir = n->to_dir = -1;
    int error = pn_fs_resolve(w, from_at, from, follow, &n->from);
    if (error == 0)
        error = pn_fs_resolve(w, to_at, to, false, &n->to);
    if (error != 0)
        return error;
    if (from_at->root != to_at->root)
        return PN_FS_CROSS_DEVICE; // no name of one grant in another
    if (!pn_fs_movable(w, to_at->root, n->from.text, n->to.text, n->from.exists && S_ISDIR(n->from.st.st_mode)))
        return PN_FS_ACCESS;
    if (!n->from.exists)
        return PN_FS_NO_ENTRY;
    error = pn_fs_parent(from_at->root, &n->from, &n->from_dir, &n->from_name);
    return error != 0 ? error : pn_fs_parent(to_at->root, &n->to, &n->to_dir, &n->to_name);
}

int pn_fs_rename(struct pn_host *h, const struct pn_fs_node *from_at, struct pn_view from,
                 const struct pn_fs_node *to_at, struct pn_view to, struct pn_err *err) {
    pn_auto(names) struct names n;
    int error = find(h->world, from_at, from, false, to_at, to, &n);
    if (error != 0)
        return error;
    if ((n.from.slash || n.to.slash) && !S_ISDIR(n.from.st.st_mode))
        return PN_FS_NOT_DIRECTORY;
    return renameat2(n.from_dir, n.from_name, n.to_dir, n.to_name, 0) < 0 ? pn_fs_errno(errno) : 0;
}

int pn_fs_link(struct pn_host *h, const struct pn_fs_node *from_at, struct pn_view from, bool follow,
               const struct pn_fs_node *to_at, struct pn_view to, struct pn_err *err) {
    pn_auto(names) struct names n;
    int error = find(h->world, from_at, from, follow, to_at, to, &n);
    if (error != 0)
        return error;
    if (n.to.exists)
        return PN_FS_EXIST;
    if (!S_ISREG(n.from.st.st_mode) || n.to.slash)
        return PN_FS_NOT_PERMITTED;
    return linkat(n.from_dir, n.from_name, n.to_dir, n.to_name, 0) < 0 ? pn_fs_errno(errno) : 0;
}
