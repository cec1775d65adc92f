// SPDX-License-Identifier: Apache-2.0
// Guest `files`: what an ordinary C program does with files, clocks, its environment and its standard streams.
// Built with wasi-libc and the preview1 adapter.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>
#include <wasi/libc-environ.h>

#include "file_tools.h"

#define FILES(name) exports_test_guests_files_##name
#define SYSTEM(name) exports_test_guests_system_##name
#define string_t file_tools_string_t
#define strings_t file_tools_list_string_t
#define bytes_t file_tools_list_u8_t

enum { STEP = 65536 };

static void *must(void *memory) {
    if (!memory)
        abort();
    return memory;
}

static void copy(string_t *out, const void *bytes, size_t size) {
    out->ptr = must(malloc(size + 1));
    out->len = size;
    memcpy(out->ptr, bytes, size);
}

// A C string of an argument; the argument is freed. Text after a NUL is cut, as a C program would.
static char *take(string_t *text) {
    char *out = must(malloc(text->len + 1));
    memcpy(out, text->ptr, text->len);
    out[text->len] = 0;
    file_tools_string_free(text);
    return out;
}

// The verdict of a system call: frees the path and fills the error from errno.
static bool finish(char *path, bool good, string_t *err) {
    int code = errno;
    if (!good)
        copy(err, strerror(code), strlen(strerror(code)));
    free(path);
    return good;
}

// Reads at most `limit` bytes, into memory of the file's size when that is known; false with errno on failure.
static bool slurp(int fd, size_t limit, bytes_t *out) {
    struct stat facts = {0};
    fstat(fd, &facts);
    size_t room = facts.st_size > 0 && facts.st_size < INT32_MAX ? (size_t)facts.st_size + 1 : STEP;
    room = room < limit ? room : limit;
    *out = (bytes_t){must(malloc(room + 1)), 0};
    for (ssize_t got = 1; got > 0 && out->len < limit;) {
        if (out->len == room) {
            room = room < limit / 2 ? room * 2 : limit;
            out->ptr = must(realloc(out->ptr, room + 1));
        }
        got = read(fd, out->ptr + out->len, room - out->len);
        if (got < 0)
            return false;
        out->len += (size_t)got;
    }
    return true;
}

static bool spew(int fd, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);
        if (put <= 0)
            return false;
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

// A result must be UTF-8, a file need not be: what is outside ASCII and not well formed becomes '?'.
static void make_utf8(bytes_t *text) {
    for (size_t n = 0; n < text->len;) {
        uint8_t first = text->ptr[n];
        size_t more = first < 0x80                    ? 0
                      : first >= 0xC2 && first < 0xE0 ? 1
                      : first >= 0xE0 && first < 0xF0 ? 2
                      : first >= 0xF0 && first < 0xF5 ? 3
                                                      : 9;
        size_t good = 0;
        while (more < 9 && good < more && n + good + 1 < text->len && (text->ptr[n + good + 1] & 0xC0) == 0x80)
            good++;
        uint8_t second = good > 0 ? text->ptr[n + 1] : 0;
        bool odd = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                   (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
        if (good != more || odd)
            text->ptr[n++] = '?';
        else
            n += more + 1;
    }
}

bool FILES(read_file)(string_t *path, string_t *ret, string_t *err) {
    char *name = take(path);
    bytes_t bytes = {0};
    int fd = open(name, O_RDONLY);
    bool good = fd >= 0 && slurp(fd, SIZE_MAX, &bytes);
    if (good) {
        make_utf8(&bytes);
        *ret = (string_t){bytes.ptr, bytes.len};
    }
    good = finish(name, good, err);
    if (fd >= 0)
        close(fd);
    return good;
}

static bool put(string_t *path, string_t *text, int mode, uint32_t *ret, string_t *err) {
    char *name = take(path);
    *ret = (uint32_t)text->len;
    int fd = open(name, O_WRONLY | O_CREAT | mode, 0666);
    bool good = finish(name, fd >= 0 && spew(fd, text->ptr, text->len), err);
    if (fd >= 0)
        close(fd);
    file_tools_string_free(text);
    return good;
}

bool FILES(write_file)(string_t *path, string_t *text, uint32_t *ret, string_t *err) {
    return put(path, text, O_TRUNC, ret, err);
}

bool SYSTEM(append_file)(string_t *path, string_t *text, uint32_t *ret, string_t *err) {
    return put(path, text, O_APPEND, ret, err);
}

static int by_name(const void *a, const void *b) {
    const string_t *left = a, *right = b;
    size_t both = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->ptr, right->ptr, both);
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

static void add(strings_t *list, const char *text) {
    list->ptr = must(realloc(list->ptr, (list->len + 1) * sizeof *list->ptr));
    copy(&list->ptr[list->len++], text, strlen(text));
}

bool FILES(list_dir)(string_t *path, strings_t *ret, string_t *err) {
    char *name = take(path);
    *ret = (strings_t){0};
    DIR *dir = opendir(name);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            add(ret, entry->d_name);
    if (ret->len > 1)
        qsort(ret->ptr, ret->len, sizeof *ret->ptr, by_name);
    bool good = finish(name, dir != NULL, err);
    if (dir)
        closedir(dir);
    return good;
}

bool FILES(get_env)(string_t *name, string_t *ret) {
    char *key = take(name);
    const char *value = getenv(key);
    if (value)
        copy(ret, value, strlen(value));
    free(key);
    return value != NULL;
}

static SYSTEM(kind_t) kind_of(mode_t mode) {
    if (S_ISREG(mode))
        return EXPORTS_TEST_GUESTS_SYSTEM_KIND_FILE;
    if (S_ISDIR(mode))
        return EXPORTS_TEST_GUESTS_SYSTEM_KIND_DIRECTORY;
    return S_ISLNK(mode) ? EXPORTS_TEST_GUESTS_SYSTEM_KIND_LINK : EXPORTS_TEST_GUESTS_SYSTEM_KIND_OTHER;
}

bool SYSTEM(stat)(string_t *path, SYSTEM(info_t) * ret, string_t *err) {
    char *name = take(path);
    struct stat facts = {0};
    bool good = lstat(name, &facts) == 0;
    *ret = (SYSTEM(info_t)){kind_of(facts.st_mode), (uint64_t)facts.st_size, facts.st_mtim.tv_sec};
    return finish(name, good, err);
}

bool SYSTEM(read_bytes)(string_t *path, uint64_t offset, uint32_t length, bytes_t *ret, string_t *err) {
    char *name = take(path);
    int fd = open(name, O_RDONLY);
    bool good = finish(name, fd >= 0 && lseek(fd, (off_t)offset, SEEK_SET) >= 0 && slurp(fd, length, ret), err);
    if (fd >= 0)
        close(fd);
    return good;
}

bool SYSTEM(make_dir)(string_t *path, string_t *err) {
    char *name = take(path);
    return finish(name, mkdir(name, 0777) == 0, err);
}

bool SYSTEM(remove_file)(string_t *path, string_t *err) {
    char *name = take(path);
    return finish(name, unlink(name) == 0, err);
}

bool SYSTEM(remove_dir)(string_t *path, string_t *err) {
    char *name = take(path);
    return finish(name, rmdir(name) == 0, err);
}

bool SYSTEM(rename)(string_t *old, string_t *new, string_t *err) {
    char *from = take(old), *to = take(new);
    bool good = finish(from, rename(from, to) == 0, err);
    free(to);
    return good;
}

bool SYSTEM(make_link)(string_t *target, string_t *path, string_t *err) {
    char *to = take(target), *name = take(path);
    bool good = finish(name, symlink(to, name) == 0, err);
    free(to);
    return good;
}

bool SYSTEM(read_link)(string_t *path, string_t *ret, string_t *err) {
    char *name = take(path);
    char target[4096];
    ssize_t size = readlink(name, target, sizeof target);
    if (size >= 0)
        copy(ret, target, (size_t)size);
    return finish(name, size >= 0, err);
}

bool SYSTEM(set_size)(string_t *path, uint64_t size, string_t *err) {
    char *name = take(path);
    int fd = open(name, O_WRONLY);
    bool good = finish(name, fd >= 0 && ftruncate(fd, (off_t)size) == 0, err);
    if (fd >= 0)
        close(fd);
    return good;
}

// The descriptors stay open: the call ends with them.
uint32_t SYSTEM(open_many)(string_t *path, uint32_t limit) {
    char *name = take(path);
    uint32_t count = 0;
    while (count < limit && open(name, O_RDONLY) >= 0)
        count++;
    free(name);
    return count;
}

uint64_t SYSTEM(fill)(string_t *path, uint32_t megabytes) {
    static uint8_t block[STEP];
    char *name = take(path);
    uint64_t done = 0, total = (uint64_t)megabytes << 20;
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    for (ssize_t put = 1; fd >= 0 && done < total && put > 0;) {
        put = write(fd, block, sizeof block);
        done += put > 0 ? (uint64_t)put : 0;
    }
    if (fd >= 0)
        close(fd);
    free(name);
    return done;
}

bool SYSTEM(digest)(string_t *path, file_tools_tuple2_u64_u64_t *ret, string_t *err) {
    static uint8_t block[STEP];
    char *name = take(path);
    ssize_t got = -1;
    int fd = open(name, O_RDONLY);
    *ret = (file_tools_tuple2_u64_u64_t){0, 0xcbf29ce484222325};
    while (fd >= 0 && (got = read(fd, block, sizeof block)) > 0) {
        ret->f0 += (uint64_t)got;
        for (ssize_t n = 0; n < got; n++)
            ret->f1 = (ret->f1 ^ block[n]) * 0x100000001b3;
    }
    bool good = finish(name, got == 0, err);
    if (fd >= 0)
        close(fd);
    return good;
}

void SYSTEM(environment)(file_tools_list_tuple2_string_string_t *ret) {
    extern char **environ;
    *ret = (file_tools_list_tuple2_string_string_t){0};
    __wasilibc_ensure_environ();
    for (char **entry = environ; entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        if (!equals)
            continue;
        ret->ptr = must(realloc(ret->ptr, (ret->len + 1) * sizeof *ret->ptr));
        copy(&ret->ptr[ret->len].f0, *entry, (size_t)(equals - *entry));
        copy(&ret->ptr[ret->len++].f1, equals + 1, strlen(equals + 1));
    }
}

void SYSTEM(arguments)(strings_t *ret) {
    size_t count = 0, size = 0;
    *ret = (strings_t){0};
    if (__wasi_args_sizes_get(&count, &size) != 0 || count == 0)
        return;
    uint8_t **values = must(malloc(count * sizeof *values)), *texts = must(malloc(size));
    if (__wasi_args_get(values, texts) != 0)
        abort();
    for (size_t n = 0; n < count; n++)
        add(ret, (const char *)values[n]);
}

// The names under which directories were granted: descriptors from 3 on, as preview1 numbers them.
void SYSTEM(directories)(strings_t *ret) {
    *ret = (strings_t){0};
    __wasi_prestat_t facts;
    for (int fd = 3; __wasi_fd_prestat_get(fd, &facts) == 0; fd++) {
        char *name = must(calloc(1, facts.u.dir.pr_name_len + 1));
        if (__wasi_fd_prestat_dir_name(fd, (uint8_t *)name, facts.u.dir.pr_name_len) != 0)
            abort();
        add(ret, name);
        free(name);
    }
}

void SYSTEM(print)(string_t *text) {
    fwrite(text->ptr, 1, text->len, stdout);
    fflush(stdout);
    file_tools_string_free(text);
}

void SYSTEM(print_error)(string_t *text) {
    fwrite(text->ptr, 1, text->len, stderr);
    fflush(stderr);
    file_tools_string_free(text);
}

bool SYSTEM(read_input)(uint32_t limit, string_t *ret, string_t *err) {
    bytes_t bytes;
    if (!slurp(STDIN_FILENO, limit, &bytes))
        return finish(NULL, false, err);
    make_utf8(&bytes);
    *ret = (string_t){bytes.ptr, bytes.len};
    return true;
}

void SYSTEM(wall_clock)(file_tools_tuple2_s64_u32_t *ret) {
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    *ret = (file_tools_tuple2_s64_u32_t){now.tv_sec, (uint32_t)now.tv_nsec};
}

void SYSTEM(ticks)(uint32_t count, file_tools_list_u64_t *ret) {
    ret->ptr = must(malloc((size_t)count * sizeof *ret->ptr + 1));
    ret->len = count;
    for (uint32_t n = 0; n < count; n++) {
        struct timespec now = {0};
        clock_gettime(CLOCK_MONOTONIC, &now);
        ret->ptr[n] = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    }
}

void SYSTEM(sleep)(uint32_t milliseconds) {
    struct timespec pause = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    nanosleep(&pause, NULL);
}

void SYSTEM(random_bytes)(uint32_t count, bytes_t *ret) {
    ret->ptr = must(malloc((size_t)count + 1));
    ret->len = count;
    for (uint32_t done = 0; done < count; done += 256)
        if (getentropy(ret->ptr + done, count - done < 256 ? count - done : 256) != 0)
            abort();
}

void SYSTEM(leave)(uint32_t code) {
    exit((int)code);
}
