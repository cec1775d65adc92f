// SPDX-License-Identifier: Apache-2.0
// May a component touch this file? Pure: the path is text, and must be the one that was really opened (links resolved).
#pragma once
#include "policy/verdict.h"

// `path`: absolute, normalised: "/" or "/a/b" without empty, "." or ".." segments, trailing slash or NUL; anything else
// is refused (BAD_FACTS). `want`: enum pn_access bits; each of them must be granted, not necessarily by one entry, and
// none denied. The rules (postern-policy(5) has them for people):
//  - a pattern with wildcards matches whole paths; one without names that file, or that directory and everything below
//  it;
//  - a deny entry covers what it matches and everything below, hidden or not, and wins;
//  - no wildcard of an allow entry matches a segment that begins with '.', nor one where credentials lie
//  (pn_policy_credential): such a
//    segment must be named, literally or for credentials by a pattern at least as narrow ("*.pem" names a .pem file,
//    "*" does not).
[[nodiscard]] struct pn_verdict pn_policy_storage(const struct pn_policy *p, struct pn_view path, unsigned want);

// May this directory be walked through because something below it is granted? True only at or below the `base` of an
// allow entry (or the directory that holds the base, when the entry names a single place), where a longer path could
// match, and where no deny entry covers it. Its listing must be filtered: show an entry when pn_policy_storage grants
// reading it or pn_policy_storage_passage is true for it.
[[nodiscard]] bool pn_policy_storage_passage(const struct pn_policy *p, struct pn_view path);

// May a directory be renamed or moved with all it holds? Its contents would then be judged by other names, so: one
// allow entry must grant reading and writing for everything below both names, no other entry may reach below either,
// and none of the credential places may depend on the old name. Ask this besides pn_policy_storage(READ | WRITE) for
// both names. For a file those two suffice; likewise for a hard link.
[[nodiscard]] bool pn_policy_storage_movable(const struct pn_policy *p, struct pn_view from, struct pn_view to);

// The pattern of the table of credential places that this path falls under, or NULL. Letter case does not matter.
const char *pn_policy_credential(struct pn_view path);
// The i-th pattern of that table, NULL after the last.
const char *pn_policy_credential_pattern(size_t i);
