// SPDX-License-Identifier: Apache-2.0
// Errors: a category that tells the caller what to do, and a text that tells a person what to do.
#pragma once
#include <stdarg.h>

enum pn_category {
    PN_E_RETRY = 1, // nothing is wrong: it would block, or is not ready yet; try again later
    PN_E_DENIED,    // policy or confinement says no
    PN_E_INPUT,     // the caller's (or the user's) data is wrong; the text names place and remedy
    PN_E_LIMIT,     // a bound was reached; the text names the limit and the key that raises it
    PN_E_PEER,      // a neighbour broke the protocol; its connection must be closed
    PN_E_SYSTEM,    // the operating system refused; `code` holds errno
    PN_E_BUG,       // our own mistake
};

// Filled by the function that fails first and left alone on success.
struct pn_err {
    enum pn_category category;
    int code;          // errno for PN_E_SYSTEM, otherwise 0 or module specific
    const char *where; // function that failed
    char text[512];    // UTF-8, one line, never a secret
};

// Records a failure and returns -1, so that a caller can write `return pn_fail(err, PN_E_INPUT, "...")`. `err` may be
// NULL.
#define pn_fail(err, category, ...) pn_err_set((err), (category), 0, __func__, __VA_ARGS__)

// The same for a failed system call: keeps errno in `code` and appends its description to the text.
#define pn_fail_errno(err, ...) pn_err_set_errno((err), __func__, __VA_ARGS__)

// Puts "prefix: " before the text of an error on its way up. Returns -1.
int pn_err_prefix(struct pn_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

int pn_err_set(struct pn_err *err, enum pn_category category, int code, const char *where, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
int pn_err_set_errno(struct pn_err *err, const char *where, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

// A word for the category: "denied", "input", ...
const char *pn_category_name(enum pn_category category);
