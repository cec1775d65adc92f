// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) names content; keyed BLAKE2b-256 (RFC 7693) authenticates our own files. Both by libsodium.
#pragma once
#include "base/bytes.h"

#define PN_DIGEST 32

struct pn_digest {
    uint8_t b[PN_DIGEST];
};

struct pn_digest pn_sha256(struct pn_view bytes);
struct pn_digest pn_blake2b(struct pn_view bytes);
// Reads a whole descriptor from offset 0 with pread; -1 with errno on failure.
int pn_blake2b_fd(int fd, struct pn_digest *out);

struct pn_mac_key {
    uint8_t b[PN_DIGEST];
};
struct pn_digest pn_mac(const struct pn_mac_key *key, struct pn_view bytes);

bool pn_digest_eq(const struct pn_digest *a, const struct pn_digest *b); // constant time
void pn_digest_hex(const struct pn_digest *d, char out[2 * PN_DIGEST + 1]);
void pn_wipe(void *ptr, size_t len);
void pn_random(void *ptr, size_t len); // never fails
