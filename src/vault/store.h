// SPDX-License-Identifier: Apache-2.0
// Where the rows lie. A store keeps what it is given and says what it holds; it is not trusted for more than that: what
// comes back is checked by seals. Internal to src/vault (and to tests that put a store of their own in between).
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"
#include "vault/source.h"
#include "vault/vault.h"

enum { PN_SALT_LEN = 32, PN_NONCE_LEN = 12, PN_TAG_LEN = 16 };

// The one row about the vault itself.
struct pn_vault_head {
    uint8_t vault_id[32];
    struct pn_key_kdf kdf;
    struct pn_digest check; // made of the key: tells a wrong one
    struct pn_digest sum;   // unkeyed, over the three above: tells damage from a wrong key
    uint64_t generation;
    struct pn_digest seal; // over generation, kdf and every secret's seal
};
struct pn_vault_secret_row {
    struct pn_vault_id id;
    uint64_t kind, deleted, newest, used;
    struct pn_digest seal; // over all of the above and every version
};
struct pn_vault_version_row {
    struct pn_vault_id id;
    uint64_t version, created;
    struct pn_view salt, nonce, box; // box: ciphertext and tag
};

struct pn_vault_store {
    const char *name;
    // Everything returns 0 or -1 unless it says otherwise. `dir` is there, ours and private.
    int (*open)(const char *dir, bool create, void **store, struct pn_err *err); // ENOENT: no store and not `create`
    void (*close)(void *store);
    // A number that differs when another process has changed something since.
    int (*stamp)(void *store, uint64_t *out, struct pn_err *err);
    // A consistent view; `change` also keeps other changers out. commit is durable when it returns.
    int (*begin)(void *store, bool change, struct pn_err *err);
    int (*commit)(void *store, struct pn_err *err);
    void (*rollback)(void *store);                                                // also when nothing is open
    int (*read_head)(void *store, struct pn_vault_head *out, struct pn_err *err); // 1 = there, 0 = none
    int (*write_head)(void *store, const struct pn_vault_head *head, struct pn_err *err);
    // In the order of tenant, owner, name (bytes) and version. The callback's rows live until it returns; non-zero
    // stops.
    int (*each_secret)(void *store, int (*each)(void *arg, const struct pn_vault_secret_row *row), void *arg,
                       struct pn_err *err);
    int (*each_version)(void *store, int (*each)(void *arg, const struct pn_vault_version_row *row), void *arg,
                        struct pn_err *err);
    int (*write_secret)(void *store, const struct pn_vault_secret_row *row, struct pn_err *err);   // insert or replace
    int (*write_version)(void *store, const struct pn_vault_version_row *row, struct pn_err *err); // insert or replace
    int (*remove_secret)(void *store, const struct pn_vault_id *id, struct pn_err *err);
    int (*remove_version)(void *store, const struct pn_vault_id *id, uint64_t version, struct pn_err *err);
    // Outside a change: leaves no trace of overwritten and removed rows in files, as far as nobody reads them right
    // now.
    int (*scrub)(void *store, struct pn_err *err);
};
extern const struct pn_vault_store pn_vault_store_sqlite;
