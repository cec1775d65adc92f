// SPDX-License-Identifier: Apache-2.0
// What a client on one stream may ask, in both eras. `initialize` selects the legacy era for the stream; a request with
// the stateless era's `_meta` is served by itself, before or after. The session answers what needs nothing else
// (handshake, ping, errors) and hands the rest to its owner as steps.
#pragma once
#include "mcp/reply.h"

struct pn_mcp_session {
    const struct pn_mcp_server *server;
    enum pn_mcp_rev legacy; // negotiated; NONE before `initialize`
    bool initialized;       // the client said so: notifications may go out
    bool elicitation;       // legacy client takes elicitation/create in form mode
    unsigned log_level; // least RFC 5424 severity the client asked for (0 debug ... 7 emergency); PN_MCP_LOG_OFF before
};
#define PN_MCP_LOG_OFF 8u

void pn_mcp_session_init(struct pn_mcp_session *s, const struct pn_mcp_server *server);
// Whether the revision in force has JSON-RPC batches (2025-03-26 alone).
bool pn_mcp_session_batches(const struct pn_mcp_session *s);
// Severity 0-7 by its RFC 5424 name, 8 when it is none.
unsigned pn_mcp_log_level(const struct pn_json *doc, uint32_t at);

// What the owner has to do with a message.
enum pn_mcp_step {
    PN_MCP_HANDLED, // nothing; `reply` holds the answer if there is one
    PN_MCP_LIST,    // tools/list: `cursor`
    PN_MCP_CALL,    // tools/call: `name`, `arguments`
    PN_MCP_LISTEN,  // subscriptions/listen: `tools_changed`
    PN_MCP_CANCEL,  // the client gave up on the request `id`
    PN_MCP_ANSWER,  // the client answers our request `id`: `accepted`
    PN_MCP_READY,   // the legacy client is initialized
};

// An admitted request. Views and nodes point into the document of its line.
struct pn_mcp_request {
    enum pn_mcp_rev rev;
    struct pn_view id;
    struct pn_view progress; // JSON text of the progress token; empty when none
    bool elicitation;        // the client can be asked
    bool accepted;           // ANSWER: result.action is "accept"
    bool declined;           // ANSWER: result.action is "decline"
    bool tools_changed;      // LISTEN
    uint32_t cursor;         // LIST: a string node or NONE
    uint32_t name;           // CALL: a string node
    uint32_t arguments;      // CALL: an object node or NONE
    uint32_t params;
};

// Takes the message at node `at`. For a request exactly one of these happens: `reply` gets one response, or a step
// other than HANDLED is returned and the owner owes the response.
enum pn_mcp_step pn_mcp_session_take(struct pn_mcp_session *s, const struct pn_json *doc, uint32_t at,
                                     struct pn_mcp_request *req, struct pn_buf *reply);
