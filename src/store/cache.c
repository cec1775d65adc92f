// SPDX-License-Identifier: Apache-2.0
#include "store/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "store/manifest.h"
#include "store/private.h"
#include "store/prune.h"
#include "store/seal.h"

enum { TOOLS_MAX = 32 << 20, WAIT_MS = 10000, TOUCH_AFTER_S = 24 * 3600 };

struct pn_cache {
    int dir_fd;
    int lock_fd; // held while an entry's three files are put in place
    char *path;
    struct pn_mac_key key;
};

struct names {
    char artefact[2 * PN_DIGEST + 16], tools[2 * PN_DIGEST + 16], manifest[2 * PN_DIGEST + 16];
};

void pn_cache_close(struct pn_cache *c) {
    if (c == NULL)
        return;
    pn_fd_close(&c->lock_fd);
    pn_fd_close(&c->dir_fd);
    pn_wipe(&c->key, sizeof c->key);
    free(c->path);
    free(c);
}

static int open_parts(struct pn_cache *c, const struct pn_store_dirs *dirs, struct pn_err *err) {
    pn_auto(pn_fd) int parent = pn_private_dir(dirs->cache, err);
    if (parent < 0)
        return -1;
    if (asprintf(&c->path, "%s/compiled", dirs->cache) < 0) {
        c->path = NULL;
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    }
    c->dir_fd = pn_private_dir(c->path, err);
    if (c->dir_fd < 0)
        return -1;
    c->lock_fd = openat(c->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (c->lock_fd < 0)
        return pn_fail_errno(err, "%s/lock", c->path);
    return pn_private_key(dirs->state, &c->key, err);
}

int pn_cache_open(const struct pn_store_dirs *dirs, struct pn_cache **out, struct pn_err *err) {
    struct pn_cache *c = malloc(sizeof *c);
    if (c == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    *c = (struct pn_cache){.dir_fd = -1, .lock_fd = -1};
    if (open_parts(c, dirs, err) != 0) {
        pn_cache_close(c);
        return -1;
    }
    *out = c;
    return 0;
}

static bool name_entry(const struct pn_cache_key *key, struct pn_digest *id, struct names *out) {
    pn_auto(pn_buf) struct pn_buf m = {0};
    pn_seal_str(&m, "postern compiled 1");
    pn_seal_digest(&m, &key->component);
    pn_seal_str(&m, key->engine);
    pn_seal_str(&m, key->configuration);
    if (m.overflow)
        return false;
    *id = pn_blake2b(pn_buf_view(&m));
    char hex[2 * PN_DIGEST + 1];
    pn_digest_hex(id, hex);
    (void)snprintf(out->artefact, sizeof out->artefact, "%s.cwasm", hex);
    (void)snprintf(out->tools, sizeof out->tools, "%s.json", hex);
    (void)snprintf(out->manifest, sizeof out->manifest, "%s.manifest", hex);
    return true;
}

void pn_cache_entry_fini(struct pn_cache_entry *e) {
    pn_fd_close(&e->artefact);
    pn_buf_fini(&e->tools);
}

static int miss(struct pn_cache_entry *e, bool tampered, const char *why) {
    pn_fd_close(&e->artefact);
    pn_buf_fini(&e->tools);
    e->tampered = tampered;
    (void)snprintf(e->miss, sizeof e->miss, "%s", why);
    return 0;
}

static int open_entry_file(const struct pn_cache *c, const char *name) {
    return openat(c->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static bool is_file_of(int fd, uint64_t size) {
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0 && (uint64_t)st.st_size == size;
}

static bool read_small(const struct pn_cache *c, const char *name, size_t most, struct pn_buf *out) {
    pn_auto(pn_fd) int fd = open_entry_file(c, name);
    return fd >= 0 && pn_read_all(fd, most, name, out, NULL) == 0;
}

static int read_manifest(const struct pn_cache *c, const struct names *n, const struct pn_digest *id,
                         struct pn_manifest *m, struct pn_cache_entry *out) {
    pn_auto(pn_fd) int fd = open_entry_file(c, n->manifest);
    if (fd < 0)
        return miss(out, false, errno == ENOENT ? "not compiled yet" : "its manifest cannot be opened");
    pn_auto(pn_buf) struct pn_buf bytes = {0};
    if (pn_read_all(fd, PN_MANIFEST_SIZE, n->manifest, &bytes, NULL) != 0 ||
        !pn_manifest_parse(pn_buf_view(&bytes), &c->key, m))
        return miss(out, true, "its manifest is damaged or sealed with another key");
    if (!pn_digest_eq(&m->entry, id))
        return miss(out, true, "its manifest belongs to another entry");
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_mtime + TOUCH_AFTER_S < time(NULL))
        (void)futimens(fd, NULL); // still in use: see prune.h
    return 1;
}

static int check_parts(const struct pn_cache *c, const struct names *n, const struct pn_manifest *m,
                       enum pn_cache_check check, struct pn_cache_entry *out) {
    if (!read_small(c, n->tools, TOOLS_MAX, &out->tools) || out->tools.len != m->tools_size)
        return miss(out, true, "its description is missing or has another size");
    struct pn_digest got = pn_blake2b(pn_buf_view(&out->tools));
    if (!pn_digest_eq(&got, &m->tools))
        return miss(out, true, "its description is damaged");
    out->artefact = open_entry_file(c, n->artefact);
    if (out->artefact < 0 || !is_file_of(out->artefact, m->artefact_size))
        return miss(out, true, "its artefact is missing or has another size");
    if (check == PN_CACHE_CHECK_ALL && (pn_blake2b_fd(out->artefact, &got) != 0 || !pn_digest_eq(&got, &m->artefact)))
        return miss(out, true, "its artefact is damaged");
    out->artefact_size = m->artefact_size;
    out->digest = m->artefact;
    out->memory_min = m->memory_min;
    out->tampered = false;
    return 1;
}

static int look(const struct pn_cache *c, const struct pn_cache_key *key, enum pn_cache_check check,
                struct pn_cache_entry *out) {
    *out = (struct pn_cache_entry){.artefact = -1};
    struct pn_digest id;
    struct names n;
    struct pn_manifest m;
    if (!name_entry(key, &id, &n))
        return miss(out, false, "out of memory");
    return read_manifest(c, &n, &id, &m, out) == 1 ? check_parts(c, &n, &m, check, out) : 0;
}

int pn_cache_get(struct pn_cache *c, const struct pn_cache_key *key, enum pn_cache_check check,
                 struct pn_cache_entry *out) {
    int hit = look(c, key, check, out);
    if (hit == 1 || !out->tampered)
        return hit;
    // Another process may just be putting the same entry in place: look again when it is done.
    if (pn_private_lock(c->lock_fd, LOCK_SH, WAIT_MS, c->path, NULL) != 0)
        return hit;
    pn_cache_entry_fini(out);
    hit = look(c, key, check, out);
    (void)flock(c->lock_fd, LOCK_UN);
    return hit;
}

static int copy_all(int from, int to, uint64_t *size, struct pn_err *err) {
    enum { CHUNK = 256 * 1024 };
    pn_auto(pn_free) uint8_t *chunk = malloc(CHUNK);
    if (chunk == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    *size = 0;
    for (;;) {
        ssize_t n = pread(from, chunk, CHUNK, (off_t)*size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pn_fail_errno(err, "read of the artefact");
        if (n == 0)
            return 0;
        if (pn_write_all(to, pn_view(chunk, (size_t)n), err) != 0)
            return -1;
        *size += (uint64_t)n;
    }
}

// Temporary siblings of the three files; nothing is synced, because what a crash leaves broken is found and made again.
struct pending {
    char artefact[40], tools[40], manifest[40];
};

static int write_temp(const struct pn_cache *c, char name[40], struct pn_view bytes, int from, uint64_t *size,
                      struct pn_err *err) {
    uint64_t nonce;
    pn_random(&nonce, sizeof nonce);
    (void)snprintf(name, 40, ".new-%016llx", (unsigned long long)nonce);
    pn_auto(pn_fd) int fd = openat(c->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return pn_fail_errno(err, "%s: create", c->path);
    int rc = from < 0 ? pn_write_all(fd, bytes, err) : copy_all(from, fd, size, err);
    return rc == 0 ? 0 : pn_err_prefix(err, "%s", c->path);
}

static int write_parts(const struct pn_cache *c, struct pending *p, struct pn_manifest *m, int artefact,
                       struct pn_view tools, struct pn_err *err) {
    if (pn_blake2b_fd(artefact, &m->artefact) != 0)
        return pn_fail_errno(err, "read of the artefact");
    m->tools = pn_blake2b(tools);
    m->tools_size = tools.len;
    if (write_temp(c, p->artefact, (struct pn_view){0}, artefact, &m->artefact_size, err) != 0 ||
        write_temp(c, p->tools, tools, -1, NULL, err) != 0)
        return -1;
    pn_auto(pn_buf) struct pn_buf bytes = {0};
    if (!pn_manifest_write(m, &c->key, &bytes))
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    return write_temp(c, p->manifest, pn_buf_view(&bytes), -1, NULL, err);
}

static int put_in_place(const struct pn_cache *c, const struct pending *p, const struct names *n, struct pn_err *err) {
    if (pn_private_lock(c->lock_fd, LOCK_EX, WAIT_MS, c->path, err) != 0)
        return -1;
    (void)unlinkat(c->dir_fd, n->manifest, 0);
    bool done = renameat(c->dir_fd, p->artefact, c->dir_fd, n->artefact) == 0 &&
                renameat(c->dir_fd, p->tools, c->dir_fd, n->tools) == 0 &&
                renameat(c->dir_fd, p->manifest, c->dir_fd, n->manifest) == 0;
    int rc = done ? 0 : pn_fail_errno(err, "%s: rename", c->path);
    pn_prune(c->dir_fd);
    (void)flock(c->lock_fd, LOCK_UN);
    return rc;
}

int pn_cache_put(struct pn_cache *c, const struct pn_cache_key *key, int artefact, struct pn_view tools,
                 uint64_t memory_min, struct pn_err *err) {
    struct pn_manifest m = {.memory_min = memory_min};
    struct names n;
    struct pending p = {0};
    if (!name_entry(key, &m.entry, &n))
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (tools.len > TOOLS_MAX)
        return pn_fail(err, PN_E_LIMIT, "the description has %zu bytes, more than %d", tools.len, TOOLS_MAX);
    int rc = write_parts(c, &p, &m, artefact, tools, err);
    if (rc == 0)
        rc = put_in_place(c, &p, &n, err);
    if (rc != 0) {
        (void)unlinkat(c->dir_fd, p.artefact, 0);
        (void)unlinkat(c->dir_fd, p.tools, 0);
        (void)unlinkat(c->dir_fd, p.manifest, 0);
    }
    return rc;
}

void pn_cache_drop(struct pn_cache *c, const struct pn_cache_key *key) {
    struct pn_digest id;
    struct names n;
    if (!name_entry(key, &id, &n) || pn_private_lock(c->lock_fd, LOCK_EX, WAIT_MS, c->path, NULL) != 0)
        return;
    (void)unlinkat(c->dir_fd, n.manifest, 0);
    (void)unlinkat(c->dir_fd, n.artefact, 0);
    (void)unlinkat(c->dir_fd, n.tools, 0);
    (void)flock(c->lock_fd, LOCK_UN);
}
