// SPDX-License-Identifier: Apache-2.0
// Unicode scripts of host labels (UTS #39 section 5.1, "highly restrictive").
#pragma once
#include "base/bytes.h"

// A label (UTF-8, already mapped and lower-case) that uses one script, or Latin with the scripts of Japanese, Chinese
// or Korean. Only scripts in everyday use are known; a letter of any other script makes the label unacceptable.
bool pn_script_label_ok(struct pn_view label);
