// SPDX-License-Identifier: Apache-2.0
// Names of tools, made from the names of exports.
#pragma once
#include "base/bytes.h"

enum { PN_NAME_MOST = 128 }; // characters of a tool's name, by the MCP specification

// Appends the tool's name for function `func` of the exported instance `iface` (empty for a function at the top): lower
// case, every character outside a-z, 0-9 and '-' as '_', the two parts joined by '_'.
// "foo:foo/foo" + "generate": "foo_foo_foo_generate". May come out longer than PN_NAME_MOST.
void pn_name_put(struct pn_buf *out, struct pn_view iface, struct pn_view func);

// The interface's own name in "ns:pkg/iface@1.0.0": "iface". Empty for a plain name.
struct pn_view pn_name_interface(struct pn_view export);

// Exports that runtimes of other languages add for themselves and that are no tools: `init` in an instance `exports`
// and a function `init` at the top.
bool pn_name_is_runtime(struct pn_view iface, struct pn_view func);
