// SPDX-License-Identifier: Apache-2.0
// Bytes: a view that borrows, a buffer that owns and is bounded, and a cursor that reads and cannot overrun.
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Borrowed bytes; not NUL-terminated.
struct pn_view {
    const uint8_t *ptr;
    size_t len;
};

#define PN_VIEW(literal) ((struct pn_view){(const uint8_t *)(literal), sizeof(literal) - 1})
// For printf("%.*s", PN_FMT(view)). Only for text already known to be printable.
#define PN_FMT(view) (int)(view).len, (const char *)(view).ptr

static inline struct pn_view pn_view(const void *ptr, size_t len) {
    return (struct pn_view){ptr, len};
}
// From a NUL-terminated string; NULL gives an empty view.
static inline struct pn_view pn_view_str(const char *s) {
    return (struct pn_view){(const uint8_t *)s, s == NULL ? 0 : strlen(s)};
}
// Not constant-time: never for secrets (see secret.h).
static inline bool pn_view_eq(struct pn_view a, struct pn_view b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool pn_view_is(struct pn_view a, const char *s) {
    return pn_view_eq(a, pn_view_str(s));
}
bool pn_view_starts(struct pn_view a, struct pn_view prefix);
bool pn_view_ends(struct pn_view a, struct pn_view suffix);
// Offset of the first `byte` at or after `from`, or SIZE_MAX.
size_t pn_view_find(struct pn_view a, uint8_t byte, size_t from);
// The part [from, to); both are clamped to the length.
struct pn_view pn_view_part(struct pn_view a, size_t from, size_t to);
// ASCII case-insensitive comparison.
bool pn_view_eq_nocase(struct pn_view a, struct pn_view b);
// A fresh NUL-terminated copy (caller frees) or NULL when out of memory or when the view holds a NUL byte.
char *pn_view_dup(struct pn_view a);

// Owned, growing bytes with an upper bound. Zero-initialised is valid and means: empty, bound PN_BUF_MAX.
struct pn_buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    size_t max;    // 0 = PN_BUF_MAX
    bool overflow; // an append did not fit or memory ran out: contents are incomplete. Check once, at the end.
};
#define PN_BUF_MAX ((size_t)1 << 30)

void pn_buf_fini(struct pn_buf *b);
static inline void pn_buf_cleanup(struct pn_buf *b) {
    pn_buf_fini(b);
}
// Empties and clears the overflow mark; keeps the memory.
void pn_buf_reset(struct pn_buf *b);
// Makes room for `more` bytes after `len` and returns a pointer to them, or NULL (and sets overflow).
uint8_t *pn_buf_room(struct pn_buf *b, size_t more);
void pn_buf_add(struct pn_buf *b, const void *bytes, size_t len);
void pn_buf_add_view(struct pn_buf *b, struct pn_view v);
void pn_buf_add_str(struct pn_buf *b, const char *s);
void pn_buf_add_byte(struct pn_buf *b, uint8_t byte);
void pn_buf_add_u64(struct pn_buf *b, uint64_t number); // decimal
void pn_buf_printf(struct pn_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// Removes the first `n` bytes.
void pn_buf_drop_front(struct pn_buf *b, size_t n);
static inline struct pn_view pn_buf_view(const struct pn_buf *b) {
    return (struct pn_view){b->ptr, b->len};
}
// Ends the contents with a NUL that is not counted and returns them as a string ("" when empty or overflowed).
// The buffer keeps ownership.
const char *pn_buf_cstr(struct pn_buf *b);
// Takes the memory out as a NUL-terminated string; caller frees. NULL when overflowed.
char *pn_buf_take_str(struct pn_buf *b);

// Reads little-endian fields from the front; after the first overrun `bad` is set and every read gives zero.
struct pn_cursor {
    struct pn_view rest;
    bool bad;
};
uint8_t pn_cursor_u8(struct pn_cursor *c);
uint16_t pn_cursor_u16(struct pn_cursor *c);
uint32_t pn_cursor_u32(struct pn_cursor *c);
uint64_t pn_cursor_u64(struct pn_cursor *c);
struct pn_view pn_cursor_bytes(struct pn_cursor *c, size_t len);

void pn_buf_put_u16(struct pn_buf *b, uint16_t v); // little-endian
void pn_buf_put_u32(struct pn_buf *b, uint32_t v);
void pn_buf_put_u64(struct pn_buf *b, uint64_t v);

// The only memcpy outside base/: len 0 with NULL pointers is fine.
void pn_copy(void *to, const void *from, size_t len);
