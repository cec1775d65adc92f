// SPDX-License-Identifier: Apache-2.0
// JSON Schema 2020-12 for the types of a plan (the mapping stands in values.h).
#pragma once
#include "component/plan.h"
#include "json/json.h"

// Below this depth of brackets a schema says nothing more ("anything"): a reader of tools stops at 64 levels, and one
// deep type must not make the whole list unreadable. Arguments are checked against the type itself all the same.
enum { PN_SCHEMA_DEPTH = 54 };

// The arguments: an object with one property per parameter; options are not required; nothing else is allowed.
void pn_schema_put_input(const struct pn_plan *plan, struct pn_json_w *w);
// {"type":"object","properties":{"result":T},"required":["result"]}; T of a result<T, E> at the top; null without a
// result.
void pn_schema_put_output(const struct pn_plan *plan, struct pn_json_w *w);
