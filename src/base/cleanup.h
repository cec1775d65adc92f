// SPDX-License-Identifier: Apache-2.0
// Scope-bound cleanup: pn_auto(thing) struct thing x = ...; calls thing_cleanup(&x) when x leaves its scope.
#pragma once
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define pn_auto(name) __attribute__((cleanup(name##_cleanup)))

// Takes the pointer out of its owner: `return pn_steal(&thing);`
#define pn_steal(pp)                    \
    ({                                  \
        __typeof__(*(pp)) pn_s = *(pp); \
        *(pp) = NULL;                   \
        pn_s;                           \
    })

// Takes the descriptor out of its owner.
static inline int pn_steal_fd(int *fd) {
    int taken = *fd;
    *fd = -1;
    return taken;
}

// pn_auto(pn_free) char *text = ...;
static inline void pn_free_cleanup(void *p) {
    void **slot = p;
    free(*slot);
    *slot = NULL;
}

// pn_auto(pn_fd) int fd = ...;   closes when not negative
static inline void pn_fd_cleanup(int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

// Closes and forgets; a negative descriptor is left alone.
static inline void pn_fd_close(int *fd) {
    pn_fd_cleanup(fd);
}
