// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

bool pn_view_starts(struct pn_view a, struct pn_view prefix) {
    return a.len >= prefix.len && pn_view_eq(pn_view(a.ptr, prefix.len), prefix);
}

bool pn_view_ends(struct pn_view a, struct pn_view suffix) {
    return a.len >= suffix.len && pn_view_eq(pn_view(a.ptr + (a.len - suffix.len), suffix.len), suffix);
}

size_t pn_view_find(struct pn_view a, uint8_t byte, size_t from) {
    if (from >= a.len)
        return SIZE_MAX;
    const uint8_t *at = memchr(a.ptr + from, byte, a.len - from);
    return at == NULL ? SIZE_MAX : (size_t)(at - a.ptr);
}

struct pn_view pn_view_part(struct pn_view a, size_t from, size_t to) {
    if (to > a.len)
        to = a.len;
    if (from > to)
        from = to;
    return from == 0 ? pn_view(a.ptr, to) : pn_view(a.ptr + from, to - from);
}

static uint8_t lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool pn_view_eq_nocase(struct pn_view a, struct pn_view b) {
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

char *pn_view_dup(struct pn_view a) {
    if (pn_view_find(a, 0, 0) != SIZE_MAX)
        return NULL;
    char *s = malloc(a.len + 1);
    if (s == NULL)
        return NULL;
    pn_copy(s, a.ptr, a.len);
    s[a.len] = '\0';
    return s;
}

void pn_buf_fini(struct pn_buf *b) {
    free(b->ptr);
    *b = (struct pn_buf){.max = b->max};
}

void pn_buf_reset(struct pn_buf *b) {
    b->len = 0;
    b->overflow = false;
}

uint8_t *pn_buf_room(struct pn_buf *b, size_t more) {
    size_t max = b->max != 0 ? b->max : PN_BUF_MAX;
    if (b->overflow || b->len > max || more > max - b->len) {
        b->overflow = true;
        return NULL;
    }
    size_t need = b->len + more;
    if (need <= b->cap && b->ptr != NULL)
        return b->ptr + b->len;
    size_t cap = b->cap < 256 ? 256 : b->cap * 2;
    if (cap < need)
        cap = need;
    // One byte beyond the bound is kept for the NUL of pn_buf_cstr.
    uint8_t *ptr = realloc(b->ptr, cap + 1);
    if (ptr == NULL) {
        b->overflow = true;
        return NULL;
    }
    b->ptr = ptr;
    b->cap = cap;
    return ptr + b->len;
}

void pn_buf_add(struct pn_buf *b, const void *bytes, size_t len) {
    if (len == 0)
        return;
    uint8_t *to = pn_buf_room(b, len);
    if (to == NULL)
        return;
    pn_copy(to, bytes, len);
    b->len += len;
}

void pn_buf_add_view(struct pn_buf *b, struct pn_view v) {
    pn_buf_add(b, v.ptr, v.len);
}

void pn_buf_add_str(struct pn_buf *b, const char *s) {
    pn_buf_add(b, s, strlen(s));
}

void pn_buf_add_byte(struct pn_buf *b, uint8_t byte) {
    pn_buf_add(b, &byte, 1);
}

void pn_buf_add_u64(struct pn_buf *b, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    pn_buf_add(b, digits + at, sizeof digits - at);
}

void pn_buf_printf(struct pn_buf *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    uint8_t *to = pn_buf_room(b, (size_t)n);
    if (to == NULL)
        return;
    va_start(ap, fmt);
    (void)vsnprintf((char *)to, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void pn_buf_drop_front(struct pn_buf *b, size_t n) {
    if (n > b->len)
        n = b->len;
    if (n == 0)
        return;
    b->len -= n;
    memmove(b->ptr, b->ptr + n, b->len);
}

const char *pn_buf_cstr(struct pn_buf *b) {
    if (b->overflow || b->ptr == NULL)
        return "";
    b->ptr[b->len] = '\0';
    return (const char *)b->ptr;
}

char *pn_buf_take_str(struct pn_buf *b) {
    if (!b->overflow)
        (void)pn_buf_room(b, 1);
    if (b->overflow)
        return NULL;
    char *s = (char *)b->ptr;
    s[b->len] = '\0';
    *b = (struct pn_buf){.max = b->max};
    return s;
}

struct pn_view pn_cursor_bytes(struct pn_cursor *c, size_t len) {
    if (c->bad || len > c->rest.len) {
        c->bad = true;
        return (struct pn_view){NULL, 0};
    }
    struct pn_view got = pn_view(c->rest.ptr, len);
    c->rest.ptr += len;
    c->rest.len -= len;
    return got;
}

static uint64_t little_endian(struct pn_cursor *c, size_t width) {
    struct pn_view v = pn_cursor_bytes(c, width);
    uint64_t n = 0;
    for (size_t i = v.len; i > 0; i--)
        n = n << 8 | v.ptr[i - 1];
    return n;
}

uint8_t pn_cursor_u8(struct pn_cursor *c) {
    return (uint8_t)little_endian(c, 1);
}
uint16_t pn_cursor_u16(struct pn_cursor *c) {
    return (uint16_t)little_endian(c, 2);
}
uint32_t pn_cursor_u32(struct pn_cursor *c) {
    return (uint32_t)little_endian(c, 4);
}
uint64_t pn_cursor_u64(struct pn_cursor *c) {
    return little_endian(c, 8);
}

static void put(struct pn_buf *b, uint64_t v, size_t width) {
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++)
        bytes[i] = (uint8_t)(v >> (8 * i));
    pn_buf_add(b, bytes, width);
}

void pn_buf_put_u16(struct pn_buf *b, uint16_t v) {
    put(b, v, 2);
}
void pn_buf_put_u32(struct pn_buf *b, uint32_t v) {
    put(b, v, 4);
}
void pn_buf_put_u64(struct pn_buf *b, uint64_t v) {
    put(b, v, 8);
}

void pn_copy(void *to, const void *from, size_t len) {
    if (len != 0)
        memcpy(to, from, len);
}
