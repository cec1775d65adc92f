// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "check.h"
#include "config/bind.h"
#include "config/units.h"

struct thing {
    char *name;
    bool on;
    uint64_t count;
    struct {
        char *word;
    } inner;
};

static const struct pn_range small = {1, 10};
static const struct pn_field inner_fields[] = {
    {.key = "word", .read = pn_bind_text, .offset = offsetof(struct thing, inner.word)}, {0}};
static const struct pn_field fields[] = {
    {.key = "name", .read = pn_bind_text, .offset = offsetof(struct thing, name), .required = true},
    {.key = "enabled", .read = pn_bind_bool, .offset = offsetof(struct thing, on)},
    {.key = "count", .read = pn_bind_u64, .offset = offsetof(struct thing, count), .arg = &small},
    {.key = "inner", .read = pn_bind_section, .arg = inner_fields},
    {0},
};

// Reads the text; the report, a static copy.
static const char *read_into(struct thing *t, struct pn_view text) {
    static char report[30000];
    struct pn_buf b = {0};
    struct pn_err err = {0};
    struct pn_yaml y = {.name = "t.yaml", .report = &b, .err = &err};
    int rc = pn_yaml_parse(&y, text);
    if (rc == 0 && y.root != NULL)
        pn_bind_map(&y, y.root, fields, t);
    CHECK(rc == 0 || y.mistakes > 0);
    CHECK_INT(y.mistakes > 0, b.len > 0);
    CHECK_INT(y.mistakes > 0, err.category != 0);
    (void)snprintf(report, sizeof report, "%s", pn_buf_cstr(&b));
    pn_yaml_fini(&y);
    pn_buf_fini(&b);
    return report;
}

static void drop(struct thing *t) {
    free(t->name);
    free(t->inner.word);
    *t = (struct thing){0};
}

static void refused_view(struct pn_view text, const char *want) {
    struct thing t = {0};
    const char *report = read_into(&t, text);
    if (strstr(report, want) == NULL)
        printf("# %.*s\n# says: %s", PN_FMT(text), report);
    CHECK(strstr(report, want) != NULL);
    drop(&t);
}

static void refused(const char *text, const char *want) {
    refused_view(pn_view_str(text), want);
}

static void misuse(void) {
    refused("name: a\nname: b\n", "t.yaml:2:1: 'name' is given twice, first in line 1");
    refused("name: &x a\n", "t.yaml:1:7: anchors are not allowed");
    refused("name: *x\n", "t.yaml:1:7: aliases are not allowed");
    refused("name: !!str a\n", "tags are not allowed");
    refused("name: ! a\n", "tags are not allowed");
    refused("%TAG ! tag:x,2000:\n---\nname: a\n", "%TAG is not allowed");
    refused("name: a\n---\nname: b\n", "t.yaml:2:1: a second document");
    refused("? [a]\n: b\n", "a key must be a plain word, not a list");
    refused("{a: b}: c\n", "a key must be a plain word, not a map");
    refused("name: [a\n", "t.yaml:");
    refused("name: a: b\n", "t.yaml:1:8:");
    refused("\tname: a\n", "t.yaml:1:1:");
    refused("<<: {name: a}\nname: b\n", "unknown key '<<'");
    refused_view(PN_VIEW("name: \xff\n"), "not valid UTF-8");
    refused_view(PN_VIEW("name: \xc0\x80\n"), "not valid UTF-8");
    refused_view(PN_VIEW("name: a\0b\n"), "t.yaml:");
    refused("name: \"a\\0b\"\n", "U+0000");
    refused("name: \"a\\u202eb\"\n", "U+202E");
    refused("name: \"a\\x1b[2J\"\n", "U+001B");
    refused("\"na\\u200bme\": a\n", "U+200B");
    refused("name: \"\\uffff\"\n", "U+FFFF");
}

static void bounds(void) {
    struct pn_buf b = {0};
    for (int i = 0; i < 40; i++)
        pn_buf_add_byte(&b, '[');
    refused_view(pn_buf_view(&b), "deeper than 32");
    pn_buf_reset(&b);
    for (int i = 0; i < 100000; i++)
        pn_buf_add_byte(&b, '[');
    refused_view(pn_buf_view(&b), "deeper than 32");
    pn_buf_reset(&b);
    for (int i = 0; i < 200000; i++)
        pn_buf_add_str(&b, "a ");
    refused_view(pn_buf_view(&b), "larger than 256 KiB");
    pn_buf_reset(&b);
    for (int i = 0; i < 2000; i++)
        pn_buf_printf(&b, "k%d: 1\n", i);
    refused_view(pn_buf_view(&b), "more than 1024 entries");
    pn_buf_reset(&b);
    for (int i = 0; i < 300; i++)
        pn_buf_add_byte(&b, 'k');
    pn_buf_add_str(&b, ": 1\n");
    refused_view(pn_buf_view(&b), "at most 256 bytes");
    // Many mistakes: the report ends.
    pn_buf_reset(&b);
    for (int i = 0; i < 1000; i++)
        pn_buf_printf(&b, "k%d: 1\n", i);
    refused_view(pn_buf_view(&b), "and more; mend these first");
    struct thing t = {0};
    const char *report = read_into(&t, pn_buf_view(&b));
    size_t lines = 0;
    for (; *report != '\0'; report++)
        lines += *report == '\n';
    CHECK_INT(lines, 101);
    drop(&t);
    pn_buf_fini(&b);
}

static void unknown_and_missing_keys(void) {
    refused("nmae: a\n", "t.yaml:1:1: unknown key 'nmae'; did you mean 'name'?");
    refused("enable: true\nname: a\n", "did you mean 'enabled'?");
    refused("something: 1\nname: a\n", "known here: name, enabled, count, inner");
    refused("count: 1\n", "the key 'name' is missing here");
    refused("name: a\ninner: {wrod: b}\n", "t.yaml:2:9: unknown key 'wrod'; did you mean 'word'?");
    refused("name: a\ninner: 3\n", "inner: expected a map, found a number");
    refused("name: a\ninner: [word]\n", "inner: expected a map, found a list");
    refused("\"a\\nb\": 1\nname: a\n", "unknown key 'a\\x0ab'");
}

static void booleans(void) {
    static const char *const wrong[] = {"yes", "no", "on",       "True", "TRUE", "maybe",
                                        "1",   "0",  "\"true\"", "",     "~",    "[true]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "name: a\nenabled: %s\n", wrong[i]);
        refused(text, "expected true or false");
    }
    struct thing t = {0};
    CHECK_STR(read_into(&t, PN_VIEW("name: a\nenabled: true\n")), "");
    CHECK(t.on);
    drop(&t);
}

static void numbers(void) {
    static const char *const wrong[] = {
        "010", "0x10", "0o7", "1_0", "1e1", "-1", "+1", "1.0", "\"5\"", "99999999999999999999", "", "a", " 1 2"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "name: a\ncount: %s\n", wrong[i]);
        refused(text, "expected a decimal number");
    }
    refused("name: a\ncount: 0\n", "0 is not between 1 and 10");
    refused("name: a\ncount: 11\n", "11 is not between 1 and 10");
    struct thing t = {0};
    CHECK_STR(read_into(&t, PN_VIEW("name: a\ncount: 10\n")), "");
    CHECK_INT(t.count, 10);
    drop(&t);
}

static void strings(void) {
    static const char *const wrong[] = {"3",   "1.0",  "0x1F", "-7",       "1e5",       "NO",
                                        "yes", "true", "Off",  "12:30:45", "2026-01-01"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "name: %s\n", wrong[i]);
        refused(text, "write it in quotes");
        struct thing t = {0};
        (void)snprintf(text, sizeof text, "name: '%s'\n", wrong[i]);
        CHECK_STR(read_into(&t, pn_view_str(text)), "");
        CHECK_STR(t.name, wrong[i]);
        drop(&t);
    }
    refused("name:\n", "expected a string, found nothing");
    refused("name: ~\n", "expected a string, found nothing");
    refused("name: [a]\n", "expected a string, found a list");
    struct thing t = {0};
    CHECK_STR(read_into(&t, PN_VIEW("{\"name\": \"a\\u00e4\\n\", \"enabled\": false}")), "");
    CHECK_STR(t.name, "a\xc3\xa4\n");
    drop(&t);
}

static void every_mistake_is_listed(void) {
    struct thing t = {0};
    CHECK_STR(read_into(&t, PN_VIEW("enabled: maybe\ncount: x\nfoo: 1\n")),
              "t.yaml:1:1: enabled: expected true or false, found maybe\nt.yaml:2:1: count: expected a decimal number, "
              "found a string\n"
              "t.yaml:3:1: unknown key 'foo'; known here: name, enabled, count, inner\nt.yaml:1:1: the key 'name' is "
              "missing here\n");
    drop(&t);
}

static void nothing_is_nothing(void) {
    struct pn_yaml y = {.name = "t"};
    CHECK_INT(pn_yaml_parse(&y, PN_VIEW("")), 0);
    CHECK(y.root == NULL);
    CHECK_INT(pn_yaml_parse(&y, PN_VIEW("# only a comment\n")), 0);
    CHECK(y.root == NULL);
    CHECK_INT(y.mistakes, 0);
    pn_yaml_fini(&y);
}

static void written_texts_read_back(void) {
    static const char *const texts[] = {"",      "a",      "\"", "\\",   "a\nb\tc",          "yes",
                                        "- x",   "# no",   "{}", "a: b", "\xf0\x9f\x94\x92", "'",
                                        " lead", "trail ", "%",  "\\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct pn_buf b = {0};
        struct thing t = {0};
        pn_buf_add_str(&b, "name: ");
        pn_yaml_put_text(&b, texts[i]);
        CHECK_STR(read_into(&t, pn_buf_view(&b)), "");
        CHECK_STR(t.name, texts[i]);
        drop(&t);
        pn_buf_fini(&b);
    }
}

static void units(void) {
    static const struct {
        bool (*read)(struct pn_view, uint64_t *);
        void (*put)(struct pn_buf *, uint64_t);
        const char *text;
        uint64_t want; // UINT64_MAX: refused
        const char *canonical;
    } rows[] = {
        {pn_units_size, pn_units_put_size, "0", 0, "0"},
        {pn_units_size, pn_units_put_size, "4096", 4096, "4KiB"},
        {pn_units_size, pn_units_put_size, "4097", 4097, "4097"},
        {pn_units_size, pn_units_put_size, "512Mi", 536870912, "512MiB"},
        {pn_units_size, pn_units_put_size, "1GiB", 1073741824, "1GiB"},
        {pn_units_size, pn_units_put_size, "10kB", 10000, "10000"},
        {pn_units_size, pn_units_put_size, "5M", 5000000, "5000000"},
        {pn_units_size, NULL, "5m", UINT64_MAX, NULL},
        {pn_units_size, NULL, "5 MiB", UINT64_MAX, NULL},
        {pn_units_size, NULL, "1.5MiB", UINT64_MAX, NULL},
        {pn_units_size, NULL, "MiB", UINT64_MAX, NULL},
        {pn_units_size, NULL, "", UINT64_MAX, NULL},
        {pn_units_size, NULL, "010", UINT64_MAX, NULL},
        {pn_units_size, NULL, "-1", UINT64_MAX, NULL},
        {pn_units_size, NULL, "18446744073709551615GiB", UINT64_MAX, NULL},
        {pn_units_size, NULL, "18446744073709551616", UINT64_MAX, NULL},
        {pn_units_duration, pn_units_put_duration, "30s", 30000000, "30s"},
        {pn_units_duration, pn_units_put_duration, "500ms", 500000, "500ms"},
        {pn_units_duration, pn_units_put_duration, "90s", 90000000, "90s"},
        {pn_units_duration, pn_units_put_duration, "60s", 60000000, "1m"},
        {pn_units_duration, pn_units_put_duration, "1us", 1, "1us"},
        {pn_units_duration, pn_units_put_duration, "0s", 0, "0us"},
        {pn_units_duration, NULL, "30", UINT64_MAX, NULL},
        {pn_units_duration, NULL, "30 s", UINT64_MAX, NULL},
        {pn_units_duration, NULL, "1d", UINT64_MAX, NULL},
        {pn_units_cpu, pn_units_put_cpu, "500m", 500, "500m"},
        {pn_units_cpu, pn_units_put_cpu, "2", 2000, "2"},
        {pn_units_cpu, NULL, "0.5", UINT64_MAX, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t got = UINT64_MAX;
        bool good = rows[i].read(pn_view_str(rows[i].text), &got);
        if (good != (rows[i].want != UINT64_MAX) || got != rows[i].want)
            printf("# %s\n", rows[i].text);
        CHECK_INT(good, rows[i].want != UINT64_MAX);
        CHECK(!good || got == rows[i].want);
        if (rows[i].put == NULL)
            continue;
        struct pn_buf b = {0};
        rows[i].put(&b, got);
        CHECK_STR(pn_buf_cstr(&b), rows[i].canonical);
        uint64_t again = 0;
        CHECK(rows[i].read(pn_buf_view(&b), &again) && again == got);
        pn_buf_fini(&b);
    }
}

PN_TESTS(TEST(misuse), TEST(bounds), TEST(unknown_and_missing_keys), TEST(booleans), TEST(numbers), TEST(strings),
         TEST(every_mistake_is_listed), TEST(nothing_is_nothing), TEST(written_texts_read_back), TEST(units))
