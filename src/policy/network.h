// SPDX-License-Identifier: Apache-2.0
// May a component send this request, and may it go to this address? Two questions, because a name is resolved only
// after it was granted. Both are pure; ask both, and the second for the address that will be dialled, and again after
// each redirect.
#pragma once
#include "policy/verdict.h"

struct pn_network_facts {
    unsigned scheme;       // PN_SCHEME_HTTP or PN_SCHEME_HTTPS
    struct pn_view host;   // lower-case A-labels without trailing dot; empty when the URL holds an address
    bool is_address;       // the URL's host is an IP literal: `address` holds it
    uint8_t address[16];   // IPv6 form, IPv4 as ::ffff:a.b.c.d
    uint16_t port;         // the one that will be dialled, never 0
    struct pn_view method; // as it will be sent
    struct pn_view path;   // as it will be sent, without query; "" counts as "/"
};

// The name stage. Allowed: an allow entry fits in every part and no deny entry does. An address in the URL needs a cidr
// entry that covers it, whether it is public or not. In an allow entry, missing `ports` means the scheme's default
// port, missing `schemes` https only, missing `methods` and `paths` any; in a deny entry whatever is missing means any,
// and a path also covers everything below it. Paths are compared decoded, segment by segment. A path that could be read
// in two ways (dot segments, encoded slashes, "//", ';', controls, broken escapes, bytes that are not UTF-8) fits no
// allow entry with `paths` and every deny entry with `paths`.
[[nodiscard]] struct pn_verdict pn_policy_network(const struct pn_policy *p, const struct pn_network_facts *facts);

// The address stage; includes the name stage, so it never allows what that refuses. `ip`: IPv6 form, IPv4 (also an AAAA
// answer ::ffff:a.b.c.d) as ::ffff:a.b.c.d. An address that is not public (pn_policy_address_class) needs an allow
// entry with a cidr that covers it and whose ports, schemes, methods and paths fit; metadata services need one that
// names exactly that address. A cidr entry alone grants no name: the name needs its own host entry. Addresses that
// carry an IPv4 address (6to4, NAT64, Teredo, v4-compatible ...) must pass for both. A denied cidr wins.
[[nodiscard]] struct pn_verdict pn_policy_address(const struct pn_policy *p, const struct pn_network_facts *facts,
                                                  const uint8_t ip[16]);

// "loopback", "private", "metadata service" ..., or NULL for a public unicast address.
const char *pn_policy_address_class(const uint8_t ip[16]);
