// SPDX-License-Identifier: Apache-2.0
// Guest `bomb`: takes all the memory it can get. For many memories at once see ../../wat/many-memories.wat.
#include "abi.h"

enum { PAGE = 65536 };

EXPORT("grow") uint32_t grow(uint32_t step) {
    while (step > 0 && __builtin_wasm_memory_grow(0, step) != (size_t)-1) {
    }
    return __builtin_wasm_memory_size(0);
}

EXPORT("burst") void burst(void) {
    for (;;) {
        size_t page = __builtin_wasm_memory_grow(0, 16);
        if (page == (size_t)-1)
            __builtin_trap();
        for (size_t n = 0; n < 16; n++)
            *(volatile char *)((page + n) * PAGE) = 1;
    }
}
