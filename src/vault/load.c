// SPDX-License-Identifier: Apache-2.0
// Reading the rows, not believing them: order, names and sizes are checked, every secret against its seal, all against
// the seal of the set. A secret that does not match is refused alone; a set that does not match is refused as a whole.
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "vault/internal.h"

int pn_vault_damaged(const struct pn_vault *v, const char *what, struct pn_err *err) {
    return pn_err_set(err, PN_E_DENIED, EBADMSG, __func__,
                      "the vault in %s is damaged or was tampered with: %s; restore it from a backup", v->dir, what);
}

struct loader {
    struct pn_vault *v;
    struct pn_vault_image *image;
    struct pn_err *err;
    size_t at; // entry whose versions are being read
};

// Checked before it is used as a string anywhere: the store gives NUL-terminated text, the seal proves the rest.
static int take_secret(void *arg, const struct pn_vault_secret_row *row) {
    struct loader *l = arg;
    struct pn_vault_image *image = l->image;
    if (pn_vault_id_check(&row->id, NULL) != 0)
        return pn_vault_damaged(l->v, "a name that no secret can have", l->err);
    if (image->count > 0 && pn_vault_id_compare(&image->entries[image->count - 1].id, &row->id) >= 0)
        return pn_vault_damaged(l->v, "its secrets are out of order", l->err);
    struct pn_vault_entry *e = pn_vault_image_insert(image, &row->id, l->err);
    if (e == NULL)
        return -1;
    e->kind = row->kind;
    e->deleted = row->deleted != 0;
    e->damaged = row->deleted > 1;
    e->newest = row->newest;
    e->used = e->last = row->used;
    e->seal = row->seal;
    return 0;
}

static int fill_version(struct loader *l, struct pn_vault_version *to, const struct pn_vault_version_row *row) {
    to->created = row->created;
    pn_copy(to->salt, row->salt.ptr, sizeof to->salt);
    pn_copy(to->nonce, row->nonce.ptr, sizeof to->nonce);
    to->box = malloc(row->box.len);
    if (to->box == NULL)
        return pn_fail(l->err, PN_E_SYSTEM, "out of memory");
    pn_copy(to->box, row->box.ptr, row->box.len);
    to->box_len = row->box.len;
    l->image->bytes += row->box.len;
    return l->image->bytes > PN_VAULT_BYTES_MAX ? pn_vault_damaged(l->v, "it is larger than a vault can be", l->err)
                                                : 0;
}

static int take_version(void *arg, const struct pn_vault_version_row *row) {
    struct loader *l = arg;
    struct pn_vault_image *image = l->image;
    while (l->at < image->count && pn_vault_id_compare(&image->entries[l->at].id, &row->id) < 0)
        l->at++;
    if (l->at >= image->count || pn_vault_id_compare(&image->entries[l->at].id, &row->id) != 0)
        return pn_vault_damaged(l->v, "a version of a secret that is not there", l->err);
    struct pn_vault_entry *e = &image->entries[l->at];
    bool fits = row->salt.len == PN_SALT_LEN && row->nonce.len == PN_NONCE_LEN && row->box.len > PN_TAG_LEN &&
                row->box.len <= PN_SECRET_MOST + PN_TAG_LEN && e->count < PN_VAULT_VERSIONS_MAX &&
                (e->count == 0 || e->versions[e->count - 1].version < row->version);
    if (!fits) { // its seal was made over something else
        e->damaged = true;
        return 0;
    }
    struct pn_vault_version *to = pn_vault_entry_add(image, e, row->version, l->err);
    return to == NULL ? -1 : fill_version(l, to, row);
}

static int check_entries(const struct pn_vault_keys *keys, struct pn_vault_image *image, struct pn_err *err) {
    for (size_t i = 0; i < image->count; i++) {
        struct pn_vault_entry *e = &image->entries[i];
        struct pn_digest want;
        if (pn_vault_entry_seal(keys, image->head.vault_id, e, &want, err) != 0)
            return -1;
        bool sound = e->count > 0 && e->versions[e->count - 1].version == e->newest;
        e->damaged = e->damaged || !sound || !pn_digest_eq(&want, &e->seal);
    }
    return 0;
}

static int check_head(struct pn_vault *v, const struct pn_vault_keys *keys, const struct pn_vault_image *image,
                      struct pn_err *err) {
    struct pn_digest seal, sum = pn_vault_head_sum(&image->head);
    if (!pn_digest_eq(&sum, &image->head.sum))
        return pn_vault_damaged(v, "the row about the vault itself", err);
    if (keys == &v->keys && !pn_digest_eq(&image->head.check, &v->check))
        return pn_err_set(err, PN_E_DENIED, EKEYREVOKED, __func__,
                          "the vault in %s was re-keyed; open it again with the new key", v->dir);
    if (pn_vault_image_seal(keys, image, &seal, err) != 0)
        return -1;
    if (!pn_digest_eq(&seal, &image->head.seal))
        return pn_vault_damaged(v, "a secret was removed, added or put back from an older copy", err);
    if (image->head.generation < v->generation)
        return pn_vault_damaged(v, "an older copy was put in its place", err);
    return 0;
}

int pn_vault_load(struct pn_vault *v, const struct pn_vault_keys *keys, struct pn_vault_image *out,
                  struct pn_err *err) {
    pn_auto(pn_vault_image) struct pn_vault_image image = {0};
    struct loader loader = {.v = v, .image = &image, .err = err};
    int there = v->store->read_head(v->rows, &image.head, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return pn_vault_damaged(v, "the row about the vault itself is gone", err);
    if (v->store->each_secret(v->rows, take_secret, &loader, err) != 0 ||
        v->store->each_version(v->rows, take_version, &loader, err) != 0)
        return -1;
    if (check_head(v, keys, &image, err) != 0 || check_entries(keys, &image, err) != 0)
        return -1;
    *out = image;
    image = (struct pn_vault_image){0};
    return 0;
}

// Uses that are noted in memory only must outlive the old image.
static void keep_uses(const struct pn_vault_image *from, struct pn_vault_image *to) {
    for (size_t i = 0; i < from->count; i++) {
        const struct pn_vault_entry *old = &from->entries[i];
        struct pn_vault_entry *e = old->last > old->used ? pn_vault_image_find(to, &old->id) : NULL;
        if (e != NULL && e->last < old->last)
            e->last = old->last;
    }
}

static int reload(struct pn_vault *v, struct pn_err *err) {
    uint64_t stamp = 0;
    struct pn_vault_image image = {0};
    if (v->store->stamp(v->rows, &stamp, err) != 0)
        return -1;
    if (pn_vault_load(v, &v->keys, &image, err) != 0) {
        v->stale = true; // what is in memory is no longer what the vault says
        return -1;
    }
    keep_uses(&v->image, &image);
    pn_vault_image_fini(&v->image);
    v->image = image;
    v->generation = image.head.generation;
    v->stamp = stamp;
    v->stale = false;
    return 0;
}

int pn_vault_refresh(struct pn_vault *v, struct pn_err *err) {
    uint64_t stamp;
    if (v->store->stamp(v->rows, &stamp, err) != 0)
        return -1;
    if (!v->stale && stamp == v->stamp)
        return 0;
    if (v->store->begin(v->rows, false, err) != 0)
        return -1;
    int rc = reload(v, err);
    v->store->rollback(v->rows);
    return rc;
}

int pn_vault_begin(struct pn_vault *v, struct pn_err *err) {
    if (v->store->begin(v->rows, true, err) != 0)
        return -1;
    return reload(v, err) == 0 ? 0 : pn_vault_abandon(v);
}

int pn_vault_abandon(struct pn_vault *v) {
    v->store->rollback(v->rows);
    v->stale = true;
    return -1;
}

int pn_vault_commit(struct pn_vault *v, const struct pn_vault_keys *keys, struct pn_err *err) {
    v->image.head.generation++;
    if (pn_vault_image_seal(keys, &v->image, &v->image.head.seal, err) != 0 ||
        v->store->write_head(v->rows, &v->image.head, err) != 0 || v->store->commit(v->rows, err) != 0)
        return -1;
    v->generation = v->image.head.generation;
    return 0;
}

int pn_vault_write_entry(struct pn_vault *v, const struct pn_vault_keys *keys, struct pn_vault_entry *e,
                         struct pn_err *err) {
    if (pn_vault_entry_seal(keys, v->image.head.vault_id, e, &e->seal, err) != 0)
        return -1;
    struct pn_vault_secret_row row = {
        .id = e->id, .kind = e->kind, .deleted = e->deleted, .newest = e->newest, .used = e->used, .seal = e->seal};
    return v->store->write_secret(v->rows, &row, err);
}

int pn_vault_write_version(struct pn_vault *v, const struct pn_vault_entry *e, const struct pn_vault_version *version,
                           struct pn_err *err) {
    struct pn_vault_version_row row = {.id = e->id,
                                       .version = version->version,
                                       .created = version->created,
                                       .salt = pn_view(version->salt, sizeof version->salt),
                                       .nonce = pn_view(version->nonce, sizeof version->nonce),
                                       .box = pn_view(version->box, version->box_len)};
    return v->store->write_version(v->rows, &row, err);
}
