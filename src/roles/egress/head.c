// SPDX-License-Identifier: Apache-2.0
#include "roles/egress/head.h"

#include "base/text.h"
#include "net/headers.h"

enum { LINES_BYTES = 49152, TRAILER_BYTES = 32768 };

void pn_head_init(struct pn_head *h) {
    *h = (struct pn_head){.headers = {.max = PN_HEADERS_REPLY_BYTES}, .trailers = {.max = TRAILER_BYTES}};
}

void pn_head_fini(struct pn_head *h) {
    pn_buf_fini(&h->headers);
    pn_buf_fini(&h->trailers);
}

static int refuse(enum pn_http_error *code, enum pn_http_error which, struct pn_err *err, const char *why) {
    *code = which;
    return pn_fail(err, PN_E_PEER, "%s", why);
}

static struct pn_view without_line_end(struct pn_view line) {
    while (line.len > 0 && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    return line;
}

static struct pn_view trim(struct pn_view v) {
    while (v.len > 0 && (v.ptr[0] == ' ' || v.ptr[0] == '\t'))
        v = pn_view_part(v, 1, v.len);
    while (v.len > 0 && (v.ptr[v.len - 1] == ' ' || v.ptr[v.len - 1] == '\t'))
        v.len--;
    return v;
}

// "HTTP/1.1 200 OK": a new response begins, and what an interim one said is forgotten.
static int take_status(struct pn_head *h, struct pn_view line, enum pn_http_error *code, struct pn_err *err) {
    size_t space = pn_view_find(line, ' ', 0);
    struct pn_view digits = space == SIZE_MAX ? PN_VIEW("") : pn_view_part(line, space + 1, space + 4);
    uint64_t status;
    bool ends = space != SIZE_MAX && (line.len == space + 4 || (line.len > space + 4 && line.ptr[space + 4] == ' '));
    if (digits.len != 3 || !ends || !pn_u64_get(digits, &status) || status < 100)
        return refuse(code, PN_HTTP_PROTOCOL_ERROR, err, "the status line is malformed");
    h->status = (uint16_t)status;
    h->has_length = false;
    h->count = 0;
    pn_buf_reset(&h->headers);
    return 0;
}

static int take_length(struct pn_head *h, struct pn_view value, enum pn_http_error *code, struct pn_err *err) {
    uint64_t length;
    if (!pn_u64_get(value, &length) || (h->has_length && h->length != length))
        return refuse(code, PN_HTTP_PROTOCOL_ERROR, err, "Content-Length of the response is malformed");
    h->has_length = true;
    h->length = length;
    return 0;
}

static void put_lower(struct pn_buf *block, struct pn_view name, struct pn_view value) {
    size_t at = block->len + 2;
    pn_headers_put(block, name, value);
    for (size_t i = 0; !block->overflow && i < name.len; i++) {
        uint8_t *c = &block->ptr[at + i];
        *c = *c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c;
    }
}

static int take_field(struct pn_head *h, struct pn_view line, enum pn_http_error *code, struct pn_err *err) {
    size_t colon = pn_view_find(line, ':', 0);
    struct pn_view name = pn_view_part(line, 0, colon);
    struct pn_view value = colon == SIZE_MAX ? PN_VIEW("") : trim(pn_view_part(line, colon + 1, line.len));
    if (colon == SIZE_MAX || !pn_token_valid(name) || !pn_header_value_valid(value))
        return refuse(code, PN_HTTP_PROTOCOL_ERROR, err, "a header line of the response is malformed");
    bool is_length = pn_view_eq_nocase(name, PN_VIEW("content-length"));
    if (is_length && !h->complete && take_length(h, value, code, err) < 0)
        return -1;
    if (pn_header_is_ours(name) && !(is_length && !h->complete))
        return 0;
    if (++h->count > PN_HEADERS_MAX)
        return refuse(code, PN_HTTP_RESPONSE_HEADER_SECTION_SIZE, err, "the response has more than 100 header fields");
    struct pn_buf *block = h->complete ? &h->trailers : &h->headers;
    put_lower(block, name, value);
    if (block->overflow)
        return refuse(code, h->complete ? PN_HTTP_RESPONSE_TRAILER_SECTION_SIZE : PN_HTTP_RESPONSE_HEADER_SECTION_SIZE,
                      err, "the header fields of the response are larger than 48 KiB");
    return 0;
}

int pn_head_line(struct pn_head *h, struct pn_view line, enum pn_http_error *code, struct pn_err *err) {
    h->bytes += line.len;
    if (h->bytes > LINES_BYTES)
        return refuse(code, PN_HTTP_RESPONSE_HEADER_SECTION_SIZE, err,
                      "the head of the response is larger than 48 KiB");
    struct pn_view text = without_line_end(line);
    if (!h->complete && pn_view_starts(text, PN_VIEW("HTTP/")))
        return take_status(h, text, code, err);
    if (h->status == 0)
        return refuse(code, PN_HTTP_PROTOCOL_ERROR, err, "the response does not begin with a status line");
    if (text.len > 0)
        return take_field(h, text, code, err);
    if (h->status == 101)
        return refuse(code, PN_HTTP_PROTOCOL_ERROR, err, "the server switched protocols unasked");
    if (h->status >= 200 && !h->complete) {
        h->complete = true;
        h->count = 0;
    }
    return 0;
}
