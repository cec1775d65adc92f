// SPDX-License-Identifier: Apache-2.0
// One worker: one component, its calls on a few threads, one thread that watches over them. Internal to the role.
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "component/runtime.h"
#include "ipc/ipc.h"
#include "wasi/host.h"

// A call slot: a thread with everything that one call at a time needs.
struct slot {
    struct worker *worker;
    pthread_t thread;
    struct pn_chan calls;  // its own buffers on the shared socket
    struct pn_chan egress; // fd -1 when the policy grants no network
    struct pn_host host;
    struct pn_run_thread *run;
    struct pn_buf value;
    int cancel_fd; // eventfd
    bool leading;  // holds worker->lead

    pthread_mutex_t lock; // guards what the watcher looks at:
    bool running;
    bool cancelled;
    uint64_t call_id;

    uint64_t deadline; // monotonic ns, of the running call
    uint64_t cpu_seen; // thread CPU time already counted for the share, ns
};

struct worker {
    struct pn_chan supervisor;
    struct pn_chan control; // CANCEL from the gateway
    int calls_fd;
    int artefact; // until it is loaded
    struct pn_digest artefact_digest;
    uint32_t tool_count; // of the description
    struct pn_policy policy;
    struct pn_buf policy_text, env_text;
    struct pn_world world;
    struct pn_runtime *runtime;

    struct slot *slots;
    unsigned slots_len;
    // Whoever holds `lead` receives the next call. A leader keeps it while it runs short calls and lets go when its
    // call blocks or runs longer than a tick, so short calls cost no hand-over and long ones do not hold up others.
    pthread_mutex_t lead;

    atomic_uint running;    // calls under way
    atomic_bool watch_idle; // the watcher sleeps until `wake`
    int wake;               // eventfd
    struct share {          // CPU share over one second
        pthread_mutex_t lock;
        uint64_t window, used; // ns
    } share;
};

// start.c: takes the start message and all channels, and opens the granted directories. Fails with a text for the
// operator.
[[nodiscard]] int worker_start(struct worker *w, struct pn_err *err);
// start.c: loads the code. It was made by a process that had read the component: its files are gone by now.
[[nodiscard]] int worker_load(struct worker *w, struct pn_err *err);
// lock.c: takes away every file but the granted ones. Before the threads.
[[nodiscard]] int worker_confine_files(struct worker *w, struct pn_err *err);
[[nodiscard]] int worker_limit_memory(const struct worker *w, struct pn_err *err);
// calls.c: the threads, which wait for `lead`, held by the caller. They never end while the process lives.
[[nodiscard]] int worker_threads(struct worker *w, struct pn_err *err);
// watch.c: ticks, cancellation, shutdown. Returns when the worker should exit.
void worker_watch(struct worker *w);
// share.c: called now and then by a thread that runs a guest: sleeps while the component is over its CPU share.
void worker_share(struct slot *s);
void worker_share_start(struct slot *s);
