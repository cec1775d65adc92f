// SPDX-License-Identifier: Apache-2.0
// A new master key in one transaction: every box is opened and sealed anew, everything is read back and opened under
// the new key, and only then committed. A process that dies on the way leaves the old vault, after it the new one.
#include "base/cleanup.h"
#include "vault/internal.h"

struct rekey {
    struct pn_vault *v;
    struct pn_vault_keys keys; // the new ones
};

static int reseal_version(struct rekey *r, struct pn_vault_entry *e, struct pn_vault_version *version,
                          struct pn_err *err) {
    struct pn_vault *v = r->v;
    pn_auto(pn_secret) struct pn_secret plain = {0};
    const uint8_t *id = v->image.head.vault_id;
    if (pn_vault_box_open(&v->cipher, &v->keys, id, e, version, &plain, err) != 0 ||
        pn_vault_box_seal(&v->cipher, &r->keys, id, e, version, pn_secret_view(&plain), err) != 0)
        return -1;
    return pn_vault_write_version(v, e, version, err);
}

static int reseal_entry(struct rekey *r, struct pn_vault_entry *e, struct pn_err *err) {
    if (e->damaged)
        return pn_vault_need(r->v, &e->id, err) == NULL ? -1 : 0;
    for (size_t i = 0; i < e->count; i++)
        if (reseal_version(r, e, &e->versions[i], err) != 0)
            return -1;
    return pn_vault_write_entry(r->v, &r->keys, e, err);
}

static int reseal_all(struct rekey *r, struct pn_err *err) {
    struct pn_vault *v = r->v;
    for (size_t i = 0; i < v->image.count; i++)
        if (reseal_entry(r, &v->image.entries[i], err) != 0)
            return -1;
    v->image.head.generation++;
    if (pn_vault_image_seal(&r->keys, &v->image, &v->image.head.seal, err) != 0)
        return -1;
    return v->store->write_head(v->rows, &v->image.head, err);
}

static int open_all(struct rekey *r, const struct pn_vault_image *image, struct pn_err *err) {
    for (size_t i = 0; i < image->count; i++) {
        const struct pn_vault_entry *e = &image->entries[i];
        pn_auto(pn_secret) struct pn_secret plain = {0};
        if (e->damaged)
            return pn_vault_damaged(r->v, "what was written did not come back", err);
        for (size_t n = 0; n < e->count; n++)
            if (pn_vault_box_open(&r->v->cipher, &r->keys, image->head.vault_id, e, &e->versions[n], &plain, err) != 0)
                return -1;
    }
    return 0;
}

// Before the old boxes are gone for good: what the store now holds opens, all of it.
static int read_back(struct rekey *r, struct pn_err *err) {
    pn_auto(pn_vault_image) struct pn_vault_image image = {0};
    if (pn_vault_load(r->v, &r->keys, &image, err) != 0)
        return -1;
    return open_all(r, &image, err);
}

// 1 = the vault is under that key already.
static int take_key(struct rekey *r, const struct pn_key_from *to, struct pn_err *err) {
    struct pn_vault_head *head = &r->v->image.head;
    struct pn_key_kdf kdf = {0};
    struct pn_digest check;
    pn_auto(pn_secret) struct pn_secret master = {0};
    if (to->source->open(to->arg, true, &kdf, &master, err) != 0 ||
        pn_vault_keys_make(&master, head->vault_id, &r->keys, &check, err) != 0)
        return -1;
    if (pn_secret_eq(&r->keys.bytes, pn_secret_view(&r->v->keys.bytes)))
        return 1;
    head->kdf = kdf;
    head->check = check;
    head->sum = pn_vault_head_sum(head);
    return 0;
}

static int change_key(struct rekey *r, const struct pn_key_from *to, struct pn_err *err) {
    int same = take_key(r, to, err);
    if (same != 0)
        return same;
    if (reseal_all(r, err) != 0 || read_back(r, err) != 0)
        return -1;
    return r->v->store->commit(r->v->rows, err);
}

int pn_vault_rekey(struct pn_vault *v, const struct pn_key_from *to, struct pn_err *err) {
    struct rekey r = {.v = v};
    if (pn_vault_begin(v, err) != 0)
        return -1;
    int rc = change_key(&r, to, err);
    if (rc != 0)
        (void)pn_vault_abandon(v);
    if (rc == 0) {
        struct pn_vault_keys old = v->keys;
        v->keys = r.keys;
        r.keys = old;
        v->check = v->image.head.check;
        v->generation = v->image.head.generation;
    }
    pn_vault_keys_fini(&r.keys);
    return rc < 0 ? -1 : v->store->scrub(v->rows, err);
}
