// SPDX-License-Identifier: Apache-2.0
// Starting a role process: a fresh program in fresh namespaces with an empty environment and three descriptors:
// 0 and 1 = /dev/null (the gateway of a server: inherited), 2 = a pipe for its log lines, 3 = a channel to us.
#pragma once
#include <sys/types.h>

#include "base/err.h"
#include "ipc/ipc.h"

#define PN_ROLE_CHANNEL 3 // descriptor of the channel in the child

struct pn_child {
    enum pn_role role;
    char name[160];      // for log lines: "worker echo"
    pid_t pid;           // 0 = none
    struct pn_chan chan; // ours: PN_ROLE_SUPERVISOR
    int log_fd;          // read end, non-blocking
    struct pn_buf log;   // unfinished line
};

// `slot` numbers the workers (for their uids), `label` names what the role works for in log lines ("" = nothing).
// `inherit_stdio`: the child keeps our descriptors 0 and 1.
[[nodiscard]] int pn_launch(enum pn_role role, uint32_t slot, const char *label, bool inherit_stdio,
                            struct pn_child *out, struct pn_err *err);
// Reads what there is on the log pipe and reprints it line by line. Returns false when the pipe has ended.
bool pn_child_relay_log(struct pn_child *c);
// Kills (SIGKILL), reaps and closes; for a child that was never started it does nothing.
void pn_child_end(struct pn_child *c);
// Closes everything of a child that was reaped elsewhere.
void pn_child_fini(struct pn_child *c);
static inline void pn_child_cleanup(struct pn_child *c) {
    pn_child_end(c);
}
// "exited with status 3", "was killed by signal 31 (a system call its profile does not allow)".
void pn_child_describe_status(int status, char text[128]);

// Waits for READY. PN_E_PEER when the role dies first; the text of its FAILED message otherwise.
[[nodiscard]] int pn_child_wait_ready(struct pn_child *c, uint64_t deadline, struct pn_err *err);
