// SPDX-License-Identifier: Apache-2.0
// The part of stdlib.h that generated bindings need; bodies in nolibc.c.
#ifndef NOLIBC_STDLIB_H
#define NOLIBC_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
#define abort() __builtin_trap()

#endif
