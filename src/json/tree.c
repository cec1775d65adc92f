// SPDX-License-Identifier: Apache-2.0
#include "escape.h"
#include "json/json.h"

static const struct pn_json_node *node_at(const struct pn_json *doc, uint32_t at) {
    return at < doc->count ? &doc->nodes[at] : NULL;
}

static bool is_container(const struct pn_json_node *node) {
    return node != NULL && (node->type == PN_JSON_OBJECT || node->type == PN_JSON_ARRAY);
}

static struct pn_view inside(const struct pn_json *doc, const struct pn_json_node *node) {
    return pn_view(doc->text.ptr + node->start, node->end - node->start);
}

static bool string_is(const struct pn_json *doc, const struct pn_json_node *node, struct pn_view want) {
    struct pn_view rest = inside(doc, node);
    if (!node->escaped)
        return pn_view_eq(rest, want);
    struct json_piece piece;
    while (pn_json_piece_next(&rest, &piece)) {
        if (!pn_view_starts(want, pn_view(piece.ptr, piece.len)))
            return false;
        want = pn_view(want.ptr + piece.len, want.len - piece.len);
    }
    return want.len == 0;
}

uint32_t pn_json_first(const struct pn_json *doc, uint32_t at) {
    const struct pn_json_node *node = node_at(doc, at);
    return is_container(node) && node->size > 0 ? at + 1 : PN_JSON_NONE;
}

uint32_t pn_json_after(const struct pn_json *doc, uint32_t parent, uint32_t at) {
    const struct pn_json_node *up = node_at(doc, parent), *node = node_at(doc, at);
    if (!is_container(up) || node == NULL || at <= parent || node->next >= up->next)
        return PN_JSON_NONE;
    return node->next;
}

uint32_t pn_json_get(const struct pn_json *doc, uint32_t object, const char *key) {
    if (pn_json_type(doc, object) != PN_JSON_OBJECT)
        return PN_JSON_NONE;
    struct pn_view want = pn_view_str(key);
    uint32_t end = doc->nodes[object].next;
    for (uint32_t at = object + 1; at < end; at = doc->nodes[at + 1].next)
        if (string_is(doc, &doc->nodes[at], want))
            return at + 1;
    return PN_JSON_NONE;
}

enum pn_json_type pn_json_type(const struct pn_json *doc, uint32_t at) {
    const struct pn_json_node *node = node_at(doc, at);
    return node == NULL ? 0 : (enum pn_json_type)node->type;
}

const char *pn_json_type_name(enum pn_json_type type) {
    static const char *const names[] = {"nothing", "null", "boolean", "boolean", "number", "string", "array", "object"};
    return (size_t)type < sizeof names / sizeof *names ? names[type] : names[0];
}

struct pn_view pn_json_raw(const struct pn_json *doc, uint32_t at) {
    const struct pn_json_node *node = node_at(doc, at);
    if (node == NULL)
        return (struct pn_view){0};
    uint32_t quote = node->type == PN_JSON_STRING;
    return pn_view(doc->text.ptr + node->start - quote, node->end - node->start + 2 * quote);
}

static bool decode(const struct pn_json *doc, const struct pn_json_node *node, struct pn_buf *out) {
    struct pn_view rest = inside(doc, node);
    struct json_piece piece;
    // The value is shorter than its text: one allocation is enough.
    if (pn_buf_room(out, rest.len) == NULL)
        return false;
    while (pn_json_piece_next(&rest, &piece))
        pn_buf_add(out, piece.ptr, piece.len);
    return !out->overflow;
}

bool pn_json_str(const struct pn_json *doc, uint32_t at, struct pn_buf *scratch, struct pn_view *out) {
    const struct pn_json_node *node = node_at(doc, at);
    if (node == NULL || node->type != PN_JSON_STRING)
        return false;
    if (!node->escaped) {
        *out = inside(doc, node);
        return true;
    }
    size_t from = scratch->len;
    if (!decode(doc, node, scratch))
        return false;
    *out = pn_view(scratch->ptr + from, scratch->len - from);
    return true;
}

bool pn_json_str_is(const struct pn_json *doc, uint32_t at, const char *value) {
    const struct pn_json_node *node = node_at(doc, at);
    return node != NULL && node->type == PN_JSON_STRING && string_is(doc, node, pn_view_str(value));
}

bool pn_json_bool(const struct pn_json *doc, uint32_t at, bool *out) {
    enum pn_json_type type = pn_json_type(doc, at);
    if (type != PN_JSON_TRUE && type != PN_JSON_FALSE)
        return false;
    *out = type == PN_JSON_TRUE;
    return true;
}

// --- RFC 6901 ---

static void put_token(const struct pn_json *doc, uint32_t key, struct pn_buf *out) {
    struct pn_view rest = inside(doc, &doc->nodes[key]);
    struct json_piece piece = {.ptr = rest.ptr, .len = rest.len};
    bool escaped = doc->nodes[key].escaped, more = escaped ? pn_json_piece_next(&rest, &piece) : true;
    for (; more; more = escaped && pn_json_piece_next(&rest, &piece))
        for (size_t i = 0; i < piece.len; i++) {
            if (piece.ptr[i] == '~' || piece.ptr[i] == '/')
                pn_buf_add_str(out, piece.ptr[i] == '~' ? "~0" : "~1");
            else
                pn_buf_add_byte(out, piece.ptr[i]);
        }
}

// Writes the step from `up` towards `at` and returns the child that is or holds it. A key counts as its value.
static uint32_t step_down(const struct pn_json *doc, uint32_t up, uint32_t at, struct pn_buf *out) {
    bool object = doc->nodes[up].type == PN_JSON_OBJECT;
    uint32_t child = up + 1, index = 0;
    pn_buf_add_byte(out, '/');
    for (;;) {
        uint32_t value = child + (object ? 1 : 0);
        if (at < doc->nodes[value].next)
            break;
        child = doc->nodes[value].next;
        index++;
    }
    if (!object) {
        pn_buf_add_u64(out, index);
        return child;
    }
    put_token(doc, child, out);
    return child + 1;
}

void pn_json_pointer(const struct pn_json *doc, uint32_t at, struct pn_buf *out) {
    if (at >= doc->count)
        return;
    uint32_t here = 0;
    while (here < at && is_container(&doc->nodes[here]))
        here = step_down(doc, here, at, out);
}
