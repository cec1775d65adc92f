// SPDX-License-Identifier: Apache-2.0
// What a role does to itself before it handles anything from outside. Each role's profile is the file named after it.
//
//   parent: clone(SIGCHLD | pn_confine_spawn_flags(role)); child: pn_confine_child(), execve of the role's program
//   role:   pn_confine_enter -> reads its start message, opens what it needs -> pn_confine_files -> starts its threads
//           -> pn_confine_lock -> serves
//
// A confinement that the profile requires and the machine refuses is an error that names it, unless the operator lists
// the name in POSTERN_ALLOW_DEGRADED (userns,pidns,netns,mountns,landlock,seccomp,uid): then a warning is logged at
// each start. POSTERN_SECCOMP=trace makes a forbidden system call end the role with status 159 after its name was
// written to standard error, instead of a silent SIGSYS (signal 31). All functions are for the main thread.
#pragma once
#include "base/err.h"
#include "ipc/ipc.h"

// Namespaces to create by clone(2) for this role (CLONE_NEWPID; CLONE_NEWUSER for an ordinary user); 0 where the
// machine refuses them, and then pn_confine_enter decides. Tries once with a child of its own; remembered.
unsigned long pn_confine_spawn_flags(enum pn_role role);

// In the child between clone and execve, when the flags had CLONE_NEWUSER (else it does nothing): maps the user to
// itself and lets the namespace capabilities survive the execve. Async-signal-safe. Failures surface in
// pn_confine_enter.
void pn_confine_child(void);

// First thing in the role: closes all descriptors above 3, remaining namespaces, own uid (if root), no capabilities but
// what pn_confine_files needs, no_new_privs, not dumpable, dies with its parent, no core. `slot` numbers the workers.
// For PN_ROLE_SUPERVISOR: only no_new_privs, dumpable and core.
[[nodiscard]] int pn_confine_enter(enum pn_role role, uint32_t slot, struct pn_err *err);

enum pn_grant_rights { PN_GRANT_READ = 1, PN_GRANT_WRITE = 2 }; // write: change, create, remove, rename
struct pn_grant {
    int fd; // an open directory or file, -1: use `path`. The number stays valid; a directory's description is replaced.
    const char *path; // one that does not exist is skipped
    unsigned rights;
};
// With one thread only: takes away the file system but for the grants (an empty root, Landlock), all capabilities and
// TCP where the role has none. A role whose profile has no files must pass none. Egress gets the resolver's files and
// the system's roots from its profile; `grants` adds to them. Supervisor: nothing.
[[nodiscard]] int pn_confine_files(enum pn_role role, const struct pn_grant *grants, size_t count, struct pn_err *err);

// Resource limits and the system call filter, on all threads. Fails with PN_E_BUG before pn_confine_files. A worker
// that was granted no files loses the calls for them. Supervisor: a list of calls that nothing started by Postern may
// use.
[[nodiscard]] int pn_confine_lock(enum pn_role role, struct pn_err *err);

// For `postern doctor`: what this machine gives, tried out by short-lived children.
struct pn_confine_fact {
    const char *name; // as in POSTERN_ALLOW_DEGRADED
    bool available;
    bool degraded;        // the operator accepts that it is missing
    const char *required; // roles that do not start without it, "" = it is used when it is there
    char detail[128];     // "ABI 7", "Operation not permitted; ...", ...
};
#define PN_CONFINE_FACTS 13
size_t pn_confine_probe(struct pn_confine_fact out[PN_CONFINE_FACTS]);
