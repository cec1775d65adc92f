// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/hash.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

int pn_read_all(int fd, size_t most, const char *name, struct pn_buf *out, struct pn_err *err) {
    size_t got = 0;
    for (;;) {
        size_t want = most - got < 65536 ? most - got + 1 : 65536;
        uint8_t *to = pn_buf_room(out, want);
        if (to == NULL)
            return pn_fail(err, PN_E_LIMIT, "%s: does not fit into memory", name);
        ssize_t n = read(fd, to, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pn_fail_errno(err, "%s: read", name);
        if (n == 0)
            return 0;
        got += (size_t)n;
        if (got > most)
            return pn_fail(err, PN_E_LIMIT, "%s: larger than %zu bytes", name, most);
        out->len += (size_t)n;
    }
}

int pn_read_file(const char *path, size_t most, struct pn_buf *out, struct pn_err *err) {
    pn_auto(pn_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return pn_fail_errno(err, "%s", path);
    struct stat st;
    if (fstat(fd, &st) != 0)
        return pn_fail_errno(err, "%s", path);
    if (!S_ISREG(st.st_mode))
        return pn_fail(err, PN_E_INPUT, "%s: not a regular file", path);
    return pn_read_all(fd, most, path, out, err);
}

int pn_write_all(int fd, struct pn_view bytes, struct pn_err *err) {
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pn_fail_errno(err, "write");
        bytes = pn_view(bytes.ptr + n, bytes.len - (size_t)n);
    }
    return 0;
}

static int fill_and_rename(int dir_fd, int fd, const char *temp, const char *name, struct pn_view bytes,
                           struct pn_err *err) {
    if (pn_write_all(fd, bytes, err) != 0)
        return pn_err_prefix(err, "%s", name);
    if (fsync(fd) != 0)
        return pn_fail_errno(err, "%s: fsync", name);
    if (renameat(dir_fd, temp, dir_fd, name) != 0)
        return pn_fail_errno(err, "%s: rename", name);
    if (fsync(dir_fd) != 0)
        return pn_fail_errno(err, "%s: fsync of its directory", name);
    return 0;
}

int pn_replace_file(int dir_fd, const char *name, struct pn_view bytes, unsigned mode, struct pn_err *err) {
    uint64_t nonce;
    pn_random(&nonce, sizeof nonce);
    char temp[64];
    (void)snprintf(temp, sizeof temp, ".new-%016llx", (unsigned long long)nonce);
    pn_auto(pn_fd) int fd = openat(dir_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return pn_fail_errno(err, "%s: create", name);
    int rc = fill_and_rename(dir_fd, fd, temp, name, bytes, err);
    if (rc != 0)
        (void)unlinkat(dir_fd, temp, 0);
    return rc;
}

int pn_make_dirs(const char *path, unsigned mode, struct pn_err *err) {
    pn_auto(pn_free) char *copy = strdup(path);
    if (copy == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    for (char *at = copy + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char was = *at;
        *at = '\0';
        if (mkdir(copy, mode) != 0 && errno != EEXIST)
            return pn_fail_errno(err, "%s: mkdir", copy);
        if (was == '\0')
            return 0;
        *at = was;
    }
}

int pn_memfd_sealed(struct pn_view bytes, struct pn_err *err) {
    pn_auto(pn_fd) int fd = memfd_create("postern", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) // before Linux 6.3 there is no MFD_NOEXEC_SEAL
        fd = memfd_create("postern", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return pn_fail_errno(err, "memfd_create");
    if (pn_write_all(fd, bytes, err) != 0)
        return -1;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return pn_fail_errno(err, "seal of a memfd");
    return pn_steal_fd(&fd);
}

int pn_memfd_map(int fd, size_t size, struct pn_view *out, struct pn_err *err) {
    int seals = fcntl(fd, F_GET_SEALS);
    const int need = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    struct stat st;
    if (seals < 0 || (seals & need) != need || fstat(fd, &st) != 0)
        return pn_fail(err, PN_E_PEER, "body is not a sealed memory file");
    if (st.st_size < 0 || (uint64_t)st.st_size != size)
        return pn_fail(err, PN_E_PEER, "body has %lld bytes, %zu announced", (long long)st.st_size, size);
    *out = (struct pn_view){NULL, 0};
    if (size == 0)
        return 0;
    void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (map == MAP_FAILED)
        return pn_fail_errno(err, "map of a body of %zu bytes", size);
    *out = pn_view(map, size);
    return 0;
}

void pn_memfd_unmap(struct pn_view *map) {
    if (map->len != 0)
        (void)munmap((void *)(uintptr_t)map->ptr, map->len);
    *map = (struct pn_view){NULL, 0};
}
