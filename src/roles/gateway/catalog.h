// SPDX-License-Identifier: Apache-2.0
// The list of tools that is offered: one name each, in a stable order. Where two components (or a component and a
// built-in tool) use one name, every component's tool of that name gets its component's id in front: nothing is
// shadowed, whoever came first.
#pragma once
#include "base/hash.h"
#include "mcp/reply.h"
#include "roles/gateway/describe.h"

#define PN_CATALOG_PAGE 100u // tools in one tools/list result

enum pn_provider_kind { PN_PROVIDER_BUILTIN, PN_PROVIDER_RESERVED, PN_PROVIDER_COMPONENT };

// Who offers tools. RESERVED names are not listed (built-in tools that are switched off) but stay taken.
struct pn_provider {
    enum pn_provider_kind kind;
    uint32_t slot; // component
    const char *id;
    const struct pn_description *tools;
};

struct pn_catalog_entry {
    char name[PN_TOOL_NAME_MAX + 1];
    enum pn_provider_kind kind;
    uint32_t slot;
    uint32_t number; // in the provider's description
    const struct pn_described_tool *tool;
};

struct pn_catalog {
    struct pn_catalog_entry *entries; // by name
    size_t len;
    uint64_t generation; // counts the lists; part of every cursor
};

// Makes the list anew; the descriptions are borrowed until the next build. True when the list differs from before or
// could: the caller tells clients. False and untouched when memory ran out.
bool pn_catalog_build(struct pn_catalog *c, const struct pn_provider *providers, size_t count);
void pn_catalog_fini(struct pn_catalog *c);
// NULL when there is no such tool.
const struct pn_catalog_entry *pn_catalog_find(const struct pn_catalog *c, struct pn_view name);

// Writes the members `"tools":[...]` and, when there is more, `"nextCursor"`. An empty cursor means the first page.
// False when the cursor does not belong to this list (any change of the list ends its cursors).
bool pn_catalog_put_page(const struct pn_catalog *c, const struct pn_mac_key *key, struct pn_view cursor,
                         enum pn_mcp_rev rev, struct pn_buf *out);
// One tool as in tools/list.
void pn_catalog_put_tool(const char *name, const struct pn_described_tool *tool, enum pn_mcp_rev rev,
                         struct pn_buf *out);
