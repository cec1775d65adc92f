// SPDX-License-Identifier: Apache-2.0
// From the client's bytes to steps, and the frame around every answer. Stops taking lines while too much is
// outstanding: what is not taken stays in the buffer, then in the pipe, then with the client.
#include "base/log.h"
#include "roles/gateway/builtin.h"

#define NODES_KEEP 65536u // a document grown beyond this by one line is given back

struct pn_buf *pn_gateway_open_reply(struct pn_gateway *gw, struct pn_mcp_batch *batch) {
    if (batch == NULL)
        return pn_out_tail(&gw->out);
    pn_buf_reset(&gw->scratch);
    return &gw->scratch;
}

// A line that did not fit into memory is taken back and answered with an error: the id alone is small.
static void close_line(struct pn_buf *out, struct pn_view id) {
    if (out->overflow) {
        size_t at = out->len;
        while (at > 0 && out->ptr[at - 1] != '\n')
            at--;
        out->len = at;
        out->overflow = false;
        pn_mcp_put_error(out, id, PN_MCP_INTERNAL, "out of memory for this answer", (struct pn_view){0});
    }
    pn_buf_add_byte(out, '\n');
}

void pn_gateway_close_reply(struct pn_gateway *gw, struct pn_mcp_batch *batch, struct pn_view id) {
    if (batch != NULL) {
        if (gw->scratch.overflow) {
            pn_buf_reset(&gw->scratch);
            pn_mcp_put_error(&gw->scratch, id, PN_MCP_INTERNAL, "out of memory for this answer", (struct pn_view){0});
        }
        pn_mcp_batch_add(batch, pn_buf_view(&gw->scratch));
        pn_buf_reset(&gw->scratch);
        return;
    }
    struct pn_buf *out = pn_out_tail(&gw->out);
    if (out != NULL)
        close_line(out, id);
}

void pn_gateway_release_batch(struct pn_gateway *gw, struct pn_mcp_batch *batch) {
    if (!pn_mcp_batch_release(batch))
        return;
    struct pn_buf *out = pn_out_tail(&gw->out);
    if (out != NULL && batch->out.len > 0) {
        pn_buf_add_view(out, pn_buf_view(&batch->out));
        pn_buf_add_byte(out, '\n');
    }
    pn_mcp_batch_free(batch);
}

void pn_gateway_refuse(struct pn_gateway *gw, struct pn_mcp_batch *batch, struct pn_view id, enum pn_mcp_code code,
                       const char *why) {
    struct pn_buf *out = pn_gateway_open_reply(gw, batch);
    if (out != NULL)
        pn_mcp_put_error(out, id, code, why, (struct pn_view){0});
    pn_gateway_close_reply(gw, batch, id);
}

static void take_step(struct pn_gateway *gw, enum pn_mcp_step step, const struct pn_mcp_request *req,
                      struct pn_mcp_batch *batch) {
    switch (step) {
    case PN_MCP_HANDLED:
        return;
    case PN_MCP_LIST:
        pn_gateway_take_list(gw, req, batch);
        return;
    case PN_MCP_CALL:
        pn_gateway_take_call(gw, req, batch);
        return;
    case PN_MCP_LISTEN:
        pn_gateway_listen(gw, req);
        return;
    case PN_MCP_CANCEL:
        if (!pn_gateway_unlisten(gw, req->id))
            pn_gateway_cancel(gw, req->id);
        return;
    case PN_MCP_ANSWER:
        pn_consent_answer(gw, req);
        return;
    case PN_MCP_READY:
        pn_gateway_tell_changes(gw);
        return;
    }
}

static void take_message(struct pn_gateway *gw, uint32_t at) {
    struct pn_mcp_request req;
    struct pn_buf *out = pn_out_tail(&gw->out);
    if (out == NULL)
        return;
    size_t before = out->len;
    enum pn_mcp_step step = pn_mcp_session_take(&gw->session, &gw->doc, at, &req, out);
    if (out->len > before || out->overflow)
        close_line(out, req.id);
    take_step(gw, step, &req, NULL);
}

static void take_batch_part(struct pn_gateway *gw, uint32_t at, struct pn_mcp_batch *batch) {
    struct pn_mcp_request req;
    pn_buf_reset(&gw->scratch);
    enum pn_mcp_step step = pn_mcp_session_take(&gw->session, &gw->doc, at, &req, &gw->scratch);
    if (gw->scratch.len > 0)
        pn_gateway_close_reply(gw, batch, req.id);
    if (step != PN_MCP_HANDLED && req.rev >= PN_MCP_MODERN)
        pn_gateway_refuse(gw, batch, req.id, PN_MCP_INVALID_REQUEST, "revision 2026-07-28 has no batches");
    else
        take_step(gw, step, &req, batch);
}

static void take_batch(struct pn_gateway *gw) {
    uint32_t size = gw->doc.nodes[0].size;
    const char *fault = NULL;
    if (!pn_mcp_session_batches(&gw->session))
        fault = "batches exist only in revision 2025-03-26";
    else if (size == 0 || size > PN_MCP_BATCH_MAX)
        fault = "a batch holds 1 to 256 messages";
    struct pn_mcp_batch *batch = fault == NULL ? pn_mcp_batch_new() : NULL;
    if (batch == NULL) {
        pn_gateway_refuse(gw, NULL, (struct pn_view){0}, fault != NULL ? PN_MCP_INVALID_REQUEST : PN_MCP_INTERNAL,
                          fault != NULL ? fault : "out of memory");
        return;
    }
    for (uint32_t at = pn_json_first(&gw->doc, 0); at != PN_JSON_NONE; at = pn_json_after(&gw->doc, 0, at))
        take_batch_part(gw, at, batch);
    pn_gateway_release_batch(gw, batch);
}

static bool is_blank(struct pn_view line) {
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] != ' ' && line.ptr[i] != '\t' && line.ptr[i] != '\r')
            return false;
    return true;
}

static void take_line(struct pn_gateway *gw, struct pn_view line) {
    // As many nodes as a line can hold, so that its length is the only limit a client has to know.
    static const struct pn_json_limits limits = {.depth = 128, .nodes = PN_LINE_MAX / 2 + 2};
    struct pn_err err = {0};
    if (is_blank(line))
        return;
    if (pn_json_parse(&gw->doc, line, &limits, &err) < 0) {
        char why[600];
        (void)snprintf(why, sizeof why, "Parse error: %s", err.text);
        pn_gateway_refuse(gw, NULL, (struct pn_view){0}, PN_MCP_PARSE_ERROR, why);
    } else if (pn_json_type(&gw->doc, 0) == PN_JSON_ARRAY) {
        take_batch(gw);
    } else {
        take_message(gw, 0);
    }
    if (gw->doc.cap > NODES_KEEP) {
        pn_json_fini(&gw->doc);
        gw->doc = (struct pn_json){0};
    }
}

void pn_gateway_read_lines(struct pn_gateway *gw) {
    struct pn_view line;
    for (;;) {
        gw->backlog = pn_gateway_in_full(gw);
        if (gw->backlog || gw->ending)
            return;
        enum pn_line got = pn_lines_next(&gw->lines, &line);
        if (got == PN_LINE_NONE)
            return;
        if (got == PN_LINE_ONE)
            take_line(gw, line);
        else
            pn_gateway_refuse(gw, NULL, (struct pn_view){0}, PN_MCP_INVALID_REQUEST, "the line is longer than 4 MiB");
    }
}

void pn_gateway_read_last_line(struct pn_gateway *gw) {
    struct pn_view line;
    if (pn_lines_last(&gw->lines, &line) == PN_LINE_ONE)
        take_line(gw, line);
}
