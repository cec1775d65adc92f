// SPDX-License-Identifier: Apache-2.0
// What a fresh instance costs: store, instance and drop, linked beforehand and linked anew, from the pool of a worker
// and on demand; and one whole call of a tool.
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

enum { COMPONENT_MOST = 64 << 20 };

struct guest {
    wasm_engine_t *engine;
    wasmtime_component_t *component;
    wasmtime_component_linker_t *linker;
    pn_engine_pre_t *pre;
};

static void open_guest(struct guest *g, wasm_engine_t *engine, struct pn_view code) {
    struct pn_err err = {0};
    *g = (struct guest){.engine = engine};
    bench_engine_ok(wasmtime_component_deserialize(engine, code.ptr, code.len, &g->component), "load");
    g->linker = wasmtime_component_linker_new(engine);
    bench_ok(pn_wasi_link(g->linker, engine, g->component, &err), &err);
    bench_engine_ok(pn_engine_pre_new(g->linker, g->component, &g->pre), "link");
}

static void close_guest(struct guest *g) {
    pn_engine_pre_delete(g->pre);
    wasmtime_component_linker_delete(g->linker);
    wasmtime_component_delete(g->component);
    wasm_engine_delete(g->engine);
}

static void with_pre(void *ctx, unsigned times) {
    const struct guest *g = ctx;
    for (; times > 0; times--) {
        struct pn_engine_budget budget;
        wasmtime_component_instance_t instance;
        bench_start();
        wasmtime_store_t *store = bench_store(g->engine, &budget);
        bench_engine_ok(pn_engine_pre_instantiate(g->pre, wasmtime_store_context(store), &instance), "instantiate");
        wasmtime_store_delete(store);
        pn_host_finish(&bench_host);
    }
}

static void with_linker(void *ctx, unsigned times) {
    const struct guest *g = ctx;
    for (; times > 0; times--) {
        struct pn_engine_budget budget;
        wasmtime_component_instance_t instance;
        bench_start();
        wasmtime_store_t *store = bench_store(g->engine, &budget);
        bench_engine_ok(
            wasmtime_component_linker_instantiate(g->linker, wasmtime_store_context(store), g->component, &instance),
            "instantiate");
        wasmtime_store_delete(store);
        pn_host_finish(&bench_host);
    }
}

static void compare(const char *name, wasm_engine_t *engine, struct pn_view code, const char *memory, double target) {
    char title[96];
    struct guest g;
    open_guest(&g, engine, code);
    double pre = bench_time(with_pre, &g) * 1e6;
    double linked = bench_time(with_linker, &g) * 1e6;
    (void)snprintf(title, sizeof title, "engine: instance of %s, %s", name, memory);
    bench_print(title, pre, "us", target, BENCH_LESS, linked);
    close_guest(&g);
}

// Compiles; false when this guest was not built.
static bool compile(const char *guests, const char *name, wasm_byte_vec_t *code) {
    char path[4096];
    struct pn_buf bytes = {0};
    struct pn_err err = {0};
    (void)snprintf(path, sizeof path, "%s/%s.wasm", guests, name);
    if (access(path, R_OK) != 0)
        return false;
    bench_ok(pn_read_file(path, COMPONENT_MOST, &bytes, &err), &err);
    wasm_engine_t *engine = pn_engine_for_compiling();
    wasmtime_component_t *component;
    bench_engine_ok(wasmtime_component_new(engine, bytes.ptr, bytes.len, &component), path);
    bench_engine_ok(wasmtime_component_serialize(component, code), path);
    wasmtime_component_delete(component);
    wasm_engine_delete(engine);
    pn_buf_fini(&bytes);
    return true;
}

// --- a whole call ---

struct call {
    struct pn_runtime *runtime;
    struct pn_run_thread *thread;
    struct pn_buf value;
};

static bool never(void *host) {
    return false;
}

static void call_echo(void *ctx, unsigned times) {
    struct call *c = ctx;
    struct pn_err err = {0};
    struct pn_run_call call = {
        .arguments = PN_VIEW("{\"text\":\"hello\"}"), .host = &bench_host, .interrupt = never, .host_stopped = never};
    for (; times > 0; times--) {
        pn_buf_reset(&c->value);
        bench_start();
        bench_ok(pn_runtime_call(c->runtime, c->thread, &call, &c->value, &err) == PN_RUN_OK ? 0 : -1, &err);
        pn_host_finish(&bench_host);
    }
}

static void whole_call(struct pn_view code) {
    struct pn_err err = {0};
    struct call c = {.thread = pn_run_thread_new()};
    bench_ok(pn_runtime_new(code, &pn_limits_default, 1, pn_wasi_link, &c.runtime, &err), &err);
    bench_print("engine: call of echo: arguments, instance, result", bench_time(call_echo, &c) * 1e6, "us", 0,
                BENCH_LESS, 0);
    pn_runtime_free(c.runtime);
    pn_run_thread_free(c.thread);
    pn_buf_fini(&c.value);
}

void bench_instances(const char *guests) {
    static const struct {
        const char *name, *about;
        double target; // us; a big guest has none: its memory must be set up
    } table[] = {
        {"echo", "echo (no import)", 15},
        {"files", "files (C)", 15},
        {"lang-rust", "lang-rust", 15},
        {"lang-js", "lang-js (SpiderMonkey)", 0},
        {"lang-python", "lang-python (CPython)", 0},
    };
    struct pn_limits limits = pn_limits_default;
    limits.memory_bytes = 256 << 20;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        wasm_byte_vec_t bytes;
        if (!compile(guests, table[i].name, &bytes))
            continue;
        struct pn_view code = pn_view(bytes.data, bytes.size);
        compare(table[i].about, pn_engine_for_calls(&limits, 1), code, "pooled", table[i].target);
        compare(table[i].about, pn_engine_for_compiling(), code, "on demand", 0);
        if (i == 0)
            whole_call(code);
        wasm_byte_vec_delete(&bytes);
    }
}
