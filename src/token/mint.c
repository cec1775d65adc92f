// SPDX-License-Identifier: Apache-2.0
// The state of all tokens, and making new ones.
#include "token/mint.h"

#include <stdlib.h>

#include "token/tokens.h"

enum { LIFE = 300, KEY_LIFE = 3600, LIVE_MOST = 16384, REVOKED_MOST = 100000 };

static uint32_t or_else(uint32_t value, uint32_t fallback) {
    return value != 0 ? value : fallback;
}

static int fill(struct pn_tokens *t, const struct pn_tokens_config *config, uint64_t now, struct pn_err *err) {
    t->life_most = or_else(config->life_most, LIFE);
    t->key_life = or_else(config->key_life, t->life_most > KEY_LIFE ? t->life_most : KEY_LIFE);
    pn_revoked_init(&t->revoked, or_else(config->revoked_most, REVOKED_MOST));
    size_t len = config->issuer == NULL ? 0 : strlen(config->issuer);
    if (len == 0 || len > PN_CLAIMS_NAME)
        return pn_fail(err, PN_E_INPUT, "the issuer of tokens needs a name of 1 to %d characters", PN_CLAIMS_NAME);
    if (t->key_life < t->life_most)
        return pn_fail(err, PN_E_INPUT, "a signing key must serve at least as long as a token may live (%u s)",
                       t->life_most);
    pn_copy(t->issuer, config->issuer, len);
    if (pn_live_init(&t->live, or_else(config->live_most, LIVE_MOST), err) < 0)
        return -1;
    if (pn_secret_random(&t->sid_key, sizeof(struct pn_mac_key), err) < 0)
        return -1;
    return pn_ring_rotate(&t->ring, now, 0, err);
}

struct pn_tokens *pn_tokens_new(const struct pn_tokens_config *config, uint64_t now, struct pn_err *err) {
    struct pn_tokens *t = calloc(1, sizeof *t);
    if (t == NULL) {
        (void)pn_fail(err, PN_E_LIMIT, "out of memory");
        return NULL;
    }
    if (fill(t, config, now, err) == 0)
        return t;
    pn_tokens_free(t);
    return NULL;
}

void pn_tokens_free(struct pn_tokens *t) {
    if (t == NULL)
        return;
    pn_ring_fini(&t->ring);
    pn_secret_fini(&t->sid_key);
    pn_live_fini(&t->live);
    pn_revoked_fini(&t->revoked);
    pn_json_fini(&t->doc);
    pn_buf_fini(&t->payload);
    pn_buf_fini(&t->writing);
    free(t);
}

int pn_tokens_rotate(struct pn_tokens *t, uint64_t now, struct pn_err *err) {
    return pn_ring_rotate(&t->ring, now, now + t->life_most, err);
}

int pn_tokens_reset(struct pn_tokens *t, uint64_t now, struct pn_err *err) {
    pn_ring_fini(&t->ring);
    pn_live_clear(&t->live);
    const uint32_t most = t->revoked.most;
    pn_revoked_fini(&t->revoked);
    pn_revoked_init(&t->revoked, most);
    return pn_ring_rotate(&t->ring, now, 0, err);
}

void pn_tokens_sweep(struct pn_tokens *t, uint64_t now) {
    pn_ring_sweep(&t->ring, now);
    (void)pn_live_sweep(&t->live, now);
    (void)pn_revoked_sweep(&t->revoked, now);
}

struct pn_digest pn_token_sid(const struct pn_tokens *t, struct pn_view nonce) {
    return pn_mac((const struct pn_mac_key *)(const void *)t->sid_key.ptr, nonce);
}

// --- minting ---

static int by_name(const void *a, const void *b) {
    return pn_claims_order(*(const struct pn_view *)a, *(const struct pn_view *)b);
}

int pn_tokens_list(struct pn_view *to, uint32_t *count, const struct pn_view *from, uint32_t from_count, uint32_t most,
                   const char *claim, struct pn_err *err) {
    if (from_count > most)
        return pn_fail(err, PN_E_INPUT, "the token's claim \"%s\" holds at most %u names", claim, most);
    for (uint32_t i = 0; i < from_count; i++)
        to[i] = from[i];
    if (from_count > 1)
        qsort(to, from_count, sizeof *to, by_name);
    *count = 0;
    for (uint32_t i = 0; i < from_count; i++)
        if (*count == 0 || !pn_view_eq(to[*count - 1], to[i]))
            to[(*count)++] = to[i];
    return 0;
}

// A key that has served its time is replaced first. With no key at all (a reset that failed) nothing is minted.
static int fresh_key(struct pn_tokens *t, uint64_t now, struct pn_err *err) {
    if (t->ring.count > 0 && t->ring.keys[0].born <= now && now - t->ring.keys[0].born < t->key_life)
        return 0;
    return pn_tokens_rotate(t, now, err);
}

int pn_tokens_issue(struct pn_tokens *t, struct pn_claims *claims, uint64_t now, struct pn_buf *out,
                    struct pn_err *err) {
    claims->iss = pn_view_str(t->issuer);
    claims->iat = now;
    pn_random(claims->jti.b, sizeof claims->jti.b);
    pn_buf_reset(&t->writing);
    if (fresh_key(t, now, err) < 0 || pn_claims_write(claims, &t->writing, err) < 0)
        return -1;
    size_t before = out->len;
    if (pn_jwt_sign(&t->ring.keys[0].key, pn_buf_view(&t->writing), out, err) < 0)
        return -1;
    if (pn_live_add(&t->live, claims, pn_buf_view(&t->writing), now, err) == 0)
        return 0;
    pn_wipe(out->ptr + before, out->len - before);
    out->len = before;
    return -1;
}

static struct pn_bound bound_to(const struct pn_digest *digest) {
    struct pn_bound bound = {.any = digest == NULL};
    if (digest != NULL)
        bound.is = *digest;
    return bound;
}

int pn_token_mint(struct pn_tokens *t, const struct pn_token_wish *wish, uint64_t now, struct pn_buf *out,
                  struct pn_jti *jti, struct pn_err *err) {
    const uint64_t latest = now + t->life_most;
    struct pn_claims claims = {
        .sub = wish->sub,
        .nbf = wish->nbf > now ? wish->nbf : now,
        .exp = wish->exp != 0 && wish->exp < latest ? wish->exp : latest,
        .sid = pn_token_sid(t, wish->session),
        .cmp = bound_to(wish->cmp),
        .tool = wish->tool.len != 0 ? wish->tool : PN_VIEW("*"),
        .arg = bound_to(wish->arg),
        .use = wish->uses,
    };
    if (wish->session.len < 16)
        return pn_fail(err, PN_E_INPUT, "a session's nonce has at least 16 bytes");
    if (pn_claims_is_grant(&claims) != wish->grant)
        return pn_fail(err, PN_E_INPUT,
                       wish->grant ? "a grant leaves component, tool or arguments open"
                                   : "a call's token names its component, tool and arguments");
    if (pn_tokens_list(claims.ops, &claims.op_count, wish->ops, wish->op_count, PN_CLAIMS_OPS, "ops", err) < 0 ||
        pn_tokens_list(claims.res, &claims.res_count, wish->res, wish->res_count, PN_CLAIMS_RES, "res", err) < 0 ||
        pn_tokens_issue(t, &claims, now, out, err) < 0)
        return -1;
    *jti = claims.jti;
    return 0;
}
