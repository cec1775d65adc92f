// SPDX-License-Identifier: Apache-2.0
// Newline-delimited messages (MCP stdio transport) out of a stream that arrives in pieces of any size. A line longer
// than PN_LINE_MAX is skipped up to its newline and reported once, so that the stream goes on.
#pragma once
#include "base/bytes.h"

#define PN_LINE_MAX ((size_t)4 << 20) // bytes, without the newline

enum pn_line { PN_LINE_NONE, PN_LINE_ONE, PN_LINE_OVERSIZED };

// Zero-initialised is valid and empty.
struct pn_lines {
    struct pn_buf buf;
    size_t start;  // first byte that has not been handed out
    size_t scan;   // no newline stands before this offset
    bool skipping; // inside an oversized line
};

void pn_lines_fini(struct pn_lines *l);
// Room for `want` bytes to read into; NULL when memory ran out. Views handed out before die here.
uint8_t *pn_lines_room(struct pn_lines *l, size_t want);
// Says that `n` bytes of the room were filled.
void pn_lines_filled(struct pn_lines *l, size_t n);
// The next whole line, a view that lives until pn_lines_room. OVERSIZED has no line.
enum pn_line pn_lines_next(struct pn_lines *l, struct pn_view *line);
// After the end of the stream and the last pn_lines_next: what stands there without a newline.
enum pn_line pn_lines_last(struct pn_lines *l, struct pn_view *line);
