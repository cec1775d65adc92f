// SPDX-License-Identifier: Apache-2.0
// Canonical text from a parsed document. The document comes from hostile bytes, but the reader has bounded its nesting
// (64) and its nodes; keys are sorted in one array for the whole walk, used as a stack.
#include "token/canon.h"

#include <stdlib.h>

#include "base/cleanup.h"

struct member {
    struct pn_view key; // unescaped
    uint32_t value;
};

struct walk {
    const struct pn_json *doc;
    struct pn_buf *out;
    struct pn_buf plain;    // unescaped text; room for all was made at once
    struct member *members; // of the objects that are open
    uint32_t used;
    struct pn_err *err;
};

static int put_value(struct walk *w, uint32_t at);

// The order of UTF-16 code units differs from the order of UTF-8 bytes in one thing: surrogates (lead bytes F0 and
// above) come before U+E000 to U+FFFF (lead bytes EE and EF).
static unsigned rank(uint8_t c) {
    return c == 0xee || c == 0xef ? c + 0x10u : c;
}

static int compare(const void *left, const void *right) {
    const struct pn_view a = ((const struct member *)left)->key, b = ((const struct member *)right)->key;
    size_t both = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < both; i++)
        if (a.ptr[i] != b.ptr[i])
            return rank(a.ptr[i]) < rank(b.ptr[i]) ? -1 : 1;
    return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

// A short integer without a sign is its own canonical text.
static bool is_plain_integer(struct pn_view text) {
    if (text.len > 15)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return true;
}

static int put_number(struct walk *w, uint32_t at) {
    struct pn_view text = pn_json_raw(w->doc, at);
    uint64_t u;
    int64_t s;
    double f;
    if (is_plain_integer(text))
        pn_buf_add_view(w->out, text);
    else if (pn_json_u64(w->doc, at, &u))
        pn_buf_add_u64(w->out, u);
    else if (pn_json_s64(w->doc, at, &s))
        pn_json_put_s64(w->out, s);
    else if (pn_json_f64(w->doc, at, &f))
        pn_canon_put_f64(w->out, f);
    else
        return pn_fail(w->err, PN_E_INPUT, "the number at byte %u is beyond the range of a double",
                       w->doc->nodes[at].start);
    return 0;
}

static int put_string(struct walk *w, uint32_t at) {
    if (!w->doc->nodes[at].escaped) {
        // The reader refuses raw control characters, so text without a backslash needs none.
        pn_buf_add_view(w->out, pn_json_raw(w->doc, at));
        return 0;
    }
    struct pn_view text;
    if (!pn_json_str(w->doc, at, &w->plain, &text))
        return pn_fail(w->err, PN_E_LIMIT, "out of memory");
    pn_json_put_str(w->out, text);
    return 0;
}

static int put_array(struct walk *w, uint32_t at) {
    pn_buf_add_byte(w->out, '[');
    for (uint32_t c = pn_json_first(w->doc, at), i = 0; c != PN_JSON_NONE; c = pn_json_after(w->doc, at, c), i++) {
        if (i > 0)
            pn_buf_add_byte(w->out, ',');
        if (put_value(w, c) < 0)
            return -1;
    }
    pn_buf_add_byte(w->out, ']');
    return 0;
}

// Pushes the members of an object and sorts them.
static int push_members(struct walk *w, uint32_t object) {
    uint32_t first = w->used;
    for (uint32_t k = pn_json_first(w->doc, object); k != PN_JSON_NONE; k = pn_json_after(w->doc, object, k + 1)) {
        struct member *m = &w->members[w->used++];
        m->value = k + 1;
        if (!pn_json_str(w->doc, k, &w->plain, &m->key))
            return pn_fail(w->err, PN_E_LIMIT, "out of memory");
    }
    qsort(w->members + first, w->used - first, sizeof *w->members, compare);
    return 0;
}

static int put_members(struct walk *w, uint32_t first, uint32_t end) {
    for (uint32_t i = first; i < end; i++) {
        if (i > first)
            pn_buf_add_byte(w->out, ',');
        pn_json_put_str(w->out, w->members[i].key);
        pn_buf_add_byte(w->out, ':');
        if (put_value(w, w->members[i].value) < 0)
            return -1;
    }
    return 0;
}

static int put_object(struct walk *w, uint32_t at) {
    uint32_t first = w->used;
    pn_buf_add_byte(w->out, '{');
    if (push_members(w, at) < 0 || put_members(w, first, w->used) < 0)
        return -1;
    pn_buf_add_byte(w->out, '}');
    w->used = first;
    return 0;
}

static int put_value(struct walk *w, uint32_t at) {
    switch (pn_json_type(w->doc, at)) {
    case PN_JSON_NULL:
    case PN_JSON_FALSE:
    case PN_JSON_TRUE:
        pn_buf_add_view(w->out, pn_json_raw(w->doc, at));
        return 0;
    case PN_JSON_NUMBER:
        return put_number(w, at);
    case PN_JSON_STRING:
        return put_string(w, at);
    case PN_JSON_ARRAY:
        return put_array(w, at);
    case PN_JSON_OBJECT:
        return put_object(w, at);
    }
    return pn_fail(w->err, PN_E_BUG, "no value at node %u", at);
}

// Every string is unescaped at most once, and escaped text is longer than what it stands for: this much room is enough
// for all of them, never moves, and views into it stay good.
static int walk_init(struct walk *w) {
    size_t members = w->doc->count / 2 + 1;
    w->members = malloc(members * sizeof *w->members);
    if (w->members == NULL || pn_buf_room(&w->plain, w->doc->text.len + 1) == NULL)
        return pn_fail(w->err, PN_E_LIMIT, "out of memory");
    return 0;
}

int pn_canon_put(const struct pn_json *doc, uint32_t at, struct pn_buf *out, struct pn_err *err) {
    struct walk w = {.doc = doc, .out = out, .err = err};
    int rc = walk_init(&w) < 0 || put_value(&w, at) < 0 ? -1 : 0;
    free(w.members);
    pn_buf_fini(&w.plain);
    if (rc == 0 && out->overflow)
        return pn_fail(err, PN_E_LIMIT, "the canonical text does not fit");
    return rc;
}

int pn_canon_text(struct pn_view text, struct pn_buf *out, struct pn_err *err) {
    pn_auto(pn_json) struct pn_json doc = {0};
    if (pn_json_parse(&doc, text, NULL, err) < 0)
        return -1;
    return pn_canon_put(&doc, 0, out, err);
}

int pn_canon_digest(struct pn_view text, struct pn_digest *out, struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf canon = {0};
    if (pn_canon_text(text, &canon, err) < 0)
        return -1;
    *out = pn_sha256(pn_buf_view(&canon));
    return 0;
}
