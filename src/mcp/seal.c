// SPDX-License-Identifier: Apache-2.0
#include "mcp/seal.h"

#include "base/text.h"

#define TEXT_MAX 512u

// Every part goes in with its length, so that no two splits give the same bytes.
static struct pn_digest compute(const struct pn_mac_key *key, const char *purpose, struct pn_view context,
                                struct pn_view payload) {
    struct pn_buf all = {0};
    struct pn_view parts[] = {pn_view_str(purpose), context, payload};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        pn_buf_put_u64(&all, parts[i].len);
        pn_buf_add_view(&all, parts[i]);
    }
    struct pn_digest mac = {0};
    if (!all.overflow)
        mac = pn_mac(key, pn_buf_view(&all));
    else
        pn_random(&mac, sizeof mac); // out of memory: a value that nobody can present
    pn_buf_fini(&all);
    return mac;
}

void pn_mcp_seal(const struct pn_mac_key *key, const char *purpose, struct pn_view context, struct pn_view payload,
                 struct pn_buf *out) {
    struct pn_digest mac = compute(key, purpose, context, payload);
    struct pn_buf raw = {0};
    pn_buf_add(&raw, mac.b, sizeof mac.b);
    pn_buf_add_view(&raw, payload);
    pn_base64_put(out, pn_buf_view(&raw));
    pn_buf_fini(&raw);
}

bool pn_mcp_unseal(const struct pn_mac_key *key, const char *purpose, struct pn_view context, struct pn_view text,
                   struct pn_buf *out) {
    struct pn_buf raw = {.max = TEXT_MAX};
    bool good = false;
    if (text.len <= TEXT_MAX && pn_base64_get(text, &raw) && raw.len >= PN_DIGEST) {
        struct pn_digest given;
        struct pn_view payload = pn_view(raw.ptr + PN_DIGEST, raw.len - PN_DIGEST);
        pn_copy(given.b, raw.ptr, PN_DIGEST);
        struct pn_digest want = compute(key, purpose, context, payload);
        good = pn_digest_eq(&given, &want);
        if (good)
            pn_buf_add_view(out, payload);
    }
    pn_buf_fini(&raw);
    return good && !out->overflow;
}
