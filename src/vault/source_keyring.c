// SPDX-License-Identifier: Apache-2.0
// keyring:NAME: a key of type "user" in the kernel (keyrings(7), keyctl(2)); by system calls, no library is needed.
#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "vault/internal.h"

static long find(const char *name) {
    static const int rings[] = {KEY_SPEC_SESSION_KEYRING, KEY_SPEC_USER_KEYRING};
    long id = -1;
    for (size_t i = 0; i < sizeof rings / sizeof *rings && id < 0; i++)
        id = syscall(SYS_keyctl, KEYCTL_SEARCH, rings[i], "user", name, 0);
    return id;
}

static int open_keyring(const char *arg, bool fresh, struct pn_key_kdf *kdf, struct pn_secret *out,
                        struct pn_err *err) {
    pn_auto(pn_secret) struct pn_secret text = {0};
    (void)fresh;
    *kdf = (struct pn_key_kdf){0};
    long id = find(arg);
    if (id < 0)
        return pn_fail_errno(err, "no key '%s' in the kernel's session or user keyring (keyctl padd user %s @u)", arg,
                             arg);
    if (pn_secret_new(&text, 128, err) != 0)
        return -1;
    long len = syscall(SYS_keyctl, KEYCTL_READ, id, text.ptr, text.len);
    if (len < 0)
        return pn_fail_errno(err, "the key '%s' in the kernel's keyring", arg);
    if ((size_t)len > text.len)
        return pn_fail(err, PN_E_INPUT, "the key '%s' in the kernel's keyring is longer than a master key", arg);
    pn_secret_cut(&text, (size_t)len);
    return pn_key_decode(pn_secret_view(&text), arg, true, out, err);
}

const struct pn_key_source pn_key_source_keyring = {"keyring", "NAME", open_keyring};
