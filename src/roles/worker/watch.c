// SPDX-License-Identifier: Apache-2.0
// The watcher: ticks the engine while calls run, takes cancellations, and ends the worker when the supervisor is gone.
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/log.h"
#include "roles/worker/worker.h"

enum { TICK_MS = 2, QUIET_TICKS = 50 };

static void cancel(struct worker *w, uint64_t call_id) {
    for (unsigned i = 0; i < w->slots_len; i++) {
        struct slot *s = &w->slots[i];
        (void)pthread_mutex_lock(&s->lock);
        if (s->running && s->call_id == call_id && !s->cancelled) {
            s->cancelled = true;
            (void)eventfd_write(s->cancel_fd, 1);
        }
        (void)pthread_mutex_unlock(&s->lock);
    }
}

// Reads all that is there. False when the channel is finished.
static bool take_cancels(struct worker *w) {
    for (;;) {
        struct pn_msg msg;
        struct pn_err err = {0};
        int rc = pn_chan_recv(&w->control, &msg, &err);
        if (rc < 0 && err.category == PN_E_RETRY)
            return true;
        if (rc <= 0)
            return false;
        if (msg.type == PN_MSG_CANCEL)
            cancel(w, msg.call_id);
    }
}

static bool take_orders(struct worker *w) {
    struct pn_msg msg;
    struct pn_err err = {0};
    int rc = pn_chan_recv(&w->supervisor, &msg, &err);
    if (rc < 0 && err.category == PN_E_RETRY)
        return true;
    // SHUTDOWN: no new calls will come, but some may still lie in the channel. The gateway closes it when all are
    // answered.
    return rc == 1;
}

// Sleeps until the next tick, or without end while nothing runs. Returns the events of the three descriptors.
static void wait_for_events(struct worker *w, struct pollfd p[3], unsigned *quiet) {
    int timeout = TICK_MS;
    if (atomic_load(&w->running) == 0 && ++*quiet > QUIET_TICKS) {
        atomic_store(&w->watch_idle, true);
        // A call that began just before the store above has not seen it: look once more.
        timeout = atomic_load(&w->running) == 0 ? -1 : TICK_MS;
    }
    int n = poll(p, 3, timeout);
    if (n < 0 && errno != EINTR)
        pn_log(PN_LOG_ERROR, "poll: errno %d", errno);
    if (timeout == -1)
        *quiet = 0;
    atomic_store(&w->watch_idle, false);
}

void worker_watch(struct worker *w) {
    unsigned quiet = 0;
    for (;;) {
        struct pollfd p[3] = {
            {.fd = w->supervisor.fd, .events = POLLIN},
            {.fd = w->control.fd, .events = POLLIN},
            {.fd = w->wake, .events = POLLIN},
        };
        wait_for_events(w, p, &quiet);
        if (p[2].revents != 0) {
            eventfd_t drained;
            (void)eventfd_read(w->wake, &drained);
        }
        if (p[1].revents != 0 && !take_cancels(w))
            pn_chan_fini(&w->control);
        if (p[0].revents != 0 && !take_orders(w))
            break;
        if (atomic_load(&w->running) != 0) {
            quiet = 0;
            pn_runtime_tick(w->runtime);
        }
    }
    // Calls under way may finish: the supervisor kills what takes too long.
    while (atomic_load(&w->running) != 0) {
        pn_runtime_tick(w->runtime);
        (void)poll(NULL, 0, TICK_MS);
    }
}
