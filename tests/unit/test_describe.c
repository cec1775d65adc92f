// SPDX-License-Identifier: Apache-2.0
#include "component/describe.h"
#include "component/docs.h"
#include "component/name.h"

#include "wat.h"

#include "check.h"

// The description of a component given as text; `tail` is appended to the binary. NULL: refused, see `err`.
static char *describe(const char *text, struct pn_view tail, struct pn_err *err) {
    struct wat w;
    struct pn_buf bytes = {0}, out = {0};
    char *json = NULL;
    (void)pn_fail(err, PN_E_BUG, "the test's component does not compile");
    if (wat_open(&w, text)) {
        *err = (struct pn_err){0};
        pn_buf_add(&bytes, w.bytes.data, w.bytes.size);
        pn_buf_add_view(&bytes, tail);
        if (pn_describe_component(w.engine, w.component, pn_buf_view(&bytes), &out, err) == 0)
            json = pn_buf_take_str(&out);
    }
    pn_buf_fini(&bytes);
    pn_buf_fini(&out);
    wat_close(&w);
    return json;
}

// Checks the whole description of a component.
static void check_description(const char *text, const char *want) {
    struct pn_err err = {0};
    struct pn_json doc = {0};
    char *got = describe(text, (struct pn_view){0}, &err);
    CHECK_STR(got == NULL ? err.text : got, want);
    if (got != NULL)
        CHECK_INT(pn_json_parse(&doc, pn_view_str(got), NULL, &err), 0);
    pn_json_fini(&doc);
    free(got);
}

#define CORE                                                                                                    \
    "(component (core module $m (memory (export \"mem\") 1)"                                                    \
    " (func (export \"f\")) (func (export \"three\") (param i32 i32 i32)) (func (export \"get\") (result i32) " \
    "(i32.const 0))"                                                                                            \
    " (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 64)))"                         \
    "(core instance $i (instantiate $m))"                                                                       \
    "(func $f (canon lift (core func $i \"f\")))"

#define FUNC_F                                                                                                    \
    "\"callable\":true,\"inputSchema\":{\"type\":\"object\",\"properties\":{},\"required\":[],"                   \
    "\"additionalProperties\":false},\"outputSchema\":{\"type\":\"object\",\"properties\":{\"result\":{\"type\":" \
    "\"null\"}},\"required\":[\"result\"]},\"params\":[]}"

static void misuse(void) {
    struct pn_err err = {0};
    struct pn_view content;
    bool found;
    CHECK_INT(pn_docs_section(PN_VIEW(""), PN_VIEW("x"), &found, &content, &err), -1);
    CHECK_ERR(err, "not a WebAssembly component");
    // A core module is no component.
    CHECK_INT(pn_docs_section(PN_VIEW("\0asm\1\0\0\0"), PN_VIEW("x"), &found, &content, &err), -1);
    CHECK_ERR(err, "not a WebAssembly component");
    check_description("(component)", "{\"tools\":[],\"imports\":[],\"notes\":[]}");
}

static void functions_at_the_top_and_in_instances(void) {
    check_description(
        CORE "(export \"get-weather\" (func $f))"
             "(instance $x (export \"generate\" (func $f)))"
             "(export \"foo:foo/foo@1.2.3-rc.1\" (instance $x))"
             "(instance $y (export \"do-IT\" (func $f)))"
             "(export \"plain\" (instance $y)))",
        "{\"tools\":["
        "{\"name\":\"get-weather\",\"export\":[null,\"get-weather\"],\"description\":\"\"," FUNC_F ","
        "{\"name\":\"foo_foo_foo_1_2_3-rc_1_generate\",\"export\":[\"foo:foo/foo@1.2.3-rc.1\",\"generate\"],"
        "\"description\":\"\"," FUNC_F ","
        "{\"name\":\"plain_do-it\",\"export\":[\"plain\",\"do-IT\"],\"description\":\"\"," FUNC_F
        "],\"imports\":[],\"notes\":[]}");
}

// Python and QuickJS guests export `init` for themselves.
static void exports_of_runtimes_are_no_tools(void) {
    check_description(
        CORE "(export \"init\" (func $f)) (instance $x (export \"init\" (func $f)) (export \"other\" (func $f)))"
             "(export \"exports\" (instance $x))"
             "(instance $y (export \"init\" (func $f))) (export \"a:b/c\" (instance $y)))",
        "{\"tools\":[{\"name\":\"exports_other\",\"export\":[\"exports\",\"other\"],\"description\":\"\"," FUNC_F
        ",{\"name\":\"a_b_c_init\",\"export\":[\"a:b/c\",\"init\"],\"description\":\"\"," FUNC_F
        "],\"imports\":[],\"notes\":[]}");
}

static void instances_inside_instances_are_left_out(void) {
    check_description(
        CORE "(instance $x (export \"go\" (func $f))) (instance $y (export \"in\" (instance $x)))"
             "(export \"out\" (instance $y)))",
        "{\"tools\":[],\"imports\":[],\"notes\":[\"an instance inside an exported instance was left out: its "
        "functions cannot be tools\"]}");
}

static void imports_are_listed(void) {
    check_description(
        "(component (import \"wasi:io/streams@0.2.3\" (instance)) (import \"wasi:cli/exit@0.2.0\" (instance))"
        "(import \"plain\" (func)) (type $u (record (field \"a\" u8))) (import \"t\" (type (eq $u)))"
        "(import \"r\" (type (sub resource))))",
        "{\"tools\":[],\"imports\":[\"wasi:io/streams@0.2.3\",\"wasi:cli/exit@0.2.0\",\"plain\",\"r\"],\"notes\":[]}");
}

// Checks the schemas of a function that takes and gives a list of `wit`, with the types it needs.
static void check_schema(const char *types, const char *wit, const char *schema) {
    char text[4096], want[2048];
    struct pn_err err = {0};
    struct pn_json doc = {0};
    (void)snprintf(text, sizeof text, WAT_ECHO "%s" WAT_LIST("f", "%s") ")", types, wit, wit);
    char *got = describe(text, (struct pn_view){0}, &err);
    CHECK_STR(got == NULL ? err.text : "", "");
    if (got == NULL)
        return;
    (void)snprintf(want, sizeof want,
                   "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"array\",\"items\":%s}},"
                   "\"required\":[\"v\"],\"additionalProperties\":false},\"outputSchema\":{\"type\":\"object\","
                   "\"properties\":{\"result\":{\"type\":\"array\",\"items\":%s}},\"required\":[\"result\"]},"
                   "\"params\":[\"v\"]}",
                   schema, schema);
    CHECK(strstr(got, want) != NULL);
    if (strstr(got, want) == NULL)
        printf("# %s\n# has no\n# %s\n", got, want);
    CHECK_INT(pn_json_parse(&doc, pn_view_str(got), NULL, &err), 0);
    pn_json_fini(&doc);
    free(got);
}

static void schemas_of_scalars(void) {
    static const struct {
        const char *wit, *schema;
    } t[] = {
        {"bool", "{\"type\":\"boolean\"}"},
        {"s8", "{\"type\":\"integer\",\"minimum\":-128,\"maximum\":127}"},
        {"s16", "{\"type\":\"integer\",\"minimum\":-32768,\"maximum\":32767}"},
        {"s32", "{\"type\":\"integer\",\"minimum\":-2147483648,\"maximum\":2147483647}"},
        {"s64", "{\"type\":[\"integer\",\"string\"],\"pattern\":\"^-?(0|[1-9][0-9]{0,18})$\"}"},
        {"(tuple u8)", "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\",\"minimum\":0,\"maximum\":255}],"
                       "\"minItems\":1,\"maxItems\":1}"},
        {"u16", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":65535}"},
        {"u32", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":4294967295}"},
        {"u64", "{\"type\":[\"integer\",\"string\"],\"minimum\":0,\"pattern\":\"^(0|[1-9][0-9]{0,19})$\"}"},
        {"float32", "{\"anyOf\":[{\"type\":\"number\"},{\"enum\":[\"NaN\",\"Infinity\",\"-Infinity\"]}]}"},
        {"float64", "{\"anyOf\":[{\"type\":\"number\"},{\"enum\":[\"NaN\",\"Infinity\",\"-Infinity\"]}]}"},
        {"char", "{\"type\":\"string\",\"minLength\":1,\"maxLength\":1}"},
        {"string", "{\"type\":\"string\"}"},
        {"(list u8)", "{\"type\":\"string\",\"contentEncoding\":\"base64\"}"},
        {"(list bool)", "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"}}"},
        {"(option string)", "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}"},
        {"(option (option bool))", "{\"anyOf\":[{\"type\":\"object\",\"properties\":{\"some\":{\"anyOf\":[{\"type\":"
                                   "\"boolean\"},{\"type\":\"null\"}]}},"
                                   "\"required\":[\"some\"],\"additionalProperties\":false},{\"type\":\"null\"}]}"},
        {"(tuple bool string)", "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"boolean\"},{\"type\":\"string\"}],"
                                "\"minItems\":2,\"maxItems\":2}"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        check_schema("", t[i].wit, t[i].schema);
}

static void schemas_of_named_types(void) {
#define CASE(name, more, required)                                                                                  \
    "{\"type\":\"object\",\"properties\":{\"tag\":{\"const\":\"" name "\"}" more "},\"required\":[\"tag\"" required \
    "],\"additionalProperties\":false}"
#define SIDE(name, type)                                                                               \
    "{\"type\":\"object\",\"properties\":{\"" name "\":{\"type\":\"" type "\"}},\"required\":[\"" name \
    "\"],\"additionalProperties\":false}"
#define NAMED(type) "(type $t' " type ")(export $t \"t\" (type $t'))"
    static const struct {
        const char *types, *schema;
    } t[] = {
        {NAMED("(record (field \"a\" bool) (field \"b\" (option string)))"),
         "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"boolean\"},\"b\":{\"anyOf\":[{\"type\":\"string\"},{"
         "\"type\":"
         "\"null\"}]}},\"required\":[\"a\"],\"additionalProperties\":false}"},
        {NAMED("(variant (case \"x\" bool) (case \"y\"))"),
         "{\"oneOf\":[" CASE("x", ",\"val\":{\"type\":\"boolean\"}", ",\"val\"") "," CASE("y", "", "") "]}"},
        {NAMED("(enum \"red\" \"blue\")"), "{\"type\":\"string\",\"enum\":[\"red\",\"blue\"]}"},
        {NAMED("(flags \"read\" \"write\")"),
         "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"read\",\"write\"]},\"uniqueItems\":true}"},
        {NAMED("(list (result bool (error string)))"),
         "{\"type\":\"array\",\"items\":{\"oneOf\":[" SIDE("ok", "boolean") "," SIDE("err", "string") "]}}"},
        {NAMED("(list (result))"),
         "{\"type\":\"array\",\"items\":{\"oneOf\":[" SIDE("ok", "null") "," SIDE("err", "null") "]}}"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        check_schema(t[i].types, "$t", t[i].schema);
}

// Checks a part of the description of one function lifted from `core`.
static void check_function(const char *core, const char *signature, const char *part) {
    char text[2048];
    struct pn_err err = {0};
    (void)snprintf(text, sizeof text,
                   CORE "(func (export \"g\") %s (canon lift (core func $i \"%s\") (memory (core memory $i \"mem\"))"
                        "(realloc (core func $i \"realloc\")))))",
                   signature, core);
    char *got = describe(text, (struct pn_view){0}, &err);
    CHECK_STR(got == NULL ? err.text : "", "");
    CHECK(got != NULL && strstr(got, part) != NULL);
    if (got != NULL && strstr(got, part) == NULL)
        printf("# %s\n# has no\n# %s\n", got, part);
    free(got);
}

static void a_result_at_the_top_shows_its_ok_side(void) {
    check_function("get", "(result (result string (error u32)))", "\"properties\":{\"result\":{\"type\":\"string\"}}");
    check_function("get", "(result (result (error u32)))", "\"properties\":{\"result\":{\"type\":\"null\"}}");
    check_function("get", "(result (result u16))",
                   "\"properties\":{\"result\":{\"type\":\"integer\",\"minimum\":0,\"max");
}

static void options_are_not_required(void) {
    check_function(
        "three", "(param \"v\" (option string))",
        "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"v\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":"
        "\"null\"}]}},\"required\":[],\"additionalProperties\":false}");
    check_function("three", "(param \"a\" u32) (param \"b\" bool) (param \"c\" char)",
                   "\"required\":[\"a\",\"b\",\"c\"],");
    check_function("three", "(param \"a\" u32) (param \"b\" bool) (param \"c\" char)",
                   "\"params\":[\"a\",\"b\",\"c\"]");
}

// "callable":false with a reason that holds `part`.
static void check_refused(const char *text, const char *part) {
    struct pn_err err = {0};
    char *got = describe(text, (struct pn_view){0}, &err);
    CHECK_STR(got == NULL ? err.text : "", "");
    CHECK(got != NULL && strstr(got, "\"callable\":false,\"reason\":") != NULL && strstr(got, part) != NULL);
    CHECK(got != NULL && strstr(got, "inputSchema") == NULL);
    if (got != NULL && strstr(got, part) == NULL)
        printf("# %s\n", got);
    free(got);
}

static void functions_with_resources_are_not_callable(void) {
#define RESOURCE                                                                                              \
    "(component (type $r' (resource (rep i32))) (export $r \"thing\" (type $r'))"                             \
    "(core module $m (func (export \"get\") (result i32) (i32.const 0)) (func (export \"put\") (param i32)))" \
    "(core instance $i (instantiate $m))"
    check_refused(RESOURCE "(func (export \"make\") (result (own $r)) (canon lift (core func $i \"get\"))))",
                  "it takes or returns a resource handle");
    check_refused(RESOURCE "(func (export \"look\") (param \"v\" (borrow $r)) (canon lift (core func $i \"put\"))))",
                  "it takes or returns a borrowed resource handle");
    check_refused(
        RESOURCE
        "(func (export \"[method]thing.look\") (param \"self\" (borrow $r)) (canon lift (core func $i \"put\"))))",
        "\"name\":\"_method_thing_look\"");
}

static void long_names_are_not_callable(void) {
    char name[140], text[1024], cut[140];
    struct pn_err err = {0};
    memset(name, 'n', sizeof name);
    name[128] = '\0';
    (void)snprintf(text, sizeof text, CORE "(export \"%s\" (func $f)))", name);
    char *got = describe(text, (struct pn_view){0}, &err);
    CHECK(got != NULL && strstr(got, "\"callable\":true") != NULL);
    free(got);
    name[128] = 'n';
    name[129] = '\0';
    (void)snprintf(text, sizeof text, CORE "(export \"%s\" (func $f)))", name);
    check_refused(text, "its name is longer than 128 characters");
    (void)snprintf(cut, sizeof cut, "\"name\":\"%.128s\"", name);
    check_refused(text, cut);
}

static void equal_names_get_a_suffix(void) {
    check_description(
        CORE "(instance $x (export \"d\" (func $f)))"
             "(export \"a:b/c@1.0.0+q\" (instance $x)) (export \"a:b/c@1.0.0+Q\" (instance $x)))",
        "{\"tools\":["
        "{\"name\":\"a_b_c_1_0_0_q_d\",\"export\":[\"a:b/c@1.0.0+q\",\"d\"],\"description\":\"\"," FUNC_F ","
        "{\"name\":\"a_b_c_1_0_0_q_d_2\",\"export\":[\"a:b/c@1.0.0+Q\",\"d\"],\"description\":\"\"," FUNC_F
        "],\"imports\":[],\"notes\":[]}");
}

static void names_are_mapped(void) {
    static const struct {
        const char *iface, *func, *want;
    } t[] = {
        {"", "get-weather", "get-weather"},
        {"foo:foo/foo", "generate", "foo_foo_foo_generate"},
        {"", "ABC", "abc"},
        {"a.b", "\xc3\xa9x", "a_b__x"},
        {"", "[static]r.f", "_static_r_f"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct pn_buf out = {0};
        pn_name_put(&out, pn_view_str(t[i].iface), pn_view_str(t[i].func));
        CHECK_STR(pn_buf_cstr(&out), t[i].want);
        pn_buf_fini(&out);
    }
    CHECK(pn_view_is(pn_name_interface(PN_VIEW("ns:pkg/iface@1.0.0")), "iface"));
    CHECK(pn_view_is(pn_name_interface(PN_VIEW("ns:pkg/iface")), "iface"));
    CHECK(pn_view_is(pn_name_interface(PN_VIEW("plain")), ""));
}

// `count` exports of one function, or of one type.
static char *many(size_t count, bool types) {
    struct pn_buf text = {0};
    pn_buf_add_str(&text, CORE "(type $t u8)");
    for (size_t i = 0; i < count; i++)
        pn_buf_printf(&text, "(export \"f%zu\" (%s))\n", i, types ? "type $t" : "func $f");
    pn_buf_add_str(&text, ")");
    return pn_buf_take_str(&text);
}

static void exports_and_tools_are_limited(void) {
    static const struct {
        size_t count;
        bool types;
        const char *error;
    } t[] = {
        {1000, false, NULL},
        {1001, false, "limit of 1000 tools"},
        {10000, true, NULL},
        {10001, true, "more exports than the limit of 10000"},
        {10001, false, "more exports than the limit of 10000"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct pn_err err = {0};
        char *text = many(t[i].count, t[i].types);
        char *got = describe(text, (struct pn_view){0}, &err);
        CHECK((got != NULL) == (t[i].error == NULL));
        if (t[i].error != NULL) {
            CHECK_INT(err.category, PN_E_LIMIT);
            CHECK_ERR(err, t[i].error);
        }
        free(got);
        free(text);
    }
}

// A hundred tuples of a hundred of the one before: a few bytes that stand for more types than there is memory.
static void shared_types_are_counted_at_each_use(void) {
    struct pn_buf text = {0};
    pn_buf_add_str(&text, WAT_ECHO "(type $t0 (tuple u8 u8 u8 u8 u8 u8 u8 u8 u8 u8))");
    for (int i = 1; i < 5; i++) {
        pn_buf_printf(&text, "(type $t%d (tuple", i);
        for (int k = 0; k < 10; k++)
            pn_buf_printf(&text, " $t%d", i - 1);
        pn_buf_add_str(&text, "))");
    }
    pn_buf_add_str(&text, "" WAT_LIST("f", "$t4") ")");
    check_refused(pn_buf_cstr(&text), "more than 20000 types");
    pn_buf_fini(&text);
}

static void wide_types_are_not_callable(void) {
    struct pn_buf text = {0};
    pn_buf_add_str(&text, WAT_ECHO "(type $e' (enum");
    for (int i = 0; i <= PN_PLAN_MEMBERS; i++)
        pn_buf_printf(&text, " \"n%d\"", i);
    pn_buf_add_str(&text, "))(export $e \"e\" (type $e'))" WAT_LIST("f", "$e") ")");
    check_refused(pn_buf_cstr(&text), "1001 fields, cases or elements, more than 1000");
    pn_buf_fini(&text);
}

// A thousand functions that take the same large type: the later ones find the component's share used up.
static void functions_share_one_budget(void) {
    struct pn_buf text = {0};
    struct pn_err err = {0};
    pn_buf_add_str(&text, WAT_ECHO "(type $e' (enum");
    for (int i = 0; i < PN_PLAN_MEMBERS; i++)
        pn_buf_printf(&text, " \"n%d\"", i);
    pn_buf_add_str(&text, "))(export $e \"e\" (type $e'))" WAT_LIST("f", "$e"));
    for (int i = 0; i < 300; i++)
        pn_buf_printf(&text, "(export \"f%d\" (func 0))", i);
    pn_buf_add_str(&text, ")");
    char *got = describe(pn_buf_cstr(&text), (struct pn_view){0}, &err);
    CHECK(got != NULL && strstr(got, "\"f1\"],\"description\":\"\",\"callable\":true") != NULL);
    CHECK(got != NULL && strstr(got, "\"f299\"],\"description\":\"\",\"callable\":false,\"reason\":\"the types of this "
                                     "component's functions are too large together\"") != NULL);
    free(got);
    pn_buf_fini(&text);
}

// Every schema must stay readable for a reader that stops at 64 levels.
static void deep_types_have_shallow_schemas(void) {
    struct pn_buf text = {0};
    struct pn_err err = {0};
    struct pn_json doc = {0};
    pn_buf_add_str(&text, WAT_ECHO "(type $t0 bool)");
    for (int i = 1; i < 40; i++)
        pn_buf_printf(&text, "(type $n%d (variant (case \"x\" $t%d)))(import \"t%d\" (type $t%d (eq $n%d)))", i, i - 1,
                      i, i, i);
    pn_buf_add_str(&text, WAT_LIST("f", "$t39") ")");
    char *got = describe(pn_buf_cstr(&text), (struct pn_view){0}, &err);
    CHECK(got != NULL && strstr(got, "\"callable\":true") != NULL);
    if (got != NULL)
        CHECK_INT(pn_json_parse(&doc, pn_view_str(got), &(struct pn_json_limits){.depth = 62}, &err), 0);
    pn_json_fini(&doc);
    pn_buf_fini(&text);
    free(got);
}

// --- package-docs ---

static void put_leb(struct pn_buf *out, size_t n) {
    for (; n > 127; n >>= 7)
        pn_buf_add_byte(out, (uint8_t)(0x80 | (n & 0x7f)));
    pn_buf_add_byte(out, (uint8_t)n);
}

static void put_section(struct pn_buf *out, const char *name, uint8_t version, struct pn_view json) {
    pn_buf_add_byte(out, 0);
    put_leb(out, 1 + strlen(name) + 1 + json.len);
    put_leb(out, strlen(name));
    pn_buf_add_str(out, name);
    pn_buf_add_byte(out, version);
    pn_buf_add_view(out, json);
}

static char *describe_with_docs(uint8_t version, struct pn_view json) {
    struct pn_buf tail = {0};
    struct pn_err err = {0};
    put_section(&tail, "producers", 0, PN_VIEW("{}"));
    put_section(&tail, "package-docs", version, json);
    char *got = describe(
        CORE
        "(export \"run\" (func $f)) (instance $x (export \"go\" (func $f))) (export \"a:b/c@1.0.0\" (instance $x)))",
        pn_buf_view(&tail), &err);
    pn_buf_fini(&tail);
    return got;
}

static void texts_become_descriptions(void) {
    static const char *const docs[] = {
        "{\"worlds\":{\"u\":{\"docs\":\"x\"},\"w\":{\"func_exports\":{\"run\":{\"docs\":\"Runs\\nit.\"}}}},"
        "\"interfaces\":{\"c\":{\"funcs\":{\"go\":{\"docs\":\"Goes.\"}}}}}",
        "{\"worlds\":{\"w\":{\"funcs\":{\"run\":{\"docs\":\"\\u001bRuns\\tit.\\u202e\\n\"}}}},"
        "\"interfaces\":{\"c\":{\"docs\":\"no\",\"funcs\":{\"go\":{\"docs\":\"G\\u006fes.\"}}}}}",
    };
    for (uint8_t i = 0; i < 2; i++) {
        char *got = describe_with_docs(i, pn_view_str(docs[i]));
        CHECK(got != NULL && strstr(got, "[null,\"run\"],\"description\":\"Runs it.\"") != NULL);
        CHECK(got != NULL && strstr(got, "\"go\"],\"description\":\"Goes.\"") != NULL);
        CHECK(got != NULL && strstr(got, "\"notes\":[]") != NULL);
        free(got);
    }
}

static void bad_texts_cost_only_the_descriptions(void) {
    static const struct {
        uint8_t version;
        const char *json, *note;
    } t[] = {
        {2, "{}", "\"notes\":[\"section package-docs is of an unknown version\"]"},
        {1, "{\"worlds\":", "\"notes\":[\"section package-docs: "},
        {1, "{\"a\":1,\"a\":2}", "\"notes\":[\"section package-docs: "},
        {1, "[]", "\"notes\":[]"},
        {1, "7", "\"notes\":[]"},
        {1, "{\"worlds\":[],\"interfaces\":{\"c\":[]}}", "\"notes\":[]"},
        {1, "{\"worlds\":{\"w\":{\"func_exports\":{\"run\":{\"docs\":{}}}}}}", "\"notes\":[]"},
        {1, "{\"worlds\":{\"w\":{\"func_exports\":{\"run\":\"x\"}}},\"interfaces\":{\"c\":{\"funcs\":7}}}",
         "\"notes\":[]"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        char *got = describe_with_docs(t[i].version, pn_view_str(t[i].json));
        CHECK(got != NULL && strstr(got, "[null,\"run\"],\"description\":\"\",\"callable\":true") != NULL);
        CHECK(got != NULL && strstr(got, t[i].note) != NULL);
        free(got);
    }
}

static void long_texts_are_cut_between_characters(void) {
    struct pn_buf text = {0}, out = {0};
    for (int i = 0; i < 600; i++)
        pn_buf_add_str(&text, i == 0 ? "x" : "\xc3\xa9");
    pn_docs_clean(pn_buf_view(&text), &out);
    CHECK_INT(out.len, 1023);
    CHECK(out.len == 1023 && out.ptr[1022] == 0xa9);
    pn_buf_reset(&out);
    pn_docs_clean(PN_VIEW("a\xff\xe2\x80\xae\x80z \n"), &out);
    CHECK_STR(pn_buf_cstr(&out), "az");
    pn_buf_fini(&text);
    pn_buf_fini(&out);
}

static void damaged_sections_are_refused(void) {
#define HEAD "\0asm\x0d\0\1\0"
    static const struct {
        struct pn_view bytes;
        bool good;
    } t[] = {
        {PN_VIEW(HEAD), true},
        {PN_VIEW(HEAD "\0\3\2hi"), true},
        {PN_VIEW(HEAD "\0\2\2h"), false},                    // the name ends outside the section
        {PN_VIEW(HEAD "\0\4\2hi"), false},                   // the section ends outside the file
        {PN_VIEW(HEAD "\0\xff\xff\xff\xff\x0f"), false},     // 4 GiB
        {PN_VIEW(HEAD "\0\x83\x80\x80\x80\x10\2hi"), false}, // more than 32 bits
        {PN_VIEW(HEAD "\0\x80\x80\x80\x80\x80\0"), false},   // six bytes of length
        {PN_VIEW(HEAD "\0\x83\x80\x80\x80\0\2hi"), true},    // five are allowed
        {PN_VIEW(HEAD "\x0d\0"), false},                     // no such section
        {PN_VIEW(HEAD "\1"), false},
        {PN_VIEW(HEAD "\1\0\2\1x"), true},
        {PN_VIEW(HEAD "\1\0\0"), false},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct pn_err err = {0};
        struct pn_view content;
        bool found = true;
        CHECK_INT(pn_docs_section(t[i].bytes, PN_VIEW("none"), &found, &content, &err), t[i].good ? 0 : -1);
        CHECK(!found);
        if (!t[i].good)
            CHECK_ERR(err, "damaged: no valid");
    }
    struct pn_err err = {0};
    struct pn_view content;
    bool found = false;
    CHECK_INT(pn_docs_section(PN_VIEW(HEAD "\1\1x\0\6\2hiabc"), PN_VIEW("hi"), &found, &content, &err), 0);
    CHECK(found && pn_view_is(content, "abc"));
}

PN_TESTS(TEST(misuse), TEST(functions_at_the_top_and_in_instances), TEST(exports_of_runtimes_are_no_tools),
         TEST(instances_inside_instances_are_left_out), TEST(imports_are_listed), TEST(schemas_of_scalars),
         TEST(schemas_of_named_types), TEST(a_result_at_the_top_shows_its_ok_side), TEST(options_are_not_required),
         TEST(functions_with_resources_are_not_callable), TEST(long_names_are_not_callable),
         TEST(equal_names_get_a_suffix), TEST(names_are_mapped), TEST(exports_and_tools_are_limited),
         TEST(shared_types_are_counted_at_each_use), TEST(wide_types_are_not_callable),
         TEST(functions_share_one_budget), TEST(deep_types_have_shallow_schemas), TEST(texts_become_descriptions),
         TEST(bad_texts_cost_only_the_descriptions), TEST(long_texts_are_cut_between_characters),
         TEST(damaged_sections_are_refused))
