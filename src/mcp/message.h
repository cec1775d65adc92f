// SPDX-License-Identifier: Apache-2.0
// One JSON-RPC 2.0 message as MCP has it: id string or integer and never null, params an object. Reads the envelope in
// one pass and says what it is; what may be asked when is the session's business (session.h).
#pragma once
#include "json/json.h"

// Revisions that are served, oldest first: they may be compared.
enum pn_mcp_rev {
    PN_MCP_REV_NONE,
    PN_MCP_2024_11_05,
    PN_MCP_2025_03_26,
    PN_MCP_2025_06_18,
    PN_MCP_2025_11_25, // the last with `initialize`
    PN_MCP_2026_07_28, // stateless
};
#define PN_MCP_LAST_LEGACY PN_MCP_2025_11_25
#define PN_MCP_MODERN PN_MCP_2026_07_28
const char *pn_mcp_rev_name(enum pn_mcp_rev rev);
enum pn_mcp_rev pn_mcp_rev_find(struct pn_view name); // NONE when unknown

// Error codes: JSON-RPC 2.0 section 5.1; MCP 2026-07-28 basic, "Error Codes".
enum pn_mcp_code {
    PN_MCP_PARSE_ERROR = -32700,
    PN_MCP_INVALID_REQUEST = -32600,
    PN_MCP_NO_METHOD = -32601,
    PN_MCP_INVALID_PARAMS = -32602,
    PN_MCP_INTERNAL = -32603,
    PN_MCP_MISSING_CAPABILITY = -32021,
    PN_MCP_UNSUPPORTED_VERSION = -32022,
};

enum pn_mcp_method {
    PN_MCP_M_UNKNOWN,
    PN_MCP_M_INITIALIZE,
    PN_MCP_M_DISCOVER,
    PN_MCP_M_PING,
    PN_MCP_M_SET_LEVEL,
    PN_MCP_M_TOOLS_LIST,
    PN_MCP_M_TOOLS_CALL,
    PN_MCP_M_LISTEN,
    PN_MCP_M_INITIALIZED, // notifications from here on
    PN_MCP_M_CANCELLED,
};
// Which eras know a request method.
bool pn_mcp_method_legacy(enum pn_mcp_method method);
bool pn_mcp_method_modern(enum pn_mcp_method method);

enum pn_mcp_kind { PN_MCP_REQUEST, PN_MCP_NOTIFICATION, PN_MCP_RESPONSE, PN_MCP_INVALID };

struct pn_mcp_message {
    enum pn_mcp_kind kind;
    enum pn_mcp_method method;
    struct pn_view id; // its own JSON text; empty when there is none that can be used
    uint32_t params;   // nodes; PN_JSON_NONE when absent
    uint32_t result;
    uint32_t error;
    enum pn_mcp_code code; // INVALID: what to answer
    const char *fault;
};

// `at` is the root, or an element of a batch.
void pn_mcp_message_read(const struct pn_json *doc, uint32_t at, struct pn_mcp_message *out);
// The text of a string or integer, as an id or a progress token; empty when it is neither.
struct pn_view pn_mcp_id_text(const struct pn_json *doc, uint32_t at);
