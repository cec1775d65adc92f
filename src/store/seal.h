// SPDX-License-Identifier: Apache-2.0
// Seals: a keyed MAC over a domain name and length-prefixed fields, so that no two different records have one message.
// Internal to src/store.
#pragma once
#include "base/bytes.h"
#include "base/hash.h"

static inline void pn_seal_view(struct pn_buf *message, struct pn_view field) {
    pn_buf_put_u64(message, field.len);
    pn_buf_add_view(message, field);
}
static inline void pn_seal_str(struct pn_buf *message, const char *field) {
    pn_seal_view(message, pn_view_str(field));
}
static inline void pn_seal_digest(struct pn_buf *message, const struct pn_digest *field) {
    pn_seal_view(message, pn_view(field->b, sizeof field->b));
}
static inline void pn_seal_u64(struct pn_buf *message, uint64_t field) {
    pn_buf_put_u64(message, sizeof field);
    pn_buf_put_u64(message, field);
}
// False when memory ran out while the message was built; *out is then not a seal of anything.
[[nodiscard]] static inline bool pn_seal_close(const struct pn_buf *message, const struct pn_mac_key *key,
                                               struct pn_digest *out) {
    if (message->overflow)
        return false;
    *out = pn_mac(key, pn_buf_view(message));
    return true;
}
