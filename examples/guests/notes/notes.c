// SPDX-License-Identifier: Apache-2.0
// Example guest `notes`: text files in a granted directory. Ordinary C with an ordinary C library: what the program may
// touch is decided outside, by the policy, and a path that leaves the directory simply does not open.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <wasi/api.h>

#include "notes.h"

enum { FIRST_GRANT = 3, LINE = 1024 };

// A result's text; every buffer of a result is freed by the generated code.
static bool fail(notes_string_t *err, const char *what, const char *why) {
    char text[256];
    snprintf(text, sizeof text, "%s: %s", what, why);
    notes_string_dup(err, text);
    return false;
}

static void *must(void *memory) {
    if (!memory)
        abort();
    return memory;
}

// The name of the first granted directory: preview 1 numbers grants from 3 on.
static bool home(char *path, size_t size) {
    __wasi_prestat_t facts;
    if (__wasi_fd_prestat_get(FIRST_GRANT, &facts) != 0 || facts.u.dir.pr_name_len >= size)
        return false;
    size_t length = facts.u.dir.pr_name_len;
    path[length] = 0;
    return __wasi_fd_prestat_dir_name(FIRST_GRANT, (uint8_t *)path, length) == 0;
}

// Opens a note of the granted directory; its name is taken as it comes.
static FILE *open_note(const char *name, const char *mode, notes_string_t *err) {
    char path[LINE], directory[LINE / 2];
    if (!home(directory, sizeof directory)) {
        fail(err, "notes", "no directory is granted");
        return NULL;
    }
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, mode);
    if (!file)
        fail(err, name, strerror(errno));
    return file;
}

// A C string of an argument, which is freed.
static char *take(notes_string_t *text) {
    char *copy = must(strndup((const char *)text->ptr, text->len));
    notes_string_free(text);
    return copy;
}

static DIR *open_home(notes_string_t *err) {
    char directory[LINE / 2];
    if (!home(directory, sizeof directory)) {
        fail(err, "notes", "no directory is granted");
        return NULL;
    }
    DIR *dir = opendir(directory);
    if (!dir)
        fail(err, directory, strerror(errno));
    return dir;
}

static uint64_t size_of(FILE *file) {
    struct stat facts = {0};
    fstat(fileno(file), &facts);
    return (uint64_t)facts.st_size;
}

static int by_name(const void *a, const void *b) {
    const notes_note_t *left = a, *right = b;
    size_t both = left->name.len < right->name.len ? left->name.len : right->name.len;
    int order = memcmp(left->name.ptr, right->name.ptr, both);
    return order ? order : (left->name.len > right->name.len) - (left->name.len < right->name.len);
}

bool exports_notes_list_notes(notes_list_note_t *ret, notes_string_t *err) {
    DIR *dir = open_home(err);
    if (!dir)
        return false;
    *ret = (notes_list_note_t){0};
    for (struct dirent *entry; (entry = readdir(dir));) {
        notes_string_t ignored;
        FILE *file = entry->d_type == DT_REG ? open_note(entry->d_name, "r", &ignored) : NULL;
        if (!file)
            continue;
        ret->ptr = must(realloc(ret->ptr, (ret->len + 1) * sizeof *ret->ptr));
        notes_string_dup(&ret->ptr[ret->len].name, entry->d_name);
        ret->ptr[ret->len++].bytes = size_of(file);
        fclose(file);
    }
    closedir(dir);
    if (ret->len > 1)
        qsort(ret->ptr, ret->len, sizeof *ret->ptr, by_name);
    return true;
}

bool exports_notes_read_note(notes_string_t *name, notes_string_t *ret, notes_string_t *err) {
    char *text = take(name);
    FILE *file = open_note(text, "r", err);
    free(text);
    if (!file)
        return false;
    size_t size = size_of(file);
    ret->ptr = must(malloc(size + 1));
    ret->len = fread(ret->ptr, 1, size, file);
    fclose(file);
    return true;
}

bool exports_notes_add_note(notes_string_t *name, notes_string_t *text, notes_note_t *ret, notes_string_t *err) {
    char *title = take(name);
    FILE *file = open_note(title, "a", err);
    if (file) {
        fwrite(text->ptr, 1, text->len, file);
        fflush(file);
        notes_string_dup(&ret->name, title);
        ret->bytes = size_of(file);
        fclose(file);
    }
    notes_string_free(text);
    free(title);
    return file != NULL;
}

// Adds every line of one note that has the word.
static void find_in(FILE *file, const char *name, const char *word, notes_list_hit_t *hits) {
    char line[LINE];
    for (uint32_t number = 1; fgets(line, sizeof line, file); number++) {
        line[strcspn(line, "\n")] = 0;
        if (!strstr(line, word))
            continue;
        hits->ptr = must(realloc(hits->ptr, (hits->len + 1) * sizeof *hits->ptr));
        notes_hit_t *hit = &hits->ptr[hits->len++];
        notes_string_dup(&hit->name, name);
        notes_string_dup(&hit->text, line);
        hit->line = number;
    }
}

bool exports_notes_find(notes_string_t *word, notes_list_hit_t *ret, notes_string_t *err) {
    char *text = take(word);
    DIR *dir = open_home(err);
    *ret = (notes_list_hit_t){0};
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        notes_string_t ignored;
        FILE *file = entry->d_type == DT_REG ? open_note(entry->d_name, "r", &ignored) : NULL;
        if (!file)
            continue;
        find_in(file, entry->d_name, text, ret);
        fclose(file);
    }
    free(text);
    if (dir)
        closedir(dir);
    return dir != NULL;
}
