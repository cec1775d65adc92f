// SPDX-License-Identifier: Apache-2.0
#include "mcp/batch.h"

#include <stdlib.h>

struct pn_mcp_batch *pn_mcp_batch_new(void) {
    struct pn_mcp_batch *b = calloc(1, sizeof *b);
    if (b != NULL)
        b->open = 1;
    return b;
}

void pn_mcp_batch_hold(struct pn_mcp_batch *b) {
    b->open++;
}

void pn_mcp_batch_add(struct pn_mcp_batch *b, struct pn_view response) {
    pn_buf_add_byte(&b->out, b->out.len == 0 ? '[' : ',');
    pn_buf_add_view(&b->out, response);
}

bool pn_mcp_batch_release(struct pn_mcp_batch *b) {
    if (--b->open > 0)
        return false;
    if (b->out.len > 0)
        pn_buf_add_byte(&b->out, ']');
    return true;
}

void pn_mcp_batch_free(struct pn_mcp_batch *b) {
    if (b == NULL)
        return;
    pn_buf_fini(&b->out);
    free(b);
}
