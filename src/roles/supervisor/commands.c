// SPDX-License-Identifier: Apache-2.0
// Command lines of our own program: compilations, and management that an MCP client asked for and its user accepted.
// The arguments are typed fields of the gateway; each becomes one argument behind "--", never an option.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "roles/supervisor/supervisor.h"
#include "json/json.h"

enum { ARGS_MAX = 16, OUTPUT_MAX = 16 << 20 };

static bool compiling(const struct supervisor *s) {
    for (const struct sup_command *c = s->commands; c != NULL; c = c->next)
        if (c->call_id == 0 && c->pid > 0)
            return true;
    return false;
}

static void answer(struct supervisor *s, uint64_t call_id, bool ok, struct pn_view text) {
    if (s->gateway == NULL)
        return;
    struct pn_msg_admin_done done = {.ok = ok ? 1 : 0, .text = text};
    struct pn_err err = {0};
    if (pn_chan_send_wait(&s->gateway->c.chan, PN_MSG_ADMIN_DONE, call_id, &done, -1, pn_now() + 5 * PN_SEC, &err) != 0)
        pn_log(PN_LOG_ERROR, "gateway: %s", err.text);
}

// The text of {"error": {"text": ...}}, or all of it.
static struct pn_view error_text(struct pn_json *doc, struct pn_view output, struct pn_buf *scratch) {
    struct pn_err ignored = {0};
    struct pn_view text;
    if (pn_json_parse(doc, output, NULL, &ignored) != 0)
        return output;
    uint32_t error = pn_json_get(doc, 0, "error");
    uint32_t at = error == PN_JSON_NONE ? PN_JSON_NONE : pn_json_get(doc, error, "text");
    return pn_json_str(doc, at, scratch, &text) ? text : output;
}

static void finish(struct sup_command *c) {
    struct supervisor *s = c->sup;
    bool ok = WIFEXITED(c->status) && WEXITSTATUS(c->status) == 0;
    pn_auto(pn_json) struct pn_json doc = {0};
    pn_auto(pn_buf) struct pn_buf scratch = {0};
    struct pn_view output = pn_buf_view(&c->text);
    if (c->call_id == 0) {
        sup_compiled(s, c->slot, ok, ok ? output : error_text(&doc, output, &scratch));
        return;
    }
    // The client learns of the changed tools before it gets the answer.
    if (ok)
        sup_sync(s);
    answer(s, c->call_id, ok, ok ? output : error_text(&doc, output, &scratch));
}

static void on_closed(uv_handle_t *h) {
    struct sup_command *c = h->data;
    pn_fd_close(&c->out_fd);
    pn_buf_fini(&c->text);
    free(c);
}

static void start_waiting(struct supervisor *s);

static void settle(struct sup_command *c) {
    if (c->out_open || !c->exited)
        return;
    struct supervisor *s = c->sup;
    for (struct sup_command **at = &s->commands; *at != NULL; at = &(*at)->next) {
        if (*at != c)
            continue;
        *at = c->next;
        break;
    }
    if (!s->ending)
        finish(c);
    uv_close((uv_handle_t *)&c->out, on_closed);
    if (!s->ending)
        start_waiting(s);
}

static void on_output(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    struct sup_command *c = poll->data;
    for (;;) {
        uint8_t *to = pn_buf_room(&c->text, 65536);
        uint8_t spill[4096];
        ssize_t n = to != NULL ? read(c->out_fd, to, 65536) : read(c->out_fd, spill, sizeof spill);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0)
            break;
        if (to != NULL)
            c->text.len += (size_t)n;
    }
    (void)uv_poll_stop(poll);
    c->out_open = false;
    settle(c);
}

static int spawn(struct sup_command *c, const char *const *argv) {
    int pipe_fd[2];
    if (pipe2(pipe_fd, O_CLOEXEC) != 0)
        return -1;
    (void)fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK);
    char self[] = "/proc/self/exe";
    char name[] = "postern";
    char *args[ARGS_MAX + 1] = {name};
    for (size_t i = 0; argv[i] != NULL && i + 1 < ARGS_MAX; i++)
        args[i + 1] = (char *)(uintptr_t)argv[i];
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, pipe_fd[1], STDOUT_FILENO);
    int rc = posix_spawn(&c->pid, self, &actions, NULL, args, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(pipe_fd[1]);
    if (rc != 0) {
        (void)close(pipe_fd[0]);
        c->pid = 0;
        return -1;
    }
    c->out_fd = pipe_fd[0];
    c->out_open = true;
    (void)uv_poll_init(&c->sup->loop, &c->out, c->out_fd);
    c->out.data = c;
    (void)uv_poll_start(&c->out, UV_READABLE, on_output);
    return 0;
}

// A compilation that waits for the one before it: two at once would only take longer.
static void start_waiting(struct supervisor *s) {
    if (compiling(s))
        return;
    for (struct sup_component *c = s->components; c != NULL; c = c->next) {
        if (c->state != PN_COMPONENT_LOADING)
            continue;
        const char *argv[] = {"component", "compile", "--json", "--", c->id, NULL};
        (void)sup_command_run(s, argv, 0, c->slot);
        return;
    }
}

int sup_command_run(struct supervisor *s, const char *const *argv, uint64_t call_id, uint32_t slot) {
    if (call_id == 0 && compiling(s))
        return 0; // start_waiting takes it up
    struct sup_command *c = calloc(1, sizeof *c);
    if (c == NULL)
        return -1;
    *c = (struct sup_command){.sup = s, .call_id = call_id, .slot = slot, .out_fd = -1, .text = {.max = OUTPUT_MAX}};
    if (spawn(c, argv) != 0) {
        free(c);
        return -1;
    }
    c->next = s->commands;
    s->commands = c;
    return 0;
}

void sup_command_exited(struct supervisor *s, pid_t pid, int status) {
    for (struct sup_command *c = s->commands; c != NULL; c = c->next) {
        if (c->pid != pid)
            continue;
        c->pid = 0;
        c->exited = true;
        c->status = status;
        settle(c);
        return;
    }
}

struct admin_form {
    enum pn_admin_verb verb;
    const char *words[4]; // verb, and the kind of grant, which comes before the id
};

static const struct admin_form forms[] = {
    {PN_ADMIN_LOAD, {"component", "load"}},
    {PN_ADMIN_UNLOAD, {"component", "unload"}},
    {PN_ADMIN_GET_POLICY, {"policy", "get"}},
    {PN_ADMIN_GRANT_STORAGE, {"permission", "grant", "storage"}},
    {PN_ADMIN_GRANT_NETWORK, {"permission", "grant", "network"}},
    {PN_ADMIN_GRANT_ENVIRONMENT, {"permission", "grant", "environment"}},
    {PN_ADMIN_REVOKE_STORAGE, {"permission", "revoke", "storage"}},
    {PN_ADMIN_REVOKE_NETWORK, {"permission", "revoke", "network"}},
    {PN_ADMIN_REVOKE_ENVIRONMENT, {"permission", "revoke", "environment"}},
    {PN_ADMIN_RESET, {"permission", "reset"}},
};

static int run_form(struct supervisor *s, const struct admin_form *f, uint64_t call_id, char *id, char *one,
                    char *two) {
    const char *argv[ARGS_MAX] = {f->words[0], f->words[1], "--json"};
    size_t n = 3;
    if (two[0] != '\0') {
        argv[n++] = "--access";
        argv[n++] = two;
    }
    argv[n++] = "--";
    if (f->words[2] != NULL)
        argv[n++] = f->words[2];
    argv[n++] = id;
    if (f->words[2] != NULL)
        argv[n++] = one;
    return sup_command_run(s, argv, call_id, 0);
}

void sup_admin(struct supervisor *s, uint64_t call_id, const struct pn_msg_admin *admin) {
    bool reading = admin->verb == PN_ADMIN_GET_POLICY;
    if (call_id == 0 || (!reading && !s->serve->management)) {
        answer(s, call_id, false, PN_VIEW("management is not allowed: start with --allow-management"));
        return;
    }
    pn_auto(pn_free) char *id = pn_view_dup(admin->id);
    pn_auto(pn_free) char *one = pn_view_dup(admin->one);
    pn_auto(pn_free) char *two = pn_view_dup(admin->two);
    for (size_t i = 0; i < sizeof forms / sizeof *forms && id != NULL && one != NULL && two != NULL; i++)
        if (forms[i].verb == (enum pn_admin_verb)admin->verb && run_form(s, &forms[i], call_id, id, one, two) == 0)
            return;
    answer(s, call_id, false, PN_VIEW("the command could not be started"));
}
