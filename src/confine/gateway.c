// SPDX-License-Identifier: Apache-2.0
// Gateway: a libuv loop between the client's stream on descriptors 0 and 1 and channels to our own processes. It parses
// what a hostile client sends. Who takes it over holds those descriptors and nothing else: no file, no socket, no
// program.
#include "profile.h"

const struct confine_profile confine_gateway = {
    .name = "gateway",
    .role = PN_ROLE_GATEWAY,
    .requires = PARTS_ISOLATED | PART_NETNS,
    .uses = PART_IPCNS | PART_UTSNS | PART_CGROUPNS,
    .empty_root = true,
    .rules = {&confine_common, &confine_channel, &confine_loop},
    .limit_count = 3,
    .limits = {{RLIMIT_NOFILE, 8192}, {RLIMIT_NPROC, 0}, {RLIMIT_FSIZE, (rlim_t)1 << 30}},
};
