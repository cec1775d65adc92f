// SPDX-License-Identifier: Apache-2.0
// Example guest `weather`: one GET through wasi:http and a typed answer. Which hosts it reaches is the policy's
// business; a request to any other comes back as the error HTTP-request-denied.
//
// The service: GET /v1/weather?city=NAME answers {"city":"Oslo","celsius":-3.5,"sky":"snow"}.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weather.h"

#define HTTP(name) wasi_http_types_##name

enum { BODY = 16384 };

static bool fail(weather_string_t *err, const char *text) {
    weather_string_dup(err, text);
    return false;
}

// The error of a request; the one that a policy causes is worth a name.
static bool refused(weather_string_t *err, HTTP(error_code_t) * code) {
    bool denied = code->tag == WASI_HTTP_TYPES_ERROR_CODE_HTTP_REQUEST_DENIED;
    HTTP(error_code_free)(code);
    return fail(err, denied ? "the policy does not allow this host" : "the service cannot be reached");
}

// Percent-encodes the city for the query.
static void encode(char *out, size_t size, const weather_string_t *city) {
    size_t length = 0;
    for (size_t n = 0; n < city->len && length + 4 < size; n++) {
        bool plain = city->ptr[n] < 0x80 && isalnum(city->ptr[n]);
        length += (size_t)snprintf(out + length, size - length, plain ? "%c" : "%%%02X", city->ptr[n]);
    }
    out[length] = 0;
}

// The request for a base such as http://127.0.0.1:8080 and a city.
static bool make_request(const weather_string_t *city, HTTP(own_outgoing_request_t) * request, weather_string_t *err) {
    const char *base = getenv("WEATHER_API");
    base = base ? base : "http://127.0.0.1:8080";
    bool secure = strncmp(base, "https://", 8) == 0;
    if (!secure && strncmp(base, "http://", 7) != 0)
        return fail(err, "WEATHER_API is not an http or https URL");
    char name[256], path[300];
    encode(name, sizeof name, city);
    snprintf(path, sizeof path, "/v1/weather?city=%s", name);
    weather_string_t authority, query;
    weather_string_set(&authority, base + (secure ? 8 : 7));
    authority.len = strcspn((const char *)authority.ptr, "/");
    weather_string_set(&query, path);
    HTTP(scheme_t) scheme = {.tag = secure ? WASI_HTTP_TYPES_SCHEME_HTTPS : WASI_HTTP_TYPES_SCHEME_HTTP};
    *request = HTTP(constructor_outgoing_request)(HTTP(constructor_fields)());
    HTTP(borrow_outgoing_request_t) self = HTTP(borrow_outgoing_request)(*request);
    bool good = HTTP(method_outgoing_request_set_scheme)(self, &scheme) &&
                HTTP(method_outgoing_request_set_authority)(self, &authority) &&
                HTTP(method_outgoing_request_set_path_with_query)(self, &query);
    return good || fail(err, "WEATHER_API does not make a request");
}

// Sends it and waits for the head of the answer.
static bool send(HTTP(own_outgoing_request_t) request, HTTP(own_incoming_response_t) * response,
                 weather_string_t *err) {
    wasi_http_outgoing_handler_own_future_incoming_response_t handle;
    HTTP(error_code_t) code;
    if (!wasi_http_outgoing_handler_handle((wasi_http_outgoing_handler_own_outgoing_request_t){request.__handle}, NULL,
                                           &handle, (wasi_http_outgoing_handler_error_code_t *)&code))
        return refused(err, &code);
    HTTP(own_future_incoming_response_t) future = {handle.__handle};
    HTTP(borrow_future_incoming_response_t) self = HTTP(borrow_future_incoming_response)(future);
    wasi_io_poll_own_pollable_t ready = {HTTP(method_future_incoming_response_subscribe)(self).__handle};
    wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(ready));
    wasi_io_poll_pollable_drop_own(ready);
    HTTP(result_result_own_incoming_response_error_code_void_t) answer;
    if (!HTTP(method_future_incoming_response_get)(self, &answer) || answer.is_err)
        return fail(err, "no answer");
    if (answer.val.ok.is_err)
        return refused(err, &answer.val.ok.val.err);
    *response = answer.val.ok.val.ok;
    return true;
}

// Reads the body up to a size that is far more than a good answer has; it ends with a NUL.
static bool read_body(HTTP(own_incoming_response_t) response, char *text, weather_string_t *err) {
    HTTP(own_incoming_body_t) body;
    HTTP(own_input_stream_t) handle;
    size_t length = 0;
    if (!HTTP(method_incoming_response_consume)(HTTP(borrow_incoming_response)(response), &body) ||
        !HTTP(method_incoming_body_stream)(HTTP(borrow_incoming_body)(body), &handle))
        return fail(err, "the answer has no body");
    wasi_io_streams_borrow_input_stream_t stream =
        wasi_io_streams_borrow_input_stream((wasi_io_streams_own_input_stream_t){handle.__handle});
    weather_list_u8_t part;
    wasi_io_streams_stream_error_t end;
    while (length < BODY - 1 &&
           wasi_io_streams_method_input_stream_blocking_read(stream, BODY - 1 - length, &part, &end)) {
        memcpy(text + length, part.ptr, part.len);
        length += part.len;
        weather_list_u8_free(&part);
    }
    text[length] = 0;
    return true;
}

// What follows "name": in a flat JSON object; NULL when it is not there.
static const char *member(const char *json, const char *name) {
    char key[32];
    snprintf(key, sizeof key, "\"%s\"", name);
    const char *at = strstr(json, key);
    at = at ? strchr(at + strlen(key), ':') : NULL;
    return at ? at + 1 + strspn(at + 1, " ") : NULL;
}

static bool parse(const char *json, weather_report_t *report) {
    static const char *const skies[] = {"clear", "clouds", "rain", "snow"};
    const char *city = member(json, "city"), *celsius = member(json, "celsius"), *sky = member(json, "sky");
    if (!city || *city != '"' || !celsius || !sky || *sky != '"')
        return false;
    report->celsius = strtod(celsius, NULL);
    for (weather_sky_t n = 0; n < sizeof skies / sizeof skies[0]; n++)
        if (strncmp(sky + 1, skies[n], strlen(skies[n])) == 0) {
            report->sky = n;
            weather_string_dup_n(&report->city, city + 1, strcspn(city + 1, "\""));
            return true;
        }
    return false;
}

bool exports_weather_weather(weather_string_t *city, weather_report_t *ret, weather_string_t *err) {
    static char text[BODY];
    HTTP(own_outgoing_request_t) request;
    HTTP(own_incoming_response_t) response;
    if (!make_request(city, &request, err) || !send(request, &response, err) || !read_body(response, text, err))
        return false;
    if (HTTP(method_incoming_response_status)(HTTP(borrow_incoming_response)(response)) != 200)
        return fail(err, "the service does not know this city");
    return parse(text, ret) || fail(err, "the service gave an answer that is none");
}
