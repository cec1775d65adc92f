// SPDX-License-Identifier: Apache-2.0
// Hostile tokens. The bytes are used three ways: as a whole token, which must never be good; as edits of a good one,
// which must be good exactly when nothing changed; and as a payload under a good signature, of which whatever is read
// must be written the same.
#include "base/cleanup.h"
#include "token/b64url.h"
#include "token/canon.h"
#include "token/jwt.h"
#include "token/mint.h"

#include <stdio.h>
#include <stdlib.h>

#define MUST(cond)                                                      \
    do {                                                                \
        if (!(cond)) {                                                  \
            fprintf(stderr, "broken: %s (line %d)\n", #cond, __LINE__); \
            abort();                                                    \
        }                                                               \
    } while (0)

#define NOW UINT64_C(1700000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pn_tokens *tokens;
static struct pn_buf good;
static const struct pn_digest digest = {{1, 2, 3}};

static void set_up(void) {
    static const struct pn_view ops[] = {{(const uint8_t *)"http:read", 9}, {(const uint8_t *)"issue:get", 9}};
    const struct pn_token_wish wish = {.sub = PN_VIEW("worker-1"),
                                       .session = PN_VIEW("fake-session-nonce"),
                                       .cmp = &digest,
                                       .tool = PN_VIEW("get"),
                                       .arg = &digest,
                                       .ops = ops,
                                       .op_count = 2,
                                       .uses = PN_CLAIMS_USES};
    struct pn_jti jti;
    good = (struct pn_buf){0};
    tokens = pn_tokens_new(&(struct pn_tokens_config){.issuer = "postern"}, NOW, NULL);
    MUST(tokens != NULL && pn_token_mint(tokens, &wish, NOW, &good, &jti, NULL) == 0);
}

static enum pn_token_reason judge(struct pn_view token) {
    const struct pn_token_facts facts = {.now = NOW,
                                         .instance = PN_VIEW("worker-1"),
                                         .session = PN_VIEW("fake-session-nonce"),
                                         .component = &digest,
                                         .tool = PN_VIEW("get"),
                                         .arguments = &digest,
                                         .operation = PN_VIEW("http:read")};
    struct pn_claims claims;
    enum pn_token_reason reason = pn_token_check(tokens, token, &facts, &claims);
    MUST((unsigned)reason < PN_TOKEN_REASONS);
    return reason;
}

// Each three bytes overwrite one character; an odd rest cuts or lengthens.
static void check_edits(struct pn_view edits) {
    pn_auto(pn_buf) struct pn_buf token = {0};
    pn_buf_add_view(&token, pn_buf_view(&good));
    for (; edits.len >= 3; edits = pn_view_part(edits, 3, edits.len)) {
        size_t at = (size_t)edits.ptr[0] << 8 | edits.ptr[1];
        token.ptr[at % token.len] = edits.ptr[2];
    }
    if (edits.len == 1)
        pn_buf_add_byte(&token, edits.ptr[0]);
    if (edits.len == 2)
        token.len -= edits.ptr[0] < token.len ? edits.ptr[0] : token.len;
    enum pn_token_reason reason = judge(pn_buf_view(&token));
    bool same = pn_view_eq(pn_buf_view(&token), pn_buf_view(&good));
    // The good token may be spent; it is then not taken for a forgery.
    MUST(same ? reason == PN_TOKEN_GOOD || reason == PN_TOKEN_USED_UP : reason != PN_TOKEN_GOOD);
}

static void check_payload(struct pn_view payload) {
    pn_auto(pn_json) struct pn_json doc = {0};
    pn_auto(pn_buf) struct pn_buf again = {0};
    struct pn_claims claims;
    if (!pn_claims_read(payload, &doc, &claims))
        return;
    MUST(pn_claims_write(&claims, &again, NULL) == 0);
    MUST(pn_view_eq(pn_buf_view(&again), payload));
}

// Decoding is one to one.
static void check_base64url(struct pn_view text) {
    pn_auto(pn_buf) struct pn_buf bytes = {0}, again = {0};
    if (!pn_b64url_get(text, &bytes))
        return;
    pn_b64url_put(&again, pn_buf_view(&bytes));
    MUST(pn_view_eq(pn_buf_view(&again), text));
}

// Canonical text is JSON, and its own canonical text.
static void check_canon(struct pn_view text) {
    pn_auto(pn_buf) struct pn_buf once = {0}, twice = {0};
    if (pn_canon_text(text, &once, NULL) < 0)
        return;
    MUST(pn_canon_text(pn_buf_view(&once), &twice, NULL) == 0);
    MUST(pn_view_eq(pn_buf_view(&once), pn_buf_view(&twice)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (tokens == NULL)
        set_up();
    struct pn_view input = pn_view(data, size);
    MUST(judge(input) != PN_TOKEN_GOOD);
    check_edits(input);
    check_payload(input);
    check_base64url(input);
    check_canon(input);
    return 0;
}
