// SPDX-License-Identifier: Apache-2.0
// JSON to component values, the kinds that hold no other values.
#include "base/text.h"
#include "component/lower.h"

#include <math.h>

typedef wasmtime_component_val_t val;

// --- numbers ---

// All integer kinds: the range of each, and where its value goes.
static const struct range {
    uint8_t kind;
    int64_t least;
    uint64_t most;
} ranges[] = {
    [WASMTIME_COMPONENT_VALTYPE_S8] = {WASMTIME_COMPONENT_S8, INT8_MIN, INT8_MAX},
    [WASMTIME_COMPONENT_VALTYPE_S16] = {WASMTIME_COMPONENT_S16, INT16_MIN, INT16_MAX},
    [WASMTIME_COMPONENT_VALTYPE_S32] = {WASMTIME_COMPONENT_S32, INT32_MIN, INT32_MAX},
    [WASMTIME_COMPONENT_VALTYPE_S64] = {WASMTIME_COMPONENT_S64, INT64_MIN, INT64_MAX},
    [WASMTIME_COMPONENT_VALTYPE_U8] = {WASMTIME_COMPONENT_U8, 0, UINT8_MAX},
    [WASMTIME_COMPONENT_VALTYPE_U16] = {WASMTIME_COMPONENT_U16, 0, UINT16_MAX},
    [WASMTIME_COMPONENT_VALTYPE_U32] = {WASMTIME_COMPONENT_U32, 0, UINT32_MAX},
    [WASMTIME_COMPONENT_VALTYPE_U64] = {WASMTIME_COMPONENT_U64, 0, UINT64_MAX},
};

static bool is_wide(const struct pn_type *t) {
    return t->kind == WASMTIME_COMPONENT_VALTYPE_S64 || t->kind == WASMTIME_COMPONENT_VALTYPE_U64;
}

// Decimal text with an optional sign; the value is -magnitude when negative.
static bool read_decimal(struct pn_view text, bool *negative, uint64_t *magnitude) {
    *negative = text.len > 0 && text.ptr[0] == '-';
    return pn_u64_get(pn_view_part(text, *negative ? 1 : 0, text.len), magnitude);
}

static bool read_number(const struct pn_lowerer *l, uint32_t at, bool *negative, uint64_t *magnitude) {
    int64_t n;
    *negative = false;
    if (pn_json_u64(l->doc, at, magnitude))
        return true;
    if (!pn_json_s64(l->doc, at, &n))
        return false;
    *negative = n < 0;
    *magnitude = n < 0 ? -(uint64_t)n : (uint64_t)n;
    return true;
}

static bool fits(const struct range *r, bool negative, uint64_t magnitude) {
    return negative ? magnitude <= -(uint64_t)r->least : magnitude <= r->most;
}

static int out_of_range(struct pn_lowerer *l, const struct pn_type *t, uint32_t at) {
    const struct range *r = &ranges[t->kind];
    struct pn_view raw = pn_view_part(pn_json_raw(l->doc, at), 0, 24);
    return pn_complain(&l->say, at, t, " from %lld to %llu, got %.*s", (long long)r->least, (unsigned long long)r->most,
                       PN_FMT(raw));
}

int pn_scalar_integer(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    const struct range *r = &ranges[t->kind];
    enum pn_json_type type = pn_json_type(l->doc, at);
    bool negative, good;
    uint64_t magnitude;
    struct pn_view text;
    if (type == PN_JSON_STRING && is_wide(t)) {
        if (pn_lower_text(l, t, at, &text) < 0)
            return -1;
        good = read_decimal(text, &negative, &magnitude);
        if (!good || !fits(r, negative, magnitude))
            return pn_complain(&l->say, at, t, ", got a string that is not a decimal number in its range");
    } else if (type != PN_JSON_NUMBER) {
        return pn_complain_kind(&l->say, at, t);
    } else if (!read_number(l, at, &negative, &magnitude) || !fits(r, negative, magnitude)) {
        return out_of_range(l, t, at);
    }
    // Two's complement makes one assignment do for all widths, on a little-endian machine.
    _Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "integers share their first byte");
    *out = (val){.kind = r->kind, .of.u64 = negative ? -magnitude : magnitude};
    return 0;
}

static int read_unusual(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, double *out) {
    static const struct {
        const char *text;
        double value;
    } unusual[] = {{"NaN", (double)NAN}, {"Infinity", (double)INFINITY}, {"-Infinity", -(double)INFINITY}};
    for (size_t i = 0; i < sizeof unusual / sizeof *unusual; i++) {
        if (pn_json_str_is(l->doc, at, unusual[i].text)) {
            *out = unusual[i].value;
            return 0;
        }
    }
    return pn_complain(&l->say, at, t, ", \"NaN\", \"Infinity\" or \"-Infinity\", got another string");
}

int pn_scalar_float(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    bool narrow = t->kind == WASMTIME_COMPONENT_VALTYPE_F32;
    enum pn_json_type type = pn_json_type(l->doc, at);
    double n;
    if (type == PN_JSON_STRING) {
        if (read_unusual(l, t, at, &n) < 0)
            return -1;
    } else if (type != PN_JSON_NUMBER) {
        return pn_complain_kind(&l->say, at, t);
    } else if (!pn_json_f64(l->doc, at, &n) || (narrow && !isfinite((float)n))) {
        return pn_complain(&l->say, at, t, ", got a number too large for it");
    }
    if (narrow)
        *out = (val){.kind = WASMTIME_COMPONENT_F32, .of.f32 = (float)n};
    else
        *out = (val){.kind = WASMTIME_COMPONENT_F64, .of.f64 = n};
    return 0;
}

int pn_scalar_bool(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    bool b;
    if (!pn_json_bool(l->doc, at, &b))
        return pn_complain_kind(&l->say, at, t);
    *out = (val){.kind = WASMTIME_COMPONENT_BOOL, .of.boolean = b};
    return 0;
}

// --- text ---

// A string that lasts as long as the values.
static int get_lasting_text(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, struct pn_view *out) {
    if (pn_lower_text(l, t, at, out) < 0)
        return -1;
    if (!pn_lower_node(l, at)->escaped)
        return 0;
    uint8_t *copy = pn_lower_take(l, out->len, 1);
    if (copy == NULL)
        return -1;
    pn_copy(copy, out->ptr, out->len);
    out->ptr = copy;
    return 0;
}

int pn_scalar_char(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    struct pn_view text;
    uint32_t c;
    if (pn_lower_text(l, t, at, &text) < 0)
        return -1;
    size_t n = pn_utf8_next(text, &c);
    if (n == 0 || n != text.len)
        return pn_complain(&l->say, at, t, ", got a string of %s", n == 0 ? "none" : "several");
    *out = (val){.kind = WASMTIME_COMPONENT_CHAR, .of.character = c};
    return 0;
}

int pn_scalar_string(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    struct pn_view text;
    if (get_lasting_text(l, t, at, &text) < 0)
        return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_STRING, .of.string = pn_lower_borrow(text)};
    return 0;
}

// One of the type's names: enum cases, variant tags, flags.
int pn_scalar_choice(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, uint32_t *nth) {
    struct pn_view text;
    if (pn_json_type(l->doc, at) != PN_JSON_STRING)
        return pn_complain_choice(&l->say, at, t);
    if (pn_lower_text(l, t, at, &text) < 0)
        return -1;
    *nth = pn_plan_find(l->plan, t, text, 0);
    return *nth == PN_TYPE_NONE ? pn_complain_choice(&l->say, at, t) : 0;
}

wasm_name_t pn_scalar_name(const struct pn_lowerer *l, const struct pn_type *t, uint32_t nth) {
    return pn_lower_borrow(pn_plan_name(l->plan, pn_plan_member(l->plan, t, nth)));
}

int pn_scalar_enum(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    uint32_t nth = 0;
    if (pn_scalar_choice(l, t, at, &nth) < 0)
        return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_ENUM, .of.enumeration = pn_scalar_name(l, t, nth)};
    return 0;
}

// Marks the flags that the array names; each may come once.
static int read_flags(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, uint8_t *seen, uint32_t *count) {
    *count = 0;
    for (uint32_t item = pn_json_first(l->doc, at); item != PN_JSON_NONE; item = pn_json_after(l->doc, at, item)) {
        uint32_t nth = 0;
        if (pn_scalar_choice(l, t, item, &nth) < 0)
            return -1;
        if (seen[nth])
            return pn_complain(&l->say, item, t, ", got a name twice");
        seen[nth] = 1;
        ++*count;
    }
    return 0;
}

int pn_scalar_flags(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    if (pn_json_type(l->doc, at) != PN_JSON_ARRAY)
        return pn_complain_kind(&l->say, at, t);
    uint8_t *seen = pn_lower_take(l, t->count, 1);
    if (seen == NULL)
        return -1;
    for (uint32_t i = 0; i < t->count; i++)
        seen[i] = 0;
    uint32_t count, n = 0;
    if (read_flags(l, t, at, seen, &count) < 0)
        return -1;
    wasm_name_t *names = pn_lower_take(l, count, sizeof *names);
    if (names == NULL)
        return -1;
    for (uint32_t i = 0; i < t->count; i++)
        if (seen[i])
            names[n++] = pn_scalar_name(l, t, i);
    *out = (val){.kind = WASMTIME_COMPONENT_FLAGS, .of.flags = {.size = count, .data = names}};
    return 0;
}
