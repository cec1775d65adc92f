// SPDX-License-Identifier: Apache-2.0
// What a policy says to a request, and because of what. A verdict is small and cheap; the words for people come from
// here and from explain.h.
#pragma once
#include "config/policy.h"

enum pn_reason {
    PN_REASON_NO_RULE, // no entry names it; also what a zeroed verdict says
    PN_REASON_GRANTED,
    PN_REASON_DENY_RULE,   // an entry of the deny list
    PN_REASON_BAD_FACTS,   // the request is not in the form it must have to be judged: a mistake of ours or an attempt
    PN_REASON_ACCESS,      // storage: named, but not for this access
    PN_REASON_HIDDEN,      // storage: a segment begins with '.', and the entry does not name it
    PN_REASON_CREDENTIAL,  // storage: a place where credentials lie, and the entry does not name it
    PN_REASON_KERNEL_TREE, // storage: /proc, /sys, /dev
    PN_REASON_SCHEME,      // network: the host is named, but not with this scheme, port, method, path
    PN_REASON_PORT,
    PN_REASON_METHOD,
    PN_REASON_PATH,
    PN_REASON_AMBIGUOUS_PATH,  // network: paths are restricted, and this one could be read in two ways
    PN_REASON_ADDRESS_LITERAL, // network: the URL names an address and no cidr entry covers it
    PN_REASON_ADDRESS_CLASS,   // network: the name leads to an address that is not public, and no cidr entry covers it
};

enum pn_rule_list {
    PN_LIST_NONE,
    PN_LIST_STORAGE_ALLOW,
    PN_LIST_STORAGE_DENY,
    PN_LIST_NETWORK_ALLOW,
    PN_LIST_NETWORK_DENY,
    PN_LIST_ENVIRONMENT
};

struct pn_verdict {
    bool allow;
    enum pn_reason reason;
    enum pn_rule_list list; // the entry that decided, or came nearest; PN_LIST_NONE: no entry
    size_t index;           // in that list
    unsigned line;          // in the document; 0 = unknown or none
    const char *detail;     // a static word: the address class, the credential pattern; or NULL
};

// A word for logs and tests: "granted", "deny-rule", "no-rule", ...
const char *pn_verdict_word(enum pn_reason reason);
// "permissions.storage.deny[1] (line 12)", or nothing when no entry decided.
void pn_verdict_put_rule(const struct pn_verdict *v, struct pn_buf *out);
// One sentence without the request's own words: "the deny list names it: permissions.storage.deny[1] (line 12)".
void pn_verdict_put_text(const struct pn_verdict *v, struct pn_buf *out);
