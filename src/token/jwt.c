// SPDX-License-Identifier: Apache-2.0
// Trust: every byte of a token comes from a component that may have copied, altered or made it up. Until the signature
// is checked, the only things done with it are: compare, find a key by its name, hash.
#include "token/jwt.h"

#include <sodium.h>

#include "base/cleanup.h"
#include "token/b64url.h"
#include "json/json.h"

#define HEAD "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\""
#define TAIL "\"}"
enum { HEADER = sizeof HEAD - 1 + PN_JWT_KID + sizeof TAIL - 1 };

static bool is_kid(const uint8_t *p) {
    for (size_t i = 0; i < PN_JWT_KID; i++)
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f')))
            return false;
    return true;
}

int pn_jwt_key_init(struct pn_jwt_key *key, const char *kid, struct pn_view secret, struct pn_err *err) {
    if (strlen(kid) != PN_JWT_KID || !is_kid((const uint8_t *)kid) || secret.len < PN_JWT_KEY_LEAST)
        return pn_fail(err, PN_E_BUG, "a key needs %d hex digits for a name and %d bytes", PN_JWT_KID,
                       PN_JWT_KEY_LEAST);
    if (pn_secret_new(&key->state, sizeof(crypto_auth_hmacsha256_state), err) < 0)
        return -1;
    pn_copy(key->kid, kid, sizeof key->kid);
    (void)crypto_auth_hmacsha256_init((crypto_auth_hmacsha256_state *)(void *)key->state.ptr, secret.ptr, secret.len);
    return 0;
}

void pn_jwt_key_fini(struct pn_jwt_key *key) {
    pn_secret_fini(&key->state);
    *key = (struct pn_jwt_key){0};
}

struct pn_digest pn_jwt_mac(const struct pn_jwt_key *key, struct pn_view input) {
    struct pn_digest d;
    crypto_auth_hmacsha256_state state;
    pn_copy(&state, key->state.ptr, sizeof state);
    (void)crypto_auth_hmacsha256_update(&state, input.ptr, input.len);
    (void)crypto_auth_hmacsha256_final(&state, d.b);
    pn_wipe(&state, sizeof state);
    return d;
}

int pn_jwt_sign(const struct pn_jwt_key *key, struct pn_view payload, struct pn_buf *out, struct pn_err *err) {
    uint8_t header[HEADER];
    pn_copy(header, HEAD, sizeof HEAD - 1);
    pn_copy(header + sizeof HEAD - 1, key->kid, PN_JWT_KID);
    pn_copy(header + sizeof HEAD - 1 + PN_JWT_KID, TAIL, sizeof TAIL - 1);
    size_t input = pn_b64url_len(HEADER) + 1 + pn_b64url_len(payload.len), whole = input + 1 + pn_b64url_len(PN_DIGEST);
    if (payload.len > PN_JWT_MOST || whole > PN_JWT_MOST)
        return pn_fail(err, PN_E_LIMIT,
                       "a token of %zu characters is longer than %d; grant fewer operations or shorter names", whole,
                       PN_JWT_MOST);
    size_t from = out->len;
    if (pn_buf_room(out, whole) == NULL)
        return pn_fail(err, PN_E_LIMIT, "no room for a token of %zu characters", whole);
    pn_b64url_put(out, pn_view(header, sizeof header));
    pn_buf_add_byte(out, '.');
    pn_b64url_put(out, payload);
    struct pn_digest mac = pn_jwt_mac(key, pn_view(out->ptr + from, input));
    pn_buf_add_byte(out, '.');
    pn_b64url_put(out, pn_view(mac.b, sizeof mac.b));
    return 0;
}

// --- reading ---

// Says what is wrong with a header that is not ours. Any answer but GOOD refuses it.
static enum pn_token_reason diagnose(struct pn_view text) {
    pn_auto(pn_buf) struct pn_buf bytes = {.max = PN_JWT_MOST};
    pn_auto(pn_json) struct pn_json doc = {0};
    if (!pn_b64url_get(text, &bytes))
        return PN_TOKEN_BAD_FORM;
    const struct pn_json_limits limits = {.depth = 4, .nodes = 32};
    if (pn_json_parse(&doc, pn_buf_view(&bytes), &limits, NULL) < 0)
        return PN_TOKEN_BAD_HEADER;
    if (pn_json_type(&doc, 0) != PN_JSON_OBJECT)
        return PN_TOKEN_BAD_HEADER;
    if (!pn_json_str_is(&doc, pn_json_get(&doc, 0, "alg"), "HS256"))
        return PN_TOKEN_BAD_ALGORITHM;
    return PN_TOKEN_BAD_HEADER;
}

static enum pn_token_reason read_header(struct pn_view text, struct pn_jwt *out) {
    uint8_t header[HEADER];
    const uint8_t *kid = header + sizeof HEAD - 1;
    if (!pn_b64url_fixed(text, header, sizeof header) || memcmp(header, HEAD, sizeof HEAD - 1) != 0 ||
        memcmp(kid + PN_JWT_KID, TAIL, sizeof TAIL - 1) != 0)
        return diagnose(text);
    if (!is_kid(kid))
        return PN_TOKEN_UNKNOWN_KEY;
    pn_copy(out->kid, kid, PN_JWT_KID);
    out->kid[PN_JWT_KID] = '\0';
    return PN_TOKEN_GOOD;
}

enum pn_token_reason pn_jwt_split(struct pn_view token, struct pn_jwt *out) {
    if (token.len > PN_JWT_MOST)
        return PN_TOKEN_TOO_LONG;
    size_t first = pn_view_find(token, '.', 0);
    size_t second = first == SIZE_MAX ? SIZE_MAX : pn_view_find(token, '.', first + 1);
    if (second == SIZE_MAX || pn_view_find(token, '.', second + 1) != SIZE_MAX)
        return PN_TOKEN_BAD_FORM;
    enum pn_token_reason reason = read_header(pn_view_part(token, 0, first), out);
    if (reason != PN_TOKEN_GOOD)
        return reason;
    if (!pn_b64url_fixed(pn_view_part(token, second + 1, token.len), out->signature.b, PN_DIGEST))
        return PN_TOKEN_BAD_FORM;
    out->input = pn_view_part(token, 0, second);
    out->payload = pn_view_part(token, first + 1, second);
    return PN_TOKEN_GOOD;
}

enum pn_token_reason pn_jwt_verify(const struct pn_jwt *jwt, const struct pn_jwt_key *key, struct pn_buf *payload) {
    struct pn_digest mac = pn_jwt_mac(key, jwt->input);
    bool same = pn_digest_eq(&mac, &jwt->signature);
    pn_wipe(&mac, sizeof mac); // what a forger would need
    if (!same)
        return PN_TOKEN_BAD_SIGNATURE;
    pn_buf_reset(payload);
    return pn_b64url_get(jwt->payload, payload) ? PN_TOKEN_GOOD : PN_TOKEN_BAD_FORM;
}
