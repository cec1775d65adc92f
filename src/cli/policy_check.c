// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/common.h"
#include "cli/verbs.h"

static void put_json(struct pn_cli *cli, const char *path, struct pn_view report) {
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "file");
    pn_json_w_cstr(&w, path);
    pn_json_w_key(&w, "valid");
    pn_json_w_bool(&w, report.len == 0);
    pn_json_w_key(&w, "mistakes");
    pn_json_w_array(&w);
    for (size_t at = 0; at < report.len;) {
        size_t end = pn_view_find(report, '\n', at);
        pn_json_w_str(&w, pn_view_part(report, at, end));
        at = end == SIZE_MAX ? report.len : end + 1;
    }
    pn_json_w_end(&w, ']');
    pn_json_w_end(&w, '}');
}

static void put_text(struct pn_cli *cli, const char *path, struct pn_view report) {
    for (size_t at = 0; at < report.len;) {
        size_t end = pn_view_find(report, '\n', at);
        pn_escape(&cli->out, pn_view_part(report, at, end));
        pn_buf_add_byte(&cli->out, '\n');
        at = end == SIZE_MAX ? report.len : end + 1;
    }
    if (report.len == 0)
        pn_out_line(cli, "%s: good", path);
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    const char *path = cli->operand[0];
    pn_auto(pn_buf) struct pn_buf text = {0}, report = {0};
    pn_auto(pn_policy) struct pn_policy policy = {0};
    struct pn_err first = {0};
    if (pn_read_file(path, 1 << 20, &text, err) != 0)
        return -1;
    bool good = pn_policy_parse(pn_buf_view(&text), path, &policy, &report, &first) == 0;
    if (!good && report.len == 0)
        pn_buf_add_str(&report, first.text);
    if (cli->json)
        put_json(cli, path, pn_buf_view(&report));
    else
        put_text(cli, path, pn_buf_view(&report));
    return good ? PN_EXIT_OK : PN_EXIT_FAILED;
}

const struct pn_verb pn_verb_policy_check = {
    .name = "policy check",
    .purpose = "say whether a policy file is good, and what is wrong with it",
    .operands = {{"FILE", PN_WORD_FILE, false}},
    .text = "Parses FILE strictly: an unknown or repeated key, a wrong type or a value that\n"
            "Postern cannot enforce is a mistake, given as file:line:column with a suggestion.\n"
            "Nothing is put in force. The format is described in postern-policy(5).",
    .examples = "postern policy check policies/weather.yaml",
    .run = run,
};
