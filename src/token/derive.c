// SPDX-License-Identifier: Apache-2.0
// Delegation: every step here takes the smaller of what the parent has and what is asked for, or refuses.
#include "token/tokens.h"

static int denied(struct pn_err *err, const char *what) {
    return pn_fail(err, PN_E_DENIED, "a derived token cannot %s", what);
}

// A binding may be added where the parent has none, never changed.
static int narrow_bound(struct pn_bound *bound, const struct pn_digest *want, const char *what, struct pn_err *err) {
    if (want == NULL)
        return 0;
    if (!bound->any && !pn_digest_eq(&bound->is, want))
        return denied(err, what);
    *bound = (struct pn_bound){.is = *want};
    return 0;
}

static int narrow_tool(struct pn_claims *c, struct pn_view want, struct pn_err *err) {
    if (want.len == 0)
        return 0;
    if (!pn_view_is(c->tool, "*") && !pn_view_eq(c->tool, want))
        return denied(err, "be for another tool than its parent");
    c->tool = want;
    return 0;
}

// list := list ∩ want.
static void intersect(struct pn_view *list, uint32_t *count, const struct pn_view *want, uint32_t want_count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++)
        if (pn_claims_has(want, want_count, list[i]))
            list[kept++] = list[i];
    *count = kept;
}

static int narrow_ops(struct pn_claims *c, const struct pn_token_wish *wish, struct pn_err *err) {
    struct pn_view want[PN_CLAIMS_OPS];
    uint32_t count;
    if (wish->op_count == 0)
        return 0;
    if (pn_tokens_list(want, &count, wish->ops, wish->op_count, PN_CLAIMS_OPS, "ops", err) < 0)
        return -1;
    intersect(c->ops, &c->op_count, want, count);
    return c->op_count > 0 ? 0 : denied(err, "have operations none of which its parent has");
}

static int narrow_res(struct pn_claims *c, const struct pn_token_wish *wish, struct pn_err *err) {
    struct pn_view want[PN_CLAIMS_RES];
    uint32_t count;
    if (wish->res_count == 0)
        return 0;
    if (pn_tokens_list(want, &count, wish->res, wish->res_count, PN_CLAIMS_RES, "res", err) < 0)
        return -1;
    if (c->res_count == 0)
        return pn_tokens_list(c->res, &c->res_count, want, count, PN_CLAIMS_RES, "res", err);
    // An empty list would mean "not restricted".
    intersect(c->res, &c->res_count, want, count);
    return c->res_count > 0 ? 0 : denied(err, "have resources none of which its parent has");
}

static int narrow_time(struct pn_claims *c, const struct pn_token_wish *wish, uint64_t now, struct pn_err *err) {
    if (wish->nbf > c->nbf)
        c->nbf = wish->nbf;
    if (now > c->nbf)
        c->nbf = now;
    if (wish->exp != 0 && wish->exp < c->exp)
        c->exp = wish->exp;
    return c->exp > now && c->exp > c->nbf ? 0 : denied(err, "begin after it has ended");
}

// The parent becomes the first in the chain.
static int lengthen_chain(struct pn_claims *c, struct pn_err *err) {
    if (c->dep >= PN_CLAIMS_DEPTH)
        return pn_fail(err, PN_E_DENIED, "a token can be derived %d times, and its parent was already",
                       PN_CLAIMS_DEPTH);
    for (uint32_t i = c->dep; i > 0; i--)
        c->act[i] = c->act[i - 1];
    c->act[0] = (struct pn_ancestor){.sub = c->sub, .jti = c->jti};
    c->dep++;
    return 0;
}

// The fewest uses that are left among the parent and its ancestors.
static uint32_t uses_left(const struct pn_tokens *t, const struct pn_claims *parent, uint32_t left) {
    for (uint32_t i = 0; i < parent->dep; i++) {
        const struct pn_live_token *up = pn_live_get(&t->live, &parent->act[i].jti);
        left = up != NULL && up->left < left ? up->left : left;
    }
    return left;
}

static int open_parent(struct pn_tokens *t, const struct pn_jti *jti, uint64_t now, struct pn_claims *out,
                       struct pn_err *err) {
    const struct pn_live_token *parent = pn_live_get(&t->live, jti);
    if (parent == NULL)
        return pn_fail(err, PN_E_DENIED, "no token with this id is out");
    pn_buf_reset(&t->payload);
    pn_buf_add(&t->payload, parent->payload, parent->len);
    if (!pn_claims_read(pn_buf_view(&t->payload), &t->doc, out))
        return pn_fail(err, PN_E_BUG, "a registered token cannot be read");
    enum pn_token_reason reason = pn_tokens_standing(t, out, now);
    if (reason != PN_TOKEN_GOOD)
        return pn_fail(err, PN_E_DENIED, "nothing can be derived: %s", pn_token_reason_text(reason));
    out->use = uses_left(t, out, parent->left);
    return out->use > 0 ? 0 : denied(err, "have uses when its parent has none left");
}

int pn_token_derive(struct pn_tokens *t, const struct pn_jti *parent, const struct pn_token_wish *wish, uint64_t now,
                    struct pn_buf *out, struct pn_jti *jti, struct pn_err *err) {
    struct pn_claims c;
    if (open_parent(t, parent, now, &c, err) < 0 || lengthen_chain(&c, err) < 0)
        return -1;
    if (wish->session.len != 0)
        return denied(err, "belong to a session of its own");
    if (narrow_bound(&c.cmp, wish->cmp, "be for another component than its parent", err) < 0 ||
        narrow_bound(&c.arg, wish->arg, "be for other arguments than its parent", err) < 0 ||
        narrow_tool(&c, wish->tool, err) < 0 || narrow_ops(&c, wish, err) < 0 || narrow_res(&c, wish, err) < 0 ||
        narrow_time(&c, wish, now, err) < 0)
        return -1;
    if (wish->sub.len != 0)
        c.sub = wish->sub;
    if (wish->uses != 0 && wish->uses < c.use)
        c.use = wish->uses;
    if (pn_claims_is_grant(&c) != wish->grant)
        return pn_fail(err, PN_E_INPUT,
                       wish->grant ? "a grant leaves component, tool or arguments open"
                                   : "a call's token names its component, tool and arguments");
    if (pn_tokens_issue(t, &c, now, out, err) < 0)
        return -1;
    *jti = c.jti;
    return 0;
}
