// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

// Version 1 of the tables; PRAGMA user_version holds it.
static const char make_tables[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS meta(one INTEGER PRIMARY KEY CHECK(one = 1), generation INTEGER NOT NULL, mac BLOB NOT "
    "NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS components(id TEXT PRIMARY KEY NOT NULL, present INTEGER NOT NULL, sha256 BLOB NOT "
    "NULL,"
    " size INTEGER NOT NULL, loaded_at INTEGER NOT NULL, source TEXT NOT NULL, head_rev INTEGER NOT NULL,"
    " head_mac BLOB NOT NULL, mac BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS policy_revisions(id TEXT NOT NULL REFERENCES components(id) ON DELETE CASCADE,"
    " rev INTEGER NOT NULL, at INTEGER NOT NULL, uid INTEGER NOT NULL, user TEXT NOT NULL, action TEXT NOT NULL,"
    " yaml TEXT NOT NULL, prev_mac BLOB NOT NULL, mac BLOB NOT NULL, PRIMARY KEY(id, rev)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 1;"
    "COMMIT;";

static const char settings[] = "PRAGMA busy_timeout = 5000;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;";

int pn_db_fail(sqlite3 *db, const char *doing, struct pn_err *err) {
    switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return pn_fail(err, PN_E_RETRY, "store.db: %s: another process is changing it; try again", doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
        return pn_err_set(
            err, PN_E_DENIED, EBADMSG, __func__,
            "store.db is damaged (%s); restore it from a backup, or move it away and load the components again",
            sqlite3_errmsg(db));
    default:
        return pn_err_set(err, PN_E_SYSTEM, sqlite3_system_errno(db), __func__, "store.db: %s: %s", doing,
                          sqlite3_errmsg(db));
    }
}

int pn_db_exec(sqlite3 *db, const char *sql, struct pn_err *err) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return pn_db_fail(db, "prepare", err);
    return 0;
}

static int harden(sqlite3 *db, struct pn_err *err) {
    static const struct {
        int option, value;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (sqlite3_db_config(db, options[i].option, options[i].value, NULL) != SQLITE_OK)
            return pn_db_fail(db, "configure", err);
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 16 << 20);
    return pn_db_exec(db, settings, err);
}

int pn_db_make_tables(sqlite3 *db, struct pn_err *err) {
    pn_auto(pn_stmt) struct pn_stmt q = {0};
    if (pn_stmt_open(db, "PRAGMA user_version", &q, err) != 0 || pn_stmt_step(&q, err) < 0)
        return -1;
    uint64_t version = pn_col_u64(&q, 0);
    pn_stmt_cleanup(&q);
    if (version == 1)
        return 0;
    if (version != 0)
        return pn_fail(err, PN_E_INPUT,
                       "store.db has format %llu, this Postern knows format 1; use the newer Postern that made it",
                       (unsigned long long)version);
    return pn_db_exec(db, make_tables, err);
}

int pn_db_open(const char *path, sqlite3 **out, struct pn_err *err) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, flags, NULL) == SQLITE_OK ? harden(db, err) : pn_db_fail(db, "open", err);
    if (rc == 0) {
        *out = db;
        return 0;
    }
    (void)sqlite3_close(db);
    return -1;
}

int pn_stmt_open(sqlite3 *db, const char *sql, struct pn_stmt *out, struct pn_err *err) {
    *out = (struct pn_stmt){.db = db, .next = 1};
    if (sqlite3_prepare_v2(db, sql, -1, &out->st, NULL) != SQLITE_OK)
        return pn_db_fail(db, "prepare", err);
    return 0;
}

void pn_stmt_str(struct pn_stmt *q, const char *text) {
    (void)sqlite3_bind_text(q->st, q->next++, text, -1, SQLITE_STATIC);
}

void pn_stmt_u64(struct pn_stmt *q, uint64_t number) {
    (void)sqlite3_bind_int64(q->st, q->next++, (sqlite3_int64)number);
}

void pn_stmt_digest(struct pn_stmt *q, const struct pn_digest *d) {
    (void)sqlite3_bind_blob(q->st, q->next++, d->b, sizeof d->b, SQLITE_STATIC);
}

int pn_stmt_step(struct pn_stmt *q, struct pn_err *err) {
    int rc = sqlite3_step(q->st);
    if (rc == SQLITE_ROW)
        return 1;
    return rc == SQLITE_DONE ? 0 : pn_db_fail(q->db, "read or write", err);
}

int pn_stmt_run(struct pn_stmt *q, struct pn_err *err) {
    return pn_stmt_step(q, err) < 0 ? -1 : 0;
}

struct pn_view pn_col_view(struct pn_stmt *q, int column) {
    const void *bytes = sqlite3_column_blob(q->st, column);
    int len = sqlite3_column_bytes(q->st, column);
    return pn_view(bytes, len > 0 && bytes != NULL ? (size_t)len : 0);
}

uint64_t pn_col_u64(struct pn_stmt *q, int column) {
    return (uint64_t)sqlite3_column_int64(q->st, column);
}

struct pn_digest pn_col_digest(struct pn_stmt *q, int column) {
    struct pn_digest d = {0};
    struct pn_view v = pn_col_view(q, column);
    if (v.len == sizeof d.b)
        pn_copy(d.b, v.ptr, v.len);
    return d;
}

char *pn_col_dup(struct pn_stmt *q, int column) {
    struct pn_view v = pn_col_view(q, column);
    if (memchr(v.len == 0 ? (const void *)"" : v.ptr, 0, v.len) != NULL)
        v.len = 0;
    return v.len == 0 ? strdup("") : pn_view_dup(v);
}
