// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "net/url.h"
#include "policy/environment.h"
#include "policy/network.h"
#include "policy_help.h"

// Facts as egress makes them: from a URL, by the same parser.
static struct pn_network_facts facts_of(const struct pn_url *url, const char *method) {
    struct pn_network_facts f = {.scheme = url->tls ? PN_SCHEME_HTTPS : PN_SCHEME_HTTP,
                                 .is_address = url->host.is_addr,
                                 .port = url->port,
                                 .method = pn_view_str(method),
                                 .path = pn_url_path_only(url)};
    if (url->host.is_addr)
        pn_copy(f.address, url->host.addr.b, 16);
    else
        f.host = pn_view_str(url->host.text);
    return f;
}

static struct pn_addr address(const char *text) {
    struct pn_addr a = {0};
    struct pn_err err = {0};
    if (pn_addr_parse(pn_view_str(text), &a, &err) < 0) {
        printf("Bail out! %s: %s\n", text, err.text);
        exit(2);
    }
    return a;
}

// "METHOD https://host/path" and, for the address stage, " @address".
static const char *judge(const struct pn_policy *p, const char *request) {
    char method[16], text[300], at[64];
    int n = sscanf(request, "%15s %299s @%63s", method, text, at);
    pn_auto(pn_url) struct pn_url url = {0};
    struct pn_err err = {0};
    const char *from = strstr(text, "://");
    const char *slash = from == NULL ? NULL : strchr(from + 3, '/');
    if (n < 2 || slash == NULL ||
        pn_url_parse_parts(pn_view(text, (size_t)(from - text)), pn_view(from + 3, (size_t)(slash - from - 3)),
                           pn_view_str(slash), &url, &err) < 0) {
        printf("Bail out! %s: %s\n", request, err.text);
        exit(2);
    }
    struct pn_network_facts f = facts_of(&url, method);
    if (n == 2)
        return pn_verdict_word(pn_policy_network(p, &f).reason);
    struct pn_addr a = address(at);
    return pn_verdict_word(pn_policy_address(p, &f, a.b).reason);
}

struct row {
    const char *request, *word;
};

static void check_rows(const char *permissions, const struct row *rows, size_t count) {
    pn_auto(pn_policy) struct pn_policy p = read_policy(permissions);
    for (size_t i = 0; i < count; i++) {
        const char *got = judge(&p, rows[i].request);
        if (strcmp(got, rows[i].word) != 0)
            printf("# %s\n", rows[i].request);
        CHECK_STR(got, rows[i].word);
    }
}
#define CHECK_ROWS(permissions, ...)                                 \
    do {                                                             \
        static const struct row rows[] = {__VA_ARGS__};              \
        check_rows((permissions), rows, sizeof rows / sizeof *rows); \
    } while (0)

static void misuse(void) {
    pn_auto(pn_policy) struct pn_policy p = read_policy("  network: {allow: [{host: a.example, ports: [443]}]}\n");
    const struct pn_network_facts good = {.scheme = PN_SCHEME_HTTPS,
                                          .host = PN_VIEW("a.example"),
                                          .port = 443,
                                          .method = PN_VIEW("GET"),
                                          .path = PN_VIEW("/")};
    CHECK(pn_policy_network(&p, &good).allow);
    struct pn_network_facts f = good;
    static const char *const hosts[] = {"",           "A.example",     "a.example.", ".a.example",
                                        "a..example", "a.example:443", "[::1]",      "a.example/",
                                        "a_b",        "\xc3\xa4"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        f.host = pn_view_str(hosts[i]);
        CHECK_STR(pn_verdict_word(pn_policy_network(&p, &f).reason), "bad-facts");
    }
    f = good;
    f.scheme = 0;
    CHECK_STR(pn_verdict_word(pn_policy_network(&p, &f).reason), "bad-facts");
    f.scheme = PN_SCHEME_HTTP | PN_SCHEME_HTTPS;
    CHECK_STR(pn_verdict_word(pn_policy_network(&p, &f).reason), "bad-facts");
    f = good;
    f.port = 0;
    CHECK_STR(pn_verdict_word(pn_policy_network(&p, &f).reason), "bad-facts");
    f = good;
    f.method = PN_VIEW("");
    CHECK_STR(pn_verdict_word(pn_policy_network(&p, &f).reason), "bad-facts");
    f = good;
    f.is_address = true; // and a host
    CHECK_STR(pn_verdict_word(pn_policy_network(&p, &f).reason), "bad-facts");
    // An address in the URL and another one dialled.
    f.host = PN_VIEW("");
    struct pn_addr a = address("8.8.8.8"), b = address("8.8.4.4");
    pn_copy(f.address, a.b, 16);
    CHECK_STR(pn_verdict_word(pn_policy_address(&p, &f, b.b).reason), "bad-facts");
    // The address stage does not allow what the name stage refuses.
    f = good;
    f.host = PN_VIEW("b.example");
    CHECK_STR(pn_verdict_word(pn_policy_address(&p, &f, a.b).reason), "no-rule");
}

static void empty_grants_nothing(void) {
    CHECK_ROWS("  network: {}\n", {"GET https://a.example/", "no-rule"}, {"GET https://8.8.8.8/", "address-literal"},
               {"GET https://a.example/ @8.8.8.8", "no-rule"});
}

static void hosts(void) {
    CHECK_ROWS("  network: {allow: [{host: api.example.com}, {host: '*.example.org'}, {host: 'B\xc3\xbc"
               "cher.example'}]}\n",
               {"GET https://api.example.com/", "granted"}, {"GET https://API.Example.COM/", "granted"},
               {"GET https://example.com/", "no-rule"}, {"GET https://x.api.example.com/", "no-rule"},
               {"GET https://xapi.example.com/", "no-rule"}, {"GET https://api.example.com.evil.test/", "no-rule"},
               {"GET https://a.example.org/", "granted"}, {"GET https://a.b.example.org/", "granted"},
               {"GET https://example.org/", "no-rule"}, {"GET https://xexample.org/", "no-rule"},
               {"GET https://wwwexample.org/", "no-rule"}, {"GET https://a.example.org.test/", "no-rule"},
               {"GET https://xn--bcher-kva.example/", "granted"},
               {"GET https://b\xc3\xbc"
                "cher.example/",
                "granted"},
               {"GET https://bucher.example/", "no-rule"});
}

static void schemes_and_ports(void) {
    CHECK_ROWS(
        "  network: {allow: [{host: a.test}, {host: b.test, schemes: [http]}, {host: c.test, schemes: [http, https]}, "
        "{host: d.test, ports: [8443]},"
        " {host: e.test, schemes: [http], ports: [80, 8080]}]}\n",
        {"GET https://a.test/", "granted"}, {"GET https://a.test:443/", "granted"},
        {"GET https://a.test:8443/", "port"}, {"GET https://a.test:80/", "port"}, {"GET http://a.test/", "scheme"},
        {"GET http://a.test:443/", "scheme"}, {"GET http://b.test/", "granted"}, {"GET https://b.test/", "scheme"},
        {"GET http://b.test:8080/", "port"}, {"GET http://c.test/", "granted"}, {"GET https://c.test/", "granted"},
        {"GET http://c.test:443/", "port"}, {"GET https://d.test:8443/", "granted"}, {"GET https://d.test/", "port"},
        {"GET http://d.test:8443/", "scheme"}, {"GET http://e.test:8080/", "granted"},
        {"GET http://e.test/", "granted"}, {"GET https://e.test:8080/", "scheme"});
}

static void methods_and_paths(void) {
    CHECK_ROWS(
        "  network: {allow: [{host: a.test, methods: [GET, head]}, {host: b.test, paths: ['/v1/items', '/v1/*/pub', "
        "'/files/**', '/dir/']},"
        " {host: c.test, methods: [POST], paths: ['/x']}, {host: c.test, methods: [GET], paths: ['/y']}]}\n",
        {"GET https://a.test/", "granted"}, {"HEAD https://a.test/", "granted"}, {"POST https://a.test/", "method"},
        {"get https://a.test/", "method"}, {"GET https://b.test/v1/items", "granted"},
        {"GET https://b.test/v1/items?x=/../y", "granted"}, {"GET https://b.test/v1/items/", "path"},
        {"GET https://b.test/v1/items/7", "path"}, {"GET https://b.test/v1/itemsX", "path"},
        {"GET https://b.test/v1/item", "path"}, {"GET https://b.test/v1/%69tems", "granted"},
        {"GET https://b.test/V1/items", "path"}, {"GET https://b.test/v1/a/pub", "granted"},
        {"GET https://b.test/v1//pub", "ambiguous-path"}, {"GET https://b.test/v1/a/b/pub", "path"},
        {"GET https://b.test/files", "granted"}, {"GET https://b.test/files/", "granted"},
        {"GET https://b.test/files/a/b", "granted"}, {"GET https://b.test/filesystem", "path"},
        {"GET https://b.test/dir/", "granted"}, {"GET https://b.test/dir", "path"}, {"GET https://b.test/", "path"},
        {"POST https://c.test/x", "granted"}, {"GET https://c.test/x", "path"}, {"POST https://c.test/y", "path"},
        {"GET https://c.test/y", "granted"}, {"PUT https://c.test/y", "method"});
}

static void ambiguous_paths_fit_no_restricted_grant(void) {
    CHECK_ROWS("  network: {allow: [{host: a.test, paths: ['/pub/**']}, {host: b.test}]}\n",
               {"GET https://a.test/pub/a%2Fb", "ambiguous-path"}, {"GET https://a.test/pub/a%5Cb", "ambiguous-path"},
               {"GET https://a.test/pub/a;b", "ambiguous-path"}, {"GET https://a.test/pub/a%3Bb", "ambiguous-path"},
               {"GET https://a.test/pub/a%00", "ambiguous-path"}, {"GET https://a.test/pub/a%0a", "ambiguous-path"},
               {"GET https://a.test/pub/%252e%252e/x", "ambiguous-path"},
               {"GET https://a.test/pub/%ff", "ambiguous-path"}, {"GET https://a.test//pub/a", "ambiguous-path"},
               {"GET https://a.test/pub//a", "ambiguous-path"}, {"GET https://a.test/pub/%C3%A4", "granted"},
               {"GET https://a.test/pub/a%20b", "granted"}, {"GET https://b.test/pub/a%2Fb", "granted"},
               {"GET https://b.test//x", "granted"});
    // Forms that the URL parser already refuses: the policy does not count on it.
    pn_auto(pn_policy) struct pn_policy p = read_policy("  network: {allow: [{host: a.test, paths: ['/pub/**']}]}\n");
    static const char *const paths[] = {"/pub/../x", "/pub/./x", "/pub/%2e%2e/x", "/pub/%2E", "/pub/a\\b",  "/pub/%",
                                        "/pub/%4",   "/pub/%zz", "/pub/a?b",      "/pub/a#b", "/pub/a\x7f", "pub/a"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct pn_network_facts f = {.scheme = PN_SCHEME_HTTPS,
                                     .host = PN_VIEW("a.test"),
                                     .port = 443,
                                     .method = PN_VIEW("GET"),
                                     .path = pn_view_str(paths[i])};
        CHECK_STR(pn_verdict_word(pn_policy_network(&p, &f).reason), "ambiguous-path");
    }
}

static void deny_wins(void) {
    CHECK_ROWS(
        "  network: {allow: [{host: '*.corp.example', schemes: [http, https]}],"
        " deny: [{host: bad.corp.example}, {host: '*.sub.corp.example'}, {host: m.corp.example, methods: [DELETE]},"
        " {host: p.corp.example, paths: ['/admin']}, {host: q.corp.example, ports: [80]}, {host: s.corp.example, "
        "schemes: [http]}]}\n",
        {"GET https://bad.corp.example/", "deny-rule"}, {"POST http://bad.corp.example/x", "deny-rule"},
        {"GET https://ok.corp.example/", "granted"}, {"GET https://a.sub.corp.example/", "deny-rule"},
        {"GET https://sub.corp.example/", "granted"}, {"GET https://m.corp.example/", "granted"},
        {"DELETE https://m.corp.example/", "deny-rule"}, {"delete https://m.corp.example/", "deny-rule"},
        {"GET https://p.corp.example/", "granted"}, {"GET https://p.corp.example/admin", "deny-rule"},
        {"GET https://p.corp.example/admin/x", "deny-rule"}, {"GET https://p.corp.example/%61dmin", "deny-rule"},
        {"GET https://p.corp.example/administer", "granted"}, {"GET https://p.corp.example//admin", "deny-rule"},
        {"GET https://p.corp.example/x;/admin", "deny-rule"}, {"GET http://q.corp.example/", "deny-rule"},
        {"GET https://q.corp.example/", "granted"}, {"GET http://s.corp.example/", "deny-rule"},
        {"GET https://s.corp.example/", "granted"});
}

// Every class: its first and last address, and the public neighbours on both sides where there are such.
static void address_classes(void) {
    static const struct {
        const char *name, *first, *last, *before, *after;
    } classes[] = {
        {"this network", "0.0.0.0", "0.255.255.255", NULL, "1.0.0.0"},
        {"private", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
        {"carrier-grade NAT", "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"},
        {"loopback", "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"},
        {"link-local", "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"},
        {"private", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"},
        {"protocol assignments", "192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"},
        {"documentation", "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"},
        {"6to4 relay", "192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"},
        {"private", "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"},
        {"benchmarking", "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"},
        {"documentation", "198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"},
        {"documentation", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"},
        {"multicast", "224.0.0.0", "239.255.255.255", "223.255.255.255", NULL},
        {"reserved", "240.0.0.0", "255.255.255.254", NULL, NULL},
        {"broadcast", "255.255.255.255", "255.255.255.255", NULL, NULL},
        {"metadata service", "169.254.169.254", "169.254.169.254", NULL, NULL},
        {"metadata service", "100.100.100.200", "100.100.100.200", NULL, NULL},
        {"metadata service", "168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"},
        {"metadata service", "fd00:ec2::254", "fd00:ec2::254", NULL, NULL},
        {"unspecified", "::", "::", NULL, NULL},
        {"loopback", "::1", "::1", NULL, NULL},
        {"IPv4-compatible", "::2", "::ffff:ffff", NULL, NULL},
        {"NAT64", "64:ff9b::", "64:ff9b::ffff:ffff", NULL, NULL},
        {"local NAT64", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", NULL, NULL},
        {"discard", "100::", "100::ffff:ffff:ffff:ffff", NULL, NULL},
        {"Teredo", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL},
        {"protocol assignments", "2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "2001:200::"},
        {"documentation", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"},
        {"6to4", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::", "2003::"},
        {"documentation", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::", "3fff:1000::"},
        {"not global unicast", "4000::", "5eff::", NULL, NULL},
        {"segment routing", "5f00::", "5f00:ffff::", NULL, NULL},
        {"not global unicast", "1fff:ffff::", "1000::", NULL, "2000::"},
        {"unique local", "fc00::", "fdff:ffff::", NULL, NULL},
        {"not global unicast", "fbff::", "fe7f::", NULL, NULL},
        {"link-local", "fe80::", "febf:ffff::", NULL, NULL},
        {"site-local", "fec0::", "feff:ffff::", NULL, NULL},
        {"multicast", "ff00::", "ffff:ffff::", NULL, NULL},
        {"ISATAP", "2a00::5efe:10.0.0.1", "2a00::200:5efe:8.8.8.8", "2a00::5efd:10.0.0.1", "2a00::5eff:10.0.0.1"},
    };
    pn_auto(pn_policy) struct pn_policy p = read_policy("  network: {allow: [{host: a.test}]}\n");
    struct pn_network_facts f = {.scheme = PN_SCHEME_HTTPS,
                                 .host = PN_VIEW("a.test"),
                                 .port = 443,
                                 .method = PN_VIEW("GET"),
                                 .path = PN_VIEW("/")};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        const char *inside[] = {classes[i].first, classes[i].last}, *outside[] = {classes[i].before, classes[i].after};
        for (size_t k = 0; k < 2; k++) {
            struct pn_addr a = address(inside[k]);
            CHECK_STR(pn_policy_address_class(a.b), classes[i].name);
            struct pn_verdict v = pn_policy_address(&p, &f, a.b);
            CHECK_STR(pn_verdict_word(v.reason), "address-class");
            CHECK_STR(v.detail, classes[i].name);
            if (outside[k] == NULL)
                continue;
            a = address(outside[k]);
            if (pn_policy_address_class(a.b) != NULL)
                printf("# %s\n", outside[k]);
            CHECK(pn_policy_address_class(a.b) == NULL);
            CHECK(pn_policy_address(&p, &f, a.b).allow);
        }
    }
}

static void a_cidr_opens_addresses_to_granted_names_only(void) {
    CHECK_ROWS("  network: {allow: [{host: a.test}, {host: b.test, ports: [8443]}, {cidr: 10.1.0.0/16}, {cidr: "
               "'fd00:1::/32'}, {cidr: 127.0.0.1/32, ports: [8443]}]}\n",
               {"GET https://a.test/ @8.8.8.8", "granted"}, {"GET https://a.test/ @10.1.2.3", "granted"},
               {"GET https://a.test/ @10.2.0.0", "address-class"}, {"GET https://a.test/ @fd00:1::7", "granted"},
               {"GET https://a.test/ @fd00:2::7", "address-class"}, {"GET https://c.test/ @10.1.2.3", "no-rule"},
               {"GET https://10.1.2.3/", "granted"}, {"GET https://10.1.2.3/ @10.1.2.3", "granted"},
               {"GET https://10.2.0.1/", "address-literal"}, {"GET https://8.8.8.8/", "address-literal"},
               {"GET https://[fd00:1::7]/", "granted"}, {"GET http://10.1.2.3/", "scheme"},
               {"GET https://10.1.2.3:8443/", "port"},
               // The parts of the cidr entry count too.
               {"GET https://a.test/ @127.0.0.1", "port"}, {"GET https://b.test:8443/ @127.0.0.1", "granted"},
               {"GET https://b.test:8443/ @127.0.0.2", "address-class"});
}

static void wide_cidrs_keep_to_their_family_and_off_metadata(void) {
    CHECK_ROWS("  network: {allow: [{host: a.test}, {cidr: '::/0'}]}\n",
               {"GET https://a.test/ @10.0.0.1", "address-class"}, {"GET https://a.test/ @fd00::1", "granted"},
               {"GET https://a.test/ @fd00:ec2::254", "address-class"}, {"GET https://10.0.0.1/", "address-literal"});
    CHECK_ROWS("  network: {allow: [{host: a.test}, {cidr: 0.0.0.0/0}]}\n",
               {"GET https://a.test/ @10.0.0.1", "granted"}, {"GET https://a.test/ @fd00::1", "address-class"},
               {"GET https://a.test/ @169.254.169.254", "address-class"},
               {"GET https://169.254.169.254/", "address-literal"}, {"GET https://8.8.8.8/", "granted"},
               {"GET https://a.test/ @168.63.129.16", "address-class"});
    CHECK_ROWS("  network: {allow: [{host: a.test}, {cidr: 169.254.169.254/32}]}\n",
               {"GET https://a.test/ @169.254.169.254", "granted"});
}

static void carried_addresses_count(void) {
    static const char all[] = "  network: {allow: [{host: a.test}, {cidr: '2002::/16'}, {cidr: '64:ff9b::/96'}, {cidr: "
                              "'64:ff9b:1::/48'}, {cidr: '2001::/32'}, {cidr: '::/96'}, {cidr: '2a00::/16'},"
                              " {cidr: 10.0.0.0/8}], deny: [{cidr: 9.9.9.0/24}]}\n";
    CHECK_ROWS(
        all, {"GET https://a.test/ @2002:808:808::1", "granted"},
        {"GET https://a.test/ @2002:7f00:1::1", "address-class"}, {"GET https://a.test/ @2002:a00:1::1", "granted"},
        {"GET https://a.test/ @2002:a9fe:a9fe::1", "address-class"},
        {"GET https://a.test/ @64:ff9b::8.8.8.8", "granted"},
        {"GET https://a.test/ @64:ff9b::192.168.0.1", "address-class"},
        {"GET https://a.test/ @64:ff9b:1::127.0.0.1", "address-class"},
        {"GET https://a.test/ @64:ff9b:1::8.8.8.8", "granted"},
        {"GET https://a.test/ @2001:0:808:808:0:0:80ff:fffe", "address-class"},
        {"GET https://a.test/ @2001:0:7f00:1:0:0:f7f7:f7f7", "granted"},
        {"GET https://a.test/ @::127.0.0.1", "address-class"}, {"GET https://a.test/ @::8.8.8.8", "granted"},
        {"GET https://a.test/ @2a00::5efe:192.168.0.1", "address-class"},
        {"GET https://a.test/ @2a00::5efe:8.8.8.8", "granted"}, {"GET https://a.test/ @9.9.9.9", "deny-rule"},
        {"GET https://a.test/ @2002:909:909::1", "deny-rule"}, {"GET https://a.test/ @64:ff9b::9.9.9.9", "deny-rule"});
}

static void denied_ranges_win(void) {
    CHECK_ROWS("  network: {allow: [{host: a.test}, {cidr: 10.0.0.0/8}], deny: [{cidr: 10.9.0.0/16}, {cidr: "
               "8.8.8.0/24}, {cidr: '2a00::/16', ports: [8443]}]}\n",
               {"GET https://a.test/ @10.1.0.1", "granted"}, {"GET https://a.test/ @10.9.0.1", "deny-rule"},
               {"GET https://10.9.0.1/", "deny-rule"}, {"GET https://a.test/ @8.8.8.8", "deny-rule"},
               {"GET https://a.test/ @8.8.9.8", "granted"}, {"GET https://a.test/ @2a00::1", "granted"});
    CHECK_ROWS("  network: {allow: [{host: a.test}, {cidr: 10.0.0.0/8}], deny: [{cidr: '::/0'}]}\n",
               {"GET https://a.test/ @10.1.0.1", "deny-rule"}, {"GET https://a.test/ @2a00::1", "deny-rule"});
}

static void environment(void) {
    pn_auto(pn_policy) struct pn_policy p = read_policy("  environment: {allow: [{key: API_KEY}]}\n");
    CHECK(pn_policy_environment(&p, PN_VIEW("API_KEY")).allow);
    CHECK(!pn_policy_environment(&p, PN_VIEW("API_KEY2")).allow);
    CHECK(!pn_policy_environment(&p, PN_VIEW("api_key")).allow);
    CHECK(!pn_policy_environment(&p, PN_VIEW("")).allow);
    CHECK(!pn_policy_environment(&p, PN_VIEW("API_KEY\0x")).allow);
}

PN_TESTS(TEST(misuse), TEST(empty_grants_nothing), TEST(hosts), TEST(schemes_and_ports), TEST(methods_and_paths),
         TEST(ambiguous_paths_fit_no_restricted_grant), TEST(deny_wins), TEST(address_classes),
         TEST(a_cidr_opens_addresses_to_granted_names_only), TEST(wide_cidrs_keep_to_their_family_and_off_metadata),
         TEST(carried_addresses_count), TEST(denied_ranges_win), TEST(environment))
