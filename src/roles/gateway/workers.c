// SPDX-License-Identifier: Apache-2.0
// The workers' end of calls. A worker is hostile: its component may have broken out. It can answer calls it was given,
// once each, with valid JSON; anything else costs it its channels and its calls, and nothing else.
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "mcp/result.h"
#include "roles/gateway/builtin.h"

#define RECEIVE_AT_ONCE 64        // results taken from one worker before the others get their turn
#define LARGE ((size_t)256 << 10) // a string result above this is written from where it was received

struct pn_gw_component *pn_gateway_component(struct pn_gateway *gw, uint32_t slot) {
    return slot < gw->slots ? gw->components[slot] : NULL;
}

static bool is_up(const struct pn_gw_component *c) {
    return c->calls.poll != NULL;
}

static void close_link(struct pn_gw_link *link) {
    pn_gateway_unwatch(link);
    pn_chan_fini(&link->chan);
}

// --- queue ---

static void enqueue(struct pn_gw_component *c, struct pn_call *call) {
    call->state = PN_CALL_QUEUED;
    call->component = c;
    call->next = NULL;
    if (c->last == NULL)
        c->first = call;
    else
        c->last->next = call;
    c->last = call;
}

void pn_worker_remove(struct pn_gw_component *c, struct pn_call *call) {
    struct pn_call *before = NULL;
    for (struct pn_call *at = c->first; at != NULL; before = at, at = at->next) {
        if (at != call)
            continue;
        if (before == NULL)
            c->first = at->next;
        else
            before->next = at->next;
        if (c->last == at)
            c->last = before;
        return;
    }
}

void pn_worker_fail_queued(struct pn_gw_component *c, const char *fmt, const char *detail) {
    char text[1400];
    (void)snprintf(text, sizeof text, "Error: component %s %s%s", c->id, fmt, detail);
    while (c->first != NULL) {
        struct pn_call *call = c->first;
        pn_worker_remove(c, call);
        pn_call_answer_text(c->gw, call, pn_view_str(text), true);
    }
}

// The number of the tool that has the same name in another version of the component; UINT32_MAX when there is none.
static uint32_t same_tool(const struct pn_gw_component *old, uint32_t number, const struct pn_gw_component *fresh) {
    for (uint32_t i = 0; number < old->tools.len && i < fresh->tools.len; i++)
        if (strcmp(old->tools.tools[number].name, fresh->tools.tools[i].name) == 0 && fresh->tools.tools[i].callable)
            return i;
    return UINT32_MAX;
}

void pn_worker_move_queued(struct pn_gw_component *old, struct pn_gw_component *fresh) {
    while (old->first != NULL) {
        struct pn_call *call = old->first;
        pn_worker_remove(old, call);
        call->tool = same_tool(old, call->tool, fresh);
        if (call->tool == UINT32_MAX)
            pn_call_fail(old->gw, call, "Error: component %s was replaced, and the tool is gone", old->id);
        else
            enqueue(fresh, call);
    }
}

// --- sending ---

void pn_worker_watch(struct pn_gw_component *c) {
    int events = c->blocked ? UV_WRITABLE : 0;
    pn_gateway_want(&c->calls, pn_gateway_out_full(c->gw) ? events : events | UV_READABLE);
}

// 1 = sent, 0 = the channel is full, -1 = the worker is gone.
static int send_call(struct pn_gw_component *c, struct pn_call *call, struct pn_view arguments) {
    struct pn_msg_call msg = {.tool = call->tool, .arguments = arguments};
    struct pn_err err = {0};
    if (pn_chan_send(&c->calls.chan, PN_MSG_CALL, pn_call_number(call), &msg, -1, &err) == 0) {
        call->state = PN_CALL_SENT;
        call->component = c;
        call->deadline = pn_now() + c->wall + PN_GW_GRACE;
        c->in_flight++;
        return 1;
    }
    if (err.category == PN_E_RETRY) {
        c->blocked = true;
        pn_worker_watch(c);
        return 0;
    }
    pn_log(PN_LOG_WARN, "component %s: %s", c->id, err.text);
    pn_worker_unlink(c, "its worker ended");
    return -1;
}

void pn_worker_submit(struct pn_gw_component *c, struct pn_call *call, struct pn_view arguments) {
    bool here = arguments.ptr >= call->keep.ptr && arguments.ptr < call->keep.ptr + call->keep.len;
    if (is_up(c) && c->first == NULL && !c->blocked && c->in_flight < c->concurrency &&
        send_call(c, call, arguments) == 1)
        return;
    if (here || pn_call_hold(c->gw, call, (struct pn_view){0}, arguments))
        enqueue(c, call);
}

void pn_worker_pump(struct pn_gw_component *c) {
    while (is_up(c) && c->first != NULL && !c->blocked && c->in_flight < c->concurrency) {
        struct pn_call *call = c->first;
        if (send_call(c, call, pn_call_arguments(call)) != 1)
            return;
        c->first = call->next;
        if (c->first == NULL)
            c->last = NULL;
    }
}

void pn_worker_cancel(struct pn_gw_component *c, struct pn_call *call) {
    struct pn_msg_cancel msg = {.reason = 1};
    struct pn_err err = {0};
    if (c->control.poll == NULL)
        return; // it runs to its own limit
    call->deadline = pn_earlier(call->deadline, pn_now() + PN_GW_GRACE);
    if (pn_chan_send(&c->control.chan, PN_MSG_CANCEL, pn_call_number(call), &msg, -1, &err) < 0)
        pn_log(PN_LOG_WARN, "component %s does not take a cancellation: %s", c->id, err.text);
}

void pn_worker_hung(struct pn_gw_component *c) {
    pn_log(PN_LOG_WARN, "component %s: its worker did not answer in time", c->id);
    c->hung = true;
    pn_worker_unlink(c, "did not answer within its time limit, and its worker is being restarted");
    pn_gateway_tell_supervisor(c->gw);
}

// --- receiving ---

static void fail_in_flight(struct pn_gw_component *c, const char *why) {
    struct pn_gateway *gw = c->gw;
    for (uint32_t i = 0; i < gw->made && c->in_flight > 0; i++) {
        struct pn_call *call = gw->pool[i];
        if (call->state != PN_CALL_SENT || call->component != c)
            continue;
        c->in_flight--;
        pn_call_fail(gw, call, "Error: component %s: %s", c->id, why);
    }
    c->in_flight = 0;
}

void pn_worker_unlink(struct pn_gw_component *c, const char *why) {
    close_link(&c->calls);
    close_link(&c->control);
    c->blocked = false;
    fail_in_flight(c, why);
}

void pn_worker_retire(struct pn_gw_component *c) {
    if (c->in_flight == 0)
        pn_worker_unlink(c, "it was unloaded");
}

static void violated(struct pn_gw_component *c, const char *how) {
    pn_log(PN_LOG_ERROR, "component %s: its worker broke the protocol: %s", c->id, how);
    c->hung = true; // it is to be ended
    pn_worker_unlink(c, "its worker broke the protocol and is being restarted");
    pn_gateway_tell_supervisor(c->gw);
}

// A large string goes out from the mapping it came in: once as text, once inside structuredContent.
static bool answer_large(struct pn_gateway *gw, struct pn_call *call, struct pn_chan *chan, struct pn_view value,
                         bool is_error) {
    bool own_line = call->batch == NULL && !call->cancelled && !gw->out_lost;
    bool is_string = value.len > LARGE && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
    if (!own_line || !is_string || chan->map.ptr != value.ptr || chan->map.len != value.len)
        return false;
    struct pn_buf *out = pn_out_tail(&gw->out);
    if (out == NULL || pn_buf_room(out, 256 + call->id_len) == NULL)
        return false;
    bool twice = call->rev >= PN_MCP_2025_06_18;
    size_t begin = out->len;
    pn_mcp_put_call_head(out, pn_call_id(call));
    if (!pn_out_add_body(&gw->out, value, !twice)) {
        out->len = begin;
        return false;
    }
    if (!twice)
        chan->map = (struct pn_view){0};
    return true;
}

// The rest of it. Parts are small; when there is no memory even for them, the stream cannot go on.
static bool finish_large(struct pn_gateway *gw, struct pn_call *call, struct pn_chan *chan, struct pn_view value,
                         bool is_error) {
    struct pn_buf *out;
    if (call->rev >= PN_MCP_2025_06_18) {
        if ((out = pn_out_tail(&gw->out)) == NULL)
            return false;
        pn_mcp_put_call_middle(out, call->rev);
        if (out->overflow || !pn_out_add_body(&gw->out, value, true))
            return false;
        chan->map = (struct pn_view){0};
    }
    if ((out = pn_out_tail(&gw->out)) == NULL)
        return false;
    pn_mcp_put_call_tail(out, &gw->server, call->rev, is_error);
    pn_buf_add_byte(out, '\n');
    return !out->overflow;
}

static void answer_value(struct pn_gw_component *c, struct pn_call *call, struct pn_view value, bool is_error) {
    struct pn_gateway *gw = c->gw;
    struct pn_err err = {0};
    if (c->result_max != 0 && value.len > c->result_max) {
        pn_call_fail(gw, call, "Error: the result is larger than %u bytes; the policy key limits.result raises this",
                     c->result_max);
        return;
    }
    if (pn_json_check(value, &(struct pn_json_limits){.depth = 256, .nodes = 64u << 20}, &err) < 0) {
        pn_log(PN_LOG_ERROR, "component %s: its worker sent a result that is no JSON: %s", c->id, err.text);
        pn_call_fail(gw, call, "Error: component %s gave an invalid result", c->id);
        return;
    }
    if (!answer_large(gw, call, &c->calls.chan, value, is_error)) {
        pn_call_answer_value(gw, call, value, is_error);
        return;
    }
    if (!finish_large(gw, call, &c->calls.chan, value, is_error)) {
        pn_log(PN_LOG_ERROR, "out of memory in the middle of an answer");
        gw->out_lost = true;
    }
    pn_call_free(gw, call);
}

static void answer(struct pn_gw_component *c, struct pn_call *call, const struct pn_msg_result *r) {
    struct pn_gateway *gw = c->gw;
    if (call->cancelled) {
        pn_call_free(gw, call);
        return;
    }
    switch (r->outcome) {
    case PN_OUTCOME_OK:
        answer_value(c, call, r->value, false);
        return;
    case PN_OUTCOME_TOOL_ERROR:
        answer_value(c, call, r->value, true);
        return;
    case PN_OUTCOME_ARGUMENTS:
    case PN_OUTCOME_LIMIT:
    case PN_OUTCOME_TRAP:
    case PN_OUTCOME_CANCELLED:
    case PN_OUTCOME_INTERNAL:
        pn_call_fail(gw, call, "Error: %.*s", PN_FMT(pn_utf8_cut(r->text, 1500)));
        return;
    default:
        pn_call_fail(gw, call, "Error: component %s gave an outcome that does not exist", c->id);
    }
}

static void take_result(struct pn_gw_component *c, const struct pn_msg *msg) {
    if (msg->type != PN_MSG_RESULT) {
        violated(c, "a message that is no result");
        return;
    }
    struct pn_call *call = pn_call_find(c->gw, msg->call_id);
    if (call == NULL || call->state != PN_CALL_SENT || call->component != c) {
        violated(c, "a result for a call that it was not given, or that it has answered");
        return;
    }
    c->in_flight--;
    answer(c, call, &msg->result);
}

static void receive(struct pn_gw_component *c) {
    for (int i = 0; i < RECEIVE_AT_ONCE && is_up(c) && !pn_gateway_out_full(c->gw); i++) {
        struct pn_err err = {0};
        struct pn_msg msg;
        int rc = pn_chan_recv(&c->calls.chan, &msg, &err);
        if (rc < 0 && err.category == PN_E_RETRY)
            return;
        if (rc < 0) {
            violated(c, err.text);
        } else if (rc == 0) {
            pn_log(PN_LOG_WARN, "component %s: its worker ended", c->id);
            c->hung = c->state != PN_COMPONENT_GONE; // one that only closed its channel is to be ended
            pn_worker_unlink(c, "its worker ended during the call");
            pn_gateway_tell_supervisor(c->gw);
        } else {
            take_result(c, &msg);
            if (c->state == PN_COMPONENT_GONE)
                pn_worker_retire(c);
            if (c->in_flight == 0)
                return; // there is nothing more that could come; if something does, the loop says so
        }
    }
}

static void on_calls(uv_poll_t *handle, int status, int events) {
    struct pn_gw_component *c = handle->data;
    if ((events & UV_WRITABLE) != 0 || status < 0) {
        c->blocked = false;
        pn_worker_watch(c);
    }
    if ((events & UV_READABLE) != 0 || status < 0)
        receive(c);
    pn_worker_pump(c);
}

// Nothing comes on this channel but its end.
static void on_control(uv_poll_t *handle, int status, int events) {
    struct pn_gw_component *c = handle->data;
    struct pn_err err = {0};
    struct pn_msg msg;
    int rc = pn_chan_recv(&c->control.chan, &msg, &err);
    if (rc == 0)
        close_link(&c->control);
    else if (rc == 1 || err.category != PN_E_RETRY)
        violated(c, "a message on its control channel");
}

void pn_worker_link(struct pn_gw_component *c, enum pn_link_kind kind, int fd) {
    struct pn_gw_link *link = kind == PN_LINK_CALLS ? &c->calls : &c->control;
    close_link(link);
    if (kind == PN_LINK_CALLS) {
        c->blocked = false;
        fail_in_flight(c, "its worker was replaced");
    }
    pn_chan_init(&link->chan, fd, PN_ROLE_GATEWAY, PN_ROLE_WORKER);
    if (pn_gateway_watch(c->gw, link, kind == PN_LINK_CALLS ? on_calls : on_control, c) < 0) {
        pn_log(PN_LOG_ERROR, "cannot watch a channel");
        pn_chan_fini(&link->chan);
        return;
    }
    pn_worker_pump(c);
}
