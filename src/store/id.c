// SPDX-License-Identifier: Apache-2.0
// Ids of components: they name rows, never files, and could not name a file elsewhere if they did.
#include <string.h>

#include "store/store.h"

static bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_id_char(char c) {
    return is_alnum(c) || c == '.' || c == '_' || c == '-';
}

int pn_id_check(const char *id, struct pn_err *err) {
    size_t len = strnlen(id, PN_ID_MAX + 1);
    bool good = len >= 1 && len <= PN_ID_MAX && is_alnum(id[0]);
    for (size_t i = 0; good && i < len; i++)
        good = is_id_char(id[i]);
    if (good)
        return 0;
    return pn_fail(
        err, PN_E_INPUT,
        "'%.80s' is not a component id: 1 to %d characters of a-z, 0-9, '.', '_', '-', the first a letter or digit", id,
        PN_ID_MAX);
}

int pn_id_from_path(const char *path, char out[PN_ID_MAX + 1], struct pn_err *err) {
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    struct pn_view stem = pn_view_str(name);
    if (pn_view_ends(stem, PN_VIEW(".wasm")))
        stem.len -= sizeof ".wasm" - 1;
    size_t len = 0;
    for (size_t i = 0; i < stem.len && len < PN_ID_MAX; i++) {
        char c = (char)stem.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (!is_id_char(c))
            c = '-';
        if (len > 0 || is_alnum(c))
            out[len++] = c;
    }
    out[len] = '\0';
    if (len > 0)
        return 0;
    return pn_fail(err, PN_E_INPUT, "no component id can be made from the file name '%.80s'; give one with --id", name);
}
