// SPDX-License-Identifier: Apache-2.0
// Ending tokens before their time.
#include "token/tokens.h"

void pn_token_end(struct pn_tokens *t, const struct pn_jti *jti) {
    pn_live_drop(&t->live, jti);
}

int pn_token_revoke(struct pn_tokens *t, const struct pn_jti *jti, uint64_t now, struct pn_err *err) {
    const struct pn_live_token *token = pn_live_get(&t->live, jti);
    return pn_revoked_add(&t->revoked, jti, token != NULL ? token->exp : now + t->life_most, now, err);
}

static bool matches(const struct pn_claims *c, const struct pn_token_match *m) {
    if (m->tool.len == 0 && m->component == NULL && m->sid == NULL)
        return false;
    if (m->tool.len != 0 && !pn_view_eq(c->tool, m->tool))
        return false;
    if (m->component != NULL && (c->cmp.any || !pn_digest_eq(&c->cmp.is, m->component)))
        return false;
    return m->sid == NULL || pn_digest_eq(&c->sid, m->sid);
}

int pn_token_revoke_where(struct pn_tokens *t, const struct pn_token_match *match, uint64_t now, uint32_t *count,
                          struct pn_err *err) {
    struct pn_token_entry entry = {0};
    *count = 0;
    while (pn_tokens_next(t, &entry, now)) {
        if (entry.standing == PN_TOKEN_EXPIRED || entry.standing == PN_TOKEN_REVOKED || !matches(&entry.claims, match))
            continue;
        if (pn_revoked_add(&t->revoked, &entry.claims.jti, entry.claims.exp, now, err) < 0)
            return -1;
        (*count)++;
    }
    return 0;
}

bool pn_tokens_revoked_next(const struct pn_tokens *t, uint32_t *at, struct pn_jti *jti, uint64_t *until) {
    struct pn_revoked_slot slot;
    if (!pn_revoked_next(&t->revoked, at, &slot))
        return false;
    *jti = slot.jti;
    *until = slot.until;
    return true;
}

int pn_tokens_revoked_restore(struct pn_tokens *t, const struct pn_jti *jti, uint64_t until, uint64_t now,
                              struct pn_err *err) {
    return until <= now ? 0 : pn_revoked_add(&t->revoked, jti, until, now, err);
}

size_t pn_tokens_revoked_bytes(const struct pn_tokens *t, uint32_t *count) {
    *count = t->revoked.count;
    return pn_revoked_bytes(&t->revoked);
}
