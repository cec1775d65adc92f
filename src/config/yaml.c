// SPDX-License-Identifier: Apache-2.0
// From libyaml's events to a tree. Trust: the text is hostile; depth, size and the number of entries are bounded before
// anything grows (libyaml's scanner is quadratic in the depth of flow collections).
#include "config/yaml.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

// A collection that is still open, with its last child and, in a map, the key that waits for its value.
struct level {
    struct pn_yaml_node *node, *last;
    struct pn_yaml_node *key;
};

struct builder {
    struct pn_yaml *y;
    struct level levels[PN_YAML_DEPTH];
    unsigned depth;
    unsigned documents;
};

static void note(struct pn_yaml *y, enum pn_category category, const char *line) {
    y->mistakes++;
    if (y->mistakes == 1)
        (void)pn_fail(y->err, category, "%s", line);
    if (y->report == NULL || y->mistakes > PN_YAML_REPORTED + 1)
        return;
    bool last = y->mistakes == PN_YAML_REPORTED + 1;
    pn_buf_add_str(y->report, last ? "and more; mend these first" : line);
    pn_buf_add_byte(y->report, '\n');
}

static void mistake_at(struct pn_yaml *y, size_t line, size_t column, const char *text) {
    pn_auto(pn_buf) struct pn_buf b = {0};
    pn_escape(&b, pn_view_str(y->name));
    pn_buf_printf(&b, ":%zu:%zu: ", line, column);
    pn_escape(&b, pn_view_str(text));
    note(y, PN_E_INPUT, pn_buf_cstr(&b));
}

void pn_yaml_mistake(struct pn_yaml *y, const struct pn_yaml_node *at, const char *fmt, ...) {
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct pn_view whole = pn_utf8_cut(pn_view_str(text), sizeof text - 4);
    text[whole.len] = '\0';
    mistake_at(y, at->line, at->column, text);
}

void pn_yaml_no_memory(struct pn_yaml *y) {
    note(y, PN_E_SYSTEM, "out of memory");
}

static void free_node(struct pn_yaml_node *node) { // depth is bounded by PN_YAML_DEPTH
    while (node != NULL) {
        struct pn_yaml_node *next = node->next;
        free_node(node->first);
        free(node->text);
        free(node->key);
        free(node);
        node = next;
    }
}

void pn_yaml_fini(struct pn_yaml *y) {
    free_node(y->root);
    y->root = NULL;
}

const struct pn_yaml_node *pn_yaml_find(const struct pn_yaml_node *map, const char *key) {
    for (const struct pn_yaml_node *n = map->first; n != NULL; n = n->next)
        if (n->key != NULL && strcmp(n->key, key) == 0)
            return n;
    return NULL;
}

bool pn_yaml_is_null(const struct pn_yaml_node *node) {
    if (node->kind != PN_YAML_SCALAR || node->quoted)
        return false;
    return node->text[0] == '\0' || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0;
}

// The first character that a person would not see, or 0. Line feeds and tabs are seen.
static uint32_t unseen(struct pn_view text) {
    for (size_t i = 0; i < text.len;) {
        uint32_t c = 0;
        size_t n = pn_utf8_next(pn_view(text.ptr + i, text.len - i), &c);
        if (n == 0)
            return 0xfffd;
        bool blank = c == '\n' || c == '\t';
        if (c == 0 || (c & 0xfffe) == 0xfffe || (!blank && pn_char_is_hidden(c)))
            return c == 0 ? 0xfffe : c;
        i += n;
    }
    return 0;
}

static struct pn_yaml_node *new_node(struct builder *b, enum pn_yaml_kind kind, const yaml_event_t *event) {
    struct pn_yaml_node *node = calloc(1, sizeof *node);
    if (node == NULL) {
        pn_yaml_no_memory(b->y);
        return NULL;
    }
    node->kind = kind;
    node->line = (unsigned)event->start_mark.line + 1;
    node->column = (unsigned)event->start_mark.column + 1;
    return node;
}

// A scalar in the place of a key waits there for its value.
static int take_key(struct builder *b, struct level *level, struct pn_yaml_node *node) {
    if (node->kind != PN_YAML_SCALAR) {
        pn_yaml_mistake(b->y, node, "a key must be a plain word, not a %s", node->kind == PN_YAML_MAP ? "map" : "list");
        free_node(node);
        return -1;
    }
    if (strlen(node->text) > PN_YAML_KEY_MAX)
        pn_yaml_mistake(b->y, node, "a key may have at most %d bytes", PN_YAML_KEY_MAX);
    const struct pn_yaml_node *twin = pn_yaml_find(level->node, node->text);
    if (twin != NULL)
        pn_yaml_mistake(b->y, node, "'%.60s' is given twice, first in line %u", node->text, twin->line);
    level->key = node;
    return 0;
}

static void name_entry(struct level *level, struct pn_yaml_node *node) {
    struct pn_yaml_node *key = pn_steal(&level->key);
    node->key = pn_steal(&key->text);
    node->line = key->line;
    node->column = key->column;
    free_node(key);
}

// Puts a node where the text has it. Takes ownership also on failure.
static int attach(struct builder *b, struct pn_yaml_node *node) {
    if (b->depth == 0) {
        b->y->root = node;
        return 0;
    }
    struct level *level = &b->levels[b->depth - 1];
    // libyaml closes only what it has opened. NOLINTNEXTLINE(clang-analyzer-core.NullDereference)
    if (level->node->kind == PN_YAML_MAP && level->key == NULL)
        return take_key(b, level, node);
    if (level->node->kind == PN_YAML_MAP)
        name_entry(level, node);
    if (level->last != NULL)
        level->last->next = node;
    else
        level->node->first = node;
    level->last = node;
    if (++level->node->children <= PN_YAML_CHILDREN)
        return 0;
    pn_yaml_mistake(b->y, node, "more than %d entries in one place", PN_YAML_CHILDREN);
    return -1;
}

static void refuse_decoration(struct builder *b, const struct pn_yaml_node *node, const void *anchor, const void *tag) {
    if (anchor != NULL)
        pn_yaml_mistake(b->y, node, "anchors are not allowed; write the value out");
    if (tag != NULL)
        pn_yaml_mistake(b->y, node, "tags are not allowed; the place decides the type");
}

static int on_scalar(struct builder *b, const yaml_event_t *event) {
    struct pn_yaml_node *node = new_node(b, PN_YAML_SCALAR, event);
    if (node == NULL)
        return -1;
    struct pn_view text = pn_view(event->data.scalar.value, event->data.scalar.length);
    refuse_decoration(b, node, event->data.scalar.anchor, event->data.scalar.tag);
    uint32_t odd = unseen(text);
    if (odd != 0) {
        pn_yaml_mistake(b->y, node, "a character that cannot be seen or stored (U+%04X) is not allowed",
                        odd == 0xfffe ? 0 : odd);
        text = PN_VIEW("");
    }
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text = pn_view_dup(text);
    if (node->text == NULL) {
        pn_yaml_no_memory(b->y);
        free_node(node);
        return -1;
    }
    return attach(b, node);
}

static int on_open(struct builder *b, const yaml_event_t *event, enum pn_yaml_kind kind) {
    struct pn_yaml_node *node = new_node(b, kind, event);
    if (node == NULL)
        return -1;
    bool map = kind == PN_YAML_MAP;
    refuse_decoration(b, node, map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                      map ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    if (b->depth == PN_YAML_DEPTH) {
        pn_yaml_mistake(b->y, node, "nested deeper than %d levels", PN_YAML_DEPTH);
        free_node(node);
        return -1;
    }
    if (attach(b, node) < 0)
        return -1;
    b->levels[b->depth++] = (struct level){.node = node};
    return 0;
}

static int on_document(struct builder *b, const yaml_event_t *event) {
    const yaml_mark_t *mark = &event->start_mark;
    if (event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
        mistake_at(b->y, mark->line + 1, mark->column + 1, "%TAG is not allowed");
    if (b->documents++ == 0)
        return 0;
    mistake_at(b->y, mark->line + 1, mark->column + 1, "a second document in one file is not allowed");
    return -1;
}

static int on_alias(struct builder *b, const yaml_event_t *event) {
    mistake_at(b->y, event->start_mark.line + 1, event->start_mark.column + 1,
               "aliases are not allowed; write the value out");
    return -1;
}

static int on_event(struct builder *b, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return 0;
    case YAML_DOCUMENT_START_EVENT:
        return on_document(b, event);
    case YAML_ALIAS_EVENT:
        return on_alias(b, event);
    case YAML_SCALAR_EVENT:
        return on_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(b, event, PN_YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return on_open(b, event, PN_YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return 0;
    }
    return -1;
}

static void syntax_mistake(struct pn_yaml *y, const yaml_parser_t *parser) {
    char text[200];
    const char *problem = parser->problem == NULL ? "not YAML" : parser->problem;
    (void)snprintf(text, sizeof text, "%s%s%s", problem, parser->context == NULL ? "" : " ",
                   parser->context == NULL ? "" : parser->context);
    if (parser->error == YAML_MEMORY_ERROR) {
        pn_yaml_no_memory(y);
        return;
    }
    mistake_at(y, parser->problem_mark.line + 1, parser->problem_mark.column + 1, text);
}

static int read_events(struct builder *b, yaml_parser_t *parser) {
    for (bool end = false; !end;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            syntax_mistake(b->y, parser);
            return -1;
        }
        end = event.type == YAML_STREAM_END_EVENT;
        int result = on_event(b, &event);
        yaml_event_delete(&event);
        if (result < 0)
            return -1;
    }
    return 0;
}

int pn_yaml_parse(struct pn_yaml *y, struct pn_view text) {
    if (text.len > PN_YAML_MAX) {
        mistake_at(y, 1, 1, "the file is larger than 256 KiB");
        return -1;
    }
    if (!pn_utf8_valid(text)) {
        mistake_at(y, 1, 1, "the file is not valid UTF-8");
        return -1;
    }
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        pn_yaml_no_memory(y);
        return -1;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.len == 0 ? (const uint8_t *)"" : text.ptr, text.len);
    struct builder b = {.y = y};
    int result = read_events(&b, &parser);
    yaml_parser_delete(&parser);
    for (unsigned i = 0; i < PN_YAML_DEPTH; i++)
        free_node(b.levels[i].key);
    return result;
}

void pn_yaml_put_text(struct pn_buf *out, const char *text) {
    pn_buf_add_byte(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            pn_buf_add_str(out, "\\n");
        else if (*text == '\t')
            pn_buf_add_str(out, "\\t");
        else if (*text == '"' || *text == '\\')
            pn_buf_printf(out, "\\%c", *text);
        else
            pn_buf_add_byte(out, (uint8_t)*text);
    }
    pn_buf_add_byte(out, '"');
}
