// SPDX-License-Identifier: Apache-2.0
#include "cli/call.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "launch/launch.h"

enum { ARGUMENTS_MAX = 16 << 20 };

static int read_arguments(const char *text, struct pn_buf *out, struct pn_err *err) {
    if (text == NULL)
        text = "{}";
    if (strcmp(text, "@-") == 0) {
        if (pn_read_all(STDIN_FILENO, ARGUMENTS_MAX, "standard input", out, err) != 0)
            return -1;
    } else if (text[0] == '@') {
        if (pn_read_file(text + 1, ARGUMENTS_MAX, out, err) != 0)
            return -1;
    } else {
        pn_buf_add_str(out, text);
    }
    pn_auto(pn_json) struct pn_json doc = {0};
    if (pn_json_parse(&doc, pn_buf_view(out), NULL, err) != 0)
        return pn_err_prefix(err, "--args");
    if (pn_json_type(&doc, 0) != PN_JSON_OBJECT)
        return pn_fail(err, PN_E_INPUT, "--args must be a JSON object with one member per parameter, not a%s %s",
                       pn_json_type(&doc, 0) == PN_JSON_ARRAY ? "n" : "", pn_json_type_name(pn_json_type(&doc, 0)));
    return 0;
}

static const struct {
    enum pn_outcome outcome;
    enum pn_category category;
    int exit;
} failures[] = {
    {PN_OUTCOME_ARGUMENTS, PN_E_INPUT, PN_EXIT_FAILED}, {PN_OUTCOME_LIMIT, PN_E_LIMIT, PN_EXIT_LIMIT},
    {PN_OUTCOME_TRAP, PN_E_PEER, PN_EXIT_TOOL},         {PN_OUTCOME_CANCELLED, PN_E_RETRY, PN_EXIT_FAILED},
    {PN_OUTCOME_INTERNAL, PN_E_BUG, PN_EXIT_FAILED},
};

static int report_failure(const struct pn_cli *cli, struct pn_oneshot_result *r) {
    struct pn_err err = {0};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        if (failures[i].outcome != r->outcome)
            continue;
        (void)pn_fail(&err, failures[i].category, "%s", pn_buf_cstr(&r->text));
        (void)pn_out_error(cli, &err);
        return failures[i].exit;
    }
    (void)pn_fail(&err, PN_E_BUG, "the worker answered with an unknown outcome");
    return pn_out_error(cli, &err);
}

// Text of a tool: as it is into a pipe; on a terminal without what could drive it.
static void put_plain(struct pn_cli *cli, struct pn_view text) {
    bool terminal = isatty(STDOUT_FILENO) == 1;
    for (size_t at = 0; terminal && at < text.len;) {
        size_t end = pn_view_find(text, '\n', at);
        pn_escape(&cli->out, pn_view_part(text, at, end));
        if (end != SIZE_MAX)
            pn_buf_add_byte(&cli->out, '\n');
        at = end == SIZE_MAX ? text.len : end + 1;
    }
    if (!terminal)
        pn_buf_add_view(&cli->out, text);
    if (text.len == 0 || text.ptr[text.len - 1] != '\n')
        pn_buf_add_byte(&cli->out, '\n');
}

// A string as its text, anything else as JSON: what an MCP client gets too.
static int put_value(struct pn_cli *cli, struct pn_view value, struct pn_err *err) {
    pn_auto(pn_json) struct pn_json doc = {0};
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    const struct pn_json_limits limits = {.depth = 256, .nodes = 16000000};
    struct pn_view text;
    if (pn_json_parse(&doc, value, &limits, err) != 0)
        return pn_err_prefix(err, "result of the tool");
    if (pn_json_str(&doc, 0, &scratch, &text))
        put_plain(cli, text);
    else
        pn_out_json(cli, value);
    return 0;
}

static int put_result(struct pn_cli *cli, struct pn_oneshot_result *r, struct pn_err *err) {
    bool good = r->outcome == PN_OUTCOME_OK;
    if (!good && r->outcome != PN_OUTCOME_TOOL_ERROR)
        return report_failure(cli, r);
    if (!cli->json) {
        if (put_value(cli, pn_buf_view(&r->value), err) != 0)
            return -1;
        return good ? PN_EXIT_OK : PN_EXIT_TOOL;
    }
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "outcome");
    pn_json_w_cstr(&w, good ? "ok" : "tool-error");
    pn_json_w_key(&w, "result");
    pn_json_w_raw(&w, pn_buf_view(&r->value));
    pn_json_w_end(&w, '}');
    return good ? PN_EXIT_OK : PN_EXIT_TOOL;
}

int pn_cli_call(struct pn_cli *cli, const struct pn_cli_call *call, struct pn_err *err) {
    pn_auto(pn_buf) struct pn_buf arguments = {0};
    pn_auto(pn_tools) struct pn_tools tools = {0};
    pn_auto(pn_oneshot_result) struct pn_oneshot_result result = {0};
    uint32_t index;
    if (read_arguments(pn_cli_value(cli, "args"), &arguments, err) != 0 ||
        pn_tools_open(&tools, call->artefact, err) != 0 || pn_tools_need(&tools, call->tool, &index, err) != 0)
        return -1;
    struct pn_oneshot shot = {.id = call->id,
                              .memory_min = call->artefact->memory_min,
                              .component = call->artefact->component,
                              .artefact = call->artefact->fd,
                              .digest = call->artefact->digest,
                              .tools = pn_buf_view(&call->artefact->description),
                              .tool = index,
                              .policy = call->policy,
                              .arguments = pn_buf_view(&arguments),
                              .settings = call->settings};
    if (pn_oneshot_call(&shot, &result, err) != 0)
        return -1;
    return put_result(cli, &result, err);
}
