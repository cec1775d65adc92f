// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

struct pn_cell {
    enum pn_cell_kind kind;
    uint64_t number;
    char *text;
};

void pn_table_init(struct pn_table *t, const struct pn_column *columns) {
    *t = (struct pn_table){.columns = columns};
    while (columns[t->width].key != NULL)
        t->width++;
}

void pn_table_fini(struct pn_table *t) {
    for (size_t i = 0; i < t->len; i++)
        free(t->cells[i].text);
    free(t->cells);
    *t = (struct pn_table){0};
}

static void add_cell(struct pn_table *t, struct pn_cell cell) {
    if (t->len == t->cap) {
        size_t cap = t->cap == 0 ? 64 : 2 * t->cap;
        struct pn_cell *grown = reallocarray(t->cells, cap, sizeof *grown);
        if (grown == NULL) {
            t->broken = true;
            free(cell.text);
            return;
        }
        t->cells = grown;
        t->cap = cap;
    }
    t->cells[t->len++] = cell;
}

void pn_table_view(struct pn_table *t, struct pn_view text) {
    char *copy = text.len == 0 ? strdup("") : strndup((const char *)text.ptr, text.len);
    t->broken = t->broken || copy == NULL;
    add_cell(t, (struct pn_cell){.kind = PN_CELL_STR, .text = copy});
}

void pn_table_str(struct pn_table *t, const char *text) {
    if (text == NULL)
        add_cell(t, (struct pn_cell){.kind = PN_CELL_NONE});
    else
        pn_table_view(t, pn_view_str(text));
}

void pn_table_u64(struct pn_table *t, uint64_t number) {
    add_cell(t, (struct pn_cell){.kind = PN_CELL_U64, .number = number});
}

void pn_table_bool(struct pn_table *t, bool value) {
    add_cell(t, (struct pn_cell){.kind = PN_CELL_BOOL, .number = value});
}

void pn_out_time(uint64_t unix_seconds, char out[32]) {
    time_t seconds = (time_t)unix_seconds;
    struct tm utc = {0};
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

void pn_table_time(struct pn_table *t, uint64_t unix_seconds) {
    char text[32];
    pn_out_time(unix_seconds, text);
    pn_table_str(t, text);
}

static void cell_json(const struct pn_cell *cell, struct pn_json_w *w) {
    switch (cell->kind) {
    case PN_CELL_STR:
        pn_json_w_cstr(w, cell->text);
        return;
    case PN_CELL_U64:
        pn_json_w_u64(w, cell->number);
        return;
    case PN_CELL_BOOL:
        pn_json_w_bool(w, cell->number != 0);
        return;
    case PN_CELL_NONE:
        pn_json_w_null(w);
        return;
    }
}

void pn_table_json(const struct pn_table *t, struct pn_json_w *w) {
    pn_json_w_array(w);
    for (size_t i = 0; i + t->width <= t->len; i += t->width) {
        pn_json_w_object(w);
        for (size_t c = 0; c < t->width; c++) {
            pn_json_w_key(w, t->columns[c].key);
            cell_json(&t->cells[i + c], w);
        }
        pn_json_w_end(w, '}');
    }
    pn_json_w_end(w, ']');
}

static void cell_text(const struct pn_cell *cell, struct pn_buf *out) {
    switch (cell->kind) {
    case PN_CELL_STR:
        pn_escape(out, pn_view_str(cell->text));
        return;
    case PN_CELL_U64:
        pn_buf_add_u64(out, cell->number);
        return;
    case PN_CELL_BOOL:
        pn_buf_add_str(out, cell->number != 0 ? "yes" : "no");
        return;
    case PN_CELL_NONE:
        pn_buf_add_byte(out, '-');
        return;
    }
}

// Characters, not bytes.
static size_t text_width(struct pn_view text) {
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += (text.ptr[i] & 0xc0) != 0x80;
    return n;
}

static void add_spaces(struct pn_buf *out, size_t n) {
    while (n-- > 0)
        pn_buf_add_byte(out, ' ');
}

static void add_padded(struct pn_buf *out, struct pn_view text, size_t width, bool right, bool last) {
    size_t has = text_width(text);
    size_t gap = width > has ? width - has : 0;
    if (right)
        add_spaces(out, gap);
    pn_buf_add_view(out, text);
    if (!right && !last)
        add_spaces(out, gap);
    if (!last)
        add_spaces(out, 2);
}

static size_t column_width(const struct pn_table *t, size_t column) {
    size_t width = strlen(t->columns[column].title);
    for (size_t i = column; i < t->len; i += t->width) {
        pn_auto(pn_buf) struct pn_buf text = {0};
        cell_text(&t->cells[i], &text);
        size_t has = text_width(pn_buf_view(&text));
        width = has > width ? has : width;
    }
    return width;
}

static size_t last_shown(const struct pn_table *t) {
    size_t last = 0;
    for (size_t c = 0; c < t->width; c++)
        last = t->columns[c].title != NULL ? c : last;
    return last;
}

// Row 0 is the heading, row n the cells from (n - 1) * width.
static void table_row(const struct pn_table *t, const size_t *widths, size_t row, struct pn_buf *out) {
    for (size_t c = 0; c < t->width; c++) {
        const struct pn_column *column = &t->columns[c];
        if (column->title == NULL)
            continue;
        pn_auto(pn_buf) struct pn_buf text = {0};
        if (row == 0)
            pn_buf_add_str(&text, column->title);
        else
            cell_text(&t->cells[(row - 1) * t->width + c], &text);
        add_padded(out, pn_buf_view(&text), widths[c], column->right, c == last_shown(t));
    }
}

static int table_text(const struct pn_table *t, struct pn_buf *out, struct pn_err *err) {
    pn_auto(pn_free) size_t *widths = calloc(t->width, sizeof *widths);
    if (widths == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    for (size_t c = 0; c < t->width; c++)
        widths[c] = t->columns[c].title == NULL ? 0 : column_width(t, c);
    pn_buf_add_str(out, pn_colour(PN_BOLD, STDOUT_FILENO));
    table_row(t, widths, 0, out);
    pn_buf_add_str(out, pn_colour(PN_PLAIN, STDOUT_FILENO));
    pn_buf_add_byte(out, '\n');
    for (size_t row = 1; row <= t->len / t->width; row++) {
        table_row(t, widths, row, out);
        pn_buf_add_byte(out, '\n');
    }
    return 0;
}

int pn_out_table(struct pn_cli *cli, const struct pn_table *t, const char *key, const char *empty, struct pn_err *err) {
    if (t->broken)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (!cli->json && t->len == 0) {
        pn_out_line(cli, "%s", empty);
        return 0;
    }
    if (!cli->json)
        return table_text(t, &cli->out, err);
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, key);
    pn_table_json(t, &w);
    pn_json_w_key(&w, "total");
    pn_json_w_u64(&w, t->len / t->width);
    pn_json_w_end(&w, '}');
    return 0;
}

void pn_out_line(struct pn_cli *cli, const char *fmt, ...) {
    char text[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t len = n < 0 ? 0 : (size_t)n;
    pn_escape(&cli->out, pn_view(text, len < sizeof text ? len : sizeof text - 1));
    pn_buf_add_byte(&cli->out, '\n');
}

// As JSON writes it, in two halves above U+FFFF.
static void put_escape(struct pn_buf *out, uint32_t c) {
    if (c > 0xffff)
        pn_buf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
    else
        pn_buf_printf(out, "\\u%04x", c);
}

void pn_out_json(struct pn_cli *cli, struct pn_view json) {
    for (size_t i = 0; i < json.len;) {
        uint32_t c;
        size_t n = pn_utf8_next(pn_view_part(json, i, json.len), &c);
        if (n == 0 || c < 0x20 || c == 0x7f || pn_char_is_hidden(c))
            put_escape(&cli->out, n == 0 ? 0xfffd : c);
        else
            pn_buf_add(&cli->out, json.ptr + i, n);
        i += n == 0 ? 1 : n;
    }
    pn_buf_add_byte(&cli->out, '\n');
}

const char *pn_colour(enum pn_colour colour, int fd) {
    static const char *const sequences[] = {[PN_PLAIN] = "\033[0m",
                                            [PN_BOLD] = "\033[1m",
                                            [PN_RED] = "\033[31m",
                                            [PN_GREEN] = "\033[32m",
                                            [PN_YELLOW] = "\033[33m"};
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    bool plain = (no != NULL && no[0] != '\0') || term == NULL || strcmp(term, "dumb") == 0 || isatty(fd) != 1;
    return plain ? "" : sequences[colour];
}

static int exit_code(const struct pn_err *err) {
    if (err->code == PN_CODE_USAGE)
        return PN_EXIT_USAGE;
    switch (err->category) {
    case PN_E_DENIED:
        return PN_EXIT_DENIED;
    case PN_E_LIMIT:
        return PN_EXIT_LIMIT;
    case PN_E_RETRY:
    case PN_E_INPUT:
    case PN_E_PEER:
    case PN_E_SYSTEM:
    case PN_E_BUG:
        break;
    }
    return PN_EXIT_FAILED;
}

int pn_out_error(const struct pn_cli *cli, const struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf line = {0};
    if (cli->json) {
        struct pn_json_w w;
        pn_json_w_init(&w, &line);
        pn_json_w_object(&w);
        pn_json_w_key(&w, "error");
        pn_json_w_object(&w);
        pn_json_w_key(&w, "category");
        pn_json_w_cstr(&w, pn_category_name(err->category));
        pn_json_w_key(&w, "text");
        pn_json_w_cstr(&w, err->text);
        pn_json_w_end(&w, '}');
        pn_json_w_end(&w, '}');
    } else {
        pn_buf_printf(&line, "%spostern:%s ", pn_colour(PN_RED, STDERR_FILENO), pn_colour(PN_PLAIN, STDERR_FILENO));
        pn_escape(&line, pn_view_str(err->text));
    }
    pn_buf_add_byte(&line, '\n');
    (void)!pn_write_all(cli->json ? STDOUT_FILENO : STDERR_FILENO, pn_buf_view(&line), NULL);
    return exit_code(err);
}
