// SPDX-License-Identifier: Apache-2.0
// messages.def as data, for the codec, the fuzzers and the documentation check.
#pragma once
#include "ipc/ipc.h"

enum pn_kind {
    PN_KIND_u8,
    PN_KIND_u16,
    PN_KIND_u32,
    PN_KIND_u64,
    PN_KIND_hash,
    PN_KIND_str,
    PN_KIND_blob,
    PN_KIND_body
};

struct pn_field {
    enum pn_kind kind;
    uint64_t max; // largest value, or longest length; 0 = any (fixed-width kinds only)
    const char *name;
};

struct pn_message {
    const char *name;
    enum pn_msg_type type;
    enum pn_role from, to;
    bool has_fd;
    const struct pn_field *fields;
    size_t fields_len;
};

extern const struct pn_message pn_messages[];
extern const size_t pn_messages_len;
const struct pn_message *pn_message_find(uint16_t type);

// Where the next field of this kind lies in a struct pn_msg_<name>, given the end of the previous one (C layout rules).
size_t pn_field_place(enum pn_kind kind, size_t *end);
