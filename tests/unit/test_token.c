// SPDX-License-Identifier: Apache-2.0
// Capability tokens. First everything an attacker who holds one, saw one or makes one up could try; then what must
// work. Keys and nonces are made up.
#include "base/cleanup.h"
#include "base/text.h"
#include "check.h"
#include "token/b64url.h"
#include "token/jwt.h"
#include "token/mint.h"
#include "token/revoked.h"
#include "token/ring.h"

#include <stdint.h>

#define NOW UINT64_C(1700000000)
static const struct pn_view session = {(const uint8_t *)"fake-session-nonce-1", 20};
static const struct pn_view other_session = {(const uint8_t *)"fake-session-nonce-2", 20};
static const struct pn_digest component = {{1, 2, 3}}, other_digest = {{9}}, arguments = {{4, 5, 6}};
static const struct pn_view ops[] = {{(const uint8_t *)"http:read", 9}, {(const uint8_t *)"github.get-issue", 16}};

static struct pn_tokens *new_tokens(void) {
    struct pn_err err = {0};
    struct pn_tokens *t = pn_tokens_new(&(struct pn_tokens_config){.issuer = "postern"}, NOW, &err);
    if (t == NULL) {
        printf("# %s\n", err.text);
        exit(1);
    }
    return t;
}

static inline void tokens_cleanup(struct pn_tokens **t) {
    pn_tokens_free(*t);
}

static struct pn_token_wish call_wish(void) {
    return (struct pn_token_wish){.sub = PN_VIEW("worker-1"),
                                  .session = session,
                                  .cmp = &component,
                                  .tool = PN_VIEW("get-issue"),
                                  .arg = &arguments,
                                  .ops = ops,
                                  .op_count = 2,
                                  .uses = 100};
}

static struct pn_token_facts facts_at(uint64_t now) {
    return (struct pn_token_facts){.now = now,
                                   .instance = PN_VIEW("worker-1"),
                                   .session = session,
                                   .component = &component,
                                   .tool = PN_VIEW("get-issue"),
                                   .arguments = &arguments,
                                   .operation = PN_VIEW("github.get-issue")};
}

static struct pn_jti mint(struct pn_tokens *t, const struct pn_token_wish *wish, struct pn_buf *out) {
    struct pn_jti jti = {0};
    struct pn_err err = {0};
    pn_buf_reset(out);
    if (pn_token_mint(t, wish, NOW, out, &jti, &err) < 0)
        printf("# mint: %s\n", err.text);
    CHECK(out->len > 0);
    return jti;
}

static enum pn_token_reason check(struct pn_tokens *t, struct pn_view token, struct pn_token_facts facts) {
    struct pn_claims claims;
    return pn_token_check(t, token, &facts, &claims);
}

#define CHECK_REASON(got, want) CHECK_STR(pn_token_reason_name(got), pn_token_reason_name(want))

// Puts `header` in the place of a token's own.
static void with_header(struct pn_view token, const char *header, struct pn_buf *out) {
    size_t dot = pn_view_find(token, '.', 0);
    pn_buf_reset(out);
    pn_b64url_put(out, pn_view_str(header));
    pn_buf_add_view(out, pn_view_part(token, dot, token.len));
}

// --- misuse: forged headers ---

static void misuse_headers(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0}, own = {0}, bad = {0};
    struct pn_token_wish wish = call_wish();
    (void)mint(t, &wish, &token);
    size_t dot = pn_view_find(pn_buf_view(&token), '.', 0);
    CHECK(pn_b64url_get(pn_view(token.ptr, dot), &own));
    char kid[17] = {0};
    pn_copy(kid, own.ptr + 34, 16);
    static const struct {
        const char *before, *after;
        enum pn_token_reason want;
    } rows[] = {
        {"{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"", "\"}", PN_TOKEN_BAD_ALGORITHM},
        {"{\"alg\":\"None\",\"typ\":\"JWT\",\"kid\":\"", "\"}", PN_TOKEN_BAD_ALGORITHM},
        {"{\"alg\":\"HS384\",\"typ\":\"JWT\",\"kid\":\"", "\"}", PN_TOKEN_BAD_ALGORITHM},
        {"{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"", "\"}", PN_TOKEN_BAD_ALGORITHM},
        {"{\"alg\":\"hs256\",\"typ\":\"JWT\",\"kid\":\"", "\"}", PN_TOKEN_BAD_ALGORITHM},
        {"{\"alg\":256,\"typ\":\"JWT\",\"kid\":\"", "\"}", PN_TOKEN_BAD_ALGORITHM},
        {"{\"typ\":\"JWT\",\"kid\":\"", "\"}", PN_TOKEN_BAD_ALGORITHM},
        {"{\"alg\":\"HS256\",\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"", "\"}", PN_TOKEN_BAD_HEADER},
        {"{\"alg\":\"HS256\",\"\\u0061lg\":\"none\",\"typ\":\"JWT\",\"kid\":\"", "\"}", PN_TOKEN_BAD_HEADER},
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"", "\",\"crit\":[\"exp\"]}", PN_TOKEN_BAD_HEADER},
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"", "\",\"b64\":false}", PN_TOKEN_BAD_HEADER},
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"", "\",\"jku\":\"https://evil.example/keys\"}",
         PN_TOKEN_BAD_HEADER},
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"", "\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}",
         PN_TOKEN_BAD_HEADER},
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"", "\"} ", PN_TOKEN_BAD_HEADER},
        {" {\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"", "\"}", PN_TOKEN_BAD_HEADER},
        {"{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"", "\"}", PN_TOKEN_BAD_HEADER},
        {"{\"alg\":\"HS256\",\"typ\":\"jwt\",\"kid\":\"", "\"}", PN_TOKEN_BAD_HEADER},
        {"{\"alg\":\"HS256\",\"kid\":\"", "\"}", PN_TOKEN_BAD_HEADER},
        {"[\"HS256\",\"", "\"]", PN_TOKEN_BAD_HEADER},
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"", "\"]", PN_TOKEN_BAD_HEADER},
        {"not json ", "", PN_TOKEN_BAD_HEADER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char header[256];
        (void)snprintf(header, sizeof header, "%s%s%s", rows[i].before, kid, rows[i].after);
        with_header(pn_buf_view(&token), header, &bad);
        CHECK_REASON(check(t, pn_buf_view(&bad), facts_at(NOW)), rows[i].want);
    }
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_GOOD);
}

static void misuse_kid(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0}, bad = {0};
    struct pn_token_wish wish = call_wish();
    (void)mint(t, &wish, &token);
    static const struct {
        const char *kid;
        enum pn_token_reason want;
    } rows[] = {
        {"0000000000000000", PN_TOKEN_UNKNOWN_KEY},
        {"../../../dev/nul", PN_TOKEN_UNKNOWN_KEY},
        {"' UNION SELECT 1", PN_TOKEN_UNKNOWN_KEY},
        {"\\u0000\\u0000aaaa", PN_TOKEN_UNKNOWN_KEY},
        {"ABCDEF0123456789", PN_TOKEN_UNKNOWN_KEY},
        {"", PN_TOKEN_BAD_HEADER},
        {"0", PN_TOKEN_BAD_HEADER},
        {"00000000000000000", PN_TOKEN_BAD_HEADER},
        {"a\",\"kid\":\"000000", PN_TOKEN_UNKNOWN_KEY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char header[256];
        (void)snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", rows[i].kid);
        with_header(pn_buf_view(&token), header, &bad);
        enum pn_token_reason got = check(t, pn_buf_view(&bad), facts_at(NOW));
        CHECK(got == rows[i].want || (got == PN_TOKEN_BAD_HEADER && strlen(rows[i].kid) != 16));
    }
}

// --- misuse: forged forms ---

static void misuse_forms(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0}, bad = {0};
    struct pn_token_wish wish = call_wish();
    (void)mint(t, &wish, &token);
    const struct pn_view good = pn_buf_view(&token);
    const char *const tails[] = {"=", ".", " ", "\n", "A", "AA", "..", "\x80"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        pn_buf_reset(&bad);
        pn_buf_add_view(&bad, good);
        pn_buf_add_str(&bad, tails[i]);
        CHECK_REASON(check(t, pn_buf_view(&bad), facts_at(NOW)), PN_TOKEN_BAD_FORM);
    }
    CHECK_REASON(check(t, pn_view(NULL, 0), facts_at(NOW)), PN_TOKEN_BAD_FORM);
    CHECK_REASON(check(t, PN_VIEW(".."), facts_at(NOW)), PN_TOKEN_BAD_HEADER);
    CHECK_REASON(check(t, PN_VIEW("a.b"), facts_at(NOW)), PN_TOKEN_BAD_FORM);
    // Without its signature, as "none" would have it.
    size_t last = good.len - 44;
    CHECK_INT(good.ptr[last], '.');
    CHECK_REASON(check(t, pn_view(good.ptr, last + 1), facts_at(NOW)), PN_TOKEN_BAD_FORM);
    CHECK_REASON(check(t, pn_view(good.ptr, last), facts_at(NOW)), PN_TOKEN_BAD_FORM);
}

static void misuse_huge(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0}, bad = {0};
    struct pn_token_wish wish = call_wish();
    (void)mint(t, &wish, &token);
    size_t dot = pn_view_find(pn_buf_view(&token), '.', 0);
    pn_buf_add(&bad, token.ptr, dot + 1);
    while (bad.len < (size_t)1 << 20)
        pn_buf_add_str(&bad, "AAAA");
    pn_buf_add(&bad, token.ptr + token.len - 44, 44);
    CHECK_REASON(check(t, pn_buf_view(&bad), facts_at(NOW)), PN_TOKEN_TOO_LONG);
    CHECK_REASON(check(t, pn_view(bad.ptr, PN_JWT_MOST), facts_at(NOW)), PN_TOKEN_BAD_FORM);
}

// Each character of a good token, changed into each other one, in turn.
static void misuse_every_character_counts(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0};
    struct pn_token_wish wish = call_wish();
    (void)mint(t, &wish, &token);
    for (size_t i = 0; i < token.len; i++) {
        uint8_t was = token.ptr[i];
        static const char others[] = "AZaz09-_.=+/";
        for (const char *p = others; *p != '\0'; p++) {
            token.ptr[i] = (uint8_t)*p;
            if (token.ptr[i] != was && check(t, pn_buf_view(&token), facts_at(NOW)) == PN_TOKEN_GOOD) {
                printf("# character %zu may be '%c'\n", i, *p);
                CHECK(false);
            }
        }
        token.ptr[i] = was;
    }
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_GOOD);
}

// --- misuse: claims that our own key signed, but that are not ours ---

static struct pn_jwt_key fake_key(void) {
    struct pn_jwt_key key = {0};
    CHECK(pn_jwt_key_init(&key, "00112233445566ff", PN_VIEW("fake-key-for-tests-0123456789abcdef"), NULL) == 0);
    return key;
}

static struct pn_claims some_claims(void) {
    struct pn_claims c = {.iss = PN_VIEW("postern"),
                          .sub = PN_VIEW("worker-1"),
                          .jti = {{1}},
                          .iat = NOW,
                          .nbf = NOW,
                          .exp = NOW + 60,
                          .tool = PN_VIEW("get-issue"),
                          .use = 1,
                          .op_count = 2,
                          .res_count = 1,
                          .dep = 2};
    c.ops[0] = PN_VIEW("a");
    c.ops[1] = PN_VIEW("b");
    c.res[0] = PN_VIEW("r");
    c.act[0] = (struct pn_ancestor){PN_VIEW("p"), {{2}}};
    c.act[1] = (struct pn_ancestor){PN_VIEW("q"), {{3}}};
    return c;
}

static bool reads(struct pn_view payload) {
    pn_auto(pn_json) struct pn_json doc = {0};
    struct pn_claims claims;
    return pn_claims_read(payload, &doc, &claims);
}

// Replaces the first `from` in `text`.
static bool reads_with(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    CHECK(at != NULL);
    pn_auto(pn_buf) struct pn_buf bad = {0};
    if (at == NULL)
        return true;
    pn_buf_add(&bad, text, (size_t)(at - text));
    pn_buf_add_str(&bad, to);
    pn_buf_add_str(&bad, at + strlen(from));
    return reads(pn_buf_view(&bad));
}

static void misuse_claims(void) {
    pn_auto(pn_buf) struct pn_buf out = {0};
    struct pn_claims c = some_claims();
    CHECK(pn_claims_write(&c, &out, NULL) == 0);
    const char *text = pn_buf_cstr(&out);
    CHECK(reads(pn_buf_view(&out)));
    static const char *const edits[][2] = {
        {"{\"iss\"", "{ \"iss\""},
        {"\"iss\":\"postern\"", "\"iss\":\"postern\",\"iss\":\"postern\""},
        {"\"sub\":\"worker-1\"", "\"sub\":\"worker-1\",\"sub\":\"worker-2\""},
        {"\"sub\":\"worker-1\"", "\"sub\":[\"worker-1\"]"},
        {"\"sub\":\"worker-1\"", "\"sub\":\"\""},
        {"\"sub\":\"worker-1\"", "\"sub\":\"worker\\u002d1\""},
        {"\"sub\":\"worker-1\"", "\"sub\":\"worker 1\""},
        {"\"sub\":\"worker-1\"", "\"sub\":\"w\xc3\xb6rker\""},
        {"\"sub\":\"worker-1\",", ""},
        {"\"iat\":1700000000", "\"iat\":\"1700000000\""},
        {"\"iat\":1700000000", "\"iat\":1.7e9"},
        {"\"iat\":1700000000", "\"iat\":1700000000.0"},
        {"\"iat\":1700000000", "\"iat\":-1700000000"},
        {"\"exp\":1700000060", "\"exp\":1700000000"},
        {"\"exp\":1700000060", "\"exp\":99999999999999999999"},
        {"\"exp\":1700000060", "\"exp\":9999999999999999"},
        {"\"exp\":1700000060", "\"exp\":null"},
        {"\"exp\":1700000060,", ""},
        {"\"jti\":\"01", "\"jti\":\"0g"},
        {"\"jti\":\"01", "\"jti\":\"0A"},
        {"\"jti\":\"01", "\"jti\":\"01aa"},
        {"\"sid\":\"A", "\"sid\":\"*A"},
        {"\"sid\":\"A", "\"sid\":\""},
        {"\"cmp\":\"A", "\"cmp\":\"*"},
        {"[\"a\",\"b\"]", "[\"b\",\"a\"]"},
        {"[\"a\",\"b\"]", "[\"a\",\"a\"]"},
        {"[\"a\",\"b\"]", "[]"},
        {"[\"a\",\"b\"]", "\"a\""},
        {"[\"a\",\"b\"]", "[\"a\",1]"},
        {"[\"a\",\"b\"]", "{\"a\":\"b\"}"},
        {"\"use\":1", "\"use\":0"},
        {"\"use\":1", "\"use\":1000001"},
        {"\"use\":1", "\"use\":4294967297"},
        {"\"dep\":2", "\"dep\":1"},
        {"\"dep\":2", "\"dep\":3"},
        {"\"dep\":2", "\"dep\":0"},
        {"\"dep\":2", "\"dep\":9"},
        {"\"dep\":2", "\"dep\":2,\"admin\":true"},
        {"\"act\":{\"sub\":\"p\"", "\"act\":{\"sub\":\"p\",\"sub\":\"p\""},
        {"\"act\":{\"sub\":\"q\"", "\"act\":{\"sub\":\"q\",\"x\":1"},
        {"\"act\":{\"sub\":\"q\",\"jti\":\"03", "\"act\":{\"sub\":\"q\",\"jti\":\"02"},
        {"\"act\":{\"sub\":\"q\",\"jti\":\"03", "\"act\":{\"sub\":\"q\",\"jti\":\"01"},
        {"}}}", "}}"},
        {"}}}", "}},\"x\":1}"},
        {"}}}", "},\"x\":1}}"},
        {"}}}", "}}} "},
        {"}}}", "}}}{}"},
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
        if (reads_with(text, edits[i][0], edits[i][1])) {
            printf("# accepted: %s -> %s\n", edits[i][0], edits[i][1]);
            CHECK(false);
        }
    CHECK(!reads(PN_VIEW("[]")));
    CHECK(!reads(PN_VIEW("{}")));
    CHECK(!reads(pn_view(NULL, 0)));
}

static void misuse_minting(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf out = {0};
    static char longest[PN_CLAIMS_NAME + 2];
    memset(longest, 'x', sizeof longest - 1);
    struct pn_view bad_op[] = {PN_VIEW("a\"b")}, many[PN_CLAIMS_OPS + 1], large[PN_CLAIMS_RES];
    char names[PN_CLAIMS_RES][PN_CLAIMS_RESOURCE];
    for (size_t i = 0; i < PN_CLAIMS_OPS + 1; i++)
        many[i] = PN_VIEW("op");
    for (size_t i = 0; i < PN_CLAIMS_RES; i++) {
        memset(names[i], 'a' + (int)i, sizeof names[i]);
        large[i] = pn_view(names[i], sizeof names[i]);
    }
    struct pn_token_wish w[12];
    for (size_t i = 0; i < 12; i++)
        w[i] = call_wish();
    w[0].op_count = 0;
    w[1].uses = 0;
    w[2].uses = PN_CLAIMS_USES + 1;
    w[3].sub = pn_view(longest, sizeof longest - 1);
    w[4].session = PN_VIEW("short");
    w[5].arg = NULL; // open, but not said to be a grant
    w[6].tool = PN_VIEW("*");
    w[7].grant = true; // said to be a grant, but nothing is open
    w[8].ops = bad_op;
    w[8].op_count = 1;
    w[9].ops = many;
    w[9].op_count = PN_CLAIMS_OPS + 1;
    w[10].nbf = NOW + 400; // after the latest end
    w[11].res = large;     // longer than a token may be
    w[11].res_count = PN_CLAIMS_RES;
    for (size_t i = 0; i < 12; i++) {
        struct pn_jti jti;
        struct pn_err err = {0};
        if (pn_token_mint(t, &w[i], NOW, &out, &jti, &err) == 0)
            printf("# wish %zu was granted\n", i);
        CHECK_INT(err.category, i == 11 ? PN_E_LIMIT : PN_E_INPUT);
        CHECK_INT(out.len, 0);
    }
    struct pn_token_entry entry = {0};
    CHECK(!pn_tokens_next(t, &entry, NOW));
}

static void misuse_configuration(void) {
    struct pn_err err = {0};
    CHECK(pn_tokens_new(&(struct pn_tokens_config){0}, NOW, &err) == NULL);
    CHECK_INT(err.category, PN_E_INPUT);
    CHECK(pn_tokens_new(&(struct pn_tokens_config){.issuer = "postern", .life_most = 300, .key_life = 10}, NOW, &err) ==
          NULL);
    pn_tokens_free(NULL);
    struct pn_jwt_key key = {0};
    CHECK(pn_jwt_key_init(&key, "00112233445566ff", PN_VIEW("too short for HS256"), &err) < 0);
    CHECK(pn_jwt_key_init(&key, "00112233445566FF", PN_VIEW("fake-key-for-tests-0123456789abcdef"), &err) < 0);
    CHECK(pn_jwt_key_init(&key, "0011", PN_VIEW("fake-key-for-tests-0123456789abcdef"), &err) < 0);
}

// --- replay ---

static void replay_is_refused(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens(), *other = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0};
    struct pn_token_wish wish = call_wish();
    (void)mint(t, &wish, &token);
    const struct pn_view it = pn_buf_view(&token);
    struct pn_token_facts f = facts_at(NOW);
    f.instance = PN_VIEW("worker-2");
    CHECK_REASON(check(t, it, f), PN_TOKEN_WRONG_INSTANCE);
    f = facts_at(NOW);
    f.session = other_session;
    CHECK_REASON(check(t, it, f), PN_TOKEN_WRONG_SESSION);
    f = facts_at(NOW);
    f.component = &other_digest;
    CHECK_REASON(check(t, it, f), PN_TOKEN_WRONG_COMPONENT);
    f.component = NULL;
    CHECK_REASON(check(t, it, f), PN_TOKEN_WRONG_COMPONENT);
    f = facts_at(NOW);
    f.tool = PN_VIEW("get-issues");
    CHECK_REASON(check(t, it, f), PN_TOKEN_WRONG_TOOL);
    f = facts_at(NOW);
    f.arguments = &other_digest;
    CHECK_REASON(check(t, it, f), PN_TOKEN_WRONG_ARGUMENTS);
    f.arguments = NULL;
    CHECK_REASON(check(t, it, f), PN_TOKEN_WRONG_ARGUMENTS);
    f = facts_at(NOW);
    f.operation = PN_VIEW("github.delete-repo");
    CHECK_REASON(check(t, it, f), PN_TOKEN_WRONG_OPERATION);
    f.operation = pn_view(NULL, 0);
    CHECK_REASON(check(t, it, f), PN_TOKEN_WRONG_OPERATION);
    CHECK_REASON(check(other, it, facts_at(NOW)), PN_TOKEN_UNKNOWN_KEY);
    CHECK_REASON(check(t, it, facts_at(NOW)), PN_TOKEN_GOOD);
}

static void the_session_nonce_is_not_in_the_token(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0}, payload = {0}, plain = {0};
    struct pn_token_wish wish = call_wish();
    (void)mint(t, &wish, &token);
    size_t dot = pn_view_find(pn_buf_view(&token), '.', 0), end = pn_view_find(pn_buf_view(&token), '.', dot + 1);
    CHECK(pn_b64url_get(pn_view_part(pn_buf_view(&token), dot + 1, end), &payload));
    struct pn_digest unkeyed = pn_blake2b(session);
    pn_b64url_put(&plain, pn_view(unkeyed.b, sizeof unkeyed.b));
    CHECK(memmem(payload.ptr, payload.len, session.ptr, session.len) == NULL);
    CHECK(memmem(payload.ptr, payload.len, plain.ptr, plain.len) == NULL);
}

static void time_is_kept(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0};
    struct pn_token_wish wish = call_wish();
    wish.nbf = NOW + 10;
    wish.exp = NOW + 20;
    (void)mint(t, &wish, &token);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW + 7)), PN_TOKEN_NOT_YET);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW + 10)), PN_TOKEN_GOOD);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW + 19)), PN_TOKEN_GOOD);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW + 20)), PN_TOKEN_EXPIRED);
    wish = call_wish();
    wish.exp = NOW + 100000; // is cut to what a token may live
    (void)mint(t, &wish, &token);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW + 299)), PN_TOKEN_GOOD);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW + 300)), PN_TOKEN_EXPIRED);
}

static void uses_are_counted(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0};
    struct pn_token_wish wish = call_wish();
    wish.uses = 3;
    (void)mint(t, &wish, &token);
    struct pn_token_facts wrong = facts_at(NOW);
    wrong.operation = PN_VIEW("other");
    CHECK_REASON(check(t, pn_buf_view(&token), wrong), PN_TOKEN_WRONG_OPERATION); // costs nothing
    for (int i = 0; i < 3; i++)
        CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_GOOD);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_USED_UP);
}

static void an_ended_call_ends_its_token(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0};
    struct pn_token_wish wish = call_wish();
    struct pn_jti jti = mint(t, &wish, &token);
    pn_token_end(t, &jti);
    pn_token_end(t, &jti);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_ENDED);
}

static void resources_are_kept(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0};
    struct pn_token_wish wish = call_wish();
    const struct pn_view res[] = {PN_VIEW("bucket/b"), PN_VIEW("bucket/a"), PN_VIEW("bucket/b")};
    wish.res = res;
    wish.res_count = 3;
    (void)mint(t, &wish, &token);
    struct pn_token_facts f = facts_at(NOW);
    CHECK_REASON(check(t, pn_buf_view(&token), f), PN_TOKEN_WRONG_RESOURCE);
    f.resource = PN_VIEW("bucket/c");
    CHECK_REASON(check(t, pn_buf_view(&token), f), PN_TOKEN_WRONG_RESOURCE);
    f.resource = PN_VIEW("bucket/a");
    CHECK_REASON(check(t, pn_buf_view(&token), f), PN_TOKEN_GOOD);
}

// --- revocation ---

static void revoked_is_refused_at_once(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0}, next = {0};
    struct pn_token_wish wish = call_wish();
    struct pn_jti jti = mint(t, &wish, &token);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_GOOD);
    CHECK(pn_token_revoke(t, &jti, NOW, NULL) == 0);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_REVOKED);
    CHECK_REASON(pn_token_standing(t, &jti, NOW), PN_TOKEN_REVOKED);
    (void)mint(t, &wish, &next); // the module's next call works
    CHECK_REASON(check(t, pn_buf_view(&next), facts_at(NOW)), PN_TOKEN_GOOD);
}

static void revoking_by_rule(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf one = {0}, two = {0}, three = {0};
    struct pn_token_wish wish = call_wish();
    (void)mint(t, &wish, &one);
    wish.tool = PN_VIEW("other-tool");
    (void)mint(t, &wish, &two);
    wish = call_wish();
    wish.session = other_session;
    (void)mint(t, &wish, &three);
    uint32_t count = 9;
    CHECK(pn_token_revoke_where(t, &(struct pn_token_match){0}, NOW, &count, NULL) == 0);
    CHECK_INT(count, 0);
    CHECK(pn_token_revoke_where(t, &(struct pn_token_match){.tool = PN_VIEW("other-tool")}, NOW, &count, NULL) == 0);
    CHECK_INT(count, 1);
    struct pn_token_facts f = facts_at(NOW);
    f.tool = PN_VIEW("other-tool");
    CHECK_REASON(check(t, pn_buf_view(&two), f), PN_TOKEN_REVOKED);
    CHECK_REASON(check(t, pn_buf_view(&one), facts_at(NOW)), PN_TOKEN_GOOD);
    struct pn_digest sid = pn_token_sid(t, session);
    CHECK(pn_token_revoke_where(t, &(struct pn_token_match){.sid = &sid}, NOW, &count, NULL) == 0);
    CHECK_INT(count, 1);
    CHECK_REASON(check(t, pn_buf_view(&one), facts_at(NOW)), PN_TOKEN_REVOKED);
    f = facts_at(NOW);
    f.session = other_session;
    CHECK_REASON(check(t, pn_buf_view(&three), f), PN_TOKEN_GOOD);
    CHECK(pn_token_revoke_where(t, &(struct pn_token_match){.component = &other_digest}, NOW, &count, NULL) == 0);
    CHECK_INT(count, 0);
    CHECK(pn_token_revoke_where(t, &(struct pn_token_match){.component = &component}, NOW, &count, NULL) == 0);
    CHECK_INT(count, 1);
    CHECK_REASON(check(t, pn_buf_view(&three), f), PN_TOKEN_REVOKED);
}

static void the_list_survives_in_a_store(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens(), *again = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0};
    struct pn_token_wish wish = call_wish();
    struct pn_jti jti = mint(t, &wish, &token), unknown = {{7}}, got;
    CHECK(pn_token_revoke(t, &jti, NOW, NULL) == 0);
    CHECK(pn_token_revoke(t, &unknown, NOW, NULL) == 0);
    uint32_t at = 0, count;
    uint64_t until;
    int seen = 0;
    while (pn_tokens_revoked_next(t, &at, &got, &until)) {
        CHECK(until == NOW + 300 && (pn_jti_eq(&got, &jti) || pn_jti_eq(&got, &unknown)));
        CHECK(pn_tokens_revoked_restore(again, &got, until, NOW, NULL) == 0);
        seen++;
    }
    CHECK_INT(seen, 2);
    CHECK(pn_tokens_revoked_restore(again, &(struct pn_jti){{8}}, NOW, NOW, NULL) == 0);
    (void)pn_tokens_revoked_bytes(again, &count);
    CHECK_INT(count, 2);
    CHECK_REASON(pn_token_standing(again, &jti, NOW), PN_TOKEN_REVOKED);
    pn_tokens_sweep(again, NOW + 300);
    (void)pn_tokens_revoked_bytes(again, &count);
    CHECK_INT(count, 0);
}

static struct pn_jti numbered(uint32_t n) {
    struct pn_jti jti = {{0}};
    pn_copy(jti.b, &n, sizeof n);
    return jti;
}

static void the_list_is_bounded_and_forgets(void) {
    struct pn_revoked r;
    struct pn_err err = {0};
    const uint32_t most = 100000;
    pn_revoked_init(&r, most);
    for (uint32_t i = 0; i < most; i++) {
        struct pn_jti jti = numbered(i);
        CHECK(pn_revoked_add(&r, &jti, NOW + 1 + i % 100, NOW, NULL) == 0);
    }
    CHECK_INT(r.count, most);
    CHECK(pn_revoked_bytes(&r) <= (size_t)16 << 20);
    struct pn_jti more = numbered(most);
    CHECK(pn_revoked_add(&r, &more, NOW + 5, NOW, &err) < 0);
    CHECK_INT(err.category, PN_E_LIMIT);
    struct pn_jti known = numbered(5);
    CHECK(pn_revoked_add(&r, &known, NOW + 99, NOW, NULL) == 0); // is on it already
    CHECK(pn_revoked_add(&r, &more, NOW, NOW, &err) < 0);
    CHECK_INT(err.category, PN_E_INPUT);
    // Half of it expires: room comes back by itself, and nothing else is forgotten.
    CHECK(pn_revoked_add(&r, &more, NOW + 500, NOW + 50, NULL) == 0);
    (void)pn_revoked_sweep(&r, NOW + 50);
    uint32_t wrong = 0;
    for (uint32_t i = 0; i <= most; i++) {
        struct pn_jti jti = numbered(i);
        bool want = i == most || i == 5 || 1 + i % 100 > 50;
        wrong += pn_revoked_has(&r, &jti) != want;
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(r.count, 50002);
    CHECK_INT(pn_revoked_sweep(&r, NOW + 1000), 50002);
    pn_revoked_fini(&r);
}

static void insertions_alone_forget_too(void) {
    struct pn_revoked r;
    pn_revoked_init(&r, 1000);
    for (uint32_t i = 0; i < 100000; i++) {
        struct pn_jti jti = numbered(i);
        CHECK(pn_revoked_add(&r, &jti, NOW + i + 100, NOW + i, NULL) == 0);
    }
    CHECK(r.cap <= 1024);
    pn_revoked_fini(&r);
}

// --- delegation ---

static struct pn_token_wish grant_wish(void) {
    struct pn_token_wish wish = call_wish();
    wish.cmp = NULL;
    wish.tool = pn_view(NULL, 0);
    wish.arg = NULL;
    wish.grant = true;
    return wish;
}

static struct pn_jti derive(struct pn_tokens *t, const struct pn_jti *parent, const struct pn_token_wish *wish,
                            struct pn_buf *out) {
    struct pn_jti jti = {0};
    struct pn_err err = {0};
    pn_buf_reset(out);
    if (pn_token_derive(t, parent, wish, NOW, out, &jti, &err) < 0)
        printf("# derive: %s\n", err.text);
    CHECK(out->len > 0);
    return jti;
}

static void check_no_derive(struct pn_tokens *t, const struct pn_jti *parent, const struct pn_token_wish *wish,
                            uint64_t now, const char *says) {
    pn_auto(pn_buf) struct pn_buf out = {0};
    struct pn_jti jti;
    struct pn_err err = {0};
    CHECK(pn_token_derive(t, parent, wish, now, &out, &jti, &err) < 0);
    CHECK_ERR(err, says);
    CHECK_INT(out.len, 0);
}

static void a_grant_authorises_nothing_by_itself(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf grant = {0}, call = {0};
    struct pn_token_wish wish = grant_wish();
    struct pn_jti jti = mint(t, &wish, &grant);
    struct pn_claims claims;
    CHECK_REASON(check(t, pn_buf_view(&grant), facts_at(NOW)), PN_TOKEN_IS_GRANT);
    CHECK_REASON(pn_token_open(t, pn_buf_view(&grant), NOW, &claims), PN_TOKEN_GOOD);
    wish = (struct pn_token_wish){.cmp = &component, .tool = PN_VIEW("get-issue"), .arg = &arguments};
    (void)derive(t, &jti, &wish, &call);
    CHECK_REASON(check(t, pn_buf_view(&call), facts_at(NOW)), PN_TOKEN_GOOD);
    CHECK_REASON(pn_token_open(t, pn_buf_view(&call), NOW, &claims), PN_TOKEN_GOOD);
    CHECK_INT(claims.dep, 1);
    CHECK(pn_jti_eq(&claims.act[0].jti, &jti) && pn_view_is(claims.act[0].sub, "worker-1"));
}

static void widening_is_refused(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0}, child = {0};
    const struct pn_view foreign[] = {PN_VIEW("admin"), PN_VIEW("http:read")}, alien[] = {PN_VIEW("admin")};
    const struct pn_view res[] = {PN_VIEW("a")}, other_res[] = {PN_VIEW("b")};
    struct pn_token_wish wish = call_wish();
    wish.res = res;
    wish.res_count = 1;
    wish.exp = NOW + 50;
    struct pn_jti jti = mint(t, &wish, &token);
    check_no_derive(t, &jti, &(struct pn_token_wish){.cmp = &other_digest}, NOW, "another component");
    check_no_derive(t, &jti, &(struct pn_token_wish){.arg = &other_digest}, NOW, "other arguments");
    check_no_derive(t, &jti, &(struct pn_token_wish){.tool = PN_VIEW("x")}, NOW, "another tool");
    check_no_derive(t, &jti, &(struct pn_token_wish){.tool = PN_VIEW("*")}, NOW, "another tool");
    check_no_derive(t, &jti, &(struct pn_token_wish){.grant = true}, NOW, "leaves");
    check_no_derive(t, &jti, &(struct pn_token_wish){.session = other_session}, NOW, "session");
    check_no_derive(t, &jti, &(struct pn_token_wish){.ops = alien, .op_count = 1}, NOW, "operations");
    check_no_derive(t, &jti, &(struct pn_token_wish){.res = other_res, .res_count = 1}, NOW, "resources");
    check_no_derive(t, &jti, &(struct pn_token_wish){.nbf = NOW + 60}, NOW, "begin after");
    check_no_derive(t, &(struct pn_jti){{1}}, &(struct pn_token_wish){0}, NOW, "no token with this id");
    check_no_derive(t, &jti, &(struct pn_token_wish){0}, NOW + 50, "expired");
    // What goes beyond is cut off.
    wish = (struct pn_token_wish){.ops = foreign, .op_count = 2, .exp = NOW + 5000, .uses = 5000};
    (void)derive(t, &jti, &wish, &child);
    struct pn_claims claims;
    CHECK_REASON(pn_token_open(t, pn_buf_view(&child), NOW, &claims), PN_TOKEN_GOOD);
    CHECK_INT(claims.op_count, 1);
    CHECK(pn_view_is(claims.ops[0], "http:read"));
    CHECK_INT(claims.res_count, 1);
    CHECK_INT(claims.exp, NOW + 50);
    CHECK_INT(claims.use, 100);
}

static void a_childs_uses_are_its_parents(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0}, child = {0}, grandchild = {0};
    struct pn_token_wish wish = call_wish(), same = {0};
    wish.uses = 3;
    struct pn_jti jti = mint(t, &wish, &token);
    struct pn_jti child_jti = derive(t, &jti, &same, &child);
    (void)derive(t, &child_jti, &same, &grandchild);
    CHECK_REASON(check(t, pn_buf_view(&child), facts_at(NOW)), PN_TOKEN_GOOD);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_GOOD);
    CHECK_REASON(check(t, pn_buf_view(&grandchild), facts_at(NOW)), PN_TOKEN_GOOD);
    CHECK_REASON(check(t, pn_buf_view(&grandchild), facts_at(NOW)), PN_TOKEN_USED_UP);
    CHECK_REASON(check(t, pn_buf_view(&child), facts_at(NOW)), PN_TOKEN_USED_UP);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_USED_UP);
    check_no_derive(t, &jti, &same, NOW, "none left");
    check_no_derive(t, &child_jti, &same, NOW, "none left"); // which has uses of its own
}

static void children_die_with_their_parents(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0}, child = {0}, grandchild = {0};
    struct pn_token_wish wish = call_wish(), same = {0};
    struct pn_jti jti = mint(t, &wish, &token), child_jti = derive(t, &jti, &same, &child);
    struct pn_jti grandchild_jti = derive(t, &child_jti, &same, &grandchild);
    CHECK_REASON(check(t, pn_buf_view(&grandchild), facts_at(NOW)), PN_TOKEN_GOOD);
    CHECK(pn_token_revoke(t, &child_jti, NOW, NULL) == 0);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_GOOD); // upwards nothing changes
    CHECK_REASON(check(t, pn_buf_view(&child), facts_at(NOW)), PN_TOKEN_REVOKED);
    CHECK_REASON(check(t, pn_buf_view(&grandchild), facts_at(NOW)), PN_TOKEN_PARENT_REVOKED);
    CHECK_REASON(pn_token_standing(t, &grandchild_jti, NOW), PN_TOKEN_PARENT_REVOKED);
    check_no_derive(t, &grandchild_jti, &same, NOW, "was revoked");
    (void)derive(t, &jti, &same, &child);
    CHECK_REASON(check(t, pn_buf_view(&child), facts_at(NOW)), PN_TOKEN_GOOD);
    pn_token_end(t, &jti);
    CHECK_REASON(check(t, pn_buf_view(&child), facts_at(NOW)), PN_TOKEN_PARENT_ENDED);
}

static void depth_ends_at_eight(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0};
    struct pn_token_wish wish = call_wish(), same = {0};
    struct pn_jti jti = mint(t, &wish, &token);
    for (int i = 0; i < 8; i++)
        jti = derive(t, &jti, &same, &token);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_GOOD);
    check_no_derive(t, &jti, &same, NOW, "8 times");
}

// --- keys ---

static void rotation_keeps_what_is_out(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf before = {0}, after = {0};
    struct pn_token_wish wish = call_wish();
    (void)mint(t, &wish, &before);
    CHECK(pn_tokens_rotate(t, NOW, NULL) == 0);
    (void)mint(t, &wish, &after);
    CHECK(memcmp(before.ptr, after.ptr, 60) != 0); // another kid
    CHECK_REASON(check(t, pn_buf_view(&before), facts_at(NOW)), PN_TOKEN_GOOD);
    CHECK_REASON(check(t, pn_buf_view(&after), facts_at(NOW)), PN_TOKEN_GOOD);
    CHECK_REASON(check(t, pn_buf_view(&before), facts_at(NOW + 300)), PN_TOKEN_UNKNOWN_KEY);
    CHECK_REASON(check(t, pn_buf_view(&after), facts_at(NOW + 300)), PN_TOKEN_EXPIRED);
    struct pn_err err = {0};
    CHECK(pn_tokens_rotate(t, NOW, NULL) == 0 && pn_tokens_rotate(t, NOW, NULL) == 0);
    CHECK(pn_tokens_rotate(t, NOW, &err) < 0);
    CHECK_INT(err.category, PN_E_LIMIT);
    CHECK(pn_tokens_rotate(t, NOW + 300, NULL) == 0);
}

static void a_reset_ends_all(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0};
    struct pn_token_wish wish = call_wish();
    struct pn_jti jti = mint(t, &wish, &token);
    CHECK(pn_tokens_reset(t, NOW, NULL) == 0);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_UNKNOWN_KEY);
    CHECK_REASON(pn_token_standing(t, &jti, NOW), PN_TOKEN_ENDED);
    (void)mint(t, &wish, &token);
    CHECK_REASON(check(t, pn_buf_view(&token), facts_at(NOW)), PN_TOKEN_GOOD);
}

static void old_keys_are_replaced_and_wiped(void) {
    size_t before = pn_secret_in_use();
    struct pn_tokens *t = new_tokens();
    size_t with_one = pn_secret_in_use();
    pn_auto(pn_buf) struct pn_buf token = {0}, first = {0};
    struct pn_token_wish wish = call_wish();
    struct pn_jti jti;
    (void)mint(t, &wish, &first);
    CHECK(pn_token_mint(t, &wish, NOW + 3600, &token, &jti, NULL) == 0);
    CHECK(memcmp(first.ptr, token.ptr, 60) != 0);
    CHECK(pn_secret_in_use() > with_one);
    pn_tokens_sweep(t, NOW + 3900);
    CHECK_INT(pn_secret_in_use(), with_one);
    pn_tokens_free(t);
    CHECK_INT(pn_secret_in_use(), before);
}

static void as_many_tokens_as_allowed(void) {
    struct pn_tokens_config config = {.issuer = "postern", .live_most = 10};
    pn_auto(tokens) struct pn_tokens *t = pn_tokens_new(&config, NOW, NULL);
    pn_auto(pn_buf) struct pn_buf token = {0}, last = {0};
    struct pn_token_wish wish = call_wish();
    struct pn_err err = {0};
    struct pn_jti jti, first = {0};
    for (int i = 0; i < 10; i++)
        first = mint(t, &wish, &token);
    CHECK(pn_token_mint(t, &wish, NOW, &last, &jti, &err) < 0);
    CHECK_INT(err.category, PN_E_LIMIT);
    CHECK_INT(last.len, 0);
    pn_token_end(t, &first);
    CHECK(pn_token_mint(t, &wish, NOW, &last, &jti, NULL) == 0);
    CHECK(pn_token_mint(t, &wish, NOW + 300, &last, &jti, NULL) == 0); // the others have expired
    struct pn_token_entry entry = {0};
    int count = 0;
    while (pn_tokens_next(t, &entry, NOW + 300))
        count++;
    CHECK_INT(count, 1);
    CHECK(pn_jti_eq(&entry.claims.jti, &jti) && entry.left == 100 && entry.standing == PN_TOKEN_GOOD);
}

static void the_audit_learns_who_tried(void) {
    pn_auto(tokens) struct pn_tokens *t = new_tokens();
    pn_auto(pn_buf) struct pn_buf token = {0};
    struct pn_token_wish wish = call_wish();
    struct pn_jti jti = mint(t, &wish, &token);
    struct pn_claims claims;
    struct pn_token_facts f = facts_at(NOW);
    f.instance = PN_VIEW("worker-2");
    CHECK_REASON(pn_token_check(t, pn_buf_view(&token), &f, &claims), PN_TOKEN_WRONG_INSTANCE);
    CHECK(pn_jti_eq(&claims.jti, &jti) && pn_view_is(claims.sub, "worker-1"));
    token.ptr[token.len - 3] ^= 1;
    CHECK(pn_token_check(t, pn_buf_view(&token), &f, &claims) != PN_TOKEN_GOOD);
    CHECK_INT(claims.iss.len, 0); // nothing of a forgery is believed
}

// --- the RFCs' vectors ---

static void check_vector(struct pn_view key_text, const char *header, const char *payload, const char *want) {
    pn_auto(pn_buf) struct pn_buf secret = {0}, input = {0};
    struct pn_jwt_key key = {0};
    CHECK(pn_b64url_get(key_text, &secret));
    CHECK(pn_jwt_key_init(&key, "0000000000000000", pn_buf_view(&secret), NULL) == 0);
    pn_b64url_put(&input, pn_view_str(header));
    pn_buf_add_byte(&input, '.');
    pn_b64url_put(&input, pn_view_str(payload));
    struct pn_digest mac = pn_jwt_mac(&key, pn_buf_view(&input));
    pn_buf_add_byte(&input, '.');
    pn_b64url_put(&input, pn_view(mac.b, sizeof mac.b));
    CHECK_STR(pn_buf_cstr(&input), want);
    // A good signature, but a header that we do not write.
    struct pn_jwt jwt;
    CHECK_REASON(pn_jwt_split(pn_buf_view(&input), &jwt), PN_TOKEN_BAD_HEADER);
    pn_jwt_key_fini(&key);
}

static void rfc7515_a1_and_rfc7519_3_1(void) {
    check_vector(
        PN_VIEW("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"),
        "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}",
        "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}",
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

static void rfc7519_6_1_unsecured_is_refused(void) {
    struct pn_jwt jwt;
    CHECK_REASON(pn_jwt_split(PN_VIEW("eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9l"
                                      "eGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."),
                              &jwt),
                 PN_TOKEN_BAD_ALGORITHM);
}

static void rfc4648_base64url(void) {
    static const struct {
        const char *bytes, *text;
    } rows[] = {{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
                {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pn_auto(pn_buf) struct pn_buf text = {0}, bytes = {0};
        pn_b64url_put(&text, pn_view_str(rows[i].bytes));
        CHECK_STR(pn_buf_cstr(&text), rows[i].text);
        CHECK(pn_b64url_get(pn_view_str(rows[i].text), &bytes));
        CHECK(pn_view_is(pn_buf_view(&bytes), rows[i].bytes));
    }
    static const char *const bad[] = {"Z",    "Zg=",  "Zg==", "Zh",  "Zm9", "Zm9vY",
                                      "+__-", "-//-", "Zg\n", " Zg", "Z g", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pn_auto(pn_buf) struct pn_buf bytes = {0};
        CHECK(!pn_b64url_get(pn_view_str(bad[i]), &bytes));
    }
}

static void claims_round_trip(void) {
    pn_auto(pn_buf) struct pn_buf out = {0}, again = {0}, token = {0}, payload = {0};
    pn_auto(pn_json) struct pn_json doc = {0};
    struct pn_claims c = some_claims(), read;
    CHECK(pn_claims_write(&c, &out, NULL) == 0);
    struct pn_jwt_key key = fake_key();
    struct pn_jwt jwt;
    CHECK(pn_jwt_sign(&key, pn_buf_view(&out), &token, NULL) == 0);
    CHECK_REASON(pn_jwt_split(pn_buf_view(&token), &jwt), PN_TOKEN_GOOD);
    CHECK_STR(jwt.kid, "00112233445566ff");
    CHECK_REASON(pn_jwt_verify(&jwt, &key, &payload), PN_TOKEN_GOOD);
    CHECK(pn_claims_read(pn_buf_view(&payload), &doc, &read));
    CHECK(pn_claims_write(&read, &again, NULL) == 0);
    CHECK_STR(pn_buf_cstr(&again), pn_buf_cstr(&out));
    pn_jwt_key_fini(&key);
}

PN_TESTS(TEST(misuse_headers), TEST(misuse_kid), TEST(misuse_forms), TEST(misuse_huge),
         TEST(misuse_every_character_counts), TEST(misuse_claims), TEST(misuse_minting), TEST(misuse_configuration),
         TEST(replay_is_refused), TEST(the_session_nonce_is_not_in_the_token), TEST(time_is_kept),
         TEST(uses_are_counted), TEST(an_ended_call_ends_its_token), TEST(resources_are_kept),
         TEST(revoked_is_refused_at_once), TEST(revoking_by_rule), TEST(the_list_survives_in_a_store),
         TEST(the_list_is_bounded_and_forgets), TEST(insertions_alone_forget_too),
         TEST(a_grant_authorises_nothing_by_itself), TEST(widening_is_refused), TEST(a_childs_uses_are_its_parents),
         TEST(children_die_with_their_parents), TEST(depth_ends_at_eight), TEST(rotation_keeps_what_is_out),
         TEST(a_reset_ends_all), TEST(old_keys_are_replaced_and_wiped), TEST(as_many_tokens_as_allowed),
         TEST(the_audit_learns_who_tried), TEST(rfc7515_a1_and_rfc7519_3_1), TEST(rfc7519_6_1_unsecured_is_refused),
         TEST(rfc4648_base64url), TEST(claims_round_trip))
