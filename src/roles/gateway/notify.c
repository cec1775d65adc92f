// SPDX-License-Identifier: Apache-2.0
// Messages that no request asked for: changes of the list, log messages, and the subscriptions of the stateless era.
#include <stdio.h>

#include "roles/gateway/gateway.h"

static void end_line(struct pn_buf *out, size_t begin) {
    if (!out->overflow) {
        pn_buf_add_byte(out, '\n');
        return;
    }
    out->len = begin; // nobody is owed a notification
    out->overflow = false;
}

// A subscription asked for it. A legacy client is told when it has seen a list that is not true any more.
void pn_gateway_tell_changes(struct pn_gateway *gw) {
    bool session = gw->list_changed && gw->session.initialized && gw->listed;
    struct pn_buf *out = session || gw->list_unannounced ? pn_out_tail(&gw->out) : NULL;
    if (out == NULL)
        return;
    for (size_t i = 0; gw->list_unannounced && i < PN_GW_LISTENERS_MAX; i++) {
        size_t begin = out->len;
        if (!gw->listeners[i].tools)
            continue;
        pn_mcp_put_list_changed(out, pn_buf_view(&gw->listeners[i].id));
        end_line(out, begin);
    }
    gw->list_unannounced = false;
    if (!session)
        return;
    gw->list_changed = false;
    size_t begin = out->len;
    pn_mcp_put_list_changed(out, (struct pn_view){0});
    end_line(out, begin);
}

void pn_gateway_log(struct pn_gateway *gw, unsigned level, const char *fmt, ...) {
    static const char *const names[] = {"debug", "info",     "notice", "warning",
                                        "error", "critical", "alert",  "emergency"};
    if (!gw->session.initialized || level < gw->session.log_level)
        return;
    struct pn_buf *out = pn_out_tail(&gw->out);
    if (out == NULL)
        return;
    char text[1536];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t begin = out->len;
    struct pn_buf clean = {0};
    pn_text_clean(&clean, pn_view_str(text), sizeof text);
    pn_mcp_put_log(out, names[level], "postern", pn_buf_view(&clean));
    pn_buf_fini(&clean);
    end_line(out, begin);
}

void pn_gateway_listen(struct pn_gateway *gw, const struct pn_mcp_request *req) {
    struct pn_listener *free_place = NULL;
    for (size_t i = 0; i < PN_GW_LISTENERS_MAX && free_place == NULL; i++)
        if (gw->listeners[i].id.len == 0)
            free_place = &gw->listeners[i];
    if (free_place == NULL) {
        pn_gateway_refuse(gw, NULL, req->id, PN_MCP_INTERNAL, "16 subscriptions are open already: cancel one");
        return;
    }
    pn_buf_add_view(&free_place->id, req->id);
    struct pn_buf *out = pn_out_tail(&gw->out);
    if (free_place->id.overflow || out == NULL) {
        pn_buf_fini(&free_place->id);
        pn_gateway_refuse(gw, NULL, req->id, PN_MCP_INTERNAL, "out of memory");
        return;
    }
    free_place->tools = req->tools_changed;
    size_t begin = out->len;
    pn_mcp_put_listening(out, req->id, req->tools_changed);
    end_line(out, begin);
}

bool pn_gateway_unlisten(struct pn_gateway *gw, struct pn_view id) {
    for (size_t i = 0; i < PN_GW_LISTENERS_MAX; i++) {
        struct pn_listener *l = &gw->listeners[i];
        if (l->id.len == 0 || !pn_view_eq(pn_buf_view(&l->id), id))
            continue;
        pn_buf_fini(&l->id);
        l->tools = false;
        return true;
    }
    return false;
}

void pn_gateway_end_listeners(struct pn_gateway *gw) {
    for (size_t i = 0; i < PN_GW_LISTENERS_MAX; i++) {
        struct pn_listener *l = &gw->listeners[i];
        struct pn_buf *out = l->id.len > 0 ? pn_out_tail(&gw->out) : NULL;
        if (out == NULL)
            continue;
        size_t begin = out->len;
        pn_mcp_put_listen_end(out, &gw->server, pn_buf_view(&l->id));
        end_line(out, begin);
        pn_buf_fini(&l->id);
        l->tools = false;
    }
}
