// SPDX-License-Identifier: Apache-2.0
// The head of a response, line by line as it comes from the network (RFC 9112 sections 4 and 5), made into a header
// block. Hostile input: bounded, no folding, no controls, no fields of the connection.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "ipc/ipc.h"

struct pn_head {
    uint16_t status;
    bool complete;   // the empty line of the final response was seen
    bool has_length; // Content-Length
    uint64_t length;
    unsigned count;
    size_t bytes;           // of lines so far, kept or not
    struct pn_buf headers;  // block of net/headers.h, names in lower case
    struct pn_buf trailers; // what came after the body
};

void pn_head_init(struct pn_head *h);
void pn_head_fini(struct pn_head *h);
// Takes one line with its line end. Interim responses (1xx) are swallowed. On failure *code says which error it is.
[[nodiscard]] int pn_head_line(struct pn_head *h, struct pn_view line, enum pn_http_error *code, struct pn_err *err);
