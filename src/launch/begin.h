// SPDX-License-Identifier: Apache-2.0
// The other side of role.h: the opening moves of every role process.
#pragma once
#include "ipc/ipc.h"

// Takes over descriptor 3 as the channel to the supervisor, sets up the log and enters the role's confinement (uid,
// namespaces, no_new_privs). Exits with status 2 when the process was not started by Postern, and with 3 when it cannot
// be confined (the supervisor is told why). *slot gets the number the role was started with.
void pn_role_begin(enum pn_role role, int argc, char **argv, struct pn_chan *chan, uint32_t *slot);

// Tells the supervisor why this role cannot go on, and exits with status 1.
_Noreturn void pn_role_fail(struct pn_chan *chan, const struct pn_err *err);
// Tells the supervisor that this role has locked itself and serves.
[[nodiscard]] int pn_role_ready(struct pn_chan *chan, struct pn_err *err);
