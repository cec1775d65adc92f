// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "roles/egress/egress.h"

// Where systems keep all their certificates in one file.
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
};

static void load_system(X509_STORE *store) {
    for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++) {
        if (access(bundles[i], R_OK) == 0 && X509_STORE_load_file(store, bundles[i]) == 1)
            return;
    }
    pn_log(PN_LOG_WARN, "no system certificates were found: https works only with servers that `ca_file` vouches for; "
                        "install the package ca-certificates");
}

X509_STORE *pn_roots_load(struct pn_view ca_file, struct pn_err *err) {
    X509_STORE *store = X509_STORE_new();
    if (store == NULL) {
        (void)pn_fail(err, PN_E_SYSTEM, "out of memory");
        return NULL;
    }
    load_system(store);
    if (ca_file.len == 0)
        return store;
    pn_auto(pn_free) char *path = pn_view_dup(ca_file);
    if (path != NULL && X509_STORE_load_file(store, path) == 1)
        return store;
    (void)pn_fail(err, PN_E_INPUT, "ca_file %s holds no certificates in PEM form, or cannot be read",
                  path == NULL ? "" : path);
    X509_STORE_free(store);
    return NULL;
}
