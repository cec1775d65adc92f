// SPDX-License-Identifier: Apache-2.0
// Decodes the inside of a string that the reader has already accepted, piece by piece. Private to this folder.
#pragma once
#include "base/bytes.h"

struct json_piece {
    const uint8_t *ptr; // into the text, or into `made`
    size_t len;
    uint8_t made[4];
};

// Takes the next run of plain bytes or the next escape from the front of `rest`. False at the end.
bool pn_json_piece_next(struct pn_view *rest, struct json_piece *out);
