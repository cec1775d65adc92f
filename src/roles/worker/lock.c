// SPDX-License-Identifier: Apache-2.0
// The worker's confinement: the granted directories and nothing else.
#include <stdlib.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "confine/confine.h"
#include "roles/worker/worker.h"
#include "wasi/fs.h"

// What any rule below this directory grants; the finer rules are enforced at each open.
static unsigned rights_of(const struct pn_policy *policy, const char *root) {
    unsigned rights = 0;
    struct pn_view top = pn_view_str(root);
    for (size_t i = 0; i < policy->storage_allow_len; i++) {
        struct pn_view base = pn_view_str(policy->storage_allow[i].base);
        if (!pn_view_starts(base, top) && !pn_view_starts(top, base))
            continue;
        if ((policy->storage_allow[i].access & PN_ACCESS_READ) != 0)
            rights |= PN_GRANT_READ;
        if ((policy->storage_allow[i].access & PN_ACCESS_WRITE) != 0)
            rights |= PN_GRANT_WRITE;
    }
    return rights;
}

int worker_confine_files(struct worker *w, struct pn_err *err) {
    pn_auto(pn_free) struct pn_grant *grants = calloc(w->world.roots_len + 1, sizeof *grants);
    if (grants == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    for (size_t i = 0; i < w->world.roots_len; i++)
        grants[i] = (struct pn_grant){
            .fd = w->world.roots[i].fd,
            .rights = rights_of(&w->policy, w->world.roots[i].path),
        };
    return pn_confine_files(PN_ROLE_WORKER, grants, w->world.roots_len, err);
}

// What a worker may hold in all: its own needs, and per call the guest's memory, the engine's copies of arguments and
// result, and their JSON. A component that broke out cannot take the machine's memory.
int worker_limit_memory(const struct worker *w, struct pn_err *err) {
    const struct pn_limits *l = &w->policy.limits;
    const uint64_t base = UINT64_C(512) << 20, copies = UINT64_C(160) << 20;
    uint64_t per_call = 2 * l->memory_bytes + 4 * l->result_bytes + l->stack_bytes + copies;
    uint64_t most = base + per_call * l->concurrent_calls;
    struct rlimit limit = {.rlim_cur = most, .rlim_max = most};
    return setrlimit(RLIMIT_DATA, &limit) != 0 ? pn_fail_errno(err, "RLIMIT_DATA") : 0;
}
