// SPDX-License-Identifier: Apache-2.0
#include "store/prune.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/hash.h"

enum { ENTRY_AGE_S = 30 * 24 * 3600, LEFTOVER_AGE_S = 3600, HEX = 2 * PN_DIGEST };

static bool older_than(int dir_fd, const char *name, time_t age) {
    struct stat st;
    return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime + age < time(NULL);
}

static bool has_manifest(int dir_fd, const char *name) {
    char manifest[HEX + 16];
    struct stat st;
    (void)snprintf(manifest, sizeof manifest, "%.*s.manifest", (int)HEX, name);
    return fstatat(dir_fd, manifest, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_over(int dir_fd, const char *name) {
    struct pn_view v = pn_view_str(name);
    if (pn_view_starts(v, PN_VIEW(".new-")))
        return older_than(dir_fd, name, LEFTOVER_AGE_S);
    if (pn_view_ends(v, PN_VIEW(".manifest")))
        return older_than(dir_fd, name, ENTRY_AGE_S);
    if (pn_view_ends(v, PN_VIEW(".cwasm")) || pn_view_ends(v, PN_VIEW(".json")))
        return !has_manifest(dir_fd, name) && older_than(dir_fd, name, LEFTOVER_AGE_S);
    return false;
}

void pn_prune(int dir_fd) {
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        pn_fd_close(&fd);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL)
        if (is_over(dir_fd, entry->d_name))
            (void)unlinkat(dir_fd, entry->d_name, 0);
    (void)closedir(dir);
}
