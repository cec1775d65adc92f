// SPDX-License-Identifier: Apache-2.0
// The command line against the table of verbs. Options may stand anywhere; "--" ends them.
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

void pn_cli_fini(struct pn_cli *cli) {
    pn_buf_fini(&cli->out);
}

static size_t option_count(const struct pn_verb *verb) {
    size_t n = 0;
    while (verb->options != NULL && verb->options[n].name != NULL)
        n++;
    return n;
}

// PN_OPTIONS_MAX when there is none of that name.
static size_t option_find(const struct pn_verb *verb, struct pn_view name) {
    for (size_t i = 0; i < option_count(verb); i++)
        if (pn_view_is(name, verb->options[i].name))
            return i;
    return PN_OPTIONS_MAX;
}

const char *pn_cli_value(const struct pn_cli *cli, const char *name) {
    size_t i = option_find(cli->verb, pn_view_str(name));
    return i == PN_OPTIONS_MAX ? NULL : cli->value[i];
}

int pn_cli_number(const char *text, const char *what, uint64_t *out, struct pn_err *err) {
    if (pn_u64_get(pn_view_str(text), out))
        return 0;
    return pn_fail_usage(err, "%s must be a whole number, not '%.40s'", what, text);
}

// How many words of argv the verb's name takes, 0 when they are not its name.
static int match_words(const char *name, int argc, char **argv) {
    int words = 0;
    for (const char *at = name; *at != '\0'; words++) {
        size_t len = strcspn(at, " ");
        if (words >= argc || strlen(argv[words]) != len || strncmp(argv[words], at, len) != 0)
            return 0;
        at += at[len] == ' ' ? len + 1 : len;
    }
    return words;
}

static const struct pn_verb *find_verb(int argc, char **argv, int *words) {
    for (size_t i = 0; pn_verbs[i] != NULL; i++) {
        *words = match_words(pn_verbs[i]->name, argc, argv);
        if (*words > 0)
            return pn_verbs[i];
    }
    return NULL;
}

static int add_operand(struct pn_cli *cli, const char *word, struct pn_err *err) {
    for (size_t i = 0; i < PN_OPERANDS_MAX && cli->verb->operands[i].name != NULL; i++) {
        if (cli->operand[i] == NULL) {
            cli->operand[i] = word;
            return 0;
        }
    }
    return pn_fail(err, PN_E_INPUT, "'%.80s' is one operand too many; see: postern %s --help", word, cli->verb->name);
}

// Options every verb has. 1 = it was one of them.
static int common_option(struct pn_cli *cli, struct pn_view name, const char *value, struct pn_err *err) {
    if (pn_view_is(name, "help") && value == NULL) {
        cli->help = true;
        return 1;
    }
    if (cli->verb->no_json)
        return 0;
    if (pn_view_is(name, "json") && value == NULL) {
        cli->json = true;
        return 1;
    }
    if (!pn_view_is(name, "output"))
        return 0;
    if (value != NULL && strcmp(value, "json") == 0)
        cli->json = true;
    else if (value == NULL || strcmp(value, "table") != 0)
        return pn_fail(err, PN_E_INPUT, "--output takes json or table");
    return 1;
}

static int set_option(struct pn_cli *cli, struct pn_view name, const char *value, struct pn_err *err) {
    int common = common_option(cli, name, value, err);
    if (common != 0)
        return common < 0 ? -1 : 0;
    size_t i = option_find(cli->verb, name);
    if (i == PN_OPTIONS_MAX)
        return pn_fail(err, PN_E_INPUT, "'postern %s' has no option --%.*s; see: postern %s --help", cli->verb->name,
                       (int)(name.len < 40 ? name.len : 40), (const char *)name.ptr, cli->verb->name);
    const struct pn_option *option = &cli->verb->options[i];
    if (cli->value[i] != NULL)
        return pn_fail(err, PN_E_INPUT, "--%s was given twice", option->name);
    if (option->value == NULL && value != NULL)
        return pn_fail(err, PN_E_INPUT, "--%s takes no value", option->name);
    if (option->value != NULL && value == NULL)
        return pn_fail(err, PN_E_INPUT, "--%s needs a value: --%s %s", option->name, option->name, option->value);
    cli->value[i] = value == NULL ? "" : value;
    return 0;
}

static bool takes_value(const struct pn_verb *verb, struct pn_view name) {
    size_t i = option_find(verb, name);
    return i != PN_OPTIONS_MAX ? verb->options[i].value != NULL : pn_view_is(name, "output") && !verb->no_json;
}

// One option at argv[*at]; moves *at behind its value when that stands in the next word.
static int parse_option(struct pn_cli *cli, int argc, char **argv, int *at, struct pn_err *err) {
    const char *word = argv[*at];
    if (strcmp(word, "-h") == 0)
        return set_option(cli, PN_VIEW("help"), NULL, err);
    bool is_short = strcmp(word, "-o") == 0;
    if (!is_short && strncmp(word, "--", 2) != 0)
        return pn_fail(err, PN_E_INPUT, "there is no option %.40s; see: postern %s --help", word, cli->verb->name);
    const char *equals = is_short ? NULL : strchr(word, '=');
    struct pn_view name = is_short         ? PN_VIEW("output")
                          : equals != NULL ? pn_view(word + 2, (size_t)(equals - word - 2))
                                           : pn_view_str(word + 2);
    if (equals != NULL)
        return set_option(cli, name, equals + 1, err);
    const char *value = NULL;
    // A value that looks like an option is more likely a forgotten value: --name=--value says that it is meant.
    if (takes_value(cli->verb, name) && *at + 1 < argc && strncmp(argv[*at + 1], "--", 2) != 0)
        value = argv[++*at];
    return set_option(cli, name, value, err);
}

static int check_operands(const struct pn_cli *cli, struct pn_err *err) {
    for (size_t i = 0; i < PN_OPERANDS_MAX && cli->verb->operands[i].name != NULL; i++)
        if (cli->operand[i] == NULL && !cli->verb->operands[i].optional)
            return pn_fail(err, PN_E_INPUT, "%s is missing; see: postern %s --help", cli->verb->operands[i].name,
                           cli->verb->name);
    return 0;
}

static int parse_rest(struct pn_cli *cli, int argc, char **argv, struct pn_err *err) {
    bool options = true;
    int rc = 0;
    for (int i = 0; i < argc && rc == 0; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && argv[i][0] == '-' && argv[i][1] != '\0')
            rc = parse_option(cli, argc, argv, &i, err);
        else
            rc = add_operand(cli, argv[i], err);
    }
    return rc != 0 || cli->help ? rc : check_operands(cli, err);
}

// --json counts for the report of an error that stands before it.
static bool wants_json(int argc, char **argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

int pn_cli_parse(int argc, char **argv, struct pn_cli *out, struct pn_err *err) {
    int words = 0;
    *out = (struct pn_cli){.verb = find_verb(argc, argv, &words)};
    if (out->verb == NULL) {
        out->json = wants_json(argc, argv);
        return pn_fail(err, PN_E_INPUT, "there is no command '%.40s%s%.40s'; see: postern help", argv[0],
                       argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
    }
    out->json = !out->verb->no_json && wants_json(argc - words, argv + words);
    return parse_rest(out, argc - words, argv + words, err);
}
