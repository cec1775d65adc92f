// SPDX-License-Identifier: Apache-2.0
#include "net/addr.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool pn_addr_is_v4(const struct pn_addr *a) {
    return memcmp(a->b, mapped, sizeof mapped) == 0;
}

struct pn_addr pn_addr_from_v4(const uint8_t four[4]) {
    struct pn_addr a = {{0}};
    pn_copy(a.b, mapped, sizeof mapped);
    pn_copy(a.b + 12, four, 4);
    return a;
}

struct pn_addr pn_addr_from_v6(const uint8_t sixteen[16]) {
    struct pn_addr a = {{0}};
    pn_copy(a.b, sixteen, 16);
    return a;
}

int pn_addr_parse_v4(struct pn_view text, struct pn_addr *out, struct pn_err *err) {
    uint8_t four[4];
    size_t from = 0;
    for (size_t i = 0; i < 4; i++) {
        size_t dot = i < 3 ? pn_view_find(text, '.', from) : text.len;
        if (dot == SIZE_MAX)
            return pn_fail(err, PN_E_INPUT, "an IPv4 address has four numbers");
        uint64_t number;
        if (!pn_u64_get(pn_view_part(text, from, dot), &number) || number > 255)
            return pn_fail(err, PN_E_INPUT,
                           "each part of an IPv4 address is a decimal number from 0 to 255 without leading zeros");
        four[i] = (uint8_t)number;
        from = dot + 1;
    }
    *out = pn_addr_from_v4(four);
    return 0;
}

int pn_addr_parse_v6(struct pn_view text, struct pn_addr *out, struct pn_err *err) {
    char buf[INET6_ADDRSTRLEN + 1];
    static const char wrong[] = "not an IPv6 address";
    if (text.len == 0 || text.len >= sizeof buf)
        return pn_fail(err, PN_E_INPUT, wrong);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '%')
            return pn_fail(err, PN_E_INPUT, "an IPv6 address with a zone is not accepted");
        if (strchr("0123456789abcdefABCDEF:.", text.ptr[i]) == NULL || text.ptr[i] == 0)
            return pn_fail(err, PN_E_INPUT, wrong);
    }
    pn_copy(buf, text.ptr, text.len);
    buf[text.len] = 0;
    struct pn_addr a;
    if (inet_pton(AF_INET6, buf, a.b) != 1)
        return pn_fail(err, PN_E_INPUT, wrong);
    *out = a;
    return 0;
}

int pn_addr_parse(struct pn_view text, struct pn_addr *out, struct pn_err *err) {
    if (pn_view_find(text, ':', 0) != SIZE_MAX)
        return pn_addr_parse_v6(text, out, err);
    return pn_addr_parse_v4(text, out, err);
}

// Keeps the first `bits` and clears the rest.
static struct pn_addr masked(const uint8_t net[16], unsigned bits) {
    struct pn_addr a = {{0}};
    for (unsigned i = 0; i < 16 && bits > 8 * i; i++) {
        unsigned keep = bits - 8 * i;
        a.b[i] = keep >= 8 ? net[i] : (uint8_t)(net[i] & (0xff00u >> keep));
    }
    return a;
}

int pn_addr_parse_cidr(struct pn_view text, struct pn_addr *out, unsigned *bits, struct pn_err *err) {
    size_t slash = pn_view_find(text, '/', 0);
    if (slash == SIZE_MAX)
        return pn_fail(err, PN_E_INPUT, "a network is written address/bits, for example 10.0.0.0/8");
    struct pn_addr a;
    if (pn_addr_parse(pn_view_part(text, 0, slash), &a, err) < 0)
        return -1;
    // An IPv4 prefix counts inside the last four bytes, whatever its notation.
    bool dotted = pn_view_find(pn_view_part(text, 0, slash), ':', 0) == SIZE_MAX;
    unsigned base = dotted ? 96 : 0;
    uint64_t n;
    if (!pn_u64_get(pn_view_part(text, slash + 1, text.len), &n) || n > 128 - base)
        return pn_fail(err, PN_E_INPUT, "the prefix length of this network is a number from 0 to %u", 128 - base);
    struct pn_addr first = masked(a.b, (unsigned)n + base);
    if (!pn_addr_eq(&first, &a)) {
        char fixed[PN_ADDR_TEXT];
        pn_addr_text(&first, fixed);
        return pn_fail(err, PN_E_INPUT, "the address has bits beyond its prefix: write %s/%u", fixed, (unsigned)n);
    }
    *out = a;
    *bits = (unsigned)n + base;
    return 0;
}

bool pn_addr_in(const struct pn_addr *a, const uint8_t net[16], unsigned bits) {
    struct pn_addr mine = masked(a->b, bits), theirs = masked(net, bits);
    return pn_addr_eq(&mine, &theirs);
}

void pn_addr_text(const struct pn_addr *a, char out[PN_ADDR_TEXT]) {
    out[0] = 0;
    if (pn_addr_is_v4(a)) {
        (void)inet_ntop(AF_INET, a->b + 12, out, PN_ADDR_TEXT);
        return;
    }
    (void)inet_ntop(AF_INET6, a->b, out, PN_ADDR_TEXT);
}
