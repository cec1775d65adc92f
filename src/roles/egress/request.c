// SPDX-License-Identifier: Apache-2.0
// What a guest may say in a request: libcurl sends methods and header lines as they are, so everything is checked here.
#include "net/headers.h"
#include "roles/egress/exchange.h"

static const char agent_line[] = "User-Agent: postern/0.1";

// Header lines for libcurl, and which of those that it would add itself the guest has given.
struct lines {
    struct curl_slist *list;
    bool failed, agent, accept, type;
};

static void add_line(struct lines *l, const char *line) {
    struct curl_slist *grown = l->failed ? NULL : curl_slist_append(l->list, line);
    if (grown == NULL) {
        l->failed = true;
        return;
    }
    l->list = grown;
}

static void add_field(struct lines *l, const struct pn_header *h) {
    struct pn_buf line = {0};
    pn_buf_add_view(&line, h->name);
    // libcurl's spelling of a field with an empty value ends in ';'.
    pn_buf_add_str(&line, h->value.len == 0 ? ";" : ": ");
    pn_buf_add_view(&line, h->value);
    if (line.overflow)
        l->failed = true;
    else
        add_line(l, pn_buf_cstr(&line));
    pn_buf_fini(&line);
    l->agent = l->agent || pn_view_eq_nocase(h->name, PN_VIEW("user-agent"));
    l->accept = l->accept || pn_view_eq_nocase(h->name, PN_VIEW("accept"));
    l->type = l->type || pn_view_eq_nocase(h->name, PN_VIEW("content-type"));
}

// Switches off what libcurl would add.
static void add_defaults(struct lines *l) {
    if (!l->agent)
        add_line(l, agent_line);
    if (!l->accept)
        add_line(l, "Accept:");
    if (!l->type)
        add_line(l, "Content-Type:");
    add_line(l, "Expect:");
}

static int take_fields(struct lines *l, struct pn_view block, unsigned *count, struct pn_err *err) {
    struct pn_cursor c = {.rest = block};
    struct pn_header h;
    int rc;
    *count = 0;
    while ((rc = pn_headers_next(&c, &h, err)) == 1) {
        if (++*count > PN_HEADERS_MAX)
            return 0;
        if (!pn_header_is_ours(h.name))
            add_field(l, &h);
    }
    return rc;
}

static bool take_headers(struct pn_exchange *x, struct pn_view block) {
    struct lines l = {.list = NULL};
    struct pn_err err;
    unsigned count;
    int rc = take_fields(&l, block, &count, &err);
    add_defaults(&l);
    x->headers = l.list;
    if (rc < 0) {
        pn_exchange_fail(x, PN_HTTP_PROTOCOL_ERROR, "a header field of the request is malformed");
        return false;
    }
    if (count > PN_HEADERS_MAX) {
        pn_exchange_fail(x, PN_HTTP_REQUEST_HEADER_SECTION_SIZE, "the request has more than 100 header fields");
        return false;
    }
    if (l.failed)
        pn_exchange_fail(x, PN_HTTP_INTERNAL_ERROR, "out of memory");
    return !l.failed;
}

static bool take_method(struct pn_exchange *x, const struct pn_msg_http_open *msg) {
    // CONNECT would make a tunnel, TRACE reflects what the guest may not see.
    bool refused =
        pn_view_eq_nocase(msg->method, PN_VIEW("CONNECT")) || pn_view_eq_nocase(msg->method, PN_VIEW("TRACE"));
    if (refused || !pn_token_valid(msg->method)) {
        pn_exchange_fail(x, PN_HTTP_REQUEST_METHOD_INVALID, "the method is not accepted");
        return false;
    }
    pn_copy(x->method, msg->method.ptr, msg->method.len);
    x->method[msg->method.len] = 0;
    if (msg->has_body != 0 && strcmp(x->method, "HEAD") == 0) {
        pn_exchange_fail(x, PN_HTTP_REQUEST_BODY_SIZE, "a HEAD request carries no body");
        return false;
    }
    return true;
}

bool pn_exchange_take_request(struct pn_exchange *x, const struct pn_msg_http_open *msg) {
    return take_method(x, msg) && take_headers(x, msg->headers);
}
