// SPDX-License-Identifier: Apache-2.0
// Trust: none. The walk looks only at section headers, each step moves forward and stays inside the file.
#include "component/docs.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "component/name.h"

// Component binary format, preamble: magic, version 13, layer 1.
static const uint8_t preamble[] = {0x00, 'a', 's', 'm', 0x0d, 0x00, 0x01, 0x00};
enum { CUSTOM_SECTION = 0, LAST_SECTION = 12 };

// Unsigned LEB128 of at most 32 bits (core specification 5.2.2): five bytes, the unused bits of the fifth zero.
static uint32_t read_leb(struct pn_cursor *c) {
    uint32_t n = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte = pn_cursor_u8(c);
        if (shift == 28 && byte > 0x0f)
            break;
        n |= (uint32_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return n;
    }
    c->bad = true;
    return 0;
}

static struct pn_view read_sized(struct pn_cursor *c) {
    uint32_t len = read_leb(c);
    return pn_cursor_bytes(c, len);
}

int pn_docs_section(struct pn_view component, struct pn_view name, bool *found, struct pn_view *content,
                    struct pn_err *err) {
    struct pn_cursor c = {component, false};
    *found = false;
    if (!pn_view_eq(pn_cursor_bytes(&c, sizeof preamble), pn_view(preamble, sizeof preamble)))
        return pn_fail(err, PN_E_INPUT, "this is not a WebAssembly component in binary form");
    while (c.rest.len > 0) {
        size_t at = component.len - c.rest.len;
        uint8_t id = pn_cursor_u8(&c);
        struct pn_cursor section = {read_sized(&c), false};
        if (c.bad || id > LAST_SECTION)
            return pn_fail(err, PN_E_INPUT, "the component is damaged: no valid section at byte %zu", at);
        if (id != CUSTOM_SECTION)
            continue;
        struct pn_view its_name = read_sized(&section);
        if (section.bad)
            return pn_fail(err, PN_E_INPUT, "the component is damaged: no valid custom section at byte %zu", at);
        if (!pn_view_eq(its_name, name))
            continue;
        *found = true;
        *content = section.rest;
        return 0;
    }
    return 0;
}

int pn_docs_open(struct pn_docs *docs, struct pn_view component, struct pn_err *err) {
    bool found;
    struct pn_view content;
    if (pn_docs_section(component, PN_VIEW("package-docs"), &found, &content, err) < 0)
        return -1;
    if (!found)
        return 0;
    if (content.len == 0 || content.ptr[0] > 1)
        return pn_fail(err, PN_E_INPUT, "section package-docs is of an unknown version");
    if (content.len > PN_DOCS_SECTION_MOST)
        return pn_fail(err, PN_E_INPUT, "section package-docs is larger than %d bytes", PN_DOCS_SECTION_MOST);
    pn_buf_add_view(&docs->copy, pn_view_part(content, 1, content.len));
    if (docs->copy.overflow) {
        pn_docs_close(docs);
        return pn_fail(err, PN_E_SYSTEM, "out of memory while reading section package-docs");
    }
    if (pn_json_parse(&docs->json, pn_buf_view(&docs->copy), NULL, err) == 0)
        return 0;
    pn_docs_close(docs);
    (void)pn_err_prefix(err, "section package-docs");
    return -1;
}

void pn_docs_close(struct pn_docs *docs) {
    pn_json_fini(&docs->json);
    pn_buf_fini(&docs->copy);
    *docs = (struct pn_docs){0};
}

// The member called `name` of an object, when it is an object too.
static uint32_t get(const struct pn_json *doc, uint32_t object, struct pn_view name) {
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    if (pn_json_type(doc, object) != PN_JSON_OBJECT)
        return PN_JSON_NONE;
    for (uint32_t key = pn_json_first(doc, object); key != PN_JSON_NONE;) {
        uint32_t value = pn_json_after(doc, object, key);
        struct pn_view text;
        pn_buf_reset(&scratch);
        if (pn_json_str(doc, key, &scratch, &text) && pn_view_eq(text, name))
            return value;
        key = pn_json_after(doc, object, value);
    }
    return PN_JSON_NONE;
}

// container.map.name
static uint32_t get_in(const struct pn_json *doc, uint32_t container, const char *map, struct pn_view name) {
    return get(doc, get(doc, container, pn_view_str(map)), name);
}

// A world says which functions it exports; newer files put those whose texts are the same for import and export in
// `funcs`.
static uint32_t find_in_world(const struct pn_json *doc, uint32_t world, struct pn_view iface, struct pn_view func) {
    static const char *const funcs[] = {"func_exports", "funcs"}, *const ifaces[] = {"interface_exports", "interfaces"};
    for (size_t i = 0; i < 2; i++) {
        uint32_t at = iface.len == 0 ? get_in(doc, world, funcs[i], func)
                                     : get_in(doc, get_in(doc, world, ifaces[i], iface), "funcs", func);
        if (at != PN_JSON_NONE)
            return at;
    }
    return PN_JSON_NONE;
}

static uint32_t find_in_worlds(const struct pn_json *doc, struct pn_view iface, struct pn_view func) {
    uint32_t worlds = get(doc, 0, PN_VIEW("worlds"));
    if (pn_json_type(doc, worlds) != PN_JSON_OBJECT)
        return PN_JSON_NONE;
    for (uint32_t key = pn_json_first(doc, worlds); key != PN_JSON_NONE;) {
        uint32_t world = pn_json_after(doc, worlds, key);
        uint32_t at = find_in_world(doc, world, iface, func);
        if (at != PN_JSON_NONE)
            return at;
        key = pn_json_after(doc, worlds, world);
    }
    return PN_JSON_NONE;
}

void pn_docs_put(const struct pn_docs *docs, struct pn_view iface, struct pn_view func, struct pn_buf *out) {
    if (docs->json.count == 0)
        return;
    struct pn_view interface = pn_name_interface(iface);
    uint32_t at = interface.len > 0
                      ? get_in(&docs->json, get_in(&docs->json, 0, "interfaces", interface), "funcs", func)
                      : find_in_worlds(&docs->json, iface, func);
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    struct pn_view text;
    if (pn_json_str(&docs->json, get(&docs->json, at, PN_VIEW("docs")), &scratch, &text))
        pn_docs_clean(text, out);
}

// White space becomes one space; what a person would not see, and what is no text, is left out.
static uint32_t harmless(uint32_t c) {
    if (c == '\n' || c == '\t' || c == '\r')
        return ' ';
    return pn_char_is_hidden(c) ? 0 : c;
}

void pn_docs_clean(struct pn_view text, struct pn_buf *out) {
    uint8_t room[8];
    size_t before = out->len;
    while (text.len > 0) {
        uint32_t c = 0;
        size_t n = pn_utf8_next(text, &c);
        text = pn_view_part(text, n == 0 ? 1 : n, text.len);
        c = n == 0 ? 0 : harmless(c);
        if (c == 0)
            continue;
        struct pn_buf one = {.ptr = room, .cap = sizeof room, .max = sizeof room};
        pn_utf8_put(&one, c);
        if (out->len - before + one.len > PN_DOCS_TEXT_MOST)
            break;
        pn_buf_add_view(out, pn_buf_view(&one));
    }
    while (out->len > before && out->ptr[out->len - 1] == ' ')
        out->len--;
}
