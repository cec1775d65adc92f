// SPDX-License-Identifier: Apache-2.0
// Network addresses as 16 bytes, and their text. IPv4 is held as ::ffff:a.b.c.d, so one comparison serves both.
// Strict: what inet_aton(3) guesses at (octal, hex, short forms) is not an address here.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

struct pn_addr {
    uint8_t b[16];
};
#define PN_ADDR_TEXT 48 // room for the longest text and its NUL

// IPv4 (also when written as an IPv4-mapped IPv6 address).
bool pn_addr_is_v4(const struct pn_addr *a);
static inline bool pn_addr_eq(const struct pn_addr *a, const struct pn_addr *b) {
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}
struct pn_addr pn_addr_from_v4(const uint8_t four[4]);
struct pn_addr pn_addr_from_v6(const uint8_t sixteen[16]);

// Four decimal numbers 0-255 without leading zeros. PN_E_INPUT otherwise.
[[nodiscard]] int pn_addr_parse_v4(struct pn_view text, struct pn_addr *out, struct pn_err *err);
// RFC 4291 section 2.2 without brackets and without a zone. PN_E_INPUT otherwise.
[[nodiscard]] int pn_addr_parse_v6(struct pn_view text, struct pn_addr *out, struct pn_err *err);
// Either of them.
[[nodiscard]] int pn_addr_parse(struct pn_view text, struct pn_addr *out, struct pn_err *err);
// "address/bits": *bits counts from the front of the 16 bytes (an IPv4 /8 is 104). Bits beyond the prefix must be zero.
[[nodiscard]] int pn_addr_parse_cidr(struct pn_view text, struct pn_addr *out, unsigned *bits, struct pn_err *err);
bool pn_addr_in(const struct pn_addr *a, const uint8_t net[16], unsigned bits);

// Dotted for IPv4, RFC 5952 for IPv6. Parses back to the same bytes.
void pn_addr_text(const struct pn_addr *a, char out[PN_ADDR_TEXT]);
