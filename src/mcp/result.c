// SPDX-License-Identifier: Apache-2.0
#include "mcp/result.h"

#define ADD(out, literal) pn_buf_add((out), (literal), sizeof(literal) - 1)

void pn_mcp_put_call_head(struct pn_buf *out, struct pn_view id) {
    pn_mcp_open_result(out, id);
    ADD(out, "\"content\":[{\"type\":\"text\",\"text\":");
}

void pn_mcp_put_call_middle(struct pn_buf *out, enum pn_mcp_rev rev) {
    if (rev >= PN_MCP_2025_06_18)
        ADD(out, "}],\"structuredContent\":{\"result\":");
}

static void close_call(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev, bool is_error) {
    if (is_error)
        ADD(out, ",\"isError\":true");
    else
        ADD(out, ",\"isError\":false");
    pn_mcp_close_result(out, server, rev);
}

void pn_mcp_put_call_tail(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev, bool is_error) {
    if (rev >= PN_MCP_2025_06_18)
        ADD(out, "}");
    else
        ADD(out, "}]");
    close_call(out, server, rev, is_error);
}

void pn_mcp_put_call_text(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev,
                          struct pn_view id, struct pn_view text, bool is_error) {
    pn_mcp_put_call_head(out, id);
    pn_json_put_str(out, text);
    ADD(out, "}]");
    close_call(out, server, rev, is_error);
}

static bool is_space(uint8_t c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static struct pn_view trim(struct pn_view v) {
    while (v.len > 0 && is_space(v.ptr[0]))
        v = pn_view(v.ptr + 1, v.len - 1);
    while (v.len > 0 && is_space(v.ptr[v.len - 1]))
        v.len--;
    return v;
}

void pn_mcp_put_call_value(struct pn_buf *out, const struct pn_mcp_server *server, enum pn_mcp_rev rev,
                           struct pn_view id, struct pn_view value, bool is_error) {
    value = trim(value);
    pn_mcp_put_call_head(out, id);
    if (value.len > 0 && value.ptr[0] == '"')
        pn_buf_add_view(out, value);
    else
        pn_mcp_put_quoted(out, value);
    if (rev >= PN_MCP_2025_06_18) {
        pn_mcp_put_call_middle(out, rev);
        pn_mcp_put_compact(out, value);
    }
    pn_mcp_put_call_tail(out, server, rev, is_error);
}

void pn_mcp_put_input_required(struct pn_buf *out, const struct pn_mcp_server *server, struct pn_view id,
                               const char *key, struct pn_view message, struct pn_view state) {
    pn_mcp_open_result(out, id);
    ADD(out, "\"resultType\":\"input_required\",\"inputRequests\":{");
    pn_mcp_put_key(out, key);
    ADD(out, "{\"method\":\"elicitation/create\",\"params\":");
    pn_mcp_put_consent_params(out, PN_MCP_MODERN, message);
    ADD(out, "}},\"requestState\":");
    pn_json_put_str(out, state);
    ADD(out, ",\"_meta\":{\"io.modelcontextprotocol/serverInfo\":");
    pn_mcp_put_server_info(out, server, PN_MCP_MODERN);
    ADD(out, "}}}");
}

// Length of the string token at the front, quotes included.
static size_t string_token(struct pn_view v) {
    for (size_t i = 1;;) {
        size_t quote = pn_view_find(v, '"', i);
        if (quote == SIZE_MAX)
            return v.len;
        size_t slashes = 0;
        while (quote - slashes > 1 && v.ptr[quote - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return quote + 1;
        i = quote + 1;
    }
}

// Walks over runs that go out as they are: a string token, or bytes without strings and white space.
static struct pn_view next_run(struct pn_view *rest) {
    size_t i = 0;
    while (rest->len > 0 && is_space(rest->ptr[0]))
        *rest = pn_view(rest->ptr + 1, rest->len - 1);
    if (rest->len > 0 && rest->ptr[0] == '"')
        i = string_token(*rest);
    else
        while (i < rest->len && rest->ptr[i] != '"' && !is_space(rest->ptr[i]))
            i++;
    struct pn_view run = pn_view(rest->ptr, i);
    *rest = pn_view(rest->ptr + i, rest->len - i);
    return run;
}

void pn_mcp_put_compact(struct pn_buf *out, struct pn_view json) {
    while (json.len > 0)
        pn_buf_add_view(out, next_run(&json));
}

struct eight {
    uint64_t v;
} __attribute__((packed, may_alias));

static bool has_byte(uint64_t eight, uint8_t c) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t w = eight ^ (ones * c);
    return ((w - ones) & ~w & (ones * 0x80)) != 0;
}

static uint8_t *put_escaped_bytes(uint8_t *to, const uint8_t *from, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (from[i] == '"' || from[i] == '\\')
            *to++ = '\\';
        *to++ = from[i];
    }
    return to;
}

// A valid string token holds no control characters, so quotes and backslashes are all there is to escape. Eight bytes
// without either go out at once.
static void put_escaped(struct pn_buf *out, struct pn_view token) {
    uint8_t *to = pn_buf_room(out, 2 * token.len);
    if (to == NULL)
        return;
    size_t i = 0;
    for (; i + sizeof(struct eight) <= token.len; i += sizeof(struct eight)) {
        struct eight w = *(const struct eight *)(const void *)(token.ptr + i);
        if (has_byte(w.v, '"') || has_byte(w.v, '\\')) {
            to = put_escaped_bytes(to, token.ptr + i, sizeof w);
            continue;
        }
        *(struct eight *)(void *)to = w;
        to += sizeof w;
    }
    to = put_escaped_bytes(to, token.ptr + i, token.len - i);
    out->len = (size_t)(to - out->ptr);
}

void pn_mcp_put_quoted(struct pn_buf *out, struct pn_view json) {
    pn_buf_add_byte(out, '"');
    while (json.len > 0) {
        struct pn_view run = next_run(&json);
        if (run.len > 0 && run.ptr[0] == '"')
            put_escaped(out, run);
        else
            pn_buf_add_view(out, run);
    }
    pn_buf_add_byte(out, '"');
}
