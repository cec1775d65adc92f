// SPDX-License-Identifier: Apache-2.0
// Purpose: run calls. Trust: arguments come from the gateway (its peers are hostile, it may be taken over); everything
// below pn_runtime_call belongs to the component. What goes back is bounded by the policy.
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "roles/worker/worker.h"

enum { THREAD_STACK_BESIDE_GUEST = 1 << 20, SPIN_NS = 20000 };

static void take_lead(struct slot *s) {
    if (!s->leading)
        (void)pthread_mutex_lock(&s->worker->lead);
    s->leading = true;
}

static void leave_lead(void *data) {
    struct slot *s = data;
    if (s->leading)
        (void)pthread_mutex_unlock(&s->worker->lead);
    s->leading = false;
}

static struct slot *slot_of(void *host) {
    return (struct slot *)(void *)((char *)host - offsetof(struct slot, host));
}

// Asked at each tick while the guest runs.
static bool interrupt(void *host) {
    struct slot *s = slot_of(host);
    struct pn_err ignored = {0};
    leave_lead(s);
    (void)pthread_mutex_lock(&s->lock);
    bool cancelled = s->cancelled;
    (void)pthread_mutex_unlock(&s->lock);
    if (cancelled)
        (void)pn_host_stop(&s->host, PN_END_CANCELLED, &ignored, "cancelled");
    else if (pn_now() >= s->deadline)
        (void)pn_host_breach(&s->host, "wall_time", &ignored);
    else
        worker_share(s);
    return s->host.end != PN_END_NONE;
}

static bool host_stopped(void *host) {
    return ((struct pn_host *)host)->end != PN_END_NONE;
}

static void guest_line(void *data, bool is_error, struct pn_view line) {
    (void)data;
    pn_log(PN_LOG_INFO, "%s| %.*s", is_error ? "stderr" : "stdout", PN_FMT(line));
}

static void begin(struct slot *s, const struct pn_msg *msg) {
    const struct pn_limits *l = &s->worker->policy.limits;
    uint64_t ms = msg->call.deadline_ms != 0 && msg->call.deadline_ms < l->wall_ms ? msg->call.deadline_ms : l->wall_ms;
    s->deadline = pn_now() + ms * PN_MSEC;
    (void)pthread_mutex_lock(&s->lock);
    s->call_id = msg->call_id;
    s->running = true;
    s->cancelled = false;
    (void)pthread_mutex_unlock(&s->lock);
    worker_share_start(s);
    atomic_fetch_add(&s->worker->running, 1);
    if (atomic_exchange(&s->worker->watch_idle, false))
        (void)eventfd_write(s->worker->wake, 1);
    pn_host_start(&s->host, &(struct pn_host_call){
                                .deadline = s->deadline,
                                .cancel_fd = s->cancel_fd,
                                .egress = s->egress.fd >= 0 ? &s->egress : NULL,
                                .log = guest_line,
                                .before_wait = leave_lead,
                                .wait_data = s,
                            });
}

static void end(struct slot *s) {
    pn_host_finish(&s->host);
    (void)pthread_mutex_lock(&s->lock);
    s->running = false;
    bool cancelled = s->cancelled;
    (void)pthread_mutex_unlock(&s->lock);
    eventfd_t drained;
    if (cancelled)
        (void)eventfd_read(s->cancel_fd, &drained);
    atomic_fetch_sub(&s->worker->running, 1);
}

static enum pn_outcome stopped_outcome(const struct pn_host *h) {
    switch (h->end) {
    case PN_END_LIMIT:
        return PN_OUTCOME_LIMIT;
    case PN_END_CANCELLED:
        return PN_OUTCOME_CANCELLED;
    case PN_END_NONE:
    case PN_END_EXIT:
    case PN_END_TRAP:
        return PN_OUTCOME_TRAP;
    }
    return PN_OUTCOME_INTERNAL;
}

static void fill_result(struct slot *s, enum pn_run how, const struct pn_err *err, struct pn_msg_result *out) {
    static const enum pn_outcome outcomes[] = {
        [PN_RUN_OK] = PN_OUTCOME_OK,
        [PN_RUN_TOOL_ERROR] = PN_OUTCOME_TOOL_ERROR,
        [PN_RUN_ARGUMENTS] = PN_OUTCOME_ARGUMENTS,
        [PN_RUN_LIMIT] = PN_OUTCOME_LIMIT,
        [PN_RUN_TRAP] = PN_OUTCOME_TRAP,
    };
    *out = (struct pn_msg_result){.text = PN_VIEW(""), .value = PN_VIEW("")};
    if (how == PN_RUN_STOPPED) {
        out->outcome = (uint8_t)stopped_outcome(&s->host);
        out->text = pn_view_str(s->host.end_text);
        return;
    }
    out->outcome = (uint8_t)outcomes[how];
    if (how == PN_RUN_OK || how == PN_RUN_TOOL_ERROR)
        out->value = pn_buf_view(&s->value);
    else
        out->text = pn_view_str(err->text);
}

static void serve(struct slot *s, const struct pn_msg *msg) {
    struct pn_err err = {0};
    pn_buf_reset(&s->value);
    begin(s, msg);
    struct pn_run_call call = {
        .tool = msg->call.tool,
        .arguments = msg->call.arguments,
        .host = &s->host,
        .interrupt = interrupt,
        .host_stopped = host_stopped,
    };
    enum pn_run how = pn_runtime_call(s->worker->runtime, s->run, &call, &s->value, &err);
    struct pn_msg_result result;
    fill_result(s, how, &err, &result);
    // Texts may quote names of the component's making; the frame takes only UTF-8 without NUL.
    if (!pn_utf8_valid(result.text))
        result.text = PN_VIEW("the component failed");
    struct pn_err sent = {0};
    if (pn_chan_send_wait(&s->calls, PN_MSG_RESULT, msg->call_id, &result, -1, pn_now() + 10 * PN_SEC, &sent) != 0)
        pn_log(PN_LOG_ERROR, "a result could not be delivered: %s", sent.text);
    end(s);
}

// The next call. Looks for a moment before it sleeps: waking a sleeping thread costs more than most calls.
static int next(struct slot *s, struct pn_msg *msg, struct pn_err *err) {
    uint64_t until = 0;
    for (;;) {
        int rc = pn_chan_recv(&s->calls, msg, err);
        if (rc >= 0 || err->category != PN_E_RETRY)
            return rc;
        uint64_t now = pn_now();
        if (until == 0)
            until = now + SPIN_NS;
        if (now >= until)
            return pn_chan_recv_wait(&s->calls, msg, PN_NEVER, err);
        __builtin_ia32_pause();
    }
}

static void *slot_main(void *arg) {
    struct slot *s = arg;
    for (;;) {
        struct pn_msg msg;
        struct pn_err err = {0};
        take_lead(s);
        int rc = next(s, &msg, &err);
        if (rc == 1) {
            serve(s, &msg);
            continue;
        }
        // The gateway is gone or broke the protocol: the supervisor decides what comes next.
        if (rc < 0)
            pn_log(PN_LOG_ERROR, "channel to the gateway: %s", err.text);
        _exit(rc < 0 ? 1 : 0);
    }
    return NULL;
}

int worker_threads(struct worker *w, struct pn_err *err) {
    pthread_attr_t attr;
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setstacksize(&attr, w->policy.limits.stack_bytes + THREAD_STACK_BESIDE_GUEST);
    int rc = 0;
    for (unsigned i = 0; i < w->slots_len && rc == 0; i++)
        rc = pthread_create(&w->slots[i].thread, &attr, slot_main, &w->slots[i]);
    (void)pthread_attr_destroy(&attr);
    return rc != 0 ? pn_fail(err, PN_E_SYSTEM, "cannot start %u threads for calls", w->slots_len) : 0;
}
