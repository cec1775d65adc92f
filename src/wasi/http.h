// SPDX-License-Identifier: Apache-2.0
// wasi:http, the client's side. A request of a component and its response are one object, struct pn_http_call, which
// the resources that stand for parts of it share: outgoing-request, outgoing-body and its stream,
// future-incoming-response, incoming-response, incoming-body and its stream, future-trailers. Frames to and from egress
// are in http_call.c.
#pragma once
#include "ipc/ipc.h"
#include "net/headers.h"
#include "wasi/io.h"

#define PN_HTTP_WINDOW ((uint32_t)256 << 10)  // response bytes that egress may send ahead
#define PN_HTTP_AT_ONCE 64u                   // requests under way; more wait (egress refuses them)
#define PN_HTTP_BODY_ROOM ((size_t)128 << 10) // request bytes kept here
#define PN_HTTP_FIELDS_MAX ((size_t)64 << 10) // bytes of one `fields`
#define PN_HTTP_LENGTH_NONE PN_LENGTH_UNKNOWN // no content-length field

// A resource `fields`: names in lower case, values trimmed.
struct pn_http_fields {
    struct pn_buf block; // of net/headers.h
    bool immutable;
};

struct pn_http_options {
    bool has[3]; // connect, first byte, between bytes
    uint64_t ns[3];
};

struct pn_http_call {
    struct pn_http_call *next; // among those handed to egress
    unsigned refs;
    uint64_t number; // on the channel

    char *method, *scheme, *authority, *path; // NULL = not set
    struct pn_buf fields;                     // block
    struct pn_http_options options;
    bool handled;   // outgoing-handler.handle took it
    bool want_open; // HTTP_OPEN is due
    bool opened;    // HTTP_OPEN was sent

    bool body_taken, stream_taken; // the guest has asked for them
    bool body_done, end_sent;      // finished by the guest; told to egress
    uint64_t declared, written;    // content-length; bytes taken from the guest
    uint64_t credit;               // bytes egress takes
    struct pn_buf out;
    size_t out_at;

    bool have_head, ended, failed, drain; // drain: the guest wants no more of the body, only its end
    uint16_t status;
    enum pn_http_error code;
    char text[160];
    struct pn_buf reply_fields, trailers;
    struct pn_buf in;   // received
    struct pn_buf lent; // being read: nothing is added to it
    size_t lent_at;
    uint32_t owed; // credit to give back
    bool consumed, reply_stream_taken, future_taken, trailers_taken;
};

struct pn_http {
    struct pn_http_call *calls;
    bool blocked; // egress's queue was full
    bool dead;    // the channel is gone
};

// --- http_call.c ---
struct pn_http_call *pn_http_call_new(struct pn_host *h, struct pn_err *err);
void pn_http_call_unref(struct pn_host *h, struct pn_http_call *x);
// Puts it on its way; without a channel to egress it fails at once.
void pn_http_call_start(struct pn_host *h, struct pn_http_call *x);
// Fails it here; a request that was opened is cancelled.
void pn_http_call_fail(struct pn_host *h, struct pn_http_call *x, enum pn_http_error code, const char *text);
// Sends what is due and receives what is there, for all calls. Never blocks.
void pn_http_work(struct pn_host *h);
// The request must go out now, its body in parts if it is not finished.
void pn_http_call_open(struct pn_host *h, struct pn_http_call *x);
// Negative when egress said that the call must end (a limit of the policy).
[[nodiscard]] int pn_http_over(const struct pn_host *h, struct pn_err *err);
void pn_http_wait(struct pn_host *h, struct pn_wait *w); // adds what pn_http_work waits for

// --- http_body.c, http_response.c: the streams of the bodies, as children of `parent` ---
[[nodiscard]] int pn_http_call_add_output(struct pn_host *h, struct pn_http_call *x, uint32_t parent, uint32_t *rep,
                                          struct pn_err *err);
[[nodiscard]] int pn_http_call_add_input(struct pn_host *h, struct pn_http_call *x, uint32_t parent, uint32_t *rep,
                                         struct pn_err *err);
// The guest has written all of the request body. PN_HTTP_ERROR_COUNT when it is as announced, else what it failed with.
enum pn_http_error pn_http_call_finish_body(struct pn_host *h, struct pn_http_call *x, bool trailers);
// The guest reads no more of the response body: what comes is let go, up to its end.
void pn_http_call_drain(struct pn_http_call *x);

// --- http_fields.c ---
struct pn_http_fields *pn_http_fields_new(struct pn_host *h, struct pn_view block, bool immutable, struct pn_err *err);
// Answers with a new handle on a copy of `block`.
[[nodiscard]] int pn_http_fields_answer(struct pn_host *h, struct pn_view block, bool immutable,
                                        wasmtime_component_val_t *result, struct pn_err *err);
void pn_http_fields_free(struct pn_host *h, void *fields);

// --- http_error.c ---
wasmtime_component_val_t pn_http_error_val(enum pn_http_error code, const char *text);
