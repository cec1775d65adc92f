// SPDX-License-Identifier: Apache-2.0
// The variant error-code of wasi:http/types.
#include "wasi/http.h"
#include "wasi/http_funcs.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

enum payload { NOTHING, DNS, ALERT, NO_NUMBER, NO_FIELD, FIELD, TEXT };

static const struct {
    const char *name;
    enum payload payload;
} cases[PN_HTTP_ERROR_COUNT] = {
    [PN_HTTP_DNS_TIMEOUT] = {"DNS-timeout", NOTHING},
    [PN_HTTP_DNS_ERROR] = {"DNS-error", DNS},
    [PN_HTTP_DESTINATION_NOT_FOUND] = {"destination-not-found", NOTHING},
    [PN_HTTP_DESTINATION_UNAVAILABLE] = {"destination-unavailable", NOTHING},
    [PN_HTTP_DESTINATION_IP_PROHIBITED] = {"destination-IP-prohibited", NOTHING},
    [PN_HTTP_DESTINATION_IP_UNROUTABLE] = {"destination-IP-unroutable", NOTHING},
    [PN_HTTP_CONNECTION_REFUSED] = {"connection-refused", NOTHING},
    [PN_HTTP_CONNECTION_TERMINATED] = {"connection-terminated", NOTHING},
    [PN_HTTP_CONNECTION_TIMEOUT] = {"connection-timeout", NOTHING},
    [PN_HTTP_CONNECTION_READ_TIMEOUT] = {"connection-read-timeout", NOTHING},
    [PN_HTTP_CONNECTION_WRITE_TIMEOUT] = {"connection-write-timeout", NOTHING},
    [PN_HTTP_CONNECTION_LIMIT_REACHED] = {"connection-limit-reached", NOTHING},
    [PN_HTTP_TLS_PROTOCOL_ERROR] = {"TLS-protocol-error", NOTHING},
    [PN_HTTP_TLS_CERTIFICATE_ERROR] = {"TLS-certificate-error", NOTHING},
    [PN_HTTP_TLS_ALERT_RECEIVED] = {"TLS-alert-received", ALERT},
    [PN_HTTP_REQUEST_DENIED] = {"HTTP-request-denied", NOTHING},
    [PN_HTTP_REQUEST_LENGTH_REQUIRED] = {"HTTP-request-length-required", NOTHING},
    [PN_HTTP_REQUEST_BODY_SIZE] = {"HTTP-request-body-size", NO_NUMBER},
    [PN_HTTP_REQUEST_METHOD_INVALID] = {"HTTP-request-method-invalid", NOTHING},
    [PN_HTTP_REQUEST_URI_INVALID] = {"HTTP-request-URI-invalid", NOTHING},
    [PN_HTTP_REQUEST_URI_TOO_LONG] = {"HTTP-request-URI-too-long", NOTHING},
    [PN_HTTP_REQUEST_HEADER_SECTION_SIZE] = {"HTTP-request-header-section-size", NO_NUMBER},
    [PN_HTTP_REQUEST_HEADER_SIZE] = {"HTTP-request-header-size", NO_FIELD},
    [PN_HTTP_REQUEST_TRAILER_SECTION_SIZE] = {"HTTP-request-trailer-section-size", NO_NUMBER},
    [PN_HTTP_REQUEST_TRAILER_SIZE] = {"HTTP-request-trailer-size", FIELD},
    [PN_HTTP_RESPONSE_INCOMPLETE] = {"HTTP-response-incomplete", NOTHING},
    [PN_HTTP_RESPONSE_HEADER_SECTION_SIZE] = {"HTTP-response-header-section-size", NO_NUMBER},
    [PN_HTTP_RESPONSE_HEADER_SIZE] = {"HTTP-response-header-size", FIELD},
    [PN_HTTP_RESPONSE_BODY_SIZE] = {"HTTP-response-body-size", NO_NUMBER},
    [PN_HTTP_RESPONSE_TRAILER_SECTION_SIZE] = {"HTTP-response-trailer-section-size", NO_NUMBER},
    [PN_HTTP_RESPONSE_TRAILER_SIZE] = {"HTTP-response-trailer-size", FIELD},
    [PN_HTTP_RESPONSE_TRANSFER_CODING] = {"HTTP-response-transfer-coding", NO_NUMBER},
    [PN_HTTP_RESPONSE_CONTENT_CODING] = {"HTTP-response-content-coding", NO_NUMBER},
    [PN_HTTP_RESPONSE_TIMEOUT] = {"HTTP-response-timeout", NOTHING},
    [PN_HTTP_UPGRADE_FAILED] = {"HTTP-upgrade-failed", NOTHING},
    [PN_HTTP_PROTOCOL_ERROR] = {"HTTP-protocol-error", NOTHING},
    [PN_HTTP_LOOP_DETECTED] = {"loop-detected", NOTHING},
    [PN_HTTP_CONFIGURATION_ERROR] = {"configuration-error", NOTHING},
    [PN_HTTP_INTERNAL_ERROR] = {"internal-error", TEXT},
};

static val pair_of_nothing(const char *one, const char *two) {
    const char *const names[] = {one, two};
    return pn_val_record(2, names, (val[]){pn_val_none(), pn_val_none()});
}

val pn_http_error_val(enum pn_http_error code, const char *text) {
    if ((unsigned)code >= PN_HTTP_ERROR_COUNT)
        code = PN_HTTP_INTERNAL_ERROR;
    const char *name = cases[code].name;
    switch (cases[code].payload) {
    case NOTHING:
        return pn_val_variant(name);
    case DNS:
        return pn_val_variant_of(name, pair_of_nothing("rcode", "info-code"));
    case ALERT:
        return pn_val_variant_of(name, pair_of_nothing("alert-id", "alert-message"));
    case FIELD:
        return pn_val_variant_of(name, pair_of_nothing("field-name", "field-size"));
    case NO_NUMBER:
    case NO_FIELD:
        return pn_val_variant_of(name, pn_val_none());
    case TEXT:
        return pn_val_variant_of(name, text[0] == 0 ? pn_val_none() : pn_val_some(pn_val_string(pn_view_str(text))));
    }
    return pn_val_none();
}

int pn_http_fn_error_code(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fault *f = pn_arg_resource(h, &args[0], PN_RES_ERROR, NULL, err);
    if (f == NULL)
        return -1;
    bool ours = f->kind == PN_FAULT_HTTP;
    results[0] = ours ? pn_val_some(pn_http_error_val((enum pn_http_error)f->code, f->text)) : pn_val_none();
    return 0;
}
