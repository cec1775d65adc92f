// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <errno.h>
#include <sodium.h>
#include <unistd.h>

#include "base/cleanup.h"

struct pn_digest pn_sha256(struct pn_view bytes) {
    struct pn_digest d;
    (void)crypto_hash_sha256(d.b, bytes.ptr, bytes.len);
    return d;
}

struct pn_digest pn_blake2b(struct pn_view bytes) {
    struct pn_digest d;
    (void)crypto_generichash(d.b, sizeof d.b, bytes.ptr, bytes.len, NULL, 0);
    return d;
}

int pn_blake2b_fd(int fd, struct pn_digest *out) {
    enum { CHUNK = 256 * 1024 };
    pn_auto(pn_free) uint8_t *chunk = malloc(CHUNK);
    if (chunk == NULL)
        return -1;
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, sizeof out->b);
    off_t at = 0;
    for (;;) {
        ssize_t n = pread(fd, chunk, CHUNK, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        (void)crypto_generichash_update(&state, chunk, (size_t)n);
        at += n;
    }
    (void)crypto_generichash_final(&state, out->b, sizeof out->b);
    return 0;
}

struct pn_digest pn_mac(const struct pn_mac_key *key, struct pn_view bytes) {
    struct pn_digest d;
    (void)crypto_generichash(d.b, sizeof d.b, bytes.ptr, bytes.len, key->b, sizeof key->b);
    return d;
}

bool pn_digest_eq(const struct pn_digest *a, const struct pn_digest *b) {
    return sodium_memcmp(a->b, b->b, sizeof a->b) == 0;
}

void pn_digest_hex(const struct pn_digest *d, char out[2 * PN_DIGEST + 1]) {
    (void)sodium_bin2hex(out, 2 * PN_DIGEST + 1, d->b, sizeof d->b);
}

void pn_wipe(void *ptr, size_t len) {
    sodium_memzero(ptr, len);
}

void pn_random(void *ptr, size_t len) {
    randombytes_buf(ptr, len);
}
