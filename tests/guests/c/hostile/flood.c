// SPDX-License-Identifier: Apache-2.0
// Guest `flood`: more log than anyone wants.
#include <stdio.h>

#include "abi.h"

enum { STEP = 4096 };

EXPORT("flood") void flood(uint32_t count, uint32_t size) {
    for (uint32_t n = 0; n < count; n++) {
        printf("%u ", (unsigned)n);
        for (uint32_t done = 0; done < size; done++)
            putchar('x');
        putchar('\n');
    }
    fflush(stdout);
}

EXPORT("endless-line") void endless_line(uint32_t megabytes) {
    static char part[STEP];
    memset(part, 'y', sizeof part);
    for (uint64_t done = 0; done < (uint64_t)megabytes << 20; done += sizeof part)
        fwrite(part, 1, sizeof part, stdout);
    fflush(stdout);
}
