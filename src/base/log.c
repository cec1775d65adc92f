// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

static const char *log_role = "postern";
static enum pn_level log_most = PN_LOG_INFO;
static bool log_piped;

void pn_log_init(const char *role, enum pn_level most) {
    log_role = role;
    log_most = most;
    log_piped = getenv(PN_LOG_PIPE) != NULL;
}

enum pn_level pn_log_level(void) {
    return log_most;
}

static const char *const level_names[] = {"error", "warn", "info", "debug"};

bool pn_log_level_parse(const char *name, enum pn_level *out) {
    for (unsigned i = 0; i < sizeof level_names / sizeof *level_names; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *out = (enum pn_level)i;
            return true;
        }
    }
    return false;
}

static void escape(struct pn_buf *out, struct pn_view text, bool backslash) {
    for (size_t i = 0; i < text.len;) {
        uint32_t c;
        size_t n = pn_utf8_next(pn_view_part(text, i, text.len), &c);
        if (n == 0) {
            pn_buf_printf(out, "\\x%02x", text.ptr[i]);
            i++;
            continue;
        }
        if (c < 0x20 || c == 0x7f || (c == '\\' && backslash))
            pn_buf_printf(out, "\\x%02x", (unsigned)c);
        else if (pn_char_is_hidden(c))
            pn_buf_printf(out, "\\u{%x}", (unsigned)c);
        else
            pn_buf_add(out, text.ptr + i, n);
        i += n;
    }
}

void pn_escape(struct pn_buf *out, struct pn_view text) {
    escape(out, text, true);
}

static void emit(const char *role, enum pn_level level, struct pn_view text, bool backslash) {
    if (level > log_most)
        return;
    pn_auto(pn_buf) struct pn_buf line = {.max = 16384};
    if (log_piped) {
        pn_buf_printf(&line, "%s ", level_names[level]);
        escape(&line, pn_view_part(text, 0, 4096), backslash);
        pn_buf_add_byte(&line, '\n');
        (void)!write(STDERR_FILENO, line.ptr, line.len);
        return;
    }
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct tm utc;
    (void)gmtime_r(&now.tv_sec, &utc);
    char when[32];
    (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    pn_buf_printf(&line, "%s.%03ldZ %-5s %s: ", when, now.tv_nsec / 1000000, level_names[level], role);
    escape(&line, pn_view_part(text, 0, 4096), backslash);
    pn_buf_add_byte(&line, '\n');
    // A log that cannot be written must not stop a call that is already decided.
    (void)!write(STDERR_FILENO, line.ptr, line.len);
}

void pn_log_as(const char *role, enum pn_level level, struct pn_view text) {
    emit(role, level, text, true);
}

void pn_log_relay(const char *role, struct pn_view line) {
    size_t space = pn_view_find(line, ' ', 0);
    enum pn_level level = PN_LOG_WARN;
    char word[8] = "";
    if (space < sizeof word)
        pn_copy(word, line.ptr, space);
    // Lines that are not ours (a panic, a sanitizer) come out as warnings, whole.
    if (pn_log_level_parse(word, &level))
        line = pn_view_part(line, space + 1, line.len);
    emit(role, level, line, false); // our own lines are escaped already
}

void pn_log(enum pn_level level, const char *fmt, ...) {
    if (level > log_most)
        return;
    char text[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    pn_log_as(log_role, level, pn_view(text, len));
}
