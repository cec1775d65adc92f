// SPDX-License-Identifier: Apache-2.0
#include "launch/begin.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "confine/confine.h"
#include "launch/role.h"

static bool is_channel(int fd) {
    int type = 0;
    socklen_t len = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

void pn_role_begin(enum pn_role role, int argc, char **argv, struct pn_chan *chan, uint32_t *slot) {
    uint64_t number = 0;
    if (argc != 2 || !pn_u64_get(pn_view_str(argv[1]), &number) || number > UINT16_MAX ||
        !is_channel(PN_ROLE_CHANNEL)) {
        (void)fprintf(stderr, "postern-%s is a part of Postern and is started by it; see `postern --help`.\n",
                      pn_role_name(role));
        exit(2);
    }
    *slot = (uint32_t)number;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); // the supervisor decides when to stop
    pn_log_init(pn_role_name(role), PN_LOG_DEBUG);
    pn_chan_init(chan, PN_ROLE_CHANNEL, role, PN_ROLE_SUPERVISOR);
    struct pn_err err = {0};
    if (pn_confine_enter(role, *slot, &err) != 0)
        pn_role_fail(chan, &err);
}

void pn_role_fail(struct pn_chan *chan, const struct pn_err *err) {
    struct pn_msg_failed msg = {.category = (uint8_t)err->category, .text = pn_utf8_cut(pn_view_str(err->text), 1024)};
    struct pn_err ignored = {0};
    if (pn_chan_send_wait(chan, PN_MSG_FAILED, 0, &msg, -1, pn_now() + PN_SEC, &ignored) != 0)
        pn_log(PN_LOG_ERROR, "%s", err->text);
    exit(1);
}

int pn_role_ready(struct pn_chan *chan, struct pn_err *err) {
    struct pn_msg_ready msg = {.note = PN_VIEW("")};
    return pn_chan_send_wait(chan, PN_MSG_READY, 0, &msg, -1, pn_now() + PN_SEC, err);
}
