// SPDX-License-Identifier: Apache-2.0
// What `permission grant` and `permission revoke` share: their words, and a change of policy that loses nobody else's.
#pragma once
#include "cli/common.h"

struct pn_permission {
    const char *id;
    const char *kind; // "storage", "network", "environment"
    const char *value;
};
// From the operands KIND ID VALUE or ID KIND VALUE.
[[nodiscard]] int pn_permission_read(const struct pn_cli *cli, struct pn_permission *out, struct pn_err *err);

// Changes a parsed policy; 1 = changed, 0 = nothing to do, negative = failed.
typedef int pn_permission_edit(struct pn_policy *policy, void *ctx, struct pn_err *err);
// Applies `edit` to the policy in force and puts the result in force; again from the start when somebody else was
// faster. *rev gets the revision then in force.
[[nodiscard]] int pn_permission_change(const char *id, const char *action, pn_permission_edit *edit, void *ctx,
                                       uint64_t *rev, struct pn_err *err);
