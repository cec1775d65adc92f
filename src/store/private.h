// SPDX-License-Identifier: Apache-2.0
// Directories and files that must be ours alone, and the key that seals what lies in them. Internal to src/store.
#pragma once
#include <sys/types.h>

#include "base/err.h"
#include "base/hash.h"

// Makes the directory (0700) if it is missing and returns it opened, or -1. PN_E_DENIED when another user owns it or
// others may write into it.
[[nodiscard]] int pn_private_dir(const char *path, struct pn_err *err);
// Checks `name` in the directory when it exists: a regular file of ours that `forbidden` mode bits do not open to
// others. `dir_name` is for messages. 1 = fine, 0 = not there, -1 = refused.
[[nodiscard]] int pn_private_file(int dir_fd, const char *dir_name, const char *name, mode_t forbidden,
                                  struct pn_err *err);
// Reads the store key from `state_dir`, creating it when there is none; of several processes that create it at once,
// one wins and all read the same key.
[[nodiscard]] int pn_private_key(const char *state_dir, struct pn_mac_key *out, struct pn_err *err);

// Takes an advisory lock on `fd`, waiting at most `wait_ms`. PN_E_RETRY when another process holds it that long.
[[nodiscard]] int pn_private_lock(int fd, int operation, unsigned wait_ms, const char *name, struct pn_err *err);
