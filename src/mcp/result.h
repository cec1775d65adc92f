// SPDX-License-Identifier: Apache-2.0
// Results of tools/call: one text content, and from 2025-06-18 on `structuredContent: {"result": value}`. A JSON
// string's bytes are used as they are, anything else is shown as compact JSON inside a string.
#pragma once
#include "mcp/reply.h"

// `text` any bytes (invalid UTF-8 becomes U+FFFD).
void pn_mcp_put_call_text(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev,
                          struct pn_view id, struct pn_view text, bool is_error);
// `value` is JSON that pn_json_check accepted; white space around and inside is fine.
void pn_mcp_put_call_value(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev,
                           struct pn_view id, struct pn_view value, bool is_error);

// The same in pieces, for a JSON string too large to copy: head, string, [middle, string,] tail. The middle is
// empty for revisions without structuredContent.
void pn_mcp_put_call_head(struct pn_buf *out, struct pn_view id);
void pn_mcp_put_call_middle(struct pn_buf *out, enum pn_mcp_rev rev);
void pn_mcp_put_call_tail(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev, bool is_error);

// Result of tools/call that asks the client's user first (basic/patterns/mrtr): one elicitation named `key`.
void pn_mcp_put_input_required(struct pn_buf *out, const struct pn_mcp_server *server, struct pn_view id,
                               const char *key, struct pn_view message, struct pn_view state);

// Valid JSON without white space between its tokens.
void pn_mcp_put_compact(struct pn_buf *out, struct pn_view json);
// The same as the contents of a JSON string, quotes included.
void pn_mcp_put_quoted(struct pn_buf *out, struct pn_view json);
