// SPDX-License-Identifier: Apache-2.0
// Why, and what would change it: for `postern policy explain` and for log lines about denials.
#pragma once
#include "policy/network.h"
#include "policy/storage.h"

struct pn_explanation {
    struct pn_verdict verdict;
    struct pn_buf reason; // one sentence with the deciding entry
    struct pn_buf
        yaml; // the smallest grant that allows exactly this, as a piece of the document; empty: none would (see remedy)
    struct pn_buf command; // the same as command lines, each ending in a line feed
    struct pn_buf remedy;  // one sentence: what to do
};
void pn_explanation_fini(struct pn_explanation *e);
static inline void pn_explanation_cleanup(struct pn_explanation *e) {
    pn_explanation_fini(e);
}

// `id` is the component's, for the command line. Zero-initialise `out`. Paths and facts as in storage.h and network.h.
void pn_explain_storage(const struct pn_policy *p, const char *id, struct pn_view path, unsigned want,
                        struct pn_explanation *out);
// `ip`: the address the name leads to, or NULL for the name stage alone.
void pn_explain_network(const struct pn_policy *p, const char *id, const struct pn_network_facts *facts,
                        const uint8_t *ip, struct pn_explanation *out);
void pn_explain_environment(const struct pn_policy *p, const char *id, const char *key, struct pn_explanation *out);
