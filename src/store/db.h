// SPDX-License-Identifier: Apache-2.0
// SQLite as the store uses it: one connection, few statements, errors that say what to do. Internal to src/store.
#pragma once
#include <sqlite3.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"

// Opens (making tables in an empty database) `path`, which no symlink may be part of.
[[nodiscard]] int pn_db_open(const char *path, sqlite3 **out, struct pn_err *err);
[[nodiscard]] int pn_db_make_tables(sqlite3 *db, struct pn_err *err);
// Records what SQLite just reported: PN_E_RETRY for a busy database, PN_E_DENIED (EBADMSG) for a damaged one.
int pn_db_fail(sqlite3 *db, const char *doing, struct pn_err *err);
[[nodiscard]] int pn_db_exec(sqlite3 *db, const char *sql, struct pn_err *err);

struct pn_stmt {
    sqlite3 *db;
    sqlite3_stmt *st;
    int next; // parameter to bind
};
[[nodiscard]] int pn_stmt_open(sqlite3 *db, const char *sql, struct pn_stmt *out, struct pn_err *err);
static inline void pn_stmt_cleanup(struct pn_stmt *q) {
    (void)sqlite3_finalize(q->st);
    q->st = NULL;
}
// Parameters in order; the bytes are borrowed until the statement ends. A failure shows up in pn_stmt_step.
void pn_stmt_str(struct pn_stmt *q, const char *text);
void pn_stmt_u64(struct pn_stmt *q, uint64_t number);
void pn_stmt_digest(struct pn_stmt *q, const struct pn_digest *d);
// 1 = a row, 0 = done, -1 = failed.
[[nodiscard]] int pn_stmt_step(struct pn_stmt *q, struct pn_err *err);
// Runs a statement that gives no rows.
[[nodiscard]] int pn_stmt_run(struct pn_stmt *q, struct pn_err *err);

// Columns of the current row; views live until the next step. A digest of another length comes out as zeros.
struct pn_view pn_col_view(struct pn_stmt *q, int column);
uint64_t pn_col_u64(struct pn_stmt *q, int column);
struct pn_digest pn_col_digest(struct pn_stmt *q, int column);
// A copy that the caller frees; "" when the text holds a NUL. NULL only when out of memory.
char *pn_col_dup(struct pn_stmt *q, int column);
