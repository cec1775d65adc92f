// SPDX-License-Identifier: Apache-2.0
#include "component/complain.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <stdio.h>

enum { POINTER_MOST = 160, CHOICES_MOST = 10, NAME_MOST = 40 };

// Keys come from the client: one line, nothing hidden, and the end of a long pointer, which tells more than its start.
static void put_harmless(struct pn_buf *out, struct pn_view text) {
    uint32_t c;
    size_t n;
    for (; (n = pn_utf8_next(text, &c)) > 0; text = pn_view_part(text, n, text.len))
        pn_utf8_put(out, pn_char_is_hidden(c) ? '?' : c);
}

static struct pn_view last_part(struct pn_view text) {
    size_t from = text.len - POINTER_MOST;
    while (from < text.len && (text.ptr[from] & 0xc0) == 0x80)
        from++;
    return pn_view_part(text, from, text.len);
}

static void put_where(const struct pn_complaint *c, struct pn_buf *out, uint32_t at) {
    pn_auto(pn_buf) struct pn_buf pointer = {0};
    pn_json_pointer(c->doc, at, &pointer);
    struct pn_view v = pn_buf_view(&pointer);
    if (v.len == 0)
        pn_buf_add_str(out, "arguments");
    if (v.len > POINTER_MOST) {
        pn_buf_add_str(out, "...");
        v = last_part(v);
    }
    put_harmless(out, v);
}

static void put_name(const struct pn_complaint *c, struct pn_buf *out, const struct pn_member *m) {
    struct pn_view name = pn_plan_name(c->plan, m);
    put_harmless(out, pn_utf8_cut(name, NAME_MOST));
    if (name.len > NAME_MOST)
        pn_buf_add_str(out, "...");
}

// "red, green, blue", ten at most.
static void put_names(const struct pn_complaint *c, struct pn_buf *out, const struct pn_type *t) {
    uint32_t shown = t->count < CHOICES_MOST ? t->count : CHOICES_MOST;
    for (uint32_t i = 0; i < shown; i++) {
        if (i > 0)
            pn_buf_add_str(out, ", ");
        put_name(c, out, pn_plan_member(c->plan, t, i));
    }
    if (shown < t->count)
        pn_buf_printf(out, " and %u more", t->count - shown);
}

int pn_complain_kind(const struct pn_complaint *c, uint32_t at, const struct pn_type *t) {
    return pn_complain(c, at, t, ", got %s", pn_json_type_name(pn_json_type(c->doc, at)));
}

int pn_complain(const struct pn_complaint *c, uint32_t at, const struct pn_type *t, const char *remark, ...) {
    pn_auto(pn_buf) struct pn_buf where = {0};
    char rest[160];
    va_list ap;
    va_start(ap, remark);
    (void)vsnprintf(rest, sizeof rest, remark, ap);
    va_end(ap);
    put_where(c, &where, at);
    return pn_fail(c->err, PN_E_INPUT, "%s: expected %s%s", pn_buf_cstr(&where), pn_plan_type_text(t), rest);
}

int pn_complain_missing(const struct pn_complaint *c, uint32_t at, const struct pn_member *m) {
    pn_auto(pn_buf) struct pn_buf text = {0};
    put_where(c, &text, at);
    pn_buf_add_str(&text, ": `");
    put_name(c, &text, m);
    return pn_fail(c->err, PN_E_INPUT, "%s` is missing, expected %s", pn_buf_cstr(&text),
                   pn_plan_type_text(&c->plan->types[m->type]));
}

int pn_complain_unknown(const struct pn_complaint *c, uint32_t at, const struct pn_type *t) {
    pn_auto(pn_buf) struct pn_buf text = {0};
    put_where(c, &text, at);
    pn_buf_add_str(&text, t->count == 0 ? ": no such name; none is known here" : ": no such name; known are ");
    put_names(c, &text, t);
    return pn_fail(c->err, PN_E_INPUT, "%s", pn_buf_cstr(&text));
}

int pn_complain_choice(const struct pn_complaint *c, uint32_t at, const struct pn_type *t) {
    static const char *const what[] = {
        [WASMTIME_COMPONENT_VALTYPE_VARIANT] = "variant",
        [WASMTIME_COMPONENT_VALTYPE_ENUM] = "enum",
        [WASMTIME_COMPONENT_VALTYPE_FLAGS] = "flags",
    };
    pn_auto(pn_buf) struct pn_buf text = {0};
    put_where(c, &text, at);
    pn_buf_add_str(&text, ": expected one of ");
    put_names(c, &text, t);
    enum pn_json_type got = pn_json_type(c->doc, at);
    return pn_fail(c->err, PN_E_INPUT, "%s (%s), got %s", pn_buf_cstr(&text), what[t->kind],
                   got == PN_JSON_STRING ? "another string" : pn_json_type_name(got));
}
