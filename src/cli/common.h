// SPDX-License-Identifier: Apache-2.0
// Steps that several verbs share.
#pragma once
#include "cli/output.h"
#include "config/policy.h"
#include "store/store.h"

#define PN_COMPONENT_SIZE_MAX ((uint64_t)64 << 20)

// The store of the user who runs us.
[[nodiscard]] int pn_cli_store(struct pn_store **out, struct pn_err *err);

// A path, or a file:// URL turned into one (caller frees). PN_E_INPUT for URLs of other schemes or hosts.
[[nodiscard]] char *pn_cli_path(const char *text, struct pn_err *err);

// Reads a policy file whole and parses it; `policy` may be NULL. On failure the error names the first mistake and, if
// there are more, where to see them.
[[nodiscard]] int pn_cli_policy_file(const char *path, struct pn_buf *text, struct pn_policy *policy,
                                     struct pn_err *err);
// The policy in force for `id`: its revision (text, number) and, unless NULL, the parsed document.
[[nodiscard]] int pn_cli_policy_of(struct pn_store *s, const char *id, struct pn_revision *rev,
                                   struct pn_policy *policy, struct pn_err *err);

// The result of a change of policy: {"status","id","policy_revision"} or a line.
void pn_cli_changed(struct pn_cli *cli, const char *status, const char *id, uint64_t rev);
