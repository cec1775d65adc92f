// SPDX-License-Identifier: Apache-2.0
// Trust: the engine's types describe a hostile component. Counts, depth and names are bounded here, because a type of a
// few bytes can name the same large type a thousand times.
#include "component/plan.h"

#include "json/json.h"

#include <stdlib.h>

typedef wasmtime_component_valtype_t valtype; // the engine's name is too long for the table below

struct builder {
    struct pn_plan *plan;
    uint32_t *budget;
    struct pn_err *err;
};

// One member as the engine tells it. `type` is owned when `typed`.
struct item {
    const char *name;
    size_t name_len;
    bool typed;
    valtype type;
};

static size_t one(const valtype *t) {
    (void)t;
    return 1;
}
static size_t two(const valtype *t) {
    (void)t;
    return 2;
}
static size_t record_count(const valtype *t) {
    return wasmtime_component_record_type_field_count(t->of.record);
}
static size_t tuple_count(const valtype *t) {
    return wasmtime_component_tuple_type_types_count(t->of.tuple);
}
static size_t variant_count(const valtype *t) {
    return wasmtime_component_variant_type_case_count(t->of.variant);
}
static size_t enum_count(const valtype *t) {
    return wasmtime_component_enum_type_names_count(t->of.enum_);
}
static size_t flags_count(const valtype *t) {
    return wasmtime_component_flags_type_names_count(t->of.flags);
}

static bool list_item(const valtype *t, size_t nth, struct item *out) {
    wasmtime_component_list_type_element(t->of.list, &out->type);
    return out->typed = true;
}
static bool option_item(const valtype *t, size_t nth, struct item *out) {
    wasmtime_component_option_type_ty(t->of.option, &out->type);
    return out->typed = true;
}
static bool record_item(const valtype *t, size_t nth, struct item *out) {
    return out->typed =
               wasmtime_component_record_type_field_nth(t->of.record, nth, &out->name, &out->name_len, &out->type);
}
static bool tuple_item(const valtype *t, size_t nth, struct item *out) {
    return out->typed = wasmtime_component_tuple_type_types_nth(t->of.tuple, nth, &out->type);
}
static bool variant_item(const valtype *t, size_t nth, struct item *out) {
    return wasmtime_component_variant_type_case_nth(t->of.variant, nth, &out->name, &out->name_len, &out->typed,
                                                    &out->type);
}
static bool enum_item(const valtype *t, size_t nth, struct item *out) {
    return wasmtime_component_enum_type_names_nth(t->of.enum_, nth, &out->name, &out->name_len);
}
static bool flags_item(const valtype *t, size_t nth, struct item *out) {
    return wasmtime_component_flags_type_names_nth(t->of.flags, nth, &out->name, &out->name_len);
}
static bool result_item(const valtype *t, size_t nth, struct item *out) {
    out->name = nth == 0 ? "ok" : "err";
    out->name_len = strlen(out->name);
    out->typed = nth == 0 ? wasmtime_component_result_type_ok(t->of.result, &out->type)
                          : wasmtime_component_result_type_err(t->of.result, &out->type);
    return true;
}

// What the engine's kinds are to us. No text: not known, and refused as such.
static const struct shape {
    const char *text;    // for messages to a caller
    const char *refused; // why a function with it is not callable
    size_t (*count)(const valtype *t);
    bool (*item)(const valtype *t, size_t nth, struct item *out);
} shapes[] = {
    [WASMTIME_COMPONENT_VALTYPE_BOOL] = {"boolean (bool)"},
    [WASMTIME_COMPONENT_VALTYPE_S8] = {"integer (s8)"},
    [WASMTIME_COMPONENT_VALTYPE_S16] = {"integer (s16)"},
    [WASMTIME_COMPONENT_VALTYPE_S32] = {"integer (s32)"},
    [WASMTIME_COMPONENT_VALTYPE_S64] = {"integer (s64)"},
    [WASMTIME_COMPONENT_VALTYPE_U8] = {"integer (u8)"},
    [WASMTIME_COMPONENT_VALTYPE_U16] = {"integer (u16)"},
    [WASMTIME_COMPONENT_VALTYPE_U32] = {"integer (u32)"},
    [WASMTIME_COMPONENT_VALTYPE_U64] = {"integer (u64)"},
    [WASMTIME_COMPONENT_VALTYPE_F32] = {"number (f32)"},
    [WASMTIME_COMPONENT_VALTYPE_F64] = {"number (f64)"},
    [WASMTIME_COMPONENT_VALTYPE_CHAR] = {"string of one character (char)"},
    [WASMTIME_COMPONENT_VALTYPE_STRING] = {"string"},
    [WASMTIME_COMPONENT_VALTYPE_LIST] = {"array (list)", NULL, one, list_item},
    [WASMTIME_COMPONENT_VALTYPE_RECORD] = {"object (record)", NULL, record_count, record_item},
    [WASMTIME_COMPONENT_VALTYPE_TUPLE] = {"array (tuple)", NULL, tuple_count, tuple_item},
    [WASMTIME_COMPONENT_VALTYPE_VARIANT] = {"object with `tag` (variant)", NULL, variant_count, variant_item},
    [WASMTIME_COMPONENT_VALTYPE_ENUM] = {"string (enum)", NULL, enum_count, enum_item},
    [WASMTIME_COMPONENT_VALTYPE_OPTION] = {"object with `some`, or null (option)", NULL, one, option_item},
    [WASMTIME_COMPONENT_VALTYPE_RESULT] = {"object with `ok` or `err` (result)", NULL, two, result_item},
    [WASMTIME_COMPONENT_VALTYPE_FLAGS] = {"array of names (flags)", NULL, flags_count, flags_item},
    [WASMTIME_COMPONENT_VALTYPE_OWN] = {NULL, "a resource handle, which has no meaning outside the component"},
    [WASMTIME_COMPONENT_VALTYPE_BORROW] = {NULL,
                                           "a borrowed resource handle, which has no meaning outside the component"},
    [WASMTIME_COMPONENT_VALTYPE_FUTURE] = {NULL, "a future, and asynchronous values are not supported"},
    [WASMTIME_COMPONENT_VALTYPE_STREAM] = {NULL, "a stream, and asynchronous values are not supported"},
    [WASMTIME_COMPONENT_VALTYPE_ERROR_CONTEXT] = {NULL, "an error-context, and asynchronous values are not supported"},
    [WASMTIME_COMPONENT_VALTYPE_MAP] = {NULL, "a map, which is not supported"},
};

const char *pn_plan_type_text(const struct pn_type *t) {
    return t->bytes ? "base64 string or array (list<u8>)" : shapes[t->kind].text;
}

// Makes room for `more` elements of `size` bytes behind `len` ones.
static bool grow(void *array, uint32_t *cap, uint32_t len, uint32_t more, size_t size) {
    void **slot = array;
    if (more <= *cap - len)
        return true;
    uint32_t want = len + more < 16 ? 16 : (len + more) * 2;
    void *bigger = reallocarray(*slot, want, size);
    if (bigger == NULL)
        return false;
    *slot = bigger;
    *cap = want;
    return true;
}

static int no_memory(struct builder *b) {
    return pn_fail(b->err, PN_E_SYSTEM, "out of memory while reading a function's type");
}

// Takes `amount` from what all functions of the component share.
static int charge(struct builder *b, uint32_t amount) {
    if (b->budget == NULL)
        return 0;
    if (amount > *b->budget) {
        *b->budget = 0;
        return pn_fail(b->err, PN_E_INPUT, "the types of this component's functions are too large together");
    }
    *b->budget -= amount;
    return 0;
}

static int take_type(struct builder *b, uint32_t *index) {
    struct pn_plan *plan = b->plan;
    if (plan->types_len >= PN_PLAN_TYPES)
        return pn_fail(b->err, PN_E_INPUT, "its type is made of more than %d types", PN_PLAN_TYPES);
    if (charge(b, 1) < 0)
        return -1;
    if (!grow(&plan->types, &plan->types_cap, plan->types_len, 1, sizeof *plan->types))
        return no_memory(b);
    *index = plan->types_len++;
    plan->types[*index] = (struct pn_type){0};
    return 0;
}

// Reserves the members of a type side by side.
static int take_members(struct builder *b, uint32_t type, size_t count) {
    struct pn_plan *plan = b->plan;
    if (count > PN_PLAN_MEMBERS)
        return pn_fail(b->err, PN_E_INPUT, "it has a type with %zu fields, cases or elements, more than %d", count,
                       PN_PLAN_MEMBERS);
    if (charge(b, (uint32_t)count) < 0)
        return -1;
    if (!grow(&plan->members, &plan->members_cap, plan->members_len, (uint32_t)count, sizeof *plan->members))
        return no_memory(b);
    plan->types[type].first = plan->members_len;
    plan->types[type].count = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        plan->members[plan->members_len++] = (struct pn_member){.type = PN_TYPE_NONE};
    return 0;
}

static int put_name(struct builder *b, uint32_t member, struct pn_view name) {
    struct pn_member *m = &b->plan->members[member];
    struct pn_buf *names = &b->plan->names;
    if (charge(b, (uint32_t)(name.len / 32)) < 0)
        return -1;
    m->name = (uint32_t)names->len;
    pn_buf_add_view(names, name);
    m->name_len = (uint32_t)(names->len - m->name);
    pn_json_put_str(names, name);
    pn_buf_add_byte(names, ':');
    m->key_len = (uint32_t)(names->len - m->name - m->name_len);
    if (names->overflow)
        return pn_fail(b->err, PN_E_INPUT, "the names in its type are longer than %d bytes together",
                       PN_PLAN_NAME_BYTES);
    return 0;
}

static int add_type(struct builder *b, const valtype *type, unsigned depth, uint32_t *index);

// Fills a reserved member from what the engine told, and gives the engine its type back.
static int add_member(struct builder *b, uint32_t member, struct item *item, unsigned depth) {
    int rc = put_name(b, member, pn_view(item->name, item->name_len));
    uint32_t type = PN_TYPE_NONE;
    if (rc == 0 && item->typed)
        rc = add_type(b, &item->type, depth + 1, &type);
    b->plan->members[member].type = type;
    if (item->typed)
        wasmtime_component_valtype_delete(&item->type);
    return rc;
}

static int add_members(struct builder *b, uint32_t index, const valtype *type, unsigned depth) {
    const struct shape *shape = &shapes[type->kind];
    size_t count = shape->count(type);
    if (take_members(b, index, count) < 0)
        return -1;
    uint32_t first = b->plan->types[index].first;
    for (uint32_t i = 0; i < count; i++) {
        struct item item = {.name = ""};
        if (!shape->item(type, i, &item))
            return pn_fail(b->err, PN_E_BUG, "the engine counts %zu members of a type and does not know number %u",
                           count, i);
        if (add_member(b, first + i, &item, depth) < 0)
            return -1;
    }
    return 0;
}

static int add_type(struct builder *b, const valtype *type, unsigned depth, uint32_t *index) {
    if (type->kind >= sizeof shapes / sizeof *shapes)
        return pn_fail(b->err, PN_E_INPUT, "it takes or returns a value of a kind that is not supported");
    const struct shape *shape = &shapes[type->kind];
    if (shape->text == NULL)
        return pn_fail(b->err, PN_E_INPUT, "it takes or returns %s", shape->refused);
    if (depth > PN_PLAN_DEPTH)
        return pn_fail(b->err, PN_E_INPUT, "its type is nested deeper than %d levels", PN_PLAN_DEPTH);
    if (take_type(b, index) < 0)
        return -1;
    b->plan->types[*index].kind = type->kind;
    b->plan->types[*index].nullable = type->kind == WASMTIME_COMPONENT_VALTYPE_OPTION;
    if (shape->count == NULL)
        return 0;
    if (add_members(b, *index, type, depth) < 0)
        return -1;
    struct pn_type *t = &b->plan->types[*index];
    t->bytes =
        t->kind == WASMTIME_COMPONENT_VALTYPE_LIST && pn_plan_inner(b->plan, t)->kind == WASMTIME_COMPONENT_VALTYPE_U8;
    return 0;
}

// The parameters look like a record, types[0].
static int add_params(struct builder *b, const wasmtime_component_func_type_t *func) {
    uint32_t root;
    size_t count = wasmtime_component_func_type_param_count(func);
    if (take_type(b, &root) < 0)
        return -1;
    b->plan->types[root].kind = WASMTIME_COMPONENT_VALTYPE_RECORD;
    if (take_members(b, root, count) < 0)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        struct item item = {.name = "", .typed = true};
        if (!wasmtime_component_func_type_param_nth(func, i, &item.name, &item.name_len, &item.type))
            return pn_fail(b->err, PN_E_BUG, "the engine counts %zu parameters and does not know number %u", count, i);
        if (add_member(b, i, &item, 0) < 0)
            return -1;
    }
    return 0;
}

static int add_result(struct builder *b, const wasmtime_component_func_type_t *func) {
    valtype type;
    b->plan->result = PN_TYPE_NONE;
    if (!wasmtime_component_func_type_result(func, &type))
        return 0;
    int rc = add_type(b, &type, 1, &b->plan->result);
    wasmtime_component_valtype_delete(&type);
    return rc;
}

int pn_plan_build(struct pn_plan *plan, const wasmtime_component_func_type_t *func, uint32_t *budget,
                  struct pn_err *err) {
    struct builder b = {plan, budget, err};
    plan->names.max = PN_PLAN_NAME_BYTES;
    if (wasmtime_component_func_type_async(func))
        return pn_fail(err, PN_E_INPUT, "it is an asynchronous function, and these are not supported");
    if (add_params(&b, func) == 0 && add_result(&b, func) == 0)
        return 0;
    pn_plan_fini(plan);
    return -1;
}

void pn_plan_fini(struct pn_plan *plan) {
    free(plan->types);
    free(plan->members);
    pn_buf_fini(&plan->names);
    *plan = (struct pn_plan){0};
}

uint32_t pn_plan_find(const struct pn_plan *plan, const struct pn_type *t, struct pn_view name, uint32_t hint) {
    for (uint32_t n = 0; n < t->count; n++) {
        uint32_t i = hint + n < t->count ? hint + n : hint + n - t->count;
        if (pn_view_eq(name, pn_plan_name(plan, pn_plan_member(plan, t, i))))
            return i;
    }
    return PN_TYPE_NONE;
}
