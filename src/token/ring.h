// SPDX-License-Identifier: Apache-2.0
// The signing keys: one that signs, and its predecessors until the last token they signed has expired. Keys are random,
// live in secret memory of this process alone and are never written anywhere: a restart ends every token.
#pragma once
#include "token/jwt.h"

#define PN_RING_KEYS 4

struct pn_ring {
    struct {
        struct pn_jwt_key key;
        uint64_t born, retires; // Unix seconds; retires is PN_RING_SIGNS while it signs
    } keys[PN_RING_KEYS];       // [0] signs
    uint32_t count;
};
#define PN_RING_SIGNS UINT64_MAX

// Makes a new key the one that signs; the former checks on until `retires`. PN_E_LIMIT when PN_RING_KEYS are still
// needed.
[[nodiscard]] int pn_ring_rotate(struct pn_ring *ring, uint64_t now, uint64_t retires, struct pn_err *err);
// NULL when there is no such key or it has retired.
const struct pn_jwt_key *pn_ring_find(const struct pn_ring *ring, const char *kid, uint64_t now);
void pn_ring_sweep(struct pn_ring *ring, uint64_t now); // wipes what has retired
void pn_ring_fini(struct pn_ring *ring);                // wipes all; empty afterwards
