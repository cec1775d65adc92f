// SPDX-License-Identifier: Apache-2.0
// passphrase:PATH, passphrase:fd:NUMBER: one line through Argon2id (RFC 9106). Salt and cost are stored with the vault.
#include <errno.h>
#include <sodium.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "vault/internal.h"

// About a second on one core, as RFC 9106 section 4 suggests for where memory is short; a stored cost beyond the upper
// bounds is damage, not a reason to take all memory.
enum { OPS = 3, MEM_KIB = 256 * 1024, OPS_MOST = 64, MEM_KIB_MOST = 4 * 1024 * 1024, PASSPHRASE_LEAST = 8 };
_Static_assert(sizeof((struct pn_key_kdf *)0)->salt == crypto_pwhash_SALTBYTES, "salt of another length");

static int read_passphrase(const char *arg, struct pn_secret *out, struct pn_err *err) {
    uint64_t fd;
    int rc = strncmp(arg, "fd:", 3) != 0 ? pn_key_file_read(arg, 1024, out, err)
             : pn_u64_get(pn_view_str(arg + 3), &fd) && fd < 65536
                 ? pn_key_fd_read((int)fd, 1024, arg, out, err)
                 : pn_fail(err, PN_E_INPUT, "'%s' names no descriptor", arg);
    if (rc != 0)
        return -1;
    size_t end = pn_view_find(pn_secret_view(out), '\n', 0);
    pn_secret_cut(out, end == SIZE_MAX ? out->len : end);
    if (out->len >= PASSPHRASE_LEAST)
        return 0;
    pn_secret_fini(out);
    return pn_fail(err, PN_E_INPUT, "a passphrase has %d bytes or more", PASSPHRASE_LEAST);
}

static int stretch(const struct pn_secret *passphrase, const struct pn_key_kdf *kdf, struct pn_secret *out,
                   struct pn_err *err) {
    if (pn_secret_new(out, PN_KEY_LEN, err) != 0)
        return -1;
    if (crypto_pwhash(out->ptr, out->len, (const char *)passphrase->ptr, passphrase->len, kdf->salt, kdf->ops,
                      (size_t)kdf->mem_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0)
        return 0;
    pn_secret_fini(out);
    return pn_fail(err, PN_E_SYSTEM, "Argon2id needs %u MiB of memory for a moment, which are not there",
                   (unsigned)(kdf->mem_kib / 1024));
}

static int open_passphrase(const char *arg, bool fresh, struct pn_key_kdf *kdf, struct pn_secret *out,
                           struct pn_err *err) {
    pn_auto(pn_secret) struct pn_secret passphrase = {0};
    if (fresh) {
        *kdf = (struct pn_key_kdf){.ops = OPS, .mem_kib = MEM_KIB};
        pn_random(kdf->salt, sizeof kdf->salt);
    }
    if (kdf->ops == 0)
        return pn_err_set(err, PN_E_DENIED, EKEYREJECTED, __func__,
                          "the key of this vault is not made from a passphrase");
    if (kdf->ops > OPS_MOST || kdf->mem_kib > MEM_KIB_MOST || kdf->mem_kib < 8)
        return pn_err_set(err, PN_E_DENIED, EBADMSG, __func__, "the stored cost of the passphrase is out of bounds");
    if (read_passphrase(arg, &passphrase, err) != 0)
        return -1;
    return stretch(&passphrase, kdf, out, err);
}

const struct pn_key_source pn_key_source_passphrase = {"passphrase", "PATH|fd:NUMBER", open_passphrase};
