// SPDX-License-Identifier: Apache-2.0
// Kinds of values: what each must look like, and how its parts lie in a box: kind, length of part 0 (4 bytes, little
// endian), part 0, part 1.
#include <stdio.h>

#include "base/text.h"
#include "vault/internal.h"

enum { HEADER = 5 };

static int check_opaque(const struct pn_vault_value *value, struct pn_err *err);
static int check_basic(const struct pn_vault_value *value, struct pn_err *err);
static int check_aws(const struct pn_vault_value *value, struct pn_err *err);
static int check_hmac(const struct pn_vault_value *value, struct pn_err *err);
static int check_jwt(const struct pn_vault_value *value, struct pn_err *err);

static const struct {
    const char *name;
    unsigned parts;
    int (*check)(const struct pn_vault_value *value, struct pn_err *err);
} kinds[] = {
    [PN_VAULT_OPAQUE] = {"opaque", 1, check_opaque}, [PN_VAULT_BASIC] = {"basic", 2, check_basic},
    [PN_VAULT_AWS] = {"aws", 2, check_aws},          [PN_VAULT_HMAC] = {"hmac", 1, check_hmac},
    [PN_VAULT_JWT] = {"jwt-signer", 1, check_jwt},
};

static bool known(enum pn_vault_kind kind) {
    return (size_t)kind < sizeof kinds / sizeof *kinds && kinds[kind].name != NULL;
}

const char *pn_vault_kind_name(enum pn_vault_kind kind) {
    return known(kind) ? kinds[kind].name : NULL;
}

unsigned pn_vault_kind_parts(enum pn_vault_kind kind) {
    return known(kind) ? kinds[kind].parts : 0;
}

bool pn_vault_kind_parse(struct pn_view name, enum pn_vault_kind *out) {
    for (size_t i = 1; i < sizeof kinds / sizeof *kinds; i++)
        if (pn_view_is(name, kinds[i].name)) {
            *out = (enum pn_vault_kind)i;
            return true;
        }
    return false;
}

// --- what a value must be ---

static bool printable(struct pn_view v) { // visible ASCII, no space
    for (size_t i = 0; i < v.len; i++)
        if (v.ptr[i] <= ' ' || v.ptr[i] >= 0x7f)
            return false;
    return v.len > 0;
}

static int check_opaque(const struct pn_vault_value *value, struct pn_err *err) {
    return value->part[0].len > 0 ? 0 : pn_fail(err, PN_E_INPUT, "the value is empty");
}

static int check_basic(const struct pn_vault_value *value, struct pn_err *err) {
    struct pn_view user = value->part[0], password = value->part[1];
    if (user.len == 0 || password.len == 0)
        return pn_fail(err, PN_E_INPUT, "the user or the password is empty");
    if (pn_view_find(user, ':', 0) != SIZE_MAX)
        return pn_fail(err, PN_E_INPUT, "a user name has no ':' in it (RFC 7617)");
    for (unsigned part = 0; part < 2; part++)
        for (size_t i = 0; i < value->part[part].len; i++)
            if (value->part[part].ptr[i] < ' ' || value->part[part].ptr[i] == 0x7f)
                return pn_fail(err, PN_E_INPUT, "a user name or password has no control characters in it (RFC 7617)");
    return 0;
}

static int check_aws(const struct pn_vault_value *value, struct pn_err *err) {
    if (!printable(value->part[0]) || value->part[0].len < 16 || value->part[0].len > 128)
        return pn_fail(err, PN_E_INPUT, "an AWS access key id has 16 to 128 visible ASCII characters");
    if (!printable(value->part[1]) || value->part[1].len < 16 || value->part[1].len > 256)
        return pn_fail(err, PN_E_INPUT, "an AWS secret access key has 16 to 256 visible ASCII characters");
    return 0;
}

static int check_hmac(const struct pn_vault_value *value, struct pn_err *err) {
    return value->part[0].len >= 16 ? 0 : pn_fail(err, PN_E_INPUT, "an HMAC key has 16 bytes or more");
}

static int check_jwt(const struct pn_vault_value *value, struct pn_err *err) {
    return pn_vault_pem_check(value->part[0], err);
}

int pn_vault_value_check(const struct pn_vault_value *value, struct pn_err *err) {
    if (!known(value->kind))
        return pn_fail(err, PN_E_BUG, "no such kind of secret");
    if (kinds[value->kind].parts == 1 && value->part[1].len > 0)
        return pn_fail(err, PN_E_BUG, "a secret of kind %s has one part", kinds[value->kind].name);
    if (value->part[0].len > PN_VAULT_VALUE_MAX || value->part[1].len > PN_VAULT_VALUE_MAX - value->part[0].len)
        return pn_fail(err, PN_E_LIMIT, "the value is longer than the %zu bytes a secret may have", PN_VAULT_VALUE_MAX);
    return kinds[value->kind].check(value, err);
}

// --- parts in a box ---

int pn_vault_value_pack(const struct pn_vault_value *value, struct pn_secret *out, struct pn_err *err) {
    const struct pn_view *part = value->part;
    if (pn_secret_new(out, HEADER + part[0].len + part[1].len, err) != 0)
        return -1;
    out->ptr[0] = (uint8_t)value->kind;
    for (unsigned i = 0; i < 4; i++)
        out->ptr[1 + i] = (uint8_t)(part[0].len >> (8 * i));
    pn_copy(out->ptr + HEADER, part[0].ptr, part[0].len);
    pn_copy(out->ptr + HEADER + part[0].len, part[1].ptr, part[1].len);
    return 0;
}

enum pn_vault_kind pn_vault_secret_kind(const struct pn_secret *secret) {
    return (enum pn_vault_kind)(secret->len > 0 ? secret->ptr[0] : 0);
}

struct pn_view pn_vault_part(const struct pn_secret *secret, unsigned part) {
    struct pn_cursor c = {.rest = pn_secret_view(secret)};
    enum pn_vault_kind kind = (enum pn_vault_kind)pn_cursor_u8(&c);
    struct pn_view first = pn_cursor_bytes(&c, pn_cursor_u32(&c));
    if (c.bad || part >= pn_vault_kind_parts(kind))
        return pn_view(NULL, 0);
    return part == 0 ? first : c.rest;
}
