// SPDX-License-Identifier: Apache-2.0
// Secret memory: what was in it must be gone when it is given back, and the kernel must keep it out of dumps, swap and
// children. The values here are made up.
#include "base/secret.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "check.h"

#if defined(__SANITIZE_ADDRESS__)
#define LOCKS false // the sanitizer makes mlock do nothing
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKS false
#endif
#endif
#ifndef LOCKS
#define LOCKS true
#endif

static const char fake[] = "fake-secret-for-tests-0123456789-0123456789-0123456789-0123456789-0123456789";

// The bytes at an address whatever the program believes about it.
static bool read_memory(const void *at, void *to, size_t len) {
    pn_auto(pn_fd) int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    return fd >= 0 && pread(fd, to, len, (off_t)(uintptr_t)at) == (ssize_t)len;
}

static bool all_zero(const uint8_t *p, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (p[i] != 0)
            return false;
    return true;
}

// --- misuse ---

static void misuse_is_bounded(void) {
    struct pn_secret s = {0};
    struct pn_err err = {0};
    CHECK(pn_secret_new(&s, PN_SECRET_MOST + 1, &err) < 0);
    CHECK_INT(err.category, PN_E_LIMIT);
    CHECK(s.ptr == NULL && s.len == 0);
    pn_secret_fini(&s);
    pn_secret_fini(&s);
    CHECK(pn_secret_new(&s, 0, &err) == 0 && s.len == 0);
    CHECK(pn_secret_copy(&s, PN_VIEW("fake"), NULL) == 0);
    pn_secret_cut(&s, 100);
    CHECK_INT(s.len, 4);
    pn_secret_fini(&s);
    CHECK_INT(pn_secret_in_use(), 0);
}

static void a_full_pool_refuses_and_recovers(void) {
    struct pn_secret all[PN_SECRET_POOL / PN_SECRET_MOST] = {0}, more = {0};
    struct pn_err err = {0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CHECK(pn_secret_new(&all[i], PN_SECRET_MOST, NULL) == 0);
    CHECK(pn_secret_new(&more, 1, &err) < 0);
    CHECK_INT(err.category, PN_E_LIMIT);
    pn_secret_cut(&all[3], 1);
    CHECK(pn_secret_new(&more, PN_SECRET_MOST - 64, NULL) == 0);
    CHECK(more.ptr == all[3].ptr + 64);
    pn_secret_fini(&more);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pn_secret_fini(&all[i]);
    CHECK_INT(pn_secret_in_use(), 0);
}

static void a_failed_take_wipes_its_source_too(void) {
    static uint8_t large[PN_SECRET_MOST + 1];
    memset(large, 'x', sizeof large);
    struct pn_secret s = {0};
    CHECK(pn_secret_take(&s, large, sizeof large, NULL) < 0);
    CHECK(all_zero(large, sizeof large));
}

// --- wiping ---

static void is_wiped_when_freed(void) {
    struct pn_secret s = {0};
    uint8_t seen[sizeof fake], source[sizeof fake];
    pn_copy(source, fake, sizeof fake);
    CHECK(pn_secret_take(&s, source, sizeof source, NULL) == 0);
    CHECK(all_zero(source, sizeof source));
    const uint8_t *at = s.ptr;
    CHECK(read_memory(at, seen, sizeof seen));
    CHECK(memcmp(seen, fake, sizeof fake) == 0);
    pn_secret_fini(&s);
    CHECK(s.ptr == NULL && s.len == 0);
    CHECK(read_memory(at, seen, sizeof seen));
    CHECK(all_zero(seen, sizeof seen));
}

static void a_cut_wipes_the_tail(void) {
    pn_auto(pn_secret) struct pn_secret s = {0};
    uint8_t seen[sizeof fake];
    CHECK(pn_secret_copy(&s, pn_view(fake, sizeof fake), NULL) == 0);
    pn_secret_cut(&s, 5);
    CHECK(read_memory(s.ptr, seen, sizeof seen));
    CHECK(memcmp(seen, fake, 5) == 0 && all_zero(seen + 5, sizeof seen - 5));
}

static void a_new_value_wipes_the_old_one(void) {
    pn_auto(pn_secret) struct pn_secret s = {0};
    uint8_t seen[sizeof fake];
    CHECK(pn_secret_copy(&s, pn_view(fake, sizeof fake), NULL) == 0);
    const uint8_t *at = s.ptr;
    CHECK(pn_secret_copy(&s, PN_VIEW("f"), NULL) == 0);
    CHECK(read_memory(at, seen, sizeof seen));
    CHECK(memmem(seen, sizeof seen, "fake", 4) == NULL);
    CHECK(memmem(seen, sizeof seen, "secret", 6) == NULL);
}

// --- what the kernel knows ---

// The flags of the mapping that holds `at`, from /proc/self/smaps.
static void mapping_flags(const void *at, char *flags, size_t room) {
    FILE *f = fopen("/proc/self/smaps", "re");
    char line[512];
    bool inside = false;
    flags[0] = '\0';
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char *dash = NULL, *after = NULL;
        uintptr_t from = strtoull(line, &dash, 16), to = *dash == '-' ? strtoull(dash + 1, &after, 16) : 0;
        if (after != NULL && *after == ' ')
            inside = (uintptr_t)at >= from && (uintptr_t)at < to;
        if (inside && strncmp(line, "VmFlags:", 8) == 0)
            (void)snprintf(flags, room, "%s", line + 8);
    }
    if (f != NULL)
        (void)fclose(f);
}

static void is_locked_and_not_dumped(void) {
    pn_auto(pn_secret) struct pn_secret s = {0};
    char flags[256];
    CHECK(pn_secret_random(&s, 32, NULL) == 0);
    mapping_flags(s.ptr, flags, sizeof flags);
    CHECK(!LOCKS || strstr(flags, " lo") != NULL);
    CHECK(strstr(flags, " dd") != NULL);
    CHECK(strstr(flags, " wf") != NULL);
}

static void a_forked_child_sees_zeros(void) {
    pn_auto(pn_secret) struct pn_secret s = {0};
    CHECK(pn_secret_copy(&s, pn_view(fake, sizeof fake), NULL) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(all_zero(s.ptr, s.len) ? 0 : 1);
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(memcmp(s.ptr, fake, sizeof fake) == 0);
}

static void guards_stop_an_overrun(void) {
    struct pn_secret all[PN_SECRET_POOL / PN_SECRET_MOST] = {0};
    uint8_t byte;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CHECK(pn_secret_new(&all[i], PN_SECRET_MOST, NULL) == 0);
    int fd[2];
    CHECK(pipe(fd) == 0);
    // The kernel reads our memory for us and says EFAULT where we would die.
    CHECK(write(fd[1], all[0].ptr, 1) == 1 && read(fd[0], &byte, 1) == 1);
    CHECK(write(fd[1], all[0].ptr - 1, 1) < 0);
    CHECK(write(fd[1], all[0].ptr + PN_SECRET_POOL, 1) < 0);
    (void)close(fd[0]);
    (void)close(fd[1]);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pn_secret_fini(&all[i]);
}

static void compares(void) {
    pn_auto(pn_secret) struct pn_secret s = {0};
    CHECK(pn_secret_eq(&s, pn_view(NULL, 0)));
    CHECK(pn_secret_copy(&s, PN_VIEW("fake-a"), NULL) == 0);
    CHECK(pn_secret_eq(&s, PN_VIEW("fake-a")));
    CHECK(!pn_secret_eq(&s, PN_VIEW("fake-b")));
    CHECK(!pn_secret_eq(&s, PN_VIEW("fake-")));
    CHECK(!pn_secret_eq(&s, PN_VIEW("fake-a ")));
}

PN_TESTS(TEST(misuse_is_bounded), TEST(a_full_pool_refuses_and_recovers), TEST(a_failed_take_wipes_its_source_too),
         TEST(is_wiped_when_freed), TEST(a_cut_wipes_the_tail), TEST(a_new_value_wipes_the_old_one),
         TEST(is_locked_and_not_dumped), TEST(a_forked_child_sees_zeros), TEST(guards_stop_an_overrun), TEST(compares))
