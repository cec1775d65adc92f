// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/text.h"
#include "wasi/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

struct pn_fs_list {
    DIR *dir;
    const struct pn_fs_root *root;
    char path[PN_FS_PATH_MAX];
};

void pn_fs_list_free(struct pn_host *h, void *object) {
    struct pn_fs_list *list = object;
    (void)closedir(list->dir);
    h->open_files--;
    free(list);
}

int pn_fs_list_open(struct pn_host *h, const struct pn_fs_node *node, struct pn_fs_list **out, struct pn_err *err) {
    if (!node->directory)
        return PN_FS_NOT_DIRECTORY;
    if (pn_fs_count_file(h, err) < 0)
        return -1;
    struct pn_fs_list *list = malloc(sizeof *list);
    pn_auto(pn_fd) int fd = pn_fs_openat(node->root, node->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0);
    DIR *dir = list == NULL || fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        int error = list == NULL ? PN_FS_NO_MEMORY : pn_fs_errno(errno);
        free(list);
        h->open_files--;
        return error;
    }
    (void)pn_steal_fd(&fd);
    list->dir = dir;
    list->root = node->root;
    (void)snprintf(list->path, sizeof list->path, "%s", node->path);
    *out = list;
    return 0;
}

static bool shown(const struct pn_world *w, const struct pn_fs_list *list, const char *name) {
    char path[PN_FS_PATH_MAX];
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !pn_utf8_valid(pn_view_str(name)))
        return false;
    int len = snprintf(path, sizeof path, "%s%s%s", list->path, list->path[0] == 0 ? "" : "/", name);
    return len > 0 && (size_t)len < sizeof path && pn_fs_listed(w, list->root, path);
}

int pn_fs_list_next(struct pn_host *h, struct pn_fs_list *list, const struct dirent **entry, struct pn_err *err) {
    for (unsigned passed = 1;; passed++) {
        errno = 0;
        *entry = readdir(list->dir);
        if (*entry == NULL)
            return errno == 0 ? 0 : pn_fs_errno(errno);
        if (shown(h->world, list, (*entry)->d_name))
            return 0;
        // A large directory of which nothing is granted must not outlast the call.
        if (passed % 256 == 0 && pn_host_check(h, err) < 0)
            return -1;
    }
}
