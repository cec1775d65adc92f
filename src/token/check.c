// SPDX-License-Identifier: Apache-2.0
// Judging tokens. Cheap and public facts first (form, key), then the signature, then what it says; every path that is
// not clearly good ends in a reason.
#include "token/tokens.h"

// --- opening ---

static enum pn_token_reason read_token(struct pn_tokens *t, struct pn_view token, uint64_t now,
                                       struct pn_claims *claims) {
    struct pn_jwt jwt;
    enum pn_token_reason reason = pn_jwt_split(token, &jwt);
    if (reason != PN_TOKEN_GOOD)
        return reason;
    const struct pn_jwt_key *key = pn_ring_find(&t->ring, jwt.kid, now);
    if (key == NULL)
        return PN_TOKEN_UNKNOWN_KEY;
    reason = pn_jwt_verify(&jwt, key, &t->payload);
    if (reason != PN_TOKEN_GOOD)
        return reason;
    if (pn_claims_read(pn_buf_view(&t->payload), &t->doc, claims))
        return PN_TOKEN_GOOD;
    *claims = (struct pn_claims){0};
    return PN_TOKEN_BAD_CLAIMS;
}

static enum pn_token_reason chain_standing(const struct pn_tokens *t, const struct pn_claims *c) {
    for (uint32_t i = 0; i < c->dep; i++)
        if (pn_revoked_has(&t->revoked, &c->act[i].jti))
            return PN_TOKEN_PARENT_REVOKED;
    for (uint32_t i = 0; i < c->dep; i++)
        if (pn_live_get(&t->live, &c->act[i].jti) == NULL)
            return PN_TOKEN_PARENT_ENDED;
    return PN_TOKEN_GOOD;
}

enum pn_token_reason pn_tokens_standing(const struct pn_tokens *t, const struct pn_claims *c, uint64_t now) {
    if (now >= c->exp)
        return PN_TOKEN_EXPIRED;
    if (pn_revoked_has(&t->revoked, &c->jti))
        return PN_TOKEN_REVOKED;
    enum pn_token_reason reason = chain_standing(t, c);
    if (reason != PN_TOKEN_GOOD)
        return reason;
    return pn_live_get(&t->live, &c->jti) == NULL ? PN_TOKEN_ENDED : PN_TOKEN_GOOD;
}

enum pn_token_reason pn_token_open(struct pn_tokens *t, struct pn_view token, uint64_t now, struct pn_claims *claims) {
    *claims = (struct pn_claims){0};
    enum pn_token_reason reason = read_token(t, token, now, claims);
    if (reason != PN_TOKEN_GOOD)
        return reason;
    if (!pn_view_is(claims->iss, t->issuer))
        return PN_TOKEN_WRONG_ISSUER;
    if (now + CLOCK_SLACK < claims->nbf)
        return PN_TOKEN_NOT_YET;
    return pn_tokens_standing(t, claims, now);
}

enum pn_token_reason pn_token_standing(struct pn_tokens *t, const struct pn_jti *jti, uint64_t now) {
    struct pn_token_entry entry;
    if (pn_tokens_find(t, jti, &entry, now))
        return entry.standing;
    return pn_revoked_has(&t->revoked, jti) ? PN_TOKEN_REVOKED : PN_TOKEN_ENDED;
}

// --- binding ---

static bool bound_is(const struct pn_bound *bound, const struct pn_digest *is) {
    return !bound->any && is != NULL && pn_digest_eq(&bound->is, is);
}

static enum pn_token_reason bound_to_this(const struct pn_tokens *t, const struct pn_claims *c,
                                          const struct pn_token_facts *facts) {
    struct pn_digest sid = pn_token_sid(t, facts->session);
    if (pn_claims_is_grant(c))
        return PN_TOKEN_IS_GRANT;
    if (!pn_view_eq(c->sub, facts->instance))
        return PN_TOKEN_WRONG_INSTANCE;
    if (!pn_digest_eq(&c->sid, &sid))
        return PN_TOKEN_WRONG_SESSION;
    if (!bound_is(&c->cmp, facts->component))
        return PN_TOKEN_WRONG_COMPONENT;
    if (!pn_view_eq(c->tool, facts->tool))
        return PN_TOKEN_WRONG_TOOL;
    if (!bound_is(&c->arg, facts->arguments))
        return PN_TOKEN_WRONG_ARGUMENTS;
    if (!pn_claims_has(c->ops, c->op_count, facts->operation))
        return PN_TOKEN_WRONG_OPERATION;
    if (c->res_count > 0 && !pn_claims_has(c->res, c->res_count, facts->resource))
        return PN_TOKEN_WRONG_RESOURCE;
    return PN_TOKEN_GOOD;
}

// One use of the token and of each ancestor, or none at all.
static enum pn_token_reason spend(struct pn_tokens *t, const struct pn_claims *c) {
    struct pn_live_token *tokens[PN_CLAIMS_DEPTH + 1] = {pn_live_get(&t->live, &c->jti)};
    for (uint32_t i = 0; i < c->dep; i++)
        tokens[i + 1] = pn_live_get(&t->live, &c->act[i].jti);
    for (uint32_t i = 0; i <= c->dep; i++)
        if (tokens[i] == NULL || tokens[i]->left == 0)
            return PN_TOKEN_USED_UP;
    for (uint32_t i = 0; i <= c->dep; i++)
        tokens[i]->left--;
    return PN_TOKEN_GOOD;
}

enum pn_token_reason pn_token_check(struct pn_tokens *t, struct pn_view token, const struct pn_token_facts *facts,
                                    struct pn_claims *claims) {
    enum pn_token_reason reason = pn_token_open(t, token, facts->now, claims);
    if (reason != PN_TOKEN_GOOD)
        return reason;
    reason = bound_to_this(t, claims, facts);
    return reason != PN_TOKEN_GOOD ? reason : spend(t, claims);
}

// --- the tokens that are out ---

static void fill_entry(struct pn_tokens *t, const struct pn_live_token *token, struct pn_token_entry *entry,
                       uint64_t now) {
    pn_buf_reset(&t->payload);
    pn_buf_add(&t->payload, token->payload, token->len);
    entry->at = token;
    entry->left = token->left;
    entry->standing = PN_TOKEN_BAD_CLAIMS;
    if (pn_claims_read(pn_buf_view(&t->payload), &t->doc, &entry->claims))
        entry->standing = pn_tokens_standing(t, &entry->claims, now);
}

bool pn_tokens_next(struct pn_tokens *t, struct pn_token_entry *entry, uint64_t now) {
    const struct pn_live_token *token = pn_live_next(&t->live, entry->at);
    if (token != NULL)
        fill_entry(t, token, entry, now);
    return token != NULL;
}

bool pn_tokens_find(struct pn_tokens *t, const struct pn_jti *jti, struct pn_token_entry *entry, uint64_t now) {
    const struct pn_live_token *token = pn_live_get(&t->live, jti);
    if (token != NULL)
        fill_entry(t, token, entry, now);
    return token != NULL;
}
