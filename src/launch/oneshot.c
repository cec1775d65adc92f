// SPDX-License-Identifier: Apache-2.0
// One call without a server: this process plays supervisor and gateway.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "launch/call.h"
#include "launch/launch.h"
#include "launch/wait.h"
#include "json/json.h"

#define CALL_ID 1
#define GRACE (5 * PN_SEC) // beyond the policy's wall time, for a worker that does not answer

struct shot {
    const struct pn_oneshot *call;
    struct pn_policy policy;
    struct pn_child egress, worker;
    struct pn_chan calls, control;
    int interrupts; // signalfd for SIGINT
    sigset_t old_mask;
};

static void shot_cleanup(struct shot *s) {
    pn_child_end(&s->worker);
    pn_child_end(&s->egress);
    pn_chan_fini(&s->calls);
    pn_chan_fini(&s->control);
    pn_policy_fini(&s->policy);
    if (s->interrupts >= 0)
        (void)sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
    pn_fd_close(&s->interrupts);
}

void pn_oneshot_result_fini(struct pn_oneshot_result *r) {
    pn_buf_fini(&r->value);
    pn_buf_fini(&r->text);
}

static int start(struct shot *s, struct pn_err *err) {
    const struct pn_oneshot *c = s->call;
    if (pn_policy_parse(c->policy, "policy", &s->policy, NULL, err) != 0)
        return -1;
    bool out = pn_policy_needs_egress(&s->policy);
    if (out && (pn_egress_launch(c->settings, &s->egress, err) != 0 ||
                pn_child_wait_ready(&s->egress, pn_now() + 10 * PN_SEC, err) != 0))
        return -1;
    struct pn_worker_plan plan = {
        .id = c->id,
        .component = c->component,
        .artefact = c->artefact,
        .artefact_digest = c->digest,
        .tool_count = pn_description_tools(c->tools),
        .memory_min = c->memory_min,
        .policy_text = c->policy,
        .policy = &s->policy,
        .settings = c->settings,
    };
    int calls, control;
    if (pn_worker_launch(&plan, out ? &s->egress : NULL, &s->worker, &calls, &control, err) != 0)
        return -1;
    pn_chan_init(&s->calls, calls, PN_ROLE_GATEWAY, PN_ROLE_WORKER);
    pn_chan_init(&s->control, control, PN_ROLE_GATEWAY, PN_ROLE_WORKER);
    return pn_child_wait_ready(&s->worker, pn_now() + 30 * PN_SEC, err);
}

static void catch_interrupt(struct shot *s) {
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, &s->old_mask);
    s->interrupts = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int take_result(const struct pn_msg *msg, struct pn_oneshot_result *out, struct pn_err *err) {
    if (msg->type != PN_MSG_RESULT || msg->call_id != CALL_ID)
        return pn_fail(err, PN_E_PEER, "the worker answered something else");
    out->outcome = (enum pn_outcome)msg->result.outcome;
    bool has_value = out->outcome == PN_OUTCOME_OK || out->outcome == PN_OUTCOME_TOOL_ERROR;
    if (has_value && pn_json_check(msg->result.value, NULL, err) != 0)
        return pn_err_prefix(err, "result of the worker");
    pn_buf_add_view(&out->value, msg->result.value);
    pn_buf_add_view(&out->text, msg->result.text);
    return out->value.overflow || out->text.overflow ? pn_fail(err, PN_E_SYSTEM, "out of memory") : 0;
}

static void relay(struct pn_child *c, short events) {
    if (events != 0 && !pn_child_relay_log(c))
        pn_fd_close(&c->log_fd);
}

static int await(struct shot *s, uint64_t deadline, struct pn_oneshot_result *out, struct pn_err *err) {
    for (;;) {
        struct pollfd p[] = {
            {.fd = s->calls.fd, .events = POLLIN},
            {.fd = s->interrupts, .events = POLLIN},
            {.fd = s->worker.log_fd, .events = POLLIN},
            {.fd = s->egress.pid > 0 ? s->egress.log_fd : -1, .events = POLLIN},
        };
        int n = poll(p, 4, pn_left_ms(deadline));
        if (n == 0)
            return pn_fail(err, PN_E_LIMIT, "the worker did not answer in time and was ended");
        if (n < 0 && errno != EINTR)
            return pn_fail_errno(err, "poll");
        relay(&s->worker, p[2].revents);
        relay(&s->egress, p[3].revents);
        if (p[1].revents != 0) {
            struct signalfd_siginfo info;
            (void)!read(s->interrupts, &info, sizeof info);
            struct pn_msg_cancel cancel = {.reason = 1};
            if (pn_chan_send(&s->control, PN_MSG_CANCEL, CALL_ID, &cancel, -1, err) != 0)
                return -1;
        }
        if (p[0].revents == 0)
            continue;
        struct pn_msg msg;
        int rc = pn_chan_recv(&s->calls, &msg, err);
        if (rc == 0)
            return pn_fail(err, PN_E_PEER, "the worker died during the call; see its log lines above");
        if (rc == 1)
            return take_result(&msg, out, err);
        if (err->category != PN_E_RETRY)
            return -1;
    }
}

int pn_oneshot_call(const struct pn_oneshot *call, struct pn_oneshot_result *out, struct pn_err *err) {
    *out = (struct pn_oneshot_result){0};
    pn_auto(shot) struct shot s = {
        .call = call, .interrupts = -1, .calls = {.fd = -1, .got_fd = -1}, .control = {.fd = -1, .got_fd = -1}};
    if (start(&s, err) != 0)
        return -1;
    catch_interrupt(&s);
    uint64_t ms = call->deadline_ms != 0 ? call->deadline_ms : s.policy.limits.wall_ms;
    struct pn_msg_call msg = {.tool = call->tool, .deadline_ms = call->deadline_ms, .arguments = call->arguments};
    if (pn_chan_send_wait(&s.calls, PN_MSG_CALL, CALL_ID, &msg, -1, pn_now() + 5 * PN_SEC, err) != 0)
        return -1;
    int rc = await(&s, pn_now() + ms * PN_MSEC + GRACE, out, err);
    // The last words of both, such as a denial's reason, before they go.
    (void)pn_child_relay_log(&s.worker);
    if (s.egress.pid > 0)
        (void)pn_child_relay_log(&s.egress);
    if (rc != 0)
        pn_oneshot_result_fini(out);
    return rc;
}
