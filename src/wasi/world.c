// SPDX-License-Identifier: Apache-2.0
#include "wasi/fs.h"

int pn_world_init(struct pn_world *w, const struct pn_policy *policy, const struct pn_config_entry *env, size_t env_len,
                  struct pn_buf *skipped, struct pn_err *err) {
    *w = (struct pn_world){.policy = policy, .env = env, .env_len = env_len};
    pn_random(&w->hash_key, sizeof w->hash_key);
    if (pn_fs_roots_open(w, skipped, err) == 0)
        return 0;
    pn_world_fini(w);
    return -1;
}

void pn_world_fini(struct pn_world *w) {
    pn_fs_roots_close(w);
    pn_wipe(&w->hash_key, sizeof w->hash_key);
}
