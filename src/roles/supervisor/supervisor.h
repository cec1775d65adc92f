// SPDX-License-Identifier: Apache-2.0
// The supervisor: starts and restarts all other processes, hands them their channels, and parses nothing from outside:
// it reads the operator's store and settings, and typed frames of its own children. Internal to the role.
#pragma once
#include <uv.h>

#include "config/policy.h"
#include "launch/call.h"
#include "launch/launch.h"
#include "store/cache.h"
#include "store/store.h"

// A child with its two descriptors in the loop.
struct sup_child {
    struct pn_child c;
    struct supervisor *sup;
    struct sup_component *component; // of a worker that is still in use
    uv_poll_t chan, log;
    unsigned handles; // open ones
    bool over;        // reaped: freed with its last handle
    struct sup_child *next_retired;
    uint64_t kill_at; // monotonic ns, of a retired one
    int calls,
        control; // the gateway's ends, kept until the worker is ready: a call given to one that fails would be lost
    bool uses_egress; // egress has channels of it under `slot`
    uint32_t slot;
};

// One registration of the store in one version: another content or policy makes another one, with another slot.
struct sup_component {
    struct sup_component *next;
    uint32_t slot;
    char *id;
    struct pn_digest sha256;
    uint64_t policy_rev;
    struct pn_policy policy;
    struct pn_buf policy_text;
    struct pn_cache_entry code; // artefact -1 while not compiled
    uint32_t tool_count;
    enum pn_component_state state;
    bool recompiled; // once already, because its code did not load
    bool down;       // the gateway was told that its worker ended, and not yet that there is another
    struct sup_child *worker;
    uint64_t started_at, backoff_ms, restart_at; // monotonic ns; 0 = no restart planned
};

// A command line of our own program, for what changes the store or takes long.
struct sup_command {
    struct sup_command *next;
    struct supervisor *sup;
    pid_t pid;
    uv_poll_t out;
    int out_fd;
    bool out_open, exited;
    int status;
    struct pn_buf text;
    uint64_t call_id; // of the gateway's ADMIN; 0 = a compilation for component `slot`
    uint32_t slot;
};

struct supervisor {
    const struct pn_serve *serve;
    uv_loop_t loop;
    uv_signal_t child_signal, term_signal, int_signal;
    uv_poll_t store_poll;
    uv_timer_t tick;
    struct pn_store_dirs dirs;
    struct pn_store *store;
    struct pn_cache *cache;
    int store_fd;
    uint64_t generation;

    struct sup_child *gateway, *egress;
    struct sup_component *components;
    struct sup_command *commands;
    struct sup_child *retired; // workers of components that are gone: they finish their calls
    uint32_t next_slot;
    bool ending;
    uint64_t end_by;
    int status;
};

// children.c
[[nodiscard]] struct sup_child *sup_child_new(struct supervisor *s);
void sup_child_watch(struct sup_child *k); // puts it into the loop
void sup_reap(struct supervisor *s);
void sup_child_kill(struct sup_child *k);
// components.c
void sup_sync(struct supervisor *s); // brings our components in line with the store
void sup_egress_forget(struct supervisor *s, uint32_t slot);
void sup_component_start(struct supervisor *s, struct sup_component *c);
void sup_component_worker_ready(struct supervisor *s, struct sup_component *c);
void sup_component_worker_down(struct supervisor *s, struct sup_component *c, const char *why);
void sup_component_failed(struct supervisor *s, struct sup_component *c, const char *reason);
void sup_components_tick(struct supervisor *s);
void sup_component_tell(struct supervisor *s, struct sup_component *c, const char *reason);
void sup_components_fini(struct supervisor *s);
void sup_compiled(struct supervisor *s, uint32_t slot, bool ok, struct pn_view text);
// commands.c
int sup_command_run(struct supervisor *s, const char *const *argv, uint64_t call_id, uint32_t slot);
void sup_command_exited(struct supervisor *s, pid_t pid, int status);
void sup_admin(struct supervisor *s, uint64_t call_id, const struct pn_msg_admin *admin);
// messages.c
void sup_take_messages(struct sup_child *k);
void sup_end(struct supervisor *s, int status);
