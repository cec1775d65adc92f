// SPDX-License-Identifier: Apache-2.0
// JSON to component values. Trust: the document is well-formed JSON (src/json) and otherwise hostile; what leaves here
// fits the plan exactly, because the engine ends the process on a string that is not UTF-8 or a char that is no scalar
// value. The values are never owned by the engine: a call borrows its arguments and copies them, so everything lies in
// one arena, and strings without escapes are used where they stand in the text.
#include "component/values.h"

#include "base/text.h"
#include "component/complain.h"

#include <float.h>
#include <math.h>

typedef wasmtime_component_val_t val;
enum { ITEMS = 2000000, UNSET = 0xff }; // UNSET marks a member that the object has not given yet

struct lowerer {
    struct pn_args *args;
    const struct pn_plan *plan;
    const struct pn_json *doc;
    struct pn_err *err;
    struct pn_complaint say;
};

static int lower(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out);

static const struct pn_json_node *node(const struct lowerer *l, uint32_t at) {
    return &l->doc->nodes[at];
}

static void *take(struct lowerer *l, size_t count, size_t size) {
    void *p = pn_arena_take(&l->args->arena, count, size);
    if (p == NULL)
        (void)pn_fail(l->err, PN_E_LIMIT, "the arguments need more than %zu bytes as values; send less at once",
                      l->args->arena.max == 0 ? (size_t)64 << 20 : l->args->arena.max);
    return p;
}

// The engine's names are not const, though it only reads arguments.
static wasm_name_t borrow(struct pn_view text) {
    return (wasm_name_t){.size = text.len, .data = (char *)(uintptr_t)text.ptr};
}

// A string's value: in the document, or decoded into scratch memory that the next call of this function reuses.
static int get_text(struct lowerer *l, const struct pn_type *t, uint32_t at, struct pn_view *out) {
    if (pn_json_type(l->doc, at) != PN_JSON_STRING)
        return pn_complain_kind(&l->say, at, t);
    pn_buf_reset(&l->args->text);
    if (!pn_json_str(l->doc, at, &l->args->text, out))
        return pn_fail(l->err, PN_E_SYSTEM, "out of memory while reading the arguments");
    return 0;
}

// The same, but lasting as long as the values.
static int get_lasting_text(struct lowerer *l, const struct pn_type *t, uint32_t at, struct pn_view *out) {
    if (get_text(l, t, at, out) < 0)
        return -1;
    if (!node(l, at)->escaped)
        return 0;
    uint8_t *copy = take(l, out->len, 1);
    if (copy == NULL)
        return -1;
    pn_copy(copy, out->ptr, out->len);
    out->ptr = copy;
    return 0;
}

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

static bool read_number(const struct lowerer *l, uint32_t at, bool *negative, uint64_t *magnitude) {
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

static int out_of_range(struct lowerer *l, const struct pn_type *t, uint32_t at) {
    const struct range *r = &ranges[t->kind];
    struct pn_view raw = pn_view_part(pn_json_raw(l->doc, at), 0, 24);
    return pn_complain(&l->say, at, t, " from %lld to %llu, got %.*s", (long long)r->least, (unsigned long long)r->most,
                       PN_FMT(raw));
}

static int lower_integer(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    const struct range *r = &ranges[t->kind];
    enum pn_json_type type = pn_json_type(l->doc, at);
    bool negative, good;
    uint64_t magnitude;
    struct pn_view text;
    if (type == PN_JSON_STRING && is_wide(t)) {
        if (get_text(l, t, at, &text) < 0)
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

static int read_unusual(struct lowerer *l, const struct pn_type *t, uint32_t at, double *out) {
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

static int lower_float(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
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

static int lower_bool(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    bool b;
    if (!pn_json_bool(l->doc, at, &b))
        return pn_complain_kind(&l->say, at, t);
    *out = (val){.kind = WASMTIME_COMPONENT_BOOL, .of.boolean = b};
    return 0;
}

// --- text ---

static int lower_char(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    struct pn_view text;
    uint32_t c;
    if (get_text(l, t, at, &text) < 0)
        return -1;
    size_t n = pn_utf8_next(text, &c);
    if (n == 0 || n != text.len)
        return pn_complain(&l->say, at, t, ", got a string of %s", n == 0 ? "none" : "several");
    *out = (val){.kind = WASMTIME_COMPONENT_CHAR, .of.character = c};
    return 0;
}

static int lower_string(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    struct pn_view text;
    if (get_lasting_text(l, t, at, &text) < 0)
        return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_STRING, .of.string = borrow(text)};
    return 0;
}

// One of the type's names: enum cases, variant tags, flags.
static int get_choice(struct lowerer *l, const struct pn_type *t, uint32_t at, uint32_t *nth) {
    struct pn_view text;
    if (pn_json_type(l->doc, at) != PN_JSON_STRING)
        return pn_complain_choice(&l->say, at, t);
    if (get_text(l, t, at, &text) < 0)
        return -1;
    *nth = pn_plan_find(l->plan, t, text, 0);
    return *nth == PN_TYPE_NONE ? pn_complain_choice(&l->say, at, t) : 0;
}

static wasm_name_t member_name(const struct lowerer *l, const struct pn_type *t, uint32_t nth) {
    return borrow(pn_plan_name(l->plan, pn_plan_member(l->plan, t, nth)));
}

static int lower_enum(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    uint32_t nth;
    if (get_choice(l, t, at, &nth) < 0)
        return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_ENUM, .of.enumeration = member_name(l, t, nth)};
    return 0;
}

static int lower_flags(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    if (pn_json_type(l->doc, at) != PN_JSON_ARRAY)
        return pn_complain_kind(&l->say, at, t);
    // More names than there are cannot all be different; the loop finds out which one comes twice.
    uint32_t size = node(l, at)->size;
    wasm_name_t *names = take(l, size < t->count ? size : t->count, sizeof *names);
    uint8_t *seen = take(l, t->count, 1);
    if (names == NULL || seen == NULL)
        return -1;
    for (uint32_t i = 0; i < t->count; i++)
        seen[i] = 0;
    uint32_t count = 0;
    for (uint32_t item = pn_json_first(l->doc, at); item != PN_JSON_NONE; item = pn_json_after(l->doc, at, item)) {
        uint32_t nth;
        if (get_choice(l, t, item, &nth) < 0)
            return -1;
        if (seen[nth]++)
            return pn_complain(&l->say, item, t, ", got a name twice");
        names[count++] = member_name(l, t, nth);
    }
    *out = (val){.kind = WASMTIME_COMPONENT_FLAGS, .of.flags = {.size = count, .data = names}};
    return 0;
}

// --- lists and tuples ---

static int check_items(struct lowerer *l, const struct pn_type *t, uint32_t at, size_t count) {
    uint32_t most = l->args->items == 0 ? ITEMS : l->args->items;
    if (count <= most)
        return 0;
    return pn_complain(&l->say, at, t, " of at most %u elements, got %zu", most, count);
}

static int lower_base64(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    struct pn_view text;
    struct pn_buf *bytes = &l->args->bytes;
    if (get_text(l, t, at, &text) < 0 || check_items(l, t, at, text.len / 4 * 3) < 0)
        return -1;
    pn_buf_reset(bytes);
    if (!pn_base64_get(text, bytes))
        return pn_complain(&l->say, at, t, ", got a string that is not padded standard base64");
    val *items = take(l, bytes->len, sizeof *items);
    if (items == NULL)
        return -1;
    for (size_t i = 0; i < bytes->len; i++)
        items[i] = (val){.kind = WASMTIME_COMPONENT_U8, .of.u8 = bytes->ptr[i]};
    *out = (val){.kind = WASMTIME_COMPONENT_LIST, .of.list = {.size = bytes->len, .data = items}};
    return 0;
}

static int lower_list(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    enum pn_json_type type = pn_json_type(l->doc, at);
    if (t->bytes && type == PN_JSON_STRING)
        return lower_base64(l, t, at, out);
    if (type != PN_JSON_ARRAY)
        return pn_complain_kind(&l->say, at, t);
    uint32_t size = node(l, at)->size;
    if (check_items(l, t, at, size) < 0)
        return -1;
    val *items = take(l, size, sizeof *items);
    if (items == NULL)
        return -1;
    const struct pn_type *inner = pn_plan_inner(l->plan, t);
    uint32_t item = pn_json_first(l->doc, at);
    for (uint32_t i = 0; i < size; i++, item = node(l, item)->next)
        if (lower(l, inner, item, &items[i]) < 0)
            return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_LIST, .of.list = {.size = size, .data = items}};
    return 0;
}

static int lower_tuple(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    if (pn_json_type(l->doc, at) != PN_JSON_ARRAY)
        return pn_complain_kind(&l->say, at, t);
    if (node(l, at)->size != t->count)
        return pn_complain(&l->say, at, t, " of %u elements, got %u", t->count, node(l, at)->size);
    val *items = take(l, t->count, sizeof *items);
    if (items == NULL)
        return -1;
    uint32_t item = pn_json_first(l->doc, at);
    for (uint32_t i = 0; i < t->count; i++, item = node(l, item)->next)
        if (lower(l, &l->plan->types[pn_plan_member(l->plan, t, i)->type], item, &items[i]) < 0)
            return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_TUPLE, .of.tuple = {.size = t->count, .data = items}};
    return 0;
}

// --- objects ---

// Where the members' values go: an array of values, or the values inside an array of record entries.
struct places {
    uint8_t *first;
    size_t stride;
};

static val *place(const struct places *p, uint32_t nth) {
    return (val *)(void *)(p->first + nth * p->stride);
}

// An absent member is fine when it is an option.
static int lower_absent(struct lowerer *l, const struct pn_type *t, uint32_t at, const struct places *p) {
    for (uint32_t i = 0; i < t->count; i++) {
        const struct pn_member *m = pn_plan_member(l->plan, t, i);
        if (place(p, i)->kind != UNSET)
            continue;
        if (!l->plan->types[m->type].nullable)
            return pn_complain_missing(&l->say, at, m);
        *place(p, i) = (val){.kind = WASMTIME_COMPONENT_OPTION};
    }
    return 0;
}

// The parser has refused duplicate keys, so that each place is filled once.
static int lower_members(struct lowerer *l, const struct pn_type *t, uint32_t at, const struct places *p) {
    for (uint32_t i = 0; i < t->count; i++)
        place(p, i)->kind = UNSET;
    uint32_t size = node(l, at)->size, key = pn_json_first(l->doc, at), hint = 0;
    for (uint32_t n = 0; n < size; n++) {
        uint32_t value = node(l, key)->next;
        struct pn_view name;
        if (get_text(l, t, key, &name) < 0)
            return -1;
        uint32_t nth = pn_plan_find(l->plan, t, name, hint);
        if (nth == PN_TYPE_NONE)
            return pn_complain_unknown(&l->say, value, t);
        if (lower(l, &l->plan->types[pn_plan_member(l->plan, t, nth)->type], value, place(p, nth)) < 0)
            return -1;
        hint = nth + 1 < t->count ? nth + 1 : 0;
        key = node(l, value)->next;
    }
    return size == t->count ? 0 : lower_absent(l, t, at, p);
}

static int lower_record(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    if (pn_json_type(l->doc, at) != PN_JSON_OBJECT)
        return pn_complain_kind(&l->say, at, t);
    wasmtime_component_valrecord_entry_t *entries = take(l, t->count, sizeof *entries);
    if (entries == NULL)
        return -1;
    for (uint32_t i = 0; i < t->count; i++)
        entries[i].name = member_name(l, t, i);
    struct places p = {(uint8_t *)entries + offsetof(wasmtime_component_valrecord_entry_t, val), sizeof *entries};
    if (lower_members(l, t, at, &p) < 0)
        return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_RECORD, .of.record = {.size = t->count, .data = entries}};
    return 0;
}

// A value of its own for variants, options and results; NULL on failure.
static val *lower_boxed(struct lowerer *l, const struct pn_type *t, uint32_t at) {
    val *boxed = take(l, 1, sizeof *boxed);
    return boxed == NULL || lower(l, t, at, boxed) < 0 ? NULL : boxed;
}

static int lower_variant(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    uint32_t tag = pn_json_get(l->doc, at, "tag"), value = pn_json_get(l->doc, at, "val"), nth;
    if (tag == PN_JSON_NONE)
        return pn_complain_kind(&l->say, at, t);
    if (get_choice(l, t, tag, &nth) < 0)
        return -1;
    const struct pn_member *m = pn_plan_member(l->plan, t, nth);
    bool wants = m->type != PN_TYPE_NONE;
    if (node(l, at)->size != (wants ? 2 : 1) || wants != (value != PN_JSON_NONE))
        return pn_complain(&l->say, at, t, ": this case has `tag` and %s",
                           wants ? "`val`, and nothing else" : "nothing else");
    val *payload = wants ? lower_boxed(l, &l->plan->types[m->type], value) : NULL;
    if (wants && payload == NULL)
        return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_VARIANT,
                 .of.variant = {.discriminant = member_name(l, t, nth), .val = payload}};
    return 0;
}

static int lower_option(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    const struct pn_type *inner = pn_plan_inner(l->plan, t);
    *out = (val){.kind = WASMTIME_COMPONENT_OPTION};
    if (pn_json_type(l->doc, at) == PN_JSON_NULL)
        return 0;
    if (inner->nullable) {
        uint32_t some = pn_json_get(l->doc, at, "some");
        if (some == PN_JSON_NONE || node(l, at)->size != 1)
            return pn_complain_kind(&l->say, at, t);
        at = some;
    }
    val *value = lower_boxed(l, inner, at);
    out->of.option = value;
    return value == NULL ? -1 : 0;
}

static int lower_result(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    uint32_t ok = pn_json_get(l->doc, at, "ok"), value = ok != PN_JSON_NONE ? ok : pn_json_get(l->doc, at, "err");
    if (value == PN_JSON_NONE || node(l, at)->size != 1)
        return pn_complain_kind(&l->say, at, t);
    const struct pn_member *m = pn_plan_member(l->plan, t, ok != PN_JSON_NONE ? 0 : 1);
    *out = (val){.kind = WASMTIME_COMPONENT_RESULT, .of.result = {.is_ok = ok != PN_JSON_NONE}};
    if (m->type == PN_TYPE_NONE)
        return pn_json_type(l->doc, value) == PN_JSON_NULL
                   ? 0
                   : pn_complain(&l->say, value, t, ": this side carries no value, so null is expected");
    val *payload = lower_boxed(l, &l->plan->types[m->type], value);
    out->of.result.val = payload;
    return payload == NULL ? -1 : 0;
}

// --- by kind ---

static int (*const lowerers[])(struct lowerer *, const struct pn_type *, uint32_t, val *) = {
    [WASMTIME_COMPONENT_VALTYPE_BOOL] = lower_bool,       [WASMTIME_COMPONENT_VALTYPE_S8] = lower_integer,
    [WASMTIME_COMPONENT_VALTYPE_S16] = lower_integer,     [WASMTIME_COMPONENT_VALTYPE_S32] = lower_integer,
    [WASMTIME_COMPONENT_VALTYPE_S64] = lower_integer,     [WASMTIME_COMPONENT_VALTYPE_U8] = lower_integer,
    [WASMTIME_COMPONENT_VALTYPE_U16] = lower_integer,     [WASMTIME_COMPONENT_VALTYPE_U32] = lower_integer,
    [WASMTIME_COMPONENT_VALTYPE_U64] = lower_integer,     [WASMTIME_COMPONENT_VALTYPE_F32] = lower_float,
    [WASMTIME_COMPONENT_VALTYPE_F64] = lower_float,       [WASMTIME_COMPONENT_VALTYPE_CHAR] = lower_char,
    [WASMTIME_COMPONENT_VALTYPE_STRING] = lower_string,   [WASMTIME_COMPONENT_VALTYPE_LIST] = lower_list,
    [WASMTIME_COMPONENT_VALTYPE_RECORD] = lower_record,   [WASMTIME_COMPONENT_VALTYPE_TUPLE] = lower_tuple,
    [WASMTIME_COMPONENT_VALTYPE_VARIANT] = lower_variant, [WASMTIME_COMPONENT_VALTYPE_ENUM] = lower_enum,
    [WASMTIME_COMPONENT_VALTYPE_OPTION] = lower_option,   [WASMTIME_COMPONENT_VALTYPE_RESULT] = lower_result,
    [WASMTIME_COMPONENT_VALTYPE_FLAGS] = lower_flags,
};

// Recursion follows the plan, which is at most PN_PLAN_DEPTH deep.
static int lower(struct lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    return lowerers[t->kind](l, t, at, out);
}

int pn_args_lower(struct pn_args *args, const struct pn_plan *plan, const struct pn_json *doc, uint32_t at,
                  struct pn_err *err) {
    struct lowerer l = {args, plan, doc, err, {plan, doc, err}};
    const struct pn_type *params = &plan->types[0];
    pn_args_reset(args);
    if (pn_json_type(doc, at) != PN_JSON_OBJECT)
        return pn_complain_kind(&l.say, at, params);
    val *vals = take(&l, params->count, sizeof *vals);
    if (vals == NULL)
        return -1;
    struct places p = {(uint8_t *)vals, sizeof *vals};
    if (lower_members(&l, params, at, &p) < 0) {
        pn_args_reset(args);
        return -1;
    }
    args->vals = vals;
    args->count = params->count;
    return 0;
}

void pn_args_reset(struct pn_args *args) {
    enum { SCRATCH_KEPT = 64 << 10 };
    pn_arena_reset(&args->arena);
    if (args->text.cap > SCRATCH_KEPT)
        pn_buf_fini(&args->text);
    if (args->bytes.cap > SCRATCH_KEPT)
        pn_buf_fini(&args->bytes);
    args->vals = NULL;
    args->count = 0;
}

void pn_args_fini(struct pn_args *args) {
    pn_arena_fini(&args->arena);
    pn_buf_fini(&args->text);
    pn_buf_fini(&args->bytes);
    *args = (struct pn_args){0};
}
