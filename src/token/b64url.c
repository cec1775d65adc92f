// SPDX-License-Identifier: Apache-2.0
#include "token/b64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void pn_b64url_put(struct pn_buf *out, struct pn_view bytes) {
    uint8_t *to = pn_buf_room(out, pn_b64url_len(bytes.len));
    if (to == NULL)
        return;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | bytes.ptr[i];
        for (have += 8; have >= 6; have -= 6)
            *to++ = (uint8_t)alphabet[bits >> (have - 6) & 63];
    }
    if (have > 0)
        *to = (uint8_t)alphabet[bits << (6 - have) & 63];
    out->len += pn_b64url_len(bytes.len);
}

// Value + 1 of each character of the alphabet; 0 elsewhere.
static const uint8_t values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64};

// Bytes that `chars` characters hold.
static size_t decoded_len(size_t chars) {
    return chars / 4 * 3 + (chars % 4 == 0 ? 0 : chars % 4 - 1);
}

static bool decode(struct pn_view text, uint8_t *to) {
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned value = values[text.ptr[i]];
        if (value == 0)
            return false;
        bits = bits << 6 | (value - 1);
        have += 6;
        if (have >= 8) {
            have -= 8;
            *to++ = (uint8_t)(bits >> have);
        }
    }
    return (bits & ((1u << have) - 1)) == 0;
}

bool pn_b64url_get(struct pn_view text, struct pn_buf *out) {
    size_t len = decoded_len(text.len);
    uint8_t *to = pn_buf_room(out, len);
    if (to == NULL || text.len % 4 == 1 || !decode(text, to))
        return false;
    out->len += len;
    return true;
}

bool pn_b64url_fixed(struct pn_view text, uint8_t *out, size_t len) {
    return text.len == pn_b64url_len(len) && decode(text, out);
}
