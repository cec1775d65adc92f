// SPDX-License-Identifier: Apache-2.0
// What one call of a component may use: the store's data pointer. One host per worker thread, reused from call to call.
//
// Trust: every argument comes from the component and is hostile. The types of host functions are checked against the
// tables' signatures when linking (link.h), so kinds are as declared; names, numbers and order of calls are not.
//
// A host function answers 0 with results[] set, or negative: the call is over. Why is kept in `end` (the first reason
// wins) and the worker reports that text instead of the engine's trap.
#pragma once
#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "config/policy.h"
#include <wasmtime.h>
#include <wasmtime/component.h>

struct pn_chan;
struct pn_http;
struct pn_fs_root;

// Host type numbers of the resources; aliases (headers, trailers) share the number of what they alias.
enum pn_resource {
    PN_RES_ERROR = 1,
    PN_RES_POLLABLE,
    PN_RES_INPUT_STREAM,
    PN_RES_OUTPUT_STREAM,
    PN_RES_DESCRIPTOR,
    PN_RES_DIRECTORY_STREAM,
    PN_RES_TERMINAL_INPUT,
    PN_RES_TERMINAL_OUTPUT,
    PN_RES_NETWORK,
    PN_RES_RESOLVE_STREAM,
    PN_RES_TCP_SOCKET,
    PN_RES_UDP_SOCKET,
    PN_RES_INCOMING_DATAGRAMS,
    PN_RES_OUTGOING_DATAGRAMS,
    PN_RES_FIELDS,
    PN_RES_INCOMING_REQUEST,
    PN_RES_OUTGOING_REQUEST,
    PN_RES_REQUEST_OPTIONS,
    PN_RES_RESPONSE_OUTPARAM,
    PN_RES_INCOMING_RESPONSE,
    PN_RES_OUTGOING_RESPONSE,
    PN_RES_INCOMING_BODY,
    PN_RES_OUTGOING_BODY,
    PN_RES_FUTURE_TRAILERS,
    PN_RES_FUTURE_RESPONSE,
    PN_RES_COUNT,
};

// Everything calls share; made once before the worker locks itself, then only read.
struct pn_world {
    const struct pn_policy *policy; // borrowed
    struct pn_fs_root *roots;       // opened grants
    size_t roots_len;
    const struct pn_config_entry *env; // borrowed: name and value
    size_t env_len;
    struct pn_mac_key hash_key; // random, for metadata-hash and insecure-seed
};
// Opens the directories that the policy grants. A grant whose base does not exist is skipped; `skipped` (may be NULL)
// gets one line for each. `env` holds the values of granted names; names that the policy does not list are not shown.
[[nodiscard]] int pn_world_init(struct pn_world *w, const struct pn_policy *policy, const struct pn_config_entry *env,
                                size_t env_len, struct pn_buf *skipped, struct pn_err *err);
void pn_world_fini(struct pn_world *w);

enum pn_end { PN_END_NONE, PN_END_LIMIT, PN_END_CANCELLED, PN_END_EXIT, PN_END_TRAP };

// What the worker sets for a call.
struct pn_host_call {
    uint64_t deadline;      // monotonic ns
    int cancel_fd;          // readable = stop; -1 = cannot be cancelled
    struct pn_chan *egress; // NULL = no way out. Borrowed; used by one call at a time
    void (*log)(void *data, bool is_error, struct pn_view line); // one raw line of guest stdout or stderr: escape it
    void *log_data;
    void (*before_wait)(void *data); // called before the thread sleeps; may be NULL
    void *wait_data;
};

#define PN_RESOURCES_MAX 4096u
#define PN_CLOCK_START PN_SEC // a guest's monotonic clock begins here: not 0 (Go refuses it), and no uptime leaks

struct pn_host {
    const struct pn_world *world;
    struct pn_host_call call;
    wasmtime_context_t *context; // set while a boxed host function runs
    enum pn_end end;
    char end_text[512];
    uint64_t clock_origin; // monotonic ns that the guest sees as PN_CLOCK_START
    uint64_t open_files, bytes_written, log_lines;
    struct pn_http *http; // src/wasi/http*.c; NULL until used
    void (*http_fini)(struct pn_host *h);
    struct pn_fault {   // of the last stream operation that answered PN_IO_FAILED
        int kind;       // enum pn_fault_kind in io.h
        unsigned code;  // index of the case in the interface's error-code
        char text[160]; // UTF-8
    } fault;
    struct pn_buf line[2]; // unfinished line of stdout and stderr
    struct pn_buf scratch; // bytes handed to a lane
    struct pn_resource_slot {
        void *object;
        void (*destroy)(struct pn_host *h, void *object);
        uint32_t parent; // rep, 0 = none
        uint32_t refs;   // the guest's handle and each child; while free: the next free rep
        uint8_t type;    // enum pn_resource, 0 = free
        bool dropped;    // the guest's handle is gone, children keep the object
    } * slots;
    uint32_t slots_len, slots_cap, slots_free;
};

void pn_host_init(struct pn_host *h, const struct pn_world *world);
void pn_host_fini(struct pn_host *h);
// Per call: start, then the store's data pointer is `h`, and finish after the store is deleted. Both take well under
// a microsecond when nothing was used; finish destroys what the component left and writes its last unfinished lines.
void pn_host_start(struct pn_host *h, const struct pn_host_call *call);
void pn_host_finish(struct pn_host *h);

// Ends the call: keeps the first reason in h->end and h->end_text, fills err, returns -1.
int pn_host_stop(struct pn_host *h, enum pn_end end, struct pn_err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// The same for a limit of the policy, by its key in the document:
// "limit reached: <key> = <value> <unit>; raise it with `limits.<key>` in the policy".
int pn_host_breach(struct pn_host *h, const char *key, struct pn_err *err);

// --- resources: rep <-> object. An object lives until its handle and all its children are gone. ---
// Takes `object`: destroy (may be NULL) is called in the end, also when adding fails. `parent` 0 = none.
[[nodiscard]] int pn_host_add(struct pn_host *h, enum pn_resource type, void *object,
                              void (*destroy)(struct pn_host *h, void *object), uint32_t parent, uint32_t *rep,
                              struct pn_err *err);
void *pn_host_get(struct pn_host *h, enum pn_resource type, uint32_t rep); // NULL when there is no such
void pn_host_drop(struct pn_host *h, uint32_t rep);                        // the handle is gone
uint32_t pn_host_children(const struct pn_host *h, uint32_t rep);

// --- waiting: one set of descriptors and a time, shared by everything a guest waits for ---
#define PN_WAIT_FDS 16
struct pn_wait {
    struct pn_wait_fd {
        int fd;
        short events;
    } fds[PN_WAIT_FDS];
    unsigned len;
    uint64_t until; // monotonic ns
};
#define PN_WAIT_INIT ((struct pn_wait){.until = PN_NEVER})
void pn_wait_fd(struct pn_wait *w, int fd, short events);
void pn_wait_until(struct pn_wait *w, uint64_t when);
// Sleeps until something of `w` is ready. Negative: cancelled, or the call's deadline passed (then the call is over).
[[nodiscard]] int pn_host_wait(struct pn_host *h, const struct pn_wait *w, struct pn_err *err);
// The same test without waiting: for loops that could run long in the host.
[[nodiscard]] int pn_host_check(struct pn_host *h, struct pn_err *err);
