// SPDX-License-Identifier: Apache-2.0
// Names to addresses by c-ares on the loop: /etc/hosts, then DNS. Exactly the name that is asked for: no search list.
// The answers come from a hostile network; whoever asks checks every address.
#pragma once
#include <ares.h>
#include <uv.h>

#include "base/err.h"
#include "ipc/ipc.h"
#include "net/addr.h"

#define PN_ADDRESSES_MAX 16u // an answer with more is cut

struct pn_resolver {
    uv_loop_t *loop;
    ares_channel channel;
};

// `addrs` sorted, IPv4 first; count 0 = failed, and `why` is DNS_TIMEOUT or DNS_ERROR.
typedef void pn_resolved_fn(void *data, const struct pn_addr *addrs, size_t count, enum pn_http_error why);
struct pn_lookup;

// `servers`: "address:port,..." instead of the system's, or empty. Reads the system's configuration: call before
// locking.
[[nodiscard]] int pn_resolver_init(struct pn_resolver *r, uv_loop_t *loop, struct pn_view servers, struct pn_err *err);
void pn_resolver_fini(struct pn_resolver *r);
// Lets queries time out: call every few hundredths of a second while a lookup is under way.
void pn_resolver_tick(struct pn_resolver *r);

// Calls `done` once: before this returns (then the result is NULL) or later, unless cancelled.
struct pn_lookup *pn_resolver_ask(struct pn_resolver *r, const char *name, pn_resolved_fn *done, void *data);
void pn_lookup_cancel(struct pn_lookup *lookup);
