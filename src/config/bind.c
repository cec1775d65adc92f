// SPDX-License-Identifier: Apache-2.0
#include "config/bind.h"

#include "base/text.h"

#include <stdlib.h>

#define WORD_MAX 32 // longer words get no suggestion

static unsigned least3(unsigned a, unsigned b, unsigned c) {
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

// Levenshtein distance; both at most WORD_MAX bytes.
static unsigned distance(const char *a, const char *b) {
    unsigned row[WORD_MAX + 1];
    size_t width = strlen(b);
    for (unsigned j = 0; j <= width; j++)
        row[j] = j;
    for (unsigned i = 1; a[i - 1] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            unsigned above = row[j];
            row[j] = least3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
            diagonal = above;
        }
    }
    return row[width];
}

const char *pn_bind_nearest(const char *word, const char *(*at)(const void *words, size_t i), const void *words,
                            size_t count) {
    const char *best = NULL;
    size_t length = strlen(word);
    unsigned bound = length < 4 ? 2 : 3; // strictly below
    if (length > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *candidate = at(words, i);
        if (strlen(candidate) > WORD_MAX)
            continue;
        unsigned d = distance(word, candidate);
        if (d < bound) {
            bound = d;
            best = candidate;
        }
    }
    return best;
}

// What some YAML reader takes for a number, a date or a time. An address with its three dots is none.
static bool looks_numeric(const char *s) {
    if (*s == '-' || *s == '+')
        s++;
    if (s[0] == '0' && (s[1] | 0x20) == 'x')
        return s[2 + strspn(s + 2, "0123456789abcdefABCDEF_")] == '\0';
    const char *dot = strchr(s, '.');
    bool digit = (*s >= '0' && *s <= '9') || (*s == '.' && s[1] >= '0' && s[1] <= '9');
    bool one_dot = dot == NULL || strchr(dot + 1, '.') == NULL;
    return digit && one_dot && s[strspn(s, "0123456789_.eEoO+-:")] == '\0';
}

static bool looks_boolean(const char *s) {
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "y", "n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (pn_view_eq_nocase(pn_view_str(s), pn_view_str(words[i])))
            return true;
    return false;
}

static bool looks_null(const char *s) {
    return *s == '\0' || strcmp(s, "~") == 0 || pn_view_eq_nocase(pn_view_str(s), PN_VIEW("null"));
}

const char *pn_bind_kind(const struct pn_yaml_node *node) {
    if (node->kind != PN_YAML_SCALAR)
        return node->kind == PN_YAML_MAP ? "a map" : "a list";
    if (node->quoted)
        return "a string";
    if (looks_null(node->text))
        return "nothing";
    if (looks_boolean(node->text))
        return "a boolean";
    return looks_numeric(node->text) ? "a number" : "a string";
}

static const char *place(const struct pn_yaml_node *node) {
    return node->key == NULL ? "this entry" : node->key;
}

const char *pn_bind_get_scalar(struct pn_yaml *y, const struct pn_yaml_node *node, const char *expected) {
    if (node->kind == PN_YAML_SCALAR && !(pn_yaml_is_null(node)))
        return node->text;
    pn_yaml_mistake(y, node, "%s: expected %s, found %s", place(node), expected, pn_bind_kind(node));
    return NULL;
}

const char *pn_bind_get_text(struct pn_yaml *y, const struct pn_yaml_node *node) {
    const char *text = pn_bind_get_scalar(y, node, "a string");
    if (text == NULL || node->quoted || !(looks_numeric(text) || looks_boolean(text) || looks_null(text)))
        return text;
    pn_yaml_mistake(y, node, "%s: expected a string, found %s; write it in quotes: \"%.60s\"", place(node),
                    pn_bind_kind(node), text);
    return NULL;
}

void pn_bind_text(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target) {
    (void)field;
    const char *text = pn_bind_get_text(y, node);
    if (text == NULL)
        return;
    char **slot = target;
    free(*slot);
    *slot = strdup(text);
    if (*slot == NULL)
        pn_yaml_no_memory(y);
}

void pn_bind_schema_name(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field,
                         void *target) {
    (void)field;
    (void)target;
    (void)pn_bind_get_text(y, node);
}

void pn_bind_bool(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target) {
    (void)field;
    bool plain = node->kind == PN_YAML_SCALAR && !node->quoted;
    bool yes = plain && strcmp(node->text, "true") == 0;
    if (!yes && !(plain && strcmp(node->text, "false") == 0)) {
        pn_yaml_mistake(y, node, "%s: expected true or false, found %s", place(node),
                        plain ? node->text : pn_bind_kind(node));
        return;
    }
    *(bool *)target = yes;
}

void pn_bind_u64(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target) {
    const struct pn_range *range = field->arg;
    uint64_t number;
    if (node->kind != PN_YAML_SCALAR || node->quoted || !pn_u64_get(pn_view_str(node->text), &number)) {
        pn_yaml_mistake(y, node, "%s: expected a decimal number, found %s", place(node), pn_bind_kind(node));
        return;
    }
    if (range != NULL && (number < range->least || number > range->most)) {
        pn_yaml_mistake(y, node, "%s: %ju is not between %ju and %ju", place(node), (uintmax_t)number,
                        (uintmax_t)range->least, (uintmax_t)range->most);
        return;
    }
    *(uint64_t *)target = number;
}

static const char *field_key(const void *fields, size_t i) {
    return ((const struct pn_field *)fields)[i].key;
}

static void unknown_key(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *fields) {
    size_t count = 0;
    while (fields[count].key != NULL)
        count++;
    const char *near = pn_bind_nearest(node->key, field_key, fields, count);
    if (near != NULL) {
        pn_yaml_mistake(y, node, "unknown key '%.60s'; did you mean '%s'?", node->key, near);
        return;
    }
    struct pn_buf known = {0};
    for (size_t i = 0; i < count; i++)
        pn_buf_printf(&known, "%s%s", i == 0 ? "" : ", ", fields[i].key);
    pn_yaml_mistake(y, node, "unknown key '%.60s'; known here: %s", node->key, pn_buf_cstr(&known));
    pn_buf_fini(&known);
}

static void bind_entry(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *fields,
                       void *target) {
    for (const struct pn_field *f = fields; f->key != NULL; f++)
        if (strcmp(f->key, node->key) == 0) {
            f->read(y, node, f, (char *)target + f->offset);
            return;
        }
    unknown_key(y, node, fields);
}

void pn_bind_map(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *fields, void *target) {
    bool empty = pn_yaml_is_null(node);
    if (node->kind != PN_YAML_MAP && !empty) {
        pn_yaml_mistake(y, node, "%s: expected a map, found %s",
                        node->key == NULL ? "the document or entry" : node->key, pn_bind_kind(node));
        return;
    }
    for (const struct pn_yaml_node *n = node->first; n != NULL; n = n->next)
        if (pn_yaml_find(node, n->key) ==
            n) // a repeated key is a mistake already; readers may count on being called once
            bind_entry(y, n, fields, target);
    for (const struct pn_field *f = fields; f->key != NULL; f++)
        if (f->required && (empty || pn_yaml_find(node, f->key) == NULL))
            pn_yaml_mistake(y, node, "the key '%s' is missing here", f->key);
}

void pn_bind_section(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target) {
    pn_bind_map(y, node, field->arg, target);
}

void pn_bind_list(struct pn_yaml *y, const struct pn_yaml_node *node, size_t size,
                  void (*item)(struct pn_yaml *y, const struct pn_yaml_node *node, void *target), void **items,
                  size_t *len) {
    if (pn_yaml_is_null(node))
        return;
    if (node->kind != PN_YAML_LIST) {
        pn_yaml_mistake(y, node, "%s: expected a list, found %s", place(node), pn_bind_kind(node));
        return;
    }
    if (node->children == 0)
        return;
    *items = calloc(node->children, size);
    if (*items == NULL) {
        pn_yaml_no_memory(y);
        return;
    }
    for (const struct pn_yaml_node *n = node->first; n != NULL; n = n->next)
        item(y, n, (char *)*items + size * (*len)++);
}
