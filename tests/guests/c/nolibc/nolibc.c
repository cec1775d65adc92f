// SPDX-License-Identifier: Apache-2.0
// A C library for guests that import nothing: an allocator of power-of-two blocks and five memory functions.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 65536, SMALLEST = 4, CLASSES = 32, HEADER = 16 };

// Block = 16 bytes holding the class, then the memory handed out. A free block holds the next one of its class.
struct block {
    struct block *next;
    uint32_t class;
};

extern unsigned char __heap_base;
static struct block *free_list[CLASSES];
static uintptr_t top;

static uint32_t class_of(size_t size) {
    uint32_t class = SMALLEST;
    while (class < CLASSES - 1 && ((size_t)1 << class) < size)
        class ++;
    return class;
}

// Takes fresh memory from the end of the heap; NULL when the host grants no more.
static struct block *extend(uint32_t class) {
    if (top == 0)
        top = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
    uint64_t end = (uint64_t)top + HEADER + ((uint64_t)1 << class);
    uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
    if (end > have) {
        uint64_t pages = (end - have + PAGE - 1) / PAGE;
        if (pages > PAGE || __builtin_wasm_memory_grow(0, (size_t)pages) == (size_t)-1)
            return NULL;
    }
    struct block *block = (struct block *)top;
    block->class = class;
    top = (uintptr_t)end;
    return block;
}

void *malloc(size_t size) {
    uint32_t class = class_of(size);
    if (((uint64_t)1 << class) < size)
        return NULL;
    struct block *block = free_list[class];
    if (block)
        free_list[class] = block->next;
    else
        block = extend(class);
    return block ? (unsigned char *)block + HEADER : NULL;
}

void free(void *memory) {
    if (!memory)
        return;
    struct block *block = (struct block *)((unsigned char *)memory - HEADER);
    block->next = free_list[block->class];
    free_list[block->class] = block;
}

void *realloc(void *memory, size_t size) {
    if (!memory)
        return malloc(size);
    struct block *block = (struct block *)((unsigned char *)memory - HEADER);
    size_t room = (size_t)1 << block->class;
    if (size <= room)
        return memory;
    void *bigger = malloc(size);
    if (bigger)
        memcpy(bigger, memory, room);
    free(memory);
    return bigger;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    unsigned char *out = to;
    const unsigned char *in = from;
    for (; size >= 8 && (((uintptr_t)out | (uintptr_t)in) & 7) == 0; size -= 8, out += 8, in += 8)
        *(uint64_t *)out = *(const uint64_t *)in;
    while (size-- > 0)
        *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t size) {
    unsigned char *out = to;
    const unsigned char *in = from;
    if (out <= in)
        return memcpy(to, from, size);
    while (size-- > 0)
        out[size] = in[size];
    return to;
}

void *memset(void *to, int value, size_t size) {
    unsigned char *out = to;
    while (size-- > 0)
        *out++ = (unsigned char)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t size) {
    const unsigned char *left = a, *right = b;
    for (; size > 0; size--, left++, right++)
        if (*left != *right)
            return *left < *right ? -1 : 1;
    return 0;
}

size_t strlen(const char *text) {
    const char *end = text;
    while (*end)
        end++;
    return (size_t)(end - text);
}
