// SPDX-License-Identifier: Apache-2.0
// The entries of a policy, made from text: one set of checks for documents, for grants on the command line and for MCP
// requests.
#pragma once
#include "config/policy.h"

#define PN_RULE_PATTERN_MAX 4096 // bytes of a storage or path pattern
#define PN_RULE_SEGMENTS 128     // segments of one
#define PN_RULE_ITEMS 64         // ports, methods or paths of one rule
#define PN_RULE_LIST_MAX 1024    // entries of one allow or deny list

enum pn_rule_side { PN_RULE_ALLOW, PN_RULE_DENY };

// "fs:///srv/data/**" into pattern, base and hidden. Refused with advice: relative paths, "~", empty, "." and ".."
// segments, "**" inside of a segment, bracket and brace patterns and backslashes (other programs' wildcards, which
// would not be honoured), and for PN_RULE_ALLOW everything below /proc, /sys and /dev. A trailing slash is dropped.
// `access` must have at least one bit.
[[nodiscard]] int pn_rule_storage(struct pn_view uri, unsigned access, enum pn_rule_side side,
                                  struct pn_storage_rule *out, struct pn_err *err);

// Parts of a network rule; each appends to or sets its field in `rule`.
// "api.example.org" or "*.example.org"; with PN_RULE_ALLOW a wildcard needs two labels behind it.
// Names go through the same parser as those of URLs (net/url.h); an address is refused with advice to use cidr.
[[nodiscard]] int pn_rule_host(struct pn_network_rule *rule, struct pn_view text, enum pn_rule_side side,
                               struct pn_err *err);
// "10.0.0.0/8", "fd00::/8": bits behind the prefix must be zero; IPv4 in IPv6 spelling is refused.
[[nodiscard]] int pn_rule_cidr(struct pn_network_rule *rule, struct pn_view text, struct pn_err *err);
void pn_rule_put_cidr(struct pn_buf *out, const struct pn_network_rule *rule);
[[nodiscard]] int pn_rule_scheme(struct pn_network_rule *rule, struct pn_view text, struct pn_err *err);
[[nodiscard]] int pn_rule_port(struct pn_network_rule *rule, uint64_t port, struct pn_err *err);
[[nodiscard]] int pn_rule_method(struct pn_network_rule *rule, struct pn_view text,
                                 struct pn_err *err); // an HTTP token; kept in upper case
[[nodiscard]] int pn_rule_path(struct pn_network_rule *rule, struct pn_view text,
                               struct pn_err *err); // "/v1/*", decoded form
// What must hold for the whole: exactly one of host and cidr.
[[nodiscard]] int pn_rule_network_check(const struct pn_network_rule *rule, struct pn_err *err);

// An environment variable's name: [A-Za-z_][A-Za-z0-9_]*, at most 128 bytes.
[[nodiscard]] int pn_rule_environment(struct pn_view key, struct pn_err *err);

void pn_rule_storage_fini(struct pn_storage_rule *rule);
void pn_rule_network_fini(struct pn_network_rule *rule);

// The same rule, whatever line it stands in. Lists are compared in order.
bool pn_rule_storage_eq(const struct pn_storage_rule *a, const struct pn_storage_rule *b);
bool pn_rule_network_eq(const struct pn_network_rule *a, const struct pn_network_rule *b);
// Entries that count against limits.grants: storage, network and environment allow lists.
size_t pn_rule_grants(const struct pn_policy *p);
