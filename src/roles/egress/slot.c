// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "roles/egress/exchange.h"

enum { TICK_MS = 20 };

struct pn_slot *pn_slot_find(struct pn_egress *e, uint32_t number) {
    struct pn_slot *s = e->slots;
    while (s != NULL && s->number != number)
        s = s->next;
    return s;
}

// --- time ---

static void on_tick(uv_timer_t *timer) {
    struct pn_egress *e = timer->data;
    uint64_t now = pn_now();
    pn_resolver_tick(&e->resolver);
    for (struct pn_slot *s = e->slots; s != NULL; s = s->next) {
        for (struct pn_link *l = s->links; l != NULL; l = l->next) {
            for (struct pn_exchange *x = l->exchanges; x != NULL; x = x->next)
                pn_exchange_check_time(x, now);
        }
        pn_slot_settle(s);
    }
}

static void keep_time(struct pn_egress *e) {
    bool ticking = uv_is_active((uv_handle_t *)&e->tick) != 0;
    if (e->exchanges > 0 && !ticking)
        (void)uv_timer_start(&e->tick, on_tick, TICK_MS, TICK_MS);
    if (e->exchanges == 0 && ticking)
        (void)uv_timer_stop(&e->tick);
}

// --- settling ---

static void collect_finished(struct pn_slot *s) {
    int left;
    CURLMsg *msg;
    while ((msg = curl_multi_info_read(s->pool->multi, &left)) != NULL) {
        struct pn_exchange *x = NULL;
        CURLcode code = msg->data.result;
        (void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&x);
        pn_exchange_finished(x, code);
    }
}

static void sweep_exchanges(struct pn_link *l) {
    struct pn_exchange **at = &l->exchanges;
    while (*at != NULL) {
        struct pn_exchange *x = *at;
        if (!x->over) {
            at = &x->next;
            continue;
        }
        *at = x->next;
        pn_exchange_free(x);
    }
}

static void sweep(struct pn_slot *s) {
    struct pn_link **at = &s->links;
    while (*at != NULL) {
        struct pn_link *l = *at;
        sweep_exchanges(l);
        if (!l->dead)
            pn_link_watch(l);
        if (!l->dead) {
            at = &l->next;
            continue;
        }
        *at = l->next;
        pn_link_free(l);
    }
}

void pn_slot_settle(void *slot) {
    struct pn_slot *s = slot;
    collect_finished(s);
    for (struct pn_link *l = s->links; l != NULL; l = l->next) {
        for (struct pn_exchange *x = l->exchanges; x != NULL; x = x->next)
            pn_exchange_pump(x);
    }
    sweep(s);
    keep_time(s->egress);
}

// --- policies ---

static struct pn_slot *slot_new(struct pn_egress *e, uint32_t number, struct pn_err *err) {
    struct pn_slot *s = calloc(1, sizeof *s);
    struct pn_pool *pool = s == NULL ? NULL : pn_pool_new(&e->loop, pn_slot_settle, s, err);
    if (pool == NULL) {
        free(s);
        (void)pn_fail(err, PN_E_SYSTEM, "out of memory");
        return NULL;
    }
    s->egress = e;
    s->number = number;
    s->pool = pool;
    s->next = e->slots;
    pn_policy_init_empty(&s->policy);
    e->slots = s;
    return s;
}

static void end_exchanges(struct pn_slot *s, const char *why) {
    for (struct pn_link *l = s->links; l != NULL; l = l->next) {
        for (struct pn_exchange *x = l->exchanges; x != NULL; x = x->next) {
            pn_exchange_fail(x, PN_HTTP_CONNECTION_TERMINATED, why);
            pn_exchange_undial(x);
        }
    }
}

static void name_slot(struct pn_slot *s, struct pn_view id) {
    char name[sizeof s->id];
    (void)snprintf(name, sizeof name, "%.*s", PN_FMT(id));
    if (strcmp(name, s->id) == 0)
        return;
    // Another component: it starts with a rate of its own.
    pn_copy(s->id, name, sizeof name);
    s->rate = (struct pn_rate){.second = 0};
}

// A document that does not parse grants nothing.
static void take_policy(struct pn_slot *s, struct pn_view text) {
    struct pn_err err = {0};
    pn_policy_fini(&s->policy);
    if (pn_policy_parse(text, "policy", &s->policy, NULL, &err) == 0)
        return;
    pn_log(PN_LOG_ERROR, "component %s: its policy cannot be read and nothing is granted: %s", s->id, err.text);
    pn_policy_init_empty(&s->policy);
}

int pn_slot_set_policy(struct pn_egress *e, const struct pn_msg_egress_policy *msg, struct pn_err *err) {
    struct pn_slot *s = pn_slot_find(e, msg->slot);
    if (s == NULL && (s = slot_new(e, msg->slot, err)) == NULL)
        return -1;
    struct pn_pool *pool = pn_pool_new(&e->loop, pn_slot_settle, s, err);
    if (pool == NULL)
        return -1;
    end_exchanges(s, "the policy was changed");
    pn_pool_free(s->pool);
    s->pool = pool;
    name_slot(s, msg->id);
    take_policy(s, msg->policy);
    pn_slot_settle(s);
    return 0;
}

void pn_slot_unlink(struct pn_slot *s) {
    for (struct pn_link *l = s->links; l != NULL; l = l->next)
        l->dead = true;
    pn_slot_settle(s);
}
