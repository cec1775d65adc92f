// SPDX-License-Identifier: Apache-2.0
// A policy for a test, from its text; a mistake in it ends the test program.
#pragma once
#include "check.h"
#include "config/policy.h"

static inline struct pn_policy read_policy(const char *permissions) {
    struct pn_buf text = {0}, report = {0};
    struct pn_policy p;
    pn_buf_printf(&text, "version: \"1.0\"\npermissions:\n%s", permissions);
    if (pn_policy_parse(pn_buf_view(&text), "test.yaml", &p, &report, NULL) < 0) {
        printf("Bail out! %s in\n%s\n", pn_buf_cstr(&report), permissions);
        exit(2);
    }
    pn_buf_fini(&text);
    pn_buf_fini(&report);
    return p;
}
