// SPDX-License-Identifier: Apache-2.0
// The rows in memory, and the seals over them.
#include "vault/internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

static void version_fini(struct pn_vault_version *v) {
    free(v->box);
    *v = (struct pn_vault_version){0};
}

static void entry_fini(struct pn_vault_entry *e) {
    for (size_t i = 0; i < e->count; i++)
        version_fini(&e->versions[i]);
    free(e->versions);
    free(e->text);
    *e = (struct pn_vault_entry){0};
}

void pn_vault_image_fini(struct pn_vault_image *image) {
    for (size_t i = 0; i < image->count; i++)
        entry_fini(&image->entries[i]);
    free(image->entries);
    *image = (struct pn_vault_image){0};
}

// Where the id is or belongs.
static size_t place(const struct pn_vault_image *image, const struct pn_vault_id *id) {
    size_t from = 0, to = image->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (pn_vault_id_compare(&image->entries[middle].id, id) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct pn_vault_entry *pn_vault_image_find(const struct pn_vault_image *image, const struct pn_vault_id *id) {
    size_t at = place(image, id);
    return at < image->count && pn_vault_id_compare(&image->entries[at].id, id) == 0 ? &image->entries[at] : NULL;
}

static bool set_id(struct pn_vault_entry *e, const struct pn_vault_id *id) {
    size_t tenant = strlen(id->tenant) + 1, owner = strlen(id->owner) + 1, name = strlen(id->name) + 1;
    e->text = malloc(tenant + owner + name);
    if (e->text == NULL)
        return false;
    pn_copy(e->text, id->tenant, tenant);
    pn_copy(e->text + tenant, id->owner, owner);
    pn_copy(e->text + tenant + owner, id->name, name);
    e->id = (struct pn_vault_id){e->text, e->text + tenant, e->text + tenant + owner};
    return true;
}

struct pn_vault_entry *pn_vault_image_insert(struct pn_vault_image *image, const struct pn_vault_id *id,
                                             struct pn_err *err) {
    if (image->count >= PN_VAULT_SECRETS_MAX) {
        (void)pn_fail(err, PN_E_LIMIT, "the vault holds %zu names, the most it may; delete and purge some",
                      PN_VAULT_SECRETS_MAX);
        return NULL;
    }
    struct pn_vault_entry fresh = {0};
    struct pn_vault_entry *grown = image->entries;
    if ((image->count & (image->count - 1)) == 0) // room for the next power of two
        grown = reallocarray(grown, image->count == 0 ? 1 : 2 * image->count, sizeof *grown);
    if (grown != NULL)
        image->entries = grown;
    if (grown == NULL || !set_id(&fresh, id)) {
        (void)pn_fail(err, PN_E_SYSTEM, "out of memory");
        return NULL;
    }
    size_t at = place(image, id);
    for (size_t i = image->count; i > at; i--)
        image->entries[i] = image->entries[i - 1];
    image->entries[at] = fresh;
    image->count++;
    return &image->entries[at];
}

void pn_vault_image_remove(struct pn_vault_image *image, struct pn_vault_entry *e) {
    size_t at = (size_t)(e - image->entries);
    pn_vault_entry_drop(image, e, e->count);
    entry_fini(e);
    image->count--;
    for (size_t i = at; i < image->count; i++)
        image->entries[i] = image->entries[i + 1];
}

struct pn_vault_version *pn_vault_entry_add(struct pn_vault_image *image, struct pn_vault_entry *e, uint64_t version,
                                            struct pn_err *err) {
    (void)image;
    if (e->count >= PN_VAULT_VERSIONS_MAX) {
        (void)pn_fail(err, PN_E_LIMIT,
                      "%zu versions of the secret '%s' are kept, the most there may be; purge it first", e->count,
                      e->id.name);
        return NULL;
    }
    struct pn_vault_version *grown = reallocarray(e->versions, e->count + 1, sizeof *grown);
    if (grown == NULL) {
        (void)pn_fail(err, PN_E_SYSTEM, "out of memory");
        return NULL;
    }
    e->versions = grown;
    grown[e->count] = (struct pn_vault_version){.version = version};
    return &grown[e->count++];
}

void pn_vault_entry_drop(struct pn_vault_image *image, struct pn_vault_entry *e, size_t n) {
    for (size_t i = 0; i < n; i++) {
        image->bytes -= e->versions[i].box_len;
        version_fini(&e->versions[i]);
    }
    e->count -= n;
    for (size_t i = 0; i < e->count; i++)
        e->versions[i] = e->versions[i + n];
}

// --- seals: length-prefixed fields behind a name ---

static void put_view(struct pn_buf *m, struct pn_view field) {
    pn_buf_put_u64(m, field.len);
    pn_buf_add_view(m, field);
}

static void put_id(struct pn_buf *m, const struct pn_vault_id *id) {
    put_view(m, pn_view_str(id->tenant));
    put_view(m, pn_view_str(id->owner));
    put_view(m, pn_view_str(id->name));
}

static int close_seal(const struct pn_vault_keys *keys, const struct pn_buf *m, struct pn_digest *out,
                      struct pn_err *err) {
    if (m->overflow)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    *out = pn_vault_mac(keys, pn_buf_view(m));
    return 0;
}

int pn_vault_entry_seal(const struct pn_vault_keys *keys, const uint8_t vault_id[32], const struct pn_vault_entry *e,
                        struct pn_digest *out, struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf m = {0};
    put_view(&m, PN_VIEW("postern vault secret 1"));
    put_view(&m, pn_view(vault_id, 32));
    put_id(&m, &e->id);
    pn_buf_put_u64(&m, e->kind);
    pn_buf_put_u64(&m, e->deleted);
    pn_buf_put_u64(&m, e->newest);
    pn_buf_put_u64(&m, e->used);
    pn_buf_put_u64(&m, e->count);
    for (size_t i = 0; i < e->count; i++) {
        const struct pn_vault_version *v = &e->versions[i];
        pn_buf_put_u64(&m, v->version);
        pn_buf_put_u64(&m, v->created);
        put_view(&m, pn_view(v->salt, sizeof v->salt));
        put_view(&m, pn_view(v->nonce, sizeof v->nonce));
        put_view(&m, pn_view(v->box, v->box_len));
    }
    return close_seal(keys, &m, out, err);
}

static void put_head(struct pn_buf *m, const struct pn_vault_head *head) {
    put_view(m, pn_view(head->vault_id, sizeof head->vault_id));
    put_view(m, pn_view(head->kdf.salt, sizeof head->kdf.salt));
    pn_buf_put_u64(m, head->kdf.ops);
    pn_buf_put_u64(m, head->kdf.mem_kib);
    put_view(m, pn_view(head->check.b, sizeof head->check.b));
}

int pn_vault_image_seal(const struct pn_vault_keys *keys, const struct pn_vault_image *image, struct pn_digest *out,
                        struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf m = {0};
    put_view(&m, PN_VIEW("postern vault set 1"));
    put_head(&m, &image->head);
    pn_buf_put_u64(&m, image->head.generation);
    pn_buf_put_u64(&m, image->count);
    for (size_t i = 0; i < image->count; i++) {
        const struct pn_vault_entry *e = &image->entries[i];
        put_id(&m, &e->id);
        put_view(&m, pn_view(e->seal.b, sizeof e->seal.b));
    }
    return close_seal(keys, &m, out, err);
}

struct pn_digest pn_vault_head_sum(const struct pn_vault_head *head) {
    pn_auto(pn_buf) struct pn_buf m = {0};
    put_view(&m, PN_VIEW("postern vault head 1"));
    put_head(&m, head);
    return pn_blake2b(pn_buf_view(&m));
}
