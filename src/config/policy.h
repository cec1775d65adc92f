// SPDX-License-Identifier: Apache-2.0
// A policy document, typed: what one component may touch and how much it may use. Empty means nothing.
// The YAML form is described in postern-policy(5); what stands in it and is not here is an error.
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum pn_access { PN_ACCESS_READ = 1, PN_ACCESS_WRITE = 2 };

// A storage rule: absolute path pattern after "fs://". `*` and `?` match within a segment, `**` any number of segments.
// Without wildcards it names a file, or a directory with everything below it; a deny entry covers what is below in any
// case.
struct pn_storage_rule {
    char *pattern;   // normalised, absolute: "/srv/data/**"
    char *base;      // longest prefix without wildcard, a directory or a single file: "/srv/data"
    unsigned access; // enum pn_access bits
    bool hidden;     // the pattern itself names hidden segments: they are granted
    unsigned line;   // in the document, for explanations
};

// In a deny entry, what is not given (NULL or 0) means any.
struct pn_network_rule {
    char *host;    // lower-case A-label form; "*.example.org" excludes the apex; NULL when cidr is given
    bool wildcard; // host came with "*." (which is not in `host`)
    bool has_cidr;
    uint8_t cidr[16];   // IPv6 form; IPv4 as ::ffff:a.b.c.d
    unsigned cidr_bits; // of 128
    uint16_t *ports;    // NULL = default port of the scheme
    size_t ports_len;
    unsigned schemes; // PN_SCHEME_ bits; 0 in the document means https only
    char **methods;   // upper case; NULL = any
    size_t methods_len;
    char **paths; // segment-wise patterns; NULL = any
    size_t paths_len;
    unsigned line;
};
enum { PN_SCHEME_HTTP = 1, PN_SCHEME_HTTPS = 2 };

// Section `limits`; the defaults stand in pn_limits_default. Every one is enforced.
struct pn_limits {
    uint64_t memory_bytes;        // 10 MiB, all memories together
    uint64_t fuel;                // 500,000,000
    uint64_t wall_ms;             // 30,000, host calls included
    uint64_t stack_bytes;         // 512 KiB
    uint64_t table_elements;      // 100,000, all tables together
    uint64_t instances;           // 64 core instances
    uint64_t result_bytes;        // 1 MiB of JSON
    uint64_t log_lines;           // 1000 per call
    uint64_t log_line_bytes;      // 4096
    uint64_t requests_per_minute; // 60
    uint64_t request_bytes;       // 1 MiB
    uint64_t response_bytes;      // 10 MiB
    uint64_t open_files;          // 64
    uint64_t write_bytes;         // 64 MiB per call
    uint64_t concurrent_calls;    // 16
    uint64_t clock_resolution_us; // 1000
    uint64_t cpu_millis;          // CPU share in thousandths of a core over one second; 0 = no share limit
    uint64_t grants;              // 64 entries in the document
};

struct pn_policy {
    char *description;
    struct pn_storage_rule *storage_allow, *storage_deny;
    size_t storage_allow_len, storage_deny_len;
    struct pn_network_rule *network_allow, *network_deny;
    size_t network_allow_len, network_deny_len;
    char **environment; // names granted; the values come from the operator's settings
    size_t environment_len;
    struct pn_config_entry {
        char *key, *value;
    } * config; // wasi:config/store
    size_t config_len;
    struct pn_limits limits;
};

extern const struct pn_limits pn_limits_default;
struct pn_limit_info {
    const char *key;  // as in the document: "memory", "wall_time", ...
    const char *unit; // "bytes", "ms", "count", ...
    size_t offset;    // in struct pn_limits
    uint64_t least, most;
};
// The table behind the document's `limits` map; ends with key == NULL.
extern const struct pn_limit_info pn_limit_table[];

// Parses YAML (or its JSON subset). Collects all mistakes: on failure PN_E_INPUT, the first one in `err` and, when
// `report` is not NULL, one "file:line:column: text" line each in it. `name` is the file name for messages. Empty text
// gives an empty policy.
[[nodiscard]] int pn_policy_parse(struct pn_view text, const char *name, struct pn_policy *out, struct pn_buf *report,
                                  struct pn_err *err);
void pn_policy_init_empty(struct pn_policy *p); // nothing granted, default limits
void pn_policy_fini(struct pn_policy *p);
static inline void pn_policy_cleanup(struct pn_policy *p) {
    pn_policy_fini(p);
}
// The document for a policy, canonical YAML: parses back to the same policy.
void pn_policy_write(const struct pn_policy *p, struct pn_buf *out);
