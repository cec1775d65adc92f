// SPDX-License-Identifier: Apache-2.0
#include "policy/network.h"

#include "policy/address.h"
#include "policy/urlpath.h"

// A request while it is judged: its path is decoded once.
struct request {
    const struct pn_network_facts *facts;
    struct pn_urlpath path;
    bool plain_path; // path is set
};

static bool good_host(struct pn_view host) {
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!plain || (c == '.' && (i == 0 || i + 1 == host.len || host.ptr[i - 1] == '.')))
            return false;
    }
    return host.len > 0 && host.len <= 253;
}

// False when the facts are not in the form that their header asks for.
static bool open_request(const struct pn_network_facts *facts, struct request *r) {
    r->facts = facts;
    r->plain_path = pn_urlpath_decode(facts->path, &r->path);
    bool scheme = facts->scheme == PN_SCHEME_HTTP || facts->scheme == PN_SCHEME_HTTPS;
    bool host = facts->is_address ? facts->host.len == 0 : good_host(facts->host);
    return scheme && host && facts->port != 0 && facts->method.len > 0;
}

static bool host_fits(const struct pn_network_rule *rule, struct pn_view host) {
    struct pn_view name = pn_view_str(rule->host);
    if (!rule->wildcard)
        return pn_view_eq(host, name);
    return host.len > name.len + 1 && pn_view_ends(host, name) && host.ptr[host.len - name.len - 1] == '.';
}

static bool listed_port(const struct pn_network_rule *rule, uint16_t port) {
    for (size_t i = 0; i < rule->ports_len; i++)
        if (rule->ports[i] == port)
            return true;
    return false;
}

static bool listed_method(const struct pn_network_rule *rule, struct pn_view method, bool nocase) {
    for (size_t i = 0; i < rule->methods_len; i++) {
        struct pn_view m = pn_view_str(rule->methods[i]);
        if (nocase ? pn_view_eq_nocase(m, method) : pn_view_eq(m, method))
            return true;
    }
    return false;
}

static bool listed_path(const struct pn_network_rule *rule, const struct request *r, bool subtree) {
    for (size_t i = 0; i < rule->paths_len; i++)
        if (pn_pattern_walk(pn_view_str(rule->paths[i]), subtree, &r->path.segments, PN_REACH_ALL).whole)
            return true;
    return false;
}

// What of an allow entry, besides its host or cidr, does not fit; PN_REASON_GRANTED when all does.
static enum pn_reason allow_misfit(const struct pn_network_rule *rule, const struct request *r) {
    const struct pn_network_facts *f = r->facts;
    unsigned schemes = rule->schemes == 0 ? PN_SCHEME_HTTPS : rule->schemes;
    uint16_t usual = f->scheme == PN_SCHEME_HTTPS ? 443 : 80;
    if ((schemes & f->scheme) == 0)
        return PN_REASON_SCHEME;
    if (rule->ports_len == 0 ? f->port != usual : !listed_port(rule, f->port))
        return PN_REASON_PORT;
    if (rule->methods_len > 0 && !listed_method(rule, f->method, false))
        return PN_REASON_METHOD;
    if (rule->paths_len == 0)
        return PN_REASON_GRANTED;
    if (!r->plain_path)
        return PN_REASON_AMBIGUOUS_PATH;
    return listed_path(rule, r, false) ? PN_REASON_GRANTED : PN_REASON_PATH;
}

// A deny entry covers whatever it does not say.
static bool deny_covers(const struct pn_network_rule *rule, const struct request *r) {
    const struct pn_network_facts *f = r->facts;
    if (rule->schemes != 0 && (rule->schemes & f->scheme) == 0)
        return false;
    if (rule->ports_len > 0 && !listed_port(rule, f->port))
        return false;
    if (rule->methods_len > 0 && !listed_method(rule, f->method, true))
        return false;
    return rule->paths_len == 0 || !r->plain_path || listed_path(rule, r, true);
}

// A cidr of an allow entry covers addresses of its own family only ("::/0" grants no IPv4), and a metadata service only
// when it names that very address.
static bool cidr_grants(const struct pn_network_rule *rule, const uint8_t ip[16]) {
    if (!rule->has_cidr || !pn_address_in(ip, rule->cidr, rule->cidr_bits))
        return false;
    if (pn_address_is_v4(ip) && rule->cidr_bits < 96)
        return false;
    const char *name = pn_policy_address_class(ip);
    return name == NULL || strcmp(name, PN_CLASS_METADATA) != 0 || rule->cidr_bits == 128;
}

static struct pn_verdict verdict(enum pn_reason reason, enum pn_rule_list list, size_t index,
                                 const struct pn_network_rule *rules) {
    return (struct pn_verdict){.allow = reason == PN_REASON_GRANTED,
                               .reason = reason,
                               .list = list,
                               .index = index,
                               .line = rules[index].line};
}

// A deny entry for the host (ip == NULL) or for an address, also when that is carried inside of `ip`.
static bool denied_target(const struct pn_network_rule *rule, const struct pn_network_facts *f, const uint8_t *ip) {
    if (!rule->has_cidr)
        return ip == NULL && !f->is_address && host_fits(rule, f->host);
    uint8_t inner[16];
    if (ip == NULL)
        return false;
    return pn_address_in(ip, rule->cidr, rule->cidr_bits) ||
           (pn_address_embedded(ip, inner) && pn_address_in(inner, rule->cidr, rule->cidr_bits));
}

static bool find_denial(const struct pn_policy *p, const struct request *r, const uint8_t *ip, struct pn_verdict *out) {
    for (size_t i = 0; i < p->network_deny_len; i++) {
        if (!denied_target(&p->network_deny[i], r->facts, ip) || !deny_covers(&p->network_deny[i], r))
            continue;
        *out = verdict(PN_REASON_DENY_RULE, PN_LIST_NETWORK_DENY, i, p->network_deny);
        return true;
    }
    return false;
}

static bool granted_target(const struct pn_network_rule *rule, const struct pn_network_facts *f, const uint8_t *ip) {
    if (ip != NULL)
        return cidr_grants(rule, ip);
    return !rule->has_cidr && host_fits(rule, f->host);
}

// The first allow entry that fits the host (ip == NULL) or the address; otherwise the one that comes nearest. The
// reasons are in the order of checks.
static struct pn_verdict find_grant(const struct pn_policy *p, const struct request *r, const uint8_t *ip,
                                    enum pn_reason none) {
    struct pn_verdict best = {.reason = none};
    for (size_t i = 0; i < p->network_allow_len; i++) {
        if (!granted_target(&p->network_allow[i], r->facts, ip))
            continue;
        enum pn_reason reason = allow_misfit(&p->network_allow[i], r);
        if (reason == PN_REASON_GRANTED)
            return verdict(reason, PN_LIST_NETWORK_ALLOW, i, p->network_allow);
        if (best.list == PN_LIST_NONE || reason > best.reason)
            best = verdict(reason, PN_LIST_NETWORK_ALLOW, i, p->network_allow);
    }
    return best;
}

static struct pn_verdict judge_name(const struct pn_policy *p, const struct request *r) {
    struct pn_verdict v;
    const uint8_t *literal = r->facts->is_address ? r->facts->address : NULL;
    if (find_denial(p, r, literal, &v))
        return v;
    return find_grant(p, r, literal, literal == NULL ? PN_REASON_NO_RULE : PN_REASON_ADDRESS_LITERAL);
}

struct pn_verdict pn_policy_network(const struct pn_policy *p, const struct pn_network_facts *facts) {
    struct request r;
    if (!open_request(facts, &r))
        return (struct pn_verdict){.reason = PN_REASON_BAD_FACTS};
    return judge_name(p, &r);
}

// An address that is not public needs a cidr entry of its own.
static struct pn_verdict judge_class(const struct pn_policy *p, const struct request *r, const uint8_t ip[16],
                                     struct pn_verdict so_far) {
    const char *name = pn_policy_address_class(ip);
    if (name == NULL)
        return so_far;
    struct pn_verdict v = find_grant(p, r, ip, PN_REASON_ADDRESS_CLASS);
    v.detail = v.allow ? NULL : name;
    return v;
}

struct pn_verdict pn_policy_address(const struct pn_policy *p, const struct pn_network_facts *facts,
                                    const uint8_t ip[16]) {
    struct request r;
    if (!open_request(facts, &r))
        return (struct pn_verdict){.reason = PN_REASON_BAD_FACTS};
    if (facts->is_address && memcmp(facts->address, ip, 16) != 0)
        return (struct pn_verdict){.reason = PN_REASON_BAD_FACTS};
    struct pn_verdict v = judge_name(p, &r);
    uint8_t inner[16];
    if (!v.allow || find_denial(p, &r, ip, &v))
        return v;
    v = judge_class(p, &r, ip, v);
    if (!v.allow || !pn_address_embedded(ip, inner))
        return v;
    return judge_class(p, &r, inner, v);
}
