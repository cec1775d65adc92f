// SPDX-License-Identifier: Apache-2.0
// What a guest can reach below a grant, without the engine: a temporary tree full of ways out.
#include "base/cleanup.h"
#include "check.h"
#include "wasi/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64]; // the temporary directory

// One call of a component under a policy, with the preopened directory of `root`.
struct call {
    struct pn_policy policy;
    struct pn_world world;
    struct pn_host host;
    struct pn_fs_node *at;
    struct pn_err err;
};

static void call_open(struct call *c, const char *yaml_format) {
    *c = (struct call){0};
    pn_auto(pn_buf) struct pn_buf yaml = {0}, report = {0}, skipped = {0};
    pn_buf_add_str(&yaml, "version: \"1.0\"\n");
    for (const char *p = yaml_format; *p != 0; p++) // '@' stands for the temporary directory
        if (*p == '@')
            pn_buf_add_str(&yaml, top);
        else
            pn_buf_add_byte(&yaml, (uint8_t)*p);
    if (pn_policy_parse(pn_buf_view(&yaml), "test", &c->policy, &report, &c->err) < 0)
        printf("# %s\n", pn_buf_cstr(&report));
    CHECK_INT(pn_world_init(&c->world, &c->policy, NULL, 0, &skipped, &c->err), 0);
    if (skipped.len > 0)
        printf("# %s", pn_buf_cstr(&skipped));
    pn_host_init(&c->host, &c->world);
    pn_host_start(&c->host, &(struct pn_host_call){.deadline = pn_now() + 10 * PN_SEC, .cancel_fd = -1});
    CHECK(c->world.roots_len > 0);
    if (c->world.roots_len > 0)
        c->at = pn_fs_node_new(&c->world.roots[0], "");
}

static void call_close(struct call *c) {
    if (c->at != NULL)
        pn_fs_node_free(&c->host, c->at);
    pn_host_fini(&c->host);
    pn_world_fini(&c->world);
    pn_policy_fini(&c->policy);
}

// The error name of opening `path`, "" for success. `mode`: letters r w c(reate) x(clusive) t(runcate) d(irectory)
// n(ofollow).
static const char *try_open(struct call *c, const char *path, const char *mode) {
    struct pn_fs_how how = {
        .follow = strchr(mode, 'n') == NULL,
        .create = strchr(mode, 'c') != NULL,
        .exclusive = strchr(mode, 'x') != NULL,
        .truncate = strchr(mode, 't') != NULL,
        .directory = strchr(mode, 'd') != NULL,
        .read = strchr(mode, 'r') != NULL,
        .write = strchr(mode, 'w') != NULL,
    };
    struct pn_fs_node *node = NULL;
    int error = pn_fs_open(&c->host, c->at, pn_view_str(path), &how, &node, &c->err);
    if (error < 0)
        return "over";
    if (error == 0)
        pn_fs_node_free(&c->host, node);
    return error == 0 ? "" : pn_fs_error_name(error);
}

static void put(const char *path, const char *text) {
    char full[256];
    (void)snprintf(full, sizeof full, "%s/%s", top, path);
    FILE *f = fopen(full, "w");
    CHECK(f != NULL);
    if (f == NULL)
        return;
    (void)fputs(text, f);
    (void)fclose(f);
}

static void make_dir(const char *path) {
    char full[256];
    (void)snprintf(full, sizeof full, "%s/%s", top, path);
    CHECK(mkdir(full, 0755) == 0 || errno == EEXIST);
}

static void make_link(const char *target, const char *path) {
    char full[256];
    (void)snprintf(full, sizeof full, "%s/%s", top, path);
    CHECK_INT(symlink(target, full), 0);
}

static bool there(const char *path) {
    char full[256];
    struct stat st;
    (void)snprintf(full, sizeof full, "%s/%s", top, path);
    return lstat(full, &st) == 0;
}

static void make_tree(void) {
    (void)snprintf(top, sizeof top, "/tmp/postern-fs-XXXXXX");
    CHECK(mkdtemp(top) != NULL);
    make_dir("data");
    make_dir("data/sub");
    make_dir("data/deny");
    make_dir("data/.hidden");
    make_dir("data/.ssh");
    make_dir("other");
    put("secret.txt", "outside");
    put("other/o.txt", "other");
    put("data/a.txt", "hello");
    put("data/b.log", "log");
    put("data/sub/b.txt", "below");
    put("data/deny/x.txt", "denied");
    put("data/.hidden/h.txt", "hidden");
    put("data/.dot", "hidden");
    put("data/.ssh/config", "fake");
    put("data/.env", "FAKE=1");
    put("data/id_rsa", "fake key");
    make_link("sub/b.txt", "data/in");
    make_link("sub", "data/subdir");
    make_link("../secret.txt", "data/out");
    make_link("..", "data/up");
    make_link("/etc/passwd", "data/absolute");
    make_link("/proc/self", "data/proc");
    make_link("loop", "data/loop");
    make_link("deny/x.txt", "data/to-denied");
    make_link(".hidden", "data/to-hidden");
    make_link("nowhere", "data/dangling");
    char full[256];
    (void)snprintf(full, sizeof full, "%s/data/fifo", top);
    CHECK_INT(mkfifo(full, 0644), 0);
}

#define PLAIN                                                    \
    "permissions:\n  storage:\n    allow:\n"                     \
    "      - {uri: \"fs://@/data/**\", access: [read, write]}\n" \
    "    deny:\n      - {uri: \"fs://@/data/deny/**\"}\n"

static void misuse(void) {
    make_tree();
    struct call c;
    call_open(&c, PLAIN);
    CHECK_STR(try_open(&c, "", "r"), "no-entry");
    CHECK_STR(try_open(&c, "/etc/passwd", "r"), "not-permitted");
    CHECK_STR(try_open(&c, "//etc/passwd", "r"), "not-permitted");
    CHECK_STR(try_open(&c, "..", "r"), "not-permitted");
    CHECK_STR(try_open(&c, "../secret.txt", "r"), "not-permitted");
    CHECK_STR(try_open(&c, "sub/../../secret.txt", "r"), "not-permitted");
    CHECK_STR(try_open(&c, "./sub/.././../data/a.txt", "r"), "not-permitted");
    struct pn_fs_how read = {.read = true};
    struct pn_fs_node *node = NULL;
    CHECK_INT(pn_fs_open(&c.host, c.at, PN_VIEW("a.txt\0b"), &read, &node, &c.err), PN_FS_ILLEGAL_BYTES);
    char longest[5000];
    memset(longest, 'a', sizeof longest);
    CHECK_INT(pn_fs_open(&c.host, c.at, pn_view(longest, sizeof longest), &read, &node, &c.err), PN_FS_NAME_TOO_LONG);
    CHECK_INT(pn_fs_open(&c.host, c.at, pn_view(longest, 300), &read, &node, &c.err), PN_FS_NAME_TOO_LONG);
    CHECK_STR(try_open(&c, "a.txt/", "r"), "not-directory");
    CHECK_STR(try_open(&c, "a.txt/..", "r"), "not-directory");
    CHECK_STR(try_open(&c, "a.txt/x", "r"), "not-directory");
    CHECK_STR(try_open(&c, "missing/../a.txt", "r"), "no-entry");
    CHECK_INT(c.host.open_files, 0);
    call_close(&c);
}

static void plain_files(void) {
    struct call c;
    call_open(&c, PLAIN);
    CHECK_STR(try_open(&c, "a.txt", "r"), "");
    CHECK_STR(try_open(&c, "./sub//b.txt", "r"), "");
    CHECK_STR(try_open(&c, "sub/../a.txt", "rw"), "");
    CHECK_STR(try_open(&c, "sub", "rd"), "");
    CHECK_STR(try_open(&c, "sub/", "r"), "");
    CHECK_STR(try_open(&c, ".", "rd"), "");
    CHECK_STR(try_open(&c, "sub", "rw"), "is-directory");
    CHECK_STR(try_open(&c, "a.txt", "rd"), "not-directory");
    CHECK_STR(try_open(&c, "new.txt", "r"), "no-entry");
    CHECK_STR(try_open(&c, "new.txt", "rwc"), "");
    CHECK_STR(try_open(&c, "new.txt", "rwcx"), "exist");
    CHECK_STR(try_open(&c, "missing/new.txt", "wc"), "no-entry");
    CHECK_STR(try_open(&c, "newdir/", "wc"), "no-entry");
    CHECK(there("data/new.txt"));
    call_close(&c);
}

static void links(void) {
    struct call c;
    call_open(&c, PLAIN);
    CHECK_STR(try_open(&c, "in", "r"), "");
    CHECK_STR(try_open(&c, "in", "rn"), "loop");
    CHECK_STR(try_open(&c, "subdir/b.txt", "r"), "");
    CHECK_STR(try_open(&c, "subdir/../a.txt", "r"), "");
    CHECK_STR(try_open(&c, "out", "r"), "not-permitted");
    CHECK_STR(try_open(&c, "out", "rw"), "not-permitted");
    CHECK_STR(try_open(&c, "up/secret.txt", "r"), "not-permitted");
    CHECK_STR(try_open(&c, "up/data/a.txt", "r"), "not-permitted");
    CHECK_STR(try_open(&c, "absolute", "r"), "not-permitted");
    CHECK_STR(try_open(&c, "proc/status", "r"), "not-permitted");
    CHECK_STR(try_open(&c, "loop", "r"), "loop");
    // the policy speaks of the file really opened
    CHECK_STR(try_open(&c, "to-denied", "r"), "access");
    CHECK_STR(try_open(&c, "to-hidden/h.txt", "r"), "access");
    CHECK_STR(try_open(&c, "dangling", "r"), "no-entry");
    CHECK_STR(try_open(&c, "dangling", "wcx"), "exist");
    CHECK(!there("data/nowhere"));
    CHECK_STR(try_open(&c, "dangling", "wc"), ""); // creates what it points to, inside
    CHECK(there("data/nowhere"));
    call_close(&c);
}

static void refused_places(void) {
    struct call c;
    call_open(&c, PLAIN);
    CHECK_STR(try_open(&c, "fifo", "r"), "access");
    CHECK_STR(try_open(&c, "fifo", "rw"), "access");
    CHECK_STR(try_open(&c, "deny/x.txt", "r"), "access");
    CHECK_STR(try_open(&c, "deny/none.txt", "r"), "access"); // as if there: nothing is told
    CHECK_STR(try_open(&c, "deny", "rd"), "access");
    CHECK_STR(try_open(&c, "deny/../a.txt", "r"), "access");
    CHECK_STR(try_open(&c, ".dot", "r"), "access");
    CHECK_STR(try_open(&c, ".hidden/h.txt", "r"), "access");
    CHECK_STR(try_open(&c, ".ssh/config", "r"), "access");
    CHECK_STR(try_open(&c, ".env", "r"), "access");
    CHECK_STR(try_open(&c, ".env", "wct"), "access");
    CHECK_STR(try_open(&c, "id_rsa", "r"), "access");
    CHECK_STR(try_open(&c, ".new", "wc"), "access");
    struct stat st;
    CHECK_INT(pn_fs_stat_at(&c.world, c.at, PN_VIEW("deny/x.txt"), true, &st), PN_FS_ACCESS);
    CHECK_INT(pn_fs_stat_at(&c.world, c.at, PN_VIEW("deny/none"), true, &st), PN_FS_ACCESS);
    CHECK_INT(pn_fs_stat_at(&c.world, c.at, PN_VIEW("fifo"), true, &st), 0);
    call_close(&c);
}

static void read_only(void) {
    struct call c;
    call_open(&c, "permissions:\n  storage:\n    allow:\n      - {uri: \"fs://@/data/**\", access: [read]}\n");
    CHECK_STR(try_open(&c, "a.txt", "r"), "");
    CHECK_STR(try_open(&c, "a.txt", "rw"), "access");
    CHECK_STR(try_open(&c, "a.txt", "w"), "access");
    CHECK_STR(try_open(&c, "a.txt", "rt"), "access");
    CHECK_STR(try_open(&c, "fresh.txt", "wc"), "access");
    CHECK_STR(try_open(&c, "fresh.txt", "rc"), "access");
    CHECK_INT(pn_fs_make_directory(&c.world, c.at, PN_VIEW("d")), PN_FS_ACCESS);
    CHECK_INT(pn_fs_remove(&c.world, c.at, PN_VIEW("a.txt"), false), PN_FS_ACCESS);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("a.txt"), c.at, PN_VIEW("z.txt"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_link(&c.host, c.at, PN_VIEW("a.txt"), false, c.at, PN_VIEW("z.txt"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_symlink(&c.world, c.at, PN_VIEW("a.txt"), PN_VIEW("z.txt")), PN_FS_ACCESS);
    struct pn_fs_times now = {{{0, UTIME_NOW}, {0, UTIME_NOW}}};
    CHECK_INT(pn_fs_set_times_at(&c.world, c.at, PN_VIEW("a.txt"), true, &now), PN_FS_ACCESS);
    CHECK(there("data/a.txt") && !there("data/z.txt") && !there("data/fresh.txt"));
    call_close(&c);
}

static void write_only(void) {
    struct call c;
    call_open(&c, "permissions:\n  storage:\n    allow:\n      - {uri: \"fs://@/other/**\", access: [write]}\n");
    CHECK_STR(try_open(&c, "o.txt", "r"), "access");
    CHECK_STR(try_open(&c, "o.txt", "rw"), "access");
    CHECK_STR(try_open(&c, "o.txt", "w"), "");
    CHECK_STR(try_open(&c, "n.txt", "wc"), "");
    call_close(&c);
}

static void globs(void) {
    struct call c;
    call_open(&c,
              "permissions:\n  storage:\n    allow:\n      - {uri: \"fs://@/data/*.txt\", access: [read, write]}\n");
    CHECK_STR(try_open(&c, "a.txt", "r"), "");
    CHECK_STR(try_open(&c, "b.log", "r"), "access");
    CHECK_STR(try_open(&c, "sub/b.txt", "r"), "access");
    CHECK_STR(try_open(&c, "in", "r"), "access"); // its own name is not granted
    CHECK_STR(try_open(&c, ".", "rd"), "");
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("b.log"), c.at, PN_VIEW("stolen.txt"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("a.txt"), c.at, PN_VIEW("a.log"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_link(&c.host, c.at, PN_VIEW("b.log"), false, c.at, PN_VIEW("stolen.txt"), &c.err), PN_FS_ACCESS);
    CHECK(!there("data/stolen.txt"));
    call_close(&c);
}

static void single_file(void) {
    struct call c;
    call_open(&c, "permissions:\n  storage:\n    allow:\n      - {uri: \"fs://@/data/sub/b.txt\", access: [read]}\n");
    char path[128];
    (void)snprintf(path, sizeof path, "%s/data/sub", top);
    CHECK_STR(c.world.roots[0].path, path);
    CHECK_STR(try_open(&c, "b.txt", "r"), "");
    CHECK_STR(try_open(&c, "b.txt", "rw"), "access");
    CHECK_STR(try_open(&c, "c.txt", "r"), "access");
    CHECK_STR(try_open(&c, "../a.txt", "r"), "not-permitted");
    call_close(&c);
}

static void grants_through_links(void) {
    struct pn_policy policy;
    struct pn_err err = {0};
    char yaml[256];
    (void)snprintf(yaml, sizeof yaml,
                   "version: \"1.0\"\npermissions:\n  storage:\n    allow:\n      - {uri: \"fs://%s/data/subdir/**\", "
                   "access: [read]}\n",
                   top);
    CHECK_INT(pn_policy_parse(pn_view_str(yaml), "test", &policy, NULL, &err), 0);
    struct pn_world world;
    pn_auto(pn_buf) struct pn_buf skipped = {0};
    CHECK_INT(pn_world_init(&world, &policy, NULL, 0, &skipped, &err), 0);
    CHECK_INT(world.roots_len, 0);
    CHECK(strstr(pn_buf_cstr(&skipped), "symbolic link; grant fs://") != NULL);
    pn_world_fini(&world);
    pn_policy_fini(&policy);
}

static void moving(void) {
    struct call c;
    call_open(&c, PLAIN);
    put("data/m.txt", "move me");
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("m.txt"), c.at, PN_VIEW("sub/m2.txt"), &c.err), 0);
    CHECK(there("data/sub/m2.txt") && !there("data/m.txt"));
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("sub/m2.txt"), c.at, PN_VIEW("deny/m.txt"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("deny/x.txt"), c.at, PN_VIEW("x.txt"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("sub/m2.txt"), c.at, PN_VIEW("../m.txt"), &c.err),
              PN_FS_NOT_PERMITTED);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("sub/m2.txt"), c.at, PN_VIEW("up/m.txt"), &c.err),
              PN_FS_NOT_PERMITTED);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("none"), c.at, PN_VIEW("x"), &c.err), PN_FS_NO_ENTRY);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("."), c.at, PN_VIEW("x"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_link(&c.host, c.at, PN_VIEW("deny/x.txt"), false, c.at, PN_VIEW("x.txt"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_link(&c.host, c.at, PN_VIEW("out"), true, c.at, PN_VIEW("x.txt"), &c.err), PN_FS_NOT_PERMITTED);
    CHECK_INT(pn_fs_link(&c.host, c.at, PN_VIEW("sub"), false, c.at, PN_VIEW("hard"), &c.err), PN_FS_NOT_PERMITTED);
    CHECK_INT(pn_fs_link(&c.host, c.at, PN_VIEW("a.txt"), false, c.at, PN_VIEW("hard"), &c.err), 0);
    CHECK_INT(pn_fs_remove(&c.world, c.at, PN_VIEW("hard"), false), 0);
    call_close(&c);
}

// What is granted twice is still two places: no file of one gets a name in the other.
static void two_grants(void) {
    struct call c;
    call_open(&c, "permissions:\n  storage:\n    allow:\n"
                  "      - {uri: \"fs://@/data/sub/**\", access: [read, write]}\n"
                  "      - {uri: \"fs://@/other/**\", access: [read, write]}\n");
    CHECK_INT(c.world.roots_len, 2);
    struct pn_fs_node *other = pn_fs_node_new(&c.world.roots[1], "");
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("b.txt"), other, PN_VIEW("b.txt"), &c.err), PN_FS_CROSS_DEVICE);
    CHECK_INT(pn_fs_link(&c.host, c.at, PN_VIEW("b.txt"), false, other, PN_VIEW("b.txt"), &c.err), PN_FS_CROSS_DEVICE);
    CHECK_STR(try_open(&c, "../../other/o.txt", "r"), "not-permitted");
    CHECK(there("data/sub/b.txt") && !there("other/b.txt"));
    pn_fs_node_free(&c.host, other);
    call_close(&c);
}

// A name under which it could be read must not be given to what may only be written.
static void no_reading_by_renaming(void) {
    struct call c;
    make_dir("other/pub");
    call_open(&c, "permissions:\n  storage:\n    allow:\n"
                  "      - {uri: \"fs://@/other/**\", access: [write]}\n"
                  "      - {uri: \"fs://@/other/pub/**\", access: [read]}\n");
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("o.txt"), c.at, PN_VIEW("pub/o.txt"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_link(&c.host, c.at, PN_VIEW("o.txt"), false, c.at, PN_VIEW("pub/o.txt"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("o.txt"), c.at, PN_VIEW("p.txt"), &c.err), 0);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("p.txt"), c.at, PN_VIEW("o.txt"), &c.err), 0);
    call_close(&c);
}

// A directory above a denied place must not be moved: what lies in it would get a name that nothing denies.
static void moving_above_denials(void) {
    struct call c;
    make_dir("data/deep");
    make_dir("data/deep/vault");
    put("data/deep/vault/v.txt", "vault");
    call_open(&c, "permissions:\n  storage:\n    allow:\n      - {uri: \"fs://@/data/**\", access: [read, write]}\n"
                  "    deny:\n      - {uri: \"fs://@/data/deep/vault/**\"}\n");
    CHECK_STR(try_open(&c, "deep/vault/v.txt", "r"), "access");
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("deep"), c.at, PN_VIEW("flat"), &c.err), PN_FS_ACCESS);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("sub"), c.at, PN_VIEW("sub2"), &c.err), 0);
    CHECK_INT(pn_fs_rename(&c.host, c.at, PN_VIEW("sub2"), c.at, PN_VIEW("sub"), &c.err), 0);
    CHECK(there("data/deep/vault/v.txt"));
    call_close(&c);
}

static void names(void) {
    struct call c;
    call_open(&c, PLAIN);
    CHECK_INT(pn_fs_make_directory(&c.world, c.at, PN_VIEW("made")), 0);
    CHECK_INT(pn_fs_make_directory(&c.world, c.at, PN_VIEW("made")), PN_FS_EXIST);
    CHECK_INT(pn_fs_make_directory(&c.world, c.at, PN_VIEW("made/../../x")), PN_FS_NOT_PERMITTED);
    CHECK_INT(pn_fs_make_directory(&c.world, c.at, PN_VIEW(".")), PN_FS_BUSY);
    CHECK_INT(pn_fs_remove(&c.world, c.at, PN_VIEW("made"), false), PN_FS_IS_DIRECTORY);
    CHECK_INT(pn_fs_remove(&c.world, c.at, PN_VIEW("a.txt"), true), PN_FS_NOT_DIRECTORY);
    CHECK_INT(pn_fs_remove(&c.world, c.at, PN_VIEW("made"), true), 0);
    CHECK_INT(pn_fs_remove(&c.world, c.at, PN_VIEW("."), true), PN_FS_BUSY);
    CHECK_INT(pn_fs_symlink(&c.world, c.at, PN_VIEW("/etc"), PN_VIEW("s")), PN_FS_NOT_PERMITTED);
    CHECK_INT(pn_fs_symlink(&c.world, c.at, PN_VIEW("../secret.txt"), PN_VIEW("s")), PN_FS_NOT_PERMITTED);
    CHECK_INT(pn_fs_symlink(&c.world, c.at, PN_VIEW("sub/../../x"), PN_VIEW("s")), PN_FS_NOT_PERMITTED);
    CHECK_INT(pn_fs_symlink(&c.world, c.at, PN_VIEW("../a.txt"), PN_VIEW("sub/s")), 0);
    CHECK_STR(try_open(&c, "sub/s", "r"), "");
    pn_auto(pn_buf) struct pn_buf text = {0};
    CHECK_INT(pn_fs_readlink(&c.world, c.at, PN_VIEW("sub/s"), &text), 0);
    CHECK_STR(pn_buf_cstr(&text), "../a.txt");
    CHECK_INT(pn_fs_readlink(&c.world, c.at, PN_VIEW("absolute"), &text), PN_FS_NOT_PERMITTED);
    CHECK_INT(pn_fs_readlink(&c.world, c.at, PN_VIEW("a.txt"), &text), PN_FS_INVALID);
    CHECK_INT(pn_fs_remove(&c.world, c.at, PN_VIEW("out"), false), 0); // the link, not what it points to
    CHECK(there("secret.txt") && !there("data/out"));
    call_close(&c);
}

static unsigned list_all(struct call *c, struct pn_buf *names) {
    struct pn_fs_list *list = NULL;
    CHECK_INT(pn_fs_list_open(&c->host, c->at, &list, &c->err), 0);
    const struct dirent *entry = NULL;
    unsigned count = 0;
    while (list != NULL && pn_fs_list_next(&c->host, list, &entry, &c->err) == 0 && entry != NULL) {
        pn_buf_printf(names, "[%s]", entry->d_name);
        count++;
    }
    if (list != NULL)
        pn_fs_list_free(&c->host, list);
    return count;
}

static void listing(void) {
    struct call c;
    pn_auto(pn_buf) struct pn_buf names = {0};
    call_open(&c, PLAIN);
    (void)list_all(&c, &names);
    CHECK(strstr(pn_buf_cstr(&names), "[a.txt]") != NULL);
    CHECK(strstr(pn_buf_cstr(&names), "[sub]") != NULL);
    static const char *const unseen[] = {"[.]",       "[..]",   "[deny]", "[.dot]",
                                         "[.hidden]", "[.ssh]", "[.env]", "[id_rsa]"};
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        CHECK(strstr(pn_buf_cstr(&names), unseen[i]) == NULL);
    CHECK_INT(c.host.open_files, 0);
    call_close(&c);

    pn_buf_reset(&names);
    call_open(&c, "permissions:\n  storage:\n    allow:\n      - {uri: \"fs://@/data/a.txt\", access: [read]}\n");
    CHECK_INT(list_all(&c, &names), 1);
    CHECK_STR(pn_buf_cstr(&names), "[a.txt]");
    call_close(&c);
}

static struct pn_fs_node *must_open(struct call *c, const char *path, bool write) {
    struct pn_fs_how how = {.read = true, .write = write, .create = write};
    struct pn_fs_node *node = NULL;
    CHECK_INT(pn_fs_open(&c->host, c->at, pn_view_str(path), &how, &node, &c->err), 0);
    return node;
}

static void limits(void) {
    struct call c;
    call_open(&c, PLAIN "limits:\n  open_files: 2\n  write: 1KiB\n");
    struct pn_fs_node *one = must_open(&c, "a.txt", false), *two = must_open(&c, "w.txt", true);
    size_t written = 0;
    char bytes[600] = {0};
    CHECK_INT(pn_fs_write(&c.host, one, pn_view(bytes, 1), 0, false, &written, &c.err), PN_FS_BAD_DESCRIPTOR);
    CHECK_INT(pn_fs_write(&c.host, two, pn_view(bytes, 600), 0, false, &written, &c.err), 0);
    CHECK_INT(pn_fs_write(&c.host, two, pn_view(bytes, 200), 0, true, &written, &c.err), 0);
    struct stat st;
    CHECK_INT(pn_fs_stat(two, &st), 0);
    CHECK_INT(st.st_size, 800);
    CHECK_INT(pn_fs_set_size(&c.host, two, 1024, &c.err), 0);
    CHECK_INT(pn_fs_set_size(&c.host, two, 10, &c.err), 0);
    CHECK_INT(pn_fs_write(&c.host, two, pn_view(bytes, 1), 0, false, &written, &c.err), -1);
    CHECK_INT(c.host.end, PN_END_LIMIT);
    c.host.end = PN_END_NONE;
    c.host.bytes_written = 0;
    CHECK_INT(pn_fs_write(&c.host, two, pn_view(bytes, 1), 1000, false, &written, &c.err), 0);
    CHECK_INT(c.host.bytes_written, 1000 - 10 + 1); // the hole counts
    CHECK_INT(pn_fs_write(&c.host, two, pn_view(bytes, 1), INT64_MAX, false, &written, &c.err), -1);
    CHECK(strstr(c.host.end_text, "limit reached: write = 1024 bytes") != NULL);
    CHECK(strstr(c.host.end_text, "`limits.write`") != NULL);
    c.host.end = PN_END_NONE;
    CHECK_STR(try_open(&c, "b.log", "r"), "over");
    CHECK(strstr(c.host.end_text, "limit reached: open_files = 2") != NULL);
    pn_fs_node_free(&c.host, one);
    pn_fs_node_free(&c.host, two);
    call_close(&c);
}

static void reading(void) {
    struct call c;
    call_open(&c, PLAIN);
    struct pn_fs_node *node = must_open(&c, "a.txt", false);
    struct pn_view bytes;
    bool end = false;
    CHECK_INT(pn_fs_read(&c.host, node, 3, 1, &bytes, &end, &c.err), 0);
    CHECK(pn_view_is(bytes, "ell") && !end);
    CHECK_INT(pn_fs_read(&c.host, node, UINT64_MAX, 0, &bytes, &end, &c.err), 0);
    CHECK(pn_view_is(bytes, "hello") && end);
    CHECK_INT(pn_fs_read(&c.host, node, 1, UINT64_MAX, &bytes, &end, &c.err), PN_FS_INVALID);
    CHECK_INT(pn_fs_read(&c.host, c.at, 1, 0, &bytes, &end, &c.err), PN_FS_IS_DIRECTORY);
    // through a stream that outlives its descriptor's handle
    uint32_t node_rep = 0, stream_rep = 0;
    CHECK_INT(pn_host_add(&c.host, PN_RES_DESCRIPTOR, node, pn_fs_node_free, 0, &node_rep, &c.err), 0);
    CHECK_INT(pn_fs_read_stream(&c.host, node, node_rep, 4, &stream_rep, &c.err), 0);
    pn_host_drop(&c.host, node_rep);
    CHECK(pn_host_get(&c.host, PN_RES_DESCRIPTOR, node_rep) == NULL);
    struct pn_input *in = pn_host_get(&c.host, PN_RES_INPUT_STREAM, stream_rep);
    CHECK_INT(in->ops->read(&c.host, in, 10, &bytes, &c.err), PN_IO_OK);
    CHECK(pn_view_is(bytes, "o"));
    CHECK_INT(in->ops->read(&c.host, in, 10, &bytes, &c.err), PN_IO_CLOSED);
    CHECK_INT(c.host.open_files, 1);
    pn_host_drop(&c.host, stream_rep);
    CHECK_INT(c.host.open_files, 0);
    call_close(&c);
}

static void clean_up(void) {
    char command[80];
    pid_t child = fork();
    (void)snprintf(command, sizeof command, "%s", top);
    if (child == 0) {
        (void)execlp("rm", "rm", "-rf", command, (char *)NULL);
        _exit(1);
    }
    CHECK(child > 0);
}

PN_TESTS(TEST(misuse), TEST(plain_files), TEST(links), TEST(refused_places), TEST(read_only), TEST(write_only),
         TEST(globs), TEST(single_file), TEST(grants_through_links), TEST(moving), TEST(two_grants),
         TEST(no_reading_by_renaming), TEST(moving_above_denials), TEST(names), TEST(listing), TEST(limits),
         TEST(reading), TEST(clean_up))
