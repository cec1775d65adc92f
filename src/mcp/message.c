// SPDX-License-Identifier: Apache-2.0
#include "mcp/message.h"

static const char *const revisions[] = {
    [PN_MCP_2024_11_05] = "2024-11-05", [PN_MCP_2025_03_26] = "2025-03-26", [PN_MCP_2025_06_18] = "2025-06-18",
    [PN_MCP_2025_11_25] = "2025-11-25", [PN_MCP_2026_07_28] = "2026-07-28",
};
#define REVISIONS (sizeof revisions / sizeof *revisions)

const char *pn_mcp_rev_name(enum pn_mcp_rev rev) {
    return rev > PN_MCP_REV_NONE && rev < REVISIONS ? revisions[rev] : "none";
}

enum pn_mcp_rev pn_mcp_rev_find(struct pn_view name) {
    for (unsigned i = PN_MCP_2024_11_05; i < REVISIONS; i++)
        if (pn_view_is(name, revisions[i]))
            return (enum pn_mcp_rev)i;
    return PN_MCP_REV_NONE;
}

enum { LEGACY = 1, MODERN = 2, NOTE = 4 };

static const struct method {
    const char *name;
    unsigned where;
} methods[] = {
    [PN_MCP_M_INITIALIZE] = {"initialize", LEGACY},
    [PN_MCP_M_DISCOVER] = {"server/discover", MODERN},
    [PN_MCP_M_PING] = {"ping", LEGACY},
    [PN_MCP_M_SET_LEVEL] = {"logging/setLevel", LEGACY},
    [PN_MCP_M_TOOLS_LIST] = {"tools/list", LEGACY | MODERN},
    [PN_MCP_M_TOOLS_CALL] = {"tools/call", LEGACY | MODERN},
    [PN_MCP_M_LISTEN] = {"subscriptions/listen", MODERN},
    [PN_MCP_M_INITIALIZED] = {"notifications/initialized", NOTE},
    [PN_MCP_M_CANCELLED] = {"notifications/cancelled", NOTE},
};
#define METHODS (sizeof methods / sizeof *methods)

bool pn_mcp_method_legacy(enum pn_mcp_method method) {
    return (methods[method].where & LEGACY) != 0;
}

bool pn_mcp_method_modern(enum pn_mcp_method method) {
    return (methods[method].where & MODERN) != 0;
}

static enum pn_mcp_method find_method(const struct pn_json *doc, uint32_t at) {
    if (pn_json_str_is(doc, at, methods[PN_MCP_M_TOOLS_CALL].name))
        return PN_MCP_M_TOOLS_CALL;
    for (unsigned i = PN_MCP_M_UNKNOWN + 1; i < METHODS; i++)
        if (pn_json_str_is(doc, at, methods[i].name))
            return (enum pn_mcp_method)i;
    return PN_MCP_M_UNKNOWN;
}

static bool digits_only(struct pn_view raw) {
    size_t i = raw.len > 0 && raw.ptr[0] == '-' ? 1 : 0;
    for (; i < raw.len; i++)
        if (raw.ptr[i] < '0' || raw.ptr[i] > '9')
            return false;
    return raw.len > 0;
}

struct pn_view pn_mcp_id_text(const struct pn_json *doc, uint32_t at) {
    if (at == PN_JSON_NONE)
        return (struct pn_view){0};
    struct pn_view raw = pn_json_raw(doc, at);
    int64_t number;
    switch ((int)pn_json_type(doc, at)) {
    case PN_JSON_STRING:
        return raw;
    case PN_JSON_NUMBER:
        return digits_only(raw) || pn_json_s64(doc, at, &number) ? raw : (struct pn_view){0};
    default:
        return (struct pn_view){0};
    }
}

struct envelope {
    uint32_t jsonrpc, id, method, params, result, error;
};

static void read_members(const struct pn_json *doc, uint32_t at, struct envelope *e) {
    static const struct {
        const char *name;
        size_t offset;
    } members[] = {
        {"jsonrpc", offsetof(struct envelope, jsonrpc)}, {"id", offsetof(struct envelope, id)},
        {"method", offsetof(struct envelope, method)},   {"params", offsetof(struct envelope, params)},
        {"result", offsetof(struct envelope, result)},   {"error", offsetof(struct envelope, error)},
    };
    for (uint32_t key = pn_json_first(doc, at); key != PN_JSON_NONE;) {
        uint32_t value = pn_json_after(doc, at, key);
        for (size_t i = 0; i < sizeof members / sizeof *members; i++)
            if (pn_json_str_is(doc, key, members[i].name)) {
                *(uint32_t *)(void *)((char *)e + members[i].offset) = value;
                break;
            }
        key = pn_json_after(doc, at, value);
    }
}

static void invalid(struct pn_mcp_message *out, enum pn_mcp_code code, const char *fault) {
    out->kind = PN_MCP_INVALID;
    out->code = code;
    out->fault = fault;
}

// No method: an answer to a request of ours, or nothing that JSON-RPC knows.
static void read_response(const struct envelope *e, struct pn_mcp_message *out) {
    if ((e->result == PN_JSON_NONE) == (e->error == PN_JSON_NONE) || out->id.len == 0) {
        invalid(out, PN_MCP_INVALID_REQUEST, "the message has no method, and is no response either");
        return;
    }
    out->kind = PN_MCP_RESPONSE;
}

void pn_mcp_message_read(const struct pn_json *doc, uint32_t at, struct pn_mcp_message *out) {
    struct envelope e = {PN_JSON_NONE, PN_JSON_NONE, PN_JSON_NONE, PN_JSON_NONE, PN_JSON_NONE, PN_JSON_NONE};
    *out = (struct pn_mcp_message){.params = PN_JSON_NONE, .result = PN_JSON_NONE, .error = PN_JSON_NONE};
    if (pn_json_type(doc, at) != PN_JSON_OBJECT) {
        invalid(out, PN_MCP_INVALID_REQUEST, "a message is a JSON object");
        return;
    }
    read_members(doc, at, &e);
    out->params = e.params;
    out->result = e.result;
    out->error = e.error;
    out->id = pn_mcp_id_text(doc, e.id);
    if (e.jsonrpc == PN_JSON_NONE || !pn_json_str_is(doc, e.jsonrpc, "2.0")) {
        invalid(out, PN_MCP_INVALID_REQUEST, "\"jsonrpc\" must be \"2.0\"");
        return;
    }
    if (e.id != PN_JSON_NONE && out->id.len == 0) {
        invalid(out, PN_MCP_INVALID_REQUEST, "\"id\" must be a string or an integer");
        return;
    }
    if (e.method == PN_JSON_NONE) {
        read_response(&e, out);
        return;
    }
    if (pn_json_type(doc, e.method) != PN_JSON_STRING) {
        invalid(out, PN_MCP_INVALID_REQUEST, "\"method\" must be a string");
        return;
    }
    out->kind = e.id == PN_JSON_NONE ? PN_MCP_NOTIFICATION : PN_MCP_REQUEST;
    out->method = find_method(doc, e.method);
    if (e.params != PN_JSON_NONE && pn_json_type(doc, e.params) != PN_JSON_OBJECT && out->kind == PN_MCP_REQUEST)
        invalid(out, PN_MCP_INVALID_PARAMS, "\"params\" must be an object");
}
