// SPDX-License-Identifier: Apache-2.0
// A YAML text as a tree of places and strings. Strict: one document, no aliases, anchors, tags or tag directives, no
// duplicate or complex keys, UTF-8 only, at most PN_YAML_MAX bytes and PN_YAML_DEPTH levels, no NUL, control or
// invisible characters in any scalar. What a scalar means is for bind.h to say: here "true", "12" and "" are texts.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#define PN_YAML_MAX ((size_t)256 << 10)
#define PN_YAML_DEPTH 32
#define PN_YAML_CHILDREN 1024 // entries of one map or list
#define PN_YAML_KEY_MAX 256   // bytes of a key
#define PN_YAML_REPORTED 100  // mistakes written out; the rest is counted

enum pn_yaml_kind { PN_YAML_SCALAR, PN_YAML_LIST, PN_YAML_MAP };

struct pn_yaml_node {
    enum pn_yaml_kind kind;
    bool quoted;           // a scalar in quotes or a block scalar: a string whatever it looks like
    char *text;            // of a scalar
    char *key;             // when the parent is a map
    unsigned line, column; // from 1; of the key for an entry of a map, else of the node
    struct pn_yaml_node *first, *next;
    size_t children;
};

// One document being read. Fill `name`, `report` (may be NULL) and `err` (may be NULL), zero the rest.
struct pn_yaml {
    const char *name; // for messages, kept by pointer
    struct pn_buf *report;
    struct pn_err *err;
    size_t mistakes;
    struct pn_yaml_node *root; // NULL: the text holds nothing
};

// Builds the tree. Mistakes are collected; -1 (PN_E_INPUT, or PN_E_SYSTEM when memory ran out) if the tree cannot be
// used further. With 0 there may still be mistakes: look at `mistakes` at the end.
[[nodiscard]] int pn_yaml_parse(struct pn_yaml *y, struct pn_view text);
void pn_yaml_fini(struct pn_yaml *y);
static inline void pn_yaml_cleanup(struct pn_yaml *y) {
    pn_yaml_fini(y);
}

// Notes "name:line:column: text" in the report and, when it is the first mistake, in the error. The text is escaped.
void pn_yaml_mistake(struct pn_yaml *y, const struct pn_yaml_node *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
// Notes that memory ran out: PN_E_SYSTEM, also a mistake.
void pn_yaml_no_memory(struct pn_yaml *y);

// The entry of a map with this key, or NULL.
const struct pn_yaml_node *pn_yaml_find(const struct pn_yaml_node *map, const char *key);
// True for a plain scalar that YAML takes for null: nothing, "~", "null".
bool pn_yaml_is_null(const struct pn_yaml_node *node);

// Appends `text` as a double-quoted scalar that reads back the same.
void pn_yaml_put_text(struct pn_buf *out, const char *text);
