// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "policy/verdict.h"

// May the component see the variable `key`? Its value comes from the operator's settings.
[[nodiscard]] struct pn_verdict pn_policy_environment(const struct pn_policy *p, struct pn_view key);
