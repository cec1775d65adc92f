// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "wasi/fs.h"
#include "wasi/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>

// May bytes of this descriptor be moved in this direction?
static int judge(const struct pn_fs_node *node, unsigned access) {
    if (node->directory)
        return PN_FS_IS_DIRECTORY;
    return (node->access & access) == access ? 0 : PN_FS_BAD_DESCRIPTOR;
}

int pn_fs_read(struct pn_host *h, const struct pn_fs_node *node, uint64_t len, uint64_t offset, struct pn_view *out,
               bool *end, struct pn_err *err) {
    *out = (struct pn_view){0};
    int error = judge(node, PN_ACCESS_READ);
    if (error != 0 || len == 0)
        return error;
    if (offset > INT64_MAX)
        return PN_FS_INVALID;
    size_t most = len < PN_IO_CHUNK ? (size_t)len : PN_IO_CHUNK;
    pn_buf_reset(&h->scratch);
    uint8_t *room = pn_buf_room(&h->scratch, most);
    if (room == NULL)
        return PN_FS_NO_MEMORY;
    ssize_t got = pread(node->fd, room, most, (off_t)offset);
    if (got < 0)
        return pn_fs_errno(errno);
    *out = pn_view(room, (size_t)got);
    *end = (size_t)got < most;
    return 0;
}

// Takes `len` from what the call may still write.
static int spend(struct pn_host *h, uint64_t len, struct pn_err *err) {
    uint64_t limit = h->world->policy->limits.write_bytes;
    if (h->bytes_written > limit || len > limit - h->bytes_written)
        return pn_host_breach(h, "write", err);
    h->bytes_written += len;
    return 0;
}

// A write behind the end leaves a hole, which counts as if the zeroes had been written.
static int spend_hole(struct pn_host *h, const struct pn_fs_node *node, uint64_t offset, struct pn_err *err) {
    struct stat st;
    if (fstat(node->fd, &st) < 0)
        return pn_fs_errno(errno);
    return offset > (uint64_t)st.st_size ? spend(h, offset - (uint64_t)st.st_size, err) : 0;
}

int pn_fs_write(struct pn_host *h, const struct pn_fs_node *node, struct pn_view bytes, uint64_t offset, bool append,
                size_t *written, struct pn_err *err) {
    *written = 0;
    int error = judge(node, PN_ACCESS_WRITE);
    if (error != 0)
        return error;
    if (offset > INT64_MAX)
        return PN_FS_INVALID;
    error = append || offset == 0 ? 0 : spend_hole(h, node, offset, err);
    if (error != 0)
        return error;
    if (spend(h, bytes.len, err) < 0)
        return -1;
    while (*written < bytes.len) {
        struct iovec part = {(void *)(uintptr_t)(bytes.ptr + *written), bytes.len - *written};
        ssize_t put = pwritev2(node->fd, &part, 1, append ? 0 : (off_t)(offset + *written), append ? RWF_APPEND : 0);
        if (put < 0)
            return pn_fs_errno(errno);
        *written += (size_t)put;
    }
    return 0;
}

int pn_fs_set_size(struct pn_host *h, const struct pn_fs_node *node, uint64_t size, struct pn_err *err) {
    struct stat st;
    int error = judge(node, PN_ACCESS_WRITE);
    if (error != 0)
        return error;
    if (size > INT64_MAX)
        return PN_FS_INVALID;
    if (fstat(node->fd, &st) < 0)
        return pn_fs_errno(errno);
    // A file that grows counts as if the zeroes had been written.
    if (size > (uint64_t)st.st_size && spend(h, size - (uint64_t)st.st_size, err) < 0)
        return -1;
    return ftruncate(node->fd, (off_t)size) < 0 ? pn_fs_errno(errno) : 0;
}

int pn_fs_stat(const struct pn_fs_node *node, struct stat *st) {
    if (!node->directory)
        return fstat(node->fd, st) < 0 ? pn_fs_errno(errno) : 0;
    pn_auto(pn_fd) int fd = pn_fs_openat(node->root, node->path, O_PATH | O_DIRECTORY, 0);
    return fd < 0 || fstat(fd, st) < 0 ? pn_fs_errno(errno) : 0;
}

int pn_fs_sync(const struct pn_fs_node *node, bool data_only) {
    if (node->directory)
        return 0; // nothing of ours is held back
    if (node->access == 0)
        return PN_FS_BAD_DESCRIPTOR;
    int rc = data_only ? fdatasync(node->fd) : fsync(node->fd);
    return rc < 0 ? pn_fs_errno(errno) : 0;
}

int pn_fs_advise(const struct pn_fs_node *node, uint64_t offset, uint64_t len, int advice) {
    static const int advices[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                  POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
    if (node->directory || node->access == 0)
        return PN_FS_BAD_DESCRIPTOR;
    if (offset > INT64_MAX || len > INT64_MAX || advice < 0 || (size_t)advice >= sizeof advices / sizeof *advices)
        return PN_FS_INVALID;
    int number = posix_fadvise(node->fd, (off_t)offset, (off_t)len, advices[advice]);
    return number == 0 ? 0 : pn_fs_errno(number);
}

int pn_fs_set_times(const struct pn_world *w, const struct pn_fs_node *node, const struct pn_fs_times *times) {
    if (node->directory)
        return pn_fs_set_times_at(w, node, PN_VIEW("."), false, times);
    int error = judge(node, PN_ACCESS_WRITE);
    if (error != 0)
        return error;
    return futimens(node->fd, times->t) < 0 ? pn_fs_errno(errno) : 0;
}

// --- streams ---
struct file_input {
    struct pn_input base;
    const struct pn_fs_node *node;
    uint64_t offset;
};
struct file_output {
    struct pn_output base;
    const struct pn_fs_node *node;
    uint64_t offset;
    bool append;
};

static enum pn_io failed(struct pn_host *h, int error) {
    if (error < 0)
        return PN_IO_TRAP;
    return pn_io_fail(h, PN_FAULT_FILE, (unsigned)error - 1, "%s", pn_fs_error_name(error));
}

static enum pn_io input_read(struct pn_host *h, struct pn_input *in, size_t most, struct pn_view *out,
                             struct pn_err *err) {
    struct file_input *f = (struct file_input *)in;
    bool end = false;
    int error = pn_fs_read(h, f->node, most, f->offset, out, &end, err);
    if (error != 0)
        return failed(h, error);
    f->offset += out->len;
    return out->len == 0 ? PN_IO_CLOSED : PN_IO_OK;
}

static void input_close(struct pn_host *h, struct pn_input *in) {
    free(in);
}

static enum pn_io output_room(struct pn_host *h, struct pn_output *out, size_t *room, struct pn_err *err) {
    *room = PN_IO_CHUNK;
    return PN_IO_OK;
}

static enum pn_io output_write(struct pn_host *h, struct pn_output *out, struct pn_view bytes, struct pn_err *err) {
    struct file_output *f = (struct file_output *)out;
    size_t written = 0;
    int error = pn_fs_write(h, f->node, bytes, f->offset, f->append, &written, err);
    f->offset += written;
    return error == 0 ? PN_IO_OK : failed(h, error);
}

static enum pn_io output_flush(struct pn_host *h, struct pn_output *out, struct pn_err *err) {
    return PN_IO_OK; // the kernel has it all
}

static void output_close(struct pn_host *h, struct pn_output *out) {
    free(out);
}

static const struct pn_input_ops input_ops = {input_read, pn_io_always_ready, input_close};
static const struct pn_output_ops output_ops = {output_room, output_write, output_flush, pn_io_always_ready,
                                                output_close};

int pn_fs_read_stream(struct pn_host *h, struct pn_fs_node *node, uint32_t node_rep, uint64_t offset, uint32_t *rep,
                      struct pn_err *err) {
    int error = judge(node, PN_ACCESS_READ);
    if (error != 0)
        return error;
    struct file_input *in = malloc(sizeof *in);
    if (in == NULL)
        return PN_FS_NO_MEMORY;
    *in = (struct file_input){{&input_ops}, node, offset};
    return pn_io_add_input(h, &in->base, node_rep, rep, err);
}

int pn_fs_write_stream(struct pn_host *h, struct pn_fs_node *node, uint32_t node_rep, uint64_t offset, bool append,
                       uint32_t *rep, struct pn_err *err) {
    int error = judge(node, PN_ACCESS_WRITE);
    if (error != 0)
        return error;
    struct file_output *out = malloc(sizeof *out);
    if (out == NULL)
        return PN_FS_NO_MEMORY;
    *out = (struct file_output){{&output_ops}, node, offset, append};
    return pn_io_add_output(h, &out->base, node_rep, rep, err);
}
