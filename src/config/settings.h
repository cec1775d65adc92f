// SPDX-License-Identifier: Apache-2.0
// The operator's settings: postern.yaml(5), and the variables POSTERN_* that override it.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/log.h"

struct pn_settings {
    enum pn_level log_level;
    char *ca_file;  // additional root certificates for egress, PEM, absolute path; or NULL
    char *resolver; // "address:port" of the name server to use instead of the system's; or NULL
    struct pn_setting_value {
        char *name;
        char *value; // NULL: it was to come from a variable that is not set
    } * environment; // what components may be granted by name
    size_t environment_len;
    uint64_t uid_base;    // first user id of the roles when started as root; 0 = the built-in one
    char *allow_degraded; // comma-separated confinements the operator does without; NULL = none
};

void pn_settings_init(struct pn_settings *s); // the defaults
void pn_settings_fini(struct pn_settings *s);
static inline void pn_settings_cleanup(struct pn_settings *s) {
    pn_settings_fini(s);
}

// Looks a variable up, like getenv(3), which is the one to pass.
typedef char *pn_settings_lookup(const char *name);

// Reads a document; no file, no variables but those that it names with `from_env`. Mistakes as for pn_policy_parse.
// Empty text gives the defaults.
[[nodiscard]] int pn_settings_parse(struct pn_view text, const char *name, pn_settings_lookup *lookup,
                                    struct pn_settings *out, struct pn_buf *report, struct pn_err *err);
// Lets POSTERN_LOG, POSTERN_CA_FILE, POSTERN_RESOLVER, POSTERN_UID_BASE and POSTERN_ALLOW_DEGRADED override. PN_E_INPUT
// names the variable.
[[nodiscard]] int pn_settings_override(struct pn_settings *s, pn_settings_lookup *lookup, struct pn_err *err);

// The file (`path`, or $POSTERN_CONFIG, or $XDG_CONFIG_HOME/postern/postern.yaml, or ~/.config/postern/postern.yaml),
// then the overrides. Only the last two may be missing. A file that its group or others may write, or that belongs to
// neither the caller nor root, is refused: whoever writes it decides about secrets and confinement.
[[nodiscard]] int pn_settings_load(const char *path, struct pn_settings *out, struct pn_buf *report,
                                   struct pn_err *err);

// The value for a variable that a policy grants, or NULL.
const char *pn_settings_environment(const struct pn_settings *s, const char *name);
// Sets POSTERN_UID_BASE and POSTERN_ALLOW_DEGRADED for the roles that are started from here on. Call before there are
// threads.
void pn_settings_export(const struct pn_settings *s);
