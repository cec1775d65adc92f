// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "check.h"

#include <errno.h>

static void misuse(void) {
    pn_auto(pn_buf) struct pn_buf b = {.max = 4};
    pn_buf_add_str(&b, "12345");
    CHECK(b.overflow);
    CHECK_STR(pn_buf_cstr(&b), "");
    pn_buf_add_str(&b, "1");
    CHECK(b.overflow);
    pn_buf_reset(&b);
    pn_buf_add(&b, NULL, 0);
    CHECK(!b.overflow);
    struct pn_cursor c = {.rest = PN_VIEW("\x01\x02\x03")};
    CHECK_INT(pn_cursor_u16(&c), 0x0201);
    CHECK_INT(pn_cursor_u32(&c), 0);
    CHECK(c.bad);
    CHECK_INT(pn_cursor_u8(&c), 0);
    CHECK(pn_view_dup(PN_VIEW("a\0b")) == NULL);
}

static void buffers(void) {
    pn_auto(pn_buf) struct pn_buf b = {0};
    pn_buf_printf(&b, "%s-%d", "x", 7);
    pn_buf_add_u64(&b, UINT64_MAX);
    CHECK_STR(pn_buf_cstr(&b), "x-718446744073709551615");
    pn_buf_drop_front(&b, 3);
    CHECK_STR(pn_buf_cstr(&b), "18446744073709551615");
    pn_buf_reset(&b);
    pn_buf_put_u32(&b, 0x01020304);
    pn_buf_put_u64(&b, 5);
    struct pn_cursor c = {.rest = pn_buf_view(&b)};
    CHECK_INT(pn_cursor_u32(&c), 0x01020304);
    CHECK_INT(pn_cursor_u64(&c), 5);
    CHECK(!c.bad && c.rest.len == 0);
}

static void utf8(void) {
    CHECK(pn_utf8_valid(PN_VIEW("Zo\xc3\xab \xf0\x9f\x92\xa9")));
    CHECK(!pn_utf8_valid(PN_VIEW("\xc0\x80")));
    CHECK(!pn_utf8_valid(PN_VIEW("\xed\xa0\x80")));
    CHECK(!pn_utf8_valid(PN_VIEW("\xf4\x90\x80\x80")));
    CHECK(!pn_utf8_valid(PN_VIEW("abcdefgh\xe2\x82")));
    CHECK_INT(pn_utf8_cut(PN_VIEW("a\xc3\xab"), 2).len, 1);
    pn_auto(pn_buf) struct pn_buf b = {0};
    pn_utf8_put(&b, 0x1f4a9);
    pn_utf8_put(&b, 0xd800);
    CHECK_STR(pn_buf_cstr(&b), "\xf0\x9f\x92\xa9\xef\xbf\xbd");
}

static void encodings(void) {
    pn_auto(pn_buf) struct pn_buf b = {0};
    pn_base64_put(&b, PN_VIEW("hello"));
    CHECK_STR(pn_buf_cstr(&b), "aGVsbG8=");
    pn_auto(pn_buf) struct pn_buf back = {0};
    CHECK(pn_base64_get(pn_buf_view(&b), &back));
    CHECK_STR(pn_buf_cstr(&back), "hello");
    CHECK(!pn_base64_get(PN_VIEW("aGVsbG9="), &back));
    CHECK(!pn_base64_get(PN_VIEW("aGVsb"), &back));
    CHECK(!pn_base64_get(PN_VIEW("aG=sbG8="), &back));
    uint64_t n;
    CHECK(pn_u64_get(PN_VIEW("18446744073709551615"), &n) && n == UINT64_MAX);
    CHECK(!pn_u64_get(PN_VIEW("18446744073709551616"), &n));
    CHECK(!pn_u64_get(PN_VIEW("01"), &n));
    CHECK(!pn_u64_get(PN_VIEW("+1"), &n));
    struct pn_digest d = pn_sha256(PN_VIEW("abc"));
    char hex[65];
    pn_digest_hex(&d, hex);
    CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void escaping(void) {
    pn_auto(pn_buf) struct pn_buf b = {0};
    pn_escape(&b, PN_VIEW("a\n\x1b[31m\xff\\\xe2\x80\xae"));
    CHECK_STR(pn_buf_cstr(&b), "a\\x0a\\x1b[31m\\xff\\x5c\\u{202e}");
}

static void memory_files(void) {
    struct pn_err err = {0};
    pn_auto(pn_fd) int fd = pn_memfd_sealed(PN_VIEW("body"), &err);
    CHECK(fd >= 0);
    CHECK(write(fd, "x", 1) < 0 && errno == EPERM);
    struct pn_view map;
    CHECK_INT(pn_memfd_map(fd, 4, &map, &err), 0);
    CHECK(pn_view_is(map, "body"));
    pn_memfd_unmap(&map);
    CHECK_INT(pn_memfd_map(fd, 5, &map, &err), -1);
    CHECK_INT(err.category, PN_E_PEER);
}

PN_TESTS(TEST(misuse), TEST(buffers), TEST(utf8), TEST(encodings), TEST(escaping), TEST(memory_files))
