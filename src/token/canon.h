// SPDX-License-Identifier: Apache-2.0
// Canonical JSON (RFC 8785, JCS): one text per value, so that a digest binds arguments and not their spelling. Members
// in order of their keys' UTF-16 code units, no white space, the fewest escapes, numbers as ECMAScript prints them.
//
// One deviation, on purpose: an integer beyond ±2^53 that fits 64 bits is written with all its digits. RFC 8785 rounds
// every number to a double, and then 9007199254740992 and 9007199254740993, which a tool that takes a u64 tells apart,
// would have one digest. Below 2^53, for fractions and beyond 64 bits the text is RFC 8785's.
#pragma once
#include "base/hash.h"
#include "json/json.h"

// Appends the canonical text of the value at node `at`. PN_E_INPUT: a number beyond the range of a double; PN_E_LIMIT:
// out of memory or `out` is full. What was appended before a failure stays.
[[nodiscard]] int pn_canon_put(const struct pn_json *doc, uint32_t at, struct pn_buf *out, struct pn_err *err);

// Parses `text` (what pn_json_parse refuses is refused: duplicate members, lone surrogates, U+0000) and appends its
// canonical text.
[[nodiscard]] int pn_canon_text(struct pn_view text, struct pn_buf *out, struct pn_err *err);

// SHA-256 of the canonical text.
[[nodiscard]] int pn_canon_digest(struct pn_view text, struct pn_digest *out, struct pn_err *err);

// A finite number as ECMAScript's Number::toString prints it (RFC 8785 section 3.2.2.3).
void pn_canon_put_f64(struct pn_buf *out, double v);
