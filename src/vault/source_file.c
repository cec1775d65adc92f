// SPDX-License-Identifier: Apache-2.0
// file:PATH
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "vault/internal.h"

static int open_file(const char *arg, bool fresh, struct pn_key_kdf *kdf, struct pn_secret *out, struct pn_err *err) {
    pn_auto(pn_secret) struct pn_secret text = {0};
    (void)fresh;
    *kdf = (struct pn_key_kdf){0};
    if (pn_key_file_read(arg, 128, &text, err) != 0)
        return -1;
    return pn_key_decode(pn_secret_view(&text), arg, true, out, err);
}

const struct pn_key_source pn_key_source_file = {"file", "PATH", open_file};

static int fill(int fd, const char *path, struct pn_err *err) {
    pn_auto(pn_secret) struct pn_secret key = {0};
    if (pn_secret_random(&key, PN_KEY_LEN, err) != 0 || pn_write_all(fd, pn_secret_view(&key), err) != 0)
        return -1;
    return fsync(fd) == 0 ? 0 : pn_fail_errno(err, "%s: fsync", path);
}

// The name itself must survive a crash too, before a vault depends on it.
static int sync_parent(const char *path, struct pn_err *err) {
    const char *slash = strrchr(path, '/');
    pn_auto(pn_free) char *dir =
        slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (dir == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    pn_auto(pn_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? 0 : pn_fail_errno(err, "%s: fsync", dir);
}

int pn_key_file_make(const char *path, struct pn_err *err) {
    pn_auto(pn_fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return pn_fail_errno(err, "%s", path);
    if (fill(fd, path, err) == 0 && sync_parent(path, err) == 0)
        return 0;
    (void)unlink(path);
    return -1;
}
