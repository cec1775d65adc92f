// SPDX-License-Identifier: Apache-2.0
// Host names and address ranges as a policy writes them, in the one form that is compared.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

// A DNS name in lower-case A-label form (UTS #46 non-transitional, STD3 rules, RFC 5890), freshly allocated. Refused with advice: IP literals in
// any spelling (also "0x7f.1", "127.1"), ports, URLs, user info, trailing dots, empty labels, labels above 63 and names above 253 bytes, A-labels
// that do not survive the round trip, and labels that mix scripts (UTS #39 single script; Han with kana, bopomofo or hangul is one script).
[[nodiscard]] int pn_host_normalise(struct pn_view text, char **out, struct pn_err *err);

// "10.0.0.0/8", "fd00::/8", or a bare address for exactly that one. Strict RFC 6943 section 3.1.1 spelling for IPv4, RFC 4291 for IPv6 without
// zone; bits after the prefix must be zero. IPv4 becomes ::ffff:a.b.c.d with 96 more bits; writing that mapped form oneself is refused.
[[nodiscard]] int pn_cidr_parse(struct pn_view text, uint8_t addr[16], unsigned *bits, struct pn_err *err);
void pn_cidr_put(struct pn_buf *out, const uint8_t addr[16], unsigned bits);
// The address alone, without "/bits".
void pn_cidr_put_address(struct pn_buf *out, const uint8_t addr[16]);
