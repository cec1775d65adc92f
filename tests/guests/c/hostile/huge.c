// SPDX-License-Identifier: Apache-2.0
// Guest `huge`: results that are too large, or that break the rules of the canonical ABI.
#include "abi.h"

static struct view result;

static const struct view *give(const void *ptr, uint32_t len) {
    result = (struct view){ptr, len};
    return &result;
}

static void *filled(uint32_t size, int value) {
    void *memory = malloc(size);
    if (!memory)
        __builtin_trap();
    return memset(memory, value, size);
}

EXPORT("huge-string") const struct view *huge_string(uint32_t size) {
    return give(filled(size, 'x'), size);
}

EXPORT("huge-bytes") const struct view *huge_bytes(uint32_t size) {
    return give(filled(size, 0xA5), size);
}

EXPORT("huge-list") const struct view *huge_list(uint32_t count) {
    static const char text[] = "one text of exactly sixty-four bytes, shared by every element!!!";
    struct view *list = filled(count * sizeof *list, 0);
    for (uint32_t n = 0; n < count; n++)
        list[n] = (struct view){text, sizeof text - 1};
    return give(list, count);
}

EXPORT("wild-string") const struct view *wild_string(void) {
    return give((const void *)0xFFFFFF00, 0x7FFFFFFF);
}

EXPORT("broken-string") const struct view *broken_string(void) {
    return give("abc\xFF\xC0\x80", 6);
}

EXPORT("broken-char") uint32_t broken_char(void) {
    return 0xD800;
}

EXPORT("broken-enum") uint32_t broken_enum(void) {
    return 7;
}
