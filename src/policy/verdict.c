// SPDX-License-Identifier: Apache-2.0
#include "policy/verdict.h"

static const struct {
    const char *word, *text;
} reasons[] = {
    [PN_REASON_NO_RULE] = {"no-rule", "no entry of the policy grants it"},
    [PN_REASON_GRANTED] = {"granted", "an entry grants it"},
    [PN_REASON_DENY_RULE] = {"deny-rule", "the deny list covers it"},
    [PN_REASON_BAD_FACTS] = {"bad-facts", "the request is not in a form that can be judged"},
    [PN_REASON_ACCESS] = {"access", "an entry names it, but not for this access"},
    [PN_REASON_HIDDEN] = {"hidden",
                          "a name in it begins with '.', which wildcards do not reach; an entry must name it"},
    [PN_REASON_CREDENTIAL] = {"credential",
                              "credentials lie in such places, which wildcards do not reach; an entry must name it"},
    [PN_REASON_KERNEL_TREE] = {"kernel-tree", "/proc, /sys and /dev are never granted"},
    [PN_REASON_SCHEME] = {"scheme", "an entry names the host, but not this scheme"},
    [PN_REASON_PORT] = {"port", "an entry names the host, but not this port"},
    [PN_REASON_METHOD] = {"method", "an entry names the host, but not this method"},
    [PN_REASON_PATH] = {"path", "an entry names the host, but not this path"},
    [PN_REASON_AMBIGUOUS_PATH] = {"ambiguous-path",
                                  "the entry restricts paths, and this one could be read in two ways"},
    [PN_REASON_ADDRESS_LITERAL] = {"address-literal", "the URL names an address, which only a cidr entry can grant"},
    [PN_REASON_ADDRESS_CLASS] = {"address-class", "the address is not public and no cidr entry grants it"},
};

static const char *const lists[] = {
    [PN_LIST_NONE] = NULL,
    [PN_LIST_STORAGE_ALLOW] = "storage.allow",
    [PN_LIST_STORAGE_DENY] = "storage.deny",
    [PN_LIST_NETWORK_ALLOW] = "network.allow",
    [PN_LIST_NETWORK_DENY] = "network.deny",
    [PN_LIST_ENVIRONMENT] = "environment.allow",
};

const char *pn_verdict_word(enum pn_reason reason) {
    return reasons[reason].word;
}

void pn_verdict_put_rule(const struct pn_verdict *v, struct pn_buf *out) {
    if (v->list == PN_LIST_NONE)
        return;
    pn_buf_printf(out, "permissions.%s[%zu]", lists[v->list], v->index);
    if (v->line != 0)
        pn_buf_printf(out, " (line %u)", v->line);
}

void pn_verdict_put_text(const struct pn_verdict *v, struct pn_buf *out) {
    pn_buf_add_str(out, reasons[v->reason].text);
    if (v->detail != NULL)
        pn_buf_printf(out, " (%s)", v->detail);
    if (v->list == PN_LIST_NONE)
        return;
    pn_buf_add_str(out, ": ");
    pn_verdict_put_rule(v, out);
}
