// SPDX-License-Identifier: Apache-2.0
// Component bytes by content.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "store/internal.h"

enum { NAME_SIZE = 2 * PN_DIGEST + sizeof ".wasm" };

static void blob_name(const struct pn_digest *sha256, char out[NAME_SIZE]) {
    pn_digest_hex(sha256, out);
    pn_copy(out + 2 * PN_DIGEST, ".wasm", sizeof ".wasm");
}

static int blob_read(struct pn_store *s, const struct pn_digest *sha256, uint64_t size, struct pn_buf *out,
                     struct pn_err *err) {
    char name[NAME_SIZE];
    blob_name(sha256, name);
    pn_auto(pn_fd) int fd = openat(s->blobs_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return pn_fail_errno(err, "%s/blobs/%s", s->path, name);
    if (pn_read_all(fd, size, name, out, err) != 0)
        return -1;
    struct pn_digest got = pn_sha256(pn_buf_view(out));
    if (out->len == size && pn_digest_eq(&got, sha256))
        return 0;
    return pn_err_set(err, PN_E_DENIED, EBADMSG, __func__, "the stored bytes are not those that were loaded (blobs/%s)",
                      name);
}

int pn_store_blob(struct pn_store *s, const struct pn_component *c, struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf bytes = {0};
    struct pn_err why = {0};
    if (c->fault != NULL)
        return pn_err_set(err, PN_E_DENIED, EBADMSG, __func__, "component '%s' is refused: %s", c->id, c->fault);
    if (blob_read(s, &c->sha256, c->size, &bytes, &why) != 0)
        return pn_err_set(err, PN_E_DENIED, EBADMSG, __func__,
                          "component '%s' is refused: %s; load it again from a source you trust", c->id, why.text);
    return pn_memfd_sealed(pn_buf_view(&bytes), err);
}

int pn_blob_write(struct pn_store *s, const struct pn_digest *sha256, struct pn_view bytes, struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf old = {0};
    if (blob_read(s, sha256, bytes.len, &old, NULL) == 0)
        return 0;
    char name[NAME_SIZE];
    blob_name(sha256, name);
    return pn_replace_file(s->blobs_fd, name, bytes, 0600, err);
}

static bool is_named(const struct pn_rows *rows, const char *file) {
    for (size_t i = 0; i < rows->len; i++) {
        char name[NAME_SIZE];
        blob_name(&rows->at[i].c.sha256, name);
        if (rows->at[i].present && strcmp(name, file) == 0)
            return true;
    }
    return false;
}

void pn_blob_sweep(struct pn_store *s, const struct pn_rows *rows) {
    // A damaged row may have lost the name of its blob: keep everything until the operator has looked.
    for (size_t i = 0; i < rows->len; i++)
        if (rows->at[i].c.fault != NULL)
            return;
    int fd = openat(s->blobs_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        pn_fd_close(&fd);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || is_named(rows, entry->d_name))
            continue;
        if (unlinkat(s->blobs_fd, entry->d_name, 0) == 0)
            pn_log(PN_LOG_DEBUG, "removed %s, which no component names", entry->d_name);
    }
    (void)closedir(dir);
}
