// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 5, 0))) static void fill(struct pn_err *err, enum pn_category category, int code,
                                                       const char *where, const char *fmt, va_list ap) {
    err->category = category;
    err->code = code;
    err->where = where;
    (void)vsnprintf(err->text, sizeof err->text, fmt, ap);
}

int pn_err_set(struct pn_err *err, enum pn_category category, int code, const char *where, const char *fmt, ...) {
    if (err == NULL)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    fill(err, category, code, where, fmt, ap);
    va_end(ap);
    return -1;
}

int pn_err_set_errno(struct pn_err *err, const char *where, const char *fmt, ...) {
    int code = errno;
    if (err == NULL)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    fill(err, PN_E_SYSTEM, code, where, fmt, ap);
    va_end(ap);
    size_t used = strlen(err->text);
    char why[128];
    (void)snprintf(err->text + used, sizeof err->text - used, ": %s", strerror_r(code, why, sizeof why));
    return -1;
}

int pn_err_prefix(struct pn_err *err, const char *fmt, ...) {
    if (err == NULL)
        return -1;
    char text[sizeof err->text];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t used = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    (void)snprintf(text + used, sizeof text - used, ": %s", err->text);
    (void)snprintf(err->text, sizeof err->text, "%s", text);
    return -1;
}

const char *pn_category_name(enum pn_category category) {
    switch (category) {
    case PN_E_RETRY:
        return "retry";
    case PN_E_DENIED:
        return "denied";
    case PN_E_INPUT:
        return "input";
    case PN_E_LIMIT:
        return "limit";
    case PN_E_PEER:
        return "peer";
    case PN_E_SYSTEM:
        return "system";
    case PN_E_BUG:
        return "bug";
    }
    return "unknown";
}
