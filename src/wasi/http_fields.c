// SPDX-License-Identifier: Apache-2.0
// The resource fields (also: headers, trailers) of wasi:http/types.
#include <stdlib.h>

#include "base/cleanup.h"
#include "wasi/http.h"
#include "wasi/http_funcs.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

enum problem { FINE, INVALID_SYNTAX, FORBIDDEN, IMMUTABLE };
static const char *const problem_names[] = {"", "invalid-syntax", "forbidden", "immutable"};

void pn_http_fields_free(struct pn_host *h, void *fields) {
    struct pn_http_fields *f = fields;
    pn_buf_fini(&f->block);
    free(f);
}

struct pn_http_fields *pn_http_fields_new(struct pn_host *h, struct pn_view block, bool immutable, struct pn_err *err) {
    struct pn_http_fields *f = calloc(1, sizeof *f);
    if (f == NULL) {
        (void)pn_host_stop(h, PN_END_TRAP, err, "out of memory for header fields");
        return NULL;
    }
    f->immutable = immutable;
    f->block.max = PN_HTTP_FIELDS_MAX;
    pn_buf_add_view(&f->block, block);
    return f;
}

int pn_http_fields_answer(struct pn_host *h, struct pn_view block, bool immutable, val *result, struct pn_err *err) {
    struct pn_http_fields *f = pn_http_fields_new(h, block, immutable, err);
    uint32_t rep = 0;
    if (f == NULL || pn_host_add(h, PN_RES_FIELDS, f, pn_http_fields_free, 0, &rep, err) < 0)
        return -1;
    *result = pn_val_own(h, PN_RES_FIELDS, rep);
    return 0;
}

static struct pn_http_fields *fields_of(struct pn_host *h, const val *args, struct pn_err *err) {
    return pn_arg_resource(h, &args[0], PN_RES_FIELDS, NULL, err);
}

// --- blocks ---

static bool next(struct pn_cursor *c, struct pn_header *out) {
    return pn_headers_next(c, out, NULL) == 1;
}

static size_t count_fields(struct pn_view block, const struct pn_view *name) {
    struct pn_cursor c = {.rest = block};
    struct pn_header f;
    size_t n = 0;
    while (next(&c, &f))
        n += name == NULL || pn_view_eq_nocase(f.name, *name) ? 1 : 0;
    return n;
}

// Takes all fields of that name out.
static void remove_fields(struct pn_buf *block, struct pn_view name) {
    struct pn_buf kept = {.max = block->max};
    struct pn_cursor c = {.rest = pn_buf_view(block)};
    struct pn_header f;
    while (next(&c, &f)) {
        if (!pn_view_eq_nocase(f.name, name))
            pn_headers_put(&kept, f.name, f.value);
    }
    pn_buf_fini(block);
    *block = kept;
}

static struct pn_view trim(struct pn_view v) {
    while (v.len > 0 && (v.ptr[0] == ' ' || v.ptr[0] == '\t'))
        v = pn_view_part(v, 1, v.len);
    while (v.len > 0 && (v.ptr[v.len - 1] == ' ' || v.ptr[v.len - 1] == '\t'))
        v.len--;
    return v;
}

static enum problem check_name(struct pn_view name) {
    if (!pn_token_valid(name) || name.len > UINT16_MAX)
        return INVALID_SYNTAX;
    // The length of the body is the guest's to announce; egress writes the line.
    return pn_header_is_ours(name) && !pn_view_eq_nocase(name, PN_VIEW("content-length")) ? FORBIDDEN : FINE;
}

static void put_lower(struct pn_buf *block, struct pn_view name, struct pn_view value) {
    size_t at = block->len + 2;
    pn_headers_put(block, name, value);
    for (size_t i = 0; !block->overflow && i < name.len; i++) {
        uint8_t *c = &block->ptr[at + i];
        *c = *c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c;
    }
}

// Adds one field of the guest's; `value` is a list<u8>.
static enum problem put_field(struct pn_http_fields *f, struct pn_view name, const val *value) {
    enum problem p = check_name(name);
    if (p != FINE)
        return p;
    struct pn_buf bytes = {.max = PN_HTTP_FIELDS_MAX};
    pn_arg_bytes(value, &bytes);
    struct pn_view v = trim(pn_buf_view(&bytes));
    p = bytes.overflow || !pn_header_value_valid(v) ? INVALID_SYNTAX : FINE;
    if (p == FINE)
        put_lower(&f->block, name, v);
    pn_buf_fini(&bytes);
    return p;
}

// --- functions ---

// result<_, header-error>
static int answer(struct pn_host *h, const struct pn_http_fields *f, enum problem p, val *results, struct pn_err *err) {
    if (f->block.overflow)
        return pn_host_stop(h, PN_END_TRAP, err, "header fields of more than %zu bytes", PN_HTTP_FIELDS_MAX);
    results[0] = p == FINE ? pn_val_ok_unit() : pn_val_err(pn_val_variant(problem_names[p]));
    return 0;
}

int pn_http_fn_fields_new(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return pn_http_fields_answer(h, PN_VIEW(""), false, &results[0], err);
}

int pn_http_fn_fields_from_list(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_fields *f = pn_http_fields_new(h, PN_VIEW(""), false, err);
    if (f == NULL)
        return -1;
    const wasmtime_component_vallist_t *list = &args[0].of.list;
    enum problem p = FINE;
    for (size_t i = 0; i < list->size && p == FINE; i++) {
        const val *entry = list->data[i].of.tuple.data;
        p = put_field(f, pn_arg_string(&entry[0]), &entry[1]);
    }
    uint32_t rep = 0;
    int rc = answer(h, f, p, results, err);
    if (rc < 0 || p != FINE) {
        pn_http_fields_free(h, f);
        return rc;
    }
    if (pn_host_add(h, PN_RES_FIELDS, f, pn_http_fields_free, 0, &rep, err) < 0)
        return -1;
    results[0] = pn_val_ok(pn_val_own(h, PN_RES_FIELDS, rep));
    return 0;
}

int pn_http_fn_fields_get(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_fields *f = fields_of(h, args, err);
    if (f == NULL)
        return -1;
    struct pn_view name = pn_arg_string(&args[1]);
    struct pn_cursor c = {.rest = pn_buf_view(&f->block)};
    struct pn_header field;
    size_t at = 0;
    results[0] = pn_val_list(count_fields(c.rest, &name));
    while (next(&c, &field)) {
        if (pn_view_eq_nocase(field.name, name))
            results[0].of.list.data[at++] = pn_val_bytes(field.value);
    }
    return 0;
}

int pn_http_fn_fields_has(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_fields *f = fields_of(h, args, err);
    if (f == NULL)
        return -1;
    struct pn_view name = pn_arg_string(&args[1]);
    results[0] = pn_val_bool(count_fields(pn_buf_view(&f->block), &name) > 0);
    return 0;
}

int pn_http_fn_fields_set(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_fields *f = fields_of(h, args, err);
    if (f == NULL)
        return -1;
    struct pn_view name = pn_arg_string(&args[1]);
    enum problem p = f->immutable ? IMMUTABLE : check_name(name);
    if (p != FINE)
        return answer(h, f, p, results, err);
    struct pn_http_fields changed = {.block = {.max = PN_HTTP_FIELDS_MAX}};
    pn_buf_add_view(&changed.block, pn_buf_view(&f->block));
    remove_fields(&changed.block, name);
    const wasmtime_component_vallist_t *values = &args[2].of.list;
    for (size_t i = 0; i < values->size && p == FINE; i++)
        p = put_field(&changed, name, &values->data[i]);
    // All or nothing.
    pn_buf_fini(p == FINE ? &f->block : &changed.block);
    if (p == FINE)
        f->block = changed.block;
    return answer(h, f, p, results, err);
}

int pn_http_fn_fields_delete(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_fields *f = fields_of(h, args, err);
    if (f == NULL)
        return -1;
    struct pn_view name = pn_arg_string(&args[1]);
    enum problem p = f->immutable ? IMMUTABLE : check_name(name);
    if (p == FINE)
        remove_fields(&f->block, name);
    return answer(h, f, p, results, err);
}

int pn_http_fn_fields_append(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_fields *f = fields_of(h, args, err);
    if (f == NULL)
        return -1;
    enum problem p = f->immutable ? IMMUTABLE : put_field(f, pn_arg_string(&args[1]), &args[2]);
    return answer(h, f, p, results, err);
}

int pn_http_fn_fields_entries(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_fields *f = fields_of(h, args, err);
    if (f == NULL)
        return -1;
    struct pn_cursor c = {.rest = pn_buf_view(&f->block)};
    struct pn_header field;
    size_t at = 0;
    results[0] = pn_val_list(count_fields(c.rest, NULL));
    while (next(&c, &field))
        results[0].of.list.data[at++] = pn_val_tuple2(pn_val_string(field.name), pn_val_bytes(field.value));
    return 0;
}

int pn_http_fn_fields_clone(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_fields *f = fields_of(h, args, err);
    return f == NULL ? -1 : pn_http_fields_answer(h, pn_buf_view(&f->block), false, &results[0], err);
}
