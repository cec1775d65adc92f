// SPDX-License-Identifier: Apache-2.0
// Documentation texts that travel in a component: the custom section `package-docs`, one byte of version (0 or 1) and
// JSON. Everything about it is hostile, and losing it costs only descriptions.
#pragma once
#include "json/json.h"

enum {
    PN_DOCS_TEXT_MOST = 1024,       // bytes of one description
    PN_DOCS_SECTION_MOST = 4 << 20, // bytes of the section
};

struct pn_docs {
    struct pn_json json; // no nodes: there are no texts
    struct pn_buf copy;  // of the JSON
};

// Walks the top-level sections of a component binary for the custom section called `name`; `found` says whether there
// is one, `content` is what follows its name. PN_E_INPUT with the offset when the bytes are not a component's sections.
[[nodiscard]] int pn_docs_section(struct pn_view component, struct pn_view name, bool *found, struct pn_view *content,
                                  struct pn_err *err);

// Reads the texts of a component; zero-initialise `docs`. Without a section it stays empty and that is fine; PN_E_INPUT
// when there is one and it cannot be used (`docs` is then empty too).
[[nodiscard]] int pn_docs_open(struct pn_docs *docs, struct pn_view component, struct pn_err *err);
void pn_docs_close(struct pn_docs *docs);
static inline void pn_docs_cleanup(struct pn_docs *docs) {
    pn_docs_close(docs);
}

// Appends the text for function `func` of the exported instance `iface` (empty at the top), made harmless: one line,
// nothing hidden, at most PN_DOCS_TEXT_MOST bytes. Appends nothing when there is none.
void pn_docs_put(const struct pn_docs *docs, struct pn_view iface, struct pn_view func, struct pn_buf *out);

// The cleaning alone, for other hostile texts.
void pn_docs_clean(struct pn_view text, struct pn_buf *out);
