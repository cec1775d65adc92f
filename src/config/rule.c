// SPDX-License-Identifier: Apache-2.0
#include "config/rule.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "config/bind.h"
#include "net/addr.h"
#include "net/url.h"

#include <stdlib.h>

#define SHOWN(view) PN_FMT(pn_utf8_cut((view), 120))

// ---- storage

static int check_segment(struct pn_view segment, struct pn_view whole, struct pn_err *err) {
    if (segment.len == 0)
        return pn_fail(err, PN_E_INPUT, "'%.*s' has an empty segment ('//')", SHOWN(whole));
    if (pn_view_is(segment, ".") || pn_view_is(segment, ".."))
        return pn_fail(err, PN_E_INPUT, "'%.*s' has a '.' or '..' segment; write the path it leads to", SHOWN(whole));
    if (segment.len > 255)
        return pn_fail(err, PN_E_INPUT, "'%.*s' has a segment of more than 255 bytes, which no file can have",
                       SHOWN(whole));
    for (size_t i = 0; i < segment.len; i++) {
        bool twin = i > 0 && segment.ptr[i] == '*' && segment.ptr[i - 1] == '*';
        if (twin && segment.len != 2)
            return pn_fail(err, PN_E_INPUT, "'%.*s': '**' must be a whole segment, as in /srv/**/x", SHOWN(whole));
        if (memchr("[]{}\\", segment.ptr[i], 5) != NULL)
            return pn_fail(err, PN_E_INPUT,
                           "'%.*s': '%c' is no wildcard here and may not be used; '?' stands for any one character, "
                           "'*' for any number",
                           SHOWN(whole), segment.ptr[i]);
    }
    return 0;
}

static int check_text(struct pn_view path, struct pn_err *err) {
    if (path.len > PN_RULE_PATTERN_MAX)
        return pn_fail(err, PN_E_INPUT, "a path pattern may have at most %d bytes", PN_RULE_PATTERN_MAX);
    for (size_t i = 0; i < path.len;) {
        uint32_t c = 0;
        size_t n = pn_utf8_next(pn_view_part(path, i, path.len), &c);
        if (n == 0 || pn_char_is_hidden(c))
            return pn_fail(err, PN_E_INPUT, "the path pattern holds a character that cannot be seen, or is not UTF-8");
        i += n;
    }
    return 0;
}

static bool has_wildcard(struct pn_view segment) {
    return pn_view_find(segment, '*', 0) != SIZE_MAX || pn_view_find(segment, '?', 0) != SIZE_MAX;
}

// Checks every segment of an absolute path without trailing slash; notes where the part without wildcards ends and
// hidden segments.
static int scan_segments(struct pn_view path, size_t *base_len, bool *hidden, struct pn_err *err) {
    size_t count = 0;
    bool plain = true;
    *base_len = 0;
    for (size_t from = 1; from <= path.len && path.len > 1;) {
        size_t slash = pn_view_find(path, '/', from);
        size_t to = slash == SIZE_MAX ? path.len : slash;
        struct pn_view segment = pn_view_part(path, from, to);
        if (check_segment(segment, path, err) < 0)
            return -1;
        plain = plain && !has_wildcard(segment);
        if (plain)
            *base_len = to;
        *hidden = *hidden || segment.ptr[0] == '.';
        if (++count > PN_RULE_SEGMENTS)
            return pn_fail(err, PN_E_INPUT, "'%.*s' has more than %d segments", SHOWN(path), PN_RULE_SEGMENTS);
        from = to + 1;
    }
    return 0;
}

static bool is_kernel_tree(struct pn_view base) {
    static const char *const trees[] = {"/proc", "/sys", "/dev"};
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        struct pn_view tree = pn_view_str(trees[i]);
        if (pn_view_starts(base, tree) && (base.len == tree.len || base.ptr[tree.len] == '/'))
            return true;
    }
    return false;
}

static int storage_path(struct pn_view uri, struct pn_view *path, struct pn_err *err) {
    if (!pn_view_starts(uri, PN_VIEW("fs://")))
        return pn_fail(err, PN_E_INPUT, "'%.*s' must begin with fs://, as in fs:///srv/data/**", SHOWN(uri));
    *path = pn_view_part(uri, 5, uri.len);
    if (path->len > 0 && path->ptr[0] == '~')
        return pn_fail(err, PN_E_INPUT,
                       "'%.*s': '~' depends on who reads it; write the home directory out: fs:///home/NAME/...",
                       SHOWN(uri));
    if (path->len == 0 || path->ptr[0] != '/')
        return pn_fail(err, PN_E_INPUT, "'%.*s' is relative; write an absolute path, with three slashes: fs:///%.*s",
                       SHOWN(uri), SHOWN(*path));
    if (path->len > 1 && path->ptr[path->len - 1] == '/')
        path->len--;
    return check_text(*path, err);
}

int pn_rule_storage(struct pn_view uri, unsigned access, enum pn_rule_side side, struct pn_storage_rule *out,
                    struct pn_err *err) {
    struct pn_view path = {0};
    size_t base_len = 0;
    bool hidden = false;
    if (storage_path(uri, &path, err) < 0 || scan_segments(path, &base_len, &hidden, err) < 0)
        return -1;
    if (access == 0 || (access & ~(unsigned)(PN_ACCESS_READ | PN_ACCESS_WRITE)) != 0)
        return pn_fail(err, PN_E_INPUT, "'%.*s' needs access: [read], [write] or [read, write]", SHOWN(uri));
    struct pn_view base = base_len == 0 ? PN_VIEW("/") : pn_view_part(path, 0, base_len);
    if (side == PN_RULE_ALLOW && is_kernel_tree(base))
        return pn_fail(err, PN_E_INPUT, "'%.*s': /proc, /sys and /dev are the kernel's and cannot be granted",
                       SHOWN(uri));
    *out = (struct pn_storage_rule){
        .pattern = pn_view_dup(path), .base = pn_view_dup(base), .access = access, .hidden = hidden};
    if (out->pattern != NULL && out->base != NULL)
        return 0;
    pn_rule_storage_fini(out);
    return pn_fail(err, PN_E_SYSTEM, "out of memory");
}

// ---- network

// A mistake that URLs cannot make, or whose remedy is another key here.
static const char *host_advice(struct pn_view text) {
    static const struct {
        char c;
        const char *advice;
    } odd[] = {
        {'/', "give the name alone; schemes and paths have keys of their own"},
        {'@', "give the name alone, without user information"},
        {'[', "an address is granted with 'cidr', e.g. cidr: \"2001:db8::7/128\""},
        {':', "give the name alone; ports have the key 'ports', addresses the key 'cidr'"},
        {'*', "'*' may stand only in front, as in *.example.org"},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (pn_view_find(text, (uint8_t)odd[i].c, 0) != SIZE_MAX)
            return odd[i].advice;
    return NULL;
}

int pn_rule_host(struct pn_network_rule *rule, struct pn_view text, enum pn_rule_side side, struct pn_err *err) {
    rule->wildcard = pn_view_starts(text, PN_VIEW("*."));
    if (pn_view_is(text, "*"))
        return pn_fail(err, PN_E_INPUT, "'*' would name every host; name the hosts, or a domain as *.example.org");
    struct pn_view name = rule->wildcard ? pn_view_part(text, 2, text.len) : text;
    const char *advice = host_advice(name);
    if (advice != NULL)
        return pn_fail(err, PN_E_INPUT, "'%.*s' is not a host name: %s", SHOWN(text), advice);
    struct pn_host host;
    if (pn_host_parse(name, &host, err) < 0)
        return pn_err_prefix(err, "'%.*s'", SHOWN(text));
    if (host.is_addr)
        return pn_fail(err, PN_E_INPUT, "'%.*s' is an address; addresses are granted with 'cidr', e.g. cidr: \"%s/32\"",
                       SHOWN(text), host.text);
    if (rule->wildcard && side == PN_RULE_ALLOW && strchr(host.text, '.') == NULL)
        return pn_fail(err, PN_E_INPUT, "'*.%s' covers a whole top-level domain; name a domain as in *.example.%s",
                       host.text, host.text);
    char *copy = strdup(host.text);
    if (copy == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    free(rule->host);
    rule->host = copy;
    return 0;
}

int pn_rule_cidr(struct pn_network_rule *rule, struct pn_view text, struct pn_err *err) {
    struct pn_addr addr;
    unsigned bits;
    if (pn_addr_parse_cidr(text, &addr, &bits, err) < 0)
        return pn_err_prefix(err, "'%.*s'", SHOWN(text));
    if (pn_addr_is_v4(&addr) && pn_view_find(text, ':', 0) != SIZE_MAX)
        return pn_fail(err, PN_E_INPUT, "'%.*s' is IPv4 in IPv6 spelling; write it as IPv4, such as 10.0.0.0/8",
                       SHOWN(text));
    pn_copy(rule->cidr, addr.b, sizeof rule->cidr);
    rule->cidr_bits = bits;
    rule->has_cidr = true;
    return 0;
}

void pn_rule_put_cidr(struct pn_buf *out, const struct pn_network_rule *rule) {
    struct pn_addr addr = pn_addr_from_v6(rule->cidr);
    bool v4 = pn_addr_is_v4(&addr) && rule->cidr_bits >= 96;
    char text[PN_ADDR_TEXT];
    pn_addr_text(&addr, text);
    pn_buf_printf(out, "%s/%u", text, v4 ? rule->cidr_bits - 96 : rule->cidr_bits);
}

int pn_rule_scheme(struct pn_network_rule *rule, struct pn_view text, struct pn_err *err) {
    if (pn_view_is(text, "http"))
        rule->schemes |= PN_SCHEME_HTTP;
    else if (pn_view_is(text, "https"))
        rule->schemes |= PN_SCHEME_HTTPS;
    else
        return pn_fail(err, PN_E_INPUT, "'%.*s' is not a scheme Postern speaks; those are http and https", SHOWN(text));
    return 0;
}

int pn_rule_port(struct pn_network_rule *rule, uint64_t port, struct pn_err *err) {
    if (port < 1 || port > 65535)
        return pn_fail(err, PN_E_INPUT, "%ju is not a port; ports go from 1 to 65535", (uintmax_t)port);
    if (rule->ports_len == PN_RULE_ITEMS)
        return pn_fail(err, PN_E_INPUT, "a rule may list at most %d ports", PN_RULE_ITEMS);
    for (size_t i = 0; i < rule->ports_len; i++)
        if (rule->ports[i] == port)
            return pn_fail(err, PN_E_INPUT, "port %ju is listed twice", (uintmax_t)port);
    uint16_t *more = realloc(rule->ports, (rule->ports_len + 1) * sizeof *more);
    if (more == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    more[rule->ports_len++] = (uint16_t)port;
    rule->ports = more;
    return 0;
}

// Appends an owned string; refuses repetition. Takes `word` in every case.
static int add_word(char ***words, size_t *len, char *word, const char *what, struct pn_err *err) {
    pn_auto(pn_free) char *owned = word;
    if (owned == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (*len == PN_RULE_ITEMS)
        return pn_fail(err, PN_E_INPUT, "a rule may list at most %d %ss", PN_RULE_ITEMS, what);
    for (size_t i = 0; i < *len; i++)
        if (strcmp((*words)[i], owned) == 0)
            return pn_fail(err, PN_E_INPUT, "%s '%.100s' is listed twice", what, owned);
    char **more = realloc(*words, (*len + 1) * sizeof *more);
    if (more == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    more[(*len)++] = pn_steal(&owned);
    *words = more;
    return 0;
}

int pn_rule_method(struct pn_network_rule *rule, struct pn_view text, struct pn_err *err) {
    if (text.len == 0 || text.len > 32)
        return pn_fail(err, PN_E_INPUT, "a method has 1 to 32 letters, such as GET");
    char *word = pn_view_dup(text);
    for (size_t i = 0; word != NULL && i < text.len; i++) {
        bool lower = word[i] >= 'a' && word[i] <= 'z';
        if (!lower && !(word[i] >= 'A' && word[i] <= 'Z') && word[i] != '-' && word[i] != '_') {
            free(word);
            return pn_fail(err, PN_E_INPUT,
                           "'%.*s' is not a method; write one such as GET, or leave 'methods' out for any",
                           SHOWN(text));
        }
        if (lower)
            word[i] = (char)(word[i] - 'a' + 'A');
    }
    return add_word(&rule->methods, &rule->methods_len, word, "method", err);
}

int pn_rule_path(struct pn_network_rule *rule, struct pn_view text, struct pn_err *err) {
    if (text.len == 0 || text.ptr[0] != '/')
        return pn_fail(err, PN_E_INPUT, "path '%.*s' must begin with '/'", SHOWN(text));
    for (size_t i = 0; i < text.len; i++)
        if (memchr("?#%;", text.ptr[i], 4) != NULL)
            return pn_fail(err, PN_E_INPUT,
                           "path '%.*s': '%c' may not stand in a path pattern; write decoded characters, '*' for any "
                           "segment, '**' for any number",
                           SHOWN(text), text.ptr[i]);
    size_t base_len = 0;
    bool hidden = false;
    // A slash at the end is a segment of its own in a URL.
    struct pn_view checked =
        pn_view_part(text, 0, text.len > 1 && text.ptr[text.len - 1] == '/' ? text.len - 1 : text.len);
    if (check_text(text, err) < 0 || scan_segments(checked, &base_len, &hidden, err) < 0)
        return -1;
    return add_word(&rule->paths, &rule->paths_len, pn_view_dup(text), "path", err);
}

int pn_rule_network_check(const struct pn_network_rule *rule, struct pn_err *err) {
    if (rule->host != NULL && rule->has_cidr)
        return pn_fail(err, PN_E_INPUT, "an entry has either 'host' or 'cidr'; write two entries");
    if (rule->host == NULL && !rule->has_cidr)
        return pn_fail(err, PN_E_INPUT, "an entry needs 'host' or 'cidr'");
    return 0;
}

// ---- environment

int pn_rule_environment(struct pn_view key, struct pn_err *err) {
    bool good = key.len > 0 && key.len <= 128 && !(key.ptr[0] >= '0' && key.ptr[0] <= '9');
    for (size_t i = 0; good && i < key.len; i++) {
        uint8_t c = key.ptr[i];
        good = c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }
    if (!good)
        return pn_fail(err, PN_E_INPUT,
                       "'%.*s' is not a variable's name: letters, digits and '_', no digit first, at most 128 bytes",
                       SHOWN(key));
    return 0;
}

// ---- common

void pn_rule_storage_fini(struct pn_storage_rule *rule) {
    free(rule->pattern);
    free(rule->base);
    *rule = (struct pn_storage_rule){0};
}

static void free_words(char **words, size_t len) {
    for (size_t i = 0; i < len; i++)
        free(words[i]);
    free(words);
}

void pn_rule_network_fini(struct pn_network_rule *rule) {
    free(rule->host);
    free(rule->ports);
    free_words(rule->methods, rule->methods_len);
    free_words(rule->paths, rule->paths_len);
    *rule = (struct pn_network_rule){0};
}

static bool same_words(char **a, size_t a_len, char **b, size_t b_len) {
    if (a_len != b_len)
        return false;
    for (size_t i = 0; i < a_len; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

bool pn_rule_storage_eq(const struct pn_storage_rule *a, const struct pn_storage_rule *b) {
    return a->access == b->access && strcmp(a->pattern, b->pattern) == 0;
}

static bool same_target(const struct pn_network_rule *a, const struct pn_network_rule *b) {
    if (a->has_cidr != b->has_cidr || a->wildcard != b->wildcard)
        return false;
    if (a->has_cidr)
        return a->cidr_bits == b->cidr_bits && memcmp(a->cidr, b->cidr, sizeof a->cidr) == 0;
    return strcmp(a->host, b->host) == 0;
}

bool pn_rule_network_eq(const struct pn_network_rule *a, const struct pn_network_rule *b) {
    bool ports = a->ports_len == b->ports_len &&
                 (a->ports_len == 0 || memcmp(a->ports, b->ports, a->ports_len * sizeof *a->ports) == 0);
    return same_target(a, b) && ports && a->schemes == b->schemes &&
           same_words(a->methods, a->methods_len, b->methods, b->methods_len) &&
           same_words(a->paths, a->paths_len, b->paths, b->paths_len);
}

size_t pn_rule_grants(const struct pn_policy *p) {
    return p->storage_allow_len + p->network_allow_len + p->environment_len;
}
