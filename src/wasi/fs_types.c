// SPDX-License-Identifier: Apache-2.0
// wasi:filesystem for the engine: values in, values out; the work is done in the other fs_ files.
#include "base/cleanup.h"
#include "wasi/fs.h"
#include "wasi/fs_value.h"
#include "wasi/link.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

static struct pn_fs_node *node_of(struct pn_host *h, const val *arg, uint32_t *rep, struct pn_err *err) {
    return pn_arg_resource(h, arg, PN_RES_DESCRIPTOR, rep, err);
}

// result<_, error-code>
static int answer(int error, val *results) {
    if (error < 0)
        return -1;
    results[0] = error == 0 ? pn_val_ok_unit() : pn_fs_val_error(error);
    return 0;
}

// result<own, error-code>
static int answer_own(struct pn_host *h, int error, enum pn_resource type, uint32_t rep, val *results) {
    if (error != 0)
        return answer(error, results);
    results[0] = pn_val_ok(pn_val_own(h, type, rep));
    return 0;
}

static int read_via_stream(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t at = 0, rep = 0;
    struct pn_fs_node *node = node_of(h, &args[0], &at, err);
    if (node == NULL)
        return -1;
    int error = pn_fs_read_stream(h, node, at, args[1].of.u64, &rep, err);
    return answer_own(h, error, PN_RES_INPUT_STREAM, rep, results);
}

static int write_stream(struct pn_host *h, const val *args, uint64_t offset, bool append, val *results,
                        struct pn_err *err) {
    uint32_t at = 0, rep = 0;
    struct pn_fs_node *node = node_of(h, &args[0], &at, err);
    if (node == NULL)
        return -1;
    int error = pn_fs_write_stream(h, node, at, offset, append, &rep, err);
    return answer_own(h, error, PN_RES_OUTPUT_STREAM, rep, results);
}

static int write_via_stream(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return write_stream(h, args, args[1].of.u64, false, results, err);
}

static int append_via_stream(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return write_stream(h, args, 0, true, results, err);
}

static int advise(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    static const char *const names[] = {"normal", "sequential", "random", "will-need", "dont-need", "no-reuse", NULL};
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    if (node == NULL)
        return -1;
    int advice = pn_name_index(pn_arg_enum(&args[3]), names);
    return answer(pn_fs_advise(node, args[1].of.u64, args[2].of.u64, advice), results);
}

static int sync_data(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    return node == NULL ? -1 : answer(pn_fs_sync(node, true), results);
}

static int sync_all(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    return node == NULL ? -1 : answer(pn_fs_sync(node, false), results);
}

static int get_flags(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    if (node == NULL)
        return -1;
    const char *names[3];
    size_t count = 0;
    if ((node->access & PN_ACCESS_READ) != 0)
        names[count++] = "read";
    if ((node->access & PN_ACCESS_WRITE) != 0)
        names[count++] = "write";
    if (node->directory)
        names[count++] = "mutate-directory"; // each change is judged by its own path
    results[0] = pn_val_ok(pn_val_flags(count, names));
    return 0;
}

static int get_type(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    if (node == NULL)
        return -1;
    struct stat st = {.st_mode = S_IFDIR};
    int error = node->directory ? 0 : pn_fs_stat(node, &st);
    results[0] = error == 0 ? pn_val_ok(pn_fs_val_type(st.st_mode)) : pn_fs_val_error(error);
    return 0;
}

static int set_size(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    return node == NULL ? -1 : answer(pn_fs_set_size(h, node, args[1].of.u64, err), results);
}

static int set_times(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    if (node == NULL)
        return -1;
    struct pn_fs_times times;
    int error = pn_fs_arg_times(&args[1], &times);
    return answer(error == 0 ? pn_fs_set_times(h->world, node, &times) : error, results);
}

static int read_directory(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    if (node == NULL)
        return -1;
    struct pn_fs_list *list = NULL;
    uint32_t rep = 0;
    int error = pn_fs_list_open(h, node, &list, err);
    if (error == 0)
        error = pn_host_add(h, PN_RES_DIRECTORY_STREAM, list, pn_fs_list_free, 0, &rep, err);
    return answer_own(h, error, PN_RES_DIRECTORY_STREAM, rep, results);
}

static int read_entry(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    struct pn_fs_list *list = pn_arg_resource(h, &args[0], PN_RES_DIRECTORY_STREAM, NULL, err);
    if (list == NULL)
        return -1;
    const struct dirent *entry = NULL;
    int error = pn_fs_list_next(h, list, &entry, err);
    if (error != 0)
        return answer(error, results);
    results[0] = pn_val_ok(entry == NULL ? pn_val_none() : pn_val_some(pn_fs_val_entry(entry)));
    return 0;
}

static int create_directory(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    return node == NULL ? -1 : answer(pn_fs_make_directory(h->world, node, pn_arg_string(&args[1])), results);
}

static int remove_directory(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    return node == NULL ? -1 : answer(pn_fs_remove(h->world, node, pn_arg_string(&args[1]), true), results);
}

static int unlink_file(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    return node == NULL ? -1 : answer(pn_fs_remove(h->world, node, pn_arg_string(&args[1]), false), results);
}

static int answer_stat(int error, const struct stat *st, val *results) {
    if (error != 0)
        return answer(error, results);
    results[0] = pn_val_ok(pn_fs_val_stat(st));
    return 0;
}

static int stat_self(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    struct stat st;
    return node == NULL ? -1 : answer_stat(pn_fs_stat(node, &st), &st, results);
}

static bool follow_flag(const val *arg) {
    return pn_arg_flag(arg, "symlink-follow");
}

static int stat_at(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    if (node == NULL)
        return -1;
    struct stat st;
    int error = pn_fs_stat_at(h->world, node, pn_arg_string(&args[2]), follow_flag(&args[1]), &st);
    return answer_stat(error, &st, results);
}

static int set_times_at(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    if (node == NULL)
        return -1;
    struct pn_fs_times times;
    int error = pn_fs_arg_times(&args[3], &times);
    if (error == 0)
        error = pn_fs_set_times_at(h->world, node, pn_arg_string(&args[2]), follow_flag(&args[1]), &times);
    return answer(error, results);
}

static int link_at(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *from = node_of(h, &args[0], NULL, err), *to = node_of(h, &args[3], NULL, err);
    if (from == NULL || to == NULL)
        return -1;
    return answer(pn_fs_link(h, from, pn_arg_string(&args[2]), follow_flag(&args[1]), to, pn_arg_string(&args[4]), err),
                  results);
}

static int rename_at(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *from = node_of(h, &args[0], NULL, err), *to = node_of(h, &args[2], NULL, err);
    if (from == NULL || to == NULL)
        return -1;
    return answer(pn_fs_rename(h, from, pn_arg_string(&args[1]), to, pn_arg_string(&args[3]), err), results);
}

static int symlink_at(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    if (node == NULL)
        return -1;
    return answer(pn_fs_symlink(h->world, node, pn_arg_string(&args[1]), pn_arg_string(&args[2])), results);
}

static int readlink_at(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    if (node == NULL)
        return -1;
    pn_auto(pn_buf) struct pn_buf text = {0};
    int error = pn_fs_readlink(h->world, node, pn_arg_string(&args[1]), &text);
    if (error != 0)
        return answer(error, results);
    results[0] = pn_val_ok(pn_val_string(pn_buf_view(&text)));
    return 0;
}

static struct pn_fs_how how_of(const val *path_flags, const val *open_flags, const val *flags) {
    return (struct pn_fs_how){
        .follow = follow_flag(path_flags),
        .create = pn_arg_flag(open_flags, "create"),
        .directory = pn_arg_flag(open_flags, "directory"),
        .exclusive = pn_arg_flag(open_flags, "exclusive"),
        .truncate = pn_arg_flag(open_flags, "truncate"),
        .read = pn_arg_flag(flags, "read"),
        .write = pn_arg_flag(flags, "write"),
        .sync = pn_arg_flag(flags, "file-integrity-sync"),
        .data_sync = pn_arg_flag(flags, "data-integrity-sync"),
    };
}

static int open_at(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *at = node_of(h, &args[0], NULL, err);
    if (at == NULL)
        return -1;
    struct pn_fs_how how = how_of(&args[1], &args[3], &args[4]);
    struct pn_fs_node *node = NULL;
    uint32_t rep = 0;
    int error = pn_fs_open(h, at, pn_arg_string(&args[2]), &how, &node, err);
    if (error == 0)
        error = pn_host_add(h, PN_RES_DESCRIPTOR, node, pn_fs_node_free, 0, &rep, err);
    return answer_own(h, error, PN_RES_DESCRIPTOR, rep, results);
}

static int is_same(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *a = node_of(h, &args[0], NULL, err), *b = node_of(h, &args[1], NULL, err);
    if (a == NULL || b == NULL)
        return -1;
    struct stat x, y;
    bool same = pn_fs_stat(a, &x) == 0 && pn_fs_stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    results[0] = pn_val_bool(same);
    return 0;
}

static int answer_hash(struct pn_host *h, int error, const struct stat *st, val *results) {
    if (error != 0)
        return answer(error, results);
    results[0] = pn_val_ok(pn_fs_val_hash(h->world, st));
    return 0;
}

static int metadata_hash(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    struct stat st;
    return node == NULL ? -1 : answer_hash(h, pn_fs_stat(node, &st), &st, results);
}

static int metadata_hash_at(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fs_node *node = node_of(h, &args[0], NULL, err);
    if (node == NULL)
        return -1;
    struct stat st;
    int error = pn_fs_stat_at(h->world, node, pn_arg_string(&args[2]), follow_flag(&args[1]), &st);
    return answer_hash(h, error, &st, results);
}

static int error_code(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_fault *f = pn_arg_resource(h, &args[0], PN_RES_ERROR, NULL, err);
    if (f == NULL)
        return -1;
    results[0] =
        f->kind != PN_FAULT_FILE ? pn_val_none() : pn_val_some(pn_val_enum(pn_fs_error_name((int)f->code + 1)));
    return 0;
}

static int preopen(struct pn_host *h, const struct pn_fs_root *root, val *result, struct pn_err *err) {
    struct pn_fs_node *node = pn_fs_node_new(root, "");
    if (node == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    uint32_t rep = 0;
    if (pn_host_add(h, PN_RES_DESCRIPTOR, node, pn_fs_node_free, 0, &rep, err) < 0)
        return -1;
    *result = pn_val_tuple2(pn_val_own(h, PN_RES_DESCRIPTOR, rep), pn_val_string(pn_view_str(root->path)));
    return 0;
}

static int get_directories(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    results[0] = pn_val_list(h->world->roots_len);
    for (size_t i = 0; i < h->world->roots_len; i++)
        if (preopen(h, &h->world->roots[i], &results[0].of.list.data[i], err) < 0)
            return -1;
    return 0;
}

#define TIME "<__{84}>" // new-timestamp
#define STAT "{e88?{84}?{84}?{84}}"

static const struct pn_wasi_resource types_resources[] = {
    {"descriptor", PN_RES_DESCRIPTOR},
    {"directory-entry-stream", PN_RES_DIRECTORY_STREAM},
    {0},
};
static const struct pn_wasi_func types_funcs[] = {
    {"[method]descriptor.read-via-stream", "h8>Rhe", read_via_stream},
    {"[method]descriptor.write-via-stream", "h8>Rhe", write_via_stream},
    {"[method]descriptor.append-via-stream", "h>Rhe", append_via_stream},
    {"[method]descriptor.advise", "h88e>R_e", advise},
    {"[method]descriptor.sync-data", "h>R_e", sync_data},
    {"[method]descriptor.get-flags", "h>Rfe", get_flags},
    {"[method]descriptor.get-type", "h>Ree", get_type},
    {"[method]descriptor.set-size", "h8>R_e", set_size},
    {"[method]descriptor.set-times", "h" TIME TIME ">R_e", set_times},
    {"[method]descriptor.read", "h88>R([1b)e", NULL, PN_LANE_FILE_READ},
    {"[method]descriptor.write", "h[18>R8e", NULL, PN_LANE_FILE_WRITE},
    {"[method]descriptor.read-directory", "h>Rhe", read_directory},
    {"[method]descriptor.sync", "h>R_e", sync_all},
    {"[method]descriptor.create-directory-at", "hs>R_e", create_directory},
    {"[method]descriptor.stat", "h>R" STAT "e", stat_self},
    {"[method]descriptor.stat-at", "hfs>R" STAT "e", stat_at},
    {"[method]descriptor.set-times-at", "hfs" TIME TIME ">R_e", set_times_at},
    {"[method]descriptor.link-at", "hfshs>R_e", link_at},
    {"[method]descriptor.open-at", "hfsff>Rhe", open_at},
    {"[method]descriptor.readlink-at", "hs>Rse", readlink_at},
    {"[method]descriptor.remove-directory-at", "hs>R_e", remove_directory},
    {"[method]descriptor.rename-at", "hshs>R_e", rename_at},
    {"[method]descriptor.symlink-at", "hss>R_e", symlink_at},
    {"[method]descriptor.unlink-file-at", "hs>R_e", unlink_file},
    {"[method]descriptor.is-same-object", "hh>b", is_same},
    {"[method]descriptor.metadata-hash", "h>R{88}e", metadata_hash},
    {"[method]descriptor.metadata-hash-at", "hfs>R{88}e", metadata_hash_at},
    {"[method]directory-entry-stream.read-directory-entry", "h>R?{es}e", read_entry},
    {"filesystem-error-code", "h>?e", error_code},
    {0},
};
static const struct pn_wasi_func preopens_funcs[] = {{"get-directories", ">[(hs)", get_directories}, {0}};

const struct pn_wasi_interface pn_wasi_fs_types = {"wasi:filesystem/types", .resources = types_resources,
                                                   .funcs = types_funcs};
const struct pn_wasi_interface pn_wasi_fs_preopens = {"wasi:filesystem/preopens", .funcs = preopens_funcs};
