// SPDX-License-Identifier: Apache-2.0
// The command line: a table of verbs, each one file with one `struct pn_verb`; parsing, help, completions and the man
// page's list of verbs all read that table.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

// Exit codes, documented in postern(1).
enum pn_exit {
    PN_EXIT_OK = 0,
    PN_EXIT_FAILED = 1, // wrong data, a missing file, the system said no
    PN_EXIT_USAGE = 2,  // the command line itself is wrong
    PN_EXIT_DENIED = 3, // by policy or confinement, or because something was tampered with
    PN_EXIT_LIMIT = 4,  // a limit was reached; the text names it
    PN_EXIT_TOOL = 5,   // the tool answered with its own error, or trapped
};

// What an operand or an option's value is: for completions.
enum pn_word {
    PN_WORD_TEXT,
    PN_WORD_FILE,
    PN_WORD_COMPONENT,
    PN_WORD_TOOL,
    PN_WORD_KIND,
    PN_WORD_SHELL,
    PN_WORD_REVISION,
    PN_WORD_VERB
};

struct pn_option {
    const char *name;  // without "--"
    const char *value; // placeholder of its value; NULL for a flag
    enum pn_word word;
    const char *help;
};
struct pn_operand {
    const char *name; // "FILE"
    enum pn_word word;
    bool optional;
};
#define PN_OPERANDS_MAX 4
#define PN_OPTIONS_MAX 12

struct pn_cli;
struct pn_verb {
    const char *name;    // "component load"
    const char *purpose; // one line, no full stop
    struct pn_operand operands[PN_OPERANDS_MAX];
    const struct pn_option *options; // ends with name == NULL; NULL = none
    const char *text;                // what it does, wrapped at 80
    const char *examples;            // lines without indentation
    const char *exits;               // exit codes beside 0, 1 and 2: "3 ..., 4 ..."; NULL = none
    bool no_json;                    // --json makes no sense here
    // Returns an exit code, or negative with `err` filled. Results go to cli->out.
    int (*run)(struct pn_cli *cli, struct pn_err *err);
};
extern const struct pn_verb *const pn_verbs[]; // ends with NULL, in the order of the help

// A parsed command line.
struct pn_cli {
    const struct pn_verb *verb;
    const char *operand[PN_OPERANDS_MAX]; // NULL = not given
    const char *value[PN_OPTIONS_MAX];    // of verb->options; "" for a flag that is there, NULL = not given
    bool json, help;
    struct pn_buf out; // written to standard output when the verb has returned
};
void pn_cli_fini(struct pn_cli *cli);

// The value of option `name` of the verb; NULL when it was not given.
const char *pn_cli_value(const struct pn_cli *cli, const char *name);
static inline bool pn_cli_flag(const struct pn_cli *cli, const char *name) {
    return pn_cli_value(cli, name) != NULL;
}
// Fails like pn_fail with PN_E_INPUT, and the process exits with PN_EXIT_USAGE: for words that do not fit together.
#define PN_CODE_USAGE (-2)
#define pn_fail_usage(err, ...) pn_err_set((err), PN_E_INPUT, PN_CODE_USAGE, __func__, __VA_ARGS__)

// A decimal number from the command line. PN_E_INPUT names `what`.
[[nodiscard]] int pn_cli_number(const char *text, const char *what, uint64_t *out, struct pn_err *err);

// Finds the verb in argv and its options and operands. PN_E_INPUT for everything that does not fit; `out->json` is set
// even then when
// --json was seen.
[[nodiscard]] int pn_cli_parse(int argc, char **argv, struct pn_cli *out, struct pn_err *err);

void pn_help_all(struct pn_buf *out);
void pn_help_verb(const struct pn_verb *verb, struct pn_buf *out);
// The verbs that start with the words of `prefix`; returns how many.
size_t pn_help_group(const char *prefix, struct pn_buf *out);
