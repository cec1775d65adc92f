// SPDX-License-Identifier: Apache-2.0
// Starting a worker and, if its policy grants any network, wiring it to egress: what the one-shot call and the
// supervisor share.
#pragma once
#include "config/policy.h"
#include "launch/role.h"

struct pn_settings;

struct pn_worker_plan {
    uint32_t slot;
    const char *id;
    struct pn_digest component, artefact_digest;
    int artefact; // borrowed
    uint32_t tool_count;
    uint64_t memory_min; // bytes that instantiation needs at least
    struct pn_view policy_text;
    const struct pn_policy *policy; // the same, parsed
    const struct pn_settings *settings;
};

// PN_E_LIMIT, saying what to grant, when the policy allows less memory than the component starts with.
[[nodiscard]] int pn_memory_check(uint64_t memory_min, const struct pn_limits *limits, struct pn_err *err);

// Launches the worker and sends it everything; READY is not awaited. *calls and *control get the gateway's ends.
// `egress` is the running egress (or NULL: then the policy must grant no network).
[[nodiscard]] int pn_worker_launch(const struct pn_worker_plan *plan, struct pn_child *egress, struct pn_child *worker,
                                   int *calls, int *control, struct pn_err *err);
// Launches egress. It reads certificates for a while; what is sent to it meanwhile waits, so READY need not be awaited.
[[nodiscard]] int pn_egress_launch(const struct pn_settings *settings, struct pn_child *egress, struct pn_err *err);
static inline bool pn_policy_needs_egress(const struct pn_policy *p) {
    return p->network_allow_len > 0;
}
// The number of tools in a description (describe.h); 0 when it is not one.
uint32_t pn_description_tools(struct pn_view description);
