// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "policy/pattern.h"
#include "policy/storage.h"
#include "policy_help.h"

#define R PN_ACCESS_READ
#define W PN_ACCESS_WRITE

static const char *word_for(const struct pn_policy *p, const char *path, unsigned want) {
    return pn_verdict_word(pn_policy_storage(p, pn_view_str(path), want).reason);
}

struct row {
    const char *path;
    unsigned want;
    const char *word;
};

static void check_rows(const char *permissions, const struct row *rows, size_t count) {
    pn_auto(pn_policy) struct pn_policy p = read_policy(permissions);
    for (size_t i = 0; i < count; i++) {
        const char *got = word_for(&p, rows[i].path, rows[i].want);
        if (strcmp(got, rows[i].word) != 0)
            printf("# %s (%u):\n", rows[i].path, rows[i].want);
        CHECK_STR(got, rows[i].word);
        bool allow = pn_policy_storage(&p, pn_view_str(rows[i].path), rows[i].want).allow;
        CHECK_INT(allow, strcmp(rows[i].word, "granted") == 0);
    }
}
#define CHECK_ROWS(permissions, ...)                                 \
    do {                                                             \
        static const struct row rows[] = {__VA_ARGS__};              \
        check_rows((permissions), rows, sizeof rows / sizeof *rows); \
    } while (0)

static void misuse(void) {
    struct pn_policy p;
    pn_policy_init_empty(&p);
    static const char *const bad[] = {"",        "srv",         "./srv",  "/srv/", "//srv",
                                      "/srv//x", "/srv/../etc", "/srv/.", "/..",   "/a\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_STR(word_for(&p, bad[i], R), "bad-facts");
    CHECK_STR(word_for(&p, "/srv", 0), "bad-facts");
    CHECK_STR(pn_verdict_word(pn_policy_storage(&p, PN_VIEW("/a\0b"), R).reason), "bad-facts");
    struct pn_buf deep = {0};
    for (int i = 0; i < 300; i++)
        pn_buf_add_str(&deep, "/a");
    CHECK_STR(word_for(&p, pn_buf_cstr(&deep), R), "bad-facts");
    CHECK(!pn_policy_storage_passage(&p, PN_VIEW("/srv/../x")));
    CHECK(!pn_policy_storage_movable(&p, PN_VIEW("/srv/"), PN_VIEW("/srv/x")));
    pn_buf_fini(&deep);
    // A zeroed verdict says no.
    CHECK(!(struct pn_verdict){0}.allow);
    CHECK_STR(pn_verdict_word((struct pn_verdict){0}.reason), "no-rule");
}

static void empty_grants_nothing(void) {
    CHECK_ROWS("  storage: {}\n", {"/", R, "no-rule"}, {"/srv", R, "no-rule"}, {"/srv/data", W, "no-rule"},
               {"/etc/passwd", R, "no-rule"});
}

static void bad_facts_beat_grants(void) {
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///srv/**', access: [read]}]}\n", {"/srv/../etc", R, "bad-facts"},
               {"/srv//x", R, "bad-facts"}, {"/srv/x", R, "granted"}, {"/srv/./x", R, "bad-facts"});
}

static void patterns(void) {
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///srv/data/**', access: [read]}]}\n", {"/srv/data", R, "granted"},
               {"/srv/data/a", R, "granted"}, {"/srv/data/a/b/c", R, "granted"}, {"/srv/data2", R, "no-rule"},
               {"/srv/dat", R, "no-rule"}, {"/srv", R, "no-rule"}, {"/x/srv/data/a", R, "no-rule"},
               {"/srv/Data/a", R, "no-rule"});
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///srv/*/x?.txt', access: [read]}]}\n", {"/srv/a/x1.txt", R, "granted"},
               {"/srv/a/x\xc3\xa4.txt", R, "granted"}, {"/srv/a/x12.txt", R, "no-rule"}, {"/srv/a/x.txt", R, "no-rule"},
               {"/srv/a/b/x1.txt", R, "no-rule"}, {"/srv/x1.txt", R, "no-rule"}, {"/srv/a/x1.txt/y", R, "no-rule"},
               {"/srv/a/x1.txtt", R, "no-rule"});
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///srv/**/log/*.txt', access: [read]}]}\n",
               {"/srv/log/a.txt", R, "granted"}, {"/srv/a/b/log/a.txt", R, "granted"},
               {"/srv/a/log/log/a.txt", R, "granted"}, {"/srv/a/log/b/a.txt", R, "no-rule"},
               {"/srv/a/b/logs/a.txt", R, "no-rule"}, {"/log/a.txt", R, "no-rule"});
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///**', access: [read]}]}\n", {"/", R, "granted"},
               {"/a/b", R, "granted"});
}

static void a_pattern_without_wildcards_names_a_tree_or_a_file(void) {
    CHECK_ROWS(
        "  storage: {allow: [{uri: 'fs:///srv/data', access: [read]}, {uri: 'fs:///etc/hosts', access: [read]}]}\n",
        {"/srv/data", R, "granted"}, {"/srv/data/a/b", R, "granted"}, {"/srv/data2", R, "no-rule"},
        {"/srv", R, "no-rule"}, {"/etc/hosts", R, "granted"}, {"/etc", R, "no-rule"}, {"/etc/hosts2", R, "no-rule"},
        {"/srv/data/.x", R, "hidden"});
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///', access: [read]}]}\n", {"/", R, "granted"}, {"/srv", R, "granted"},
               {"/a/b/c", R, "granted"});
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///srv/data/', access: [read]}]}\n", {"/srv/data", R, "granted"},
               {"/srv/data/a", R, "granted"});
}

static void access_bits(void) {
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///r/**', access: [read]}, {uri: 'fs:///w/**', access: [write]}, {uri: "
               "'fs:///rw/**', access: [read, write]},"
               " {uri: 'fs:///two/**', access: [read]}, {uri: 'fs:///two/x/**', access: [write]}]}\n",
               {"/r/a", R, "granted"}, {"/r/a", W, "access"}, {"/r/a", R | W, "access"}, {"/w/a", R, "access"},
               {"/w/a", W, "granted"}, {"/w/a", R | W, "access"}, {"/rw/a", R, "granted"}, {"/rw/a", W, "granted"},
               {"/rw/a", R | W, "granted"}, {"/two/x/a", R | W, "granted"}, {"/two/y", W, "access"});
}

static void deny_wins(void) {
    CHECK_ROWS(
        "  storage: {allow: [{uri: 'fs:///srv/**', access: [read, write]}, {uri: 'fs:///srv/.h/**', access: [read]}],"
        " deny: [{uri: 'fs:///srv/secret'}, {uri: 'fs:///srv/ro/**', access: [write]}, {uri: 'fs:///srv/*/private'}, "
        "{uri: 'fs:///srv/**/*.bak'},"
        " {uri: 'fs:///srv/.h/*'}]}\n",
        {"/srv/a", R, "granted"}, {"/srv/secret", R, "deny-rule"}, {"/srv/secret/deep/er", R, "deny-rule"},
        {"/srv/secrets", R, "granted"}, {"/srv/ro/a", R, "granted"}, {"/srv/ro/a", W, "deny-rule"},
        {"/srv/ro/a", R | W, "deny-rule"}, {"/srv/x/private", R, "deny-rule"}, {"/srv/x/private/y", R, "deny-rule"},
        {"/srv/x/y/private", R, "granted"}, {"/srv/a/b/c.bak", R, "deny-rule"}, {"/srv/a/c.bak/inside", R, "deny-rule"},
        {"/srv/.h/x", R, "deny-rule"}, {"/srv/.h/.x", R, "deny-rule"}, {"/srv/.h", R, "granted"});
    // Wildcards of a denial reach hidden names too.
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///srv/.git/**', access: [read]}], deny: [{uri: 'fs:///srv/**'}]}\n",
               {"/srv/.git/config", R, "deny-rule"});
}

static void hidden_names_must_be_named(void) {
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///srv/**', access: [read]}]}\n", {"/srv/.git", R, "hidden"},
               {"/srv/.git/config", R, "hidden"}, {"/srv/a/.b/c", R, "hidden"}, {"/srv/a.b", R, "granted"},
               {"/srv/...", R, "hidden"});
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///srv/*', access: [read]}, {uri: 'fs:///opt/?x', access: [read]}]}\n",
               {"/srv/.x", R, "hidden"}, {"/opt/.x", R, "hidden"}, {"/opt/ax", R, "granted"});
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///srv/.cache/**', access: [read]}, {uri: 'fs:///opt/**/.*', access: "
               "[read]}]}\n",
               {"/srv/.cache", R, "granted"}, {"/srv/.cache/a", R, "granted"}, {"/srv/.cache/.b", R, "hidden"},
               {"/srv/.other/a", R, "no-rule"}, {"/opt/a/.x", R, "granted"}, {"/opt/.x", R, "granted"},
               {"/opt/.x/.y", R, "hidden"}, {"/opt/a/x", R, "no-rule"});
}

static void credentials_must_be_named(void) {
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///home/u/**', access: [read]}]}\n", {"/home/u/id_rsa", R, "credential"},
               {"/home/u/x/id_ed25519.pub", R, "credential"}, {"/home/u/server.pem", R, "credential"},
               {"/home/u/SERVER.PEM", R, "credential"}, {"/home/u/tls.key", R, "credential"},
               {"/home/u/keys.txt", R, "granted"}, {"/home/u/credentials.json", R, "credential"},
               {"/home/u/a.p12", R, "credential"}, {"/home/u/a.pfx", R, "credential"},
               {"/home/u/a.kdbx", R, "credential"}, {"/home/u/a.pem/b", R, "credential"}, {"/home/u/.ssh", R, "hidden"},
               {"/home/u/.ssh/config", R, "hidden"}, {"/home/u/.env", R, "hidden"}, {"/home/u/.env.local", R, "hidden"},
               {"/home/u/pem", R, "granted"}, {"/home/u/.pem", R, "hidden"});
    // Hidden names that the entry does name are still credentials.
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///home/u/.*/**', access: [read]}, {uri: 'fs:///home/u/.config/**', "
               "access: [read]}]}\n",
               {"/home/u/.ssh/known_hosts", R, "credential"}, {"/home/u/.aws/credentials", R, "credential"},
               {"/home/u/.gnupg/x", R, "credential"}, {"/home/u/.kube/config", R, "credential"},
               {"/home/u/.netrc", R, "credential"}, {"/home/u/.docker/config.json", R, "credential"},
               {"/home/u/.docker/other.json", R, "granted"}, {"/home/u/.config/gcloud/x.db", R, "credential"},
               {"/home/u/.config/vim/rc", R, "granted"}, {"/home/u/.env", R, "credential"},
               {"/home/u/.config/postern/postern.yaml", R, "credential"});
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///**', access: [read, write]}]}\n", {"/etc/shadow", R, "credential"},
               {"/etc/shadow-", R, "credential"}, {"/etc/gshadow", R, "credential"},
               {"/etc/ssh/ssh_host_rsa_key", R, "credential"}, {"/etc/passwd", R, "granted"},
               {"/srv/etc/shadow", R, "granted"}, {"/run/secrets/x", R, "credential"},
               {"/etc/sudoers.d/x", W, "credential"});
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///srv/tls/server.pem', access: [read]}, {uri: 'fs:///srv/all/*.pem', "
               "access: [read]}, {uri: 'fs:///srv/some/s*.pem', access: [read]},"
               " {uri: 'fs:///srv/wide/*pem', access: [read]}, {uri: 'fs:///home/u/.ssh/known_hosts', access: [read]}, "
               "{uri: 'fs:///home/v/.ssh', access: [read]},"
               " {uri: 'fs:///srv/id/id_rsa.pub', access: [read]}, {uri: 'fs:///srv/.env', access: [read]}, {uri: "
               "'fs:///w/.env*', access: [read]},"
               " {uri: 'fs:///v/.env.*', access: [read]}]}\n",
               {"/srv/tls/server.pem", R, "granted"}, {"/srv/tls/other.pem", R, "no-rule"},
               {"/srv/all/a.pem", R, "granted"}, {"/srv/some/s1.pem", R, "granted"},
               {"/srv/wide/a.pem", R, "credential"}, {"/srv/wide/apem", R, "granted"},
               {"/home/u/.ssh/known_hosts", R, "granted"}, {"/home/u/.ssh/id_rsa", R, "no-rule"},
               {"/home/v/.ssh/known_hosts", R, "granted"}, {"/home/v/.ssh/id_rsa", R, "credential"},
               {"/srv/id/id_rsa.pub", R, "granted"}, {"/srv/.env", R, "granted"}, {"/w/.env", R, "credential"},
               {"/w/.env.local", R, "credential"}, {"/v/.env.local", R, "granted"}, {"/v/.env.key", R, "credential"});
}

static void every_credential_place_is_out_of_reach(void) {
    pn_auto(pn_policy) struct pn_policy p = read_policy(
        "  storage: {allow: [{uri: 'fs:///**', access: [read, write]}, {uri: 'fs:///**/.*/**', access: [read, write]},"
        " {uri: 'fs:///**/.*/**/.*/**', access: [read, write]}]}\n");
    size_t count = 0;
    for (const char *row; (row = pn_policy_credential_pattern(count)) != NULL; count++) {
        char path[200];
        (void)snprintf(path, sizeof path, "%s%s", row[0] == '/' ? "" : "/home/u/", row);
        for (char *c = path; *c != '\0'; c++)
            if (*c == '*')
                *c = 'a';
        CHECK_STR(word_for(&p, path, R), "credential");
        CHECK(pn_policy_credential(pn_view_str(path)) != NULL);
    }
    CHECK(count >= 40 && count <= 64);
    CHECK(pn_policy_credential(PN_VIEW("/srv/readme.txt")) == NULL);
    CHECK_STR(pn_policy_credential(PN_VIEW("/srv/x/.SSH/y")), ".ssh");
}

static void kernel_trees_are_never_granted(void) {
    CHECK_ROWS("  storage: {allow: [{uri: 'fs:///**', access: [read, write]}]}\n", {"/proc/self/mem", R, "kernel-tree"},
               {"/sys", R, "kernel-tree"}, {"/dev/mem", W, "kernel-tree"}, {"/process", R, "granted"},
               {"/srv/proc/x", R, "granted"});
}

static void passages(void) {
    pn_auto(pn_policy) struct pn_policy p = read_policy("  storage: {allow: [{uri: 'fs:///srv/data/*/out/**', access: "
                                                        "[read]}, {uri: 'fs:///etc/app/app.conf', access: [read]}],"
                                                        " deny: [{uri: 'fs:///srv/data/bad'}]}\n");
    static const struct {
        const char *path;
        bool want;
    } rows[] = {
        {"/", false},
        {"/srv", false},
        {"/srv/data", true},
        {"/srv/data/a", true},
        {"/srv/data/a/out", true},
        {"/srv/data/a/out/x", true},
        {"/srv/data/a/in", false},
        {"/srv/data/.a", false},
        {"/srv/data/bad", false},
        {"/srv/data/bad/out", false},
        {"/etc", false},
        {"/etc/app", true},
        {"/etc/app/other", false},
        {"/etc/app/app.conf", true},
        {"/proc", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool got = pn_policy_storage_passage(&p, pn_view_str(rows[i].path));
        if (got != rows[i].want)
            printf("# %s\n", rows[i].path);
        CHECK_INT(got, rows[i].want);
    }
}

static void moving_a_directory_may_not_change_what_its_contents_are(void) {
    pn_auto(pn_policy) struct pn_policy p =
        read_policy("  storage: {allow: [{uri: 'fs:///srv/w/**', access: [read, write]}, {uri: 'fs:///srv/one/*', "
                    "access: [read, write]},"
                    " {uri: 'fs:///srv/r/**', access: [read]}, {uri: 'fs:///mix/**', access: [read, write]}, {uri: "
                    "'fs:///mix/pub/**', access: [read]},"
                    " {uri: 'fs:///home/u/.docker/**', access: [read, write]}],"
                    " deny: [{uri: 'fs:///srv/w/keep/secret'}, {uri: 'fs:///srv/w/**/*.bak', access: [write]}]}\n");
    static const struct {
        const char *from, *to;
        bool want;
    } rows[] = {
        {"/mix/a", "/mix/b", true},
        {"/mix/a", "/mix/pub/a", false},
        {"/mix/pub", "/mix/b", false},
        {"/srv/w/a", "/srv/w/b", false},
        {"/srv/one/a", "/mix/b", false},
        {"/srv/r/a", "/mix/b", false},
        {"/mix/a", "/srv/one/b", false},
        {"/mix/.a", "/mix/b", false},
        {"/home/u/.docker", "/home/u/.docker/x", false},
        {"/etc", "/mix/x", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool got = pn_policy_storage_movable(&p, pn_view_str(rows[i].from), pn_view_str(rows[i].to));
        if (got != rows[i].want)
            printf("# %s -> %s\n", rows[i].from, rows[i].to);
        CHECK_INT(got, rows[i].want);
    }
}

static void verdicts_name_their_entry(void) {
    pn_auto(pn_policy) struct pn_policy p = read_policy("  storage:\n    allow:\n      - {uri: 'fs:///a/**', access: "
                                                        "[read]}\n      - {uri: 'fs:///b/**', access: [read]}\n"
                                                        "    deny:\n      - {uri: 'fs:///b/x'}\n");
    struct pn_buf out = {0};
    struct pn_verdict v = pn_policy_storage(&p, PN_VIEW("/b/x/y"), R);
    pn_verdict_put_text(&v, &out);
    CHECK_STR(pn_buf_cstr(&out), "the deny list covers it: permissions.storage.deny[0] (line 8)");
    v = pn_policy_storage(&p, PN_VIEW("/b/y"), R);
    pn_buf_reset(&out);
    pn_verdict_put_rule(&v, &out);
    CHECK_STR(pn_buf_cstr(&out), "permissions.storage.allow[1] (line 6)");
    v = pn_policy_storage(&p, PN_VIEW("/a/x.pem"), R);
    CHECK_STR(v.detail, "*.pem");
    pn_buf_fini(&out);
}

// Patterns made to make backtracking matchers explode must end at once.
static void no_blow_up(void) {
    struct pn_buf pattern = {0}, path = {0};
    for (int i = 0; i < 60; i++)
        pn_buf_add_str(&pattern, "/**/a");
    pn_buf_add_str(&pattern, "/b");
    for (int i = 0; i < 250; i++)
        pn_buf_add_str(&path, "/a");
    struct pn_segments segments;
    CHECK(pn_segments_split(pn_buf_view(&path), &segments));
    for (int i = 0; i < 100; i++)
        CHECK(!pn_pattern_walk(pn_buf_view(&pattern), false, &segments, PN_REACH_ALL).whole);
    pn_buf_reset(&pattern);
    pn_buf_reset(&path);
    for (int i = 0; i < 100; i++)
        pn_buf_add_str(&pattern, "a*");
    pn_buf_add_str(&pattern, "b");
    for (int i = 0; i < 255; i++)
        pn_buf_add_str(&path, "a");
    for (int i = 0; i < 100; i++)
        CHECK(!pn_pattern_segment(pn_buf_view(&pattern), pn_buf_view(&path), false));
    pn_buf_fini(&pattern);
    pn_buf_fini(&path);
}

PN_TESTS(TEST(misuse), TEST(empty_grants_nothing), TEST(bad_facts_beat_grants), TEST(patterns),
         TEST(a_pattern_without_wildcards_names_a_tree_or_a_file), TEST(access_bits), TEST(deny_wins),
         TEST(hidden_names_must_be_named), TEST(credentials_must_be_named),
         TEST(every_credential_place_is_out_of_reach), TEST(kernel_trees_are_never_granted), TEST(passages),
         TEST(moving_a_directory_may_not_change_what_its_contents_are), TEST(verdicts_name_their_entry),
         TEST(no_blow_up))
