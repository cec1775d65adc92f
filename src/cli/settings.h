// SPDX-License-Identifier: Apache-2.0
// The operator's settings, put in force in this process and for the roles it starts.
#pragma once
#include "config/settings.h"

// Loads the settings (path: --config, NULL = the usual places) and applies log level, uids and accepted degradations.
[[nodiscard]] int pn_cli_settings(const char *path, struct pn_settings *out, struct pn_err *err);
// The same from the usual places, unless settings were loaded before. Call before a role is started.
[[nodiscard]] int pn_cli_settings_need(struct pn_err *err);
