// SPDX-License-Identifier: Apache-2.0
// A type plan: a function's parameter and result types as flat arrays, read once from the engine, so that converting
// values never asks the engine for types. A function that cannot be a tool has no plan, only a reason.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include <wasmtime.h>
#include <wasmtime/component.h>

#define PN_TYPE_NONE UINT32_MAX

enum {
    PN_PLAN_DEPTH = 48,           // values nest at most so deep: JSON elsewhere ends at 64 levels
    PN_PLAN_TYPES = 20000,        // types in one function, shared ones counted at each use
    PN_PLAN_MEMBERS = 1000,       // fields, cases, names or elements of one type; parameters of one function
    PN_PLAN_NAME_BYTES = 1 << 20, // all names in one function
    PN_PLAN_BUDGET = 200000,      // types, members and each 32 bytes of name in one component, for `budget` below
};

struct pn_type {
    uint8_t kind;   // WASMTIME_COMPONENT_VALTYPE_*; resources, futures, streams, error contexts and maps never occur
    bool bytes;     // list<u8>
    bool nullable;  // its JSON may be null: an option
    uint32_t first; // members[first .. first + count): fields, cases, names, elements; one for list and option;
    uint32_t count; // `ok` and `err` for a result
};

struct pn_member {
    uint32_t type; // index into types, PN_TYPE_NONE for a case without a payload and for names
    uint32_t name; // offset into names; the quoted JSON key with its colon follows the plain name
    uint32_t name_len;
    uint32_t key_len;
};

struct pn_plan {
    struct pn_type *types; // types[0] is a record of the parameters
    uint32_t types_len, types_cap;
    struct pn_member *members;
    uint32_t members_len, members_cap;
    struct pn_buf names;
    uint32_t result; // index into types or PN_TYPE_NONE
};

// Reads the type of a function. `plan` must be zero-initialised; it is empty again after a failure.
// PN_E_INPUT when the function cannot be called from JSON: the text is the reason ("returns a resource ...").
// `budget` (may be NULL) is lowered by what is used, so that one component's functions share it: they must come in one
// order.
[[nodiscard]] int pn_plan_build(struct pn_plan *plan, const wasmtime_component_func_type_t *func, uint32_t *budget,
                                struct pn_err *err);
void pn_plan_fini(struct pn_plan *plan);
static inline void pn_plan_cleanup(struct pn_plan *plan) {
    pn_plan_fini(plan);
}

static inline struct pn_view pn_plan_name(const struct pn_plan *plan, const struct pn_member *m) {
    return pn_view(plan->names.ptr + m->name, m->name_len);
}
// `"name":`
static inline struct pn_view pn_plan_key(const struct pn_plan *plan, const struct pn_member *m) {
    return pn_view(plan->names.ptr + m->name + m->name_len, m->key_len);
}
static inline const struct pn_member *pn_plan_member(const struct pn_plan *plan, const struct pn_type *t,
                                                     uint32_t nth) {
    return &plan->members[t->first + nth];
}
// The type of the only member of a list or an option.
static inline const struct pn_type *pn_plan_inner(const struct pn_plan *plan, const struct pn_type *t) {
    return &plan->types[plan->members[t->first].type];
}
// The nth member with this name, starting the search at `hint`; PN_TYPE_NONE when there is none.
uint32_t pn_plan_find(const struct pn_plan *plan, const struct pn_type *t, struct pn_view name, uint32_t hint);
// For messages: "number (f64)", "string (enum)", ...
const char *pn_plan_type_text(const struct pn_type *t);
