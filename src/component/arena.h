// SPDX-License-Identifier: Apache-2.0
// Memory for the values of one call: taken piece by piece, given back all at once, with an upper bound.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct pn_arena_chunk;

// Zero-initialised is valid and means: empty, bound 64 MiB.
struct pn_arena {
    struct pn_arena_chunk *chunks; // newest first; the oldest one is kept between calls
    size_t used;                   // bytes handed out since the last reset
    size_t max;                    // 0 = 64 MiB
};

// Room for `count` elements of `size` bytes, aligned for any of the engine's values, not cleared. NULL beyond the bound
// or when memory ran out. Never NULL for nothing: zero bytes give a valid pointer.
void *pn_arena_take(struct pn_arena *a, size_t count, size_t size);
// Everything taken becomes invalid. One small chunk stays for the next call.
void pn_arena_reset(struct pn_arena *a);
void pn_arena_fini(struct pn_arena *a);
