// SPDX-License-Identifier: Apache-2.0
// Hostile .env files: what is read must be made of the text, within the bounds; what is refused must say a line that
// exists and nothing of the text; what was read must read back when it is written the plainest way.
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "vault/import.h"

#define MUST(cond)                                                      \
    do {                                                                \
        if (!(cond)) {                                                  \
            fprintf(stderr, "broken: %s (line %d)\n", #cond, __LINE__); \
            abort();                                                    \
        }                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_value(struct pn_buf *out, struct pn_view value) {
    pn_buf_add_byte(out, '"');
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\r' || value.ptr[i] == '\n') {
            pn_buf_add_str(out, value.ptr[i] == '\n' ? "\\n" : "\\r");
            continue;
        }
        if (value.ptr[i] == '"' || value.ptr[i] == '\\' || value.ptr[i] == '$')
            pn_buf_add_byte(out, '\\');
        pn_buf_add_byte(out, value.ptr[i]);
    }
    pn_buf_add_str(out, "\"\n");
}

static void check_again(const struct pn_import *import) {
    pn_auto(pn_buf) struct pn_buf out = {0};
    pn_auto(pn_import) struct pn_import again = {0};
    for (size_t i = 0; i < import->count; i++) {
        struct pn_view value = import->items[i].value.part[0];
        if (pn_view_find(value, '`', 0) != SIZE_MAX) // only single quotes hold one
            return;
        pn_buf_printf(&out, "%s=", import->items[i].name);
        write_value(&out, value);
    }
    if (out.len > PN_IMPORT_BYTES_MAX)
        return;
    MUST(pn_import_env(pn_buf_view(&out), &again, NULL) == 0 && again.count == import->count);
    for (size_t i = 0; i < import->count; i++) {
        MUST(strcmp(again.items[i].name, import->items[i].name) == 0);
        MUST(pn_view_eq(again.items[i].value.part[0], import->items[i].value.part[0]));
    }
}

static void check_items(const struct pn_import *import, unsigned lines) {
    unsigned line = 0;
    MUST(import->count <= PN_IMPORT_ITEMS_MAX);
    for (size_t i = 0; i < import->count; i++) {
        const struct pn_import_item *item = &import->items[i];
        MUST(item->line > line && item->line <= lines && item->value.kind == PN_VAULT_OPAQUE);
        MUST(item->value.part[0].len > 0 && pn_utf8_valid(item->value.part[0]));
        MUST(pn_view_find(item->value.part[0], 0, 0) == SIZE_MAX);
        line = item->line;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pn_auto(pn_import) struct pn_import import = {0};
    struct pn_err err = {0};
    unsigned lines = 1, line = 0;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' ? 1 : 0;
    if (pn_import_env(pn_view(data, size), &import, &err) != 0) {
        MUST(import.count == 0 && import.plain.len == 0 && pn_secret_in_use() == 0);
        MUST(size > PN_IMPORT_BYTES_MAX || (sscanf(err.text, "line %u", &line) == 1 && line >= 1 && line <= lines));
        return 0;
    }
    check_items(&import, lines);
    check_again(&import);
    return 0;
}
