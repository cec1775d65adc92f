// SPDX-License-Identifier: Apache-2.0
// The pool is an array of units with a bitmap that lies outside of it: a value's neighbours hold no bookkeeping that an
// overrun could turn against us, and a forked child, which sees zeros, still knows what is taken.
#include "base/secret.h"

#include <pthread.h>
#include <sodium.h>
#include <sys/mman.h>

#include "base/hash.h"

enum { UNIT = 64, GUARD = 4096, WORD = 64 };
#define UNITS (PN_SECRET_POOL / UNIT)

static struct {
    pthread_mutex_t lock;
    uint8_t *base; // NULL until mapped
    size_t used;   // units
    uint64_t taken[UNITS / WORD];
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int protect(uint8_t *base, struct pn_err *err) {
    if (mprotect(base, PN_SECRET_POOL, PROT_READ | PROT_WRITE) < 0)
        return pn_fail_errno(err, "secret memory: mprotect");
    if (mlock(base, PN_SECRET_POOL) < 0)
        return pn_fail_errno(err,
                             "secret memory: cannot lock %zu KiB; raise RLIMIT_MEMLOCK (LimitMEMLOCK= of the service)",
                             PN_SECRET_POOL / 1024);
    if (madvise(base, PN_SECRET_POOL, MADV_DONTDUMP) < 0 || madvise(base, PN_SECRET_POOL, MADV_WIPEONFORK) < 0)
        return pn_fail_errno(err, "secret memory: madvise (Linux 4.14 or later is needed)");
    return 0;
}

static int map_pool(struct pn_err *err) {
    const size_t whole = PN_SECRET_POOL + 2 * GUARD;
    void *at = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return pn_fail_errno(err, "secret memory: mmap");
    uint8_t *base = (uint8_t *)at + GUARD;
    if (protect(base, err) < 0) {
        (void)munmap(at, whole);
        return -1;
    }
    pool.base = base;
    return 0;
}

int pn_secret_prepare(struct pn_err *err) {
    (void)pthread_mutex_lock(&pool.lock);
    int rc = pool.base != NULL ? 0 : map_pool(err);
    (void)pthread_mutex_unlock(&pool.lock);
    return rc;
}

// --- units ---

static bool unit_taken(size_t unit) {
    return (pool.taken[unit / WORD] >> (unit % WORD) & 1) != 0;
}

static void mark(size_t from, size_t count, bool taken) {
    for (size_t unit = from; unit < from + count; unit++) {
        uint64_t bit = UINT64_C(1) << (unit % WORD);
        if (taken)
            pool.taken[unit / WORD] |= bit;
        else
            pool.taken[unit / WORD] &= ~bit;
    }
}

// The first run of `count` free units, or UNITS.
static size_t find_run(size_t count) {
    size_t run = 0;
    for (size_t unit = 0; unit < UNITS; unit++) {
        if (unit % WORD == 0 && pool.taken[unit / WORD] == UINT64_MAX) {
            run = 0;
            unit += WORD - 1;
            continue;
        }
        run = unit_taken(unit) ? 0 : run + 1;
        if (run == count)
            return unit + 1 - count;
    }
    return UNITS;
}

static size_t units_of(size_t len) {
    return (len + UNIT - 1) / UNIT;
}

static uint8_t *take_units(size_t count) {
    (void)pthread_mutex_lock(&pool.lock);
    size_t at = find_run(count);
    if (at < UNITS) {
        mark(at, count, true);
        pool.used += count;
    }
    (void)pthread_mutex_unlock(&pool.lock);
    return at < UNITS ? pool.base + at * UNIT : NULL;
}

static void give_units(const uint8_t *ptr, size_t count) {
    (void)pthread_mutex_lock(&pool.lock);
    mark((size_t)(ptr - pool.base) / UNIT, count, false);
    pool.used -= count;
    (void)pthread_mutex_unlock(&pool.lock);
}

size_t pn_secret_in_use(void) {
    (void)pthread_mutex_lock(&pool.lock);
    size_t used = pool.used;
    (void)pthread_mutex_unlock(&pool.lock);
    return used * UNIT;
}

// --- secrets ---

int pn_secret_new(struct pn_secret *s, size_t len, struct pn_err *err) {
    pn_secret_fini(s);
    if (len == 0)
        return 0;
    if (len > PN_SECRET_MOST)
        return pn_fail(err, PN_E_LIMIT, "a secret of %zu bytes is longer than %zu", len, PN_SECRET_MOST);
    if (pn_secret_prepare(err) < 0)
        return -1;
    // Free units are zero: they were wiped when they were given back.
    uint8_t *ptr = take_units(units_of(len));
    if (ptr == NULL)
        return pn_fail(err, PN_E_LIMIT, "the %zu KiB of secret memory are full", PN_SECRET_POOL / 1024);
    *s = (struct pn_secret){ptr, len};
    return 0;
}

int pn_secret_copy(struct pn_secret *s, struct pn_view value, struct pn_err *err) {
    if (pn_secret_new(s, value.len, err) < 0)
        return -1;
    pn_copy(s->ptr, value.ptr, value.len);
    return 0;
}

int pn_secret_take(struct pn_secret *s, void *value, size_t len, struct pn_err *err) {
    int rc = pn_secret_copy(s, pn_view(value, len), err);
    if (len > 0)
        pn_wipe(value, len);
    return rc;
}

int pn_secret_random(struct pn_secret *s, size_t len, struct pn_err *err) {
    if (pn_secret_new(s, len, err) < 0)
        return -1;
    if (len > 0)
        pn_random(s->ptr, len);
    return 0;
}

void pn_secret_cut(struct pn_secret *s, size_t len) {
    if (len >= s->len)
        return;
    size_t kept = units_of(len), had = units_of(s->len);
    pn_wipe(s->ptr + len, s->len - len);
    if (had > kept)
        give_units(s->ptr + kept * UNIT, had - kept);
    s->len = len;
    if (len == 0)
        s->ptr = NULL;
}

void pn_secret_fini(struct pn_secret *s) {
    pn_secret_cut(s, 0);
}

bool pn_secret_eq(const struct pn_secret *s, struct pn_view other) {
    return s->len == other.len && (s->len == 0 || sodium_memcmp(s->ptr, other.ptr, s->len) == 0);
}
