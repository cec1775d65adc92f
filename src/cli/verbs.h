// SPDX-License-Identifier: Apache-2.0
// One line per verb: the file of the same name defines it.
#pragma once
#include "cli/cli.h"

extern const struct pn_verb pn_verb_component_compile;
extern const struct pn_verb pn_verb_component_inspect;
extern const struct pn_verb pn_verb_component_list;
extern const struct pn_verb pn_verb_component_load;
extern const struct pn_verb pn_verb_component_unload;
extern const struct pn_verb pn_verb_completion;
extern const struct pn_verb pn_verb_doctor;
extern const struct pn_verb pn_verb_help;
extern const struct pn_verb pn_verb_inspect;
extern const struct pn_verb pn_verb_permission_grant;
extern const struct pn_verb pn_verb_permission_reset;
extern const struct pn_verb pn_verb_permission_revoke;
extern const struct pn_verb pn_verb_policy_check;
extern const struct pn_verb pn_verb_policy_explain;
extern const struct pn_verb pn_verb_policy_export;
extern const struct pn_verb pn_verb_policy_get;
extern const struct pn_verb pn_verb_policy_history;
extern const struct pn_verb pn_verb_policy_import;
extern const struct pn_verb pn_verb_policy_rollback;
extern const struct pn_verb pn_verb_run;
extern const struct pn_verb pn_verb_stdio;
extern const struct pn_verb pn_verb_tool_invoke;
extern const struct pn_verb pn_verb_tool_list;
extern const struct pn_verb pn_verb_tool_read;
extern const struct pn_verb pn_verb_version;
