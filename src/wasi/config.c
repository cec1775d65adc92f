// SPDX-License-Identifier: Apache-2.0
// wasi:config/store: the policy's `config` map. Every draft of this interface has the same two functions.
#include "wasi/link.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

static int get(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_policy *p = h->world->policy;
    struct pn_view key = pn_arg_string(&args[0]);
    size_t i = 0;
    while (i < p->config_len && !pn_view_is(key, p->config[i].key))
        i++;
    results[0] =
        pn_val_ok(i == p->config_len ? pn_val_none() : pn_val_some(pn_val_string(pn_view_str(p->config[i].value))));
    return 0;
}

static int get_all(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    const struct pn_policy *p = h->world->policy;
    val all = pn_val_list(p->config_len);
    for (size_t i = 0; i < p->config_len; i++)
        all.of.list.data[i] =
            pn_val_tuple2(pn_val_string(pn_view_str(p->config[i].key)), pn_val_string(pn_view_str(p->config[i].value)));
    results[0] = pn_val_ok(all);
    return 0;
}

static const struct pn_wasi_func funcs[] = {
    {"get", "s>R?s<ss>", get},
    {"get-all", ">R[(ss)<ss>", get_all},
    {0},
};
const struct pn_wasi_interface pn_wasi_config = {"wasi:config/store", .any_version = true, .funcs = funcs};
