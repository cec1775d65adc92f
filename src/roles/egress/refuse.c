// SPDX-License-Identifier: Apache-2.0
// How refusals and failures are told: the guest gets an error code, the operator a line with the rule and the remedy.
#include "base/cleanup.h"
#include "base/log.h"
#include "roles/egress/exchange.h"

void pn_exchange_deny(struct pn_exchange *x, const struct pn_verdict *v, const struct pn_addr *addr) {
    pn_auto(pn_buf) struct pn_buf line = {0};
    struct pn_slot *slot = x->link->slot;
    pn_buf_printf(&line, "component %s: %s to %s://", slot->id, x->method, pn_url_scheme(&x->url));
    pn_url_authority(&x->url, &line);
    if (addr != NULL) {
        char text[PN_ADDR_TEXT];
        pn_addr_text(addr, text);
        pn_buf_printf(&line, " (%s)", text);
    }
    pn_buf_add_str(&line, " denied: ");
    pn_verdict_put_text(v, &line);
    pn_buf_printf(&line, "; `postern policy explain %s --url %s://", slot->id, pn_url_scheme(&x->url));
    pn_url_authority(&x->url, &line);
    pn_buf_add_str(&line, "/...` shows the smallest grant that would change this");
    pn_log(PN_LOG_WARN, "%s", pn_buf_cstr(&line));
    pn_exchange_fail(x, addr != NULL ? PN_HTTP_DESTINATION_IP_PROHIBITED : PN_HTTP_REQUEST_DENIED, "denied by policy");
}

enum pn_http_error pn_http_error_of(CURLcode code, bool head_complete) {
    static const struct {
        CURLcode curl;
        enum pn_http_error http;
    } table[] = {
        {CURLE_COULDNT_RESOLVE_HOST, PN_HTTP_DNS_ERROR},
        {CURLE_COULDNT_CONNECT, PN_HTTP_CONNECTION_REFUSED},
        {CURLE_OPERATION_TIMEDOUT, PN_HTTP_CONNECTION_TIMEOUT},
        {CURLE_SSL_CONNECT_ERROR, PN_HTTP_TLS_PROTOCOL_ERROR},
        {CURLE_SSL_CIPHER, PN_HTTP_TLS_PROTOCOL_ERROR},
        {CURLE_SSL_ENGINE_INITFAILED, PN_HTTP_TLS_PROTOCOL_ERROR},
        {CURLE_PEER_FAILED_VERIFICATION, PN_HTTP_TLS_CERTIFICATE_ERROR},
        {CURLE_SSL_ISSUER_ERROR, PN_HTTP_TLS_CERTIFICATE_ERROR},
        {CURLE_SSL_INVALIDCERTSTATUS, PN_HTTP_TLS_CERTIFICATE_ERROR},
        {CURLE_PARTIAL_FILE, PN_HTTP_RESPONSE_INCOMPLETE},
        {CURLE_BAD_CONTENT_ENCODING, PN_HTTP_RESPONSE_TRANSFER_CODING},
        {CURLE_WEIRD_SERVER_REPLY, PN_HTTP_PROTOCOL_ERROR},
        {CURLE_UNSUPPORTED_PROTOCOL, PN_HTTP_PROTOCOL_ERROR},
        {CURLE_HTTP2, PN_HTTP_PROTOCOL_ERROR},
        {CURLE_URL_MALFORMAT, PN_HTTP_REQUEST_URI_INVALID},
        {CURLE_ABORTED_BY_CALLBACK, PN_HTTP_DESTINATION_IP_PROHIBITED}, // the socket or PREREQ check
        {CURLE_GOT_NOTHING, PN_HTTP_CONNECTION_TERMINATED},
        {CURLE_SEND_FAIL_REWIND, PN_HTTP_CONNECTION_TERMINATED},
        {CURLE_SEND_ERROR, PN_HTTP_CONNECTION_TERMINATED},
        {CURLE_OUT_OF_MEMORY, PN_HTTP_INTERNAL_ERROR},
    };
    if (code == CURLE_RECV_ERROR)
        return head_complete ? PN_HTTP_RESPONSE_INCOMPLETE : PN_HTTP_CONNECTION_TERMINATED;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].curl == code)
            return table[i].http;
    }
    return PN_HTTP_INTERNAL_ERROR;
}
