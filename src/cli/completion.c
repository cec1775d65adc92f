// SPDX-License-Identifier: Apache-2.0
// Completions for shells, made from the table of verbs: the files in completions/ are this command's output.
#include <string.h>

#include "cli/cli.h"
#include "cli/verbs.h"

static size_t words_of(const char *name) {
    return strchr(name, ' ') == NULL ? 1 : 2;
}

static void first_word(const char *name, struct pn_buf *out) {
    pn_buf_add(out, name, strcspn(name, " "));
}

// Whether verb `i` is the first with its first word.
static bool opens_group(size_t i) {
    size_t len = strcspn(pn_verbs[i]->name, " ");
    for (size_t k = 0; k < i; k++)
        if (strncmp(pn_verbs[k]->name, pn_verbs[i]->name, len + 1) == 0 ||
            (strlen(pn_verbs[k]->name) == len && strncmp(pn_verbs[k]->name, pn_verbs[i]->name, len) == 0))
            return false;
    return true;
}

static void group_verbs(size_t first, struct pn_buf *out) {
    size_t len = strcspn(pn_verbs[first]->name, " ");
    for (size_t i = first; pn_verbs[i] != NULL; i++)
        if (strncmp(pn_verbs[i]->name, pn_verbs[first]->name, len + 1) == 0)
            pn_buf_printf(out, " %s", pn_verbs[i]->name + len + 1);
}

static void add_options(const struct pn_verb *verb, struct pn_buf *out) {
    for (size_t i = 0; verb->options != NULL && verb->options[i].name != NULL; i++)
        pn_buf_printf(out, " --%s", verb->options[i].name);
    pn_buf_add_str(out, verb->no_json ? " --help" : " --json --output --help");
}

// The shell expression that lists the candidates for a kind of word.
static const char *bash_words(enum pn_word word) {
    static const char *const words[] = {
        [PN_WORD_TEXT] = "",
        [PN_WORD_FILE] = "@file",
        [PN_WORD_COMPONENT] = "@component",
        [PN_WORD_TOOL] = "",
        [PN_WORD_KIND] = "storage network environment",
        [PN_WORD_SHELL] = "bash zsh fish",
        [PN_WORD_REVISION] = "",
        [PN_WORD_VERB] = "",
    };
    return words[word];
}

// --- bash ---
static const char bash_head[] =
    "# bash completion for postern; made by `postern completion bash`\n"
    "_postern_components() {\n"
    "    postern component list 2>/dev/null | awk 'NR > 1 && $1 ~ /^[a-z0-9][a-z0-9._-]*$/ { print $1 }'\n"
    "}\n"
    "_postern_words() {\n"
    "    case $1 in\n"
    "    @file) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
    "    @component) compopt -o filenames; COMPREPLY=($(compgen -W \"$(_postern_components)\" -- \"$cur\") $(compgen "
    "-f -- \"$cur\")) ;;\n"
    "    *) COMPREPLY=($(compgen -W \"$1\" -- \"$cur\")) ;;\n"
    "    esac\n"
    "}\n"
    "_postern() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local verb=${COMP_WORDS[1]} first=2 operands=() options= i n=0\n"
    "    COMPREPLY=()\n";

static void bash_first(struct pn_buf *out) {
    pn_buf_add_str(out, "    if ((COMP_CWORD == 1)); then\n        _postern_words \"");
    for (size_t i = 0; pn_verbs[i] != NULL; i++) {
        if (!opens_group(i))
            continue;
        first_word(pn_verbs[i]->name, out);
        pn_buf_add_byte(out, ' ');
    }
    pn_buf_add_str(out, "\"\n        return\n    fi\n    case $verb in\n");
    for (size_t i = 0; pn_verbs[i] != NULL; i++) {
        if (!opens_group(i) || words_of(pn_verbs[i]->name) != 2)
            continue;
        pn_buf_add_str(out, "    ");
        first_word(pn_verbs[i]->name, out);
        pn_buf_add_str(out, ")\n        if ((COMP_CWORD == 2)); then\n            _postern_words \"");
        group_verbs(i, out);
        pn_buf_add_str(out, "\"\n            return\n        fi\n        verb+=\" ${COMP_WORDS[2]}\" first=3 ;;\n");
    }
    pn_buf_add_str(out, "    esac\n    case $verb in\n");
}

static void bash_verb(const struct pn_verb *verb, struct pn_buf *out) {
    pn_buf_printf(out, "    \"%s\")\n        operands=(", verb->name);
    for (size_t i = 0; i < PN_OPERANDS_MAX && verb->operands[i].name != NULL; i++)
        pn_buf_printf(out, "%s\"%s\"", i == 0 ? "" : " ", bash_words(verb->operands[i].word));
    pn_buf_add_str(out, ") options=\"");
    add_options(verb, out);
    pn_buf_add_str(out, "\"\n        case $prev in\n");
    for (size_t i = 0; verb->options != NULL && verb->options[i].name != NULL; i++)
        if (verb->options[i].value != NULL)
            pn_buf_printf(out, "        --%s) _postern_words \"%s\"; return ;;\n", verb->options[i].name,
                          bash_words(verb->options[i].word));
    pn_buf_add_str(out, "        -o | --output) _postern_words \"json table\"; return ;;\n        esac ;;\n");
}

static const char bash_tail[] = "    esac\n"
                                "    if [[ $cur == -* ]]; then\n"
                                "        _postern_words \"$options\"\n"
                                "        return\n"
                                "    fi\n"
                                "    for ((i = first; i < COMP_CWORD; i++)); do\n"
                                "        [[ ${COMP_WORDS[i]} == -* ]] || ((n++))\n"
                                "    done\n"
                                "    ((n < ${#operands[@]})) && _postern_words \"${operands[n]}\"\n"
                                "}\n"
                                "complete -F _postern postern\n";

static void bash(struct pn_buf *out) {
    pn_buf_add_str(out, bash_head);
    bash_first(out);
    for (size_t i = 0; pn_verbs[i] != NULL; i++)
        bash_verb(pn_verbs[i], out);
    pn_buf_add_str(out, bash_tail);
}

// --- zsh ---
static void quoted(const char *text, struct pn_buf *out) { // inside '...', with ':' and brackets of _arguments escaped
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            pn_buf_add_str(out, "'\\'");
        if (*text == ':' || *text == '[' || *text == ']')
            pn_buf_add_byte(out, '\\');
        pn_buf_add_byte(out, (uint8_t)*text);
    }
}

static const char *zsh_action(enum pn_word word) {
    static const char *const actions[] = {
        [PN_WORD_TEXT] = " ",
        [PN_WORD_FILE] = "_files",
        [PN_WORD_COMPONENT] = "_postern_components",
        [PN_WORD_TOOL] = " ",
        [PN_WORD_KIND] = "(storage network environment)",
        [PN_WORD_SHELL] = "(bash zsh fish)",
        [PN_WORD_REVISION] = " ",
        [PN_WORD_VERB] = " ",
    };
    return actions[word];
}

static void zsh_choices(size_t first, bool groups, struct pn_buf *out) {
    size_t skip = strcspn(pn_verbs[first]->name, " ") + 1;
    for (size_t i = first; pn_verbs[i] != NULL; i++) {
        bool mine = groups ? opens_group(i) : strncmp(pn_verbs[i]->name, pn_verbs[first]->name, skip) == 0;
        if (!mine)
            continue;
        pn_buf_add_str(out, " '");
        if (groups)
            first_word(pn_verbs[i]->name, out);
        else
            pn_buf_add_str(out, pn_verbs[i]->name + skip);
        pn_buf_add_byte(out, ':');
        if (groups && words_of(pn_verbs[i]->name) == 2)
            pn_buf_add_str(out, "several commands");
        else
            quoted(pn_verbs[i]->purpose, out);
        pn_buf_add_byte(out, '\'');
    }
}

static void zsh_option(const struct pn_option *o, struct pn_buf *out) {
    pn_buf_printf(out, " '--%s%s[", o->name, o->value != NULL ? "=" : "");
    quoted(o->help, out);
    pn_buf_add_byte(out, ']');
    if (o->value != NULL)
        pn_buf_printf(out, ":%s:%s", o->value, zsh_action(o->word));
    pn_buf_add_byte(out, '\'');
}

static void zsh_verb(const struct pn_verb *verb, struct pn_buf *out) {
    pn_buf_printf(out, "    '%s') _arguments", verb->name);
    for (size_t i = 0; verb->options != NULL && verb->options[i].name != NULL; i++)
        zsh_option(&verb->options[i], out);
    if (!verb->no_json)
        pn_buf_add_str(out, " '--json[as JSON]' '(-o --output)'{-o,--output}'[format]:FORMAT:(json table)'");
    pn_buf_add_str(out, " '--help[explain]'");
    for (size_t i = 0; i < PN_OPERANDS_MAX && verb->operands[i].name != NULL; i++)
        pn_buf_printf(out, " '%zu:%s:%s'", i + 1, verb->operands[i].name, zsh_action(verb->operands[i].word));
    pn_buf_add_str(out, " ;;\n");
}

static void zsh_groups(struct pn_buf *out) {
    pn_buf_add_str(out, "    case $verb in\n");
    for (size_t i = 0; pn_verbs[i] != NULL; i++) {
        if (!opens_group(i) || words_of(pn_verbs[i]->name) != 2)
            continue;
        pn_buf_add_str(out, "    ");
        first_word(pn_verbs[i]->name, out);
        pn_buf_add_str(out, ")\n        if ((CURRENT == 3)); then\n            choices=(");
        zsh_choices(i, false, out);
        pn_buf_add_str(out, ")\n            _describe command choices\n            return\n        fi\n"
                            "        verb+=\" $words[3]\" skip=2 ;;\n");
    }
    pn_buf_add_str(out, "    esac\n");
}

static void zsh(struct pn_buf *out) {
    pn_buf_add_str(out, "#compdef postern\n# zsh completion for postern; made by `postern completion zsh`\n"
                        "_postern_components() {\n"
                        "    local -a ids\n"
                        "    ids=(${(f)\"$(postern component list 2>/dev/null | "
                        "awk 'NR > 1 && $1 ~ /^[a-z0-9][a-z0-9._-]*$/ { print $1 }')\"})\n"
                        "    _alternative 'ids:component:compadd -a ids' 'files:file:_files'\n"
                        "}\n"
                        "_postern() {\n"
                        "    local verb=$words[2] skip=1\n"
                        "    local -a choices\n"
                        "    if ((CURRENT == 2)); then\n        choices=(");
    zsh_choices(0, true, out);
    pn_buf_add_str(out, ")\n        _describe command choices\n        return\n    fi\n");
    zsh_groups(out);
    pn_buf_add_str(out, "    words=(postern ${words[skip + 2,-1]})\n    ((CURRENT -= skip))\n    case $verb in\n");
    for (size_t i = 0; pn_verbs[i] != NULL; i++)
        zsh_verb(pn_verbs[i], out);
    pn_buf_add_str(out, "    esac\n}\n_postern \"$@\"\n");
}

// --- fish ---
static void fish_quoted(const char *text, struct pn_buf *out) {
    pn_buf_add_byte(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            pn_buf_add_byte(out, '\\');
        pn_buf_add_byte(out, (uint8_t)*text);
    }
    pn_buf_add_byte(out, '\'');
}

static void fish_condition(const struct pn_verb *verb, struct pn_buf *out) {
    pn_buf_printf(out, "complete -c postern -n '__postern_is %s'", verb->name);
}

static void fish_words(enum pn_word word, struct pn_buf *out) {
    if (word == PN_WORD_FILE)
        pn_buf_add_str(out, " -F");
    else if (word == PN_WORD_COMPONENT)
        pn_buf_add_str(out, " -a '(__postern_components)'");
    else if (bash_words(word)[0] != '\0')
        pn_buf_printf(out, " -a '%s'", bash_words(word));
}

static void fish_option(const struct pn_verb *verb, const struct pn_option *o, struct pn_buf *out) {
    fish_condition(verb, out);
    pn_buf_printf(out, " -l %s%s", o->name, o->value != NULL ? " -r" : "");
    if (o->value != NULL)
        fish_words(o->word, out);
    pn_buf_add_str(out, " -d ");
    fish_quoted(o->help, out);
    pn_buf_add_byte(out, '\n');
}

static void fish_verb(size_t i, struct pn_buf *out) {
    const struct pn_verb *verb = pn_verbs[i];
    const char *second = strchr(verb->name, ' ');
    if (second != NULL) {
        pn_buf_add_str(out, "complete -c postern -n '__postern_group ");
        first_word(verb->name, out);
        pn_buf_printf(out, "' -a %s -d ", second + 1);
    } else {
        pn_buf_printf(out, "complete -c postern -n __fish_use_subcommand -a %s -d ", verb->name);
    }
    fish_quoted(verb->purpose, out);
    pn_buf_add_byte(out, '\n');
    for (size_t k = 0; verb->options != NULL && verb->options[k].name != NULL; k++)
        fish_option(verb, &verb->options[k], out);
    for (size_t k = 0; k < PN_OPERANDS_MAX && verb->operands[k].name != NULL; k++) {
        fish_condition(verb, out);
        fish_words(verb->operands[k].word, out);
        pn_buf_add_byte(out, '\n');
    }
    if (verb->no_json)
        return;
    fish_condition(verb, out);
    pn_buf_add_str(out, " -l json -d 'as JSON'\n");
}

static void fish(struct pn_buf *out) {
    pn_buf_add_str(
        out, "# fish completion for postern; made by `postern completion fish`\n"
             "function __postern_components\n"
             "    postern component list 2>/dev/null | awk 'NR > 1 && $1 ~ /^[a-z0-9][a-z0-9._-]*$/ { print $1 }'\n"
             "end\n"
             "function __postern_is\n"
             "    set -l words (commandline -opc)\n"
             "    set -l last (math 1 + (count $argv))\n"
             "    test (count $words) -ge $last; and test \"$words[2..$last]\" = \"$argv\"\n"
             "end\n"
             "function __postern_group\n"
             "    set -l words (commandline -opc)\n"
             "    test (count $words) -eq 2; and test \"$words[2]\" = $argv[1]\n"
             "end\n"
             "complete -c postern -f\n");
    for (size_t i = 0; pn_verbs[i] != NULL; i++) {
        if (opens_group(i) && words_of(pn_verbs[i]->name) == 2) {
            pn_buf_add_str(out, "complete -c postern -n __fish_use_subcommand -a ");
            first_word(pn_verbs[i]->name, out);
            pn_buf_add_byte(out, '\n');
        }
        fish_verb(i, out);
    }
}

static const struct {
    const char *shell;
    void (*write)(struct pn_buf *out);
} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

static int run(struct pn_cli *cli, struct pn_err *err) {
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(cli->operand[0], shells[i].shell) == 0) {
            shells[i].write(&cli->out);
            return PN_EXIT_OK;
        }
    }
    return pn_fail(err, PN_E_INPUT, "there are completions for bash, zsh and fish, not for '%.40s'", cli->operand[0]);
}

const struct pn_verb pn_verb_completion = {
    .name = "completion",
    .purpose = "print the completions for a shell",
    .operands = {{"SHELL", PN_WORD_SHELL, false}},
    .text = "Prints a script that makes bash, zsh or fish complete commands, options, ids\n"
            "and files. Packages install it; this is for everybody else.",
    .examples = "postern completion bash > ~/.local/share/bash-completion/completions/postern\n"
                "postern completion zsh > ~/.zfunc/_postern\n"
                "postern completion fish > ~/.config/fish/completions/postern.fish",
    .no_json = true,
    .run = run,
};
