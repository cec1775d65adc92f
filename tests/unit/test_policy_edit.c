// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "net/addr.h"
#include "policy/edit.h"
#include "policy/environment.h"
#include "policy/explain.h"
#include "policy_help.h"

#define R PN_ACCESS_READ
#define W PN_ACCESS_WRITE

static void misuse(void) {
    struct pn_policy p;
    struct pn_err err = {0};
    unsigned access = 77;
    pn_policy_init_empty(&p);
    CHECK_INT(pn_policy_grant_storage(&p, "relative", R, &err), -1);
    CHECK_INT(pn_policy_grant_storage(&p, "fs://~/x", R, &err), -1);
    CHECK_ERR(err, "write the home directory out");
    CHECK_INT(pn_policy_grant_storage(&p, "fs:///x", 0, &err), -1);
    CHECK_INT(pn_policy_grant_storage(&p, "fs:///proc/self", R, &err), -1);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "*"}, &err), -1);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "*.com"}, &err), -1);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "https://a.test/"}, &err), -1);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "10.0.0.1/8"}, &err), -1);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "a.test", .ports = "80,"}, &err), -1);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "a.test", .ports = ""}, &err), -1);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "a.test", .schemes = "ftp"}, &err), -1);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "a.test", .methods = "GET,GET"}, &err),
              -1);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "a.test", .paths = "x"}, &err), -1);
    CHECK_INT(pn_policy_grant_environment(&p, "A=B", &err), -1);
    CHECK_INT(pn_policy_grant_environment(&p, "", &err), -1);
    CHECK_INT(pn_policy_access_parse("", &access, &err), -1);
    CHECK_INT(pn_policy_access_parse(NULL, &access, &err), -1);
    CHECK_INT(pn_policy_access_parse("read,", &access, &err), -1);
    CHECK_INT(pn_policy_access_parse("execute", &access, &err), -1);
    CHECK_INT(access, 77);
    CHECK_INT(p.storage_allow_len + p.network_allow_len + p.environment_len, 0);
    CHECK_INT(pn_policy_revoke_storage(&p, "fs:///x", &err), -1);
    CHECK_ERR(err, "granted: nothing");
    CHECK_INT(pn_policy_revoke_network(&p, "a.test", &err), -1);
    CHECK_INT(pn_policy_revoke_environment(&p, "A", &err), -1);
    pn_policy_fini(&p);
}

static void grants_add_and_merge(void) {
    pn_auto(pn_policy) struct pn_policy p;
    struct pn_err err = {0};
    unsigned access = 0;
    pn_policy_init_empty(&p);
    CHECK_INT(pn_policy_access_parse("write,read", &access, &err), 0);
    CHECK_INT(access, R | W);
    CHECK_INT(pn_policy_grant_storage(&p, "fs:///srv/a/", R, &err), 1);
    CHECK_INT(pn_policy_grant_storage(&p, "fs:///srv/a", R, &err), 0);
    CHECK_INT(pn_policy_grant_storage(&p, "fs:///srv/a", W, &err), 1);
    CHECK_INT(p.storage_allow_len, 1);
    CHECK_INT(p.storage_allow[0].access, R | W);
    const struct pn_network_grant plain = {.target = "A.test"}, post = {.target = "a.test",
                                                                        .methods = "post",
                                                                        .ports = "8443,443",
                                                                        .schemes = "https,http",
                                                                        .paths = "/a,/b/**"};
    CHECK_INT(pn_policy_grant_network(&p, &plain, &err), 1);
    CHECK_INT(pn_policy_grant_network(&p, &plain, &err), 0);
    CHECK_INT(pn_policy_grant_network(&p, &post, &err), 1);
    CHECK_INT(pn_policy_grant_network(&p, &post, &err), 0);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "10.0.0.0/8"}, &err), 1);
    CHECK_INT(p.network_allow_len, 3);
    CHECK_INT(p.network_allow[1].ports_len, 2);
    CHECK_STR(p.network_allow[1].methods[0], "POST");
    CHECK_STR(p.network_allow[1].paths[1], "/b/**");
    CHECK_INT(pn_policy_grant_environment(&p, "KEY", &err), 1);
    CHECK_INT(pn_policy_grant_environment(&p, "KEY", &err), 0);
}

static void the_number_of_grants_is_bounded(void) {
    pn_auto(pn_policy) struct pn_policy p;
    struct pn_err err = {0};
    pn_policy_init_empty(&p);
    p.limits.grants = 3;
    CHECK_INT(pn_policy_grant_environment(&p, "A", &err), 1);
    CHECK_INT(pn_policy_grant_environment(&p, "B", &err), 1);
    CHECK_INT(pn_policy_grant_storage(&p, "fs:///x", R, &err), 1);
    CHECK_INT(pn_policy_grant_environment(&p, "C", &err), -1);
    CHECK_INT(err.category, PN_E_LIMIT);
    CHECK_ERR(err, "limits.grants");
    CHECK_INT(pn_policy_grant_storage(&p, "fs:///y", R, &err), -1);
    CHECK_INT(pn_policy_grant_network(&p, &(struct pn_network_grant){.target = "a.test"}, &err), -1);
    // What is there already still is.
    CHECK_INT(pn_policy_grant_environment(&p, "A", &err), 0);
    CHECK_INT(pn_policy_grant_storage(&p, "fs:///x", W, &err), 1);
    CHECK_INT(p.environment_len + p.storage_allow_len + p.network_allow_len, 3);
}

static const char full[] = "  storage: {allow: [{uri: 'fs:///a/**', access: [read]}, {uri: 'fs:///b', access: "
                           "[read]}], deny: [{uri: 'fs:///a/x'}]}\n"
                           "  network: {allow: [{host: a.test}, {host: '*.a.test'}, {host: a.test, methods: [GET]}, "
                           "{cidr: 10.0.0.0/8}], deny: [{host: bad.test}]}\n"
                           "  environment: {allow: [{key: A}, {key: B}]}\nlimits: {memory: 2MiB}\nconfig: {k: v}\n";

static void revoke_takes_exactly_what_is_named(void) {
    pn_auto(pn_policy) struct pn_policy p = read_policy(full);
    struct pn_err err = {0};
    CHECK_INT(pn_policy_revoke_storage(&p, "fs:///a", &err), -1);
    CHECK_ERR(err, "granted: fs:///a/**, fs:///b");
    CHECK_INT(pn_policy_revoke_storage(&p, "fs:///a/**", &err), 1);
    CHECK_INT(p.storage_allow_len, 1);
    CHECK_STR(p.storage_allow[0].pattern, "/b");
    CHECK_INT(pn_policy_revoke_network(&p, "a.test", &err), 2);
    CHECK_INT(p.network_allow_len, 2);
    CHECK(p.network_allow[0].wildcard);
    CHECK_INT(pn_policy_revoke_network(&p, "10.0.0.0/9", &err), -1);
    CHECK_ERR(err, "granted: *.a.test, 10.0.0.0/8");
    CHECK_INT(pn_policy_revoke_network(&p, "10.0.0.0/8", &err), 1);
    CHECK_INT(pn_policy_revoke_environment(&p, "A", &err), 1);
    CHECK(!pn_policy_environment(&p, PN_VIEW("A")).allow);
    CHECK(pn_policy_environment(&p, PN_VIEW("B")).allow);
    CHECK_INT(p.storage_deny_len, 1);
    CHECK_INT(p.network_deny_len, 1);
}

static void reset_never_widens(void) {
    pn_auto(pn_policy) struct pn_policy p = read_policy(full);
    pn_policy_reset(&p);
    pn_auto(pn_buf) struct pn_buf out = {0};
    pn_policy_write(&p, &out);
    CHECK_STR(pn_buf_cstr(&out), "version: \"1.0\"\npermissions:\n  storage:\n    deny:\n      - uri: \"fs:///a/x\"\n  "
                                 "      access: [read, write]\n  network:\n    deny:\n"
                                 "      - host: \"bad.test\"\nlimits:\n  memory: 2MiB\nconfig:\n  \"k\": \"v\"\n");
    CHECK(!pn_policy_storage(&p, PN_VIEW("/b"), R).allow);
    struct pn_err err = {0};
    CHECK_INT(pn_policy_grant_storage(&p, "fs:///b", R, &err), 1);
}

// A suggestion, added to the policy, must turn the verdict; and be no wider than it looks.
static void check_storage(const char *permissions, const char *path, unsigned want, const char *command) {
    pn_auto(pn_policy) struct pn_policy p = read_policy(permissions);
    pn_auto(pn_explanation) struct pn_explanation e = {0};
    pn_explain_storage(&p, "tool", pn_view_str(path), want, &e);
    CHECK(!e.verdict.allow);
    CHECK(e.reason.len > 0 && e.remedy.len > 0);
    CHECK_STR(pn_buf_cstr(&e.command), command);
    CHECK_INT(e.yaml.len > 0, command[0] != '\0');
    if (e.yaml.len == 0)
        return;
    pn_auto(pn_buf) struct pn_buf document = {0};
    pn_auto(pn_policy) struct pn_policy grant;
    pn_buf_printf(&document, "version: \"1.0\"\n%s", pn_buf_cstr(&e.yaml));
    CHECK_INT(pn_policy_parse(pn_buf_view(&document), "y", &grant, NULL, NULL), 0);
    CHECK(pn_policy_storage(&grant, pn_view_str(path), want).allow);
}

static void storage_explained(void) {
    static const char some[] =
        "  storage: {allow: [{uri: 'fs:///srv/**', access: [read]}], deny: [{uri: 'fs:///srv/no'}]}\n";
    check_storage(some, "/opt/x", R, "postern permission grant storage tool fs:///opt/x --access read\n");
    check_storage(some, "/srv/x", W, "postern permission grant storage tool fs:///srv/x --access write\n");
    check_storage(some, "/srv/x", R | W, "postern permission grant storage tool fs:///srv/x --access read,write\n");
    check_storage(some, "/srv/.git/config", R,
                  "postern permission grant storage tool fs:///srv/.git/config --access read\n");
    check_storage(some, "/srv/a.pem", R, "postern permission grant storage tool fs:///srv/a.pem --access read\n");
    check_storage(some, "/srv x/it's", R,
                  "postern permission grant storage tool 'fs:///srv x/it'\\''s' --access read\n");
    check_storage(some, "/opt/[id].ts", R, "postern permission grant storage tool 'fs:///opt/?id?.ts' --access read\n");
    check_storage(some, "/srv/no/x", R, "");
    check_storage(some, "/proc/1", R, "");
    check_storage(some, "/srv/../x", R, "");
    pn_auto(pn_policy) struct pn_policy p = read_policy(some);
    pn_auto(pn_explanation) struct pn_explanation e = {0};
    pn_explain_storage(&p, "tool", PN_VIEW("/srv/no"), R, &e);
    CHECK_STR(pn_buf_cstr(&e.remedy), "narrow or remove the deny entry permissions.storage.deny[0] (line 3)");
}

struct ask {
    const char *host, *path, *method;
    bool http;
    uint16_t port;
    const char *ip;
    const char *command;
};

static void check_network(const struct pn_policy *p, const struct ask *ask) {
    struct pn_network_facts f = {.scheme = ask->http ? PN_SCHEME_HTTP : PN_SCHEME_HTTPS,
                                 .host = pn_view_str(ask->host),
                                 .port = ask->port,
                                 .method = pn_view_str(ask->method),
                                 .path = pn_view_str(ask->path)};
    struct pn_addr a = {0};
    if (ask->ip != NULL && pn_addr_parse(pn_view_str(ask->ip), &a, NULL) < 0)
        CHECK(false);
    if (ask->host == NULL) {
        f.is_address = true;
        pn_copy(f.address, a.b, 16);
    }
    const uint8_t *ip = ask->ip == NULL ? NULL : a.b;
    pn_auto(pn_explanation) struct pn_explanation e = {0};
    pn_explain_network(p, "tool", &f, ip, &e);
    CHECK(!e.verdict.allow);
    CHECK_STR(pn_buf_cstr(&e.command), ask->command);
    CHECK_INT(e.yaml.len > 0, ask->command[0] != '\0');
    CHECK(e.remedy.len > 0);
}

static void network_explained(void) {
    pn_auto(pn_policy) struct pn_policy p = read_policy("  network: {allow: [{host: a.test, methods: [GET], paths: "
                                                        "['/v1']}, {host: open.test}], deny: [{host: no.test}]}\n");
    static const struct ask asks[] = {
        {"b.test", "/", "GET", false, 443, NULL,
         "postern permission grant network tool b.test --methods GET --paths /\n"},
        {"b.test", "/x/y", "POST", true, 8080, NULL,
         "postern permission grant network tool b.test --ports 8080 --schemes http --methods POST --paths /x/y\n"},
        {"a.test", "/v1", "PUT", false, 443, NULL,
         "postern permission grant network tool a.test --methods PUT --paths /v1\n"},
        {"a.test", "/v2/%C3%A4/a*b", "GET", false, 443, NULL,
         "postern permission grant network tool a.test --methods GET --paths '/v2/\xc3\xa4/*'\n"},
        {"a.test", "/v2/a%2fb", "GET", false, 443, NULL,
         "postern permission grant network tool a.test --methods GET\n"},
        {"open.test", "/", "GET", false, 443, "10.0.0.7",
         "postern permission grant network tool 10.0.0.7/32 --methods GET --paths /\n"},
        {"open.test", "/", "GET", false, 443, "fd00::7",
         "postern permission grant network tool fd00::7/128 --methods GET --paths /\n"},
        {"open.test", "/", "GET", false, 443, "169.254.169.254",
         "postern permission grant network tool 169.254.169.254/32 --methods GET --paths /\n"},
        {"open.test", "/", "GET", false, 443, "2002:7f00:1::1",
         "postern permission grant network tool 2002:7f00:1::1/128 --methods GET --paths /\npostern permission grant "
         "network tool 127.0.0.1/32 --methods GET --paths /\n"},
        {"c.test", "/", "GET", false, 443, "10.0.0.7",
         "postern permission grant network tool c.test --methods GET --paths /\npostern permission grant network tool "
         "10.0.0.7/32 --methods GET --paths /\n"},
        {NULL, "/", "GET", false, 443, "8.8.8.8",
         "postern permission grant network tool 8.8.8.8/32 --methods GET --paths /\n"},
        {"no.test", "/", "GET", false, 443, NULL, ""},
        {"BAD", "/", "GET", false, 443, NULL, ""},
    };
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
        check_network(&p, &asks[i]);
}

static void environment_explained(void) {
    pn_auto(pn_policy) struct pn_policy p = read_policy("  environment: {allow: [{key: A}]}\n");
    pn_auto(pn_explanation) struct pn_explanation e = {0}, bad = {0}, good = {0};
    pn_explain_environment(&p, "my tool", "B", &e);
    CHECK_STR(pn_buf_cstr(&e.command), "postern permission grant environment 'my tool' B\n");
    CHECK_STR(pn_buf_cstr(&e.yaml), "permissions:\n  environment:\n    allow:\n      - key: \"B\"\n");
    pn_explain_environment(&p, "t", "B=C", &bad);
    CHECK_INT(bad.yaml.len, 0);
    pn_explain_environment(&p, "t", "A", &good);
    CHECK(good.verdict.allow);
}

PN_TESTS(TEST(misuse), TEST(grants_add_and_merge), TEST(the_number_of_grants_is_bounded),
         TEST(revoke_takes_exactly_what_is_named), TEST(reset_never_widens), TEST(storage_explained),
         TEST(network_explained), TEST(environment_explained))
