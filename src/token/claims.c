// SPDX-License-Identifier: Apache-2.0
// What makes claims well-formed, and writing them.
#include "token/claims.h"

#include "base/text.h"
#include "token/b64url.h"

static const char star[] = "*";

bool pn_jti_eq(const struct pn_jti *a, const struct pn_jti *b) {
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

void pn_jti_text(const struct pn_jti *jti, char out[33]) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof jti->b; i++) {
        out[2 * i] = hex[jti->b[i] >> 4];
        out[2 * i + 1] = hex[jti->b[i] & 15];
    }
    out[32] = '\0';
}

bool pn_jti_parse(struct pn_view text, struct pn_jti *out) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'F')
            return false;
    return pn_hex_get(text, out->b, sizeof out->b);
}

int pn_claims_order(struct pn_view a, struct pn_view b) {
    size_t both = a.len < b.len ? a.len : b.len;
    int d = both == 0 ? 0 : memcmp(a.ptr, b.ptr, both);
    return d != 0 ? d : (a.len > b.len) - (a.len < b.len);
}

bool pn_claims_has(const struct pn_view *list, uint32_t count, struct pn_view name) {
    uint32_t from = 0, to = count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        int d = pn_claims_order(list[middle], name);
        if (d == 0)
            return true;
        if (d < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

bool pn_claims_is_grant(const struct pn_claims *c) {
    return c->cmp.any || c->arg.any || pn_view_is(c->tool, star);
}

// --- well-formed ---

static bool is_name(struct pn_view v, size_t most) {
    if (v.len == 0 || v.len > most)
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (v.ptr[i] <= ' ' || v.ptr[i] > '~' || v.ptr[i] == '"' || v.ptr[i] == '\\')
            return false;
    return true;
}

static bool is_list(const struct pn_view *list, uint32_t count, size_t longest) {
    for (uint32_t i = 0; i < count; i++)
        if (!is_name(list[i], longest) || (i > 0 && pn_claims_order(list[i - 1], list[i]) >= 0))
            return false;
    return true;
}

static bool is_chain(const struct pn_claims *c) {
    for (uint32_t i = 0; i < c->dep; i++) {
        if (!is_name(c->act[i].sub, PN_CLAIMS_NAME) || pn_jti_eq(&c->act[i].jti, &c->jti))
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (pn_jti_eq(&c->act[i].jti, &c->act[k].jti))
                return false;
    }
    return true;
}

const char *pn_claims_flaw(const struct pn_claims *c) {
    const uint64_t time_most = UINT64_C(1) << 40; // some 34,000 years
    if (!is_name(c->iss, PN_CLAIMS_NAME))
        return "iss";
    if (!is_name(c->sub, PN_CLAIMS_NAME))
        return "sub";
    if (c->exp > time_most || c->exp <= c->nbf || c->exp <= c->iat)
        return "exp";
    if (!is_name(c->tool, PN_CLAIMS_NAME))
        return "tool";
    if (c->op_count == 0 || c->op_count > PN_CLAIMS_OPS || !is_list(c->ops, c->op_count, PN_CLAIMS_NAME))
        return "ops";
    if (c->res_count > PN_CLAIMS_RES || !is_list(c->res, c->res_count, PN_CLAIMS_RESOURCE))
        return "res";
    if (c->use == 0 || c->use > PN_CLAIMS_USES)
        return "use";
    if (c->dep > PN_CLAIMS_DEPTH)
        return "dep";
    return is_chain(c) ? NULL : "act";
}

// --- writing ---

// Everything written here is printable ASCII without quotes and backslashes, so no escaping is needed.
static void put_key(struct pn_buf *out, const char *key) {
    if (out->ptr[out->len - 1] != '{')
        pn_buf_add_byte(out, ',');
    pn_buf_add_byte(out, '"');
    pn_buf_add_str(out, key);
    pn_buf_add_str(out, "\":");
}

static void put_quoted(struct pn_buf *out, struct pn_view v) {
    pn_buf_add_byte(out, '"');
    pn_buf_add_view(out, v);
    pn_buf_add_byte(out, '"');
}

static void put_text(struct pn_buf *out, const char *key, struct pn_view v) {
    put_key(out, key);
    put_quoted(out, v);
}

static void put_number(struct pn_buf *out, const char *key, uint64_t v) {
    put_key(out, key);
    pn_buf_add_u64(out, v);
}

static void put_jti(struct pn_buf *out, const struct pn_jti *jti) {
    char text[33];
    pn_jti_text(jti, text);
    put_text(out, "jti", pn_view(text, 32));
}

static void put_digest(struct pn_buf *out, const char *key, const struct pn_digest *d) {
    put_key(out, key);
    pn_buf_add_byte(out, '"');
    pn_b64url_put(out, pn_view(d->b, sizeof d->b));
    pn_buf_add_byte(out, '"');
}

static void put_bound(struct pn_buf *out, const char *key, const struct pn_bound *bound) {
    if (bound->any)
        put_text(out, key, pn_view_str(star));
    else
        put_digest(out, key, &bound->is);
}

static void put_list(struct pn_buf *out, const char *key, const struct pn_view *list, uint32_t count) {
    put_key(out, key);
    pn_buf_add_byte(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            pn_buf_add_byte(out, ',');
        put_quoted(out, list[i]);
    }
    pn_buf_add_byte(out, ']');
}

static void put_chain(struct pn_buf *out, const struct pn_claims *c) {
    for (uint32_t i = 0; i < c->dep; i++) {
        put_key(out, "act");
        pn_buf_add_byte(out, '{');
        put_text(out, "sub", c->act[i].sub);
        put_jti(out, &c->act[i].jti);
    }
    for (uint32_t i = 0; i < c->dep; i++)
        pn_buf_add_byte(out, '}');
}

int pn_claims_write(const struct pn_claims *c, struct pn_buf *out, struct pn_err *err) {
    const char *flaw = pn_claims_flaw(c);
    if (flaw != NULL)
        return pn_fail(err, PN_E_INPUT, "the token's claim \"%s\" is empty, too long, out of order or out of bounds",
                       flaw);
    // The most a payload can be is known, so nothing below grows the buffer or fails.
    const size_t most = 2048 + 3 * PN_CLAIMS_NAME + (PN_CLAIMS_NAME + 3) * (PN_CLAIMS_OPS + PN_CLAIMS_DEPTH) +
                        (PN_CLAIMS_RESOURCE + 3) * PN_CLAIMS_RES;
    if (pn_buf_room(out, most) == NULL)
        return pn_fail(err, PN_E_LIMIT, "no room for the claims of a token");
    pn_buf_add_byte(out, '{');
    put_text(out, "iss", c->iss);
    put_text(out, "sub", c->sub);
    put_jti(out, &c->jti);
    put_number(out, "iat", c->iat);
    put_number(out, "nbf", c->nbf);
    put_number(out, "exp", c->exp);
    put_digest(out, "sid", &c->sid);
    put_bound(out, "cmp", &c->cmp);
    put_text(out, "tool", c->tool);
    put_list(out, "ops", c->ops, c->op_count);
    put_list(out, "res", c->res, c->res_count);
    put_bound(out, "arg", &c->arg);
    put_number(out, "use", c->use);
    put_number(out, "dep", c->dep);
    put_chain(out, c);
    pn_buf_add_byte(out, '}');
    return 0;
}
