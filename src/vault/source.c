// SPDX-License-Identifier: Apache-2.0
// The table of key sources, and what several of them share.
#include "vault/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "vault/internal.h"

const struct pn_key_source *const pn_key_sources[] = {&pn_key_source_file,    &pn_key_source_credential,
                                                      &pn_key_source_env,     &pn_key_source_passphrase,
                                                      &pn_key_source_keyring, &(const struct pn_key_source){0}};

int pn_key_from_parse(const char *specification, struct pn_key_from *out, struct pn_err *err) {
    const char *colon = strchr(specification, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - specification);
    for (const struct pn_key_source *const *s = pn_key_sources; colon != NULL && (*s)->name != NULL; s++)
        if (strlen((*s)->name) == len && strncmp((*s)->name, specification, len) == 0 && colon[1] != '\0') {
            *out = (struct pn_key_from){*s, colon + 1};
            return 0;
        }
    return pn_fail(
        err, PN_E_INPUT,
        "where the master key comes from is written as file:PATH, credential:NAME, env:NAME, passphrase:PATH, "
        "passphrase:fd:NUMBER or keyring:NAME");
}

// A key somebody typed, or a file of zeros, opens the vault to everybody who guesses as much.
static bool looks_random(const uint8_t *key) {
    bool seen[256] = {false};
    unsigned different = 0;
    for (size_t i = 0; i < PN_KEY_LEN; i++) {
        different += seen[key[i]] ? 0 : 1;
        seen[key[i]] = true;
    }
    pn_wipe(seen, sizeof seen);
    return different >= 16; // a random one falls below once in 10^13
}

static struct pn_view without_line_end(struct pn_view text) {
    if (text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    if (text.len > 0 && text.ptr[text.len - 1] == '\r')
        text.len--;
    return text;
}

static bool decode(struct pn_view text, bool raw, uint8_t key[PN_KEY_LEN]) {
    size_t len = 0;
    if (raw && text.len == PN_KEY_LEN) {
        pn_copy(key, text.ptr, PN_KEY_LEN);
        return true;
    }
    text = without_line_end(text);
    const char *chars = (const char *)text.ptr;
    if (text.len == 2 * (size_t)PN_KEY_LEN)
        return sodium_hex2bin(key, PN_KEY_LEN, chars, text.len, NULL, &len, NULL) == 0 && len == PN_KEY_LEN;
    return text.len == 44 &&
           sodium_base642bin(key, PN_KEY_LEN, chars, text.len, NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           len == PN_KEY_LEN;
}

int pn_key_decode(struct pn_view text, const char *name, bool raw, struct pn_secret *out, struct pn_err *err) {
    if (pn_secret_new(out, PN_KEY_LEN, err) != 0)
        return -1;
    bool ok = decode(text, raw, out->ptr), random = ok && looks_random(out->ptr);
    if (random)
        return 0;
    pn_secret_fini(out);
    if (ok)
        return pn_fail(err, PN_E_INPUT, "%s: not a random key; make one with: head -c 32 /dev/urandom", name);
    return pn_fail(err, PN_E_INPUT, "%s: a master key is %s64 hex digits or 32 bytes in base64", name,
                   raw ? "32 bytes, " : "");
}

static int check_file(const struct stat *st, const char *path, struct pn_err *err) {
    if (!S_ISREG(st->st_mode))
        return pn_fail(err, PN_E_DENIED, "%s is not a regular file", path);
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return pn_fail(err, PN_E_DENIED, "%s belongs to user %u, not to user %u who runs Postern, nor to root", path,
                       (unsigned)st->st_uid, (unsigned)geteuid());
    if ((st->st_mode & 077) != 0)
        return pn_fail(err, PN_E_DENIED, "%s has mode %04o, which lets other users at the key; run: chmod go-rwx '%s'",
                       path, (unsigned)(st->st_mode & 07777), path);
    return 0;
}

static int read_into(int fd, const char *path, struct pn_secret *out, struct pn_err *err) {
    size_t got = 0;
    while (got < out->len) {
        ssize_t n = read(fd, out->ptr + got, out->len - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pn_fail_errno(err, "%s", path);
        if (n == 0)
            break;
        got += (size_t)n;
    }
    if (got == out->len)
        return pn_fail(err, PN_E_INPUT, "%s: longer than the %zu bytes it may have", path, out->len - 1);
    pn_secret_cut(out, got);
    return 0;
}

int pn_key_fd_read(int fd, size_t most, const char *name, struct pn_secret *out, struct pn_err *err) {
    if (pn_secret_new(out, most + 1, err) != 0)
        return -1;
    if (read_into(fd, name, out, err) == 0)
        return 0;
    pn_secret_fini(out);
    return -1;
}

int pn_key_file_read(const char *path, size_t most, struct pn_secret *out, struct pn_err *err) {
    struct stat st;
    pn_auto(pn_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0)
        return pn_fail_errno(err, "%s", path);
    return check_file(&st, path, err) != 0 ? -1 : pn_key_fd_read(fd, most, path, out, err);
}
