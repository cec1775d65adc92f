// SPDX-License-Identifier: Apache-2.0
// Guest `recurse`: uses up the engine's stack. The work after each call cannot be reordered, so that the compiler keeps
// the recursion.
#include "abi.h"

static __attribute__((noinline)) uint32_t descend(uint32_t depth, uint32_t seed) {
    if (depth == 0)
        return seed;
    uint32_t below = descend(depth - 1, seed * 31 + depth);
    return (below << 7 | below >> 25) * 3 + depth;
}

EXPORT("recurse") uint32_t recurse(uint32_t depth) {
    return descend(depth, 1);
}

EXPORT("recurse-for-ever") uint32_t recurse_for_ever(void) {
    return descend(UINT32_MAX, 1);
}
