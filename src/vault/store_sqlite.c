// SPDX-License-Identifier: Apache-2.0
// The rows in SQLite: dir/vault.db, write-ahead log, every commit synced, freed bytes overwritten.
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "vault/store.h"

static const char file_name[] = "vault.db";
enum { FORMAT = 1 };

static const char make_tables[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS vault(one INTEGER PRIMARY KEY CHECK(one = 1), vault_id BLOB NOT NULL, kdf_salt BLOB "
    "NOT "
    "NULL, kdf_ops INTEGER NOT NULL, kdf_mem INTEGER NOT NULL, chk BLOB NOT NULL, sum BLOB NOT NULL,"
    " generation INTEGER NOT NULL, seal BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS secrets(tenant TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, kind INTEGER "
    "NOT "
    "NULL, deleted INTEGER NOT NULL, newest INTEGER NOT NULL, used INTEGER NOT NULL, seal BLOB NOT NULL,"
    " PRIMARY KEY(tenant, owner, name)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS versions(tenant TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, version "
    "INTEGER "
    "NOT NULL, created INTEGER NOT NULL, salt BLOB NOT NULL, nonce BLOB NOT NULL, box BLOB NOT NULL,"
    " PRIMARY KEY(tenant, owner, name, version)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 1;"
    "COMMIT;";

static const char settings[] = "PRAGMA busy_timeout = 10000;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA secure_delete = ON;"
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;";

// Prepared once, on first use: a look at the stamp stands before every read of a secret.
enum query {
    STAMP,
    HEAD,
    SECRETS,
    VERSIONS,
    PUT_HEAD,
    PUT_SECRET,
    PUT_VERSION,
    CUT_SECRET,
    CUT_VERSIONS,
    CUT_VERSION,
    QUERIES
};
static const char *const queries[QUERIES] = {
    [STAMP] = "PRAGMA data_version",
    [HEAD] = "SELECT vault_id, kdf_salt, kdf_ops, kdf_mem, chk, sum, generation, seal FROM vault WHERE one = 1",
    [SECRETS] = "SELECT tenant, owner, name, kind, deleted, newest, used, seal FROM secrets ORDER BY 1, 2, 3",
    [VERSIONS] = "SELECT tenant, owner, name, version, created, salt, nonce, box FROM versions ORDER BY 1, 2, 3, 4",
    [PUT_HEAD] = "INSERT OR REPLACE INTO vault(one, vault_id, kdf_salt, kdf_ops, kdf_mem, chk, sum, generation, seal) "
                 "VALUES(1,?,?,?,?,?,?,?,?)",
    [PUT_SECRET] = "INSERT OR REPLACE INTO secrets(tenant, owner, name, kind, deleted, newest, used, seal) "
                   "VALUES(?,?,?,?,?,?,?,?)",
    [PUT_VERSION] = "INSERT OR REPLACE INTO versions(tenant, owner, name, version, created, salt, nonce, box) "
                    "VALUES(?,?,?,?,?,?,?,?)",
    [CUT_SECRET] = "DELETE FROM secrets WHERE tenant = ? AND owner = ? AND name = ?",
    [CUT_VERSIONS] = "DELETE FROM versions WHERE tenant = ? AND owner = ? AND name = ?",
    [CUT_VERSION] = "DELETE FROM versions WHERE tenant = ? AND owner = ? AND name = ? AND version = ?",
};

struct rows {
    sqlite3 *db;
    sqlite3_stmt *made[QUERIES];
};

static void explain(sqlite3 *db, const char *doing, struct pn_err *err) {
    switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        (void)pn_fail(err, PN_E_RETRY, "vault.db: %s: another process is changing it; try again", doing);
        return;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR: // a table or column that is not there
        (void)pn_err_set(err, PN_E_DENIED, EBADMSG, __func__, "vault.db is damaged (%s); restore it from a backup",
                         sqlite3_errmsg(db));
        return;
    default:
        (void)pn_err_set(err, PN_E_SYSTEM, sqlite3_system_errno(db), __func__, "vault.db: %s: %s", doing,
                         sqlite3_errmsg(db));
    }
}

static int fail(sqlite3 *db, const char *doing, struct pn_err *err) {
    explain(db, doing, err);
    return -1;
}

static int run(sqlite3 *db, const char *sql, const char *doing, struct pn_err *err) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, doing, err);
}

// --- statements ---

// A statement in use, with the next parameter; reset at the end of its scope.
struct use {
    struct rows *rows;
    sqlite3_stmt *st;
    int next;
};
static void use_cleanup(struct use *u) {
    if (u->st == NULL)
        return;
    (void)sqlite3_reset(u->st);
    (void)sqlite3_clear_bindings(u->st);
}

static int use(struct rows *r, enum query which, struct use *out, struct pn_err *err) {
    sqlite3_stmt **st = &r->made[which];
    if (*st == NULL && sqlite3_prepare_v3(r->db, queries[which], -1, SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK)
        return fail(r->db, "prepare", err);
    *out = (struct use){.rows = r, .st = *st, .next = 1};
    return 0;
}

static void bind_id(struct use *u, const struct pn_vault_id *id) {
    const char *const parts[] = {id->tenant, id->owner, id->name};
    for (size_t i = 0; i < 3; i++)
        (void)sqlite3_bind_text(u->st, u->next++, parts[i], -1, SQLITE_STATIC);
}
static void bind_u64(struct use *u, uint64_t number) {
    (void)sqlite3_bind_int64(u->st, u->next++, (sqlite3_int64)number);
}
static void bind_bytes(struct use *u, const void *bytes, size_t len) {
    (void)sqlite3_bind_blob(u->st, u->next++, bytes, (int)len, SQLITE_STATIC);
}

static int step(struct use *u, struct pn_err *err) {
    int rc = sqlite3_step(u->st);
    if (rc == SQLITE_ROW)
        return 1;
    return rc == SQLITE_DONE ? 0 : fail(u->rows->db, "read or write", err);
}

// A parameter that could not be bound is NULL, which no column takes: the step fails.
static int finish(struct use *u, struct pn_err *err) {
    return step(u, err) < 0 ? -1 : 0;
}

static uint64_t col_u64(const struct use *u, int column) {
    return (uint64_t)sqlite3_column_int64(u->st, column);
}
static struct pn_view col_view(const struct use *u, int column) {
    const void *bytes = sqlite3_column_blob(u->st, column);
    int len = sqlite3_column_bytes(u->st, column);
    return pn_view(bytes, bytes != NULL && len > 0 ? (size_t)len : 0);
}
// False when the column has another length.
static bool col_fixed(const struct use *u, int column, void *out, size_t len) {
    struct pn_view v = col_view(u, column);
    if (v.len != len)
        return false;
    pn_copy(out, v.ptr, len);
    return true;
}
// "\1", which is no name, for a text with a NUL in it.
static const char *col_text(const struct use *u, int column) {
    const char *text = (const char *)sqlite3_column_text(u->st, column);
    if (text == NULL || strlen(text) != (size_t)sqlite3_column_bytes(u->st, column))
        return "\1";
    return text;
}
static struct pn_vault_id col_id(const struct use *u) {
    return (struct pn_vault_id){col_text(u, 0), col_text(u, 1), col_text(u, 2)};
}

// --- opening ---

static void store_close(void *store) {
    struct rows *r = store;
    for (int i = 0; i < QUERIES; i++)
        (void)sqlite3_finalize(r->made[i]);
    (void)sqlite3_close(r->db);
    free(r);
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
            return fail(db, "configure", err);
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 20);
    return run(db, settings, "configure", err);
}

static int check_format(sqlite3 *db, bool create, struct pn_err *err) {
    sqlite3_stmt *st = NULL;
    int rc =
        sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL) == SQLITE_OK ? sqlite3_step(st) : SQLITE_ERROR;
    int format = rc == SQLITE_ROW ? sqlite3_column_int(st, 0) : -1;
    (void)sqlite3_finalize(st);
    if (rc != SQLITE_ROW)
        return fail(db, "read", err);
    if (format == FORMAT)
        return 0;
    if (format == 0 && create)
        return run(db, make_tables, "make its tables", err);
    return pn_err_set(err, PN_E_INPUT, format == 0 ? EBADMSG : 0, __func__,
                      "vault.db has format %d, this Postern knows format %d; use the one that made it", format, FORMAT);
}

// Never opened here: SQLite loses its locks when any descriptor of the file is closed.
static int check_file(const char *path, struct pn_err *err) {
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? 0 : pn_fail_errno(err, "%s", path);
    if (!S_ISREG(st.st_mode))
        return pn_fail(err, PN_E_DENIED, "%s is not a regular file; remove it", path);
    if (st.st_uid != geteuid())
        return pn_fail(err, PN_E_DENIED, "%s belongs to user %u, not to user %u who runs Postern; change its owner",
                       path, (unsigned)st.st_uid, (unsigned)geteuid());
    if ((st.st_mode & 077) != 0)
        return pn_fail(err, PN_E_DENIED, "%s has mode %04o, which lets other users at it; run: chmod go-rwx '%s'", path,
                       (unsigned)(st.st_mode & 07777), path);
    return 1;
}

// An empty file with the right mode first: SQLite gives its own files the mode of the database.
static int make_file(const char *path, struct pn_err *err) {
    pn_auto(pn_fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 && errno != EEXIST ? pn_fail_errno(err, "%s", path) : 0;
}

static int check_files(const char *path, bool create, struct pn_err *err) {
    int there = check_file(path, err);
    if (there == 0 && !create)
        return pn_err_set(err, PN_E_INPUT, ENOENT, __func__, "%s: there is no vault; make one first", path);
    if (there < 0 || (there == 0 && make_file(path, err) != 0))
        return -1;
    static const char *const more[] = {"-wal", "-shm"};
    for (size_t i = 0; i < 2; i++) {
        pn_auto(pn_free) char *name = NULL;
        if (asprintf(&name, "%s%s", path, more[i]) < 0)
            return pn_fail(err, PN_E_SYSTEM, "out of memory");
        if (check_file(name, err) < 0)
            return -1;
    }
    return 0;
}

static int open_rows(struct rows *r, const char *path, bool create, struct pn_err *err) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                      SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(path, &r->db, flags, NULL) != SQLITE_OK)
        return r->db == NULL ? pn_fail(err, PN_E_SYSTEM, "out of memory") : fail(r->db, "open", err);
    return harden(r->db, err) != 0 ? -1 : check_format(r->db, create, err);
}

static int store_open(const char *dir, bool create, void **store, struct pn_err *err) {
    pn_auto(pn_free) char *real = realpath(dir, NULL);
    pn_auto(pn_free) char *path = NULL;
    if (real == NULL || asprintf(&path, "%s/%s", real, file_name) < 0)
        return pn_fail_errno(err, "%s", dir);
    if (check_files(path, create, err) != 0)
        return -1;
    struct rows *r = calloc(1, sizeof *r);
    if (r == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (open_rows(r, path, create, err) != 0) {
        store_close(r);
        return -1;
    }
    *store = r;
    return 0;
}

// --- transactions ---

static int store_stamp(void *store, uint64_t *out, struct pn_err *err) {
    __attribute__((cleanup(use_cleanup))) struct use u = {0};
    if (use(store, STAMP, &u, err) != 0)
        return -1;
    int there = step(&u, err);
    *out = there == 1 ? col_u64(&u, 0) : 0;
    return there < 0 ? -1 : 0;
}

static int store_begin(void *store, bool change, struct pn_err *err) {
    struct rows *r = store;
    return run(r->db, change ? "BEGIN IMMEDIATE" : "BEGIN", "begin", err);
}

static int store_commit(void *store, struct pn_err *err) {
    struct rows *r = store;
    return run(r->db, "COMMIT", "commit", err);
}

static void store_rollback(void *store) {
    struct rows *r = store;
    if (sqlite3_get_autocommit(r->db) == 0)
        (void)sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
}

static int store_scrub(void *store, struct pn_err *err) {
    (void)err; // somebody who reads or writes right now keeps the log alive; it goes with the last one who closes it
    struct rows *r = store;
    (void)sqlite3_exec(r->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    return 0;
}

// --- rows ---

static int store_read_head(void *store, struct pn_vault_head *out, struct pn_err *err) {
    __attribute__((cleanup(use_cleanup))) struct use u = {0};
    if (use(store, HEAD, &u, err) != 0)
        return -1;
    int there = step(&u, err);
    if (there != 1)
        return there;
    *out = (struct pn_vault_head){.generation = col_u64(&u, 6)};
    uint64_t ops = col_u64(&u, 2), mem = col_u64(&u, 3);
    bool ok = ops <= UINT32_MAX && mem <= UINT32_MAX && col_fixed(&u, 0, out->vault_id, sizeof out->vault_id) &&
              col_fixed(&u, 1, out->kdf.salt, sizeof out->kdf.salt) && col_fixed(&u, 4, out->check.b, PN_DIGEST) &&
              col_fixed(&u, 5, out->sum.b, PN_DIGEST) && col_fixed(&u, 7, out->seal.b, PN_DIGEST);
    out->kdf.ops = (uint32_t)ops;
    out->kdf.mem_kib = (uint32_t)mem;
    if (ok)
        return 1;
    return pn_err_set(err, PN_E_DENIED, EBADMSG, __func__,
                      "vault.db is damaged (the row about the vault itself); restore it from a backup");
}

static int store_write_head(void *store, const struct pn_vault_head *head, struct pn_err *err) {
    __attribute__((cleanup(use_cleanup))) struct use u = {0};
    if (use(store, PUT_HEAD, &u, err) != 0)
        return -1;
    bind_bytes(&u, head->vault_id, sizeof head->vault_id);
    bind_bytes(&u, head->kdf.salt, sizeof head->kdf.salt);
    bind_u64(&u, head->kdf.ops);
    bind_u64(&u, head->kdf.mem_kib);
    bind_bytes(&u, head->check.b, sizeof head->check.b);
    bind_bytes(&u, head->sum.b, sizeof head->sum.b);
    bind_u64(&u, head->generation);
    bind_bytes(&u, head->seal.b, sizeof head->seal.b);
    return finish(&u, err);
}

static int store_each_secret(void *store, int (*each)(void *arg, const struct pn_vault_secret_row *row), void *arg,
                             struct pn_err *err) {
    __attribute__((cleanup(use_cleanup))) struct use u = {0};
    if (use(store, SECRETS, &u, err) != 0)
        return -1;
    int more;
    while ((more = step(&u, err)) == 1) {
        struct pn_vault_secret_row row = {.id = col_id(&u),
                                          .kind = col_u64(&u, 3),
                                          .deleted = col_u64(&u, 4),
                                          .newest = col_u64(&u, 5),
                                          .used = col_u64(&u, 6)};
        (void)col_fixed(&u, 7, row.seal.b, sizeof row.seal.b); // zeros are no seal
        if (each(arg, &row) != 0)
            return -1;
    }
    return more;
}

static int store_each_version(void *store, int (*each)(void *arg, const struct pn_vault_version_row *row), void *arg,
                              struct pn_err *err) {
    __attribute__((cleanup(use_cleanup))) struct use u = {0};
    if (use(store, VERSIONS, &u, err) != 0)
        return -1;
    int more;
    while ((more = step(&u, err)) == 1) {
        struct pn_vault_version_row row = {.id = col_id(&u),
                                           .version = col_u64(&u, 3),
                                           .created = col_u64(&u, 4),
                                           .salt = col_view(&u, 5),
                                           .nonce = col_view(&u, 6),
                                           .box = col_view(&u, 7)};
        if (each(arg, &row) != 0)
            return -1;
    }
    return more;
}

static int store_write_secret(void *store, const struct pn_vault_secret_row *row, struct pn_err *err) {
    __attribute__((cleanup(use_cleanup))) struct use u = {0};
    if (use(store, PUT_SECRET, &u, err) != 0)
        return -1;
    bind_id(&u, &row->id);
    bind_u64(&u, row->kind);
    bind_u64(&u, row->deleted);
    bind_u64(&u, row->newest);
    bind_u64(&u, row->used);
    bind_bytes(&u, row->seal.b, sizeof row->seal.b);
    return finish(&u, err);
}

static int store_write_version(void *store, const struct pn_vault_version_row *row, struct pn_err *err) {
    __attribute__((cleanup(use_cleanup))) struct use u = {0};
    if (use(store, PUT_VERSION, &u, err) != 0)
        return -1;
    bind_id(&u, &row->id);
    bind_u64(&u, row->version);
    bind_u64(&u, row->created);
    bind_bytes(&u, row->salt.ptr, row->salt.len);
    bind_bytes(&u, row->nonce.ptr, row->nonce.len);
    bind_bytes(&u, row->box.ptr, row->box.len);
    return finish(&u, err);
}

static int cut(void *store, enum query which, const struct pn_vault_id *id, struct pn_err *err) {
    __attribute__((cleanup(use_cleanup))) struct use u = {0};
    if (use(store, which, &u, err) != 0)
        return -1;
    bind_id(&u, id);
    return finish(&u, err);
}

static int store_remove_secret(void *store, const struct pn_vault_id *id, struct pn_err *err) {
    return cut(store, CUT_VERSIONS, id, err) != 0 ? -1 : cut(store, CUT_SECRET, id, err);
}

static int store_remove_version(void *store, const struct pn_vault_id *id, uint64_t version, struct pn_err *err) {
    __attribute__((cleanup(use_cleanup))) struct use u = {0};
    if (use(store, CUT_VERSION, &u, err) != 0)
        return -1;
    bind_id(&u, id);
    bind_u64(&u, version);
    return finish(&u, err);
}

const struct pn_vault_store pn_vault_store_sqlite = {
    .name = "sqlite",
    .open = store_open,
    .close = store_close,
    .stamp = store_stamp,
    .begin = store_begin,
    .commit = store_commit,
    .rollback = store_rollback,
    .read_head = store_read_head,
    .write_head = store_write_head,
    .each_secret = store_each_secret,
    .each_version = store_each_version,
    .write_secret = store_write_secret,
    .write_version = store_write_version,
    .remove_secret = store_remove_secret,
    .remove_version = store_remove_version,
    .scrub = store_scrub,
};
