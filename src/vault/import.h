// SPDX-License-Identifier: Apache-2.0
// Reading secrets from .env files and JSON. Strict and bounded: what is not exactly the format fails, with its line; no
// message ever quotes a value.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/secret.h"
#include "vault/vault.h"

#define PN_IMPORT_BYTES_MAX (PN_SECRET_MOST - 1)
#define PN_IMPORT_ITEMS_MAX ((size_t)1000)

struct pn_import_item {
    char *name;
    unsigned line;
    struct pn_vault_value value; // points into the text or into `plain`
};
struct pn_import {
    struct pn_import_item *items;
    size_t count;
    struct pn_secret plain; // values that had to be unescaped
};
void pn_import_fini(struct pn_import *import);
static inline void pn_import_cleanup(struct pn_import *import) {
    pn_import_fini(import);
}

// Lines of [export ]NAME=VALUE, blank lines and # comments, ended by LF or CRLF. NAME is [A-Za-z_][A-Za-z0-9_]*, at
// most 128 bytes, once. VALUE is 'as it stands', "with \n \r \t \\ \" \$" (both may span lines), or bare: no quote,
// backslash, $, ` or space in it; space and a # comment may follow. What a shell would expand ($ and `) is refused
// outside single quotes. Every value is opaque and UTF-8. `text` must outlive `out`; keep it in a pn_secret.
[[nodiscard]] int pn_import_env(struct pn_view text, struct pn_import *out, struct pn_err *err);

// {"NAME": "value", "NAME": {"kind": "basic", "user": "...", "password": "..."}, ...}; members by kind: opaque value ·
// basic user password · aws id secret · hmac key (or key_base64) · jwt-signer pem. An unknown or missing member fails.
[[nodiscard]] int pn_import_json(struct pn_view text, struct pn_import *out, struct pn_err *err);
