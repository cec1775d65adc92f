// SPDX-License-Identifier: Apache-2.0
// What the command line starts and waits for: the confined compiler, one call in a worker of its own, the server.
// Each of these starts role processes (role.h); nothing of a component runs in the caller.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"
#include "ipc/ipc.h"

struct pn_settings; // config/settings.h

// --- compile ---
// What the cache key is made of besides the content (store/cache.h): changes whenever an artefact made by another build
// must not be loaded by this one. Static strings.
const char *pn_compile_engine_id(void);     // engine and version, target, CPU features that matter
const char *pn_compile_configuration(void); // everything set in the engine's configuration

struct pn_compile_request {
    struct pn_view component; // the bytes of the component, borrowed for the call
    const char *name;         // file name or id, for messages
    uint64_t size_max;        // refuse more bytes; 0 = the default of 64 MiB
    // Told about each step (enum of COMPILE_PROGRESS), from the calling thread; NULL = not wanted.
    void (*progress)(void *ctx, unsigned phase, struct pn_view text);
    void *ctx;
};
struct pn_compiled {
    int artefact;            // sealed memfd
    struct pn_digest digest; // BLAKE2b of the artefact
    uint64_t memory_min;     // bytes of linear memory that instantiation needs
    struct pn_buf tools;     // the description: a JSON array, checked to be valid JSON
};
void pn_compiled_fini(
    struct pn_compiled *c); // closes and frees; for a struct that pn_compile filled or {.artefact = -1}
static inline void pn_compiled_cleanup(struct pn_compiled *c) {
    pn_compiled_fini(c);
}
// Compiles in a short-lived confined process (2 GiB, 5 min). PN_E_INPUT: not a component, or one that cannot be used,
// with the reason; PN_E_LIMIT: size, memory or time; PN_E_PEER: the compiler died or answered nonsense. Blocks.
[[nodiscard]] int pn_compile(const struct pn_compile_request *req, struct pn_compiled *out, struct pn_err *err);

// --- one call ---
struct pn_oneshot {
    const char *id;             // names the component in logs and errors
    struct pn_digest component; // SHA-256 of the component
    int artefact;               // descriptor of the compiled artefact, borrowed
    struct pn_digest digest;    // its BLAKE2b; the worker checks it before it loads a byte
    struct pn_view tools;       // the description
    uint64_t memory_min;        // bytes that instantiation needs
    uint32_t tool;              // index into it
    struct pn_view policy;      // YAML, already known to parse; empty grants nothing
    struct pn_view arguments;   // JSON object
    uint32_t deadline_ms;       // 0 = the policy's wall time
    const struct pn_settings *settings;
};
struct pn_oneshot_result {
    enum pn_outcome outcome;
    struct pn_buf value; // JSON of the result, for PN_OUTCOME_OK and PN_OUTCOME_TOOL_ERROR
    struct pn_buf text;  // for the others
};
void pn_oneshot_result_fini(struct pn_oneshot_result *r);
static inline void pn_oneshot_result_cleanup(struct pn_oneshot_result *r) {
    pn_oneshot_result_fini(r);
}
// One worker and, if the policy grants any network, one egress, for one call; both are gone when it returns. 0 with any
// outcome that the worker reported; negative when there was none. Blocks. SIGINT during the call cancels it
// (PN_OUTCOME_CANCELLED).
[[nodiscard]] int pn_oneshot_call(const struct pn_oneshot *call, struct pn_oneshot_result *out, struct pn_err *err);

// --- the server ---
struct pn_serve {
    const struct pn_settings *settings;
    bool management; // --allow-management: built-in tools that load, unload, grant and revoke are offered
};
// Serves MCP on descriptors 0 and 1 until standard input ends. Returns the exit code of the process (0 = ended with its
// input) or negative when it could not start.
[[nodiscard]] int pn_supervisor_run(const struct pn_serve *serve, struct pn_err *err);
