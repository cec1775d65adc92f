// SPDX-License-Identifier: Apache-2.0
// Lines of a hostile client, and descriptions and results of hostile components. Invariants: each request gets exactly
// one answer or is handed on, nothing else gets one; every line that goes out is valid JSON without a newline; names of
// tools are unique and valid; what was not sealed here does not open.
#include <stdlib.h>

#include "mcp/lines.h"
#include "mcp/result.h"
#include "mcp/seal.h"
#include "mcp/session.h"
#include "roles/gateway/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)   \
    do {             \
        if (!(cond)) \
            abort(); \
    } while (0)

static const struct pn_json_limits limits = {.depth = 128, .nodes = 100000};
static struct pn_mcp_server server;
static const struct pn_mac_key key = {{7}};

static void must_be_a_line(const struct pn_buf *out) {
    struct pn_err err = {0};
    MUST(!out->overflow);
    MUST(pn_view_find(pn_buf_view(out), '\n', 0) == SIZE_MAX);
    MUST(pn_json_check(pn_buf_view(out), &(struct pn_json_limits){.depth = 200, .nodes = 1000000}, &err) == 0);
}

// By its own look at the message: does JSON-RPC owe it an answer?
static bool is_request(const struct pn_json *doc) {
    uint32_t id = pn_json_get(doc, 0, "id"), method = pn_json_get(doc, 0, "method"),
             version = pn_json_get(doc, 0, "jsonrpc");
    bool good_id = id != PN_JSON_NONE && (pn_json_type(doc, id) == PN_JSON_STRING || pn_mcp_id_text(doc, id).len > 0);
    return good_id && method != PN_JSON_NONE && pn_json_type(doc, method) == PN_JSON_STRING &&
           version != PN_JSON_NONE && pn_json_str_is(doc, version, "2.0");
}

static bool is_silent(const struct pn_json *doc) {
    uint32_t version = pn_json_get(doc, 0, "jsonrpc");
    bool two = pn_json_type(doc, 0) == PN_JSON_OBJECT && version != PN_JSON_NONE && pn_json_str_is(doc, version, "2.0");
    uint32_t method = two ? pn_json_get(doc, 0, "method") : PN_JSON_NONE;
    return method != PN_JSON_NONE && pn_json_type(doc, method) == PN_JSON_STRING &&
           pn_json_get(doc, 0, "id") == PN_JSON_NONE;
}

static void finish_call(const struct pn_mcp_request *req, struct pn_view value) {
    struct pn_buf out = {0};
    struct pn_err err = {0};
    if (pn_json_check(value, &limits, &err) == 0)
        pn_mcp_put_call_value(&out, &server, req->rev, req->id, value, false);
    else
        pn_mcp_put_call_text(&out, &server, req->rev, req->id, value, true);
    must_be_a_line(&out);
    pn_buf_reset(&out);
    if (req->progress.len > 0) {
        pn_mcp_put_progress(&out, req->rev, req->progress, 1, "x");
        must_be_a_line(&out);
    }
    pn_buf_fini(&out);
}

static void take(struct pn_mcp_session *session, struct pn_view line) {
    struct pn_json doc = {0};
    struct pn_buf reply = {0};
    struct pn_mcp_request req;
    struct pn_err err = {0};
    if (pn_json_parse(&doc, line, &limits, &err) == 0) {
        enum pn_mcp_step step = pn_mcp_session_take(session, &doc, 0, &req, &reply);
        bool handed_on = step == PN_MCP_LIST || step == PN_MCP_CALL || step == PN_MCP_LISTEN;
        if (is_request(&doc))
            MUST((reply.len > 0) != handed_on);
        else
            MUST(!handed_on);
        if (is_silent(&doc))
            MUST(reply.len == 0);
        if (reply.len > 0)
            must_be_a_line(&reply);
        if (step == PN_MCP_CALL)
            finish_call(&req, line);
    }
    pn_json_fini(&doc);
    pn_buf_fini(&reply);
}

// The value comes through unchanged but for white space: as JSON, and as text that reads as the same JSON.
static void check_value(struct pn_view value) {
    struct pn_buf once = {0}, twice = {0}, quoted = {0}, scratch = {0};
    struct pn_json doc = {0};
    struct pn_err err = {0};
    struct pn_view shown;
    if (pn_json_check(value, &limits, &err) == 0) {
        pn_mcp_put_compact(&once, value);
        must_be_a_line(&once);
        pn_mcp_put_compact(&twice, pn_buf_view(&once));
        MUST(pn_view_eq(pn_buf_view(&once), pn_buf_view(&twice)));
        pn_mcp_put_quoted(&quoted, value);
        MUST(pn_json_parse(&doc, pn_buf_view(&quoted), &limits, &err) == 0);
        MUST(pn_json_str(&doc, 0, &scratch, &shown) && pn_view_eq(shown, pn_buf_view(&once)));
    }
    pn_json_fini(&doc);
    pn_buf_fini(&once);
    pn_buf_fini(&twice);
    pn_buf_fini(&quoted);
    pn_buf_fini(&scratch);
}

static void check_catalog(const struct pn_description *a, const struct pn_description *b) {
    struct pn_catalog c = {0};
    struct pn_buf out = {0};
    struct pn_provider providers[] = {{PN_PROVIDER_COMPONENT, 0, "a", a},
                                      {PN_PROVIDER_COMPONENT, 1, "a_b", b},
                                      {PN_PROVIDER_COMPONENT, 2, "\xff /", a}};
    (void)pn_catalog_build(&c, providers, 3);
    for (size_t i = 0; i < c.len; i++) {
        struct pn_view name = pn_view_str(c.entries[i].name);
        MUST(pn_tool_name_valid(name));
        MUST(pn_catalog_find(&c, name) == &c.entries[i]);
        MUST(i == 0 || strcmp(c.entries[i - 1].name, c.entries[i].name) < 0);
    }
    pn_buf_add_byte(&out, '{');
    MUST(pn_catalog_put_page(&c, &key, (struct pn_view){0}, PN_MCP_MODERN, &out));
    pn_buf_add_byte(&out, '}');
    must_be_a_line(&out);
    pn_buf_fini(&out);
    pn_catalog_fini(&c);
}

static void take_description(struct pn_view line, struct pn_description *last) {
    struct pn_description d = {0};
    struct pn_err err = {0};
    if (pn_description_read(line, &d, &err) < 0)
        return;
    check_catalog(&d, last);
    pn_description_fini(last);
    *last = d;
}

static void take_line(struct pn_mcp_session *session, struct pn_view line, struct pn_description *last) {
    struct pn_buf opened = {0};
    take(session, line);
    check_value(line);
    take_description(line, last);
    MUST(!pn_mcp_unseal(&key, "x", (struct pn_view){0}, line, &opened));
    pn_buf_fini(&opened);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pn_mcp_session session;
    struct pn_lines lines = {0};
    struct pn_description last = {0};
    struct pn_view line;
    if (server.name == NULL)
        pn_mcp_server_init(&server, "postern", "Postern", "0", "text");
    pn_mcp_session_init(&session, &server);
    for (size_t at = 0; at < size;) {
        size_t n = 1 + data[at] % 97; // pieces of odd sizes
        n = n > size - at ? size - at : n;
        uint8_t *room = pn_lines_room(&lines, n);
        MUST(room != NULL);
        pn_copy(room, data + at, n);
        pn_lines_filled(&lines, n);
        at += n;
        while (pn_lines_next(&lines, &line) == PN_LINE_ONE)
            take_line(&session, line, &last);
    }
    if (pn_lines_last(&lines, &line) == PN_LINE_ONE)
        take_line(&session, line, &last);
    pn_lines_fini(&lines);
    pn_description_fini(&last);
    return 0;
}
