// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/file.h"
#include "check.h"
#include "config/limits.h"
#include "config/policy.h"
#include "config/rule.h"
#include "policy/network.h"
#include "policy/storage.h"

// A file of the source tree, found from this file's own place.
static void source_file(const char *name, struct pn_buf *out) {
    char path[600];
    const char *slash = strrchr(__FILE__, '/');
    (void)snprintf(path, sizeof path, "%.*s/../../%s", slash == NULL ? 1 : (int)(slash - __FILE__),
                   slash == NULL ? "." : __FILE__, name);
    struct pn_err err = {0};
    if (pn_read_file(path, 1 << 20, out, &err) < 0) {
        printf("Bail out! %s\n", err.text);
        exit(2);
    }
}

static int parse(const char *text, struct pn_policy *p, struct pn_buf *report, struct pn_err *err) {
    return pn_policy_parse(pn_view_str(text), "p.yaml", p, report, err);
}

// The document is refused; its report holds `want`, and a report and an error there are.
static void refused(const char *text, const char *want) {
    pn_auto(pn_buf) struct pn_buf report = {0};
    struct pn_err err = {0};
    struct pn_policy p;
    int rc = parse(text, &p, &report, &err);
    if (rc == 0)
        pn_policy_fini(&p);
    if (rc == 0 || strstr(pn_buf_cstr(&report), want) == NULL)
        printf("# %s\n# says: %s\n", text, pn_buf_cstr(&report));
    CHECK_INT(rc, -1);
    CHECK(strstr(pn_buf_cstr(&report), want) != NULL);
    CHECK_INT(err.category, PN_E_INPUT);
    CHECK(strncmp(err.text, "p.yaml:", 7) == 0);
}

// One permission, refused.
static void refused_in(const char *section, const char *want) {
    char text[2000];
    (void)snprintf(text, sizeof text, "version: \"1.0\"\npermissions:\n  %s\n", section);
    refused(text, want);
}

static void misuse(void) {
    refused("permissions: {}\n", "the key 'version' is missing");
    refused("version: \"1.0\"\n", "the key 'permissions' is missing");
    refused("version: 1.0\npermissions: {}\n", "write it in quotes: \"1.0\"");
    refused("version: \"2.0\"\npermissions: {}\n", "not \"2.0\"");
    refused("version: \"1.0\"\npermissions: {}\nextra: 1\n", "p.yaml:3:1: unknown key 'extra'");
    refused("version: \"1.0\"\npermisions: {}\n", "did you mean 'permissions'?");
    refused("version: \"1.0\"\npermissions: []\n", "permissions: expected a map, found a list");
    refused("version: \"1.0\"\npermissions: {}\n$schema: 3\n", "expected a string");
    refused("[]", "expected a map");
    refused("version", "expected a map");
    refused("{\"version\": \"1.0\", \"permissions\": {},}}", "p.yaml:1:");
    // Text that is only a comment is an empty policy, and so is an empty file.
    pn_auto(pn_policy) struct pn_policy p;
    CHECK_INT(parse("# nothing\n", &p, NULL, NULL), 0);
    pn_auto(pn_policy) struct pn_policy q;
    CHECK_INT(pn_policy_parse(pn_view(NULL, 0), "p", &q, NULL, NULL), 0);
    CHECK_INT(q.limits.memory_bytes, pn_limits_default.memory_bytes);
    CHECK_INT(q.storage_allow_len + q.network_allow_len + q.environment_len, 0);
}

static void storage_entries(void) {
    refused_in("storage: {allow: [{uri: 'fs://data/**', access: [read]}]}",
               "is relative; write an absolute path, with three slashes: fs:///data/**");
    refused_in("storage: {allow: [{uri: '/data/**', access: [read]}]}", "must begin with fs://");
    refused_in("storage: {allow: [{uri: 'fs://~/x', access: [read]}]}", "write the home directory out");
    refused_in("storage: {allow: [{uri: 'fs:///a/../b', access: [read]}]}", "'.' or '..' segment");
    refused_in("storage: {allow: [{uri: 'fs:///a/./b', access: [read]}]}", "'.' or '..' segment");
    refused_in("storage: {allow: [{uri: 'fs:///a//b', access: [read]}]}", "an empty segment");
    refused_in("storage: {allow: [{uri: 'fs:///a**/b', access: [read]}]}", "'**' must be a whole segment");
    refused_in("storage: {allow: [{uri: 'fs:///***', access: [read]}]}", "'**' must be a whole segment");
    refused_in("storage: {allow: [{uri: 'fs:///[ab]', access: [read]}]}", "is no wildcard here");
    refused_in("storage: {deny: [{uri: 'fs:///{a,b}'}]}", "is no wildcard here");
    refused_in("storage: {allow: [{uri: 'fs:///a\\b', access: [read]}]}", "is no wildcard here");
    refused_in("storage: {allow: [{uri: 'fs:///proc/1', access: [read]}]}", "cannot be granted");
    refused_in("storage: {allow: [{uri: 'fs:///dev/**', access: [read]}]}", "cannot be granted");
    refused_in("storage: {allow: [{uri: 'fs:///a'}]}", "the key 'access' is missing");
    refused_in("storage: {allow: [{access: [read]}]}", "the key 'uri' is missing");
    refused_in("storage: {allow: [{uri: 'fs:///a', access: []}]}", "an empty list");
    refused_in("storage: {allow: [{uri: 'fs:///a', access: read}]}", "expected a list");
    refused_in("storage: {allow: [{uri: 'fs:///a', access: [execute]}]}", "'execute' is no access");
    refused_in("storage: {allow: [{uri: 'fs:///a', access: [read, read]}]}", "listed twice");
    refused_in("storage: {allow: {uri: 'fs:///a'}}", "expected a list, found a map");
    refused_in("storage: {alow: []}", "did you mean 'allow'?");
    pn_auto(pn_policy) struct pn_policy p;
    CHECK_INT(parse("version: \"1.0\"\npermissions: {storage: {allow: [{uri: 'fs:///srv/a/*/b', access: [write]}, "
                    "{uri: 'fs:///', access: [read]},\n"
                    " {uri: 'fs:///x/.y/', access: [write, read]}], deny: [{uri: 'fs:///proc/x'}, {uri: 'fs:///z', "
                    "access: [write]}]}}",
                    &p, NULL, NULL),
              0);
    CHECK_STR(p.storage_allow[0].pattern, "/srv/a/*/b");
    CHECK_STR(p.storage_allow[0].base, "/srv/a");
    CHECK_INT(p.storage_allow[0].access, PN_ACCESS_WRITE);
    CHECK_INT(p.storage_allow[0].line, 2);
    CHECK(!p.storage_allow[0].hidden);
    CHECK_STR(p.storage_allow[1].base, "/");
    CHECK_STR(p.storage_allow[2].pattern, "/x/.y");
    CHECK(p.storage_allow[2].hidden);
    CHECK_INT(p.storage_allow[2].line, 3);
    CHECK_INT(p.storage_deny[0].access, PN_ACCESS_READ | PN_ACCESS_WRITE);
    CHECK_INT(p.storage_deny[1].access, PN_ACCESS_WRITE);
}

static void network_entries(void) {
    refused_in("network: {allow: [{}]}", "needs 'host' or 'cidr'");
    refused_in("network: {allow: [{ports: [80]}]}", "needs 'host' or 'cidr'");
    refused_in("network: {allow: [{host: a.test, cidr: 10.0.0.0/8}]}", "either 'host' or 'cidr'");
    refused_in("network: {allow: [{host: '*'}]}", "would name every host");
    refused_in("network: {allow: [{host: '*.com'}]}", "whole top-level domain");
    refused_in("network: {allow: [{host: 'a.*.test'}]}", "only in front");
    refused_in("network: {allow: [{host: '*a.test'}]}", "only in front");
    refused_in("network: {allow: [{host: a.test.}]}", "trailing dot");
    refused_in("network: {allow: [{host: 'a.test:443'}]}", "ports have the key 'ports'");
    refused_in("network: {allow: [{host: 'https://a.test'}]}", "schemes and paths have keys of their own");
    refused_in("network: {allow: [{host: 'u@a.test'}]}", "without user information");
    refused_in("network: {allow: [{host: 127.0.0.1}]}", "granted with 'cidr', e.g. cidr: \"127.0.0.1/32\"");
    refused_in("network: {allow: [{host: '[::1]'}]}", "granted with 'cidr'");
    refused_in("network: {allow: [{host: '0x7f.1'}]}", "hexadecimal");
    refused_in("network: {allow: [{host: '2130706433'}]}", "decimal");
    refused_in("network: {allow: [{host: '127.1'}]}", "shortened");
    refused_in("network: {allow: [{host: '0177.0.0.1'}]}", "octal");
    refused_in("network: {allow: [{host: 'r\xd0\xb0ypal.test'}]}", "mixes scripts");
    refused_in("network: {allow: [{host: 'a_b.test'}]}", "a character that no host name has");
    refused_in("network: {allow: [{host: 'a..test'}]}", "empty label");
    refused_in("network: {allow: [{host: '-a.test'}]}", "hyphen");
    refused_in("network: {allow: [{host: ''}]}", "empty");
    refused_in("network: {allow: [{cidr: 10.0.0.1/8}]}", "write 10.0.0.0/8");
    refused_in("network: {allow: [{cidr: 10.0.0.0/33}]}", "from 0 to 32");
    refused_in("network: {allow: [{cidr: 10.0.0.0}]}", "address/bits");
    refused_in("network: {allow: [{cidr: '10.0.0.0/08'}]}", "from 0 to 32");
    refused_in("network: {allow: [{cidr: '010.0.0.0/8'}]}", "without leading zeros");
    refused_in("network: {allow: [{cidr: '::ffff:10.0.0.0/104'}]}", "write it as IPv4");
    refused_in("network: {allow: [{cidr: 'fe80::%eth0/64'}]}", "zone");
    refused_in("network: {allow: [{host: a.test, ports: [0]}]}", "from 1 to 65535");
    refused_in("network: {allow: [{host: a.test, ports: [65536]}]}", "from 1 to 65535");
    refused_in("network: {allow: [{host: a.test, ports: [0443]}]}", "is not a port");
    refused_in("network: {allow: [{host: a.test, ports: ['1-9']}]}", "is not a port");
    refused_in("network: {allow: [{host: a.test, ports: [80, 80]}]}", "listed twice");
    refused_in("network: {allow: [{host: a.test, ports: 80}]}", "expected a list");
    refused_in("network: {allow: [{host: a.test, ports: []}]}", "leave the key out");
    refused_in("network: {allow: [{host: a.test, schemes: [ftp]}]}", "http and https");
    refused_in("network: {allow: [{host: a.test, methods: ['G T']}]}", "is not a method");
    refused_in("network: {allow: [{host: a.test, methods: [get, GET]}]}", "listed twice");
    refused_in("network: {allow: [{host: a.test, paths: [v1]}]}", "must begin with '/'");
    refused_in("network: {allow: [{host: a.test, paths: ['/a%20b']}]}", "write decoded characters");
    refused_in("network: {allow: [{host: a.test, paths: ['/a?b=c']}]}", "may not stand in a path pattern");
    refused_in("network: {allow: [{host: a.test, paths: ['/../a']}]}", "'..'");
    refused_in("network: {allow: [{hosts: a.test}]}", "did you mean 'host'?");
    pn_auto(pn_policy) struct pn_policy p;
    CHECK_INT(parse("version: \"1.0\"\npermissions: {network: {allow: [{host: '*.B\xc3\xbc"
                    "cher.Example', ports: [1, 65535], schemes: [http], methods: [get], paths: [/, /a/]}],"
                    " deny: [{host: '*.com'}, {cidr: '::/0'}]}}",
                    &p, NULL, NULL),
              0);
    CHECK_STR(p.network_allow[0].host, "xn--bcher-kva.example");
    CHECK(p.network_allow[0].wildcard);
    CHECK_INT(p.network_allow[0].ports[1], 65535);
    CHECK_STR(p.network_allow[0].methods[0], "GET");
    CHECK_STR(p.network_allow[0].paths[1], "/a/");
    CHECK_INT(p.network_deny_len, 2);
}

static void what_cannot_be_enforced_is_refused(void) {
    refused_in("ipc: {allow: [{uri: 'pipe://x'}]}", "would not enforce");
    refused_in("ipc: {deny: [{uri: 'pipe://x'}]}", "remove it");
    refused_in("runtime: {docker: {security: {privileged: true}}}", "container runtimes");
    refused_in("runtime: x", "container runtimes");
    refused_in("resources: {limits: {io: 5}}", "unknown key 'io'");
    refused_in("resources: {cpu: 500m}", "unknown key 'cpu'");
    refused_in("environment: {deny: [{key: A}]}", "unknown key 'deny'");
    pn_auto(pn_policy) struct pn_policy p;
    CHECK_INT(parse("version: \"1.0\"\npermissions: {ipc: {allow: [], deny: }, runtime: {}, storage: , network: "
                    "{allow: , deny: []}, environment: {}, resources: }\nlimits:\nconfig:\n",
                    &p, NULL, NULL),
              0);
}

static void limits(void) {
    refused("version: \"1.0\"\npermissions: {}\nlimits: {memroy: 1MiB}\n", "did you mean 'memory'?");
    refused("version: \"1.0\"\npermissions: {}\nlimits: {zzzzzzzzz: 1}\n", "postern-policy(5) lists them");
    refused("version: \"1.0\"\npermissions: {}\nlimits: {memory: 1KiB}\n",
            "memory: 1KiB is out of range, which is 64KiB to 4GiB");
    refused("version: \"1.0\"\npermissions: {}\nlimits: {wall_time: 30}\n",
            "expected a time such as 500ms or 30s, found 30");
    refused("version: \"1.0\"\npermissions: {}\nlimits: {wall_time: 1us}\n", "expected a time");
    refused("version: \"1.0\"\npermissions: {}\nlimits: {fuel: 1e9}\n", "expected a decimal number");
    refused("version: \"1.0\"\npermissions: {}\nlimits: {memory: [1MiB]}\n", "found a list");
    refused("version: \"1.0\"\npermissions: {}\nlimits: {memory: }\n", "found nothing");
    refused("version: \"1.0\"\npermissions: {}\nlimits: [memory]\n", "limits: expected a map");
    refused("version: \"1.0\"\npermissions: {resources: {limits: {memory: 1Mi}}}\nlimits: {memory: 2MiB}\n",
            "differs from limits.memory in line 3");
    refused("version: \"1.0\"\npermissions: {resources: {limits: {cpu: '1'}}}\nlimits: {cpu: 500m}\n",
            "differs from limits.cpu in line 3");
    pn_auto(pn_policy) struct pn_policy p;
    CHECK_INT(parse("version: \"1.0\"\npermissions: {resources: {limits: {memory: \"512Mi\", cpu: \"500m\"}}}\nlimits: "
                    "{memory: 512MiB, wall_time: 2s, clock_resolution: 20us, log_line: 80}\n",
                    &p, NULL, NULL),
              0);
    CHECK_INT(p.limits.memory_bytes, 512u << 20);
    CHECK_INT(p.limits.cpu_millis, 500);
    CHECK_INT(p.limits.wall_ms, 2000);
    CHECK_INT(p.limits.clock_resolution_us, 20);
    CHECK_INT(p.limits.log_line_bytes, 80);
    CHECK_INT(p.limits.fuel, 500000000);
}

// Each limit: its least and most are accepted and kept, one beyond is not.
static void every_limit_keeps_to_its_range(void) {
    for (const struct pn_limit_info *l = pn_limit_table; l->key != NULL; l++) {
        const struct {
            uint64_t amount;
            bool good;
        } tries[] = {{l->least, true}, {l->most, true}, {l->most + 1, false}, {l->least - 1, false}};
        for (size_t i = 0; i < 4; i++) {
            if (tries[i].amount == UINT64_MAX)
                continue;
            pn_auto(pn_buf) struct pn_buf text = {0};
            pn_buf_printf(&text, "version: \"1.0\"\npermissions: {}\nlimits: {%s: ", l->key);
            pn_limits_put_amount(&text, l, tries[i].amount);
            pn_buf_add_str(&text, "}\n");
            struct pn_policy p;
            int rc = parse(pn_buf_cstr(&text), &p, NULL, NULL);
            if ((rc == 0) != tries[i].good)
                printf("# %s", pn_buf_cstr(&text));
            CHECK_INT(rc == 0, tries[i].good);
            if (rc != 0)
                continue;
            CHECK(pn_limits_get(&p.limits, l) == tries[i].amount);
            pn_policy_fini(&p);
        }
        uint64_t usual = pn_limits_get(&pn_limits_default, l);
        CHECK(usual <= l->most && (usual >= l->least || strcmp(l->key, "cpu") == 0));
    }
}

static void grants_are_counted(void) {
    for (size_t count = 64; count <= 65; count++) {
        pn_auto(pn_buf) struct pn_buf text = {0};
        pn_buf_add_str(&text, "version: \"1.0\"\npermissions:\n  network: {allow: [{host: a.test}]}\n  storage: "
                              "{allow: [{uri: 'fs:///a', access: [read]}]}\n  environment:\n    allow:\n");
        for (size_t i = 2; i < count; i++)
            pn_buf_printf(&text, "      - key: K%zu\n", i);
        if (count == 64) {
            pn_auto(pn_policy) struct pn_policy p;
            CHECK_INT(parse(pn_buf_cstr(&text), &p, NULL, NULL), 0);
            CHECK_INT(pn_rule_grants(&p), 64);
            continue;
        }
        refused(pn_buf_cstr(&text), "65 grants, but limits.grants allows 64");
        pn_buf_add_str(&text, "limits: {grants: 65}\n");
        pn_auto(pn_policy) struct pn_policy p;
        CHECK_INT(parse(pn_buf_cstr(&text), &p, NULL, NULL), 0);
    }
}

static void configuration_and_environment(void) {
    refused("version: \"1.0\"\npermissions: {}\nconfig: {a: 3}\n", "write it in quotes");
    refused("version: \"1.0\"\npermissions: {}\nconfig: {a: [b]}\n", "expected a string");
    refused("version: \"1.0\"\npermissions: {}\nconfig: {\"\": b}\n", "may not be empty");
    refused("version: \"1.0\"\npermissions: {}\nconfig: [a]\n", "expected a map of strings");
    refused_in("environment: {allow: [{key: A=B}]}", "not a variable's name");
    refused_in("environment: {allow: [{key: 1A}]}", "not a variable's name");
    refused_in("environment: {allow: [A]}", "expected a map");
    refused_in("environment: {allow: [{key: NO}]}", "write it in quotes");
    pn_auto(pn_policy) struct pn_policy p;
    CHECK_INT(
        parse("version: \"1.0\"\npermissions: {environment: {allow: [{key: API_KEY}]}}\nconfig: {a: '3', b: \"\"}\n",
              &p, NULL, NULL),
        0);
    CHECK_STR(p.environment[0], "API_KEY");
    CHECK_STR(p.config[1].key, "b");
    CHECK_STR(p.config[1].value, "");
}

static void all_mistakes_come_at_once(void) {
    pn_auto(pn_buf) struct pn_buf report = {0};
    struct pn_err err = {0};
    struct pn_policy p;
    CHECK_INT(parse("version: \"1.0\"\npermissions:\n  storage:\n    allow:\n      - uri: fs://x\n        access: "
                    "[read]\n  network:\n    allow:\n      - host: \"*\"\nfoo: 1\n",
                    &p, &report, &err),
              -1);
    CHECK_STR(
        pn_buf_cstr(&report),
        "p.yaml:5:9: 'fs://x' is relative; write an absolute path, with three slashes: fs:///x\n"
        "p.yaml:9:9: '*' would name every host; name the hosts, or a domain as *.example.org\n"
        "p.yaml:10:1: unknown key 'foo'; known here: version, description, $schema, permissions, limits, config\n");
    CHECK_STR(err.text, "p.yaml:5:9: 'fs://x' is relative; write an absolute path, with three slashes: fs:///x");
}

static void canonical_text(void) {
    static const char text[] =
        "version: \"1.0\"\ndescription: \"A \\\"b\\\"\\n\"\npermissions:\n  storage:\n    allow:\n      - uri: "
        "\"fs:///srv/it's \\\"x\\\"\"\n        access: [read]\n"
        "  network:\n    allow:\n      - host: \"*.a.test\"\n        ports: [80, 8080]\n        schemes: [http]\n      "
        "  methods: [\"GET\"]\n        paths: [\"/a/**\"]\n"
        "      - cidr: \"10.0.0.0/8\"\n    deny:\n      - cidr: \"fd00::/8\"\n  environment:\n    allow:\n      - key: "
        "\"A\"\nlimits:\n  memory: 1MiB\n  wall_time: 90s\nconfig:\n  \"a: b\": \"c\"\n";
    pn_auto(pn_policy) struct pn_policy p;
    pn_auto(pn_buf) struct pn_buf out = {0};
    CHECK_INT(parse(text, &p, NULL, NULL), 0);
    pn_policy_write(&p, &out);
    CHECK_STR(pn_buf_cstr(&out), text);
    pn_auto(pn_policy) struct pn_policy empty;
    pn_policy_init_empty(&empty);
    pn_buf_reset(&out);
    pn_policy_write(&empty, &out);
    CHECK_STR(pn_buf_cstr(&out), "version: \"1.0\"\npermissions: {}\n");
}

static void check_example(const char *name, const char *path, bool readable, const char *host, bool reachable) {
    pn_auto(pn_buf) struct pn_buf text = {0}, report = {0};
    char file[200];
    (void)snprintf(file, sizeof file, "examples/policies/%s", name);
    source_file(file, &text);
    pn_auto(pn_policy) struct pn_policy p = {0};
    CHECK_INT(pn_policy_parse(pn_buf_view(&text), name, &p, &report, NULL), 0);
    CHECK_STR(pn_buf_cstr(&report), "");
    CHECK_INT(pn_policy_storage(&p, pn_view_str(path), PN_ACCESS_READ).allow, readable);
    struct pn_network_facts f = {.scheme = PN_SCHEME_HTTPS,
                                 .host = pn_view_str(host),
                                 .port = 443,
                                 .method = PN_VIEW("GET"),
                                 .path = PN_VIEW("/v1/forecast")};
    CHECK_INT(pn_policy_network(&p, &f).allow, reachable);
}

static void the_examples_do_what_they_say(void) {
    check_example("read-one-directory.yaml", "/srv/reports/2026/q1.txt", true, "api.weather.example", false);
    check_example("read-one-directory.yaml", "/srv/reports/salaries/a.txt", false, "api.weather.example", false);
    check_example("one-web-api.yaml", "/srv/reports/a", false, "api.weather.example", true);
    check_example("local-service.yaml", "/srv", false, "tickets.corp.example", true);
    check_example("notes-writer.yaml", "/srv/notes/archive/x.md", true, "a.test", false);
    check_example("notes-writer.yaml", "/srv/notes/.env", false, "a.test", false);
}

// What the documents can say stands in the man page: limits, keys and the table of credentials.
static void the_man_page_is_complete(void) {
    pn_auto(pn_buf) struct pn_buf page = {0}, settings = {0};
    source_file("man/postern-policy.5", &page);
    source_file("man/postern.yaml.5", &settings);
    const char *text = pn_buf_cstr(&page);
    char item[100];
    for (const struct pn_limit_info *l = pn_limit_table; l->key != NULL; l++) {
        (void)snprintf(item, sizeof item, "\n.It Ic %s\n", l->key);
        if (strstr(text, item) == NULL)
            printf("# %s\n", l->key);
        CHECK(strstr(text, item) != NULL);
    }
    static const char *const keys[] = {
        "version", "description", "$schema", "permissions", "limits", "config",           "uri", "access", "host",
        "cidr",    "ports",       "schemes", "methods",     "paths",  "resources.limits", "ipc", "runtime"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        (void)snprintf(item, sizeof item, "\n.It Ic %s\n", keys[i]);
        CHECK(strstr(text, item) != NULL);
    }
    for (size_t i = 0; pn_policy_credential_pattern(i) != NULL; i++) {
        if (strstr(text, pn_policy_credential_pattern(i)) == NULL)
            printf("# %s\n", pn_policy_credential_pattern(i));
        CHECK(strstr(text, pn_policy_credential_pattern(i)) != NULL);
    }
    static const char *const set[] = {"log.level",   "egress.ca_file",       "egress.resolver",
                                      "environment", "confinement.uid_base", "confinement.allow_degraded"};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++) {
        (void)snprintf(item, sizeof item, "\n.It Ic %s\n", set[i]);
        CHECK(strstr(pn_buf_cstr(&settings), item) != NULL);
    }
}

PN_TESTS(TEST(misuse), TEST(storage_entries), TEST(network_entries), TEST(what_cannot_be_enforced_is_refused),
         TEST(limits), TEST(every_limit_keeps_to_its_range), TEST(grants_are_counted),
         TEST(configuration_and_environment), TEST(all_mistakes_come_at_once), TEST(canonical_text),
         TEST(the_examples_do_what_they_say), TEST(the_man_page_is_complete))
