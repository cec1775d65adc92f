// SPDX-License-Identifier: Apache-2.0
// Compiled components: native code that the worker will run, so nothing is taken from here that our key did not seal.
//
//   $XDG_CACHE_HOME/postern/compiled/KEY.cwasm     artefact
//   $XDG_CACHE_HOME/postern/compiled/KEY.json      description of its tools
//   $XDG_CACHE_HOME/postern/compiled/KEY.manifest  digests and sizes of both, memory minimum, MAC
//
// KEY = hex of BLAKE2b(component SHA-256, engine id, configuration). An entry is whole or it is not there: the manifest
// is written last. Whatever does not match is a miss with a reason (log it and compile again), never an error.
#pragma once
#include "store/store.h"

struct pn_cache;
[[nodiscard]] int pn_cache_open(const struct pn_store_dirs *dirs, struct pn_cache **out, struct pn_err *err);
void pn_cache_close(struct pn_cache *c);
static inline void pn_cache_cleanup(struct pn_cache **c) {
    pn_cache_close(*c);
}

struct pn_cache_key {
    struct pn_digest component; // SHA-256 of the component
    const char *engine;         // pn_compile_engine_id()
    const char *configuration;  // pn_compile_configuration()
};
struct pn_cache_entry {
    int artefact; // read-only descriptor
    uint64_t artefact_size;
    struct pn_digest digest; // BLAKE2b of the artefact
    uint64_t memory_min;     // bytes
    struct pn_buf tools;     // description, verified
    char miss[160];          // why there is no entry, for the log: "not compiled yet", "artefact is damaged", ...
    bool tampered;           // there was an entry and it did not match its seal
};
void pn_cache_entry_fini(struct pn_cache_entry *e);
static inline void pn_cache_entry_cleanup(struct pn_cache_entry *e) {
    pn_cache_entry_fini(e);
}
enum pn_cache_check {
    PN_CACHE_CHECK_ALL,   // artefact hashed here
    PN_CACHE_CHECK_LATER, // only its size: whoever loads it compares `digest` with pn_blake2b_fd first, as the worker
                          // does
};
// Fills *out and returns 1 for a hit, 0 for a miss (artefact is -1). Never negative.
[[nodiscard]] int pn_cache_get(struct pn_cache *c, const struct pn_cache_key *key, enum pn_cache_check check,
                               struct pn_cache_entry *out);

// Copies `artefact` (any descriptor that can be read with pread) and `tools` in. Two processes may do this at once.
// Entries nobody used for 30 days are removed on the way. A failure costs the next start a compilation, nothing else.
[[nodiscard]] int pn_cache_put(struct pn_cache *c, const struct pn_cache_key *key, int artefact, struct pn_view tools,
                               uint64_t memory_min, struct pn_err *err);
// Forgets an entry, e.g. after the worker found the artefact damaged.
void pn_cache_drop(struct pn_cache *c, const struct pn_cache_key *key);
