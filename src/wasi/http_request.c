// SPDX-License-Identifier: Apache-2.0
// outgoing-request, request-options and outgoing-body of wasi:http/types, and outgoing-handler.handle.
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "wasi/http.h"
#include "wasi/http_funcs.h"
#include "wasi/link.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

// What a frame to egress takes (ipc/messages.def).
enum { METHOD_MAX = 64, SCHEME_MAX = 16, AUTHORITY_MAX = 512, PATH_MAX_BYTES = 16384 };

static void drop_call(struct pn_host *h, void *object) {
    pn_http_call_unref(h, object);
}

// A further resource on the same call.
static int add_ref(struct pn_host *h, struct pn_http_call *x, enum pn_resource type,
                   void (*destroy)(struct pn_host *h, void *object), uint32_t *rep, struct pn_err *err) {
    x->refs++;
    return pn_host_add(h, type, x, destroy, 0, rep, err);
}

static struct pn_http_call *call_of(struct pn_host *h, const val *args, enum pn_resource type, struct pn_err *err) {
    return pn_arg_resource(h, &args[0], type, NULL, err);
}

// --- outgoing-request ---

static void read_declared_length(struct pn_http_call *x) {
    struct pn_cursor c = {.rest = pn_buf_view(&x->fields)};
    struct pn_header f;
    while (pn_headers_next(&c, &f, NULL) == 1) {
        uint64_t n;
        if (pn_view_is(f.name, "content-length") && pn_u64_get(f.value, &n))
            x->declared = n;
    }
}

int pn_http_fn_request_new(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t fields_rep = 0, rep = 0;
    const struct pn_http_fields *f = pn_arg_resource(h, &args[0], PN_RES_FIELDS, &fields_rep, err);
    struct pn_http_call *x = f == NULL ? NULL : pn_http_call_new(h, err);
    if (x == NULL)
        return -1;
    pn_buf_add_view(&x->fields, pn_buf_view(&f->block));
    read_declared_length(x);
    pn_host_drop(h, fields_rep);
    if (pn_host_add(h, PN_RES_OUTGOING_REQUEST, x, drop_call, 0, &rep, err) < 0)
        return -1;
    results[0] = pn_val_own(h, PN_RES_OUTGOING_REQUEST, rep);
    return 0;
}

static val text_option(const char *text) {
    return text == NULL ? pn_val_none() : pn_val_some(pn_val_string(pn_view_str(text)));
}

// Replaces a setting; false (a result without words) when the text does not qualify.
static bool replace(char **setting, struct pn_view text, bool good) {
    char *copy = good ? pn_view_dup(text) : NULL;
    if (copy == NULL)
        return false;
    free(*setting);
    *setting = copy;
    return true;
}

static int answer_unit(bool good, val *results) {
    results[0] = good ? pn_val_ok_unit() : pn_val_err_unit();
    return 0;
}

static const struct {
    const char *name, *method;
} methods[] = {
    {"get", "GET"},         {"head", "HEAD"},       {"post", "POST"},   {"put", "PUT"},     {"delete", "DELETE"},
    {"connect", "CONNECT"}, {"options", "OPTIONS"}, {"trace", "TRACE"}, {"patch", "PATCH"}, {NULL, NULL},
};

int pn_http_fn_request_method(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_call *x = call_of(h, args, PN_RES_OUTGOING_REQUEST, err);
    if (x == NULL)
        return -1;
    struct pn_view method = pn_view_str(x->method == NULL ? "GET" : x->method);
    for (size_t i = 0; methods[i].name != NULL; i++) {
        if (pn_view_is(method, methods[i].method)) {
            results[0] = pn_val_variant(methods[i].name);
            return 0;
        }
    }
    results[0] = pn_val_variant_of("other", pn_val_string(method));
    return 0;
}

int pn_http_fn_request_set_method(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_call *x = call_of(h, args, PN_RES_OUTGOING_REQUEST, err);
    if (x == NULL)
        return -1;
    struct pn_view name = pn_arg_variant(&args[1]);
    for (size_t i = 0; methods[i].name != NULL; i++) {
        if (pn_view_is(name, methods[i].name))
            return answer_unit(replace(&x->method, pn_view_str(methods[i].method), true), results);
    }
    struct pn_view other = pn_arg_string(args[1].of.variant.val);
    return answer_unit(replace(&x->method, other, other.len <= METHOD_MAX && pn_token_valid(other)), results);
}

// Visible characters but for `not`; `beyond`: also what lies outside ASCII.
static bool plain(struct pn_view text, const char * not, bool beyond) {
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c <= 0x20 || c == 0x7f || (c > 0x7f && !beyond) || strchr(not, c) != NULL)
            return false;
    }
    return true;
}

int pn_http_fn_request_path(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_call *x = call_of(h, args, PN_RES_OUTGOING_REQUEST, err);
    if (x == NULL)
        return -1;
    results[0] = text_option(x->path);
    return 0;
}

// Sets one of the optional texts; none clears it.
static int set_text(struct pn_host *h, const val *option, char **setting, bool (*qualifies)(struct pn_view text),
                    val *results) {
    if (option->of.option == NULL) {
        free(*setting);
        *setting = NULL;
        return answer_unit(true, results);
    }
    struct pn_view text = pn_arg_string(option->of.option);
    return answer_unit(replace(setting, text, qualifies(text)), results);
}

static bool path_qualifies(struct pn_view path) {
    return path.len <= PATH_MAX_BYTES && (path.len == 0 || path.ptr[0] == '/') && plain(path, "#\\", false);
}

int pn_http_fn_request_set_path(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_call *x = call_of(h, args, PN_RES_OUTGOING_REQUEST, err);
    return x == NULL ? -1 : set_text(h, &args[1], &x->path, path_qualifies, results);
}

int pn_http_fn_request_authority(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_call *x = call_of(h, args, PN_RES_OUTGOING_REQUEST, err);
    if (x == NULL)
        return -1;
    results[0] = text_option(x->authority);
    return 0;
}

// Only what cannot be an authority: what a host may be called is for egress to say, and to log.
static bool authority_qualifies(struct pn_view authority) {
    return authority.len > 0 && authority.len <= AUTHORITY_MAX && plain(authority, "/\\?#", true);
}

int pn_http_fn_request_set_authority(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_call *x = call_of(h, args, PN_RES_OUTGOING_REQUEST, err);
    return x == NULL ? -1 : set_text(h, &args[1], &x->authority, authority_qualifies, results);
}

int pn_http_fn_request_scheme(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_call *x = call_of(h, args, PN_RES_OUTGOING_REQUEST, err);
    if (x == NULL)
        return -1;
    if (x->scheme == NULL)
        results[0] = pn_val_none();
    else if (strcmp(x->scheme, "http") == 0 || strcmp(x->scheme, "https") == 0)
        results[0] = pn_val_some(pn_val_variant(x->scheme[4] == 0 ? "HTTP" : "HTTPS"));
    else
        results[0] = pn_val_some(pn_val_variant_of("other", pn_val_string(pn_view_str(x->scheme))));
    return 0;
}

static bool scheme_qualifies(struct pn_view scheme) {
    bool good =
        scheme.len > 0 && scheme.len <= SCHEME_MAX && (scheme.ptr[0] | 0x20) >= 'a' && (scheme.ptr[0] | 0x20) <= 'z';
    for (size_t i = 0; i < scheme.len && good; i++) {
        uint8_t c = scheme.ptr[i];
        good = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '+' || c == '-' || c == '.';
    }
    return good;
}

int pn_http_fn_request_set_scheme(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_call *x = call_of(h, args, PN_RES_OUTGOING_REQUEST, err);
    if (x == NULL)
        return -1;
    const val *option = args[1].of.option;
    if (option == NULL) {
        free(x->scheme);
        x->scheme = NULL;
        return answer_unit(true, results);
    }
    struct pn_view name = pn_arg_variant(option);
    if (pn_view_is(name, "HTTP") || pn_view_is(name, "HTTPS"))
        return answer_unit(replace(&x->scheme, name.len == 4 ? PN_VIEW("http") : PN_VIEW("https"), true), results);
    struct pn_view other = pn_arg_string(option->of.variant.val);
    return answer_unit(replace(&x->scheme, other, scheme_qualifies(other)), results);
}

int pn_http_fn_request_headers(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_call *x = call_of(h, args, PN_RES_OUTGOING_REQUEST, err);
    return x == NULL ? -1 : pn_http_fields_answer(h, pn_buf_view(&x->fields), true, &results[0], err);
}

// --- outgoing-body ---

// Gone without finish: the request was never complete.
static void drop_body(struct pn_host *h, void *object) {
    struct pn_http_call *x = object;
    if (!x->body_done)
        pn_http_call_fail(h, x, PN_HTTP_INTERNAL_ERROR, "the component dropped the request body unfinished");
    pn_http_call_unref(h, x);
}

int pn_http_fn_request_body(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_http_call *x = call_of(h, args, PN_RES_OUTGOING_REQUEST, err);
    uint32_t rep = 0;
    if (x == NULL)
        return -1;
    if (x->body_taken)
        return answer_unit(false, results);
    x->body_taken = true;
    if (add_ref(h, x, PN_RES_OUTGOING_BODY, drop_body, &rep, err) < 0)
        return -1;
    results[0] = pn_val_ok(pn_val_own(h, PN_RES_OUTGOING_BODY, rep));
    return 0;
}

int pn_http_fn_body_write(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t body = 0, rep = 0;
    struct pn_http_call *x = pn_arg_resource(h, &args[0], PN_RES_OUTGOING_BODY, &body, err);
    if (x == NULL)
        return -1;
    if (x->stream_taken)
        return answer_unit(false, results);
    if (pn_http_call_add_output(h, x, body, &rep, err) < 0)
        return -1;
    results[0] = pn_val_ok(pn_val_own(h, PN_RES_OUTPUT_STREAM, rep));
    return 0;
}

// Trailers of requests are not sent: only none, or none in them, will do.
static int take_trailers(struct pn_host *h, const val *option, bool *some, struct pn_err *err) {
    *some = false;
    if (option->of.option == NULL)
        return 0;
    uint32_t rep = 0;
    const struct pn_http_fields *f = pn_arg_resource(h, option->of.option, PN_RES_FIELDS, &rep, err);
    if (f == NULL)
        return -1;
    *some = f->block.len > 0;
    pn_host_drop(h, rep);
    return 0;
}

static void answer_error(enum pn_http_error code, val *results) {
    results[0] = pn_val_err(pn_http_error_val(code, ""));
}

int pn_http_fn_body_finish(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t rep = 0;
    struct pn_http_call *x = pn_arg_resource(h, &args[0], PN_RES_OUTGOING_BODY, &rep, err);
    bool trailers;
    if (x == NULL || take_trailers(h, &args[1], &trailers, err) < 0)
        return -1;
    if (pn_host_children(h, rep) > 0)
        return pn_host_stop(h, PN_END_TRAP, err, "the component finished a request body whose stream it still holds");
    enum pn_http_error code = pn_http_call_finish_body(h, x, trailers);
    results[0] = pn_val_ok_unit();
    if (code != PN_HTTP_ERROR_COUNT)
        answer_error(code, results);
    pn_host_drop(h, rep);
    return pn_http_over(h, err);
}

// --- request-options ---

static void drop_options(struct pn_host *h, void *object) {
    free(object);
}

int pn_http_fn_options_new(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t rep = 0;
    struct pn_http_options *o = calloc(1, sizeof *o);
    if (o == NULL)
        return pn_host_stop(h, PN_END_TRAP, err, "out of memory for request options");
    if (pn_host_add(h, PN_RES_REQUEST_OPTIONS, o, drop_options, 0, &rep, err) < 0)
        return -1;
    results[0] = pn_val_own(h, PN_RES_REQUEST_OPTIONS, rep);
    return 0;
}

static int get_time(struct pn_host *h, size_t which, const val *args, val *results, struct pn_err *err) {
    const struct pn_http_options *o = pn_arg_resource(h, &args[0], PN_RES_REQUEST_OPTIONS, NULL, err);
    if (o == NULL)
        return -1;
    results[0] = o->has[which] ? pn_val_some(pn_val_u64(o->ns[which])) : pn_val_none();
    return 0;
}

static int set_time(struct pn_host *h, size_t which, const val *args, val *results, struct pn_err *err) {
    struct pn_http_options *o = pn_arg_resource(h, &args[0], PN_RES_REQUEST_OPTIONS, NULL, err);
    if (o == NULL)
        return -1;
    o->has[which] = args[1].of.option != NULL;
    o->ns[which] = o->has[which] ? args[1].of.option->of.u64 : 0;
    return answer_unit(true, results);
}

#define TIME(name, which)                                                                                     \
    int pn_http_fn_options_##name(struct pn_host *h, const val *args, val *results, struct pn_err *err) {     \
        return get_time(h, which, args, results, err);                                                        \
    }                                                                                                         \
    int pn_http_fn_options_set_##name(struct pn_host *h, const val *args, val *results, struct pn_err *err) { \
        return set_time(h, which, args, results, err);                                                        \
    }
TIME(connect, 0)
TIME(first_byte, 1)
TIME(between, 2)

// --- outgoing-handler ---

static int take_options(struct pn_host *h, const val *option, struct pn_http_call *x, struct pn_err *err) {
    if (option->of.option == NULL)
        return 0;
    uint32_t rep = 0;
    const struct pn_http_options *o = pn_arg_resource(h, option->of.option, PN_RES_REQUEST_OPTIONS, &rep, err);
    if (o == NULL)
        return -1;
    x->options = *o;
    pn_host_drop(h, rep);
    return 0;
}

// What is wrong before anything is sent, or PN_HTTP_ERROR_COUNT.
static enum pn_http_error wrong_from_the_start(const struct pn_host *h, const struct pn_http_call *x) {
    if (h->call.egress == NULL)
        return PN_HTTP_REQUEST_DENIED;
    if (x->authority == NULL)
        return PN_HTTP_REQUEST_URI_INVALID;
    if (x->fields.len > PN_HEADERS_SENT_BYTES)
        return PN_HTTP_REQUEST_HEADER_SECTION_SIZE;
    return x->failed ? x->code : PN_HTTP_ERROR_COUNT;
}

static int handle(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t request = 0, rep = 0;
    struct pn_http_call *x = pn_arg_resource(h, &args[0], PN_RES_OUTGOING_REQUEST, &request, err);
    if (x == NULL || take_options(h, &args[1], x, err) < 0)
        return -1;
    enum pn_http_error code = wrong_from_the_start(h, x);
    if (code != PN_HTTP_ERROR_COUNT) {
        pn_http_call_fail(h, x, code, "the request was refused");
        pn_host_drop(h, request);
        answer_error(code, results);
        return 0;
    }
    if (add_ref(h, x, PN_RES_FUTURE_RESPONSE, drop_call, &rep, err) < 0)
        return -1;
    pn_http_call_start(h, x);
    pn_host_drop(h, request);
    results[0] = pn_val_ok(pn_val_own(h, PN_RES_FUTURE_RESPONSE, rep));
    return 0;
}

static const struct pn_wasi_func funcs[] = {
    {"handle", "h?h>Rh" PN_HTTP_ERROR_CODE, handle},
    {0},
};
const struct pn_wasi_interface pn_wasi_http_outgoing = {"wasi:http/outgoing-handler", .funcs = funcs};
