// SPDX-License-Identifier: Apache-2.0
#include "token/live.h"

#include <sodium.h>
#include <stdlib.h>

static uint32_t bucket_of(const struct pn_live *l, const struct pn_jti *jti) {
    uint8_t hash[8];
    (void)crypto_shorthash(hash, jti->b, sizeof jti->b, l->key);
    uint32_t h;
    pn_copy(&h, hash, sizeof h);
    return h & l->mask;
}

int pn_live_init(struct pn_live *l, uint32_t most, struct pn_err *err) {
    uint32_t cap = 64;
    while (cap < most && cap < UINT32_C(1) << 24)
        cap *= 2;
    *l = (struct pn_live){.most = most, .mask = cap - 1, .buckets = calloc(cap, sizeof(struct pn_live_token *))};
    pn_random(l->key, sizeof l->key);
    return l->buckets != NULL ? 0 : pn_fail(err, PN_E_LIMIT, "out of memory for %u tokens", most);
}

static void take_out(struct pn_live *l, struct pn_live_token **slot) {
    struct pn_live_token *gone = *slot;
    *slot = gone->next;
    free(gone);
    l->count--;
}

// Drops the tokens of one bucket that have expired by `now`.
static uint32_t sweep_bucket(struct pn_live *l, uint32_t bucket, uint64_t now) {
    uint32_t dropped = 0;
    for (struct pn_live_token **slot = &l->buckets[bucket]; *slot != NULL;) {
        if ((*slot)->exp > now) {
            slot = &(*slot)->next;
            continue;
        }
        take_out(l, slot);
        dropped++;
    }
    return dropped;
}

uint32_t pn_live_sweep(struct pn_live *l, uint64_t now) {
    uint32_t dropped = 0;
    for (uint32_t i = 0; i <= l->mask && l->count > 0; i++)
        dropped += sweep_bucket(l, i, now);
    return dropped;
}

void pn_live_clear(struct pn_live *l) {
    if (l->buckets != NULL)
        (void)pn_live_sweep(l, UINT64_MAX);
}

void pn_live_fini(struct pn_live *l) {
    pn_live_clear(l);
    free(l->buckets);
    *l = (struct pn_live){0};
}

struct pn_live_token *pn_live_get(const struct pn_live *l, const struct pn_jti *jti) {
    struct pn_live_token *token = l->buckets[bucket_of(l, jti)];
    while (token != NULL && !pn_jti_eq(&token->jti, jti))
        token = token->next;
    return token;
}

void pn_live_drop(struct pn_live *l, const struct pn_jti *jti) {
    struct pn_live_token **slot = &l->buckets[bucket_of(l, jti)];
    while (*slot != NULL && !pn_jti_eq(&(*slot)->jti, jti))
        slot = &(*slot)->next;
    if (*slot != NULL)
        take_out(l, slot);
}

int pn_live_add(struct pn_live *l, const struct pn_claims *claims, struct pn_view payload, uint64_t now,
                struct pn_err *err) {
    (void)sweep_bucket(l, l->hand, now);
    l->hand = (l->hand + 1) & l->mask;
    if (l->count >= l->most && pn_live_sweep(l, now) == 0)
        return pn_fail(err, PN_E_LIMIT, "%u tokens are out and none has expired", l->most);
    struct pn_live_token *token = malloc(sizeof *token + payload.len);
    if (token == NULL)
        return pn_fail(err, PN_E_LIMIT, "out of memory for a token");
    struct pn_live_token **bucket = &l->buckets[bucket_of(l, &claims->jti)];
    *token = (struct pn_live_token){
        .next = *bucket, .jti = claims->jti, .exp = claims->exp, .left = claims->use, .len = (uint32_t)payload.len};
    pn_copy(token->payload, payload.ptr, payload.len);
    *bucket = token;
    l->count++;
    return 0;
}

const struct pn_live_token *pn_live_next(const struct pn_live *l, const struct pn_live_token *token) {
    if (token != NULL && token->next != NULL)
        return token->next;
    for (uint32_t i = token == NULL ? 0 : bucket_of(l, &token->jti) + 1; i <= l->mask; i++)
        if (l->buckets[i] != NULL)
            return l->buckets[i];
    return NULL;
}
