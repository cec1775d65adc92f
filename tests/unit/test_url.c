// SPDX-License-Identifier: Apache-2.0
// URLs, hosts, addresses and header blocks from outside: first everything that must be refused and how it is named.
#include "base/cleanup.h"
#include "check.h"
#include "net/headers.h"
#include "net/url.h"

static void refuse_host(const char *host, const char *why) {
    struct pn_host h;
    struct pn_err err = {.text = ""};
    if (pn_host_parse(pn_view_str(host), &h, &err) == 0) {
        printf("# host \"%s\" was accepted as \"%s\"\n", host, h.text);
        check_failed = 1;
    }
    CHECK_INT(err.category, PN_E_INPUT);
    CHECK_ERR(err, why);
}

static void misuse_address_in_disguise(void) {
    static const struct {
        const char *host, *why;
    } cases[] = {
        {"2130706433", "one decimal number"},
        {"0x7f000001", "hexadecimal"},
        {"0x7F.1", "hexadecimal"},
        {"127.0.0.0x1", "hexadecimal"},
        {"0x", "hexadecimal"},
        {"017700000001", "octal"},
        {"0177.0.0.1", "octal"},
        {"127.0.0.01", "octal"},
        {"0251.00376.000251.0000376", "octal"},
        {"127.1", "shortened"},
        {"127.0.1", "shortened"},
        {"0", "one decimal number"},
        {"425.510.425.510", "ends in a number"},
        {"1.2.3.4.5", "ends in a number"},
        {"0o177.0.0.1", "ends in a number"},
        {"host.1", "shortened"},
        {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "full-width"}, // digits U+FF11 U+FF12 U+FF17
        {"127\xe3\x80\x82"
         "0\xe3\x80\x82"
         "0\xe3\x80\x82"
         "1",
         "dot other"},                                                         // U+3002
        {"\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1", "address"},             // circled digits
        {"\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x90\xf0\x9d\x9f\x95.0.0.1", "address"}, // bold digits
        {"[::ffff:127.0.0.1]", "inside IPv6"},
        {"[::ffff:7f00:1]", "inside IPv6"},
        {"[fe80::1%eth0]", "percent"},
        {"[::1", "between"},
        {"[]", "between"},
        {"[1::2::3]", "IPv6"},
        {"[::1.2.3.04]", "IPv6"},
        {"[12345::]", "IPv6"},
        {"::1", "no host name has"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse_host(cases[i].host, cases[i].why);
}

static void misuse_names(void) {
    static const struct {
        const char *host, *why;
    } cases[] = {
        {"", "empty"},
        {".", "trailing dot"},
        {"example.com.", "trailing dot"},
        {"a..b", "empty label"},
        {".a", "empty label"},
        {"%6c%6f%63%61%6c%68%6f%73%74", "percent"},
        {"exa mple.com", "' '"},
        {"example.com\\", "'\\'"},
        {"exam\nple.com", "control"},
        {"a@b", "'@'"},
        {"-a.com", "hyphen"},
        {"a-.com", "hyphen"},
        {"under_score.com", "letters, digits"},
        {"a,b", "letters, digits"},
        {"\xd0\xb0pple.com", "mixes scripts"}, // Cyrillic a
        {"xn--pple-43d.com", "mixes scripts"}, // the same as an A-label
        {"\xce\xb1"
         "bc.example",
         "mixes scripts"},                        // Greek alpha
        {"exam\xe2\x80\x8bple.com", "invisible"}, // zero width space
        {"exam\xc2\xadple.com", "invisible"},     // soft hyphen
        {"xn--a.com", "internationalised"},       // broken punycode
        {"xn--.com", "hyphen"},
        {"\xff.com", "UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse_host(cases[i].host, cases[i].why);
    char longest[66] = {0};
    memset(longest, 'a', 64);
    refuse_host(longest, "63");
}

static void refuse_url(const char *url, const char *why) {
    struct pn_url u;
    struct pn_err err = {.text = ""};
    if (pn_url_parse(pn_view_str(url), &u, &err) == 0) {
        printf("# URL \"%s\" was accepted: host \"%s\" path \"%s\"\n", url, u.host.text, u.path);
        check_failed = 1;
        pn_url_fini(&u);
    }
    CHECK_ERR(err, why);
}

static void misuse_urls(void) {
    refuse_url("", "no scheme");
    refuse_url("file:///etc/passwd", "neither http nor https");
    refuse_url("gopher://127.0.0.1:25/_x", "neither http nor https");
    refuse_url("jar:http://127.0.0.1!/", "neither http nor https");
    refuse_url("http:127.0.0.1/", "'//'");
    refuse_url("http:///path", "host is empty");
    refuse_url("http://user:secret@example.com/", "user name");
    refuse_url("http://127.1.1.1:80\\@127.2.2.2:80/", "backslash");
    refuse_url("http://example.com#@127.0.0.1/\\", "fragment");
    refuse_url("http://example.com:0/", "port");
    refuse_url("http://example.com:65536/", "port");
    refuse_url("http://example.com:080/", "port");
    refuse_url("http://example.com:/", "port");
    refuse_url("http://example.com:80:81/", "port");
    refuse_url("http://[::1]x/", "only a port");
    refuse_url("http://example.com/a b", "0x20");
    refuse_url("http://example.com/a\r\nHost: x", "0x0d");
    refuse_url("http://example.com/\xc3\xa4", "0xc3");
    refuse_url("http://example.com/%zz", "hexadecimal");
    refuse_url("http://example.com/%4", "hexadecimal");
    refuse_url(" http://example.com/", "no scheme");
}

static int parts(const char *scheme, const char *authority, const char *path, struct pn_url *u, struct pn_err *err) {
    return pn_url_parse_parts(pn_view_str(scheme), pn_view_str(authority), pn_view_str(path), u, err);
}

static void misuse_parts(void) {
    static const struct {
        const char *scheme, *authority, *path, *why;
    } cases[] = {
        {"ftp", "example.com", "/", "scheme"},
        {"https", "a@example.com", "/", "user name"},
        {"https", "example.com/x", "/", "'/'"},
        {"https", "example.com", "x", "begin with"},
        {"https", "example.com", "*", "begin with"},
        {"https", "example.com", "/a#b", "0x23"},
        {"https", "example.com", "/a/../b", "'..' segment"},
        {"https", "example.com", "/a/%2e%2E/b", "'..' segment"},
        {"https", "example.com", "/a/.%2e", "'..' segment"},
        {"https", "example.com", "/a/..;x=1/b", "'..' segment"},
        {"https", "example.com", "/./b", "'..' segment"},
        {"https", "example.com", "/a\tb", "0x09"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pn_url u;
        struct pn_err err = {.text = ""};
        CHECK(parts(cases[i].scheme, cases[i].authority, cases[i].path, &u, &err) < 0);
        CHECK_ERR(err, cases[i].why);
    }
}

static void expect_format(const struct pn_url *u, const char *want) {
    pn_auto(pn_buf) struct pn_buf out = {0};
    pn_url_format(u, &out);
    CHECK_STR(pn_buf_cstr(&out), want);
}

static void parts_are_sent_as_they_are(void) {
    static const struct {
        const char *scheme, *authority, *path, *want;
    } cases[] = {
        {"https", "example.com", "", "https://example.com/"},
        {"HTTPS", "EXAMPLE.com:443", "/A%2fb//c?q=../x&y=%2E", "https://example.com/A%2fb//c?q=../x&y=%2E"},
        {"http", "example.com:8080", "/a...b/.hidden/..x", "http://example.com:8080/a...b/.hidden/..x"},
        {"http", "192.0.2.1", "/?a[]=1|2", "http://192.0.2.1/?a[]=1|2"},
        {"http", "[2001:DB8:0:0::1]:81", "/", "http://[2001:db8::1]:81/"},
        {"https",
         "b\xc3\xbc"
         "cher.example",
         "/", "https://xn--bcher-kva.example/"},
        {"https", "XN--BCHER-KVA.example", "/", "https://xn--bcher-kva.example/"},
        {"https", "fa\xc3\x9f.de", "/", "https://xn--fa-hia.de/"}, // non-transitional: not fass.de
        {"https", "r3---sn.example.com", "/", "https://r3---sn.example.com/"},
        {"https",
         "\xe6\x9d\xb1\xe4\xba\xac\xe3\x81\xae"
         "abc.jp",
         "/", "https://xn--abc-u73bn70fjt1f.jp/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pn_url u;
        struct pn_err err = {.text = ""};
        int rc = parts(cases[i].scheme, cases[i].authority, cases[i].path, &u, &err);
        CHECK_INT(rc, 0);
        if (rc < 0) {
            printf("# %s: %s\n", cases[i].want, err.text);
            continue;
        }
        if (i < 9)
            expect_format(&u, cases[i].want);
        pn_url_fini(&u);
    }
}

static void references_resolve(void) {
    // RFC 3986 section 5.4, where the result is an http URL, and some of ours.
    static const struct {
        const char *reference, *want;
    } cases[] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {";x", "http://a/b/c/;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"https://H:443/%2E%2e/x", "https://h/x"},
    };
    struct pn_url base;
    CHECK(pn_url_parse(PN_VIEW("http://a/b/c/d;p?q"), &base, NULL) == 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pn_url u;
        struct pn_err err = {.text = ""};
        if (pn_url_resolve(&base, pn_view_str(cases[i].reference), &u, &err) < 0) {
            printf("# \"%s\": %s\n", cases[i].reference, err.text);
            check_failed = 1;
            continue;
        }
        expect_format(&u, cases[i].want);
        pn_url_fini(&u);
    }
    struct pn_url u;
    CHECK(pn_url_resolve(&base, PN_VIEW("javascript:x"), &u, NULL) < 0);
    CHECK(pn_url_resolve(&base, PN_VIEW("//127.1/"), &u, NULL) < 0);
    pn_url_fini(&base);
}

static void addresses(void) {
    struct pn_addr a;
    char text[PN_ADDR_TEXT];
    CHECK(pn_addr_parse(PN_VIEW("10.0.0.1"), &a, NULL) == 0 && pn_addr_is_v4(&a));
    pn_addr_text(&a, text);
    CHECK_STR(text, "10.0.0.1");
    CHECK(pn_addr_parse(PN_VIEW("2001:0db8::0:1"), &a, NULL) == 0 && !pn_addr_is_v4(&a));
    pn_addr_text(&a, text);
    CHECK_STR(text, "2001:db8::1");
    CHECK(pn_addr_parse(PN_VIEW("1.2.3"), &a, NULL) < 0);
    CHECK(pn_addr_parse(PN_VIEW("1.2.3.256"), &a, NULL) < 0);
    CHECK(pn_addr_parse(PN_VIEW("1.2.3.4 "), &a, NULL) < 0);

    unsigned bits;
    struct pn_err err = {.text = ""};
    CHECK(pn_addr_parse_cidr(PN_VIEW("10.0.0.0/8"), &a, &bits, NULL) == 0);
    CHECK_INT(bits, 104);
    struct pn_addr in, out;
    CHECK(pn_addr_parse(PN_VIEW("10.255.0.1"), &in, NULL) == 0 && pn_addr_parse(PN_VIEW("11.0.0.0"), &out, NULL) == 0);
    CHECK(pn_addr_in(&in, a.b, bits) && !pn_addr_in(&out, a.b, bits));
    CHECK(pn_addr_parse_cidr(PN_VIEW("10.0.0.1/8"), &a, &bits, &err) < 0);
    CHECK_ERR(err, "10.0.0.0/8");
    CHECK(pn_addr_parse_cidr(PN_VIEW("10.0.0.0/33"), &a, &bits, NULL) < 0);
    CHECK(pn_addr_parse_cidr(PN_VIEW("::/0"), &a, &bits, NULL) == 0 && bits == 0);
    CHECK(pn_addr_in(&in, a.b, bits));
}

static void header_blocks(void) {
    pn_auto(pn_buf) struct pn_buf block = {0};
    pn_headers_put(&block, PN_VIEW("x-one"), PN_VIEW("1"));
    pn_headers_put(&block, PN_VIEW("x-two"), PN_VIEW(""));
    struct pn_cursor c = {.rest = pn_buf_view(&block)};
    struct pn_header h;
    CHECK(pn_headers_next(&c, &h, NULL) == 1 && pn_view_is(h.name, "x-one") && pn_view_is(h.value, "1"));
    CHECK(pn_headers_next(&c, &h, NULL) == 1 && pn_view_is(h.name, "x-two") && h.value.len == 0);
    CHECK_INT(pn_headers_next(&c, &h, NULL), 0);
    c = (struct pn_cursor){.rest = pn_view_part(pn_buf_view(&block), 0, block.len - 1)};
    CHECK(pn_headers_next(&c, &h, NULL) == 1 && pn_headers_next(&c, &h, NULL) == -1);

    static const char *const values[] = {"a\r\nX: y", "a\nb", " a", "a\t", "a\x7f", "\x01"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        CHECK(!pn_header_value_valid(pn_view_str(values[i])));
    CHECK(!pn_header_value_valid(pn_view("a\0b", 3)));
    CHECK(pn_header_value_valid(PN_VIEW("a\tb \xc3\xa4")));
    CHECK(!pn_token_valid(PN_VIEW("x y")) && !pn_token_valid(PN_VIEW("")) && !pn_token_valid(PN_VIEW("x:")));
    CHECK(!pn_token_valid(pn_view("x\0", 2)));
    CHECK(pn_header_is_ours(PN_VIEW("HOST")) && pn_header_is_ours(PN_VIEW("Proxy-Authorization")));
    CHECK(pn_header_is_ours(PN_VIEW("Transfer-Encoding")) && !pn_header_is_ours(PN_VIEW("authorization")));
}

PN_TESTS(TEST(misuse_address_in_disguise), TEST(misuse_names), TEST(misuse_urls), TEST(misuse_parts),
         TEST(parts_are_sent_as_they_are), TEST(references_resolve), TEST(addresses), TEST(header_blocks))
