// SPDX-License-Identifier: Apache-2.0
// Numbers: exact integers out of any JSON spelling, nearest binary fractions, and the shortest text that reads back.
// Nothing here depends on the process's locale.
#include "base/cleanup.h"
#include "json/json.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// --- reading ---

static struct pn_view number_text(const struct pn_json *doc, uint32_t at) {
    return pn_json_type(doc, at) == PN_JSON_NUMBER ? pn_json_raw(doc, at) : (struct pn_view){0};
}

// A number in JSON's grammar taken apart: value = ± (whole and fraction digits as one integer) * 10^exponent.
struct decimal {
    bool negative;
    struct pn_view whole, fraction;
    int64_t exponent;
};

static struct pn_view take_digits(struct pn_view *rest) {
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] >= '0' && rest->ptr[n] <= '9')
        n++;
    struct pn_view digits = pn_view(rest->ptr, n);
    *rest = pn_view(rest->ptr + n, rest->len - n);
    return digits;
}

static bool take(struct pn_view *rest, uint8_t c) {
    if (rest->len == 0 || rest->ptr[0] != c)
        return false;
    *rest = pn_view(rest->ptr + 1, rest->len - 1);
    return true;
}

// Saturates far above the length of any text.
static int64_t take_exponent(struct pn_view *rest) {
    bool negative = take(rest, '-');
    if (!negative)
        (void)take(rest, '+');
    int64_t e = 0;
    struct pn_view digits = take_digits(rest);
    for (size_t i = 0; i < digits.len; i++)
        e = e > INT64_C(1) << 40 ? e : e * 10 + (digits.ptr[i] - '0');
    return negative ? -e : e;
}

static struct decimal take_apart(struct pn_view text) {
    struct decimal d = {.negative = take(&text, '-')};
    d.whole = take_digits(&text);
    if (take(&text, '.'))
        d.fraction = take_digits(&text);
    if (take(&text, 'e') || take(&text, 'E'))
        d.exponent = take_exponent(&text);
    d.exponent -= (int64_t)d.fraction.len;
    return d;
}

static uint8_t digit_at(const struct decimal *d, size_t i) {
    return (uint8_t)((i < d->whole.len ? d->whole.ptr[i] : d->fraction.ptr[i - d->whole.len]) - '0');
}

static bool times_ten_plus(uint64_t *v, uint8_t digit) {
    return !__builtin_mul_overflow(*v, UINT64_C(10), v) && !__builtin_add_overflow(*v, (uint64_t)digit, v);
}

// The absolute value when it is an integer below 2^64.
static bool magnitude(const struct decimal *d, uint64_t *out) {
    size_t count = d->whole.len + d->fraction.len;
    int64_t exponent = d->exponent;
    for (; count > 0 && digit_at(d, count - 1) == 0; count--)
        exponent++;
    *out = 0;
    if (count == 0)
        return true;
    if (exponent < 0 || exponent > 19)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!times_ten_plus(out, digit_at(d, i)))
            return false;
    for (; exponent > 0; exponent--)
        if (!times_ten_plus(out, 0))
            return false;
    return true;
}

bool pn_json_u64(const struct pn_json *doc, uint32_t at, uint64_t *out) {
    struct pn_view text = number_text(doc, at);
    struct decimal d = take_apart(text);
    uint64_t v;
    if (text.len == 0 || !magnitude(&d, &v) || (d.negative && v != 0))
        return false;
    *out = v;
    return true;
}

bool pn_json_s64(const struct pn_json *doc, uint32_t at, int64_t *out) {
    struct pn_view text = number_text(doc, at);
    struct decimal d = take_apart(text);
    uint64_t v;
    if (text.len == 0 || !magnitude(&d, &v) || v > (uint64_t)INT64_MAX + d.negative)
        return false;
    *out = (int64_t)(d.negative ? 0 - v : v);
    return true;
}

// newlocale of "C" neither allocates nor fails in glibc and musl.
static locale_t c_locale(void) {
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static double read_double(const char *text) {
    locale_t c = c_locale();
    double v = strtod_l(text, NULL, c);
    freelocale(c);
    return v;
}

bool pn_json_f64(const struct pn_json *doc, uint32_t at, double *out) {
    struct pn_view text = number_text(doc, at);
    if (text.len == 0)
        return false;
    // A hostile number may have a million digits; the usual one fits.
    char small[64];
    pn_auto(pn_free) char *large = text.len < sizeof small ? NULL : pn_view_dup(text);
    if (large == NULL && text.len >= sizeof small)
        return false;
    if (large == NULL) {
        pn_copy(small, text.ptr, text.len);
        small[text.len] = '\0';
    }
    double v = read_double(large != NULL ? large : small);
    if (isinf(v))
        return false;
    *out = v;
    return true;
}

// --- writing ---

// Digits d1 d2 ... with value 0.d1d2... * 10^point.
struct digits {
    char text[20];
    int count, point;
};

// `digits` significant decimal digits of |v|. Takes only the digits out of printf's text: its decimal point is a matter
// of locale.
static struct digits round_to(double v, int digits) {
    char text[64];
    (void)snprintf(text, sizeof text, "%.*e", digits - 1, fabs(v));
    struct digits d = {0};
    const char *p = text;
    for (; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9' && d.count < digits)
            d.text[d.count++] = *p;
    d.point = (int)strtol(p + 1, NULL, 10) + 1;
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
    pn_buf_add_byte(out, 'e');
    pn_json_put_s64(out, d->point - 1);
}

// Positional up to 21 digits before the point and 6 zeros behind it, as ECMAScript prints.
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

static bool reads_back(const char *text, double v, bool single) {
    locale_t c = c_locale();
    bool same = single ? strtof_l(text, NULL, c) == (float)v : strtod_l(text, NULL, c) == v;
    freelocale(c);
    return same;
}

// Tries `least` to `most` significant digits; `most` always reads back.
static void put_shortest(struct pn_buf *out, double v, int least, int most, bool single) {
    uint8_t space[48];
    struct pn_buf text = {.ptr = space, .cap = sizeof space - 1, .max = sizeof space - 1};
    for (int n = least; n <= most; n++) {
        struct digits d = round_to(v, n);
        pn_buf_reset(&text);
        put_digits(&text, &d);
        if (n == most || reads_back(pn_buf_cstr(&text), fabs(v), single))
            break;
    }
    if (signbit(v))
        pn_buf_add_byte(out, '-');
    pn_buf_add_view(out, pn_buf_view(&text));
}

static void put_float(struct pn_buf *out, double v, int least, int most, bool single) {
    if (!isfinite(v)) {
        out->overflow = true; // no JSON says this; better no document than a wrong one
        return;
    }
    const double exact = 9007199254740992.0; // 2^53
    if (fabs(v) < (single ? 16777216.0 : exact) && v == trunc(v) && !(v == 0 && signbit(v))) {
        pn_json_put_s64(out, (int64_t)v);
        return;
    }
    // Numbers near zero hold fewer digits.
    bool subnormal = fabs(v) < (single ? (double)FLT_MIN : DBL_MIN);
    put_shortest(out, v, subnormal ? 1 : least, most, single);
}

void pn_json_put_f64(struct pn_buf *out, double v) {
    put_float(out, v, 15, 17, false);
}

void pn_json_put_f32(struct pn_buf *out, float v) {
    put_float(out, (double)v, 6, 9, true);
}

void pn_json_put_s64(struct pn_buf *out, int64_t v) {
    if (v < 0)
        pn_buf_add_byte(out, '-');
    pn_buf_add_u64(out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}
