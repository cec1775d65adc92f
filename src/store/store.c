// SPDX-License-Identifier: Apache-2.0
// Opening, closing, the frame of a change, and how others learn of it.
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "store/internal.h"
#include "store/private.h"

void pn_store_close(struct pn_store *s) {
    if (s == NULL)
        return;
    (void)sqlite3_close(s->db);
    pn_fd_close(&s->lock_fd);
    pn_fd_close(&s->blobs_fd);
    pn_fd_close(&s->data_fd);
    pn_wipe(&s->key, sizeof s->key);
    free(s->path);
    free(s);
}

static int open_folders(struct pn_store *s, const char *data, struct pn_err *err) {
    s->data_fd = pn_private_dir(data, err);
    if (s->data_fd < 0)
        return -1;
    s->path = realpath(data, NULL);
    pn_auto(pn_free) char *blobs = NULL;
    if (s->path == NULL || asprintf(&blobs, "%s/blobs", s->path) < 0)
        return pn_fail_errno(err, "%s", data);
    s->blobs_fd = pn_private_dir(blobs, err);
    if (s->blobs_fd < 0)
        return -1;
    s->lock_fd = openat(s->data_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return s->lock_fd < 0 ? pn_fail_errno(err, "%s/lock", s->path) : 0;
}

// SQLite closes every lock of a process on a file when any descriptor of it is closed: looked at by name, never opened
// here.
static int check_files(const struct pn_store *s, bool *is_new, struct pn_err *err) {
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm", "lock"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pn_private_file(s->data_fd, s->path, names[i], S_IWGRP | S_IWOTH, err) < 0)
            return -1;
    struct stat st;
    *is_new = fstatat(s->data_fd, "store.db", &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_size == 0;
    return 0;
}

// An empty file with the right mode first: SQLite gives its own files the mode of the database.
static int make_database(struct pn_store *s, const char *path, struct pn_err *err) {
    if (pn_private_lock(s->lock_fd, LOCK_EX, PN_STORE_WAIT_MS, s->path, err) != 0)
        return -1;
    pn_auto(pn_fd) int fd = openat(s->data_fd, "store.db", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno != EEXIST)
        return pn_fail_errno(err, "%s", path);
    pn_fd_close(&fd);
    return pn_db_open(path, &s->db, err) != 0 ? -1 : pn_db_make_tables(s->db, err);
}

static int open_database(struct pn_store *s, struct pn_err *err) {
    bool is_new;
    pn_auto(pn_free) char *path = NULL;
    if (check_files(s, &is_new, err) != 0)
        return -1;
    if (asprintf(&path, "%s/store.db", s->path) < 0)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    int rc = is_new ? make_database(s, path, err) : pn_db_open(path, &s->db, err);
    if (rc == 0)
        rc = pn_db_make_tables(s->db, err);
    (void)flock(s->lock_fd, LOCK_UN);
    return rc;
}

static void wake_watchers(struct pn_store *s, uint64_t generation) {
    uint8_t bytes[8];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(generation >> (8 * i));
    // Watchers look by themselves every few seconds too.
    (void)!pwrite(s->lock_fd, bytes, sizeof bytes, 0);
}

// Somebody who is changing the store right now sweeps another time.
static void sweep(struct pn_store *s) {
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return;
    pn_auto(pn_rows) struct pn_rows rows = {0};
    if (pn_store_begin_read(s, &rows, NULL) == 0)
        pn_blob_sweep(s, &rows);
    pn_store_end(s);
}

int pn_store_open(const struct pn_store_dirs *dirs, struct pn_store **out, struct pn_err *err) {
    struct pn_store *s = malloc(sizeof *s);
    if (s == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    *s = (struct pn_store){.data_fd = -1, .blobs_fd = -1, .lock_fd = -1};
    if (open_folders(s, dirs->data, err) != 0 || pn_private_key(dirs->state, &s->key, err) != 0 ||
        open_database(s, err) != 0) {
        pn_store_close(s);
        return -1;
    }
    sweep(s);
    *out = s;
    return 0;
}

int pn_store_begin_read(struct pn_store *s, struct pn_rows *rows, struct pn_err *err) {
    if (pn_db_exec(s->db, "BEGIN", err) != 0)
        return -1;
    if (pn_rows_read(s, rows, err) == 0)
        return 0;
    pn_store_end(s);
    return -1;
}

int pn_store_begin_change(struct pn_store *s, struct pn_rows *rows, struct pn_err *err) {
    if (pn_private_lock(s->lock_fd, LOCK_EX, PN_STORE_WAIT_MS, s->path, err) != 0)
        return -1;
    if (pn_db_exec(s->db, "BEGIN IMMEDIATE", err) == 0 && pn_rows_read(s, rows, err) == 0) {
        s->generation = rows->generation;
        return 0;
    }
    pn_store_end(s);
    return -1;
}

int pn_store_commit(struct pn_store *s, struct pn_err *err) {
    if (pn_rows_seal(s, s->generation + 1, err) != 0 || pn_db_exec(s->db, "COMMIT", err) != 0)
        return -1;
    wake_watchers(s, s->generation + 1);
    return 0;
}

void pn_store_end(struct pn_store *s) {
    if (sqlite3_get_autocommit(s->db) == 0)
        (void)pn_db_exec(s->db, "ROLLBACK", NULL);
    (void)flock(s->lock_fd, LOCK_UN);
}

int pn_store_generation(struct pn_store *s, uint64_t *out, struct pn_err *err) {
    pn_auto(pn_stmt) struct pn_stmt q = {0};
    if (pn_stmt_open(s->db, "SELECT generation FROM meta WHERE one = 1", &q, err) != 0)
        return -1;
    int there = pn_stmt_step(&q, err);
    if (there < 0)
        return -1;
    *out = there == 1 ? pn_col_u64(&q, 0) : 0;
    return 0;
}

int pn_store_watch_fd(struct pn_store *s, struct pn_err *err) {
    pn_auto(pn_fd) int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0)
        return pn_fail_errno(err, "inotify");
    pn_auto(pn_free) char *path = NULL;
    if (asprintf(&path, "%s/lock", s->path) < 0)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (inotify_add_watch(fd, path, IN_MODIFY | IN_DONT_FOLLOW) < 0)
        return pn_fail_errno(err, "%s: watch", path);
    return pn_steal_fd(&fd);
}

void pn_store_watch_drain(int fd) {
    _Alignas(struct inotify_event) char events[4096];
    while (read(fd, events, sizeof events) > 0)
        continue;
}
