// SPDX-License-Identifier: Apache-2.0
#include "component/name.h"

static uint8_t mapped(uint8_t c) {
    if (c >= 'A' && c <= 'Z')
        return (uint8_t)(c + 32);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ? c : '_';
}

static void put_mapped(struct pn_buf *out, struct pn_view text) {
    for (size_t i = 0; i < text.len; i++) {
        // The bytes after the first of one character do not count again.
        if ((text.ptr[i] & 0xc0) != 0x80)
            pn_buf_add_byte(out, mapped(text.ptr[i]));
    }
}

void pn_name_put(struct pn_buf *out, struct pn_view iface, struct pn_view func) {
    put_mapped(out, iface);
    if (iface.len > 0)
        pn_buf_add_byte(out, '_');
    put_mapped(out, func);
}

struct pn_view pn_name_interface(struct pn_view export) {
    size_t slash = pn_view_find(export, '/', 0);
    if (slash == SIZE_MAX)
        return (struct pn_view){0};
    return pn_view_part(export, slash + 1, pn_view_find(export, '@', slash));
}

bool pn_name_is_runtime(struct pn_view iface, struct pn_view func) {
    return pn_view_is(func, "init") && (iface.len == 0 || pn_view_is(iface, "exports"));
}
