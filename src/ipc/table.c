// SPDX-License-Identifier: Apache-2.0
#include "ipc/table.h"

#include <stdalign.h>
#include <stddef.h>

#define ROW(kind, field, max) {PN_KIND_##kind, (uint64_t)(max), #field},
#define PN_MESSAGE(NAME, name, number, from, to, fd) \
    static const struct pn_field fields_##NAME[] = {PN_FIELDS_##NAME(ROW)};
#include "ipc/messages.def"
#undef PN_MESSAGE

const struct pn_message pn_messages[] = {
#define PN_MESSAGE(NAME, name, number, from, to, fd) \
    {#NAME,                                          \
     PN_MSG_##NAME,                                  \
     PN_ROLE_##from,                                 \
     PN_ROLE_##to,                                   \
     (fd) != 0,                                      \
     fields_##NAME,                                  \
     sizeof fields_##NAME / sizeof *fields_##NAME},
#include "ipc/messages.def"
#undef PN_MESSAGE
};
const size_t pn_messages_len = sizeof pn_messages / sizeof *pn_messages;

const struct pn_message *pn_message_find(uint16_t type) {
    for (size_t i = 0; i < pn_messages_len; i++)
        if ((uint16_t)pn_messages[i].type == type)
            return &pn_messages[i];
    return NULL;
}

const char *pn_msg_name(uint16_t type) {
    const struct pn_message *m = pn_message_find(type);
    return m == NULL ? NULL : m->name;
}

static const struct {
    size_t size, align;
} places[] = {
    [PN_KIND_u8] = {1, 1},
    [PN_KIND_u16] = {2, alignof(uint16_t)},
    [PN_KIND_u32] = {4, alignof(uint32_t)},
    [PN_KIND_u64] = {8, alignof(uint64_t)},
    [PN_KIND_hash] = {sizeof(struct pn_digest), alignof(struct pn_digest)},
    [PN_KIND_str] = {sizeof(struct pn_view), alignof(struct pn_view)},
    [PN_KIND_blob] = {sizeof(struct pn_view), alignof(struct pn_view)},
    [PN_KIND_body] = {sizeof(struct pn_view), alignof(struct pn_view)},
};

size_t pn_field_place(enum pn_kind kind, size_t *end) {
    size_t at = (*end + places[kind].align - 1) / places[kind].align * places[kind].align;
    *end = at + places[kind].size;
    return at;
}

const char *pn_role_name(enum pn_role role) {
    static const char *const names[] = {"any", "supervisor", "gateway", "worker", "egress", "compiler", "broker"};
    return (size_t)role < sizeof names / sizeof *names ? names[role] : "?";
}
