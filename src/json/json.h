// SPDX-License-Identifier: Apache-2.0
// Strict JSON (RFC 8259, I-JSON RFC 7493 where stricter): one pass over hostile bytes into a flat array of nodes that
// point back into the text. Numbers stay text, so no integer is clamped and nothing is reprinted.
//
// Refused: duplicate keys, invalid or overlong UTF-8, lone surrogates in escapes, U+0000 (also escaped), control
// characters, leading zeros, NaN, trailing text, a byte order mark, nesting beyond `depth`, more than `nodes` nodes.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum pn_json_type {
    PN_JSON_NULL = 1,
    PN_JSON_FALSE,
    PN_JSON_TRUE,
    PN_JSON_NUMBER,
    PN_JSON_STRING,
    PN_JSON_ARRAY,
    PN_JSON_OBJECT
};

struct pn_json_node {
    uint8_t type;    // enum pn_json_type
    uint8_t escaped; // a string (or key) holds a backslash; else its bytes are its value
    uint32_t size;   // members of an array or pairs of an object
    uint32_t start;  // offset of the value; for strings of the first byte after the quote
    uint32_t end;    // offset behind the value; for strings of the closing quote
    uint32_t next;   // index of the node after this value and everything in it
};
// An object's children are key, value, key, value ...; an array's are its values. The root is node 0.

struct pn_json {
    struct pn_view text; // borrowed: must outlive the document
    struct pn_json_node *nodes;
    uint32_t count, cap;
};

struct pn_json_limits {
    uint32_t depth; // 0 = 64
    uint32_t nodes; // 0 = 1,000,000
};

// Parses all of `text` (at most 1 GiB). On failure PN_E_INPUT with line:column and what was expected. `doc` may be
// reused: its memory is kept between parses. Zero-initialise before the first use.
[[nodiscard]] int pn_json_parse(struct pn_json *doc, struct pn_view text, const struct pn_json_limits *limits,
                                struct pn_err *err);
void pn_json_fini(struct pn_json *doc);
static inline void pn_json_cleanup(struct pn_json *doc) {
    pn_json_fini(doc);
}
// Only checks, builds nothing (duplicate keys are found too). For forwarding bytes that a neighbour produced.
[[nodiscard]] int pn_json_check(struct pn_view text, const struct pn_json_limits *limits, struct pn_err *err);

// Navigation; `at` is a node index. PN_JSON_NONE when there is no such member.
#define PN_JSON_NONE UINT32_MAX
uint32_t pn_json_get(const struct pn_json *doc, uint32_t object, const char *key); // NONE also when not an object
uint32_t pn_json_first(const struct pn_json *doc, uint32_t at); // first child (a key in objects) or NONE
uint32_t pn_json_after(const struct pn_json *doc, uint32_t parent, uint32_t at); // next sibling or NONE
enum pn_json_type pn_json_type(const struct pn_json *doc, uint32_t at);          // 0 for NONE
const char *pn_json_type_name(enum pn_json_type type);                           // "null", "boolean", "number", ...

struct pn_view pn_json_raw(const struct pn_json *doc, uint32_t at); // the value's own text, with quotes
// A string's value: points into the text when it has no escapes, else decoded into `scratch` (appended; pointers into
// it die with its next growth). False when not a string or memory ran out.
bool pn_json_str(const struct pn_json *doc, uint32_t at, struct pn_buf *scratch, struct pn_view *out);
bool pn_json_str_is(const struct pn_json *doc, uint32_t at, const char *value);
bool pn_json_u64(const struct pn_json *doc, uint32_t at, uint64_t *out); // exact; 1.0 and 1e0 count, 1.5 does not
bool pn_json_s64(const struct pn_json *doc, uint32_t at, int64_t *out);
bool pn_json_f64(const struct pn_json *doc, uint32_t at, double *out); // nearest; false on overflow to infinity
bool pn_json_bool(const struct pn_json *doc, uint32_t at, bool *out);

// RFC 6901 pointer to a node, for messages: appends e.g. "/items/3/name" ("" for the root).
void pn_json_pointer(const struct pn_json *doc, uint32_t at, struct pn_buf *out);

// --- writing ---
void pn_json_put_str(struct pn_buf *out, struct pn_view utf8); // with quotes; invalid UTF-8 and U+0000 become U+FFFD
// Escapes text that already is the inside of a JSON document into a JSON string: the compact "JSON in a string".
void pn_json_put_f64(struct pn_buf *out, double v); // shortest form that reads back; NaN/Inf must not come here
void pn_json_put_f32(struct pn_buf *out, float v);
void pn_json_put_s64(struct pn_buf *out, int64_t v);

// A writer that keeps track of commas; nesting at most 64.
struct pn_json_w {
    struct pn_buf *out;
    uint64_t more; // bit per level: a member was written
    unsigned depth;
    bool after_key;
};
void pn_json_w_init(struct pn_json_w *w, struct pn_buf *out);
void pn_json_w_object(struct pn_json_w *w);            // {
void pn_json_w_array(struct pn_json_w *w);             // [
void pn_json_w_end(struct pn_json_w *w, char bracket); // '}' or ']'
void pn_json_w_key(struct pn_json_w *w, const char *key);
void pn_json_w_key_view(struct pn_json_w *w, struct pn_view key);
void pn_json_w_str(struct pn_json_w *w, struct pn_view v);
void pn_json_w_cstr(struct pn_json_w *w, const char *v);
void pn_json_w_u64(struct pn_json_w *w, uint64_t v);
void pn_json_w_s64(struct pn_json_w *w, int64_t v);
void pn_json_w_bool(struct pn_json_w *w, bool v);
void pn_json_w_null(struct pn_json_w *w);
void pn_json_w_raw(struct pn_json_w *w, struct pn_view json); // a complete value, trusted to be valid
