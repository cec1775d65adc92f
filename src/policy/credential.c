// SPDX-License-Identifier: Apache-2.0
#include "policy/credential.h"

#include "policy/storage.h"

#define DEPTH 3 // segments of the longest row

// A row with a leading '/' counts from the root, every other at any depth. At most 64 rows.
static const char *const table[] = {
    ".ssh",
    ".aws",
    ".azure",
    ".gnupg",
    ".kube",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".htpasswd",
    ".vault-token",
    ".password-store",
    ".terraform.d",
    ".mozilla",
    ".env",
    ".env.*",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.ppk",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    "credentials.json",
    ".config/gcloud",
    ".config/gh",
    ".config/git/credentials",
    ".config/op",
    ".config/chromium",
    ".config/google-chrome",
    ".config/postern",
    ".local/share/keyrings",
    ".local/share/postern",
    ".docker/config.json",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".gem/credentials",
    ".local/state/postern",
    ".cache/postern",
    "/etc/shadow*",
    "/etc/gshadow*",
    "/etc/sudoers*",
    "/etc/ssh",
    "/etc/postern",
    "/run/secrets",
    "/var/run/secrets",
    "/var/lib/postern",
};
#define ROWS (sizeof table / sizeof *table)
_Static_assert(ROWS <= 64, "a row is a bit");

struct row {
    struct pn_view at[DEPTH];
    size_t len;
    bool rooted;
};

static struct row row_at(size_t i) {
    struct row row = {.rooted = table[i][0] == '/'};
    struct pn_view text = pn_view_str(table[i] + (row.rooted ? 1 : 0));
    for (size_t from = 0; from <= text.len && row.len < DEPTH;) {
        size_t slash = pn_view_find(text, '/', from);
        size_t to = slash == SIZE_MAX ? text.len : slash;
        row.at[row.len++] = pn_view_part(text, from, to);
        from = to + 1;
    }
    return row;
}

// Do the first `count` segments of the row match those of the path that end before `end`?
static bool row_matches(const struct row *row, size_t count, const struct pn_segments *path, size_t end) {
    if (end < count || (row->rooted && end != count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!pn_pattern_segment(row->at[i], path->at[end - count + i], true))
            return false;
    return true;
}

void pn_credential_mark(struct pn_segments *path) {
    for (size_t i = 0; i < ROWS; i++) {
        struct row row = row_at(i);
        for (size_t end = row.len; end <= path->len; end++)
            if (row_matches(&row, row.len, path, end))
                path->credential[end - 1] |= UINT64_C(1) << i;
    }
}

static bool is_literal(struct pn_view pattern) {
    return pn_view_find(pattern, '*', 0) == SIZE_MAX && pn_view_find(pattern, '?', 0) == SIZE_MAX;
}

bool pn_credential_named(uint64_t rows, struct pn_view pattern) {
    if (rows == 0 || is_literal(pattern))
        return true;
    for (size_t i = 0; i < ROWS; i++) {
        if ((rows >> i & 1) == 0)
            continue;
        struct row row = row_at(i);
        // Matching the pattern's own text shows that it is at least as narrow: its wildcards then fall under the row's.
        if (!pn_pattern_segment(row.at[row.len - 1], pattern, true))
            return false;
    }
    return true;
}

const char *pn_credential_pattern(uint64_t rows) {
    return rows == 0 ? NULL : table[__builtin_ctzll(rows)];
}

bool pn_credential_begins(const struct pn_segments *path) {
    for (size_t i = 0; i < ROWS; i++) {
        struct row row = row_at(i);
        for (size_t count = row.rooted ? 0 : 1; count < row.len; count++)
            if (row_matches(&row, count, path, path->len))
                return true;
    }
    return false;
}

const char *pn_policy_credential_pattern(size_t i) {
    return i < ROWS ? table[i] : NULL;
}

const char *pn_policy_credential(struct pn_view path) {
    struct pn_segments segments;
    if (!pn_segments_split(path, &segments))
        return NULL;
    pn_credential_mark(&segments);
    for (size_t i = 0; i < segments.len; i++)
        if (segments.credential[i] != 0)
            return pn_credential_pattern(segments.credential[i]);
    return NULL;
}
