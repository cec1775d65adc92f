// SPDX-License-Identifier: Apache-2.0
// Arithmetic on addresses in IPv6 form (IPv4 as ::ffff:a.b.c.d).
#pragma once
#include "base/bytes.h"

#define PN_CLASS_METADATA "metadata service"

bool pn_address_in(const uint8_t ip[16], const uint8_t base[16], unsigned bits);
bool pn_address_is_v4(const uint8_t ip[16]);
// The IPv4 address that an IPv6 address carries inside (6to4, Teredo, NAT64, ISATAP, IPv4-compatible), in mapped form.
bool pn_address_embedded(const uint8_t ip[16], uint8_t out[16]);
