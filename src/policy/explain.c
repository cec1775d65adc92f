// SPDX-License-Identifier: Apache-2.0
// The smallest grant is made, put into a policy of its own and judged: what is suggested is known to work.
#include "policy/explain.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "config/rule.h"
#include "net/addr.h"
#include "policy/address.h"
#include "policy/edit.h"
#include "policy/environment.h"
#include "policy/urlpath.h"

void pn_explanation_fini(struct pn_explanation *e) {
    pn_buf_fini(&e->reason);
    pn_buf_fini(&e->yaml);
    pn_buf_fini(&e->command);
    pn_buf_fini(&e->remedy);
}

// What no grant changes.
static void put_remedy(struct pn_explanation *e, const char *otherwise) {
    if (e->verdict.reason == PN_REASON_DENY_RULE) {
        pn_buf_add_str(&e->remedy, "narrow or remove the deny entry ");
        pn_verdict_put_rule(&e->verdict, &e->remedy);
        return;
    }
    pn_buf_add_str(&e->remedy, otherwise);
}

static bool grantable(enum pn_reason reason) {
    return reason != PN_REASON_GRANTED && reason != PN_REASON_DENY_RULE && reason != PN_REASON_BAD_FACTS &&
           reason != PN_REASON_KERNEL_TREE;
}

// For a POSIX shell.
static void put_word(struct pn_buf *out, const char *word) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:,@+=";
    pn_buf_add_byte(out, ' ');
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        pn_buf_add_str(out, word);
        return;
    }
    pn_buf_add_byte(out, '\'');
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            pn_buf_add_str(out, "'\\''");
        else
            pn_buf_add_byte(out, (uint8_t)*word);
    }
    pn_buf_add_byte(out, '\'');
}

static void begin_command(struct pn_buf *out, const char *kind, const char *id) {
    pn_buf_printf(out, "postern permission grant %s", kind);
    put_word(out, id);
}

static void put_option(struct pn_buf *out, const char *name, const char *value) {
    if (value == NULL)
        return;
    pn_buf_printf(out, " --%s", name);
    put_word(out, value);
}

// The grants of `p` as a piece of a document.
static void put_yaml(const struct pn_policy *p, struct pn_explanation *e) {
    pn_auto(pn_buf) struct pn_buf whole = {0};
    pn_policy_write(p, &whole);
    size_t line = pn_view_find(pn_buf_view(&whole), '\n', 0); // behind `version`
    pn_buf_add_view(&e->yaml, pn_view_part(pn_buf_view(&whole), line + 1, whole.len));
}

// ---- storage

// The path as a pattern: characters that patterns may not hold become '?'.
static void put_pattern(struct pn_buf *out, struct pn_view path) {
    pn_buf_add_str(out, "fs://");
    for (size_t i = 0; i < path.len; i++)
        pn_buf_add_byte(out, memchr("*[]{}\\", path.ptr[i], 6) != NULL ? '?' : path.ptr[i]);
}

static bool suggest_storage(const char *id, struct pn_view path, unsigned want, struct pn_explanation *e) {
    pn_auto(pn_policy) struct pn_policy grant;
    pn_auto(pn_buf) struct pn_buf uri = {0};
    pn_policy_init_empty(&grant);
    put_pattern(&uri, path);
    if (pn_policy_grant_storage(&grant, pn_buf_cstr(&uri), want, NULL) < 0 ||
        !pn_policy_storage(&grant, path, want).allow)
        return false;
    bool both = want == (PN_ACCESS_READ | PN_ACCESS_WRITE);
    put_yaml(&grant, e);
    begin_command(&e->command, "storage", id);
    put_word(&e->command, pn_buf_cstr(&uri));
    put_option(&e->command, "access", both ? "read,write" : want == PN_ACCESS_READ ? "read" : "write");
    pn_buf_add_byte(&e->command, '\n');
    return true;
}

void pn_explain_storage(const struct pn_policy *p, const char *id, struct pn_view path, unsigned want,
                        struct pn_explanation *e) {
    e->verdict = pn_policy_storage(p, path, want);
    pn_verdict_put_text(&e->verdict, &e->reason);
    if (e->verdict.allow)
        return;
    if (grantable(e->verdict.reason) && suggest_storage(id, path, want, e))
        pn_buf_add_str(&e->remedy, "grant exactly this file, or this directory with what is in it");
    else
        put_remedy(e, "no entry can grant it");
}

// ---- network

// The decoded path as a pattern; segments that a pattern cannot hold become '*'. False when the path has no single
// reading.
static bool put_path(struct pn_buf *out, struct pn_view path) {
    struct pn_urlpath decoded;
    if (!pn_urlpath_decode(path, &decoded))
        return false;
    for (size_t i = 0; i < decoded.segments.len; i++) {
        struct pn_view s = decoded.segments.at[i];
        bool plain = true;
        for (size_t k = 0; k < s.len; k++)
            plain =
                plain && memchr("?#%;*[]{}\\,", s.ptr[k], 11) == NULL; // the comma separates paths on the command line
        pn_buf_add_byte(out, '/');
        pn_buf_add_view(out, plain ? s : PN_VIEW("*"));
    }
    return true;
}

// The words of a grant for a request.
struct words {
    struct pn_buf target, port, method, path;
    struct pn_network_grant grant;
};

static void words_cleanup(struct words *w) {
    pn_buf_fini(&w->target);
    pn_buf_fini(&w->port);
    pn_buf_fini(&w->method);
    pn_buf_fini(&w->path);
}

static void put_range(struct pn_buf *out, const uint8_t ip[16]) {
    struct pn_network_rule one = {.has_cidr = true, .cidr_bits = 128};
    pn_copy(one.cidr, ip, 16);
    pn_rule_put_cidr(out, &one);
}

// `ip`: a grant for this address; NULL: for the host.
static void choose_words(const struct pn_network_facts *f, const uint8_t *ip, struct words *w) {
    bool https = f->scheme == PN_SCHEME_HTTPS;
    if (ip != NULL)
        put_range(&w->target, ip);
    else
        pn_buf_add_view(&w->target, f->host);
    pn_buf_add_u64(&w->port, f->port);
    pn_buf_add_view(&w->method, f->method);
    bool readable = put_path(&w->path, f->path);
    w->grant = (struct pn_network_grant){
        .target = pn_buf_cstr(&w->target),
        .ports = f->port == (https ? 443 : 80) ? NULL : pn_buf_cstr(&w->port),
        .schemes = https ? NULL : "http",
        .methods = pn_buf_cstr(&w->method),
        .paths = readable ? pn_buf_cstr(&w->path) : NULL,
    };
}

static bool add_network(struct pn_policy *grant, const char *id, const struct pn_network_facts *f, const uint8_t *ip,
                        struct pn_buf *command) {
    pn_auto(words) struct words w = {0};
    choose_words(f, ip, &w);
    if (pn_policy_grant_network(grant, &w.grant, NULL) < 0)
        return false;
    begin_command(command, "network", id);
    put_word(command, w.grant.target);
    put_option(command, "ports", w.grant.ports);
    put_option(command, "schemes", w.grant.schemes);
    put_option(command, "methods", w.grant.methods);
    put_option(command, "paths", w.grant.paths);
    pn_buf_add_byte(command, '\n');
    return true;
}

// Ranges for an address and for one that it carries, as far as they are not public or the URL spells them out.
static bool add_ranges(struct pn_policy *grant, const char *id, const struct pn_network_facts *f, const uint8_t ip[16],
                       struct pn_buf *command) {
    uint8_t inner[16];
    bool good = true;
    if (f->is_address || pn_policy_address_class(ip) != NULL)
        good = add_network(grant, id, f, ip, command);
    if (good && pn_address_embedded(ip, inner) && pn_policy_address_class(inner) != NULL)
        good = add_network(grant, id, f, inner, command);
    return good;
}

// Only what is missing is shown: a name that is granted already needs but the range.
static bool suggest_network(const struct pn_policy *p, const char *id, const struct pn_network_facts *f,
                            const uint8_t *ip, struct pn_explanation *e) {
    pn_auto(pn_policy) struct pn_policy grant, check;
    pn_auto(pn_buf) struct pn_buf ignored = {0};
    pn_policy_init_empty(&grant);
    pn_policy_init_empty(&check);
    const uint8_t *address = f->is_address ? f->address : ip;
    bool named = f->is_address || pn_policy_network(p, f).allow;
    bool good = named || add_network(&grant, id, f, NULL, &e->command);
    if (good && address != NULL)
        good = add_ranges(&grant, id, f, address, &e->command);
    // Judged with the host's own entry beside it.
    good = good && (f->is_address || add_network(&check, id, f, NULL, &ignored));
    if (good && address != NULL)
        good = add_ranges(&check, id, f, address, &ignored) && pn_policy_address(&check, f, address).allow;
    if (good && pn_policy_network(&check, f).allow) {
        put_yaml(&grant, e);
        return true;
    }
    pn_buf_reset(&e->command);
    return false;
}

void pn_explain_network(const struct pn_policy *p, const char *id, const struct pn_network_facts *facts,
                        const uint8_t *ip, struct pn_explanation *e) {
    e->verdict = ip == NULL ? pn_policy_network(p, facts) : pn_policy_address(p, facts, ip);
    pn_verdict_put_text(&e->verdict, &e->reason);
    if (e->verdict.allow)
        return;
    if (grantable(e->verdict.reason) && suggest_network(p, id, facts, ip, e))
        pn_buf_add_str(&e->remedy, "grant exactly this request; leave out methods and paths to allow more");
    else
        put_remedy(e, "no entry can grant it");
}

// ---- environment

void pn_explain_environment(const struct pn_policy *p, const char *id, const char *key, struct pn_explanation *e) {
    pn_auto(pn_policy) struct pn_policy grant;
    pn_policy_init_empty(&grant);
    e->verdict = pn_policy_environment(p, pn_view_str(key));
    pn_verdict_put_text(&e->verdict, &e->reason);
    if (e->verdict.allow)
        return;
    if (pn_policy_grant_environment(&grant, key, NULL) < 0) {
        put_remedy(e, "it is not a variable's name");
        return;
    }
    put_yaml(&grant, e);
    begin_command(&e->command, "environment", id);
    put_word(&e->command, key);
    pn_buf_add_byte(&e->command, '\n');
    pn_buf_add_str(&e->remedy, "grant the variable, and give it a value in postern.yaml");
}
