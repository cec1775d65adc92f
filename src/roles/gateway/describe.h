// SPDX-License-Identifier: Apache-2.0
// What a component says about its tools, read out of the JSON that the compiler role made. That role parsed hostile
// bytes: names and shapes are checked again here, texts are cut and stripped of what a person does not see.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#define PN_TOOL_NAME_MAX 128u
#define PN_TOOL_TEXT_MAX 1024u

struct pn_described_tool {
    char *name; // [A-Za-z0-9_.-]{1,128}
    bool callable;
    char *reason;         // why not; "" when callable
    struct pn_buf head;   // JSON members: "description":...,"inputSchema":... without white space
    struct pn_buf output; // JSON of the output schema, empty when there is none
    struct pn_buf text;   // the description alone, UTF-8
};

// The index of a tool is its number in CALL.
struct pn_description {
    struct pn_described_tool *tools;
    size_t len;
};

// `json` is an array of tools, or an object with such an array as "tools". PN_E_PEER when it is not what the compiler
// role may send.
[[nodiscard]] int pn_description_read(struct pn_view json, struct pn_description *out, struct pn_err *err);
void pn_description_fini(struct pn_description *d);
bool pn_tool_name_valid(struct pn_view name);
// Appends `text` without hidden and control characters (line feeds stay), at most `most` bytes.
void pn_text_clean(struct pn_buf *out, struct pn_view text, size_t most);
