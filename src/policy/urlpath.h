// SPDX-License-Identifier: Apache-2.0
// The path of a URL in the form that patterns are compared with.
#pragma once
#include "policy/pattern.h"

#define PN_URLPATH_MAX 4096

struct pn_urlpath {
    uint8_t text[PN_URLPATH_MAX];
    struct pn_segments segments; // views into text
};

// Decodes percent-escapes once. False when a server could read the path in another way than we do: dot segments,
// encoded or bare backslashes, encoded slashes, empty segments but the last, ';' (parameters), encoded '%', control
// characters, broken escapes, what is not UTF-8, more than PN_URLPATH_MAX bytes. "" counts as "/".
bool pn_urlpath_decode(struct pn_view path, struct pn_urlpath *out);
