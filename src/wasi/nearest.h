// SPDX-License-Identifier: Apache-2.0
// The suggestion in an error message.
#pragma once
#include "base/bytes.h"

// The name of the NULL-terminated list with the smallest edit distance to `name` (its first 128 bytes); NULL when the
// list is empty.
const char *pn_nearest_name(struct pn_view name, const char *const names[]);
