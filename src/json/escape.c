// SPDX-License-Identifier: Apache-2.0
#include "escape.h"

#include "scan.h"

static size_t put_utf8(uint8_t out[4], uint32_t c) {
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (uint8_t)(lead[n] | c);
    return n;
}

// The character behind "\u"; a high surrogate takes its low half with it. The reader has checked the form.
static size_t take_unicode(struct pn_view *rest, uint8_t out[4]) {
    if (rest->len < 6)
        return 0;
    uint32_t c = json_hex4(rest->ptr + 2);
    size_t used = 6;
    if (c >= 0xd800 && c < 0xdc00 && rest->len >= 12) {
        c = 0x10000 + ((c & 0x3ff) << 10) + (json_hex4(rest->ptr + 8) & 0x3ff);
        used = 12;
    }
    *rest = pn_view(rest->ptr + used, rest->len - used);
    return put_utf8(out, c);
}

static uint8_t short_escape(uint8_t c) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    for (size_t i = 0; from[i] != '\0'; i++)
        if (from[i] == (char)c)
            return (uint8_t)to[i];
    return c;
}

bool pn_json_piece_next(struct pn_view *rest, struct json_piece *out) {
    if (rest->len == 0)
        return false;
    const uint8_t *backslash = memchr(rest->ptr, '\\', rest->len);
    size_t plain = backslash == NULL ? rest->len : (size_t)(backslash - rest->ptr);
    if (plain > 0) {
        out->ptr = rest->ptr;
        out->len = plain;
        *rest = pn_view(rest->ptr + plain, rest->len - plain);
        return true;
    }
    out->ptr = out->made;
    if (rest->len < 2)
        return false;
    if (rest->ptr[1] == 'u') {
        out->len = take_unicode(rest, out->made);
        return out->len > 0;
    }
    out->made[0] = short_escape(rest->ptr[1]);
    out->len = 1;
    *rest = pn_view(rest->ptr + 2, rest->len - 2);
    return true;
}
