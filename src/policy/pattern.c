// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern.h"

#include "base/text.h"
#include "policy/credential.h"

bool pn_segments_split(struct pn_view path, struct pn_segments *out) {
    out->len = 0;
    if (path.len == 0 || path.ptr[0] != '/')
        return false;
    for (size_t from = 1; from <= path.len;) {
        size_t slash = pn_view_find(path, '/', from);
        size_t to = slash == SIZE_MAX ? path.len : slash;
        if (out->len == PN_SEGMENTS_MAX)
            return false;
        out->credential[out->len] = 0;
        out->at[out->len++] = pn_view_part(path, from, to);
        from = to + 1;
    }
    return true;
}

static uint8_t lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static size_t char_len(struct pn_view text, size_t at) {
    uint32_t c;
    size_t n = pn_utf8_next(pn_view_part(text, at, text.len), &c);
    return n == 0 ? 1 : n;
}

// Goes back only to the last '*': at most pattern x text steps.
bool pn_pattern_segment(struct pn_view pattern, struct pn_view text, bool nocase) {
    size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;
    while (t < text.len) {
        uint8_t c = p < pattern.len ? pattern.ptr[p] : 0;
        if (p < pattern.len && c == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.len && c == '?') {
            p++;
            t += char_len(text, t);
        } else if (p < pattern.len && (c == text.ptr[t] || (nocase && lower(c) == lower(text.ptr[t])))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

static bool is_hidden(struct pn_view segment) {
    return segment.len > 0 && segment.ptr[0] == '.';
}

// One segment of the pattern against one of the path.
static bool fits(struct pn_view pattern, const struct pn_segments *path, size_t i, enum pn_pattern_reach reach) {
    struct pn_view segment = path->at[i];
    if (segment.len == 0 || pattern.len == 0)
        return segment.len == pattern.len;
    if (!pn_pattern_segment(pattern, segment, false))
        return false;
    if (reach != PN_REACH_ALL && is_hidden(segment) && !is_hidden(pattern))
        return false;
    return reach != PN_REACH_HARMLESS || pn_credential_named(path->credential[i], pattern);
}

// One segment of the path under "**".
static bool spans(const struct pn_segments *path, size_t i, enum pn_pattern_reach reach) {
    if (reach != PN_REACH_ALL && is_hidden(path->at[i]))
        return false;
    return reach != PN_REACH_HARMLESS || path->credential[i] == 0;
}

// The pattern cut up, and which of its positions the walk can be in: position i means that its first i segments are
// used up.
struct walk {
    struct pn_segments pattern;
    bool on[PN_SEGMENTS_MAX + 1];
};

static bool is_any(const struct walk *w, size_t i) {
    return pn_view_is(w->pattern.at[i], "**");
}

// "**" may stand for nothing.
static void skip_any(struct walk *w) {
    for (size_t i = 0; i < w->pattern.len; i++)
        if (w->on[i] && is_any(w, i))
            w->on[i + 1] = true;
}

static void step(struct walk *w, const struct pn_segments *path, size_t segment, enum pn_pattern_reach reach) {
    for (size_t i = w->pattern.len + 1; i-- > 0;) {
        bool stays = i < w->pattern.len && w->on[i] && is_any(w, i) && spans(path, segment, reach);
        bool comes = i > 0 && w->on[i - 1] && !is_any(w, i - 1) && fits(w->pattern.at[i - 1], path, segment, reach);
        w->on[i] = stays || comes;
    }
    skip_any(w);
}

static bool open_walk(struct walk *w, struct pn_view pattern, bool subtree) {
    if (!pn_segments_split(pattern, &w->pattern))
        return false;
    if (subtree && pattern.len == 1)
        w->pattern.len = 0; // "/" and everything below
    if (subtree && w->pattern.len == PN_SEGMENTS_MAX)
        return false;
    if (subtree)
        w->pattern.at[w->pattern.len++] = PN_VIEW("**");
    for (size_t i = 0; i <= w->pattern.len; i++)
        w->on[i] = i == 0;
    skip_any(w);
    return true;
}

struct pn_pattern_match pn_pattern_walk(struct pn_view pattern, bool subtree, const struct pn_segments *path,
                                        enum pn_pattern_reach reach) {
    struct walk w;
    struct pn_pattern_match match = {0};
    if (!open_walk(&w, pattern, subtree))
        return match;
    for (size_t i = 0; i < path->len; i++)
        step(&w, path, i, reach);
    size_t last = w.pattern.len;
    match.whole = w.on[last];
    for (size_t i = 0; i < last; i++)
        match.below = match.below || w.on[i];
    match.all_below = last > 0 && w.on[last - 1] && is_any(&w, last - 1);
    return match;
}
