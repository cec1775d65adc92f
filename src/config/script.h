// SPDX-License-Identifier: Apache-2.0
// Scripts of Unicode letters (UAX #24), as far as host names need them.
#pragma once
#include "base/bytes.h"

// True when all letters of the label belong to one script of UAX #31 table 5 (digits, '-' and combining marks belong to any), or together
// form Japanese (Han, Hiragana, Katakana), Chinese with Bopomofo, or Korean (Han, Hangul). Letters of any other script make it false.
bool pn_script_is_single(struct pn_view label);
