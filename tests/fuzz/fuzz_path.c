// SPDX-License-Identifier: Apache-2.0
// Paths of a guest against a tree full of links: whatever resolves is below the root, has no link in it, is granted or
// on the way to a grant, and what opens lies where the policy was asked about.
// Input: one byte of flags, then the path.
#include "base/cleanup.h"
#include "wasi/fs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static char top[64];
static struct pn_policy policy;
static struct pn_world world;
static struct pn_host host;
static struct pn_fs_node *at;

static void check(bool ok) {
    if (!ok)
        abort();
}

static void make(const char *path, const char *target) {
    char full[256];
    (void)snprintf(full, sizeof full, "%s/%s", top, path);
    if (target == NULL)
        check(mkdir(full, 0755) == 0);
    else
        check(symlink(target, full) == 0);
}

static void make_file(const char *path) {
    char full[256];
    (void)snprintf(full, sizeof full, "%s/%s", top, path);
    pn_auto(pn_fd) int fd = open(full, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    check(fd >= 0);
}

static void set_up(void) {
    struct pn_err err = {0};
    pn_auto(pn_buf) struct pn_buf yaml = {0};
    (void)snprintf(top, sizeof top, "/tmp/postern-path-XXXXXX");
    check(mkdtemp(top) != NULL);
    static const char *const dirs[] = {"g", "g/a", "g/a/b", "g/d", "g/.h", "o"};
    static const char *const links[][2] = {{"g/l", "a"},         {"g/u", ".."},   {"g/a/p", "../a/b"},
                                           {"g/x", "/etc"},      {"g/s", "d"},    {"g/o", "o"},
                                           {"g/a/e", "../../o"}, {"g/n", "gone"}, {"g/t", "l/p/."}};
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        make(dirs[i], NULL);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        make(links[i][0], links[i][1]);
    make_file("g/f");
    make_file("g/a/b/f");
    make_file("g/d/f");
    make_file("o/f");
    pn_buf_printf(
        &yaml,
        "version: \"1.0\"\npermissions:\n  storage:\n    allow:\n      - {uri: \"fs://%s/g/**\", access: [read]}\n"
        "    deny:\n      - {uri: \"fs://%s/g/d/**\"}\n",
        top, top);
    check(pn_policy_parse(pn_buf_view(&yaml), "fuzz", &policy, NULL, &err) == 0);
    check(pn_world_init(&world, &policy, NULL, 0, NULL, &err) == 0 && world.roots_len == 1);
    pn_host_init(&host, &world);
    at = pn_fs_node_new(&world.roots[0], "");
    check(at != NULL);
}

static void check_text(const struct pn_fs_path *p) {
    check(p->len == strlen(p->text) && p->len < sizeof p->text);
    struct pn_view rest = pn_view(p->text, p->len);
    while (rest.len > 0) {
        size_t end = pn_view_find(rest, '/', 0);
        struct pn_view step = pn_view_part(rest, 0, end);
        check(step.len > 0 && !pn_view_is(step, ".") && !pn_view_is(step, ".."));
        check(end == SIZE_MAX || end + 1 < rest.len);
        rest = pn_view_part(rest, end == SIZE_MAX ? rest.len : end + 1, rest.len);
    }
    check(!pn_view_starts(pn_view(p->text, p->len), PN_VIEW("d/")) && strcmp(p->text, "d") != 0 && p->text[0] != '.');
}

// Where the kernel says an open descriptor lies.
static void check_real(int fd, const char *path) {
    char link[64], real[PATH_MAX], want[PATH_MAX];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, real, sizeof real - 1);
    check(len > 0);
    real[len] = 0;
    (void)snprintf(want, sizeof want, "%s/g%s%s", top, path[0] == 0 ? "" : "/", path);
    check(strcmp(real, want) == 0);
}

static void try_path(struct pn_view path, bool follow) {
    struct pn_fs_path p;
    int error = pn_fs_resolve(&world, at, path, follow, &p);
    check(error >= 0 && error <= PN_FS_CROSS_DEVICE);
    if (error != 0)
        return;
    check_text(&p);
    check(pn_fs_visible(&world, at->root, p.text));
    check(!p.exists || !follow || !S_ISLNK(p.st.st_mode));
    pn_auto(pn_fd) int fd = pn_fs_openat(at->root, p.text, O_PATH, 0);
    check(p.exists == (fd >= 0));
    if (fd >= 0)
        check_real(fd, p.text);
}

static void try_open(struct pn_view path, unsigned flags) {
    struct pn_err err = {0};
    struct pn_fs_how how = {
        .follow = flags & 1, .directory = flags & 2, .read = true, .write = flags & 4, .create = flags & 8};
    struct pn_fs_node *node = NULL;
    pn_host_start(&host, &(struct pn_host_call){.deadline = PN_NEVER, .cancel_fd = -1});
    int error = pn_fs_open(&host, at, path, &how, &node, &err);
    if (error != 0)
        return;
    check(!how.write && (node->directory || pn_fs_allows(&world, at->root, node->path, PN_ACCESS_READ)));
    if (node->fd >= 0)
        check_real(node->fd, node->path);
    pn_fs_node_free(&host, node);
    check(host.open_files == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (top[0] == 0)
        set_up();
    if (size < 1)
        return 0;
    struct pn_view path = pn_view(data + 1, size - 1);
    try_path(path, (data[0] & 1) != 0);
    try_open(path, data[0]);
    return 0;
}
