// SPDX-License-Identifier: Apache-2.0
// What the files of src/vault share: the handle, the rows in memory (sealed, never opened), the frame of a change.
#pragma once
#include <openssl/evp.h>

#include "base/hash.h"
#include "vault/import.h"
#include "vault/store.h"
#include "vault/vault.h"

// --- keys and boxes (box.c) ---
// The master key and what is made of it, in secret memory.
struct pn_vault_keys {
    struct pn_secret bytes; // master key, sealing key: PN_KEY_LEN each
};
void pn_vault_keys_fini(struct pn_vault_keys *keys);
static inline void pn_vault_keys_cleanup(struct pn_vault_keys *keys) {
    pn_vault_keys_fini(keys);
}
// HKDF-SHA256 (RFC 5869), extract and expand; `len` at most 255 * 32.
void pn_vault_hkdf(struct pn_view salt, struct pn_view ikm, struct pn_view info, uint8_t *out, size_t len);
// Makes the sealing key and the check value of `master`, which is taken over.
[[nodiscard]] int pn_vault_keys_make(struct pn_secret *master, const uint8_t vault_id[32], struct pn_vault_keys *out,
                                     struct pn_digest *check, struct pn_err *err);
struct pn_digest pn_vault_mac(const struct pn_vault_keys *keys, struct pn_view message);

struct pn_vault_version {
    uint64_t version, created;
    uint8_t salt[PN_SALT_LEN], nonce[PN_NONCE_LEN];
    uint8_t *box; // owned: ciphertext and tag
    size_t box_len;
};
struct pn_vault_entry {
    struct pn_vault_id id; // owned by `text`
    char *text;
    uint64_t kind, newest, used; // as sealed
    bool deleted;
    bool damaged;
    uint64_t last; // use noted in memory, perhaps later than `used`
    struct pn_digest seal;
    struct pn_vault_version *versions;
    size_t count;
};
// The cipher, fetched once: fetching it takes longer than opening a box.
struct pn_vault_cipher {
    EVP_CIPHER *aes;
    EVP_CIPHER_CTX *ctx;
};
[[nodiscard]] int pn_vault_cipher_init(struct pn_vault_cipher *c, struct pn_err *err);
void pn_vault_cipher_fini(struct pn_vault_cipher *c);
// Fresh salt and nonce, box made of `plain`; what `v` held is replaced.
[[nodiscard]] int pn_vault_box_seal(struct pn_vault_cipher *c, const struct pn_vault_keys *keys,
                                    const uint8_t vault_id[32], const struct pn_vault_entry *e,
                                    struct pn_vault_version *v, struct pn_view plain, struct pn_err *err);
[[nodiscard]] int pn_vault_box_open(struct pn_vault_cipher *c, const struct pn_vault_keys *keys,
                                    const uint8_t vault_id[32], const struct pn_vault_entry *e,
                                    const struct pn_vault_version *v, struct pn_secret *out, struct pn_err *err);

// --- rows in memory (image.c) ---
struct pn_vault_image {
    struct pn_vault_head head;
    struct pn_vault_entry *entries; // by tenant, owner, name
    size_t count;
    size_t bytes; // of all boxes
};
void pn_vault_image_fini(struct pn_vault_image *image);
static inline void pn_vault_image_cleanup(struct pn_vault_image *image) {
    pn_vault_image_fini(image);
}
struct pn_vault_entry *pn_vault_image_find(const struct pn_vault_image *image, const struct pn_vault_id *id);
// Makes room for a new entry in its place and returns it with its id set.
[[nodiscard]] struct pn_vault_entry *pn_vault_image_insert(struct pn_vault_image *image, const struct pn_vault_id *id,
                                                           struct pn_err *err);
void pn_vault_image_remove(struct pn_vault_image *image, struct pn_vault_entry *e);
[[nodiscard]] struct pn_vault_version *pn_vault_entry_add(struct pn_vault_image *image, struct pn_vault_entry *e,
                                                          uint64_t version, struct pn_err *err);
// Drops the oldest `n` versions.
void pn_vault_entry_drop(struct pn_vault_image *image, struct pn_vault_entry *e, size_t n);
[[nodiscard]] int pn_vault_entry_seal(const struct pn_vault_keys *keys, const uint8_t vault_id[32],
                                      const struct pn_vault_entry *e, struct pn_digest *out, struct pn_err *err);
[[nodiscard]] int pn_vault_image_seal(const struct pn_vault_keys *keys, const struct pn_vault_image *image,
                                      struct pn_digest *out, struct pn_err *err);
struct pn_digest pn_vault_head_sum(const struct pn_vault_head *head);

// --- the handle (vault.c, load.c) ---
struct pn_vault {
    const struct pn_vault_store *store;
    void *rows;             // the store's own
    char *dir;              // for messages
    uint64_t stamp;         // of the store when the image was read
    bool stale;             // the image must be read again
    struct pn_digest check; // of the key that is ours
    uint64_t generation;    // the highest seen: what is below has been put back
    struct pn_vault_keys keys;
    struct pn_vault_cipher cipher;
    struct pn_vault_image image;
};
int pn_vault_damaged(const struct pn_vault *v, const char *what, struct pn_err *err); // -1, EBADMSG
// Reads and verifies all rows, inside a transaction.
[[nodiscard]] int pn_vault_load(struct pn_vault *v, const struct pn_vault_keys *keys, struct pn_vault_image *out,
                                struct pn_err *err);
// Reads the rows again if another process has changed them.
[[nodiscard]] int pn_vault_refresh(struct pn_vault *v, struct pn_err *err);
// Transaction and fresh rows; ends with pn_vault_commit or pn_vault_abandon, which passes -1 on.
[[nodiscard]] int pn_vault_begin(struct pn_vault *v, struct pn_err *err);
int pn_vault_abandon(struct pn_vault *v);
// Seals the set under `keys` and commits.
[[nodiscard]] int pn_vault_commit(struct pn_vault *v, const struct pn_vault_keys *keys, struct pn_err *err);
// Seals the entry and writes its row.
[[nodiscard]] int pn_vault_write_entry(struct pn_vault *v, const struct pn_vault_keys *keys, struct pn_vault_entry *e,
                                       struct pn_err *err);
[[nodiscard]] int pn_vault_write_version(struct pn_vault *v, const struct pn_vault_entry *e,
                                         const struct pn_vault_version *version, struct pn_err *err);
// The live, undamaged entry of that id, or NULL with an error.
[[nodiscard]] struct pn_vault_entry *pn_vault_need(struct pn_vault *v, const struct pn_vault_id *id,
                                                   struct pn_err *err);

// --- names and values (id.c, kind.c, pem.c) ---
[[nodiscard]] int pn_vault_id_check(const struct pn_vault_id *id, struct pn_err *err);
int pn_vault_id_compare(const struct pn_vault_id *a, const struct pn_vault_id *b); // as strcmp
// "tenant/owner/name" for messages.
void pn_vault_id_text(const struct pn_vault_id *id, char out[320]);
[[nodiscard]] int pn_vault_value_pack(const struct pn_vault_value *value, struct pn_secret *out, struct pn_err *err);
[[nodiscard]] int pn_vault_pem_check(struct pn_view pem, struct pn_err *err);

// --- key sources (source.c) ---
// 32 bytes, hex or base64 (a line end may follow) into a key. Refuses what is plainly no random key.
[[nodiscard]] int pn_key_decode(struct pn_view text, const char *name, bool raw, struct pn_secret *out,
                                struct pn_err *err);
// Reads a file that only we (or root) can read, or a descriptor to its end; at most `most` bytes.
[[nodiscard]] int pn_key_file_read(const char *path, size_t most, struct pn_secret *out, struct pn_err *err);
[[nodiscard]] int pn_key_fd_read(int fd, size_t most, const char *name, struct pn_secret *out, struct pn_err *err);
extern const struct pn_key_source pn_key_source_file, pn_key_source_credential, pn_key_source_env,
    pn_key_source_passphrase, pn_key_source_keyring;

// --- import (import.c) ---
// Starts with room for all values that have to be unescaped; a text that is too long is refused.
[[nodiscard]] int pn_import_begin(struct pn_import *import, struct pn_view text, struct pn_err *err);
// Appends an item; the name is checked and must be new. Errors say the line, never the value.
[[nodiscard]] int pn_import_add(struct pn_import *import, struct pn_view name, unsigned line,
                                const struct pn_vault_value *value, struct pn_err *err);
