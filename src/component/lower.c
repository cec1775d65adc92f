// SPDX-License-Identifier: Apache-2.0
// JSON to component values. Trust: the document is well-formed JSON (src/json) and otherwise hostile; what leaves here
// fits the plan exactly, because the engine ends the process on a string that is not UTF-8 or a char that is no scalar
// value. The values are never owned by the engine: a call borrows its arguments and copies them, so everything lies in
// one arena, and strings without escapes are used where they stand in the text.
#include "component/lower.h"

#include "base/text.h"

typedef wasmtime_component_val_t val;
enum { ITEMS = 2000000, UNSET = 0xff }; // UNSET marks a member that the object has not given yet

static int lower(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out);

void *pn_lower_take(struct pn_lowerer *l, size_t count, size_t size) {
    void *p = pn_arena_take(&l->args->arena, count, size);
    if (p == NULL)
        (void)pn_fail(l->err, PN_E_LIMIT, "the arguments need more than %zu bytes as values; send less at once",
                      l->args->arena.max == 0 ? (size_t)64 << 20 : l->args->arena.max);
    return p;
}

int pn_lower_text(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, struct pn_view *out) {
    if (pn_json_type(l->doc, at) != PN_JSON_STRING)
        return pn_complain_kind(&l->say, at, t);
    pn_buf_reset(&l->args->text);
    if (!pn_json_str(l->doc, at, &l->args->text, out))
        return pn_fail(l->err, PN_E_SYSTEM, "out of memory while reading the arguments");
    return 0;
}

// --- lists and tuples ---

static int check_items(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, size_t count) {
    uint32_t most = l->args->items == 0 ? ITEMS : l->args->items;
    if (count <= most)
        return 0;
    return pn_complain(&l->say, at, t, " of at most %u elements, got %zu", most, count);
}

static int lower_base64(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    struct pn_view text = {0};
    struct pn_buf *bytes = &l->args->bytes;
    if (pn_lower_text(l, t, at, &text) < 0 || check_items(l, t, at, text.len / 4 * 3) < 0)
        return -1;
    pn_buf_reset(bytes);
    if (!pn_base64_get(text, bytes))
        return pn_complain(&l->say, at, t, ", got a string that is not padded standard base64");
    val *items = pn_lower_take(l, bytes->len, sizeof *items);
    if (items == NULL)
        return -1;
    for (size_t i = 0; i < bytes->len; i++)
        items[i] = (val){.kind = WASMTIME_COMPONENT_U8, .of.u8 = bytes->ptr[i]};
    *out = (val){.kind = WASMTIME_COMPONENT_LIST, .of.list = {.size = bytes->len, .data = items}};
    return 0;
}

static int lower_list(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    enum pn_json_type type = pn_json_type(l->doc, at);
    if (t->bytes && type == PN_JSON_STRING)
        return lower_base64(l, t, at, out);
    if (type != PN_JSON_ARRAY)
        return pn_complain_kind(&l->say, at, t);
    uint32_t size = pn_lower_node(l, at)->size;
    if (check_items(l, t, at, size) < 0)
        return -1;
    val *items = pn_lower_take(l, size, sizeof *items);
    if (items == NULL)
        return -1;
    const struct pn_type *inner = pn_plan_inner(l->plan, t);
    uint32_t item = pn_json_first(l->doc, at);
    for (uint32_t i = 0; i < size; i++, item = pn_lower_node(l, item)->next)
        if (lower(l, inner, item, &items[i]) < 0)
            return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_LIST, .of.list = {.size = size, .data = items}};
    return 0;
}

static int lower_tuple(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    if (pn_json_type(l->doc, at) != PN_JSON_ARRAY)
        return pn_complain_kind(&l->say, at, t);
    if (pn_lower_node(l, at)->size != t->count)
        return pn_complain(&l->say, at, t, " of %u elements, got %u", t->count, pn_lower_node(l, at)->size);
    val *items = pn_lower_take(l, t->count, sizeof *items);
    if (items == NULL)
        return -1;
    uint32_t item = pn_json_first(l->doc, at);
    for (uint32_t i = 0; i < t->count; i++, item = pn_lower_node(l, item)->next)
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
static int lower_absent(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, const struct places *p) {
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
static int lower_members(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, const struct places *p) {
    for (uint32_t i = 0; i < t->count; i++)
        place(p, i)->kind = UNSET;
    uint32_t size = pn_lower_node(l, at)->size, key = pn_json_first(l->doc, at), hint = 0;
    for (uint32_t n = 0; n < size; n++) {
        uint32_t value = pn_lower_node(l, key)->next;
        struct pn_view name = {0};
        if (pn_lower_text(l, t, key, &name) < 0)
            return -1;
        uint32_t nth = pn_plan_find(l->plan, t, name, hint);
        if (nth == PN_TYPE_NONE)
            return pn_complain_unknown(&l->say, value, t);
        if (lower(l, &l->plan->types[pn_plan_member(l->plan, t, nth)->type], value, place(p, nth)) < 0)
            return -1;
        hint = nth + 1 < t->count ? nth + 1 : 0;
        key = pn_lower_node(l, value)->next;
    }
    return size == t->count ? 0 : lower_absent(l, t, at, p);
}

static int lower_record(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    if (pn_json_type(l->doc, at) != PN_JSON_OBJECT)
        return pn_complain_kind(&l->say, at, t);
    wasmtime_component_valrecord_entry_t *entries = pn_lower_take(l, t->count, sizeof *entries);
    if (entries == NULL)
        return -1;
    for (uint32_t i = 0; i < t->count; i++)
        entries[i].name = pn_scalar_name(l, t, i);
    struct places p = {(uint8_t *)entries + offsetof(wasmtime_component_valrecord_entry_t, val), sizeof *entries};
    if (lower_members(l, t, at, &p) < 0)
        return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_RECORD, .of.record = {.size = t->count, .data = entries}};
    return 0;
}

// A value of its own for variants, options and results; NULL on failure.
static val *lower_boxed(struct pn_lowerer *l, const struct pn_type *t, uint32_t at) {
    val *boxed = pn_lower_take(l, 1, sizeof *boxed);
    return boxed == NULL || lower(l, t, at, boxed) < 0 ? NULL : boxed;
}

static int lower_variant(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    uint32_t tag = pn_json_get(l->doc, at, "tag"), value = pn_json_get(l->doc, at, "val"), nth;
    if (tag == PN_JSON_NONE)
        return pn_complain_kind(&l->say, at, t);
    if (pn_scalar_choice(l, t, tag, &nth) < 0)
        return -1;
    const struct pn_member *m = pn_plan_member(l->plan, t, nth);
    bool wants = m->type != PN_TYPE_NONE;
    if (pn_lower_node(l, at)->size != (wants ? 2 : 1) || wants != (value != PN_JSON_NONE))
        return pn_complain(&l->say, at, t, ": this case has `tag` and %s",
                           wants ? "`val`, and nothing else" : "nothing else");
    val *payload = wants ? lower_boxed(l, &l->plan->types[m->type], value) : NULL;
    if (wants && payload == NULL)
        return -1;
    *out = (val){.kind = WASMTIME_COMPONENT_VARIANT,
                 .of.variant = {.discriminant = pn_scalar_name(l, t, nth), .val = payload}};
    return 0;
}

static int lower_option(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    const struct pn_type *inner = pn_plan_inner(l->plan, t);
    *out = (val){.kind = WASMTIME_COMPONENT_OPTION};
    if (pn_json_type(l->doc, at) == PN_JSON_NULL)
        return 0;
    if (inner->nullable) {
        uint32_t some = pn_json_get(l->doc, at, "some");
        if (some == PN_JSON_NONE || pn_lower_node(l, at)->size != 1)
            return pn_complain_kind(&l->say, at, t);
        at = some;
    }
    val *value = lower_boxed(l, inner, at);
    out->of.option = value;
    return value == NULL ? -1 : 0;
}

static int lower_result(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    uint32_t ok = pn_json_get(l->doc, at, "ok"), value = ok != PN_JSON_NONE ? ok : pn_json_get(l->doc, at, "err");
    if (value == PN_JSON_NONE || pn_lower_node(l, at)->size != 1)
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

static int (*const lowerers[])(struct pn_lowerer *, const struct pn_type *, uint32_t, val *) = {
    [WASMTIME_COMPONENT_VALTYPE_BOOL] = pn_scalar_bool,     [WASMTIME_COMPONENT_VALTYPE_S8] = pn_scalar_integer,
    [WASMTIME_COMPONENT_VALTYPE_S16] = pn_scalar_integer,   [WASMTIME_COMPONENT_VALTYPE_S32] = pn_scalar_integer,
    [WASMTIME_COMPONENT_VALTYPE_S64] = pn_scalar_integer,   [WASMTIME_COMPONENT_VALTYPE_U8] = pn_scalar_integer,
    [WASMTIME_COMPONENT_VALTYPE_U16] = pn_scalar_integer,   [WASMTIME_COMPONENT_VALTYPE_U32] = pn_scalar_integer,
    [WASMTIME_COMPONENT_VALTYPE_U64] = pn_scalar_integer,   [WASMTIME_COMPONENT_VALTYPE_F32] = pn_scalar_float,
    [WASMTIME_COMPONENT_VALTYPE_F64] = pn_scalar_float,     [WASMTIME_COMPONENT_VALTYPE_CHAR] = pn_scalar_char,
    [WASMTIME_COMPONENT_VALTYPE_STRING] = pn_scalar_string, [WASMTIME_COMPONENT_VALTYPE_LIST] = lower_list,
    [WASMTIME_COMPONENT_VALTYPE_RECORD] = lower_record,     [WASMTIME_COMPONENT_VALTYPE_TUPLE] = lower_tuple,
    [WASMTIME_COMPONENT_VALTYPE_VARIANT] = lower_variant,   [WASMTIME_COMPONENT_VALTYPE_ENUM] = pn_scalar_enum,
    [WASMTIME_COMPONENT_VALTYPE_OPTION] = lower_option,     [WASMTIME_COMPONENT_VALTYPE_RESULT] = lower_result,
    [WASMTIME_COMPONENT_VALTYPE_FLAGS] = pn_scalar_flags,
};

// Recursion follows the plan, which is at most PN_PLAN_DEPTH deep.
static int lower(struct pn_lowerer *l, const struct pn_type *t, uint32_t at, val *out) {
    return lowerers[t->kind](l, t, at, out);
}

int pn_args_lower(struct pn_args *args, const struct pn_plan *plan, const struct pn_json *doc, uint32_t at,
                  struct pn_err *err) {
    struct pn_lowerer l = {args, plan, doc, err, {plan, doc, err}};
    const struct pn_type *params = &plan->types[0];
    pn_args_reset(args);
    if (pn_json_type(doc, at) != PN_JSON_OBJECT)
        return pn_complain_kind(&l.say, at, params);
    val *vals = pn_lower_take(&l, params->count, sizeof *vals);
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
