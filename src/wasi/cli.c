// SPDX-License-Identifier: Apache-2.0
// wasi:cli: the granted environment, no arguments, no terminal, an empty stdin; stdout and stderr are in stdio.c.
#include "wasi/cli.h"
#include "policy/environment.h"
#include "wasi/link.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

static bool granted(const struct pn_policy *p, const char *name) {
    return pn_policy_environment(p, pn_view_str(name)).allow;
}

static int get_environment(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_world *w = h->world;
    size_t count = 0;
    for (size_t i = 0; i < w->env_len; i++)
        count += granted(w->policy, w->env[i].key) ? 1 : 0;
    results[0] = pn_val_list(count);
    size_t at = 0;
    for (size_t i = 0; i < w->env_len && at < count; i++)
        if (granted(w->policy, w->env[i].key))
            results[0].of.list.data[at++] =
                pn_val_tuple2(pn_val_string(pn_view_str(w->env[i].key)), pn_val_string(pn_view_str(w->env[i].value)));
    return 0;
}

static int get_arguments(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    results[0] = pn_val_list(0);
    return 0;
}

static int none(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    results[0] = pn_val_none();
    return 0;
}

static int leave(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return pn_host_stop(h, PN_END_EXIT, err, "the component called exit (%s)",
                        args[0].of.result.is_ok ? "success" : "failure");
}

static int leave_with_code(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return pn_host_stop(h, PN_END_EXIT, err, "the component called exit (code %u)", args[0].of.u8);
}

static int get_stdin(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    uint32_t rep = 0;
    if (pn_cli_open_stdin(h, &rep, err) < 0)
        return -1;
    results[0] = pn_val_own(h, PN_RES_INPUT_STREAM, rep);
    return 0;
}

static int get_output(struct pn_host *h, bool is_error, val *results, struct pn_err *err) {
    uint32_t rep = 0;
    if (pn_cli_open_output(h, is_error, &rep, err) < 0)
        return -1;
    results[0] = pn_val_own(h, PN_RES_OUTPUT_STREAM, rep);
    return 0;
}

static int get_stdout(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return get_output(h, false, results, err);
}

static int get_stderr(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return get_output(h, true, results, err);
}

static const struct pn_wasi_func environment_funcs[] = {
    {"get-environment", ">[(ss)", get_environment},
    {"get-arguments", ">[s", get_arguments},
    {"initial-cwd", ">?s", none},
    {0},
};
static const struct pn_wasi_func exit_funcs[] = {
    {"exit", "R__>", leave},
    {"exit-with-code", "1>", leave_with_code},
    {0},
};
static const struct pn_wasi_func stdin_funcs[] = {{"get-stdin", ">h", get_stdin}, {0}};
static const struct pn_wasi_func stdout_funcs[] = {{"get-stdout", ">h", get_stdout}, {0}};
static const struct pn_wasi_func stderr_funcs[] = {{"get-stderr", ">h", get_stderr}, {0}};
static const struct pn_wasi_func terminal_stdin_funcs[] = {{"get-terminal-stdin", ">?h", none}, {0}};
static const struct pn_wasi_func terminal_stdout_funcs[] = {{"get-terminal-stdout", ">?h", none}, {0}};
static const struct pn_wasi_func terminal_stderr_funcs[] = {{"get-terminal-stderr", ">?h", none}, {0}};
static const struct pn_wasi_resource terminal_input[] = {{"terminal-input", PN_RES_TERMINAL_INPUT}, {0}};
static const struct pn_wasi_resource terminal_output[] = {{"terminal-output", PN_RES_TERMINAL_OUTPUT}, {0}};

const struct pn_wasi_interface pn_wasi_environment = {"wasi:cli/environment", .funcs = environment_funcs};
const struct pn_wasi_interface pn_wasi_exit = {"wasi:cli/exit", .funcs = exit_funcs};
const struct pn_wasi_interface pn_wasi_stdin = {"wasi:cli/stdin", .funcs = stdin_funcs};
const struct pn_wasi_interface pn_wasi_stdout = {"wasi:cli/stdout", .funcs = stdout_funcs};
const struct pn_wasi_interface pn_wasi_stderr = {"wasi:cli/stderr", .funcs = stderr_funcs};
const struct pn_wasi_interface pn_wasi_terminal_input = {"wasi:cli/terminal-input", .resources = terminal_input};
const struct pn_wasi_interface pn_wasi_terminal_output = {"wasi:cli/terminal-output", .resources = terminal_output};
const struct pn_wasi_interface pn_wasi_terminal_stdin = {"wasi:cli/terminal-stdin", .funcs = terminal_stdin_funcs};
const struct pn_wasi_interface pn_wasi_terminal_stdout = {"wasi:cli/terminal-stdout", .funcs = terminal_stdout_funcs};
const struct pn_wasi_interface pn_wasi_terminal_stderr = {"wasi:cli/terminal-stderr", .funcs = terminal_stderr_funcs};
