// SPDX-License-Identifier: Apache-2.0
// Changing what a policy grants: the command line's `permission` verbs and the MCP tools of the same names. The texts
// go through the same checks as documents (config/rule.h); on failure the policy is as before.
#pragma once
#include "config/policy.h"

// "read", "write" or "read,write" into enum pn_access bits.
[[nodiscard]] int pn_policy_access_parse(const char *text, unsigned *access, struct pn_err *err);

// An entry for "fs:///..."; access is added to an entry with the same pattern. PN_E_LIMIT beyond limits.grants. Returns
// 1 when the policy changed, 0 when it held the grant already, negative on failure; the same for the other grants.
[[nodiscard]] int pn_policy_grant_storage(struct pn_policy *p, const char *uri, unsigned access, struct pn_err *err);

// What may be reached. Lists are comma-separated; NULL = the entry leaves the key out.
struct pn_network_grant {
    const char *target; // a host as in `host`, or with a '/' a range as in `cidr`
    const char *ports, *schemes, *methods, *paths;
};
[[nodiscard]] int pn_policy_grant_network(struct pn_policy *p, const struct pn_network_grant *grant,
                                          struct pn_err *err);
[[nodiscard]] int pn_policy_grant_environment(struct pn_policy *p, const char *key, struct pn_err *err);

// Takes every allow entry for this pattern, host or range, or variable away; deny entries stay. Returns how many;
// PN_E_INPUT if none, naming what is granted. Narrower or wider entries are left alone.
[[nodiscard]] int pn_policy_revoke_storage(struct pn_policy *p, const char *uri, struct pn_err *err);
[[nodiscard]] int pn_policy_revoke_network(struct pn_policy *p, const char *target, struct pn_err *err);
[[nodiscard]] int pn_policy_revoke_environment(struct pn_policy *p, const char *key, struct pn_err *err);

// Empties the allow lists. Deny lists, limits and config stay: nothing is wider afterwards.
void pn_policy_reset(struct pn_policy *p);
