// SPDX-License-Identifier: Apache-2.0
// Whole-file reads with a bound, atomic replacement, sealed memory files.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

// Appends everything up to end of file. More than `most` bytes fails with PN_E_LIMIT. `name` is for messages only.
[[nodiscard]] int pn_read_all(int fd, size_t most, const char *name, struct pn_buf *out, struct pn_err *err);
[[nodiscard]] int pn_read_file(const char *path, size_t most, struct pn_buf *out, struct pn_err *err);
[[nodiscard]] int pn_write_all(int fd, struct pn_view bytes, struct pn_err *err);

// Writes to a temporary sibling, fsyncs, renames over `name` in the directory `dir_fd`, fsyncs the directory.
// A crash at any moment leaves the old file or the new one.
[[nodiscard]] int pn_replace_file(int dir_fd, const char *name, struct pn_view bytes, unsigned mode,
                                  struct pn_err *err);

// mkdir -p with `mode` for what is missing.
[[nodiscard]] int pn_make_dirs(const char *path, unsigned mode, struct pn_err *err);

// A memfd holding `bytes`, sealed against every change, not executable. Returns the descriptor or -1.
[[nodiscard]] int pn_memfd_sealed(struct pn_view bytes, struct pn_err *err);

// Read-only mapping of a memfd received from a neighbour. Fails with PN_E_PEER unless it is sealed against writing and
// resizing and holds exactly `size` bytes. size 0 gives an empty view.
[[nodiscard]] int pn_memfd_map(int fd, size_t size, struct pn_view *out, struct pn_err *err);
void pn_memfd_unmap(struct pn_view *map);
