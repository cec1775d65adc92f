// SPDX-License-Identifier: Apache-2.0
// The gateway process: an MCP client on descriptors 0 and 1, the supervisor on a channel, one pair of channels per
// component's worker. Holds no secret, no component code, no outbound network. Hostile: the client, every worker (a
// component may have broken out), and the descriptions of components.
//
// One thread, one libuv loop (loop.c); the other files only react. A call passes input.c -> calls.c -> workers.c and
// comes back; what is built in goes calls.c -> builtin.c -> admin.c -> supervisor.
#pragma once
#include <uv.h>

#include "ipc/ipc.h"
#include "mcp/batch.h"
#include "mcp/lines.h"
#include "mcp/session.h"
#include "roles/gateway/catalog.h"
#include "roles/gateway/out.h"

#define PN_GW_CALLS_MAX 1024u             // outstanding calls; beyond, the client is not read
#define PN_GW_OUT_MAX ((size_t)64 << 20)  // bytes the client has not taken; beyond, neither client nor workers are read
#define PN_GW_HELD_MAX ((size_t)64 << 20) // bytes of calls that wait here; beyond, the client is not read
#define PN_GW_ASKING_MAX 16u              // questions to the client's user at a time
#define PN_GW_LISTENERS_MAX 16u           // open subscriptions/listen
#define PN_GW_POOL (PN_GW_CALLS_MAX + PN_MCP_BATCH_MAX + PN_GW_ASKING_MAX)
#define PN_GW_GRACE (5 * PN_SEC)        // a worker's time beyond the call's own limit; and ours after the client left
#define PN_GW_WAIT (330 * PN_SEC)       // for a component to load or to come back
#define PN_GW_LIST_WAIT (2 * PN_SEC)    // tools/list waits this long for components that are still loading
#define PN_GW_ASK_WAIT (300 * PN_SEC)   // for the user's answer
#define PN_GW_ADMIN_WAIT (600 * PN_SEC) // for the supervisor

enum pn_call_state {
    PN_CALL_FREE,
    PN_CALL_LISTING, // tools/list that waits for components to load
    PN_CALL_WAITING, // its tool is not known yet
    PN_CALL_QUEUED,  // in its component's queue
    PN_CALL_SENT,    // the worker has it
    PN_CALL_ASKING,  // the client's user is asked
    PN_CALL_ADMIN,   // to be sent to the supervisor
    PN_CALL_ADMIN_SENT,
};

struct pn_gw_component;

struct pn_admin {
    enum pn_admin_verb verb;
    const struct pn_builtin *tool;
    char *id, *one, *two; // owned
};

struct pn_call {
    uint32_t index, generation;
    enum pn_call_state state;
    enum pn_mcp_rev rev;
    bool cancelled;   // nobody waits for the answer
    bool elicitation; // the client can be asked
    struct pn_mcp_batch *batch;
    struct pn_gw_component *component; // QUEUED, SENT
    uint32_t tool;
    struct pn_call *next; // in the queue of its component
    struct pn_buf keep;   // id, progress token, name, arguments: one after the other
    size_t id_len, token_len, name_len;
    uint64_t order; // of arrival
    uint64_t begun, deadline, progress_at, progress;
    struct pn_admin admin;
};

struct pn_gw_link {
    struct pn_chan chan;
    uv_poll_t *poll; // NULL when there is no channel
    uv_poll_cb cb;
    int events;
};

struct pn_gw_component {
    struct pn_gateway *gw;
    uint32_t slot;
    enum pn_component_state state;
    char *id, *reason;
    struct pn_digest described; // of the description's text
    struct pn_description tools;
    uint64_t wall; // ns
    uint32_t concurrency, result_max;
    struct pn_gw_link calls, control;
    struct pn_call *first, *last; // queued
    uint32_t in_flight;
    bool blocked;    // the worker's channel is full
    bool hung;       // the supervisor has to be told
    bool superseded; // another slot has the same id: it only finishes its calls
};

struct pn_listener {
    struct pn_buf id; // empty = unused
    bool tools;
};

struct pn_gateway {
    uv_loop_t loop;
    uv_poll_t in_poll, out_poll, supervisor_poll;
    uv_idle_t in_idle; // reads a standard input that cannot be polled (a file)
    uv_prepare_t before_wait;
    uv_timer_t tick;
    bool in_is_file, in_active, in_ended, out_is_file, out_waits, out_was_full, out_lost;
    bool ending;     // no more input: what is outstanding gets its answers
    uint64_t end_by; // then, whatever is missing
    int status;      // of the process

    struct pn_chan supervisor;
    bool supervisor_blocked;
    bool management;

    struct pn_mcp_server server;
    struct pn_mcp_session session;
    struct pn_lines lines;
    bool backlog; // lines stand in the buffer that were not taken for lack of room
    struct pn_json doc;
    struct pn_out out;
    struct pn_buf scratch; // a response on its way into a batch
    struct pn_mac_key key; // cursors, requestState
    struct pn_consents *consents;

    struct pn_call *pool[PN_GW_POOL];
    uint32_t free[PN_GW_POOL];
    uint32_t free_len, made, active, asking;
    size_t held; // bytes of calls that wait here
    uint64_t orders;

    struct pn_gw_component **components; // by slot; NULL = never heard of
    uint32_t slots, seen;
    bool count_known;
    uint32_t count;
    uint64_t began;
    struct pn_catalog catalog;
    bool list_changed;     // the legacy client is still to be told
    bool list_unannounced; // subscriptions are
    bool listed;           // a client has seen the list
    struct pn_listener listeners[PN_GW_LISTENERS_MAX];
};

// --- loop.c ---
// Everything that needs more of the system than serving does. `supervisor` is taken over.
[[nodiscard]] int pn_gateway_init(struct pn_gateway *gw, struct pn_chan *supervisor, struct pn_err *err);
// Serves until the client's input ends or the supervisor says so. Returns the exit status.
int pn_gateway_serve(struct pn_gateway *gw);
void pn_gateway_fini(struct pn_gateway *gw);
// No more input: ends within the grace time, answers first.
void pn_gateway_end(struct pn_gateway *gw, uint64_t grace);
// Watches a link's channel; `gone` and messages are handled by workers.c.
[[nodiscard]] int pn_gateway_watch(struct pn_gateway *gw, struct pn_gw_link *link, uv_poll_cb cb, void *data);
void pn_gateway_unwatch(struct pn_gw_link *link);
void pn_gateway_want(struct pn_gw_link *link, int events);
bool pn_gateway_out_full(const struct pn_gateway *gw);
bool pn_gateway_in_full(const struct pn_gateway *gw);
void pn_gateway_start_tick(struct pn_gateway *gw);

// --- input.c ---
void pn_gateway_read_lines(struct pn_gateway *gw);
void pn_gateway_read_last_line(struct pn_gateway *gw);
// Where a response is written, and its end. `batch` is NULL for a line of its own.
struct pn_buf *pn_gateway_open_reply(struct pn_gateway *gw, struct pn_mcp_batch *batch);
void pn_gateway_close_reply(struct pn_gateway *gw, struct pn_mcp_batch *batch, struct pn_view id);
void pn_gateway_release_batch(struct pn_gateway *gw, struct pn_mcp_batch *batch);
// An error response outside of any call.
void pn_gateway_refuse(struct pn_gateway *gw, struct pn_mcp_batch *batch, struct pn_view id, enum pn_mcp_code code,
                       const char *why);

// --- notify.c ---
void pn_gateway_tell_changes(struct pn_gateway *gw); // list_changed, once per change of the list
void pn_gateway_log(struct pn_gateway *gw, unsigned level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void pn_gateway_listen(struct pn_gateway *gw, const struct pn_mcp_request *req);
bool pn_gateway_unlisten(struct pn_gateway *gw, struct pn_view id);
void pn_gateway_end_listeners(struct pn_gateway *gw);

// --- calls.c ---
// A place for a request, with its id and token kept. NULL (and the client answered) when memory ran out.
struct pn_call *pn_call_new(struct pn_gateway *gw, const struct pn_mcp_request *req, struct pn_mcp_batch *batch);
void pn_call_free(struct pn_gateway *gw, struct pn_call *c);
struct pn_view pn_call_id(const struct pn_call *c);
struct pn_view pn_call_name(const struct pn_call *c);
struct pn_view pn_call_arguments(const struct pn_call *c);
// Keeps name and arguments for later. False (and the call answered and freed) when memory ran out.
bool pn_call_hold(struct pn_gateway *gw, struct pn_call *c, struct pn_view name, struct pn_view arguments);
uint64_t pn_call_number(const struct pn_call *c); // as call id of frames
struct pn_call *pn_call_find(struct pn_gateway *gw, uint64_t number);
// Answers and frees. A cancelled call gets no answer.
void pn_call_answer_text(struct pn_gateway *gw, struct pn_call *c, struct pn_view text, bool is_error);
void pn_call_answer_value(struct pn_gateway *gw, struct pn_call *c, struct pn_view value, bool is_error);
void pn_call_answer_error(struct pn_gateway *gw, struct pn_call *c, enum pn_mcp_code code, const char *why);
// isError:true with a text of our own.
void pn_call_fail(struct pn_gateway *gw, struct pn_call *c, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

// --- dispatch.c ---
void pn_gateway_take_call(struct pn_gateway *gw, const struct pn_mcp_request *req, struct pn_mcp_batch *batch);
void pn_gateway_take_list(struct pn_gateway *gw, const struct pn_mcp_request *req, struct pn_mcp_batch *batch);
void pn_gateway_cancel(struct pn_gateway *gw, struct pn_view id);
// Looks again at what waits for components: after a change of the list or of a component's state.
void pn_gateway_retry_waiting(struct pn_gateway *gw);
bool pn_gateway_loading(const struct pn_gateway *gw);
// Deadlines and progress. Called a few times a second while calls are outstanding.
void pn_gateway_check_calls(struct pn_gateway *gw, uint64_t now);
void pn_gateway_fail_all(struct pn_gateway *gw, const char *why);

// --- workers.c ---
struct pn_gw_component *pn_gateway_component(struct pn_gateway *gw, uint32_t slot); // NULL when unknown
void pn_worker_link(struct pn_gw_component *c, enum pn_link_kind kind, int fd);     // takes over `fd`
void pn_worker_unlink(struct pn_gw_component *c, const char *why);
void pn_worker_retire(struct pn_gw_component *c); // it was unloaded: closes when its last call is answered
void pn_worker_move_queued(struct pn_gw_component *old, struct pn_gw_component *fresh);
// Sends or queues; `arguments` are copied only when they must wait.
void pn_worker_submit(struct pn_gw_component *c, struct pn_call *call, struct pn_view arguments);
void pn_worker_pump(struct pn_gw_component *c);
void pn_worker_watch(struct pn_gw_component *c); // after a change of what its channel is watched for
void pn_worker_remove(struct pn_gw_component *c, struct pn_call *call); // a queued call, from the queue
void pn_worker_cancel(struct pn_gw_component *c, struct pn_call *call); // tells the worker
void pn_worker_hung(struct pn_gw_component *c);
void pn_worker_fail_queued(struct pn_gw_component *c, const char *fmt, const char *detail);

// --- supervisor.c ---
void pn_gateway_on_supervisor(uv_poll_t *handle, int status, int events);
void pn_gateway_tell_supervisor(struct pn_gateway *gw); // what waits to be sent to it
void pn_gateway_offer(struct pn_gateway *gw);           // builds the catalogue anew
void pn_component_free(struct pn_gw_component *c);
