// SPDX-License-Identifier: Apache-2.0
// Where a request goes: to a component's worker, to a built-in tool, or into waiting until it is known which.
#include <stdlib.h>

#include "base/clock.h"
#include "mcp/result.h"
#include "roles/gateway/builtin.h"

#define EMPTY_OBJECT PN_VIEW("{}")

bool pn_gateway_loading(const struct pn_gateway *gw) {
    if (!gw->count_known || gw->seen < gw->count)
        return true;
    for (uint32_t i = 0; i < gw->slots; i++)
        if (gw->components[i] != NULL && gw->components[i]->state == PN_COMPONENT_LOADING)
            return true;
    return false;
}

static void refuse_unknown(struct pn_gateway *gw, struct pn_mcp_batch *batch, struct pn_view id, struct pn_view name) {
    struct pn_buf why = {0};
    pn_buf_add_str(&why, "Unknown tool: ");
    pn_text_clean(&why, name, PN_TOOL_NAME_MAX);
    pn_gateway_refuse(gw, batch, id, PN_MCP_INVALID_PARAMS, pn_buf_cstr(&why));
    pn_buf_fini(&why);
}

static void not_callable(struct pn_gateway *gw, struct pn_call *c, const struct pn_described_tool *tool) {
    pn_call_fail(gw, c, "Error: %s cannot be called: %s", tool->name, tool->reason);
}

static void call_unknown(struct pn_gateway *gw, const struct pn_mcp_request *req, struct pn_mcp_batch *batch,
                         struct pn_view name, struct pn_view arguments) {
    if (!pn_gateway_loading(gw)) {
        refuse_unknown(gw, batch, req->id, name);
        return;
    }
    struct pn_call *c = pn_call_new(gw, req, batch);
    if (c != NULL)
        (void)pn_call_hold(gw, c, name, arguments); // and waits: PN_CALL_WAITING
}

void pn_gateway_take_call(struct pn_gateway *gw, const struct pn_mcp_request *req, struct pn_mcp_batch *batch) {
    struct pn_buf scratch = {0};
    struct pn_view name = {0};
    struct pn_view arguments = req->arguments == PN_JSON_NONE ? EMPTY_OBJECT : pn_json_raw(&gw->doc, req->arguments);
    (void)pn_json_str(&gw->doc, req->name, &scratch, &name);
    const struct pn_catalog_entry *entry = pn_catalog_find(&gw->catalog, name);
    struct pn_call *c = entry != NULL ? pn_call_new(gw, req, batch) : NULL;
    if (entry == NULL)
        call_unknown(gw, req, batch, name, arguments);
    else if (c != NULL && entry->kind != PN_PROVIDER_COMPONENT)
        pn_builtin_call(gw, pn_builtin_get(entry->name), c, req);
    else if (c != NULL && !entry->tool->callable)
        not_callable(gw, c, entry->tool);
    else if (c != NULL) {
        c->tool = entry->number;
        pn_worker_submit(gw->components[entry->slot], c, arguments);
    }
    pn_buf_fini(&scratch);
}

static void answer_list(struct pn_gateway *gw, struct pn_mcp_batch *batch, struct pn_view id, enum pn_mcp_rev rev,
                        struct pn_view cursor) {
    if (!gw->listed)
        gw->list_changed = false; // the first list is no change of one
    gw->listed = true;
    pn_gateway_tell_changes(gw);
    struct pn_buf *out = pn_gateway_open_reply(gw, batch);
    if (out == NULL)
        return;
    size_t begin = out->len;
    pn_mcp_open_result(out, id);
    if (pn_catalog_put_page(&gw->catalog, &gw->key, cursor, rev, out)) {
        if (rev >= PN_MCP_MODERN)
            pn_buf_add_str(out, ",\"ttlMs\":5000,\"cacheScope\":\"private\"");
        pn_mcp_close_result(out, &gw->server, rev);
    } else if (!out->overflow) {
        out->len = begin;
        pn_mcp_put_error(out, id, PN_MCP_INVALID_PARAMS,
                         "the cursor does not belong to the present list: start at its beginning", (struct pn_view){0});
    }
    pn_gateway_close_reply(gw, batch, id);
}

void pn_gateway_take_list(struct pn_gateway *gw, const struct pn_mcp_request *req, struct pn_mcp_batch *batch) {
    struct pn_buf scratch = {0};
    struct pn_view cursor = {0};
    if (req->cursor != PN_JSON_NONE)
        (void)pn_json_str(&gw->doc, req->cursor, &scratch, &cursor);
    bool first = req->cursor == PN_JSON_NONE;
    if (!first && cursor.len == 0)
        cursor = PN_VIEW("empty"); // an empty cursor is none that we gave out
    if (first && pn_now() < gw->began + PN_GW_LIST_WAIT && pn_gateway_loading(gw)) {
        struct pn_call *c = pn_call_new(gw, req, batch);
        if (c != NULL) {
            c->state = PN_CALL_LISTING;
            c->deadline = gw->began + PN_GW_LIST_WAIT;
        }
    } else {
        answer_list(gw, batch, req->id, req->rev, cursor);
    }
    pn_buf_fini(&scratch);
}

static void finish_list(struct pn_gateway *gw, struct pn_call *c) {
    answer_list(gw, c->batch, pn_call_id(c), c->rev, (struct pn_view){0});
    pn_call_free(gw, c);
}

static void retry(struct pn_gateway *gw, struct pn_call *c, bool loading) {
    if (c->state == PN_CALL_LISTING) {
        if (!loading)
            finish_list(gw, c);
        return;
    }
    const struct pn_catalog_entry *entry = pn_catalog_find(&gw->catalog, pn_call_name(c));
    if (entry == NULL && loading)
        return;
    if (entry == NULL) {
        refuse_unknown(gw, c->batch, pn_call_id(c), pn_call_name(c));
        pn_call_free(gw, c);
    } else if (!entry->tool->callable) {
        not_callable(gw, c, entry->tool);
    } else {
        c->tool = entry->number;
        pn_worker_submit(gw->components[entry->slot], c, pn_call_arguments(c));
    }
}

static int by_order(const void *a, const void *b) {
    const struct pn_call *const *x = a, *const *y = b;
    return (*x)->order < (*y)->order ? -1 : (*x)->order > (*y)->order;
}

void pn_gateway_retry_waiting(struct pn_gateway *gw) {
    struct pn_call *waiting[PN_GW_POOL];
    size_t n = 0;
    for (uint32_t i = 0; i < gw->made; i++)
        if (gw->pool[i]->state == PN_CALL_WAITING || gw->pool[i]->state == PN_CALL_LISTING)
            waiting[n++] = gw->pool[i];
    if (n == 0)
        return;
    qsort(waiting, n, sizeof(struct pn_call *), by_order);
    bool loading = pn_gateway_loading(gw);
    for (size_t i = 0; i < n; i++)
        retry(gw, waiting[i], loading);
}

static void cancel_one(struct pn_gateway *gw, struct pn_call *c) {
    switch (c->state) {
    case PN_CALL_FREE:
        return;
    case PN_CALL_SENT:
        c->cancelled = true;
        pn_worker_cancel(c->component, c);
        return;
    case PN_CALL_ADMIN_SENT:
        c->cancelled = true;
        return;
    case PN_CALL_QUEUED:
        pn_worker_remove(c->component, c);
        break;
    case PN_CALL_ASKING:
        pn_consent_withdraw(gw, c, "the call was cancelled");
        break;
    case PN_CALL_LISTING:
    case PN_CALL_WAITING:
    case PN_CALL_ADMIN:
        break;
    }
    pn_call_free(gw, c);
}

void pn_gateway_cancel(struct pn_gateway *gw, struct pn_view id) {
    for (uint32_t i = 0; i < gw->made; i++) {
        struct pn_call *c = gw->pool[i];
        if (c->state != PN_CALL_FREE && !c->cancelled && pn_view_eq(pn_call_id(c), id))
            cancel_one(gw, c);
    }
}

static void tell_progress(struct pn_gateway *gw, struct pn_call *c, uint64_t now) {
    char text[64];
    struct pn_buf *out = pn_out_tail(&gw->out);
    if (out == NULL || pn_gateway_out_full(gw))
        return;
    c->progress_at = now + PN_SEC;
    (void)snprintf(text, sizeof text, "%llu s", (unsigned long long)((now - c->begun) / PN_SEC));
    size_t begin = out->len;
    pn_mcp_put_progress(out, c->rev, pn_view(c->keep.ptr + c->id_len, c->token_len), ++c->progress, text);
    pn_buf_add_byte(out, '\n');
    if (out->overflow) {
        out->len = begin;
        out->overflow = false;
    }
}

static void expire(struct pn_gateway *gw, struct pn_call *c, uint64_t now) {
    switch (c->state) {
    case PN_CALL_FREE:
        return;
    case PN_CALL_LISTING:
        finish_list(gw, c);
        return;
    case PN_CALL_WAITING:
        pn_call_fail(gw, c, "Error: the tool was not there when components had been loading for 330 s");
        return;
    case PN_CALL_QUEUED:
        if (c->component->calls.poll != NULL) { // those before it are being answered
            c->deadline = now + PN_GW_WAIT;
            return;
        }
        pn_worker_remove(c->component, c);
        pn_call_fail(gw, c, "Error: the component did not come back within 330 s");
        return;
    case PN_CALL_SENT:
        if (pn_gateway_out_full(gw)) // its result may be there: the client has to read first
            c->deadline = now + PN_GW_GRACE;
        else
            pn_worker_hung(c->component);
        return;
    case PN_CALL_ASKING:
        pn_consent_withdraw(gw, c, "no answer");
        pn_call_fail(gw, c, "Error: not done: the user did not answer within 300 s");
        return;
    case PN_CALL_ADMIN:
    case PN_CALL_ADMIN_SENT:
        pn_call_fail(gw, c,
                     "Error: the supervisor did not answer within 600 s; look with list-components and get-policy");
        return;
    }
}

void pn_gateway_check_calls(struct pn_gateway *gw, uint64_t now) {
    for (uint32_t i = 0; i < gw->made; i++) {
        struct pn_call *c = gw->pool[i];
        if (c->state == PN_CALL_FREE)
            continue;
        if (c->token_len > 0 && !c->cancelled && now >= c->progress_at && now < c->deadline)
            tell_progress(gw, c, now);
        if (now >= c->deadline)
            expire(gw, c, now);
    }
}

void pn_gateway_fail_all(struct pn_gateway *gw, const char *why) {
    for (uint32_t i = 0; i < gw->made; i++) {
        struct pn_call *c = gw->pool[i];
        if (c->state == PN_CALL_FREE)
            continue;
        if (c->state == PN_CALL_QUEUED)
            pn_worker_remove(c->component, c);
        pn_call_fail(gw, c, "Error: %s", why);
    }
}
