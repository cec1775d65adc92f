// SPDX-License-Identifier: Apache-2.0
// HTTP header fields (RFC 9110 section 5) as they travel between worker and egress: a block of pairs, each u16 name
// length, name, u32 value length, value. Names are tokens, values have no control character but the tab.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#define PN_HEADERS_MAX 100           // pairs in a block
#define PN_HEADERS_REPLY_BYTES 49152 // block of a response head
#define PN_HEADERS_SENT_BYTES 32768  // block of a request, and of trailers

struct pn_header {
    struct pn_view name, value;
};

bool pn_token_valid(struct pn_view text);        // RFC 9110 section 5.6.2
bool pn_header_value_valid(struct pn_view text); // no CR, LF, NUL or other control; no space or tab at either end

// Fields that belong to the connection or to us, never to a guest: Host, Content-Length, Transfer-Encoding, Connection,
// Expect, Proxy-*, ... (any case).
bool pn_header_is_ours(struct pn_view name);

void pn_headers_put(struct pn_buf *block, struct pn_view name, struct pn_view value);
// Reads the next pair; 1 = got one, 0 = end of block, -1 = PN_E_PEER: the block is malformed.
[[nodiscard]] int pn_headers_next(struct pn_cursor *block, struct pn_header *out, struct pn_err *err);
