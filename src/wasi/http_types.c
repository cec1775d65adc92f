// SPDX-License-Identifier: Apache-2.0
// The table of wasi:http/types. Components here are clients: what only a server gets to see links, and cannot be
// reached; an outgoing-response can be made, and its body goes nowhere.
#include <stdlib.h>

#include "wasi/http.h"
#include "wasi/http_funcs.h"
#include "wasi/link.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

#define CODE PN_HTTP_ERROR_CODE
#define METHOD "<_________s>"
#define SCHEME "<__s>"
#define REFUSED "<___>" // header-error

static int unreachable(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return pn_host_stop(h, PN_END_TRAP, err, "components serve no requests here");
}

// --- outgoing-response ---

struct response {
    uint16_t status;
    struct pn_http_fields *fields;
};

static void drop_response(struct pn_host *h, void *object) {
    struct response *r = object;
    pn_http_fields_free(h, r->fields);
    free(r);
}

static int response_new(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t fields_rep = 0, rep = 0;
    const struct pn_http_fields *f = pn_arg_resource(h, &args[0], PN_RES_FIELDS, &fields_rep, err);
    struct pn_http_fields *copy = f == NULL ? NULL : pn_http_fields_new(h, pn_buf_view(&f->block), true, err);
    if (copy == NULL)
        return -1;
    struct response *r = calloc(1, sizeof *r);
    if (r == NULL) {
        pn_http_fields_free(h, copy);
        return pn_host_stop(h, PN_END_TRAP, err, "out of memory for a response");
    }
    *r = (struct response){200, copy};
    pn_host_drop(h, fields_rep);
    if (pn_host_add(h, PN_RES_OUTGOING_RESPONSE, r, drop_response, 0, &rep, err) < 0)
        return -1;
    results[0] = pn_val_own(h, PN_RES_OUTGOING_RESPONSE, rep);
    return 0;
}

static int response_status(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct response *r = pn_arg_resource(h, &args[0], PN_RES_OUTGOING_RESPONSE, NULL, err);
    if (r == NULL)
        return -1;
    results[0] = pn_val_u16(r->status);
    return 0;
}

static int response_set_status(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct response *r = pn_arg_resource(h, &args[0], PN_RES_OUTGOING_RESPONSE, NULL, err);
    if (r == NULL)
        return -1;
    bool good = args[1].of.u16 >= 100 && args[1].of.u16 <= 999;
    if (good)
        r->status = args[1].of.u16;
    results[0] = good ? pn_val_ok_unit() : pn_val_err_unit();
    return 0;
}

static int response_headers(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct response *r = pn_arg_resource(h, &args[0], PN_RES_OUTGOING_RESPONSE, NULL, err);
    return r == NULL ? -1 : pn_http_fields_answer(h, pn_buf_view(&r->fields->block), true, &results[0], err);
}

static int response_body(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    if (pn_arg_resource(h, &args[0], PN_RES_OUTGOING_RESPONSE, NULL, err) == NULL)
        return -1;
    results[0] = pn_val_err_unit();
    return 0;
}

// --- tables ---

static const struct pn_wasi_resource resources[] = {
    {"fields", PN_RES_FIELDS},
    {"incoming-request", PN_RES_INCOMING_REQUEST},
    {"outgoing-request", PN_RES_OUTGOING_REQUEST},
    {"request-options", PN_RES_REQUEST_OPTIONS},
    {"response-outparam", PN_RES_RESPONSE_OUTPARAM},
    {"incoming-response", PN_RES_INCOMING_RESPONSE},
    {"incoming-body", PN_RES_INCOMING_BODY},
    {"future-trailers", PN_RES_FUTURE_TRAILERS},
    {"outgoing-response", PN_RES_OUTGOING_RESPONSE},
    {"outgoing-body", PN_RES_OUTGOING_BODY},
    {"future-incoming-response", PN_RES_FUTURE_RESPONSE},
    {0},
};
static const struct pn_wasi_func funcs[] = {
    {"http-error-code", "h>?" CODE, pn_http_fn_error_code},
    {"[constructor]fields", ">h", pn_http_fn_fields_new},
    {"[static]fields.from-list", "[(s[1)>Rh" REFUSED, pn_http_fn_fields_from_list},
    {"[method]fields.get", "hs>[[1", pn_http_fn_fields_get},
    {"[method]fields.has", "hs>b", pn_http_fn_fields_has},
    {"[method]fields.set", "hs[[1>R_" REFUSED, pn_http_fn_fields_set},
    {"[method]fields.delete", "hs>R_" REFUSED, pn_http_fn_fields_delete},
    {"[method]fields.append", "hs[1>R_" REFUSED, pn_http_fn_fields_append},
    {"[method]fields.entries", "h>[(s[1)", pn_http_fn_fields_entries},
    {"[method]fields.clone", "h>h", pn_http_fn_fields_clone},
    {"[constructor]outgoing-request", "h>h", pn_http_fn_request_new},
    {"[method]outgoing-request.body", "h>Rh_", pn_http_fn_request_body},
    {"[method]outgoing-request.method", "h>" METHOD, pn_http_fn_request_method},
    {"[method]outgoing-request.set-method", "h" METHOD ">R__", pn_http_fn_request_set_method},
    {"[method]outgoing-request.path-with-query", "h>?s", pn_http_fn_request_path},
    {"[method]outgoing-request.set-path-with-query", "h?s>R__", pn_http_fn_request_set_path},
    {"[method]outgoing-request.scheme", "h>?" SCHEME, pn_http_fn_request_scheme},
    {"[method]outgoing-request.set-scheme", "h?" SCHEME ">R__", pn_http_fn_request_set_scheme},
    {"[method]outgoing-request.authority", "h>?s", pn_http_fn_request_authority},
    {"[method]outgoing-request.set-authority", "h?s>R__", pn_http_fn_request_set_authority},
    {"[method]outgoing-request.headers", "h>h", pn_http_fn_request_headers},
    {"[constructor]request-options", ">h", pn_http_fn_options_new},
    {"[method]request-options.connect-timeout", "h>?8", pn_http_fn_options_connect},
    {"[method]request-options.set-connect-timeout", "h?8>R__", pn_http_fn_options_set_connect},
    {"[method]request-options.first-byte-timeout", "h>?8", pn_http_fn_options_first_byte},
    {"[method]request-options.set-first-byte-timeout", "h?8>R__", pn_http_fn_options_set_first_byte},
    {"[method]request-options.between-bytes-timeout", "h>?8", pn_http_fn_options_between},
    {"[method]request-options.set-between-bytes-timeout", "h?8>R__", pn_http_fn_options_set_between},
    {"[method]outgoing-body.write", "h>Rh_", pn_http_fn_body_write},
    {"[static]outgoing-body.finish", "h?h>R_" CODE, pn_http_fn_body_finish},
    {"[method]future-incoming-response.subscribe", "h>h", pn_http_fn_future_subscribe},
    {"[method]future-incoming-response.get", "h>?RRh" CODE "_", pn_http_fn_future_get},
    {"[method]incoming-response.status", "h>2", pn_http_fn_response_status},
    {"[method]incoming-response.headers", "h>h", pn_http_fn_response_headers},
    {"[method]incoming-response.consume", "h>Rh_", pn_http_fn_response_consume},
    {"[method]incoming-body.stream", "h>Rh_", pn_http_fn_body_stream},
    {"[static]incoming-body.finish", "h>h", pn_http_fn_body_finish_reading},
    {"[method]future-trailers.subscribe", "h>h", pn_http_fn_trailers_subscribe},
    {"[method]future-trailers.get", "h>?RR?h" CODE "_", pn_http_fn_trailers_get},
    {"[method]incoming-request.method", "h>" METHOD, unreachable},
    {"[method]incoming-request.path-with-query", "h>?s", unreachable},
    {"[method]incoming-request.scheme", "h>?" SCHEME, unreachable},
    {"[method]incoming-request.authority", "h>?s", unreachable},
    {"[method]incoming-request.headers", "h>h", unreachable},
    {"[method]incoming-request.consume", "h>Rh_", unreachable},
    {"[static]response-outparam.set", "hRh" CODE ">", unreachable},
    {"[method]response-outparam.send-informational", "h2h>R_" CODE, unreachable},
    {"[constructor]outgoing-response", "h>h", response_new},
    {"[method]outgoing-response.status-code", "h>2", response_status},
    {"[method]outgoing-response.set-status-code", "h2>R__", response_set_status},
    {"[method]outgoing-response.headers", "h>h", response_headers},
    {"[method]outgoing-response.body", "h>Rh_", response_body},
    {0},
};
const struct pn_wasi_interface pn_wasi_http_types = {"wasi:http/types", .resources = resources, .funcs = funcs};
