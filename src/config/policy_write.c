// SPDX-License-Identifier: Apache-2.0
// The canonical document: fixed order, every string in quotes, only limits that differ from their defaults.
#include "base/cleanup.h"
#include "config/limits.h"
#include "config/policy.h"
#include "config/rule.h"
#include "config/yaml.h"

static void put_uri(struct pn_buf *out, const char *pattern) {
    pn_auto(pn_buf) struct pn_buf uri = {0};
    pn_buf_printf(&uri, "fs://%s", pattern);
    pn_yaml_put_text(out, pn_buf_cstr(&uri));
}

static void put_storage(struct pn_buf *out, const char *list, const struct pn_storage_rule *rules, size_t len) {
    if (len > 0)
        pn_buf_printf(out, "    %s:\n", list);
    for (size_t i = 0; i < len; i++) {
        bool both = rules[i].access == (PN_ACCESS_READ | PN_ACCESS_WRITE);
        pn_buf_add_str(out, "      - uri: ");
        put_uri(out, rules[i].pattern);
        pn_buf_printf(out, "\n        access: [%s]\n",
                      both                                ? "read, write"
                      : rules[i].access == PN_ACCESS_READ ? "read"
                                                          : "write");
    }
}

static void put_target(struct pn_buf *out, const struct pn_network_rule *rule) {
    if (rule->has_cidr) {
        pn_buf_add_str(out, "      - cidr: \"");
        pn_rule_put_cidr(out, rule);
        pn_buf_add_str(out, "\"\n");
        return;
    }
    pn_buf_printf(out, "      - host: \"%s%s\"\n", rule->wildcard ? "*." : "", rule->host);
}

static void put_ports(struct pn_buf *out, const struct pn_network_rule *rule) {
    if (rule->ports_len == 0)
        return;
    pn_buf_add_str(out, "        ports: [");
    for (size_t i = 0; i < rule->ports_len; i++)
        pn_buf_printf(out, "%s%u", i == 0 ? "" : ", ", rule->ports[i]);
    pn_buf_add_str(out, "]\n");
}

static void put_words(struct pn_buf *out, const char *key, char **words, size_t len) {
    if (len == 0)
        return;
    pn_buf_printf(out, "        %s: [", key);
    for (size_t i = 0; i < len; i++) {
        pn_buf_add_str(out, i == 0 ? "" : ", ");
        pn_yaml_put_text(out, words[i]);
    }
    pn_buf_add_str(out, "]\n");
}

static void put_network(struct pn_buf *out, const char *list, const struct pn_network_rule *rules, size_t len) {
    static const char *const schemes[] = {NULL, "http", "https", "http, https"};
    if (len > 0)
        pn_buf_printf(out, "    %s:\n", list);
    for (size_t i = 0; i < len; i++) {
        put_target(out, &rules[i]);
        put_ports(out, &rules[i]);
        if (rules[i].schemes != 0)
            pn_buf_printf(out, "        schemes: [%s]\n", schemes[rules[i].schemes & 3]);
        put_words(out, "methods", rules[i].methods, rules[i].methods_len);
        put_words(out, "paths", rules[i].paths, rules[i].paths_len);
    }
}

static void put_environment(struct pn_buf *out, const struct pn_policy *p) {
    if (p->environment_len > 0)
        pn_buf_add_str(out, "  environment:\n    allow:\n");
    for (size_t i = 0; i < p->environment_len; i++)
        pn_buf_printf(out, "      - key: \"%s\"\n", p->environment[i]);
}

static void put_permissions(struct pn_buf *out, const struct pn_policy *p) {
    bool storage = p->storage_allow_len + p->storage_deny_len > 0;
    bool network = p->network_allow_len + p->network_deny_len > 0;
    bool any = storage || network || p->environment_len > 0;
    pn_buf_add_str(out, any ? "permissions:\n" : "permissions: {}\n");
    if (storage)
        pn_buf_add_str(out, "  storage:\n");
    put_storage(out, "allow", p->storage_allow, p->storage_allow_len);
    put_storage(out, "deny", p->storage_deny, p->storage_deny_len);
    if (network)
        pn_buf_add_str(out, "  network:\n");
    put_network(out, "allow", p->network_allow, p->network_allow_len);
    put_network(out, "deny", p->network_deny, p->network_deny_len);
    put_environment(out, p);
}

static void put_limits(struct pn_buf *out, const struct pn_limits *limits) {
    bool any = false;
    for (const struct pn_limit_info *l = pn_limit_table; l->key != NULL; l++) {
        uint64_t value = pn_limits_get(limits, l);
        if (value == pn_limits_get(&pn_limits_default, l))
            continue;
        pn_buf_printf(out, "%s  %s: ", any ? "" : "limits:\n", l->key);
        pn_limits_put_amount(out, l, value);
        pn_buf_add_byte(out, '\n');
        any = true;
    }
}

static void put_config(struct pn_buf *out, const struct pn_policy *p) {
    if (p->config_len > 0)
        pn_buf_add_str(out, "config:\n");
    for (size_t i = 0; i < p->config_len; i++) {
        pn_buf_add_str(out, "  ");
        pn_yaml_put_text(out, p->config[i].key);
        pn_buf_add_str(out, ": ");
        pn_yaml_put_text(out, p->config[i].value);
        pn_buf_add_byte(out, '\n');
    }
}

void pn_policy_write(const struct pn_policy *p, struct pn_buf *out) {
    pn_buf_add_str(out, "version: \"1.0\"\n");
    if (p->description != NULL) {
        pn_buf_add_str(out, "description: ");
        pn_yaml_put_text(out, p->description);
        pn_buf_add_byte(out, '\n');
    }
    put_permissions(out, p);
    put_limits(out, &p->limits);
    put_config(out, p);
}
