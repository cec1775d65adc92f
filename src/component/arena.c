// SPDX-License-Identifier: Apache-2.0
#include "component/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>

enum { CHUNK = 16 << 10, ALIGN = 16, BOUND = 64 << 20 };

struct pn_arena_chunk {
    struct pn_arena_chunk *next;
    size_t used, size;
    alignas(ALIGN) unsigned char bytes[];
};

static void *take_from(struct pn_arena_chunk *c, size_t bytes) {
    if (c == NULL || bytes > c->size - c->used)
        return NULL;
    void *p = c->bytes + c->used;
    c->used += bytes;
    return p;
}

void *pn_arena_take(struct pn_arena *a, size_t count, size_t size) {
    size_t max = a->max == 0 ? BOUND : a->max;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > max || a->used > max - bytes)
        return NULL;
    a->used += bytes;
    bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    void *p = take_from(a->chunks, bytes);
    if (p != NULL)
        return p;
    size_t room = bytes > CHUNK ? bytes : CHUNK;
    struct pn_arena_chunk *c = malloc(sizeof *c + room);
    if (c == NULL)
        return NULL;
    *c = (struct pn_arena_chunk){.next = a->chunks, .size = room};
    a->chunks = c;
    return take_from(c, bytes);
}

static void free_down_to(struct pn_arena *a, bool keep_last) {
    while (a->chunks != NULL && !(keep_last && a->chunks->next == NULL && a->chunks->size <= CHUNK)) {
        struct pn_arena_chunk *next = a->chunks->next;
        free(a->chunks);
        a->chunks = next;
    }
}

void pn_arena_reset(struct pn_arena *a) {
    free_down_to(a, true);
    if (a->chunks != NULL)
        a->chunks->used = 0;
    a->used = 0;
}

void pn_arena_fini(struct pn_arena *a) {
    free_down_to(a, false);
    *a = (struct pn_arena){0};
}
