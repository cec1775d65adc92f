// SPDX-License-Identifier: Apache-2.0
// The unit tests' few words. A test file is a list of functions and one PN_TESTS(...) at the end; each function is
// one test. A failed check prints file:line with the values and the run goes on; the exit code tells.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_failed;

#define CHECK(cond)                                                                   \
    do {                                                                              \
        if (!(cond)) {                                                                \
            check_failed = 1;                                                         \
            printf("# %s:%d: %s: failed: %s\n", __FILE__, __LINE__, __func__, #cond); \
        }                                                                             \
    } while (0)

#define CHECK_INT(got, want)                                                                                      \
    do {                                                                                                          \
        long long check_g = (long long)(got), check_w = (long long)(want);                                        \
        if (check_g != check_w) {                                                                                 \
            check_failed = 1;                                                                                     \
            printf("# %s:%d: %s: %s is %lld, want %lld\n", __FILE__, __LINE__, __func__, #got, check_g, check_w); \
        }                                                                                                         \
    } while (0)

#define CHECK_STR(got, want)                                                                                 \
    do {                                                                                                     \
        const char *check_g = (got), *check_w = (want);                                                      \
        if (check_g == NULL || strcmp(check_g, check_w) != 0) {                                              \
            check_failed = 1;                                                                                \
            printf("# %s:%d: %s: %s is\n#   \"%s\", want\n#   \"%s\"\n", __FILE__, __LINE__, __func__, #got, \
                   check_g == NULL ? "(null)" : check_g, check_w);                                           \
        }                                                                                                    \
    } while (0)

// The text of an error must name `part`.
#define CHECK_ERR(err, part)                                                                                           \
    do {                                                                                                               \
        if (strstr((err).text, (part)) == NULL) {                                                                      \
            check_failed = 1;                                                                                          \
            printf("# %s:%d: %s: error \"%s\" does not say \"%s\"\n", __FILE__, __LINE__, __func__, (err).text, part); \
        }                                                                                                              \
    } while (0)

struct check_test {
    const char *name;
    void (*run)(void);
};

static inline int check_main(const struct check_test *tests, size_t count) {
    size_t bad = 0;
    printf("1..%zu\n", count);
    for (size_t i = 0; i < count; i++) {
        check_failed = 0;
        tests[i].run();
        printf("%s %zu - %s\n", check_failed ? "not ok" : "ok", i + 1, tests[i].name);
        bad += check_failed ? 1 : 0;
    }
    return bad == 0 ? 0 : 1;
}

#define TEST(fn) \
    { #fn, fn }
#define PN_TESTS(...)                                           \
    int main(void) {                                            \
        static const struct check_test tests[] = {__VA_ARGS__}; \
        return check_main(tests, sizeof tests / sizeof *tests); \
    }
