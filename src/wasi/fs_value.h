// SPDX-License-Identifier: Apache-2.0
// The records and enums of wasi:filesystem as component values.
#pragma once
#include "wasi/fs.h"

wasmtime_component_val_t pn_fs_val_error(int error); // err(error-code)
wasmtime_component_val_t pn_fs_val_type(mode_t mode);
wasmtime_component_val_t pn_fs_val_stat(const struct stat *st);
wasmtime_component_val_t pn_fs_val_entry(const struct dirent *entry);
// The same for the same file as long as the worker lives, and tells nothing of device and inode.
wasmtime_component_val_t pn_fs_val_hash(const struct pn_world *w, const struct stat *st);
// Two arguments of type new-timestamp: access, modification. 0 or PN_FS_INVALID.
int pn_fs_arg_times(const wasmtime_component_val_t args[2], struct pn_fs_times *out);
