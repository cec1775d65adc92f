// SPDX-License-Identifier: Apache-2.0
#include "token/reason.h"

static const struct {
    const char *name, *text;
} reasons[PN_TOKEN_REASONS] = {
    [PN_TOKEN_GOOD] = {"good", "the token is good"},
    [PN_TOKEN_TOO_LONG] = {"too-long", "the token is longer than any that is minted"},
    [PN_TOKEN_BAD_FORM] = {"bad-form", "the token is not three parts of base64url"},
    [PN_TOKEN_BAD_HEADER] = {"bad-header", "the token's header is not the one that is minted"},
    [PN_TOKEN_BAD_ALGORITHM] = {"bad-algorithm", "the token's header asks for an algorithm other than HS256"},
    [PN_TOKEN_UNKNOWN_KEY] = {"unknown-key", "the token names a key that is not, or no longer, in use"},
    [PN_TOKEN_BAD_SIGNATURE] = {"bad-signature", "the token's signature is wrong: it was forged or altered"},
    [PN_TOKEN_BAD_CLAIMS] = {"bad-claims", "the token is signed but its claims are not well-formed"},
    [PN_TOKEN_WRONG_ISSUER] = {"wrong-issuer", "the token was issued by another broker"},
    [PN_TOKEN_NOT_YET] = {"not-yet", "the token is not valid yet; check whether the clock was set back"},
    [PN_TOKEN_EXPIRED] = {"expired", "the token has expired"},
    [PN_TOKEN_REVOKED] = {"revoked", "the token was revoked"},
    [PN_TOKEN_PARENT_REVOKED] = {"parent-revoked", "a token from which this one was derived was revoked"},
    [PN_TOKEN_ENDED] = {"ended", "the token's call is over"},
    [PN_TOKEN_PARENT_ENDED] = {"parent-ended", "a token from which this one was derived has ended"},
    [PN_TOKEN_IS_GRANT] = {"is-grant", "the token is a grant: it authorises nothing until a call is derived from it"},
    [PN_TOKEN_WRONG_INSTANCE] = {"wrong-instance", "the token came from a tool instance it was not minted for"},
    [PN_TOKEN_WRONG_SESSION] = {"wrong-session", "the token belongs to another session"},
    [PN_TOKEN_WRONG_COMPONENT] = {"wrong-component", "the token was minted for another component"},
    [PN_TOKEN_WRONG_TOOL] = {"wrong-tool", "the token was minted for another tool"},
    [PN_TOKEN_WRONG_ARGUMENTS] = {"wrong-arguments", "the token was minted for a call with other arguments"},
    [PN_TOKEN_WRONG_OPERATION] = {"wrong-operation", "the token does not grant this operation"},
    [PN_TOKEN_WRONG_RESOURCE] = {"wrong-resource", "the token does not grant this resource"},
    [PN_TOKEN_USED_UP] = {"used-up", "the token's uses, or those of a token it was derived from, are spent"},
};

const char *pn_token_reason_name(enum pn_token_reason reason) {
    return (unsigned)reason < PN_TOKEN_REASONS ? reasons[reason].name : "unknown";
}

const char *pn_token_reason_text(enum pn_token_reason reason) {
    return (unsigned)reason < PN_TOKEN_REASONS ? reasons[reason].text : "unknown";
}
