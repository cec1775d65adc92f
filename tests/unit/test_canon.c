// SPDX-License-Identifier: Apache-2.0
// RFC 8785: its own examples, its table of numbers (appendix B), and the spellings an attacker would try.
#include "token/canon.h"

#include <locale.h>

#include "base/cleanup.h"
#include "check.h"

static void check_canon(const char *text, const char *want) {
    pn_auto(pn_buf) struct pn_buf out = {0}, again = {0};
    struct pn_err err = {0};
    CHECK_INT(pn_canon_text(pn_view_str(text), &out, &err), 0);
    CHECK_STR(pn_buf_cstr(&out), want);
    CHECK_INT(pn_canon_text(pn_buf_view(&out), &again, &err), 0);
    CHECK_STR(pn_buf_cstr(&again), want);
}

static bool same_digest(const char *a, const char *b) {
    struct pn_digest left, right;
    CHECK(pn_canon_digest(pn_view_str(a), &left, NULL) == 0);
    CHECK(pn_canon_digest(pn_view_str(b), &right, NULL) == 0);
    return pn_digest_eq(&left, &right);
}

// --- misuse ---

static void misuse_refuses_what_has_no_canonical_text(void) {
    static const char *const bad[] = {"",
                                      "{",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":1,\"\\u0061\":2}",
                                      "\"\\ud83d\"",
                                      "\"\\udead\"",
                                      "\"\\u0000\"",
                                      "[1e400]",
                                      "[-1e400]",
                                      "[1] [2]",
                                      "\"\xff\"",
                                      "01",
                                      "[NaN]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct pn_digest d;
        struct pn_err err = {0};
        if (pn_canon_digest(pn_view_str(bad[i]), &d, &err) == 0)
            printf("# accepted: %s\n", bad[i]);
        CHECK_INT(err.category, PN_E_INPUT);
    }
}

static void a_full_buffer_fails(void) {
    pn_auto(pn_buf) struct pn_buf out = {.max = 4};
    struct pn_err err = {0};
    CHECK(pn_canon_text(PN_VIEW("[1,2,3]"), &out, &err) < 0);
    CHECK_INT(err.category, PN_E_LIMIT);
}

static void not_finite_is_no_text(void) {
    pn_auto(pn_buf) struct pn_buf out = {0};
    pn_canon_put_f64(&out, __builtin_inf());
    CHECK(out.overflow);
}

// --- the RFC's examples ---

static void rfc8785_3_2_2(void) {
    check_canon("{\n  \"numbers\": [333333333.33333329, 1E30, 4.50,\n  2e-3, 0.000000000000000000000000001],\n"
                "  \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
                "  \"literals\": [null, true, false]\n}",
                "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

static void rfc8785_3_2_3_order_of_keys(void) {
    check_canon(
        "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\","
        "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
        "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
        "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
        "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

static void rfc8785_appendix_b(void) {
    static const struct {
        uint64_t bits;
        const char *text;
    } rows[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "0"},
        {0x0000000000000001, "5e-324"},
        {0x8000000000000001, "-5e-324"},
        {0x7fefffffffffffff, "1.7976931348623157e+308"},
        {0xffefffffffffffff, "-1.7976931348623157e+308"},
        {0x4340000000000000, "9007199254740992"},
        {0xc340000000000000, "-9007199254740992"},
        {0x4430000000000000, "295147905179352830000"},
        {0x44b52d02c7e14af5, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6, "1e+23"},
        {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4e, "999999999999999700000"},
        {0x444b1ae4d6e2ef4f, "999999999999999900000"},
        {0x444b1ae4d6e2ef50, "1e+21"},
        {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8d, "0.000001"},
        {0x41b3de4355555553, "333333333.3333332"},
        {0x41b3de4355555554, "333333333.33333325"},
        {0x41b3de4355555555, "333333333.3333333"},
        {0x41b3de4355555556, "333333333.3333334"},
        {0x41b3de4355555557, "333333333.33333343"},
        {0xbecbf647612f3696, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959, "1424953923781206.2"},
        // Powers of two, whose nearest text of 16 digits does not read back; the one above it does.
        {0x3d30000000000000, "5.684341886080802e-14"},
        {0x0010000000000000, "2.2250738585072014e-308"},
        {0x000fffffffffffff, "2.225073858507201e-308"},
        {0x3ff0000000000000, "1"},
        {0x3fb999999999999a, "0.1"},
        {0x3fd3333333333334, "0.30000000000000004"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pn_auto(pn_buf) struct pn_buf out = {0};
        double v;
        pn_copy(&v, &rows[i].bits, sizeof v);
        pn_canon_put_f64(&out, v);
        CHECK_STR(pn_buf_cstr(&out), rows[i].text);
    }
}

// --- one value, many spellings ---

static void spelling_does_not_matter(void) {
    CHECK(same_digest("{\"a\":1,\"b\":[2,3]}", " { \"\\u0062\" : [2.0, 30e-1] ,\n\"a\":1e0 } "));
    CHECK(same_digest("-0", "0"));
    CHECK(same_digest("-0.0e5", "0"));
    CHECK(same_digest("\"\\/\\u00e9\"", "\"/\xc3\xa9\""));
    CHECK(same_digest("100", "1e2"));
    CHECK(same_digest("{\"a\":{\"y\":1,\"x\":{\"n\":[],\"m\":{}}}}", "{\"a\":{\"x\":{\"m\":{},\"n\":[]},\"y\":1}}"));
}

static void values_do(void) {
    CHECK(!same_digest("{\"a\":1}", "{\"a\":\"1\"}"));
    CHECK(!same_digest("[1,2]", "[2,1]"));
    CHECK(!same_digest("null", "\"null\""));
    CHECK(!same_digest("[[1],2]", "[1,[2]]"));
    CHECK(!same_digest("{\"a\":null}", "{}"));
    CHECK(!same_digest("\"\xc3\xa9\"", "\"e\xcc\x81\"")); // no Unicode normalisation (RFC 8785 section 3.1)
}

// The deviation that canon.h explains.
static void large_integers_stay_exact(void) {
    CHECK(!same_digest("9007199254740992", "9007199254740993"));
    CHECK(!same_digest("18446744073709551615", "18446744073709551614"));
    CHECK(!same_digest("-9223372036854775808", "-9223372036854775807"));
    check_canon("[9007199254740993,18446744073709551615,-9223372036854775808]",
                "[9007199254740993,18446744073709551615,-9223372036854775808]");
    check_canon("1152921504606846976.0", "1152921504606846976");
    check_canon("18446744073709551616", "18446744073709552000");
    check_canon("[-1.50,1e21,1e-7,123456789012345,1234567890123456,-12]",
                "[-1.5,1e+21,1e-7,123456789012345,1234567890123456,-12]");
}

static void escapes_are_the_fewest(void) {
    check_canon("\"\\b\\t\\n\\f\\r\\u0001\\u001F\\u007f\\u2028<>&\"",
                "\"\\b\\t\\n\\f\\r\\u0001\\u001f\x7f\xe2\x80\xa8<>&\"");
    check_canon("{\"\\n\":1,\"\\u0001\":{\"\\\"\":[\"\\t\"]}}", "{\"\\u0001\":{\"\\\"\":[\"\\t\"]},\"\\n\":1}");
}

static void a_prefix_comes_first(void) {
    check_canon("{\"ab\":1,\"a\":2,\"\":3,\"a\\ud83d\\ude00\":4,\"a\\ue000\":5}",
                "{\"\":3,\"a\":2,\"ab\":1,\"a\xf0\x9f\x98\x80\":4,\"a\xee\x80\x80\":5}");
}

static void the_locale_does_not_matter(void) {
    (void)setlocale(LC_ALL, "de_DE.UTF-8");
    check_canon("[1.5,0.001]", "[1.5,0.001]");
    (void)setlocale(LC_ALL, "C");
}

PN_TESTS(TEST(misuse_refuses_what_has_no_canonical_text), TEST(a_full_buffer_fails), TEST(not_finite_is_no_text),
         TEST(rfc8785_3_2_2), TEST(rfc8785_3_2_3_order_of_keys), TEST(rfc8785_appendix_b),
         TEST(spelling_does_not_matter), TEST(values_do), TEST(large_integers_stay_exact), TEST(escapes_are_the_fewest),
         TEST(a_prefix_comes_first), TEST(the_locale_does_not_matter))
