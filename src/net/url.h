// SPDX-License-Identifier: Apache-2.0
// http and https URLs, parsed once: what comes out is what is checked and what is sent, byte for byte. Nothing is
// repaired. RFC 3986 with these refusals: userinfo, control characters, space, backslash, percent-encoded hosts, hosts
// with a trailing dot or with labels of mixed scripts, every spelling of an IPv4 address but the dotted one, IPv6 zones
// and IPv4-mapped literals, dot segments in a path that was given as such. Every failure is PN_E_INPUT and names the
// reason.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "net/addr.h"

#define PN_HOST_MAX 253
#define PN_PATH_MAX 16384

struct pn_host {
    char text[PN_HOST_MAX + 1]; // lower-case name in A-label form, or the address in its canonical text (no brackets)
    bool is_addr;
    struct pn_addr addr; // when is_addr
};

struct pn_url {
    bool tls; // https
    struct pn_host host;
    uint16_t port;
    bool default_port; // 80 for http, 443 for https: not written out
    char *path;        // path and query, starts with '/'; owned
};

// A host as it stands in a URL (IPv6 in brackets). Names go through UTS #46 (non-transitional, STD3 rules).
[[nodiscard]] int pn_host_parse(struct pn_view text, struct pn_host *out, struct pn_err *err);

// From the three parts of a request. `authority` is host[:port]; an empty `path` means "/"; `path` carries no fragment.
// `out` need not be initialised; release it with pn_url_fini after success.
[[nodiscard]] int pn_url_parse_parts(struct pn_view scheme, struct pn_view authority, struct pn_view path,
                                     struct pn_url *out, struct pn_err *err);
// From one absolute URL. Dot segments are removed (RFC 3986 section 5.2.4); a fragment is checked and dropped.
[[nodiscard]] int pn_url_parse(struct pn_view text, struct pn_url *out, struct pn_err *err);
// A reference (of a Location header, say) against `base`, RFC 3986 section 5.2.
[[nodiscard]] int pn_url_resolve(const struct pn_url *base, struct pn_view reference, struct pn_url *out,
                                 struct pn_err *err);

void pn_url_fini(struct pn_url *u);
static inline void pn_url_cleanup(struct pn_url *u) {
    pn_url_fini(u);
}

static inline const char *pn_url_scheme(const struct pn_url *u) {
    return u->tls ? "https" : "http";
}
// Appends host[:port] as the Host header wants it: brackets around IPv6, no default port.
void pn_url_authority(const struct pn_url *u, struct pn_buf *out);
// Appends the whole URL. pn_url_parse of it gives the same again.
void pn_url_format(const struct pn_url *u, struct pn_buf *out);
// The path without its query.
struct pn_view pn_url_path_only(const struct pn_url *u);
