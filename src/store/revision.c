// SPDX-License-Identifier: Apache-2.0
// Policies as a chain: each revision's seal covers the seal of the one before, the registration holds that of the last.
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/internal.h"
#include "store/seal.h"

struct link { // what chains a revision to its neighbours
    struct pn_digest prev, seal;
};

void pn_revision_fini(struct pn_revision *r) {
    free(r->user);
    free(r->action);
    free(r->yaml);
    free(r->fault);
    *r = (struct pn_revision){0};
}

void pn_revisions_fini(struct pn_revisions *list) {
    for (size_t i = 0; i < list->len; i++)
        pn_revision_fini(&list->at[i]);
    free(list->at);
    *list = (struct pn_revisions){0};
}

static bool revision_seal(const struct pn_store *s, const char *id, const struct pn_revision *r,
                          const struct pn_digest *prev, struct pn_digest *out) {
    pn_auto(pn_buf) struct pn_buf m = {0};
    pn_seal_str(&m, "postern policy revision 1");
    pn_seal_str(&m, id);
    pn_seal_u64(&m, r->rev);
    pn_seal_u64(&m, r->at);
    pn_seal_u64(&m, r->uid);
    pn_seal_str(&m, r->user);
    pn_seal_str(&m, r->action);
    pn_seal_str(&m, r->yaml);
    pn_seal_digest(&m, prev);
    return pn_seal_close(&m, &s->key, out);
}

static char *user_name(uid_t uid) {
    char buffer[4096];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        return strdup(entry.pw_name);
    char *number = NULL;
    return asprintf(&number, "%u", (unsigned)uid) < 0 ? NULL : number;
}

static int insert(struct pn_store *s, const char *id, const struct pn_revision *r, const struct link *link,
                  struct pn_err *err) {
    // A row may be in the way only if somebody else put it there.
    static const char sql[] =
        "INSERT OR REPLACE INTO policy_revisions(id, rev, at, uid, user, action, yaml, prev_mac, mac)"
        " VALUES(?,?,?,?,?,?,?,?,?)";
    pn_auto(pn_stmt) struct pn_stmt q = {0};
    if (pn_stmt_open(s->db, sql, &q, err) != 0)
        return -1;
    pn_stmt_str(&q, id);
    pn_stmt_u64(&q, r->rev);
    pn_stmt_u64(&q, r->at);
    pn_stmt_u64(&q, r->uid);
    pn_stmt_str(&q, r->user);
    pn_stmt_str(&q, r->action);
    pn_stmt_str(&q, r->yaml);
    pn_stmt_digest(&q, &link->prev);
    pn_stmt_digest(&q, &link->seal);
    return pn_stmt_run(&q, err);
}

int pn_revision_add(struct pn_store *s, struct pn_row *row, const char *action, const char *yaml, struct pn_err *err) {
    if (strlen(yaml) > PN_POLICY_TEXT_MAX)
        return pn_fail(err, PN_E_LIMIT, "the policy has %zu bytes, more than the %zu a policy may have", strlen(yaml),
                       PN_POLICY_TEXT_MAX);
    pn_auto(pn_revision) struct pn_revision r = {.rev = row->c.policy_rev + 1,
                                                 .at = pn_wall_now() / PN_SEC,
                                                 .uid = getuid(),
                                                 .user = user_name(getuid()),
                                                 .action = strdup(action),
                                                 .yaml = strdup(yaml)};
    struct link link = {.prev = row->head};
    if (r.user == NULL || r.action == NULL || r.yaml == NULL ||
        !revision_seal(s, row->c.id, &r, &link.prev, &link.seal))
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (insert(s, row->c.id, &r, &link, err) != 0)
        return -1;
    row->c.policy_rev = r.rev;
    row->head = link.seal;
    return 0;
}

// Reads one revision as it stands; 0 = there is none. Its own seal is checked, the chain is not.
static int fetch(struct pn_store *s, const char *id, uint64_t rev, struct pn_revision *out, struct link *link,
                 struct pn_err *err) {
    static const char sql[] =
        "SELECT at, uid, user, action, yaml, prev_mac, mac FROM policy_revisions WHERE id = ? AND rev = ?";
    pn_auto(pn_stmt) struct pn_stmt q = {0};
    if (pn_stmt_open(s->db, sql, &q, err) != 0)
        return -1;
    pn_stmt_str(&q, id);
    pn_stmt_u64(&q, rev);
    int there = pn_stmt_step(&q, err);
    if (there != 1)
        return there;
    pn_auto(pn_revision) struct pn_revision r = {.rev = rev,
                                                 .at = pn_col_u64(&q, 0),
                                                 .uid = (uint32_t)pn_col_u64(&q, 1),
                                                 .user = pn_col_dup(&q, 2),
                                                 .action = pn_col_dup(&q, 3),
                                                 .yaml = pn_col_dup(&q, 4)};
    *link = (struct link){.prev = pn_col_digest(&q, 5), .seal = pn_col_digest(&q, 6)};
    struct pn_digest want;
    if (r.user == NULL || r.action == NULL || r.yaml == NULL || !revision_seal(s, id, &r, &link->prev, &want))
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (!pn_digest_eq(&want, &link->seal))
        r.fault = strdup("it was changed behind Postern's back");
    *out = r;
    r = (struct pn_revision){0};
    return 1;
}

bool pn_revision_grants(struct pn_store *s, const struct pn_row *row) {
    struct link link;
    pn_auto(pn_revision) struct pn_revision head = {0};
    return fetch(s, row->c.id, row->c.policy_rev, &head, &link, NULL) != 1 || head.fault != NULL ||
           head.yaml[0] != '\0';
}

// Places revision `rev` behind `before` and says what is wrong with it, if anything.
static int judge(struct pn_revision *r, int there, uint64_t rev, const struct link *link,
                 const struct pn_digest *before, struct pn_err *err) {
    r->rev = rev;
    if (there == 0)
        r->fault = strdup("it was removed from the store");
    else if (r->fault == NULL && before != NULL && !pn_digest_eq(&link->prev, before))
        r->fault = strdup("it does not follow the revision before it");
    else
        return 0;
    return r->fault != NULL ? 0 : pn_fail(err, PN_E_SYSTEM, "out of memory");
}

static int walk(struct pn_store *s, const struct pn_row *row, struct pn_revisions *list, struct pn_err *err) {
    struct link link = {0};
    struct pn_digest before = {0};
    bool known = true; // whether the seal before is known
    for (uint64_t rev = 1; rev <= row->c.policy_rev; rev++) {
        struct pn_revision *r = &list->at[list->len++];
        int there = fetch(s, row->c.id, rev, r, &link, err);
        if (there < 0 || judge(r, there, rev, &link, known ? &before : NULL, err) != 0)
            return -1;
        known = there == 1 && r->fault == NULL;
        before = link.seal;
        if (rev == row->c.policy_rev && known && !pn_digest_eq(&before, &row->head))
            r->fault = strdup("it is not the one the registration names");
    }
    return 0;
}

static struct pn_row *known_row(const struct pn_rows *rows, const char *id, struct pn_err *err) {
    struct pn_row *row = pn_id_check(id, err) == 0 ? pn_rows_find(rows, id) : NULL;
    return row != NULL && !row->present && row->c.fault == NULL ? row : pn_rows_need(rows, id, err);
}

static int read_chain(struct pn_store *s, const struct pn_row *row, struct pn_revisions *out, struct pn_err *err) {
    pn_auto(pn_revisions) struct pn_revisions list = {.at = calloc(row->c.policy_rev, sizeof *list.at)};
    if (list.at == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (walk(s, row, &list, err) != 0)
        return -1;
    *out = list;
    list = (struct pn_revisions){0};
    return 0;
}

int pn_store_history(struct pn_store *s, const char *id, struct pn_revisions *out, struct pn_err *err) {
    pn_auto(pn_rows) struct pn_rows rows = {0};
    if (pn_store_begin_read(s, &rows, err) != 0)
        return -1;
    const struct pn_row *row = known_row(&rows, id, err);
    int rc = row == NULL ? -1 : read_chain(s, row, out, err);
    pn_store_end(s);
    return rc;
}

// The revision in force: the head the registration names, and nothing else.
static int read_head(struct pn_store *s, const struct pn_row *row, struct pn_revision *out, struct pn_err *err) {
    struct link link = {0};
    pn_auto(pn_revision) struct pn_revision r = {0};
    int there = fetch(s, row->c.id, row->c.policy_rev, &r, &link, err);
    if (there < 0)
        return -1;
    if (there == 0 || r.fault != NULL || !pn_digest_eq(&link.seal, &row->head))
        return pn_err_set(
            err, PN_E_DENIED, EBADMSG, __func__,
            "the policy of '%s' (revision %llu) was changed or removed behind Postern's back; put one in force with: "
            "postern policy import %s FILE, or: postern permission reset %s",
            row->c.id, (unsigned long long)row->c.policy_rev, row->c.id, row->c.id);
    *out = r;
    r = (struct pn_revision){0};
    return 0;
}

int pn_store_policy(struct pn_store *s, const char *id, struct pn_revision *out, struct pn_err *err) {
    pn_auto(pn_rows) struct pn_rows rows = {0};
    if (pn_store_begin_read(s, &rows, err) != 0)
        return -1;
    const struct pn_row *row = pn_rows_need(&rows, id, err);
    int rc = row == NULL ? -1 : read_head(s, row, out, err);
    pn_store_end(s);
    return rc;
}

static int change_policy(struct pn_store *s, struct pn_row *row, const char *action, const char *yaml, uint64_t *rev,
                         struct pn_err *err) {
    if (pn_revision_add(s, row, action, yaml, err) != 0 || pn_row_write(s, row, err) != 0 ||
        pn_store_commit(s, err) != 0)
        return -1;
    if (rev != NULL)
        *rev = row->c.policy_rev;
    return 0;
}

int pn_store_policy_set(struct pn_store *s, const char *id, uint64_t base, const char *action, const char *yaml,
                        uint64_t *rev, struct pn_err *err) {
    pn_auto(pn_rows) struct pn_rows rows = {0};
    if (pn_store_begin_change(s, &rows, err) != 0)
        return -1;
    struct pn_row *row = pn_rows_need(&rows, id, err);
    int rc = row == NULL ? -1 : 0;
    if (rc == 0 && base != 0 && base != row->c.policy_rev)
        rc = pn_fail(err, PN_E_RETRY,
                     "the policy of '%s' is at revision %llu by now, not %llu; look at it and try again", id,
                     (unsigned long long)row->c.policy_rev, (unsigned long long)base);
    if (rc == 0)
        rc = change_policy(s, row, action, yaml, rev, err);
    pn_store_end(s);
    return rc;
}

static int roll_back(struct pn_store *s, struct pn_row *row, uint64_t rev, uint64_t *new_rev, struct pn_err *err) {
    pn_auto(pn_revisions) struct pn_revisions chain = {0};
    char action[64];
    (void)snprintf(action, sizeof action, "rollback to %llu", (unsigned long long)rev);
    if (read_chain(s, row, &chain, err) != 0)
        return -1;
    if (rev == 0 || rev > chain.len)
        return pn_err_set(err, PN_E_INPUT, ENOENT, __func__,
                          "'%s' has no policy revision %llu; see: postern policy history %s", row->c.id,
                          (unsigned long long)rev, row->c.id);
    const struct pn_revision *old = &chain.at[rev - 1];
    if (old->fault != NULL)
        return pn_err_set(err, PN_E_DENIED, EBADMSG, __func__, "policy revision %llu of '%s' is refused: %s",
                          (unsigned long long)rev, row->c.id, old->fault);
    return change_policy(s, row, action, old->yaml, new_rev, err);
}

int pn_store_rollback(struct pn_store *s, const char *id, uint64_t rev, uint64_t *new_rev, struct pn_err *err) {
    pn_auto(pn_rows) struct pn_rows rows = {0};
    if (pn_store_begin_change(s, &rows, err) != 0)
        return -1;
    struct pn_row *row = pn_rows_need(&rows, id, err);
    int rc = row == NULL ? -1 : roll_back(s, row, rev, new_rev, err);
    pn_store_end(s);
    return rc;
}
