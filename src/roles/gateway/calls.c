// SPDX-License-Identifier: Apache-2.0
// The table of outstanding requests. Every request that comes in here leaves by exactly one of the answers below, or by
// pn_call_free when its client cancelled it.
#include <stdlib.h>

#include "base/clock.h"
#include "mcp/result.h"
#include "roles/gateway/builtin.h"

#define KEEP ((size_t)16 << 10) // a place's buffer larger than this is given back

static struct pn_call *take_place(struct pn_gateway *gw) {
    if (gw->free_len > 0)
        return gw->pool[gw->free[--gw->free_len]];
    if (gw->made == PN_GW_POOL)
        return NULL;
    struct pn_call *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->index = gw->made;
    gw->pool[gw->made++] = c;
    return c;
}

struct pn_call *pn_call_new(struct pn_gateway *gw, const struct pn_mcp_request *req, struct pn_mcp_batch *batch) {
    struct pn_call *c = take_place(gw);
    if (c == NULL) {
        pn_gateway_refuse(gw, batch, req->id, PN_MCP_INTERNAL, "out of memory");
        return NULL;
    }
    c->state = PN_CALL_WAITING;
    c->rev = req->rev;
    c->elicitation = req->elicitation;
    c->batch = batch;
    if (batch != NULL)
        pn_mcp_batch_hold(batch);
    c->generation++;
    c->order = ++gw->orders;
    c->begun = pn_now();
    c->deadline = c->begun + PN_GW_WAIT;
    c->progress_at = c->begun + PN_SEC;
    pn_buf_add_view(&c->keep, req->id);
    pn_buf_add_view(&c->keep, req->progress);
    c->id_len = req->id.len;
    c->token_len = req->progress.len;
    gw->active++;
    pn_gateway_start_tick(gw);
    if (!c->keep.overflow)
        return c;
    pn_gateway_refuse(gw, batch, req->id, PN_MCP_INTERNAL, "out of memory");
    pn_call_free(gw, c);
    return NULL;
}

static size_t held(const struct pn_call *c) {
    return c->keep.len - c->id_len - c->token_len;
}

void pn_call_free(struct pn_gateway *gw, struct pn_call *c) {
    struct pn_mcp_batch *batch = c->batch;
    struct pn_buf keep = c->keep;
    uint32_t index = c->index, generation = c->generation;
    gw->asking -= c->state == PN_CALL_ASKING;
    gw->active--;
    if (!keep.overflow)
        gw->held -= held(c);
    if (keep.cap > KEEP)
        pn_buf_fini(&keep);
    pn_buf_reset(&keep);
    pn_admin_fini(&c->admin);
    *c = (struct pn_call){.index = index, .generation = generation, .keep = keep};
    gw->free[gw->free_len++] = index;
    if (batch != NULL)
        pn_gateway_release_batch(gw, batch);
}

struct pn_view pn_call_id(const struct pn_call *c) {
    return pn_view(c->keep.ptr, c->id_len);
}

struct pn_view pn_call_name(const struct pn_call *c) {
    return pn_view_part(pn_buf_view(&c->keep), c->id_len + c->token_len, c->id_len + c->token_len + c->name_len);
}

struct pn_view pn_call_arguments(const struct pn_call *c) {
    return pn_view_part(pn_buf_view(&c->keep), c->id_len + c->token_len + c->name_len, c->keep.len);
}

bool pn_call_hold(struct pn_gateway *gw, struct pn_call *c, struct pn_view name, struct pn_view arguments) {
    size_t before = held(c), base = c->keep.len;
    pn_buf_add_view(&c->keep, name);
    pn_buf_add_view(&c->keep, arguments);
    if (c->keep.overflow) {
        c->keep.len = base;
        c->keep.overflow = false;
        pn_call_answer_error(gw, c, PN_MCP_INTERNAL, "out of memory");
        return false;
    }
    c->name_len += name.len;
    gw->held += held(c) - before;
    return true;
}

uint64_t pn_call_number(const struct pn_call *c) {
    return (uint64_t)c->generation << 32 | c->index;
}

struct pn_call *pn_call_find(struct pn_gateway *gw, uint64_t number) {
    uint32_t index = (uint32_t)number;
    if (index >= gw->made)
        return NULL;
    struct pn_call *c = gw->pool[index];
    return c->state != PN_CALL_FREE && c->generation == (uint32_t)(number >> 32) ? c : NULL;
}

static bool owed(struct pn_gateway *gw, struct pn_call *c) {
    if (!c->cancelled)
        return true;
    pn_call_free(gw, c);
    return false;
}

static void finish(struct pn_gateway *gw, struct pn_call *c) {
    pn_gateway_close_reply(gw, c->batch, pn_call_id(c));
    pn_call_free(gw, c);
}

void pn_call_answer_text(struct pn_gateway *gw, struct pn_call *c, struct pn_view text, bool is_error) {
    if (!owed(gw, c))
        return;
    struct pn_buf *out = pn_gateway_open_reply(gw, c->batch);
    if (out != NULL)
        pn_mcp_put_call_text(out, &gw->server, c->rev, pn_call_id(c), text, is_error);
    finish(gw, c);
}

void pn_call_answer_value(struct pn_gateway *gw, struct pn_call *c, struct pn_view value, bool is_error) {
    if (!owed(gw, c))
        return;
    struct pn_buf *out = pn_gateway_open_reply(gw, c->batch);
    if (out != NULL)
        pn_mcp_put_call_value(out, &gw->server, c->rev, pn_call_id(c), value, is_error);
    finish(gw, c);
}

void pn_call_answer_error(struct pn_gateway *gw, struct pn_call *c, enum pn_mcp_code code, const char *why) {
    if (!owed(gw, c))
        return;
    pn_gateway_refuse(gw, c->batch, pn_call_id(c), code, why);
    pn_call_free(gw, c);
}

void pn_call_fail(struct pn_gateway *gw, struct pn_call *c, const char *fmt, ...) {
    char text[1536];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    pn_call_answer_text(gw, c, pn_view_str(text), true);
}
