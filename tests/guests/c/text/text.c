// SPDX-License-Identifier: Apache-2.0
// Guest `text`: every value type of the component model, there and back. No libc, no import.
#include <stdlib.h>
#include <string.h>

#include "text_tools.h"

// Short names for what the generated header spells out.
#define TEXT(name) exports_test_guests_text_##name
#define GREET(name) exports_test_guests_greet_##name
#define string_t text_tools_string_t

// An argument belongs to the callee and a result to the caller: an echo hands the one over as the other.
#define ECHO_PLAIN(name, type)       \
    type TEXT(echo_##name)(type v) { \
        return v;                    \
    }
#define ECHO_MOVED(name, type)                     \
    void TEXT(echo_##name)(type * v, type * ret) { \
        *ret = *v;                                 \
    }

ECHO_PLAIN(bool, bool)
ECHO_PLAIN(s8, int8_t)
ECHO_PLAIN(u8, uint8_t)
ECHO_PLAIN(s16, int16_t)
ECHO_PLAIN(u16, uint16_t)
ECHO_PLAIN(s32, int32_t)
ECHO_PLAIN(u32, uint32_t)
ECHO_PLAIN(s64, int64_t)
ECHO_PLAIN(u64, uint64_t)
ECHO_PLAIN(f32, float)
ECHO_PLAIN(f64, double)
ECHO_PLAIN(char, uint32_t)
ECHO_PLAIN(enum, TEXT(colour_t))
ECHO_PLAIN(flags, TEXT(style_t))
ECHO_PLAIN(wide, TEXT(wide_t))
ECHO_MOVED(string, string_t)
ECHO_MOVED(bytes, text_tools_list_u8_t)
ECHO_MOVED(strings, text_tools_list_string_t)
ECHO_MOVED(floats, text_tools_list_f64_t)
ECHO_MOVED(longs, text_tools_list_s64_t)
ECHO_MOVED(chars, text_tools_list_char32_t)
ECHO_MOVED(grid, text_tools_list_list_u32_t)
ECHO_MOVED(record, TEXT(point_t))
ECHO_MOVED(tuple, text_tools_tuple3_string_s64_bool_t)
ECHO_MOVED(variant, TEXT(shape_t))
ECHO_MOVED(nodes, TEXT(list_node_t))
ECHO_MOVED(forest, TEXT(list_list_node_t))

bool TEXT(echo_option)(uint32_t *maybe, uint32_t *ret) {
    if (maybe)
        *ret = *maybe;
    return maybe != NULL;
}

bool TEXT(echo_option_option)(text_tools_option_string_t *maybe, text_tools_option_string_t *ret) {
    if (maybe)
        *ret = *maybe;
    return maybe != NULL;
}

void TEXT(echo_result)(TEXT(result_u32_string_t) * v, TEXT(tuple1_result_u32_string_t) * ret) {
    ret->f0 = *v;
}
void TEXT(echo_result_bare)(TEXT(result_void_void_t) * v, TEXT(tuple1_result_void_void_t) * ret) {
    ret->f0 = *v;
}
void TEXT(echo_result_ok)(TEXT(result_point_void_t) * v, TEXT(tuple1_result_point_void_t) * ret) {
    ret->f0 = *v;
}
void TEXT(echo_result_err)(TEXT(result_void_problem_t) * v, TEXT(tuple1_result_void_problem_t) * ret) {
    ret->f0 = *v;
}

void TEXT(nothing)(void) {
}
void TEXT(crash)(void) {
    __builtin_trap();
}

uint32_t TEXT(calls)(void) {
    static uint32_t count;
    return ++count;
}

// A growing text; allocation failure is a trap, as everywhere in these guests.
static void append(string_t *out, const void *bytes, size_t size) {
    uint8_t *bigger = realloc(out->ptr, out->len + size + 1);
    if (!bigger)
        abort();
    out->ptr = bigger;
    memcpy(out->ptr + out->len, bytes, size);
    out->len += size;
}

static void append_text(string_t *out, const char *text) {
    append(out, text, strlen(text));
}

static void append_number(string_t *out, bool negative, uint64_t value) {
    char digits[24];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    if (negative)
        digits[--at] = '-';
    append(out, digits + at, sizeof digits - at);
}

static void append_signed(string_t *out, int64_t value) {
    append_number(out, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void TEXT(many)(uint8_t a, uint16_t b, uint32_t c, uint64_t d, int8_t e, int16_t f, int32_t g, int64_t h, bool i,
                string_t *j, string_t *k, string_t *l, string_t *ret) {
    const uint64_t plain[] = {a, b, c, d};
    const int64_t with_sign[] = {e, f, g, h};
    string_t *texts[] = {j, k, l};
    *ret = (string_t){0};
    for (size_t n = 0; n < 4; n++) {
        append_number(ret, false, plain[n]);
        append_text(ret, ",");
    }
    for (size_t n = 0; n < 4; n++) {
        append_signed(ret, with_sign[n]);
        append_text(ret, ",");
    }
    append_text(ret, i ? "true" : "false");
    for (size_t n = 0; n < 3; n++) {
        append_text(ret, ",");
        append(ret, texts[n]->ptr, texts[n]->len);
        text_tools_string_free(texts[n]);
    }
}

void TEXT(extremes)(text_tools_tuple12_s8_s8_s16_s16_s32_s32_s64_s64_u8_u16_u32_u64_t *ret) {
    *ret = (text_tools_tuple12_s8_s8_s16_s16_s32_s32_s64_s64_u8_u16_u32_u64_t){
        INT8_MIN,  INT8_MAX,  INT16_MIN, INT16_MAX,  INT32_MIN,  INT32_MAX,
        INT64_MIN, INT64_MAX, UINT8_MAX, UINT16_MAX, UINT32_MAX, UINT64_MAX,
    };
}

void TEXT(odd_floats)(text_tools_list_f64_t *ret) {
    static const double odd[] = {__builtin_nan(""), __builtin_inf(), -__builtin_inf(), -0.0, 0x1p-1074};
    ret->ptr = malloc(sizeof odd);
    if (!ret->ptr)
        abort();
    memcpy(ret->ptr, odd, sizeof odd);
    ret->len = sizeof odd / sizeof odd[0];
}

void TEXT(odd_string)(string_t *ret) {
    static const char odd[] = "\"\\/\b\f\n\r\t\x00\x01\x1f\x7f"              // JSON escapes, NUL and other controls
                              "\xc2\x80\xe2\x80\xa8\xe2\x80\xae\xef\xbb\xbf" // C1, line separator, RTL override, BOM
                              "\xef\xbf\xbe\xef\xbf\xbf\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"; // noncharacters, astral, last
    *ret = (string_t){0};
    append(ret, odd, sizeof odd - 1);
}

static bool is_text(const string_t *text, const char *word) {
    return text->len == strlen(word) && memcmp(text->ptr, word, text->len) == 0;
}

bool TEXT(judge)(string_t *text, string_t *ret, TEXT(problem_t) * err) {
    if (text->len == 0) {
        err->tag = EXPORTS_TEST_GUESTS_TEXT_PROBLEM_EMPTY;
        return false;
    }
    if (is_text(text, "long")) {
        err->tag = EXPORTS_TEST_GUESTS_TEXT_PROBLEM_TOO_LONG;
        err->val.too_long = 4;
        return false;
    }
    if (is_text(text, "damn")) {
        err->tag = EXPORTS_TEST_GUESTS_TEXT_PROBLEM_BAD_WORD;
        err->val.bad_word = *text;
        return false;
    }
    *ret = *text;
    return true;
}

bool TEXT(check)(bool good) {
    return good;
}

void TEXT(repeat)(string_t *text, uint32_t times, string_t *ret) {
    uint64_t size = (uint64_t)text->len * times;
    *ret = (string_t){0};
    if (size > UINT32_MAX / 2)
        abort();
    if (size > 0) {
        ret->ptr = malloc((size_t)size);
        if (!ret->ptr)
            abort();
    }
    for (; ret->len < size; ret->len += text->len)
        memcpy(ret->ptr + ret->len, text->ptr, text->len);
    text_tools_string_free(text);
}

uint32_t TEXT(count)(string_t *text) {
    uint32_t count = 0;
    for (size_t n = 0; n < text->len; n++)
        count += (text->ptr[n] & 0xC0) != 0x80;
    text_tools_string_free(text);
    return count;
}

void GREET(greet)(string_t *name, string_t *ret) {
    *ret = (string_t){0};
    append_text(ret, "Hello, ");
    append(ret, name->ptr, name->len);
    append_text(ret, "!");
    text_tools_string_free(name);
}

int32_t GREET(add)(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

static void capitals(string_t *text) {
    for (size_t n = 0; n < text->len; n++)
        if (text->ptr[n] >= 'a' && text->ptr[n] <= 'z')
            text->ptr[n] = (uint8_t)(text->ptr[n] - 'a' + 'A');
}

static void append_tags(string_t *out, const text_tools_list_string_t *tags) {
    for (size_t n = 0; n < tags->len; n++) {
        append_text(out, n == 0 ? " [" : ", ");
        append(out, tags->ptr[n].ptr, tags->ptr[n].len);
    }
    if (tags->len > 0)
        append_text(out, "]");
}

bool GREET(describe)(GREET(person_t) * who, GREET(mood_t) how, string_t *ret, string_t *err) {
    bool named = who->name.len > 0;
    string_t out = {0};
    if (!named)
        append_text(&out, "no name");
    append(&out, who->name.ptr, who->name.len);
    if (named && who->age.is_some) {
        append_text(&out, " (");
        append_number(&out, false, who->age.val);
        append_text(&out, ")");
    }
    if (named)
        append_tags(&out, &who->tags);
    if (named && how == EXPORTS_TEST_GUESTS_GREET_MOOD_LOUD)
        capitals(&out);
    if (named && how == EXPORTS_TEST_GUESTS_GREET_MOOD_GLAD)
        append_text(&out, "!");
    GREET(person_free)(who);
    *(named ? ret : err) = out;
    return named;
}

void GREET(spin)(void) {
    for (volatile uint32_t turn = 0;; turn++) {
    }
}
