// SPDX-License-Identifier: Apache-2.0
// The answer to a JSON-RPC batch (section 6; MCP 2025-03-26 only): one array that goes out when every request of the
// batch has been answered or given up; nothing at all when it held none.
#pragma once
#include "base/bytes.h"

#define PN_MCP_BATCH_MAX 256u // messages in one batch

struct pn_mcp_batch {
    struct pn_buf out;
    uint32_t open; // parts still owed, and one while the batch is being read
};

struct pn_mcp_batch *pn_mcp_batch_new(void); // open = 1; NULL when out of memory
void pn_mcp_batch_hold(struct pn_mcp_batch *b);
void pn_mcp_batch_add(struct pn_mcp_batch *b, struct pn_view response);
// Lets go of one part. True when it was the last: `out` then holds the array (or nothing) and the owner calls free.
bool pn_mcp_batch_release(struct pn_mcp_batch *b);
void pn_mcp_batch_free(struct pn_mcp_batch *b);
