// SPDX-License-Identifier: Apache-2.0
#include "policy/credential.h"

#include "policy/storage.h"

#define DEPTH 3 // segments of the longest row

struct row {
    const char *text;
    struct pn_view at[DEPTH]; // its segments
    size_t len;
    bool rooted; // counts from the root; every other at any depth
};

#define ONE(a) \
    { a, {PN_ROW(a)}, 1, false }
#define TWO(a, b) \
    { a "/" b, {PN_ROW(a), PN_ROW(b)}, 2, false }
#define THREE(a, b, c) \
    { a "/" b "/" c, {PN_ROW(a), PN_ROW(b), PN_ROW(c)}, 3, false }
#define ROOT_TWO(a, b) \
    { "/" a "/" b, {PN_ROW(a), PN_ROW(b)}, 2, true }
#define ROOT_THREE(a, b, c) \
    { "/" a "/" b "/" c, {PN_ROW(a), PN_ROW(b), PN_ROW(c)}, 3, true }
#define PN_ROW(literal) \
    { (const uint8_t *)(literal), sizeof(literal) - 1 }

// At most 64 rows: a row is a bit. Ready cut, because every access to a file walks the table.
static const struct row table[] = {
    ONE(".ssh"),
    ONE(".aws"),
    ONE(".azure"),
    ONE(".gnupg"),
    ONE(".kube"),
    ONE(".netrc"),
    ONE("_netrc"),
    ONE(".pgpass"),
    ONE(".my.cnf"),
    ONE(".npmrc"),
    ONE(".pypirc"),
    ONE(".git-credentials"),
    ONE(".htpasswd"),
    ONE(".vault-token"),
    ONE(".password-store"),
    ONE(".terraform.d"),
    ONE(".mozilla"),
    ONE(".env"),
    ONE(".env.*"),
    ONE("*.pem"),
    ONE("*.key"),
    ONE("*.p12"),
    ONE("*.pfx"),
    ONE("*.jks"),
    ONE("*.keystore"),
    ONE("*.kdbx"),
    ONE("*.ppk"),
    ONE("id_rsa*"),
    ONE("id_dsa*"),
    ONE("id_ecdsa*"),
    ONE("id_ed25519*"),
    ONE("credentials.json"),
    TWO(".config", "gcloud"),
    TWO(".config", "gh"),
    THREE(".config", "git", "credentials"),
    TWO(".config", "op"),
    TWO(".config", "chromium"),
    TWO(".config", "google-chrome"),
    TWO(".config", "postern"),
    THREE(".local", "share", "keyrings"),
    THREE(".local", "share", "postern"),
    TWO(".docker", "config.json"),
    TWO(".cargo", "credentials"),
    TWO(".cargo", "credentials.toml"),
    TWO(".gem", "credentials"),
    THREE(".local", "state", "postern"),
    TWO(".cache", "postern"),
    ROOT_TWO("etc", "shadow*"),
    ROOT_TWO("etc", "gshadow*"),
    ROOT_TWO("etc", "sudoers*"),
    ROOT_TWO("etc", "ssh"),
    ROOT_TWO("etc", "postern"),
    ROOT_TWO("run", "secrets"),
    ROOT_THREE("var", "run", "secrets"),
    ROOT_THREE("var", "lib", "postern"),
};
#define ROWS (sizeof table / sizeof *table)
_Static_assert(ROWS <= 64, "a row is a bit");

// Do the first `count` segments of the row match those of the path that end before `end`?
static bool row_matches(const struct row *row, size_t count, const struct pn_segments *path, size_t end) {
    if (end < count || (row->rooted && end != count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!pn_pattern_segment(row->at[i], path->at[end - count + i], true))
            return false;
    return true;
}

// Equal, or the two cases of a letter, or (harmlessly) some other pair of characters that far apart.
static bool near(uint8_t pattern, uint8_t text) {
    return pattern == '*' || pattern == text || (pattern ^ text) == 0x20;
}

// Most names fail at their first or last character.
static bool may_match(struct pn_view pattern, struct pn_view text) {
    return text.len > 0 && near(pattern.ptr[0], text.ptr[0]) &&
           near(pattern.ptr[pattern.len - 1], text.ptr[text.len - 1]);
}

void pn_credential_mark(struct pn_segments *path) {
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &table[i];
        for (size_t end = row->len; end <= path->len; end++)
            if (may_match(row->at[row->len - 1], path->at[end - 1]) && row_matches(row, row->len, path, end))
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
        const struct row *row = &table[i];
        // Matching the pattern's own text shows that it is at least as narrow: its wildcards then fall under the row's.
        if (!pn_pattern_segment(row->at[row->len - 1], pattern, true))
            return false;
    }
    return true;
}

const char *pn_credential_pattern(uint64_t rows) {
    return rows == 0 ? NULL : table[__builtin_ctzll(rows)].text;
}

bool pn_credential_begins(const struct pn_segments *path) {
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &table[i];
        for (size_t count = row->rooted ? 0 : 1; count < row->len; count++)
            if (row_matches(row, count, path, path->len))
                return true;
    }
    return false;
}

const char *pn_policy_credential_pattern(size_t i) {
    return i < ROWS ? table[i].text : NULL;
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
