// SPDX-License-Identifier: Apache-2.0
// Policy YAML. Either a policy or a mistake, never both or neither; what is accepted is written canonically, reads back
// to the same policy and is written the same again.
#include "base/cleanup.h"
#include "config/policy.h"
#include "config/rule.h"
#include "config/settings.h"

#include <stdio.h>
#include <stdlib.h>

static void must(bool holds, const char *what, const struct pn_buf *shown) {
    if (holds)
        return;
    (void)fprintf(stderr, "broken: %s\n%.*s\n", what, (int)shown->len, (const char *)shown->ptr);
    abort();
}

static bool same_text(const char *a, const char *b) {
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static bool same_storage(const struct pn_storage_rule *a, size_t a_len, const struct pn_storage_rule *b, size_t b_len) {
    bool same = a_len == b_len;
    for (size_t i = 0; same && i < a_len; i++)
        same = pn_rule_storage_eq(&a[i], &b[i]) && strcmp(a[i].base, b[i].base) == 0 && a[i].hidden == b[i].hidden;
    return same;
}

static bool same_network(const struct pn_network_rule *a, size_t a_len, const struct pn_network_rule *b, size_t b_len) {
    bool same = a_len == b_len;
    for (size_t i = 0; same && i < a_len; i++)
        same = pn_rule_network_eq(&a[i], &b[i]);
    return same;
}

static bool same_policy(const struct pn_policy *a, const struct pn_policy *b) {
    bool same = same_text(a->description, b->description) && memcmp(&a->limits, &b->limits, sizeof a->limits) == 0 &&
                a->environment_len == b->environment_len && a->config_len == b->config_len;
    for (size_t i = 0; same && i < a->environment_len; i++)
        same = same_text(a->environment[i], b->environment[i]);
    for (size_t i = 0; same && i < a->config_len; i++)
        same = same_text(a->config[i].key, b->config[i].key) && same_text(a->config[i].value, b->config[i].value);
    return same && same_storage(a->storage_allow, a->storage_allow_len, b->storage_allow, b->storage_allow_len) &&
           same_storage(a->storage_deny, a->storage_deny_len, b->storage_deny, b->storage_deny_len) &&
           same_network(a->network_allow, a->network_allow_len, b->network_allow, b->network_allow_len) &&
           same_network(a->network_deny, a->network_deny_len, b->network_deny, b->network_deny_len);
}

static void check_round_trip(const struct pn_policy *p) {
    pn_auto(pn_buf) struct pn_buf first = {0}, second = {0}, report = {0};
    struct pn_policy again;
    pn_policy_write(p, &first);
    must(!first.overflow, "the canonical document fits", &first);
    if (pn_policy_parse(pn_buf_view(&first), "again", &again, &report, NULL) < 0)
        must(first.len > (size_t)256 << 10, "the canonical document parses", first.len < 2000 ? &first : &report);
    else {
        must(same_policy(p, &again), "it parses to the same policy", &first);
        pn_policy_write(&again, &second);
        must(pn_view_eq(pn_buf_view(&first), pn_buf_view(&second)), "writing is stable", &second);
        pn_policy_fini(&again);
    }
}

static char *no_variable(const char *name) {
    (void)name;
    return NULL;
}

static void try_settings(struct pn_view text) {
    pn_auto(pn_buf) struct pn_buf report = {0};
    struct pn_err err = {0};
    struct pn_settings s;
    int rc = pn_settings_parse(text, "s", no_variable, &s, &report, &err);
    must((rc == 0) == (report.len == 0) && (rc == 0) == (err.category == 0), "settings: a document or a mistake",
         &report);
    if (rc == 0)
        pn_settings_fini(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pn_auto(pn_buf) struct pn_buf report = {0};
    struct pn_err err = {0};
    struct pn_policy p;
    int rc = pn_policy_parse(pn_view(data, size), "f", &p, &report, &err);
    must((rc == 0) == (report.len == 0), "a policy or a report", &report);
    must((rc == 0) == (err.category == 0), "a policy or an error", &report);
    must(rc == 0 || err.category == PN_E_INPUT, "mistakes are the input's", &report);
    if (rc == 0) {
        must(pn_rule_grants(&p) <= p.limits.grants, "the number of grants is bounded", &report);
        check_round_trip(&p);
        pn_policy_fini(&p);
    }
    try_settings(pn_view(data, size));
    return 0;
}
