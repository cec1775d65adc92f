// SPDX-License-Identifier: Apache-2.0
#include "scan.h"
#include "json/json.h"

#define DEPTH_MOST 64

// U+0000 is what our own readers refuse, so it cannot be passed on; it becomes U+FFFD like other bytes that are no
// text.
static const char replacement[] = "\xef\xbf\xbd";

// The letter behind the backslash; 0 where only \u00XX will do.
static const uint8_t letters[128] = {
    ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};

static void put_escape(struct pn_buf *out, uint8_t c) {
    if (letters[c] != 0) {
        uint8_t *to = pn_buf_room(out, 2);
        if (to == NULL)
            return;
        to[0] = '\\';
        to[1] = letters[c];
        out->len += 2;
        return;
    }
    if (c == 0) {
        pn_buf_add_str(out, replacement);
        return;
    }
    static const char hex[] = "0123456789abcdef";
    const char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    pn_buf_add(out, text, sizeof text);
}

// The longest valid run from p: plain bytes and whole characters.
static const uint8_t *skip_text(const uint8_t *p, const uint8_t *end) {
    while (p < end) {
        p = json_skip_plain(p, end);
        unsigned n = p < end && *p >= 0x80 ? json_utf8_len(p, end) : 0;
        if (n == 0)
            return p;
        p += n;
    }
    return p;
}

void pn_json_put_str(struct pn_buf *out, struct pn_view utf8) {
    static const uint8_t empty[1];
    const uint8_t *p = utf8.len == 0 ? empty : utf8.ptr, *end = p + utf8.len;
    pn_buf_add_byte(out, '"');
    (void)pn_buf_room(out, utf8.len); // one growth instead of many
    while (p < end) {
        const uint8_t *stop = skip_text(p, end);
        pn_buf_add(out, p, (size_t)(stop - p));
        p = stop;
        if (p == end)
            break;
        if (*p < 0x80)
            put_escape(out, *p);
        else
            pn_buf_add_str(out, replacement);
        p++;
    }
    pn_buf_add_byte(out, '"');
}

// --- the writer ---

void pn_json_w_init(struct pn_json_w *w, struct pn_buf *out) {
    *w = (struct pn_json_w){.out = out};
}

// A comma where one is due. Level n keeps its mark in bit n - 1; the top level has one value and no commas.
static void separate(struct pn_json_w *w) {
    if (w->after_key || w->depth == 0) {
        w->after_key = false;
        return;
    }
    uint64_t bit = UINT64_C(1) << (w->depth - 1);
    if ((w->more & bit) != 0)
        pn_buf_add_byte(w->out, ',');
    w->more |= bit;
}

static void begin(struct pn_json_w *w, uint8_t bracket) {
    separate(w);
    if (w->depth == DEPTH_MOST) {
        w->out->overflow = true;
        return;
    }
    pn_buf_add_byte(w->out, bracket);
    w->depth++;
    w->more &= ~(UINT64_C(1) << (w->depth - 1));
}

void pn_json_w_object(struct pn_json_w *w) {
    begin(w, '{');
}

void pn_json_w_array(struct pn_json_w *w) {
    begin(w, '[');
}

void pn_json_w_end(struct pn_json_w *w, char bracket) {
    if (w->depth == 0 || w->after_key) {
        w->out->overflow = true;
        return;
    }
    w->depth--;
    pn_buf_add_byte(w->out, (uint8_t)bracket);
}

void pn_json_w_key_view(struct pn_json_w *w, struct pn_view key) {
    separate(w);
    pn_json_put_str(w->out, key);
    pn_buf_add_byte(w->out, ':');
    w->after_key = true;
}

void pn_json_w_key(struct pn_json_w *w, const char *key) {
    pn_json_w_key_view(w, pn_view_str(key));
}

void pn_json_w_str(struct pn_json_w *w, struct pn_view v) {
    separate(w);
    pn_json_put_str(w->out, v);
}

void pn_json_w_cstr(struct pn_json_w *w, const char *v) {
    pn_json_w_str(w, pn_view_str(v));
}

void pn_json_w_u64(struct pn_json_w *w, uint64_t v) {
    separate(w);
    pn_buf_add_u64(w->out, v);
}

void pn_json_w_s64(struct pn_json_w *w, int64_t v) {
    separate(w);
    pn_json_put_s64(w->out, v);
}

void pn_json_w_bool(struct pn_json_w *w, bool v) {
    separate(w);
    pn_buf_add_str(w->out, v ? "true" : "false");
}

void pn_json_w_null(struct pn_json_w *w) {
    separate(w);
    pn_buf_add_str(w->out, "null");
}

void pn_json_w_raw(struct pn_json_w *w, struct pn_view json) {
    separate(w);
    pn_buf_add_view(w->out, json);
}
