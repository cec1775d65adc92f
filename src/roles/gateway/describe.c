// SPDX-License-Identifier: Apache-2.0
#include "roles/gateway/describe.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "json/json.h"

#define TOOLS_MAX 20000u

bool pn_tool_name_valid(struct pn_view name) {
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.')
            return false;
    }
    return name.len >= 1 && name.len <= PN_TOOL_NAME_MAX;
}

void pn_text_clean(struct pn_buf *out, struct pn_view text, size_t most) {
    size_t start = out->len;
    while (text.len > 0) {
        uint32_t scalar = 0xfffd;
        size_t n = pn_utf8_next(text, &scalar);
        struct pn_view one = n == 0 ? PN_VIEW("\xef\xbf\xbd") : pn_view(text.ptr, n);
        if (scalar == '\n' || !pn_char_is_hidden(scalar)) {
            if (out->len - start + one.len > most)
                return;
            pn_buf_add_view(out, one);
        }
        n = n == 0 ? 1 : n;
        text = pn_view(text.ptr + n, text.len - n);
    }
}

static bool clean_node(const struct pn_json *doc, uint32_t at, struct pn_buf *out) {
    struct pn_buf scratch = {0};
    struct pn_view value;
    bool is_string = pn_json_str(doc, at, &scratch, &value);
    if (is_string)
        pn_text_clean(out, value, PN_TOOL_TEXT_MAX);
    pn_buf_fini(&scratch);
    return is_string;
}

static bool is_prose(const struct pn_json *doc, uint32_t key) {
    return pn_json_str_is(doc, key, "description") || pn_json_str_is(doc, key, "title");
}

static void put_prose(const struct pn_json *doc, uint32_t at, struct pn_buf *out) {
    struct pn_buf text = {0};
    (void)clean_node(doc, at, &text);
    pn_json_put_str(out, pn_buf_view(&text));
    pn_buf_fini(&text);
}

static void put_tree(const struct pn_json *doc, uint32_t at, struct pn_buf *out);

static void put_object(const struct pn_json *doc, uint32_t at, struct pn_buf *out) {
    const char *comma = "{";
    for (uint32_t key = pn_json_first(doc, at); key != PN_JSON_NONE;) {
        uint32_t value = pn_json_after(doc, at, key);
        pn_buf_add_str(out, comma);
        pn_buf_add_view(out, pn_json_raw(doc, key));
        pn_buf_add_byte(out, ':');
        if (is_prose(doc, key) && pn_json_type(doc, value) == PN_JSON_STRING)
            put_prose(doc, value, out);
        else
            put_tree(doc, value, out);
        comma = ",";
        key = pn_json_after(doc, at, value);
    }
    pn_buf_add_str(out, comma[0] == '{' ? "{}" : "}");
}

static void put_array(const struct pn_json *doc, uint32_t at, struct pn_buf *out) {
    const char *comma = "[";
    for (uint32_t value = pn_json_first(doc, at); value != PN_JSON_NONE; value = pn_json_after(doc, at, value)) {
        pn_buf_add_str(out, comma);
        put_tree(doc, value, out);
        comma = ",";
    }
    pn_buf_add_str(out, comma[0] == '[' ? "[]" : "]");
}

// The tree without white space and with its prose cleaned. Depth is bounded by the parser.
static void put_tree(const struct pn_json *doc, uint32_t at, struct pn_buf *out) {
    switch ((int)pn_json_type(doc, at)) {
    case PN_JSON_OBJECT:
        put_object(doc, at, out);
        return;
    case PN_JSON_ARRAY:
        put_array(doc, at, out);
        return;
    default:
        pn_buf_add_view(out, pn_json_raw(doc, at));
    }
}

static bool is_object_schema(const struct pn_json *doc, uint32_t at) {
    if (at == PN_JSON_NONE || pn_json_type(doc, at) != PN_JSON_OBJECT)
        return false;
    uint32_t type = pn_json_get(doc, at, "type");
    return type != PN_JSON_NONE && pn_json_str_is(doc, type, "object");
}

static char *clean_member(const struct pn_json *doc, uint32_t tool, const char *key) {
    struct pn_buf text = {0};
    uint32_t at = pn_json_get(doc, tool, key);
    if (at != PN_JSON_NONE)
        (void)clean_node(doc, at, &text);
    return pn_buf_take_str(&text);
}

static int read_schemas(const struct pn_json *doc, uint32_t tool, struct pn_described_tool *t, struct pn_err *err) {
    uint32_t input = pn_json_get(doc, tool, "inputSchema");
    uint32_t output = pn_json_get(doc, tool, "outputSchema");
    uint32_t text = pn_json_get(doc, tool, "description");
    if (t->callable && !is_object_schema(doc, input))
        return pn_fail(err, PN_E_PEER, "tool \"%s\" has no object schema for its input", t->name);
    if (output != PN_JSON_NONE && !is_object_schema(doc, output))
        return pn_fail(err, PN_E_PEER, "tool \"%s\" has no object schema for its output", t->name);
    if (text != PN_JSON_NONE)
        (void)clean_node(doc, text, &t->text);
    pn_buf_add_str(&t->head, "\"description\":");
    pn_json_put_str(&t->head, pn_buf_view(&t->text));
    pn_buf_add_str(&t->head, ",\"inputSchema\":");
    if (is_object_schema(doc, input))
        put_tree(doc, input, &t->head);
    else
        pn_buf_add_str(&t->head, "{\"type\":\"object\"}");
    if (output != PN_JSON_NONE)
        put_tree(doc, output, &t->output);
    return t->head.overflow || t->output.overflow ? pn_fail(err, PN_E_SYSTEM, "out of memory") : 0;
}

static int read_tool(const struct pn_json *doc, uint32_t tool, struct pn_described_tool *t, struct pn_err *err) {
    uint32_t name = pn_json_get(doc, tool, "name"), callable = pn_json_get(doc, tool, "callable");
    struct pn_view text = {0};
    if (name != PN_JSON_NONE && pn_json_type(doc, name) == PN_JSON_STRING) {
        text = pn_json_raw(doc, name);
        text = pn_view_part(text, 1, text.len - 1);
    }
    if (!pn_tool_name_valid(text))
        return pn_fail(err, PN_E_PEER, "a tool has no name of 1 to 128 letters, digits, '_', '-' and '.'");
    t->callable = true;
    if (callable != PN_JSON_NONE && !pn_json_bool(doc, callable, &t->callable))
        return pn_fail(err, PN_E_PEER, "\"callable\" of a tool is no boolean");
    t->name = pn_view_dup(text);
    t->reason = clean_member(doc, tool, "reason");
    if (t->name == NULL || t->reason == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    return read_schemas(doc, tool, t, err);
}

static int read_all(const struct pn_json *doc, struct pn_description *out, struct pn_err *err) {
    uint32_t list = pn_json_type(doc, 0) == PN_JSON_OBJECT ? pn_json_get(doc, 0, "tools") : 0;
    if (list == PN_JSON_NONE || pn_json_type(doc, list) != PN_JSON_ARRAY)
        return pn_fail(err, PN_E_PEER, "the description holds no list of tools");
    uint32_t count = doc->nodes[list].size;
    if (count > TOOLS_MAX)
        return pn_fail(err, PN_E_PEER, "the description lists %u tools; %u are the limit", count, TOOLS_MAX);
    out->tools = calloc(count == 0 ? 1 : count, sizeof *out->tools);
    if (out->tools == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    for (uint32_t at = pn_json_first(doc, list); at != PN_JSON_NONE; at = pn_json_after(doc, list, at)) {
        if (pn_json_type(doc, at) != PN_JSON_OBJECT)
            return pn_fail(err, PN_E_PEER, "a tool's description is no object");
        if (read_tool(doc, at, &out->tools[out->len++], err) < 0)
            return -1;
    }
    return 0;
}

int pn_description_read(struct pn_view json, struct pn_description *out, struct pn_err *err) {
    struct pn_json doc = {0};
    struct pn_description d = {0};
    int rc = pn_json_parse(&doc, json, &(struct pn_json_limits){.depth = 256, .nodes = 4000000}, err);
    if (rc == 0)
        rc = read_all(&doc, &d, err);
    pn_json_fini(&doc);
    if (rc < 0) {
        pn_description_fini(&d);
        return -1;
    }
    *out = d;
    return 0;
}

void pn_description_fini(struct pn_description *d) {
    for (size_t i = 0; i < d->len; i++) {
        free(d->tools[i].name);
        free(d->tools[i].reason);
        pn_buf_fini(&d->tools[i].head);
        pn_buf_fini(&d->tools[i].output);
        pn_buf_fini(&d->tools[i].text);
    }
    free(d->tools);
    *d = (struct pn_description){0};
}
