// SPDX-License-Identifier: Apache-2.0
// Linking imports, and calls through the engine: boxed functions, byte lanes, resources, waiting.
#include "base/cleanup.h"
#include "base/file.h"
#include "check.h"
#include "policy_help.h"
#include "wasi/link.h"
#include "wat.h"

#include <sys/eventfd.h>
#include <unistd.h>

// The error of linking a component with these imports; "" when it links and the engine is content with it.
static const char *link_error(const char *wat) {
    static struct pn_err err;
    struct wat w;
    pn_engine_pre_t *pre = NULL;
    err.text[0] = 0;
    if (!wat_open(&w, wat)) {
        (void)pn_fail(&err, PN_E_BUG, "does not assemble");
    } else if (pn_wasi_link(w.linker, w.engine, w.component, &err) == 0) {
        CHECK_INT(pn_wasi_check_imports(w.engine, w.component, &err), 0);
        if (wat_said(pn_engine_pre_new(w.linker, w.component, &pre)))
            (void)pn_fail(&err, PN_E_BUG, "the engine refuses it");
        else
            pn_engine_pre_delete(pre);
    }
    wat_close(&w);
    return err.text;
}

#define CHECK_LINK(wat, part) CHECK(strstr(link_error(wat), (part)) != NULL)

static void misuse(void) {
    CHECK_LINK(
        "(component (import \"wasi:clocks/monotonic-clok@0.2.0\" (instance (export \"now\" (func (result u64))))))",
        "import \"wasi:clocks/monotonic-clok@0.2.0\" is not known; the nearest known interface is "
        "wasi:clocks/monotonic-clock@0.2");
    CHECK_LINK(
        "(component (import \"wasi:clocks/monotonic-clock@0.3.0\" (instance (export \"now\" (func (result u64))))))",
        "only in version 0.2.x");
    CHECK_LINK("(component (import \"wasi:clocks/monotonic-clock@0.2.0-rc.1\" (instance (export \"now\" (func)))))",
               "only in version 0.2.x");
    CHECK_LINK("(component (import \"wasi:clocks/monotonic-clock@0.2.0\" (instance (export \"then\" (func)))))",
               "there is no function \"then\" in wasi:clocks/monotonic-clock");
    CHECK_LINK("(component (import \"evil\" (func (param \"x\" string))))", "import \"evil\" is not known");
    CHECK_LINK("(component (import \"a:b/c\" (instance (export \"f\" (func)))))", "import \"a:b/c\" is not known");
    CHECK_LINK("(component (import \"a:b/c\" (instance (export \"r\" (type (sub resource))))))", "is not known");
    CHECK_STR(
        link_error(
            "(component (import \"a:b/types\" (instance (type $t (list u8)) (export \"bytes\" (type (eq $t))))))"),
        "");
}

// What a function's type may not be: each of these would read another member of the value than the one that is there.
static void wrong_types(void) {
    static const char *const types[] = {
        "(param \"len\" string) (result u64)",
        "(param \"a\" u64)",
        "(result u32)",
        "(result (list u64))",
        "(result (tuple u64))",
        "",
        "(result (option u64))",
        "(result (result u64))",
        "(param \"a\" u64) (result u64)",
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char wat[512];
        (void)snprintf(
            wat, sizeof wat,
            "(component (import \"wasi:clocks/monotonic-clock@0.2.1\" (instance (export \"now\" (func %s)))))",
            types[i]);
        CHECK_LINK(wat, "the type of \"now\" is not the one of WASI 0.2");
    }
    CHECK_LINK(
        "(component (import \"wasi:cli/exit@0.2.0\" (instance (export \"exit\" (func (param \"s\" (result u32)))))))",
        "the type of \"exit\"");
    CHECK_LINK("(component (import \"wasi:random/insecure-seed@0.2.0\" (instance (export \"insecure-seed\""
               " (func (result (tuple u64)))))))",
               "the type of \"insecure-seed\"");
}

static void mixed_versions(void) {
    CHECK_STR(
        link_error("(component"
                   " (import \"wasi:io/poll@0.2.0\" (instance $a (export \"pollable\" (type (sub resource)))))"
                   " (alias export $a \"pollable\" (type $p))"
                   " (import \"wasi:clocks/monotonic-clock@0.2.12\" (instance"
                   "   (export \"pollable\" (type $q (eq $p)))"
                   "   (export \"subscribe-duration\" (func (param \"when\" u64) (result (own $q))))))"
                   " (import \"wasi:io/poll@0.2.3\" (instance $b (export \"pollable\" (type (sub resource)))))"
                   " (import \"wasi:clocks/monotonic-clock@0.2.99\" (instance (export \"now\" (func (result u64)))))"
                   " (import \"wasi:config/store@0.2.0-rc.1\" (instance (type $e (variant (case \"upstream\" string)"
                   "   (case \"io\" string))) (export \"error\" (type $f (eq $e)))"
                   "   (export \"get\" (func (param \"key\" string) (result (result (option string) (error $f))))))))"),
        "");
}

// Everything that WASI 0.2.12 has.
static void all_of_wasi(void) {
    const char *source = getenv("PN_SOURCE");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/tests/vectors/wasi-0.2.12.wat", source == NULL ? "." : source);
    pn_auto(pn_buf) struct pn_buf text = {0};
    struct pn_err err = {0};
    CHECK_INT(pn_read_file(path, 1 << 20, &text, &err), 0);
    CHECK_STR(link_error(pn_buf_cstr(&text)), "");
}

// --- calls ---
static const char guest[] =
    "(component"
    "  (import \"wasi:io/error@0.2.0\" (instance $errors (export \"error\" (type (sub resource)))))"
    "  (alias export $errors \"error\" (type $error))"
    "  (import \"wasi:io/poll@0.2.3\" (instance $poll (export \"pollable\" (type $p (sub resource)))"
    "    (export \"[method]pollable.block\" (func (param \"self\" (borrow $p))))))"
    "  (alias export $poll \"pollable\" (type $pollable))"
    "  (import \"wasi:io/streams@0.2.12\" (instance $streams"
    "    (export \"error\" (type $e (eq $error)))"
    "    (type $sx (variant (case \"last-operation-failed\" (own $e)) (case \"closed\")))"
    "    (export \"stream-error\" (type $s (eq $sx)))"
    "    (export \"output-stream\" (type $o (sub resource)))"
    "    (export \"[method]output-stream.blocking-write-and-flush\" (func (param \"self\" (borrow $o))"
    "      (param \"contents\" (list u8)) (result (result (error $s)))))))"
    "  (alias export $streams \"output-stream\" (type $output))"
    "  (import \"wasi:cli/stdout@0.2.0\" (instance $stdout (export \"output-stream\" (type $o (eq $output)))"
    "    (export \"get-stdout\" (func (result (own $o))))))"
    "  (import \"wasi:clocks/monotonic-clock@0.2.12\" (instance $clock (export \"pollable\" (type $q (eq $pollable)))"
    "    (export \"now\" (func (result u64)))"
    "    (export \"subscribe-duration\" (func (param \"when\" u64) (result (own $q))))))"
    "  (import \"wasi:random/random@0.2.0\" (instance $random"
    "    (export \"get-random-bytes\" (func (param \"len\" u64) (result (list u8))))))"
    "  (import \"wasi:cli/exit@0.2.0\" (instance $exit (export \"exit\" (func (param \"status\" (result))))))"
    "  (core module $libc (memory (export \"memory\") 80) (global $top (mut i32) (i32.const 4096))"
    "    (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (local $at i32)"
    "      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))"
    "      (global.set $top (i32.add (local.get $at) (local.get 3))) (local.get $at))"
    "    (data (i32.const 64) \"hello\\nworld\"))"
    "  (core instance $l (instantiate $libc))"
    "  (alias core export $l \"memory\" (core memory $mem))"
    "  (alias core export $l \"realloc\" (core func $realloc))"
    "  (core func $block (canon lower (func $poll \"[method]pollable.block\")))"
    "  (core func $write (canon lower (func $streams \"[method]output-stream.blocking-write-and-flush\") (memory $mem)"
    "    (realloc $realloc)))"
    "  (core func $get (canon lower (func $stdout \"get-stdout\")))"
    "  (core func $now (canon lower (func $clock \"now\")))"
    "  (core func $after (canon lower (func $clock \"subscribe-duration\")))"
    "  (core func $bytes (canon lower (func $random \"get-random-bytes\") (memory $mem) (realloc $realloc)))"
    "  (core func $leave (canon lower (func $exit \"exit\")))"
    "  (core func $drop-output (canon resource.drop $output))"
    "  (core func $drop-pollable (canon resource.drop $pollable))"
    "  (core module $main (import \"l\" \"memory\" (memory 1))"
    "    (import \"h\" \"block\" (func $block (param i32)))"
    "    (import \"h\" \"write\" (func $write (param i32 i32 i32 i32)))"
    "    (import \"h\" \"get\" (func $get (result i32)))"
    "    (import \"h\" \"now\" (func $now (result i64)))"
    "    (import \"h\" \"after\" (func $after (param i64) (result i32)))"
    "    (import \"h\" \"bytes\" (func $bytes (param i64 i32)))"
    "    (import \"h\" \"leave\" (func $leave (param i32)))"
    "    (import \"h\" \"drop-output\" (func $drop-output (param i32)))"
    "    (import \"h\" \"drop-pollable\" (func $drop-pollable (param i32)))"
    "    (func (export \"say\") (param $len i32) (result i64) (local $out i32)"
    "      (local.set $out (call $get))"
    "      (call $write (local.get $out) (i32.const 64) (local.get $len) (i32.const 16))"
    "      (call $drop-output (local.get $out)) (i64.load8_u (i32.const 16)))"
    "    (func (export \"wait\") (param $ns i64) (result i64) (local $p i32) (local $before i64)"
    "      (local.set $before (call $now)) (local.set $p (call $after (local.get $ns)))"
    "      (call $block (local.get $p)) (call $drop-pollable (local.get $p))"
    "      (i64.sub (call $now) (local.get $before)))"
    "    (func (export \"random\") (param $len i64) (result i64)"
    "      (call $bytes (local.get $len) (i32.const 16)) (i64.load32_u (i32.const 20)))"
    "    (func (export \"leave\") (result i64) (call $leave (i32.const 0)) (i64.const 1))"
    "    (func (export \"hoard\") (result i64) (loop (drop (call $get)) (br 0)) (i64.const 1)))"
    "  (core instance $m (instantiate $main (with \"l\" (instance $l)) (with \"h\" (instance"
    "    (export \"block\" (func $block)) (export \"write\" (func $write)) (export \"get\" (func $get))"
    "    (export \"now\" (func $now)) (export \"after\" (func $after)) (export \"bytes\" (func $bytes))"
    "    (export \"leave\" (func $leave)) (export \"drop-output\" (func $drop-output))"
    "    (export \"drop-pollable\" (func $drop-pollable))))))"
    "  (func (export \"say\") (param \"len\" u32) (result u64) (canon lift (core func $m \"say\")))"
    "  (func (export \"wait\") (param \"ns\" u64) (result u64) (canon lift (core func $m \"wait\")))"
    "  (func (export \"random\") (param \"len\" u64) (result u64) (canon lift (core func $m \"random\")))"
    "  (func (export \"leave\") (result u64) (canon lift (core func $m \"leave\")))"
    "  (func (export \"hoard\") (result u64) (canon lift (core func $m \"hoard\"))))";

// What a component gets that was granted nothing: one export per question, the answer as a number.
static const char beggar[] =
    "(component"
    "  (import \"wasi:cli/environment@0.2.0\" (instance $cli"
    "    (export \"get-environment\" (func (result (list (tuple string string)))))"
    "    (export \"get-arguments\" (func (result (list string))))"
    "    (export \"initial-cwd\" (func (result (option string))))))"
    "  (import \"wasi:filesystem/types@0.2.0\" (instance $types (export \"descriptor\" (type (sub resource)))))"
    "  (alias export $types \"descriptor\" (type $descriptor))"
    "  (import \"wasi:filesystem/preopens@0.2.0\" (instance $preopens (export \"descriptor\" (type $d (eq "
    "$descriptor)))"
    "    (export \"get-directories\" (func (result (list (tuple (own $d) string)))))))"
    "  (import \"wasi:sockets/network@0.2.0\" (instance $net (export \"network\" (type (sub resource)))"
    "    (type $ex (enum \"unknown\" \"access-denied\" \"not-supported\")) (export \"error-code\" (type (eq $ex)))"
    "    (type $fx (enum \"ipv4\" \"ipv6\")) (export \"ip-address-family\" (type (eq $fx)))))"
    "  (alias export $net \"network\" (type $network)) (alias export $net \"error-code\" (type $code))"
    "  (alias export $net \"ip-address-family\" (type $family))"
    "  (import \"wasi:sockets/tcp@0.2.0\" (instance $tcp (export \"tcp-socket\" (type (sub resource)))))"
    "  (alias export $tcp \"tcp-socket\" (type $socket))"
    "  (import \"wasi:sockets/tcp-create-socket@0.2.0\" (instance $create (export \"tcp-socket\" (type $s (eq "
    "$socket)))"
    "    (export \"error-code\" (type $e (eq $code))) (export \"ip-address-family\" (type $f (eq $family)))"
    "    (export \"create-tcp-socket\" (func (param \"address-family\" $f) (result (result (own $s) (error $e)))))))"
    "  (import \"wasi:sockets/instance-network@0.2.0\" (instance $in (export \"network\" (type $n (eq $network)))"
    "    (export \"instance-network\" (func (result (own $n))))))"
    "  (import \"wasi:sockets/ip-name-lookup@0.2.0\" (instance $look (export \"network\" (type $n (eq $network)))"
    "    (export \"error-code\" (type $e (eq $code))) (export \"resolve-address-stream\" (type $r (sub resource)))"
    "    (export \"resolve-addresses\" (func (param \"network\" (borrow $n)) (param \"name\" string)"
    "      (result (result (own $r) (error $e)))))))"
    "  (import \"wasi:config/store@0.2.0-rc.1\" (instance $config (type $ex (variant (case \"upstream\" string)"
    "    (case \"io\" string))) (export \"error\" (type $e (eq $ex)))"
    "    (export \"get-all\" (func (result (result (list (tuple string string)) (error $e)))))))"
    "  (core module $libc (memory (export \"memory\") 1) (global $top (mut i32) (i32.const 4096))"
    "    (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (local $at i32)"
    "      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))"
    "      (global.set $top (i32.add (local.get $at) (local.get 3))) (local.get $at))"
    "    (data (i32.const 64) \"localhost\"))"
    "  (core instance $l (instantiate $libc))"
    "  (alias core export $l \"memory\" (core memory $mem)) (alias core export $l \"realloc\" (core func $ra))"
    "  (core func $env (canon lower (func $cli \"get-environment\") (memory $mem) (realloc $ra)))"
    "  (core func $args (canon lower (func $cli \"get-arguments\") (memory $mem) (realloc $ra)))"
    "  (core func $cwd (canon lower (func $cli \"initial-cwd\") (memory $mem) (realloc $ra)))"
    "  (core func $dirs (canon lower (func $preopens \"get-directories\") (memory $mem) (realloc $ra)))"
    "  (core func $tcp (canon lower (func $create \"create-tcp-socket\") (memory $mem)))"
    "  (core func $network (canon lower (func $in \"instance-network\")))"
    "  (core func $resolve (canon lower (func $look \"resolve-addresses\") (memory $mem)))"
    "  (core func $config (canon lower (func $config \"get-all\") (memory $mem) (realloc $ra)))"
    "  (core module $main (import \"l\" \"memory\" (memory 1))"
    "    (import \"h\" \"env\" (func $env (param i32))) (import \"h\" \"args\" (func $args (param i32)))"
    "    (import \"h\" \"cwd\" (func $cwd (param i32))) (import \"h\" \"dirs\" (func $dirs (param i32)))"
    "    (import \"h\" \"tcp\" (func $tcp (param i32 i32))) (import \"h\" \"network\" (func $network (result i32)))"
    "    (import \"h\" \"resolve\" (func $resolve (param i32 i32 i32 i32)))"
    "    (import \"h\" \"config\" (func $config (param i32)))"
    "    (func (export \"env\") (result i64) (call $env (i32.const 16)) (i64.load32_u (i32.const 20)))"
    "    (func (export \"args\") (result i64) (call $args (i32.const 16)) (i64.load32_u (i32.const 20)))"
    "    (func (export \"cwd\") (result i64) (call $cwd (i32.const 16)) (i64.load8_u (i32.const 16)))"
    "    (func (export \"dirs\") (result i64) (call $dirs (i32.const 16)) (i64.load32_u (i32.const 20)))"
    "    (func (export \"config\") (result i64) (call $config (i32.const 16)) (i64.load32_u (i32.const 24)))"
    // 256 = an error, plus its number
    "    (func $answer (result i64) (i64.add (i64.mul (i64.load8_u (i32.const 16)) (i64.const 256))"
    "      (i64.load8_u (i32.const 20))))"
    "    (func (export \"tcp\") (result i64) (call $tcp (i32.const 0) (i32.const 16)) (call $answer))"
    "    (func (export \"resolve\") (result i64)"
    "      (call $resolve (call $network) (i32.const 64) (i32.const 9) (i32.const 16)) (call $answer)))"
    "  (core instance $m (instantiate $main (with \"l\" (instance $l)) (with \"h\" (instance"
    "    (export \"env\" (func $env)) (export \"args\" (func $args)) (export \"cwd\" (func $cwd))"
    "    (export \"dirs\" (func $dirs)) (export \"tcp\" (func $tcp)) (export \"network\" (func $network))"
    "    (export \"resolve\" (func $resolve)) (export \"config\" (func $config))))))"
    "  (func (export \"env\") (result u64) (canon lift (core func $m \"env\")))"
    "  (func (export \"args\") (result u64) (canon lift (core func $m \"args\")))"
    "  (func (export \"cwd\") (result u64) (canon lift (core func $m \"cwd\")))"
    "  (func (export \"dirs\") (result u64) (canon lift (core func $m \"dirs\")))"
    "  (func (export \"config\") (result u64) (canon lift (core func $m \"config\")))"
    "  (func (export \"tcp\") (result u64) (canon lift (core func $m \"tcp\")))"
    "  (func (export \"resolve\") (result u64) (canon lift (core func $m \"resolve\"))))";

struct run {
    struct wat w;
    pn_engine_pre_t *pre;
    struct pn_policy policy;
    struct pn_world world;
    struct pn_host host;
    struct pn_buf log;
};

static void keep_line(void *data, bool is_error, struct pn_view line) {
    pn_buf_printf(data, "%s(%.*s)", is_error ? "e" : "o", PN_FMT(line));
}

static bool run_open(struct run *r, const char *wat, const char *permissions) {
    static const struct pn_config_entry env[] = {{"GRANTED", "yes"}, {"OTHER", "no"}};
    struct pn_err err = {0};
    *r = (struct run){0};
    if (permissions == NULL)
        pn_policy_init_empty(&r->policy);
    else
        r->policy = read_policy(permissions);
    bool ok = wat_open(&r->w, wat) && pn_wasi_link(r->w.linker, r->w.engine, r->w.component, &err) == 0 &&
              !wat_said(pn_engine_pre_new(r->w.linker, r->w.component, &r->pre)) &&
              pn_world_init(&r->world, &r->policy, env, 2, NULL, &err) == 0;
    if (!ok)
        printf("# %s\n", err.text);
    pn_host_init(&r->host, &r->world);
    CHECK(ok);
    return ok;
}

static void run_close(struct run *r) {
    pn_host_fini(&r->host);
    pn_world_fini(&r->world);
    pn_policy_fini(&r->policy);
    pn_buf_fini(&r->log);
    pn_engine_pre_delete(r->pre);
    wat_close(&r->w);
}

// Calls an export in a fresh store; the result, or UINT64_MAX when it ended early (r->host.end_text says why).
static uint64_t run_call(struct run *r, const char *name, const wasmtime_component_val_t *arg, uint64_t ms,
                         int cancel_fd) {
    struct pn_host_call call = {
        .deadline = pn_now() + ms * PN_MSEC, .cancel_fd = cancel_fd, .log = keep_line, .log_data = &r->log};
    pn_host_start(&r->host, &call);
    wasmtime_store_t *store = wasmtime_store_new(r->w.engine, &r->host, NULL);
    wasmtime_context_t *context = wasmtime_store_context(store);
    wasmtime_component_instance_t instance;
    wasmtime_component_func_t func;
    wasmtime_component_val_t result = {.kind = WASMTIME_COMPONENT_U64, .of.u64 = UINT64_MAX};
    CHECK(!wat_said(pn_engine_pre_instantiate(r->pre, context, &instance)));
    wasmtime_component_export_index_t *index =
        wasmtime_component_instance_get_export_index(&instance, context, NULL, name, strlen(name));
    CHECK(index != NULL && wasmtime_component_instance_get_func(&instance, context, index, &func));
    wasmtime_error_t *failed = wasmtime_component_func_call(&func, context, arg, arg == NULL ? 0 : 1, &result, 1);
    uint64_t got = failed == NULL ? result.of.u64 : UINT64_MAX;
    CHECK((failed == NULL) == (r->host.end == PN_END_NONE));
    if (failed != NULL)
        wasmtime_error_delete(failed);
    wasmtime_component_export_index_delete(index);
    wasmtime_store_delete(store);
    pn_host_finish(&r->host);
    CHECK_INT(r->host.slots_len, 0);
    return got;
}

static uint64_t run_u64(struct run *r, const char *name, uint64_t arg, uint64_t ms) {
    wasmtime_component_val_t v = {.kind = WASMTIME_COMPONENT_U64, .of.u64 = arg};
    return run_call(r, name, &v, ms, -1);
}

static void calls(void) {
    struct run r;
    if (!run_open(&r, guest, NULL))
        return;
    wasmtime_component_val_t len = {.kind = WASMTIME_COMPONENT_U32, .of.u32 = 11};
    CHECK_INT(run_call(&r, "say", &len, 1000, -1), 0);
    CHECK_STR(pn_buf_cstr(&r.log), "o(hello)o(world)");
    uint64_t waited = run_u64(&r, "wait", 5 * PN_MSEC, 1000);
    CHECK(waited >= 5 * PN_MSEC && waited < 500 * PN_MSEC && waited % PN_MSEC == 0);
    CHECK(run_u64(&r, "wait", 1, 1000) >= PN_MSEC); // a timer ends on a step of the clock: nothing finer is seen
    CHECK_INT(run_u64(&r, "random", 32, 1000), 32);
    CHECK_INT(run_u64(&r, "random", 1 << 20, 1000), 1 << 20);
    run_close(&r);
}

static void ends(void) {
    struct run r;
    if (!run_open(&r, guest, NULL))
        return;
    CHECK(run_u64(&r, "wait", 60 * PN_SEC, 20) == UINT64_MAX);
    CHECK_INT(r.host.end, PN_END_LIMIT);
    CHECK_STR(r.host.end_text, "limit reached: wall_time = 30000 ms; raise it with `limits.wall_time` in the policy");
    CHECK(run_u64(&r, "wait", UINT64_MAX, 20) == UINT64_MAX);
    CHECK_INT(r.host.end, PN_END_LIMIT);
    int cancel = eventfd(1, EFD_CLOEXEC);
    wasmtime_component_val_t ns = {.kind = WASMTIME_COMPONENT_U64, .of.u64 = 60 * PN_SEC};
    CHECK(run_call(&r, "wait", &ns, 5000, cancel) == UINT64_MAX);
    CHECK_INT(r.host.end, PN_END_CANCELLED);
    (void)close(cancel);
    CHECK(run_u64(&r, "random", (1 << 20) + 1, 1000) == UINT64_MAX);
    CHECK_STR(r.host.end_text, "get-random-bytes: 1048577 bytes at once; at most 1048576");
    CHECK(run_call(&r, "leave", NULL, 1000, -1) == UINT64_MAX);
    CHECK_INT(r.host.end, PN_END_EXIT);
    CHECK(run_call(&r, "hoard", NULL, 5000, -1) == UINT64_MAX);
    CHECK(strstr(r.host.end_text, "4096 resources") != NULL);
    wasmtime_component_val_t len = {.kind = WASMTIME_COMPONENT_U32, .of.u32 = 11};
    CHECK_INT(run_call(&r, "say", &len, 1000, -1), 0); // and the next call is as good as the first
    run_close(&r);
}

static void log_limits(void) {
    struct run r;
    if (!run_open(&r, guest, NULL))
        return;
    r.policy.limits.log_lines = 1;
    r.policy.limits.log_line_bytes = 4;
    wasmtime_component_val_t len = {.kind = WASMTIME_COMPONENT_U32, .of.u32 = 3};
    CHECK_INT(run_call(&r, "say", &len, 1000, -1), 0);
    CHECK_STR(pn_buf_cstr(&r.log), "o(hel)");
    len.of.u32 = 11;
    CHECK(run_call(&r, "say", &len, 1000, -1) == UINT64_MAX);
    CHECK_STR(r.host.end_text, "limit reached: log_lines = 1; raise it with `limits.log_lines` in the policy");
    CHECK_STR(pn_buf_cstr(&r.log), "o(hel)o(hell)");
    run_close(&r);
}

static void check_gifts(struct run *r, unsigned env, unsigned dirs, unsigned config) {
    CHECK_INT(run_call(r, "env", NULL, 1000, -1), env);
    CHECK_INT(run_call(r, "dirs", NULL, 1000, -1), dirs);
    CHECK_INT(run_call(r, "config", NULL, 1000, -1), config);
    CHECK_INT(run_call(r, "args", NULL, 1000, -1), 0);
    CHECK_INT(run_call(r, "cwd", NULL, 1000, -1), 0);
    CHECK_INT(run_call(r, "tcp", NULL, 1000, -1), 256 + 1); // access-denied
    CHECK_INT(run_call(r, "resolve", NULL, 1000, -1), 256 + 1);
}

static void nothing_granted(void) {
    struct run r;
    if (!run_open(&r, beggar, NULL))
        return;
    check_gifts(&r, 0, 0, 0);
    run_close(&r);
}

static void something_granted(void) {
    struct run r;
    if (!run_open(&r, beggar,
                  "  environment:\n    allow:\n      - key: GRANTED\n      - key: UNSET\n"
                  "  storage:\n    allow:\n      - {uri: \"fs:///usr/**\", access: [read]}\n"
                  "config:\n  colour: red\n  size: big\n"))
        return;
    check_gifts(&r, 1, 1, 2);
    run_close(&r);
}

PN_TESTS(TEST(misuse), TEST(nothing_granted), TEST(something_granted), TEST(wrong_types), TEST(mixed_versions),
         TEST(all_of_wasi), TEST(calls), TEST(ends), TEST(log_limits))
