// SPDX-License-Identifier: Apache-2.0
// postern-gateway: the process that speaks MCP with the client. See gateway.h for what it holds and whom it fears.
#include "base/clock.h"
#include "base/log.h"
#include "confine/confine.h"
#include "launch/begin.h"
#include "roles/gateway/gateway.h"

static int receive_start(struct pn_chan *chan, bool *management, struct pn_err *err) {
    struct pn_msg msg;
    int rc = pn_chan_recv_wait(chan, &msg, pn_now() + 30 * PN_SEC, err);
    if (rc < 0)
        return -1;
    if (rc == 0 || msg.type != PN_MSG_GATEWAY_START)
        return pn_fail(err, PN_E_PEER, "the supervisor did not say how to start");
    *management = msg.gateway_start.management == 1;
    pn_log_init(pn_role_name(PN_ROLE_GATEWAY), (enum pn_level)msg.gateway_start.log_level);
    return 0;
}

int main(int argc, char **argv) {
    static struct pn_gateway gw;
    struct pn_chan chan;
    struct pn_err err = {0};
    uint32_t slot;
    bool management = false;
    pn_role_begin(PN_ROLE_GATEWAY, argc, argv, &chan, &slot);
    if (receive_start(&chan, &management, &err) < 0)
        pn_role_fail(&chan, &err);
    if (pn_gateway_init(&gw, &chan, &err) < 0 || pn_confine_files(PN_ROLE_GATEWAY, NULL, 0, &err) < 0 ||
        pn_confine_lock(PN_ROLE_GATEWAY, &err) < 0 || pn_role_ready(&gw.supervisor, &err) < 0)
        pn_role_fail(gw.supervisor.fd >= 0 ? &gw.supervisor : &chan, &err);
    gw.management = management;
    int status = pn_gateway_serve(&gw);
    pn_gateway_fini(&gw);
    return status;
}
