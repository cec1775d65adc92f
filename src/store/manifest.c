// SPDX-License-Identifier: Apache-2.0
#include "store/manifest.h"

static const char magic[16] = "postern-cache-1";

bool pn_manifest_write(const struct pn_manifest *m, const struct pn_mac_key *key, struct pn_buf *out) {
    pn_buf_add(out, magic, sizeof magic);
    pn_buf_add(out, m->entry.b, sizeof m->entry.b);
    pn_buf_add(out, m->artefact.b, sizeof m->artefact.b);
    pn_buf_add(out, m->tools.b, sizeof m->tools.b);
    pn_buf_put_u64(out, m->artefact_size);
    pn_buf_put_u64(out, m->tools_size);
    pn_buf_put_u64(out, m->memory_min);
    struct pn_digest seal = pn_mac(key, pn_buf_view(out));
    pn_buf_add(out, seal.b, sizeof seal.b);
    return !out->overflow;
}

static struct pn_digest read_digest(struct pn_cursor *c) {
    struct pn_digest d = {0};
    struct pn_view v = pn_cursor_bytes(c, sizeof d.b);
    if (v.len == sizeof d.b)
        pn_copy(d.b, v.ptr, v.len);
    return d;
}

bool pn_manifest_parse(struct pn_view bytes, const struct pn_mac_key *key, struct pn_manifest *out) {
    if (bytes.len != PN_MANIFEST_SIZE || memcmp(bytes.ptr, magic, sizeof magic) != 0)
        return false;
    struct pn_digest want = pn_mac(key, pn_view_part(bytes, 0, PN_MANIFEST_SIZE - PN_DIGEST));
    struct pn_cursor c = {.rest = pn_view_part(bytes, sizeof magic, bytes.len)};
    struct pn_manifest m;
    m.entry = read_digest(&c);
    m.artefact = read_digest(&c);
    m.tools = read_digest(&c);
    m.artefact_size = pn_cursor_u64(&c);
    m.tools_size = pn_cursor_u64(&c);
    m.memory_min = pn_cursor_u64(&c);
    struct pn_digest got = read_digest(&c);
    if (c.bad || c.rest.len != 0 || !pn_digest_eq(&want, &got))
        return false;
    *out = m;
    return true;
}
