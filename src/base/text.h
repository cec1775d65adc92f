// SPDX-License-Identifier: Apache-2.0
// Text: UTF-8 by RFC 3629, hex and base64 by RFC 4648, decimal numbers. Strict: what is not exactly the format fails.
#pragma once
#include "base/bytes.h"

// Decodes the first scalar value; returns its length in bytes, 0 when the bytes are not valid UTF-8 or empty.
size_t pn_utf8_next(struct pn_view text, uint32_t *scalar);
bool pn_utf8_valid(struct pn_view text);
// Appends one scalar value (surrogates and values above 0x10ffff become U+FFFD).
void pn_utf8_put(struct pn_buf *out, uint32_t scalar);
// The longest prefix of at most `most` bytes that does not split a character.
struct pn_view pn_utf8_cut(struct pn_view text, size_t most);
// Control, bidirectional, zero-width, tag, surrogate and other code points that a person does not see as written.
bool pn_char_is_hidden(uint32_t scalar);

void pn_hex_put(struct pn_buf *out, struct pn_view bytes); // lower case
// Exactly 2*len hex digits (either case) into `out`; false otherwise.
bool pn_hex_get(struct pn_view text, uint8_t *out, size_t len);

void pn_base64_put(struct pn_buf *out, struct pn_view bytes); // standard alphabet, padded
// Strict: standard alphabet, padding required, no white space, unused bits zero. False (out untouched beyond its
// old length is not guaranteed) otherwise.
bool pn_base64_get(struct pn_view text, struct pn_buf *out);

// Decimal digits only, no sign, no leading zero (except "0"), no overflow.
bool pn_u64_get(struct pn_view text, uint64_t *out);
