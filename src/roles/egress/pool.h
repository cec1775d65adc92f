// SPDX-License-Identifier: Apache-2.0
// One libcurl multi handle on the loop: the connections of one component, shared with no other.
#pragma once
#include <curl/curl.h>
#include <uv.h>

#include "base/err.h"

struct pn_pool {
    CURLM *multi;
    uv_loop_t *loop;
    uv_timer_t timer;
    void (*settle)(void *data); // after each piece of work; not from inside one of libcurl's callbacks
    void *data;
};

// NULL on failure.
struct pn_pool *pn_pool_new(uv_loop_t *loop, void (*settle)(void *data), void *data, struct pn_err *err);
// Closes all connections. No easy handle may be left in it.
void pn_pool_free(struct pn_pool *pool);
