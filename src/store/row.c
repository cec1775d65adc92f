// SPDX-License-Identifier: Apache-2.0
// Registrations: each sealed alone, all of them sealed together in the meta row.
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "store/internal.h"
#include "store/seal.h"

static const char columns[] =
    "SELECT id, present, sha256, size, loaded_at, source, head_rev, head_mac, mac FROM components ORDER BY id";

void pn_component_fini(struct pn_component *c) {
    free(c->id);
    free(c->source);
    free(c->fault);
    *c = (struct pn_component){0};
}

void pn_rows_fini(struct pn_rows *rows) {
    for (size_t i = 0; i < rows->len; i++)
        pn_component_fini(&rows->at[i].c);
    free(rows->at);
    *rows = (struct pn_rows){0};
}

static bool row_seal(const struct pn_store *s, const struct pn_row *row, struct pn_digest *out) {
    pn_auto(pn_buf) struct pn_buf m = {0};
    pn_seal_str(&m, "postern component 1");
    pn_seal_str(&m, row->c.id);
    pn_seal_u64(&m, row->present);
    pn_seal_digest(&m, &row->c.sha256);
    pn_seal_u64(&m, row->c.size);
    pn_seal_u64(&m, row->c.loaded_at);
    pn_seal_str(&m, row->c.source);
    pn_seal_u64(&m, row->c.policy_rev);
    pn_seal_digest(&m, &row->head);
    return pn_seal_close(&m, &s->key, out);
}

static bool set_seal(const struct pn_store *s, uint64_t generation, const struct pn_buf *seals, struct pn_digest *out) {
    pn_auto(pn_buf) struct pn_buf m = {0};
    pn_seal_str(&m, "postern store 1");
    pn_seal_u64(&m, generation);
    pn_seal_view(&m, pn_buf_view(seals));
    return !seals->overflow && pn_seal_close(&m, &s->key, out);
}

static int take_row(const struct pn_store *s, struct pn_stmt *q, struct pn_row *row, struct pn_buf *seals,
                    struct pn_err *err) {
    *row = (struct pn_row){.present = pn_col_u64(q, 1) != 0, .head = pn_col_digest(q, 7)};
    row->c = (struct pn_component){.id = pn_col_dup(q, 0),
                                   .sha256 = pn_col_digest(q, 2),
                                   .size = pn_col_u64(q, 3),
                                   .loaded_at = pn_col_u64(q, 4),
                                   .source = pn_col_dup(q, 5),
                                   .policy_rev = pn_col_u64(q, 6)};
    struct pn_digest want, got = pn_col_digest(q, 8);
    if (row->c.id == NULL || row->c.source == NULL || !row_seal(s, row, &want))
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    pn_seal_str(seals, row->c.id);
    pn_seal_digest(seals, &got);
    if (pn_digest_eq(&want, &got) && pn_id_check(row->c.id, NULL) == 0)
        return 0;
    row->c.fault =
        strdup("its registration in store.db was changed behind Postern's back; unload it and load it again");
    return row->c.fault != NULL ? 0 : pn_fail(err, PN_E_SYSTEM, "out of memory");
}

static int add_row(struct pn_rows *rows, struct pn_row row, struct pn_err *err) {
    if ((rows->len & (rows->len - 1)) == 0) { // room for the next power of two
        struct pn_row *grown = reallocarray(rows->at, rows->len == 0 ? 1 : 2 * rows->len, sizeof *grown);
        if (grown == NULL) {
            pn_component_fini(&row.c);
            return pn_fail(err, PN_E_SYSTEM, "out of memory");
        }
        rows->at = grown;
    }
    rows->at[rows->len++] = row;
    return 0;
}

static int check_set(struct pn_store *s, struct pn_rows *rows, const struct pn_buf *seals, struct pn_err *err) {
    pn_auto(pn_stmt) struct pn_stmt q = {0};
    if (pn_stmt_open(s->db, "SELECT generation, mac FROM meta WHERE one = 1", &q, err) != 0)
        return -1;
    int there = pn_stmt_step(&q, err);
    if (there < 0)
        return -1;
    if (there == 0 && rows->len == 0) // a new store
        return 0;
    struct pn_digest want, got = pn_col_digest(&q, 1);
    rows->generation = pn_col_u64(&q, 0);
    if (there == 1 && set_seal(s, rows->generation, seals, &want) && pn_digest_eq(&want, &got))
        return 0;
    return pn_err_set(
        err, PN_E_DENIED, EBADMSG, __func__,
        "%s/store.db does not match its seal: a registration was changed, removed or put back from an older copy, "
        "or store.key is not the one it was made with; restore both from one backup, or move the directory "
        "away and load the components again",
        s->path);
}

int pn_rows_read(struct pn_store *s, struct pn_rows *out, struct pn_err *err) {
    pn_auto(pn_stmt) struct pn_stmt q = {0};
    pn_auto(pn_buf) struct pn_buf seals = {0};
    pn_auto(pn_rows) struct pn_rows rows = {0};
    if (pn_stmt_open(s->db, columns, &q, err) != 0)
        return -1;
    int more;
    while ((more = pn_stmt_step(&q, err)) == 1) {
        struct pn_row row;
        int rc = take_row(s, &q, &row, &seals, err);
        if (rc != 0)
            pn_component_fini(&row.c);
        if (rc != 0 || add_row(&rows, row, err) != 0)
            return -1;
    }
    if (more < 0 || check_set(s, &rows, &seals, err) != 0)
        return -1;
    *out = rows;
    rows = (struct pn_rows){0};
    return 0;
}

struct pn_row *pn_rows_find(const struct pn_rows *rows, const char *id) {
    for (size_t i = 0; i < rows->len; i++)
        if (strcmp(rows->at[i].c.id, id) == 0)
            return &rows->at[i];
    return NULL;
}

struct pn_row *pn_rows_need(const struct pn_rows *rows, const char *id, struct pn_err *err) {
    if (pn_id_check(id, err) != 0)
        return NULL;
    struct pn_row *row = pn_rows_find(rows, id);
    if (row == NULL || !row->present) {
        (void)pn_err_set(err, PN_E_INPUT, ENOENT, __func__, "no component '%s' is loaded; see: postern component list",
                         id);
        return NULL;
    }
    if (row->c.fault == NULL)
        return row;
    (void)pn_err_set(err, PN_E_DENIED, EBADMSG, __func__, "component '%s' is refused: %s", id, row->c.fault);
    return NULL;
}

int pn_row_write(struct pn_store *s, const struct pn_row *row, struct pn_err *err) {
    struct pn_digest seal;
    if (!row_seal(s, row, &seal))
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    static const char sql[] =
        "INSERT INTO components(id, present, sha256, size, loaded_at, source, head_rev, head_mac, mac) "
        "VALUES(?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT(id) DO UPDATE SET present=excluded.present, sha256=excluded.sha256, size=excluded.size,"
        " loaded_at=excluded.loaded_at, source=excluded.source, head_rev=excluded.head_rev, head_mac=excluded.head_mac,"
        " mac=excluded.mac";
    pn_auto(pn_stmt) struct pn_stmt q = {0};
    if (pn_stmt_open(s->db, sql, &q, err) != 0)
        return -1;
    pn_stmt_str(&q, row->c.id);
    pn_stmt_u64(&q, row->present);
    pn_stmt_digest(&q, &row->c.sha256);
    pn_stmt_u64(&q, row->c.size);
    pn_stmt_u64(&q, row->c.loaded_at);
    pn_stmt_str(&q, row->c.source);
    pn_stmt_u64(&q, row->c.policy_rev);
    pn_stmt_digest(&q, &row->head);
    pn_stmt_digest(&q, &seal);
    return pn_stmt_run(&q, err);
}

int pn_row_delete(struct pn_store *s, const char *id, struct pn_err *err) {
    pn_auto(pn_stmt) struct pn_stmt q = {0};
    if (pn_stmt_open(s->db, "DELETE FROM components WHERE id = ?", &q, err) != 0)
        return -1;
    pn_stmt_str(&q, id);
    return pn_stmt_run(&q, err);
}

static int collect_seals(struct pn_store *s, struct pn_buf *seals, struct pn_err *err) {
    pn_auto(pn_stmt) struct pn_stmt q = {0};
    if (pn_stmt_open(s->db, "SELECT id, mac FROM components ORDER BY id", &q, err) != 0)
        return -1;
    int more;
    while ((more = pn_stmt_step(&q, err)) == 1) {
        struct pn_digest mac = pn_col_digest(&q, 1);
        pn_seal_view(seals, pn_col_view(&q, 0));
        pn_seal_digest(seals, &mac);
    }
    return more;
}

int pn_rows_seal(struct pn_store *s, uint64_t generation, struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf seals = {0};
    struct pn_digest seal;
    if (collect_seals(s, &seals, err) != 0)
        return -1;
    if (!set_seal(s, generation, &seals, &seal))
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    static const char sql[] = "INSERT INTO meta(one, generation, mac) VALUES(1,?,?)"
                              " ON CONFLICT(one) DO UPDATE SET generation=excluded.generation, mac=excluded.mac";
    pn_auto(pn_stmt) struct pn_stmt q = {0};
    if (pn_stmt_open(s->db, sql, &q, err) != 0)
        return -1;
    pn_stmt_u64(&q, generation);
    pn_stmt_digest(&q, &seal);
    return pn_stmt_run(&q, err);
}
