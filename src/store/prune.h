// SPDX-License-Identifier: Apache-2.0
// Keeps the compile cache from growing for ever. Internal to src/store.
#pragma once

// Removes entries that nobody looked up for 30 days (a lookup renews the manifest's time once a day) and, after an
// hour, temporary files and parts without a manifest that a crash left behind. Holding the cache's lock.
void pn_prune(int dir_fd);
