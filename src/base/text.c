// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

size_t pn_utf8_next(struct pn_view text, uint32_t *scalar) {
    if (text.len == 0)
        return 0;
    const uint8_t *p = text.ptr;
    if (p[0] < 0x80) {
        *scalar = p[0];
        return 1;
    }
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || text.len < n)
        return 0;
    uint32_t c = p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *scalar = c;
    return n;
}

bool pn_utf8_valid(struct pn_view text) {
    size_t i = 0;
    while (i < text.len) {
        // Eight ASCII bytes at a time: most text is ASCII.
        uint64_t word;
        if (text.len - i >= sizeof word) {
            memcpy(&word, text.ptr + i, sizeof word);
            if ((word & 0x8080808080808080u) == 0) {
                i += sizeof word;
                continue;
            }
        }
        uint32_t c;
        size_t n = pn_utf8_next(pn_view(text.ptr + i, text.len - i), &c);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

void pn_utf8_put(struct pn_buf *out, uint32_t c) {
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        c = 0xfffd;
    if (c < 0x80) {
        pn_buf_add_byte(out, (uint8_t)c);
        return;
    }
    uint8_t b[4];
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        b[i] = (uint8_t)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    b[0] = (uint8_t)(lead[n] | c);
    pn_buf_add(out, b, n);
}

struct pn_view pn_utf8_cut(struct pn_view text, size_t most) {
    if (text.len <= most)
        return text;
    size_t n = most;
    while (n > 0 && (text.ptr[n] & 0xc0) == 0x80)
        n--;
    return pn_view(text.ptr, n);
}

bool pn_char_is_hidden(uint32_t c) {
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
        {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f}, {0x3164, 0x3164}, {0xd800, 0xdfff},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
        {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

void pn_hex_put(struct pn_buf *out, struct pn_view bytes) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        pn_buf_add_byte(out, (uint8_t)digits[bytes.ptr[i] >> 4]);
        pn_buf_add_byte(out, (uint8_t)digits[bytes.ptr[i] & 15]);
    }
}

static int hex_digit(uint8_t c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool pn_hex_get(struct pn_view text, uint8_t *out, size_t len) {
    if (text.len != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int hi = hex_digit(text.ptr[2 * i]);
        int lo = hex_digit(text.ptr[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void pn_base64_put(struct pn_buf *out, struct pn_view in) {
    size_t size = (in.len + 2) / 3 * 4;
    uint8_t *to = pn_buf_room(out, size);
    if (to == NULL)
        return;
    for (size_t i = 0; i < in.len; i += 3) {
        size_t n = in.len - i < 3 ? in.len - i : 3;
        uint32_t w = (uint32_t)in.ptr[i] << 16;
        if (n > 1)
            w |= (uint32_t)in.ptr[i + 1] << 8;
        if (n > 2)
            w |= in.ptr[i + 2];
        *to++ = (uint8_t)base64_digits[w >> 18];
        *to++ = (uint8_t)base64_digits[w >> 12 & 63];
        *to++ = n > 1 ? (uint8_t)base64_digits[w >> 6 & 63] : '=';
        *to++ = n > 2 ? (uint8_t)base64_digits[w & 63] : '=';
    }
    out->len += size;
}

static int base64_digit(uint8_t c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool pn_base64_get(struct pn_view text, struct pn_buf *out) {
    if (text.len % 4 != 0)
        return false;
    for (size_t i = 0; i < text.len; i += 4) {
        bool last = i + 4 == text.len;
        size_t pad = 0;
        if (last && text.ptr[i + 3] == '=')
            pad = text.ptr[i + 2] == '=' ? 2 : 1;
        uint32_t w = 0;
        for (size_t k = 0; k < 4; k++) {
            int d = k >= 4 - pad ? 0 : base64_digit(text.ptr[i + k]);
            if (d < 0)
                return false;
            w = w << 6 | (uint32_t)d;
        }
        if ((pad == 1 && (w & 0xff) != 0) || (pad == 2 && (w & 0xffff) != 0))
            return false;
        uint8_t bytes[3] = {(uint8_t)(w >> 16), (uint8_t)(w >> 8), (uint8_t)w};
        pn_buf_add(out, bytes, 3 - pad);
    }
    return !out->overflow;
}

bool pn_u64_get(struct pn_view text, uint64_t *out) {
    if (text.len == 0 || text.len > 20 || (text.len > 1 && text.ptr[0] == '0'))
        return false;
    uint64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c < '0' || c > '9' || n > UINT64_MAX / 10)
            return false;
        uint64_t next = n * 10 + (uint64_t)(c - '0');
        if (next < n * 10)
            return false;
        n = next;
    }
    *out = n;
    return true;
}
