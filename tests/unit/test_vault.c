// SPDX-License-Identifier: Apache-2.0
// The vault against misuse, tampering, wrong keys, crashes and company. Every value here is made up and opens nothing.
// Every test works in a directory of its own.
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/keyctl.h>
#include <signal.h>
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

PN_TESTS(TEST(misuse), TEST(values_of_each_kind), TEST(hkdf_vectors), TEST(versions))
