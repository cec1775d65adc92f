// SPDX-License-Identifier: Apache-2.0
#include "config/host.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "config/script.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>

#define HOST_MAX 253

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

// The last label decides whether some resolver would take the name for an address: "1", "0x7f", "127".
static bool ends_in_number(struct pn_view host) {
    size_t from = host.len;
    while (from > 0 && host.ptr[from - 1] != '.')
        from--;
    struct pn_view last = pn_view_part(host, from, host.len);
    if (last.len >= 2 && last.ptr[0] == '0' && (last.ptr[1] | 0x20) == 'x')
        return true;
    for (size_t i = 0; i < last.len; i++)
        if (!is_digit(last.ptr[i]))
            return false;
    return last.len > 0;
}

static int check_spelling(struct pn_view text, struct pn_err *err) {
    static const struct {
        char c;
        const char *advice;
    } refused[] = {
        {'/', "give the name alone, without a scheme or a path; those have keys of their own"},
        {'@', "give the name alone, without user information"},
        {'[', "an address is granted with 'cidr', not with 'host'"},
        {':', "give the name alone; ports have the key 'ports', addresses the key 'cidr'"},
        {'*', "'*' may stand only in front, as in *.example.org"},
        {'%', "percent-encoding is not part of a host name"},
        {' ', "a host name has no blanks"},
    };
    if (text.len == 0 || text.len > 1000)
        return pn_fail(err, PN_E_INPUT, "a host name has 1 to %d bytes", HOST_MAX);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (pn_view_find(text, (uint8_t)refused[i].c, 0) != SIZE_MAX)
            return pn_fail(err, PN_E_INPUT, "'%.*s' is not a host name: %s", PN_FMT(pn_utf8_cut(text, 100)),
                           refused[i].advice);
    if (text.ptr[text.len - 1] == '.')
        return pn_fail(err, PN_E_INPUT, "'%.*s' ends in a dot; write the name without it",
                       PN_FMT(pn_utf8_cut(text, 100)));
    return 0;
}

// Every label of the Unicode form must keep to one script.
static int check_scripts(struct pn_view shown, struct pn_err *err) {
    for (size_t from = 0; from <= shown.len;) {
        size_t dot = pn_view_find(shown, '.', from);
        size_t to = dot == SIZE_MAX ? shown.len : dot;
        if (!pn_script_is_single(pn_view_part(shown, from, to)))
            return pn_fail(
                err, PN_E_INPUT,
                "'%.*s' mixes letters of several scripts in one label; such names imitate others and are refused",
                PN_FMT(pn_utf8_cut(shown, 100)));
        from = to + 1;
    }
    return 0;
}

// libidn2 hands out memory of malloc(3).
static int to_ascii(const char *text, char **out, struct pn_err *err) {
    uint8_t *ascii = NULL;
    int rc = idn2_lookup_u8((const uint8_t *)text, &ascii,
                            IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES);
    if (rc != IDN2_OK)
        return pn_fail(err, PN_E_INPUT, "'%.100s' is not a host name: %s", text, idn2_strerror(rc));
    *out = (char *)ascii;
    return 0;
}

static int check_result(const char *ascii, struct pn_err *err) {
    struct pn_view host = pn_view_str(ascii);
    if (host.len == 0 || host.len > HOST_MAX)
        return pn_fail(err, PN_E_INPUT, "a host name has 1 to %d bytes", HOST_MAX);
    for (size_t i = 0, label = 0; i <= host.len; i++) {
        if (i < host.len && host.ptr[i] != '.')
            continue;
        if (i == label || host.ptr[label] == '-' || host.ptr[i - 1] == '-')
            return pn_fail(err, PN_E_INPUT, "'%.100s' is not a host name: a label is empty or begins or ends with '-'",
                           ascii);
        label = i + 1;
    }
    if (ends_in_number(host))
        return pn_fail(
            err, PN_E_INPUT,
            "'%.100s' would be read as an address; addresses are granted with 'cidr', e.g. cidr: \"192.0.2.7/32\"",
            ascii);
    return 0;
}

int pn_host_normalise(struct pn_view text, char **out, struct pn_err *err) {
    if (check_spelling(text, err) < 0)
        return -1;
    pn_auto(pn_free) char *given = pn_view_dup(text);
    if (given == NULL)
        return pn_fail(err, PN_E_INPUT, "not a host name");
    pn_auto(pn_free) char *ascii = NULL;
    if (to_ascii(given, &ascii, err) < 0 || check_result(ascii, err) < 0)
        return -1;
    pn_auto(pn_free) char *shown = NULL;
    if (idn2_to_unicode_8z8z(ascii, &shown, IDN2_NONTRANSITIONAL) != IDN2_OK)
        return pn_fail(err, PN_E_INPUT, "'%.100s' holds an A-label that stands for nothing", ascii);
    if (check_scripts(pn_view_str(shown), err) < 0)
        return -1;
    // What is shown must lead back to the same name, or two spellings would be one host here and another elsewhere.
    pn_auto(pn_free) char *again = NULL;
    if (to_ascii(shown, &again, err) < 0)
        return -1;
    if (strcmp(ascii, again) != 0)
        return pn_fail(err, PN_E_INPUT, "'%.100s' is not the canonical form of a name; write %.100s", ascii, again);
    *out = pn_steal(&ascii);
    return 0;
}

static bool read_bits(struct pn_view text, unsigned most, unsigned *bits) {
    uint64_t number;
    if (!pn_u64_get(text, &number) || number > most)
        return false;
    *bits = (unsigned)number;
    return true;
}

static bool read_address(const char *text, uint8_t addr[16], bool *v4) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    *v4 = inet_pton(AF_INET, text, addr + 12) == 1; // strict: four decimal parts
    if (*v4)
        pn_copy(addr, mapped, sizeof mapped);
    return *v4 || inet_pton(AF_INET6, text, addr) == 1;
}

static bool is_mapped(const uint8_t addr[16]) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(addr, mapped, sizeof mapped) == 0;
}

static bool tail_is_zero(const uint8_t addr[16], unsigned bits) {
    for (unsigned i = bits; i < 128; i++)
        if (addr[i / 8] & (0x80u >> (i % 8)))
            return false;
    return true;
}

int pn_cidr_parse(struct pn_view text, uint8_t addr[16], unsigned *bits, struct pn_err *err) {
    char word[64];
    size_t slash = pn_view_find(text, '/', 0);
    struct pn_view head = pn_view_part(text, 0, slash == SIZE_MAX ? text.len : slash);
    if (head.len >= sizeof word || pn_view_find(head, 0, 0) != SIZE_MAX)
        return pn_fail(err, PN_E_INPUT, "not an address range; write e.g. \"10.0.0.0/8\" or \"fd00::/8\"");
    pn_copy(word, head.ptr, head.len);
    word[head.len] = '\0';
    bool v4;
    if (!read_address(word, addr, &v4))
        return pn_fail(err, PN_E_INPUT, "'%s' is not an address; write e.g. \"10.0.0.0/8\" or \"fd00::/8\"", word);
    if (!v4 && is_mapped(addr))
        return pn_fail(err, PN_E_INPUT, "'%s' is an IPv4 address in IPv6 spelling; write it as IPv4", word);
    unsigned own = v4 ? 32 : 128;
    *bits = own;
    if (slash != SIZE_MAX && !read_bits(pn_view_part(text, slash + 1, text.len), own, bits))
        return pn_fail(err, PN_E_INPUT, "the prefix length after '%s/' must be a number from 0 to %u", word, own);
    if (v4)
        *bits += 96;
    if (!tail_is_zero(addr, *bits))
        return pn_fail(err, PN_E_INPUT, "'%.*s' has bits set after its prefix; set them to zero or lengthen the prefix",
                       PN_FMT(pn_utf8_cut(text, 100)));
    return 0;
}

void pn_cidr_put_address(struct pn_buf *out, const uint8_t addr[16]) {
    char word[INET6_ADDRSTRLEN];
    bool v4 = is_mapped(addr);
    (void)inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? addr + 12 : addr, word, sizeof word);
    pn_buf_add_str(out, word);
}

void pn_cidr_put(struct pn_buf *out, const uint8_t addr[16], unsigned bits) {
    pn_cidr_put_address(out, addr);
    pn_buf_printf(out, "/%u", is_mapped(addr) ? bits - 96 : bits);
}
