// SPDX-License-Identifier: Apache-2.0
// The grammar of RFC 8259 as a loop with a stack of its own. Trust: the text is hostile; the reader reads each byte
// once, never outside [begin, end), and what it allocates is bounded by the limits.
#include "keys.h"
#include "scan.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_MOST ((size_t)1 << 30)
#define DEPTH_DEFAULT 64
#define NODES_DEFAULT 1000000
#define DEPTH_INLINE 32

struct level {
    uint32_t node;      // of the container
    uint32_t keys_from; // where its keys begin in `keys`
    uint32_t size;
    bool object;
};

struct reader {
    const uint8_t *begin, *p, *end;
    struct pn_json *doc; // NULL: only check
    struct pn_err *err;
    uint32_t count, nodes_most;
    uint32_t depth, depth_most;
    struct level *levels;
    uint32_t levels_cap;
    struct level first[DEPTH_INLINE];
    struct json_keys keys;
};

// What comes next after a step.
enum { FAILED = -1, END, MORE, VALUE_DONE };

static int fail_at(struct reader *r, const uint8_t *at, const char *what) {
    uint32_t line = 1, column = 1;
    for (const uint8_t *p = r->begin; p < at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else if (!json_is_tail(*p)) {
            column++;
        }
    }
    return pn_fail(r->err, PN_E_INPUT, "%u:%u: %s", line, column, what);
}

static int fail_memory(struct reader *r) {
    return pn_fail(r->err, PN_E_SYSTEM, "out of memory while reading JSON of %zu bytes", (size_t)(r->end - r->begin));
}

static int fail_limit(struct reader *r, const char *what, uint32_t most) {
    char text[96];
    (void)snprintf(text, sizeof text, "%s than %u", what, most);
    return fail_at(r, r->p, text);
}

static void skip_space(struct reader *r) {
    const uint8_t *p = r->p;
    while (p < r->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    r->p = p;
}

static int add_node(struct reader *r, enum pn_json_type type, const uint8_t *start, const uint8_t *end, bool escaped) {
    if (r->count == r->nodes_most)
        return fail_limit(r, "more values", r->nodes_most);
    uint32_t at = r->count++;
    struct pn_json *doc = r->doc;
    if (doc == NULL)
        return 0;
    if (at == doc->cap) {
        uint32_t cap = doc->cap == 0 ? 64 : doc->cap * 2;
        struct pn_json_node *nodes = realloc(doc->nodes, cap * sizeof *nodes);
        if (nodes == NULL)
            return fail_memory(r);
        doc->nodes = nodes;
        doc->cap = cap;
    }
    doc->nodes[at] = (struct pn_json_node){.type = (uint8_t)type,
                                           .escaped = escaped,
                                           .start = (uint32_t)(start - r->begin),
                                           .end = (uint32_t)(end - r->begin),
                                           .next = at + 1};
    doc->count = r->count;
    return 0;
}

// --- strings ---

// r->p is behind "\u".
static int read_unicode(struct reader *r) {
    uint32_t c = r->end - r->p < 4 ? UINT32_MAX : json_hex4(r->p);
    if (c == UINT32_MAX)
        return fail_at(r, r->p, "expected four hex digits behind \\u");
    if (c == 0)
        return fail_at(r, r->p, "\\u0000 is not allowed");
    r->p += 4;
    if (c < 0xd800 || c > 0xdfff)
        return 0;
    uint32_t low = c >= 0xdc00 || r->end - r->p < 6 || r->p[0] != '\\' || r->p[1] != 'u' ? 0 : json_hex4(r->p + 2);
    if (low < 0xdc00 || low > 0xdfff)
        return fail_at(r, r->p - 6, "half of a surrogate pair");
    r->p += 6;
    return 0;
}

// r->p is at the backslash.
static int read_escape(struct reader *r) {
    static const bool known['u' + 1] = {['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true, ['f'] = true,
                                        ['n'] = true, ['r'] = true,  ['t'] = true, ['u'] = true};
    r->p++;
    if (r->p == r->end || *r->p > 'u' || !known[*r->p])
        return fail_at(r, r->p - 1, "unknown escape; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
    return *r->p++ == 'u' ? read_unicode(r) : 0;
}

static int read_utf8(struct reader *r) {
    do {
        unsigned n = json_utf8_len(r->p, r->end);
        if (n == 0)
            return fail_at(r, r->p, "invalid UTF-8");
        r->p += n;
    } while (r->p < r->end && *r->p >= 0x80);
    return 0;
}

// r->p is behind the opening quote; afterwards behind the closing one.
static int read_string(struct reader *r, bool *escaped) {
    *escaped = false;
    for (;;) {
        r->p = json_skip_plain(r->p, r->end);
        if (r->p == r->end)
            return fail_at(r, r->p, "the text ends inside a string");
        uint8_t c = *r->p;
        if (c == '"') {
            r->p++;
            return 0;
        }
        if (c < 0x20)
            return fail_at(r, r->p, "control character in a string; write it as an escape");
        *escaped |= c == '\\';
        if ((c == '\\' ? read_escape(r) : read_utf8(r)) < 0)
            return FAILED;
    }
}

// --- scalars ---

static bool skip_digits(struct reader *r) {
    const uint8_t *from = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return r->p > from;
}

static bool take(struct reader *r, uint8_t c) {
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static int read_number(struct reader *r) {
    const uint8_t *start = r->p;
    (void)take(r, '-');
    const uint8_t *digits = r->p;
    if (!skip_digits(r))
        return fail_at(r, r->p, "expected a digit");
    if (*digits == '0' && r->p - digits > 1)
        return fail_at(r, digits, "a number must not begin with 0");
    if (take(r, '.') && !skip_digits(r))
        return fail_at(r, r->p, "expected a digit behind the decimal point");
    if (take(r, 'e') || take(r, 'E')) {
        if (!take(r, '-'))
            (void)take(r, '+');
        if (!skip_digits(r))
            return fail_at(r, r->p, "expected a digit in the exponent");
    }
    return add_node(r, PN_JSON_NUMBER, start, r->p, false) < 0 ? FAILED : VALUE_DONE;
}

static int read_word(struct reader *r) {
    static const struct {
        struct pn_view word;
        enum pn_json_type type;
    } words[] = {{{(const uint8_t *)"true", 4}, PN_JSON_TRUE},
                 {{(const uint8_t *)"false", 5}, PN_JSON_FALSE},
                 {{(const uint8_t *)"null", 4}, PN_JSON_NULL}};
    struct pn_view rest = pn_view(r->p, (size_t)(r->end - r->p));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (pn_view_starts(rest, words[i].word)) {
            const uint8_t *start = r->p;
            r->p += words[i].word.len;
            return add_node(r, words[i].type, start, r->p, false) < 0 ? FAILED : VALUE_DONE;
        }
    return fail_at(r, r->p, r->p == r->end ? "the text ends where a value was expected" : "expected a value");
}

static int read_text(struct reader *r) {
    const uint8_t *start = ++r->p;
    bool escaped;
    if (read_string(r, &escaped) < 0 || add_node(r, PN_JSON_STRING, start, r->p - 1, escaped) < 0)
        return FAILED;
    return VALUE_DONE;
}

// --- containers ---

static bool levels_grow(struct reader *r) {
    struct level *kept = r->levels == r->first ? NULL : r->levels;
    struct level *levels = realloc(kept, 2 * (size_t)r->levels_cap * sizeof *levels);
    if (levels == NULL)
        return false;
    if (kept == NULL)
        pn_copy(levels, r->first, sizeof r->first);
    r->levels = levels;
    r->levels_cap *= 2;
    return true;
}

static int open_level(struct reader *r, bool object) {
    if (r->depth == r->depth_most)
        return fail_limit(r, "nested deeper", r->depth_most);
    if (r->depth == r->levels_cap && !levels_grow(r))
        return fail_memory(r);
    r->levels[r->depth++] = (struct level){.node = r->count, .keys_from = r->keys.count, .object = object};
    r->p++;
    return add_node(r, object ? PN_JSON_OBJECT : PN_JSON_ARRAY, r->p - 1, r->p, false);
}

static int check_keys(struct reader *r, const struct level *l) {
    if (l->size < 2)
        return 0;
    uint32_t again;
    int found = pn_json_keys_repeat(&r->keys, l->keys_from, r->begin, &again);
    if (found < 0)
        return fail_memory(r);
    return found == 0 ? 0 : fail_at(r, r->begin + r->keys.list[again].start - 1, "this key occurs twice in its object");
}

// r->p is behind the closing bracket.
static int close_level(struct reader *r) {
    struct level *l = &r->levels[--r->depth];
    if (l->object && check_keys(r, l) < 0)
        return FAILED;
    r->keys.count = l->keys_from;
    if (r->doc != NULL) {
        struct pn_json_node *node = &r->doc->nodes[l->node];
        node->end = (uint32_t)(r->p - r->begin);
        node->size = l->size;
        node->next = r->count;
    }
    return VALUE_DONE;
}

static int read_key(struct reader *r) {
    skip_space(r);
    if (!take(r, '"'))
        return fail_at(r, r->p, "expected a key in quotes");
    const uint8_t *start = r->p;
    bool escaped;
    if (read_string(r, &escaped) < 0 || add_node(r, PN_JSON_STRING, start, r->p - 1, escaped) < 0)
        return FAILED;
    struct json_key key = {(uint32_t)(start - r->begin), (uint32_t)(r->p - 1 - r->begin), escaped};
    if (!json_keys_push(&r->keys, key))
        return fail_memory(r);
    skip_space(r);
    return take(r, ':') ? MORE : fail_at(r, r->p, "expected ':' behind the key");
}

// The next member of the innermost container: its key, if it has keys.
static int begin_member(struct reader *r) {
    struct level *l = &r->levels[r->depth - 1];
    l->size++;
    return l->object ? read_key(r) : MORE;
}

static int read_container(struct reader *r, bool object) {
    if (open_level(r, object) < 0)
        return FAILED;
    skip_space(r);
    return take(r, object ? '}' : ']') ? close_level(r) : begin_member(r);
}

// --- the loop ---

static int read_value(struct reader *r) {
    skip_space(r);
    uint8_t c = r->p == r->end ? 0 : *r->p;
    switch (c) {
    case '{':
    case '[':
        return read_container(r, c == '{');
    case '"':
        return read_text(r);
    case '-':
        return read_number(r);
    default:
        return c >= '0' && c <= '9' ? read_number(r) : read_word(r);
    }
}

// Behind a value: closes what ends here and finds out whether another value follows.
static int after_value(struct reader *r) {
    while (r->depth > 0) {
        bool object = r->levels[r->depth - 1].object;
        skip_space(r);
        if (take(r, ','))
            return begin_member(r);
        if (!take(r, object ? '}' : ']'))
            return fail_at(r, r->p, object ? "expected ',' or '}'" : "expected ',' or ']'");
        if (close_level(r) < 0)
            return FAILED;
    }
    skip_space(r);
    return r->p == r->end ? END : fail_at(r, r->p, "text behind the end of the value");
}

static int read_document(struct reader *r) {
    int step;
    do {
        step = read_value(r);
        if (step == VALUE_DONE)
            step = after_value(r);
    } while (step == MORE);
    return step;
}

static int read_all(struct pn_json *doc, struct pn_view text, const struct pn_json_limits *limits, struct pn_err *err) {
    if (text.len > TEXT_MOST)
        return pn_fail(err, PN_E_INPUT, "JSON text of %zu bytes; at most %zu are read", text.len, TEXT_MOST);
    static const uint8_t empty[1];
    struct reader r;
    r.begin = r.p = text.len == 0 ? empty : text.ptr;
    r.end = r.begin + text.len;
    r.doc = doc;
    r.err = err;
    r.count = r.depth = 0;
    r.nodes_most = limits == NULL || limits->nodes == 0 ? NODES_DEFAULT : limits->nodes;
    r.depth_most = limits == NULL || limits->depth == 0 ? DEPTH_DEFAULT : limits->depth;
    r.levels = r.first;
    r.levels_cap = DEPTH_INLINE;
    json_keys_init(&r.keys);
    int rc = read_document(&r);
    pn_json_keys_fini(&r.keys);
    if (r.levels != r.first)
        free(r.levels);
    return rc;
}

int pn_json_parse(struct pn_json *doc, struct pn_view text, const struct pn_json_limits *limits, struct pn_err *err) {
    doc->text = text;
    doc->count = 0;
    int rc = read_all(doc, text, limits, err);
    if (rc < 0)
        doc->count = 0;
    return rc;
}

int pn_json_check(struct pn_view text, const struct pn_json_limits *limits, struct pn_err *err) {
    return read_all(NULL, text, limits, err);
}

void pn_json_fini(struct pn_json *doc) {
    free(doc->nodes);
    *doc = (struct pn_json){0};
}
