// SPDX-License-Identifier: Apache-2.0
// Loading, unloading, listing.
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "store/internal.h"

void pn_components_fini(struct pn_components *list) {
    for (size_t i = 0; i < list->len; i++)
        pn_component_fini(&list->at[i]);
    free(list->at);
    *list = (struct pn_components){0};
}

static struct pn_component take(struct pn_row *row) {
    struct pn_component c = row->c;
    row->c = (struct pn_component){0};
    return c;
}

int pn_store_list(struct pn_store *s, struct pn_components *out, uint64_t *generation, struct pn_err *err) {
    pn_auto(pn_rows) struct pn_rows rows = {0};
    if (pn_store_begin_read(s, &rows, err) != 0)
        return -1;
    pn_store_end(s);
    *out = (struct pn_components){.at = calloc(rows.len + 1, sizeof *out->at)};
    if (out->at == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    for (size_t i = 0; i < rows.len; i++)
        if (rows.at[i].present || rows.at[i].c.fault != NULL)
            out->at[out->len++] = take(&rows.at[i]);
    if (generation != NULL)
        *generation = rows.generation;
    return 0;
}

int pn_store_get(struct pn_store *s, const char *id, struct pn_component *out, struct pn_err *err) {
    pn_auto(pn_rows) struct pn_rows rows = {0};
    if (pn_store_begin_read(s, &rows, err) != 0)
        return -1;
    pn_store_end(s);
    struct pn_row *row = pn_rows_need(&rows, id, err);
    if (row == NULL)
        return -1;
    *out = take(row);
    return 0;
}

// What becomes of the policy: an action and a text for a new revision, or no revision at all.
struct decision {
    const char *action, *yaml;
};

static struct decision decide(const struct pn_store_load *load, const struct pn_store_loaded *is, bool known) {
    if (load->policy != NULL)
        return (struct decision){"load with policy", load->policy};
    if (!known)
        return (struct decision){"load", ""};
    if (is->same || (is->replaced && load->keep_policy))
        return (struct decision){NULL, NULL};
    return (struct decision){is->replaced ? "load of other bytes" : "load", ""};
}

static int fill_row(struct pn_store *s, struct pn_row *row, const struct pn_store_load *load,
                    struct pn_store_loaded *is, struct pn_err *err) {
    struct decision next = decide(load, is, row->c.policy_rev != 0);
    is->policy_reset =
        is->replaced && !is->same && next.yaml != NULL && load->policy == NULL && pn_revision_grants(s, row);
    char *source = strdup(load->source);
    if (source == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    free(row->c.source);
    row->c.source = source;
    row->c.sha256 = pn_sha256(load->bytes);
    row->c.size = load->bytes.len;
    row->c.loaded_at = pn_wall_now() / PN_SEC;
    row->present = true;
    // The revision refers to the row: a new row must be there first.
    if (row->c.policy_rev == 0 && pn_row_write(s, row, err) != 0)
        return -1;
    if (next.action != NULL && pn_revision_add(s, row, next.action, next.yaml, err) != 0)
        return -1;
    is->policy_rev = row->c.policy_rev;
    return pn_row_write(s, row, err);
}

static int load_into(struct pn_store *s, const struct pn_rows *rows, const struct pn_store_load *load,
                     struct pn_store_loaded *is, struct pn_err *err) {
    struct pn_digest sha256 = pn_sha256(load->bytes);
    struct pn_row *old = pn_rows_find(rows, load->id);
    // A damaged registration is replaced with all that hangs on it: nothing in it can be believed.
    if (old != NULL && old->c.fault != NULL) {
        if (pn_row_delete(s, load->id, err) != 0)
            return -1;
        old = NULL;
    }
    is->replaced = old != NULL && old->present;
    is->same = is->replaced && pn_digest_eq(&old->c.sha256, &sha256);
    if (pn_blob_write(s, &sha256, load->bytes, err) != 0)
        return -1;
    if (old != NULL)
        return fill_row(s, old, load, is, err);
    struct pn_row fresh = {.c.id = strdup(load->id)};
    int rc = fresh.c.id == NULL ? pn_fail(err, PN_E_SYSTEM, "out of memory") : fill_row(s, &fresh, load, is, err);
    pn_component_fini(&fresh.c);
    return rc;
}

// After a change: the bytes nobody names any more go, with the rows as they are now.
static void sweep_after(struct pn_store *s) {
    pn_auto(pn_rows) struct pn_rows rows = {0};
    if (pn_rows_read(s, &rows, NULL) == 0)
        pn_blob_sweep(s, &rows);
}

int pn_store_load(struct pn_store *s, const struct pn_store_load *load, struct pn_store_loaded *out,
                  struct pn_err *err) {
    pn_auto(pn_rows) struct pn_rows rows = {0};
    struct pn_store_loaded is = {0};
    if (pn_id_check(load->id, err) != 0 || pn_store_begin_change(s, &rows, err) != 0)
        return -1;
    int rc = load_into(s, &rows, load, &is, err);
    if (rc == 0)
        rc = pn_store_commit(s, err);
    if (rc == 0)
        sweep_after(s);
    pn_store_end(s);
    if (rc == 0)
        *out = is;
    return rc;
}

static int unload_row(struct pn_store *s, const struct pn_rows *rows, const char *id, struct pn_err *err) {
    struct pn_row *row = pn_rows_find(rows, id);
    if (row != NULL && row->c.fault != NULL)
        return pn_row_delete(s, id, err);
    row = pn_rows_need(rows, id, err);
    if (row == NULL)
        return -1;
    row->present = false;
    return pn_row_write(s, row, err);
}

int pn_store_unload(struct pn_store *s, const char *id, struct pn_err *err) {
    pn_auto(pn_rows) struct pn_rows rows = {0};
    if (pn_id_check(id, err) != 0 || pn_store_begin_change(s, &rows, err) != 0)
        return -1;
    int rc = unload_row(s, &rows, id, err);
    if (rc == 0)
        rc = pn_store_commit(s, err);
    if (rc == 0)
        sweep_after(s);
    pn_store_end(s);
    return rc;
}
