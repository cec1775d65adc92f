// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "wasi/fs.h"

#include <errno.h>
#include <fcntl.h>

#define NEW_FILE_MODE 0666u // less the worker's umask; never set-id bits

struct pn_fs_node *pn_fs_node_new(const struct pn_fs_root *root, const char *path) {
    struct pn_fs_node *node = calloc(1, sizeof *node);
    char *own = strdup(path);
    if (node == NULL || own == NULL) {
        free(node);
        free(own);
        return NULL;
    }
    *node = (struct pn_fs_node){.root = root, .path = own, .fd = -1, .directory = true, .access = PN_ACCESS_READ};
    return node;
}

void pn_fs_node_free(struct pn_host *h, void *object) {
    struct pn_fs_node *node = object;
    pn_fd_close(&node->fd);
    if (node->counted)
        h->open_files--;
    free(node->path);
    free(node);
}

int pn_fs_count_file(struct pn_host *h, struct pn_err *err) {
    if (h->open_files >= h->world->policy->limits.open_files)
        return pn_host_breach(h, "open_files", err);
    h->open_files++;
    return 0;
}

static unsigned wanted(const struct pn_fs_how *how, const struct pn_fs_path *p) {
    unsigned want = how->read ? PN_ACCESS_READ : 0;
    if (how->write || how->truncate || (how->create && !p->exists))
        want |= PN_ACCESS_WRITE;
    return want;
}

// Everything that can be said before opening a regular file.
static int judge_file(const struct pn_world *w, const struct pn_fs_root *root, const struct pn_fs_how *how,
                      const struct pn_fs_path *p) {
    if (!pn_fs_allows(w, root, p->text, wanted(how, p)))
        return PN_FS_ACCESS;
    if (!p->exists)
        return how->create && !how->directory && !p->slash ? 0 : PN_FS_NO_ENTRY;
    if (how->create && how->exclusive)
        return PN_FS_EXIST;
    if (how->directory || p->slash)
        return PN_FS_NOT_DIRECTORY;
    if (S_ISLNK(p->st.st_mode))
        return PN_FS_LOOP;
    return S_ISREG(p->st.st_mode) ? 0 : PN_FS_ACCESS; // devices, FIFOs and sockets are never opened
}

static int judge_directory(const struct pn_fs_how *how) {
    if (how->create && how->exclusive)
        return PN_FS_EXIST;
    return how->write || how->create || how->truncate ? PN_FS_IS_DIRECTORY : 0;
}

static int open_flags(const struct pn_fs_how *how) {
    int flags = O_NONBLOCK | O_NOCTTY;
    if (how->write || how->truncate)
        flags |= how->read ? O_RDWR : O_WRONLY;
    flags |= how->create ? O_CREAT : 0;
    flags |= how->create && how->exclusive ? O_EXCL : 0;
    flags |= how->sync ? O_SYNC : 0;
    flags |= how->data_sync ? O_DSYNC : 0;
    return how->read || how->write || how->truncate || how->create ? flags : O_PATH;
}

// Opens, and looks again at what was really opened before anything is changed in it.
static int open_file(struct pn_fs_node *node, const struct pn_fs_how *how) {
    node->fd = pn_fs_openat(node->root, node->path, open_flags(how), NEW_FILE_MODE);
    struct stat st;
    if (node->fd < 0 || fstat(node->fd, &st) < 0)
        return pn_fs_errno(errno);
    if (!S_ISREG(st.st_mode))
        return PN_FS_ACCESS;
    if (how->truncate && ftruncate(node->fd, 0) < 0)
        return pn_fs_errno(errno);
    return 0;
}

static int open_node(struct pn_host *h, const struct pn_fs_root *root, const struct pn_fs_path *p,
                     const struct pn_fs_how *how, struct pn_fs_node **out, struct pn_err *err) {
    if (pn_fs_count_file(h, err) < 0)
        return -1;
    struct pn_fs_node *node = pn_fs_node_new(root, p->text);
    if (node == NULL) {
        h->open_files--;
        return PN_FS_NO_MEMORY;
    }
    node->counted = true;
    node->directory = p->exists && S_ISDIR(p->st.st_mode);
    node->access = (how->read ? PN_ACCESS_READ : 0) | (how->write ? PN_ACCESS_WRITE : 0);
    int error = node->directory ? 0 : open_file(node, how);
    if (error != 0)
        pn_fs_node_free(h, node);
    else
        *out = node;
    return error;
}

int pn_fs_open(struct pn_host *h, const struct pn_fs_node *at, struct pn_view path, const struct pn_fs_how *how,
               struct pn_fs_node **out, struct pn_err *err) {
    struct pn_fs_path p;
    int error = pn_fs_resolve(h->world, at, path, how->follow && !(how->create && how->exclusive), &p);
    if (error != 0)
        return error;
    bool directory = p.exists && S_ISDIR(p.st.st_mode);
    error = directory ? judge_directory(how) : judge_file(h->world, at->root, how, &p);
    return error != 0 ? error : open_node(h, at->root, &p, how, out, err);
}
