// SPDX-License-Identifier: Apache-2.0
#include "roles/gateway/out.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "base/file.h"

#define IOV 64
#define KEEP ((size_t)1 << 20) // a buffer larger than this is not kept for later

void pn_out_init(struct pn_out *o, int fd) {
    *o = (struct pn_out){.fd = fd};
}

static struct pn_view contents(const struct pn_out_part *p) {
    return p->body.len != 0 ? p->body : pn_buf_view(&p->buf);
}

static void drop_part(struct pn_out *o, struct pn_out_part *p) {
    if (p->unmap)
        pn_memfd_unmap(&p->body);
    if (p->buf.cap > o->spare.cap && p->buf.cap <= KEEP) {
        pn_buf_fini(&o->spare);
        o->spare = p->buf;
        pn_buf_reset(&o->spare);
    } else {
        pn_buf_fini(&p->buf);
    }
    *p = (struct pn_out_part){0};
}

void pn_out_fini(struct pn_out *o) {
    for (size_t i = 0; i < o->count; i++)
        drop_part(o, &o->parts[i]);
    free(o->parts);
    pn_buf_fini(&o->spare);
    *o = (struct pn_out){.fd = o->fd};
}

static struct pn_out_part *add_part(struct pn_out *o) {
    if (o->count == o->room) {
        size_t room = o->room == 0 ? 16 : o->room * 2;
        struct pn_out_part *parts = realloc(o->parts, room * sizeof *parts);
        if (parts == NULL)
            return NULL;
        o->parts = parts;
        o->room = room;
    }
    if (o->count > 0)
        o->bytes += contents(&o->parts[o->count - 1]).len;
    o->parts[o->count] = (struct pn_out_part){0};
    return &o->parts[o->count++];
}

struct pn_buf *pn_out_tail(struct pn_out *o) {
    if (o->count > 0 && o->parts[o->count - 1].body.len == 0)
        return &o->parts[o->count - 1].buf;
    struct pn_out_part *p = add_part(o);
    if (p == NULL)
        return NULL;
    p->buf = o->spare;
    o->spare = (struct pn_buf){0};
    return &p->buf;
}

bool pn_out_add_body(struct pn_out *o, struct pn_view body, bool unmap) {
    struct pn_out_part *p = add_part(o);
    if (p == NULL)
        return false;
    p->body = body;
    p->unmap = unmap;
    return true;
}

size_t pn_out_queued(const struct pn_out *o) {
    size_t last = o->count == 0 ? 0 : contents(&o->parts[o->count - 1]).len;
    return o->bytes + last - o->written;
}

// Forgets `n` bytes at the front. The last part stays, empty, so that its memory is used again.
static void consume(struct pn_out *o, size_t n) {
    size_t done = 0;
    o->written += n;
    while (done < o->count) {
        size_t len = contents(&o->parts[done]).len;
        if (o->written < len || (o->written == 0 && len == 0 && done + 1 == o->count))
            break;
        o->written -= len;
        if (done + 1 == o->count && o->parts[done].body.len == 0 && o->parts[done].buf.cap <= KEEP) {
            pn_buf_reset(&o->parts[done].buf);
            break;
        }
        if (done + 1 < o->count)
            o->bytes -= len;
        drop_part(o, &o->parts[done++]);
    }
    if (done == 0)
        return;
    o->count -= done;
    for (size_t i = 0; i < o->count; i++)
        o->parts[i] = o->parts[done + i];
}

int pn_out_flush(struct pn_out *o, struct pn_err *err) {
    while (pn_out_queued(o) > 0) {
        struct iovec iov[IOV];
        int n = 0;
        for (size_t i = 0; i < o->count && n < IOV; i++) {
            struct pn_view v = contents(&o->parts[i]);
            if (i == 0)
                v = pn_view_part(v, o->written, v.len);
            if (v.len > 0)
                iov[n++] = (struct iovec){(void *)(uintptr_t)v.ptr, v.len};
        }
        ssize_t wrote = writev(o->fd, iov, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0 && errno == EAGAIN)
            return 0;
        if (wrote < 0 && errno == EPIPE)
            return pn_fail(err, PN_E_PEER, "the client closed its end");
        if (wrote < 0)
            return pn_fail_errno(err, "write to the client");
        consume(o, (size_t)wrote);
    }
    return 1;
}
