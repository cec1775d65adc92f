// SPDX-License-Identifier: Apache-2.0
// The twelve built-in tools. Arguments of ADMIN by verb:
//   LOAD id = path or file:// URI     UNLOAD, GET_POLICY, RESET id = component
//   GRANT_STORAGE one = fs:// URI, two = "read", "write" or "read,write"     REVOKE_STORAGE one = fs:// URI
//   GRANT_NETWORK, REVOKE_NETWORK one = host     GRANT_ENVIRONMENT, REVOKE_ENVIRONMENT one = key
// Text of ADMIN_DONE: ok = 0: the reason, one line. ok = 1: LOAD the JSON object {"id":ID,"reloaded":true|false},
// GET_POLICY the policy as a JSON object; nothing, or "status":"no policy found" in it, when there is none. The others:
// nothing that is used.
#include "roles/gateway/builtin.h"

#include <stdlib.h>

#include "base/log.h"
#include "mcp/result.h"

#define ID_SCHEMA(key)                                                                             \
    "{\"type\":\"object\",\"properties\":{\"" key "\":{\"type\":\"string\"}},\"required\":[\"" key \
    "\"],\"additionalProperties\":false}"
#define DETAIL_SCHEMA(members, needed)                                                                              \
    "{\"type\":\"object\",\"properties\":{\"component_id\":{\"type\":\"string\"},\"details\":{\"type\":\"object\"," \
    "\"properties\":{" members "},\"required\":[" needed                                                            \
    "],\"additionalProperties\":false}},\"required\":[\"component_id\",\"details\"],\"additionalProperties\":false}"
#define ACCESS_SCHEMA                                                                                               \
    ",\"access\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"read\",\"write\"]},\"minItems\":1," \
    "\"uniqueItems\":true}"
#define TEXT_SCHEMA(key) "\"" key "\":{\"type\":\"string\"}"

#define ANSWERED_HERE ((enum pn_admin_verb)0)

static const struct pn_builtin builtins[] = {
    {"list-components", "Lists the loaded components with their tools.",
     "{\"type\":\"object\",\"additionalProperties\":false}", ANSWERED_HERE, false, false, NULL, NULL},
    {"search-components", "Searches ids, tool names and descriptions of the loaded components.",
     "{\"type\":\"object\",\"properties\":{\"query\":{\"type\":\"string\"}},\"additionalProperties\":false}",
     ANSWERED_HERE, false, false, NULL, NULL},
    {"get-policy", "Shows what a component may reach and use.", ID_SCHEMA("component_id"), PN_ADMIN_GET_POLICY, false,
     false, NULL, NULL},
    {"load-component", "Loads a component from a file. The user is asked first.", ID_SCHEMA("path"), PN_ADMIN_LOAD,
     true, true, NULL, NULL},
    {"unload-component", "Unloads a component.", ID_SCHEMA("id"), PN_ADMIN_UNLOAD, true, false, NULL, NULL},
    {"grant-storage-permission", "Lets a component read or write below a directory. The user is asked first.",
     DETAIL_SCHEMA(TEXT_SCHEMA("uri") ACCESS_SCHEMA, "\"uri\",\"access\""), PN_ADMIN_GRANT_STORAGE, true, true, "uri",
     "storage"},
    {"grant-network-permission", "Lets a component reach a host. The user is asked first.",
     DETAIL_SCHEMA(TEXT_SCHEMA("host"), "\"host\""), PN_ADMIN_GRANT_NETWORK, true, true, "host", "network"},
    {"grant-environment-variable-permission", "Lets a component see one environment variable. The user is asked first.",
     DETAIL_SCHEMA(TEXT_SCHEMA("key"), "\"key\""), PN_ADMIN_GRANT_ENVIRONMENT, true, true, "key", "environment"},
    {"revoke-storage-permission", "Takes back what a component may read or write below a directory.",
     DETAIL_SCHEMA(TEXT_SCHEMA("uri"), "\"uri\""), PN_ADMIN_REVOKE_STORAGE, true, false, "uri", "storage"},
    {"revoke-network-permission", "Takes back that a component may reach a host.",
     DETAIL_SCHEMA(TEXT_SCHEMA("host"), "\"host\""), PN_ADMIN_REVOKE_NETWORK, true, false, "host", "network"},
    {"revoke-environment-variable-permission", "Takes back that a component may see an environment variable.",
     DETAIL_SCHEMA(TEXT_SCHEMA("key"), "\"key\""), PN_ADMIN_REVOKE_ENVIRONMENT, true, false, "key", "environment"},
    {"reset-permission", "Takes back everything that was granted to a component.", ID_SCHEMA("component_id"),
     PN_ADMIN_RESET, true, false, NULL, NULL},
};
#define BUILTINS (sizeof builtins / sizeof *builtins)

const struct pn_builtin *pn_builtin_get(const char *name) {
    for (size_t i = 0; i < BUILTINS; i++)
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    return NULL;
}

static void describe_one(const struct pn_builtin *b, struct pn_described_tool *t) {
    t->name = pn_view_dup(pn_view_str(b->name));
    t->reason = pn_view_dup(PN_VIEW(""));
    t->callable = true;
    pn_buf_add_str(&t->text, b->description);
    pn_buf_add_str(&t->head, "\"description\":");
    pn_json_put_str(&t->head, pn_view_str(b->description));
    pn_buf_add_str(&t->head, ",\"inputSchema\":");
    pn_buf_add_str(&t->head, b->schema);
}

// Two lists that live as long as the process: what is offered, and the names that are merely taken.
const struct pn_description *pn_builtin_description(bool management, bool offered) {
    static struct pn_described_tool tools[2][BUILTINS];
    static struct pn_description lists[2] = {{.tools = tools[0]}, {.tools = tools[1]}};
    struct pn_description *d = &lists[offered];
    if (d->len > 0 || (management && !offered))
        return d;
    for (size_t i = 0; i < BUILTINS; i++)
        if ((management || !builtins[i].management) == offered)
            describe_one(&builtins[i], &d->tools[d->len++]);
    return d;
}

void pn_admin_fini(struct pn_admin *a) {
    free(a->id);
    free(a->one);
    free(a->two);
    *a = (struct pn_admin){0};
}

// --- arguments ---

// Every key of the object is one of the names.
static const char *unknown_key(const struct pn_json *doc, uint32_t object, const char *const names[3]) {
    for (uint32_t key = pn_json_first(doc, object); key != PN_JSON_NONE;) {
        bool known = false;
        for (size_t i = 0; i < 3 && names[i] != NULL; i++)
            known |= pn_json_str_is(doc, key, names[i]);
        if (!known)
            return "there is an argument that this tool does not have";
        key = pn_json_after(doc, object, pn_json_after(doc, object, key));
    }
    return NULL;
}

static const char *get_text(const struct pn_json *doc, uint32_t object, const char *key, char **out) {
    struct pn_buf scratch = {0};
    struct pn_view text = {0};
    uint32_t at = object == PN_JSON_NONE ? PN_JSON_NONE : pn_json_get(doc, object, key);
    const char *fault = NULL;
    if (at == PN_JSON_NONE || !pn_json_str(doc, at, &scratch, &text) || text.len == 0)
        fault = "must be a string with something in it";
    else if (text.len > 4096)
        fault = "must be at most 4096 bytes";
    else if ((*out = pn_view_dup(text)) == NULL)
        fault = "cannot be held: out of memory";
    pn_buf_fini(&scratch);
    return fault;
}

static const char *get_access(const struct pn_json *doc, uint32_t details, char **out) {
    static const char *const texts[] = {NULL, "read", "write", "read,write"};
    uint32_t list = pn_json_get(doc, details, "access");
    unsigned bits = 0;
    if (list == PN_JSON_NONE || pn_json_type(doc, list) != PN_JSON_ARRAY || doc->nodes[list].size == 0)
        return "must be a list of \"read\" and \"write\"";
    for (uint32_t at = pn_json_first(doc, list); at != PN_JSON_NONE; at = pn_json_after(doc, list, at)) {
        unsigned bit = pn_json_str_is(doc, at, "read") ? 1u : pn_json_str_is(doc, at, "write") ? 2u : 0u;
        if (bit == 0)
            return "must be a list of \"read\" and \"write\"";
        bits |= bit;
    }
    *out = pn_view_dup(pn_view_str(texts[bits]));
    return *out == NULL ? "cannot be held: out of memory" : NULL;
}

static const char *id_key(const struct pn_builtin *b) {
    return b->verb == PN_ADMIN_LOAD ? "path" : b->verb == PN_ADMIN_UNLOAD ? "id" : "component_id";
}

static const char *read_details(const struct pn_json *doc, uint32_t details, struct pn_admin *a, const char **at) {
    const struct pn_builtin *b = a->tool;
    bool storage = b->verb == PN_ADMIN_GRANT_STORAGE;
    *at = "details";
    if (details == PN_JSON_NONE || pn_json_type(doc, details) != PN_JSON_OBJECT)
        return "must be an object";
    const char *fault = unknown_key(doc, details, (const char *const[3]){b->detail, storage ? "access" : NULL});
    if (fault != NULL)
        return fault;
    *at = b->detail;
    if ((fault = get_text(doc, details, b->detail, &a->one)) != NULL || !storage)
        return fault;
    *at = "access";
    return get_access(doc, details, &a->two);
}

// NULL, or what is wrong with the argument named in *at.
static const char *read_arguments(const struct pn_json *doc, uint32_t args, struct pn_admin *a, const char **at) {
    const struct pn_builtin *b = a->tool;
    *at = id_key(b);
    const char *fault = get_text(doc, args, *at, &a->id);
    if (fault == NULL)
        fault = unknown_key(doc, args, (const char *const[3]){*at, b->detail != NULL ? "details" : NULL});
    if (fault != NULL || b->detail == NULL)
        return fault;
    return read_details(doc, pn_json_get(doc, args, "details"), a, at);
}

// --- looking ---

static void put_text(struct pn_buf *out, const char *text) {
    pn_json_put_str(out, pn_view_str(text));
}

static const char *state_name(enum pn_component_state state) {
    static const char *const names[] = {"", "loading", "ready", "failed", "gone", "restarting"};
    return names[state];
}

static void put_tools(const struct pn_gateway *gw, const struct pn_gw_component *c, bool whole, struct pn_buf *out,
                      size_t *count) {
    const char *comma = "";
    *count = 0;
    pn_buf_add_byte(out, '[');
    for (size_t i = 0; i < gw->catalog.len; i++) {
        const struct pn_catalog_entry *e = &gw->catalog.entries[i];
        if (e->kind != PN_PROVIDER_COMPONENT || e->slot != c->slot)
            continue;
        pn_buf_add_str(out, comma);
        if (whole)
            pn_catalog_put_tool(e->name, e->tool, PN_MCP_MODERN, out);
        else
            put_text(out, e->name);
        if (whole && !e->tool->callable) {
            out->len--;
            pn_mcp_put_key(out, "callable");
            pn_buf_add_str(out, "false,\"reason\":");
            put_text(out, e->tool->reason);
            pn_buf_add_byte(out, '}');
        }
        comma = ",";
        ++*count;
    }
    pn_buf_add_byte(out, ']');
}

static void put_component(const struct pn_gateway *gw, const struct pn_gw_component *c, struct pn_buf *out) {
    struct pn_buf tools = {0};
    size_t count;
    put_tools(gw, c, true, &tools, &count);
    pn_buf_add_byte(out, '{');
    pn_mcp_put_key(out, "id");
    put_text(out, c->id);
    pn_mcp_put_key(out, "tools_count");
    pn_buf_add_u64(out, count);
    pn_mcp_put_key(out, "status");
    put_text(out, state_name(c->state));
    if (c->reason[0] != '\0') {
        pn_mcp_put_key(out, "reason");
        put_text(out, c->reason);
    }
    pn_mcp_put_key(out, "schema");
    pn_buf_add_str(out, "{\"tools\":");
    pn_buf_add_view(out, pn_buf_view(&tools));
    pn_buf_add_str(out, "}}");
    pn_buf_fini(&tools);
}

static bool has_text(struct pn_view text, const char *query) {
    size_t n = strlen(query);
    for (size_t i = 0; i + n <= text.len; i++)
        if (pn_view_eq_nocase(pn_view(text.ptr + i, n), pn_view(query, n)))
            return true;
    return false;
}

static bool matches(const struct pn_gateway *gw, const struct pn_gw_component *c, const char *query) {
    if (query == NULL || has_text(pn_view_str(c->id), query))
        return true;
    for (size_t i = 0; i < gw->catalog.len; i++) {
        const struct pn_catalog_entry *e = &gw->catalog.entries[i];
        if (e->kind == PN_PROVIDER_COMPONENT && e->slot == c->slot &&
            (has_text(pn_view_str(e->name), query) || has_text(pn_buf_view(&e->tool->text), query)))
            return true;
    }
    return false;
}

static void answer_list(struct pn_gateway *gw, struct pn_call *c, const char *query) {
    struct pn_buf out = {0};
    size_t total = 0;
    pn_buf_add_str(&out, "{\"components\":[");
    for (uint32_t i = 0; i < gw->slots; i++) {
        const struct pn_gw_component *at = gw->components[i];
        if (at == NULL || at->state == PN_COMPONENT_GONE || !matches(gw, at, query))
            continue;
        if (total++ > 0)
            pn_buf_add_byte(&out, ',');
        put_component(gw, at, &out);
    }
    pn_buf_add_str(&out, "],\"total\":");
    pn_buf_add_u64(&out, total);
    pn_buf_add_byte(&out, '}');
    if (out.overflow)
        pn_call_fail(gw, c, "Error: out of memory");
    else
        pn_call_answer_text(gw, c, pn_buf_view(&out), false);
    pn_buf_fini(&out);
}

static void look(struct pn_gateway *gw, const struct pn_builtin *tool, struct pn_call *c, uint32_t args) {
    bool search = strcmp(tool->name, "search-components") == 0;
    const char *fault =
        args == PN_JSON_NONE ? NULL : unknown_key(&gw->doc, args, (const char *const[3]){search ? "query" : NULL});
    uint32_t at = args == PN_JSON_NONE || !search ? PN_JSON_NONE : pn_json_get(&gw->doc, args, "query");
    char *query = NULL;
    if (fault == NULL && at != PN_JSON_NONE && !pn_json_str_is(&gw->doc, at, ""))
        fault = get_text(&gw->doc, args, "query", &query);
    if (fault != NULL)
        pn_call_fail(gw, c, "Error: %s", fault);
    else
        answer_list(gw, c, query);
    free(query);
}

// --- changing ---

void pn_builtin_call(struct pn_gateway *gw, const struct pn_builtin *tool, struct pn_call *c,
                     const struct pn_mcp_request *req) {
    const char *at = NULL;
    if (tool->verb == 0) {
        look(gw, tool, c, req->arguments);
        return;
    }
    c->admin = (struct pn_admin){.verb = tool->verb, .tool = tool};
    const char *fault = read_arguments(&gw->doc, req->arguments, &c->admin, &at);
    if (fault != NULL) {
        pn_call_fail(gw, c, "Error: argument \"%s\": %s", at, fault);
        return;
    }
    if (tool->widens) {
        pn_consent_ask(gw, c, req);
        return;
    }
    c->state = PN_CALL_ADMIN;
    pn_gateway_tell_supervisor(gw);
}

static void put_details(const struct pn_admin *a, struct pn_buf *out) {
    pn_buf_add_byte(out, '{');
    pn_mcp_put_key(out, a->tool->detail);
    put_text(out, a->one);
    if (a->two != NULL) {
        pn_mcp_put_key(out, "access");
        pn_buf_add_str(out, strcmp(a->two, "read,write") == 0 ? "[\"read\",\"write\"]"
                            : a->two[0] == 'r'                ? "[\"read\"]"
                                                              : "[\"write\"]");
    }
    pn_buf_add_byte(out, '}');
}

static void put_status(struct pn_buf *out, const char *status, const char *key, const char *id) {
    pn_buf_add_byte(out, '{');
    pn_mcp_put_key(out, "status");
    put_text(out, status);
    pn_mcp_put_key(out, key);
    put_text(out, id);
}

static const struct pn_gw_component *find_component(const struct pn_gateway *gw, struct pn_view id) {
    for (uint32_t i = 0; i < gw->slots; i++)
        if (gw->components[i] != NULL && gw->components[i]->state != PN_COMPONENT_GONE &&
            pn_view_is(id, gw->components[i]->id))
            return gw->components[i];
    return NULL;
}

static void put_loaded(struct pn_gateway *gw, struct pn_view text, struct pn_buf *out) {
    struct pn_json doc = {0};
    struct pn_buf scratch = {0};
    struct pn_err err = {0};
    struct pn_view id = {0};
    bool again = false;
    size_t count;
    if (pn_json_parse(&doc, text, NULL, &err) < 0)
        pn_log(PN_LOG_ERROR, "the supervisor's answer to a load: %s", err.text);
    else {
        (void)(pn_json_get(&doc, 0, "id") != PN_JSON_NONE &&
               pn_json_str(&doc, pn_json_get(&doc, 0, "id"), &scratch, &id));
        (void)(pn_json_get(&doc, 0, "reloaded") != PN_JSON_NONE &&
               pn_json_bool(&doc, pn_json_get(&doc, 0, "reloaded"), &again));
    }
    const struct pn_gw_component *c = find_component(gw, id);
    put_status(out, again ? "component reloaded successfully" : "component loaded successfully", "id",
               c == NULL ? "" : c->id);
    pn_mcp_put_key(out, "tools");
    if (c == NULL)
        pn_buf_add_str(out, "[]");
    else
        put_tools(gw, c, false, out, &count);
    pn_json_fini(&doc);
    pn_buf_fini(&scratch);
}

static bool is_policy(struct pn_view text) {
    struct pn_json doc = {0};
    struct pn_err err = {0};
    bool found = text.len > 0 && pn_json_parse(&doc, text, NULL, &err) == 0 && pn_json_type(&doc, 0) == PN_JSON_OBJECT;
    uint32_t status = found ? pn_json_get(&doc, 0, "status") : PN_JSON_NONE;
    found = found && (status == PN_JSON_NONE || !pn_json_str_is(&doc, status, "no policy found"));
    pn_json_fini(&doc);
    return found;
}

static void put_policy(const struct pn_admin *a, struct pn_view text, struct pn_buf *out) {
    bool found = is_policy(text);
    put_status(out, found ? "policy found" : "no policy found", "component_id", a->id);
    if (!found)
        return;
    pn_mcp_put_key(out, "policy_info");
    pn_mcp_put_compact(out, text);
}

static void put_permission(const struct pn_admin *a, bool grant, struct pn_buf *out) {
    put_status(out, grant ? "permission granted successfully" : "permission revoked", "component_id", a->id);
    pn_mcp_put_key(out, "permission_type");
    put_text(out, a->tool->kind);
    pn_mcp_put_key(out, "details");
    put_details(a, out);
}

static void put_done(struct pn_gateway *gw, const struct pn_admin *a, struct pn_view text, struct pn_buf *out) {
    switch (a->verb) {
    case PN_ADMIN_LOAD:
        put_loaded(gw, text, out);
        break;
    case PN_ADMIN_UNLOAD:
        put_status(out, "component unloaded successfully", "id", a->id);
        break;
    case PN_ADMIN_GET_POLICY:
        put_policy(a, text, out);
        break;
    case PN_ADMIN_RESET:
        put_status(out, "permissions reset successfully", "component_id", a->id);
        break;
    case PN_ADMIN_GRANT_STORAGE:
    case PN_ADMIN_GRANT_NETWORK:
    case PN_ADMIN_GRANT_ENVIRONMENT:
        put_permission(a, true, out);
        break;
    case PN_ADMIN_REVOKE_STORAGE:
    case PN_ADMIN_REVOKE_NETWORK:
    case PN_ADMIN_REVOKE_ENVIRONMENT:
        put_permission(a, false, out);
        break;
    }
    pn_buf_add_byte(out, '}');
}

void pn_admin_done(struct pn_gateway *gw, struct pn_call *c, bool ok, struct pn_view text) {
    struct pn_buf out = {0};
    gw->listed |= c->admin.verb == PN_ADMIN_LOAD || c->admin.verb == PN_ADMIN_UNLOAD;
    pn_gateway_tell_changes(gw); // before the answer to what caused them
    if (ok)
        put_done(gw, &c->admin, text, &out);
    else {
        pn_buf_add_str(&out, "Error: ");
        pn_text_clean(&out, text, 4096);
    }
    if (out.overflow)
        pn_call_fail(gw, c, "Error: out of memory");
    else
        pn_call_answer_text(gw, c, pn_buf_view(&out), !ok);
    pn_buf_fini(&out);
}
