// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "roles/egress/egress.h"

enum { SECONDS = 60 };

// Forgets what lies more than a minute back.
static void advance(struct pn_rate *r, uint64_t second) {
    uint64_t steps = second - r->second;
    for (uint64_t i = 1; i <= steps && i <= SECONDS; i++)
        r->buckets[(r->second + i) % SECONDS] = 0;
    r->second = second;
}

bool pn_rate_take(struct pn_rate *r, uint64_t most, uint64_t now) {
    advance(r, now / PN_SEC);
    uint64_t sum = 0;
    for (size_t i = 0; i < SECONDS; i++)
        sum += r->buckets[i];
    if (sum >= most)
        return false;
    r->buckets[r->second % SECONDS]++;
    return true;
}
