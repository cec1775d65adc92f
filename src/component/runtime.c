// SPDX-License-Identifier: Apache-2.0
#include "component/runtime.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "component/describe.h"
#include "component/plan.h"
#include "component/values.h"
#include "component/walk.h"

struct tool {
    bool callable;
    struct pn_plan plan;
    wasmtime_component_export_index_t *index;
};

struct pn_runtime {
    wasm_engine_t *engine;
    wasmtime_component_linker_t *linker;
    wasmtime_component_t *component;
    pn_engine_pre_t *pre;
    struct pn_limits limits;
    struct tool *tools;
    uint32_t tools_len;
    uint32_t plan_budget;
};

enum {
    MEMORIES_PER_CALL = 16,
    TABLES_PER_CALL = 64,
    CORE_SIZE = 2 << 20,       // of one core instance's bookkeeping
    KEEP_RESIDENT = 320 << 10, // bytes of a slot that are zeroed instead of given back: all that a small C guest has
};

// Everything here that changes generated code is part of pn_compile_configuration.
static wasm_config_t *common_config(void) {
    wasm_config_t *config = wasm_config_new();
    wasmtime_config_consume_fuel_set(config, true);
    wasmtime_config_epoch_interruption_set(config, true);
    wasmtime_config_wasm_component_model_set(config, true);
    wasmtime_config_wasm_relaxed_simd_deterministic_set(config, true);
    wasmtime_config_native_unwind_info_set(config, false);
    return config;
}

wasm_engine_t *pn_engine_for_compiling(void) {
    return wasm_engine_new_with_config(common_config());
}

wasm_engine_t *pn_engine_for_calls(const struct pn_limits *limits, unsigned threads) {
    wasm_config_t *config = common_config();
    wasmtime_config_max_wasm_stack_set(config, limits->stack_bytes);
    wasmtime_pooling_allocation_config_t *pool = wasmtime_pooling_allocation_config_new();
    uint32_t instances = limits->instances > 512 ? 512 : (uint32_t)limits->instances;
    uint64_t memory = (limits->memory_bytes + 65535) / 65536 * 65536;
    wasmtime_pooling_allocation_config_total_component_instances_set(pool, threads);
    wasmtime_pooling_allocation_config_total_core_instances_set(pool, threads * instances);
    wasmtime_pooling_allocation_config_max_core_instances_per_component_set(pool, instances);
    wasmtime_pooling_allocation_config_total_memories_set(pool, threads * MEMORIES_PER_CALL);
    wasmtime_pooling_allocation_config_max_memories_per_component_set(pool, MEMORIES_PER_CALL);
    wasmtime_pooling_allocation_config_max_memories_per_module_set(pool, MEMORIES_PER_CALL);
    wasmtime_pooling_allocation_config_total_tables_set(pool, threads * TABLES_PER_CALL);
    wasmtime_pooling_allocation_config_max_tables_per_component_set(pool, TABLES_PER_CALL);
    wasmtime_pooling_allocation_config_max_tables_per_module_set(pool, TABLES_PER_CALL);
    wasmtime_pooling_allocation_config_table_elements_set(pool, limits->table_elements);
    wasmtime_pooling_allocation_config_max_memory_size_set(pool, memory);
    wasmtime_pooling_allocation_config_max_core_instance_size_set(pool, CORE_SIZE);
    wasmtime_pooling_allocation_config_max_component_instance_size_set(pool, CORE_SIZE);
    wasmtime_pooling_allocation_config_total_stacks_set(pool, 1);
    wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(pool, KEEP_RESIDENT);
    wasmtime_pooling_allocation_config_table_keep_resident_set(pool, KEEP_RESIDENT);
    wasmtime_pooling_allocation_strategy_set(config, pool);
    wasmtime_pooling_allocation_config_delete(pool);
    return wasm_engine_new_with_config(config);
}

// Takes an engine error apart: its text into err; frees it.
static int engine_fail(wasmtime_error_t *error, enum pn_category category, const char *doing, struct pn_err *err) {
    wasm_name_t text;
    wasmtime_error_message(error, &text);
    struct pn_view v = pn_view(text.data, text.size);
    // The message is the chain of causes, then a trace of guest functions: hostile names that help nobody here.
    size_t trap = SIZE_MAX;
    for (size_t i = 0; i + 11 < v.len && trap == SIZE_MAX; i++)
        if (memcmp(v.ptr + i, "wasm trap: ", 11) == 0)
            trap = i + 11;
    if (trap != SIZE_MAX)
        v = pn_view_part(v, trap, v.len);
    v = pn_view_part(v, 0, pn_view_find(v, '\n', 0));
    (void)pn_fail(err, category, "%s%.*s", doing, (int)(v.len > 300 ? 300 : v.len), (const char *)v.ptr);
    wasm_name_delete(&text);
    wasmtime_error_delete(error);
    return -1;
}

static int add_tool(void *ctx, struct pn_view iface, struct pn_view func, const wasmtime_component_func_type_t *type,
                    struct pn_err *err) {
    struct pn_runtime *rt = ctx;
    if (rt->tools_len >= PN_DESCRIBE_TOOLS)
        return pn_fail(err, PN_E_LIMIT, "the component exports more than %d functions", PN_DESCRIBE_TOOLS);
    struct tool *t = &rt->tools[rt->tools_len++];
    struct pn_err why = {0};
    t->callable = pn_plan_build(&t->plan, type, &rt->plan_budget, &why) == 0;
    wasmtime_component_export_index_t *instance = NULL;
    if (iface.len > 0)
        instance = wasmtime_component_get_export_index(rt->component, NULL, (const char *)iface.ptr, iface.len);
    t->index = wasmtime_component_get_export_index(rt->component, instance, (const char *)func.ptr, func.len);
    if (instance != NULL)
        wasmtime_component_export_index_delete(instance);
    return t->index == NULL ? pn_fail(err, PN_E_BUG, "the engine does not find an export that it named") : 0;
}

static int prepare(struct pn_runtime *rt, pn_link_fn *link, struct pn_err *err) {
    rt->linker = wasmtime_component_linker_new(rt->engine);
    if (link(rt->linker, rt->engine, rt->component, err) != 0)
        return -1;
    wasmtime_error_t *error = pn_engine_pre_new(rt->linker, rt->component, &rt->pre);
    if (error != NULL)
        return engine_fail(error, PN_E_INPUT, "the component cannot be linked: ", err);
    rt->tools = calloc(PN_DESCRIBE_TOOLS, sizeof *rt->tools);
    if (rt->tools == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    rt->plan_budget = PN_PLAN_BUDGET;
    return pn_walk_tools(rt->engine, rt->component, PN_DESCRIBE_EXPORTS, NULL, add_tool, rt, err);
}

int pn_runtime_new(struct pn_view code, const struct pn_limits *limits, unsigned threads, pn_link_fn *link,
                   struct pn_runtime **out, struct pn_err *err) {
    struct pn_runtime *rt = calloc(1, sizeof *rt);
    if (rt == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    rt->limits = *limits;
    rt->engine = pn_engine_for_calls(limits, threads);
    if (rt->engine == NULL) {
        pn_runtime_free(rt);
        return pn_fail(err, PN_E_SYSTEM, "the engine does not start: not enough address space?");
    }
    wasmtime_error_t *error = wasmtime_component_deserialize(rt->engine, code.ptr, code.len, &rt->component);
    int rc =
        error != NULL ? engine_fail(error, PN_E_INPUT, "compiled code does not load: ", err) : prepare(rt, link, err);
    if (rc != 0) {
        pn_runtime_free(rt);
        return -1;
    }
    *out = rt;
    return 0;
}

void pn_runtime_free(struct pn_runtime *rt) {
    if (rt == NULL)
        return;
    for (uint32_t i = 0; i < rt->tools_len; i++) {
        pn_plan_fini(&rt->tools[i].plan);
        if (rt->tools[i].index != NULL)
            wasmtime_component_export_index_delete(rt->tools[i].index);
    }
    free(rt->tools);
    if (rt->pre != NULL)
        pn_engine_pre_delete(rt->pre);
    if (rt->linker != NULL)
        wasmtime_component_linker_delete(rt->linker);
    if (rt->component != NULL)
        wasmtime_component_delete(rt->component);
    if (rt->engine != NULL)
        wasm_engine_delete(rt->engine);
    free(rt);
}

uint32_t pn_runtime_tool_count(const struct pn_runtime *rt) {
    return rt->tools_len;
}

void pn_runtime_tick(struct pn_runtime *rt) {
    wasmtime_engine_increment_epoch(rt->engine);
}

struct pn_run_thread {
    struct pn_json json;
    struct pn_args args;
};

struct pn_run_thread *pn_run_thread_new(void) {
    return calloc(1, sizeof(struct pn_run_thread));
}

void pn_run_thread_free(struct pn_run_thread *t) {
    if (t == NULL)
        return;
    pn_json_fini(&t->json);
    pn_args_fini(&t->args);
    free(t);
}

static wasmtime_error_t *on_epoch(wasmtime_context_t *context, void *data, uint64_t *delta,
                                  wasmtime_update_deadline_kind_t *kind) {
    (void)context;
    const struct pn_run_call *call = data;
    if (call->interrupt(call->host))
        return wasmtime_error_new("interrupted");
    *delta = 1;
    *kind = WASMTIME_UPDATE_DEADLINE_CONTINUE;
    return NULL;
}

// One call's store and everything that is deleted with it.
struct run {
    struct pn_runtime *rt;
    const struct pn_run_call *call;
    wasmtime_store_t *store;
    wasmtime_context_t *context;
    struct pn_engine_budget budget;
};

static void run_open(struct run *r) {
    const struct pn_limits *l = &r->rt->limits;
    r->budget = (struct pn_engine_budget){
        .memory_max = l->memory_bytes,
        .table_max = l->table_elements,
        .instances_max = l->instances,
        .memories_max = MEMORIES_PER_CALL,
        .tables_max = TABLES_PER_CALL,
    };
    r->store = wasmtime_store_new(r->rt->engine, r->call->host, NULL);
    r->context = wasmtime_store_context(r->store);
    pn_engine_set_budget(r->store, &r->budget);
    wasmtime_error_t *error = wasmtime_context_set_fuel(r->context, l->fuel);
    if (error != NULL) // only when the engine has no fuel, which common_config rules out
        wasmtime_error_delete(error);
    wasmtime_store_epoch_deadline_callback(r->store, on_epoch, (void *)(uintptr_t)r->call, NULL);
    wasmtime_context_set_epoch_deadline(r->context, 1);
}

static int limit(struct pn_err *err, const char *key, uint64_t value, const char *unit) {
    return pn_fail(err, PN_E_LIMIT, "limit reached: %s = %llu %s; raise it with `limits.%s` in the policy", key,
                   (unsigned long long)value, unit, key);
}

// Why did the call fail? The first cause that fits, most certain first.
static enum pn_run explain(struct run *r, wasmtime_error_t *error, struct pn_err *err) {
    const struct pn_limits *l = &r->rt->limits;
    uint64_t fuel = 1;
    wasmtime_error_t *none = wasmtime_context_get_fuel(r->context, &fuel);
    if (none != NULL)
        wasmtime_error_delete(none);
    struct pn_err engine = {0};
    (void)engine_fail(error, PN_E_INPUT, "", &engine);
    if (r->call->host_stopped(r->call->host))
        return PN_RUN_STOPPED;
    if (fuel == 0)
        (void)limit(err, "fuel", l->fuel, "units");
    else if (r->budget.breach == 1)
        (void)limit(err, "memory", l->memory_bytes, "bytes");
    else if (r->budget.breach == 2)
        (void)limit(err, "table_elements", l->table_elements, "elements");
    else if (strstr(engine.text, "call stack exhausted") != NULL)
        (void)limit(err, "stack", l->stack_bytes, "bytes");
    else {
        (void)pn_fail(err, PN_E_INPUT, "the component trapped: %s", engine.text);
        return PN_RUN_TRAP;
    }
    return PN_RUN_LIMIT;
}

static enum pn_run lift(struct run *r, const struct tool *tool, wasmtime_component_val_t *value, struct pn_buf *out,
                        struct pn_err *err) {
    bool failed = false;
    bool has = tool->plan.result != PN_TYPE_NONE;
    int rc = pn_result_lift(&tool->plan, has ? value : NULL, r->rt->limits.result_bytes, out, &failed, err);
    if (has)
        wasmtime_component_val_delete(value);
    if (rc != 0)
        return err->category == PN_E_LIMIT ? PN_RUN_LIMIT : PN_RUN_TRAP;
    return failed ? PN_RUN_TOOL_ERROR : PN_RUN_OK;
}

static enum pn_run run_in_store(struct run *r, struct pn_run_thread *t, const struct tool *tool, struct pn_buf *out,
                                struct pn_err *err) {
    wasmtime_component_instance_t instance;
    wasmtime_error_t *error = pn_engine_pre_instantiate(r->rt->pre, r->context, &instance);
    if (error != NULL)
        return explain(r, error, err);
    wasmtime_component_func_t func;
    if (!wasmtime_component_instance_get_func(&instance, r->context, tool->index, &func)) {
        (void)pn_fail(err, PN_E_BUG, "the instance lacks a function of its component");
        return PN_RUN_TRAP;
    }
    wasmtime_component_val_t value = {.kind = WASMTIME_COMPONENT_BOOL};
    size_t results = tool->plan.result != PN_TYPE_NONE ? 1 : 0;
    error = wasmtime_component_func_call(&func, r->context, t->args.vals, t->args.count, &value, results);
    if (error != NULL)
        return explain(r, error, err);
    return lift(r, tool, &value, out, err);
}

enum pn_run pn_runtime_call(struct pn_runtime *rt, struct pn_run_thread *t, const struct pn_run_call *call,
                            struct pn_buf *value, struct pn_err *err) {
    if (call->tool >= rt->tools_len || !rt->tools[call->tool].callable) {
        (void)pn_fail(err, PN_E_INPUT, "the component has no such callable function");
        return PN_RUN_ARGUMENTS;
    }
    const struct tool *tool = &rt->tools[call->tool];
    if (pn_json_parse(&t->json, call->arguments, NULL, err) != 0 ||
        pn_args_lower(&t->args, &tool->plan, &t->json, 0, err) != 0)
        return PN_RUN_ARGUMENTS;
    struct run r = {.rt = rt, .call = call};
    run_open(&r);
    enum pn_run how = run_in_store(&r, t, tool, value, err);
    wasmtime_store_delete(r.store);
    pn_args_reset(&t->args);
    return how;
}
