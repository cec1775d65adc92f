// SPDX-License-Identifier: Apache-2.0
// The keys of the objects that are still open, and the search for duplicates among them. Private to this folder.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

struct json_key {
    uint32_t start, end; // between the quotes
    bool escaped;
};

#define JSON_KEYS_INLINE 48

// Zero-initialised but for `list` = `first` and `cap` = JSON_KEYS_INLINE (json_keys_init).
struct json_keys {
    struct json_key *list;
    uint32_t count, cap;
    struct json_key first[JSON_KEYS_INLINE]; // small documents allocate nothing
};

static inline void json_keys_init(struct json_keys *keys) {
    keys->list = keys->first;
    keys->count = 0;
    keys->cap = JSON_KEYS_INLINE;
}
void pn_json_keys_fini(struct json_keys *keys);

bool pn_json_keys_grow(struct json_keys *keys); // false when out of memory
static inline bool json_keys_push(struct json_keys *keys, struct json_key key) {
    if (keys->count == keys->cap && !pn_json_keys_grow(keys))
        return false;
    keys->list[keys->count++] = key;
    return true;
}

// Compares keys[from...] after unescaping. 0: all differ; 1: `*again` is the index of a repeated one; -1: out of
// memory.
int pn_json_keys_repeat(const struct json_keys *keys, uint32_t from, const uint8_t *text, uint32_t *again);
