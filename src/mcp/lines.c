// SPDX-License-Identifier: Apache-2.0
#include "mcp/lines.h"

#define KEEP ((size_t)1 << 20) // a buffer grown beyond this by a long line is given back

void pn_lines_fini(struct pn_lines *l) {
    pn_buf_fini(&l->buf);
    *l = (struct pn_lines){0};
}

// Moves what is left to the front of the buffer.
static void settle(struct pn_lines *l) {
    if (l->start == 0)
        return;
    size_t left = l->buf.len - l->start;
    if (left == 0 && l->buf.cap > KEEP)
        pn_buf_fini(&l->buf);
    else if (left == 0)
        pn_buf_reset(&l->buf);
    else
        pn_buf_drop_front(&l->buf, l->start);
    l->scan -= l->start;
    l->start = 0;
}

uint8_t *pn_lines_room(struct pn_lines *l, size_t want) {
    settle(l);
    return pn_buf_room(&l->buf, want);
}

void pn_lines_filled(struct pn_lines *l, size_t n) {
    l->buf.len += n;
}

// Everything that is there belongs to a line too long, and its end has not come.
static enum pn_line skip_all(struct pn_lines *l) {
    bool first = !l->skipping;
    l->skipping = true;
    l->start = l->scan = l->buf.len;
    return first ? PN_LINE_OVERSIZED : PN_LINE_NONE;
}

enum pn_line pn_lines_next(struct pn_lines *l, struct pn_view *line) {
    for (;;) {
        size_t at = pn_view_find(pn_buf_view(&l->buf), '\n', l->scan);
        if (at == SIZE_MAX) {
            l->scan = l->buf.len;
            return l->skipping || l->buf.len - l->start > PN_LINE_MAX ? skip_all(l) : PN_LINE_NONE;
        }
        struct pn_view found = pn_view(l->buf.ptr + l->start, at - l->start);
        l->start = l->scan = at + 1;
        if (l->skipping) {
            l->skipping = false;
            continue;
        }
        if (found.len > PN_LINE_MAX)
            return PN_LINE_OVERSIZED;
        *line = found;
        return PN_LINE_ONE;
    }
}

enum pn_line pn_lines_last(struct pn_lines *l, struct pn_view *line) {
    size_t left = l->buf.len - l->start;
    if (l->skipping || left == 0)
        return PN_LINE_NONE;
    *line = pn_view(l->buf.ptr + l->start, left);
    l->start = l->scan = l->buf.len;
    return PN_LINE_ONE;
}
