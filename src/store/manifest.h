// SPDX-License-Identifier: Apache-2.0
// The sealed line that makes a cache entry: 16 bytes of magic, then little-endian fields, then a MAC over all before
// it. Internal to src/store.
#pragma once
#include "base/bytes.h"
#include "base/hash.h"

enum { PN_MANIFEST_SIZE = 16 + 3 * PN_DIGEST + 3 * 8 + PN_DIGEST };

struct pn_manifest {
    struct pn_digest entry;    // the cache key: an entry moved to another name is found
    struct pn_digest artefact; // BLAKE2b
    struct pn_digest tools;    // BLAKE2b
    uint64_t artefact_size, tools_size, memory_min;
};
// False when memory ran out.
[[nodiscard]] bool pn_manifest_write(const struct pn_manifest *m, const struct pn_mac_key *key, struct pn_buf *out);
// False unless `bytes` is exactly a manifest sealed with `key`.
[[nodiscard]] bool pn_manifest_parse(struct pn_view bytes, const struct pn_mac_key *key, struct pn_manifest *out);
