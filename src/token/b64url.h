// SPDX-License-Identifier: Apache-2.0
// base64url without padding (RFC 4648 section 5, RFC 7515 section 2). Strict: one text per byte string.
#pragma once
#include "base/bytes.h"

void pn_b64url_put(struct pn_buf *out, struct pn_view bytes);

// Characters that encode `bytes` bytes.
static inline size_t pn_b64url_len(size_t bytes) {
    return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : bytes % 3 + 1);
}
// Appends the decoded bytes. False for any character outside the alphabet ('=', '+', '/', white space), a length that
// cannot be, unused bits that are not zero, and when `out` is full. What was appended before a failure stays.
bool pn_b64url_get(struct pn_view text, struct pn_buf *out);
// The same into exactly `len` bytes.
bool pn_b64url_fixed(struct pn_view text, uint8_t *out, size_t len);
