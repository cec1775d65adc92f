// SPDX-License-Identifier: Apache-2.0
// Amounts with units, as documents and the command line write them. Strict: decimal digits without sign or leading
// zero, the unit right behind the number, no overflow; false otherwise. Every pn_units_put_* writes what its reader
// reads back to the same number.
#pragma once
#include "base/bytes.h"

// Bytes: "4096", "64KiB" or "64Ki", "10MiB", "1Gi"; decimal "10kB" or "10k", "5MB" or "5M", "1GB" or "1G".
bool pn_units_size(struct pn_view text, uint64_t *bytes);
void pn_units_put_size(struct pn_buf *out, uint64_t bytes);

// Time with a unit: "250us", "500ms", "30s", "5m", "1h". The unit is required. Gives microseconds.
bool pn_units_duration(struct pn_view text, uint64_t *us);
void pn_units_put_duration(struct pn_buf *out, uint64_t us);

// Processor share in thousandths of a core: "500m", or whole cores "2".
bool pn_units_cpu(struct pn_view text, uint64_t *millis);
void pn_units_put_cpu(struct pn_buf *out, uint64_t millis);
