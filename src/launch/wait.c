// SPDX-License-Identifier: Apache-2.0
#include "launch/wait.h"

#include <errno.h>
#include <poll.h>

#include "base/cleanup.h"
#include "base/clock.h"

int pn_child_next(struct pn_child *c, struct pn_msg *msg, uint64_t deadline, struct pn_err *err) {
    for (;;) {
        struct pollfd p[2] = {{.fd = c->chan.fd, .events = POLLIN}, {.fd = c->log_fd, .events = POLLIN}};
        int n = poll(p, 2, pn_left_ms(deadline));
        if (n == 0)
            return pn_fail(err, PN_E_RETRY, "no answer of the %s process in time", c->name);
        if (n < 0 && errno != EINTR)
            return pn_fail_errno(err, "poll");
        if (n < 0)
            continue;
        if (p[1].revents != 0 && !pn_child_relay_log(c))
            pn_fd_close(&c->log_fd);
        if (p[0].revents == 0)
            continue;
        struct pn_err tried = {0};
        int rc = pn_chan_recv(&c->chan, msg, &tried);
        if (rc >= 0)
            return rc;
        if (tried.category == PN_E_RETRY)
            continue;
        *err = tried;
        return -1;
    }
}
