// SPDX-License-Identifier: Apache-2.0
// One GET through wasi:http, called by its lowered signatures.
#ifndef GUEST_HTTP_RAW_H
#define GUEST_HTTP_RAW_H

#include "abi.h"

#define TYPES "wasi:http/types@0.2.12"

IMPORT(TYPES, "[constructor]fields") int32_t http_fields(void);
IMPORT(TYPES, "[constructor]outgoing-request") int32_t http_request(int32_t fields);
IMPORT(TYPES, "[method]outgoing-request.set-scheme")
int32_t http_scheme(int32_t self, int32_t some, int32_t which, const char *other, uint32_t len);
IMPORT(TYPES, "[method]outgoing-request.set-authority")
int32_t http_authority(int32_t self, int32_t some, const char *text, uint32_t len);
IMPORT(TYPES, "[method]outgoing-request.set-path-with-query")
int32_t http_path(int32_t self, int32_t some, const char *text, uint32_t len);
IMPORT("wasi:http/outgoing-handler@0.2.12", "handle")
void http_handle(int32_t request, int32_t some, int32_t options, uint8_t *result);
IMPORT(TYPES, "[method]future-incoming-response.subscribe") int32_t http_subscribe(int32_t future);
IMPORT(TYPES, "[method]future-incoming-response.get") void http_get(int32_t future, uint8_t *result);
IMPORT(TYPES, "[method]incoming-response.status") int32_t http_status(int32_t response);
IMPORT("wasi:io/poll@0.2.12", "[method]pollable.block") void http_block(int32_t pollable);

static inline int32_t http_word(const uint8_t *area) {
    int32_t word;
    memcpy(&word, area, sizeof word);
    return word;
}

// The status of the answer, or -1 - error code, or -100 when the host refused to take the request's parts.
// Results are aligned to 8 bytes, because error codes may hold a u64: each discriminant takes 8 bytes.
static inline int32_t http_get_status(const char *authority, uint32_t authority_len, const char *path,
                                      uint32_t path_len) {
    uint8_t area[128] __attribute__((aligned(8))) = {0};
    int32_t request = http_request(http_fields());
    if (http_scheme(request, 1, 0, NULL, 0) != 0 || http_authority(request, 1, authority, authority_len) != 0 ||
        http_path(request, 1, path, path_len) != 0)
        return -100;
    http_handle(request, 0, 0, area);
    if (area[0] != 0)
        return -1 - area[8];
    int32_t future = http_word(area + 8);
    http_block(http_subscribe(future));
    http_get(future, area);
    if (area[0] != 1 || area[8] != 0)
        return -100;
    return area[16] == 0 ? http_status(http_word(area + 24)) : -1 - area[24];
}

#endif
