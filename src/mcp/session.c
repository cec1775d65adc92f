// SPDX-License-Identifier: Apache-2.0
// Trust: everything in a message is the client's word. clientInfo is not even read (basic, "Per-request protocol
// fields").
#include "mcp/session.h"

#define META(name) "io.modelcontextprotocol/" name

struct take {
    struct pn_mcp_session *s;
    const struct pn_json *doc;
    const struct pn_mcp_message *msg;
    struct pn_mcp_request *req;
    struct pn_buf *reply;
    uint32_t meta;
};

void pn_mcp_session_init(struct pn_mcp_session *s, const struct pn_mcp_server *server) {
    *s = (struct pn_mcp_session){.server = server, .log_level = PN_MCP_LOG_OFF};
}

bool pn_mcp_session_batches(const struct pn_mcp_session *s) {
    return s->legacy == PN_MCP_2025_03_26;
}

unsigned pn_mcp_log_level(const struct pn_json *doc, uint32_t at) {
    static const char *const names[] = {"debug", "info",     "notice", "warning",
                                        "error", "critical", "alert",  "emergency"};
    unsigned i = 0;
    while (i < PN_MCP_LOG_OFF && (at == PN_JSON_NONE || !pn_json_str_is(doc, at, names[i])))
        i++;
    return i;
}

static enum pn_mcp_step refuse(struct take *t, enum pn_mcp_code code, const char *why) {
    pn_mcp_put_error(t->reply, t->msg->id, code, why, (struct pn_view){0});
    return PN_MCP_HANDLED;
}

static enum pn_mcp_step bad_params(struct take *t, const char *why) {
    return refuse(t, PN_MCP_INVALID_PARAMS, why);
}

static uint32_t member(const struct pn_json *doc, uint32_t object, const char *key) {
    return object == PN_JSON_NONE ? PN_JSON_NONE : pn_json_get(doc, object, key);
}

static bool is_type(const struct pn_json *doc, uint32_t at, enum pn_json_type type) {
    return at != PN_JSON_NONE && pn_json_type(doc, at) == type;
}

// Form mode: declared by `form`, or by an empty object (2025-11-25 client/elicitation, "Capabilities").
static bool offers_form(const struct pn_json *doc, uint32_t capabilities) {
    uint32_t at = member(doc, capabilities, "elicitation");
    if (!is_type(doc, at, PN_JSON_OBJECT))
        return false;
    return doc->nodes[at].size == 0 || pn_json_get(doc, at, "form") != PN_JSON_NONE;
}

static void put_capabilities(struct pn_buf *out, enum pn_mcp_rev rev) {
    pn_mcp_put_key(out, "capabilities");
    pn_buf_add_str(out, "{\"tools\":{\"listChanged\":true}");
    if (rev < PN_MCP_MODERN) // deprecated in the stateless era, and not offered there
        pn_buf_add_str(out, ",\"logging\":{}");
    pn_buf_add_byte(out, '}');
}

static void put_instructions(struct pn_buf *out, const struct pn_mcp_server *server) {
    if (server->instructions == NULL)
        return;
    pn_mcp_put_key(out, "instructions");
    pn_json_put_str(out, pn_view_str(server->instructions));
}

static enum pn_mcp_step initialize(struct take *t) {
    struct pn_mcp_session *s = t->s;
    struct pn_view name;
    uint32_t version = member(t->doc, t->msg->params, "protocolVersion");
    uint32_t capabilities = member(t->doc, t->msg->params, "capabilities");
    if (!is_type(t->doc, version, PN_JSON_STRING))
        return bad_params(t, "\"params.protocolVersion\" must be a string");
    if (capabilities != PN_JSON_NONE && !is_type(t->doc, capabilities, PN_JSON_OBJECT))
        return bad_params(t, "\"params.capabilities\" must be an object");
    if (s->legacy != PN_MCP_REV_NONE)
        return refuse(t, PN_MCP_INVALID_REQUEST, "already initialized: start a new server for a new session");
    name = pn_json_raw(t->doc, version);
    enum pn_mcp_rev rev = pn_mcp_rev_find(pn_view_part(name, 1, name.len - 1));
    s->legacy = rev == PN_MCP_REV_NONE || rev > PN_MCP_LAST_LEGACY ? PN_MCP_LAST_LEGACY : rev;
    s->elicitation = s->legacy >= PN_MCP_2025_06_18 && offers_form(t->doc, capabilities);

    pn_mcp_open_result(t->reply, t->msg->id);
    pn_mcp_put_key(t->reply, "protocolVersion");
    pn_json_put_str(t->reply, pn_view_str(pn_mcp_rev_name(s->legacy)));
    put_capabilities(t->reply, s->legacy);
    pn_mcp_put_key(t->reply, "serverInfo");
    pn_mcp_put_server_info(t->reply, s->server, s->legacy);
    put_instructions(t->reply, s->server);
    pn_mcp_close_result(t->reply, s->server, s->legacy);
    return PN_MCP_HANDLED;
}

static enum pn_mcp_step discover(struct take *t) {
    pn_mcp_open_result(t->reply, t->msg->id);
    pn_buf_add_str(t->reply, "\"supportedVersions\":[\"2026-07-28\"]");
    put_capabilities(t->reply, PN_MCP_MODERN);
    put_instructions(t->reply, t->s->server);
    pn_buf_add_str(t->reply, ",\"ttlMs\":3600000,\"cacheScope\":\"private\"");
    pn_mcp_close_result(t->reply, t->s->server, PN_MCP_MODERN);
    return PN_MCP_HANDLED;
}

static enum pn_mcp_step ping(struct take *t) {
    pn_mcp_open_result(t->reply, t->msg->id);
    pn_mcp_close_result(t->reply, t->s->server, t->s->legacy);
    return PN_MCP_HANDLED;
}

static enum pn_mcp_step set_level(struct take *t) {
    unsigned level = pn_mcp_log_level(t->doc, member(t->doc, t->msg->params, "level"));
    if (level == PN_MCP_LOG_OFF)
        return bad_params(
            t, "\"params.level\" must be one of debug, info, notice, warning, error, critical, alert, emergency");
    t->s->log_level = level;
    return ping(t);
}

static enum pn_mcp_step tools_list(struct take *t) {
    t->req->cursor = member(t->doc, t->msg->params, "cursor");
    if (t->req->cursor != PN_JSON_NONE && !is_type(t->doc, t->req->cursor, PN_JSON_STRING))
        return bad_params(t, "\"params.cursor\" must be a string");
    return PN_MCP_LIST;
}

static enum pn_mcp_step tools_call(struct take *t) {
    t->req->name = member(t->doc, t->msg->params, "name");
    t->req->arguments = member(t->doc, t->msg->params, "arguments");
    if (!is_type(t->doc, t->req->name, PN_JSON_STRING))
        return bad_params(t, "\"params.name\" must be a string");
    if (t->req->arguments != PN_JSON_NONE && !is_type(t->doc, t->req->arguments, PN_JSON_OBJECT))
        return bad_params(t, "\"params.arguments\" must be an object");
    return PN_MCP_CALL;
}

static enum pn_mcp_step listen_to(struct take *t) {
    uint32_t filter = member(t->doc, t->msg->params, "notifications");
    if (!is_type(t->doc, filter, PN_JSON_OBJECT))
        return bad_params(t, "\"params.notifications\" must be an object");
    uint32_t tools = member(t->doc, filter, "toolsListChanged");
    if (tools != PN_JSON_NONE && !pn_json_bool(t->doc, tools, &t->req->tools_changed))
        return bad_params(t, "\"params.notifications.toolsListChanged\" must be a boolean");
    return PN_MCP_LISTEN;
}

typedef enum pn_mcp_step handler(struct take *t);
static handler *const handlers[] = {
    [PN_MCP_M_INITIALIZE] = initialize, [PN_MCP_M_DISCOVER] = discover,     [PN_MCP_M_PING] = ping,
    [PN_MCP_M_SET_LEVEL] = set_level,   [PN_MCP_M_TOOLS_LIST] = tools_list, [PN_MCP_M_TOOLS_CALL] = tools_call,
    [PN_MCP_M_LISTEN] = listen_to,
};

static enum pn_mcp_step unsupported_version(struct take *t, uint32_t version) {
    struct pn_buf data = {0};
    pn_buf_add_str(&data, "{\"supported\":[\"2026-07-28\"],\"requested\":");
    pn_buf_add_view(&data, pn_json_raw(t->doc, version));
    pn_buf_add_byte(&data, '}');
    pn_mcp_put_error(t->reply, t->msg->id, PN_MCP_UNSUPPORTED_VERSION, "Unsupported protocol version",
                     pn_buf_view(&data));
    pn_buf_fini(&data);
    return PN_MCP_HANDLED;
}

// A request of the stateless era stands by itself: version and capabilities are checked each time.
static enum pn_mcp_step take_modern(struct take *t) {
    uint32_t version = member(t->doc, t->meta, META("protocolVersion"));
    uint32_t capabilities = member(t->doc, t->meta, META("clientCapabilities"));
    uint32_t level = member(t->doc, t->meta, META("logLevel"));
    if (!is_type(t->doc, version, PN_JSON_STRING))
        return bad_params(t, "\"params._meta\" needs \"" META("protocolVersion") "\", a string");
    if (!pn_json_str_is(t->doc, version, pn_mcp_rev_name(PN_MCP_MODERN)))
        return unsupported_version(t, version);
    if (!is_type(t->doc, capabilities, PN_JSON_OBJECT))
        return bad_params(t, "\"params._meta\" needs \"" META("clientCapabilities") "\", an object");
    if (level != PN_JSON_NONE && pn_mcp_log_level(t->doc, level) == PN_MCP_LOG_OFF)
        return bad_params(t, "\"" META("logLevel") "\" is no log level");
    if (!pn_mcp_method_modern(t->msg->method))
        return refuse(t, PN_MCP_NO_METHOD, "Method not found in revision 2026-07-28");
    t->req->rev = PN_MCP_MODERN;
    t->req->elicitation = offers_form(t->doc, capabilities);
    return handlers[t->msg->method](t);
}

static enum pn_mcp_step take_legacy(struct take *t) {
    enum pn_mcp_method method = t->msg->method;
    bool known = pn_mcp_method_legacy(method) || pn_mcp_method_modern(method);
    if (!known || (t->s->legacy != PN_MCP_REV_NONE && !pn_mcp_method_legacy(method)))
        return refuse(t, PN_MCP_NO_METHOD, "Method not found");
    if (t->s->legacy == PN_MCP_REV_NONE && method != PN_MCP_M_INITIALIZE && method != PN_MCP_M_PING)
        return bad_params(t, "send \"initialize\" first, or \"" META("protocolVersion") "\" and \"" META(
                                 "clientCapabilities") "\" in \"params._meta\"");
    t->req->rev = t->s->legacy;
    t->req->elicitation = t->s->elicitation;
    return handlers[method](t);
}

static enum pn_mcp_step take_request(struct take *t) {
    t->meta = member(t->doc, t->msg->params, "_meta");
    if (t->meta == PN_JSON_NONE)
        return take_legacy(t);
    if (!is_type(t->doc, t->meta, PN_JSON_OBJECT))
        return bad_params(t, "\"params._meta\" must be an object");
    uint32_t token = member(t->doc, t->meta, "progressToken");
    t->req->progress = pn_mcp_id_text(t->doc, token);
    if (token != PN_JSON_NONE && t->req->progress.len == 0)
        return bad_params(t, "\"params._meta.progressToken\" must be a string or an integer");
    bool modern = member(t->doc, t->meta, META("protocolVersion")) != PN_JSON_NONE ||
                  member(t->doc, t->meta, META("clientCapabilities")) != PN_JSON_NONE;
    return modern && t->msg->method != PN_MCP_M_INITIALIZE ? take_modern(t) : take_legacy(t);
}

static enum pn_mcp_step take_notification(struct take *t) {
    if (t->msg->method == PN_MCP_M_INITIALIZED && t->s->legacy != PN_MCP_REV_NONE && !t->s->initialized) {
        t->s->initialized = true;
        return PN_MCP_READY;
    }
    if (t->msg->method != PN_MCP_M_CANCELLED || !is_type(t->doc, t->msg->params, PN_JSON_OBJECT))
        return PN_MCP_HANDLED;
    t->req->id = pn_mcp_id_text(t->doc, member(t->doc, t->msg->params, "requestId"));
    return t->req->id.len == 0 ? PN_MCP_HANDLED : PN_MCP_CANCEL;
}

static enum pn_mcp_step take_response(struct take *t) {
    if (is_type(t->doc, t->msg->result, PN_JSON_OBJECT)) {
        uint32_t action = member(t->doc, t->msg->result, "action");
        t->req->accepted = action != PN_JSON_NONE && pn_json_str_is(t->doc, action, "accept");
        t->req->declined = action != PN_JSON_NONE && pn_json_str_is(t->doc, action, "decline");
    }
    return PN_MCP_ANSWER;
}

enum pn_mcp_step pn_mcp_session_take(struct pn_mcp_session *s, const struct pn_json *doc, uint32_t at,
                                     struct pn_mcp_request *req, struct pn_buf *reply) {
    struct pn_mcp_message msg;
    struct take t = {.s = s, .doc = doc, .msg = &msg, .req = req, .reply = reply, .meta = PN_JSON_NONE};
    pn_mcp_message_read(doc, at, &msg);
    *req = (struct pn_mcp_request){
        .id = msg.id, .params = msg.params, .cursor = PN_JSON_NONE, .name = PN_JSON_NONE, .arguments = PN_JSON_NONE};
    switch (msg.kind) {
    case PN_MCP_REQUEST:
        return take_request(&t);
    case PN_MCP_NOTIFICATION:
        return take_notification(&t);
    case PN_MCP_RESPONSE:
        return take_response(&t);
    case PN_MCP_INVALID:
        return refuse(&t, msg.code, msg.fault);
    }
    return PN_MCP_HANDLED;
}
