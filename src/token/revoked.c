// SPDX-License-Identifier: Apache-2.0
#include "token/revoked.h"

#include <sodium.h>
#include <stdlib.h>

enum { CAP_LEAST = 64, SWEEP_STEP = 4 };

void pn_revoked_init(struct pn_revoked *r, uint32_t most) {
    *r = (struct pn_revoked){.most = most};
    pn_random(r->key, sizeof r->key);
}

void pn_revoked_fini(struct pn_revoked *r) {
    free(r->slots);
    *r = (struct pn_revoked){.most = r->most};
}

size_t pn_revoked_bytes(const struct pn_revoked *r) {
    return (size_t)r->cap * sizeof *r->slots;
}

static uint32_t home(const struct pn_revoked *r, const struct pn_jti *jti) {
    uint8_t hash[8];
    (void)crypto_shorthash(hash, jti->b, sizeof jti->b, r->key);
    uint32_t h;
    pn_copy(&h, hash, sizeof h);
    return h & (r->cap - 1);
}

// The slot of `jti`, or the free one where it belongs. There is always a free one: the table is at most half full.
static uint32_t find(const struct pn_revoked *r, const struct pn_jti *jti) {
    uint32_t i = home(r, jti);
    while (r->slots[i].until != 0 && !pn_jti_eq(&r->slots[i].jti, jti))
        i = (i + 1) & (r->cap - 1);
    return i;
}

bool pn_revoked_has(const struct pn_revoked *r, const struct pn_jti *jti) {
    return r->count > 0 && r->slots[find(r, jti)].until != 0;
}

// Empties a slot and moves up what had been pushed behind it, so that no search ends too early.
static void drop(struct pn_revoked *r, uint32_t hole) {
    uint32_t mask = r->cap - 1;
    for (uint32_t i = (hole + 1) & mask; r->slots[i].until != 0; i = (i + 1) & mask) {
        uint32_t want = home(r, &r->slots[i].jti);
        if (((i - want) & mask) < ((i - hole) & mask))
            continue; // its home lies behind the hole
        r->slots[hole] = r->slots[i];
        hole = i;
    }
    r->slots[hole] = (struct pn_revoked_slot){0};
    r->count--;
}

// Looks at `steps` slots from the hand on. A slot is looked at again after something moved into it.
static uint32_t sweep(struct pn_revoked *r, uint32_t steps, uint64_t now) {
    uint32_t dropped = 0;
    for (; steps > 0 && r->count > 0; steps--) {
        while (r->slots[r->hand].until != 0 && r->slots[r->hand].until <= now) {
            drop(r, r->hand);
            dropped++;
        }
        r->hand = (r->hand + 1) & (r->cap - 1);
    }
    return dropped;
}

uint32_t pn_revoked_sweep(struct pn_revoked *r, uint64_t now) {
    return sweep(r, r->cap, now);
}

static int grow(struct pn_revoked *r, struct pn_err *err) {
    struct pn_revoked bigger = *r;
    bigger.cap = r->cap == 0 ? CAP_LEAST : r->cap * 2;
    bigger.hand = 0;
    bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return pn_fail(err, PN_E_LIMIT, "out of memory for the revocation list");
    for (uint32_t i = 0; i < r->cap; i++)
        if (r->slots[i].until != 0)
            bigger.slots[find(&bigger, &r->slots[i].jti)] = r->slots[i];
    free(r->slots);
    *r = bigger;
    return 0;
}

static int make_room(struct pn_revoked *r, uint64_t now, struct pn_err *err) {
    (void)sweep(r, SWEEP_STEP, now);
    bool tight = r->count >= r->cap / 2;
    if (tight || r->count >= r->most)
        (void)pn_revoked_sweep(r, now);
    if (r->count >= r->most)
        return pn_fail(err, PN_E_LIMIT,
                       "%u revoked tokens have not expired yet; end all tokens by retiring the signing keys", r->most);
    // A sweep that freed little would have to be repeated soon: grow unless it freed an eighth.
    return tight && r->count >= r->cap / 2 - r->cap / 16 ? grow(r, err) : 0;
}

int pn_revoked_add(struct pn_revoked *r, const struct pn_jti *jti, uint64_t until, uint64_t now, struct pn_err *err) {
    if (until <= now)
        return pn_fail(err, PN_E_INPUT, "the token has expired: there is nothing to revoke");
    if (!pn_revoked_has(r, jti) && make_room(r, now, err) < 0)
        return -1;
    struct pn_revoked_slot *slot = &r->slots[find(r, jti)];
    r->count += slot->until == 0;
    slot->jti = *jti;
    if (slot->until < until)
        slot->until = until;
    return 0;
}

bool pn_revoked_next(const struct pn_revoked *r, uint32_t *at, struct pn_revoked_slot *out) {
    for (; *at < r->cap; (*at)++) {
        if (r->slots[*at].until == 0)
            continue;
        *out = r->slots[(*at)++];
        return true;
    }
    return false;
}
