// SPDX-License-Identifier: Apache-2.0
// Guest `spin`: an infinite loop that touches no memory and calls nothing.
#include "abi.h"

EXPORT("spin") uint32_t spin(void) {
    for (volatile uint32_t turn = 0;; turn++)
        if (turn == UINT32_MAX)
            turn = 0;
}
