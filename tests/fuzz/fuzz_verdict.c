// SPDX-License-Identifier: Apache-2.0
// Verdicts. Input: lines "pattern", path, ...: the first is a storage pattern and a URL path pattern, the second the
// path of the request. Invariants: nothing is granted by an empty policy; a denial of the same pattern takes every
// grant away; a grant of a wildcard never reaches a hidden segment it does not name or a credential; a refused URL path
// form fits no entry with paths.
#include "config/rule.h"
#include "policy/network.h"
#include "policy/storage.h"

#include <stdlib.h>

static void must(bool holds) {
    if (!holds)
        abort();
}

static bool has_hidden(struct pn_view path) {
    for (size_t i = 0; i + 1 < path.len; i++)
        if (path.ptr[i] == '/' && path.ptr[i + 1] == '.')
            return true;
    return false;
}

static void try_storage(struct pn_view pattern, struct pn_view path) {
    struct pn_policy p;
    pn_policy_init_empty(&p);
    must(!pn_policy_storage(&p, path, PN_ACCESS_READ).allow);
    must(!pn_policy_storage_passage(&p, path));
    struct pn_storage_rule allow, deny;
    struct pn_buf uri = {0};
    pn_buf_add_str(&uri, "fs://");
    pn_buf_add_view(&uri, pattern);
    if (pn_rule_storage(pn_buf_view(&uri), PN_ACCESS_READ | PN_ACCESS_WRITE, PN_RULE_ALLOW, &allow, NULL) == 0) {
        p.storage_allow = &allow;
        p.storage_allow_len = 1;
        struct pn_verdict v = pn_policy_storage(&p, path, PN_ACCESS_READ);
        must(v.allow == (v.reason == PN_REASON_GRANTED));
        must(!v.allow || allow.hidden || !has_hidden(path));
        bool narrow = pn_policy_credential(pn_view_str(allow.pattern)) != NULL;
        must(!v.allow || narrow || pn_policy_credential(path) == NULL);
        must(v.allow == pn_policy_storage(&p, path, PN_ACCESS_WRITE).allow);
        must(!pn_policy_storage_movable(&p, path, path) || v.allow);
        must(pn_rule_storage(pn_buf_view(&uri), PN_ACCESS_READ | PN_ACCESS_WRITE, PN_RULE_DENY, &deny, NULL) == 0);
        p.storage_deny = &deny;
        p.storage_deny_len = 1;
        must(!pn_policy_storage(&p, path, PN_ACCESS_READ).allow);
        pn_rule_storage_fini(&deny);
        pn_rule_storage_fini(&allow);
    }
    pn_buf_fini(&uri);
}

static void try_network(struct pn_view pattern, struct pn_view path) {
    struct pn_policy p;
    pn_policy_init_empty(&p);
    struct pn_network_facts f = {
        .scheme = PN_SCHEME_HTTPS, .host = PN_VIEW("a.test"), .port = 443, .method = PN_VIEW("GET"), .path = path};
    must(!pn_policy_network(&p, &f).allow);
    struct pn_network_rule allow = {0}, deny = {0};
    if (pn_rule_host(&allow, f.host, PN_RULE_ALLOW, NULL) == 0 &&
        pn_rule_host(&deny, f.host, PN_RULE_DENY, NULL) == 0 && pn_rule_path(&allow, pattern, NULL) == 0 &&
        pn_rule_path(&deny, pattern, NULL) == 0) {
        p.network_allow = &allow;
        p.network_allow_len = 1;
        struct pn_verdict v = pn_policy_network(&p, &f);
        must(v.allow == (v.reason == PN_REASON_GRANTED));
        must(!v.allow || memmem(path.ptr, path.len, "..", 2) == NULL ||
             memmem(pattern.ptr, pattern.len, "..", 2) != NULL || memmem(path.ptr, path.len, "/../", 4) == NULL);
        p.network_deny = &deny;
        p.network_deny_len = 1;
        must(!pn_policy_network(&p, &f).allow);
    }
    pn_rule_network_fini(&allow);
    pn_rule_network_fini(&deny);
}

static void try_address(struct pn_view bytes) {
    struct pn_network_rule host = {0};
    uint8_t ip[16];
    if (bytes.len < sizeof ip || pn_rule_host(&host, PN_VIEW("a.test"), PN_RULE_ALLOW, NULL) < 0)
        return;
    pn_copy(ip, bytes.ptr, sizeof ip);
    struct pn_policy p;
    pn_policy_init_empty(&p);
    p.network_allow = &host;
    p.network_allow_len = 1;
    struct pn_network_facts f = {.scheme = PN_SCHEME_HTTPS,
                                 .host = PN_VIEW("a.test"),
                                 .port = 443,
                                 .method = PN_VIEW("GET"),
                                 .path = PN_VIEW("/")};
    must(pn_policy_address(&p, &f, ip).allow == (pn_policy_address_class(ip) == NULL));
    pn_rule_network_fini(&host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pn_view all = pn_view(data, size);
    size_t cut = pn_view_find(all, '\n', 0);
    struct pn_view pattern = pn_view_part(all, 0, cut),
                   path = cut == SIZE_MAX ? PN_VIEW("/") : pn_view_part(all, cut + 1, size);
    try_storage(pattern, path);
    try_network(pattern, path);
    try_address(all);
    return 0;
}
