// SPDX-License-Identifier: Apache-2.0
// The store against misuse, tampering, crashes and company. Every test works in a directory of its own.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "check.h"
#include "store/cache.h"
#include "store/store.h"

static char root[64];
static struct pn_store_dirs dirs;
static struct pn_err err;

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static void leave(void) {
    if (root[0] != '\0')
        (void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    root[0] = '\0';
}

static void enter(void) {
    static bool registered;
    if (!registered)
        (void)atexit(leave);
    registered = true;
    leave();
    (void)snprintf(root, sizeof root, "/tmp/test_store.XXXXXX");
    CHECK(mkdtemp(root) != NULL);
    (void)setenv("HOME", root, 1);
    (void)unsetenv("XDG_DATA_HOME");
    (void)unsetenv("XDG_CACHE_HOME");
    (void)unsetenv("XDG_STATE_HOME");
    pn_store_dirs_fini(&dirs);
    CHECK_INT(pn_store_dirs_init(&dirs, &err), 0);
    err = (struct pn_err){0};
}

static struct pn_store *open_store(void) {
    struct pn_store *s = NULL;
    if (pn_store_open(&dirs, &s, &err) != 0)
        printf("# open: %s\n", err.text);
    return s;
}

static int load(struct pn_store *s, const char *id, const char *bytes, const char *policy, struct pn_store_loaded *is) {
    struct pn_store_loaded ignored;
    struct pn_store_load what = {.id = id, .bytes = pn_view_str(bytes), .source = "/tmp/x.wasm", .policy = policy};
    return pn_store_load(s, &what, is != NULL ? is : &ignored, &err);
}

// What an intruder does: changes the database past Postern. Triggers and checks are his to drop.
static void intrude(const char *sql) {
    char path[256], *why = NULL;
    (void)snprintf(path, sizeof path, "%s/store.db", dirs.data);
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        printf("# %s\n", why);
        CHECK(false);
    }
    (void)sqlite3_close(db);
}

static void flip_byte(const char *path, off_t at) {
    uint8_t byte = 0;
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0);
    CHECK_INT(pread(fd, &byte, 1, at), 1);
    byte ^= 0x40;
    CHECK_INT(pwrite(fd, &byte, 1, at), 1);
    (void)close(fd);
}

// The only file in `dir` whose name ends with `suffix`.
static void find_file(const char *dir, const char *suffix, char out[512]) {
    DIR *d = opendir(dir);
    out[0] = '\0';
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (pn_view_ends(pn_view_str(e->d_name), pn_view_str(suffix)))
            (void)snprintf(out, 512, "%s/%s", dir, e->d_name);
    CHECK(out[0] != '\0');
    if (d != NULL)
        (void)closedir(d);
}

static size_t count_files(const char *dir) {
    size_t n = 0;
    DIR *d = opendir(dir);
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.' || strncmp(e->d_name, ".new", 4) == 0;
    if (d != NULL)
        (void)closedir(d);
    return n;
}

// --- misuse ---
static void misuse_unload_path_traversal(void) {
    enter();
    pn_auto(pn_store) struct pn_store *s = open_store();
    char outside[128];
    (void)snprintf(outside, sizeof outside, "%s/x.wasm", root);
    int fd = open(outside, O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0);
    (void)close(fd);
    static const char *const ids[] = {"../../x", "../x", "..", ".",    "",    "/etc/passwd",
                                      "a/b",     "A",    "-x", "a\nb", "a b", "x.wasm/.."};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        CHECK_INT(pn_store_unload(s, ids[i], &err), -1);
        CHECK_INT(err.category, PN_E_INPUT);
        CHECK_ERR(err, "is not a component id");
        CHECK_INT(load(s, ids[i], "bytes", NULL, NULL), -1);
    }
    CHECK(access(outside, F_OK) == 0);
}

static void misuse_ids(void) {
    char id[PN_ID_MAX + 1], longest[PN_ID_MAX + 2];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK_INT(pn_id_check(longest, NULL), -1);
    longest[PN_ID_MAX] = '\0';
    CHECK_INT(pn_id_check(longest, NULL), 0);
    CHECK_INT(pn_id_from_path("/srv/Weather Tool.wasm", id, &err), 0);
    CHECK_STR(id, "weather-tool");
    CHECK_INT(pn_id_from_path("...hidden.wasm", id, &err), 0);
    CHECK_STR(id, "hidden");
    CHECK_INT(pn_id_from_path("a/.wasm", id, &err), -1);
    CHECK_INT(pn_id_from_path("a/b/", id, &err), -1);
    CHECK_ERR(err, "--id");
}

static void misuse_unknown_ids(void) {
    enter();
    pn_auto(pn_store) struct pn_store *s = open_store();
    struct pn_component c;
    struct pn_revision r;
    struct pn_revisions h;
    CHECK_INT(pn_store_get(s, "nobody", &c, &err), -1);
    CHECK_INT(err.code, ENOENT);
    CHECK_INT(pn_store_unload(s, "nobody", &err), -1);
    CHECK_INT(pn_store_policy(s, "nobody", &r, &err), -1);
    CHECK_INT(pn_store_history(s, "nobody", &h, &err), -1);
    CHECK_INT(pn_store_policy_set(s, "nobody", 0, "x", "", NULL, &err), -1);
    CHECK_INT(pn_store_rollback(s, "nobody", 1, NULL, &err), -1);
}

static void misuse_open_to_others(void) {
    enter();
    pn_store_close(open_store());
    struct pn_store *s = NULL;
    CHECK_INT(chmod(dirs.data, 0770), 0);
    CHECK_INT(pn_store_open(&dirs, &s, &err), -1);
    CHECK_INT(err.category, PN_E_DENIED);
    CHECK_ERR(err, "chmod");
    CHECK_INT(chmod(dirs.data, 0700), 0);
    char path[256];
    (void)snprintf(path, sizeof path, "%s/store.db", dirs.data);
    CHECK_INT(chmod(path, 0602), 0);
    CHECK_INT(pn_store_open(&dirs, &s, &err), -1);
    CHECK_ERR(err, "store.db");
    CHECK_INT(chmod(path, 0600), 0);
    (void)snprintf(path, sizeof path, "%s/store.key", dirs.state);
    CHECK_INT(chmod(path, 0640), 0);
    CHECK_INT(pn_store_open(&dirs, &s, &err), -1);
    CHECK_ERR(err, "store.key");
    CHECK_INT(chmod(path, 0600), 0);
    CHECK_INT(truncate(path, 31), 0);
    CHECK_INT(pn_store_open(&dirs, &s, &err), -1);
    CHECK_ERR(err, "32 bytes");
}

static void misuse_others_own_it(void) {
    if (geteuid() != 0) {
        printf("# needs root to give a file away\n");
        return;
    }
    enter();
    pn_store_close(open_store());
    struct pn_store *s = NULL;
    CHECK_INT(chown(dirs.data, 12345, 12345), 0);
    CHECK_INT(pn_store_open(&dirs, &s, &err), -1);
    CHECK_INT(err.category, PN_E_DENIED);
    CHECK_ERR(err, "12345");
    CHECK_INT(chown(dirs.data, 0, 0), 0);
    char path[256];
    (void)snprintf(path, sizeof path, "%s/store.db", dirs.data);
    CHECK_INT(chown(path, 12345, 0), 0);
    CHECK_INT(pn_store_open(&dirs, &s, &err), -1);
    CHECK_ERR(err, "store.db");
}

static void misuse_links(void) {
    enter();
    pn_store_close(open_store());
    struct pn_store *s = NULL;
    char db[256], away[256];
    (void)snprintf(db, sizeof db, "%s/store.db", dirs.data);
    (void)snprintf(away, sizeof away, "%s/elsewhere.db", root);
    CHECK_INT(rename(db, away), 0);
    CHECK_INT(symlink(away, db), 0);
    CHECK_INT(pn_store_open(&dirs, &s, &err), -1);
    CHECK_ERR(err, "not a regular file");
}

// --- what it is for ---
static void load_list_unload(void) {
    enter();
    pn_auto(pn_store) struct pn_store *s = open_store();
    struct pn_store_loaded is = {0};
    uint64_t before, after;
    CHECK_INT(pn_store_generation(s, &before, &err), 0);
    CHECK_INT(load(s, "b", "bytes of b", NULL, &is), 0);
    CHECK(!is.replaced && !is.same && !is.policy_reset);
    CHECK_INT(is.policy_rev, 1);
    CHECK_INT(load(s, "a", "bytes of a", "version: \"1.0\"\n", &is), 0);
    CHECK_INT(pn_store_generation(s, &after, &err), 0);
    CHECK_INT(after, before + 2);
    pn_auto(pn_components) struct pn_components list = {0};
    CHECK_INT(pn_store_list(s, &list, &after, &err), 0);
    CHECK_INT(list.len, 2);
    CHECK_STR(list.at[0].id, "a");
    CHECK_STR(list.at[1].id, "b");
    CHECK_INT(list.at[1].size, 10);
    CHECK(list.at[1].fault == NULL);
    pn_auto(pn_fd) int fd = pn_store_blob(s, &list.at[1], &err);
    char bytes[16] = {0};
    CHECK_INT(pread(fd, bytes, sizeof bytes, 0), 10);
    CHECK_STR(bytes, "bytes of b");
    CHECK_INT(pwrite(fd, "X", 1, 0), -1); // sealed
    CHECK_INT(pn_store_unload(s, "b", &err), 0);
    CHECK_INT(pn_store_unload(s, "b", &err), -1);
    char blobs[256];
    (void)snprintf(blobs, sizeof blobs, "%s/blobs", dirs.data);
    CHECK_INT(count_files(blobs), 1);
}

static void other_bytes_lose_the_policy(void) {
    enter();
    pn_auto(pn_store) struct pn_store *s = open_store();
    struct pn_store_loaded is = {0};
    pn_auto(pn_revision) struct pn_revision r = {0};
    CHECK_INT(load(s, "a", "one", "grants: one\n", &is), 0);
    CHECK_INT(load(s, "a", "one", NULL, &is), 0); // the same bytes keep it
    CHECK(is.replaced && is.same && !is.policy_reset);
    CHECK_INT(pn_store_policy(s, "a", &r, &err), 0);
    CHECK_STR(r.yaml, "grants: one\n");
    CHECK_INT(load(s, "a", "two", NULL, &is), 0);
    CHECK(is.replaced && !is.same && is.policy_reset);
    pn_revision_fini(&r);
    CHECK_INT(pn_store_policy(s, "a", &r, &err), 0);
    CHECK_STR(r.yaml, "");
    struct pn_store_load keep = {.id = "a", .bytes = PN_VIEW("three"), .source = "", .keep_policy = true};
    CHECK_INT(pn_store_policy_set(s, "a", 0, "grant", "grants: two\n", NULL, &err), 0);
    CHECK_INT(pn_store_load(s, &keep, &is, &err), 0);
    CHECK(!is.policy_reset);
    pn_revision_fini(&r);
    CHECK_INT(pn_store_policy(s, "a", &r, &err), 0);
    CHECK_STR(r.yaml, "grants: two\n");
    // Neither unloading and loading again gives it back.
    CHECK_INT(pn_store_unload(s, "a", &err), 0);
    CHECK_INT(load(s, "a", "three", NULL, &is), 0);
    CHECK(!is.replaced);
    pn_revision_fini(&r);
    CHECK_INT(pn_store_policy(s, "a", &r, &err), 0);
    CHECK_STR(r.yaml, "");
}

static void history_and_rollback(void) {
    enter();
    pn_auto(pn_store) struct pn_store *s = open_store();
    uint64_t rev = 0;
    CHECK_INT(load(s, "a", "bytes", NULL, NULL), 0);
    CHECK_INT(pn_store_policy_set(s, "a", 1, "grant x", "x: 1\n", &rev, &err), 0);
    CHECK_INT(rev, 2);
    CHECK_INT(pn_store_policy_set(s, "a", 1, "grant y", "y: 1\n", &rev, &err), -1); // somebody was faster
    CHECK_INT(err.category, PN_E_RETRY);
    CHECK_INT(pn_store_rollback(s, "a", 1, &rev, &err), 0);
    CHECK_INT(rev, 3);
    CHECK_INT(pn_store_rollback(s, "a", 9, &rev, &err), -1);
    CHECK_INT(err.code, ENOENT);
    CHECK_INT(pn_store_rollback(s, "a", 0, &rev, &err), -1);
    CHECK_INT(pn_store_unload(s, "a", &err), 0);
    pn_auto(pn_revisions) struct pn_revisions h = {0};
    CHECK_INT(pn_store_history(s, "a", &h, &err), 0); // outlives the component
    CHECK_INT(h.len, 3);
    CHECK_STR(h.at[1].action, "grant x");
    CHECK_STR(h.at[1].yaml, "x: 1\n");
    CHECK_STR(h.at[2].action, "rollback to 1");
    CHECK_INT(h.at[2].uid, getuid());
    for (size_t i = 0; i < h.len; i++)
        CHECK(h.at[i].fault == NULL && h.at[i].at > 1600000000);
}

static void watching(void) {
    enter();
    pn_auto(pn_store) struct pn_store *s = open_store(), *other = open_store();
    pn_auto(pn_fd) int fd = pn_store_watch_fd(s, &err);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint64_t before, after;
    CHECK_INT(pn_store_generation(s, &before, &err), 0);
    CHECK_INT(poll(&p, 1, 0), 0);
    CHECK_INT(load(other, "a", "bytes", NULL, NULL), 0);
    CHECK_INT(poll(&p, 1, 1000), 1);
    pn_store_watch_drain(fd);
    CHECK_INT(poll(&p, 1, 0), 0);
    CHECK_INT(pn_store_generation(s, &after, &err), 0);
    CHECK_INT(after, before + 1);
}

// --- tampering ---
static void tampered_blob(void) {
    enter();
    pn_auto(pn_store) struct pn_store *s = open_store();
    pn_auto(pn_component) struct pn_component c = {0};
    char blobs[256], path[512];
    (void)snprintf(blobs, sizeof blobs, "%s/blobs", dirs.data);
    CHECK_INT(load(s, "a", "bytes of a", NULL, NULL), 0);
    CHECK_INT(pn_store_get(s, "a", &c, &err), 0);
    find_file(blobs, ".wasm", path);
    flip_byte(path, 3);
    CHECK_INT(pn_store_blob(s, &c, &err), -1);
    CHECK_INT(err.category, PN_E_DENIED);
    CHECK_ERR(err, "load it again");
    CHECK_INT(truncate(path, 4), 0);
    CHECK_INT(pn_store_blob(s, &c, &err), -1);
    CHECK_INT(load(s, "a", "bytes of a", NULL, NULL), 0); // the remedy works
    pn_auto(pn_fd) int fd = pn_store_blob(s, &c, &err);
    CHECK(fd >= 0);
}

static void tampered_registration(void) {
    static const char *const changes[] = {
        "UPDATE components SET sha256 = zeroblob(32) WHERE id = 'a'",
        "UPDATE components SET size = size + 1 WHERE id = 'a'",
        "UPDATE components SET source = 'https://evil.example' WHERE id = 'a'",
        "UPDATE components SET head_rev = 1 WHERE id = 'a'",
        "UPDATE components SET loaded_at = 0 WHERE id = 'a'",
        "UPDATE components SET head_mac = (SELECT mac FROM policy_revisions WHERE id = 'a' AND rev = 1) WHERE id = 'a'",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        enter();
        pn_auto(pn_store) struct pn_store *s = open_store();
        pn_auto(pn_component) struct pn_component c = {0};
        pn_auto(pn_components) struct pn_components list = {0};
        CHECK_INT(load(s, "a", "bytes of a", "one\n", NULL), 0);
        CHECK_INT(load(s, "b", "bytes of b", NULL, NULL), 0);
        CHECK_INT(pn_store_policy_set(s, "a", 0, "narrow", "two\n", NULL, &err), 0);
        intrude(changes[i]);
        CHECK_INT(pn_store_get(s, "a", &c, &err), -1);
        CHECK_INT(err.category, PN_E_DENIED);
        CHECK_INT(pn_store_get(s, "b", &c, &err), 0); // the others go on
        CHECK_INT(pn_store_list(s, &list, NULL, &err), 0);
        CHECK_INT(list.len, 2);
        CHECK(list.at[0].fault != NULL && list.at[1].fault == NULL);
        CHECK_INT(pn_store_policy_set(s, "a", 0, "x", "x\n", NULL, &err), -1);
        CHECK_INT(pn_store_unload(s, "a", &err), 0);
        CHECK_INT(load(s, "a", "bytes of a", NULL, NULL), 0);
    }
}

static void tampered_set(void) {
    static const char *const changes[] = {
        "DELETE FROM components WHERE id = 'b'",
        "UPDATE components SET mac = zeroblob(32) WHERE id = 'b'",
        "UPDATE components SET mac = (SELECT mac FROM components WHERE id = 'a') WHERE id = 'b'",
        ("INSERT INTO components SELECT 'c', present, sha256, size, loaded_at, source, head_rev, head_mac, mac FROM "
         "components WHERE id='a'"),
        "UPDATE meta SET generation = generation - 1",
        "DELETE FROM meta",
        "UPDATE components SET present = 1, id = 'd' WHERE id = 'b'",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        enter();
        pn_auto(pn_store) struct pn_store *s = open_store();
        pn_auto(pn_components) struct pn_components list = {0};
        CHECK_INT(load(s, "a", "bytes of a", NULL, NULL), 0);
        CHECK_INT(load(s, "b", "bytes of b", NULL, NULL), 0);
        intrude(changes[i]);
        CHECK_INT(pn_store_list(s, &list, NULL, &err), -1);
        CHECK_INT(err.category, PN_E_DENIED);
        CHECK_INT(err.code, EBADMSG);
        CHECK_INT(load(s, "z", "bytes of z", NULL, NULL), -1); // nor does a change cover it up
        pn_auto(pn_store) struct pn_store *again = open_store();
        CHECK_INT(pn_store_list(again, &list, NULL, &err), -1);
    }
}

// An old row put back in its place: sealed correctly once, but not the row of now.
static void replayed_registration(void) {
    enter();
    pn_auto(pn_store) struct pn_store *s = open_store();
    pn_auto(pn_components) struct pn_components list = {0};
    CHECK_INT(load(s, "a", "bytes", "wide\n", NULL), 0);
    intrude("CREATE TABLE old AS SELECT * FROM components");
    CHECK_INT(pn_store_policy_set(s, "a", 0, "narrow", "", NULL, &err), 0);
    intrude("REPLACE INTO components SELECT * FROM old; DROP TABLE old");
    CHECK_INT(pn_store_list(s, &list, NULL, &err), -1);
    CHECK_INT(err.category, PN_E_DENIED);
}

static void other_key(void) {
    enter();
    pn_auto(pn_store) struct pn_store *s = open_store();
    CHECK_INT(load(s, "a", "bytes", NULL, NULL), 0);
    char path[256];
    (void)snprintf(path, sizeof path, "%s/store.key", dirs.state);
    flip_byte(path, 0);
    pn_auto(pn_store) struct pn_store *again = open_store();
    pn_auto(pn_components) struct pn_components list = {0};
    CHECK_INT(pn_store_list(again, &list, NULL, &err), -1);
    CHECK_ERR(err, "store.key");
}

static size_t faults(const struct pn_revisions *h) {
    size_t n = 0;
    for (size_t i = 0; i < h->len; i++)
        n += h->at[i].fault != NULL;
    return n;
}

static void tampered_revisions(void) {
    static const struct {
        const char *sql;
        uint64_t rev; // the one that must be named
        bool head;    // the policy in force is hit
    } changes[] = {
        {"UPDATE policy_revisions SET yaml = 'all' WHERE rev = 2", 2, false},
        {"UPDATE policy_revisions SET yaml = 'all' WHERE rev = 4", 4, true},
        {"UPDATE policy_revisions SET user = 'somebody' WHERE rev = 2", 2, false},
        {"UPDATE policy_revisions SET at = 1 WHERE rev = 3", 3, false},
        {"UPDATE policy_revisions SET yaml = yaml || char(0) || 'x' WHERE rev = 4", 4, true},
        {"DELETE FROM policy_revisions WHERE rev = 2", 2, false},
        {"DELETE FROM policy_revisions WHERE rev = 4", 4, true},
        {"UPDATE policy_revisions SET yaml = (SELECT yaml FROM policy_revisions WHERE rev = 2),"
         " mac = (SELECT mac FROM policy_revisions WHERE rev = 2) WHERE rev = 4",
         4, true},
        {"DELETE FROM policy_revisions WHERE rev = 3; UPDATE policy_revisions SET rev = 3 WHERE rev = 4", 3, true},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        enter();
        pn_auto(pn_store) struct pn_store *s = open_store();
        pn_auto(pn_revisions) struct pn_revisions h = {0};
        pn_auto(pn_revision) struct pn_revision r = {0};
        CHECK_INT(load(s, "a", "bytes", NULL, NULL), 0);
        CHECK_INT(pn_store_policy_set(s, "a", 0, "two", "two\n", NULL, &err), 0);
        CHECK_INT(pn_store_policy_set(s, "a", 0, "three", "three\n", NULL, &err), 0);
        CHECK_INT(pn_store_policy_set(s, "a", 0, "four", "four\n", NULL, &err), 0);
        CHECK_INT(pn_store_history(s, "a", &h, &err), 0);
        CHECK_INT(faults(&h), 0);
        pn_revisions_fini(&h);
        intrude(changes[i].sql);
        CHECK_INT(pn_store_history(s, "a", &h, &err), 0);
        CHECK(faults(&h) >= 1);
        CHECK_INT(h.len, 4);
        CHECK(h.at[changes[i].rev - 1].fault != NULL);
        CHECK_INT(pn_store_policy(s, "a", &r, &err), changes[i].head ? -1 : 0);
        if (changes[i].head)
            CHECK_ERR(err, "postern policy import");
        CHECK_INT(pn_store_rollback(s, "a", changes[i].rev, NULL, &err), -1);
        CHECK_INT(pn_store_policy_set(s, "a", 0, "remedy", "five\n", NULL, &err), 0);
        pn_revision_fini(&r);
        CHECK_INT(pn_store_policy(s, "a", &r, &err), 0);
        CHECK_STR(r.yaml, "five\n");
    }
}

// Revisions of an earlier life of the same id: sealed by our key, with the right numbers, but of another chain.
static void replayed_revisions(void) {
    for (unsigned rev = 2; rev <= 3; rev++) {
        enter();
        pn_auto(pn_store) struct pn_store *s = open_store();
        pn_auto(pn_revisions) struct pn_revisions h = {0};
        pn_auto(pn_revision) struct pn_revision r = {0};
        for (unsigned life = 0; life < 2; life++) {
            CHECK_INT(load(s, "a", "bytes", life == 0 ? "wide\n" : "narrow\n", NULL), 0);
            CHECK_INT(pn_store_policy_set(s, "a", 0, "two", life == 0 ? "wider\n" : "two\n", NULL, &err), 0);
            CHECK_INT(pn_store_policy_set(s, "a", 0, "three", life == 0 ? "widest\n" : "three\n", NULL, &err), 0);
            if (life == 1)
                break;
            intrude("CREATE TABLE old AS SELECT * FROM policy_revisions; UPDATE components SET size = 1");
            CHECK_INT(pn_store_unload(s, "a", &err), 0); // damaged: goes with all its revisions
        }
        intrude(rev == 2 ? "REPLACE INTO policy_revisions SELECT * FROM old WHERE rev = 2"
                         : "REPLACE INTO policy_revisions SELECT * FROM old WHERE rev = 3");
        CHECK_INT(pn_store_history(s, "a", &h, &err), 0);
        CHECK(h.len == 3 && h.at[rev - 1].fault != NULL && h.at[0].fault == NULL);
        CHECK_INT(pn_store_policy(s, "a", &r, &err), rev == 3 ? -1 : 0);
        CHECK_INT(pn_store_rollback(s, "a", rev, NULL, &err), -1);
        CHECK_INT(err.category, PN_E_DENIED);
    }
}

static void damaged_database(void) {
    enter();
    pn_store_close(open_store());
    char path[256];
    (void)snprintf(path, sizeof path, "%s/store.db", dirs.data);
    flip_byte(path, 3); // the magic
    struct pn_store *s = NULL;
    CHECK_INT(pn_store_open(&dirs, &s, &err), -1);
    CHECK_INT(err.category, PN_E_DENIED);
    CHECK_ERR(err, "damaged");
}

// Every byte of the database in turn: a change is refused or makes no difference, and never a crash.
static void any_byte_of_the_database(void) {
    enter();
    struct pn_store *s = open_store();
    CHECK_INT(load(s, "a", "bytes", "policy text\n", NULL), 0);
    pn_store_close(s);
    char path[256];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/store.db", dirs.data);
    CHECK_INT(stat(path, &st), 0);
    size_t refused = 0;
    for (off_t at = 0; at < st.st_size; at += 37) {
        flip_byte(path, at);
        pn_auto(pn_component) struct pn_component c = {0};
        pn_auto(pn_revision) struct pn_revision r = {0};
        s = NULL;
        bool good = pn_store_open(&dirs, &s, &err) == 0 && pn_store_get(s, "a", &c, &err) == 0 &&
                    pn_store_policy(s, "a", &r, &err) == 0;
        refused += !good;
        if (good)
            CHECK(strcmp(r.yaml, "policy text\n") == 0 && c.size == 5);
        pn_store_close(s);
        flip_byte(path, at);
    }
    CHECK(refused > 0);
}

// --- the cache ---
struct cached {
    struct pn_cache *c;
    struct pn_cache_key key;
    struct pn_cache_entry e;
};

static void put_entry(struct cached *k, const char *artefact, const char *tools) {
    pn_auto(pn_fd) int fd = pn_memfd_sealed(pn_view_str(artefact), &err);
    CHECK_INT(pn_cache_put(k->c, &k->key, fd, pn_view_str(tools), 65536, &err), 0);
}

static int get_entry(struct cached *k) {
    pn_cache_entry_fini(&k->e);
    return pn_cache_get(k->c, &k->key, PN_CACHE_CHECK_ALL, &k->e);
}

static struct cached open_cache(void) {
    struct cached k = {.key = {.engine = "engine 1", .configuration = "plain"}, .e.artefact = -1};
    CHECK_INT(pn_cache_open(&dirs, &k.c, &err), 0);
    return k;
}

static void close_cache(struct cached *k) {
    pn_cache_entry_fini(&k->e);
    pn_cache_close(k->c);
}

static void cache_hit_and_miss(void) {
    enter();
    struct cached k = open_cache();
    CHECK_INT(get_entry(&k), 0);
    CHECK(!k.e.tampered && k.e.artefact == -1);
    put_entry(&k, "native code", "{\"tools\":[]}");
    CHECK_INT(get_entry(&k), 1);
    CHECK_INT(k.e.memory_min, 65536);
    CHECK_INT(k.e.artefact_size, 11);
    CHECK(pn_view_is(pn_buf_view(&k.e.tools), "{\"tools\":[]}"));
    struct pn_digest want = pn_blake2b(PN_VIEW("native code"));
    CHECK(pn_digest_eq(&want, &k.e.digest));
    k.key.engine = "engine 2"; // another engine, configuration or component is another entry
    CHECK_INT(get_entry(&k), 0);
    k.key = (struct pn_cache_key){.engine = "engine 1", .configuration = "plain2"};
    CHECK_INT(get_entry(&k), 0);
    k.key = (struct pn_cache_key){.component.b = {1}, .engine = "engine 1", .configuration = "plain"};
    CHECK_INT(get_entry(&k), 0);
    k.key = (struct pn_cache_key){.engine = "engine 1", .configuration = "plain"};
    pn_cache_drop(k.c, &k.key);
    CHECK_INT(get_entry(&k), 0);
    close_cache(&k);
}

static void cache_tampered(void) {
    static const char *const suffixes[] = {".cwasm", ".json", ".manifest"};
    for (size_t i = 0; i < 3; i++) {
        enter();
        struct cached k = open_cache();
        char dir[256], path[512];
        (void)snprintf(dir, sizeof dir, "%s/compiled", dirs.cache);
        put_entry(&k, "native code", "{\"tools\":[]}");
        find_file(dir, suffixes[i], path);
        struct stat st;
        CHECK_INT(stat(path, &st), 0);
        for (off_t at = 0; at < st.st_size; at++) {
            flip_byte(path, at);
            CHECK_INT(get_entry(&k), 0);
            CHECK(k.e.tampered && k.e.artefact == -1 && k.e.tools.len == 0);
            flip_byte(path, at);
        }
        CHECK_INT(get_entry(&k), 1);
        CHECK_INT(truncate(path, st.st_size - 1), 0);
        CHECK_INT(get_entry(&k), 0);
        CHECK_INT(unlink(path), 0);
        CHECK_INT(get_entry(&k), 0);
        put_entry(&k, "native code", "{\"tools\":[]}"); // compiled again
        CHECK_INT(get_entry(&k), 1);
        close_cache(&k);
    }
}

// A good entry under the name of another one.
static void cache_swapped(void) {
    enter();
    struct cached k = open_cache();
    char dir[256], from[512], to[512], other[512];
    (void)snprintf(dir, sizeof dir, "%s/compiled", dirs.cache);
    static const char *const suffixes[] = {".cwasm", ".json", ".manifest"};
    put_entry(&k, "evil code", "{}");
    find_file(dir, ".manifest", from);
    (void)snprintf(other, sizeof other, "%s", from);
    k.key.component.b[0] = 1;
    put_entry(&k, "good code", "{}");
    pn_auto(pn_buf) struct pn_buf name = {0};
    DIR *d = opendir(dir);
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (pn_view_ends(pn_view_str(e->d_name), PN_VIEW(".manifest")) && strstr(other, e->d_name) == NULL)
            pn_buf_add_str(&name, e->d_name);
    (void)closedir(d);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(from, sizeof from, "%.*s%s", (int)(strlen(other) - 9), other, suffixes[i]);
        (void)snprintf(to, sizeof to, "%s/%.64s%s", dir, pn_buf_cstr(&name), suffixes[i]);
        CHECK_INT(rename(from, to), 0);
    }
    CHECK_INT(get_entry(&k), 0);
    CHECK(k.e.tampered);
    close_cache(&k);
}

static void cache_prunes(void) {
    enter();
    struct cached k = open_cache();
    char dir[256], path[512];
    const struct timespec old[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
    (void)snprintf(dir, sizeof dir, "%s/compiled", dirs.cache);
    (void)snprintf(path, sizeof path, "%s/.new-0123", dir);
    (void)close(open(path, O_CREAT | O_WRONLY, 0600));
    CHECK_INT(utimensat(AT_FDCWD, path, old, 0), 0);
    put_entry(&k, "old code", "{}");
    CHECK(access(path, F_OK) != 0);
    find_file(dir, ".manifest", path);
    CHECK_INT(utimensat(AT_FDCWD, path, old, 0), 0);
    CHECK_INT(get_entry(&k), 1); // renews it
    struct stat st;
    CHECK_INT(stat(path, &st), 0);
    CHECK(st.st_mtime > 1000000);
    CHECK_INT(utimensat(AT_FDCWD, path, old, 0), 0);
    k.key.component.b[0] = 7;
    put_entry(&k, "new code", "{}");
    CHECK(access(path, F_OK) != 0);
    CHECK_INT(get_entry(&k), 1);
    close_cache(&k);
}

// --- company and crashes ---
static pid_t start(void (*work)(unsigned), unsigned number) {
    pid_t pid = fork();
    if (pid == 0) {
        work(number);
        _exit(0);
    }
    return pid;
}

static int wait_for(pid_t pid) {
    int status = -1;
    (void)waitpid(pid, &status, 0);
    return status;
}

static void add_ten(unsigned number) {
    for (unsigned i = 0; i < 10; i++) {
        char id[32];
        struct pn_store *s = NULL; // opening sweeps: it must not take what the other is about to name
        if (pn_store_open(&dirs, &s, &err) != 0)
            _exit(1);
        (void)snprintf(id, sizeof id, "c%u-%u", number, i);
        if (load(s, id, id, NULL, NULL) != 0 || load(s, "shared", number == 0 ? "x" : "y", NULL, NULL) != 0)
            _exit(2);
        pn_store_close(s);
    }
}

static void two_processes_at_once(void) {
    enter(); // nothing there yet: they race for the key, the directories and the tables too
    pid_t a = start(add_ten, 0), b = start(add_ten, 1);
    CHECK_INT(wait_for(a), 0);
    CHECK_INT(wait_for(b), 0);
    pn_auto(pn_store) struct pn_store *s = open_store();
    pn_auto(pn_components) struct pn_components list = {0};
    pn_auto(pn_revisions) struct pn_revisions h = {0};
    CHECK_INT(pn_store_list(s, &list, NULL, &err), 0);
    CHECK_INT(list.len, 21);
    for (size_t i = 0; i < list.len; i++) {
        pn_auto(pn_fd) int fd = pn_store_blob(s, &list.at[i], &err);
        CHECK(fd >= 0);
    }
    CHECK_INT(pn_store_history(s, "shared", &h, &err), 0);
    CHECK_INT(faults(&h), 0);
}

static void change_for_ever(unsigned number) {
    struct pn_store *s = NULL;
    if (pn_store_open(&dirs, &s, &err) != 0)
        _exit(1);
    for (unsigned i = 0;; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%u.%u: %040u\n", number, i, i);
        if (load(s, "victim", text, i % 2 == 0 ? text : NULL, NULL) != 0 ||
            pn_store_policy_set(s, "victim", 0, "set", text, NULL, &err) != 0 ||
            (i % 5 == 4 && pn_store_unload(s, "victim", &err) != 0))
            _exit(2);
    }
}

static void killed_at_any_moment(void) {
    enter();
    char blobs[256];
    (void)snprintf(blobs, sizeof blobs, "%s/blobs", dirs.data);
    uint64_t seed = 1, last = 0;
    for (unsigned round = 0; round < 50; round++) {
        pid_t pid = start(change_for_ever, round);
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const struct timespec nap = {.tv_nsec = (long)(seed >> 33) % 40000000};
        (void)nanosleep(&nap, NULL);
        (void)kill(pid, SIGKILL);
        CHECK_INT(wait_for(pid), SIGKILL);
        pn_auto(pn_store) struct pn_store *s = open_store();
        pn_auto(pn_components) struct pn_components list = {0};
        pn_auto(pn_revisions) struct pn_revisions h = {0};
        uint64_t generation = 0;
        CHECK_INT(pn_store_list(s, &list, &generation, &err), 0);
        CHECK(generation >= last);
        CHECK(list.len <= 1);
        CHECK_INT(count_files(blobs), list.len); // what the crash left is gone
        for (size_t i = 0; i < list.len; i++) {
            pn_auto(pn_fd) int fd = pn_store_blob(s, &list.at[i], &err);
            CHECK(fd >= 0);
        }
        if (generation > 0)
            CHECK_INT(pn_store_history(s, "victim", &h, &err), 0);
        CHECK_INT(faults(&h), 0);
        last = generation;
    }
    CHECK(last > 20); // something happened between the kills
}

PN_TESTS(TEST(misuse_unload_path_traversal), TEST(misuse_ids), TEST(misuse_unknown_ids), TEST(misuse_open_to_others),
         TEST(misuse_others_own_it), TEST(misuse_links), TEST(load_list_unload), TEST(other_bytes_lose_the_policy),
         TEST(history_and_rollback), TEST(watching), TEST(tampered_blob), TEST(tampered_registration),
         TEST(tampered_set), TEST(replayed_registration), TEST(other_key), TEST(tampered_revisions),
         TEST(replayed_revisions), TEST(damaged_database), TEST(any_byte_of_the_database), TEST(cache_hit_and_miss),
         TEST(cache_tampered), TEST(cache_swapped), TEST(cache_prunes), TEST(two_processes_at_once),
         TEST(killed_at_any_moment))
