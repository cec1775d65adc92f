// SPDX-License-Identifier: Apache-2.0
// Why a token does not authorise. For the operator and the audit log; the guest learns "denied" and nothing else.
#pragma once

enum pn_token_reason {
    PN_TOKEN_GOOD = 0,
    PN_TOKEN_TOO_LONG,
    PN_TOKEN_BAD_FORM,      // not three parts of strict base64url
    PN_TOKEN_BAD_HEADER,    // not exactly alg, typ, kid as we write them
    PN_TOKEN_BAD_ALGORITHM, // "none", another one, none at all
    PN_TOKEN_UNKNOWN_KEY,   // kid is not in the ring: foreign, or its key was retired
    PN_TOKEN_BAD_SIGNATURE,
    PN_TOKEN_BAD_CLAIMS, // signed by our key, yet not our claims
    PN_TOKEN_WRONG_ISSUER,
    PN_TOKEN_NOT_YET,
    PN_TOKEN_EXPIRED,
    PN_TOKEN_REVOKED,
    PN_TOKEN_PARENT_REVOKED, // one of the tokens it was derived from
    PN_TOKEN_ENDED,          // its call is over, or the broker was started anew
    PN_TOKEN_PARENT_ENDED,
    PN_TOKEN_IS_GRANT,       // bound to no call: only good for deriving from it
    PN_TOKEN_WRONG_INSTANCE, // came from another worker
    PN_TOKEN_WRONG_SESSION,
    PN_TOKEN_WRONG_COMPONENT,
    PN_TOKEN_WRONG_TOOL,
    PN_TOKEN_WRONG_ARGUMENTS,
    PN_TOKEN_WRONG_OPERATION,
    PN_TOKEN_WRONG_RESOURCE,
    PN_TOKEN_USED_UP, // its own uses, or those it shares with a parent
    PN_TOKEN_REASONS, // how many there are
};

// A word for logs ("used-up") and a sentence for a person. "unknown" for what is no reason.
const char *pn_token_reason_name(enum pn_token_reason reason);
const char *pn_token_reason_text(enum pn_token_reason reason);
