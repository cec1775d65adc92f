// SPDX-License-Identifier: Apache-2.0
#include "wasi/signature.h"

#include <stddef.h>

typedef wasmtime_component_valtype_t valtype;

static bool match(const char **p, const valtype *type);

// Eats one letter when it is `letter`.
static bool eat(const char **p, char letter) {
    if (**p != letter)
        return false;
    (*p)++;
    return true;
}

static bool match_and_delete(const char **p, valtype *type) {
    bool same = match(p, type);
    wasmtime_component_valtype_delete(type);
    return same;
}

// '_' stands for no type at all.
static bool match_optional(const char **p, bool there, valtype *type) {
    if (!there)
        return eat(p, '_');
    return match_and_delete(p, type);
}

static bool match_record(const char **p, const wasmtime_component_record_type_t *record) {
    size_t count = wasmtime_component_record_type_field_count(record);
    for (size_t i = 0; i < count; i++) {
        const char *name;
        size_t len;
        valtype field;
        if (!wasmtime_component_record_type_field_nth(record, i, &name, &len, &field) || !match_and_delete(p, &field))
            return false;
    }
    return eat(p, '}');
}

static bool match_tuple(const char **p, const wasmtime_component_tuple_type_t *tuple) {
    size_t count = wasmtime_component_tuple_type_types_count(tuple);
    for (size_t i = 0; i < count; i++) {
        valtype field;
        if (!wasmtime_component_tuple_type_types_nth(tuple, i, &field) || !match_and_delete(p, &field))
            return false;
    }
    return eat(p, ')');
}

static bool match_variant(const char **p, const wasmtime_component_variant_type_t *variant) {
    size_t count = wasmtime_component_variant_type_case_count(variant);
    for (size_t i = 0; i < count; i++) {
        const char *name;
        size_t len;
        bool payload;
        valtype type;
        if (!wasmtime_component_variant_type_case_nth(variant, i, &name, &len, &payload, &type) ||
            !match_optional(p, payload, &type))
            return false;
    }
    return eat(p, '>');
}

static bool match_result(const char **p, const wasmtime_component_result_type_t *result) {
    valtype type;
    bool ok = wasmtime_component_result_type_ok(result, &type);
    if (!match_optional(p, ok, &type))
        return false;
    bool error = wasmtime_component_result_type_err(result, &type);
    return match_optional(p, error, &type);
}

static const struct {
    char letter;
    wasmtime_component_valtype_kind_t kind;
} plain[] = {
    {'b', WASMTIME_COMPONENT_VALTYPE_BOOL},   {'1', WASMTIME_COMPONENT_VALTYPE_U8},
    {'2', WASMTIME_COMPONENT_VALTYPE_U16},    {'4', WASMTIME_COMPONENT_VALTYPE_U32},
    {'8', WASMTIME_COMPONENT_VALTYPE_U64},    {'i', WASMTIME_COMPONENT_VALTYPE_S32},
    {'s', WASMTIME_COMPONENT_VALTYPE_STRING}, {'e', WASMTIME_COMPONENT_VALTYPE_ENUM},
    {'f', WASMTIME_COMPONENT_VALTYPE_FLAGS},  {'h', WASMTIME_COMPONENT_VALTYPE_OWN},
    {'h', WASMTIME_COMPONENT_VALTYPE_BORROW},
};

static bool match_plain(const char **p, wasmtime_component_valtype_kind_t kind) {
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (plain[i].kind == kind)
            return eat(p, plain[i].letter);
    return false; // a kind that no WASI function uses
}

// An option or a list: its letter, then the type inside.
static bool match_inner(const char **p, char letter, valtype *inner) {
    if (eat(p, letter))
        return match_and_delete(p, inner);
    wasmtime_component_valtype_delete(inner);
    return false;
}

static bool match(const char **p, const valtype *type) {
    valtype inner;
    switch (type->kind) {
    case WASMTIME_COMPONENT_VALTYPE_OPTION:
        wasmtime_component_option_type_ty(type->of.option, &inner);
        return match_inner(p, '?', &inner);
    case WASMTIME_COMPONENT_VALTYPE_LIST:
        wasmtime_component_list_type_element(type->of.list, &inner);
        return match_inner(p, '[', &inner);
    case WASMTIME_COMPONENT_VALTYPE_RECORD:
        return eat(p, '{') && match_record(p, type->of.record);
    case WASMTIME_COMPONENT_VALTYPE_TUPLE:
        return eat(p, '(') && match_tuple(p, type->of.tuple);
    case WASMTIME_COMPONENT_VALTYPE_VARIANT:
        return eat(p, '<') && match_variant(p, type->of.variant);
    case WASMTIME_COMPONENT_VALTYPE_RESULT:
        return eat(p, 'R') && match_result(p, type->of.result);
    default:
        return match_plain(p, type->kind);
    }
}

bool pn_signature_matches(const char *signature, const wasmtime_component_func_type_t *type) {
    const char *p = signature;
    if (wasmtime_component_func_type_async(type))
        return false;
    size_t count = wasmtime_component_func_type_param_count(type);
    for (size_t i = 0; i < count; i++) {
        const char *name;
        size_t len;
        valtype param;
        if (!wasmtime_component_func_type_param_nth(type, i, &name, &len, &param) || !match_and_delete(&p, &param))
            return false;
    }
    if (!eat(&p, '>'))
        return false;
    valtype result;
    if (wasmtime_component_func_type_result(type, &result) && !match_and_delete(&p, &result))
        return false;
    return *p == 0;
}
