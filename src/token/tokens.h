// SPDX-License-Identifier: Apache-2.0
// The state behind mint.h. Private to this folder.
#pragma once
#include "token/live.h"
#include "token/mint.h"
#include "token/revoked.h"
#include "token/ring.h"

// Keys were made by a clock that may be slewed back a little before the token comes home.
#define CLOCK_SLACK 2 // seconds, for nbf only

struct pn_tokens {
    char issuer[PN_CLAIMS_NAME + 1];
    uint32_t life_most, key_life;
    struct pn_ring ring;
    struct pn_secret sid_key; // hides session nonces
    struct pn_live live;
    struct pn_revoked revoked;
    struct pn_json doc;    // scratch of every reading
    struct pn_buf payload; // claims that were read borrow it
    struct pn_buf writing; // claims that are being minted
};

// Gives `claims` iss, jti and iat, signs, registers.
[[nodiscard]] int pn_tokens_issue(struct pn_tokens *t, struct pn_claims *claims, uint64_t now, struct pn_buf *out,
                                  struct pn_err *err);
// Copies names into an ascending list without repeats. PN_E_INPUT: more than `most`.
[[nodiscard]] int pn_tokens_list(struct pn_view *to, uint32_t *count, const struct pn_view *from, uint32_t from_count,
                                 uint32_t most, const char *claim, struct pn_err *err);
// Revocation, time and being out, of the token and all its ancestors.
enum pn_token_reason pn_tokens_standing(const struct pn_tokens *t, const struct pn_claims *claims, uint64_t now);
