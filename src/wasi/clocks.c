// SPDX-License-Identifier: Apache-2.0
// wasi:clocks. Both clocks move in steps of the policy's clock_resolution, and timers end on a step, so that a guest
// can time nothing finer. The monotonic clock starts anew with every call.
#include "wasi/io.h"
#include "wasi/link.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

static uint64_t step_of(const struct pn_host *h) {
    uint64_t us = h->world->policy->limits.clock_resolution_us;
    return us == 0 ? 1 : us * 1000;
}

static uint64_t sum(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

// Time since the call began, in whole steps.
static uint64_t elapsed(const struct pn_host *h) {
    uint64_t ns = pn_now() - h->clock_origin;
    return ns - ns % step_of(h);
}

static val datetime(uint64_t ns) {
    static const char *const names[] = {"seconds", "nanoseconds"};
    return pn_val_record(2, names, (val[]){pn_val_u64(ns / PN_SEC), pn_val_u32((uint32_t)(ns % PN_SEC))});
}

static int monotonic_now(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    results[0] = pn_val_u64(PN_CLOCK_START + elapsed(h));
    return 0;
}

static int monotonic_resolution(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    results[0] = pn_val_u64(step_of(h));
    return 0;
}

// A pollable that is ready at the first step not before `since` (time since the call began).
static int timer(struct pn_host *h, uint64_t since, val *results, struct pn_err *err) {
    uint64_t step = step_of(h), rest = since % step;
    uint64_t when = sum(h->clock_origin, rest == 0 ? since : sum(since, step - rest));
    uint32_t rep = 0;
    if (pn_io_add_timer(h, when, &rep, err) < 0)
        return -1;
    results[0] = pn_val_own(h, PN_RES_POLLABLE, rep);
    return 0;
}

static int subscribe_instant(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint64_t when = args[0].of.u64;
    return timer(h, when <= PN_CLOCK_START ? 0 : when - PN_CLOCK_START, results, err);
}

static int subscribe_duration(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return timer(h, sum(pn_now() - h->clock_origin, args[0].of.u64), results, err);
}

static int wall_now(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint64_t ns = pn_wall_now();
    results[0] = datetime(ns - ns % step_of(h));
    return 0;
}

static int wall_resolution(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    results[0] = datetime(step_of(h));
    return 0;
}

// The only zone is UTC: the machine's own is nobody's business.
static int zone_display(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    static const char *const names[] = {"utc-offset", "name", "in-daylight-saving-time"};
    val zero = {.kind = WASMTIME_COMPONENT_S32};
    results[0] = pn_val_record(3, names, (val[]){zero, pn_val_string(PN_VIEW("UTC")), pn_val_bool(false)});
    return 0;
}

static int zone_offset(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    results[0] = (val){.kind = WASMTIME_COMPONENT_S32};
    return 0;
}

static const struct pn_wasi_func monotonic_funcs[] = {
    {"now", ">8", monotonic_now},
    {"resolution", ">8", monotonic_resolution},
    {"subscribe-instant", "8>h", subscribe_instant},
    {"subscribe-duration", "8>h", subscribe_duration},
    {0},
};
static const struct pn_wasi_func wall_funcs[] = {
    {"now", ">{84}", wall_now},
    {"resolution", ">{84}", wall_resolution},
    {0},
};
static const struct pn_wasi_func zone_funcs[] = {
    {"display", "{84}>{isb}", zone_display},
    {"utc-offset", "{84}>i", zone_offset},
    {0},
};
const struct pn_wasi_interface pn_wasi_monotonic_clock = {"wasi:clocks/monotonic-clock", .funcs = monotonic_funcs};
const struct pn_wasi_interface pn_wasi_wall_clock = {"wasi:clocks/wall-clock", .funcs = wall_funcs};
const struct pn_wasi_interface pn_wasi_timezone = {"wasi:clocks/timezone", .funcs = zone_funcs};
