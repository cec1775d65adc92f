// SPDX-License-Identifier: Apache-2.0
// What the parts of bench_engine share. It measures CPU time of its one thread: neighbours on the machine disturb that
// least.
#pragma once
#include "component/runtime.h"
#include "wasi/link.h"

// Ends the program when the engine or one of our functions complains: a figure that could not be taken is no figure.
void bench_engine_ok(wasmtime_error_t *error, const char *doing);
void bench_ok(int rc, const struct pn_err *err);
double bench_cpu(void); // of this thread, s

// The median over some rounds of the seconds that one of `times` runs takes; `times` is chosen so that a round is long
// enough.
typedef void bench_run(void *ctx, unsigned times);
double bench_time(bench_run *run, void *ctx);

// One line of output. `target` and `baseline` 0 = none.
enum bench_better { BENCH_LESS, BENCH_MORE };
void bench_print(const char *name, double value, const char *unit, double target, enum bench_better better,
                 double baseline);

// A host with nothing granted, and a store for it, as a worker makes one for each call.
extern struct pn_host bench_host;
void bench_start(void); // pn_host_start; pn_host_finish ends it
wasmtime_store_t *bench_store(wasm_engine_t *engine, struct pn_engine_budget *budget);

void bench_streams(void);
void bench_instances(const char *guests);
