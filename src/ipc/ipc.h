// SPDX-License-Identifier: Apache-2.0
// Frames between Postern's processes: one SOCK_SEQPACKET message each, a 16-byte header and typed fields, all
// little-endian, described in messages.def.
//
//   header: u32 payload length, u16 message number, u16 zero, u64 call id (0 where it means nothing)
//
// Nothing here blocks unless it says so. A receiver trusts nothing: lengths, maxima, UTF-8, direction and the number of
// descriptors are checked, and a reader must end exactly at the end. Every violation is PN_E_PEER; close the channel.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"

#define PN_IPC_INLINE 61440u     // a body above this travels as a memfd
#define PN_IPC_FRAME_MAX 131072u // no frame is larger
#define PN_LENGTH_UNKNOWN UINT64_MAX

enum pn_role {
    PN_ROLE_ANY,
    PN_ROLE_SUPERVISOR,
    PN_ROLE_GATEWAY,
    PN_ROLE_WORKER,
    PN_ROLE_EGRESS,
    PN_ROLE_COMPILER,
    PN_ROLE_BROKER
};
const char *pn_role_name(enum pn_role role);

// What a LINK message hands over.
enum pn_link_kind {
    PN_LINK_CALLS = 1,   // gateway <-> worker: CALL and RESULT
    PN_LINK_CONTROL = 2, // gateway -> worker: CANCEL
    PN_LINK_EGRESS = 3,  // worker <-> egress, `index` = call slot of the worker
};

enum pn_component_state {
    PN_COMPONENT_LOADING = 1, // compiling or starting: calls wait
    PN_COMPONENT_READY = 2,   // described; its worker runs or will be started
    PN_COMPONENT_FAILED = 3,  // `reason` says why; its tools are not offered
    PN_COMPONENT_GONE = 4,    // unloaded
    PN_COMPONENT_DOWN = 5,    // its worker died and will be restarted: calls in flight are lost
};

enum pn_outcome {
    PN_OUTCOME_OK = 0,
    PN_OUTCOME_TOOL_ERROR = 1, // the component returned the error case of its result
    PN_OUTCOME_ARGUMENTS = 2,  // arguments do not fit the tool's types; text names the JSON pointer
    PN_OUTCOME_LIMIT = 3,      // a limit ended the call; text names limit, value and policy key
    PN_OUTCOME_TRAP = 4,       // the component trapped
    PN_OUTCOME_CANCELLED = 5,
    PN_OUTCOME_INTERNAL = 6,
};

// wasi:http error-code cases that egress reports, in the order of the WIT variant (wasi:http@0.2, `error-code`).
enum pn_http_error {
    PN_HTTP_DNS_TIMEOUT,
    PN_HTTP_DNS_ERROR,
    PN_HTTP_DESTINATION_NOT_FOUND,
    PN_HTTP_DESTINATION_UNAVAILABLE,
    PN_HTTP_DESTINATION_IP_PROHIBITED,
    PN_HTTP_DESTINATION_IP_UNROUTABLE,
    PN_HTTP_CONNECTION_REFUSED,
    PN_HTTP_CONNECTION_TERMINATED,
    PN_HTTP_CONNECTION_TIMEOUT,
    PN_HTTP_CONNECTION_READ_TIMEOUT,
    PN_HTTP_CONNECTION_WRITE_TIMEOUT,
    PN_HTTP_CONNECTION_LIMIT_REACHED,
    PN_HTTP_TLS_PROTOCOL_ERROR,
    PN_HTTP_TLS_CERTIFICATE_ERROR,
    PN_HTTP_TLS_ALERT_RECEIVED,
    PN_HTTP_REQUEST_DENIED,
    PN_HTTP_REQUEST_LENGTH_REQUIRED,
    PN_HTTP_REQUEST_BODY_SIZE,
    PN_HTTP_REQUEST_METHOD_INVALID,
    PN_HTTP_REQUEST_URI_INVALID,
    PN_HTTP_REQUEST_URI_TOO_LONG,
    PN_HTTP_REQUEST_HEADER_SECTION_SIZE,
    PN_HTTP_REQUEST_HEADER_SIZE,
    PN_HTTP_REQUEST_TRAILER_SECTION_SIZE,
    PN_HTTP_REQUEST_TRAILER_SIZE,
    PN_HTTP_RESPONSE_INCOMPLETE,
    PN_HTTP_RESPONSE_HEADER_SECTION_SIZE,
    PN_HTTP_RESPONSE_HEADER_SIZE,
    PN_HTTP_RESPONSE_BODY_SIZE,
    PN_HTTP_RESPONSE_TRAILER_SECTION_SIZE,
    PN_HTTP_RESPONSE_TRAILER_SIZE,
    PN_HTTP_RESPONSE_TRANSFER_CODING,
    PN_HTTP_RESPONSE_CONTENT_CODING,
    PN_HTTP_RESPONSE_TIMEOUT,
    PN_HTTP_UPGRADE_FAILED,
    PN_HTTP_PROTOCOL_ERROR,
    PN_HTTP_LOOP_DETECTED,
    PN_HTTP_CONFIGURATION_ERROR,
    PN_HTTP_INTERNAL_ERROR,
    PN_HTTP_ERROR_COUNT,
};

enum pn_admin_verb {
    PN_ADMIN_LOAD = 1,
    PN_ADMIN_UNLOAD,
    PN_ADMIN_GET_POLICY,
    PN_ADMIN_GRANT_STORAGE,
    PN_ADMIN_GRANT_NETWORK,
    PN_ADMIN_GRANT_ENVIRONMENT,
    PN_ADMIN_REVOKE_STORAGE,
    PN_ADMIN_REVOKE_NETWORK,
    PN_ADMIN_REVOKE_ENVIRONMENT,
    PN_ADMIN_RESET,
};

// struct pn_msg_<name> for every message: integers as they are, hash as pn_digest, str/blob/body as pn_view. Views of a
// received message point into the channel's buffer (or a mapping it owns) and live until the next receive on it.
#include "ipc/messages.def"
#define PN_T_u8 uint8_t
#define PN_T_u16 uint16_t
#define PN_T_u32 uint32_t
#define PN_T_u64 uint64_t
#define PN_T_hash struct pn_digest
#define PN_T_str struct pn_view
#define PN_T_blob struct pn_view
#define PN_T_body struct pn_view
#define PN_DECLARE_FIELD(kind, field, max) PN_T_##kind field;
#define PN_MESSAGE(NAME, name, number, from, to, fd) \
    struct pn_msg_##name {                           \
        PN_FIELDS_##NAME(PN_DECLARE_FIELD)           \
    };
#include "ipc/messages.def"
#undef PN_MESSAGE

enum pn_msg_type {
#define PN_MESSAGE(NAME, name, number, from, to, fd) PN_MSG_##NAME = (number),
#include "ipc/messages.def"
#undef PN_MESSAGE
};

// A received message. `type` selects the member.
struct pn_msg {
    enum pn_msg_type type;
    uint64_t call_id;
    int fd; // the descriptor that came along, -1 if none: borrowed from the channel, see pn_chan_take_fd
    union {
#define PN_MESSAGE(NAME, name, number, from, to, fd) struct pn_msg_##name name;
#include "ipc/messages.def"
#undef PN_MESSAGE
    };
};

struct pn_chan {
    int fd; // -1 when closed
    enum pn_role self, peer;
    uint8_t *in;        // receive buffer
    struct pn_view map; // mapped body of the message last received
    int got_fd;         // its descriptor, until stolen
    struct pn_buf out;  // scratch of the encoder
};

// Takes ownership of `fd`. `self` and `peer` fix which messages may be sent and received.
void pn_chan_init(struct pn_chan *ch, int fd, enum pn_role self, enum pn_role peer);
void pn_chan_fini(struct pn_chan *ch); // closes
// A connected, close-on-exec, non-blocking pair with room for the largest frame.
[[nodiscard]] int pn_chan_pair(int fds[2], struct pn_err *err);

// Sends one message; `body` is the matching struct pn_msg_<name>; `fd` is duplicated into the message or -1.
// PN_E_RETRY when the peer's queue is full (nothing was sent), PN_E_PEER when it is gone.
[[nodiscard]] int pn_chan_send(struct pn_chan *ch, enum pn_msg_type type, uint64_t call, const void *body, int fd,
                               struct pn_err *err);
// The same, waiting for room until `deadline` (monotonic ns).
[[nodiscard]] int pn_chan_send_wait(struct pn_chan *ch, enum pn_msg_type type, uint64_t call, const void *body, int fd,
                                    uint64_t deadline, struct pn_err *err);

// Receives one message. 1 = got one, 0 = end of file, -1 = error; PN_E_RETRY when there is none yet.
[[nodiscard]] int pn_chan_recv(struct pn_chan *ch, struct pn_msg *msg, struct pn_err *err);
// The same, waiting until `deadline`; PN_E_RETRY when it passed.
[[nodiscard]] int pn_chan_recv_wait(struct pn_chan *ch, struct pn_msg *msg, uint64_t deadline, struct pn_err *err);

// Takes over the descriptor of the message last received; without this it is closed by the next receive. -1 if none.
int pn_chan_take_fd(struct pn_chan *ch);

// The codec alone, for tests and fuzzing: decodes a frame whose header says it is for `self` from `peer`. `body_fd` is
// the memfd that came along or -1. On success *map owns a mapped body, if any (pn_memfd_unmap).
[[nodiscard]] int pn_frame_decode(struct pn_view frame, enum pn_role self, enum pn_role peer, const int *fds,
                                  size_t nfds, struct pn_msg *msg, struct pn_view *map, struct pn_err *err);
// Appends the frame to `out`; *body_fd becomes a sealed memfd when the body had to leave the frame, else -1.
[[nodiscard]] int pn_frame_encode(enum pn_msg_type type, uint64_t call, const void *body, struct pn_buf *out,
                                  int *body_fd, struct pn_err *err);
const char *pn_msg_name(uint16_t type); // "CALL", or NULL when there is no such message
