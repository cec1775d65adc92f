// SPDX-License-Identifier: Apache-2.0
// Writes JSON-RPC messages of the server, each one line without its newline. `id` is the JSON text of the request's id.
// Whether memory sufficed is told by the buffer's overflow mark.
#pragma once
#include "mcp/message.h"

// Who we say we are. `tail` is what closes every result of the stateless era (resultType, serverInfo).
struct pn_mcp_server {
    const char *name, *title, *version, *instructions;
    struct pn_buf tail;
};
// Texts are kept by pointer.
void pn_mcp_server_init(struct pn_mcp_server *server, const char *name, const char *title, const char *version,
                        const char *instructions);
void pn_mcp_server_fini(struct pn_mcp_server *server);
void pn_mcp_put_server_info(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev);

// Error response; an empty id becomes null (JSON-RPC 2.0 section 5). `data` is JSON or empty.
void pn_mcp_put_error(struct pn_buf *out, struct pn_view id, enum pn_mcp_code code, const char *message,
                      struct pn_view data);

// {"jsonrpc":"2.0","id":ID,"result":{ ... members ... }}
void pn_mcp_open_result(struct pn_buf *out, struct pn_view id);
void pn_mcp_close_result(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev);
// Writes `"key":` with a comma before it where one is due.
void pn_mcp_put_key(struct pn_buf *out, const char *key);

// notifications/progress (basic/patterns/progress). The 2024-11-05 revision has no message member.
void pn_mcp_put_progress(struct pn_buf *out, enum pn_mcp_rev rev, struct pn_view token, uint64_t progress,
                         const char *message);
// notifications/tools/list_changed; `subscription` is the listen request's id in the stateless era, else empty.
void pn_mcp_put_list_changed(struct pn_buf *out, struct pn_view subscription);
// notifications/message, `level` an RFC 5424 name.
void pn_mcp_put_log(struct pn_buf *out, const char *level, const char *logger, struct pn_view text);
// notifications/cancelled for a request of ours that nobody need answer any more.
void pn_mcp_put_cancelled(struct pn_buf *out, struct pn_view id, const char *reason);
// subscriptions/listen: the acknowledgement, and the graceful end.
void pn_mcp_put_listening(struct pn_buf *out, struct pn_view id, bool tools);
void pn_mcp_put_listen_end(struct pn_buf *out, const struct pn_mcp_server *server, struct pn_view id);
// The params of elicitation/create in form mode, without fields: the user accepts or does not.
void pn_mcp_put_consent_params(struct pn_buf *out, enum pn_mcp_rev rev, struct pn_view message);
