// SPDX-License-Identifier: Apache-2.0
#include "wasi/fs_value.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

val pn_fs_val_error(int error) {
    return pn_val_err(pn_val_enum(pn_fs_error_name(error)));
}

static const struct {
    mode_t mode;
    unsigned char entry;
    const char *name;
} types[] = {
    {S_IFREG, DT_REG, "regular-file"}, {S_IFDIR, DT_DIR, "directory"},        {S_IFLNK, DT_LNK, "symbolic-link"},
    {S_IFBLK, DT_BLK, "block-device"}, {S_IFCHR, DT_CHR, "character-device"}, {S_IFIFO, DT_FIFO, "fifo"},
    {S_IFSOCK, DT_SOCK, "socket"},
};

val pn_fs_val_type(mode_t mode) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].mode == (mode & S_IFMT))
            return pn_val_enum(types[i].name);
    return pn_val_enum("unknown");
}

static val entry_type(unsigned char type) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].entry == type)
            return pn_val_enum(types[i].name);
    return pn_val_enum("unknown");
}

// option<datetime>; times before 1970 have no form.
static val time_of(struct timespec t) {
    static const char *const names[] = {"seconds", "nanoseconds"};
    if (t.tv_sec < 0)
        return pn_val_none();
    val fields[] = {pn_val_u64((uint64_t)t.tv_sec), pn_val_u32((uint32_t)t.tv_nsec)};
    return pn_val_some(pn_val_record(2, names, fields));
}

val pn_fs_val_stat(const struct stat *st) {
    static const char *const names[] = {"type",
                                        "link-count",
                                        "size",
                                        "data-access-timestamp",
                                        "data-modification-timestamp",
                                        "status-change-timestamp"};
    val fields[] = {
        pn_fs_val_type(st->st_mode), pn_val_u64(st->st_nlink), pn_val_u64((uint64_t)st->st_size),
        time_of(st->st_atim),        time_of(st->st_mtim),     time_of(st->st_ctim),
    };
    return pn_val_record(6, names, fields);
}

val pn_fs_val_entry(const struct dirent *entry) {
    static const char *const names[] = {"type", "name"};
    val fields[] = {entry_type(entry->d_type), pn_val_string(pn_view_str(entry->d_name))};
    return pn_val_record(2, names, fields);
}

val pn_fs_val_hash(const struct pn_world *w, const struct stat *st) {
    static const char *const names[] = {"lower", "upper"};
    uint64_t file[2] = {st->st_dev, st->st_ino}, half[2];
    struct pn_digest d = pn_mac(&w->hash_key, pn_view(file, sizeof file));
    pn_copy(half, d.b, sizeof half);
    return pn_val_record(2, names, (val[]){pn_val_u64(half[0]), pn_val_u64(half[1])});
}

static int time_arg(const val *arg, struct timespec *out) {
    *out = (struct timespec){.tv_nsec = UTIME_OMIT};
    if (pn_view_is(pn_arg_variant(arg), "now"))
        out->tv_nsec = UTIME_NOW;
    const val *datetime = arg->of.variant.val;
    if (datetime == NULL)
        return 0;
    uint64_t seconds = datetime->of.record.data[0].val.of.u64;
    uint32_t nanoseconds = datetime->of.record.data[1].val.of.u32;
    if (seconds > INT64_MAX || nanoseconds >= PN_SEC)
        return PN_FS_INVALID;
    *out = (struct timespec){(time_t)seconds, (long)nanoseconds};
    return 0;
}

int pn_fs_arg_times(const val args[2], struct pn_fs_times *out) {
    int error = time_arg(&args[0], &out->t[0]);
    return error != 0 ? error : time_arg(&args[1], &out->t[1]);
}
