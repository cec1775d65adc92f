// SPDX-License-Identifier: Apache-2.0
// The egress process: every byte that leaves a component's sandbox for the network passes here, and nothing else does.
//
//   slot      one component: its policy, its connections, its request rate
//   link      the channel of one call slot of that component's worker; carries exchanges, named by call id
//   exchange  one HTTP request and its response
//
// Objects that end are marked (`dead`, `over`) and freed in pn_slot_settle, at the end of each event: no callback of
// libcurl, c-ares or libuv frees what it stands in.
#pragma once
#include <openssl/ssl.h>
#include <uv.h>

#include "config/policy.h"
#include "ipc/ipc.h"
#include "roles/egress/pool.h"
#include "roles/egress/resolver.h"

#define PN_EXCHANGES_PER_LINK 64u // what a worker keeps to (wasi/http.h)

struct pn_egress {
    uv_loop_t loop;
    struct pn_chan chan; // to the supervisor
    uv_poll_t poll;
    uv_timer_t tick; // runs while there are exchanges
    size_t exchanges;
    struct pn_resolver resolver;
    X509_STORE *roots; // trusted certificates, read once
    struct pn_slot *slots;
};

// Requests in each of the last 60 seconds.
struct pn_rate {
    uint64_t second; // of the newest bucket
    uint32_t buckets[60];
};
// Counts one request at `now` (monotonic ns) unless that would be more than `most` within 60 seconds.
bool pn_rate_take(struct pn_rate *r, uint64_t most, uint64_t now);

struct pn_slot {
    struct pn_egress *egress;
    struct pn_slot *next;
    uint32_t number;
    char id[129];
    struct pn_policy policy;
    struct pn_pool *pool;
    struct pn_rate rate;
    struct pn_link *links;
};

struct pn_slot *pn_slot_find(struct pn_egress *e, uint32_t number); // NULL when there is none
// A new slot, or a new policy for a known one: then its exchanges end and its connections close.
[[nodiscard]] int pn_slot_set_policy(struct pn_egress *e, const struct pn_msg_egress_policy *msg, struct pn_err *err);
// The worker is gone: its channels close. Policy and rate stay, for the next worker.
void pn_slot_unlink(struct pn_slot *s);
// Moves what can move between network and worker, then frees what has ended. Call after every event of a slot.
void pn_slot_settle(void *slot);

struct pn_link {
    struct pn_slot *slot;
    struct pn_link *next;
    uint32_t index;
    struct pn_chan chan;
    uv_poll_t poll;
    int events;   // being waited for
    bool blocked; // the worker's queue was full
    bool dead;
    struct pn_exchange *exchanges;
    unsigned exchanges_len;
};

// Takes `fd`.
[[nodiscard]] int pn_link_open(struct pn_slot *s, uint32_t index, int fd, struct pn_err *err);
// Sends one frame. False: the queue is full (blocked is set, try again when settled next) or the worker is gone (dead).
bool pn_link_send(struct pn_link *l, enum pn_msg_type type, uint64_t call, const void *body);
void pn_link_watch(struct pn_link *l); // sets the events to wait for
void pn_link_free(struct pn_link *l);

// roots.c: the system's certificates and those of `ca_file` (empty = none). Reads files: call before locking.
X509_STORE *pn_roots_load(struct pn_view ca_file, struct pn_err *err);
