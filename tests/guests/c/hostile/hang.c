// SPDX-License-Identifier: Apache-2.0
// Guest `hang`: a host call that returns only when the other side wants it to.
#include "http_raw.h"

EXPORT("hang") uint32_t hang(const char *authority, uint32_t len) {
    return http_get_status(authority, len, "/", 1) > 0;
}
