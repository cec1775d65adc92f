// SPDX-License-Identifier: Apache-2.0
// One HTTP request of a component and its response: from HTTP_OPEN to HTTP_REPLY_END or HTTP_FAIL.
#pragma once
#include "net/url.h"
#include "policy/network.h"
#include "roles/egress/egress.h"
#include "roles/egress/head.h"

// Bytes kept of the response before libcurl is told to pause, and of the request that a worker may have sent ahead.
#define PN_REPLY_AHEAD ((size_t)192 << 10)
#define PN_BODY_AHEAD ((uint32_t)192 << 10)

enum pn_phase {
    PN_PHASE_RESOLVE,
    PN_PHASE_CONNECT, // also the TLS handshake
    PN_PHASE_WAIT,    // request on its way, or waiting for the head of the response
    PN_PHASE_BODY,
    PN_PHASE_DONE, // nothing more comes from the network
};

struct pn_exchange {
    struct pn_link *link;
    struct pn_exchange *next;
    uint64_t call;
    bool over; // free it
    enum pn_phase phase;
    uint64_t started, active; // ns: opened; last progress
    uint32_t connect_ms, first_byte_ms, between_ms;

    struct pn_url url;
    char method[65];
    struct pn_network_facts facts; // views of url and method
    struct pn_lookup *lookup;
    struct pn_addr addrs[PN_ADDRESSES_MAX]; // all allowed
    size_t addrs_len, dialled;              // dialled: how many have been tried; the last is the current
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    bool in_pool;

    bool has_body, body_ended, body_waits; // waits: libcurl was paused for lack of bytes
    uint64_t length;                       // announced, or PN_LENGTH_UNKNOWN
    uint64_t body_taken;                   // bytes received from the worker
    uint64_t body_granted;                 // credit sent to it, in all
    struct pn_buf body;                    // received and not yet sent
    size_t body_at;

    struct pn_head head;
    bool head_sent, reply_waits; // waits: libcurl was paused because enough is buffered
    uint64_t reply_taken;        // bytes received from the network
    uint64_t credit;             // bytes that may be sent to the worker
    struct pn_buf reply;
    size_t reply_at;

    bool failed, fatal;
    enum pn_http_error code;
    char text[256];
};

// Handles HTTP_OPEN. Refusals are answered with HTTP_FAIL; -1 (PN_E_PEER): the frame itself is broken.
[[nodiscard]] int pn_exchange_open(struct pn_link *l, uint64_t call, const struct pn_msg_http_open *msg,
                                   struct pn_err *err);
// Frames of an open exchange. -1: the worker broke the protocol.
[[nodiscard]] int pn_exchange_data(struct pn_exchange *x, struct pn_view data, struct pn_err *err);
[[nodiscard]] int pn_exchange_end(struct pn_exchange *x, struct pn_view trailers, struct pn_err *err);
[[nodiscard]] int pn_exchange_credit(struct pn_exchange *x, uint32_t bytes, struct pn_err *err);

// Ends it with an error, unless it has failed already. `text` is for the guest: it says nothing a guest may not know.
void pn_exchange_fail(struct pn_exchange *x, enum pn_http_error code, const char *text);
// Ends it and the call: the limit `key` of the policy, which is `value` (with " unit"), was reached.
void pn_exchange_breach(struct pn_exchange *x, enum pn_http_error code, const char *key, uint64_t value,
                        const char *unit);
// libcurl is done with it.
void pn_exchange_finished(struct pn_exchange *x, CURLcode code);
// Sends what can be sent to the worker, lets libcurl go on where it was paused; sets `over` after the last frame.
void pn_exchange_pump(struct pn_exchange *x);
// Looks at its time limits.
void pn_exchange_check_time(struct pn_exchange *x, uint64_t now);
void pn_exchange_free(struct pn_exchange *x);

// transfer.c: hands the exchange to libcurl, pinned to its next address. False when no address is left.
bool pn_exchange_dial(struct pn_exchange *x);
void pn_exchange_undial(struct pn_exchange *x); // takes it back

// request.c: checks method and header fields, and fills x->headers for libcurl. A refusal fails the exchange: false.
bool pn_exchange_take_request(struct pn_exchange *x, const struct pn_msg_http_open *msg);

// refuse.c: logs a denial for the operator and fails the exchange.
void pn_exchange_deny(struct pn_exchange *x, const struct pn_verdict *v, const struct pn_addr *addr);
enum pn_http_error pn_http_error_of(CURLcode code, bool head_complete);
