// SPDX-License-Identifier: Apache-2.0
#include "wasi/host.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define SCRATCH_KEPT ((size_t)1 << 20)

void pn_host_init(struct pn_host *h, const struct pn_world *world) {
    *h = (struct pn_host){.world = world};
}

void pn_host_fini(struct pn_host *h) {
    pn_host_finish(h);
    pn_buf_fini(&h->line[0]);
    pn_buf_fini(&h->line[1]);
    pn_buf_fini(&h->scratch);
    free(h->slots);
    *h = (struct pn_host){0};
}

void pn_host_start(struct pn_host *h, const struct pn_host_call *call) {
    h->call = *call;
    h->end = PN_END_NONE;
    h->end_text[0] = 0;
    h->open_files = h->bytes_written = h->log_lines = 0;
    h->clock_origin = pn_now();
    h->fault = (struct pn_fault){0};
}

static void write_last_lines(struct pn_host *h) {
    for (unsigned i = 0; i < 2; i++) {
        if (h->line[i].len > 0 && h->call.log != NULL && h->log_lines < h->world->policy->limits.log_lines)
            h->call.log(h->call.log_data, i == 1, pn_buf_view(&h->line[i]));
        pn_buf_reset(&h->line[i]);
    }
}

void pn_host_finish(struct pn_host *h) {
    // Dropping every handle frees every object: nothing else holds one.
    for (uint32_t rep = 1; rep <= h->slots_len; rep++)
        pn_host_drop(h, rep);
    h->slots_len = h->slots_free = 0;
    if (h->http_fini != NULL)
        h->http_fini(h);
    h->http = NULL;
    h->http_fini = NULL;
    write_last_lines(h);
    if (h->scratch.cap > SCRATCH_KEPT)
        pn_buf_fini(&h->scratch);
    h->context = NULL;
}

static enum pn_category category_of(enum pn_end end) {
    return end == PN_END_LIMIT || end == PN_END_CANCELLED ? PN_E_LIMIT : PN_E_INPUT;
}

int pn_host_stop(struct pn_host *h, enum pn_end end, struct pn_err *err, const char *fmt, ...) {
    if (h->end == PN_END_NONE) {
        va_list args;
        va_start(args, fmt);
        int len = vsnprintf(h->end_text, sizeof h->end_text, fmt, args);
        va_end(args);
        if (len >= (int)sizeof h->end_text) // no half characters
            h->end_text[pn_utf8_cut(pn_view_str(h->end_text), sizeof h->end_text - 8).len] = 0;
        h->end = end;
    }
    return pn_fail(err, category_of(h->end), "%s", h->end_text);
}

int pn_host_breach(struct pn_host *h, const char *key, struct pn_err *err) {
    const struct pn_limit_info *info = pn_limit_table;
    while (info->key != NULL && strcmp(info->key, key) != 0)
        info++;
    if (info->key == NULL)
        return pn_host_stop(h, PN_END_LIMIT, err, "limit reached: %s", key);
    uint64_t value = 0;
    pn_copy(&value, (const char *)&h->world->policy->limits + info->offset, sizeof value);
    const char *unit = strcmp(info->unit, "count") == 0 ? "" : info->unit;
    return pn_host_stop(h, PN_END_LIMIT, err, "limit reached: %s = %llu%s%s; raise it with `limits.%s` in the policy",
                        key, (unsigned long long)value, unit[0] == 0 ? "" : " ", unit, key);
}

void pn_wait_fd(struct pn_wait *w, int fd, short events) {
    for (unsigned i = 0; i < w->len; i++)
        if (w->fds[i].fd == fd) {
            w->fds[i].events = (short)(w->fds[i].events | events);
            return;
        }
    if (w->len == PN_WAIT_FDS) { // no room: look again soon
        pn_wait_until(w, pn_now() + PN_MSEC);
        return;
    }
    w->fds[w->len++] = (struct pn_wait_fd){fd, events};
}

void pn_wait_until(struct pn_wait *w, uint64_t when) {
    w->until = pn_earlier(w->until, when);
}

static int poll_until(struct pollfd *fds, nfds_t len, uint64_t until) {
    uint64_t now = pn_now();
    uint64_t left = until > now ? until - now : 0;
    struct timespec t = {.tv_sec = (time_t)(left / PN_SEC), .tv_nsec = (long)(left % PN_SEC)};
    return ppoll(fds, len, until == PN_NEVER ? NULL : &t, NULL);
}

int pn_host_wait(struct pn_host *h, const struct pn_wait *w, struct pn_err *err) {
    struct pollfd fds[PN_WAIT_FDS + 1] = {{.fd = h->call.cancel_fd, .events = POLLIN}};
    for (unsigned i = 0; i < w->len; i++)
        fds[i + 1] = (struct pollfd){.fd = w->fds[i].fd, .events = w->fds[i].events};
    uint64_t until = pn_earlier(w->until, h->call.deadline);
    if (h->call.before_wait != NULL && until != 0)
        h->call.before_wait(h->call.wait_data);
    if (poll_until(fds, w->len + 1, until) < 0 && errno != EINTR)
        return pn_fail_errno(err, "cannot wait for the component's descriptors");
    if (fds[0].revents != 0)
        return pn_host_stop(h, PN_END_CANCELLED, err, "the call was cancelled");
    if (pn_now() >= h->call.deadline)
        return pn_host_breach(h, "wall_time", err);
    return 0;
}

int pn_host_check(struct pn_host *h, struct pn_err *err) {
    struct pn_wait w = {.until = 0};
    return pn_host_wait(h, &w, err);
}
