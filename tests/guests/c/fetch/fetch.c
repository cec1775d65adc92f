// SPDX-License-Identifier: Apache-2.0
// Guest `fetch`: HTTP requests through wasi:http by hand, from a URL or from parts. No libc; imports wasi:http and
// wasi:io only. Handles are dropped child before parent, as the interface demands.
#include <stdlib.h>
#include <string.h>

#include "../http_errors.h"
#include "web_tools.h"

#define HTTP(name) wasi_http_types_##name
#define CLIENT(name) exports_test_guests_http_client_##name
#define string_t web_tools_string_t
#define bytes_t web_tools_list_u8_t
#define error_code_t wasi_http_types_error_code_t
#define STRING(literal) ((string_t){(uint8_t *)(literal), sizeof(literal) - 1})

enum { PART = 4096, READ = 65536, MANY = 256 };

// A request as the functions below see it; everything in it is borrowed.
struct order {
    string_t method, scheme, authority, path;
    CLIENT(list_header_t) headers;
    const uint8_t *body; // NULL with size > 0: byte i is i mod 251
    uint64_t size;
    bool with_body;
    uint64_t timeout; // nanoseconds
};

// Where the bytes of a response go.
struct sink {
    bool keep;
    bytes_t bytes; // when kept
    size_t room;
    uint64_t length, checksum; // when not
};

static void *must(void *memory) {
    if (!memory)
        abort();
    return memory;
}

static void append(string_t *out, const void *bytes, size_t size) {
    out->ptr = must(realloc(out->ptr, out->len + size + 1));
    memcpy(out->ptr + out->len, bytes, size);
    out->len += size;
}

static bool say(string_t *err, const char *text) {
    *err = (string_t){0};
    append(err, text, strlen(text));
    return false;
}

// The error of a request in words; frees the code.
static bool explain(string_t *err, error_code_t *code) {
    say(err, http_error_name(code->tag));
    const web_tools_option_string_t *text = NULL;
    if (code->tag == WASI_HTTP_TYPES_ERROR_CODE_INTERNAL_ERROR)
        text = &code->val.internal_error;
    if (code->tag == WASI_HTTP_TYPES_ERROR_CODE_DNS_ERROR)
        text = &code->val.dns_error.rcode;
    if (text && text->is_some) {
        append(err, ": ", 2);
        append(err, text->val.ptr, text->val.len);
    }
    HTTP(error_code_free)(code);
    return false;
}

// The error of a stream: that of the request behind it, when there is one.
static bool explain_stream(string_t *err, wasi_io_streams_stream_error_t *failure) {
    if (failure->tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED)
        return say(err, "closed");
    error_code_t code;
    bool known = HTTP(http_error_code)(wasi_io_error_borrow_error(failure->val.last_operation_failed), &code);
    bool verdict = known ? explain(err, &code) : say(err, "stream error");
    wasi_io_streams_stream_error_free(failure);
    return verdict;
}

static bool same(const string_t *text, const char *word) {
    return text->len == strlen(word) && memcmp(text->ptr, word, text->len) == 0;
}

static HTTP(method_t) method_of(string_t *text) {
    static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    HTTP(method_t) method = {.tag = WASI_HTTP_TYPES_METHOD_OTHER};
    for (uint8_t n = 0; n < sizeof names / sizeof names[0]; n++)
        if (same(text, names[n]))
            method.tag = n;
    if (method.tag == WASI_HTTP_TYPES_METHOD_OTHER)
        method.val.other = *text;
    return method;
}

static HTTP(scheme_t) scheme_of(string_t *text) {
    if (same(text, "http"))
        return (HTTP(scheme_t)){.tag = WASI_HTTP_TYPES_SCHEME_HTTP};
    if (same(text, "https"))
        return (HTTP(scheme_t)){.tag = WASI_HTTP_TYPES_SCHEME_HTTPS};
    return (HTTP(scheme_t)){.tag = WASI_HTTP_TYPES_SCHEME_OTHER, .val = {.other = *text}};
}

static void note(web_tools_list_string_t *faults, const char *name) {
    faults->ptr = must(realloc(faults->ptr, (faults->len + 1) * sizeof *faults->ptr));
    say(&faults->ptr[faults->len++], name);
}

// Builds the request and lists the setters that refused.
static HTTP(own_outgoing_request_t) assemble(const struct order *order, web_tools_list_string_t *faults) {
    HTTP(own_fields_t) fields = HTTP(constructor_fields)();
    for (size_t n = 0; n < order->headers.len; n++) {
        HTTP(header_error_t) why;
        if (!HTTP(method_fields_append)(HTTP(borrow_fields)(fields), &order->headers.ptr[n].name,
                                        (HTTP(field_value_t) *)&order->headers.ptr[n].value, &why))
            note(faults, "header");
    }
    string_t method_text = order->method, scheme_text = order->scheme, authority = order->authority, path = order->path;
    HTTP(method_t) method = method_of(&method_text);
    HTTP(scheme_t) scheme = scheme_of(&scheme_text);
    HTTP(own_outgoing_request_t) request = HTTP(constructor_outgoing_request)(fields);
    HTTP(borrow_outgoing_request_t) self = HTTP(borrow_outgoing_request)(request);
    if (!HTTP(method_outgoing_request_set_method)(self, &method))
        note(faults, "method");
    if (!HTTP(method_outgoing_request_set_scheme)(self, &scheme))
        note(faults, "scheme");
    if (!HTTP(method_outgoing_request_set_authority)(self, &authority))
        note(faults, "authority");
    if (!HTTP(method_outgoing_request_set_path_with_query)(self, &path))
        note(faults, "path");
    return request;
}

static HTTP(own_request_options_t) options_of(uint64_t timeout) {
    HTTP(own_request_options_t) options = HTTP(constructor_request_options)();
    HTTP(borrow_request_options_t) self = HTTP(borrow_request_options)(options);
    HTTP(method_request_options_set_connect_timeout)(self, &timeout);
    HTTP(method_request_options_set_first_byte_timeout)(self, &timeout);
    HTTP(method_request_options_set_between_bytes_timeout)(self, &timeout);
    return options;
}

static bool write_parts(const struct order *order, wasi_io_streams_own_output_stream_t stream, string_t *err) {
    static uint8_t part[PART];
    for (uint64_t done = 0; done < order->size; done += PART) {
        size_t size = order->size - done < PART ? (size_t)(order->size - done) : PART;
        bytes_t bytes = {part, size};
        for (size_t n = 0; n < size && !order->body; n++)
            part[n] = (uint8_t)((done + n) % 251);
        if (order->body)
            bytes.ptr = (uint8_t *)order->body + done;
        wasi_io_streams_stream_error_t failure;
        if (!wasi_io_streams_method_output_stream_blocking_write_and_flush(wasi_io_streams_borrow_output_stream(stream),
                                                                           &bytes, &failure))
            return explain_stream(err, &failure);
    }
    return true;
}

// Writes the body after the request is on its way: the host takes it part by part.
static bool send_body(const struct order *order, HTTP(own_outgoing_body_t) body, string_t *err) {
    HTTP(own_output_stream_t) stream;
    error_code_t code;
    if (!HTTP(method_outgoing_body_write)(HTTP(borrow_outgoing_body)(body), &stream))
        return say(err, "no body stream");
    bool good = write_parts(order, (wasi_io_streams_own_output_stream_t){stream.__handle}, err);
    wasi_io_streams_output_stream_drop_own((wasi_io_streams_own_output_stream_t){stream.__handle});
    if (!good) {
        HTTP(outgoing_body_drop_own)(body);
        return false;
    }
    return HTTP(static_outgoing_body_finish)(body, NULL, &code) || explain(err, &code);
}

static bool start(const struct order *order, wasi_http_outgoing_handler_own_future_incoming_response_t *future,
                  string_t *err) {
    web_tools_list_string_t faults = {0};
    HTTP(own_outgoing_request_t) request = assemble(order, &faults);
    if (faults.len > 0) {
        HTTP(outgoing_request_drop_own)(request);
        *err = (string_t){0};
        append(err, "refused ", 8);
        append(err, faults.ptr[0].ptr, faults.ptr[0].len);
        return false;
    }
    HTTP(own_outgoing_body_t) body = {0};
    if (order->with_body && !HTTP(method_outgoing_request_body)(HTTP(borrow_outgoing_request)(request), &body))
        return say(err, "no body");
    wasi_http_outgoing_handler_own_request_options_t options = {0};
    if (order->timeout > 0)
        options.__handle = options_of(order->timeout).__handle;
    wasi_http_outgoing_handler_error_code_t code;
    if (!wasi_http_outgoing_handler_handle((wasi_http_outgoing_handler_own_outgoing_request_t){request.__handle},
                                           order->timeout > 0 ? &options : NULL, future, &code))
        return explain(err, &code);
    return !order->with_body || send_body(order, body, err);
}

static bool await(wasi_http_outgoing_handler_own_future_incoming_response_t handle,
                  HTTP(own_incoming_response_t) * response, string_t *err) {
    HTTP(own_future_incoming_response_t) future = {handle.__handle};
    HTTP(borrow_future_incoming_response_t) self = HTTP(borrow_future_incoming_response)(future);
    HTTP(own_pollable_t) ready = HTTP(method_future_incoming_response_subscribe)(self);
    wasi_io_poll_own_pollable_t pollable = {ready.__handle};
    wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(pollable));
    wasi_io_poll_pollable_drop_own(pollable);
    HTTP(result_result_own_incoming_response_error_code_void_t) answer;
    bool there = HTTP(method_future_incoming_response_get)(self, &answer);
    HTTP(future_incoming_response_drop_own)(future);
    if (!there || answer.is_err)
        return say(err, "no answer");
    if (answer.val.ok.is_err)
        return explain(err, &answer.val.ok.val.err);
    *response = answer.val.ok.val.ok;
    return true;
}

static void drain(struct sink *sink, const bytes_t *part) {
    sink->length += part->len;
    for (size_t n = 0; n < part->len && !sink->keep; n++)
        sink->checksum = (sink->checksum ^ part->ptr[n]) * 0x100000001b3;
    if (!sink->keep)
        return;
    while (sink->room < sink->bytes.len + part->len) {
        sink->room = sink->room ? sink->room * 2 : READ;
        sink->bytes.ptr = must(realloc(sink->bytes.ptr, sink->room));
    }
    memcpy(sink->bytes.ptr + sink->bytes.len, part->ptr, part->len);
    sink->bytes.len += part->len;
}

static bool read_parts(wasi_io_streams_own_input_stream_t stream, struct sink *sink, string_t *err) {
    for (;;) {
        bytes_t part;
        wasi_io_streams_stream_error_t failure;
        if (!wasi_io_streams_method_input_stream_blocking_read(wasi_io_streams_borrow_input_stream(stream), READ, &part,
                                                               &failure))
            return failure.tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED || explain_stream(err, &failure);
        drain(sink, &part);
        web_tools_list_u8_free(&part);
    }
}

static bool read_body(HTTP(own_incoming_response_t) response, struct sink *sink, string_t *err) {
    HTTP(own_incoming_body_t) body;
    HTTP(own_input_stream_t) stream;
    if (!HTTP(method_incoming_response_consume)(HTTP(borrow_incoming_response)(response), &body))
        return say(err, "no response body");
    if (!HTTP(method_incoming_body_stream)(HTTP(borrow_incoming_body)(body), &stream))
        return say(err, "no response stream");
    wasi_io_streams_own_input_stream_t input = {stream.__handle};
    bool good = read_parts(input, sink, err);
    wasi_io_streams_input_stream_drop_own(input);
    HTTP(incoming_body_drop_own)(body);
    return good;
}

static void copy_headers(HTTP(own_incoming_response_t) response, CLIENT(list_header_t) * out) {
    HTTP(own_headers_t) headers = HTTP(method_incoming_response_headers)(HTTP(borrow_incoming_response)(response));
    HTTP(own_fields_t) fields = {headers.__handle};
    HTTP(list_tuple2_field_name_field_value_t) entries;
    HTTP(method_fields_entries)(HTTP(borrow_fields)(fields), &entries);
    HTTP(fields_drop_own)(fields);
    // A list of tuples and a list of records with the same members have one layout: handed over as it is.
    *out = (CLIENT(list_header_t)){(CLIENT(header_t) *)entries.ptr, entries.len};
}

static bool perform(const struct order *order, uint16_t *status, CLIENT(list_header_t) * headers, struct sink *sink,
                    string_t *err) {
    wasi_http_outgoing_handler_own_future_incoming_response_t future;
    HTTP(own_incoming_response_t) response;
    if (!start(order, &future, err) || !await(future, &response, err))
        return false;
    *status = HTTP(method_incoming_response_status)(HTTP(borrow_incoming_response)(response));
    if (headers)
        copy_headers(response, headers);
    bool good = read_body(response, sink, err);
    HTTP(incoming_response_drop_own)(response);
    return good;
}

// scheme://authority/path?query#fragment -> an order for GET; no path is "/", the fragment stays away.
static bool parse(const string_t *url, struct order *order, string_t *err) {
    size_t colon = 0, slash, end = 0;
    while (colon + 2 < url->len && memcmp(url->ptr + colon, "://", 3) != 0)
        colon++;
    if (colon + 3 > url->len)
        return say(err, "not a URL");
    while (end < url->len && url->ptr[end] != '#')
        end++;
    slash = colon + 3;
    while (slash < end && url->ptr[slash] != '/')
        slash++;
    *order = (struct order){.method = STRING("GET")};
    order->scheme = (string_t){url->ptr, colon};
    order->authority = (string_t){url->ptr + colon + 3, slash - colon - 3};
    order->path = slash < end ? (string_t){url->ptr + slash, end - slash} : STRING("/");
    return true;
}

bool exports_test_guests_web_fetch(string_t *url, exports_test_guests_web_page_t *ret, string_t *err) {
    struct order order;
    struct sink sink = {.keep = true};
    bool good = parse(url, &order, err) && perform(&order, &ret->status, NULL, &sink, err);
    ret->body = (string_t){sink.bytes.ptr, sink.bytes.len};
    web_tools_string_free(url);
    return good;
}

static struct order order_of(CLIENT(request_t) * req) {
    struct order order = {.method = req->method, .scheme = req->scheme, .authority = req->authority};
    order.path = req->path;
    order.headers = req->headers;
    order.with_body = req->body.is_some;
    order.body = req->body.val.ptr;
    order.size = req->body.is_some ? req->body.val.len : 0;
    order.timeout = (uint64_t)req->timeout * 1000000;
    return order;
}

bool CLIENT(send)(CLIENT(request_t) * req, CLIENT(response_t) * ret, string_t *err) {
    struct order order = order_of(req);
    struct sink sink = {.keep = true};
    bool good = perform(&order, &ret->status, &ret->headers, &sink, err);
    ret->body = sink.bytes;
    CLIENT(request_free)(req);
    return good;
}

bool CLIENT(download)(string_t *url, web_tools_tuple3_u16_u64_u64_t *ret, string_t *err) {
    struct order order;
    struct sink sink = {.checksum = 0xcbf29ce484222325};
    bool good = parse(url, &order, err) && perform(&order, &ret->f0, NULL, &sink, err);
    ret->f1 = sink.length;
    ret->f2 = sink.checksum;
    web_tools_string_free(url);
    return good;
}

bool CLIENT(upload)(string_t *url, uint64_t size, uint16_t *ret, string_t *err) {
    struct order order;
    struct sink sink = {0};
    if (!parse(url, &order, err))
        return false;
    order.method = STRING("POST");
    order.with_body = true;
    order.size = size;
    return perform(&order, ret, NULL, &sink, err);
}

void CLIENT(fetch_many)(string_t *url, uint32_t count, web_tools_list_u16_t *ret) {
    static wasi_http_outgoing_handler_own_future_incoming_response_t futures[MANY];
    static bool running[MANY];
    struct order order;
    string_t err;
    ret->len = count < MANY ? count : MANY;
    ret->ptr = must(malloc(ret->len * sizeof *ret->ptr + 1));
    bool good = parse(url, &order, &err);
    for (size_t n = 0; n < ret->len; n++)
        running[n] = good && start(&order, &futures[n], &err);
    for (size_t n = 0; n < ret->len; n++) {
        HTTP(own_incoming_response_t) response;
        ret->ptr[n] = 0;
        if (!running[n] || !await(futures[n], &response, &err))
            continue;
        ret->ptr[n] = HTTP(method_incoming_response_status)(HTTP(borrow_incoming_response)(response));
        HTTP(incoming_response_drop_own)(response);
    }
    web_tools_string_free(url);
}

void CLIENT(refused)(CLIENT(request_t) * req, web_tools_list_string_t *ret) {
    struct order order = order_of(req);
    *ret = (web_tools_list_string_t){0};
    HTTP(outgoing_request_drop_own)(assemble(&order, ret));
    CLIENT(request_free)(req);
}
