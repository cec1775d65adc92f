// SPDX-License-Identifier: Apache-2.0
// The event loop: reads, waits, writes, ends. Answers of one turn of the loop leave in one write.
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "roles/gateway/builtin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CHUNK ((size_t)256 << 10)     // read from the client at once
#define WRITE_EARLY ((size_t)1 << 20) // queued answers that do not wait for the end of the turn
#define TICK_MS 200
#define LINGER (2 * PN_SEC) // for the client to take its last answers

#ifndef PN_VERSION
#error "the build defines PN_VERSION"
#endif

static const char instructions[] =
    "Tools are WebAssembly components in sandboxes. A component reaches only what its policy grants; a call that needs "
    "more "
    "fails and says which rule or limit stopped it. get-policy shows what a component may do.";

bool pn_gateway_out_full(const struct pn_gateway *gw) {
    return pn_out_queued(&gw->out) > PN_GW_OUT_MAX;
}

bool pn_gateway_in_full(const struct pn_gateway *gw) {
    return gw->active - gw->asking >= PN_GW_CALLS_MAX || gw->held > PN_GW_HELD_MAX || pn_gateway_out_full(gw);
}

void pn_gateway_end(struct pn_gateway *gw, uint64_t grace) {
    if (gw->ending)
        return;
    gw->ending = true;
    gw->end_by = pn_now() + grace;
    pn_gateway_start_tick(gw);
    for (uint32_t i = 0; i < gw->made; i++) // nobody is there to be asked
        if (gw->pool[i]->state == PN_CALL_ASKING)
            pn_call_fail(gw, gw->pool[i], "Error: not done: the client closed its input before the user answered");
}

static void lose_client(struct pn_gateway *gw, const struct pn_err *err) {
    if (gw->out_lost)
        return;
    gw->out_lost = true;
    if (err->category != PN_E_PEER)
        pn_log(PN_LOG_ERROR, "%s", err->text);
    pn_gateway_end(gw, 0);
}

// --- the client's end ---

static void on_out(uv_poll_t *handle, int status, int events) {
    struct pn_gateway *gw = handle->data;
    if (status < 0)
        lose_client(gw, &(struct pn_err){.category = PN_E_PEER});
    // The rest happens before the next wait.
}

static void flush(struct pn_gateway *gw) {
    struct pn_err err = {0};
    int rc = gw->out_lost ? 1 : pn_out_flush(&gw->out, &err);
    if (rc < 0)
        lose_client(gw, &err);
    bool waits = rc == 0;
    if (waits == gw->out_waits || gw->out_is_file)
        return;
    gw->out_waits = waits;
    if (waits)
        (void)uv_poll_start(&gw->out_poll, UV_WRITABLE, on_out);
    else
        (void)uv_poll_stop(&gw->out_poll);
}

static void read_client(struct pn_gateway *gw) {
    uint8_t *room = pn_lines_room(&gw->lines, CHUNK);
    if (room == NULL) {
        pn_log(PN_LOG_ERROR, "out of memory for the client's input");
        pn_gateway_end(gw, PN_GW_GRACE);
        return;
    }
    ssize_t n = read(STDIN_FILENO, room, CHUNK);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0)
        pn_log(PN_LOG_ERROR, "read from the client: errno %d", errno);
    gw->in_ended = n <= 0;
    if (n > 0)
        pn_lines_filled(&gw->lines, (size_t)n);
    pn_gateway_read_lines(gw);
    if (pn_out_queued(&gw->out) > WRITE_EARLY)
        flush(gw);
}

static void on_in(uv_poll_t *handle, int status, int events) {
    read_client(handle->data);
}

static void on_in_file(uv_idle_t *handle) {
    read_client(handle->data);
}

static void watch_client(struct pn_gateway *gw) {
    bool want = !gw->in_ended && !gw->ending && !gw->backlog && !pn_gateway_in_full(gw);
    if (want == gw->in_active)
        return;
    gw->in_active = want;
    if (gw->in_is_file)
        (void)(want ? uv_idle_start(&gw->in_idle, on_in_file) : uv_idle_stop(&gw->in_idle));
    else
        (void)(want ? uv_poll_start(&gw->in_poll, UV_READABLE, on_in) : uv_poll_stop(&gw->in_poll));
}

static void watch_workers(struct pn_gateway *gw) {
    bool full = pn_gateway_out_full(gw);
    if (full == gw->out_was_full)
        return;
    gw->out_was_full = full;
    for (uint32_t i = 0; i < gw->slots; i++)
        if (gw->components[i] != NULL)
            pn_worker_watch(gw->components[i]);
}

// --- links ---

static void free_handle(uv_handle_t *handle) {
    free(handle);
}

int pn_gateway_watch(struct pn_gateway *gw, struct pn_gw_link *link, uv_poll_cb cb, void *data) {
    uv_poll_t *poll = calloc(1, sizeof *poll);
    if (poll == NULL || uv_poll_init(&gw->loop, poll, link->chan.fd) != 0) {
        free(poll);
        return -1;
    }
    poll->data = data;
    link->poll = poll;
    link->cb = cb;
    link->events = 0;
    pn_gateway_want(link, UV_READABLE);
    return 0;
}

void pn_gateway_unwatch(struct pn_gw_link *link) {
    if (link->poll == NULL)
        return;
    uv_close((uv_handle_t *)link->poll, free_handle);
    link->poll = NULL;
}

void pn_gateway_want(struct pn_gw_link *link, int events) {
    if (link->poll == NULL || link->events == events)
        return;
    link->events = events;
    if (events == 0)
        (void)uv_poll_stop(link->poll);
    else
        (void)uv_poll_start(link->poll, events, link->cb);
}

// --- turns ---

static void on_tick(uv_timer_t *timer) {
    struct pn_gateway *gw = timer->data;
    pn_gateway_check_calls(gw, pn_now());
    if (gw->active == 0 && !gw->ending)
        (void)uv_timer_stop(timer);
}

void pn_gateway_start_tick(struct pn_gateway *gw) {
    if (!uv_is_active((uv_handle_t *)&gw->tick))
        (void)uv_timer_start(&gw->tick, on_tick, TICK_MS, TICK_MS);
}

// After the end of input: the last line, the last answers, then out of the loop.
static void try_to_end(struct pn_gateway *gw) {
    if (gw->in_ended && !gw->backlog && !gw->ending) {
        pn_gateway_read_last_line(gw);
        pn_gateway_end(gw, PN_GW_GRACE);
    }
    if (!gw->ending)
        return;
    uint64_t now = pn_now();
    if (now >= gw->end_by)
        pn_gateway_fail_all(gw, "the server is ending, and the call was not finished in time");
    if (gw->active > 0)
        return;
    pn_gateway_end_listeners(gw);
    flush(gw);
    if (gw->out_lost || pn_out_queued(&gw->out) == 0 || now >= gw->end_by + LINGER)
        uv_stop(&gw->loop);
}

static void before_wait(uv_prepare_t *handle) {
    struct pn_gateway *gw = handle->data;
    do {
        if (gw->backlog && !pn_gateway_in_full(gw))
            pn_gateway_read_lines(gw);
        pn_gateway_tell_changes(gw);
        flush(gw);
    } while (gw->backlog && !gw->ending && !pn_gateway_in_full(gw));
    try_to_end(gw);
    watch_client(gw);
    watch_workers(gw);
}

// --- start and end ---

// A file cannot be waited for: reading and writing it never blocks.
static int init_client(struct pn_gateway *gw, struct pn_err *err) {
    (void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 1 << 20); // fewer turns for large answers; fails on anything but a pipe
    (void)fcntl(STDIN_FILENO, F_SETPIPE_SZ, 1 << 18);
    int in = uv_poll_init(&gw->loop, &gw->in_poll, STDIN_FILENO);
    int out = uv_poll_init(&gw->loop, &gw->out_poll, STDOUT_FILENO);
    if ((in != 0 && in != UV_EPERM) || (out != 0 && out != UV_EPERM))
        return pn_fail(err, PN_E_SYSTEM, "standard input and output: %s",
                       uv_strerror(in != 0 && in != UV_EPERM ? in : out));
    gw->in_is_file = in == UV_EPERM;
    gw->out_is_file = out == UV_EPERM;
    gw->in_poll.data = gw->out_poll.data = gw;
    if (uv_idle_init(&gw->loop, &gw->in_idle) != 0)
        return pn_fail(err, PN_E_SYSTEM, "cannot set up the loop");
    gw->in_idle.data = gw;
    return 0;
}

int pn_gateway_init(struct pn_gateway *gw, struct pn_chan *supervisor, struct pn_err *err) {
    *gw = (struct pn_gateway){.supervisor = *supervisor, .began = pn_now()};
    *supervisor = (struct pn_chan){.fd = -1, .got_fd = -1};
    pn_random(&gw->key, sizeof gw->key);
    pn_mcp_server_init(&gw->server, "postern", "Postern", PN_VERSION, instructions);
    pn_mcp_session_init(&gw->session, &gw->server);
    pn_out_init(&gw->out, STDOUT_FILENO);
    if (uv_loop_init(&gw->loop) != 0 || uv_prepare_init(&gw->loop, &gw->before_wait) != 0 ||
        uv_timer_init(&gw->loop, &gw->tick) != 0 ||
        uv_poll_init(&gw->loop, &gw->supervisor_poll, gw->supervisor.fd) != 0)
        return pn_fail(err, PN_E_SYSTEM, "cannot set up the loop");
    gw->before_wait.data = gw->tick.data = gw->supervisor_poll.data = gw;
    if (init_client(gw, err) < 0)
        return -1;
    (void)uv_prepare_start(&gw->before_wait, before_wait);
    (void)uv_poll_start(&gw->supervisor_poll, UV_READABLE, pn_gateway_on_supervisor);
    return 0;
}

static void set_blocking(int fd) {
    int off = 0;
    (void)ioctl(fd, FIONBIO, &off);
}

int pn_gateway_serve(struct pn_gateway *gw) {
    pn_gateway_offer(gw);
    gw->list_changed = gw->list_unannounced = false;
    (void)uv_run(&gw->loop, UV_RUN_DEFAULT);
    // Others may share these descriptions: they get them back as they were given.
    if (!gw->in_is_file)
        set_blocking(STDIN_FILENO);
    if (!gw->out_is_file)
        set_blocking(STDOUT_FILENO);
    struct pn_msg_done done = {.status = (uint8_t)gw->status};
    struct pn_err err = {0};
    if (pn_chan_send_wait(&gw->supervisor, PN_MSG_DONE, 0, &done, -1, pn_now() + PN_SEC, &err) < 0)
        pn_log(PN_LOG_DEBUG, "%s", err.text);
    return gw->status;
}

void pn_gateway_fini(struct pn_gateway *gw) {
    for (uint32_t i = 0; i < gw->slots; i++)
        pn_component_free(gw->components[i]);
    free(gw->components);
    for (uint32_t i = 0; i < gw->made; i++) {
        pn_buf_fini(&gw->pool[i]->keep);
        pn_admin_fini(&gw->pool[i]->admin);
        free(gw->pool[i]);
    }
    for (size_t i = 0; i < PN_GW_LISTENERS_MAX; i++)
        pn_buf_fini(&gw->listeners[i].id);
    pn_consents_free(gw->consents);
    pn_catalog_fini(&gw->catalog);
    pn_out_fini(&gw->out);
    pn_lines_fini(&gw->lines);
    pn_json_fini(&gw->doc);
    pn_buf_fini(&gw->scratch);
    pn_mcp_server_fini(&gw->server);
    pn_chan_fini(&gw->supervisor);
    pn_wipe(&gw->key, sizeof gw->key);
}
