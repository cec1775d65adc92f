// SPDX-License-Identifier: Apache-2.0
// Where credentials lie: names that no wildcard of a grant reaches (postern-policy(5) prints the table).
#pragma once
#include "policy/pattern.h"

// Fills path->credential.
void pn_credential_mark(struct pn_segments *path);
// Does this pattern segment name all the places in `rows` itself: literally, or by a pattern that matches nothing else?
bool pn_credential_named(uint64_t rows, struct pn_view pattern);
// The pattern of the first of `rows`, or NULL for none.
const char *pn_credential_pattern(uint64_t rows);
// Could renaming this path change whether something below it counts as a credential?
bool pn_credential_begins(const struct pn_segments *path);
