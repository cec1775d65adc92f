// SPDX-License-Identifier: Apache-2.0
// The vault: named secrets, each version sealed by AES-256-GCM (NIST SP 800-38D) under a key of its own that
// HKDF-SHA256 (RFC 5869) makes of the master key and 32 random bytes. Format tag, vault, tenant, owner, name, version,
// kind and time are authenticated with the value, every secret's versions by a seal, and all secrets by one more: rows
// cannot be swapped, moved, rolled back or removed unnoticed. An older copy of the *whole* file is told by `at_least`.
//
// One handle is used by one thread. Several processes may have the same vault open; each sees the others' changes at
// once.
//
// err->code: EBADMSG damaged or tampered with · EKEYREJECTED none of the keys fits · EKEYREVOKED re-keyed by another
// process since it was opened (open it again) · ENOENT no such secret, version or vault · EEXIST there already.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/secret.h"
#include "vault/source.h"

#define PN_VAULT_VALUE_MAX ((size_t)32 << 10) // one value, all its parts
#define PN_VAULT_BYTES_MAX ((size_t)64 << 20) // all versions of all secrets
#define PN_VAULT_SECRETS_MAX ((size_t)16384)
#define PN_VAULT_VERSIONS_MAX ((size_t)64) // kept of one secret; purge makes room

struct pn_vault;
struct pn_vault_store; // store.h

struct pn_vault_options {
    const char *dir; // made (0700) when `create`; must be ours and closed to others' writing
    const struct pn_key_from
        *key; // tried in order; the first that fits is used. During a re-key: the new one, the old one
    size_t key_count;
    bool create;       // make an empty vault under key[0]; EEXIST when there is one. Without it, none is ever made.
    uint64_t at_least; // refuse a vault whose generation is lower; 0 = any
    const struct pn_vault_store *store; // NULL = SQLite, in dir/vault.db
};
[[nodiscard]] int pn_vault_open(const struct pn_vault_options *options, struct pn_vault **out, struct pn_err *err);
// Writes the times of last use, wipes the keys. NULL is fine.
void pn_vault_close(struct pn_vault *v);
// Grows with every change. Whoever records it where the vault's thief cannot write can tell a rolled back vault.
uint64_t pn_vault_generation(const struct pn_vault *v);

// Who a secret belongs to. tenant and name are 1-64 and 1-128 bytes of [A-Za-z0-9._@:-] starting with a letter, digit
// or
// '_'; owner the same, or "" for the tenant's own.
struct pn_vault_id {
    const char *tenant, *owner, *name;
};

enum pn_vault_kind {
    PN_VAULT_OPAQUE = 1, // part 0: 1 byte or more
    PN_VAULT_BASIC,      // user (no ':' or control character, RFC 7617), password
    PN_VAULT_AWS,        // access key id, secret access key
    PN_VAULT_HMAC,       // key, 16 bytes or more
    PN_VAULT_JWT,        // private key, PEM, not encrypted: RSA of 2048 bits or more, P-256, P-384, P-521, Ed25519
};
enum { PN_VAULT_PARTS = 2 };
struct pn_vault_value {
    enum pn_vault_kind kind;
    struct pn_view part[PN_VAULT_PARTS]; // borrowed; keep them in a pn_secret
};
const char *
pn_vault_kind_name(enum pn_vault_kind kind); // "opaque", "basic", "aws", "hmac", "jwt-signer"; NULL = no kind
bool pn_vault_kind_parse(struct pn_view name, enum pn_vault_kind *out);
unsigned pn_vault_kind_parts(enum pn_vault_kind kind); // 1 or 2
// Checks a value as put does. The text never quotes it.
[[nodiscard]] int pn_vault_value_check(const struct pn_vault_value *value, struct pn_err *err);

// Makes a secret (version 1, or the next one when the name was deleted and not purged). EEXIST when there is one.
[[nodiscard]] int pn_vault_put(struct pn_vault *v, const struct pn_vault_id *id, const struct pn_vault_value *value,
                               struct pn_err *err);
// All or none, in one change; `replace` adds a version where there is a secret of that name already.
struct pn_vault_item {
    struct pn_vault_id id;
    struct pn_vault_value value;
};
[[nodiscard]] int pn_vault_put_all(struct pn_vault *v, const struct pn_vault_item *items, size_t count, bool replace,
                                   struct pn_err *err);
// Adds a version, of the same kind; the earlier ones stay until purged. `version` (may be NULL) gets its number.
[[nodiscard]] int pn_vault_rotate(struct pn_vault *v, const struct pn_vault_id *id, const struct pn_vault_value *value,
                                  uint64_t *version, struct pn_err *err);
// The name is gone for get and list; the versions stay until purged.
[[nodiscard]] int pn_vault_delete(struct pn_vault *v, const struct pn_vault_id *id, struct pn_err *err);
// Removes all versions but the newest `keep` (at least 1); of a deleted secret all, and the name.
[[nodiscard]] int pn_vault_purge(struct pn_vault *v, const struct pn_vault_id *id, size_t keep, struct pn_err *err);

// Opens a value into `out` (what it held is wiped; the caller ends it) and notes the time. version 0 = the newest.
[[nodiscard]] int pn_vault_get(struct pn_vault *v, const struct pn_vault_id *id, uint64_t version,
                               struct pn_secret *out, struct pn_err *err);
// What `out` of pn_vault_get holds. Borrowed from it. An unknown part is empty.
enum pn_vault_kind pn_vault_secret_kind(const struct pn_secret *secret);
struct pn_view pn_vault_part(const struct pn_secret *secret, unsigned part);
// Writes the times of last use that are only in memory. Call it now and then; a crash loses what is newer.
[[nodiscard]] int pn_vault_flush(struct pn_vault *v, struct pn_err *err);

struct pn_vault_info {
    struct pn_vault_id id; // borrowed from the vault, until its next call
    enum pn_vault_kind kind;
    uint64_t newest, oldest; // versions held
    size_t versions;
    uint64_t created, used; // Unix seconds: newest version made; last use (0 = never)
    bool damaged;           // refused by get
};
// Each live secret whose tenant is `tenant` (NULL = all), by tenant, owner, name. `each` must not call the vault.
[[nodiscard]] int pn_vault_list(struct pn_vault *v, const char *tenant,
                                void (*each)(void *arg, const struct pn_vault_info *info), void *arg,
                                struct pn_err *err);

// Seals everything anew under the key of `to`, in one step: until it is done the old key opens all, from then on the
// new one, and a process that dies at any moment leaves one or the other. To go on after that: open with both keys and
// call it again; a vault already under `to` is left as it is (only traces of the old are scrubbed from the file). Other
// processes get EKEYREVOKED. Refused (EBADMSG) while anything is damaged.
[[nodiscard]] int pn_vault_rekey(struct pn_vault *v, const struct pn_key_from *to, struct pn_err *err);
