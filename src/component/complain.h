// SPDX-License-Identifier: Apache-2.0
// What is said about a wrong argument: where it stands (JSON pointer, made harmless and cut), what was expected and
// what kind of value came. The value itself is not repeated, except numbers: it may be somebody's secret.
#pragma once
#include "component/plan.h"
#include "json/json.h"

struct pn_complaint {
    const struct pn_plan *plan;
    const struct pn_json *doc;
    struct pn_err *err;
};

// Each returns -1 with PN_E_INPUT.
// "/items/3/price: expected number (f64), got string"
int pn_complain_kind(const struct pn_complaint *c, uint32_t at, const struct pn_type *t);
// "/n: expected integer (u8) from 0 to 255, got 300": `remark` follows the type's name and says the rest
int pn_complain(const struct pn_complaint *c, uint32_t at, const struct pn_type *t, const char *remark, ...)
    __attribute__((format(printf, 4, 5)));
// "/items/3: `price` is missing, expected number (f64)"
int pn_complain_missing(const struct pn_complaint *c, uint32_t at, const struct pn_member *m);
// "/items/3/prize: no such name; known are price, name"
int pn_complain_unknown(const struct pn_complaint *c, uint32_t at, const struct pn_type *t);
// "/color: expected one of red, green, blue (enum), got another string"; also for a node that is no string at all
int pn_complain_choice(const struct pn_complaint *c, uint32_t at, const struct pn_type *t);
