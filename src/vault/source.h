// SPDX-License-Identifier: Apache-2.0
// Where the 32 byte master key comes from. One file each (source_*.c), behind one table.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/secret.h"

enum { PN_KEY_LEN = 32 };

// Argon2id (RFC 9106) as the vault stores it; ops 0 = the key is not made from a passphrase.
struct pn_key_kdf {
    uint8_t salt[16];
    uint32_t ops;
    uint32_t mem_kib;
};

struct pn_key_source {
    const char *name; // before the ':' of a specification
    const char *arg;  // what stands behind it, for usage texts
    // Fills `out` with PN_KEY_LEN bytes. `kdf` holds what the vault stores; with `fresh` the source
    // chooses it anew (for a new vault or key). EKEYREJECTED when it cannot be this vault's key at all.
    int (*open)(const char *arg, bool fresh, struct pn_key_kdf *kdf, struct pn_secret *out, struct pn_err *err);
};

struct pn_key_from {
    const struct pn_key_source *source;
    const char *arg; // borrowed from the specification
};

// file:PATH         32 bytes, 64 hex digits or base64 in a regular file of ours (or root's), closed to everybody else
// credential:NAME   the same in $CREDENTIALS_DIRECTORY/NAME (systemd LoadCredential=, SetCredentialEncrypted=)
// env:NAME          hex or base64; warns, because children and /proc can show it; the variable is removed
// passphrase:PATH   the first line of such a file as PATH, or of descriptor N with fd:N, through Argon2id
// keyring:NAME      a "user" key of that description in the session or user keyring of the kernel (keyrings(7))
[[nodiscard]] int pn_key_from_parse(const char *specification, struct pn_key_from *out, struct pn_err *err);
// Every source, ended by one whose name is NULL.
extern const struct pn_key_source *const pn_key_sources[];

// Makes a file with a fresh random key (0600, synced, never over an existing one), for file:PATH.
[[nodiscard]] int pn_key_file_make(const char *path, struct pn_err *err);
