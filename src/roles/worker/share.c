// SPDX-License-Identifier: Apache-2.0
// The CPU share of a component (`resources.limits.cpu`): over each second its calls together may use so many
// thousandths of a core; beyond that they sleep until the second is over. Calls shorter than a tick are not measured
// one by one.
#include <time.h>

#include "base/clock.h"
#include "roles/worker/worker.h"

static uint64_t thread_cpu(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * PN_SEC + (uint64_t)t.tv_nsec;
}

void worker_share_start(struct slot *s) {
    if (s->worker->policy.limits.cpu_millis != 0)
        s->cpu_seen = thread_cpu();
}

// How long to sleep now, ns.
static uint64_t account(struct slot *s, uint64_t allowed) {
    struct share *h = &s->worker->share;
    uint64_t cpu = thread_cpu();
    uint64_t now = pn_now();
    uint64_t sleep = 0;
    (void)pthread_mutex_lock(&h->lock);
    if (now - h->window >= PN_SEC) {
        h->window = now;
        h->used = 0;
    }
    h->used += cpu - s->cpu_seen;
    if (h->used > allowed)
        sleep = h->window + PN_SEC - now;
    (void)pthread_mutex_unlock(&h->lock);
    s->cpu_seen = cpu;
    return sleep;
}

void worker_share(struct slot *s) {
    uint64_t millis = s->worker->policy.limits.cpu_millis;
    if (millis == 0)
        return;
    uint64_t sleep = account(s, millis * PN_MSEC);
    if (sleep == 0)
        return;
    // The deadline and a cancellation go on counting while the guest sleeps.
    struct pn_wait wait = PN_WAIT_INIT;
    pn_wait_until(&wait, pn_now() + sleep);
    struct pn_err ignored = {0};
    (void)pn_host_wait(&s->host, &wait, &ignored);
}
