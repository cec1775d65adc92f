// SPDX-License-Identifier: Apache-2.0
#include "wasi/nearest.h"

#define LONGEST 128

static unsigned least(unsigned a, unsigned b, unsigned c) {
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

// Levenshtein distance, one row at a time.
static unsigned distance(struct pn_view a, struct pn_view b) {
    unsigned row[LONGEST + 1];
    for (unsigned j = 0; j <= b.len; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a.ptr[i - 1] != b.ptr[j - 1]));
            diagonal = above;
        }
    }
    return row[b.len];
}

const char *pn_nearest_name(struct pn_view name, const char *const names[]) {
    const char *best = NULL;
    unsigned best_distance = 0;
    struct pn_view cut = pn_view_part(name, 0, LONGEST);
    for (size_t i = 0; names[i] != NULL; i++) {
        unsigned d = distance(cut, pn_view_part(pn_view_str(names[i]), 0, LONGEST));
        if (best == NULL || d < best_distance) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}
