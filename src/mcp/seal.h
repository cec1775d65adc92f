// SPDX-License-Identifier: Apache-2.0
// Opaque text that a client hands back and that only this process can have made: list cursors and requestState
// (2026-07-28 basic/patterns/mrtr, "Server Requirements"). Readable, not secret; authenticated by keyed BLAKE2b.
#pragma once
#include "base/bytes.h"
#include "base/hash.h"

// Appends the sealed form of `payload`. `purpose` keeps kinds apart; `context` is what the text is bound to and must be
// given again to open it.
void pn_mcp_seal(const struct pn_mac_key *key, const char *purpose, struct pn_view context, struct pn_view payload,
                 struct pn_buf *out);
// Appends the payload to `out`. False when the text was not made by this key for this purpose and context.
bool pn_mcp_unseal(const struct pn_mac_key *key, const char *purpose, struct pn_view context, struct pn_view text,
                   struct pn_buf *out);
