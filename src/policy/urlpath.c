// SPDX-License-Identifier: Apache-2.0
#include "policy/urlpath.h"

#include "base/text.h"

// One character after decoding; `*at` moves behind it.
static bool take(struct pn_view path, size_t *at, uint8_t *out) {
    *out = path.ptr[*at];
    if (*out != '%') {
        (*at)++;
        return true;
    }
    bool good = *at + 3 <= path.len && pn_hex_get(pn_view_part(path, *at + 1, *at + 3), out, 1);
    *at += 3;
    return good && *out != '/' && *out != '%';
}

static bool is_plain(uint8_t c) {
    return c >= 0x20 && c != 0x7f && c != '\\' && c != ';' && c != '?' && c != '#';
}

static bool good_segments(const struct pn_segments *s) {
    for (size_t i = 0; i < s->len; i++) {
        bool dots = pn_view_is(s->at[i], ".") || pn_view_is(s->at[i], "..");
        bool gap = s->at[i].len == 0 && i + 1 < s->len;
        if (dots || gap)
            return false;
    }
    return true;
}

bool pn_urlpath_decode(struct pn_view path, struct pn_urlpath *out) {
    size_t len = 0;
    if (path.len == 0)
        path = PN_VIEW("/");
    for (size_t at = 0; at < path.len; len++) {
        if (len == PN_URLPATH_MAX || !take(path, &at, &out->text[len]) || !is_plain(out->text[len]))
            return false;
    }
    struct pn_view text = pn_view(out->text, len);
    return pn_utf8_valid(text) && pn_segments_split(text, &out->segments) && good_segments(&out->segments);
}
