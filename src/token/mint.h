// SPDX-License-Identifier: Apache-2.0
// Capability tokens (promise P3): minted for one tool instance, session, component, tool, set of operations and exact
// arguments; good until they expire, are used up, revoked, or their call ends. A good token proves origin and binding
// only: what is asked for is still judged by the broker. One broker owns one `struct pn_tokens`; it does no I/O, reads
// no clock and belongs to one thread. Times are Unix seconds given by the caller.
#pragma once
#include "token/claims.h"
#include "token/reason.h"

struct pn_tokens;

struct pn_tokens_config {
    const char *issuer;    // the broker's name, kept by copy
    uint32_t life_most;    // seconds a token may live; 0 = 300
    uint32_t key_life;     // seconds a key signs before it is replaced; 0 = 3600; at least life_most
    uint32_t live_most;    // tokens out at a time; 0 = 16,384
    uint32_t revoked_most; // 0 = 100,000
};
// Returns NULL on failure (PN_E_INPUT, PN_E_LIMIT, or secret memory cannot be had).
struct pn_tokens *pn_tokens_new(const struct pn_tokens_config *config, uint64_t now, struct pn_err *err);
void pn_tokens_free(struct pn_tokens *t); // wipes the keys; NULL is fine

// What to mint. Views must outlive the call only.
struct pn_token_wish {
    struct pn_view sub;              // tool instance that may use it
    struct pn_view session;          // the session's nonce; only its keyed hash goes into the token
    const struct pn_digest *cmp;     // NULL: any (a grant)
    struct pn_view tool;             // empty: any (a grant)
    const struct pn_digest *arg;     // NULL: any (a grant)
    const struct pn_view *ops, *res; // in any order, repeats are fine; no `res` = not restricted
    uint32_t op_count, res_count;
    uint64_t nbf, exp; // 0: now, and as late as may be
    uint32_t uses;     // 1 to PN_CLAIMS_USES
    bool grant;        // must be set when something is left open, and only then
};
// Appends the token to `out` and registers it. PN_E_INPUT names the claim that is wrong, PN_E_LIMIT the bound. On
// failure nothing is out.
[[nodiscard]] int pn_token_mint(struct pn_tokens *t, const struct pn_token_wish *wish, uint64_t now, struct pn_buf *out,
                                struct pn_jti *jti, struct pn_err *err);

// Derives a token that can never do more than its parent: operations and resources both have, the earlier end, the
// fewer uses (taken from the parent's budget as they are spent), depth at most PN_CLAIMS_DEPTH. What the wish leaves
// empty is inherited; what the parent has bound cannot be bound otherwise; `session` must be empty (it is the
// parent's). PN_E_DENIED names what would widen or is revoked, ended, used up.
[[nodiscard]] int pn_token_derive(struct pn_tokens *t, const struct pn_jti *parent, const struct pn_token_wish *wish,
                                  uint64_t now, struct pn_buf *out, struct pn_jti *jti, struct pn_err *err);

// What is known about a request, none of it from the token.
struct pn_token_facts {
    uint64_t now;
    struct pn_view instance; // that owns the socket it came on
    struct pn_view session;  // nonce of that instance's session
    const struct pn_digest *component;
    struct pn_view tool;
    const struct pn_digest *arguments;
    struct pn_view operation;
    struct pn_view resource; // empty when the operation has none: refused if the token restricts resources
};
// Judges a token for one operation and, if good, spends one use of it and of every token it was derived from. `claims`
// is what it says as soon as the signature is right (claims->iss.len is 0 before that): for the audit record. Its views
// are good until the next call.
[[nodiscard]] enum pn_token_reason pn_token_check(struct pn_tokens *t, struct pn_view token,
                                                  const struct pn_token_facts *facts, struct pn_claims *claims);
// The same without an operation: signature, time, revocation, standing. Spends nothing. For opening a grant that a
// session presents.
[[nodiscard]] enum pn_token_reason pn_token_open(struct pn_tokens *t, struct pn_view token, uint64_t now,
                                                 struct pn_claims *claims);
// May operations that began with this token go on? To be asked for each in flight after a revocation.
[[nodiscard]] enum pn_token_reason pn_token_standing(struct pn_tokens *t, const struct pn_jti *jti, uint64_t now);

// The call is over: the token and what was derived from it are dead.
void pn_token_end(struct pn_tokens *t, const struct pn_jti *jti);

// Revokes one token, and so all derived from it. An unknown id is remembered for as long as any token may live.
[[nodiscard]] int pn_token_revoke(struct pn_tokens *t, const struct pn_jti *jti, uint64_t now, struct pn_err *err);
// Revokes every token that is out for a tool, a component or a session (each matches unless NULL or empty; all empty
// matches nothing). Tokens minted later are not touched: the module's next call works. `count`: how many were revoked.
struct pn_token_match {
    struct pn_view tool;
    const struct pn_digest *component, *sid; // sid: pn_token_sid of the session's nonce
};
[[nodiscard]] int pn_token_revoke_where(struct pn_tokens *t, const struct pn_token_match *match, uint64_t now,
                                        uint32_t *count, struct pn_err *err);
struct pn_digest pn_token_sid(const struct pn_tokens *t, struct pn_view nonce);

// Signs with a new key from now on; the old key checks until its last token has expired. Minting does it by itself when
// key_life is over.
[[nodiscard]] int pn_tokens_rotate(struct pn_tokens *t, uint64_t now, struct pn_err *err);
// Ends every token at once by wiping all keys, and starts with a new one. The revocation list is empty afterwards.
[[nodiscard]] int pn_tokens_reset(struct pn_tokens *t, uint64_t now, struct pn_err *err);
void pn_tokens_sweep(struct pn_tokens *t, uint64_t now); // for an idle timer: drops what has expired

// For `token list` and `inspect`: tokens that are out, in no order. NULL starts; false at the end. Views are good until
// the next call.
struct pn_token_entry {
    const void *at; // where the walk is; NULL to start
    struct pn_claims claims;
    uint32_t left; // uses
    enum pn_token_reason standing;
};
bool pn_tokens_next(struct pn_tokens *t, struct pn_token_entry *entry, uint64_t now);
bool pn_tokens_find(struct pn_tokens *t, const struct pn_jti *jti, struct pn_token_entry *entry, uint64_t now);

// The revocation list, for the store: `*at` starts at 0.
bool pn_tokens_revoked_next(const struct pn_tokens *t, uint32_t *at, struct pn_jti *jti, uint64_t *until);
// Entries that have expired are skipped without an error.
[[nodiscard]] int pn_tokens_revoked_restore(struct pn_tokens *t, const struct pn_jti *jti, uint64_t until, uint64_t now,
                                            struct pn_err *err);
size_t pn_tokens_revoked_bytes(const struct pn_tokens *t, uint32_t *count);
