// SPDX-License-Identifier: Apache-2.0
// What the operator has put behind the door: components by content, and the policy of each as a chain of revisions.
//
//   $XDG_DATA_HOME/postern/store.db          SQLite: registrations, policy revisions, one sealed line about the whole
//   $XDG_DATA_HOME/postern/blobs/HEX.wasm    component bytes, named by their SHA-256
//   $XDG_STATE_HOME/postern/store.key        32 bytes, 0600: authenticates every row and every cache entry
//
// Every row is sealed with a keyed MAC, each revision is chained to the one before, each registration names the head of
// its chain, and the meta row seals the set of registrations: a changed, removed or replayed row is found and refused
// (PN_E_DENIED, code EBADMSG, text with remedy). Not found: the whole directory replaced by an older copy of itself.
// Changes are serialised by a file lock and atomic; a process killed at any moment leaves the old state or the new one.
// A store handle is used by one thread at a time. Nothing here parses a policy: callers check it first.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"

#define PN_ID_MAX 64

// Where things are. Absolute paths, owned.
struct pn_store_dirs {
    char *data, *cache, *state; // .../postern
};
// From XDG_DATA_HOME, XDG_CACHE_HOME, XDG_STATE_HOME (relative values are ignored, as the specification says) and HOME.
[[nodiscard]] int pn_store_dirs_init(struct pn_store_dirs *dirs, struct pn_err *err);
void pn_store_dirs_fini(struct pn_store_dirs *dirs);
static inline void pn_store_dirs_cleanup(struct pn_store_dirs *dirs) {
    pn_store_dirs_fini(dirs);
}

// Creates what is missing, checks that directories and files are ours alone (PN_E_DENIED otherwise) and removes what a
// crash left behind. The store keeps no pointer into `dirs`.
struct pn_store;
[[nodiscard]] int pn_store_open(const struct pn_store_dirs *dirs, struct pn_store **out, struct pn_err *err);
void pn_store_close(struct pn_store *s); // NULL is fine
static inline void pn_store_cleanup(struct pn_store **s) {
    pn_store_close(*s);
}

// --- ids: [a-z0-9][a-z0-9._-]{0,63}, so an id can never be a path ---
[[nodiscard]] int pn_id_check(const char *id, struct pn_err *err);
// The id for a file: last path segment without ".wasm", lower case, other characters as '-'. PN_E_INPUT when nothing is
// left.
[[nodiscard]] int pn_id_from_path(const char *path, char out[PN_ID_MAX + 1], struct pn_err *err);

// --- components ---
struct pn_component {
    char *id;
    struct pn_digest sha256;
    uint64_t size;       // bytes
    uint64_t loaded_at;  // Unix seconds
    char *source;        // where it came from, as the operator gave it; of hostile origin when shown
    uint64_t policy_rev; // head of its policy chain, never 0
    char *fault;         // NULL, or why this registration must not be used; the other fields are then unverified
};
struct pn_components {
    struct pn_component *at;
    size_t len;
};
void pn_component_fini(struct pn_component *c);
static inline void pn_component_cleanup(struct pn_component *c) {
    pn_component_fini(c);
}
void pn_components_fini(struct pn_components *list);
static inline void pn_components_cleanup(struct pn_components *list) {
    pn_components_fini(list);
}
// All that are loaded, ordered by id; `generation` (may be NULL) is that of the same snapshot.
[[nodiscard]] int pn_store_list(struct pn_store *s, struct pn_components *out, uint64_t *generation,
                                struct pn_err *err);
// PN_E_INPUT with code ENOENT when there is none of that id.
[[nodiscard]] int pn_store_get(struct pn_store *s, const char *id, struct pn_component *out, struct pn_err *err);
// The component's bytes in a sealed memfd of exactly c->size bytes, read and compared with c->sha256. Returns it or -1.
[[nodiscard]] int pn_store_blob(struct pn_store *s, const struct pn_component *c, struct pn_err *err);

struct pn_store_load {
    const char *id;
    struct pn_view bytes;
    const char *source;
    const char *policy; // YAML to put in force with it, or NULL
    bool keep_policy;   // other bytes under a known id: keep the policy that was granted to the old ones
};
struct pn_store_loaded {
    bool replaced;     // the id was loaded before
    bool same;         // ... with the very same bytes
    bool policy_reset; // ... with other bytes, and a policy that granted to the old bytes was emptied
    uint64_t policy_rev;
};
// Adds or replaces. New and replaced components start with an empty policy unless `policy` or `keep_policy` says
// otherwise; the same bytes again keep theirs. History survives both replacing and unloading.
[[nodiscard]] int pn_store_load(struct pn_store *s, const struct pn_store_load *load, struct pn_store_loaded *out,
                                struct pn_err *err);
[[nodiscard]] int pn_store_unload(struct pn_store *s, const char *id, struct pn_err *err); // ENOENT as above

// --- policies ---
struct pn_revision {
    uint64_t rev, at; // at: Unix seconds
    uint32_t uid;
    char *user;   // name of that uid at the time
    char *action; // "load", "grant network example.org", "rollback to 3", ...
    char *yaml;   // the document in force from then on; "" grants nothing
    char *fault;  // NULL, or why this revision is not trusted (rev is then its place in the chain)
};
struct pn_revisions {
    struct pn_revision *at;
    size_t len;
};
void pn_revision_fini(struct pn_revision *r);
static inline void pn_revision_cleanup(struct pn_revision *r) {
    pn_revision_fini(r);
}
void pn_revisions_fini(struct pn_revisions *list);
static inline void pn_revisions_cleanup(struct pn_revisions *list) {
    pn_revisions_fini(list);
}
// The revision in force.
[[nodiscard]] int pn_store_policy(struct pn_store *s, const char *id, struct pn_revision *out, struct pn_err *err);
// Puts `yaml` in force as a new revision by the calling user. `base` is the revision the change was made from;
// PN_E_RETRY when another one is in force by now (0 = whatever is in force). *rev (may be NULL) gets the new number.
[[nodiscard]] int pn_store_policy_set(struct pn_store *s, const char *id, uint64_t base, const char *action,
                                      const char *yaml, uint64_t *rev, struct pn_err *err);
// Every revision from 1 to the head, oldest first; damaged or missing ones have a fault. Also for unloaded ids.
[[nodiscard]] int pn_store_history(struct pn_store *s, const char *id, struct pn_revisions *out, struct pn_err *err);
// The text of revision `rev` put in force again as a new one.
[[nodiscard]] int pn_store_rollback(struct pn_store *s, const char *id, uint64_t rev, uint64_t *new_rev,
                                    struct pn_err *err);

// --- watching ---
// Counts every change; a reader that sees the same number twice has seen no change in between.
[[nodiscard]] int pn_store_generation(struct pn_store *s, uint64_t *out, struct pn_err *err);
// A non-blocking descriptor that becomes readable after changes by any process (and sometimes without one): drain it,
// then compare generations. A change by a process killed in the same instant may go unnoticed until the next one, so
// look every few seconds as well. The caller closes it.
[[nodiscard]] int pn_store_watch_fd(struct pn_store *s, struct pn_err *err);
void pn_store_watch_drain(int fd);
