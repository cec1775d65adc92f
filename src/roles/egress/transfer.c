// SPDX-License-Identifier: Apache-2.0
// The part of an exchange that libcurl does. The address was checked before; here it is pinned three times: as the only
// address libcurl may connect to, when a socket is opened, and once more when a connection (new or reused) is about to
// carry the request. libcurl's callbacks only move bytes and set marks; nothing is freed or sent from inside them.
#include <arpa/inet.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "roles/egress/exchange.h"

static struct pn_addr *pinned(struct pn_exchange *x) {
    return &x->addrs[x->dialled - 1];
}

static struct pn_addr addr_of(const struct curl_sockaddr *sa) {
    struct pn_addr none = {{0}};
    if (sa->family == AF_INET) {
        struct sockaddr_in in;
        pn_copy(&in, &sa->addr, sizeof in);
        uint8_t four[4];
        pn_copy(four, &in.sin_addr, sizeof four);
        return pn_addr_from_v4(four);
    }
    if (sa->family == AF_INET6) {
        struct sockaddr_in6 in6;
        pn_copy(&in6, (const void *)&sa->addr, sa->addrlen < sizeof in6 ? sa->addrlen : sizeof in6);
        return pn_addr_from_v6(in6.sin6_addr.s6_addr);
    }
    return none;
}

static curl_socket_t on_open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *sa) {
    struct pn_exchange *x = data;
    struct pn_addr to = addr_of(sa);
    if (purpose != CURLSOCKTYPE_IPCXN || !pn_addr_eq(&to, pinned(x)))
        return CURL_SOCKET_BAD;
    return socket(sa->family, sa->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, sa->protocol);
}

static int on_prereq(void *data, char *ip, char *local_ip, int port, int local_port) {
    struct pn_exchange *x = data;
    struct pn_addr to;
    if (pn_addr_parse(pn_view_str(ip), &to, NULL) < 0 || !pn_addr_eq(&to, pinned(x)) || port != x->url.port)
        return CURL_PREREQFUNC_ABORT;
    x->phase = PN_PHASE_WAIT;
    x->active = pn_now();
    return CURL_PREREQFUNC_OK;
}

static size_t on_body(char *to, size_t size, size_t count, void *data) {
    struct pn_exchange *x = data;
    size_t room = size * count, have = x->body.len - x->body_at;
    x->active = pn_now();
    if (have == 0 && x->body_ended)
        return 0;
    if (have == 0) {
        x->body_waits = true;
        return CURL_READFUNC_PAUSE;
    }
    size_t n = have < room ? have : room;
    pn_copy(to, x->body.ptr + x->body_at, n);
    x->body_at += n;
    if (x->body_at == x->body.len) {
        pn_buf_reset(&x->body);
        x->body_at = 0;
    }
    return n;
}

// The cap of the response, known before its first byte where the server announces a length.
static bool announced_too_long(struct pn_exchange *x) {
    const struct pn_limits *limits = &x->link->slot->policy.limits;
    bool bodyless = strcmp(x->method, "HEAD") == 0 || x->head.status == 304;
    if (bodyless || !x->head.has_length || x->head.length <= limits->response_bytes)
        return false;
    pn_exchange_breach(x, PN_HTTP_RESPONSE_BODY_SIZE, "response", limits->response_bytes, " bytes");
    return true;
}

static size_t on_header(char *line, size_t size, size_t count, void *data) {
    struct pn_exchange *x = data;
    struct pn_err err;
    enum pn_http_error code;
    x->active = pn_now();
    if (pn_head_line(&x->head, pn_view(line, size * count), &code, &err) < 0) {
        pn_exchange_fail(x, code, err.text);
        return 0;
    }
    if (!x->head.complete || x->phase == PN_PHASE_BODY)
        return size * count;
    x->phase = PN_PHASE_BODY;
    return announced_too_long(x) ? 0 : size * count;
}

static size_t on_reply(char *from, size_t size, size_t count, void *data) {
    struct pn_exchange *x = data;
    size_t n = size * count;
    uint64_t most = x->link->slot->policy.limits.response_bytes;
    if (x->failed)
        return 0;
    if (x->reply.len - x->reply_at >= PN_REPLY_AHEAD) {
        x->reply_waits = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    x->active = pn_now();
    if (n > most - x->reply_taken) {
        pn_exchange_breach(x, PN_HTTP_RESPONSE_BODY_SIZE, "response", most, " bytes");
        return 0;
    }
    x->reply_taken += n;
    pn_buf_add(&x->reply, from, n);
    return x->reply.overflow ? 0 : n;
}

static CURLcode on_tls(CURL *easy, void *ctx, void *data) {
    const struct pn_exchange *x = data;
    SSL_CTX_set1_cert_store(ctx, x->link->slot->egress->roots);
    return CURLE_OK;
}

// --- setting up ---

#define SET(option, value) ok = ok && curl_easy_setopt(x->easy, (option), (value)) == CURLE_OK

static bool set_target(struct pn_exchange *x) {
    pn_auto(pn_buf) struct pn_buf url = {0};
    bool ok = true;
    pn_buf_printf(&url, "%s://", pn_url_scheme(&x->url));
    pn_url_authority(&x->url, &url);
    pn_buf_add_str(&url, "/");
    // The path goes out as it was checked: libcurl does not get to parse it.
    SET(CURLOPT_URL, pn_buf_cstr(&url));
    SET(CURLOPT_REQUEST_TARGET, x->url.path);
    SET(CURLOPT_PROTOCOLS_STR, pn_url_scheme(&x->url));
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_NOPROGRESS, 1L);
    SET(CURLOPT_BUFFERSIZE, 65536L);
    SET(CURLOPT_MAXAGE_CONN, 30L);
    SET(CURLOPT_PRIVATE, (void *)x);
    return ok;
}

static bool set_callbacks(struct pn_exchange *x) {
    bool ok = true;
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, (void *)x);
    SET(CURLOPT_PREREQFUNCTION, on_prereq);
    SET(CURLOPT_PREREQDATA, (void *)x);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, (void *)x);
    SET(CURLOPT_WRITEFUNCTION, on_reply);
    SET(CURLOPT_WRITEDATA, (void *)x);
    SET(CURLOPT_READFUNCTION, on_body);
    SET(CURLOPT_READDATA, (void *)x);
    return ok;
}

static bool set_tls(struct pn_exchange *x) {
    bool ok = true;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CAINFO, (char *)NULL);
    SET(CURLOPT_CAPATH, (char *)NULL);
    SET(CURLOPT_SSL_CTX_FUNCTION, on_tls);
    SET(CURLOPT_SSL_CTX_DATA, (void *)x);
    return ok;
}

// A method that usually has a body announces its absence.
static bool wants_length(const char *method) {
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

static bool set_body(struct pn_exchange *x) {
    bool ok = true;
    if (x->has_body) {
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_INFILESIZE_LARGE, x->length == PN_LENGTH_UNKNOWN ? (curl_off_t)-1 : (curl_off_t)x->length);
    } else if (strcmp(x->method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    } else if (wants_length(x->method)) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDS, "");
        SET(CURLOPT_POSTFIELDSIZE, 0L);
    }
    SET(CURLOPT_CUSTOMREQUEST, x->method);
    SET(CURLOPT_HTTPHEADER, x->headers);
    return ok;
}

// "::address:port": whatever host and port, connect there.
static bool set_pin(struct pn_exchange *x) {
    bool ok = true;
    pn_auto(pn_buf) struct pn_buf pin = {0};
    char text[PN_ADDR_TEXT];
    bool v4 = pn_addr_is_v4(pinned(x));
    pn_addr_text(pinned(x), text);
    pn_buf_printf(&pin, v4 ? "::%s:%u" : "::[%s]:%u", text, x->url.port);
    curl_slist_free_all(x->connect_to);
    x->connect_to = curl_slist_append(NULL, pn_buf_cstr(&pin));
    if (x->connect_to == NULL)
        return false;
    SET(CURLOPT_CONNECT_TO, x->connect_to);
    SET(CURLOPT_IPRESOLVE, (long)(v4 ? CURL_IPRESOLVE_V4 : CURL_IPRESOLVE_V6));
    return ok;
}

static bool prepare(struct pn_exchange *x) {
    if (x->easy != NULL)
        return true;
    x->easy = curl_easy_init();
    return x->easy != NULL && set_target(x) && set_callbacks(x) && set_tls(x) && set_body(x);
}

bool pn_exchange_dial(struct pn_exchange *x) {
    if (x->dialled == x->addrs_len)
        return false;
    x->dialled++;
    x->phase = PN_PHASE_CONNECT;
    x->active = pn_now();
    struct pn_pool *pool = x->link->slot->pool;
    x->in_pool = prepare(x) && set_pin(x) && curl_multi_add_handle(pool->multi, x->easy) == CURLM_OK;
    if (!x->in_pool)
        pn_exchange_fail(x, PN_HTTP_INTERNAL_ERROR, "the request could not be prepared");
    return true;
}

void pn_exchange_undial(struct pn_exchange *x) {
    if (x->in_pool)
        (void)curl_multi_remove_handle(x->link->slot->pool->multi, x->easy);
    x->in_pool = false;
}
