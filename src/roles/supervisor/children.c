// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "roles/supervisor/supervisor.h"

struct sup_child *sup_child_new(struct supervisor *s) {
    struct sup_child *k = calloc(1, sizeof *k);
    if (k == NULL)
        return NULL;
    k->sup = s;
    k->calls = k->control = -1;
    return k;
}

static void free_when_done(struct sup_child *k) {
    if (k->handles > 0 || !k->over)
        return;
    pn_fd_close(&k->calls);
    pn_fd_close(&k->control);
    pn_child_fini(&k->c);
    free(k);
}

static void on_closed(uv_handle_t *h) {
    struct sup_child *k = h->data;
    k->handles--;
    free_when_done(k);
}

static void stop_watching(struct sup_child *k, uv_poll_t *poll) {
    if (poll->data != NULL && !uv_is_closing((uv_handle_t *)poll))
        uv_close((uv_handle_t *)poll, on_closed);
}

static void on_message(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    sup_take_messages(poll->data);
}

static void on_log(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    struct sup_child *k = poll->data;
    if (!pn_child_relay_log(&k->c))
        stop_watching(k, poll);
}

void sup_child_watch(struct sup_child *k) {
    (void)uv_poll_init(&k->sup->loop, &k->chan, k->c.chan.fd);
    (void)uv_poll_init(&k->sup->loop, &k->log, k->c.log_fd);
    k->chan.data = k->log.data = k;
    k->handles = 2;
    (void)uv_poll_start(&k->chan, UV_READABLE, on_message);
    (void)uv_poll_start(&k->log, UV_READABLE, on_log);
}

void sup_child_kill(struct sup_child *k) {
    if (k != NULL && k->c.pid > 0)
        (void)kill(k->c.pid, SIGKILL);
}

static void forget_retired(struct supervisor *s, const struct sup_child *k) {
    for (struct sup_child **at = &s->retired; *at != NULL; at = &(*at)->next_retired) {
        if (*at != k)
            continue;
        *at = k->next_retired;
        return;
    }
}

// A child of ours has died: who was it, and what follows?
static void bury(struct supervisor *s, struct sup_child *k, int status) {
    char how[128];
    pn_child_describe_status(status, how);
    // What it sent before it died still counts.
    if (!k->over)
        sup_take_messages(k);
    (void)pn_child_relay_log(&k->c);
    k->c.pid = 0;
    k->over = true;
    stop_watching(k, &k->chan);
    stop_watching(k, &k->log);
    bool expected = s->ending || (k->component == NULL && k != s->gateway && k != s->egress);
    if (!expected)
        pn_log(PN_LOG_ERROR, "the %s process %s", k->c.name, how);
    if (k == s->gateway) {
        s->gateway = NULL;
        sup_end(s, s->ending ? s->status : 1);
    } else if (k == s->egress) {
        s->egress = NULL;
        // Workers that had channels to it must get new ones: they are restarted, with back-off.
        for (struct sup_component *c = s->components; c != NULL; c = c->next)
            if (pn_policy_needs_egress(&c->policy))
                sup_child_kill(c->worker);
    } else if (k->component != NULL) {
        struct sup_component *c = k->component;
        k->component = NULL;
        c->worker = NULL;
        sup_component_worker_down(s, c, how);
    }
    forget_retired(s, k);
    if (k->uses_egress)
        sup_egress_forget(s, k->slot);
    free_when_done(k);
}

static struct sup_child *find(struct supervisor *s, pid_t pid) {
    if (s->gateway != NULL && s->gateway->c.pid == pid)
        return s->gateway;
    if (s->egress != NULL && s->egress->c.pid == pid)
        return s->egress;
    for (struct sup_component *c = s->components; c != NULL; c = c->next)
        if (c->worker != NULL && c->worker->c.pid == pid)
            return c->worker;
    for (struct sup_child *k = s->retired; k != NULL; k = k->next_retired)
        if (k->c.pid == pid)
            return k;
    return NULL;
}

void sup_reap(struct supervisor *s) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct sup_child *k = find(s, pid);
        if (k != NULL) {
            bury(s, k, status);
            continue;
        }
        sup_command_exited(s, pid, status);
    }
}
