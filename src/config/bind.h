// SPDX-License-Identifier: Apache-2.0
// From a YAML tree to typed values, by tables: a document is one table per map, and a new key is a new line in it.
// Readers note their mistakes in the document (see yaml.h) and leave the target alone; the caller looks at `mistakes`
// once, at the end.
#pragma once
#include "config/yaml.h"

struct pn_field;
typedef void pn_read(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target);

// One key of a map. A table ends with key == NULL.
struct pn_field {
    const char *key;
    pn_read *read;
    size_t offset; // the reader's target is the map's target + offset
    bool required;
    const void *arg; // what the reader needs besides: a table, a range
};

// Reads a map: an unknown key is a mistake with the nearest known one as a suggestion; so is a missing required key.
// Null counts as {}.
void pn_bind_map(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *fields, void *target);

// Readers. `arg` is what stands behind them.
pn_read pn_bind_section; // a map; arg: its table of struct pn_field; target: where the offsets of that table start
pn_read
    pn_bind_text; // char *, freshly allocated; plain scalars that look like a number, true/false or null must be quoted
pn_read pn_bind_bool; // bool: true or false and nothing else
pn_read pn_bind_u64;  // uint64_t, decimal; arg: struct pn_range
pn_read
    pn_bind_schema_name; // a text that names the document's own schema and carries no meaning for us: checked, not kept

struct pn_range {
    uint64_t least, most;
};

// A list of `size`-byte items, read one by one. *items is allocated (caller frees) and zeroed, *len set. Null counts as
// [].
void pn_bind_list(struct pn_yaml *y, const struct pn_yaml_node *node, size_t size,
                  void (*item)(struct pn_yaml *y, const struct pn_yaml_node *node, void *target), void **items,
                  size_t *len);

// The scalar's text if it is a string, else a mistake and NULL. Borrowed.
const char *pn_bind_get_text(struct pn_yaml *y, const struct pn_yaml_node *node);
// Any scalar's text, quoted or not, else a mistake and NULL. Borrowed.
const char *pn_bind_get_scalar(struct pn_yaml *y, const struct pn_yaml_node *node, const char *expected);

// The word among `count` nearest to `word` if it is near enough to be a slip, or NULL. `at(i)` gives the i-th.
const char *pn_bind_nearest(const char *word, const char *(*at)(const void *words, size_t i), const void *words,
                            size_t count);
// "list", "map", "number" ...: what a node is, for messages.
const char *pn_bind_kind(const struct pn_yaml_node *node);
