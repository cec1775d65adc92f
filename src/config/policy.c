// SPDX-License-Identifier: Apache-2.0
// The policy document: one table per map. Each key named here is enforced somewhere; a key that cannot be enforced is a
// mistake that says so.
#include "config/policy.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "config/bind.h"
#include "config/limits.h"
#include "config/rule.h"

#include <stdlib.h>

#define CONFIG_VALUE_MAX 8192

// The document while it is read: `resources.limits` says the same as `limits` in other words, so both are kept until
// the end.
struct draft {
    struct pn_policy policy;
    struct resource {
        const struct pn_yaml_node *node;
        uint64_t amount;
    } memory, cpu;
    const struct pn_yaml_node *limits;
};

// Turns a refusal of a rule's part into a mistake of the document. True when there was none.
static bool accepted(struct pn_yaml *y, const struct pn_yaml_node *node, int result, const struct pn_err *err) {
    if (result < 0 && err->category == PN_E_SYSTEM)
        pn_yaml_no_memory(y);
    else if (result < 0)
        pn_yaml_mistake(y, node, "%s", err->text);
    return result == 0;
}

// ---- storage

struct storage_entry {
    char *uri;
    const struct pn_yaml_node *uri_node;
    unsigned access;
};

static void read_uri(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target) {
    struct storage_entry *entry = target;
    entry->uri_node = node;
    pn_bind_text(y, node, field, &entry->uri);
}

static void read_access_word(struct pn_yaml *y, const struct pn_yaml_node *node, unsigned *access) {
    const char *word = pn_bind_get_text(y, node);
    if (word == NULL)
        return;
    unsigned bit = strcmp(word, "read") == 0 ? PN_ACCESS_READ : strcmp(word, "write") == 0 ? PN_ACCESS_WRITE : 0;
    if (bit == 0)
        pn_yaml_mistake(y, node, "'%.60s' is no access; write read or write", word);
    else if (*access & bit)
        pn_yaml_mistake(y, node, "'%s' is listed twice", word);
    *access |= bit;
}

static void read_access(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field,
                        void *target) {
    (void)field;
    struct storage_entry *entry = target;
    if (node->kind != PN_YAML_LIST || node->children == 0) {
        pn_yaml_mistake(y, node, "access: expected a list such as [read] or [read, write], found %s",
                        node->kind == PN_YAML_LIST ? "an empty list" : pn_bind_kind(node));
        return;
    }
    for (const struct pn_yaml_node *n = node->first; n != NULL; n = n->next)
        read_access_word(y, n, &entry->access);
}

static const struct pn_field storage_allow_fields[] = {
    {.key = "uri", .read = read_uri, .required = true},
    {.key = "access", .read = read_access, .required = true},
    {0},
};
static const struct pn_field storage_deny_fields[] = {
    {.key = "uri", .read = read_uri, .required = true},
    {.key = "access", .read = read_access},
    {0},
};

static void read_storage(struct pn_yaml *y, const struct pn_yaml_node *node, enum pn_rule_side side, void *target) {
    struct storage_entry entry = {0};
    size_t before = y->mistakes;
    pn_bind_map(y, node, side == PN_RULE_ALLOW ? storage_allow_fields : storage_deny_fields, &entry);
    if (side == PN_RULE_DENY && entry.access == 0)
        entry.access = PN_ACCESS_READ | PN_ACCESS_WRITE;
    struct pn_storage_rule *rule = target;
    struct pn_err why = {0};
    if (y->mistakes == before && entry.uri != NULL)
        (void)accepted(y, entry.uri_node, pn_rule_storage(pn_view_str(entry.uri), entry.access, side, rule, &why),
                       &why);
    rule->line = node->line;
    free(entry.uri);
}

static void read_storage_allow(struct pn_yaml *y, const struct pn_yaml_node *node, void *target) {
    read_storage(y, node, PN_RULE_ALLOW, target);
}

static void read_storage_deny(struct pn_yaml *y, const struct pn_yaml_node *node, void *target) {
    read_storage(y, node, PN_RULE_DENY, target);
}

// ---- network

// `arg` of a field that takes one text or a list of texts.
typedef int add_part(struct pn_network_rule *rule, struct pn_view text, struct pn_err *err);

static int add_allow_host(struct pn_network_rule *rule, struct pn_view text, struct pn_err *err) {
    return pn_rule_host(rule, text, PN_RULE_ALLOW, err);
}

static int add_deny_host(struct pn_network_rule *rule, struct pn_view text, struct pn_err *err) {
    return pn_rule_host(rule, text, PN_RULE_DENY, err);
}

static int add_port(struct pn_network_rule *rule, struct pn_view text, struct pn_err *err) {
    uint64_t port;
    if (!pn_u64_get(text, &port))
        return pn_fail(err, PN_E_INPUT, "'%.*s' is not a port; ports are numbers from 1 to 65535",
                       PN_FMT(pn_utf8_cut(text, 60)));
    return pn_rule_port(rule, port, err);
}

static const struct part {
    add_part *add;
    bool number; // an unquoted number is meant
} allow_host = {add_allow_host, false}, deny_host = {add_deny_host, false}, cidr = {pn_rule_cidr, false},
  scheme = {pn_rule_scheme, false}, port = {add_port, true}, method = {pn_rule_method, false},
  path = {pn_rule_path, false};

static void read_part(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target) {
    const struct part *part = field->arg;
    const char *text = part->number ? pn_bind_get_scalar(y, node, "a number") : pn_bind_get_text(y, node);
    struct pn_err why = {0};
    if (text != NULL)
        (void)accepted(y, node, part->add(target, pn_view_str(text), &why), &why);
}

static void read_parts(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target) {
    if (node->kind != PN_YAML_LIST || node->children == 0) {
        pn_yaml_mistake(y, node,
                        "%s: expected a list with at least one entry, found %s; leave the key out for the default",
                        field->key, node->kind == PN_YAML_LIST ? "an empty list" : pn_bind_kind(node));
        return;
    }
    for (const struct pn_yaml_node *n = node->first; n != NULL; n = n->next)
        read_part(y, n, field, target);
}

#define NETWORK_FIELDS(host_part)                                                                                 \
    {                                                                                                             \
        {.key = "host", .read = read_part, .arg = (host_part)}, {.key = "cidr", .read = read_part, .arg = &cidr}, \
            {.key = "ports", .read = read_parts, .arg = &port},                                                   \
            {.key = "schemes", .read = read_parts, .arg = &scheme},                                               \
            {.key = "methods", .read = read_parts, .arg = &method},                                               \
            {.key = "paths", .read = read_parts, .arg = &path}, {                                                 \
            0                                                                                                     \
        }                                                                                                         \
    }
static const struct pn_field network_allow_fields[] = NETWORK_FIELDS(&allow_host);
static const struct pn_field network_deny_fields[] = NETWORK_FIELDS(&deny_host);

static void read_network(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *fields,
                         void *target) {
    struct pn_network_rule *rule = target;
    struct pn_err why = {0};
    size_t before = y->mistakes;
    rule->line = node->line;
    pn_bind_map(y, node, fields, rule);
    if (y->mistakes == before)
        (void)accepted(y, node, pn_rule_network_check(rule, &why), &why);
}

static void read_network_allow(struct pn_yaml *y, const struct pn_yaml_node *node, void *target) {
    read_network(y, node, network_allow_fields, target);
}

static void read_network_deny(struct pn_yaml *y, const struct pn_yaml_node *node, void *target) {
    read_network(y, node, network_deny_fields, target);
}

// ---- environment and configuration

static void read_key(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target) {
    const char *text = pn_bind_get_text(y, node);
    struct pn_err why = {0};
    if (text != NULL && accepted(y, node, pn_rule_environment(pn_view_str(text), &why), &why))
        pn_bind_text(y, node, field, target);
}

static const struct pn_field environment_fields[] = {
    {.key = "key", .read = read_key, .required = true},
    {0},
};

static void read_environment(struct pn_yaml *y, const struct pn_yaml_node *node, void *target) {
    pn_bind_map(y, node, environment_fields, target);
}

static void read_config_entry(struct pn_yaml *y, const struct pn_yaml_node *node, struct pn_config_entry *entry) {
    const char *value = pn_bind_get_text(y, node);
    if (node->key[0] == '\0')
        pn_yaml_mistake(y, node, "a config key may not be empty");
    if (value == NULL)
        return;
    if (strlen(value) > CONFIG_VALUE_MAX)
        pn_yaml_mistake(y, node, "%.60s: a config value may have at most %d bytes", node->key, CONFIG_VALUE_MAX);
    entry->key = strdup(node->key);
    entry->value = strdup(value);
    if (entry->key == NULL || entry->value == NULL)
        pn_yaml_no_memory(y);
}

static void read_config(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field,
                        void *target) {
    (void)field;
    struct pn_policy *p = target;
    if (node->kind != PN_YAML_MAP && !pn_yaml_is_null(node)) {
        pn_yaml_mistake(y, node, "config: expected a map of strings, found %s", pn_bind_kind(node));
        return;
    }
    p->config = calloc(node->children + 1, sizeof *p->config);
    if (p->config == NULL) {
        pn_yaml_no_memory(y);
        return;
    }
    for (const struct pn_yaml_node *n = node->first; n != NULL; n = n->next)
        read_config_entry(y, n, &p->config[p->config_len++]);
}

// ---- limits

static void read_limits(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field,
                        void *target) {
    (void)field;
    struct draft *draft = target;
    draft->limits = node;
    pn_limits_read(y, node, &draft->policy.limits);
}

static void read_resource(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field,
                          void *target) {
    struct resource *resource = target;
    if (pn_limits_read_amount(y, node, pn_limits_find(field->key), &resource->amount))
        resource->node = node;
}

// The two spellings of one limit may not contradict each other.
static void settle(struct pn_yaml *y, const struct draft *draft, const char *key, const struct resource *resource,
                   uint64_t *value) {
    if (resource->node == NULL)
        return;
    const struct pn_yaml_node *limit = draft->limits == NULL ? NULL : pn_yaml_find(draft->limits, key);
    if (limit != NULL && *value != resource->amount)
        pn_yaml_mistake(y, resource->node, "resources.limits.%s differs from limits.%s in line %u; keep one of them",
                        key, key, limit->line);
    *value = resource->amount;
}

// ---- what cannot be enforced

static bool is_empty(const struct pn_yaml_node *node) {
    return pn_yaml_is_null(node) || (node->kind != PN_YAML_SCALAR && node->children == 0);
}

static void refuse_unless_empty(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field,
                                void *target) {
    (void)target;
    if (!is_empty(node))
        pn_yaml_mistake(y, node, "%s: %s", field->key, (const char *)field->arg);
}

// ---- the document

#define LIST_READER(name, member, type, item)                                                                          \
    static void name(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target) { \
        struct pn_policy *p = target;                                                                                  \
        void *items = NULL;                                                                                            \
        (void)field;                                                                                                   \
        pn_bind_list(y, node, sizeof(type), item, &items, &p->member##_len);                                           \
        p->member = items;                                                                                             \
    }
LIST_READER(read_storage_allows, storage_allow, struct pn_storage_rule, read_storage_allow)
LIST_READER(read_storage_denies, storage_deny, struct pn_storage_rule, read_storage_deny)
LIST_READER(read_network_allows, network_allow, struct pn_network_rule, read_network_allow)
LIST_READER(read_network_denies, network_deny, struct pn_network_rule, read_network_deny)
LIST_READER(read_environments, environment, char *, read_environment)

static const struct pn_field storage_fields[] = {
    {.key = "allow", .read = read_storage_allows},
    {.key = "deny", .read = read_storage_denies},
    {0},
};
static const struct pn_field network_fields[] = {
    {.key = "allow", .read = read_network_allows},
    {.key = "deny", .read = read_network_denies},
    {0},
};
static const struct pn_field environment_section[] = {
    {.key = "allow", .read = read_environments},
    {0},
};
static const struct pn_field ipc_fields[] = {
    {.key = "allow",
     .read = refuse_unless_empty,
     .arg = "Postern has no pipes or sockets to hand to a component and would not enforce this; remove it"},
    {.key = "deny",
     .read = refuse_unless_empty,
     .arg = "a component has no inter-process communication here, so nothing needs a denial; remove it"},
    {0},
};
static const struct pn_field resource_limit_fields[] = {
    {.key = "memory", .read = read_resource, .offset = offsetof(struct draft, memory)},
    {.key = "cpu", .read = read_resource, .offset = offsetof(struct draft, cpu)},
    {0},
};
static const struct pn_field resource_fields[] = {
    {.key = "limits", .read = pn_bind_section, .arg = resource_limit_fields},
    {0},
};
static const struct pn_field permission_fields[] = {
    {.key = "storage", .read = pn_bind_section, .arg = storage_fields},
    {.key = "network", .read = pn_bind_section, .arg = network_fields},
    {.key = "environment", .read = pn_bind_section, .arg = environment_section},
    {.key = "ipc", .read = pn_bind_section, .arg = ipc_fields},
    {.key = "resources", .read = pn_bind_section, .arg = resource_fields},
    {.key = "runtime",
     .read = refuse_unless_empty,
     .arg = "hints for container runtimes have no meaning for a WebAssembly component; remove them"},
    {0},
};

static void read_version(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field,
                         void *target) {
    (void)field;
    (void)target;
    const char *text = pn_bind_get_text(y, node);
    if (text != NULL && strcmp(text, "1.0") != 0)
        pn_yaml_mistake(y, node, "version: this Postern reads \"1.0\", not \"%.20s\"", text);
}

static const struct pn_field document_fields[] = {
    {.key = "version", .read = read_version, .required = true},
    {.key = "description", .read = pn_bind_text, .offset = offsetof(struct draft, policy.description)},
    {.key = "$schema", .read = pn_bind_schema_name},
    {.key = "permissions", .read = pn_bind_section, .required = true, .arg = permission_fields},
    {.key = "limits", .read = read_limits},
    {.key = "config", .read = read_config},
    {0},
};

static void check_sum(struct pn_yaml *y, const struct pn_policy *p) {
    size_t grants = pn_rule_grants(p);
    if (grants > p->limits.grants)
        pn_yaml_mistake(y, y->root,
                        "%zu grants, but limits.grants allows %ju; remove some, use wildcards, or raise the limit",
                        grants, (uintmax_t)p->limits.grants);
}

static void read_document(struct pn_yaml *y, struct draft *draft) {
    pn_bind_map(y, y->root, document_fields, draft);
    settle(y, draft, "memory", &draft->memory, &draft->policy.limits.memory_bytes);
    settle(y, draft, "cpu", &draft->cpu, &draft->policy.limits.cpu_millis);
    check_sum(y, &draft->policy);
}

int pn_policy_parse(struct pn_view text, const char *name, struct pn_policy *out, struct pn_buf *report,
                    struct pn_err *err) {
    pn_auto(pn_yaml) struct pn_yaml y = {.name = name, .report = report, .err = err};
    struct draft draft = {0};
    pn_policy_init_empty(&draft.policy);
    if (pn_yaml_parse(&y, text) == 0 && y.root != NULL && !pn_yaml_is_null(y.root))
        read_document(&y, &draft);
    if (y.mistakes > 0) {
        pn_policy_fini(&draft.policy);
        return -1;
    }
    *out = draft.policy;
    return 0;
}

void pn_policy_init_empty(struct pn_policy *p) {
    *p = (struct pn_policy){.limits = pn_limits_default};
}

static void free_storage(struct pn_storage_rule *rules, size_t len) {
    for (size_t i = 0; i < len; i++)
        pn_rule_storage_fini(&rules[i]);
    free(rules);
}

static void free_network(struct pn_network_rule *rules, size_t len) {
    for (size_t i = 0; i < len; i++)
        pn_rule_network_fini(&rules[i]);
    free(rules);
}

void pn_policy_fini(struct pn_policy *p) {
    free(p->description);
    free_storage(p->storage_allow, p->storage_allow_len);
    free_storage(p->storage_deny, p->storage_deny_len);
    free_network(p->network_allow, p->network_allow_len);
    free_network(p->network_deny, p->network_deny_len);
    for (size_t i = 0; i < p->environment_len; i++)
        free(p->environment[i]);
    free(p->environment);
    for (size_t i = 0; i < p->config_len; i++) {
        free(p->config[i].key);
        free(p->config[i].value);
    }
    free(p->config);
    *p = (struct pn_policy){0};
}
