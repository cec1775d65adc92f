// SPDX-License-Identifier: Apache-2.0
// The byte lanes' C side: streams, file reads and writes, random bytes.
#pragma once
#include "postern_engine.h"

extern const struct pn_lanes pn_wasi_lanes;
