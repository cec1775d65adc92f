// SPDX-License-Identifier: Apache-2.0
// wasi:filesystem, the part that knows paths and files and nothing of the engine.
//
// A descriptor for a directory is a root (one opened grant) and a path below it without links; every operation starts
// again at the root, so a path is judged and opened as it is now. The kernel walks it with RESOLVE_BENEATH and
// RESOLVE_NO_SYMLINKS; links are read and followed here, one by one, and each step must be visible in the policy.
//
// Functions answer 0, a positive enum pn_fs_error for the guest, or negative: the call is over.
#pragma once
#include "wasi/io.h"
#include <dirent.h>
#include <sys/stat.h>

// 1 + index of the case in wasi:filesystem's error-code.
#define PN_FS_ERRORS(X)                       \
    X(ACCESS, "access")                       \
    X(WOULD_BLOCK, "would-block")             \
    X(ALREADY, "already")                     \
    X(BAD_DESCRIPTOR, "bad-descriptor")       \
    X(BUSY, "busy")                           \
    X(DEADLOCK, "deadlock")                   \
    X(QUOTA, "quota")                         \
    X(EXIST, "exist")                         \
    X(FILE_TOO_LARGE, "file-too-large")       \
    X(ILLEGAL_BYTES, "illegal-byte-sequence") \
    X(IN_PROGRESS, "in-progress")             \
    X(INTERRUPTED, "interrupted")             \
    X(INVALID, "invalid")                     \
    X(IO, "io")                               \
    X(IS_DIRECTORY, "is-directory")           \
    X(LOOP, "loop")                           \
    X(TOO_MANY_LINKS, "too-many-links")       \
    X(MESSAGE_SIZE, "message-size")           \
    X(NAME_TOO_LONG, "name-too-long")         \
    X(NO_DEVICE, "no-device")                 \
    X(NO_ENTRY, "no-entry")                   \
    X(NO_LOCK, "no-lock")                     \
    X(NO_MEMORY, "insufficient-memory")       \
    X(NO_SPACE, "insufficient-space")         \
    X(NOT_DIRECTORY, "not-directory")         \
    X(NOT_EMPTY, "not-empty")                 \
    X(NOT_RECOVERABLE, "not-recoverable")     \
    X(UNSUPPORTED, "unsupported")             \
    X(NO_TTY, "no-tty")                       \
    X(NO_SUCH_DEVICE, "no-such-device")       \
    X(OVERFLOW, "overflow")                   \
    X(NOT_PERMITTED, "not-permitted")         \
    X(PIPE, "pipe")                           \
    X(READ_ONLY, "read-only")                 \
    X(INVALID_SEEK, "invalid-seek")           \
    X(TEXT_BUSY, "text-file-busy")            \
    X(CROSS_DEVICE, "cross-device")
enum pn_fs_error {
    PN_FS_OK,
#define PN_FS_ENUM(name, text) PN_FS_##name,
    PN_FS_ERRORS(PN_FS_ENUM)
#undef PN_FS_ENUM
};
const char *pn_fs_error_name(int error); // for 1..37
int pn_fs_errno(int number);             // errno -> enum pn_fs_error

// One opened grant.
struct pn_fs_root {
    int fd;     // O_PATH directory
    char *path; // absolute, without links: what the guest sees as the preopened directory
};
// fs_root.c: the part of struct pn_world.
[[nodiscard]] int pn_fs_roots_open(struct pn_world *w, struct pn_buf *skipped, struct pn_err *err);
void pn_fs_roots_close(struct pn_world *w);

#define PN_FS_PATH_MAX 4096
struct pn_fs_path {
    char text[PN_FS_PATH_MAX]; // relative to the root, no link, no "."; "" = the root itself
    size_t len;
    bool exists; // then `st` is what it is (a link only when links were not to be followed at the end)
    bool slash;  // the guest's path ended in '/': only a directory will do
    struct stat st;
};

// An object of resource type descriptor.
struct pn_fs_node {
    const struct pn_fs_root *root;
    char *path; // relative, as in struct pn_fs_path
    int fd;     // of a regular file; -1 for a directory
    bool directory;
    bool counted;    // in h->open_files
    unsigned access; // PN_ACCESS_ bits it was opened with
};

// --- fs_policy.c: the only place that asks the policy ---
// Is all of `want` (PN_ACCESS_ bits) granted? 0: is anything?
bool pn_fs_allows(const struct pn_world *w, const struct pn_fs_root *root, const char *path, unsigned want);
// Granted in some way, or a directory on the way to something that may be granted.
bool pn_fs_visible(const struct pn_world *w, const struct pn_fs_root *root, const char *path);
// May show up in a listing.
bool pn_fs_listed(const struct pn_world *w, const struct pn_fs_root *root, const char *path);
// May what is at `from` be reached by the name `to`? Writing at both, nothing becomes readable, and for a directory
// all of it is judged alike.
bool pn_fs_movable(const struct pn_world *w, const struct pn_fs_root *root, const char *from, const char *to,
                   bool directory);

// --- fs_path.c ---
// Resolves what the guest names below the directory `at`. The last step need not exist.
int pn_fs_resolve(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, bool follow,
                  struct pn_fs_path *out);
// openat2 of a resolved path; -1 with errno.
int pn_fs_openat(const struct pn_fs_root *root, const char *path, int flags, unsigned mode);
// The directory that holds the last step, and its name (points into path->text). 0 or an error.
int pn_fs_parent(const struct pn_fs_root *root, const struct pn_fs_path *path, int *dir_fd, const char **name);

// --- fs_open.c ---
struct pn_fs_how {
    bool follow, create, directory, exclusive, truncate;
    bool read, write, sync, data_sync;
};
int pn_fs_open(struct pn_host *h, const struct pn_fs_node *at, struct pn_view path, const struct pn_fs_how *how,
               struct pn_fs_node **out, struct pn_err *err);
struct pn_fs_node *pn_fs_node_new(const struct pn_fs_root *root, const char *path); // a directory; NULL = no memory
void pn_fs_node_free(struct pn_host *h, void *node);                                // a pn_host_add destroy
// Counts one more open file, or ends the call at limits.open_files.
[[nodiscard]] int pn_fs_count_file(struct pn_host *h, struct pn_err *err);

// --- fs_file.c: `node` is any descriptor, right or wrong for it ---
struct pn_fs_times {
    struct timespec t[2]; // access, modification, as utimensat takes them
};
int pn_fs_read(struct pn_host *h, const struct pn_fs_node *node, uint64_t len, uint64_t offset, struct pn_view *out,
               bool *end, struct pn_err *err);
int pn_fs_write(struct pn_host *h, const struct pn_fs_node *node, struct pn_view bytes, uint64_t offset, bool append,
                size_t *written, struct pn_err *err);
int pn_fs_set_size(struct pn_host *h, const struct pn_fs_node *node, uint64_t size, struct pn_err *err);
int pn_fs_stat(const struct pn_fs_node *node, struct stat *st);
int pn_fs_sync(const struct pn_fs_node *node, bool data_only);
int pn_fs_advise(const struct pn_fs_node *node, uint64_t offset, uint64_t len, int advice);
int pn_fs_set_times(const struct pn_world *w, const struct pn_fs_node *node, const struct pn_fs_times *times);
// Streams over a file: children of the descriptor's rep.
int pn_fs_read_stream(struct pn_host *h, struct pn_fs_node *node, uint32_t node_rep, uint64_t offset, uint32_t *rep,
                      struct pn_err *err);
int pn_fs_write_stream(struct pn_host *h, struct pn_fs_node *node, uint32_t node_rep, uint64_t offset, bool append,
                       uint32_t *rep, struct pn_err *err);

// --- fs_name.c: operations on names ---
int pn_fs_make_directory(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path);
int pn_fs_remove(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, bool directory);
int pn_fs_symlink(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view target, struct pn_view path);
int pn_fs_readlink(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, struct pn_buf *out);
int pn_fs_stat_at(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, bool follow,
                  struct stat *st);
int pn_fs_set_times_at(const struct pn_world *w, const struct pn_fs_node *at, struct pn_view path, bool follow,
                       const struct pn_fs_times *times);
// --- fs_move.c ---
int pn_fs_rename(struct pn_host *h, const struct pn_fs_node *from_at, struct pn_view from,
                 const struct pn_fs_node *to_at, struct pn_view to, struct pn_err *err);
int pn_fs_link(struct pn_host *h, const struct pn_fs_node *from_at, struct pn_view from, bool follow,
               const struct pn_fs_node *to_at, struct pn_view to, struct pn_err *err);

// --- fs_list.c ---
struct pn_fs_list; // an object of resource type directory-entry-stream
int pn_fs_list_open(struct pn_host *h, const struct pn_fs_node *node, struct pn_fs_list **out, struct pn_err *err);
void pn_fs_list_free(struct pn_host *h, void *list); // a pn_host_add destroy
// The next entry that the policy shows; *entry is NULL at the end. Valid until the next call.
int pn_fs_list_next(struct pn_host *h, struct pn_fs_list *list, const struct dirent **entry, struct pn_err *err);
