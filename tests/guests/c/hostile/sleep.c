// SPDX-License-Identifier: Apache-2.0
// Guest `sleep`: host calls that wait for ever on a timer.
#include "abi.h"

IMPORT("wasi:clocks/monotonic-clock@0.2.12", "subscribe-duration") int32_t subscribe(uint64_t nanoseconds);
IMPORT("wasi:io/poll@0.2.12", "[method]pollable.block") void block(int32_t pollable);
IMPORT("wasi:io/poll@0.2.12", "poll") void poll(const int32_t *list, uint32_t count, struct view *ready);

EXPORT("sleep-poll") uint32_t sleep_poll(void) {
    struct view ready = {0};
    int32_t timers[] = {subscribe(UINT64_MAX), subscribe(UINT64_MAX / 2)};
    poll(timers, 2, &ready);
    return ready.len;
}

EXPORT("sleep-block") uint32_t sleep_block(void) {
    block(subscribe(UINT64_MAX));
    return 1;
}

EXPORT("hoard") uint32_t hoard(uint32_t count) {
    for (uint32_t n = 0; n < count; n++)
        subscribe(UINT64_MAX);
    return count;
}
