// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/common.h"
#include "cli/verbs.h"

static const char nothing[] = "version: \"1.0\"\npermissions: {}\n";

static int write_to(const char *path, struct pn_view text, struct pn_err *err) {
    const char *slash = strrchr(path, '/');
    pn_auto(pn_free) char *dir =
        slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (dir == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    pn_auto(pn_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pn_fail_errno(err, "%s", dir);
    return pn_replace_file(fd, slash == NULL ? path : slash + 1, text, 0644, err);
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    const char *id = cli->operand[0], *path = cli->operand[1];
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_revision) struct pn_revision rev = {0};
    if (pn_cli_store(&s, err) != 0 || pn_cli_policy_of(s, id, &rev, NULL, err) != 0)
        return -1;
    struct pn_view text = pn_view_str(rev.yaml[0] != '\0' ? rev.yaml : nothing);
    if (strcmp(path, "-") == 0 && !cli->json) {
        pn_buf_add_view(&cli->out, text);
        return PN_EXIT_OK;
    }
    if (strcmp(path, "-") == 0)
        return pn_fail(err, PN_E_INPUT, "with --json, name a file instead of -, or use: postern policy get %s --json",
                       id);
    if (write_to(path, text, err) != 0)
        return -1;
    pn_cli_changed(cli, "policy exported", id, rev.rev);
    return PN_EXIT_OK;
}

const struct pn_verb pn_verb_policy_export = {
    .name = "policy export",
    .purpose = "write a component's policy to a file",
    .operands = {{"ID", PN_WORD_COMPONENT, false}, {"FILE", PN_WORD_FILE, false}},
    .text = "Writes the policy in force to FILE (- is standard output), so that it can live in\n"
            "version control. FILE is replaced at once, never half.",
    .examples = "postern policy export weather policies/weather.yaml\npostern policy export weather - | diff "
                "policies/weather.yaml -",
    .exits = "3 the policy was tampered with",
    .run = run,
};
