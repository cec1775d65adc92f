// SPDX-License-Identifier: Apache-2.0
#include "check.h"

#include "base/hash.h"
#include "mcp/batch.h"
#include "mcp/lines.h"
#include "mcp/result.h"
#include "mcp/seal.h"
#include "mcp/session.h"

static struct pn_mcp_server server;
static struct pn_mcp_session session;
static struct pn_mcp_request req;
static struct pn_json doc;
static struct pn_buf reply;

static void fresh(void) {
    pn_mcp_server_fini(&server);
    pn_mcp_server_init(&server, "postern", "Postern", "9.9.9", NULL);
    pn_mcp_session_init(&session, &server);
}

static enum pn_mcp_step take(const char *line) {
    struct pn_err err = {0};
    static char copy[4096];
    snprintf(copy, sizeof copy, "%s", line);
    pn_buf_reset(&reply);
    if (pn_json_parse(&doc, pn_view_str(copy), NULL, &err) < 0) {
        CHECK_STR(err.text, "a test's line must be JSON");
        return PN_MCP_HANDLED;
    }
    return pn_mcp_session_take(&session, &doc, 0, &req, &reply);
}

static void legacy(const char *version) {
    char line[256];
    fresh();
    snprintf(line, sizeof line,
             "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"%s\","
             "\"capabilities\":{}}}",
             version);
    CHECK_INT(take(line), PN_MCP_HANDLED);
    CHECK(strstr(pn_buf_cstr(&reply), "\"result\"") != NULL);
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"), PN_MCP_READY);
}

// The line is answered with an error of this code, and with this id.
static void refused(const char *line, int code, const char *id) {
    char want[128];
    CHECK_INT(take(line), PN_MCP_HANDLED);
    snprintf(want, sizeof want, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,", id, code);
    if (strncmp(pn_buf_cstr(&reply), want, strlen(want)) != 0)
        CHECK_STR(pn_buf_cstr(&reply), want);
}

#define META                                                                                           \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/" \
    "clientCapabilities\":{}}"

static void misuse(void) {
    fresh();
    refused("[]", -32600, "null");
    refused("7", -32600, "null");
    refused("{}", -32600, "null");
    refused("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", -32600, "1");
    refused("{\"id\":1,\"method\":\"ping\"}", -32600, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32600, "null");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", -32600, "null");
    refused("{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"ping\"}", -32600, "null");
    refused("{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"ping\"}", -32600, "null");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", -32600, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1}", -32600, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{}}", -32600, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":\"a\\\"b\",\"method\":\"ping\",\"params\":[]}", -32602, "\"a\\\"b\"");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}", -32601, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"notifications/initialized\"}", -32601, "1");
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":7}"), PN_MCP_HANDLED);
    CHECK_INT((long long)reply.len, 0);
}

static void before_initialize(void) {
    fresh();
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}", -32602, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\"}", -32602, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nonsense\"}", -32601, "1");
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"), PN_MCP_HANDLED);
    CHECK(!session.initialized);
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"), PN_MCP_HANDLED);
    CHECK_STR(pn_buf_cstr(&reply), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
}

static void versions(void) {
    static const struct {
        const char *asked, *got;
    } rows[] = {{"2024-11-05", "2024-11-05"},
                {"2025-03-26", "2025-03-26"},
                {"2025-06-18", "2025-06-18"},
                {"2025-11-25", "2025-11-25"},
                {"2026-07-28", "2025-11-25"},
                {"1999-01-01", "2025-11-25"},
                {"", "2025-11-25"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        legacy(rows[i].asked);
        CHECK_STR(pn_mcp_rev_name(session.legacy), rows[i].got);
        CHECK_INT(pn_mcp_session_batches(&session), strcmp(rows[i].got, "2025-03-26") == 0);
    }
    refused("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\"}}",
            -32600, "5");
    fresh();
    refused("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"initialize\"}", -32602, "5");
    refused("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"initialize\",\"params\":{\"protocolVersion\":1}}", -32602, "5");
    CHECK_INT(session.legacy, PN_MCP_REV_NONE);
}

static void legacy_methods(void) {
    legacy("2025-11-25");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\"}", -32601, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/list\"}", -32601, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"completion/complete\"}", -32601, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"logging/setLevel\",\"params\":{\"level\":\"loud\"}}", -32602,
            "1");
    CHECK_INT(session.log_level, PN_MCP_LOG_OFF);
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"logging/setLevel\",\"params\":{\"level\":\"warning\"}}"),
              PN_MCP_HANDLED);
    CHECK_STR(pn_buf_cstr(&reply), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    CHECK_INT(session.log_level, 3);
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"cursor\":1}}", -32602, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}", -32602, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":1}}", -32602, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"x\",\"arguments\":[]}}",
            -32602, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/"
            "call\",\"params\":{\"name\":\"x\",\"_meta\":{\"progressToken\":{}}}}",
            -32602, "1");
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"tools/"
                   "call\",\"params\":{\"name\":\"x\",\"arguments\":{\"a\": 1},"
                   "\"_meta\":{\"progressToken\":\"p\"}}}"),
              PN_MCP_CALL);
    CHECK(pn_view_is(req.id, "\"q\""));
    CHECK(pn_view_is(req.progress, "\"p\""));
    CHECK(pn_view_is(pn_json_raw(&doc, req.arguments), "{\"a\": 1}"));
    CHECK_INT(req.rev, PN_MCP_2025_11_25);
    CHECK_INT((long long)reply.len, 0);
}

static void stateless(void) {
    fresh();
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{" META "}}"),
              PN_MCP_HANDLED);
    CHECK_STR(pn_buf_cstr(&reply), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"supportedVersions\":[\"2026-07-28\"],"
                                   "\"capabilities\":{\"tools\":{\"listChanged\":true}},"
                                   "\"ttlMs\":3600000,\"cacheScope\":\"private\",\"resultType\":\"complete\",\"_meta\":"
                                   "{\"io.modelcontextprotocol/serverInfo\":"
                                   "{\"name\":\"postern\",\"title\":\"Postern\",\"version\":\"9.9.9\"}}}}");
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" META "}}"), PN_MCP_LIST);
    CHECK_INT(req.rev, PN_MCP_2026_07_28);
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{" META "}}", -32601, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"logging/setLevel\",\"params\":{" META "}}", -32601, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/"
            "protocolVersion\":"
            "\"2026-07-28\"}}}",
            -32602, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/"
            "clientCapabilities\":"
            "{}}}}",
            -32602, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":7}}", -32602, "1");
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/"
            "protocolVersion\":"
            "\"1900-01-01\",\"io.modelcontextprotocol/clientCapabilities\":{}}}}",
            -32022, "1");
    CHECK(strstr(pn_buf_cstr(&reply), "\"data\":{\"supported\":[\"2026-07-28\"],\"requested\":\"1900-01-01\"}") !=
          NULL);
    refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/"
            "protocolVersion\":"
            "\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{},\"io.modelcontextprotocol/"
            "logLevel\":\"x\"}}}",
            -32602, "1");
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"subscriptions/listen\",\"params\":{" META
                   ",\"notifications\":{\"toolsListChanged\":true}}}"),
              PN_MCP_LISTEN);
    CHECK(req.tools_changed);
    refused("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"subscriptions/listen\",\"params\":{" META "}}", -32602, "9");
    refused("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"subscriptions/listen\",\"params\":{" META
            ",\"notifications\":{\"toolsListChanged\":1}}}",
            -32602, "9");
    CHECK_INT(session.legacy, PN_MCP_REV_NONE); // nothing was inferred from earlier requests
}

static void both_eras_on_one_stream(void) {
    legacy("2024-11-05");
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" META "}}"), PN_MCP_LIST);
    CHECK_INT(req.rev, PN_MCP_2026_07_28);
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}"), PN_MCP_LIST);
    CHECK_INT(req.rev, PN_MCP_2024_11_05);
}

static void elicitation_capability(void) {
    static const struct {
        const char *version, *capabilities;
        bool want;
    } rows[] = {{"2025-11-25", "{\"elicitation\":{}}", true},
                {"2025-11-25", "{\"elicitation\":{\"form\":{}}}", true},
                {"2025-11-25", "{\"elicitation\":{\"url\":{}}}", false},
                {"2025-11-25", "{\"elicitation\":true}", false},
                {"2025-03-26", "{\"elicitation\":{}}", false},
                {"2025-06-18", "{\"elicitation\":{}}", true},
                {"2025-06-18", "{}", false}};
    char line[256];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fresh();
        snprintf(line, sizeof line,
                 "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"%s\","
                 "\"capabilities\":%s}}",
                 rows[i].version, rows[i].capabilities);
        take(line);
        CHECK_INT(session.elicitation, rows[i].want);
    }
    take("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"action\":\"accept\"}}");
    CHECK(req.accepted && !req.declined);
    take("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"action\":\"decline\"}}");
    CHECK(!req.accepted && req.declined);
    take("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":{\"action\":\"accept\"}}");
    CHECK(!req.accepted && !req.declined);
}

static void cancel(void) {
    legacy("2025-06-18");
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"a\"}}"),
              PN_MCP_CANCEL);
    CHECK(pn_view_is(req.id, "\"a\""));
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":null}}"),
              PN_MCP_HANDLED);
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":[1]}"), PN_MCP_HANDLED);
    CHECK_INT(take("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}"), PN_MCP_HANDLED);
}

static void value_is(enum pn_mcp_rev rev, const char *value, bool error, const char *want) {
    pn_buf_reset(&reply);
    pn_mcp_put_call_value(&reply, &server, rev, PN_VIEW("1"), pn_view_str(value), error);
    CHECK_STR(pn_buf_cstr(&reply), want);
}

#define HEAD "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":"
static void results(void) {
    fresh();
    value_is(PN_MCP_2025_03_26, "\"a\\\"b\"", false, HEAD "\"a\\\"b\"}],\"isError\":false}}");
    value_is(PN_MCP_2025_06_18, "\"a\\\"b\"", false,
             HEAD "\"a\\\"b\"}],\"structuredContent\":{\"result\":\"a\\\"b\"},\"isError\":false}}");
    value_is(PN_MCP_2025_06_18, "\n{ \"k\\\\\" : [1 ,\r\n\t\"x\\\" y\"] }\n", true,
             HEAD "\"{\\\"k\\\\\\\\\\\":[1,\\\"x\\\\\\\" "
                  "y\\\"]}\"}],\"structuredContent\":{\"result\":{\"k\\\\\":[1,\"x\\\" y\"]}},\"isError\":true}}");
    value_is(PN_MCP_2024_11_05, "null", false, HEAD "\"null\"}],\"isError\":false}}");
    pn_buf_reset(&reply);
    pn_mcp_put_call_text(&reply, &server, PN_MCP_2024_11_05, PN_VIEW("1"), PN_VIEW("no\n\xff"), true);
    CHECK_STR(pn_buf_cstr(&reply), HEAD "\"no\\n\xef\xbf\xbd\"}],\"isError\":true}}");
}

static void put(struct pn_lines *l, const char *bytes, size_t n) {
    uint8_t *room = pn_lines_room(l, n);
    CHECK(room != NULL);
    pn_copy(room, bytes, n);
    pn_lines_filled(l, n);
}

static void line_framing(void) {
    struct pn_lines l = {0};
    struct pn_view line;
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_NONE);
    put(&l, "ab", 2);
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_NONE);
    put(&l, "c\n\nx\nrest", 9);
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_ONE);
    CHECK(pn_view_is(line, "abc"));
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_ONE);
    CHECK_INT((long long)line.len, 0);
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_ONE);
    CHECK(pn_view_is(line, "x"));
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_NONE);
    CHECK_INT(pn_lines_last(&l, &line), PN_LINE_ONE);
    CHECK(pn_view_is(line, "rest"));
    CHECK_INT(pn_lines_last(&l, &line), PN_LINE_NONE);
    pn_lines_fini(&l);
}

static void oversized_line(void) {
    struct pn_lines l = {0};
    struct pn_view line;
    static char big[PN_LINE_MAX + 1];
    memset(big, 'x', sizeof big);
    put(&l, big, PN_LINE_MAX); // exactly the limit is a line
    put(&l, "\n", 1);
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_ONE);
    CHECK_INT((long long)line.len, (long long)PN_LINE_MAX);
    put(&l, big, sizeof big); // too long before its newline has come: reported once, memory is let go
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_OVERSIZED);
    for (int i = 0; i < 3; i++) {
        put(&l, big, sizeof big);
        CHECK_INT(pn_lines_next(&l, &line), PN_LINE_NONE);
        CHECK(l.buf.len - l.start == 0);
    }
    put(&l, "tail\nnext\n", 10);
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_ONE);
    CHECK(pn_view_is(line, "next"));
    put(&l, big, sizeof big);
    put(&l, "\nok\n", 4); // too long, found whole
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_OVERSIZED);
    CHECK_INT(pn_lines_next(&l, &line), PN_LINE_ONE);
    CHECK(pn_view_is(line, "ok"));
    CHECK_INT(pn_lines_last(&l, &line), PN_LINE_NONE);
    pn_lines_fini(&l);
}

static void sealed_text(void) {
    struct pn_mac_key key = {{1}}, other = {{2}};
    struct pn_buf text = {0}, got = {0};
    pn_mcp_seal(&key, "cursor", PN_VIEW("list 1"), PN_VIEW("payload"), &text);
    struct pn_view sealed = pn_buf_view(&text);
    CHECK(pn_mcp_unseal(&key, "cursor", PN_VIEW("list 1"), sealed, &got));
    CHECK(pn_view_is(pn_buf_view(&got), "payload"));
    CHECK(!pn_mcp_unseal(&key, "cursor", PN_VIEW("list 2"), sealed, &got));
    CHECK(!pn_mcp_unseal(&key, "state", PN_VIEW("list 1"), sealed, &got));
    CHECK(!pn_mcp_unseal(&other, "cursor", PN_VIEW("list 1"), sealed, &got));
    CHECK(!pn_mcp_unseal(&key, "cursor", PN_VIEW("list 1"), PN_VIEW(""), &got));
    CHECK(!pn_mcp_unseal(&key, "cursor", PN_VIEW("list 1"), PN_VIEW("AAAA"), &got));
    for (size_t i = 0; i < text.len; i++) {
        text.ptr[i] ^= 1;
        CHECK(!pn_mcp_unseal(&key, "cursor", PN_VIEW("list 1"), sealed, &got));
        text.ptr[i] ^= 1;
    }
    pn_buf_fini(&text);
    pn_buf_fini(&got);
}

static void batch_array(void) {
    struct pn_mcp_batch *b = pn_mcp_batch_new();
    CHECK(b != NULL);
    pn_mcp_batch_hold(b);
    pn_mcp_batch_add(b, PN_VIEW("1"));
    CHECK(!pn_mcp_batch_release(b));
    pn_mcp_batch_add(b, PN_VIEW("2"));
    CHECK(pn_mcp_batch_release(b));
    CHECK(pn_view_is(pn_buf_view(&b->out), "[1,2]"));
    pn_mcp_batch_free(b);
    b = pn_mcp_batch_new();
    CHECK(pn_mcp_batch_release(b));
    CHECK_INT((long long)b->out.len, 0);
    pn_mcp_batch_free(b);
}

PN_TESTS(TEST(misuse), TEST(before_initialize), TEST(versions), TEST(legacy_methods), TEST(stateless),
         TEST(both_eras_on_one_stream), TEST(elicitation_capability), TEST(cancel), TEST(results), TEST(line_framing),
         TEST(oversized_line), TEST(sealed_text), TEST(batch_array))
