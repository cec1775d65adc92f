// SPDX-License-Identifier: Apache-2.0
#include "roles/egress/exchange.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum { CONNECT_MS = 10000, FIRST_BYTE_MS = 60000, BETWEEN_MS = 60000 };

void pn_exchange_fail(struct pn_exchange *x, enum pn_http_error code, const char *text) {
    if (x->failed)
        return;
    x->failed = true;
    x->code = code;
    (void)snprintf(x->text, sizeof x->text, "%s", text);
}

void pn_exchange_breach(struct pn_exchange *x, enum pn_http_error code, const char *key, uint64_t value,
                        const char *unit) {
    if (x->failed)
        return;
    char text[sizeof x->text];
    (void)snprintf(text, sizeof text, "limit reached: %s = %llu%s; raise it with `limits.%s` in the policy", key,
                   (unsigned long long)value, unit, key);
    pn_exchange_fail(x, code, text);
    x->fatal = true;
    pn_log(PN_LOG_WARN, "component %s: %s", x->link->slot->id, text);
}

// --- resolving ---

static void dial_first(struct pn_exchange *x) {
    const struct pn_policy *policy = &x->link->slot->policy;
    for (size_t i = 0; i < x->addrs_len; i++) {
        struct pn_verdict v = pn_policy_address(policy, &x->facts, x->addrs[i].b);
        if (!v.allow) {
            // One prohibited address spoils the whole answer: it is what a rebinding attack looks like.
            pn_exchange_deny(x, &v, &x->addrs[i]);
            return;
        }
    }
    (void)pn_exchange_dial(x);
}

static void on_resolved(void *data, const struct pn_addr *addrs, size_t count, enum pn_http_error why) {
    struct pn_exchange *x = data;
    bool later = x->lookup != NULL; // else pn_resolver_ask has not returned, and whoever opened x settles
    x->lookup = NULL;
    if (count == 0)
        pn_exchange_fail(x, why, "the name does not resolve");
    pn_copy(x->addrs, addrs, count * sizeof *addrs);
    x->addrs_len = count;
    if (count > 0)
        dial_first(x);
    if (later)
        pn_slot_settle(x->link->slot);
}

static void find_addresses(struct pn_exchange *x) {
    if (x->url.host.is_addr) {
        x->addrs[0] = x->url.host.addr;
        x->addrs_len = 1;
        dial_first(x);
        return;
    }
    x->phase = PN_PHASE_RESOLVE;
    x->lookup = pn_resolver_ask(&x->link->slot->egress->resolver, x->url.host.text, on_resolved, x);
}

// --- opening ---

static bool take_url(struct pn_exchange *x, const struct pn_msg_http_open *msg) {
    struct pn_err err;
    if (pn_url_parse_parts(msg->scheme, msg->authority, msg->path, &x->url, &err) == 0)
        return true;
    x->url = (struct pn_url){.path = NULL};
    pn_log(PN_LOG_WARN, "component %s: request refused: %s", x->link->slot->id, err.text);
    pn_exchange_fail(x, PN_HTTP_REQUEST_URI_INVALID, err.text);
    return false;
}

static void state_facts(struct pn_exchange *x) {
    x->facts = (struct pn_network_facts){
        .scheme = x->url.tls ? PN_SCHEME_HTTPS : PN_SCHEME_HTTP,
        .host = x->url.host.is_addr ? PN_VIEW("") : pn_view_str(x->url.host.text),
        .is_address = x->url.host.is_addr,
        .port = x->url.port,
        .method = pn_view_str(x->method),
        .path = pn_url_path_only(&x->url),
    };
    if (x->url.host.is_addr)
        pn_copy(x->facts.address, x->url.host.addr.b, sizeof x->facts.address);
}

static bool allowed_by_name(struct pn_exchange *x) {
    state_facts(x);
    struct pn_verdict v = pn_policy_network(&x->link->slot->policy, &x->facts);
    if (!v.allow)
        pn_exchange_deny(x, &v, NULL);
    return v.allow;
}

static bool within_rate(struct pn_exchange *x) {
    struct pn_slot *slot = x->link->slot;
    uint64_t most = slot->policy.limits.requests_per_minute;
    if (pn_rate_take(&slot->rate, most, x->started))
        return true;
    pn_exchange_breach(x, PN_HTTP_REQUEST_DENIED, "requests_per_minute", most, "");
    return false;
}

static bool within_number(struct pn_exchange *x) {
    if (x->link->exchanges_len <= PN_EXCHANGES_PER_LINK)
        return true;
    pn_exchange_fail(x, PN_HTTP_CONNECTION_LIMIT_REACHED, "too many requests at once");
    return false;
}

static bool take_length(struct pn_exchange *x, const struct pn_msg_http_open *msg) {
    uint64_t most = x->link->slot->policy.limits.request_bytes;
    x->has_body = msg->has_body != 0;
    x->length = x->has_body ? msg->length : 0;
    if (!x->has_body || x->length == PN_LENGTH_UNKNOWN || x->length <= most)
        return true;
    pn_exchange_breach(x, PN_HTTP_REQUEST_BODY_SIZE, "request", most, " bytes");
    return false;
}

static uint32_t time_or(uint32_t ms, uint32_t standard) {
    return ms == 0 || ms > standard ? standard : ms;
}

static struct pn_exchange *exchange_new(struct pn_link *l, uint64_t call, const struct pn_msg_http_open *msg) {
    struct pn_exchange *x = calloc(1, sizeof *x);
    if (x == NULL)
        return NULL;
    *x = (struct pn_exchange){
        .link = l,
        .next = l->exchanges,
        .call = call,
        .started = pn_now(),
        .connect_ms = time_or(msg->connect_ms, CONNECT_MS),
        .first_byte_ms = time_or(msg->first_byte_ms, FIRST_BYTE_MS),
        .between_ms = time_or(msg->between_ms, BETWEEN_MS),
    };
    x->active = x->started;
    pn_head_init(&x->head);
    l->exchanges = x;
    l->exchanges_len++;
    l->slot->egress->exchanges++;
    return x;
}

int pn_exchange_open(struct pn_link *l, uint64_t call, const struct pn_msg_http_open *msg, struct pn_err *err) {
    if (l->exchanges_len >= 2 * PN_EXCHANGES_PER_LINK)
        return pn_fail(err, PN_E_PEER, "too many requests at once");
    struct pn_exchange *x = exchange_new(l, call, msg);
    if (x == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    // The rate counts refused requests too: whoever probes is slowed down as well.
    if (within_rate(x) && within_number(x) && take_url(x, msg) && pn_exchange_take_request(x, msg) &&
        take_length(x, msg) && allowed_by_name(x))
        find_addresses(x);
    return 0;
}

// --- frames of the worker ---

int pn_exchange_data(struct pn_exchange *x, struct pn_view data, struct pn_err *err) {
    if (x->failed || x->phase == PN_PHASE_DONE)
        return 0; // sent before the worker could know
    if (!x->has_body || x->body_ended || data.len > x->body_granted - x->body_taken)
        return pn_fail(err, PN_E_PEER, "body bytes that were not granted");
    x->body_taken += data.len;
    uint64_t most = x->link->slot->policy.limits.request_bytes;
    if (x->body_taken > most)
        pn_exchange_breach(x, PN_HTTP_REQUEST_BODY_SIZE, "request", most, " bytes");
    else if (x->length != PN_LENGTH_UNKNOWN && x->body_taken > x->length)
        pn_exchange_fail(x, PN_HTTP_REQUEST_BODY_SIZE, "the body is longer than announced");
    else
        pn_buf_add_view(&x->body, data);
    return 0;
}

int pn_exchange_end(struct pn_exchange *x, struct pn_view trailers, struct pn_err *err) {
    if (x->failed || x->phase == PN_PHASE_DONE)
        return 0;
    if (!x->has_body || x->body_ended)
        return pn_fail(err, PN_E_PEER, "end of a body that does not exist");
    x->body_ended = true;
    if (trailers.len > 0)
        pn_exchange_fail(x, PN_HTTP_REQUEST_TRAILER_SECTION_SIZE, "trailers are not sent with requests");
    if (x->length != PN_LENGTH_UNKNOWN && x->body_taken != x->length)
        pn_exchange_fail(x, PN_HTTP_REQUEST_BODY_SIZE, "the body is shorter than announced");
    return 0;
}

int pn_exchange_credit(struct pn_exchange *x, uint32_t bytes, struct pn_err *err) {
    if (bytes > UINT32_MAX - x->credit)
        return pn_fail(err, PN_E_PEER, "more credit than can be counted");
    x->credit += bytes;
    return 0;
}

// --- the end of the transfer ---

static enum pn_http_error error_of(struct pn_exchange *x, CURLcode code) {
    long os = 0;
    (void)curl_easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &os);
    if (code == CURLE_COULDNT_CONNECT && (os == ENETUNREACH || os == EHOSTUNREACH))
        return PN_HTTP_DESTINATION_IP_UNROUTABLE;
    return pn_http_error_of(code, x->head.complete);
}

void pn_exchange_finished(struct pn_exchange *x, CURLcode code) {
    enum pn_http_error http = code == CURLE_OK ? PN_HTTP_INTERNAL_ERROR : error_of(x, code);
    pn_exchange_undial(x);
    if (x->failed)
        return;
    if (code == CURLE_OK && x->head.complete) {
        x->phase = PN_PHASE_DONE;
        return;
    }
    if (x->phase == PN_PHASE_CONNECT && code == CURLE_COULDNT_CONNECT && pn_exchange_dial(x))
        return;
    const char *why = code == CURLE_OK ? "the response has no head" : curl_easy_strerror(code);
    pn_log(PN_LOG_INFO, "component %s: request to %s port %u failed: %s", x->link->slot->id, x->url.host.text,
           x->url.port, why);
    pn_exchange_fail(x, code == CURLE_OK ? PN_HTTP_PROTOCOL_ERROR : http, why);
}

static bool too_long(uint64_t since, uint64_t now, uint64_t ms) {
    return now - since > ms * PN_MSEC;
}

static void connect_timed_out(struct pn_exchange *x) {
    pn_exchange_undial(x);
    if (!pn_exchange_dial(x))
        pn_exchange_fail(x, PN_HTTP_CONNECTION_TIMEOUT, "no connection in time");
}

void pn_exchange_check_time(struct pn_exchange *x, uint64_t now) {
    uint64_t wall = x->link->slot->policy.limits.wall_ms;
    if (x->failed || now < x->active)
        return;
    if (too_long(x->started, now, wall)) {
        pn_exchange_breach(x, PN_HTTP_RESPONSE_TIMEOUT, "wall_time", wall, " ms");
        return;
    }
    switch (x->phase) {
    case PN_PHASE_RESOLVE:
        if (too_long(x->active, now, x->connect_ms))
            pn_exchange_fail(x, PN_HTTP_DNS_TIMEOUT, "the name did not resolve in time");
        break;
    case PN_PHASE_CONNECT:
        if (too_long(x->active, now, x->connect_ms))
            connect_timed_out(x);
        break;
    case PN_PHASE_WAIT: // while the guest is slow with its body, the server is not to blame
        if (!x->body_waits && too_long(x->active, now, x->first_byte_ms))
            pn_exchange_fail(x, PN_HTTP_CONNECTION_READ_TIMEOUT, "no response in time");
        break;
    case PN_PHASE_BODY: // the same when it is slow to read
        if (!x->reply_waits && too_long(x->active, now, x->between_ms))
            pn_exchange_fail(x, PN_HTTP_CONNECTION_READ_TIMEOUT, "the response stalled");
        break;
    case PN_PHASE_DONE:
        break;
    }
}

void pn_exchange_free(struct pn_exchange *x) {
    pn_exchange_undial(x);
    pn_lookup_cancel(x->lookup);
    if (x->easy != NULL)
        curl_easy_cleanup(x->easy);
    curl_slist_free_all(x->headers);
    curl_slist_free_all(x->connect_to);
    pn_url_fini(&x->url);
    pn_head_fini(&x->head);
    pn_buf_fini(&x->body);
    pn_buf_fini(&x->reply);
    x->link->exchanges_len--;
    x->link->slot->egress->exchanges--;
    free(x);
}
