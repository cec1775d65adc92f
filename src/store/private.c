// SPDX-License-Identifier: Apache-2.0
#include "store/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "store/store.h"

static const char key_name[] = "store.key";

static char *xdg_path(const char *variable, const char *fallback, const char *home) {
    const char *base = getenv(variable);
    bool set = base != NULL && base[0] == '/';
    char *path = NULL;
    int n = set ? asprintf(&path, "%s/postern", base) : asprintf(&path, "%s/%s/postern", home, fallback);
    return n < 0 ? NULL : path;
}

int pn_store_dirs_init(struct pn_store_dirs *dirs, struct pn_err *err) {
    *dirs = (struct pn_store_dirs){0};
    const char *home = getenv("HOME");
    if (home == NULL || home[0] != '/')
        return pn_fail(err, PN_E_INPUT,
                       "HOME is not set to an absolute path; set it, or the three of XDG_DATA_HOME, "
                       "XDG_CACHE_HOME and XDG_STATE_HOME");
    dirs->data = xdg_path("XDG_DATA_HOME", ".local/share", home);
    dirs->cache = xdg_path("XDG_CACHE_HOME", ".cache", home);
    dirs->state = xdg_path("XDG_STATE_HOME", ".local/state", home);
    if (dirs->data != NULL && dirs->cache != NULL && dirs->state != NULL)
        return 0;
    pn_store_dirs_fini(dirs);
    return pn_fail(err, PN_E_SYSTEM, "out of memory");
}

void pn_store_dirs_fini(struct pn_store_dirs *dirs) {
    free(dirs->data);
    free(dirs->cache);
    free(dirs->state);
    *dirs = (struct pn_store_dirs){0};
}

static int check_owner(const struct stat *st, const char *dir, const char *name, mode_t forbidden, struct pn_err *err) {
    if (st->st_uid != geteuid())
        return pn_fail(err, PN_E_DENIED,
                       "%s/%s belongs to user %u, not to user %u who runs Postern; remove it or change its owner", dir,
                       name, (unsigned)st->st_uid, (unsigned)geteuid());
    if ((st->st_mode & forbidden) != 0)
        return pn_fail(err, PN_E_DENIED, "%s/%s has mode %04o, which lets other users at it; run: chmod go-rwx '%s/%s'",
                       dir, name, (unsigned)(st->st_mode & 07777), dir, name);
    return 0;
}

int pn_private_dir(const char *path, struct pn_err *err) {
    if (pn_make_dirs(path, 0700, err) != 0)
        return -1;
    pn_auto(pn_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return pn_fail_errno(err, "%s", path);
    struct stat st;
    if (fstat(fd, &st) != 0)
        return pn_fail_errno(err, "%s", path);
    if (check_owner(&st, path, ".", S_IWGRP | S_IWOTH, err) != 0)
        return -1;
    return pn_steal_fd(&fd);
}

int pn_private_file(int dir_fd, const char *dir_name, const char *name, mode_t forbidden, struct pn_err *err) {
    struct stat st;
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : pn_fail_errno(err, "%s/%s", dir_name, name);
    if (!S_ISREG(st.st_mode))
        return pn_fail(err, PN_E_DENIED, "%s/%s is not a regular file; remove it", dir_name, name);
    return check_owner(&st, dir_name, name, forbidden, err) != 0 ? -1 : 1;
}

// Link, not rename: it fails when another process was first, whose key then stands.
static int key_create(int dir_fd, struct pn_err *err) {
    struct pn_mac_key key;
    uint64_t nonce;
    pn_random(key.b, sizeof key.b);
    pn_random(&nonce, sizeof nonce);
    char temp[64];
    (void)snprintf(temp, sizeof temp, ".new-%016llx", (unsigned long long)nonce);
    pn_auto(pn_fd) int fd = openat(dir_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return pn_fail_errno(err, "%s: create", key_name);
    int rc = pn_write_all(fd, pn_view(key.b, sizeof key.b), err);
    pn_wipe(&key, sizeof key);
    if (rc == 0 && fsync(fd) != 0)
        rc = pn_fail_errno(err, "%s: fsync", key_name);
    if (rc == 0 && linkat(dir_fd, temp, dir_fd, key_name, 0) != 0 && errno != EEXIST)
        rc = pn_fail_errno(err, "%s: link", key_name);
    (void)unlinkat(dir_fd, temp, 0);
    if (rc == 0 && fsync(dir_fd) != 0)
        rc = pn_fail_errno(err, "%s: fsync of its directory", key_name);
    return rc;
}

int pn_private_key(const char *state_dir, struct pn_mac_key *out, struct pn_err *err) {
    pn_auto(pn_fd) int dir_fd = pn_private_dir(state_dir, err);
    if (dir_fd < 0)
        return -1;
    int there = pn_private_file(dir_fd, state_dir, key_name, 077, err);
    if (there == 0 && key_create(dir_fd, err) == 0)
        there = pn_private_file(dir_fd, state_dir, key_name, 077, err);
    if (there != 1)
        return -1;
    pn_auto(pn_fd) int fd = openat(dir_fd, key_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return pn_fail_errno(err, "%s/%s", state_dir, key_name);
    uint8_t bytes[sizeof out->b + 1];
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n == (ssize_t)sizeof out->b)
        pn_copy(out->b, bytes, sizeof out->b);
    pn_wipe(bytes, sizeof bytes);
    if (n == (ssize_t)sizeof out->b)
        return 0;
    return pn_fail(
        err, PN_E_DENIED,
        "%s/%s does not hold %zu bytes; restore it from a backup, or remove it and load every component again",
        state_dir, key_name, sizeof out->b);
}

int pn_private_lock(int fd, int operation, unsigned wait_ms, const char *name, struct pn_err *err) {
    uint64_t deadline = pn_now() + wait_ms * PN_MSEC;
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    while (flock(fd, operation | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return pn_fail_errno(err, "%s: lock", name);
        if (pn_now() >= deadline)
            return pn_fail(err, PN_E_RETRY, "%s: another process is changing it; try again", name);
        (void)nanosleep(&pause, NULL);
    }
    return 0;
}
