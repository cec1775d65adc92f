// SPDX-License-Identifier: Apache-2.0
// Component values to JSON. The values come from the engine, which made them by the same types as the plan; should the
// two ever differ, the call fails instead of reading the wrong member of a union.
#include "component/values.h"

#include "base/text.h"

#include <math.h>

#define SAFE_INTEGER INT64_C(9007199254740991) // 2^53 - 1: what every JSON reader keeps exact

typedef wasmtime_component_val_t val;
struct lifter {
    const struct pn_plan *plan;
    struct pn_buf *out;
};

static int lift(struct lifter *l, const struct pn_type *t, const val *v);

static void put(struct lifter *l, const char *json) {
    pn_buf_add_str(l->out, json);
}

static void put_name(struct lifter *l, const wasm_name_t *name) {
    pn_json_put_str(l->out, pn_view(name->data, name->size));
}

static void put_quoted(struct lifter *l, bool quoted) {
    if (quoted)
        pn_buf_add_byte(l->out, '"');
}

static void put_signed(struct lifter *l, int64_t n) {
    bool quoted = n > SAFE_INTEGER || n < -SAFE_INTEGER;
    put_quoted(l, quoted);
    pn_json_put_s64(l->out, n);
    put_quoted(l, quoted);
}

static void put_unsigned(struct lifter *l, uint64_t n) {
    bool quoted = n > (uint64_t)SAFE_INTEGER;
    put_quoted(l, quoted);
    pn_buf_add_u64(l->out, n);
    put_quoted(l, quoted);
}

// The three values that JSON numbers lack.
static bool put_unusual(struct lifter *l, double n) {
    if (isfinite(n))
        return false;
    put(l, isnan(n) ? "\"NaN\"" : n > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    return true;
}

static void put_char(struct lifter *l, uint32_t scalar) {
    uint8_t bytes[8];
    struct pn_buf text = {.ptr = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    pn_utf8_put(&text, scalar);
    pn_json_put_str(l->out, pn_buf_view(&text));
}

static int lift_bytes(struct lifter *l, const wasmtime_component_vallist_t *list) {
    uint8_t part[3 * 1024]; // a multiple of three: only the last part is padded
    pn_buf_add_byte(l->out, '"');
    for (size_t done = 0; done < list->size && !l->out->overflow;) {
        size_t n = 0;
        for (; n < sizeof part && done < list->size; n++, done++) {
            if (list->data[done].kind != WASMTIME_COMPONENT_U8)
                return -1;
            part[n] = list->data[done].of.u8;
        }
        pn_base64_put(l->out, pn_view(part, n));
    }
    pn_buf_add_byte(l->out, '"');
    return 0;
}

static int lift_list(struct lifter *l, const struct pn_type *t, const val *v) {
    const wasmtime_component_vallist_t *list = &v->of.list;
    if (t->bytes)
        return lift_bytes(l, list);
    const struct pn_type *inner = pn_plan_inner(l->plan, t);
    pn_buf_add_byte(l->out, '[');
    for (size_t i = 0; i < list->size && !l->out->overflow; i++) {
        if (i > 0)
            pn_buf_add_byte(l->out, ',');
        if (lift(l, inner, &list->data[i]) < 0)
            return -1;
    }
    pn_buf_add_byte(l->out, ']');
    return 0;
}

static int lift_tuple(struct lifter *l, const struct pn_type *t, const val *v) {
    if (v->of.tuple.size != t->count)
        return -1;
    pn_buf_add_byte(l->out, '[');
    for (uint32_t i = 0; i < t->count; i++) {
        if (i > 0)
            pn_buf_add_byte(l->out, ',');
        if (lift(l, &l->plan->types[pn_plan_member(l->plan, t, i)->type], &v->of.tuple.data[i]) < 0)
            return -1;
    }
    pn_buf_add_byte(l->out, ']');
    return 0;
}

static int lift_record(struct lifter *l, const struct pn_type *t, const val *v) {
    if (v->of.record.size != t->count)
        return -1;
    pn_buf_add_byte(l->out, '{');
    for (uint32_t i = 0; i < t->count; i++) {
        const struct pn_member *m = pn_plan_member(l->plan, t, i);
        if (i > 0)
            pn_buf_add_byte(l->out, ',');
        pn_buf_add_view(l->out, pn_plan_key(l->plan, m));
        if (lift(l, &l->plan->types[m->type], &v->of.record.data[i].val) < 0)
            return -1;
    }
    pn_buf_add_byte(l->out, '}');
    return 0;
}

// A payload must be there exactly when the type has one.
static int lift_payload(struct lifter *l, uint32_t type, const val *payload) {
    if ((type == PN_TYPE_NONE) != (payload == NULL))
        return -1;
    return payload == NULL ? 0 : lift(l, &l->plan->types[type], payload);
}

static int lift_variant(struct lifter *l, const struct pn_type *t, const val *v) {
    const wasm_name_t *tag = &v->of.variant.discriminant;
    uint32_t nth = pn_plan_find(l->plan, t, pn_view(tag->data, tag->size), 0);
    if (nth == PN_TYPE_NONE)
        return -1;
    put(l, "{\"tag\":");
    put_name(l, tag);
    if (v->of.variant.val != NULL)
        put(l, ",\"val\":");
    if (lift_payload(l, pn_plan_member(l->plan, t, nth)->type, v->of.variant.val) < 0)
        return -1;
    pn_buf_add_byte(l->out, '}');
    return 0;
}

static int lift_result(struct lifter *l, const struct pn_type *t, const val *v) {
    const struct pn_member *m = pn_plan_member(l->plan, t, v->of.result.is_ok ? 0 : 1);
    pn_buf_add_byte(l->out, '{');
    pn_buf_add_view(l->out, pn_plan_key(l->plan, m));
    if (v->of.result.val == NULL)
        put(l, "null");
    if (lift_payload(l, m->type, v->of.result.val) < 0)
        return -1;
    pn_buf_add_byte(l->out, '}');
    return 0;
}

static int lift_option(struct lifter *l, const struct pn_type *t, const val *v) {
    const struct pn_type *inner = pn_plan_inner(l->plan, t);
    if (v->of.option == NULL) {
        put(l, "null");
        return 0;
    }
    if (!inner->nullable)
        return lift(l, inner, v->of.option);
    put(l, "{\"some\":");
    if (lift(l, inner, v->of.option) < 0)
        return -1;
    pn_buf_add_byte(l->out, '}');
    return 0;
}

static int lift_flags(struct lifter *l, const struct pn_type *t, const val *v) {
    pn_buf_add_byte(l->out, '[');
    for (size_t i = 0; i < v->of.flags.size && !l->out->overflow; i++) {
        if (i > 0)
            pn_buf_add_byte(l->out, ',');
        put_name(l, &v->of.flags.data[i]);
    }
    pn_buf_add_byte(l->out, ']');
    return 0;
}

static void lift_f32(struct lifter *l, float n) {
    if (!put_unusual(l, (double)n))
        pn_json_put_f32(l->out, n);
}

static void lift_f64(struct lifter *l, double n) {
    if (!put_unusual(l, n))
        pn_json_put_f64(l->out, n);
}

// The engine numbers the kinds of values and the kinds of types differently.
static const uint8_t type_of_value[] = {
    [WASMTIME_COMPONENT_BOOL] = WASMTIME_COMPONENT_VALTYPE_BOOL,
    [WASMTIME_COMPONENT_S8] = WASMTIME_COMPONENT_VALTYPE_S8,
    [WASMTIME_COMPONENT_U8] = WASMTIME_COMPONENT_VALTYPE_U8,
    [WASMTIME_COMPONENT_S16] = WASMTIME_COMPONENT_VALTYPE_S16,
    [WASMTIME_COMPONENT_U16] = WASMTIME_COMPONENT_VALTYPE_U16,
    [WASMTIME_COMPONENT_S32] = WASMTIME_COMPONENT_VALTYPE_S32,
    [WASMTIME_COMPONENT_U32] = WASMTIME_COMPONENT_VALTYPE_U32,
    [WASMTIME_COMPONENT_S64] = WASMTIME_COMPONENT_VALTYPE_S64,
    [WASMTIME_COMPONENT_U64] = WASMTIME_COMPONENT_VALTYPE_U64,
    [WASMTIME_COMPONENT_F32] = WASMTIME_COMPONENT_VALTYPE_F32,
    [WASMTIME_COMPONENT_F64] = WASMTIME_COMPONENT_VALTYPE_F64,
    [WASMTIME_COMPONENT_CHAR] = WASMTIME_COMPONENT_VALTYPE_CHAR,
    [WASMTIME_COMPONENT_STRING] = WASMTIME_COMPONENT_VALTYPE_STRING,
    [WASMTIME_COMPONENT_LIST] = WASMTIME_COMPONENT_VALTYPE_LIST,
    [WASMTIME_COMPONENT_RECORD] = WASMTIME_COMPONENT_VALTYPE_RECORD,
    [WASMTIME_COMPONENT_TUPLE] = WASMTIME_COMPONENT_VALTYPE_TUPLE,
    [WASMTIME_COMPONENT_VARIANT] = WASMTIME_COMPONENT_VALTYPE_VARIANT,
    [WASMTIME_COMPONENT_ENUM] = WASMTIME_COMPONENT_VALTYPE_ENUM,
    [WASMTIME_COMPONENT_OPTION] = WASMTIME_COMPONENT_VALTYPE_OPTION,
    [WASMTIME_COMPONENT_RESULT] = WASMTIME_COMPONENT_VALTYPE_RESULT,
    [WASMTIME_COMPONENT_FLAGS] = WASMTIME_COMPONENT_VALTYPE_FLAGS,
};

static int lift(struct lifter *l, const struct pn_type *t, const val *v) {
    if (v->kind >= sizeof type_of_value || type_of_value[v->kind] != t->kind)
        return -1;
    switch (v->kind) {
    case WASMTIME_COMPONENT_BOOL:
        return put(l, v->of.boolean ? "true" : "false"), 0;
    case WASMTIME_COMPONENT_S8:
        return pn_json_put_s64(l->out, v->of.s8), 0;
    case WASMTIME_COMPONENT_U8:
        return pn_buf_add_u64(l->out, v->of.u8), 0;
    case WASMTIME_COMPONENT_S16:
        return pn_json_put_s64(l->out, v->of.s16), 0;
    case WASMTIME_COMPONENT_U16:
        return pn_buf_add_u64(l->out, v->of.u16), 0;
    case WASMTIME_COMPONENT_S32:
        return pn_json_put_s64(l->out, v->of.s32), 0;
    case WASMTIME_COMPONENT_U32:
        return pn_buf_add_u64(l->out, v->of.u32), 0;
    case WASMTIME_COMPONENT_S64:
        return put_signed(l, v->of.s64), 0;
    case WASMTIME_COMPONENT_U64:
        return put_unsigned(l, v->of.u64), 0;
    case WASMTIME_COMPONENT_F32:
        return lift_f32(l, v->of.f32), 0;
    case WASMTIME_COMPONENT_F64:
        return lift_f64(l, v->of.f64), 0;
    case WASMTIME_COMPONENT_CHAR:
        return put_char(l, v->of.character), 0;
    case WASMTIME_COMPONENT_STRING:
        return put_name(l, &v->of.string), 0;
    case WASMTIME_COMPONENT_LIST:
        return lift_list(l, t, v);
    case WASMTIME_COMPONENT_RECORD:
        return lift_record(l, t, v);
    case WASMTIME_COMPONENT_TUPLE:
        return lift_tuple(l, t, v);
    case WASMTIME_COMPONENT_VARIANT:
        return lift_variant(l, t, v);
    case WASMTIME_COMPONENT_ENUM:
        return put_name(l, &v->of.enumeration), 0;
    case WASMTIME_COMPONENT_OPTION:
        return lift_option(l, t, v);
    case WASMTIME_COMPONENT_RESULT:
        return lift_result(l, t, v);
    case WASMTIME_COMPONENT_FLAGS:
        return lift_flags(l, t, v);
    default:
        return -1;
    }
}

static int unfit(struct pn_err *err) {
    return pn_fail(err, PN_E_BUG, "the engine returned a value that does not fit the function's type");
}

int pn_value_lift(const struct pn_plan *plan, uint32_t type, const val *value, size_t limit, struct pn_buf *out,
                  struct pn_err *err) {
    struct lifter l = {plan, out};
    size_t before = out->len, max = out->max == 0 ? PN_BUF_MAX : out->max;
    // The buffer's own bound, lowered to `limit` further bytes, stops the conversion.
    out->max = limit < max - before ? before + limit : max;
    int rc = lift_payload(&l, type, value);
    if (type == PN_TYPE_NONE)
        put(&l, "null");
    out->max = max;
    if (rc == 0 && !out->overflow)
        return 0;
    pn_buf_reset(out);
    out->len = before;
    if (rc < 0)
        return unfit(err);
    return pn_fail(err, PN_E_LIMIT, "limit reached: result = %zu bytes; raise it with `limits.result` in the policy",
                   limit);
}

int pn_result_lift(const struct pn_plan *plan, const val *value, size_t limit, struct pn_buf *out, bool *failed,
                   struct pn_err *err) {
    *failed = false;
    uint32_t type = plan->result;
    if (type == PN_TYPE_NONE || plan->types[type].kind != WASMTIME_COMPONENT_VALTYPE_RESULT)
        return pn_value_lift(plan, type, value, limit, out, err);
    if (value == NULL || value->kind != WASMTIME_COMPONENT_RESULT)
        return unfit(err);
    *failed = !value->of.result.is_ok;
    const struct pn_member *side = pn_plan_member(plan, &plan->types[type], *failed ? 1 : 0);
    return pn_value_lift(plan, side->type, value->of.result.val, limit, out, err);
}
