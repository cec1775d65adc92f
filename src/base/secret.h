// SPDX-License-Identifier: Apache-2.0
// Secret memory. Values live in one pool of pages that are locked (never swapped), left out of core dumps, given to a
// forked child as zeros and fenced by guard pages; they are wiped when they are given back. A secret is never
// formatted: there is no function that makes text of it, and no log or error may be given its view.
//
// The pool is mapped once (pn_secret_prepare, or the first use), so that a confined process needs no system call later.
// All functions may be called from several threads; one secret belongs to one thread at a time.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#define PN_SECRET_POOL ((size_t)512 * 1024) // locked bytes of a process; counts against RLIMIT_MEMLOCK
#define PN_SECRET_MOST ((size_t)64 * 1024)  // the longest value

// Zero-initialised is valid and means: no value, length 0. Copying the struct copies the reference, not the value.
struct pn_secret {
    uint8_t *ptr; // in the pool; NULL without a value
    size_t len;
};

// Maps and locks the pool: to be called before seccomp takes mmap, mlock and madvise away. Repeating it is free. Fails
// with PN_E_SYSTEM when memory cannot be locked or kept out of dumps: secrets are then not taken at all.
[[nodiscard]] int pn_secret_prepare(struct pn_err *err);

// The four makers fill `*s`, whose old value (if any) is wiped first; on failure *s is empty. PN_E_LIMIT: `len` is
// above PN_SECRET_MOST or the pool is full. `len` 0 gives an empty secret.
[[nodiscard]] int pn_secret_new(struct pn_secret *s, size_t len,
                                struct pn_err *err); // zero bytes, to be filled in place
[[nodiscard]] int pn_secret_copy(struct pn_secret *s, struct pn_view value, struct pn_err *err);
[[nodiscard]] int pn_secret_random(struct pn_secret *s, size_t len, struct pn_err *err);
// Copies `value` and wipes the place it came from, on failure too.
[[nodiscard]] int pn_secret_take(struct pn_secret *s, void *value, size_t len, struct pn_err *err);

// Wipes and gives back; *s is empty afterwards. An empty secret is left alone.
void pn_secret_fini(struct pn_secret *s);
static inline void pn_secret_cleanup(struct pn_secret *s) {
    pn_secret_fini(s);
}
// Shortens to `len` bytes (longer is ignored) and wipes the tail: for values whose length is known only after reading
// them.
void pn_secret_cut(struct pn_secret *s, size_t len);

// The bytes, borrowed until fini: for ciphers, MACs and the one request they are injected into.
static inline struct pn_view pn_secret_view(const struct pn_secret *s) {
    return pn_view(s->ptr, s->len);
}
// Constant time in the contents; the lengths are not secret.
bool pn_secret_eq(const struct pn_secret *s, struct pn_view other);

// Bytes of the pool in use, rounded up to its unit: for tests and figures.
size_t pn_secret_in_use(void);
