// SPDX-License-Identifier: Apache-2.0
// URLs and hosts: what is accepted formats to a URL that parses to the same; a reference against a fixed base as well;
// nothing accepted carries a byte that a request line could not.
#include "base/cleanup.h"
#include "net/headers.h"
#include "net/url.h"

static void check(bool ok) {
    if (!ok)
        abort();
}

static void check_url(const struct pn_url *u) {
    for (const char *p = u->path; *p != 0; p++)
        check(*p > 0x20 && *p < 0x7f && *p != '\\' && *p != '#');
    check(u->path[0] == '/' && u->port != 0);
    pn_auto(pn_buf) struct pn_buf one = {0};
    pn_auto(pn_buf) struct pn_buf two = {0};
    pn_url_format(u, &one);
    struct pn_url again;
    check(pn_url_parse(pn_buf_view(&one), &again, NULL) == 0);
    pn_url_format(&again, &two);
    check(pn_view_eq(pn_buf_view(&one), pn_buf_view(&two)));
    check(strcmp(u->host.text, again.host.text) == 0 && u->host.is_addr == again.host.is_addr);
    check(u->port == again.port && u->tls == again.tls);
    pn_url_fini(&again);
}

static void try_parts(struct pn_view text) {
    size_t one = pn_view_find(text, '\n', 0), two = one == SIZE_MAX ? SIZE_MAX : pn_view_find(text, '\n', one + 1);
    if (two == SIZE_MAX)
        return;
    struct pn_view path = pn_view_part(text, two + 1, text.len);
    struct pn_url u;
    if (pn_url_parse_parts(pn_view_part(text, 0, one), pn_view_part(text, one + 1, two), path, &u, NULL) < 0)
        return;
    check(path.len == 0 || pn_view_is(path, u.path));
    check_url(&u);
    pn_url_fini(&u);
}

static void try_headers(struct pn_view text) {
    struct pn_cursor c = {.rest = text};
    struct pn_header h;
    while (pn_headers_next(&c, &h, NULL) == 1)
        check(pn_view_find(h.value, '\r', 0) == SIZE_MAX && pn_view_find(h.value, '\n', 0) == SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pn_view text = pn_view(data, size);
    struct pn_url u, base;
    if (pn_url_parse(text, &u, NULL) == 0) {
        check_url(&u);
        pn_url_fini(&u);
    }
    check(pn_url_parse(PN_VIEW("https://base.example/a/b?c"), &base, NULL) == 0);
    if (pn_url_resolve(&base, text, &u, NULL) == 0) {
        check_url(&u);
        pn_url_fini(&u);
    }
    pn_url_fini(&base);
    try_parts(text);
    try_headers(text);
    return 0;
}
