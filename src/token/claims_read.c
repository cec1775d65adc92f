// SPDX-License-Identifier: Apache-2.0
// Reading claims: a table in the order in which they must stand, one reader per kind.
#include <stddef.h>

#include "base/text.h"
#include "token/b64url.h"
#include "token/claims.h"

struct reading {
    const struct pn_json *doc;
    struct pn_claims *out;
};

static bool read_text(const struct reading *r, uint32_t at, void *to) {
    return pn_json_str(r->doc, at, NULL, to); // no escapes are in the payload
}

static bool read_jti(const struct reading *r, uint32_t at, void *to) {
    struct pn_view text;
    return read_text(r, at, &text) && pn_jti_parse(text, to);
}

// Digits only: 1e3 and 1.0 have another spelling.
static bool read_time(const struct reading *r, uint32_t at, void *to) {
    return pn_json_type(r->doc, at) == PN_JSON_NUMBER && pn_u64_get(pn_json_raw(r->doc, at), to);
}

static bool read_count(const struct reading *r, uint32_t at, void *to) {
    uint64_t v;
    if (!read_time(r, at, &v) || v > UINT32_MAX)
        return false;
    *(uint32_t *)to = (uint32_t)v;
    return true;
}

static bool read_digest(const struct reading *r, uint32_t at, void *to) {
    struct pn_view text;
    return read_text(r, at, &text) && pn_b64url_fixed(text, ((struct pn_digest *)to)->b, PN_DIGEST);
}

static bool read_bound(const struct reading *r, uint32_t at, void *to) {
    struct pn_bound *bound = to;
    bound->any = pn_json_str_is(r->doc, at, "*");
    return bound->any || read_digest(r, at, &bound->is);
}

static bool read_list(const struct reading *r, uint32_t at, struct pn_view *list, uint32_t most, uint32_t *count) {
    if (pn_json_type(r->doc, at) != PN_JSON_ARRAY || r->doc->nodes[at].size > most)
        return false;
    *count = 0;
    for (uint32_t c = pn_json_first(r->doc, at); c != PN_JSON_NONE; c = pn_json_after(r->doc, at, c))
        if (!read_text(r, c, &list[(*count)++]))
            return false;
    return true;
}

static bool read_ops(const struct reading *r, uint32_t at, void *to) {
    return read_list(r, at, to, PN_CLAIMS_OPS, &r->out->op_count);
}

static bool read_res(const struct reading *r, uint32_t at, void *to) {
    return read_list(r, at, to, PN_CLAIMS_RES, &r->out->res_count);
}

struct claim {
    const char *name;
    bool (*read)(const struct reading *r, uint32_t at, void *to);
    size_t offset;
};
#define CLAIM(name, kind) \
    { #name, read_##kind, offsetof(struct pn_claims, name) }
static const struct claim table[] = {
    CLAIM(iss, text), CLAIM(sub, text),   CLAIM(jti, jti),   CLAIM(iat, time),  CLAIM(nbf, time),
    CLAIM(exp, time), CLAIM(sid, digest), CLAIM(cmp, bound), CLAIM(tool, text), CLAIM(ops, ops),
    CLAIM(res, res),  CLAIM(arg, bound),  CLAIM(use, count), CLAIM(dep, count),
};
enum { CLAIMS = sizeof table / sizeof *table };

// Takes one member, which must have this name, and moves on; the value's node or NONE.
static uint32_t take(const struct pn_json *doc, uint32_t object, uint32_t *key, const char *name) {
    if (*key == PN_JSON_NONE || !pn_json_str_is(doc, *key, name))
        return PN_JSON_NONE;
    uint32_t value = *key + 1;
    *key = pn_json_after(doc, object, value);
    return value;
}

// {"sub":…,"jti":…[,"act":{…}]}, as deep as `dep` says.
static bool read_chain(const struct reading *r, uint32_t object, uint32_t key) {
    for (uint32_t i = 0; i < r->out->dep; i++) {
        object = take(r->doc, object, &key, "act");
        if (key != PN_JSON_NONE || pn_json_type(r->doc, object) != PN_JSON_OBJECT)
            return false;
        key = pn_json_first(r->doc, object);
        uint32_t sub = take(r->doc, object, &key, "sub"), jti = take(r->doc, object, &key, "jti");
        if (!read_text(r, sub, &r->out->act[i].sub) || !read_jti(r, jti, &r->out->act[i].jti))
            return false;
    }
    return key == PN_JSON_NONE;
}

// White space, control characters, escapes and everything outside ASCII have no place anywhere in a payload.
static bool is_plain(struct pn_view payload) {
    for (size_t i = 0; i < payload.len; i++)
        if (payload.ptr[i] <= ' ' || payload.ptr[i] > '~' || payload.ptr[i] == '\\')
            return false;
    return true;
}

bool pn_claims_read(struct pn_view payload, struct pn_json *doc, struct pn_claims *out) {
    const struct pn_json_limits limits = {.depth = 3 + PN_CLAIMS_DEPTH, .nodes = 256};
    if (!is_plain(payload) || pn_json_parse(doc, payload, &limits, NULL) < 0 || pn_json_type(doc, 0) != PN_JSON_OBJECT)
        return false;
    *out = (struct pn_claims){0};
    const struct reading r = {doc, out};
    uint32_t key = pn_json_first(doc, 0);
    for (size_t i = 0; i < CLAIMS; i++) {
        uint32_t value = take(doc, 0, &key, table[i].name);
        if (value == PN_JSON_NONE || !table[i].read(&r, value, (char *)out + table[i].offset))
            return false;
    }
    return out->dep <= PN_CLAIMS_DEPTH && read_chain(&r, 0, key) && pn_claims_flaw(out) == NULL;
}
