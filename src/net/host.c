// SPDX-License-Identifier: Apache-2.0
// Host names and address literals of URLs. The input is hostile: a homograph, an address in disguise, a name that one
// parser reads differently from another. Whatever could be read in two ways is refused.
#include "base/cleanup.h"
#include "base/text.h"
#include "net/script.h"
#include "net/url.h"
#include <idn2.h>

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c) {
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool all_of(struct pn_view v, bool (*test)(uint8_t)) {
    for (size_t i = 0; i < v.len; i++) {
        if (!test(v.ptr[i]))
            return false;
    }
    return v.len > 0;
}

static bool is_hex_number(struct pn_view v) {
    return v.len >= 2 && v.ptr[0] == '0' && (v.ptr[1] | 0x20) == 'x' &&
           (v.len == 2 || all_of(pn_view_part(v, 2, v.len), is_hex));
}

static bool is_octal_like(struct pn_view v) {
    return v.len > 1 && v.ptr[0] == '0' && all_of(v, is_digit);
}

static struct pn_view last_label(struct pn_view host) {
    size_t from = host.len;
    while (from > 0 && host.ptr[from - 1] != '.')
        from--;
    return pn_view_part(host, from, host.len);
}

// A host whose last label is a number is an address to somebody (WHATWG URL, "ends in a number"): so it must be one.
static bool ends_in_number(struct pn_view host) {
    struct pn_view last = last_label(host);
    return all_of(last, is_digit) || is_hex_number(last);
}

// Says which disguise it is.
static const char *why_not_v4(struct pn_view host) {
    size_t parts = 0, from = 0;
    bool hex = false, octal = false;
    while (from <= host.len) {
        size_t dot = pn_view_find(host, '.', from);
        struct pn_view part = pn_view_part(host, from, dot);
        hex = hex || is_hex_number(part);
        octal = octal || is_octal_like(part);
        parts++;
        if (dot == SIZE_MAX)
            break;
        from = dot + 1;
    }
    if (hex)
        return "a hexadecimal spelling of an IPv4 address";
    if (octal)
        return "an octal spelling of an IPv4 address";
    if (parts == 1)
        return "an IPv4 address as one decimal number";
    if (parts < 4)
        return "a shortened IPv4 address";
    return "not an IPv4 address although it ends in a number";
}

static int take_v4(struct pn_view host, struct pn_host *out, struct pn_err *err) {
    if (pn_addr_parse_v4(host, &out->addr, NULL) < 0)
        return pn_fail(err, PN_E_INPUT, "host is %s: write it as four decimal numbers", why_not_v4(host));
    out->is_addr = true;
    pn_addr_text(&out->addr, out->text);
    return 0;
}

static int take_v6(struct pn_view host, struct pn_host *out, struct pn_err *err) {
    if (host.len < 3 || host.ptr[host.len - 1] != ']')
        return pn_fail(err, PN_E_INPUT, "host: an IPv6 address stands between [ and ]");
    if (pn_addr_parse_v6(pn_view_part(host, 1, host.len - 1), &out->addr, err) < 0)
        return pn_err_prefix(err, "host");
    if (pn_addr_is_v4(&out->addr))
        return pn_fail(err, PN_E_INPUT, "host is an IPv4 address inside IPv6: write it as four decimal numbers");
    out->is_addr = true;
    pn_addr_text(&out->addr, out->text);
    return 0;
}

// Letters, digits and inner hyphens, 1 to 63 of them (RFC 1123 section 2.1).
static int check_label(struct pn_view label, struct pn_err *err) {
    if (label.len == 0)
        return pn_fail(err, PN_E_INPUT, "host has an empty label");
    if (label.len > 63)
        return pn_fail(err, PN_E_INPUT, "host has a label of more than 63 characters");
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = label.ptr[i];
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-')
            return pn_fail(err, PN_E_INPUT,
                           "host has a character that no host name has: only letters, digits and hyphens are accepted");
    }
    if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
        return pn_fail(err, PN_E_INPUT, "host has a label that begins or ends with a hyphen");
    return 0;
}

// Checks every label of a lower-case ASCII name. *encoded tells whether one is an A-label.
static int check_name(struct pn_view name, bool *encoded, struct pn_err *err) {
    *encoded = false;
    if (name.len > PN_HOST_MAX)
        return pn_fail(err, PN_E_INPUT, "host is longer than %d characters", PN_HOST_MAX);
    size_t from = 0;
    for (;;) {
        size_t dot = pn_view_find(name, '.', from);
        struct pn_view label = pn_view_part(name, from, dot);
        if (check_label(label, err) < 0)
            return -1;
        *encoded = *encoded || pn_view_starts(label, PN_VIEW("xn--"));
        if (dot == SIZE_MAX)
            return 0;
        from = dot + 1;
    }
}

// Every label of the Unicode form keeps to one script (or a customary combination).
static int check_scripts(const char *name, struct pn_err *err) {
    struct pn_view u = pn_view_str(name);
    size_t from = 0;
    for (;;) {
        size_t dot = pn_view_find(u, '.', from);
        if (!pn_script_label_ok(pn_view_part(u, from, dot)))
            return pn_fail(err, PN_E_INPUT,
                           "host has a label that mixes scripts or uses an unusual one: it can imitate another name");
        if (dot == SIZE_MAX)
            return 0;
        from = dot + 1;
    }
}

static void idn_cleanup(char **text) {
    if (*text != NULL)
        idn2_free(*text);
}

// Name with letters outside ASCII, or with A-labels, to canonical A-labels.
static int convert(const char *name, struct pn_host *out, struct pn_err *err) {
    pn_auto(idn) char *ascii = NULL;
    pn_auto(idn) char *unicode = NULL;
    int rc = idn2_to_ascii_8z(name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES);
    if (rc != IDN2_OK)
        return pn_fail(err, PN_E_INPUT, "host is not a valid internationalised name: %s", idn2_strerror(rc));
    struct pn_view a = pn_view_str(ascii);
    if (a.len > PN_HOST_MAX)
        return pn_fail(err, PN_E_INPUT, "host is longer than %d characters", PN_HOST_MAX);
    bool encoded;
    if (ends_in_number(a))
        return pn_fail(
            err, PN_E_INPUT,
            "host is an IPv4 address in full-width or other disguised digits: write it as four decimal numbers");
    if (check_name(a, &encoded, err) < 0)
        return -1;
    rc = idn2_to_unicode_8z8z(ascii, &unicode, IDN2_NONTRANSITIONAL);
    if (rc != IDN2_OK)
        return pn_fail(err, PN_E_INPUT, "host is not a valid internationalised name: %s", idn2_strerror(rc));
    if (check_scripts(unicode, err) < 0)
        return -1;
    pn_copy(out->text, a.ptr, a.len + 1);
    return 0;
}

static int take_ascii(struct pn_view host, struct pn_host *out, struct pn_err *err) {
    if (host.len > PN_HOST_MAX)
        return pn_fail(err, PN_E_INPUT, "host is longer than %d characters", PN_HOST_MAX);
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.ptr[i];
        out->text[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    out->text[host.len] = 0;
    struct pn_view name = pn_view(out->text, host.len);
    bool encoded;
    if (check_name(name, &encoded, err) < 0)
        return -1;
    if (!encoded)
        return 0;
    struct pn_host again = {.is_addr = false};
    if (convert(out->text, &again, err) < 0)
        return -1;
    if (!pn_view_is(name, again.text))
        return pn_fail(err, PN_E_INPUT, "host has an xn-- label that is not in canonical form");
    return 0;
}

static int take_unicode(struct pn_view host, struct pn_host *out, struct pn_err *err) {
    if (host.len > 1024 || !pn_utf8_valid(host))
        return pn_fail(err, PN_E_INPUT, "host is not valid UTF-8 text of at most 1024 bytes");
    uint32_t c;
    for (size_t i = 0; i < host.len; i += pn_utf8_next(pn_view_part(host, i, host.len), &c)) {
        (void)pn_utf8_next(pn_view_part(host, i, host.len), &c);
        if (pn_char_is_hidden(c))
            return pn_fail(err, PN_E_INPUT, "host has an invisible character");
        if (c == 0x3002 || c == 0xff0e || c == 0xff61)
            return pn_fail(err, PN_E_INPUT, "host has a dot other than the plain one");
    }
    pn_auto(pn_free) char *name = pn_view_dup(host);
    if (name == NULL)
        return pn_fail(err, PN_E_INPUT, "host has a control character");
    return convert(name, out, err);
}

// Before anything else looks at the host: bytes that have no place in any host.
static int check_bytes(struct pn_view host, bool *ascii, struct pn_err *err) {
    *ascii = true;
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.ptr[i];
        if (c < 0x20 || c == 0x7f)
            return pn_fail(err, PN_E_INPUT, "host has a control character");
        if (c == '%')
            return pn_fail(err, PN_E_INPUT, "host is percent-encoded: write it plainly");
        if (c == '\\' || c == ' ' || c == '/' || c == '?' || c == '#' || c == '@')
            return pn_fail(err, PN_E_INPUT, "host has the character '%c'", c);
        *ascii = *ascii && c < 0x80;
    }
    return 0;
}

int pn_host_parse(struct pn_view text, struct pn_host *out, struct pn_err *err) {
    bool ascii;
    *out = (struct pn_host){.is_addr = false};
    if (text.len == 0)
        return pn_fail(err, PN_E_INPUT, "host is empty");
    if (check_bytes(text, &ascii, err) < 0)
        return -1;
    if (text.ptr[0] == '[')
        return take_v6(text, out, err);
    if (text.ptr[text.len - 1] == '.')
        return pn_fail(err, PN_E_INPUT, "host has a trailing dot: write it without");
    if (!ascii)
        return take_unicode(text, out, err);
    if (ends_in_number(text))
        return take_v4(text, out, err);
    return take_ascii(text, out, err);
}
