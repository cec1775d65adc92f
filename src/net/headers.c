// SPDX-License-Identifier: Apache-2.0
#include "net/headers.h"

static bool token_char(uint8_t c) {
    if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
        return true;
    return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

bool pn_token_valid(struct pn_view text) {
    for (size_t i = 0; i < text.len; i++) {
        if (!token_char(text.ptr[i]))
            return false;
    }
    return text.len > 0;
}

static bool is_blank(uint8_t c) {
    return c == ' ' || c == '\t';
}

bool pn_header_value_valid(struct pn_view text) {
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return text.len == 0 || (!is_blank(text.ptr[0]) && !is_blank(text.ptr[text.len - 1]));
}

bool pn_header_is_ours(struct pn_view name) {
    static const char *const ours[] = {
        "connection", "content-length",    "expect",  "host", "http2-settings", "keep-alive", "te",
        "trailer",    "transfer-encoding", "upgrade",
    };
    if (pn_view_eq_nocase(pn_view_part(name, 0, 6), PN_VIEW("proxy-")))
        return true;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (pn_view_eq_nocase(name, pn_view_str(ours[i])))
            return true;
    }
    return false;
}

void pn_headers_put(struct pn_buf *block, struct pn_view name, struct pn_view value) {
    pn_buf_put_u16(block, (uint16_t)name.len);
    pn_buf_add_view(block, name);
    pn_buf_put_u32(block, (uint32_t)value.len);
    pn_buf_add_view(block, value);
}

int pn_headers_next(struct pn_cursor *block, struct pn_header *out, struct pn_err *err) {
    if (block->rest.len == 0 && !block->bad)
        return 0;
    out->name = pn_cursor_bytes(block, pn_cursor_u16(block));
    out->value = pn_cursor_bytes(block, pn_cursor_u32(block));
    if (block->bad)
        return pn_fail(err, PN_E_PEER, "header block is cut short");
    if (!pn_token_valid(out->name))
        return pn_fail(err, PN_E_PEER, "header name is not a token");
    if (!pn_header_value_valid(out->value))
        return pn_fail(err, PN_E_PEER, "header value has a control character or outer white space");
    return 1;
}
