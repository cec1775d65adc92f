// SPDX-License-Identifier: Apache-2.0
// Help, made from the table of verbs; and `postern help`.
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/verbs.h"

static void add_synopsis(const struct pn_verb *verb, struct pn_buf *out) {
    pn_buf_printf(out, "postern %s", verb->name);
    for (size_t i = 0; i < PN_OPERANDS_MAX && verb->operands[i].name != NULL; i++)
        pn_buf_printf(out, verb->operands[i].optional ? " [%s]" : " %s", verb->operands[i].name);
    if (verb->options != NULL || !verb->no_json)
        pn_buf_add_str(out, " [OPTION ...]");
}

static void add_option(const char *name, const char *value, const char *help, struct pn_buf *out) {
    char left[80];
    (void)snprintf(left, sizeof left, "--%s%s%s", name, value != NULL ? " " : "", value != NULL ? value : "");
    pn_buf_printf(out, "  %-24s %s\n", left, help);
}

static void add_indented(const char *text, struct pn_buf *out) {
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        pn_buf_printf(out, "  %.*s\n", (int)len, text);
        text += text[len] == '\n' ? len + 1 : len;
    }
}

void pn_help_verb(const struct pn_verb *verb, struct pn_buf *out) {
    pn_buf_printf(out, "postern %s - %s\n\nUsage:\n  ", verb->name, verb->purpose);
    add_synopsis(verb, out);
    pn_buf_printf(out, "\n\n%s\n\nOptions:\n", verb->text);
    for (size_t i = 0; verb->options != NULL && verb->options[i].name != NULL; i++)
        add_option(verb->options[i].name, verb->options[i].value, verb->options[i].help, out);
    if (!verb->no_json) {
        add_option("json", NULL, "print the result, and errors, as one JSON object", out);
        add_option("output", "FORMAT", "table (default) or json; short: -o FORMAT", out);
    }
    add_option("help", NULL, "print this and stop", out);
    pn_buf_add_str(out, "\nExamples:\n");
    add_indented(verb->examples, out);
    pn_buf_printf(out, "\nExit codes: 0 done, 1 failed, 2 wrong usage%s%s. See postern(1).\n",
                  verb->exits != NULL ? ", " : "", verb->exits != NULL ? verb->exits : "");
}

static bool in_group(const char *name, const char *prefix) {
    size_t len = strlen(prefix);
    return strncmp(name, prefix, len) == 0 && (name[len] == ' ' || name[len] == '\0');
}

static void add_line(const struct pn_verb *verb, struct pn_buf *out) {
    pn_buf_printf(out, "  %-22s %s\n", verb->name, verb->purpose);
}

size_t pn_help_group(const char *prefix, struct pn_buf *out) {
    size_t found = 0;
    for (size_t i = 0; pn_verbs[i] != NULL; i++) {
        if (!in_group(pn_verbs[i]->name, prefix))
            continue;
        if (found++ == 0)
            pn_buf_printf(out, "Usage: postern %s ...\n\n", prefix);
        add_line(pn_verbs[i], out);
    }
    if (found > 0)
        pn_buf_printf(out, "\nMore about one: postern help %s VERB\n", prefix);
    return found;
}

void pn_help_all(struct pn_buf *out) {
    pn_buf_add_str(out, "postern - runs untrusted WebAssembly components as MCP tools, deny by default\n\n"
                        "Usage: postern COMMAND [OPERAND ...] [OPTION ...]\n\n");
    for (size_t i = 0; pn_verbs[i] != NULL; i++)
        add_line(pn_verbs[i], out);
    pn_buf_add_str(out, "\nMore about one: postern help COMMAND, or postern COMMAND --help; all of it: postern(1).\n");
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    char name[64];
    if (cli->operand[0] == NULL) {
        pn_help_all(&cli->out);
        return PN_EXIT_OK;
    }
    (void)snprintf(name, sizeof name, "%s%s%s", cli->operand[0], cli->operand[1] != NULL ? " " : "",
                   cli->operand[1] != NULL ? cli->operand[1] : "");
    for (size_t i = 0; pn_verbs[i] != NULL; i++) {
        if (strcmp(pn_verbs[i]->name, name) == 0) {
            pn_help_verb(pn_verbs[i], &cli->out);
            return PN_EXIT_OK;
        }
    }
    if (pn_help_group(name, &cli->out) > 0)
        return PN_EXIT_OK;
    return pn_fail(err, PN_E_INPUT, "there is no command '%s'; see: postern help", name);
}

const struct pn_verb pn_verb_help = {
    .name = "help",
    .purpose = "explain a command, or list all of them",
    .operands = {{"COMMAND", PN_WORD_VERB, true}, {"VERB", PN_WORD_VERB, true}},
    .text = "Prints what a command does, its options, examples and exit codes.",
    .examples = "postern help\npostern help component load",
    .no_json = true,
    .run = run,
};
