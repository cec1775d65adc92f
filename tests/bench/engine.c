// SPDX-License-Identifier: Apache-2.0
// Figures of the engine inside a worker:  bench_engine GUESTS [streams|instances]. Six fields a line, separated by
// tabs: name, value, unit, target (may be empty), less|more, baseline (may be empty).
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct pn_host bench_host;

void bench_engine_ok(wasmtime_error_t *error, const char *doing) {
    if (error == NULL)
        return;
    wasm_name_t text;
    wasmtime_error_message(error, &text);
    (void)fprintf(stderr, "bench_engine: %s: %.*s\n", doing, (int)text.size, text.data);
    exit(1);
}

void bench_ok(int rc, const struct pn_err *err) {
    if (rc == 0)
        return;
    (void)fprintf(stderr, "bench_engine: %s\n", err->text);
    exit(1);
}

double bench_cpu(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double run_for(bench_run *run, void *ctx, unsigned times) {
    double began = bench_cpu();
    run(ctx, times);
    return bench_cpu() - began;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_time(bench_run *run, void *ctx) {
    enum { ROUNDS = 7 };
    static const double round = 0.06;
    unsigned times = 1;
    while (run_for(run, ctx, times) < round / 4)
        times *= 4;
    double took[ROUNDS];
    for (unsigned i = 0; i < ROUNDS; i++)
        took[i] = run_for(run, ctx, times) / times;
    qsort(took, ROUNDS, sizeof *took, by_size);
    return took[ROUNDS / 2];
}

static void print_or_nothing(double value) {
    if (value != 0)
        printf("%.4f", value);
}

void bench_print(const char *name, double value, const char *unit, double target, enum bench_better better,
                 double baseline) {
    printf("%s\t%.4f\t%s\t", name, value, unit);
    print_or_nothing(target);
    printf("\t%s\t", better == BENCH_LESS ? "less" : "more");
    print_or_nothing(baseline);
    printf("\n");
}

void bench_start(void) {
    pn_host_start(&bench_host, &(struct pn_host_call){.deadline = PN_NEVER, .cancel_fd = -1});
}

wasmtime_store_t *bench_store(wasm_engine_t *engine, struct pn_engine_budget *budget) {
    *budget = (struct pn_engine_budget){.memory_max = UINT64_MAX,
                                        .table_max = UINT64_MAX,
                                        .instances_max = 1000,
                                        .memories_max = 100,
                                        .tables_max = 100};
    wasmtime_store_t *store = wasmtime_store_new(engine, &bench_host, NULL);
    wasmtime_context_t *context = wasmtime_store_context(store);
    pn_engine_set_budget(store, budget);
    bench_engine_ok(wasmtime_context_set_fuel(context, UINT64_MAX / 2), "fuel");
    wasmtime_context_set_epoch_deadline(context, 1);
    return store;
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3) {
        (void)fprintf(stderr,
                      "usage: bench_engine GUESTS [streams|instances]; GUESTS is the directory of the built guests\n");
        return 2;
    }
    struct pn_policy policy;
    struct pn_world world;
    struct pn_err err = {0};
    pn_policy_init_empty(&policy);
    bench_ok(pn_world_init(&world, &policy, NULL, 0, NULL, &err), &err);
    pn_host_init(&bench_host, &world);
    const char *part = argc == 3 ? argv[2] : "";
    if (strcmp(part, "instances") != 0)
        bench_streams();
    if (strcmp(part, "streams") != 0)
        bench_instances(argv[1]);
    pn_host_fini(&bench_host);
    pn_world_fini(&world);
    pn_policy_fini(&policy);
    return 0;
}
