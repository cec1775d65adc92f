// SPDX-License-Identifier: Apache-2.0
// env:NAME: the weakest one. The environment is shown by /proc, inherited by children and written to logs by many
// tools.
#include <stdlib.h>

#include "base/log.h"
#include "vault/internal.h"

static int open_env(const char *arg, bool fresh, struct pn_key_kdf *kdf, struct pn_secret *out, struct pn_err *err) {
    (void)fresh;
    *kdf = (struct pn_key_kdf){0};
    char *value = getenv(arg);
    if (value == NULL)
        return pn_fail(err, PN_E_INPUT, "the environment variable %s, which should hold the master key, is not set",
                       arg);
    int rc = pn_key_decode(pn_view_str(value), arg, false, out, err);
    if (rc != 0)
        return -1;
    pn_log(
        PN_LOG_WARN,
        "the master key of the vault comes from the environment (%s), where other programs of this user can read it; a "
        "file, a systemd credential or the kernel's keyring is safer",
        arg);
    pn_wipe(value, strlen(value)); // in place: /proc/PID/environ shows these very bytes
    (void)unsetenv(arg);
    return 0;
}

const struct pn_key_source pn_key_source_env = {"env", "NAME", open_env};
