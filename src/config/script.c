// SPDX-License-Identifier: Apache-2.0
// The table is derived from the Unicode 14 script property, letters, marks and digits only; gaps that hold no letter
// are filled.
#include "config/script.h"

#include "base/text.h"

enum script {
    NONE, // a script outside of the recommended ones
    ANY,
    ARABIC,
    ARMENIAN,
    BENGALI,
    BOPOMOFO,
    CYRILLIC,
    DEVANAGARI,
    ETHIOPIC,
    GEORGIAN,
    GREEK,
    GUJARATI,
    GURMUKHI,
    HAN,
    HANGUL,
    HEBREW,
    HIRAGANA,
    KANNADA,
    KATAKANA,
    KHMER,
    LAO,
    LATIN,
    MALAYALAM,
    MYANMAR,
    ORIYA,
    SINHALA,
    TAMIL,
    TELUGU,
    THAANA,
    THAI,
    TIBETAN,
};

// In ascending order.
static const struct {
    uint32_t first, last;
    enum script script;
} ranges[] = {
    {0x30, 0x39, ANY},
    {0x41, 0xaa, LATIN},
    {0xb2, 0xb9, ANY},
    {0xba, 0xba, LATIN},
    {0xbc, 0xbe, ANY},
    {0xc0, 0x2b8, LATIN},
    {0x2b9, 0x2d1, ANY},
    {0x2e0, 0x2e4, LATIN},
    {0x2ec, 0x36f, ANY},
    {0x370, 0x373, GREEK},
    {0x374, 0x374, ANY},
    {0x376, 0x3e1, GREEK},
    {0x3f0, 0x3ff, GREEK},
    {0x400, 0x484, CYRILLIC},
    {0x485, 0x486, ANY},
    {0x487, 0x52f, CYRILLIC},
    {0x531, 0x588, ARMENIAN},
    {0x591, 0x5f2, HEBREW},
    {0x610, 0x63f, ARABIC},
    {0x640, 0x640, ANY},
    {0x641, 0x64a, ARABIC},
    {0x64b, 0x655, ANY},
    {0x656, 0x66f, ARABIC},
    {0x670, 0x670, ANY},
    {0x671, 0x6ff, ARABIC},
    {0x750, 0x77f, ARABIC},
    {0x780, 0x7b1, THAANA},
    {0x870, 0x8ff, ARABIC},
    {0x900, 0x950, DEVANAGARI},
    {0x951, 0x954, ANY},
    {0x955, 0x97f, DEVANAGARI},
    {0x980, 0x9fe, BENGALI},
    {0xa01, 0xa75, GURMUKHI},
    {0xa81, 0xaff, GUJARATI},
    {0xb01, 0xb77, ORIYA},
    {0xb82, 0xbf2, TAMIL},
    {0xc00, 0xc7e, TELUGU},
    {0xc80, 0xcf2, KANNADA},
    {0xd00, 0xd7f, MALAYALAM},
    {0xd81, 0xdf3, SINHALA},
    {0xe01, 0xe59, THAI},
    {0xe81, 0xedf, LAO},
    {0xf00, 0xfc6, TIBETAN},
    {0x1000, 0x109d, MYANMAR},
    {0x10a0, 0x10ff, GEORGIAN},
    {0x1100, 0x11ff, HANGUL},
    {0x1200, 0x138f, ETHIOPIC},
    {0x1780, 0x17f9, KHMER},
    {0x1ab0, 0x1ace, ANY},
    {0x1c80, 0x1c88, CYRILLIC},
    {0x1c90, 0x1cbf, GEORGIAN},
    {0x1cd0, 0x1cfa, ANY},
    {0x1d00, 0x1d25, LATIN},
    {0x1d26, 0x1d2a, GREEK},
    {0x1d2b, 0x1d2b, CYRILLIC},
    {0x1d2c, 0x1d5c, LATIN},
    {0x1d5d, 0x1d61, GREEK},
    {0x1d62, 0x1d65, LATIN},
    {0x1d66, 0x1d6a, GREEK},
    {0x1d6b, 0x1d77, LATIN},
    {0x1d78, 0x1d78, CYRILLIC},
    {0x1d79, 0x1dbe, LATIN},
    {0x1dbf, 0x1dbf, GREEK},
    {0x1dc0, 0x1dff, ANY},
    {0x1e00, 0x1eff, LATIN},
    {0x1f00, 0x1ffc, GREEK},
    {0x2070, 0x2070, ANY},
    {0x2071, 0x2071, LATIN},
    {0x2074, 0x2079, ANY},
    {0x207f, 0x207f, LATIN},
    {0x2080, 0x2089, ANY},
    {0x2090, 0x209c, LATIN},
    {0x20d0, 0x2124, ANY},
    {0x2126, 0x2126, GREEK},
    {0x2128, 0x2128, ANY},
    {0x212a, 0x212b, LATIN},
    {0x212c, 0x2131, ANY},
    {0x2132, 0x2132, LATIN},
    {0x2133, 0x2149, ANY},
    {0x214e, 0x214e, LATIN},
    {0x2150, 0x215f, ANY},
    {0x2160, 0x2188, LATIN},
    {0x2189, 0x2793, ANY},
    {0x2c60, 0x2c7f, LATIN},
    {0x2d00, 0x2d2d, GEORGIAN},
    {0x2d80, 0x2dde, ETHIOPIC},
    {0x2de0, 0x2dff, CYRILLIC},
    {0x2e2f, 0x2e2f, ANY},
    {0x3005, 0x3005, HAN},
    {0x3006, 0x3006, ANY},
    {0x3007, 0x3029, HAN},
    {0x302a, 0x302d, ANY},
    {0x302e, 0x302f, HANGUL},
    {0x3031, 0x3035, ANY},
    {0x3038, 0x303b, HAN},
    {0x303c, 0x303c, ANY},
    {0x3041, 0x3096, HIRAGANA},
    {0x3099, 0x309a, ANY},
    {0x309d, 0x309f, HIRAGANA},
    {0x30a1, 0x30fa, KATAKANA},
    {0x30fc, 0x30fc, ANY},
    {0x30fd, 0x30ff, KATAKANA},
    {0x3105, 0x312f, BOPOMOFO},
    {0x3131, 0x318e, HANGUL},
    {0x3192, 0x3195, ANY},
    {0x31a0, 0x31bf, BOPOMOFO},
    {0x31f0, 0x31ff, KATAKANA},
    {0x3220, 0x32bf, ANY},
    {0x3400, 0x9fff, HAN},
    {0xa640, 0xa69f, CYRILLIC},
    {0xa717, 0xa71f, ANY},
    {0xa722, 0xa787, LATIN},
    {0xa788, 0xa788, ANY},
    {0xa78b, 0xa7ff, LATIN},
    {0xa830, 0xa835, ANY},
    {0xa8e0, 0xa8ff, DEVANAGARI},
    {0xa960, 0xa97c, HANGUL},
    {0xa9cf, 0xa9cf, ANY},
    {0xa9e0, 0xa9fe, MYANMAR},
    {0xaa60, 0xaa7f, MYANMAR},
    {0xab01, 0xab2e, ETHIOPIC},
    {0xab30, 0xab64, LATIN},
    {0xab65, 0xab65, GREEK},
    {0xab66, 0xab69, LATIN},
    {0xac00, 0xd7fb, HANGUL},
    {0xf900, 0xfad9, HAN},
    {0xfb00, 0xfb06, LATIN},
    {0xfb13, 0xfb17, ARMENIAN},
    {0xfb1d, 0xfb4f, HEBREW},
    {0xfb50, 0xfdfb, ARABIC},
    {0xfe00, 0xfe2d, ANY},
    {0xfe2e, 0xfe2f, CYRILLIC},
    {0xfe70, 0xfefc, ARABIC},
    {0xff10, 0xff19, ANY},
    {0xff21, 0xff5a, LATIN},
    {0xff66, 0xff6f, KATAKANA},
    {0xff70, 0xff70, ANY},
    {0xff71, 0xff9d, KATAKANA},
    {0xff9e, 0xff9f, ANY},
    {0xffa0, 0xffdc, HANGUL},
    {0x10107, 0x10133, ANY},
    {0x10140, 0x1018b, GREEK},
    {0x101fd, 0x101fd, ANY},
    {0x102e0, 0x102fb, ANY},
    {0x10780, 0x107ba, LATIN},
    {0x10e60, 0x10e7e, ARABIC},
    {0x111e1, 0x111f4, SINHALA},
    {0x1133b, 0x1133b, ANY},
    {0x11fc0, 0x11fd4, TAMIL},
    {0x16fe3, 0x16fe3, HAN},
    {0x16ff0, 0x16ff1, HAN},
    {0x1aff0, 0x1b000, KATAKANA},
    {0x1b001, 0x1b11f, HIRAGANA},
    {0x1b120, 0x1b122, KATAKANA},
    {0x1b150, 0x1b152, HIRAGANA},
    {0x1b164, 0x1b167, KATAKANA},
    {0x1cf00, 0x1d1ad, ANY},
    {0x1d242, 0x1d244, GREEK},
    {0x1d2e0, 0x1d7ff, ANY},
    {0x1df00, 0x1df1e, LATIN},
    {0x1e7e0, 0x1e7fe, ETHIOPIC},
    {0x1ec71, 0x1ed3d, ANY},
    {0x1ee00, 0x1eebb, ARABIC},
    {0x1f100, 0x1fbf9, ANY},
    {0x20000, 0x3134a, HAN},
};

static enum script script_of(uint32_t c) {
    if (c == '-')
        return ANY;
    size_t low = 0, high = sizeof ranges / sizeof *ranges;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    bool inside = low < sizeof ranges / sizeof *ranges && c >= ranges[low].first;
    return inside ? ranges[low].script : NONE;
}

#define BIT(script) (UINT64_C(1) << (script))

bool pn_script_is_single(struct pn_view label) {
    static const uint64_t families[] = {
        BIT(HAN) | BIT(HIRAGANA) | BIT(KATAKANA),
        BIT(HAN) | BIT(BOPOMOFO),
        BIT(HAN) | BIT(HANGUL),
    };
    uint64_t seen = 0;
    while (label.len > 0) {
        uint32_t c = 0;
        size_t n = pn_utf8_next(label, &c);
        if (n == 0)
            return false;
        seen |= BIT(script_of(c));
        label = pn_view_part(label, n, label.len);
    }
    if (seen & BIT(NONE))
        return false;
    seen &= ~BIT(ANY);
    if ((seen & (seen - 1)) == 0)
        return true;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if ((seen & ~families[i]) == 0)
            return true;
    return false;
}
