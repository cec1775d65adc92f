// SPDX-License-Identifier: Apache-2.0
#include "roles/gateway/catalog.h"

#include <stdio.h>
#include <stdlib.h>

#include "mcp/seal.h"

#define PAGE_BYTES ((size_t)1 << 20) // a page ends early when its tools are this large

static int by_name(const void *a, const void *b) {
    const struct pn_catalog_entry *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (int)x->kind - (int)y->kind;
}

// While names are settled: what an entry would be called, and where it comes from.
struct candidate {
    struct pn_catalog_entry entry;
    const char *id;
    bool clash;
};

static int by_candidate(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    int order = by_name(&x->entry, &y->entry);
    if (order != 0)
        return order;
    order = strcmp(x->id, y->id);
    if (order != 0)
        return order;
    return x->entry.number < y->entry.number ? -1 : x->entry.number > y->entry.number;
}

static size_t gather(const struct pn_provider *providers, size_t count, struct candidate *all) {
    size_t n = 0;
    for (size_t p = 0; p < count; p++)
        for (size_t i = 0; i < providers[p].tools->len; i++) {
            const struct pn_described_tool *tool = &providers[p].tools->tools[i];
            struct candidate *c = &all[n++];
            c->id = providers[p].id;
            c->entry = (struct pn_catalog_entry){
                .kind = providers[p].kind, .slot = providers[p].slot, .number = (uint32_t)i, .tool = tool};
            (void)snprintf(c->entry.name, sizeof c->entry.name, "%s", tool->name);
        }
    return n;
}

// Marks the components' entries that share a name. Returns whether there are any.
static bool mark_clashes(struct candidate *all, size_t n) {
    bool any = false;
    qsort(all, n, sizeof *all, by_candidate);
    for (size_t i = 0; i < n; i++) {
        bool before = i > 0 && strcmp(all[i].entry.name, all[i - 1].entry.name) == 0;
        bool after = i + 1 < n && strcmp(all[i].entry.name, all[i + 1].entry.name) == 0;
        all[i].clash = (before || after) && all[i].entry.kind == PN_PROVIDER_COMPONENT;
        any |= all[i].clash;
    }
    return any;
}

static void put_id(const char *id, char out[PN_TOOL_NAME_MAX + 1]) {
    size_t n = 0;
    for (; id[n] != '\0' && n < PN_TOOL_NAME_MAX; n++)
        out[n] = pn_tool_name_valid(pn_view(id + n, 1)) ? id[n] : '_';
    out[n] = '\0';
}

// id_name, when that fits.
static void prefix(struct candidate *c) {
    char id[PN_TOOL_NAME_MAX + 1], name[2 * PN_TOOL_NAME_MAX + 2];
    put_id(c->id, id);
    (void)snprintf(name, sizeof name, "%s_%s", id, c->entry.tool->name);
    if (strlen(name) <= PN_TOOL_NAME_MAX)
        (void)snprintf(c->entry.name, sizeof c->entry.name, "%.128s", name);
}

// A name made unique by a digest of (id, number): for names too long for a prefix, and prefixes that clash again.
static void make_unique(struct candidate *c) {
    char text[512], hex[2 * PN_DIGEST + 1];
    (void)snprintf(text, sizeof text, "%s/%u/%s", c->id, c->entry.number, c->entry.tool->name);
    struct pn_digest d = pn_sha256(pn_view_str(text));
    pn_digest_hex(&d, hex);
    (void)snprintf(c->entry.name, sizeof c->entry.name, "%.103s_%.24s", c->entry.tool->name, hex);
}

static void settle_names(struct candidate *all, size_t n) {
    void (*const remedies[])(struct candidate *) = {prefix, make_unique};
    for (size_t r = 0; r < 2; r++) {
        if (!mark_clashes(all, n))
            return;
        for (size_t i = 0; i < n; i++)
            if (all[i].clash)
                remedies[r](&all[i]);
    }
    (void)mark_clashes(all, n); // what still clashes was made to: it is not offered
}

static bool same_list(const struct pn_catalog *a, const struct pn_catalog *b) {
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++) {
        const struct pn_catalog_entry *x = &a->entries[i], *y = &b->entries[i];
        if (strcmp(x->name, y->name) != 0 || x->slot != y->slot || x->number != y->number || x->tool != y->tool)
            return false;
    }
    return true;
}

bool pn_catalog_build(struct pn_catalog *c, const struct pn_provider *providers, size_t count) {
    struct pn_catalog next = {.generation = c->generation + 1};
    size_t n = 1;
    for (size_t p = 0; p < count; p++)
        n += providers[p].tools->len;
    struct candidate *all = calloc(n, sizeof *all);
    next.entries = calloc(n, sizeof *next.entries);
    if (all == NULL || next.entries == NULL) {
        free(all);
        free(next.entries);
        return false;
    }
    n = gather(providers, count, all);
    settle_names(all, n);
    for (size_t i = 0; i < n; i++)
        if (!all[i].clash && all[i].entry.kind != PN_PROVIDER_RESERVED)
            next.entries[next.len++] = all[i].entry;
    free(all);
    qsort(next.entries, next.len, sizeof *next.entries, by_name);
    if (same_list(c, &next)) {
        free(next.entries);
        return false;
    }
    free(c->entries);
    *c = next;
    return true;
}

void pn_catalog_fini(struct pn_catalog *c) {
    free(c->entries);
    *c = (struct pn_catalog){0};
}

const struct pn_catalog_entry *pn_catalog_find(const struct pn_catalog *c, struct pn_view name) {
    char key[PN_TOOL_NAME_MAX + 1];
    size_t low = 0, high = c->len;
    if (name.len == 0 || name.len > PN_TOOL_NAME_MAX || pn_view_find(name, 0, 0) != SIZE_MAX)
        return NULL;
    pn_copy(key, name.ptr, name.len);
    key[name.len] = '\0';
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(key, c->entries[mid].name);
        if (order == 0)
            return &c->entries[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

void pn_catalog_put_tool(const char *name, const struct pn_described_tool *tool, enum pn_mcp_rev rev,
                         struct pn_buf *out) {
    pn_buf_add_str(out, "{\"name\":\"");
    pn_buf_add_str(out, name);
    pn_buf_add_str(out, "\",");
    pn_buf_add_view(out, pn_buf_view(&tool->head));
    if (rev >= PN_MCP_2025_06_18 && tool->output.len > 0) {
        pn_buf_add_str(out, ",\"outputSchema\":");
        pn_buf_add_view(out, pn_buf_view(&tool->output));
    }
    pn_buf_add_byte(out, '}');
}

static bool listed(const struct pn_catalog_entry *e) {
    return e->tool->callable;
}

static bool read_cursor(const struct pn_catalog *c, const struct pn_mac_key *key, struct pn_view cursor,
                        size_t *start) {
    struct pn_buf payload = {0};
    *start = 0;
    if (cursor.len == 0)
        return true;
    bool good = pn_mcp_unseal(key, "tools/list", (struct pn_view){0}, cursor, &payload);
    struct pn_cursor in = {.rest = pn_buf_view(&payload)};
    uint64_t generation = pn_cursor_u64(&in), offset = pn_cursor_u64(&in);
    good = good && !in.bad && in.rest.len == 0 && generation == c->generation && offset < c->len;
    *start = (size_t)offset;
    pn_buf_fini(&payload);
    return good;
}

static void put_cursor(const struct pn_catalog *c, const struct pn_mac_key *key, size_t next, struct pn_buf *out) {
    struct pn_buf payload = {0};
    pn_buf_put_u64(&payload, c->generation);
    pn_buf_put_u64(&payload, next);
    pn_buf_add_str(out, ",\"nextCursor\":\"");
    pn_mcp_seal(key, "tools/list", (struct pn_view){0}, pn_buf_view(&payload), out);
    pn_buf_add_byte(out, '"');
    pn_buf_fini(&payload);
}

bool pn_catalog_put_page(const struct pn_catalog *c, const struct pn_mac_key *key, struct pn_view cursor,
                         enum pn_mcp_rev rev, struct pn_buf *out) {
    size_t at, begin = out->len, shown = 0;
    if (!read_cursor(c, key, cursor, &at))
        return false;
    pn_buf_add_str(out, "\"tools\":[");
    for (; at < c->len && shown < PN_CATALOG_PAGE && out->len - begin < PAGE_BYTES; at++) {
        if (!listed(&c->entries[at]))
            continue;
        if (shown++ > 0)
            pn_buf_add_byte(out, ',');
        pn_catalog_put_tool(c->entries[at].name, c->entries[at].tool, rev, out);
    }
    pn_buf_add_byte(out, ']');
    while (at < c->len && !listed(&c->entries[at]))
        at++;
    if (at < c->len)
        put_cursor(c, key, at, out);
    return true;
}
