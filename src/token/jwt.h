// SPDX-License-Identifier: Apache-2.0
// JWS compact serialisation (RFC 7515), HMAC with SHA-256 only (RFC 7518 section 3.2). The header is always, byte for
// byte,
//     {"alg":"HS256","typ":"JWT","kid":"<16 lower-case hex digits>"}
// so nothing in it is a choice of the sender: no other algorithm, no "crit", no second member of a name, no key in the
// token, no white space. Compared as bytes; it is parsed only to tell the operator what was wrong with it.
#pragma once
#include "base/err.h"
#include "base/hash.h"
#include "base/secret.h"
#include "token/reason.h"

#define PN_JWT_MOST 4096 // characters of a token
#define PN_JWT_KID 16
#define PN_JWT_KEY_LEAST 32 // RFC 7518 section 3.2: no shorter than the hash

// A key ready for use; its secret part lies in secret memory.
struct pn_jwt_key {
    char kid[PN_JWT_KID + 1];
    struct pn_secret state;
};

// `kid`: 16 lower-case hex digits; `secret`: at least 32 bytes, copied into secret memory (the caller wipes its own).
// PN_E_BUG when either is not so.
[[nodiscard]] int pn_jwt_key_init(struct pn_jwt_key *key, const char *kid, struct pn_view secret, struct pn_err *err);
void pn_jwt_key_fini(struct pn_jwt_key *key);

// HMAC-SHA-256 (RFC 2104) of the signing input.
struct pn_digest pn_jwt_mac(const struct pn_jwt_key *key, struct pn_view input);

// Appends header.payload.signature. PN_E_LIMIT when it would be longer than PN_JWT_MOST.
[[nodiscard]] int pn_jwt_sign(const struct pn_jwt_key *key, struct pn_view payload, struct pn_buf *out,
                              struct pn_err *err);

// A token taken apart; the views borrow it.
struct pn_jwt {
    char kid[PN_JWT_KID + 1];
    struct pn_view input;   // what is signed
    struct pn_view payload; // still base64url
    struct pn_digest signature;
};
// Checks the form of everything but the payload. Nothing in `out` may be believed before pn_jwt_verify.
[[nodiscard]] enum pn_token_reason pn_jwt_split(struct pn_view token, struct pn_jwt *out);
// Constant time in the signature. Decodes the payload into `payload` (emptied first) only when the signature is right.
[[nodiscard]] enum pn_token_reason pn_jwt_verify(const struct pn_jwt *jwt, const struct pn_jwt_key *key,
                                                 struct pn_buf *payload);
