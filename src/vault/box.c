// SPDX-License-Identifier: Apache-2.0
// Keys and boxes. Every box has a key of its own (HKDF over 32 random bytes), so a nonce can never meet its key twice.
#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "base/cleanup.h"
#include "vault/internal.h"

static const char value_tag[] = "postern vault value 1";

void pn_vault_hkdf(struct pn_view salt, struct pn_view ikm, struct pn_view info, uint8_t *out, size_t len) {
    static const uint8_t no_salt[crypto_auth_hmacsha256_BYTES];
    uint8_t prk[crypto_auth_hmacsha256_BYTES], block[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    if (salt.len == 0)
        salt = pn_view(no_salt, sizeof no_salt);
    (void)crypto_auth_hmacsha256_init(&state, salt.ptr, salt.len);
    (void)crypto_auth_hmacsha256_update(&state, ikm.ptr, ikm.len);
    (void)crypto_auth_hmacsha256_final(&state, prk);
    uint8_t count = 1;
    for (size_t done = 0; done < len; count++) {
        (void)crypto_auth_hmacsha256_init(&state, prk, sizeof prk);
        (void)crypto_auth_hmacsha256_update(&state, block, count == 1 ? 0 : sizeof block);
        (void)crypto_auth_hmacsha256_update(&state, info.ptr, info.len);
        (void)crypto_auth_hmacsha256_update(&state, &count, 1);
        (void)crypto_auth_hmacsha256_final(&state, block);
        size_t part = len - done < sizeof block ? len - done : sizeof block;
        pn_copy(out + done, block, part);
        done += part;
    }
    pn_wipe(prk, sizeof prk);
    pn_wipe(block, sizeof block);
    pn_wipe(&state, sizeof state);
}

void pn_vault_keys_fini(struct pn_vault_keys *keys) {
    pn_secret_fini(&keys->bytes);
}

int pn_vault_keys_make(struct pn_secret *master, const uint8_t vault_id[32], struct pn_vault_keys *out,
                       struct pn_digest *check, struct pn_err *err) {
    if (master->len != PN_KEY_LEN)
        return pn_fail(err, PN_E_BUG, "a master key has %d bytes", PN_KEY_LEN);
    if (pn_secret_new(&out->bytes, 2 * PN_KEY_LEN, err) != 0)
        return -1;
    struct pn_view id = pn_view(vault_id, 32);
    pn_copy(out->bytes.ptr, master->ptr, PN_KEY_LEN);
    pn_vault_hkdf(id, pn_secret_view(master), PN_VIEW("postern vault seal 1"), out->bytes.ptr + PN_KEY_LEN, PN_KEY_LEN);
    pn_vault_hkdf(id, pn_secret_view(master), PN_VIEW("postern vault check 1"), check->b, sizeof check->b);
    pn_secret_fini(master);
    return 0;
}

struct pn_digest pn_vault_mac(const struct pn_vault_keys *keys, struct pn_view message) {
    struct pn_digest d;
    (void)crypto_generichash(d.b, sizeof d.b, message.ptr, message.len, keys->bytes.ptr + PN_KEY_LEN, PN_KEY_LEN);
    return d;
}

int pn_vault_cipher_init(struct pn_vault_cipher *c, struct pn_err *err) {
    c->aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    c->ctx = EVP_CIPHER_CTX_new();
    if (c->aes != NULL && c->ctx != NULL)
        return 0;
    pn_vault_cipher_fini(c);
    return pn_fail(err, PN_E_SYSTEM, "libcrypto offers no AES-256-GCM; see its configuration (openssl.cnf)");
}

void pn_vault_cipher_fini(struct pn_vault_cipher *c) {
    EVP_CIPHER_CTX_free(c->ctx);
    EVP_CIPHER_free(c->aes);
    *c = (struct pn_vault_cipher){0};
}

// Fields of bounded length (id.c), each behind its length: no two rows have the same data.
struct aad {
    uint8_t bytes[512];
    size_t len;
};

static void aad_add(struct aad *a, const void *bytes, size_t len) {
    a->bytes[a->len++] = (uint8_t)len;
    pn_copy(a->bytes + a->len, bytes, len);
    a->len += len;
}

static void aad_add_u64(struct aad *a, uint64_t number) {
    uint8_t bytes[8];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    aad_add(a, bytes, sizeof bytes);
}

static void aad_make(struct aad *a, const uint8_t vault_id[32], const struct pn_vault_entry *e,
                     const struct pn_vault_version *v) {
    a->len = 0;
    aad_add(a, value_tag, sizeof value_tag - 1);
    aad_add(a, vault_id, 32);
    aad_add(a, e->id.tenant, strlen(e->id.tenant));
    aad_add(a, e->id.owner, strlen(e->id.owner));
    aad_add(a, e->id.name, strlen(e->id.name));
    aad_add_u64(a, v->version);
    aad_add_u64(a, e->kind);
    aad_add_u64(a, v->created);
}

// Key, nonce and additional data into the context; `encrypt` as EVP_CipherInit_ex takes it.
static bool start(struct pn_vault_cipher *c, const struct pn_vault_keys *keys, const struct aad *aad,
                  const struct pn_vault_version *v, int encrypt) {
    uint8_t key[PN_KEY_LEN];
    pn_vault_hkdf(pn_view(v->salt, sizeof v->salt), pn_view(keys->bytes.ptr, PN_KEY_LEN),
                  pn_view(value_tag, sizeof value_tag - 1), key, sizeof key);
    int len;
    bool ok = EVP_CipherInit_ex2(c->ctx, c->aes, key, v->nonce, encrypt, NULL) == 1 &&
              EVP_CipherUpdate(c->ctx, NULL, &len, aad->bytes, (int)aad->len) == 1;
    pn_wipe(key, sizeof key);
    return ok;
}

static bool encrypt(struct pn_vault_cipher *c, struct pn_view plain, uint8_t *box) {
    int len = 0, more = 0;
    return EVP_CipherUpdate(c->ctx, box, &len, plain.ptr, (int)plain.len) == 1 &&
           EVP_CipherFinal_ex(c->ctx, box + len, &more) == 1 && (size_t)len + (size_t)more == plain.len &&
           EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_GET_TAG, PN_TAG_LEN, box + plain.len) == 1;
}

int pn_vault_box_seal(struct pn_vault_cipher *c, const struct pn_vault_keys *keys, const uint8_t vault_id[32],
                      const struct pn_vault_entry *e, struct pn_vault_version *v, struct pn_view plain,
                      struct pn_err *err) {
    uint8_t *box = malloc(plain.len + PN_TAG_LEN);
    if (box == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    struct aad aad;
    aad_make(&aad, vault_id, e, v);
    pn_random(v->salt, sizeof v->salt);
    pn_random(v->nonce, sizeof v->nonce);
    bool ok = start(c, keys, &aad, v, 1) && encrypt(c, plain, box);
    (void)EVP_CIPHER_CTX_reset(c->ctx);
    if (!ok) {
        free(box);
        return pn_fail(err, PN_E_BUG, "libcrypto refused to encrypt");
    }
    free(v->box);
    v->box = box;
    v->box_len = plain.len + PN_TAG_LEN;
    return 0;
}

static bool decrypt(struct pn_vault_cipher *c, const struct pn_vault_version *v, struct pn_secret *out) {
    uint8_t tag[PN_TAG_LEN];
    int len = 0, more = 0;
    pn_copy(tag, v->box + out->len, sizeof tag);
    return EVP_CipherUpdate(c->ctx, out->ptr, &len, v->box, (int)out->len) == 1 &&
           EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
           EVP_CipherFinal_ex(c->ctx, out->ptr + len, &more) == 1 && (size_t)len + (size_t)more == out->len;
}

int pn_vault_box_open(struct pn_vault_cipher *c, const struct pn_vault_keys *keys, const uint8_t vault_id[32],
                      const struct pn_vault_entry *e, const struct pn_vault_version *v, struct pn_secret *out,
                      struct pn_err *err) {
    pn_auto(pn_secret) struct pn_secret plain = {0};
    pn_secret_fini(out);
    if (v->box_len > PN_TAG_LEN && pn_secret_new(&plain, v->box_len - PN_TAG_LEN, err) != 0)
        return -1;
    struct aad aad;
    aad_make(&aad, vault_id, e, v);
    bool ok = plain.len > 0 && start(c, keys, &aad, v, 0) && decrypt(c, v, &plain);
    (void)EVP_CIPHER_CTX_reset(c->ctx);
    char name[320];
    pn_vault_id_text(&e->id, name);
    if (!ok)
        return pn_err_set(err, PN_E_DENIED, EBADMSG, __func__,
                          "version %llu of secret %s does not open: it was changed or moved; restore the vault from a "
                          "backup, or delete the secret and set it again",
                          (unsigned long long)v->version, name);
    *out = plain;
    plain = (struct pn_secret){0};
    return 0;
}
