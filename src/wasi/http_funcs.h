// SPDX-License-Identifier: Apache-2.0
// The functions of wasi:http/types, for its table in http_types.c.
#pragma once
#include "wasi/link.h"

// Signature of error-code (link.h), cases in the order of enum pn_http_error.
#define PN_HTTP_ERROR_CODE "<_{?s?2}____________{?1?s}__?8___?4?{?s?4}?4{?s?4}_?4{?s?4}?8?4{?s?4}?s?s_____?s>"

pn_wasi_fn pn_http_fn_error_code;
pn_wasi_fn pn_http_fn_fields_new;
pn_wasi_fn pn_http_fn_fields_from_list;
pn_wasi_fn pn_http_fn_fields_get;
pn_wasi_fn pn_http_fn_fields_has;
pn_wasi_fn pn_http_fn_fields_set;
pn_wasi_fn pn_http_fn_fields_delete;
pn_wasi_fn pn_http_fn_fields_append;
pn_wasi_fn pn_http_fn_fields_entries;
pn_wasi_fn pn_http_fn_fields_clone;
pn_wasi_fn pn_http_fn_request_new;
pn_wasi_fn pn_http_fn_request_body;
pn_wasi_fn pn_http_fn_request_method;
pn_wasi_fn pn_http_fn_request_set_method;
pn_wasi_fn pn_http_fn_request_path;
pn_wasi_fn pn_http_fn_request_set_path;
pn_wasi_fn pn_http_fn_request_scheme;
pn_wasi_fn pn_http_fn_request_set_scheme;
pn_wasi_fn pn_http_fn_request_authority;
pn_wasi_fn pn_http_fn_request_set_authority;
pn_wasi_fn pn_http_fn_request_headers;
pn_wasi_fn pn_http_fn_options_new;
pn_wasi_fn pn_http_fn_options_connect;
pn_wasi_fn pn_http_fn_options_set_connect;
pn_wasi_fn pn_http_fn_options_first_byte;
pn_wasi_fn pn_http_fn_options_set_first_byte;
pn_wasi_fn pn_http_fn_options_between;
pn_wasi_fn pn_http_fn_options_set_between;
pn_wasi_fn pn_http_fn_body_write;
pn_wasi_fn pn_http_fn_body_finish;
pn_wasi_fn pn_http_fn_future_subscribe;
pn_wasi_fn pn_http_fn_future_get;
pn_wasi_fn pn_http_fn_response_status;
pn_wasi_fn pn_http_fn_response_headers;
pn_wasi_fn pn_http_fn_response_consume;
pn_wasi_fn pn_http_fn_body_stream;
pn_wasi_fn pn_http_fn_body_finish_reading;
pn_wasi_fn pn_http_fn_trailers_subscribe;
pn_wasi_fn pn_http_fn_trailers_get;
