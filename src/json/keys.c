// SPDX-License-Identifier: Apache-2.0
#include "keys.h"

#include "base/hash.h"
#include "escape.h"

#include <sodium.h>
#include <stdlib.h>

// Up to here each key is compared with each other one; beyond, a hash table is cheaper.
#define PAIRWISE_MOST 16

void pn_json_keys_fini(struct json_keys *keys) {
    if (keys->list != keys->first)
        free(keys->list);
    json_keys_init(keys);
}

bool pn_json_keys_grow(struct json_keys *keys) {
    struct json_key *kept = keys->list == keys->first ? NULL : keys->list;
    struct json_key *list = realloc(kept, 2 * (size_t)keys->cap * sizeof *list);
    if (list == NULL)
        return false;
    if (kept == NULL)
        pn_copy(list, keys->first, sizeof keys->first);
    keys->list = list;
    keys->cap *= 2;
    return true;
}

static struct pn_view key_text(const struct json_key *key, const uint8_t *text) {
    return pn_view(text + key->start, key->end - key->start);
}

// Both sides piece by piece; a piece may end in the middle of the other's.
static bool same_unescaped(struct pn_view a, struct pn_view b) {
    struct json_piece pa = {0}, pb = {0};
    for (;;) {
        bool more_a = pa.len > 0 || pn_json_piece_next(&a, &pa);
        bool more_b = pb.len > 0 || pn_json_piece_next(&b, &pb);
        if (!more_a || !more_b)
            return more_a == more_b;
        size_t n = pa.len < pb.len ? pa.len : pb.len;
        if (memcmp(pa.ptr, pb.ptr, n) != 0)
            return false;
        pa.ptr += n;
        pa.len -= n;
        pb.ptr += n;
        pb.len -= n;
    }
}

static bool same_key(const struct json_key *a, const struct json_key *b, const uint8_t *text) {
    if (!a->escaped && !b->escaped)
        return pn_view_eq(key_text(a, text), key_text(b, text));
    return same_unescaped(key_text(a, text), key_text(b, text));
}

static bool pairwise(const struct json_key *list, uint32_t count, const uint8_t *text, uint32_t *again) {
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (same_key(&list[i], &list[k], text)) {
                *again = i;
                return true;
            }
    return false;
}

// SipHash with a secret of this object's own, so that nobody can prepare keys that collide.
struct table {
    uint8_t secret[crypto_shorthash_KEYBYTES];
    uint32_t *slots; // index + 1, 0 = free
    uint32_t mask;
    struct pn_buf scratch;
};

static bool table_hash(struct table *t, const struct json_key *key, const uint8_t *text, uint32_t *hash) {
    struct pn_view bytes = key_text(key, text);
    if (key->escaped) {
        pn_buf_reset(&t->scratch);
        struct json_piece piece;
        while (pn_json_piece_next(&bytes, &piece))
            pn_buf_add(&t->scratch, piece.ptr, piece.len);
        if (t->scratch.overflow)
            return false;
        bytes = pn_buf_view(&t->scratch);
    }
    uint8_t out[crypto_shorthash_BYTES];
    (void)crypto_shorthash(out, bytes.ptr, bytes.len, t->secret);
    struct pn_cursor c = {pn_view(out, sizeof out), false};
    *hash = pn_cursor_u32(&c);
    return true;
}

// 1 when a key equal to list[i] is in the table already, 0 when it was put in, -1 when memory ran out.
static int table_put(struct table *t, const struct json_key *list, uint32_t i, const uint8_t *text) {
    uint32_t slot;
    if (!table_hash(t, &list[i], text, &slot))
        return -1;
    for (slot &= t->mask; t->slots[slot] != 0; slot = (slot + 1) & t->mask)
        if (same_key(&list[i], &list[t->slots[slot] - 1], text))
            return 1;
    t->slots[slot] = i + 1;
    return 0;
}

static int hashed(const struct json_key *list, uint32_t count, const uint8_t *text, uint32_t *again) {
    uint32_t size = 64;
    while (size < 2 * count)
        size *= 2;
    struct table t = {.slots = calloc(size, sizeof(uint32_t)), .mask = size - 1};
    if (t.slots == NULL)
        return -1;
    pn_random(t.secret, sizeof t.secret);
    int found = 0;
    for (uint32_t i = 0; i < count && found == 0; i++) {
        found = table_put(&t, list, i, text);
        *again = i;
    }
    free(t.slots);
    pn_buf_fini(&t.scratch);
    return found;
}

int pn_json_keys_repeat(const struct json_keys *keys, uint32_t from, const uint8_t *text, uint32_t *again) {
    const struct json_key *list = keys->list + from;
    uint32_t count = keys->count - from, at = 0;
    int found = count <= PAIRWISE_MOST ? pairwise(list, count, text, &at) : hashed(list, count, text, &at);
    *again = from + at;
    return found;
}
