// SPDX-License-Identifier: Apache-2.0
// The program people type. It holds the operator's rights and parses the operator's words; everything of a component
// (its bytes, its answers) is handled in role processes that it starts.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/output.h"

static int finish(struct pn_cli *cli, int code) {
    struct pn_err err = {0};
    if (cli->out.overflow) {
        (void)pn_fail(&err, PN_E_SYSTEM, "out of memory");
        return pn_out_error(cli, &err);
    }
    if (cli->json && cli->out.len > 0)
        pn_buf_add_byte(&cli->out, '\n');
    if (pn_write_all(STDOUT_FILENO, pn_buf_view(&cli->out), &err) != 0)
        return pn_out_error(&(struct pn_cli){0}, &err);
    return code;
}

static int run_verb(struct pn_cli *cli) {
    struct pn_err err = {0};
    if (cli->help) {
        cli->json = false;
        pn_help_verb(cli->verb, &cli->out);
        return finish(cli, PN_EXIT_OK);
    }
    int code = cli->verb->run(cli, &err);
    return code < 0 ? pn_out_error(cli, &err) : finish(cli, code);
}

static bool is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

// No command, or a group's name alone: the help, as the answer to a wrong usage unless it was asked for.
static int explain(int argc, char **argv) {
    pn_auto(pn_buf) struct pn_buf text = {0};
    bool asked = argc == 3 && is_help(argv[2]);
    if (argc < 2)
        pn_help_all(&text);
    else
        (void)pn_help_group(argv[1], &text);
    (void)!pn_write_all(asked ? STDOUT_FILENO : STDERR_FILENO, pn_buf_view(&text), NULL);
    return asked ? PN_EXIT_OK : PN_EXIT_USAGE;
}

static bool is_group(const char *word) {
    pn_auto(pn_buf) struct pn_buf ignored = {0};
    return word[0] != '-' && pn_help_group(word, &ignored) > 1;
}

// Options that stand in place of a command.
static char *alias(char *word) {
    static char help[] = "help", version[] = "version";
    if (is_help(word))
        return help;
    return strcmp(word, "--version") == 0 ? version : word;
}

int main(int argc, char **argv) {
    (void)signal(SIGPIPE, SIG_IGN);
    pn_log_init("postern", PN_LOG_INFO);
    if (argc < 2 || (is_group(argv[1]) && (argc == 2 || (argc == 3 && is_help(argv[2])))))
        return explain(argc, argv);
    argv[1] = alias(argv[1]);
    struct pn_cli cli;
    struct pn_err err = {0};
    int code = PN_EXIT_USAGE;
    if (pn_cli_parse(argc - 1, argv + 1, &cli, &err) == 0)
        code = run_verb(&cli);
    else
        (void)pn_out_error(&cli, &err);
    pn_cli_fini(&cli);
    return code;
}
