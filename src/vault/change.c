// SPDX-License-Identifier: Apache-2.0
// Changes: each one a transaction over freshly read rows, sealed at its end.
#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "vault/internal.h"

static int room_for(const struct pn_vault *v, struct pn_err *err) {
    if (v->image.bytes + PN_VAULT_VALUE_MAX <= PN_VAULT_BYTES_MAX)
        return 0;
    return pn_fail(err, PN_E_LIMIT, "the vault holds %zu MiB, the most it may; purge old versions",
                   PN_VAULT_BYTES_MAX >> 20);
}

// Seals `plain` as the next version of `e` and writes both rows.
static int add_version(struct pn_vault *v, struct pn_vault_entry *e, struct pn_view plain, struct pn_err *err) {
    struct pn_vault_version *to = room_for(v, err) != 0 ? NULL : pn_vault_entry_add(&v->image, e, e->newest + 1, err);
    if (to == NULL)
        return -1;
    to->created = pn_wall_now() / PN_SEC;
    if (pn_vault_box_seal(&v->cipher, &v->keys, v->image.head.vault_id, e, to, plain, err) != 0)
        return -1;
    v->image.bytes += to->box_len;
    e->newest = to->version;
    e->deleted = false;
    if (pn_vault_write_version(v, e, to, err) != 0)
        return -1;
    return pn_vault_write_entry(v, &v->keys, e, err);
}

static int same_kind(const struct pn_vault_entry *e, const struct pn_vault_value *value, struct pn_err *err) {
    if (e->kind == (uint64_t)value->kind)
        return 0;
    return pn_fail(err, PN_E_INPUT, "secret '%s' is of kind %s; delete and purge it to make one of kind %s", e->id.name,
                   pn_vault_kind_name((enum pn_vault_kind)e->kind), pn_vault_kind_name(value->kind));
}

static int exists(const struct pn_vault_entry *e, struct pn_err *err) {
    char name[320];
    pn_vault_id_text(&e->id, name);
    return pn_err_set(err, PN_E_INPUT, EEXIST, __func__, "there is a secret %s already; rotate it to change its value",
                      name);
}

// A deleted one comes back with its numbers going on, so that an old box can never pass for a new one.
static int put_one(struct pn_vault *v, const struct pn_vault_item *item, bool replace, struct pn_err *err) {
    pn_auto(pn_secret) struct pn_secret plain = {0};
    if (pn_vault_value_pack(&item->value, &plain, err) != 0)
        return -1;
    struct pn_vault_entry *e = pn_vault_image_find(&v->image, &item->id);
    if (e == NULL) {
        e = pn_vault_image_insert(&v->image, &item->id, err);
        if (e == NULL)
            return -1;
        e->kind = (uint64_t)item->value.kind;
    }
    if (e->damaged)
        return pn_vault_need(v, &item->id, err) == NULL ? -1 : 0;
    if (e->count > 0 && !e->deleted && !replace)
        return exists(e, err);
    if (same_kind(e, &item->value, err) != 0)
        return -1;
    return add_version(v, e, pn_secret_view(&plain), err);
}

int pn_vault_put_all(struct pn_vault *v, const struct pn_vault_item *items, size_t count, bool replace,
                     struct pn_err *err) {
    for (size_t i = 0; i < count; i++)
        if (pn_vault_id_check(&items[i].id, err) != 0 || pn_vault_value_check(&items[i].value, err) != 0)
            return -1;
    if (pn_vault_begin(v, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (put_one(v, &items[i], replace, err) != 0)
            return pn_vault_abandon(v);
    return pn_vault_commit(v, &v->keys, err) == 0 ? 0 : pn_vault_abandon(v);
}

int pn_vault_put(struct pn_vault *v, const struct pn_vault_id *id, const struct pn_vault_value *value,
                 struct pn_err *err) {
    struct pn_vault_item item = {*id, *value};
    return pn_vault_put_all(v, &item, 1, false, err);
}

static int rotate(struct pn_vault *v, const struct pn_vault_id *id, const struct pn_vault_value *value,
                  uint64_t *version, struct pn_err *err) {
    pn_auto(pn_secret) struct pn_secret plain = {0};
    struct pn_vault_entry *e = pn_vault_need(v, id, err);
    if (e == NULL || same_kind(e, value, err) != 0 || pn_vault_value_pack(value, &plain, err) != 0 ||
        add_version(v, e, pn_secret_view(&plain), err) != 0)
        return -1;
    *version = e->newest;
    return pn_vault_commit(v, &v->keys, err);
}

int pn_vault_rotate(struct pn_vault *v, const struct pn_vault_id *id, const struct pn_vault_value *value,
                    uint64_t *version, struct pn_err *err) {
    uint64_t made = 0;
    if (pn_vault_id_check(id, err) != 0 || pn_vault_value_check(value, err) != 0 || pn_vault_begin(v, err) != 0)
        return -1;
    if (rotate(v, id, value, &made, err) != 0)
        return pn_vault_abandon(v);
    if (version != NULL)
        *version = made;
    return 0;
}

// --- removing ---

static int remove_entry(struct pn_vault *v, struct pn_vault_entry *e, struct pn_err *err) {
    if (v->store->remove_secret(v->rows, &e->id, err) != 0) // with its versions
        return -1;
    pn_vault_image_remove(&v->image, e);
    return 0;
}

// One that does not match its seal is removed altogether: sealing it again would make what was tampered with ours.
static int delete_one(struct pn_vault *v, const struct pn_vault_id *id, struct pn_err *err) {
    struct pn_vault_entry *e = pn_vault_image_find(&v->image, id);
    if (e == NULL || !e->damaged)
        e = pn_vault_need(v, id, err);
    if (e == NULL)
        return -1;
    if (e->damaged)
        return remove_entry(v, e, err);
    e->deleted = true;
    return pn_vault_write_entry(v, &v->keys, e, err);
}

int pn_vault_delete(struct pn_vault *v, const struct pn_vault_id *id, struct pn_err *err) {
    if (pn_vault_id_check(id, err) != 0 || pn_vault_begin(v, err) != 0)
        return -1;
    if (delete_one(v, id, err) != 0 || pn_vault_commit(v, &v->keys, err) != 0)
        return pn_vault_abandon(v);
    return 0;
}

static int drop_old(struct pn_vault *v, struct pn_vault_entry *e, size_t keep, struct pn_err *err) {
    size_t drop = e->count > keep ? e->count - keep : 0;
    for (size_t i = 0; i < drop; i++)
        if (v->store->remove_version(v->rows, &e->id, e->versions[i].version, err) != 0)
            return -1;
    pn_vault_entry_drop(&v->image, e, drop);
    return pn_vault_write_entry(v, &v->keys, e, err);
}

static int purge_one(struct pn_vault *v, const struct pn_vault_id *id, size_t keep, struct pn_err *err) {
    struct pn_vault_entry *e = pn_vault_image_find(&v->image, id);
    if (e != NULL && e->deleted && !e->damaged)
        return remove_entry(v, e, err);
    e = pn_vault_need(v, id, err);
    return e == NULL ? -1 : drop_old(v, e, keep, err);
}

int pn_vault_purge(struct pn_vault *v, const struct pn_vault_id *id, size_t keep, struct pn_err *err) {
    if (keep == 0)
        return pn_fail(err, PN_E_INPUT, "at least 1 version of a live secret is kept; delete it first");
    if (pn_vault_id_check(id, err) != 0 || pn_vault_begin(v, err) != 0)
        return -1;
    if (purge_one(v, id, keep, err) != 0 || pn_vault_commit(v, &v->keys, err) != 0)
        return pn_vault_abandon(v);
    return v->store->scrub(v->rows, err);
}

// --- use ---

static bool has_uses(const struct pn_vault_image *image) {
    for (size_t i = 0; i < image->count; i++)
        if (image->entries[i].last > image->entries[i].used && !image->entries[i].damaged)
            return true;
    return false;
}

static int write_uses(struct pn_vault *v, struct pn_err *err) {
    for (size_t i = 0; i < v->image.count; i++) {
        struct pn_vault_entry *e = &v->image.entries[i];
        if (e->last <= e->used || e->damaged)
            continue;
        e->used = e->last;
        if (pn_vault_write_entry(v, &v->keys, e, err) != 0)
            return -1;
    }
    return pn_vault_commit(v, &v->keys, err);
}

int pn_vault_flush(struct pn_vault *v, struct pn_err *err) {
    if (!has_uses(&v->image))
        return 0;
    if (pn_vault_begin(v, err) != 0)
        return -1;
    return write_uses(v, err) == 0 ? 0 : pn_vault_abandon(v);
}
