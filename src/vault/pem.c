// SPDX-License-Identifier: Apache-2.0
// Private keys for signing: one PEM block (RFC 7468), decoded into secret memory, then judged by libcrypto. libcrypto's
// own PEM reader is not used: it leaves what it decoded in freed memory.
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "base/cleanup.h"
#include "vault/internal.h"

static const char *const labels[] = {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"};

// Takes the text off the front, false when something else is there.
static bool skip(struct pn_view *rest, const char *text) {
    if (!pn_view_starts(*rest, pn_view_str(text)))
        return false;
    *rest = pn_view_part(*rest, strlen(text), rest->len);
    return true;
}

static void skip_space(struct pn_view *rest) {
    while (rest->len > 0 && (rest->ptr[0] == '\n' || rest->ptr[0] == '\r'))
        *rest = pn_view_part(*rest, 1, rest->len);
}

// The base64 between the two lines of one block; empty when it is not exactly one.
static struct pn_view block(struct pn_view pem, const char *label) {
    const struct pn_view none = {0};
    struct pn_view rest = pem;
    if (!skip(&rest, "-----BEGIN ") || !skip(&rest, label) || !skip(&rest, "-----"))
        return none;
    size_t end = pn_view_find(rest, '-', 0);
    if (end == SIZE_MAX)
        return none;
    struct pn_view body = pn_view_part(rest, 0, end);
    rest = pn_view_part(rest, end, rest.len);
    if (!skip(&rest, "-----END ") || !skip(&rest, label) || !skip(&rest, "-----"))
        return none;
    skip_space(&rest);
    return rest.len == 0 ? body : none;
}

static bool decode(struct pn_view body, struct pn_secret *der) {
    size_t len = 0;
    if (body.len == 0 || pn_secret_new(der, body.len, NULL) != 0 ||
        sodium_base642bin(der->ptr, der->len, (const char *)body.ptr, body.len, "\r\n", &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    pn_secret_cut(der, len);
    return len > 0;
}

static int check_type(EVP_PKEY *key, struct pn_err *err) {
    static const char *const curves[] = {"prime256v1", "secp384r1", "secp521r1"};
    char group[64] = "";
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
        return 0;
    case EVP_PKEY_RSA:
        if (EVP_PKEY_get_bits(key) >= 2048 && EVP_PKEY_get_bits(key) <= 8192)
            return 0;
        return pn_fail(err, PN_E_INPUT, "an RSA key for signing has 2048 to 8192 bits, this one %d",
                       EVP_PKEY_get_bits(key));
    case EVP_PKEY_EC:
        (void)EVP_PKEY_get_group_name(key, group, sizeof group, NULL);
        for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
            if (strcmp(group, curves[i]) == 0)
                return 0;
        return pn_fail(err, PN_E_INPUT, "an EC key for signing is on P-256, P-384 or P-521");
    default:
        return pn_fail(err, PN_E_INPUT, "a key for signing is RSA, EC or Ed25519");
    }
}

static int check_key(EVP_PKEY *key, struct pn_err *err) {
    if (check_type(key, err) != 0)
        return -1;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool sound = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return sound ? 0 : pn_fail(err, PN_E_INPUT, "the private key does not fit its public part, or is not a key at all");
}

static int check_der(const struct pn_secret *der, struct pn_err *err) {
    const unsigned char *at = der->ptr;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)der->len);
    int rc = key != NULL && at == der->ptr + der->len
                 ? check_key(key, err)
                 : pn_fail(err, PN_E_INPUT, "what the PEM block holds is not one private key");
    EVP_PKEY_free(key);
    ERR_clear_error();
    return rc;
}

int pn_vault_pem_check(struct pn_view pem, struct pn_err *err) {
    pn_auto(pn_secret) struct pn_secret der = {0};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (decode(block(pem, labels[i]), &der))
            return check_der(&der, err);
    return pn_fail(err, PN_E_INPUT,
                   "not a private key in PEM: one unencrypted block, PRIVATE KEY, RSA PRIVATE KEY or EC "
                   "PRIVATE KEY (see: openssl pkcs8 -topk8 -nocrypt)");
}
