// SPDX-License-Identifier: Apache-2.0
// Which addresses are not public: RFC 6890 and the IANA special-purpose registries, and the metadata services of cloud
// providers.
#include "policy/address.h"

#include "policy/network.h"

// The first row that fits counts. IPv4 in its mapped form, so 96 more bits.
static const struct {
    uint8_t base[16];
    unsigned bits;
    const char *name;
} classes[] = {
#define V4(a, b, c, d, n, name) \
    { {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, 96 + (n), name }
    V4(169, 254, 169, 254, 32, PN_CLASS_METADATA),
    V4(169, 254, 169, 253, 32, PN_CLASS_METADATA),
    V4(169, 254, 170, 2, 32, PN_CLASS_METADATA),
    V4(169, 254, 170, 23, 32, PN_CLASS_METADATA),
    V4(100, 100, 100, 200, 32, PN_CLASS_METADATA),
    V4(168, 63, 129, 16, 32, PN_CLASS_METADATA),
    V4(192, 0, 0, 192, 32, PN_CLASS_METADATA),
    {{0xfd, 0, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54}, 128, PN_CLASS_METADATA},
    {{0xfd, 0, 0x0e, 0xc2, [15] = 0x23}, 128, PN_CLASS_METADATA},
    {{0xfd, 0x20, 0, 0xce, [14] = 0x02, [15] = 0x54}, 128, PN_CLASS_METADATA},
    V4(0, 0, 0, 0, 8, "this network"),
    V4(10, 0, 0, 0, 8, "private"),
    V4(100, 64, 0, 0, 10, "carrier-grade NAT"),
    V4(127, 0, 0, 0, 8, "loopback"),
    V4(169, 254, 0, 0, 16, "link-local"),
    V4(172, 16, 0, 0, 12, "private"),
    V4(192, 0, 0, 0, 24, "protocol assignments"),
    V4(192, 0, 2, 0, 24, "documentation"),
    V4(192, 31, 196, 0, 24, "AS112"),
    V4(192, 52, 193, 0, 24, "multicast relay"),
    V4(192, 88, 99, 0, 24, "6to4 relay"),
    V4(192, 168, 0, 0, 16, "private"),
    V4(192, 175, 48, 0, 24, "AS112"),
    V4(198, 18, 0, 0, 15, "benchmarking"),
    V4(198, 51, 100, 0, 24, "documentation"),
    V4(203, 0, 113, 0, 24, "documentation"),
    V4(224, 0, 0, 0, 4, "multicast"),
    V4(255, 255, 255, 255, 32, "broadcast"),
    V4(240, 0, 0, 0, 4, "reserved"),
#undef V4
    {{[10] = 0xff, [11] = 0xff}, 96, NULL}, // any other IPv4 address
    {{0}, 128, "unspecified"},
    {{[15] = 1}, 128, "loopback"},
    {{0}, 96, "IPv4-compatible"},
    {{0x00, 0x64, 0xff, 0x9b}, 96, "NAT64"},
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "local NAT64"},
    {{0x01}, 64, "discard"},
    {{0x01, [7] = 0x01}, 64, "dummy"},
    {{0x20, 0x01}, 32, "Teredo"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
    {{0x20, 0x01}, 23, "protocol assignments"},
    {{0x20, 0x02}, 16, "6to4"},
    {{0x26, 0x20, 0x00, 0x4f, 0x80}, 48, "AS112"},
    {{0x3f, 0xff}, 20, "documentation"},
    {{0x5f}, 16, "segment routing"},
    {{0xfc}, 7, "unique local"},
    {{0xfe, 0x80}, 10, "link-local"},
    {{0xfe, 0xc0}, 10, "site-local"},
    {{0xff}, 8, "multicast"},
};

bool pn_address_in(const uint8_t ip[16], const uint8_t base[16], unsigned bits) {
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(ip, base, whole) != 0)
        return false;
    return rest == 0 || ((ip[whole] ^ base[whole]) & (0xff00u >> rest) & 0xff) == 0;
}

bool pn_address_is_v4(const uint8_t ip[16]) {
    static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff};
    return pn_address_in(ip, mapped, 96);
}

static bool is_isatap(const uint8_t ip[16]) { // RFC 5214: an interface identifier, behind any prefix
    return !pn_address_is_v4(ip) && (ip[8] & 0xfc) == 0 && ip[9] == 0 && ip[10] == 0x5e && ip[11] == 0xfe;
}

const char *pn_policy_address_class(const uint8_t ip[16]) {
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (pn_address_in(ip, classes[i].base, classes[i].bits))
            return classes[i].name;
    if ((ip[0] & 0xe0) != 0x20)
        return "not global unicast";
    return is_isatap(ip) ? "ISATAP" : NULL;
}

static void put_v4(uint8_t out[16], const uint8_t *four, uint8_t mask) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    pn_copy(out, mapped, sizeof mapped);
    for (size_t i = 0; i < 4; i++)
        out[12 + i] = four[i] ^ mask;
}

bool pn_address_embedded(const uint8_t ip[16], uint8_t out[16]) {
    static const struct {
        uint8_t base[16];
        unsigned bits, at;
        uint8_t mask;
    } carriers[] = {
        {{0}, 96, 12, 0},                                  // IPv4-compatible, RFC 4291
        {{0x00, 0x64, 0xff, 0x9b}, 96, 12, 0},             // NAT64, RFC 6052
        {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, 12, 0}, // local NAT64 with a /96, RFC 8215
        {{0x20, 0x01}, 32, 12, 0xff},                      // Teredo: the client, inverted, RFC 4380
        {{0x20, 0x02}, 16, 2, 0},                          // 6to4, RFC 3056
    };
    static const uint8_t zero[16];
    if (pn_address_in(ip, zero, 127)) // :: and ::1 are themselves, not 0.0.0.0 and 0.0.0.1 in disguise
        return false;
    for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
        if (pn_address_in(ip, carriers[i].base, carriers[i].bits)) {
            put_v4(out, ip + carriers[i].at, carriers[i].mask);
            return true;
        }
    if (!is_isatap(ip))
        return false;
    put_v4(out, ip + 12, 0);
    return true;
}
