// SPDX-License-Identifier: Apache-2.0
// What the reader and the writer of strings share: finding the next byte that needs thought, and strict UTF-8.
// Private to this folder.
#pragma once
#include "base/bytes.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline bool json_is_plain(uint8_t c) {
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#ifdef __SSE2__
// The first byte in [p, end) that is a quote, a backslash, a control character or not ASCII; `end` when there is none.
static inline const uint8_t *json_skip_plain(const uint8_t *p, const uint8_t *end) {
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(' ');
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        // The comparison is signed: it finds the control characters and everything from 0x80.
        __m128i stop = _mm_or_si128(_mm_cmplt_epi8(v, space),
                                    _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)));
        unsigned bits = (unsigned)_mm_movemask_epi8(stop);
        if (bits != 0)
            return p + __builtin_ctz(bits);
    }
    while (p < end && json_is_plain(*p))
        p++;
    return p;
}
#else
struct json_word {
    uint64_t v;
} __attribute__((packed, may_alias));

// True for the high bit of each byte of `w` that is zero (bytes above a hit may be marked too).
static inline uint64_t json_zero_bytes(uint64_t w) {
    return (w - UINT64_C(0x0101010101010101)) & ~w & UINT64_C(0x8080808080808080);
}

// The first byte in [p, end) that is a quote, a backslash, a control character or not ASCII; `end` when there is none.
static inline const uint8_t *json_skip_plain(const uint8_t *p, const uint8_t *end) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
    for (; end - p >= 8; p += 8) {
        uint64_t w = ((const struct json_word *)p)->v;
        uint64_t stop = w | (w - ones * 0x20) | json_zero_bytes(w ^ (ones * '"')) | json_zero_bytes(w ^ (ones * '\\'));
        if ((stop & high) != 0)
            break;
    }
    while (p < end && json_is_plain(*p))
        p++;
    return p;
}
#endif

static inline bool json_is_tail(uint8_t c) {
    return (c & 0xc0) == 0x80;
}

// Length of the UTF-8 sequence (RFC 3629, table 3-7 of Unicode) at p, which starts with a byte >= 0x80; 0 when invalid.
static inline unsigned json_utf8_len(const uint8_t *p, const uint8_t *end) {
    size_t left = (size_t)(end - p);
    if (p[0] < 0xc2 || p[0] > 0xf4 || left < 2)
        return 0;
    if (p[0] < 0xe0)
        return json_is_tail(p[1]) ? 2 : 0;
    if (left < 3 || !json_is_tail(p[1]) || !json_is_tail(p[2]))
        return 0;
    if (p[0] < 0xf0)
        return (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) ? 0 : 3;
    if (left < 4 || !json_is_tail(p[3]))
        return 0;
    return (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90) ? 0 : 4;
}

// Value of a hex digit, or 16.
static inline unsigned json_hex(uint8_t c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10u : 16;
}

// Four hex digits at p (at least four bytes are there); UINT32_MAX when they are not.
static inline uint32_t json_hex4(const uint8_t *p) {
    unsigned a = json_hex(p[0]), b = json_hex(p[1]), c = json_hex(p[2]), d = json_hex(p[3]);
    return (a | b | c | d) > 15 ? UINT32_MAX : a << 12 | b << 8 | c << 4 | d;
}
