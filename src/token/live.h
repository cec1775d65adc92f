// SPDX-License-Identifier: Apache-2.0
// The tokens that are out: what each says and how many uses are left. A token that is not here is dead, whatever its
// signature says, so nothing outlives its call or the broker. Bounded: `most` tokens, about 600 bytes each.
#pragma once
#include "base/err.h"
#include "token/claims.h"

struct pn_live_token {
    struct pn_live_token *next; // in its bucket
    struct pn_jti jti;
    uint64_t exp;  // Unix seconds
    uint32_t left; // uses
    uint32_t len;
    uint8_t payload[]; // the claims as signed
};
struct pn_live {
    struct pn_live_token **buckets;
    uint32_t mask, count, most;
    uint32_t hand; // the bucket that the next insertion clears of expired tokens
    uint8_t key[16];
};

[[nodiscard]] int pn_live_init(struct pn_live *l, uint32_t most, struct pn_err *err);
void pn_live_fini(struct pn_live *l);
// PN_E_LIMIT: `most` tokens are out and none has expired, or out of memory. `jti` must be new.
[[nodiscard]] int pn_live_add(struct pn_live *l, const struct pn_claims *claims, struct pn_view payload, uint64_t now,
                              struct pn_err *err);
// NULL when there is none; good until the next call that is not const.
struct pn_live_token *pn_live_get(const struct pn_live *l, const struct pn_jti *jti);
void pn_live_drop(struct pn_live *l, const struct pn_jti *jti); // unknown ones are left alone
uint32_t pn_live_sweep(struct pn_live *l, uint64_t now);        // drops what has expired; returns how many
void pn_live_clear(struct pn_live *l);
// The one after `token` (NULL: the first) in no order; NULL at the end.
const struct pn_live_token *pn_live_next(const struct pn_live *l, const struct pn_live_token *token);
