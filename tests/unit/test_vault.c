// SPDX-License-Identifier: Apache-2.0
// The vault against misuse, tampering, wrong keys, crashes and company. Every value here is made up and opens nothing.
// Every test works in a directory of its own.
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/keyctl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <signal.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "check.h"
#include "vault/import.h"
#include "vault/internal.h"
#include "vault/vault.h"

static char root[64], dir[96], key_path[96], new_path[96], db_path[112];
static char key_spec[112], new_spec[112];
static struct pn_key_from keys[2]; // the key, the new one
static struct pn_err err;

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static pid_t owner_of_root;

static void leave(void) {
    if (root[0] != '\0' && getpid() == owner_of_root)
        (void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    root[0] = '\0';
}

static void enter(void) {
    static bool registered;
    if (!registered)
        (void)atexit(leave);
    registered = true;
    leave();
    owner_of_root = getpid();
    (void)snprintf(root, sizeof root, "/tmp/test_vault.XXXXXX");
    CHECK(mkdtemp(root) != NULL);
    (void)snprintf(dir, sizeof dir, "%s/vault", root);
    (void)snprintf(db_path, sizeof db_path, "%s/vault.db", dir);
    (void)snprintf(key_path, sizeof key_path, "%s/key", root);
    (void)snprintf(new_path, sizeof new_path, "%s/new", root);
    (void)snprintf(key_spec, sizeof key_spec, "file:%s", key_path);
    (void)snprintf(new_spec, sizeof new_spec, "file:%s", new_path);
    CHECK_INT(pn_key_file_make(key_path, &err), 0);
    CHECK_INT(pn_key_file_make(new_path, &err), 0);
    CHECK_INT(pn_key_from_parse(key_spec, &keys[0], &err), 0);
    CHECK_INT(pn_key_from_parse(new_spec, &keys[1], &err), 0);
    err = (struct pn_err){0};
}

static struct pn_vault *open_with(const struct pn_key_from *key, size_t count, bool create) {
    struct pn_vault *v = NULL;
    struct pn_vault_options o = {.dir = dir, .key = key, .key_count = count, .create = create};
    err = (struct pn_err){0};
    return pn_vault_open(&o, &v, &err) == 0 ? v : NULL;
}

static struct pn_vault *make(void) {
    enter();
    struct pn_vault *v = open_with(keys, 1, true);
    if (v == NULL)
        printf("# open: %s\n", err.text);
    CHECK(v != NULL);
    return v;
}

static struct pn_vault *again(void) {
    return open_with(keys, 1, false);
}

static const struct pn_vault_id token = {"acme", "", "api-token"};

static struct pn_vault_value text_value(const char *text) {
    return (struct pn_vault_value){.kind = PN_VAULT_OPAQUE, .part = {pn_view_str(text)}};
}

static int put(struct pn_vault *v, const char *name, const char *text) {
    struct pn_vault_id id = {"acme", "", name};
    struct pn_vault_value value = text_value(text);
    err = (struct pn_err){0};
    return pn_vault_put(v, &id, &value, &err);
}

static int rotate(struct pn_vault *v, const char *name, const char *text) {
    struct pn_vault_id id = {"acme", "", name};
    struct pn_vault_value value = text_value(text);
    err = (struct pn_err){0};
    return pn_vault_rotate(v, &id, &value, NULL, &err);
}

// 0 when get gives exactly `want`; else -1, with err.
static int expect(struct pn_vault *v, const struct pn_vault_id *id, uint64_t version, const char *want) {
    pn_auto(pn_secret) struct pn_secret s = {0};
    err = (struct pn_err){0};
    if (pn_vault_get(v, id, version, &s, &err) != 0)
        return -1;
    CHECK_INT(pn_vault_secret_kind(&s), PN_VAULT_OPAQUE);
    CHECK(pn_view_is(pn_vault_part(&s, 0), want));
    return pn_view_is(pn_vault_part(&s, 0), want) ? 0 : 1;
}

// --- misuse ---

static void misuse(void) {
    struct pn_vault *v = make();
    struct pn_vault_value value = text_value("fake-value");
    static const struct pn_vault_id bad[] = {
        {"", "", "n"},     {"t", "", ""},       {"t/", "", "n"},  {"t", "a b", "n"},
        {"t", "", "../n"}, {"t", "", "n\n"},    {"t", ".o", "n"}, {"t", "", "caf\xc3\xa9"},
        {"t", "", NULL},   {"t", NULL, "name"}, {NULL, "", "n"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(pn_vault_put(v, &bad[i], &value, &err), -1);
        CHECK_INT(pn_vault_delete(v, &bad[i], &err), -1);
        CHECK_INT(pn_vault_purge(v, &bad[i], 1, &err), -1);
    }
    char longest[130];
    (void)memset(longest, 'a', sizeof longest);
    longest[129] = '\0';
    CHECK_INT(put(v, longest, "x"), -1);
    longest[128] = '\0';
    CHECK_INT(put(v, longest, "x"), 0);
    CHECK_INT(put(v, "twice", "a"), 0);
    CHECK_INT(put(v, "twice", "b"), -1);
    CHECK_INT(err.code, EEXIST);
    CHECK_INT(rotate(v, "none", "b"), -1);
    CHECK_INT(err.code, ENOENT);
    CHECK_INT(expect(v, &(struct pn_vault_id){"acme", "", "none"}, 0, ""), -1);
    CHECK_INT(err.code, ENOENT);
    CHECK_INT(expect(v, &(struct pn_vault_id){"acme", "", "twice"}, 2, ""), -1);
    CHECK_INT(err.code, ENOENT);
    CHECK_INT(pn_vault_purge(v, &(struct pn_vault_id){"acme", "", "twice"}, 0, &err), -1);
    CHECK_INT(expect(v, &(struct pn_vault_id){"other", "", "twice"}, 0, ""), -1);   // another tenant's
    CHECK_INT(expect(v, &(struct pn_vault_id){"acme", "bob", "twice"}, 0, ""), -1); // another owner's
    pn_vault_close(v);
    pn_vault_close(NULL);
    CHECK(open_with(keys, 1, true) == NULL); // never over an existing one
    CHECK_INT(err.code, EEXIST);
    CHECK_INT(pn_vault_open(&(struct pn_vault_options){.dir = dir}, &v, &err), -1);
    enter();
    CHECK_INT(mkdir(dir, 0700), 0);
    CHECK(again() == NULL); // never made by the way
    CHECK_INT(err.code, ENOENT);
    CHECK(access(db_path, F_OK) != 0);
}

static void values_of_each_kind(void) {
    struct pn_vault *v = make();
    static const struct pn_vault_value bad[] = {
        {0},
        {.kind = 99, .part = {PN_VIEW("fake")}},
        {.kind = PN_VAULT_OPAQUE},
        {.kind = PN_VAULT_OPAQUE, .part = {PN_VIEW("fake"), PN_VIEW("second part")}},
        {.kind = PN_VAULT_BASIC, .part = {PN_VIEW("us:er"), PN_VIEW("fake")}},
        {.kind = PN_VAULT_BASIC, .part = {PN_VIEW("user"), PN_VIEW("fa\nke")}},
        {.kind = PN_VAULT_BASIC, .part = {PN_VIEW("user")}},
        {.kind = PN_VAULT_AWS, .part = {PN_VIEW("AKIAFAKEFAKEFAKEFAKE"), PN_VIEW("short")}},
        {.kind = PN_VAULT_AWS, .part = {PN_VIEW("AKIA FAKE FAKE FAKE"), PN_VIEW("fakefakefakefakefakefake")}},
        {.kind = PN_VAULT_HMAC, .part = {PN_VIEW("fifteen bytes..")}},
        {.kind = PN_VAULT_JWT, .part = {PN_VIEW("not a key")}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (struct pn_err){0};
        CHECK_INT(pn_vault_put(v, &token, &bad[i], &err), -1);
        CHECK(strstr(err.text, "fake") == NULL && err.text[0] != '\0');
    }
    struct pn_vault_value basic = {.kind = PN_VAULT_BASIC, .part = {PN_VIEW("user"), PN_VIEW("fake:pass word")}};
    CHECK_INT(pn_vault_put(v, &token, &basic, &err), 0);
    struct pn_vault_value other = text_value("fake");
    CHECK_INT(pn_vault_rotate(v, &token, &other, NULL, &err), -1);
    CHECK_ERR(err, "kind basic");
    pn_auto(pn_secret) struct pn_secret s = {0};
    CHECK_INT(pn_vault_get(v, &token, 0, &s, &err), 0);
    CHECK_INT(pn_vault_secret_kind(&s), PN_VAULT_BASIC);
    CHECK(pn_view_is(pn_vault_part(&s, 0), "user") && pn_view_is(pn_vault_part(&s, 1), "fake:pass word"));
    CHECK_INT(pn_vault_part(&s, 2).len, 0);
    pn_vault_close(v);
}

// --- RFC 5869, appendix A ---

static void check_hkdf(const char *ikm, const char *salt, const char *info, const char *okm) {
    uint8_t i[80], s[80], n[80], want[82], got[82];
    size_t il = strlen(ikm) / 2, sl = strlen(salt) / 2, nl = strlen(info) / 2, len = strlen(okm) / 2;
    CHECK(pn_hex_get(pn_view_str(ikm), i, il) && pn_hex_get(pn_view_str(salt), s, sl));
    CHECK(pn_hex_get(pn_view_str(info), n, nl) && pn_hex_get(pn_view_str(okm), want, len));
    pn_vault_hkdf(pn_view(s, sl), pn_view(i, il), pn_view(n, nl), got, len);
    CHECK(memcmp(got, want, len) == 0);
}

static void hkdf_vectors(void) {
    check_hkdf("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
               "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    check_hkdf("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
               "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
               "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
               "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
               "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
               "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
               "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
               "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    check_hkdf("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

// What is authenticated with a box, apart from the seals that stand before it.
static void a_box_opens_in_its_place_only(void) {
    struct pn_vault *v = make();
    CHECK_INT(put(v, "api-token", "fake-value"), 0);
    struct pn_vault_entry *e = pn_vault_image_find(&v->image, &token);
    struct pn_vault_version *at = &e->versions[0], kept = *at;
    uint8_t vault_id[32];
    pn_copy(vault_id, v->image.head.vault_id, sizeof vault_id);
    pn_auto(pn_secret) struct pn_secret s = {0};
#define OPENS() (pn_vault_box_open(&v->cipher, &v->keys, vault_id, &moved, at, &s, NULL) == 0)
    struct pn_vault_entry moved = *e;
    CHECK(OPENS());
    static const struct pn_vault_id others[] = {
        {"acma", "", "api-token"}, {"acme", "b", "api-token"}, {"acme", "", "api-tokem"}, {"acm", "e", "api-token"}};
    for (size_t i = 0; i < 4; i++) {
        moved.id = others[i];
        CHECK(!OPENS() && s.len == 0);
    }
    moved = *e;
    moved.kind = PN_VAULT_HMAC;
    CHECK(!OPENS());
    moved = *e;
    at->version = 2;
    CHECK(!OPENS());
    at->version = 1;
    at->created++;
    CHECK(!OPENS());
    *at = kept;
    vault_id[31] ^= 1;
    CHECK(!OPENS());
    vault_id[31] ^= 1;
    uint8_t *const parts[] = {at->salt, at->nonce, at->box};
    const size_t lens[] = {sizeof at->salt, sizeof at->nonce, at->box_len};
    for (size_t part = 0; part < 3; part++)
        for (size_t bit = 0; bit < 8 * lens[part]; bit++) {
            parts[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
            CHECK(!OPENS() && s.len == 0);
            parts[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    CHECK(OPENS());
#undef OPENS
    pn_vault_close(v);
}

static void versions(void) {
    struct pn_vault *v = make();
    CHECK_INT(put(v, "api-token", "fake-1"), 0);
    CHECK_INT(rotate(v, "api-token", "fake-2"), 0);
    CHECK_INT(rotate(v, "api-token", "fake-3"), 0);
    CHECK_INT(expect(v, &token, 0, "fake-3"), 0);
    CHECK_INT(expect(v, &token, 1, "fake-1"), 0);
    pn_vault_close(v);
    v = again();
    CHECK_INT(expect(v, &token, 2, "fake-2"), 0);
    CHECK_INT(pn_vault_purge(v, &token, 1, &err), 0);
    CHECK_INT(expect(v, &token, 2, "fake-2"), -1);
    CHECK_INT(expect(v, &token, 3, "fake-3"), 0);
    CHECK_INT(pn_vault_delete(v, &token, &err), 0);
    CHECK_INT(expect(v, &token, 3, "fake-3"), -1);
    CHECK_INT(err.code, ENOENT);
    CHECK_INT(put(v, "api-token", "fake-4"), 0);
    CHECK_INT(expect(v, &token, 4, "fake-4"), 0); // the numbers go on
    CHECK_INT(expect(v, &token, 3, "fake-3"), 0);
    CHECK_INT(pn_vault_delete(v, &token, &err), 0);
    CHECK_INT(pn_vault_purge(v, &token, 1, &err), 0);
    CHECK_INT(put(v, "api-token", "fake-5"), 0);
    CHECK_INT(expect(v, &token, 1, "fake-5"), 0);
    pn_vault_close(v);
}

// --- tampering ---

static void sql(const char *text) {
    sqlite3 *db = NULL;
    char *message = NULL;
    CHECK_INT(sqlite3_open(db_path, &db), SQLITE_OK);
    (void)sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    CHECK_INT(sqlite3_exec(db, text, NULL, NULL, &message), SQLITE_OK);
    if (message != NULL)
        printf("# %s: %s\n", text, message);
    sqlite3_free(message);
    (void)sqlite3_close(db);
}

static void copy_file(const char *from, const char *to) {
    pn_auto(pn_buf) struct pn_buf b = {0};
    CHECK_INT(pn_read_file(from, 16 << 20, &b, &err), 0);
    pn_auto(pn_fd) int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK_INT(pn_write_all(fd, pn_buf_view(&b), &err), 0);
}

static char saved[128];
static void save_vault(void) { // closed: nothing is in the log
    (void)snprintf(saved, sizeof saved, "%s/saved.db", root);
    copy_file(db_path, saved);
}
static void restore_vault(void) {
    char log[128];
    static const char *const more[] = {"-wal", "-shm"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(log, sizeof log, "%s%s", db_path, more[i]);
        (void)unlink(log);
    }
    copy_file(saved, db_path);
}

static const struct {
    const char *tenant, *owner, *name;
    uint64_t version;
    const char *text;
} held[] = {
    {"acme", "", "first", 1, "fake-first-1"},
    {"acme", "", "first", 2, "fake-first-2"},
    {"acme", "bob", "first", 1, "fake-bobs-1"},
    {"umbr", "", "first", 1, "fake-other-1"},
};
enum { HELD = sizeof held / sizeof *held };

static void fill(struct pn_vault *v) {
    for (size_t i = 0; i < HELD; i++) {
        struct pn_vault_id id = {held[i].tenant, held[i].owner, held[i].name};
        struct pn_vault_value value = text_value(held[i].text);
        CHECK_INT(
            held[i].version == 1 ? pn_vault_put(v, &id, &value, &err) : pn_vault_rotate(v, &id, &value, NULL, &err), 0);
    }
}

// How many of the values can be had; a wrong one fails the test in expect().
static size_t readable_with(const struct pn_key_from *key, size_t count) {
    size_t good = 0;
    struct pn_vault *v = open_with(key, count, false);
    for (size_t i = 0; v != NULL && i < HELD; i++) {
        struct pn_vault_id id = {held[i].tenant, held[i].owner, held[i].name};
        if (expect(v, &id, held[i].version, held[i].text) == 0)
            good++;
        else
            CHECK(err.code == EBADMSG || err.code == ENOENT);
    }
    if (v != NULL)
        v->stale = true; // look, and leave no time of use
    pn_vault_close(v);
    return good;
}
static size_t readable(void) {
    return readable_with(keys, 1);
}

static void filled(void) {
    struct pn_vault *v = make();
    fill(v);
    pn_vault_close(v);
    save_vault();
    CHECK_INT(readable(), HELD);
}

struct cell {
    char table[16], column[16];
    int row;
    size_t len; // bytes; 0 = a number
};

static size_t find_cells(struct cell *out, size_t most) {
    static const char *const tables[] = {"vault", "secrets", "versions"};
    sqlite3 *db = NULL;
    size_t count = 0;
    CHECK_INT(sqlite3_open(db_path, &db), SQLITE_OK);
    for (size_t t = 0; t < 3; t++) {
        char text[64];
        sqlite3_stmt *st = NULL;
        (void)snprintf(text, sizeof text, "SELECT * FROM %s", tables[t]);
        CHECK_INT(sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
        for (int row = 0; sqlite3_step(st) == SQLITE_ROW; row++)
            for (int c = 0; c < sqlite3_column_count(st) && count < most; c++) {
                struct cell *cell = &out[count++];
                (void)snprintf(cell->table, sizeof cell->table, "%s", tables[t]);
                (void)snprintf(cell->column, sizeof cell->column, "%s", sqlite3_column_name(st, c));
                cell->row = row;
                cell->len = sqlite3_column_type(st, c) == SQLITE_INTEGER ? 0 : (size_t)sqlite3_column_bytes(st, c);
                if (strcmp(cell->column, "one") == 0)
                    count--;
            }
        (void)sqlite3_finalize(st);
    }
    (void)sqlite3_close(db);
    return count;
}

// Changes one byte of one cell of the n-th row of its table.
static void flip(const struct cell *cell, size_t byte) {
    char text[700];
    const char *keys_of = strcmp(cell->table, "vault") == 0     ? "one"
                          : strcmp(cell->table, "secrets") == 0 ? "tenant, owner, name"
                                                                : "tenant, owner, name, version";
    char value[300];
    if (cell->len == 0)
        (void)snprintf(value, sizeof value, "(%s + 10)", cell->column);
    else // hex() sees the bytes of text and blobs alike
        (void)snprintf(value, sizeof value, "flipped(%s, %zu)", cell->column, byte);
    (void)snprintf(text, sizeof text, "UPDATE %s SET %s = %s WHERE (%s) = (SELECT %s FROM %s LIMIT 1 OFFSET %d)",
                   cell->table, cell->column, value, keys_of, keys_of, cell->table, cell->row);
    sql(text);
}

// The SQL function behind flip(): keeps the type, changes bit 0.
static void flipped(sqlite3_context *ctx, int count, sqlite3_value **args) {
    (void)count;
    uint8_t bytes[512];
    size_t len = (size_t)sqlite3_value_bytes(args[0]), at = (size_t)sqlite3_value_int(args[1]);
    CHECK(len <= sizeof bytes && at < len);
    pn_copy(bytes, sqlite3_value_blob(args[0]), len);
    bytes[at] ^= 1;
    if (sqlite3_value_type(args[0]) == SQLITE_TEXT)
        sqlite3_result_text(ctx, (const char *)bytes, (int)len, SQLITE_TRANSIENT);
    else
        sqlite3_result_blob(ctx, bytes, (int)len, SQLITE_TRANSIENT);
}
static int add_flipped(sqlite3 *db, const char **message, const struct sqlite3_api_routines *api) {
    (void)message;
    (void)api;
    return sqlite3_create_function(db, "flipped", 2, SQLITE_UTF8, NULL, flipped, NULL, NULL);
}

static void every_byte_counts(void) {
    static struct cell cells[100];
    (void)sqlite3_auto_extension((void (*)(void))add_flipped);
    filled();
    size_t count = find_cells(cells, 100), flips = 0;
    CHECK(count > 50 && count < 100);
    for (size_t c = 0; c < count; c++)
        for (size_t byte = 0; byte < (cells[c].len == 0 ? 1 : cells[c].len); byte++, flips++) {
            restore_vault();
            flip(&cells[c], byte);
            size_t good = readable();
            if (good < HELD)
                continue;
            printf("# %s.%s row %d byte %zu was changed unnoticed\n", cells[c].table, cells[c].column, cells[c].row,
                   byte);
            CHECK(good < HELD);
        }
    printf("# %zu bytes in %zu cells\n", flips, count);
    CHECK(flips > 600);
    (void)sqlite3_cancel_auto_extension((void (*)(void))add_flipped);
}

static void rows_stay_where_they_are(void) {
    static const char *const attacks[] = {
        "UPDATE versions SET box = (SELECT box FROM versions WHERE version = 2) WHERE tenant = 'acme' AND owner = '' "
        "AND version = 1",
        "UPDATE versions SET version = version + 2 WHERE tenant = 'acme' AND owner = ''; "
        "UPDATE versions SET version = 5 - version WHERE tenant = 'acme' AND owner = ''",
        "UPDATE secrets SET newest = 1 WHERE newest = 2; DELETE FROM versions WHERE version = 2",
        "DELETE FROM versions WHERE version = 2",
        "DELETE FROM versions WHERE version = 1 AND tenant = 'acme' AND owner = ''",
        "DELETE FROM versions WHERE owner = 'bob'; DELETE FROM secrets WHERE owner = 'bob'",
        "DELETE FROM secrets WHERE owner = 'bob'",
        "DELETE FROM versions; DELETE FROM secrets",
        "DELETE FROM vault",
        "DELETE FROM vault; DELETE FROM versions; DELETE FROM secrets",
        "UPDATE secrets SET tenant = 'x' WHERE tenant = 'umbr'; UPDATE versions SET tenant = 'x' WHERE tenant = 'umbr'",
        "UPDATE secrets SET owner = 'eve' WHERE owner = 'bob'; UPDATE versions SET owner = 'eve' WHERE owner = 'bob'",
        "UPDATE secrets SET name = 'n' WHERE owner = 'bob'; UPDATE versions SET name = 'n' WHERE owner = 'bob'",
        "UPDATE versions SET tenant = 't' WHERE tenant = 'umbr'; UPDATE versions SET tenant = 'umbr' WHERE owner = "
        "'bob'; "
        "UPDATE versions SET tenant = 'acme', owner = 'bob' WHERE tenant = 't'; UPDATE versions SET owner = '' WHERE "
        "tenant = "
        "'umbr'",
        "INSERT INTO secrets SELECT 'zz', owner, name, kind, deleted, newest, used, seal FROM secrets WHERE tenant = "
        "'umbr'",
        "INSERT INTO versions SELECT tenant, owner, name, 9, created, salt, nonce, box FROM versions WHERE tenant = "
        "'umbr'",
        "UPDATE secrets SET deleted = 1 WHERE owner = 'bob'",
        "UPDATE secrets SET deleted = 2 WHERE owner = 'bob'",
        "UPDATE versions SET box = zeroblob(16) WHERE version = 2",
        "UPDATE versions SET box = zeroblob(100000) WHERE version = 2",
        "UPDATE versions SET salt = zeroblob(31) WHERE version = 2",
        "UPDATE secrets SET name = cast(x'6600' AS TEXT) WHERE owner = 'bob'",
        "DROP TABLE versions",
        "PRAGMA user_version = 2",
    };
    filled();
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        restore_vault();
        sql(attacks[i]);
        size_t good = readable();
        if (good >= HELD)
            printf("# not noticed: %s\n", attacks[i]);
        CHECK(good < HELD);
    }
}

// Puts rows of an older copy of the vault into the present one.
static void put_back(const char *rows) {
    char text[700];
    (void)snprintf(text, sizeof text, "ATTACH '%s' AS old; %s", saved, rows);
    sql(text);
}

static void nothing_comes_back(void) {
    static const char *const attacks[] = {
        "INSERT OR REPLACE INTO secrets SELECT * FROM old.secrets WHERE owner = '' AND tenant = 'acme'; "
        "DELETE FROM versions WHERE owner = '' AND tenant = 'acme'; "
        "INSERT INTO versions SELECT * FROM old.versions WHERE owner = '' AND tenant = 'acme'",
        "INSERT OR REPLACE INTO versions SELECT * FROM old.versions WHERE owner = 'bob'", // the name was purged and
                                                                                          // made again
        ("INSERT OR REPLACE INTO versions SELECT * FROM old.versions WHERE owner = 'bob'; "
         "INSERT OR REPLACE INTO secrets SELECT * FROM old.secrets WHERE owner = 'bob'"),
        "INSERT OR REPLACE INTO vault SELECT * FROM old.vault",
    };
    static const struct pn_vault_id first = {"acme", "", "first"}, bobs = {"acme", "bob", "first"};
    filled();
    struct pn_vault *v = again();
    struct pn_vault_value value = text_value("fake-new");
    uint64_t before = pn_vault_generation(v);
    CHECK_INT(pn_vault_rotate(v, &first, &value, NULL, &err), 0);
    CHECK_INT(pn_vault_delete(v, &bobs, &err), 0);
    CHECK_INT(pn_vault_purge(v, &bobs, 1, &err), 0);
    CHECK_INT(pn_vault_put(v, &bobs, &value, &err), 0);
    uint64_t after = pn_vault_generation(v);
    CHECK(after > before);
    pn_vault_close(v);
    char present[128];
    (void)snprintf(present, sizeof present, "%s/present.db", root);
    copy_file(db_path, present);
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        copy_file(present, db_path);
        put_back(attacks[i]);
        v = again();
        bool refused = v == NULL || expect(v, &first, 0, "fake-new") != 0 || expect(v, &bobs, 0, "fake-new") != 0;
        CHECK(refused && err.code == EBADMSG);
        pn_vault_close(v);
    }
    // The whole old file: told by who knows how far the vault was.
    struct pn_vault_options o = {.dir = dir, .key = keys, .key_count = 1, .at_least = after};
    copy_file(present, db_path);
    CHECK_INT(pn_vault_open(&o, &v, &err), 0);
    sql("BEGIN; DELETE FROM vault; DELETE FROM secrets; DELETE FROM versions; COMMIT");
    CHECK_INT(expect(v, &first, 0, "fake-new"), -1);
    CHECK_INT(err.code, EBADMSG);
    put_back("INSERT INTO vault SELECT * FROM old.vault; INSERT INTO secrets SELECT * FROM old.secrets; "
             "INSERT INTO versions SELECT * FROM old.versions");
    CHECK_INT(expect(v, &first, 0, "fake-new"), -1); // under way
    CHECK_INT(err.code, EBADMSG);
    CHECK_ERR(err, "older copy");
    pn_vault_close(v);
    CHECK_INT(pn_vault_open(&o, &v, &err), -1); // and at the start
    CHECK_INT(err.code, EBADMSG);
}

static void a_damaged_secret_is_refused_alone(void) {
    static const struct pn_vault_id bobs = {"acme", "bob", "first"};
    filled();
    sql("UPDATE versions SET box = zeroblob(40) WHERE owner = 'bob'");
    CHECK_INT(readable(), HELD - 1);
    struct pn_vault *v = again();
    struct pn_vault_value value = text_value("fake-new");
    CHECK_INT(pn_vault_rotate(v, &bobs, &value, NULL, &err), -1);
    CHECK_INT(pn_vault_put(v, &bobs, &value, &err), -1);
    CHECK_INT(pn_vault_rekey(v, &keys[1], &err), -1);
    CHECK_INT(err.code, EBADMSG);
    CHECK_INT(readable(), HELD - 1); // the old key still opens the rest
    CHECK_INT(pn_vault_delete(v, &bobs, &err), 0);
    CHECK_INT(pn_vault_put(v, &bobs, &value, &err), 0);
    CHECK_INT(expect(v, &bobs, 0, "fake-new"), 0);
    pn_vault_close(v);
}

// --- keys ---

static void wrong_key_or_damage(void) {
    filled();
    CHECK(open_with(&keys[1], 1, false) == NULL);
    CHECK_INT(err.code, EKEYREJECTED);
    CHECK_ERR(err, "undamaged");
    struct pn_key_from both[] = {keys[1], keys[0]};
    CHECK_INT(readable_with(both, 2), HELD); // any that fits
    sql("UPDATE vault SET chk = zeroblob(32)");
    CHECK(open_with(&keys[1], 1, false) == NULL);
    CHECK_INT(err.code, EBADMSG);
    CHECK(again() == NULL);
    CHECK_INT(err.code, EBADMSG);
    restore_vault();
    pn_auto(pn_fd) int fd = open(db_path, O_WRONLY | O_CLOEXEC);
    CHECK_INT(pwrite(fd, "not a database at all", 21, 0), 21);
    CHECK(again() == NULL);
    CHECK_INT(err.code, EBADMSG);
}

static void sources(void) {
    enter();
    struct pn_key_from from;
    static const char *const bad[] = {"", "file", "file:", "files:/x", ":x", "FILE:/x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_INT(pn_key_from_parse(bad[i], &from, &err), -1);
    pn_auto(pn_secret) struct pn_secret a = {0}, b = {0};
    struct pn_key_kdf kdf = {0};
    CHECK_INT(keys[0].source->open(key_path, false, &kdf, &a, &err), 0);
    CHECK_INT(pn_key_file_make(key_path, &err), -1); // never over an existing one
    CHECK_INT(chmod(key_path, 0640), 0);
    CHECK_INT(keys[0].source->open(key_path, false, &kdf, &b, &err), -1);
    CHECK_ERR(err, "chmod");
    CHECK_INT(chmod(key_path, 0600), 0);
    char other[112];
    (void)snprintf(other, sizeof other, "%s/link", root);
    CHECK_INT(symlink(key_path, other), 0);
    CHECK_INT(keys[0].source->open(other, false, &kdf, &b, &err), -1);
    CHECK_INT(keys[0].source->open(root, false, &kdf, &b, &err), -1);
    // The same key as text.
    char hex[65];
    pn_auto(pn_buf) struct pn_buf text = {0};
    pn_hex_put(&text, pn_secret_view(&a));
    (void)snprintf(hex, sizeof hex, "%s", pn_buf_cstr(&text));
    static const char *const endings[] = {"", "\n", "\r\n"};
    for (size_t i = 0; i < 3; i++) {
        pn_buf_reset(&text);
        pn_buf_printf(&text, "%s%s", hex, endings[i]);
        CHECK_INT(pn_key_decode(pn_buf_view(&text), "k", true, &b, &err), 0);
        CHECK(pn_secret_eq(&a, pn_secret_view(&b)));
        pn_buf_reset(&text);
        pn_base64_put(&text, pn_secret_view(&a));
        pn_buf_add_str(&text, endings[i]);
        CHECK_INT(pn_key_decode(pn_buf_view(&text), "k", true, &b, &err), 0);
        CHECK(pn_secret_eq(&a, pn_secret_view(&b)));
    }
    hex[10] = 'g';
    CHECK_INT(pn_key_decode(pn_view_str(hex), "k", true, &b, &err), -1);
    CHECK(strstr(err.text, hex) == NULL && b.len == 0);
    CHECK_INT(pn_key_decode(PN_VIEW("00000000000000000000000000000000"), "k", true, &b, &err), -1); // not random
    CHECK_INT(pn_key_decode(pn_secret_view(&a), "k", false, &b, &err), -1); // raw where text belongs
}

static void environment_and_credentials(void) {
    enter();
    struct pn_key_from env, credential;
    struct pn_key_kdf kdf = {0};
    pn_auto(pn_secret) struct pn_secret a = {0}, b = {0};
    pn_auto(pn_buf) struct pn_buf hex = {0};
    CHECK_INT(keys[0].source->open(key_path, false, &kdf, &a, &err), 0);
    pn_hex_put(&hex, pn_secret_view(&a));
    (void)setenv("PN_TEST_KEY", pn_buf_cstr(&hex), 1);
    CHECK_INT(pn_key_from_parse("env:PN_TEST_KEY", &env, &err), 0);
    CHECK_INT(env.source->open(env.arg, false, &kdf, &b, &err), 0);
    CHECK(pn_secret_eq(&a, pn_secret_view(&b)));
    CHECK(getenv("PN_TEST_KEY") == NULL);
    CHECK_INT(env.source->open(env.arg, false, &kdf, &b, &err), -1);
    CHECK_INT(pn_key_from_parse("credential:key", &credential, &err), 0);
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    CHECK_INT(credential.source->open("key", false, &kdf, &b, &err), -1);
    (void)setenv("CREDENTIALS_DIRECTORY", root, 1);
    CHECK_INT(credential.source->open("key", false, &kdf, &b, &err), 0);
    CHECK(pn_secret_eq(&a, pn_secret_view(&b)));
    CHECK_INT(credential.source->open("../key", false, &kdf, &b, &err), -1);
    (void)unsetenv("CREDENTIALS_DIRECTORY");
}

static void kernel_keyring(void) {
    enter();
    struct pn_key_from ring;
    struct pn_key_kdf kdf = {0};
    pn_auto(pn_secret) struct pn_secret a = {0}, b = {0};
    CHECK_INT(pn_key_from_parse("keyring:postern-test-key", &ring, &err), 0);
    CHECK_INT(ring.source->open("postern-test-no-such-key", false, &kdf, &b, &err), -1);
    CHECK_INT(keys[0].source->open(key_path, false, &kdf, &a, &err), 0);
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
        syscall(SYS_add_key, "user", "postern-test-key", a.ptr, a.len, KEY_SPEC_SESSION_KEYRING) < 0) {
        printf("# the kernel's keyring is not to be had here: not tried\n");
        return;
    }
    CHECK_INT(ring.source->open(ring.arg, false, &kdf, &b, &err), 0);
    CHECK(pn_secret_eq(&a, pn_secret_view(&b)));
}

static void passphrase(void) {
    enter();
    char path[112], spec[128];
    (void)snprintf(path, sizeof path, "%s/phrase", root);
    (void)snprintf(spec, sizeof spec, "passphrase:%s", path);
    pn_auto(pn_fd) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK_INT(pn_write_all(fd, PN_VIEW("fake correct horse\nsecond line\n"), &err), 0);
    struct pn_key_from from;
    CHECK_INT(pn_key_from_parse(spec, &from, &err), 0);
    struct pn_vault *v = open_with(&from, 1, true);
    CHECK(v != NULL);
    CHECK_INT(put(v, "api-token", "fake-1"), 0);
    pn_vault_close(v);
    v = open_with(&from, 1, false);
    CHECK_INT(expect(v, &token, 0, "fake-1"), 0);
    pn_vault_close(v);
    CHECK_INT(pwrite(fd, "fake Correct horse\n", 19, 0), 19);
    CHECK(open_with(&from, 1, false) == NULL);
    CHECK_INT(err.code, EKEYREJECTED);
    CHECK_INT(ftruncate(fd, 5), 0);
    CHECK(open_with(&from, 1, false) == NULL);
    sql("UPDATE vault SET kdf_mem = 4294967295");
    CHECK(open_with(&from, 1, false) == NULL); // damage, before any memory is asked for
    CHECK_INT(err.code, EBADMSG);
}

// --- a new key ---

static int deaths = -1; // operations of the store until the process dies there; negative = never
static void maybe_die(void) {
    if (deaths >= 0 && deaths-- == 0)
        (void)kill(getpid(), SIGKILL);
}
static int deadly_begin(void *store, bool change, struct pn_err *e) {
    maybe_die();
    return pn_vault_store_sqlite.begin(store, change, e);
}
static int deadly_write_head(void *store, const struct pn_vault_head *head, struct pn_err *e) {
    maybe_die();
    return pn_vault_store_sqlite.write_head(store, head, e);
}
static int deadly_write_secret(void *store, const struct pn_vault_secret_row *row, struct pn_err *e) {
    maybe_die();
    return pn_vault_store_sqlite.write_secret(store, row, e);
}
static int deadly_write_version(void *store, const struct pn_vault_version_row *row, struct pn_err *e) {
    maybe_die();
    return pn_vault_store_sqlite.write_version(store, row, e);
}
static int deadly_read_head(void *store, struct pn_vault_head *head, struct pn_err *e) {
    maybe_die();
    return pn_vault_store_sqlite.read_head(store, head, e);
}
static int deadly_commit(void *store, struct pn_err *e) {
    maybe_die();
    int rc = pn_vault_store_sqlite.commit(store, e);
    maybe_die();
    return rc;
}
static int deadly_scrub(void *store, struct pn_err *e) {
    maybe_die();
    int rc = pn_vault_store_sqlite.scrub(store, e);
    maybe_die();
    return rc;
}
static struct pn_vault_store deadly_store(void) {
    struct pn_vault_store s = pn_vault_store_sqlite;
    s.begin = deadly_begin;
    s.write_head = deadly_write_head;
    s.write_secret = deadly_write_secret;
    s.write_version = deadly_write_version;
    s.read_head = deadly_read_head;
    s.commit = deadly_commit;
    s.scrub = deadly_scrub;
    return s;
}

// In a process of its own; secret memory is not inherited, so it opens the vault itself.
static pid_t start_rekey(int after) {
    pid_t pid = fork();
    if (pid == 0) {
        struct pn_vault_store store = deadly_store();
        struct pn_key_from both[] = {keys[1], keys[0]};
        struct pn_vault_options o = {.dir = dir, .key = both, .key_count = 2, .store = &store};
        struct pn_vault *v = NULL;
        deaths = after;
        if (pn_vault_open(&o, &v, NULL) != 0)
            _exit(2);
        _exit(pn_vault_rekey(v, &keys[1], NULL) == 0 ? 0 : 3);
    }
    return pid;
}
static int rekey_and_die(int after) { // returns the wait status
    int status = 0;
    pid_t pid = start_rekey(after);
    CHECK_INT(waitpid(pid, &status, 0), pid);
    return status;
}

// Everything opens, with one of the keys alone and with both; the other one is told to be wrong.
static void check_one_key_opens(bool *is_new) {
    struct pn_key_from both[] = {keys[1], keys[0]};
    size_t with_old = readable_with(&keys[0], 1), with_new = readable_with(&keys[1], 1);
    CHECK_INT(readable_with(both, 2), HELD);
    CHECK((with_old == HELD && with_new == 0) || (with_old == 0 && with_new == HELD));
    *is_new = with_new == HELD;
}

static void rekey_dies_at_every_step(void) {
    filled();
    int old_left = 0, new_left = 0, step = 0;
    for (; step < 100; step++) {
        bool is_new;
        restore_vault();
        int status = rekey_and_die(step);
        check_one_key_opens(&is_new);
        if (WIFEXITED(status)) {
            CHECK_INT(WEXITSTATUS(status), 0);
            CHECK(is_new);
            break;
        }
        CHECK_INT(WTERMSIG(status), SIGKILL);
        old_left += is_new ? 0 : 1;
        new_left += is_new ? 1 : 0;
        CHECK_INT(rekey_and_die(-1), 0); // and on
        check_one_key_opens(&is_new);
        CHECK(is_new);
    }
    printf("# died at %d places: %d left the old key, %d the new one\n", step, old_left, new_left);
    CHECK(old_left >= 10 && new_left >= 2);
}

static void rekey_is_killed_at_any_time(void) {
    filled();
    for (long n = 0; n < 30; n++) {
        bool is_new;
        restore_vault();
        pid_t pid = start_rekey(-1);
        const struct timespec wait = {.tv_nsec = n * 500 * 1000};
        (void)nanosleep(&wait, NULL);
        (void)kill(pid, SIGKILL);
        CHECK_INT(waitpid(pid, NULL, 0), pid);
        check_one_key_opens(&is_new);
        CHECK_INT(rekey_and_die(-1), 0);
        check_one_key_opens(&is_new);
        CHECK(is_new);
    }
}

static bool file_holds(const char *path, struct pn_view part) {
    pn_auto(pn_buf) struct pn_buf b = {0};
    return pn_read_file(path, 16 << 20, &b, NULL) == 0 && memmem(b.ptr, b.len, part.ptr, part.len) != NULL;
}

static void rekey_leaves_no_old_box(void) {
    filled();
    struct pn_vault *v = again(), *other = again();
    struct pn_vault_entry *e = pn_vault_image_find(&v->image, &(struct pn_vault_id){"acme", "bob", "first"});
    uint8_t box[64];
    struct pn_view old = pn_view(box, e->versions[0].box_len);
    pn_copy(box, e->versions[0].box, old.len);
    CHECK(file_holds(db_path, old));
    CHECK_INT(pn_vault_rekey(v, &keys[1], &err), 0);
    CHECK(!file_holds(db_path, old));
    CHECK_INT(pn_vault_rekey(v, &keys[1], &err), 0); // nothing to do
    // A purged one neither.
    e = pn_vault_image_find(&v->image, &(struct pn_vault_id){"acme", "", "first"});
    old.len = e->versions[0].box_len;
    pn_copy(box, e->versions[0].box, old.len);
    CHECK(file_holds(db_path, old));
    CHECK_INT(pn_vault_purge(v, &(struct pn_vault_id){"acme", "", "first"}, 1, &err), 0);
    CHECK(!file_holds(db_path, old));
    CHECK_INT(put(v, "later", "fake-later"), 0);
    // Another process, and its attempts to write, notice.
    CHECK_INT(expect(other, &(struct pn_vault_id){"acme", "bob", "first"}, 0, "fake-bobs-1"), -1);
    CHECK_INT(err.code, EKEYREVOKED);
    CHECK_INT(put(other, "under-the-old-key", "fake"), -1);
    CHECK_INT(err.code, EKEYREVOKED);
    pn_vault_close(other);
    pn_vault_close(v);
    CHECK_INT(readable_with(&keys[1], 1), HELD - 1);
}

// --- company ---

static void two_processes_at_once(void) {
    struct pn_vault *v = make();
    CHECK_INT(put(v, "api-token", "fake"), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct pn_vault *mine = again();
        int bad = mine == NULL;
        for (int i = 0; i < 25 && !bad; i++) {
            char name[16];
            (void)snprintf(name, sizeof name, "child-%d", i);
            bad = put(mine, name, "fake-child") != 0;
        }
        pn_vault_close(mine);
        _exit(bad);
    }
    for (int i = 0; i < 25; i++)
        CHECK_INT(rotate(v, "api-token", "fake-parent"), 0);
    int status = -1;
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK_INT(status, 0);
    CHECK_INT(expect(v, &token, 26, "fake-parent"), 0);
    for (int i = 0; i < 25; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "child-%d", i);
        CHECK_INT(expect(v, &(struct pn_vault_id){"acme", "", name}, 0, "fake-child"), 0);
    }
    pn_vault_close(v);
}

// A child inherits the handle, but no keys: nothing opens, and above all nothing is sealed under a key of zeros.
static void a_forked_handle_is_dead(void) {
    filled();
    struct pn_vault *v = again();
    pid_t pid = fork();
    if (pid == 0) {
        struct pn_vault_value value = text_value("fake");
        pn_auto(pn_secret) struct pn_secret s = {0};
        bool refused = pn_vault_put(v, &token, &value, NULL) != 0 && pn_vault_rekey(v, &keys[1], NULL) != 0 &&
                       pn_vault_get(v, &(struct pn_vault_id){"acme", "bob", "first"}, 0, &s, NULL) != 0;
        _exit(refused ? 0 : 1);
    }
    int status = -1;
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK_INT(status, 0);
    v->stale = true;
    pn_vault_close(v);
    CHECK_INT(readable(), HELD);
}

static void note(void *arg, const struct pn_vault_info *info) {
    struct pn_buf *out = arg;
    pn_buf_printf(out, "%s/%s/%s %s %llu-%llu (%zu) %s%s\n", info->id.tenant, info->id.owner, info->id.name,
                  pn_vault_kind_name(info->kind), (unsigned long long)info->oldest, (unsigned long long)info->newest,
                  info->versions, info->used == 0 ? "never" : "used", info->damaged ? " damaged" : "");
    CHECK(info->created > 1600000000);
}

static void listing_and_use(void) {
    filled();
    struct pn_vault *v = again(), *other = again();
    pn_auto(pn_buf) struct pn_buf out = {0};
    CHECK_INT(expect(v, &(struct pn_vault_id){"acme", "bob", "first"}, 0, "fake-bobs-1"), 0);
    CHECK_INT(pn_vault_list(v, "acme", note, &out, &err), 0);
    CHECK_STR(pn_buf_cstr(&out), "acme//first opaque 1-2 (2) never\nacme/bob/first opaque 1-1 (1) used\n");
    CHECK_INT(put(other, "later", "fake"), 0); // the use that is not written yet outlives another's change
    CHECK_INT(pn_vault_flush(v, &err), 0);
    pn_buf_reset(&out);
    CHECK_INT(pn_vault_list(other, NULL, note, &out, &err), 0);
    CHECK_STR(pn_buf_cstr(&out), "acme//first opaque 1-2 (2) never\nacme//later opaque 1-1 (1) never\n"
                                 "acme/bob/first opaque 1-1 (1) used\numbr//first opaque 1-1 (1) never\n");
    uint64_t generation = pn_vault_generation(other);
    CHECK_INT(pn_vault_flush(other, &err), 0); // nothing to write
    CHECK_INT(pn_vault_generation(other), generation);
    pn_vault_close(other);
    pn_vault_close(v);
}

static void files_are_ours_alone(void) {
    struct stat st;
    struct pn_vault *v = make();
    CHECK_INT(put(v, "api-token", "fake"), 0);
    CHECK(stat(dir, &st) == 0 && (st.st_mode & 07777) == 0700);
    static const char *const names[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s%s", db_path, names[i]);
        CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
    }
    pn_vault_close(v);
    CHECK_INT(chmod(db_path, 0640), 0);
    CHECK(again() == NULL);
    CHECK_ERR(err, "chmod");
    CHECK_INT(chmod(db_path, 0600), 0);
    CHECK_INT(chmod(dir, 0770), 0);
    CHECK(again() == NULL);
    CHECK_ERR(err, "chmod");
    CHECK_INT(chmod(dir, 0700), 0);
    char elsewhere[128];
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere.db", root);
    CHECK_INT(rename(db_path, elsewhere), 0);
    CHECK_INT(symlink(elsewhere, db_path), 0);
    CHECK(again() == NULL);
}

// --- memory ---

// Under an address sanitizer memory has terabytes of shadow and freed blocks are kept: no place for a search.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PN_SANITIZED true
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define PN_SANITIZED true
#endif
#ifndef PN_SANITIZED
#define PN_SANITIZED false
#endif
static const bool sanitized = PN_SANITIZED;

// What is looked for is kept masked, so that the search does not find itself.
enum { MASK = 0x5a, NEEDLE = 24, CHUNK = 1 << 20 };
static uint8_t masked[NEEDLE];
static void mask_needle(struct pn_view value) {
    for (size_t i = 0; i < NEEDLE; i++)
        masked[i] = value.ptr[i] ^ MASK;
}

static size_t count_in(const uint8_t *at, size_t len) {
    size_t found = 0;
    for (size_t i = 0; i + NEEDLE <= len; i++) {
        size_t n = 0;
        while (n < NEEDLE && (at[i + n] ^ MASK) == masked[n])
            n++;
        found += n == NEEDLE;
    }
    return found;
}

static size_t count_range(int mem, unsigned long from, unsigned long to, uint8_t *chunk) {
    size_t found = 0;
    for (unsigned long at = from; at < to; at += CHUNK - NEEDLE + 1) {
        ssize_t n = pread(mem, chunk, to - at < CHUNK ? to - at : CHUNK, (off_t)at);
        found += n > 0 ? count_in(chunk, (size_t)n) : 0;
    }
    return found;
}

#define CHECK_COPIES(want)                         \
    do {                                           \
        if (!sanitized)                            \
            CHECK_INT(copies_in_memory(), (want)); \
    } while (0)

// Copies of the needle in all of this process's memory.
static size_t copies_in_memory(void) {
    uint8_t *chunk = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pn_auto(pn_fd) int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *maps = fopen("/proc/self/maps", "re");
    CHECK(chunk != MAP_FAILED && mem >= 0 && maps != NULL);
    char line[512];
    size_t found = 0;
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to, own = (unsigned long)chunk;
        if (sscanf(line, "%lx-%lx", &from, &to) != 2 || strstr(line, "[v") != NULL)
            continue;
        if (from > own || own >= to) {
            found += count_range(mem, from, to, chunk);
            continue;
        }
        found += count_range(mem, from, own, chunk); // neighbours may be merged with it
        found += count_range(mem, own + CHUNK, to, chunk);
    }
    (void)fclose(maps);
    (void)munmap(chunk, CHUNK);
    return found;
}

static void nothing_stays_in_memory(void) {
    struct pn_vault *v = make();
    pn_auto(pn_secret) struct pn_secret s = {0};
    for (size_t len = NEEDLE; len <= 30000; len = len * 5 + 1) {
        CHECK_INT(pn_secret_random(&s, len, &err), 0);
        mask_needle(pn_secret_view(&s));
        CHECK_COPIES(1); // the search finds it
        char name[32];
        (void)snprintf(name, sizeof name, "n%zu", len);
        struct pn_vault_id id = {"acme", "", name};
        struct pn_vault_value value = {.kind = PN_VAULT_OPAQUE, .part = {pn_secret_view(&s)}};
        CHECK_INT(pn_vault_put(v, &id, &value, &err), 0);
        CHECK_COPIES(1);
        pn_secret_fini(&s);
        CHECK_COPIES(0);
        CHECK_INT(pn_vault_get(v, &id, 0, &s, &err), 0);
        CHECK_COPIES(1);
        pn_secret_fini(&s);
        CHECK_COPIES(0);
        CHECK_INT(pn_vault_rekey(v, &keys[pn_vault_generation(v) % 2], &err), 0);
        CHECK_COPIES(0);
    }
    pn_vault_close(v);
    // The master key goes too, wherever it was read.
    struct pn_key_kdf kdf = {0};
    CHECK_INT(keys[0].source->open(key_path, false, &kdf, &s, &err), 0);
    mask_needle(pn_secret_view(&s));
    pn_secret_fini(&s);
    CHECK_COPIES(0);
    v = open_with(keys, 2, false);
    CHECK(v != NULL);
    pn_vault_close(v);
    CHECK_COPIES(0);
    CHECK_INT(pn_secret_in_use(), 0);
}

// --- private keys ---

static void write_pem(const char *path, EVP_PKEY *key) {
    FILE *f = fopen(path, "we");
    CHECK(f != NULL && key != NULL && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
    if (f != NULL)
        (void)fclose(f);
    EVP_PKEY_free(key);
    (void)chmod(path, 0600);
}

// Made in a process of its own: what libcrypto leaves in memory there is no concern of ours.
static void make_pem(const char *path, int which) {
    pid_t pid = fork();
    if (pid == 0) {
        write_pem(path, which == 0   ? EVP_RSA_gen(2048)
                        : which == 1 ? EVP_EC_gen("P-256")
                        : which == 2 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                        : which == 3 ? EVP_RSA_gen(1024)
                        : which == 4 ? EVP_EC_gen("secp256k1")
                                     : EVP_PKEY_Q_keygen(NULL, NULL, "X25519"));
        _exit(0);
    }
    CHECK_INT(waitpid(pid, NULL, 0), pid);
}

static void private_keys(void) {
    static const char *const wants[] = {NULL, NULL, NULL, "2048", "P-256", "RSA, EC or Ed25519"};
    struct pn_vault *v = make();
    char path[112];
    (void)snprintf(path, sizeof path, "%s/pem", root);
    for (int which = 0; which < 6; which++) {
        pn_auto(pn_secret) struct pn_secret pem = {0};
        make_pem(path, which);
        CHECK_INT(pn_key_file_read(path, 16384, &pem, &err), 0);
        struct pn_vault_value value = {.kind = PN_VAULT_JWT, .part = {pn_secret_view(&pem)}};
        char name[16];
        (void)snprintf(name, sizeof name, "key-%d", which);
        err = (struct pn_err){0};
        int rc = pn_vault_put(v, &(struct pn_vault_id){"acme", "", name}, &value, &err);
        CHECK_INT(rc, wants[which] == NULL ? 0 : -1);
        CHECK_ERR(err, wants[which] == NULL ? "" : wants[which]);
        mask_needle(pn_view_part(pn_secret_view(&pem), 40, pem.len)); // of the text
        pn_secret_fini(&pem);
        CHECK_COPIES(0);
    }
    pn_auto(pn_secret) struct pn_secret pem = {0};
    make_pem(path, 2);
    CHECK_INT(pn_key_file_read(path, 16384, &pem, &err), 0);
    uint8_t der[64];
    size_t len = 0;
    CHECK_INT(
        sodium_base642bin(der, sizeof der, (char *)pem.ptr + 28, 64, NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL),
        0);
    CHECK_INT(len, 48);
    mask_needle(pn_view(der + 16, 32)); // of the key itself
    pn_wipe(der, sizeof der);
    CHECK_INT(pn_vault_pem_check(pn_secret_view(&pem), &err), 0);
    CHECK_COPIES(0);
    for (size_t cut = 1; cut + 1 < pem.len; cut++) // the last line end may be missing
        CHECK_INT(pn_vault_pem_check(pn_view(pem.ptr, cut), NULL), -1);
    pn_vault_close(v);
}

// --- import ---

static void env_files(void) {
    static const struct {
        const char *text, *name, *value;
        unsigned line;
    } good[] = {
        {"A=fake", "A", "fake", 1},
        {"\n# c\n  export  A=fake  # c\r\n", "A", "fake", 3},
        {"A=a#b\n", "A", "a#b", 1},
        {"A='fa\"k`$e\\n # x'\t# c", "A", "fa\"k`$e\\n # x", 1},
        {"A=\"fa\\n\\r\\t\\\\\\\"\\$ke\"", "A", "fa\n\r\t\\\"$ke", 1},
        {"A=\"fa\nke\"\n", "A", "fa\nke", 1},
        {"A=caf\xc3\xa9=\n", "A", "caf\xc3\xa9=", 1},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        pn_auto(pn_import) struct pn_import got = {0};
        CHECK_INT(pn_import_env(pn_view_str(good[i].text), &got, &err), 0);
        CHECK_INT(got.count, 1);
        CHECK(got.count == 1 && strcmp(got.items[0].name, good[i].name) == 0 && got.items[0].line == good[i].line &&
              pn_view_is(got.items[0].value.part[0], good[i].value));
    }
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"A", "line 1: "},
        {"\n\n=fake", "line 3: "},
        {"1A=fake", "line 1: "},
        {"A =fake", "line 1: "},
        {"A= fake", "line 1: "},
        {"A=fake fake", "line 1: "},
        {"A=$fake", "line 1: "},
        {"A=`fake`", "line 1: "},
        {"A=fa\\ke", "line 1: "},
        {"A=\"$fake\"", "line 1: "},
        {"A=\"fa\\ke\"", "line 1: "},
        {"B=1\nA='fake\n\n", "line 2: the single"},
        {"B=1\nA=\"fake", "line 2: the double"},
        {"A='fake'fake", "line 1: "},
        {"A='fake'#fake", "line 1: "},
        {"A=", "line 1: "},
        {"A=''", "line 1: "},
        {"A=fake\xff", "line 1: "},
        {"A=fa\x01ke", "line 1: "},
        {"A='fa\x01ke'", "line 1: "},
        {"A=1\nB=2\nA=fake", "line 3: A is there already, in line 1"},
        {"\xef\xbb\xbf"
         "A=fake",
         "line 1: "},
        {"A=fa\rke", "line 1: "},
        {"A='x\n\n' fake", "line 3: "},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pn_auto(pn_import) struct pn_import got = {0};
        err = (struct pn_err){0};
        CHECK_INT(pn_import_env(pn_view_str(bad[i].text), &got, &err), -1);
        CHECK_ERR(err, bad[i].says);
        CHECK(strstr(err.text, "fake") == NULL && got.count == 0);
    }
    pn_auto(pn_buf) struct pn_buf many = {0};
    pn_auto(pn_import) struct pn_import got = {0};
    for (unsigned i = 0; i <= PN_IMPORT_ITEMS_MAX; i++)
        pn_buf_printf(&many, "A%u=x\n", i);
    CHECK_INT(pn_import_env(pn_buf_view(&many), &got, &err), -1);
    CHECK_ERR(err, "line 1001: more than");
    while (many.len <= PN_IMPORT_BYTES_MAX)
        pn_buf_add_byte(&many, '\n');
    CHECK_INT(pn_import_env(pn_buf_view(&many), &got, &err), -1);
    CHECK_ERR(err, "at most");
}

static void json_files(void) {
    pn_auto(pn_import) struct pn_import got = {0};
    static const char text[] = "{\"a\": \"fake \\\"one\\u0041\",\n \"b\": {\"kind\": \"basic\", \"user\": \"me\", "
                               "\"password\": \"fake\\n\"},\n \"c\": {\"kind\": \"hmac\", \"key_base64\": "
                               "\"AAECAwQFBgcICQoLDA0ODw==\"},\n\"d\": {\"value\": \"fake\", \"kind\": \"opaque\"}}";
    CHECK_INT(pn_import_json(pn_view_str(text), &got, &err), -1); // a password with a control character
    CHECK_ERR(err, "line 2: ");
    pn_auto(pn_buf) struct pn_buf fixed = {0};
    pn_buf_add_str(&fixed, text);
    *(char *)memmem(fixed.ptr, fixed.len, "\\n\"}", 4) = 'x';
    ((char *)memmem(fixed.ptr, fixed.len, "fakexn", 6))[5] = 'y';
    CHECK_INT(pn_import_json(pn_buf_view(&fixed), &got, &err), 0);
    CHECK_INT(got.count, 4);
    CHECK(got.count == 4 && pn_view_is(got.items[0].value.part[0], "fake \"oneA") &&
          pn_view_is(got.items[1].value.part[1], "fakexy") && got.items[1].line == 2 &&
          got.items[2].value.part[0].len == 16 && got.items[2].value.part[0].ptr[15] == 15);
    struct pn_vault *v = make();
    struct pn_vault_item items[4];
    for (size_t i = 0; i < 4; i++)
        items[i] = (struct pn_vault_item){{"acme", "", got.items[i].name}, got.items[i].value};
    CHECK_INT(put(v, "d", "fake-old"), 0);
    CHECK_INT(pn_vault_put_all(v, items, 4, false, &err), -1); // all or none
    CHECK_INT(err.code, EEXIST);
    CHECK_INT(expect(v, &items[0].id, 0, ""), -1);
    CHECK_INT(pn_vault_put_all(v, items, 4, true, &err), 0);
    CHECK_INT(expect(v, &items[3].id, 2, "fake"), 0);
    pn_vault_close(v);
    static const char *const bad[] = {
        "",
        "[]",
        "\"fake\"",
        "{\"a\": 1}",
        "{\"a\": null}",
        "{\"a\": [\"fake\"]}",
        "{\"a\": {}}",
        "{\"a\": \"\"}",
        "{\"a\": {\"kind\": \"fake\"}}",
        "{\"a\": {\"kind\": \"opaque\"}}",
        "{\"a\": \"fake\", \"a\": \"fake\"}",
        "{\"a\": {\"kind\": \"opaque\", \"value\": \"fake\", \"more\": \"fake\"}}",
        "{\"a\": {\"kind\": \"basic\", \"user\": \"fake\"}}",
        "{\"a b\": \"fake\"}",
        "{\"a\": \"fake\"} x",
        "{\"a\": \"fake",
        "{\"a\": {\"kind\": \"hmac\", \"key_base64\": \"fake!\"}}",
        "{\"a\": {\"kind\": \"aws\", \"id\": \"x\", \"secret\": 7}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pn_auto(pn_import) struct pn_import none = {0};
        err = (struct pn_err){0};
        CHECK_INT(pn_import_json(pn_view_str(bad[i]), &none, &err), -1);
        CHECK(strstr(err.text, "fake") == NULL && err.text[0] != '\0' && none.count == 0);
    }
}

PN_TESTS(TEST(misuse), TEST(values_of_each_kind), TEST(hkdf_vectors), TEST(a_box_opens_in_its_place_only),
         TEST(versions), TEST(every_byte_counts), TEST(rows_stay_where_they_are), TEST(nothing_comes_back),
         TEST(a_damaged_secret_is_refused_alone), TEST(wrong_key_or_damage), TEST(sources),
         TEST(environment_and_credentials), TEST(kernel_keyring), TEST(passphrase), TEST(rekey_dies_at_every_step),
         TEST(rekey_is_killed_at_any_time), TEST(rekey_leaves_no_old_box), TEST(two_processes_at_once),
         TEST(a_forked_handle_is_dead), TEST(listing_and_use), TEST(files_are_ours_alone),
         TEST(nothing_stays_in_memory), TEST(private_keys), TEST(env_files), TEST(json_files))
