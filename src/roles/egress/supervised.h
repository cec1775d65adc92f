// SPDX-License-Identifier: Apache-2.0
// The channel to the supervisor.
#pragma once
#include "roles/egress/egress.h"

// Waits for EGRESS_START, reads what will be out of reach later (certificates, resolver configuration), and locks the
// process.
[[nodiscard]] int pn_supervised_start(struct pn_egress *e, struct pn_err *err);
// From now on the loop takes the supervisor's messages; it stops when the supervisor says so or is gone.
[[nodiscard]] int pn_supervised_watch(struct pn_egress *e, struct pn_err *err);
