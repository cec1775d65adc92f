// SPDX-License-Identifier: Apache-2.0
// The resource table: what the component's handles stand for. A rep is a slot's number plus one.
#include "wasi/host.h"

#include <stdlib.h>

#define FIRST_SLOTS 64u

static struct pn_resource_slot *slot_of(const struct pn_host *h, uint32_t rep) {
    if (rep == 0 || rep > h->slots_len || h->slots[rep - 1].type == 0)
        return NULL;
    return &h->slots[rep - 1];
}

static int grow(struct pn_host *h, struct pn_err *err) {
    if (h->slots_cap >= PN_RESOURCES_MAX)
        return pn_host_stop(h, PN_END_TRAP, err, "the component holds %u resources, more than any call may; drop some",
                            PN_RESOURCES_MAX);
    uint32_t cap = h->slots_cap == 0 ? FIRST_SLOTS : h->slots_cap * 2;
    struct pn_resource_slot *slots = realloc(h->slots, cap * sizeof *slots);
    if (slots == NULL)
        return pn_host_stop(h, PN_END_TRAP, err, "out of memory for the component's resources");
    h->slots = slots;
    h->slots_cap = cap;
    return 0;
}

// A free slot's rep, or 0.
static uint32_t take_slot(struct pn_host *h, struct pn_err *err) {
    if (h->slots_free != 0) {
        uint32_t rep = h->slots_free;
        h->slots_free = h->slots[rep - 1].refs;
        return rep;
    }
    if (h->slots_len == h->slots_cap && grow(h, err) < 0)
        return 0;
    return ++h->slots_len;
}

int pn_host_add(struct pn_host *h, enum pn_resource type, void *object,
                void (*destroy)(struct pn_host *h, void *object), uint32_t parent, uint32_t *rep, struct pn_err *err) {
    uint32_t taken = take_slot(h, err);
    if (taken == 0) {
        if (destroy != NULL)
            destroy(h, object);
        return -1;
    }
    h->slots[taken - 1] = (struct pn_resource_slot){
        .object = object, .destroy = destroy, .parent = parent, .refs = 1, .type = (uint8_t)type};
    struct pn_resource_slot *up = slot_of(h, parent);
    if (up != NULL)
        up->refs++;
    *rep = taken;
    return 0;
}

void *pn_host_get(struct pn_host *h, enum pn_resource type, uint32_t rep) {
    struct pn_resource_slot *slot = slot_of(h, rep);
    return slot == NULL || slot->type != type || slot->dropped ? NULL : slot->object;
}

// Takes one reference away; an object without any goes, and with it its hold on its parent.
static void unref(struct pn_host *h, uint32_t rep) {
    struct pn_resource_slot *slot = slot_of(h, rep);
    while (slot != NULL && --slot->refs == 0) {
        struct pn_resource_slot gone = *slot;
        *slot = (struct pn_resource_slot){.refs = h->slots_free};
        h->slots_free = rep;
        if (gone.destroy != NULL)
            gone.destroy(h, gone.object);
        rep = gone.parent;
        slot = slot_of(h, rep);
    }
}

void pn_host_drop(struct pn_host *h, uint32_t rep) {
    struct pn_resource_slot *slot = slot_of(h, rep);
    if (slot == NULL || slot->dropped)
        return;
    slot->dropped = true;
    unref(h, rep);
}

uint32_t pn_host_children(const struct pn_host *h, uint32_t rep) {
    const struct pn_resource_slot *slot = slot_of(h, rep);
    return slot == NULL ? 0 : slot->refs - (slot->dropped ? 0 : 1);
}
