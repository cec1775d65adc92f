// SPDX-License-Identifier: Apache-2.0
// Patterns over paths, segment by segment: `*` and `?` within a segment, `**` for any number of segments. Time is at
// most (segments of the pattern) x (segments of the path): the walk keeps the set of positions it can be in and never
// goes back.
#pragma once
#include "base/bytes.h"

#define PN_SEGMENTS_MAX 256

struct pn_segments {
    struct pn_view at[PN_SEGMENTS_MAX];
    uint64_t credential[PN_SEGMENTS_MAX]; // rows of the table of credential places that each segment completes
    size_t len;
};

// Splits what follows the leading '/'. "/" gives one empty segment. False: no leading '/', or too many segments.
bool pn_segments_split(struct pn_view path, struct pn_segments *out);

// `*` any number of bytes, `?` one character. nocase: ASCII letters are equal in both cases.
bool pn_pattern_segment(struct pn_view pattern, struct pn_view text, bool nocase);

// What wildcards may stand for: everything; all but hidden segments; all but hidden segments and credential places.
enum pn_pattern_reach { PN_REACH_ALL, PN_REACH_SHOWN, PN_REACH_HARMLESS };

struct pn_pattern_match {
    bool whole;     // the pattern matches the path
    bool below;     // the pattern may match something strictly below it
    bool all_below; // and it matches everything below it that `reach` lets a wildcard stand for
};
// `subtree`: as if the pattern ended in "/**".
struct pn_pattern_match pn_pattern_walk(struct pn_view pattern, bool subtree, const struct pn_segments *path,
                                        enum pn_pattern_reach reach);
