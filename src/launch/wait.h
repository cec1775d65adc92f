// SPDX-License-Identifier: Apache-2.0
// Waiting for a role's next message while its log lines are reprinted.
#pragma once
#include "launch/role.h"

// 1 = a message, 0 = the role is gone, -1 = error; PN_E_RETRY when `deadline` (monotonic ns) passed.
[[nodiscard]] int pn_child_next(struct pn_child *c, struct pn_msg *msg, uint64_t deadline, struct pn_err *err);
