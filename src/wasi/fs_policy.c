// SPDX-License-Identifier: Apache-2.0
#include "policy/storage.h"
#include "wasi/fs.h"

#include <stdio.h>

// The absolute path that the policy speaks of; empty when it would be too long (then nothing is granted).
static struct pn_view absolute(char *out, size_t size, const struct pn_fs_root *root, const char *path) {
    const char *base = root->path[1] == 0 ? "" : root->path;
    int len = path[0] == 0 ? snprintf(out, size, "%s", root->path) : snprintf(out, size, "%s/%s", base, path);
    if (len < 0 || (size_t)len >= size)
        len = 0;
    return pn_view(out, (size_t)len);
}

static bool allows(const struct pn_world *w, struct pn_view path, unsigned want) {
    return path.len > 0 && pn_policy_storage(w->policy, path, want).allow;
}

static unsigned rights_of(const struct pn_world *w, struct pn_view path) {
    return (allows(w, path, PN_ACCESS_READ) ? PN_ACCESS_READ : 0u) |
           (allows(w, path, PN_ACCESS_WRITE) ? PN_ACCESS_WRITE : 0u);
}

bool pn_fs_allows(const struct pn_world *w, const struct pn_fs_root *root, const char *path, unsigned want) {
    char buf[PN_FS_PATH_MAX];
    struct pn_view full = absolute(buf, sizeof buf, root, path);
    return want == 0 ? rights_of(w, full) != 0 : allows(w, full, want);
}

bool pn_fs_visible(const struct pn_world *w, const struct pn_fs_root *root, const char *path) {
    char buf[PN_FS_PATH_MAX];
    if (path[0] == 0)
        return true; // the preopened directory itself
    struct pn_view full = absolute(buf, sizeof buf, root, path);
    return allows(w, full, PN_ACCESS_READ) || allows(w, full, PN_ACCESS_WRITE) ||
           (full.len > 0 && pn_policy_storage_passage(w->policy, full));
}

bool pn_fs_listed(const struct pn_world *w, const struct pn_fs_root *root, const char *path) {
    char buf[PN_FS_PATH_MAX];
    struct pn_view full = absolute(buf, sizeof buf, root, path);
    return allows(w, full, PN_ACCESS_READ) || (full.len > 0 && pn_policy_storage_passage(w->policy, full));
}

bool pn_fs_movable(const struct pn_world *w, const struct pn_fs_root *root, const char *from, const char *to,
                   bool directory) {
    char a[PN_FS_PATH_MAX], b[PN_FS_PATH_MAX];
    struct pn_view old = absolute(a, sizeof a, root, from), new = absolute(b, sizeof b, root, to);
    unsigned before = rights_of(w, old), after = rights_of(w, new);
    if ((before & after & PN_ACCESS_WRITE) == 0 || (after & ~before) != 0)
        return false;
    return !directory || pn_policy_storage_movable(w->policy, old, new);
}
