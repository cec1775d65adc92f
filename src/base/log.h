// SPDX-License-Identifier: Apache-2.0
// One line per event on stderr: time, level, role, text. Everything not printable is escaped here, so a line can
// carry text of a hostile origin without forging another line or driving a terminal.
#pragma once
#include "base/bytes.h"

enum pn_level { PN_LOG_ERROR, PN_LOG_WARN, PN_LOG_INFO, PN_LOG_DEBUG };

// `role` is kept by pointer. Call once, before the first line. Lines above `most` are dropped.
// A role process that was started with PN_LOG_PIPE in its environment writes "LEVEL text" lines for its parent instead,
// which adds time and role (pn_log_relay).
void pn_log_init(const char *role, enum pn_level most);
enum pn_level pn_log_level(void);
// Parses "error", "warn", "info" or "debug"; returns false for anything else.
bool pn_log_level_parse(const char *name, enum pn_level *out);

void pn_log(enum pn_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// The same with a role name of its own: for lines that were read from another process.
void pn_log_as(const char *role, enum pn_level level, struct pn_view text);

#define PN_LOG_PIPE "POSTERN_LOG_PIPE"
// Reprints one line that a role wrote to its pipe, as `role`. The line is untrusted: escaped, cut, never above `most`.
void pn_log_relay(const char *role, struct pn_view line);

// Appends `text` with control characters, invalid UTF-8, backslash and terminal escapes written as \xHH or \u{HHHH}.
void pn_escape(struct pn_buf *out, struct pn_view text);
