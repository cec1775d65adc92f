// SPDX-License-Identifier: Apache-2.0
#include "cli/settings.h"

#include "base/cleanup.h"

static bool loaded;

int pn_cli_settings(const char *path, struct pn_settings *out, struct pn_err *err) {
    if (pn_settings_load(path, out, NULL, err) != 0)
        return -1;
    pn_log_init("postern", out->log_level);
    pn_settings_export(out);
    loaded = true;
    return 0;
}

int pn_cli_settings_need(struct pn_err *err) {
    pn_auto(pn_settings) struct pn_settings settings = {0};
    return loaded ? 0 : pn_cli_settings(NULL, &settings, err);
}
