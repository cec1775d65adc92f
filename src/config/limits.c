// SPDX-License-Identifier: Apache-2.0
#include "config/policy.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

const struct pn_limits pn_limits_default = {
    .memory_bytes = 10 * MIB,
    .fuel = 500000000,
    .wall_ms = 30000,
    .stack_bytes = 512 * KIB,
    .table_elements = 100000,
    .instances = 64,
    .result_bytes = 1 * MIB,
    .log_lines = 1000,
    .log_line_bytes = 4096,
    .requests_per_minute = 60,
    .request_bytes = 1 * MIB,
    .response_bytes = 10 * MIB,
    .open_files = 64,
    .write_bytes = 64 * MIB,
    .concurrent_calls = 16,
    .clock_resolution_us = 1000,
    .cpu_millis = 0,
    .grants = 64,
};

#define AT(field) offsetof(struct pn_limits, field)

const struct pn_limit_info pn_limit_table[] = {
    {"memory", "bytes", AT(memory_bytes), 64 * KIB, 4 * GIB},
    {"fuel", "count", AT(fuel), 1, UINT64_C(1000000000000000)},
    {"wall_time", "ms", AT(wall_ms), 1, 86400000},
    {"stack", "bytes", AT(stack_bytes), 64 * KIB, 16 * MIB},
    {"table_elements", "count", AT(table_elements), 0, 10000000},
    {"instances", "count", AT(instances), 1, 10000},
    {"result", "bytes", AT(result_bytes), 1, 64 * MIB},
    {"log_lines", "count", AT(log_lines), 0, 1000000},
    {"log_line", "bytes", AT(log_line_bytes), 16, 64 * KIB},
    {"requests_per_minute", "count", AT(requests_per_minute), 0, 1000000},
    {"request", "bytes", AT(request_bytes), 0, 1 * GIB},
    {"response", "bytes", AT(response_bytes), 1, 1 * GIB},
    {"open_files", "count", AT(open_files), 0, 1024},
    {"write", "bytes", AT(write_bytes), 0, 1024 * GIB},
    {"concurrent_calls", "count", AT(concurrent_calls), 1, 1024},
    {"clock_resolution", "us", AT(clock_resolution_us), 1, 1000000},
    {"cpu", "cpu", AT(cpu_millis), 10, 1024000},
    {"grants", "count", AT(grants), 0, 1024},
    {NULL, NULL, 0, 0, 0},
};
