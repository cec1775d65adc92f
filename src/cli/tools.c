// SPDX-License-Identifier: Apache-2.0
// The description of a component's tools, as far as the command line shows it. The compiler role made it of hostile
// bytes: every member may be missing or of another type.
#include "base/cleanup.h"
#include "cli/artefact.h"

void pn_tools_fini(struct pn_tools *t) {
    pn_json_fini(&t->doc);
}

int pn_tools_open(struct pn_tools *t, const struct pn_artefact *a, struct pn_err *err) {
    const struct pn_json_limits limits = {.depth = 256, .nodes = 4000000};
    *t = (struct pn_tools){.list = PN_JSON_NONE};
    if (pn_json_parse(&t->doc, pn_buf_view(&a->description), &limits, err) != 0)
        return pn_err_prefix(err, "description of the component");
    t->list = pn_json_get(&t->doc, 0, "tools");
    if (t->list != PN_JSON_NONE && pn_json_type(&t->doc, t->list) == PN_JSON_ARRAY)
        return 0;
    return pn_fail(err, PN_E_PEER, "the description of the component lists no tools");
}

struct pn_view pn_tool_text(const struct pn_tools *t, uint32_t node, const char *member, struct pn_buf *scratch) {
    struct pn_view text;
    uint32_t at = pn_json_get(&t->doc, node, member);
    bool there = at != PN_JSON_NONE && pn_json_str(&t->doc, at, scratch, &text);
    return there ? text : (struct pn_view){0};
}

bool pn_tool_callable(const struct pn_tools *t, uint32_t node) {
    bool callable = false;
    uint32_t at = pn_json_get(&t->doc, node, "callable");
    return at != PN_JSON_NONE && pn_json_bool(&t->doc, at, &callable) && callable;
}

uint32_t pn_tools_find(const struct pn_tools *t, const char *name, uint32_t *node) {
    uint32_t index = 0;
    for (uint32_t at = pn_json_first(&t->doc, t->list); at != PN_JSON_NONE;
         at = pn_json_after(&t->doc, t->list, at), index++) {
        uint32_t its = pn_json_get(&t->doc, at, "name");
        if (its == PN_JSON_NONE || !pn_json_str_is(&t->doc, its, name))
            continue;
        *node = at;
        return index;
    }
    return PN_JSON_NONE;
}

static int list_names(const struct pn_tools *t, struct pn_buf *out) {
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    for (uint32_t at = pn_json_first(&t->doc, t->list); at != PN_JSON_NONE; at = pn_json_after(&t->doc, t->list, at)) {
        struct pn_view name = pn_tool_text(t, at, "name", &scratch);
        if (!pn_tool_callable(t, at) || out->len + name.len > 250)
            continue;
        pn_buf_add_str(out, out->len == 0 ? "" : ", ");
        pn_buf_add_view(out, name);
    }
    return out->len == 0 ? -1 : 0;
}

int pn_tools_need(const struct pn_tools *t, const char *name, uint32_t *index, struct pn_err *err) {
    uint32_t node = 0;
    pn_auto(pn_buf) struct pn_buf names = {0}, scratch = {0};
    *index = pn_tools_find(t, name, &node);
    if (*index == PN_JSON_NONE && list_names(t, &names) != 0)
        return pn_fail(err, PN_E_INPUT, "it has no tool '%.80s', nor any other that can be called", name);
    if (*index == PN_JSON_NONE)
        return pn_fail(err, PN_E_INPUT, "it has no tool '%.80s'; it has: %s", name, pn_buf_cstr(&names));
    if (pn_tool_callable(t, node))
        return 0;
    struct pn_view reason = pn_tool_text(t, node, "reason", &scratch);
    return pn_fail(err, PN_E_INPUT, "tool '%.80s' cannot be called: %.*s", name, PN_FMT(pn_view_part(reason, 0, 300)));
}
