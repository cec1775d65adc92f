// SPDX-License-Identifier: Apache-2.0
#include "config/units.h"

#include "base/text.h"

struct unit {
    const char *name;
    uint64_t factor;
};

// In each table the units a writer uses stand first, the largest foremost.
static const struct unit sizes[] = {
    {"GiB", UINT64_C(1) << 30},
    {"MiB", 1 << 20},
    {"KiB", 1 << 10},
    {"", 1},
    {"Gi", UINT64_C(1) << 30},
    {"Mi", 1 << 20},
    {"Ki", 1 << 10},
    {"GB", 1000000000},
    {"MB", 1000000},
    {"kB", 1000},
    {"G", 1000000000},
    {"M", 1000000},
    {"k", 1000},
    {NULL, 0},
};
static const struct unit times[] = {
    {"h", UINT64_C(3600000000)}, {"m", 60000000}, {"s", 1000000}, {"ms", 1000}, {"us", 1}, {NULL, 0},
};
static const struct unit shares[] = {{"", 1000}, {"m", 1}, {NULL, 0}};

static bool read_amount(struct pn_view text, const struct unit *units, uint64_t *out) {
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    uint64_t number;
    if (!pn_u64_get(pn_view_part(text, 0, digits), &number))
        return false;
    struct pn_view name = pn_view_part(text, digits, text.len);
    while (units->name != NULL && !pn_view_is(name, units->name))
        units++;
    if (units->name == NULL || __builtin_mul_overflow(number, units->factor, &number))
        return false;
    *out = number;
    return true;
}

static void put_amount(struct pn_buf *out, const struct unit *units, uint64_t amount) {
    while (units->factor != 1 && (amount == 0 || amount % units->factor != 0))
        units++;
    pn_buf_add_u64(out, amount / units->factor);
    pn_buf_add_str(out, units->name);
}

bool pn_units_size(struct pn_view text, uint64_t *bytes) {
    return read_amount(text, sizes, bytes);
}

void pn_units_put_size(struct pn_buf *out, uint64_t bytes) {
    put_amount(out, sizes, bytes);
}

bool pn_units_duration(struct pn_view text, uint64_t *us) {
    return read_amount(text, times, us);
}

void pn_units_put_duration(struct pn_buf *out, uint64_t us) {
    put_amount(out, times, us);
}

bool pn_units_cpu(struct pn_view text, uint64_t *millis) {
    return read_amount(text, shares, millis);
}

void pn_units_put_cpu(struct pn_buf *out, uint64_t millis) {
    put_amount(out, shares, millis);
}
