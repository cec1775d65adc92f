// SPDX-License-Identifier: Apache-2.0
// wasi:random. The insecure interfaces draw from the same source as the secure one.
#include "base/hash.h"
#include "wasi/link.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

static uint64_t draw(void) {
    uint64_t v;
    pn_random(&v, sizeof v);
    return v;
}

static int random_u64(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    results[0] = pn_val_u64(draw());
    return 0;
}

static int seed(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    results[0] = pn_val_tuple2(pn_val_u64(draw()), pn_val_u64(draw()));
    return 0;
}

static const struct pn_wasi_func secure_funcs[] = {
    {"get-random-bytes", "8>[1", NULL, PN_LANE_RANDOM},
    {"get-random-u64", ">8", random_u64},
    {0},
};
static const struct pn_wasi_func insecure_funcs[] = {
    {"get-insecure-random-bytes", "8>[1", NULL, PN_LANE_RANDOM},
    {"get-insecure-random-u64", ">8", random_u64},
    {0},
};
static const struct pn_wasi_func seed_funcs[] = {{"insecure-seed", ">(88)", seed}, {0}};
const struct pn_wasi_interface pn_wasi_random = {"wasi:random/random", .funcs = secure_funcs};
const struct pn_wasi_interface pn_wasi_insecure = {"wasi:random/insecure", .funcs = insecure_funcs};
const struct pn_wasi_interface pn_wasi_insecure_seed = {"wasi:random/insecure-seed", .funcs = seed_funcs};
