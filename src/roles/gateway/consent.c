// SPDX-License-Identifier: Apache-2.0
// What gives a component more is put to the client's user, and the question says what is given. The agent that calls
// the tool may have been talked into it; its client is trusted to show the question to a person.
//
// Legacy clients get an elicitation/create request. In the stateless era the call ends with "input_required" and a
// sealed requestState that names this very change, is good for ten minutes and for one use.
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "mcp/result.h"
#include "mcp/seal.h"
#include "roles/gateway/builtin.h"

#define GOOD_FOR (600 * PN_SEC)
#define USED_MAX 256 // spent states remembered until they expire
#define KEY "consent"
#define PREFIX "postern-consent-"

struct pn_consents {
    struct spent {
        uint64_t nonce[2], expires;
    } spent[USED_MAX];
};

void pn_consents_free(struct pn_consents *consents) {
    free(consents);
}

// --- the question ---

// Shown to a person: what does not look like what it is gets escaped.
static void quote(struct pn_buf *out, const char *text) {
    pn_buf_add_byte(out, '"');
    pn_escape(out, pn_view_str(text));
    pn_buf_add_byte(out, '"');
}

static void put_question(const struct pn_admin *a, struct pn_buf *out) {
    static const char *const may[] = {
        [PN_ADMIN_GRANT_NETWORK] = "reach the host ", [PN_ADMIN_GRANT_ENVIRONMENT] = "see the environment variable "};
    if (a->verb == PN_ADMIN_LOAD) {
        pn_buf_add_str(out, "Load the component ");
        quote(out, a->id);
        pn_buf_add_str(out,
                       " and offer its tools? It starts without any permission beyond those it was already granted.");
        return;
    }
    pn_buf_add_str(out, "Allow the component ");
    quote(out, a->id);
    pn_buf_add_str(out, " to ");
    if (a->verb == PN_ADMIN_GRANT_STORAGE) {
        pn_buf_add_str(out, strcmp(a->two, "read,write") == 0 ? "read and change "
                            : a->two[0] == 'r'                ? "read "
                                                              : "change ");
        pn_buf_add_str(out, "everything that matches ");
    } else {
        pn_buf_add_str(out, may[a->verb]);
    }
    quote(out, a->one);
    pn_buf_add_str(out, "? An agent asks for this. It stays until it is revoked.");
}

// Single quotes for a POSIX shell.
static void put_shell(struct pn_buf *out, const char *text) {
    pn_buf_add_byte(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            pn_buf_add_str(out, "'\\''");
        else
            pn_buf_add_byte(out, (uint8_t)*text);
    }
    pn_buf_add_byte(out, '\'');
}

void pn_consent_put_command(const struct pn_admin *a, struct pn_buf *out) {
    pn_buf_add_str(out, a->verb == PN_ADMIN_LOAD ? "postern component load " : "postern permission grant ");
    if (a->tool->kind != NULL) {
        pn_buf_add_str(out, a->verb == PN_ADMIN_GRANT_ENVIRONMENT ? "environment-variable" : a->tool->kind);
        pn_buf_add_byte(out, ' ');
    }
    put_shell(out, a->id);
    if (a->one != NULL) {
        pn_buf_add_byte(out, ' ');
        put_shell(out, a->one);
    }
    if (a->two != NULL) {
        pn_buf_add_str(out, " --access ");
        pn_buf_add_str(out, a->two);
    }
}

// --- going on ---

static void go_on(struct pn_gateway *gw, struct pn_call *c) {
    c->state = PN_CALL_ADMIN;
    c->deadline = pn_now() + PN_GW_ADMIN_WAIT;
    pn_gateway_tell_supervisor(gw);
}

static void refuse(struct pn_gateway *gw, struct pn_call *c) {
    struct pn_buf why = {0};
    pn_buf_add_str(
        &why, "Error: not done: this needs the user's consent, and this client cannot ask for it (no elicitation). "
              "The user can run: ");
    pn_consent_put_command(&c->admin, &why);
    if (c->rev < PN_MCP_MODERN) {
        pn_call_answer_text(gw, c, pn_buf_view(&why), true);
        pn_buf_fini(&why);
        return;
    }
    // 2026-07-28 basic, "Per-request protocol fields": a missing capability is this error.
    struct pn_buf *out = pn_gateway_open_reply(gw, c->batch);
    if (out != NULL)
        pn_mcp_put_error(out, pn_call_id(c), PN_MCP_MISSING_CAPABILITY, pn_buf_cstr(&why) + sizeof "Error: " - 1,
                         PN_VIEW("{\"requiredCapabilities\":{\"elicitation\":{\"form\":{}}}}"));
    pn_gateway_close_reply(gw, c->batch, pn_call_id(c));
    pn_buf_fini(&why);
    pn_call_free(gw, c);
}

// --- legacy: a request of ours ---

static void put_request_id(const struct pn_call *c, struct pn_buf *out) {
    pn_buf_add_str(out, "\"" PREFIX);
    pn_buf_add_u64(out, pn_call_number(c));
    pn_buf_add_byte(out, '"');
}

static void ask_legacy(struct pn_gateway *gw, struct pn_call *c) {
    struct pn_buf *out = pn_out_tail(&gw->out);
    struct pn_buf question = {0};
    if (gw->asking >= PN_GW_ASKING_MAX || out == NULL || !gw->session.initialized) {
        pn_call_fail(gw, c, "Error: not done: %s",
                     gw->session.initialized ? "too many questions are open" : "the client is not initialized");
        return;
    }
    put_question(&c->admin, &question);
    size_t begin = out->len;
    pn_buf_add_str(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    put_request_id(c, out);
    pn_buf_add_str(out, ",\"method\":\"elicitation/create\",\"params\":");
    pn_mcp_put_consent_params(out, c->rev, pn_buf_view(&question));
    pn_buf_add_str(out, "}\n");
    pn_buf_fini(&question);
    if (out->overflow) {
        out->len = begin;
        out->overflow = false;
        pn_call_fail(gw, c, "Error: out of memory");
        return;
    }
    c->state = PN_CALL_ASKING;
    c->deadline = pn_now() + PN_GW_ASK_WAIT;
    gw->asking++;
}

void pn_consent_withdraw(struct pn_gateway *gw, struct pn_call *c, const char *why) {
    struct pn_buf *out = pn_out_tail(&gw->out);
    struct pn_buf id = {0};
    if (out == NULL)
        return;
    size_t begin = out->len;
    put_request_id(c, &id);
    pn_mcp_put_cancelled(out, pn_buf_view(&id), why);
    pn_buf_add_byte(out, '\n');
    pn_buf_fini(&id);
    if (out->overflow) {
        out->len = begin;
        out->overflow = false;
    }
}

static void not_accepted(struct pn_gateway *gw, struct pn_call *c) {
    pn_call_fail(gw, c, "Error: not done: the user did not accept");
}

void pn_consent_answer(struct pn_gateway *gw, const struct pn_mcp_request *req) {
    struct pn_view prefix = PN_VIEW("\"" PREFIX);
    uint64_t number;
    if (!pn_view_starts(req->id, prefix) || req->id.len < prefix.len + 2 ||
        !pn_u64_get(pn_view_part(req->id, prefix.len, req->id.len - 1), &number))
        return;
    struct pn_call *c = pn_call_find(gw, number);
    if (c == NULL || c->state != PN_CALL_ASKING)
        return;
    gw->asking--;
    c->state = PN_CALL_ADMIN;
    if (req->accepted)
        go_on(gw, c);
    else
        not_accepted(gw, c);
}

// --- stateless: a sealed question ---

// What the state is bound to: this method, this change.
static void put_context(const struct pn_admin *a, struct pn_buf *out) {
    const char *parts[] = {"tools/call", a->tool->name, a->id, a->one, a->two};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct pn_view part = pn_view_str(parts[i]);
        pn_buf_put_u64(out, part.len);
        pn_buf_add_view(out, part);
    }
}

static void ask_modern(struct pn_gateway *gw, struct pn_call *c) {
    struct pn_buf context = {0}, payload = {0}, state = {0}, question = {0};
    uint64_t nonce[2];
    pn_random(nonce, sizeof nonce);
    pn_buf_put_u64(&payload, pn_now() + GOOD_FOR);
    pn_buf_put_u64(&payload, nonce[0]);
    pn_buf_put_u64(&payload, nonce[1]);
    put_context(&c->admin, &context);
    put_question(&c->admin, &question);
    pn_mcp_seal(&gw->key, "requestState", pn_buf_view(&context), pn_buf_view(&payload), &state);
    struct pn_buf *out = pn_gateway_open_reply(gw, c->batch);
    if (out != NULL)
        pn_mcp_put_input_required(out, &gw->server, pn_call_id(c), KEY, pn_buf_view(&question), pn_buf_view(&state));
    pn_gateway_close_reply(gw, c->batch, pn_call_id(c));
    pn_buf_fini(&context);
    pn_buf_fini(&payload);
    pn_buf_fini(&state);
    pn_buf_fini(&question);
    pn_call_free(gw, c);
}

// Marks a state as used. False when it was before, or when so many are remembered that this one could not be.
static bool spend(struct pn_gateway *gw, const uint64_t nonce[2], uint64_t expires, uint64_t now) {
    if (gw->consents == NULL)
        gw->consents = calloc(1, sizeof *gw->consents);
    struct spent *room = NULL;
    for (size_t i = 0; gw->consents != NULL && i < USED_MAX; i++) {
        struct spent *s = &gw->consents->spent[i];
        if (s->expires >= now && s->nonce[0] == nonce[0] && s->nonce[1] == nonce[1])
            return false;
        if (s->expires < now)
            room = s;
    }
    if (room == NULL)
        return false;
    *room = (struct spent){{nonce[0], nonce[1]}, expires};
    return true;
}

static bool state_is_good(struct pn_gateway *gw, const struct pn_admin *a, struct pn_view state) {
    struct pn_buf context = {0}, payload = {0};
    put_context(a, &context);
    bool good = !context.overflow && pn_mcp_unseal(&gw->key, "requestState", pn_buf_view(&context), state, &payload);
    struct pn_cursor in = {.rest = pn_buf_view(&payload)};
    uint64_t expires = pn_cursor_u64(&in), nonce[2], now = pn_now();
    nonce[0] = pn_cursor_u64(&in);
    nonce[1] = pn_cursor_u64(&in);
    good = good && !in.bad && now < expires && spend(gw, nonce, expires, now);
    pn_buf_fini(&context);
    pn_buf_fini(&payload);
    return good;
}

static void take_modern(struct pn_gateway *gw, struct pn_call *c, const struct pn_mcp_request *req) {
    const struct pn_json *doc = &gw->doc;
    uint32_t responses = pn_json_get(doc, req->params, "inputResponses");
    uint32_t state = pn_json_get(doc, req->params, "requestState");
    uint32_t answer = responses == PN_JSON_NONE ? PN_JSON_NONE : pn_json_get(doc, responses, KEY);
    uint32_t action = answer == PN_JSON_NONE ? PN_JSON_NONE : pn_json_get(doc, answer, "action");
    if (state == PN_JSON_NONE || action == PN_JSON_NONE) {
        ask_modern(gw, c);
        return;
    }
    struct pn_buf scratch = {0};
    struct pn_view text = {0};
    bool accepted = pn_json_str_is(doc, action, "accept");
    bool good = pn_json_str(doc, state, &scratch, &text) && state_is_good(gw, &c->admin, text);
    pn_buf_fini(&scratch);
    if (!good)
        pn_call_answer_error(gw, c, PN_MCP_INVALID_PARAMS,
                             "requestState is not valid for this request: ask again without it");
    else if (accepted)
        go_on(gw, c);
    else
        not_accepted(gw, c);
}

void pn_consent_ask(struct pn_gateway *gw, struct pn_call *c, const struct pn_mcp_request *req) {
    if (!c->elicitation)
        refuse(gw, c);
    else if (c->rev < PN_MCP_MODERN)
        ask_legacy(gw, c);
    else
        take_modern(gw, c, req);
}
