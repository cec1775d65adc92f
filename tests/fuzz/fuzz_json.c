// SPDX-License-Identifier: Apache-2.0
// Hostile JSON: the reader, the checker and jansson must agree on what is JSON; what was read must read back.
#include "base/cleanup.h"
#include "base/text.h"
#include "json/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(cond)                                                      \
    do {                                                                \
        if (!(cond)) {                                                  \
            fprintf(stderr, "broken: %s (line %d)\n", #cond, __LINE__); \
            abort();                                                    \
        }                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What a writer makes of any bytes must be JSON whose value is valid UTF-8, and the bytes themselves when they were
// text.
static void check_writer(struct pn_view bytes) {
    pn_auto(pn_buf) struct pn_buf out = {0}, scratch = {0};
    pn_auto(pn_json) struct pn_json doc = {0};
    struct pn_view value;
    pn_json_put_str(&out, bytes);
    MUST(pn_json_parse(&doc, pn_buf_view(&out), NULL, NULL) == 0);
    MUST(pn_json_str(&doc, 0, &scratch, &value));
    MUST(pn_utf8_valid(value));
    if (pn_utf8_valid(bytes) && pn_view_find(bytes, 0, 0) == SIZE_MAX)
        MUST(pn_view_eq(value, bytes));
}

static void check_number(const struct pn_json *doc, uint32_t at) {
    pn_auto(pn_buf) struct pn_buf out = {0};
    pn_auto(pn_json) struct pn_json again = {0};
    uint64_t u;
    int64_t s;
    double d, e;
    bool is_u = pn_json_u64(doc, at, &u), is_s = pn_json_s64(doc, at, &s);
    if (is_u && is_s)
        MUST(s >= 0 && (uint64_t)s == u);
    if (!pn_json_f64(doc, at, &d))
        return;
    if (is_u)
        MUST(d == (double)u);
    if (is_s)
        MUST(d == (double)s);
    pn_json_put_f64(&out, d);
    MUST(pn_json_parse(&again, pn_buf_view(&out), NULL, NULL) == 0);
    MUST(pn_json_f64(&again, 0, &e) && d == e && signbit(d) == signbit(e));
}

static void check_node(const struct pn_json *doc, uint32_t at, struct pn_json *again) {
    const struct pn_json_node *node = &doc->nodes[at];
    MUST(node->start <= node->end && node->end <= doc->text.len && node->next > at && node->next <= doc->count);
    MUST(pn_json_parse(again, pn_json_raw(doc, at), NULL, NULL) == 0);
    MUST(again->count == node->next - at);
    if (node->type == PN_JSON_NUMBER)
        check_number(doc, at);
    pn_auto(pn_buf) struct pn_buf buf = {0};
    struct pn_view value;
    if (node->type == PN_JSON_STRING) {
        MUST(pn_json_str(doc, at, &buf, &value) && pn_utf8_valid(value));
        check_writer(value);
        pn_buf_reset(&buf);
    }
    pn_json_pointer(doc, at, &buf);
    MUST((at == 0) == (buf.len == 0));
}

static void check_tree(const struct pn_json *doc) {
    pn_auto(pn_json) struct pn_json again = {0};
    uint32_t most = doc->count < 200 ? doc->count : 200;
    for (uint32_t at = 0; at < most; at++) {
        check_node(doc, at, &again);
        uint32_t children = 0;
        for (uint32_t c = pn_json_first(doc, at); c != PN_JSON_NONE; c = pn_json_after(doc, at, c))
            children++;
        bool object = doc->nodes[at].type == PN_JSON_OBJECT;
        MUST(children == doc->nodes[at].size * (object ? 2 : 1));
    }
}

// jansson holds integers in 64 bits and reals in doubles, and refuses the rest; we keep the text.
static bool jansson_cannot_hold(const struct pn_json *doc) {
    for (uint32_t at = 0; at < doc->count; at++) {
        int64_t s;
        double d;
        if (doc->nodes[at].type != PN_JSON_NUMBER)
            continue;
        bool integer = true;
        struct pn_view text = pn_json_raw(doc, at);
        for (size_t i = 0; i < text.len; i++)
            integer = integer && text.ptr[i] != '.' && text.ptr[i] != 'e' && text.ptr[i] != 'E';
        if (integer ? !pn_json_s64(doc, at, &s) : !pn_json_f64(doc, at, &d))
            return true;
    }
    return false;
}

static void check_against_jansson(struct pn_view text, const struct pn_json *doc, const struct pn_err *err) {
    // It takes a NUL byte behind the value for the end of the text.
    if (pn_view_find(text, 0, 0) != SIZE_MAX)
        return;
    json_error_t theirs;
    json_t *value = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &theirs);
    if (value == NULL && doc != NULL)
        MUST(jansson_cannot_hold(doc));
    // Its nesting is bounded by 2048.
    if (value != NULL && doc == NULL)
        MUST(strstr(err->text, "nested deeper") != NULL);
    json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pn_view text = pn_view(data, size);
    pn_auto(pn_json) struct pn_json doc = {0};
    struct pn_err err = {0}, check_err = {0};
    int parsed = pn_json_parse(&doc, text, NULL, &err);
    int checked = pn_json_check(text, NULL, &check_err);
    MUST(parsed == checked);
    MUST(strcmp(err.text, check_err.text) == 0);
    if (parsed == 0)
        check_tree(&doc);
    check_against_jansson(text, parsed == 0 ? &doc : NULL, &err);
    check_writer(text);
    return 0;
}
