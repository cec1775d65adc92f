// SPDX-License-Identifier: Apache-2.0
// .env files. The many tools that read them disagree on quotes, comments and expansion; this reads what all of them
// read the same way and refuses the rest, because a key that is cut at a '#' fails far from here.
#include "base/text.h"
#include "vault/internal.h"

struct reader {
    struct pn_view text;
    size_t at;
    unsigned line;
    size_t plain; // bytes of out->plain in use
    struct pn_import *out;
    struct pn_err *err;
};

static int refuse(struct reader *r, unsigned line, const char *what) {
    return pn_fail(r->err, PN_E_INPUT, "line %u: %s", line, what);
}

static int peek(const struct reader *r) { // -1 at the end
    return r->at < r->text.len ? r->text.ptr[r->at] : -1;
}

static bool at_line_end(const struct reader *r) {
    return peek(r) == -1 || peek(r) == '\n' ||
           (peek(r) == '\r' && r->at + 1 < r->text.len && r->text.ptr[r->at + 1] == '\n');
}

static void skip_blanks(struct reader *r) {
    while (peek(r) == ' ' || peek(r) == '\t')
        r->at++;
}

static void next_line(struct reader *r) { // from a line end
    if (peek(r) == '\r')
        r->at++;
    if (peek(r) == '\n')
        r->at++;
    r->line++;
}

// Blanks and a comment, which a blank must precede, then the end.
static int finish_line(struct reader *r) {
    size_t before = r->at;
    skip_blanks(r);
    bool comment = peek(r) == '#' && before != r->at;
    while (comment && !at_line_end(r))
        r->at++;
    if (!at_line_end(r))
        return refuse(r, r->line, "something follows the value; put all of it in quotes, and a blank before a #");
    next_line(r);
    return 0;
}

static bool name_byte(int c, bool first) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

static struct pn_view take_name(struct reader *r) {
    size_t from = r->at;
    while (name_byte(peek(r), r->at == from))
        r->at++;
    return pn_view_part(r->text, from, r->at);
}

static int take_bare(struct reader *r, struct pn_view *out) {
    size_t from = r->at;
    for (; !at_line_end(r) && peek(r) != ' ' && peek(r) != '\t'; r->at++)
        if (strchr("'\"\\$`", peek(r)) != NULL || peek(r) < ' ' || peek(r) == 0x7f)
            return refuse(r, r->line,
                          "a quote, backslash, $, ` or control character in a bare value; put it in single quotes");
    *out = pn_view_part(r->text, from, r->at);
    return 0;
}

// A byte inside quotes that may stand there: text, tab, line ends.
static int take_quoted_byte(struct reader *r) {
    int c = peek(r);
    if (c == '\n')
        r->line++;
    if (c < ' ' && c != '\n' && c != '\t' && !(c == '\r' && at_line_end(r)))
        return refuse(r, r->line, "a control character");
    if (c == 0x7f)
        return refuse(r, r->line, "a control character");
    r->at++;
    return c;
}

static int take_single(struct reader *r, struct pn_view *out) {
    unsigned start = r->line;
    size_t from = ++r->at;
    while (peek(r) != '\'') {
        if (peek(r) == -1)
            return refuse(r, start, "the single quote that opens here is not closed");
        if (take_quoted_byte(r) < 0)
            return -1;
    }
    *out = pn_view_part(r->text, from, r->at++);
    return 0;
}

static int take_escape(struct reader *r) {
    static const char from[] = "nrt\\\"$", to[] = "\n\r\t\\\"$";
    r->at++;
    const char *found = peek(r) > 0 ? strchr(from, peek(r)) : NULL;
    if (found == NULL)
        return refuse(r, r->line,
                      "a backslash that stands for nothing; inside double quotes there are \\n \\r \\t \\\\ \\\" \\$");
    r->at++;
    return (uint8_t)to[found - from];
}

static int take_double(struct reader *r, struct pn_view *out) {
    unsigned start = r->line;
    uint8_t *plain = r->out->plain.ptr + r->plain;
    size_t len = 0;
    r->at++;
    while (peek(r) != '"') {
        if (peek(r) == -1)
            return refuse(r, start, "the double quote that opens here is not closed");
        if (peek(r) == '$' || peek(r) == '`')
            return refuse(r, r->line, "a $ or ` that a shell would expand; use single quotes, or \\$");
        int c = peek(r) == '\\' ? take_escape(r) : take_quoted_byte(r);
        if (c < 0)
            return -1;
        plain[len++] = (uint8_t)c; // never more than was read
    }
    r->at++;
    r->plain += len;
    *out = pn_view(plain, len);
    return 0;
}

static int take_value(struct reader *r, struct pn_view *out) {
    if (peek(r) == '\'')
        return take_single(r, out);
    return peek(r) == '"' ? take_double(r, out) : take_bare(r, out);
}

static void skip_export(struct reader *r) {
    struct pn_view rest = pn_view_part(r->text, r->at, r->text.len);
    if (!pn_view_starts(rest, PN_VIEW("export ")) && !pn_view_starts(rest, PN_VIEW("export\t")))
        return;
    r->at += 7;
    skip_blanks(r);
}

static int take_pair(struct reader *r) {
    unsigned line = r->line;
    struct pn_vault_value value = {.kind = PN_VAULT_OPAQUE};
    skip_export(r);
    struct pn_view name = take_name(r);
    if (name.len == 0 || peek(r) != '=')
        return refuse(r, line, "not NAME=VALUE, with NAME of letters, digits and _ and nothing around the =");
    r->at++;
    if (take_value(r, &value.part[0]) != 0 || finish_line(r) != 0)
        return -1;
    if (!pn_utf8_valid(value.part[0]))
        return refuse(r, line, "the value is not UTF-8");
    return pn_import_add(r->out, name, line, &value, r->err);
}

static int take_line(struct reader *r) {
    skip_blanks(r);
    if (at_line_end(r)) {
        next_line(r);
        return 0;
    }
    if (peek(r) != '#')
        return take_pair(r);
    while (!at_line_end(r))
        r->at++;
    next_line(r);
    return 0;
}

int pn_import_env(struct pn_view text, struct pn_import *out, struct pn_err *err) {
    struct reader r = {.text = text, .line = 1, .out = out, .err = err};
    if (pn_import_begin(out, text, err) != 0)
        return -1;
    while (r.at < text.len)
        if (take_line(&r) != 0) {
            pn_import_fini(out);
            return -1;
        }
    return 0;
}
