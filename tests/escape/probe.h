// SPDX-License-Identifier: Apache-2.0
// What code that has broken out of its role's program tries, once that role has confined itself.
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct attempt {
    const char *name;
    int (*run)(int number); // >= 0: it worked. errno tells why not
    int number;             // for `run`
    unsigned roles;         // bit per role that may do it
    bool grants;            // only for a role with a granted directory
    bool unproven;          // may fail on a machine where nothing is confined
};

extern const struct attempt attempts_files[], attempts_process[], attempts_network[];
extern const size_t attempts_files_len, attempts_process_len, attempts_network_len;

extern int probe_grant; // the granted directory: `inside`, `prog`, `sub/`, `null` (a device); beside it `secret`
extern bool probe_may_write;
