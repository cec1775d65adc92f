// SPDX-License-Identifier: Apache-2.0
// The claims of a capability token (RFC 7519, "act" nested as in RFC 8693 section 4.1) and their one spelling: members
// in the order below, no white space, no escapes, printable ASCII. Whatever deviates is refused, also under a good
// signature.
//
//   iss sub jti iat nbf exp sid cmp tool ops res arg use dep act
//
// "*" as cmp, tool or arg leaves that open; such a token is a grant, from which call tokens are derived, and authorises
// nothing itself.
#pragma once
#include "base/hash.h"
#include "json/json.h"

enum {
    PN_CLAIMS_NAME = 128,     // characters of iss, sub, tool and of an operation
    PN_CLAIMS_RESOURCE = 512, // of a resource
    PN_CLAIMS_OPS = 32,
    PN_CLAIMS_RES = 16,
    PN_CLAIMS_DEPTH = 8,
    PN_CLAIMS_USES = 1000000,
};

struct pn_jti {
    uint8_t b[16]; // random; 32 lower-case hex digits as text
};
struct pn_bound {
    bool any;
    struct pn_digest is; // unless `any`; 43 characters of base64url as text
};
struct pn_ancestor {
    struct pn_view sub;
    struct pn_jti jti;
};

struct pn_claims {
    struct pn_view iss, sub; // broker; tool instance
    struct pn_jti jti;
    uint64_t iat, nbf, exp; // Unix seconds; good from nbf until before exp
    struct pn_digest sid;   // keyed hash of the session nonce
    struct pn_bound cmp;    // digest of the component
    struct pn_view tool;
    struct pn_view ops[PN_CLAIMS_OPS]; // ascending, no two alike, at least one
    struct pn_view res[PN_CLAIMS_RES]; // likewise, but none = not restricted
    struct pn_bound arg;               // SHA-256 of the canonical arguments
    uint32_t use;                      // uses at minting, 1 to PN_CLAIMS_USES
    uint32_t op_count, res_count;
    uint32_t dep;                            // how many times derived: the length of `act`
    struct pn_ancestor act[PN_CLAIMS_DEPTH]; // the parent first
};

// Appends the payload. PN_E_INPUT names the claim that cannot be written (name too long, not printable ASCII, order,
// bounds).
[[nodiscard]] int pn_claims_write(const struct pn_claims *claims, struct pn_buf *out, struct pn_err *err);
// The views borrow `payload`. `doc` is scratch, kept for its memory. False for anything that pn_claims_write does not
// write.
[[nodiscard]] bool pn_claims_read(struct pn_view payload, struct pn_json *doc, struct pn_claims *out);

// Bounds, order and alphabet; NULL or the name of the first claim that is wrong.
const char *pn_claims_flaw(const struct pn_claims *claims);
bool pn_claims_is_grant(const struct pn_claims *claims);

bool pn_jti_eq(const struct pn_jti *a, const struct pn_jti *b);
void pn_jti_text(const struct pn_jti *jti, char out[33]);
bool pn_jti_parse(struct pn_view text, struct pn_jti *out); // 32 lower-case hex digits, nothing else
// Is `name` in an ascending list? Binary search.
bool pn_claims_has(const struct pn_view *list, uint32_t count, struct pn_view name);
int pn_claims_order(struct pn_view a, struct pn_view b); // bytewise: negative, 0, positive
