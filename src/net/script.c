// SPDX-License-Identifier: Apache-2.0
#include "net/script.h"
#include "base/text.h"

enum script {
    COMMON, // digits, marks and signs that go with every script
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

// Unicode's Script property of the letters, marks and digits that can stand in a U-label of these scripts. Unassigned
// gaps are swallowed: the name has passed IDNA before.
static const struct {
    uint16_t first, last;
    uint8_t script;
} ranges[] = {
    {0xb7, 0xb7, COMMON},       {0xdf, 0x2b8, LATIN},         {0x2b9, 0x2d1, COMMON},     {0x2e0, 0x2e4, LATIN},
    {0x2ec, 0x36f, COMMON},     {0x371, 0x373, GREEK},        {0x374, 0x374, COMMON},     {0x377, 0x3e1, GREEK},
    {0x3f0, 0x3fc, GREEK},      {0x430, 0x484, CYRILLIC},     {0x485, 0x486, COMMON},     {0x487, 0x52f, CYRILLIC},
    {0x559, 0x588, ARMENIAN},   {0x591, 0x5f2, HEBREW},       {0x610, 0x63f, ARABIC},     {0x640, 0x640, COMMON},
    {0x641, 0x64a, ARABIC},     {0x64b, 0x655, COMMON},       {0x656, 0x66f, ARABIC},     {0x670, 0x670, COMMON},
    {0x671, 0x6ff, ARABIC},     {0x750, 0x77f, ARABIC},       {0x780, 0x7b1, THAANA},     {0x870, 0x8ff, ARABIC},
    {0x900, 0x950, DEVANAGARI}, {0x951, 0x954, COMMON},       {0x955, 0x97f, DEVANAGARI}, {0x980, 0x9fe, BENGALI},
    {0xa01, 0xa75, GURMUKHI},   {0xa81, 0xaff, GUJARATI},     {0xb01, 0xb77, ORIYA},      {0xb82, 0xbf2, TAMIL},
    {0xc00, 0xc7e, TELUGU},     {0xc80, 0xcf2, KANNADA},      {0xd00, 0xd7f, MALAYALAM},  {0xd81, 0xdf3, SINHALA},
    {0xe01, 0xe59, THAI},       {0xe81, 0xedf, LAO},          {0xf00, 0xfc6, TIBETAN},    {0x1000, 0x109d, MYANMAR},
    {0x10d0, 0x10ff, GEORGIAN}, {0x1200, 0x138f, ETHIOPIC},   {0x1780, 0x17f9, KHMER},    {0x1ab0, 0x1ace, COMMON},
    {0x1c80, 0x1c88, CYRILLIC}, {0x1cd0, 0x1cfa, COMMON},     {0x1d00, 0x1d25, LATIN},    {0x1d26, 0x1d2a, GREEK},
    {0x1d2b, 0x1d2b, CYRILLIC}, {0x1d2c, 0x1d5c, LATIN},      {0x1d5d, 0x1d61, GREEK},    {0x1d62, 0x1d65, LATIN},
    {0x1d66, 0x1d6a, GREEK},    {0x1d6b, 0x1d77, LATIN},      {0x1d78, 0x1d78, CYRILLIC}, {0x1d79, 0x1dbe, LATIN},
    {0x1dbf, 0x1dbf, GREEK},    {0x1dc0, 0x1dff, COMMON},     {0x1e01, 0x1eff, LATIN},    {0x1f00, 0x1ffc, GREEK},
    {0x2c61, 0x2c7d, LATIN},    {0x2d00, 0x2d2d, GEORGIAN},   {0x2d80, 0x2dde, ETHIOPIC}, {0x2de0, 0x2dff, CYRILLIC},
    {0x2e2f, 0x2e2f, COMMON},   {0x3005, 0x3005, HAN},        {0x3006, 0x3006, COMMON},   {0x3007, 0x3029, HAN},
    {0x302a, 0x302d, COMMON},   {0x302e, 0x302f, HANGUL},     {0x3031, 0x3035, COMMON},   {0x3038, 0x303b, HAN},
    {0x303c, 0x303c, COMMON},   {0x3041, 0x3096, HIRAGANA},   {0x3099, 0x309a, COMMON},   {0x309d, 0x309f, HIRAGANA},
    {0x30a1, 0x30fa, KATAKANA}, {0x30fc, 0x30fc, COMMON},     {0x30fd, 0x30ff, KATAKANA}, {0x3105, 0x312f, BOPOMOFO},
    {0x31a0, 0x31bf, BOPOMOFO}, {0x31f0, 0x31ff, KATAKANA},   {0x3400, 0x9fff, HAN},      {0xa641, 0xa69f, CYRILLIC},
    {0xa717, 0xa71f, COMMON},   {0xa723, 0xa787, LATIN},      {0xa788, 0xa788, COMMON},   {0xa78c, 0xa7ff, LATIN},
    {0xa830, 0xa835, COMMON},   {0xa8e0, 0xa8ff, DEVANAGARI}, {0xa960, 0xa97c, HANGUL},   {0xa9cf, 0xa9cf, COMMON},
    {0xa9e0, 0xa9fe, MYANMAR},  {0xaa60, 0xaa7f, MYANMAR},    {0xab01, 0xab2e, ETHIOPIC}, {0xab30, 0xab64, LATIN},
    {0xab65, 0xab65, GREEK},    {0xab66, 0xab69, LATIN},      {0xac00, 0xd7fb, HANGUL},
};

static int script_of(uint32_t c) {
    size_t low = 0, high = sizeof ranges / sizeof *ranges;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (c >= ranges[mid].first && c <= ranges[mid].last)
            return ranges[mid].script;
        if (c < ranges[mid].first)
            high = mid;
        else
            low = mid + 1;
    }
    return -1;
}

#define BIT(script) (UINT64_C(1) << (script))

// Scripts of the label as a set of bits; false when one character is of none we know.
static bool collect(struct pn_view label, uint64_t *set) {
    *set = 0;
    while (label.len > 0) {
        uint32_t c;
        size_t n = pn_utf8_next(label, &c);
        if (n == 0)
            return false;
        label = pn_view_part(label, n, label.len);
        int script = c < 0x80 ? ((c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? LATIN : COMMON) : script_of(c);
        if (script < 0)
            return false;
        if (script != COMMON)
            *set |= BIT(script);
    }
    return true;
}

bool pn_script_label_ok(struct pn_view label) {
    static const uint64_t customary[] = {
        BIT(LATIN) | BIT(HAN) | BIT(HIRAGANA) | BIT(KATAKANA), // Japanese
        BIT(LATIN) | BIT(HAN) | BIT(BOPOMOFO),                 // Chinese
        BIT(LATIN) | BIT(HAN) | BIT(HANGUL),                   // Korean
    };
    uint64_t set;
    if (!collect(label, &set))
        return false;
    if ((set & (set - 1)) == 0)
        return true;
    for (size_t i = 0; i < sizeof customary / sizeof *customary; i++) {
        if ((set & ~customary[i]) == 0)
            return true;
    }
    return false;
}
