// SPDX-License-Identifier: Apache-2.0
// The worker: runs one component's calls.
//
// It alone may touch: that component's compiled code, the directories its policy grants. It never has: a network, other
// components, the store, anybody's credentials. A component that breaks out of the engine owns this process and gains:
// files of its own grants, requests to egress (which checks them against the policy again), and answers to its own
// calls.
#include <malloc.h>

#include "confine/confine.h"
#include "launch/begin.h"
#include "roles/worker/worker.h"

int main(int argc, char **argv) {
    static struct worker w;
    // Results of some megabytes come and go: mapping and unmapping them each time costs more than the copying.
    (void)mallopt(M_ARENA_MAX, 4);
    (void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 8 << 20);
    struct pn_err err = {0};
    uint32_t slot;
    pn_role_begin(PN_ROLE_WORKER, argc, argv, &w.supervisor, &slot);
    if (worker_start(&w, &err) != 0 || worker_confine_files(&w, &err) != 0 || worker_load(&w, &err) != 0)
        pn_role_fail(&w.supervisor, &err);
    // No call is taken before the last door is shut: the threads wait for the lead.
    (void)pthread_mutex_lock(&w.lead);
    if (worker_threads(&w, &err) != 0 || worker_limit_memory(&w, &err) != 0 ||
        pn_confine_lock(PN_ROLE_WORKER, &err) != 0)
        pn_role_fail(&w.supervisor, &err);
    if (pn_role_ready(&w.supervisor, &err) != 0)
        return 1;
    (void)pthread_mutex_unlock(&w.lead);
    worker_watch(&w);
    return 0;
}
