// SPDX-License-Identifier: Apache-2.0
// What the files of src/store share: the handle, rows as they stand in the database, the frame of a change.
#pragma once
#include "store/db.h"
#include "store/store.h"

#define PN_POLICY_TEXT_MAX ((size_t)1 << 20) // what a worker accepts
#define PN_STORE_WAIT_MS 10000u

struct pn_store {
    char *path;   // of the data directory, for messages and SQLite
    int data_fd;  // the data directory
    int blobs_fd; // .../blobs
    int lock_fd;  // .../lock: held while changing; its 8 bytes repeat the generation, so that writing them wakes
                  // watchers
    sqlite3 *db;
    struct pn_mac_key key;
    uint64_t generation; // of the change that is open
};

// --- rows (row.c) ---
struct pn_row {
    struct pn_component c; // c.policy_rev is the head of its chain
    bool present;          // false: unloaded, kept for its history
    struct pn_digest head; // seal of the head revision
};
struct pn_rows {
    struct pn_row *at;
    size_t len;
    uint64_t generation;
};
void pn_rows_fini(struct pn_rows *rows);
static inline void pn_rows_cleanup(struct pn_rows *rows) {
    pn_rows_fini(rows);
}
// Every registration, verified one by one (c.fault) and as a set (PN_E_DENIED). Inside a transaction.
[[nodiscard]] int pn_rows_read(struct pn_store *s, struct pn_rows *out, struct pn_err *err);
struct pn_row *pn_rows_find(const struct pn_rows *rows, const char *id); // NULL = unknown
// The loaded and undamaged row of that id, or NULL with an error.
[[nodiscard]] struct pn_row *pn_rows_need(const struct pn_rows *rows, const char *id, struct pn_err *err);
[[nodiscard]] int pn_row_write(struct pn_store *s, const struct pn_row *row, struct pn_err *err);
[[nodiscard]] int pn_row_delete(struct pn_store *s, const char *id, struct pn_err *err); // with its revisions
// Seals the registrations as they stand now.
[[nodiscard]] int pn_rows_seal(struct pn_store *s, uint64_t generation, struct pn_err *err);

// --- transactions (store.c) ---
// A consistent view for reading; ends with pn_store_end.
[[nodiscard]] int pn_store_begin_read(struct pn_store *s, struct pn_rows *rows, struct pn_err *err);
// Lock, transaction, rows. Ends with pn_store_commit or, if that was not reached, pn_store_end.
[[nodiscard]] int pn_store_begin_change(struct pn_store *s, struct pn_rows *rows, struct pn_err *err);
// Seals the new set of registrations, commits, wakes watchers. The lock stays until pn_store_end.
[[nodiscard]] int pn_store_commit(struct pn_store *s, struct pn_err *err);
void pn_store_end(struct pn_store *s); // rolls back what is not committed, unlocks

// --- revisions (revision.c) ---
// Appends to the chain of `row` and moves its head; the row itself is not written.
[[nodiscard]] int pn_revision_add(struct pn_store *s, struct pn_row *row, const char *action, const char *yaml,
                                  struct pn_err *err);
// Whether the policy in force grants anything; one that cannot be read counts, its loss is worth a word.
bool pn_revision_grants(struct pn_store *s, const struct pn_row *row);

// --- blobs (blob.c) ---
[[nodiscard]] int pn_blob_write(struct pn_store *s, const struct pn_digest *sha256, struct pn_view bytes,
                                struct pn_err *err);
// Removes temporary files and blobs that no loaded row names. Holding the lock, with rows of that moment.
void pn_blob_sweep(struct pn_store *s, const struct pn_rows *rows);
