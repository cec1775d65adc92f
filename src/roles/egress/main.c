// SPDX-License-Identifier: Apache-2.0
// Egress: the only process with a network, and the only way out for components.
//
// It alone may touch: sockets to the outside, TLS. It never has: component code, files but the resolver's and the
// certificates, the vault. Two kinds of hostile neighbours: a worker that its component took over (sends any frame it
// likes, on its own channels only: gains what its policy grants anyway), and servers (send any bytes they like: are
// bounded, and reach one component's connections at most).
#include "base/log.h"
#include "launch/begin.h"
#include "roles/egress/supervised.h"

int main(int argc, char **argv) {
    static struct pn_egress e;
    struct pn_err err = {0};
    uint32_t slot;
    pn_role_begin(PN_ROLE_EGRESS, argc, argv, &e.chan, &slot);
    if (pn_supervised_start(&e, &err) != 0 || pn_supervised_watch(&e, &err) != 0)
        pn_role_fail(&e.chan, &err);
    if (pn_role_ready(&e.chan, &err) != 0)
        return 1;
    (void)uv_run(&e.loop, UV_RUN_DEFAULT);
    return 0;
}
