// SPDX-License-Identifier: Apache-2.0
#include "wasi/val.h"
#include "base/cleanup.h"
#include "base/text.h"

#define VAL(k, ...) ((wasmtime_component_val_t){.kind = WASMTIME_COMPONENT_##k, .of = {__VA_ARGS__}})

static struct pn_view name_view(const wasm_name_t *n) {
    return pn_view(n->data, n->size);
}

void *pn_arg_resource(struct pn_host *h, const wasmtime_component_val_t *arg, enum pn_resource type, uint32_t *rep,
                      struct pn_err *err) {
    wasmtime_component_resource_host_t *host = NULL;
    wasmtime_error_t *failed = wasmtime_component_resource_any_to_host(h->context, arg->of.resource, &host);
    if (failed != NULL) {
        wasmtime_error_delete(failed);
        (void)pn_host_stop(h, PN_END_TRAP, err, "a resource argument is not one of the host's");
        return NULL;
    }
    uint32_t got = wasmtime_component_resource_host_rep(host);
    bool right = wasmtime_component_resource_host_type(host) == (uint32_t)type;
    wasmtime_component_resource_host_delete(host);
    void *object = right ? pn_host_get(h, type, got) : NULL;
    if (object == NULL)
        (void)pn_host_stop(h, PN_END_TRAP, err, "a resource argument is of another type, or gone");
    if (rep != NULL)
        *rep = got;
    return object;
}

struct pn_view pn_arg_string(const wasmtime_component_val_t *arg) {
    return name_view(&arg->of.string);
}

struct pn_view pn_arg_enum(const wasmtime_component_val_t *arg) {
    return name_view(&arg->of.enumeration);
}

struct pn_view pn_arg_variant(const wasmtime_component_val_t *arg) {
    return name_view(&arg->of.variant.discriminant);
}

bool pn_arg_flag(const wasmtime_component_val_t *arg, const char *name) {
    const wasmtime_component_valflags_t *set = &arg->of.flags;
    for (size_t i = 0; i < set->size; i++)
        if (pn_view_is(name_view(&set->data[i]), name))
            return true;
    return false;
}

int pn_name_index(struct pn_view name, const char *const names[]) {
    for (int i = 0; names[i] != NULL; i++)
        if (pn_view_is(name, names[i]))
            return i;
    return -1;
}

void pn_arg_bytes(const wasmtime_component_val_t *arg, struct pn_buf *out) {
    const wasmtime_component_vallist_t *list = &arg->of.list;
    uint8_t *room = pn_buf_room(out, list->size);
    if (room == NULL)
        return;
    for (size_t i = 0; i < list->size; i++)
        room[i] = list->data[i].of.u8;
    out->len += list->size;
}

wasmtime_component_val_t pn_val_bool(bool v) {
    return VAL(BOOL, .boolean = v);
}

wasmtime_component_val_t pn_val_u8(uint8_t v) {
    return VAL(U8, .u8 = v);
}

wasmtime_component_val_t pn_val_u16(uint16_t v) {
    return VAL(U16, .u16 = v);
}

wasmtime_component_val_t pn_val_u32(uint32_t v) {
    return VAL(U32, .u32 = v);
}

wasmtime_component_val_t pn_val_u64(uint64_t v) {
    return VAL(U64, .u64 = v);
}

static wasm_name_t name_new(const void *text, size_t len) {
    wasm_name_t n;
    wasm_byte_vec_new(&n, len, text);
    return n;
}

static wasm_name_t name_of(const char *text) {
    return name_new(text, strlen(text));
}

// What is not UTF-8 replaced, byte by byte: the engine takes nothing else.
static void put_lossy(struct pn_buf *out, struct pn_view text) {
    while (text.len > 0) {
        uint32_t scalar = 0;
        size_t step = pn_utf8_next(text, &scalar);
        pn_utf8_put(out, step == 0 ? 0xfffd : scalar);
        text = pn_view_part(text, step == 0 ? 1 : step, text.len);
    }
}

wasmtime_component_val_t pn_val_string(struct pn_view text) {
    if (pn_utf8_valid(text))
        return VAL(STRING, .string = name_new(text.ptr, text.len));
    pn_auto(pn_buf) struct pn_buf clean = {0};
    put_lossy(&clean, text);
    return VAL(STRING, .string = name_new(clean.ptr, clean.len));
}

wasmtime_component_val_t pn_val_bytes(struct pn_view bytes) {
    wasmtime_component_val_t v = pn_val_list(bytes.len);
    for (size_t i = 0; i < bytes.len; i++)
        v.of.list.data[i] = pn_val_u8(bytes.ptr[i]);
    return v;
}

wasmtime_component_val_t pn_val_enum(const char *name) {
    return VAL(ENUM, .enumeration = name_of(name));
}

wasmtime_component_val_t pn_val_variant(const char *name) {
    return VAL(VARIANT, .variant = {.discriminant = name_of(name), .val = NULL});
}

static struct wasmtime_component_val *boxed(wasmtime_component_val_t v) {
    return wasmtime_component_val_new(&v);
}

wasmtime_component_val_t pn_val_variant_of(const char *name, wasmtime_component_val_t payload) {
    return VAL(VARIANT, .variant = {.discriminant = name_of(name), .val = boxed(payload)});
}

wasmtime_component_val_t pn_val_none(void) {
    return VAL(OPTION, .option = NULL);
}

wasmtime_component_val_t pn_val_some(wasmtime_component_val_t v) {
    return VAL(OPTION, .option = boxed(v));
}

wasmtime_component_val_t pn_val_ok_unit(void) {
    return VAL(RESULT, .result = {.is_ok = true, .val = NULL});
}

wasmtime_component_val_t pn_val_ok(wasmtime_component_val_t v) {
    return VAL(RESULT, .result = {.is_ok = true, .val = boxed(v)});
}

wasmtime_component_val_t pn_val_err_unit(void) {
    return VAL(RESULT, .result = {.is_ok = false, .val = NULL});
}

wasmtime_component_val_t pn_val_err(wasmtime_component_val_t v) {
    return VAL(RESULT, .result = {.is_ok = false, .val = boxed(v)});
}

wasmtime_component_val_t pn_val_tuple2(wasmtime_component_val_t a, wasmtime_component_val_t b) {
    wasmtime_component_val_t v = VAL(TUPLE);
    wasmtime_component_valtuple_new_uninit(&v.of.tuple, 2);
    v.of.tuple.data[0] = a;
    v.of.tuple.data[1] = b;
    return v;
}

wasmtime_component_val_t pn_val_list(size_t len) {
    wasmtime_component_val_t v = VAL(LIST);
    if (len == 0)
        wasmtime_component_vallist_new_empty(&v.of.list);
    else
        wasmtime_component_vallist_new_uninit(&v.of.list, len);
    return v;
}

wasmtime_component_val_t pn_val_record(size_t len, const char *const names[], const wasmtime_component_val_t fields[]) {
    wasmtime_component_val_t v = VAL(RECORD);
    wasmtime_component_valrecord_new_uninit(&v.of.record, len);
    for (size_t i = 0; i < len; i++)
        v.of.record.data[i] = (wasmtime_component_valrecord_entry_t){.name = name_of(names[i]), .val = fields[i]};
    return v;
}

wasmtime_component_val_t pn_val_flags(size_t len, const char *const names[]) {
    wasmtime_component_val_t v = VAL(FLAGS);
    wasmtime_component_valflags_new_uninit(&v.of.flags, len);
    for (size_t i = 0; i < len; i++)
        v.of.flags.data[i] = name_of(names[i]);
    return v;
}

wasmtime_component_val_t pn_val_own(struct pn_host *h, enum pn_resource type, uint32_t rep) {
    wasmtime_component_resource_host_t *host = wasmtime_component_resource_host_new(true, rep, (uint32_t)type);
    wasmtime_component_val_t v = VAL(RESOURCE);
    wasmtime_error_t *failed = wasmtime_component_resource_host_to_any(h->context, host, &v.of.resource);
    wasmtime_component_resource_host_delete(host);
    if (failed == NULL)
        return v;
    wasmtime_error_delete(failed);
    pn_host_drop(h, rep);
    return pn_val_bool(false);
}
