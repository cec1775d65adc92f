// SPDX-License-Identifier: Apache-2.0
// Opening and closing, finding the key that fits, reading values, listing.
#include "vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "vault/internal.h"

static int check_dir(const char *dir, bool create, struct pn_err *err) {
    if (create && pn_make_dirs(dir, 0700, err) != 0)
        return -1;
    struct stat st;
    pn_auto(pn_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0)
        return pn_fail_errno(err, "%s", dir);
    if (st.st_uid != geteuid())
        return pn_fail(err, PN_E_DENIED, "%s belongs to user %u, not to user %u who runs Postern; change its owner",
                       dir, (unsigned)st.st_uid, (unsigned)geteuid());
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return pn_fail(err, PN_E_DENIED,
                       "%s has mode %04o, which lets other users at the vault; run: chmod go-rwx '%s'", dir,
                       (unsigned)(st.st_mode & 07777), dir);
    return 0;
}

// --- keys ---

static int try_key(struct pn_vault *v, const struct pn_vault_head *head, const struct pn_key_from *from,
                   struct pn_err *err) {
    struct pn_key_kdf kdf = head->kdf;
    struct pn_digest check;
    pn_auto(pn_secret) struct pn_secret master = {0};
    if (from->source->open(from->arg, false, &kdf, &master, err) != 0 ||
        pn_vault_keys_make(&master, head->vault_id, &v->keys, &check, err) != 0)
        return -1;
    if (pn_digest_eq(&check, &head->check))
        return 0;
    pn_vault_keys_fini(&v->keys);
    return pn_err_set(err, PN_E_DENIED, EKEYREJECTED, __func__,
                      "the key from %s:%s is not the one that the vault in %s was made with (the vault itself is "
                      "undamaged); give the right one",
                      from->source->name, from->arg, v->dir);
}

// The error of the last one tried stands for all.
static int find_key(struct pn_vault *v, const struct pn_vault_options *o, struct pn_err *err) {
    struct pn_vault_head head;
    int there = v->store->read_head(v->rows, &head, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return pn_vault_damaged(v, "the row about the vault itself is gone", err);
    struct pn_digest sum = pn_vault_head_sum(&head);
    if (!pn_digest_eq(&sum, &head.sum))
        return pn_vault_damaged(v, "the row about the vault itself", err);
    for (size_t i = 0; i < o->key_count; i++)
        if (try_key(v, &head, &o->key[i], err) == 0) {
            v->check = head.check;
            return 0;
        }
    return -1;
}

// --- opening ---

static int make_head(struct pn_vault *v, const struct pn_key_from *from, struct pn_err *err) {
    struct pn_vault_head *head = &v->image.head;
    pn_auto(pn_secret) struct pn_secret master = {0};
    pn_random(head->vault_id, sizeof head->vault_id);
    if (from->source->open(from->arg, true, &head->kdf, &master, err) != 0 ||
        pn_vault_keys_make(&master, head->vault_id, &v->keys, &head->check, err) != 0)
        return -1;
    head->sum = pn_vault_head_sum(head);
    v->check = head->check;
    return pn_vault_commit(v, &v->keys, err);
}

static int refuse_row(void *arg, const struct pn_vault_secret_row *row) {
    (void)row;
    *(bool *)arg = true;
    return 0;
}

static int create(struct pn_vault *v, const struct pn_vault_options *o, struct pn_err *err) {
    struct pn_vault_head head;
    bool rows = false;
    if (v->store->begin(v->rows, true, err) != 0)
        return -1;
    int there = v->store->read_head(v->rows, &head, err);
    int rc = there < 0 || v->store->each_secret(v->rows, refuse_row, &rows, err) != 0 ? -1 : 0;
    if (rc == 0 && there == 1)
        rc = pn_err_set(err, PN_E_INPUT, EEXIST, __func__, "there is a vault in %s already", v->dir);
    if (rc == 0 && rows)
        rc = pn_vault_damaged(v, "the row about the vault itself is gone", err);
    if (rc == 0)
        rc = make_head(v, &o->key[0], err);
    return rc == 0 ? 0 : pn_vault_abandon(v);
}

static int enter(struct pn_vault *v, const struct pn_vault_options *o, struct pn_err *err) {
    if (o->create && create(v, o, err) != 0)
        return -1;
    v->stale = true;
    if (!o->create && find_key(v, o, err) != 0)
        return -1;
    if (pn_vault_refresh(v, err) != 0)
        return -1;
    if (v->generation >= o->at_least)
        return 0;
    return pn_vault_damaged(v, "it is older than the one that was in use", err);
}

int pn_vault_open(const struct pn_vault_options *o, struct pn_vault **out, struct pn_err *err) {
    if (o->dir == NULL || o->key_count == 0)
        return pn_fail(err, PN_E_BUG, "a vault needs a directory and a key");
    if (check_dir(o->dir, o->create, err) != 0)
        return -1;
    struct pn_vault *v = calloc(1, sizeof *v);
    if (v == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    v->store = o->store != NULL ? o->store : &pn_vault_store_sqlite;
    v->dir = strdup(o->dir);
    if (v->dir == NULL || pn_vault_cipher_init(&v->cipher, err) != 0 ||
        v->store->open(o->dir, o->create, &v->rows, err) != 0 || enter(v, o, err) != 0) {
        v->stale = true; // nothing to write
        pn_vault_close(v);
        return -1;
    }
    *out = v;
    return 0;
}

void pn_vault_close(struct pn_vault *v) {
    if (v == NULL)
        return;
    if (!v->stale)
        (void)!pn_vault_flush(v, NULL);
    if (v->rows != NULL)
        v->store->close(v->rows);
    pn_vault_keys_fini(&v->keys);
    pn_vault_cipher_fini(&v->cipher);
    pn_vault_image_fini(&v->image);
    free(v->dir);
    free(v);
}

uint64_t pn_vault_generation(const struct pn_vault *v) {
    return v->generation;
}

// --- reading ---

struct pn_vault_entry *pn_vault_need(struct pn_vault *v, const struct pn_vault_id *id, struct pn_err *err) {
    if (pn_vault_id_check(id, err) != 0)
        return NULL;
    char name[320];
    pn_vault_id_text(id, name);
    struct pn_vault_entry *e = pn_vault_image_find(&v->image, id);
    if (e == NULL || (e->deleted && !e->damaged)) {
        (void)pn_err_set(err, PN_E_INPUT, ENOENT, __func__, "there is no secret %s", name);
        return NULL;
    }
    if (!e->damaged)
        return e;
    (void)pn_err_set(
        err, PN_E_DENIED, EBADMSG, __func__,
        "secret %s was changed behind Postern's back; restore the vault from a backup, or delete the secret "
        "and set it again",
        name);
    return NULL;
}

static const struct pn_vault_version *pick(const struct pn_vault_entry *e, uint64_t version, struct pn_err *err) {
    for (size_t i = e->count; i-- > 0;)
        if (version == 0 || e->versions[i].version == version)
            return &e->versions[i];
    (void)pn_err_set(err, PN_E_INPUT, ENOENT, __func__, "there is no version %llu of secret %s",
                     (unsigned long long)version, e->id.name);
    return NULL;
}

int pn_vault_get(struct pn_vault *v, const struct pn_vault_id *id, uint64_t version, struct pn_secret *out,
                 struct pn_err *err) {
    pn_secret_fini(out);
    if (pn_vault_refresh(v, err) != 0)
        return -1;
    struct pn_vault_entry *e = pn_vault_need(v, id, err);
    const struct pn_vault_version *at = e == NULL ? NULL : pick(e, version, err);
    if (at == NULL || pn_vault_box_open(&v->cipher, &v->keys, v->image.head.vault_id, e, at, out, err) != 0)
        return -1;
    e->last = pn_wall_now() / PN_SEC;
    return 0;
}

static struct pn_vault_info describe(const struct pn_vault_entry *e) {
    struct pn_vault_info info = {
        .id = e->id, .kind = (enum pn_vault_kind)e->kind, .newest = e->newest, .used = e->last, .damaged = e->damaged};
    info.versions = e->count;
    if (e->count > 0) {
        info.oldest = e->versions[0].version;
        info.created = e->versions[e->count - 1].created;
    }
    return info;
}

int pn_vault_list(struct pn_vault *v, const char *tenant, void (*each)(void *arg, const struct pn_vault_info *info),
                  void *arg, struct pn_err *err) {
    if (pn_vault_refresh(v, err) != 0)
        return -1;
    for (size_t i = 0; i < v->image.count; i++) {
        const struct pn_vault_entry *e = &v->image.entries[i];
        if ((e->deleted && !e->damaged) || (tenant != NULL && strcmp(tenant, e->id.tenant) != 0))
            continue;
        struct pn_vault_info info = describe(e);
        each(arg, &info);
    }
    return 0;
}
