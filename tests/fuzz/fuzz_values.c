// SPDX-License-Identifier: Apache-2.0
// Hostile arguments for a fixed set of types. What is accepted must read back to itself, and a real guest that hands
// its argument back must agree. Input: one byte that selects the type, then the JSON of a list's elements.
#include "../unit/wat.h"
#include "base/cleanup.h"
#include "base/text.h"

#define MUST(cond)                                                      \
    do {                                                                \
        if (!(cond)) {                                                  \
            fprintf(stderr, "broken: %s (line %d)\n", #cond, __LINE__); \
            abort();                                                    \
        }                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 1 << 20, CALLED_MOST = 2048 };

static const char guest[] = WAT_ECHO
    "(type $a' (record (field \"name\" string) (field \"price\" f64) (field \"note\" (option string))))"
    "(export $a \"t-a\" (type $a'))"
    "(type $b' (variant (case \"circle\" f32) (case \"box\" $a) (case \"none\")))(export $b \"t-b\" (type $b'))"
    "(type $c' (enum \"red\" \"green\" \"blue\"))(export $c \"t-c\" (type $c'))"
    "(type $d' (flags \"read\" \"write\" \"run\"))(export $d \"t-d\" (type $d'))"
    "(type $e' (record (field \"s8\" s8) (field \"s16\" s16) (field \"s32\" s32) (field \"s64\" s64) (field \"u8\" u8)"
    " (field \"u16\" u16) (field \"u32\" u32) (field \"u64\" u64) (field \"c\" char) (field \"b\" bool)))"
    "(export $e \"t-e\" (type $e'))" WAT_LIST("a", "$a") WAT_LIST("b", "$b") WAT_LIST("c", "$c") WAT_LIST("d", "$d")
        WAT_LIST("e", "$e") WAT_LIST("f", "(tuple u64 (list u8) (list string))") WAT_LIST("g", "(option (option s64))")
            WAT_LIST("h", "(result $b (error (list $a)))") WAT_LIST("i", "u8") WAT_LIST("j", "(list (list f64))") ")";
static const char *const funcs[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
enum { FUNCS = sizeof funcs / sizeof *funcs };

static struct wat world;
static struct pn_plan plans[FUNCS];

static void start(void) {
    MUST(wat_open(&world, guest));
    for (size_t i = 0; i < FUNCS; i++)
        MUST(wat_plan(&world, funcs[i], &plans[i], NULL) == 0);
}

static bool is_harmless(const char *text) {
    struct pn_view v = pn_view_str(text);
    uint32_t c;
    for (size_t n; v.len > 0; v = pn_view_part(v, n, v.len))
        if ((n = pn_utf8_next(v, &c)) == 0 || pn_char_is_hidden(c))
            return false;
    return true;
}

// Lowers and lifts without the engine; false when the arguments are refused.
static bool round_trip(const struct pn_plan *plan, struct pn_args *args, struct pn_view json, struct pn_json *doc,
                       struct pn_buf *out) {
    struct pn_err err = {0};
    if (pn_json_parse(doc, json, NULL, NULL) < 0)
        return false;
    if (pn_args_lower(args, plan, doc, 0, &err) < 0) {
        MUST(err.category == PN_E_INPUT || err.category == PN_E_LIMIT);
        MUST(args->vals == NULL && args->count == 0);
        MUST(err.text[0] != '\0' && is_harmless(err.text));
        return false;
    }
    MUST(args->count == 1);
    return pn_value_lift(plan, plan->members[0].type, &args->vals[0], LIMIT, out, NULL) == 0;
}

static void check_call(const char *func, const struct pn_plan *plan, const struct pn_args *args, struct pn_view want) {
    pn_auto(pn_buf) struct pn_buf out = {0};
    wasmtime_component_val_t result = {.kind = WASMTIME_COMPONENT_BOOL};
    bool failed;
    MUST(wat_call_vals(&world, func, args, true, &result, NULL) == 0);
    MUST(pn_result_lift(plan, &result, LIMIT, &out, &failed, NULL) == 0);
    wasmtime_component_val_delete(&result);
    MUST(!failed && pn_view_eq(pn_buf_view(&out), want));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pn_args args = {.items = 5000, .arena.max = 4 << 20};
    static struct pn_json doc, doc2;
    if (world.engine == NULL)
        start();
    if (size == 0)
        return 0;
    const struct pn_plan *plan = &plans[data[0] % FUNCS];
    pn_auto(pn_buf) struct pn_buf json = {0}, first = {0}, again = {0}, second = {0};
    pn_buf_add_str(&json, "{\"v\":");
    pn_buf_add(&json, data + 1, size - 1);
    pn_buf_add_byte(&json, '}');
    if (!round_trip(plan, &args, pn_buf_view(&json), &doc, &first))
        return 0;
    if (first.len <= CALLED_MOST)
        check_call(funcs[data[0] % FUNCS], plan, &args, pn_buf_view(&first));
    pn_buf_add_str(&again, "{\"v\":");
    pn_buf_add_view(&again, pn_buf_view(&first));
    pn_buf_add_byte(&again, '}');
    MUST(round_trip(plan, &args, pn_buf_view(&again), &doc2, &second));
    MUST(pn_view_eq(pn_buf_view(&first), pn_buf_view(&second)));
    return 0;
}
