// SPDX-License-Identifier: Apache-2.0
#include "mcp/reply.h"

#define ADD(out, literal) pn_buf_add((out), (literal), sizeof(literal) - 1)

static void put_text(struct pn_buf *out, const char *text) {
    pn_json_put_str(out, pn_view_str(text));
}

void pn_mcp_put_key(struct pn_buf *out, const char *key) {
    if (out->len > 0 && out->ptr[out->len - 1] != '{')
        pn_buf_add_byte(out, ',');
    put_text(out, key);
    pn_buf_add_byte(out, ':');
}

void pn_mcp_put_server_info(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev) {
    pn_buf_add_byte(out, '{');
    pn_mcp_put_key(out, "name");
    put_text(out, server->name);
    if (rev >= PN_MCP_2025_06_18) {
        pn_mcp_put_key(out, "title");
        put_text(out, server->title);
    }
    pn_mcp_put_key(out, "version");
    put_text(out, server->version);
    pn_buf_add_byte(out, '}');
}

void pn_mcp_server_init(struct pn_mcp_server *server, const char *name, const char *title, const char *version,
                        const char *instructions) {
    *server = (struct pn_mcp_server){.name = name, .title = title, .version = version, .instructions = instructions};
    ADD(&server->tail, "\"resultType\":\"complete\",\"_meta\":{\"io.modelcontextprotocol/serverInfo\":");
    pn_mcp_put_server_info(&server->tail, server, PN_MCP_MODERN);
    ADD(&server->tail, "}");
}

void pn_mcp_server_fini(struct pn_mcp_server *server) {
    pn_buf_fini(&server->tail);
}

void pn_mcp_put_error(struct pn_buf *out, struct pn_view id, enum pn_mcp_code code, const char *message,
                      struct pn_view data) {
    ADD(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    pn_buf_add_view(out, id.len == 0 ? PN_VIEW("null") : id);
    ADD(out, ",\"error\":{\"code\":");
    pn_json_put_s64(out, code);
    ADD(out, ",\"message\":");
    put_text(out, message);
    if (data.len != 0) {
        ADD(out, ",\"data\":");
        pn_buf_add_view(out, data);
    }
    ADD(out, "}}");
}

void pn_mcp_open_result(struct pn_buf *out, struct pn_view id) {
    ADD(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    pn_buf_add_view(out, id);
    ADD(out, ",\"result\":{");
}

void pn_mcp_close_result(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev) {
    if (rev >= PN_MCP_MODERN) {
        if (out->len > 0 && out->ptr[out->len - 1] != '{')
            pn_buf_add_byte(out, ',');
        pn_buf_add_view(out, pn_buf_view(&server->tail));
    }
    ADD(out, "}}");
}

void pn_mcp_put_progress(struct pn_buf *out, enum pn_mcp_rev rev, struct pn_view token, uint64_t progress,
                         const char *message) {
    ADD(out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":");
    pn_buf_add_view(out, token);
    ADD(out, ",\"progress\":");
    pn_buf_add_u64(out, progress);
    if (rev > PN_MCP_2024_11_05) {
        ADD(out, ",\"message\":");
        put_text(out, message);
    }
    ADD(out, "}}");
}

static void put_subscription(struct pn_buf *out, struct pn_view id) {
    ADD(out, "\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":");
    pn_buf_add_view(out, id);
    ADD(out, "}");
}

void pn_mcp_put_list_changed(struct pn_buf *out, struct pn_view subscription) {
    ADD(out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"");
    if (subscription.len != 0) {
        ADD(out, ",\"params\":{");
        put_subscription(out, subscription);
        ADD(out, "}");
    }
    ADD(out, "}");
}

void pn_mcp_put_log(struct pn_buf *out, const char *level, const char *logger, struct pn_view text) {
    ADD(out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":");
    put_text(out, level);
    ADD(out, ",\"logger\":");
    put_text(out, logger);
    ADD(out, ",\"data\":");
    pn_json_put_str(out, text);
    ADD(out, "}}");
}

void pn_mcp_put_cancelled(struct pn_buf *out, struct pn_view id, const char *reason) {
    ADD(out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":");
    pn_buf_add_view(out, id);
    ADD(out, ",\"reason\":");
    put_text(out, reason);
    ADD(out, "}}");
}

void pn_mcp_put_listening(struct pn_buf *out, struct pn_view id, bool tools) {
    ADD(out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/subscriptions/acknowledged\",\"params\":{");
    put_subscription(out, id);
    ADD(out, ",\"notifications\":{");
    if (tools)
        ADD(out, "\"toolsListChanged\":true");
    ADD(out, "}}}");
}

void pn_mcp_put_listen_end(struct pn_buf *out, const struct pn_mcp_server *server, struct pn_view id) {
    pn_mcp_open_result(out, id);
    ADD(out, "\"resultType\":\"complete\",\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":");
    pn_buf_add_view(out, id);
    ADD(out, ",\"io.modelcontextprotocol/serverInfo\":");
    pn_mcp_put_server_info(out, server, PN_MCP_MODERN);
    ADD(out, "}}}");
}

void pn_mcp_put_consent_params(struct pn_buf *out, enum pn_mcp_rev rev, struct pn_view message) {
    ADD(out, "{");
    if (rev >= PN_MCP_2025_11_25)
        ADD(out, "\"mode\":\"form\",");
    ADD(out, "\"message\":");
    pn_json_put_str(out, message);
    ADD(out, ",\"requestedSchema\":{\"type\":\"object\",\"properties\":{}}}");
}
