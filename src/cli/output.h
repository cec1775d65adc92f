// SPDX-License-Identifier: Apache-2.0
// Results: the same rows as an aligned table for people and as JSON for programs. Everything that is not our own text
// is escaped before it reaches a terminal.
#pragma once
#include "cli/cli.h"
#include "json/json.h"

struct pn_column {
    const char *key;   // in JSON
    const char *title; // in the table; NULL = only in JSON
    bool right;        // aligned to the right
};
enum pn_cell_kind { PN_CELL_STR, PN_CELL_U64, PN_CELL_BOOL, PN_CELL_NONE };
struct pn_table {
    const struct pn_column *columns; // ends with key == NULL
    size_t width;                    // columns
    struct pn_cell *cells;
    size_t len, cap;
    bool broken; // memory ran out
};
void pn_table_init(struct pn_table *t, const struct pn_column *columns);
void pn_table_fini(struct pn_table *t);
static inline void pn_table_cleanup(struct pn_table *t) {
    pn_table_fini(t);
}
// Cells in order, row by row; the text is copied.
void pn_table_str(struct pn_table *t, const char *text); // NULL = nothing
void pn_table_view(struct pn_table *t, struct pn_view text);
void pn_table_u64(struct pn_table *t, uint64_t number);
void pn_table_bool(struct pn_table *t, bool value);
void pn_table_time(struct pn_table *t, uint64_t unix_seconds); // RFC 3339, UTC

// Writes the table to cli->out: rows under `key` and their number under "total" with --json; `empty` in place of a
// table without rows.
[[nodiscard]] int pn_out_table(struct pn_cli *cli, const struct pn_table *t, const char *key, const char *empty,
                               struct pn_err *err);
// Only the array, as a value of a larger document.
void pn_table_json(const struct pn_table *t, struct pn_json_w *w);

// A line of text, escaped. For results that are one sentence.
void pn_out_line(struct pn_cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

// A JSON document on a line of its own for people to read: what a person does not see is written as \uXXXX.
void pn_out_json(struct pn_cli *cli, struct pn_view json);

// RFC 3339 of Unix seconds.
void pn_out_time(uint64_t unix_seconds, char out[32]);

enum pn_colour { PN_PLAIN, PN_BOLD, PN_RED, PN_GREEN, PN_YELLOW };
// The escape sequence, or "" when standard output (or error) is no terminal, NO_COLOR is set or TERM is "dumb".
const char *pn_colour(enum pn_colour colour, int fd);

// Reports a failure: {"error":{"category","text"}} on standard output with --json, one line on standard error
// otherwise. Returns the exit code for it.
int pn_out_error(const struct pn_cli *cli, const struct pn_err *err);
