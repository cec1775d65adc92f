// SPDX-License-Identifier: Apache-2.0
#include "json/json.h"

#include "base/cleanup.h"
#include "check.h"

#include <locale.h>
#include <math.h>

static int parse(struct pn_json *doc, const char *text, struct pn_err *err) {
    return pn_json_parse(doc, pn_view_str(text), NULL, err);
}

static void check_refused(const char *text, size_t len, const char *says) {
    pn_auto(pn_json) struct pn_json doc = {0};
    struct pn_err err = {0}, again = {0};
    int rc = pn_json_parse(&doc, pn_view(text, len), NULL, &err);
    if (rc == 0)
        printf("# accepted: %.*s\n", (int)len, text);
    CHECK(rc < 0);
    CHECK_INT(err.category, PN_E_INPUT);
    CHECK_ERR(err, says);
    CHECK_INT(doc.count, 0);
    CHECK(pn_json_check(pn_view(text, len), NULL, &again) < 0);
    CHECK_STR(again.text, err.text);
}

// --- misuse ---

static void misuse_refuses_what_is_not_json(void) {
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", "1:1: the text ends"},
        {" \n ", "2:2: the text ends"},
        {"{", "1:2: expected a key"},
        {"[1", "1:3: expected ',' or ']'"},
        {"[1,]", "1:4: expected a value"},
        {"[,1]", "1:2: expected a value"},
        {"{\"a\":1,}", "1:8: expected a key"},
        {"{\"a\" 1}", "1:6: expected ':'"},
        {"{a:1}", "1:2: expected a key"},
        {"{\"a\":1]", "1:7: expected ',' or '}'"},
        {"[1}", "1:3: expected ',' or ']'"},
        {"1 2", "1:3: text behind"},
        {"{}{}", "1:3: text behind"},
        {"tru", "expected a value"},
        {"nulls", "text behind"},
        {"NaN", "expected a value"},
        {"-Infinity", "1:2: expected a digit"},
        {"01", "1:1: a number must not begin with 0"},
        {"-01", "1:2: a number must not begin with 0"},
        {"+1", "expected a value"},
        {".5", "expected a value"},
        {"1.", "1:3: expected a digit behind the decimal point"},
        {"1e", "expected a digit in the exponent"},
        {"1e+", "expected a digit in the exponent"},
        {"0x10", "text behind"},
        {"\"a", "1:3: the text ends inside a string"},
        {"\"\\\"", "the text ends inside a string"},
        {"\"\\", "unknown escape"},
        {"\"\\x41\"", "1:2: unknown escape"},
        {"\"\\u12", "four hex digits"},
        {"\"\\u12g4\"", "1:4: expected four hex digits"},
        {"\"\\u0000\"", "\\u0000 is not allowed"},
        {"\"\\ud800\"", "1:2: half of a surrogate pair"},
        {"\"\\ud800\\u0041\"", "half of a surrogate pair"},
        {"\"\\ud800\\ud800\"", "half of a surrogate pair"},
        {"\"\\udc00\"", "half of a surrogate pair"},
        {"\"\\ud800\\n\"", "half of a surrogate pair"},
        {"\"a\tb\"", "1:3: control character"},
        {"[\n1,\n \"\n\"]", "3:3: control character"},
        {"'a'", "expected a value"},
        {"[1] // x", "text behind"},
        {"\xef\xbb\xbf{}", "1:1: expected a value"},
        {"\"\x80\"", "1:2: invalid UTF-8"},
        {"\"\xc0\xaf\"", "invalid UTF-8"},
        {"\"\xc3\"", "invalid UTF-8"},
        {"\"\xe0\x80\xaf\"", "invalid UTF-8"},
        {"\"\xed\xa0\x80\"", "invalid UTF-8"},
        {"\"\xf0\x80\x80\xaf\"", "invalid UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "invalid UTF-8"},
        {"\"\xf5\x80\x80\x80\"", "invalid UTF-8"},
        {"\"\xe2\x82\"", "invalid UTF-8"},
        {"\"\xc3\xa4\xc3\xa4\x01\"", "1:4: control character"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_refused(bad[i].text, strlen(bad[i].text), bad[i].says);
    check_refused("\"\0\"", 3, "control character");
    check_refused("[1]\0", 4, "text behind");
}

static void misuse_refuses_repeated_keys(void) {
    check_refused("{\"a\":1,\"a\":2}", 13, "1:8: this key occurs twice");
    static const char *const bad[] = {
        "{\"a\":1,\"\\u0061\":2}",
        "{\"\\u00e4\":1,\"\xc3\xa4\":2}",
        "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}",
        "{\"a/b\":1,\"a\\/b\":2}",
        "{\"\":1,\"\":2}",
        "{\"a\\nb\":1,\"a\\u000ab\":2}",
        "[{\"a\":{\"b\":1,\"c\":{},\"b\":2}}]",
        "{\"a\":{\"a\":1},\"b\":{\"a\":1},\"a\":[]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_refused(bad[i], strlen(bad[i]), "this key occurs twice");
}

// `count` keys; the one at `again` repeats the first, written with an escape when `escaped`.
static void many_keys(struct pn_buf *out, unsigned count, unsigned again, bool escaped) {
    pn_buf_reset(out);
    pn_buf_add_byte(out, '{');
    for (unsigned i = 0; i < count; i++) {
        unsigned name = i == again ? 0 : i;
        pn_buf_printf(out, "%s\"%s%u\":{\"k\":%u}", i == 0 ? "" : ",", i == again && escaped ? "\\u006b" : "k", name,
                      i);
    }
    pn_buf_add_byte(out, '}');
}

static void misuse_refuses_repeated_keys_among_many(void) {
    pn_auto(pn_buf) struct pn_buf text = {0};
    static const unsigned counts[] = {2, 15, 16, 17, 18, 33, 64, 5000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (int escaped = 0; escaped < 2; escaped++) {
            struct pn_err err = {0};
            many_keys(&text, counts[i], counts[i] - 1, escaped);
            CHECK(pn_json_check(pn_buf_view(&text), NULL, &err) < 0);
            CHECK_ERR(err, "occurs twice");
            many_keys(&text, counts[i], UINT32_MAX, false);
            CHECK(pn_json_check(pn_buf_view(&text), NULL, &err) == 0);
        }
}

static void misuse_stops_at_the_limits(void) {
    char deep[300];
    memset(deep, '[', 150);
    memset(deep + 150, ']', 150);
    pn_auto(pn_json) struct pn_json doc = {0};
    struct pn_err err = {0};
    CHECK(pn_json_parse(&doc, pn_view(deep + 86, 128), NULL, &err) == 0); // 64 levels
    CHECK(pn_json_parse(&doc, pn_view(deep + 85, 130), NULL, &err) < 0);
    CHECK_ERR(err, "1:65: nested deeper than 64");
    CHECK(pn_json_parse(&doc, pn_view(deep, 300), &(struct pn_json_limits){.depth = 150}, &err) == 0);
    CHECK(pn_json_parse(&doc, pn_view(deep, 300), &(struct pn_json_limits){.depth = 149}, &err) < 0);
    struct pn_json_limits four = {.nodes = 4};
    CHECK(pn_json_parse(&doc, PN_VIEW("[1,2,3]"), &four, &err) == 0);
    CHECK(pn_json_parse(&doc, PN_VIEW("[1,2,3,4]"), &four, &err) < 0);
    CHECK_ERR(err, "more values than 4");
    CHECK(pn_json_check(PN_VIEW("{\"a\":1,\"b\":2}"), &four, &err) < 0);
    CHECK(pn_json_parse(&doc, pn_view("", (size_t)2 << 30), NULL, &err) < 0);
}

static void misuse_navigation_stays_inside(void) {
    pn_auto(pn_json) struct pn_json doc = {0};
    pn_auto(pn_buf) struct pn_buf buf = {0};
    struct pn_err err = {0};
    struct pn_view v;
    uint64_t u;
    double d;
    bool b;
    CHECK(parse(&doc, "[\"x\",1]", &err) == 0);
    CHECK(pn_json_get(&doc, 0, "x") == PN_JSON_NONE);
    CHECK(pn_json_get(&doc, PN_JSON_NONE, "x") == PN_JSON_NONE);
    CHECK(pn_json_first(&doc, 1) == PN_JSON_NONE);
    CHECK(pn_json_first(&doc, 99) == PN_JSON_NONE);
    CHECK(pn_json_after(&doc, 0, 2) == PN_JSON_NONE);
    CHECK(pn_json_after(&doc, 1, 0) == PN_JSON_NONE);
    CHECK(pn_json_type(&doc, PN_JSON_NONE) == 0);
    CHECK(!pn_json_str(&doc, 2, &buf, &v) && !pn_json_str(&doc, PN_JSON_NONE, &buf, &v));
    CHECK(!pn_json_u64(&doc, 1, &u) && !pn_json_f64(&doc, 1, &d) && !pn_json_bool(&doc, 2, &b));
    CHECK_INT(pn_json_raw(&doc, 77).len, 0);
    pn_json_pointer(&doc, 77, &buf);
    CHECK_INT(buf.len, 0);
    CHECK(parse(&doc, "[", &err) < 0);
    CHECK(pn_json_type(&doc, 0) == 0);
}

static void misuse_of_the_writer_marks_the_buffer(void) {
    pn_auto(pn_buf) struct pn_buf out = {0};
    struct pn_json_w w;
    pn_json_w_init(&w, &out);
    pn_json_w_end(&w, ']');
    CHECK(out.overflow);
    pn_buf_reset(&out);
    pn_json_w_init(&w, &out);
    for (int i = 0; i < 65; i++)
        pn_json_w_array(&w);
    CHECK(out.overflow);
    pn_buf_reset(&out);
    pn_json_put_f64(&out, NAN);
    CHECK(out.overflow);
    pn_buf_reset(&out);
    pn_json_put_f32(&out, -INFINITY);
    CHECK(out.overflow);
}

// --- reading ---

static void reads_a_message(void) {
    pn_auto(pn_json) struct pn_json doc = {0};
    struct pn_err err = {0};
    CHECK(parse(&doc, " {\"id\" : 7, \"params\":{\"list\":[1,[],{\"a\":null}],\"t\":true},\"z\":\"q\" }\n", &err) == 0);
    CHECK_INT(doc.nodes[0].size, 3);
    uint32_t params = pn_json_get(&doc, 0, "params"), list = pn_json_get(&doc, params, "list");
    CHECK_INT(pn_json_type(&doc, params), PN_JSON_OBJECT);
    CHECK_INT(doc.nodes[list].size, 3);
    CHECK(pn_view_is(pn_json_raw(&doc, list), "[1,[],{\"a\":null}]"));
    CHECK(pn_view_is(pn_json_raw(&doc, pn_json_get(&doc, 0, "z")), "\"q\""));
    uint32_t one = pn_json_first(&doc, list), empty = pn_json_after(&doc, list, one),
             last = pn_json_after(&doc, list, empty);
    CHECK(pn_view_is(pn_json_raw(&doc, empty), "[]"));
    CHECK(pn_json_first(&doc, empty) == PN_JSON_NONE);
    CHECK(pn_json_after(&doc, list, last) == PN_JSON_NONE);
    CHECK_INT(pn_json_type(&doc, pn_json_get(&doc, last, "a")), PN_JSON_NULL);
    CHECK(pn_json_get(&doc, 0, "a") == PN_JSON_NONE); // not a child of the root
    bool t = false;
    CHECK(pn_json_bool(&doc, pn_json_get(&doc, params, "t"), &t) && t);
    uint32_t key = pn_json_first(&doc, 0);
    CHECK(pn_json_str_is(&doc, key, "id"));
    CHECK_STR(pn_json_type_name(pn_json_type(&doc, pn_json_after(&doc, 0, key))), "number");
    // The memory is reused.
    CHECK(parse(&doc, "1", &err) == 0);
    CHECK_INT(doc.count, 1);
    CHECK_STR(pn_json_type_name(pn_json_type(&doc, 0)), "number");
}

static void reads_strings(void) {
    static const struct {
        const char *text, *value;
    } good[] = {
        {"\"\"", ""},
        {"\"plain text of more than sixteen bytes\"", "plain text of more than sixteen bytes"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"a\\u0041\\u00e4\\u20AC\\ud83d\\uDE00z\"", "aA\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z"},
        {"\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf\"", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf"},
        {"\"0123456789abcde\\n\"", "0123456789abcde\n"},
        {"\"\x7f\"", "\x7f"},
    };
    pn_auto(pn_json) struct pn_json doc = {0};
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct pn_err err = {0};
        struct pn_view v = {0};
        CHECK(parse(&doc, good[i].text, &err) == 0);
        CHECK(pn_json_str(&doc, 0, &scratch, &v));
        CHECK(pn_view_is(v, good[i].value));
        CHECK(pn_json_str_is(&doc, 0, good[i].value));
        CHECK(!pn_json_str_is(&doc, 0, "other"));
        CHECK_INT(doc.nodes[0].escaped, strchr(good[i].text, '\\') != NULL);
    }
}

// A special byte at each distance from the start, so that each path of the fast scan is taken.
static void finds_special_bytes_at_each_offset(void) {
    char text[80];
    for (size_t len = 0; len < 60; len++) {
        memset(text, 'x', sizeof text);
        text[0] = '"';
        text[len + 1] = '"';
        struct pn_err err = {0};
        CHECK(pn_json_check(pn_view(text, len + 2), NULL, &err) == 0);
        for (size_t at = 1; at <= len; at++) {
            static const char special[] = {'"', '\\', 0x01, 0x1f, 0x00, (char)0x80, (char)0xff};
            for (size_t i = 0; i < sizeof special; i++) {
                text[at] = special[i];
                CHECK(pn_json_check(pn_view(text, len + 2), NULL, &err) < 0);
            }
            text[at] = 'x';
        }
    }
}

static void reads_integers_exactly(void) {
    static const struct {
        const char *text;
        bool is_u64, is_s64;
        uint64_t u64;
        int64_t s64;
    } numbers[] = {
        {"0", true, true, 0, 0},
        {"-0", true, true, 0, 0},
        {"1.0", true, true, 1, 1},
        {"1e0", true, true, 1, 1},
        {"1.50e1", true, true, 15, 15},
        {"1500e-2", true, true, 15, 15},
        {"0e999999999999999999999999", true, true, 0, 0},
        {"0.000e-99999999999999999999", true, true, 0, 0},
        {"1.5", false, false, 0, 0},
        {"15e-1", false, false, 0, 0},
        {"-1", false, true, 0, -1},
        {"9007199254740993", true, true, 9007199254740993, 9007199254740993},
        {"9223372036854775807", true, true, INT64_MAX, INT64_MAX},
        {"9223372036854775808", true, false, UINT64_C(9223372036854775808), 0},
        {"-9223372036854775808", false, true, 0, INT64_MIN},
        {"-9223372036854775809", false, false, 0, 0},
        {"18446744073709551615", true, false, UINT64_MAX, 0},
        {"1844674407370955161.5e1", true, false, UINT64_MAX, 0},
        {"18446744073709551616", false, false, 0, 0},
        {"1e19", true, false, UINT64_C(10000000000000000000), 0},
        {"1e20", false, false, 0, 0},
        {"1e99999999999999999999", false, false, 0, 0},
        {"1000000000000000000000000000000e-30", true, true, 1, 1},
    };
    pn_auto(pn_json) struct pn_json doc = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct pn_err err = {0};
        uint64_t u = 0;
        int64_t s = 0;
        CHECK(parse(&doc, numbers[i].text, &err) == 0);
        CHECK(pn_json_u64(&doc, 0, &u) == numbers[i].is_u64);
        CHECK(pn_json_s64(&doc, 0, &s) == numbers[i].is_s64);
        CHECK(u == numbers[i].u64);
        CHECK_INT(s, numbers[i].s64);
        CHECK(pn_view_is(pn_json_raw(&doc, 0), numbers[i].text));
    }
}

static void reads_fractions(void) {
    pn_auto(pn_json) struct pn_json doc = {0};
    struct pn_err err = {0};
    double d = 0;
    CHECK(parse(&doc, "[0.1,-2.5e-3,1e400,5e-324,1e-400,-0.0]", &err) == 0);
    CHECK(pn_json_f64(&doc, 1, &d) && d == 0.1);
    CHECK(pn_json_f64(&doc, 2, &d) && d == -2.5e-3);
    CHECK(!pn_json_f64(&doc, 3, &d));
    CHECK(pn_json_f64(&doc, 4, &d) && d == 5e-324);
    CHECK(pn_json_f64(&doc, 5, &d) && d == 0);
    CHECK(pn_json_f64(&doc, 6, &d) && d == 0 && signbit(d));
    pn_auto(pn_buf) struct pn_buf text = {0};
    pn_buf_add_str(&text, "0.1");
    for (int i = 0; i < 1000; i++)
        pn_buf_add_byte(&text, '0');
    CHECK(pn_json_parse(&doc, pn_buf_view(&text), NULL, &err) == 0);
    CHECK(pn_json_f64(&doc, 0, &d) && d == 0.1);
}

static void points_to_nodes(void) {
    pn_auto(pn_json) struct pn_json doc = {0};
    pn_auto(pn_buf) struct pn_buf out = {0};
    struct pn_err err = {0};
    CHECK(parse(&doc, "{\"items\":[1,2,{\"a/b~\":[]}],\"\\u0071\":{\"\":3}}", &err) == 0);
    static const struct {
        const char *raw, *pointer;
    } want[] = {{"1", "/items/0"}, {"2", "/items/1"}, {"[]", "/items/2/a~1b~0"}, {"3", "/q/"}, {"{\"\":3}", "/q"}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        uint32_t at = 0;
        while (at < doc.count && !pn_view_is(pn_json_raw(&doc, at), want[i].raw))
            at++;
        pn_buf_reset(&out);
        pn_json_pointer(&doc, at, &out);
        CHECK_STR(pn_buf_cstr(&out), want[i].pointer);
    }
    pn_buf_reset(&out);
    pn_json_pointer(&doc, 0, &out);
    CHECK_STR(pn_buf_cstr(&out), "");
    pn_json_pointer(&doc, 1, &out); // a key stands for its value
    CHECK_STR(pn_buf_cstr(&out), "/items");
}

// --- writing ---

static void writes_strings(void) {
    static const struct {
        const char *value;
        size_t len;
        const char *text;
    } cases[] = {
        {"", 0, "\"\""},
        {"a\"b\\c/\b\f\n\r\t\x01\x1f\x7f", 14, "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
        {"\xc3\xa4\xf0\x9f\x98\x80", 6, "\"\xc3\xa4\xf0\x9f\x98\x80\""},
        {"a\xff\xc3", 3, "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"a\0b", 3,
         "\"a\xef\xbf\xbd"
         "b\""},
    };
    pn_auto(pn_buf) struct pn_buf out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pn_buf_reset(&out);
        pn_json_put_str(&out, pn_view(cases[i].value, cases[i].len));
        CHECK_STR(pn_buf_cstr(&out), cases[i].text);
    }
}

static void writes_numbers(void) {
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {1.0, "1"},
        {-3.0, "-3"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e21, "1e21"},
        {1e20, "100000000000000000000"},
        {123456789.125, "123456789.125"},
        {1e-6, "0.000001"},
        {1.5e-7, "1.5e-7"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
        {9007199254740993e3, "9007199254740993000"},
        {-2.2250738585072014e-308, "-2.2250738585072014e-308"},
    };
    pn_auto(pn_buf) struct pn_buf out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pn_buf_reset(&out);
        pn_json_put_f64(&out, cases[i].v);
        CHECK_STR(pn_buf_cstr(&out), cases[i].text);
    }
    pn_buf_reset(&out);
    pn_json_put_f32(&out, 0.1f);
    pn_buf_add_byte(&out, ' ');
    pn_json_put_f32(&out, 3.4028235e38f);
    pn_buf_add_byte(&out, ' ');
    pn_json_put_f32(&out, 1e-45f);
    pn_buf_add_byte(&out, ' ');
    pn_json_put_f32(&out, 16777216.0f);
    pn_buf_add_byte(&out, ' ');
    pn_json_put_s64(&out, INT64_MIN);
    CHECK_STR(pn_buf_cstr(&out), "0.1 3.4028235e38 1e-45 16777216 -9223372036854775808");
}

// Random bit patterns, in whatever locale the machine has with a decimal comma.
static void numbers_read_back(void) {
    (void)(setlocale(LC_ALL, "de_DE.UTF-8") != NULL || setlocale(LC_ALL, "fr_FR.UTF-8") != NULL);
    pn_auto(pn_json) struct pn_json doc = {0};
    pn_auto(pn_buf) struct pn_buf out = {0};
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        union {
            uint64_t bits;
            double f64;
            float f32;
        } in = {.bits = state};
        struct pn_err err = {0};
        double got = 0;
        pn_buf_reset(&out);
        if (isfinite(in.f64)) {
            pn_json_put_f64(&out, in.f64);
            CHECK(pn_json_parse(&doc, pn_buf_view(&out), NULL, &err) == 0 && pn_json_f64(&doc, 0, &got) &&
                  got == in.f64);
        }
        pn_buf_reset(&out);
        if (isfinite(in.f32)) {
            pn_json_put_f32(&out, in.f32);
            CHECK(pn_json_parse(&doc, pn_buf_view(&out), NULL, &err) == 0 && pn_json_f64(&doc, 0, &got) &&
                  (float)got == in.f32);
        }
    }
    (void)setlocale(LC_ALL, "C");
}

static void writes_documents(void) {
    pn_auto(pn_buf) struct pn_buf out = {0};
    struct pn_json_w w;
    pn_json_w_init(&w, &out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "a");
    pn_json_w_array(&w);
    pn_json_w_u64(&w, UINT64_MAX);
    pn_json_w_s64(&w, -1);
    pn_json_w_array(&w);
    pn_json_w_end(&w, ']');
    pn_json_w_object(&w);
    pn_json_w_end(&w, '}');
    pn_json_w_end(&w, ']');
    pn_json_w_key_view(&w, PN_VIEW("b\n"));
    pn_json_w_bool(&w, true);
    pn_json_w_key(&w, "c");
    pn_json_w_null(&w);
    pn_json_w_key(&w, "d");
    pn_json_w_cstr(&w, "x");
    pn_json_w_key(&w, "e");
    pn_json_w_raw(&w, PN_VIEW("[1]"));
    pn_json_w_end(&w, '}');
    CHECK_STR(pn_buf_cstr(&out),
              "{\"a\":[18446744073709551615,-1,[],{}],\"b\\n\":true,\"c\":null,\"d\":\"x\",\"e\":[1]}");
    pn_buf_reset(&out);
    pn_json_w_init(&w, &out);
    for (int i = 0; i < 64; i++)
        pn_json_w_array(&w);
    for (int i = 0; i < 64; i++)
        pn_json_w_end(&w, ']');
    CHECK(!out.overflow);
    CHECK_INT(out.len, 128);
    struct pn_err err = {0};
    CHECK(pn_json_check(pn_buf_view(&out), NULL, &err) == 0);
}

PN_TESTS(TEST(misuse_refuses_what_is_not_json), TEST(misuse_refuses_repeated_keys),
         TEST(misuse_refuses_repeated_keys_among_many), TEST(misuse_stops_at_the_limits),
         TEST(misuse_navigation_stays_inside), TEST(misuse_of_the_writer_marks_the_buffer), TEST(reads_a_message),
         TEST(reads_strings), TEST(finds_special_bytes_at_each_offset), TEST(reads_integers_exactly),
         TEST(reads_fractions), TEST(points_to_nodes), TEST(writes_strings), TEST(writes_numbers),
         TEST(numbers_read_back), TEST(writes_documents))
