// SPDX-License-Identifier: Apache-2.0
// JSON: an object of names; each value is a string (opaque) or an object with "kind" and that kind's members.
#include <sodium.h>

#include "base/cleanup.h"
#include "vault/internal.h"
#include "json/json.h"

static const struct {
    enum pn_vault_kind kind;
    const char *member[PN_VAULT_PARTS];
} shapes[] = {
    {PN_VAULT_OPAQUE, {"value"}}, {PN_VAULT_BASIC, {"user", "password"}}, {PN_VAULT_AWS, {"id", "secret"}},
    {PN_VAULT_HMAC, {"key"}},     {PN_VAULT_HMAC, {"key_base64"}},        {PN_VAULT_JWT, {"pem"}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

struct reader {
    const struct pn_json *doc;
    size_t plain; // bytes of out->plain in use
    struct pn_import *out;
    struct pn_err *err;
};

static unsigned line_of(const struct reader *r, uint32_t at) {
    unsigned line = 1;
    for (uint32_t i = 0; i < r->doc->nodes[at].start && i < r->doc->text.len; i++)
        line += r->doc->text.ptr[i] == '\n' ? 1 : 0;
    return line;
}

static int refuse(struct reader *r, uint32_t at, const char *what) {
    return pn_fail(r->err, PN_E_INPUT, "line %u: %s", line_of(r, at), what);
}

// Into out->plain: a buffer with exactly the room that is left never grows, so nothing is left behind elsewhere.
static int take_string(struct reader *r, uint32_t at, struct pn_view *out) {
    struct pn_secret *plain = &r->out->plain;
    struct pn_buf scratch = {.ptr = plain->ptr + r->plain, .cap = plain->len - r->plain, .max = plain->len - r->plain};
    if (pn_json_type(r->doc, at) != PN_JSON_STRING || !pn_json_str(r->doc, at, &scratch, out))
        return refuse(r, at, "a string was expected");
    r->plain += scratch.len;
    return 0;
}

static int take_base64(struct reader *r, uint32_t at, struct pn_view *out) {
    struct pn_view text;
    if (take_string(r, at, &text) != 0)
        return -1;
    uint8_t *to = r->out->plain.ptr + r->plain;
    size_t len = 0;
    if (sodium_base642bin(to, r->out->plain.len - r->plain, (const char *)text.ptr, text.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return refuse(r, at, "key_base64 is not base64");
    r->plain += len;
    *out = pn_view(to, len);
    return 0;
}

// The shape whose members, and no others, the object has.
static int find_shape(const struct reader *r, uint32_t object, enum pn_vault_kind kind) {
    for (int i = 0; i < SHAPES; i++) {
        unsigned parts = pn_vault_kind_parts(kind);
        bool fits = shapes[i].kind == kind && r->doc->nodes[object].size == parts + 1;
        for (unsigned p = 0; p < parts && fits; p++)
            fits = pn_json_get(r->doc, object, shapes[i].member[p]) != PN_JSON_NONE;
        if (fits)
            return i;
    }
    return -1;
}

static int take_parts(struct reader *r, uint32_t object, int shape, struct pn_vault_value *value) {
    for (unsigned p = 0; p < pn_vault_kind_parts(value->kind); p++) {
        uint32_t at = pn_json_get(r->doc, object, shapes[shape].member[p]);
        bool encoded = strcmp(shapes[shape].member[p], "key_base64") == 0;
        if ((encoded ? take_base64 : take_string)(r, at, &value->part[p]) != 0)
            return -1;
    }
    return 0;
}

static int take_object(struct reader *r, uint32_t object, struct pn_vault_value *value) {
    uint32_t kind_at = pn_json_get(r->doc, object, "kind");
    struct pn_view kind;
    if (kind_at == PN_JSON_NONE)
        return refuse(r, object, "\"kind\" is missing");
    if (take_string(r, kind_at, &kind) != 0)
        return -1;
    if (!pn_vault_kind_parse(kind, &value->kind))
        return refuse(r, kind_at, "\"kind\" is opaque, basic, aws, hmac or jwt-signer");
    int shape = find_shape(r, object, value->kind);
    if (shape < 0)
        return refuse(
            r, object,
            "besides \"kind\" there is exactly: value (opaque), user and password (basic), id and secret (aws), key "
            "or key_base64 (hmac), pem (jwt-signer)");
    return take_parts(r, object, shape, value);
}

static int take_member(struct reader *r, uint32_t key, uint32_t at) {
    struct pn_vault_value value = {.kind = PN_VAULT_OPAQUE};
    struct pn_view name;
    if (take_string(r, key, &name) != 0)
        return -1;
    int rc = pn_json_type(r->doc, at) == PN_JSON_OBJECT   ? take_object(r, at, &value)
             : pn_json_type(r->doc, at) == PN_JSON_STRING ? take_string(r, at, &value.part[0])
                                                          : refuse(r, at, "a secret is a string or an object");
    return rc != 0 ? -1 : pn_import_add(r->out, name, line_of(r, key), &value, r->err);
}

static int take_all(struct reader *r) {
    if (pn_json_type(r->doc, 0) != PN_JSON_OBJECT)
        return refuse(r, 0, "an object of names and secrets was expected");
    uint32_t key = pn_json_first(r->doc, 0);
    while (key != PN_JSON_NONE) {
        uint32_t at = pn_json_after(r->doc, 0, key);
        if (take_member(r, key, at) != 0)
            return -1;
        key = pn_json_after(r->doc, 0, at);
    }
    return 0;
}

int pn_import_json(struct pn_view text, struct pn_import *out, struct pn_err *err) {
    static const struct pn_json_limits limits = {.depth = 4, .nodes = 10 * PN_IMPORT_ITEMS_MAX};
    pn_auto(pn_json) struct pn_json doc = {0};
    if (pn_import_begin(out, text, err) != 0)
        return -1;
    struct reader r = {.doc = &doc, .out = out, .err = err};
    if (pn_json_parse(&doc, text, &limits, err) == 0 && take_all(&r) == 0)
        return 0;
    pn_import_fini(out);
    return -1;
}
