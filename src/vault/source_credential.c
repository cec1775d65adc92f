// SPDX-License-Identifier: Apache-2.0
// credential:NAME, as systemd hands credentials to a service (systemd.exec(5), "Credentials")
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "vault/internal.h"

static int open_credential(const char *arg, bool fresh, struct pn_key_kdf *kdf, struct pn_secret *out,
                           struct pn_err *err) {
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    if (dir == NULL || dir[0] != '/')
        return pn_fail(
            err, PN_E_INPUT,
            "there are no systemd credentials here (CREDENTIALS_DIRECTORY is not set); add LoadCredential=%s:PATH "
            "to the service",
            arg);
    if (strchr(arg, '/') != NULL || strcmp(arg, "..") == 0 || strcmp(arg, ".") == 0)
        return pn_fail(err, PN_E_INPUT, "'%s' is not the name of a credential", arg);
    pn_auto(pn_free) char *path = NULL;
    if (asprintf(&path, "%s/%s", dir, arg) < 0)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    return pn_key_source_file.open(path, fresh, kdf, out, err);
}

const struct pn_key_source pn_key_source_credential = {"credential", "NAME", open_credential};
