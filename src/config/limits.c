// SPDX-License-Identifier: Apache-2.0
#include "config/limits.h"

#include "base/text.h"
#include "config/bind.h"
#include "config/units.h"

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

static bool read_ms(struct pn_view text, uint64_t *ms) {
    uint64_t us;
    if (!pn_units_duration(text, &us) || us % 1000 != 0)
        return false;
    *ms = us / 1000;
    return true;
}

static void put_ms(struct pn_buf *out, uint64_t ms) {
    pn_units_put_duration(out, ms * 1000);
}

// How each unit is read and written.
static const struct amount {
    const char *unit;
    bool (*read)(struct pn_view text, uint64_t *out);
    void (*put)(struct pn_buf *out, uint64_t amount);
    const char *example;
} amounts[] = {
    {"bytes", pn_units_size, pn_units_put_size, "a size such as 64KiB or 10MiB"},
    {"ms", read_ms, put_ms, "a time such as 500ms or 30s"},
    {"us", pn_units_duration, pn_units_put_duration, "a time such as 100us or 1ms"},
    {"cpu", pn_units_cpu, pn_units_put_cpu, "a share such as 500m or 2"},
    {"count", pn_u64_get, pn_buf_add_u64, "a decimal number"},
};

static const struct amount *amount_of(const struct pn_limit_info *info) {
    const struct amount *a = amounts;
    while (strcmp(a->unit, info->unit) != 0)
        a++;
    return a;
}

const struct pn_limit_info *pn_limits_find(const char *key) {
    for (const struct pn_limit_info *l = pn_limit_table; l->key != NULL; l++)
        if (strcmp(l->key, key) == 0)
            return l;
    return NULL;
}

uint64_t pn_limits_get(const struct pn_limits *limits, const struct pn_limit_info *info) {
    uint64_t value;
    pn_copy(&value, (const char *)limits + info->offset, sizeof value);
    return value;
}

void pn_limits_put_amount(struct pn_buf *out, const struct pn_limit_info *info, uint64_t amount) {
    amount_of(info)->put(out, amount);
}

static void out_of_range(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_limit_info *info) {
    struct pn_buf range = {0};
    pn_limits_put_amount(&range, info, info->least);
    pn_buf_add_str(&range, " to ");
    pn_limits_put_amount(&range, info, info->most);
    pn_yaml_mistake(y, node, "%s: %.40s is out of range, which is %s", info->key, node->text, pn_buf_cstr(&range));
    pn_buf_fini(&range);
}

bool pn_limits_read_amount(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_limit_info *info,
                           uint64_t *out) {
    const struct amount *amount = amount_of(info);
    uint64_t number;
    bool scalar = node->kind == PN_YAML_SCALAR && node->text[0] != '\0';
    if (!scalar || !amount->read(pn_view_str(node->text), &number)) {
        pn_yaml_mistake(y, node, "%s: expected %s, found %.60s", info->key, amount->example,
                        scalar ? node->text : pn_bind_kind(node));
        return false;
    }
    if (number < info->least || number > info->most) {
        out_of_range(y, node, info);
        return false;
    }
    *out = number;
    return true;
}

static const char *key_at(const void *table, size_t i) {
    return ((const struct pn_limit_info *)table)[i].key;
}

static void unknown_limit(struct pn_yaml *y, const struct pn_yaml_node *node) {
    size_t count = sizeof pn_limit_table / sizeof *pn_limit_table - 1;
    const char *near = pn_bind_nearest(node->key, key_at, pn_limit_table, count);
    if (near != NULL)
        pn_yaml_mistake(y, node, "unknown limit '%.60s'; did you mean '%s'?", node->key, near);
    else
        pn_yaml_mistake(y, node, "unknown limit '%.60s'; postern-policy(5) lists them", node->key);
}

void pn_limits_read(struct pn_yaml *y, const struct pn_yaml_node *node, struct pn_limits *limits) {
    if (node->kind != PN_YAML_MAP && !pn_yaml_is_null(node)) {
        pn_yaml_mistake(y, node, "limits: expected a map, found %s", pn_bind_kind(node));
        return;
    }
    for (const struct pn_yaml_node *n = node->first; n != NULL; n = n->next) {
        const struct pn_limit_info *info = pn_limits_find(n->key);
        uint64_t amount;
        if (info == NULL)
            unknown_limit(y, n);
        else if (pn_limits_read_amount(y, n, info, &amount))
            pn_copy((char *)limits + info->offset, &amount, sizeof amount);
    }
}
