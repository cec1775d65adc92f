// SPDX-License-Identifier: Apache-2.0
// Reading and writing limits by pn_limit_table (policy.h): the one place that knows their units.
#pragma once
#include "config/policy.h"
#include "config/yaml.h"

// The row for a key, or NULL.
const struct pn_limit_info *pn_limits_find(const char *key);
uint64_t pn_limits_get(const struct pn_limits *limits, const struct pn_limit_info *info);
// Writes an amount with its unit, as a document has it: "10MiB", "30s", "500m".
void pn_limits_put_amount(struct pn_buf *out, const struct pn_limit_info *info, uint64_t amount);

// Reads one amount, or a whole map of limits by their keys. Mistakes go to the document; what is wrong is left alone.
bool pn_limits_read_amount(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_limit_info *info,
                           uint64_t *out);
void pn_limits_read(struct pn_yaml *y, const struct pn_yaml_node *node, struct pn_limits *limits);
