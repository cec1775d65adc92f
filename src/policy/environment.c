// SPDX-License-Identifier: Apache-2.0
#include "policy/environment.h"

struct pn_verdict pn_policy_environment(const struct pn_policy *p, struct pn_view key) {
    for (size_t i = 0; i < p->environment_len; i++)
        if (pn_view_is(key, p->environment[i]))
            return (struct pn_verdict){
                .allow = true, .reason = PN_REASON_GRANTED, .list = PN_LIST_ENVIRONMENT, .index = i};
    return (struct pn_verdict){.reason = PN_REASON_NO_RULE};
}
