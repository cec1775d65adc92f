// SPDX-License-Identifier: Apache-2.0
// What waits to be written to the client: built in place, written with as few system calls as possible. Large bodies
// that came as a mapping are queued as they are and unmapped when written.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

struct pn_out_part {
    struct pn_buf buf;
    struct pn_view body; // instead of `buf` when it has bytes
    bool unmap;          // `body` is the last use of its mapping
};

struct pn_out {
    int fd;
    struct pn_out_part *parts; // the first is being written, the last is being built
    size_t count, room;
    size_t written; // of the first part
    size_t bytes;   // queued before the last part
    struct pn_buf spare;
};

void pn_out_init(struct pn_out *o, int fd); // borrows `fd`, which must not block
void pn_out_fini(struct pn_out *o);
// The buffer to append to; NULL when memory ran out. Valid until the next call of any of these.
struct pn_buf *pn_out_tail(struct pn_out *o);
// Queues `body` behind what is there. `unmap`: takes over the mapping. False (and nothing done) when memory ran out.
bool pn_out_add_body(struct pn_out *o, struct pn_view body, bool unmap);
size_t pn_out_queued(const struct pn_out *o);
// Writes what the reader takes. 1 = all is written, 0 = the reader is full, -1 = it is gone (PN_E_PEER) or worse.
[[nodiscard]] int pn_out_flush(struct pn_out *o, struct pn_err *err);
