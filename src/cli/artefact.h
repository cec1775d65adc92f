// SPDX-License-Identifier: Apache-2.0
// Compiled code and description of a component: out of the cache, or compiled now with progress on standard error.
#pragma once
#include "base/hash.h"
#include "cli/cli.h"
#include "store/store.h"
#include "json/json.h"

struct pn_artefact {
    int fd;
    struct pn_digest component; // SHA-256 of the component
    struct pn_digest digest;    // BLAKE2b of the artefact
    uint64_t memory_min;        // bytes
    struct pn_buf description;  // JSON: component/describe.h
};
void pn_artefact_fini(struct pn_artefact *a);
static inline void pn_artefact_cleanup(struct pn_artefact *a) {
    pn_artefact_fini(a);
}
// For bytes that `name` is shown for. *a need not be initialised.
[[nodiscard]] int pn_artefact_of_bytes(struct pn_view bytes, const char *name, struct pn_artefact *a,
                                       struct pn_err *err);
// For a loaded component, whose stored bytes are verified when they are needed.
[[nodiscard]] int pn_artefact_of_component(struct pn_store *s, const struct pn_component *c, struct pn_artefact *a,
                                           struct pn_err *err);
// For a file: reads at most the size cap.
[[nodiscard]] int pn_artefact_of_file(const char *path, struct pn_buf *bytes, struct pn_artefact *a,
                                      struct pn_err *err);

// The description read. Borrows the artefact's text.
struct pn_tools {
    struct pn_json doc;
    uint32_t list; // array of tools
};
[[nodiscard]] int pn_tools_open(struct pn_tools *t, const struct pn_artefact *a, struct pn_err *err);
void pn_tools_fini(struct pn_tools *t);
static inline void pn_tools_cleanup(struct pn_tools *t) {
    pn_tools_fini(t);
}
// Index of the tool of that name and its node; PN_JSON_NONE when there is none.
uint32_t pn_tools_find(const struct pn_tools *t, const char *name, uint32_t *node);
// PN_E_INPUT, naming the nearest tool, when there is none of that name or it is not callable.
[[nodiscard]] int pn_tools_need(const struct pn_tools *t, const char *name, uint32_t *index, struct pn_err *err);
bool pn_tool_callable(const struct pn_tools *t, uint32_t node);
// A member that is a string, "" when it is not there. Lives as long as `scratch` does not grow.
struct pn_view pn_tool_text(const struct pn_tools *t, uint32_t node, const char *member, struct pn_buf *scratch);
