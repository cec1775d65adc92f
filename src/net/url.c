// SPDX-License-Identifier: Apache-2.0
#include "net/url.h"
#include "base/cleanup.h"
#include "base/text.h"

// --- path and query ---

// RFC 3986 pchar, '/' and '?', and the few characters outside it that servers are commonly sent: | [ ] { } ^ `
static bool path_char_ok(uint8_t c) {
    if (c <= 0x20 || c >= 0x7f)
        return false;
    return strchr("\"#<>\\", c) == NULL;
}

static int check_path_chars(struct pn_view path, struct pn_err *err) {
    if (path.len > PN_PATH_MAX)
        return pn_fail(err, PN_E_INPUT, "path and query are longer than %d bytes", PN_PATH_MAX);
    uint8_t two;
    for (size_t i = 0; i < path.len; i++) {
        uint8_t c = path.ptr[i];
        if (c == '%' && !pn_hex_get(pn_view_part(path, i + 1, i + 3), &two, 1))
            return pn_fail(err, PN_E_INPUT, "path has a '%%' at byte %zu that two hexadecimal digits do not follow", i);
        if (!path_char_ok(c))
            return pn_fail(err, PN_E_INPUT, "path has the byte 0x%02x at byte %zu: write it percent-encoded", c, i);
    }
    return 0;
}

// Length of a dot at the front of `v`, plain or encoded; 0 when there is none.
static size_t dot_length(struct pn_view v) {
    if (v.len >= 1 && v.ptr[0] == '.')
        return 1;
    if (v.len >= 3 && v.ptr[0] == '%' && v.ptr[1] == '2' && (v.ptr[2] | 0x20) == 'e')
        return 3;
    return 0;
}

// 1 for ".", 2 for "..", 0 for any other segment. Parameters after ';' do not hide it.
static int dots_of(struct pn_view segment) {
    segment = pn_view_part(segment, 0, pn_view_find(segment, ';', 0));
    int dots = 0;
    while (segment.len > 0) {
        size_t n = dot_length(segment);
        if (n == 0 || dots == 2)
            return 0;
        segment = pn_view_part(segment, n, segment.len);
        dots++;
    }
    return dots;
}

static struct pn_view path_part(struct pn_view path_and_query) {
    return pn_view_part(path_and_query, 0, pn_view_find(path_and_query, '?', 0));
}

// A path that was given as a path is sent as it is; one that servers would rewrite has no business there.
static int check_no_dots(struct pn_view path_and_query, struct pn_err *err) {
    struct pn_view path = path_part(path_and_query);
    for (size_t from = 1; from <= path.len;) {
        size_t slash = pn_view_find(path, '/', from);
        if (dots_of(pn_view_part(path, from, slash)) != 0)
            return pn_fail(err, PN_E_INPUT, "path has a '.' or '..' segment: write the path that is meant");
        if (slash == SIZE_MAX)
            break;
        from = slash + 1;
    }
    return 0;
}

static void drop_last_segment(struct pn_buf *out) {
    while (out->len > 0 && out->ptr[out->len - 1] != '/')
        out->len--;
    if (out->len > 0)
        out->len--;
}

// RFC 3986 section 5.2.4 for an absolute path; the query is copied behind it.
static void remove_dots(struct pn_view path_and_query, struct pn_buf *out) {
    struct pn_view path = path_part(path_and_query);
    bool open = false; // the path ended in a dot segment: it ends in '/'
    for (size_t from = 1; from <= path.len;) {
        size_t slash = pn_view_find(path, '/', from);
        struct pn_view segment = pn_view_part(path, from, slash);
        int dots = dots_of(segment);
        open = dots != 0;
        if (dots == 2)
            drop_last_segment(out);
        if (dots == 0) {
            pn_buf_add_byte(out, '/');
            pn_buf_add_view(out, segment);
        }
        if (slash == SIZE_MAX)
            break;
        from = slash + 1;
    }
    if (open || out->len == 0)
        pn_buf_add_byte(out, '/');
    pn_buf_add_view(out, pn_view_part(path_and_query, path.len, path_and_query.len));
}

// --- scheme and authority ---

static int take_scheme(struct pn_view scheme, struct pn_url *out, struct pn_err *err) {
    out->tls = pn_view_eq_nocase(scheme, PN_VIEW("https"));
    if (!out->tls && !pn_view_eq_nocase(scheme, PN_VIEW("http")))
        return pn_fail(err, PN_E_INPUT, "scheme is neither http nor https");
    return 0;
}

static int take_port(struct pn_view text, struct pn_url *out, struct pn_err *err) {
    uint64_t port;
    if (!pn_u64_get(text, &port) || port == 0 || port > 65535)
        return pn_fail(err, PN_E_INPUT, "port is not a number from 1 to 65535");
    out->port = (uint16_t)port;
    return 0;
}

// Where the host ends and ":port" begins.
static size_t host_end(struct pn_view authority) {
    size_t from = 0;
    if (authority.len > 0 && authority.ptr[0] == '[') {
        size_t close = pn_view_find(authority, ']', 0);
        from = close == SIZE_MAX ? authority.len : close + 1;
    } else {
        size_t colon = pn_view_find(authority, ':', 0);
        from = colon == SIZE_MAX ? authority.len : colon;
    }
    return from;
}

static int take_authority(struct pn_view authority, struct pn_url *out, struct pn_err *err) {
    uint16_t standard = out->tls ? 443 : 80;
    if (pn_view_find(authority, '@', 0) != SIZE_MAX)
        return pn_fail(err, PN_E_INPUT, "authority has a user name: send credentials in a header");
    size_t end = host_end(authority);
    if (pn_host_parse(pn_view_part(authority, 0, end), &out->host, err) < 0)
        return -1;
    out->port = standard;
    if (end < authority.len) {
        if (authority.ptr[end] != ':')
            return pn_fail(err, PN_E_INPUT, "authority: only a port may follow the host");
        if (take_port(pn_view_part(authority, end + 1, authority.len), out, err) < 0)
            return -1;
    }
    out->default_port = out->port == standard;
    return 0;
}

static int own_path(struct pn_view path, struct pn_url *out, struct pn_err *err) {
    out->path = pn_view_dup(path);
    return out->path == NULL ? pn_fail(err, PN_E_SYSTEM, "out of memory") : 0;
}

int pn_url_parse_parts(struct pn_view scheme, struct pn_view authority, struct pn_view path, struct pn_url *out,
                       struct pn_err *err) {
    *out = (struct pn_url){.path = NULL};
    if (path.len == 0)
        path = PN_VIEW("/");
    if (path.ptr[0] != '/')
        return pn_fail(err, PN_E_INPUT, "path does not begin with '/'");
    if (take_scheme(scheme, out, err) < 0 || take_authority(authority, out, err) < 0)
        return -1;
    if (check_path_chars(path, err) < 0 || check_no_dots(path, err) < 0)
        return -1;
    return own_path(path, out, err);
}

// --- whole URLs ---

// The five components of RFC 3986 appendix B, without judging them.
struct split {
    bool has_scheme, has_authority;
    struct pn_view scheme, authority, path, query; // query with its '?'
};

static bool is_scheme_char(uint8_t c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '+' || c == '-' || c == '.';
}

static size_t scheme_end(struct pn_view text) {
    size_t i = 0;
    while (i < text.len && is_scheme_char(text.ptr[i]))
        i++;
    return i > 0 && i < text.len && text.ptr[i] == ':' ? i : SIZE_MAX;
}

static void split_authority(struct pn_view *rest, struct split *s) {
    if (!pn_view_starts(*rest, PN_VIEW("//")))
        return;
    size_t end = 2;
    while (end < rest->len && rest->ptr[end] != '/' && rest->ptr[end] != '?')
        end++;
    s->has_authority = true;
    s->authority = pn_view_part(*rest, 2, end);
    *rest = pn_view_part(*rest, end, rest->len);
}

static int split_url(struct pn_view text, struct split *s, struct pn_err *err) {
    *s = (struct split){.has_scheme = false};
    size_t hash = pn_view_find(text, '#', 0);
    struct pn_view fragment = pn_view_part(text, hash, text.len);
    if (hash != SIZE_MAX && check_path_chars(pn_view_part(fragment, 1, fragment.len), err) < 0)
        return pn_err_prefix(err, "fragment");
    struct pn_view rest = pn_view_part(text, 0, hash);
    if (pn_view_find(rest, '\\', 0) != SIZE_MAX)
        return pn_fail(err, PN_E_INPUT, "URL has a backslash");
    size_t colon = scheme_end(rest);
    if (colon != SIZE_MAX) {
        s->has_scheme = true;
        s->scheme = pn_view_part(rest, 0, colon);
        rest = pn_view_part(rest, colon + 1, rest.len);
    }
    split_authority(&rest, s);
    s->path = path_part(rest);
    s->query = pn_view_part(rest, s->path.len, rest.len);
    return 0;
}

// Path and query of a URL with an authority: dots removed.
static int finish(struct pn_view path, struct pn_view query, struct pn_url *out, struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf whole = {.max = 4 * PN_PATH_MAX};
    pn_auto(pn_buf) struct pn_buf clean = {.max = 4 * PN_PATH_MAX};
    pn_buf_add_view(&whole, path.len == 0 ? PN_VIEW("/") : path);
    pn_buf_add_view(&whole, query);
    if (whole.overflow)
        return pn_fail(err, PN_E_INPUT, "path and query are longer than %d bytes", PN_PATH_MAX);
    if (whole.ptr[0] != '/')
        return pn_fail(err, PN_E_INPUT, "path does not begin with '/'");
    if (check_path_chars(pn_buf_view(&whole), err) < 0)
        return -1;
    remove_dots(pn_buf_view(&whole), &clean);
    return own_path(pn_buf_view(&clean), out, err);
}

int pn_url_parse(struct pn_view text, struct pn_url *out, struct pn_err *err) {
    struct split s;
    *out = (struct pn_url){.path = NULL};
    if (split_url(text, &s, err) < 0)
        return -1;
    if (!s.has_scheme)
        return pn_fail(err, PN_E_INPUT, "URL has no scheme: write http:// or https:// before it");
    if (take_scheme(s.scheme, out, err) < 0)
        return -1;
    if (!s.has_authority)
        return pn_fail(err, PN_E_INPUT, "URL has no '//' after its scheme");
    if (take_authority(s.authority, out, err) < 0)
        return -1;
    return finish(s.path, s.query, out, err);
}

// Path of a relative reference, RFC 3986 sections 5.2.2 and 5.2.3.
static void merge(const struct pn_url *base, const struct split *s, struct pn_buf *path, struct pn_buf *query) {
    struct pn_view base_path = pn_url_path_only(base);
    if (s->path.len == 0) {
        pn_buf_add_view(path, base_path);
        pn_buf_add_view(query, s->query.len > 0 ? s->query : pn_view_str(base->path + base_path.len));
        return;
    }
    if (s->path.ptr[0] != '/') {
        size_t keep = base_path.len;
        while (keep > 0 && base_path.ptr[keep - 1] != '/')
            keep--;
        pn_buf_add_view(path, pn_view_part(base_path, 0, keep));
    }
    pn_buf_add_view(path, s->path);
    pn_buf_add_view(query, s->query);
}

int pn_url_resolve(const struct pn_url *base, struct pn_view reference, struct pn_url *out, struct pn_err *err) {
    struct split s;
    *out = (struct pn_url){.path = NULL};
    if (split_url(reference, &s, err) < 0)
        return -1;
    if (s.has_scheme)
        return pn_url_parse(reference, out, err);
    out->tls = base->tls;
    if (s.has_authority) {
        if (take_authority(s.authority, out, err) < 0)
            return -1;
        return finish(s.path, s.query, out, err);
    }
    *out = *base;
    out->path = NULL;
    pn_auto(pn_buf) struct pn_buf path = {.max = 4 * PN_PATH_MAX};
    pn_auto(pn_buf) struct pn_buf query = {.max = 4 * PN_PATH_MAX};
    merge(base, &s, &path, &query);
    if (path.overflow || query.overflow)
        return pn_fail(err, PN_E_INPUT, "path and query are longer than %d bytes", PN_PATH_MAX);
    return finish(pn_buf_view(&path), pn_buf_view(&query), out, err);
}

void pn_url_fini(struct pn_url *u) {
    free(u->path);
    u->path = NULL;
}

void pn_url_authority(const struct pn_url *u, struct pn_buf *out) {
    bool brackets = u->host.is_addr && !pn_addr_is_v4(&u->host.addr);
    pn_buf_add_str(out, brackets ? "[" : "");
    pn_buf_add_str(out, u->host.text);
    pn_buf_add_str(out, brackets ? "]" : "");
    if (!u->default_port)
        pn_buf_printf(out, ":%u", u->port);
}

void pn_url_format(const struct pn_url *u, struct pn_buf *out) {
    pn_buf_add_str(out, pn_url_scheme(u));
    pn_buf_add_str(out, "://");
    pn_url_authority(u, out);
    pn_buf_add_str(out, u->path);
}

struct pn_view pn_url_path_only(const struct pn_url *u) {
    return path_part(pn_view_str(u->path));
}
