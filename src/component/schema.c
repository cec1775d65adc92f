// SPDX-License-Identifier: Apache-2.0
#include "component/schema.h"

struct schemer {
    const struct pn_plan *plan;
    struct pn_json_w *w;
};

static void put(struct schemer *s, const struct pn_type *t);

static void put_word(struct schemer *s, const char *key, const char *value) {
    pn_json_w_key(s->w, key);
    pn_json_w_cstr(s->w, value);
}

static void put_u64(struct schemer *s, const char *key, uint64_t value) {
    pn_json_w_key(s->w, key);
    pn_json_w_u64(s->w, value);
}

static void put_closed(struct schemer *s) {
    pn_json_w_key(s->w, "additionalProperties");
    pn_json_w_bool(s->w, false);
}

// The members of an object schema whose only words are its type: {"type": name}
static void put_plain(struct schemer *s, const char *type) {
    pn_json_w_object(s->w);
    put_word(s, "type", type);
    pn_json_w_end(s->w, '}');
}

static void put_payload(struct schemer *s, uint32_t type) {
    if (type == PN_TYPE_NONE)
        put_plain(s, "null");
    else
        put(s, &s->plan->types[type]);
}

static void put_bool(struct schemer *s, const struct pn_type *t) {
    put_plain(s, "boolean");
}

static void put_string(struct schemer *s, const struct pn_type *t) {
    put_plain(s, "string");
}

static void put_integer(struct schemer *s, const struct pn_type *t) {
    static const struct {
        int64_t least, most;
    } ranges[] = {
        [WASMTIME_COMPONENT_VALTYPE_S8] = {INT8_MIN, INT8_MAX},
        [WASMTIME_COMPONENT_VALTYPE_S16] = {INT16_MIN, INT16_MAX},
        [WASMTIME_COMPONENT_VALTYPE_S32] = {INT32_MIN, INT32_MAX},
        [WASMTIME_COMPONENT_VALTYPE_U8] = {0, UINT8_MAX},
        [WASMTIME_COMPONENT_VALTYPE_U16] = {0, UINT16_MAX},
        [WASMTIME_COMPONENT_VALTYPE_U32] = {0, UINT32_MAX},
    };
    pn_json_w_object(s->w);
    put_word(s, "type", "integer");
    pn_json_w_key(s->w, "minimum");
    pn_json_w_s64(s->w, ranges[t->kind].least);
    pn_json_w_key(s->w, "maximum");
    pn_json_w_s64(s->w, ranges[t->kind].most);
    pn_json_w_end(s->w, '}');
}

// An integer, or its decimal digits in a string; the words about each do not concern the other.
static void put_wide(struct schemer *s, const struct pn_type *t) {
    bool is_signed = t->kind == WASMTIME_COMPONENT_VALTYPE_S64;
    pn_json_w_object(s->w);
    pn_json_w_key(s->w, "type");
    pn_json_w_array(s->w);
    pn_json_w_cstr(s->w, "integer");
    pn_json_w_cstr(s->w, "string");
    pn_json_w_end(s->w, ']');
    if (!is_signed)
        put_u64(s, "minimum", 0);
    put_word(s, "pattern", is_signed ? "^-?(0|[1-9][0-9]{0,18})$" : "^(0|[1-9][0-9]{0,19})$");
    pn_json_w_end(s->w, '}');
}

static void put_float(struct schemer *s, const struct pn_type *t) {
    pn_json_w_object(s->w);
    pn_json_w_key(s->w, "anyOf");
    pn_json_w_array(s->w);
    put_plain(s, "number");
    pn_json_w_object(s->w);
    pn_json_w_key(s->w, "enum");
    pn_json_w_array(s->w);
    pn_json_w_cstr(s->w, "NaN");
    pn_json_w_cstr(s->w, "Infinity");
    pn_json_w_cstr(s->w, "-Infinity");
    pn_json_w_end(s->w, ']');
    pn_json_w_end(s->w, '}');
    pn_json_w_end(s->w, ']');
    pn_json_w_end(s->w, '}');
}

static void put_char(struct schemer *s, const struct pn_type *t) {
    pn_json_w_object(s->w);
    put_word(s, "type", "string");
    put_u64(s, "minLength", 1);
    put_u64(s, "maxLength", 1);
    pn_json_w_end(s->w, '}');
}

static void put_list(struct schemer *s, const struct pn_type *t) {
    pn_json_w_object(s->w);
    put_word(s, "type", t->bytes ? "string" : "array");
    if (t->bytes) {
        put_word(s, "contentEncoding", "base64");
    } else {
        pn_json_w_key(s->w, "items");
        put(s, pn_plan_inner(s->plan, t));
    }
    pn_json_w_end(s->w, '}');
}

static void put_required(struct schemer *s, const struct pn_type *t) {
    pn_json_w_key(s->w, "required");
    pn_json_w_array(s->w);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct pn_member *m = pn_plan_member(s->plan, t, i);
        if (!s->plan->types[m->type].nullable)
            pn_json_w_str(s->w, pn_plan_name(s->plan, m));
    }
    pn_json_w_end(s->w, ']');
}

static void put_record(struct schemer *s, const struct pn_type *t) {
    pn_json_w_object(s->w);
    put_word(s, "type", "object");
    pn_json_w_key(s->w, "properties");
    pn_json_w_object(s->w);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct pn_member *m = pn_plan_member(s->plan, t, i);
        pn_json_w_key_view(s->w, pn_plan_name(s->plan, m));
        put(s, &s->plan->types[m->type]);
    }
    pn_json_w_end(s->w, '}');
    put_required(s, t);
    put_closed(s);
    pn_json_w_end(s->w, '}');
}

static void put_tuple(struct schemer *s, const struct pn_type *t) {
    pn_json_w_object(s->w);
    put_word(s, "type", "array");
    pn_json_w_key(s->w, "prefixItems");
    pn_json_w_array(s->w);
    for (uint32_t i = 0; i < t->count; i++)
        put(s, &s->plan->types[pn_plan_member(s->plan, t, i)->type]);
    pn_json_w_end(s->w, ']');
    put_u64(s, "minItems", t->count);
    put_u64(s, "maxItems", t->count);
    pn_json_w_end(s->w, '}');
}

static void put_case(struct schemer *s, const struct pn_member *m) {
    bool has_payload = m->type != PN_TYPE_NONE;
    pn_json_w_object(s->w);
    put_word(s, "type", "object");
    pn_json_w_key(s->w, "properties");
    pn_json_w_object(s->w);
    pn_json_w_key(s->w, "tag");
    pn_json_w_object(s->w);
    pn_json_w_key(s->w, "const");
    pn_json_w_str(s->w, pn_plan_name(s->plan, m));
    pn_json_w_end(s->w, '}');
    if (has_payload) {
        pn_json_w_key(s->w, "val");
        put(s, &s->plan->types[m->type]);
    }
    pn_json_w_end(s->w, '}');
    pn_json_w_key(s->w, "required");
    pn_json_w_array(s->w);
    pn_json_w_cstr(s->w, "tag");
    if (has_payload)
        pn_json_w_cstr(s->w, "val");
    pn_json_w_end(s->w, ']');
    put_closed(s);
    pn_json_w_end(s->w, '}');
}

// An object with exactly one member called `name`.
static void put_single(struct schemer *s, const char *name, uint32_t type) {
    pn_json_w_object(s->w);
    put_word(s, "type", "object");
    pn_json_w_key(s->w, "properties");
    pn_json_w_object(s->w);
    pn_json_w_key(s->w, name);
    put_payload(s, type);
    pn_json_w_end(s->w, '}');
    pn_json_w_key(s->w, "required");
    pn_json_w_array(s->w);
    pn_json_w_cstr(s->w, name);
    pn_json_w_end(s->w, ']');
    put_closed(s);
    pn_json_w_end(s->w, '}');
}

static void put_variant(struct schemer *s, const struct pn_type *t) {
    pn_json_w_object(s->w);
    pn_json_w_key(s->w, "oneOf");
    pn_json_w_array(s->w);
    for (uint32_t i = 0; i < t->count; i++)
        put_case(s, pn_plan_member(s->plan, t, i));
    pn_json_w_end(s->w, ']');
    pn_json_w_end(s->w, '}');
}

static void put_result(struct schemer *s, const struct pn_type *t) {
    pn_json_w_object(s->w);
    pn_json_w_key(s->w, "oneOf");
    pn_json_w_array(s->w);
    put_single(s, "ok", pn_plan_member(s->plan, t, 0)->type);
    put_single(s, "err", pn_plan_member(s->plan, t, 1)->type);
    pn_json_w_end(s->w, ']');
    pn_json_w_end(s->w, '}');
}

static void put_option(struct schemer *s, const struct pn_type *t) {
    pn_json_w_object(s->w);
    pn_json_w_key(s->w, "anyOf");
    pn_json_w_array(s->w);
    if (pn_plan_inner(s->plan, t)->nullable)
        put_single(s, "some", pn_plan_member(s->plan, t, 0)->type);
    else
        put(s, pn_plan_inner(s->plan, t));
    put_plain(s, "null");
    pn_json_w_end(s->w, ']');
    pn_json_w_end(s->w, '}');
}

static void put_enum(struct schemer *s, const struct pn_type *t) {
    pn_json_w_object(s->w);
    put_word(s, "type", "string");
    pn_json_w_key(s->w, "enum");
    pn_json_w_array(s->w);
    for (uint32_t i = 0; i < t->count; i++)
        pn_json_w_str(s->w, pn_plan_name(s->plan, pn_plan_member(s->plan, t, i)));
    pn_json_w_end(s->w, ']');
    pn_json_w_end(s->w, '}');
}

static void put_flags(struct schemer *s, const struct pn_type *t) {
    pn_json_w_object(s->w);
    put_word(s, "type", "array");
    pn_json_w_key(s->w, "items");
    put_enum(s, t);
    pn_json_w_key(s->w, "uniqueItems");
    pn_json_w_bool(s->w, true);
    pn_json_w_end(s->w, '}');
}

static void (*const putters[])(struct schemer *, const struct pn_type *) = {
    [WASMTIME_COMPONENT_VALTYPE_BOOL] = put_bool,       [WASMTIME_COMPONENT_VALTYPE_S8] = put_integer,
    [WASMTIME_COMPONENT_VALTYPE_S16] = put_integer,     [WASMTIME_COMPONENT_VALTYPE_S32] = put_integer,
    [WASMTIME_COMPONENT_VALTYPE_S64] = put_wide,        [WASMTIME_COMPONENT_VALTYPE_U8] = put_integer,
    [WASMTIME_COMPONENT_VALTYPE_U16] = put_integer,     [WASMTIME_COMPONENT_VALTYPE_U32] = put_integer,
    [WASMTIME_COMPONENT_VALTYPE_U64] = put_wide,        [WASMTIME_COMPONENT_VALTYPE_F32] = put_float,
    [WASMTIME_COMPONENT_VALTYPE_F64] = put_float,       [WASMTIME_COMPONENT_VALTYPE_CHAR] = put_char,
    [WASMTIME_COMPONENT_VALTYPE_STRING] = put_string,   [WASMTIME_COMPONENT_VALTYPE_LIST] = put_list,
    [WASMTIME_COMPONENT_VALTYPE_RECORD] = put_record,   [WASMTIME_COMPONENT_VALTYPE_TUPLE] = put_tuple,
    [WASMTIME_COMPONENT_VALTYPE_VARIANT] = put_variant, [WASMTIME_COMPONENT_VALTYPE_ENUM] = put_enum,
    [WASMTIME_COMPONENT_VALTYPE_OPTION] = put_option,   [WASMTIME_COMPONENT_VALTYPE_RESULT] = put_result,
    [WASMTIME_COMPONENT_VALTYPE_FLAGS] = put_flags,
};

static void put(struct schemer *s, const struct pn_type *t) {
    if (s->w->depth <= PN_SCHEMA_DEPTH) {
        putters[t->kind](s, t);
        return;
    }
    pn_json_w_object(s->w);
    pn_json_w_end(s->w, '}');
}

void pn_schema_put_input(const struct pn_plan *plan, struct pn_json_w *w) {
    struct schemer s = {plan, w};
    put_record(&s, &plan->types[0]);
}

void pn_schema_put_output(const struct pn_plan *plan, struct pn_json_w *w) {
    struct schemer s = {plan, w};
    uint32_t type = plan->result;
    if (type != PN_TYPE_NONE && plan->types[type].kind == WASMTIME_COMPONENT_VALTYPE_RESULT)
        type = pn_plan_member(plan, &plan->types[type], 0)->type;
    pn_json_w_object(w);
    put_word(&s, "type", "object");
    pn_json_w_key(w, "properties");
    pn_json_w_object(w);
    pn_json_w_key(w, "result");
    put_payload(&s, type);
    pn_json_w_end(w, '}');
    pn_json_w_key(w, "required");
    pn_json_w_array(w);
    pn_json_w_cstr(w, "result");
    pn_json_w_end(w, ']');
    pn_json_w_end(w, '}');
}
