// SPDX-License-Identifier: Apache-2.0
// Purpose: frames to structures and back, driven by the message table.
// Trust: every byte decoded here may come from a neighbour that was taken over. It may lie about lengths, send messages
// that are not its own, add or leave out descriptors, or hand over a memfd it can still change.
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "ipc/table.h"

enum { HEADER = 16, INLINE = 0, IN_MEMFD = 1 };

static uint64_t load(const uint8_t *at, enum pn_kind kind) {
    if (kind == PN_KIND_u8)
        return *at;
    if (kind == PN_KIND_u16)
        return *(const uint16_t *)(const void *)at;
    if (kind == PN_KIND_u32)
        return *(const uint32_t *)(const void *)at;
    return *(const uint64_t *)(const void *)at;
}

static void store(uint8_t *at, enum pn_kind kind, uint64_t v) {
    if (kind == PN_KIND_u8)
        *at = (uint8_t)v;
    else if (kind == PN_KIND_u16)
        *(uint16_t *)(void *)at = (uint16_t)v;
    else if (kind == PN_KIND_u32)
        *(uint32_t *)(void *)at = (uint32_t)v;
    else
        *(uint64_t *)(void *)at = v;
}

static int put_number(const struct pn_field *f, const uint8_t *at, struct pn_buf *out, struct pn_err *err) {
    uint64_t v = load(at, f->kind);
    if (f->max != 0 && v > f->max)
        return pn_fail(err, PN_E_BUG, "%s = %llu is above its maximum %llu", f->name, (unsigned long long)v,
                       (unsigned long long)f->max);
    if (f->kind == PN_KIND_u8)
        pn_buf_add_byte(out, (uint8_t)v);
    else if (f->kind == PN_KIND_u16)
        pn_buf_put_u16(out, (uint16_t)v);
    else if (f->kind == PN_KIND_u32)
        pn_buf_put_u32(out, (uint32_t)v);
    else
        pn_buf_put_u64(out, v);
    return 0;
}

static int put_bytes(const struct pn_field *f, struct pn_view v, struct pn_buf *out, int *body_fd, struct pn_err *err) {
    if (v.len > f->max)
        return pn_fail(err, PN_E_LIMIT, "%s has %zu bytes, at most %llu fit", f->name, v.len,
                       (unsigned long long)f->max);
    bool away = f->kind == PN_KIND_body && v.len > PN_IPC_INLINE;
    if (f->kind == PN_KIND_body)
        pn_buf_add_byte(out, away ? IN_MEMFD : INLINE);
    pn_buf_put_u32(out, (uint32_t)v.len);
    if (!away) {
        pn_buf_add_view(out, v);
        return 0;
    }
    *body_fd = pn_memfd_sealed(v, err);
    return *body_fd < 0 ? -1 : 0;
}

static int put_field(const struct pn_field *f, const uint8_t *at, struct pn_buf *out, int *body_fd,
                     struct pn_err *err) {
    switch (f->kind) {
    case PN_KIND_u8:
    case PN_KIND_u16:
    case PN_KIND_u32:
    case PN_KIND_u64:
        return put_number(f, at, out, err);
    case PN_KIND_hash:
        pn_buf_add(out, at, PN_DIGEST);
        return 0;
    case PN_KIND_str:
    case PN_KIND_blob:
    case PN_KIND_body:
        return put_bytes(f, *(const struct pn_view *)(const void *)at, out, body_fd, err);
    }
    return pn_fail(err, PN_E_BUG, "no such field kind");
}

int pn_frame_encode(enum pn_msg_type type, uint64_t call, const void *body, struct pn_buf *out, int *body_fd,
                    struct pn_err *err) {
    const struct pn_message *m = pn_message_find((uint16_t)type);
    if (m == NULL)
        return pn_fail(err, PN_E_BUG, "no message 0x%04x", (unsigned)type);
    *body_fd = -1;
    size_t start = out->len;
    pn_buf_put_u32(out, 0);
    pn_buf_put_u16(out, (uint16_t)type);
    pn_buf_put_u16(out, 0);
    pn_buf_put_u64(out, call);
    size_t end = 0;
    for (size_t i = 0; i < m->fields_len; i++) {
        const uint8_t *at = (const uint8_t *)body + pn_field_place(m->fields[i].kind, &end);
        if (put_field(&m->fields[i], at, out, body_fd, err) != 0) {
            pn_fd_close(body_fd);
            return pn_err_prefix(err, "message %s", m->name);
        }
    }
    if (out->overflow || out->len - start > PN_IPC_FRAME_MAX) {
        pn_fd_close(body_fd);
        return pn_fail(err, PN_E_LIMIT, "message %s does not fit into a frame", m->name);
    }
    uint32_t payload = (uint32_t)(out->len - start - HEADER);
    for (size_t i = 0; i < 4; i++)
        out->ptr[start + i] = (uint8_t)(payload >> (8 * i));
    return 0;
}

struct decoding {
    struct pn_cursor c;
    const int *fds; // descriptors not yet used
    size_t nfds;
    struct pn_view *map;
};

static int get_number(struct decoding *d, const struct pn_field *f, uint8_t *at, struct pn_err *err) {
    uint64_t v = f->kind == PN_KIND_u8    ? pn_cursor_u8(&d->c)
                 : f->kind == PN_KIND_u16 ? pn_cursor_u16(&d->c)
                 : f->kind == PN_KIND_u32 ? pn_cursor_u32(&d->c)
                                          : pn_cursor_u64(&d->c);
    if (f->max != 0 && v > f->max)
        return pn_fail(err, PN_E_PEER, "%s is above its maximum", f->name);
    store(at, f->kind, v);
    return 0;
}

static int get_bytes(struct decoding *d, const struct pn_field *f, struct pn_view *out, struct pn_err *err) {
    uint8_t where = f->kind == PN_KIND_body ? pn_cursor_u8(&d->c) : INLINE;
    uint32_t len = pn_cursor_u32(&d->c);
    if (where > IN_MEMFD || len > f->max)
        return pn_fail(err, PN_E_PEER, "%s has a wrong length", f->name);
    if (where == INLINE) {
        *out = pn_cursor_bytes(&d->c, len);
    } else {
        if (d->nfds == 0 || len <= PN_IPC_INLINE)
            return pn_fail(err, PN_E_PEER, "%s is said to be in a memory file that is not there", f->name);
        if (pn_memfd_map(d->fds[0], len, d->map, err) != 0)
            return -1;
        d->fds++;
        d->nfds--;
        *out = *d->map;
    }
    if (f->kind != PN_KIND_str)
        return 0;
    if (!pn_utf8_valid(*out) || pn_view_find(*out, 0, 0) != SIZE_MAX)
        return pn_fail(err, PN_E_PEER, "%s is not text", f->name);
    return 0;
}

static int get_field(struct decoding *d, const struct pn_field *f, uint8_t *at, struct pn_err *err) {
    switch (f->kind) {
    case PN_KIND_u8:
    case PN_KIND_u16:
    case PN_KIND_u32:
    case PN_KIND_u64:
        return get_number(d, f, at, err);
    case PN_KIND_hash: {
        struct pn_view v = pn_cursor_bytes(&d->c, PN_DIGEST);
        pn_copy(at, v.ptr, v.len);
        return 0;
    }
    case PN_KIND_str:
    case PN_KIND_blob:
    case PN_KIND_body:
        return get_bytes(d, f, (struct pn_view *)(void *)at, err);
    }
    return pn_fail(err, PN_E_BUG, "no such field kind");
}

// Which message, and may this peer send it to us?
static const struct pn_message *admit(struct pn_cursor *c, enum pn_role self, enum pn_role peer, uint64_t *call,
                                      struct pn_err *err) {
    uint32_t length = pn_cursor_u32(c);
    uint16_t type = pn_cursor_u16(c);
    uint16_t zero = pn_cursor_u16(c);
    *call = pn_cursor_u64(c);
    const struct pn_message *m = pn_message_find(type);
    if (c->bad || zero != 0 || length != c->rest.len || m == NULL) {
        (void)pn_fail(err, PN_E_PEER, "frame with a wrong header");
        return NULL;
    }
    bool from_ok = m->from == PN_ROLE_ANY || m->from == peer;
    bool to_ok = m->to == PN_ROLE_ANY || m->to == self;
    if (!from_ok || !to_ok) {
        (void)pn_fail(err, PN_E_PEER, "%s may not send %s to %s", pn_role_name(peer), m->name, pn_role_name(self));
        return NULL;
    }
    return m;
}

static int decode_fields(const struct pn_message *m, struct decoding *d, struct pn_msg *msg, struct pn_err *err) {
    uint8_t *base = (uint8_t *)&msg->ready; // all members of the union start here
    size_t end = 0;
    for (size_t i = 0; i < m->fields_len; i++)
        if (get_field(d, &m->fields[i], base + pn_field_place(m->fields[i].kind, &end), err) != 0)
            return -1;
    if (d->c.bad || d->c.rest.len != 0)
        return pn_fail(err, PN_E_PEER, "does not end where its fields end");
    if (d->nfds != (m->has_fd ? 1u : 0u))
        return pn_fail(err, PN_E_PEER, "comes with a wrong number of descriptors");
    msg->fd = m->has_fd ? d->fds[0] : -1;
    return 0;
}

int pn_frame_decode(struct pn_view frame, enum pn_role self, enum pn_role peer, const int *fds, size_t nfds,
                    struct pn_msg *msg, struct pn_view *map, struct pn_err *err) {
    struct decoding d = {.c = {.rest = frame}, .fds = fds, .nfds = nfds, .map = map};
    *map = (struct pn_view){NULL, 0};
    *msg = (struct pn_msg){.fd = -1};
    const struct pn_message *m = admit(&d.c, self, peer, &msg->call_id, err);
    if (m == NULL)
        return -1;
    msg->type = m->type;
    if (decode_fields(m, &d, msg, err) == 0)
        return 0;
    pn_memfd_unmap(map);
    return pn_err_prefix(err, "message %s", m->name);
}
