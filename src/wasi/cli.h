// SPDX-License-Identifier: Apache-2.0
// The guest's standard streams: stdin is at its end, stdout and stderr go line by line to the call's log.
#pragma once
#include "wasi/io.h"

[[nodiscard]] int pn_cli_open_stdin(struct pn_host *h, uint32_t *rep, struct pn_err *err);
// Lines above limits.log_line are cut into several; more than limits.log_lines end the call.
[[nodiscard]] int pn_cli_open_output(struct pn_host *h, bool is_error, uint32_t *rep, struct pn_err *err);
