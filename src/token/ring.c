// SPDX-License-Identifier: Apache-2.0
#include "token/ring.h"

#include "base/cleanup.h"

void pn_ring_sweep(struct pn_ring *ring, uint64_t now) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < ring->count; i++) {
        if (ring->keys[i].retires <= now)
            pn_jwt_key_fini(&ring->keys[i].key);
        else
            ring->keys[kept++] = ring->keys[i];
    }
    ring->count = kept;
}

static int make_key(struct pn_jwt_key *key, struct pn_err *err) {
    uint8_t id[PN_JWT_KID / 2];
    char kid[PN_JWT_KID + 1];
    pn_random(id, sizeof id);
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof id; i++) {
        kid[2 * i] = hex[id[i] >> 4];
        kid[2 * i + 1] = hex[id[i] & 15];
    }
    kid[PN_JWT_KID] = '\0';
    pn_auto(pn_secret) struct pn_secret secret = {0};
    if (pn_secret_random(&secret, PN_JWT_KEY_LEAST, err) < 0)
        return -1;
    return pn_jwt_key_init(key, kid, pn_secret_view(&secret), err);
}

int pn_ring_rotate(struct pn_ring *ring, uint64_t now, uint64_t retires, struct pn_err *err) {
    pn_ring_sweep(ring, now);
    if (ring->count == PN_RING_KEYS)
        return pn_fail(err, PN_E_LIMIT, "%d signing keys still have tokens out; rotate again when these have expired",
                       PN_RING_KEYS);
    struct pn_jwt_key fresh = {0};
    if (make_key(&fresh, err) < 0)
        return -1;
    for (uint32_t i = ring->count; i > 0; i--)
        ring->keys[i] = ring->keys[i - 1];
    ring->keys[0].key = fresh;
    ring->keys[0].born = now;
    ring->keys[0].retires = PN_RING_SIGNS;
    if (ring->count++ > 0)
        ring->keys[1].retires = retires;
    return 0;
}

const struct pn_jwt_key *pn_ring_find(const struct pn_ring *ring, const char *kid, uint64_t now) {
    for (uint32_t i = 0; i < ring->count; i++)
        if (ring->keys[i].retires > now && memcmp(ring->keys[i].key.kid, kid, PN_JWT_KID) == 0)
            return &ring->keys[i].key;
    return NULL;
}

void pn_ring_fini(struct pn_ring *ring) {
    for (uint32_t i = 0; i < ring->count; i++)
        pn_jwt_key_fini(&ring->keys[i].key);
    *ring = (struct pn_ring){0};
}
