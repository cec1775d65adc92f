// SPDX-License-Identifier: Apache-2.0
// The revocation list: token id → the time from which it need not be remembered, because the token has expired by then.
// A hash table with open addressing, O(1) on average and against chosen ids too (the hash is keyed with random bytes).
// Bound: `most` ids. 100,000 take at most 6 MiB (24 bytes a slot, at most half full; 9 MiB for the moment in which it
// grows).
#pragma once
#include "base/err.h"
#include "token/claims.h"

struct pn_revoked_slot {
    struct pn_jti jti;
    uint64_t until; // Unix seconds; 0 = free
};
// Zero-initialised but for `most` is valid and empty.
struct pn_revoked {
    struct pn_revoked_slot *slots;
    uint32_t cap, count, most; // cap is a power of two
    uint32_t hand;             // where the next insertion looks for expired entries
    uint8_t key[16];
};

void pn_revoked_init(struct pn_revoked *r, uint32_t most);
void pn_revoked_fini(struct pn_revoked *r);

// Remembers `jti` until `until`; a later time wins when it is known already. Expired entries give way first.
// PN_E_LIMIT: `most` ids that have not expired are on the list (the caller's way out is to retire the keys, which ends
// every token). PN_E_INPUT: `until` is not after `now`.
[[nodiscard]] int pn_revoked_add(struct pn_revoked *r, const struct pn_jti *jti, uint64_t until, uint64_t now,
                                 struct pn_err *err);
bool pn_revoked_has(const struct pn_revoked *r, const struct pn_jti *jti);
// Drops every expired entry; returns how many. For an idle timer: without it they leave a few with each insertion.
uint32_t pn_revoked_sweep(struct pn_revoked *r, uint64_t now);

// For the store: entry `*at` (start at 0) and forward; false at the end. Restoring is pn_revoked_add for each.
bool pn_revoked_next(const struct pn_revoked *r, uint32_t *at, struct pn_revoked_slot *out);
size_t pn_revoked_bytes(const struct pn_revoked *r); // memory held
