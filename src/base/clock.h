// SPDX-License-Identifier: Apache-2.0
// Clocks and deadlines. A deadline is a monotonic time in nanoseconds; PN_NEVER has no end.
#pragma once
#include <stdint.h>
#include <time.h>

#define PN_NEVER UINT64_MAX
#define PN_MSEC UINT64_C(1000000)
#define PN_SEC UINT64_C(1000000000)

static inline uint64_t pn_now(void) { // CLOCK_MONOTONIC, ns
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * PN_SEC + (uint64_t)t.tv_nsec;
}
static inline uint64_t pn_wall_now(void) { // Unix time, ns
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * PN_SEC + (uint64_t)t.tv_nsec;
}
// Milliseconds left for poll(2): 0 when over, rounded up, -1 for PN_NEVER.
static inline int pn_left_ms(uint64_t deadline) {
    if (deadline == PN_NEVER)
        return -1;
    uint64_t now = pn_now();
    if (now >= deadline)
        return 0;
    uint64_t ms = (deadline - now + PN_MSEC - 1) / PN_MSEC;
    return ms > 0x7fffffff ? 0x7fffffff : (int)ms;
}
static inline uint64_t pn_earlier(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}
