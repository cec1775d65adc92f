// SPDX-License-Identifier: Apache-2.0
// ECMAScript's text of a double: the fewest digits that read back, of those the nearest.
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "token/canon.h"

enum { DIGITS_MOST = 17 };

// The value 0.d1d2... * 10^point.
struct digits {
    char text[DIGITS_MOST + 1];
    int count, point;
};

// The nearest number with `count` digits. Only the digits are taken from printf: its decimal point is a matter of
// locale.
static struct digits round_to(double v, int count) {
    char text[64];
    (void)snprintf(text, sizeof text, "%.*e", count - 1, v);
    struct digits d = {0};
    const char *p = text;
    for (; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9' && d.count < count)
            d.text[d.count++] = *p;
    d.point = (int)strtol(p + 1, NULL, 10) + 1;
    return d;
}

static struct digits next_up(struct digits d) {
    int i = d.count - 1;
    for (; i >= 0 && d.text[i] == '9'; i--)
        d.text[i] = '0';
    if (i >= 0) {
        d.text[i]++;
        return d;
    }
    d.text[0] = '1'; // 99...9 became 100...0
    d.point++;
    return d;
}

static bool reads_back(const struct digits *d, double v) {
    char text[64];
    (void)snprintf(text, sizeof text, "%se%d", d->text, d->point - d->count);
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0); // neither allocates nor fails
    double got = strtod_l(text, NULL, c);
    freelocale(c);
    return got == v;
}

// 15 digits always survive a normal double, 17 always suffice. At a power of two the gap above is twice the gap below,
// so that the nearest number of that length may miss where its neighbour above reads back.
static struct digits shortest(double v) {
    struct digits d = {0};
    for (int n = v < DBL_MIN ? 1 : 15; n <= DIGITS_MOST; n++) {
        d = round_to(v, n);
        if (reads_back(&d, v))
            break;
        struct digits up = next_up(d);
        if (reads_back(&up, v)) {
            d = up;
            break;
        }
    }
    while (d.count > 1 && d.text[d.count - 1] == '0')
        d.count--;
    return d;
}

static void put_zeros(struct pn_buf *out, int count) {
    for (; count > 0; count--)
        pn_buf_add_byte(out, '0');
}

static void put_scientific(struct pn_buf *out, const struct digits *d) {
    pn_buf_add(out, d->text, 1);
    if (d->count > 1)
        pn_buf_add_byte(out, '.');
    pn_buf_add(out, d->text + 1, (size_t)d->count - 1);
    pn_buf_add_str(out, d->point > 0 ? "e+" : "e");
    pn_json_put_s64(out, d->point - 1);
}

static void put_digits(struct pn_buf *out, const struct digits *d) {
    if (d->point > 21 || d->point < -5) {
        put_scientific(out, d);
        return;
    }
    if (d->point <= 0) {
        pn_buf_add_str(out, "0.");
        put_zeros(out, -d->point);
        pn_buf_add(out, d->text, (size_t)d->count);
        return;
    }
    int whole = d->point < d->count ? d->point : d->count;
    pn_buf_add(out, d->text, (size_t)whole);
    put_zeros(out, d->point - d->count);
    if (d->count > whole) {
        pn_buf_add_byte(out, '.');
        pn_buf_add(out, d->text + whole, (size_t)(d->count - whole));
    }
}

void pn_canon_put_f64(struct pn_buf *out, double v) {
    if (!isfinite(v)) {
        out->overflow = true; // no JSON says this; better no document than a wrong one
        return;
    }
    if (fpclassify(v) == FP_ZERO) {
        pn_buf_add_byte(out, '0'); // minus zero too
        return;
    }
    if (v < 0)
        pn_buf_add_byte(out, '-');
    struct digits d = shortest(fabs(v));
    put_digits(out, &d);
}
