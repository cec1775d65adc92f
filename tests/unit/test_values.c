// SPDX-License-Identifier: Apache-2.0
#include "wat.h"

#include "base/text.h"
#include "check.h"

// Every value type, as the element of a list that a real guest hands back.
static const char guest[] = WAT_ECHO
    "(type $item' (record (field \"name\" string) (field \"price\" f64) (field \"note\" (option string))))"
    "(export $item \"t-item\" (type $item'))"
    "(type $shape' (variant (case \"circle\" f64) (case \"box\" $item) (case \"none\")))"
    "(export $shape \"t-shape\" (type $shape'))"
    "(type $color' (enum \"red\" \"green\" \"blue\"))(export $color \"t-color\" (type $color'))"
    "(type $many' (enum \"a\" \"b\" \"c\" \"d\" \"e\" \"f\" \"g\" \"h\" \"i\" \"j\" \"k\" \"l\"))"
    "(export $many \"t-many\" (type $many'))"
    "(type $perms' (flags \"read\" \"write\" \"run\"))(export $perms \"t-perms\" (type $perms'))"
    "(type $order' (record (field \"id\" u64) (field \"lines\" (list (tuple $shape (list $item))))"
    "  (field \"state\" (result $color (error string))) (field \"may\" $perms)))"
    "(export $order \"t-order\" (type $order'))" WAT_LIST("bool", "bool") WAT_LIST("s8", "s8") WAT_LIST(
        "s16", "s16") WAT_LIST("s32", "s32") WAT_LIST("s64", "s64") WAT_LIST("u16", "u16") WAT_LIST("u32", "u32")
        WAT_LIST("u64", "u64") WAT_LIST("f32", "float32") WAT_LIST("f64", "float64") WAT_LIST("char", "char") WAT_LIST(
            "string", "string") WAT_LIST("list", "(list u32)") WAT_LIST("bytes", "(list u8)") WAT_LIST("item", "$item")
            WAT_LIST("tuple", "(tuple u32 string)") WAT_LIST("shape", "$shape") WAT_LIST("color", "$color")
                WAT_LIST("many", "$many") WAT_LIST("perms", "$perms") WAT_LIST("option", "(option u32)")
                    WAT_LIST("option2", "(option (option u32))") WAT_LIST("result", "(result u32 (error string))")
                        WAT_LIST("result0", "(result)") WAT_LIST("order", "$order") WAT_LIST(
                            "raw",
                            "u8") "(func (export \"text\") (param \"v\" string) (result string)"
                                  " (canon lift (core func $i \"list\") (memory (core memory $i \"mem\")) (realloc "
                                  "(core func $i \"realloc\"))))"
                                  "(func (export \"maybe\") (param \"bad\" bool) (result (result string (error u32)))"
                                  " (canon lift (core func $i \"maybe\") (memory (core memory $i \"mem\"))))"
                                  "(func (export \"nothing\") (canon lift (core func $i \"nothing\")))"
                                  "(func (export \"same\") (param \"n\" u32) (result u32) (canon lift (core func $i "
                                  "\"same\")))"
                                  ")";

static struct wat *shared(void) {
    static struct wat w;
    static bool open;
    if (!open && !wat_open(&w, guest))
        exit(1);
    open = true;
    return &w;
}

// The JSON that comes back, or the error's text; valid until the next call.
static const char *call(const char *name, const char *json) {
    static char text[4096];
    struct pn_buf out = {0};
    struct pn_err err = {0};
    bool failed = false;
    if (wat_call(shared(), name, pn_view_str(json), 1 << 20, &out, &failed, &err) < 0)
        (void)snprintf(text, sizeof text, "%s: %s", pn_category_name(err.category), err.text);
    else
        (void)snprintf(text, sizeof text, "%s%s", failed ? "failed " : "", pn_buf_cstr(&out));
    pn_buf_fini(&out);
    return text;
}

static void misuse(void) {
    CHECK_STR(call("text", "[]"), "input: arguments: expected object (record), got array");
    CHECK_STR(call("text", "{}"), "input: arguments: `v` is missing, expected string");
    CHECK_STR(call("text", "{\"v\":\"x\",\"w\":1}"), "input: /w: no such name; known are v");
    CHECK_STR(call("text", "{\"w\":1}"), "input: /w: no such name; known are v");
    CHECK_STR(call("nothing", "{\"x\":{}}"), "input: /x: no such name; none is known here");
    CHECK_STR(call("nothing", "null"), "input: arguments: expected object (record), got null");
    CHECK(strncmp(call("text", "{\"v\":\"x\",\"v\":\"y\"}"), "input: ", 7) == 0);
}

// The engine's values and the plan must agree, whatever the engine hands over.
static void a_value_of_another_type_is_our_bug(void) {
    struct pn_plan plan = {0};
    struct pn_err err = {0};
    struct pn_buf out = {0};
    bool failed;
    wasmtime_component_val_t wrong = {.kind = WASMTIME_COMPONENT_U64, .of.u64 = 1};
    wasmtime_component_val_t beyond = {.kind = 200};
    pn_buf_add_str(&out, "kept");
    CHECK_INT(wat_plan(shared(), "text", &plan, &err), 0);
    CHECK_INT(pn_result_lift(&plan, &wrong, 100, &out, &failed, &err), -1);
    CHECK_INT(err.category, PN_E_BUG);
    CHECK_INT(pn_result_lift(&plan, &beyond, 100, &out, &failed, &err), -1);
    CHECK_INT(pn_result_lift(&plan, NULL, 100, &out, &failed, &err), -1);
    CHECK_STR(pn_buf_cstr(&out), "kept");
    pn_plan_fini(&plan);
    CHECK_INT(wat_plan(shared(), "maybe", &plan, &err), 0);
    CHECK_INT(pn_result_lift(&plan, &wrong, 100, &out, &failed, &err), -1);
    wasmtime_component_val_t empty = {.kind = WASMTIME_COMPONENT_RESULT, .of.result = {.is_ok = true}};
    CHECK_INT(pn_result_lift(&plan, &empty, 100, &out, &failed, &err), -1);
    pn_plan_fini(&plan);
    CHECK_INT(wat_plan(shared(), "shape", &plan, &err), 0);
    wasmtime_component_val_t strange = {.kind = WASMTIME_COMPONENT_VARIANT,
                                        .of.variant = {.discriminant = {.size = 4, .data = (char[]){"cube"}}}};
    wasmtime_component_val_t list = {.kind = WASMTIME_COMPONENT_LIST, .of.list = {.size = 1, .data = &strange}};
    CHECK_INT(pn_result_lift(&plan, &list, 100, &out, &failed, &err), -1);
    strange.of.variant.discriminant = (wasm_name_t){.size = 6, .data = (char[]){"circle"}}; // and no payload
    CHECK_INT(pn_result_lift(&plan, &list, 100, &out, &failed, &err), -1);
    CHECK_STR(pn_buf_cstr(&out), "kept");
    pn_plan_fini(&plan);
    pn_buf_fini(&out);
}

struct round {
    const char *func, *in, *out; // out NULL: as it went in
};

static void check_rounds(const struct round *r, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char json[1024], want[1024];
        (void)snprintf(json, sizeof json, "{\"v\":[%s]}", r[i].in);
        (void)snprintf(want, sizeof want, "[%s]", r[i].out == NULL ? r[i].in : r[i].out);
        CHECK_STR(call(r[i].func, json), want);
    }
}
#define ROUNDS(rounds) check_rounds(rounds, sizeof(rounds) / sizeof *(rounds))

static void scalars_round_trip(void) {
    static const struct round rounds[] = {
        {"bool", "true,false"},
        {"s8", "-128,127,0"},
        {"s16", "-32768,32767"},
        {"s32", "-2147483648,2147483647"},
        {"s64", "-1,1,0"},
        {"u16", "65535"},
        {"u32", "4294967295"},
        {"u32", "1.0,1e3,0.5e1,-0", "1,1000,5,0"},
        {"u64", "9007199254740991"},
        {"f64", "0.1,-2.5,1e300", "0.1,-2.5,1e300"},
        {"f32", "0.1,-2.5"},
        {"char", "\"a\",\"\xc3\xa9\",\"\xf0\x9f\x98\x80\""},
        {"char", "\"\\u00e9\",\"\\ud83d\\ude00\",\"\\\\\"", "\"\xc3\xa9\",\"\xf0\x9f\x98\x80\",\"\\\\\""},
        {"string", "\"\",\"Zo\xc3\xab\""},
        {"string", "\"a\\\"b\\n\\u0041\\/\"", "\"a\\\"b\\nA/\""},
    };
    ROUNDS(rounds);
}

static void bytes_are_base64_or_numbers(void) {
    CHECK_STR(call("raw", "{\"v\":[0,255,16]}"), "\"AP8Q\"");
    CHECK_STR(call("raw", "{\"v\":\"AP8Q\"}"), "\"AP8Q\"");
    CHECK_STR(call("raw", "{\"v\":\"\"}"), "\"\"");
    CHECK_STR(call("raw", "{\"v\":\"AP8\\u0051\"}"), "\"AP8Q\"");
}

static void wide_integers_keep_every_digit(void) {
    static const struct round rounds[] = {
        {"u64", "18446744073709551615", "\"18446744073709551615\""},
        {"u64", "\"18446744073709551615\",\"7\"", "\"18446744073709551615\",7"},
        {"u64", "9007199254740992", "\"9007199254740992\""},
        {"s64", "-9223372036854775808", "\"-9223372036854775808\""},
        {"s64", "\"-9223372036854775808\",\"9223372036854775807\""},
        {"s64", "9007199254740991,-9007199254740991"},
        {"s64", "9007199254740992,-9007199254740992", "\"9007199254740992\",\"-9007199254740992\""},
    };
    ROUNDS(rounds);
}

static void floats_that_json_lacks(void) {
    static const struct round rounds[] = {
        {"f64", "\"NaN\",\"Infinity\",\"-Infinity\""},
        {"f32", "\"NaN\",\"Infinity\",\"-Infinity\""},
        {"f64", "\"\\u004eaN\"", "\"NaN\""},
        {"f64", "5e-324,1e-400", "5e-324,0"},
    };
    ROUNDS(rounds);
}

static void composites_round_trip(void) {
    static const struct round rounds[] = {
        {"list", "[],[1,2,3]"},
        {"bytes", "\"AAEC\",\"\",\"/w==\""},
        {"bytes", "[0,1,2],[]", "\"AAEC\",\"\""},
        {"item", "{\"name\":\"n\",\"price\":1.5,\"note\":\"x\"}"},
        {"item", "{\"price\":1.5,\"name\":\"n\"}", "{\"name\":\"n\",\"price\":1.5,\"note\":null}"},
        {"item", "{\"note\":null,\"n\\u0061me\":\"\",\"price\":0.25}", "{\"name\":\"\",\"price\":0.25,\"note\":null}"},
        {"tuple", "[7,\"x\"],[8,\"\"]"},
        {"shape", "{\"tag\":\"circle\",\"val\":1.5},{\"tag\":\"none\"}"},
        {"shape", "{\"val\":{\"name\":\"n\",\"price\":2.5,\"note\":null},\"tag\":\"box\"}",
         "{\"tag\":\"box\",\"val\":{\"name\":\"n\",\"price\":2.5,\"note\":null}}"},
        {"color", "\"red\",\"green\",\"blue\""},
        {"perms", "[],[\"read\"],[\"read\",\"write\",\"run\"]"},
        {"perms", "[\"run\",\"read\"]", "[\"read\",\"run\"]"},
        {"option", "null,5"},
        {"option2", "null,{\"some\":null},{\"some\":5}"},
        {"result", "{\"ok\":5},{\"err\":\"why\"}"},
        {"result0", "{\"ok\":null},{\"err\":null}"},
        {"order",
         "{\"id\":\"18446744073709551615\",\"lines\":[[{\"tag\":\"box\",\"val\":{\"name\":\"a\",\"price\":\"NaN\","
         "\"note\":\"b\"}},[{\"name\":\"c\",\"price\":0.5,\"note\":null}]],[{\"tag\":\"none\"},[]]],"
         "\"state\":{\"ok\":\"blue\"},\"may\":[\"write\"]},"
         "{\"id\":1,\"lines\":[],\"state\":{\"err\":\"e\"},\"may\":[]}"},
    };
    ROUNDS(rounds);
}

static void results_at_the_top_are_unwrapped(void) {
    CHECK_STR(call("maybe", "{\"bad\":false}"), "\"fine\"");
    CHECK_STR(call("maybe", "{\"bad\":true}"), "failed 42");
    CHECK_STR(call("nothing", "{}"), "null");
    CHECK_STR(call("same", "{\"n\":3}"), "3");
}

static const struct {
    const char *func, *in, *out;
} refused[] = {
    {"bool", "1", "/v/0: expected boolean (bool), got number"},
    {"s8", "-129", "/v/0: expected integer (s8) from -128 to 127, got -129"},
    {"s8", "128", "/v/0: expected integer (s8) from -128 to 127, got 128"},
    {"u16", "1,-1", "/v/1: expected integer (u16) from 0 to 65535, got -1"},
    {"u32", "4294967296", "/v/0: expected integer (u32) from 0 to 4294967295, got 4294967296"},
    {"u32", "1.5", "/v/0: expected integer (u32) from 0 to 4294967295, got 1.5"},
    {"u32", "\"1\"", "/v/0: expected integer (u32), got string"},
    {"u64", "18446744073709551616",
     "/v/0: expected integer (u64) from 0 to 18446744073709551615, got 18446744073709551616"},
    {"u64", "\"-1\"", "/v/0: expected integer (u64), got a string that is not a decimal number in its range"},
    {"u64", "\"\"", "/v/0: expected integer (u64), got a string that is not a decimal number in its range"},
    {"u64", "\"01\"", "/v/0: expected integer (u64), got a string that is not a decimal number in its range"},
    {"u64", "\"18446744073709551616\"",
     "/v/0: expected integer (u64), got a string that is not a decimal number in its range"},
    {"s64", "\"9223372036854775808\"",
     "/v/0: expected integer (s64), got a string that is not a decimal number in its range"},
    {"s64", "9223372036854775808",
     "/v/0: expected integer (s64) from -9223372036854775808 to 9223372036854775807, got 9223372036854775808"},
    {"s64", "-9223372036854775809",
     "/v/0: expected integer (s64) from -9223372036854775808 to 9223372036854775807, got -9223372036854775809"},
    {"f64", "\"nan\"", "/v/0: expected number (f64), \"NaN\", \"Infinity\" or \"-Infinity\", got another string"},
    {"f64", "1e999", "/v/0: expected number (f64), got a number too large for it"},
    {"f32", "1e39", "/v/0: expected number (f32), got a number too large for it"},
    {"f64", "null", "/v/0: expected number (f64), got null"},
    {"char", "\"ab\"", "/v/0: expected string of one character (char), got a string of several"},
    {"char", "\"\"", "/v/0: expected string of one character (char), got a string of none"},
    {"char", "7", "/v/0: expected string of one character (char), got number"},
    {"string", "{}", "/v/0: expected string, got object"},
    {"list", "[1,\"x\"]", "/v/0/1: expected integer (u32), got string"},
    {"list", "{}", "/v/0: expected array (list), got object"},
    {"bytes", "\"A\"",
     "/v/0: expected base64 string or array (list<u8>), got a string that is not padded standard base64"},
    {"bytes", "7", "/v/0: expected base64 string or array (list<u8>), got number"},
    {"bytes", "[256]", "/v/0/0: expected integer (u8) from 0 to 255, got 256"},
    {"item", "{\"name\":\"n\",\"price\":\"1\"}",
     "/v/0/price: expected number (f64), \"NaN\", \"Infinity\" or \"-Infinity\", got another string"},
    {"item", "{\"name\":\"n\",\"price\":[]}", "/v/0/price: expected number (f64), got array"},
    {"item", "{\"name\":\"n\"}", "/v/0: `price` is missing, expected number (f64)"},
    {"item", "{\"name\":\"n\",\"price\":1,\"prize\":2}", "/v/0/prize: no such name; known are name, price, note"},
    {"item", "{\"name\":\"n\",\"price\":1,\"note\":2}", "/v/0/note: expected string, got number"},
    {"item", "[]", "/v/0: expected object (record), got array"},
    {"tuple", "[1]", "/v/0: expected array (tuple) of 2 elements, got 1"},
    {"tuple", "[1,\"x\",2]", "/v/0: expected array (tuple) of 2 elements, got 3"},
    {"tuple", "[\"x\",1]", "/v/0/0: expected integer (u32), got string"},
    {"shape", "\"none\"", "/v/0: expected object with `tag` (variant), got string"},
    {"shape", "{\"val\":1}", "/v/0: expected object with `tag` (variant), got object"},
    {"shape", "{\"tag\":\"cube\"}", "/v/0/tag: expected one of circle, box, none (variant), got another string"},
    {"shape", "{\"tag\":1}", "/v/0/tag: expected one of circle, box, none (variant), got number"},
    {"shape", "{\"tag\":\"circle\"}",
     "/v/0: expected object with `tag` (variant): this case has `tag` and `val`, and nothing else"},
    {"shape", "{\"tag\":\"none\",\"val\":null}",
     "/v/0: expected object with `tag` (variant): this case has `tag` and nothing else"},
    {"shape", "{\"tag\":\"circle\",\"val\":1,\"x\":2}",
     "/v/0: expected object with `tag` (variant): this case has `tag` and `val`, and nothing else"},
    {"shape", "{\"tag\":\"circle\",\"val\":true}", "/v/0/val: expected number (f64), got boolean"},
    {"color", "\"Red\"", "/v/0: expected one of red, green, blue (enum), got another string"},
    {"color", "0", "/v/0: expected one of red, green, blue (enum), got number"},
    {"many", "\"z\"", "/v/0: expected one of a, b, c, d, e, f, g, h, i, j and 2 more (enum), got another string"},
    {"perms", "[\"read\",\"read\"]", "/v/0/1: expected array of names (flags), got a name twice"},
    {"perms", "[\"fly\"]", "/v/0/0: expected one of read, write, run (flags), got another string"},
    {"perms", "[1]", "/v/0/0: expected one of read, write, run (flags), got number"},
    {"perms", "{\"read\":true}", "/v/0: expected array of names (flags), got object"},
    {"option", "\"x\"", "/v/0: expected integer (u32), got string"},
    {"option2", "5", "/v/0: expected object with `some`, or null (option), got number"},
    {"option2", "{\"some\":{\"some\":1}}", "/v/0/some: expected integer (u32), got object"},
    {"result", "5", "/v/0: expected object with `ok` or `err` (result), got number"},
    {"result", "{\"ok\":1,\"err\":\"\"}", "/v/0: expected object with `ok` or `err` (result), got object"},
    {"result", "{\"ok\":\"1\"}", "/v/0/ok: expected integer (u32), got string"},
    {"result0", "{\"ok\":1}",
     "/v/0/ok: expected object with `ok` or `err` (result): this side carries no value, so null is expected"},
};

static void errors_name_place_type_and_kind(void) {
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char json[512], want[512];
        (void)snprintf(json, sizeof json, "{\"v\":[%s]}", refused[i].in);
        (void)snprintf(want, sizeof want, "input: %s", refused[i].out);
        CHECK_STR(call(refused[i].func, json), want);
    }
}

// The keys in a pointer are the client's: one harmless line of bounded length.
static void pointers_in_errors_are_harmless(void) {
    char key[400] = "", json[600];
    memset(key, 'k', sizeof key - 1);
    (void)snprintf(json, sizeof json, "{\"%s\":1}", key);
    const char *said = call("text", json);
    CHECK(strncmp(said, "input: ...kkk", 13) == 0);
    CHECK(strlen(said) < 220);
    CHECK_STR(call("text", "{\"a\\nb\\u202ec\\u001b\":1}"), "input: /a?b?c?: no such name; known are v");
}

// No value of a caller is repeated in an error, except numbers.
static void errors_do_not_repeat_strings(void) {
    CHECK(strstr(call("color", "{\"v\":[\"fake-password\"]}"), "fake-password") == NULL);
    CHECK(strstr(call("u64", "{\"v\":[\"fake-password\"]}"), "fake-password") == NULL);
    CHECK(strstr(call("char", "{\"v\":[\"fake-password\"]}"), "fake-password") == NULL);
}

static void the_result_limit_is_exact(void) {
    struct pn_buf out = {0};
    struct pn_err err = {0};
    bool failed;
    struct pn_view json = PN_VIEW("{\"v\":\"12345678\"}");
    pn_buf_add_str(&out, "kept");
    CHECK_INT(wat_call(shared(), "text", json, 10, &out, &failed, &err), 0);
    CHECK_STR(pn_buf_cstr(&out), "kept\"12345678\"");
    CHECK_INT(wat_call(shared(), "text", json, 9, &out, &failed, &err), -1);
    CHECK_INT(err.category, PN_E_LIMIT);
    CHECK_ERR(err, "limit reached: result = 9 bytes");
    CHECK_ERR(err, "`limits.result`");
    CHECK_STR(pn_buf_cstr(&out), "kept\"12345678\"");
    CHECK(!out.overflow);
    pn_buf_add_str(&out, "more");
    CHECK_STR(pn_buf_cstr(&out), "kept\"12345678\"more");
    pn_buf_fini(&out);
}

static int lower_only(const char *func, struct pn_args *args, struct pn_view json, struct pn_err *err) {
    struct pn_plan plan = {0};
    struct pn_json doc = {0};
    int rc = wat_plan(shared(), func, &plan, err);
    if (rc == 0)
        rc = pn_json_parse(&doc, json, NULL, err);
    if (rc == 0)
        rc = pn_args_lower(args, &plan, &doc, 0, err);
    pn_json_fini(&doc);
    pn_plan_fini(&plan);
    return rc;
}

static void lists_and_memory_are_bounded(void) {
    struct pn_args args = {.items = 3};
    struct pn_err err = {0};
    CHECK_INT(lower_only("s8", &args, PN_VIEW("{\"v\":[1,2,3]}"), &err), 0);
    CHECK_INT(args.count, 1);
    CHECK_INT(lower_only("s8", &args, PN_VIEW("{\"v\":[1,2,3,4]}"), &err), -1);
    CHECK_ERR(err, "/v: expected array (list) of at most 3 elements, got 4");
    CHECK_INT(args.count, 0);
    CHECK(args.vals == NULL);
    CHECK_INT(lower_only("raw", &args, PN_VIEW("{\"v\":\"AAAAAAAA\"}"), &err), -1);
    CHECK_ERR(err, "at most 3 elements");
    pn_args_fini(&args);
    // A record of three fields takes far more than its two bytes of JSON.
    args = (struct pn_args){.arena.max = 300};
    CHECK_INT(lower_only("option", &args, PN_VIEW("{\"v\":[1,null]}"), &err), 0);
    CHECK_INT(lower_only("option", &args, PN_VIEW("{\"v\":[1,2,3,4,5,6,7,8,9,10]}"), &err), -1);
    CHECK_INT(err.category, PN_E_LIMIT);
    CHECK_ERR(err, "more than 300 bytes");
    CHECK_INT(lower_only("option", &args, PN_VIEW("{\"v\":[1,null]}"), &err), 0);
    pn_args_fini(&args);
}

static void long_strings_go_both_ways(void) {
    enum { LEN = 1000000 };
    struct pn_buf json = {0}, out = {0};
    struct pn_err err = {0};
    bool failed;
    pn_buf_add_str(&json, "{\"v\":\"");
    for (size_t i = 0; i < LEN; i++)
        pn_buf_add_byte(&json, (uint8_t)('a' + i % 26));
    pn_buf_add_str(&json, "\"}");
    CHECK_INT(wat_call(shared(), "text", pn_buf_view(&json), 2 * LEN, &out, &failed, &err), 0);
    CHECK_INT(out.len, LEN + 2);
    CHECK(out.len == LEN + 2 && memcmp(out.ptr, json.ptr + 5, LEN + 2) == 0);
    pn_buf_fini(&json);
    pn_buf_fini(&out);
}

// A list of bytes longer than the parts it is encoded in.
static void long_byte_lists_go_both_ways(void) {
    struct pn_buf json = {0}, out = {0};
    struct pn_err err = {0};
    bool failed;
    uint8_t bytes[10000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    pn_buf_add_str(&json, "{\"v\":\"");
    pn_base64_put(&json, pn_view(bytes, sizeof bytes));
    pn_buf_add_str(&json, "\"}");
    CHECK_INT(wat_call(shared(), "raw", pn_buf_view(&json), 1 << 20, &out, &failed, &err), 0);
    CHECK(out.len == json.len - 6 && memcmp(out.ptr, json.ptr + 5, out.len) == 0);
    pn_buf_fini(&json);
    pn_buf_fini(&out);
}

// 8000 lists that all are the same 64 KiB: half a gigabyte of elements, thirty times that in memory. The engine must
// give up before it builds them.
static void a_result_that_unfolds_is_stopped(void) {
    static const char bomb[] =
        "(component (core module $m (memory (export \"mem\") 2)"
        " (func (export \"list\") (result i32) (local i32)"
        "  (loop $again"
        "   (i32.store (i32.add (i32.const 1028) (i32.shl (local.get 0) (i32.const 3))) (i32.const 65536))"
        "   (br_if $again (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 8000))))"
        "  (i32.store (i32.const 16) (i32.const 1024)) (i32.store (i32.const 20) (i32.const 8000)) (i32.const 16)))"
        "(core instance $i (instantiate $m))"
        "(func (export \"bomb\") (result (list (list u8))) (canon lift (core func $i \"list\")"
        " (memory (core memory $i \"mem\")))))";
    struct wat w;
    struct pn_buf out = {0};
    struct pn_err err = {0};
    bool failed;
    CHECK(wat_open(&w, bomb));
    CHECK_INT(wat_call(&w, "bomb", PN_VIEW("{}"), 1 << 20, &out, &failed, &err), -1);
    CHECK_ERR(err, "the engine refused the call");
    pn_buf_fini(&out);
    wat_close(&w);
}

// One function whose parameter is a number inside `depth` - 1 lists.
static bool nested_plan(unsigned depth, struct pn_plan *plan, struct wat *w, struct pn_err *err) {
    struct pn_buf text = {0};
    pn_buf_add_str(&text, WAT_ECHO);
    pn_buf_add_str(&text, "(func (export \"f\") (param \"v\" ");
    for (unsigned i = 1; i < depth; i++)
        pn_buf_add_str(&text, "(list ");
    pn_buf_add_str(&text, "u32");
    for (unsigned i = 1; i < depth; i++)
        pn_buf_add_str(&text, ")");
    pn_buf_add_str(&text, ") (canon lift (core func $i \"drop2\") (memory (core memory $i \"mem\")) (realloc (core "
                          "func $i \"realloc\")))))");
    char *wat = pn_buf_take_str(&text);
    // The guest's function needs the shape (i32, i32) -> ().
    char *named = strstr(wat, "(func (export \"nothing\"))");
    struct pn_buf whole = {0};
    pn_buf_add(&whole, wat, (size_t)(named - wat));
    pn_buf_add_str(&whole, "(func (export \"drop2\") (param i32 i32))");
    pn_buf_add_str(&whole, named);
    bool good = wat_open(w, pn_buf_cstr(&whole)) && wat_plan(w, "f", plan, err) == 0;
    pn_buf_fini(&whole);
    free(wat);
    return good;
}

static void nesting_is_bounded(void) {
    struct pn_plan plan = {0};
    struct pn_err err = {0};
    struct pn_json doc = {0};
    struct pn_args args = {0};
    struct pn_buf json = {0};
    struct wat w;
    CHECK(nested_plan(PN_PLAN_DEPTH, &plan, &w, &err));
    pn_buf_add_str(&json, "{\"v\":");
    for (unsigned i = 1; i < PN_PLAN_DEPTH; i++)
        pn_buf_add_byte(&json, '[');
    pn_buf_add_byte(&json, '7');
    for (unsigned i = 1; i < PN_PLAN_DEPTH; i++)
        pn_buf_add_byte(&json, ']');
    pn_buf_add_byte(&json, '}');
    CHECK_INT(pn_json_parse(&doc, pn_buf_view(&json), NULL, &err), 0);
    CHECK_INT(pn_args_lower(&args, &plan, &doc, 0, &err), 0);
    struct pn_buf out = {0};
    CHECK_INT(pn_value_lift(&plan, plan.members[0].type, &args.vals[0], 1000, &out, &err), 0);
    CHECK(out.len == json.len - 6 && memcmp(out.ptr, json.ptr + 5, out.len) == 0);
    pn_buf_fini(&out);
    pn_buf_fini(&json);
    pn_args_fini(&args);
    pn_json_fini(&doc);
    pn_plan_fini(&plan);
    wat_close(&w);
    CHECK(!nested_plan(PN_PLAN_DEPTH + 1, &plan, &w, &err));
    CHECK_INT(err.category, PN_E_INPUT);
    CHECK_ERR(err, "nested deeper than 48 levels");
    CHECK(plan.types == NULL && plan.members == NULL);
    wat_close(&w);
}

// Memory kept between calls must not grow with what one call needed.
static void arguments_are_reused(void) {
    struct pn_args args = {0};
    struct pn_err err = {0};
    struct pn_buf json = {0};
    pn_buf_add_str(&json, "{\"v\":[\"\\n");
    for (size_t i = 0; i < 200000; i++)
        pn_buf_add_byte(&json, 'x');
    pn_buf_add_str(&json, "\"]}");
    for (int i = 0; i < 3; i++) {
        CHECK_INT(lower_only("string", &args, pn_buf_view(&json), &err), 0);
        CHECK(args.arena.used > 200000);
        CHECK_INT(lower_only("s8", &args, PN_VIEW("{\"v\":[1]}"), &err), 0);
        CHECK(args.arena.used < 1000);
        CHECK(args.text.cap <= 65536);
    }
    pn_args_fini(&args);
    pn_buf_fini(&json);
}

PN_TESTS(TEST(misuse), TEST(a_value_of_another_type_is_our_bug), TEST(scalars_round_trip),
         TEST(bytes_are_base64_or_numbers), TEST(wide_integers_keep_every_digit), TEST(floats_that_json_lacks),
         TEST(composites_round_trip), TEST(results_at_the_top_are_unwrapped), TEST(errors_name_place_type_and_kind),
         TEST(pointers_in_errors_are_harmless), TEST(errors_do_not_repeat_strings), TEST(the_result_limit_is_exact),
         TEST(lists_and_memory_are_bounded), TEST(long_strings_go_both_ways), TEST(long_byte_lists_go_both_ways),
         TEST(a_result_that_unfolds_is_stopped), TEST(nesting_is_bounded), TEST(arguments_are_reused))
