// SPDX-License-Identifier: Apache-2.0
// The parent's side of a compilation. The compiler process has parsed hostile bytes: what it hands back is checked like
// any stranger's word, and the artefact is native code only for a worker that is confined in turn.
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "launch/launch.h"
#include "launch/role.h"
#include "launch/wait.h"
#include "json/json.h"

#define SIZE_MAX_DEFAULT (UINT64_C(64) << 20)
#define TIME_MAX (5 * 60 * PN_SEC)
#define NAME_MAX_CHARS 128

const char *pn_compile_engine_id(void) {
    static char id[128];
    if (id[0] != '\0')
        return id;
    __builtin_cpu_init();
    // The features that change generated code; an artefact of a larger machine must not be tried on a smaller one.
    unsigned bits = 0;
    bits |= __builtin_cpu_supports("sse4.2") ? 1u : 0;
    bits |= __builtin_cpu_supports("popcnt") ? 2u : 0;
    bits |= __builtin_cpu_supports("avx") ? 4u : 0;
    bits |= __builtin_cpu_supports("avx2") ? 8u : 0;
    bits |= __builtin_cpu_supports("bmi") ? 16u : 0;
    bits |= __builtin_cpu_supports("bmi2") ? 32u : 0;
    bits |= __builtin_cpu_supports("fma") ? 64u : 0;
    bits |= __builtin_cpu_supports("avx512f") ? 128u : 0;
    bits |= __builtin_cpu_supports("avx512vbmi") ? 256u : 0;
    (void)snprintf(id, sizeof id, "wasmtime-48.0.8 x86_64 features-%x", bits);
    return id;
}

const char *pn_compile_configuration(void) {
    return "fuel epoch pooling description-1";
}

void pn_compiled_fini(struct pn_compiled *c) {
    pn_fd_close(&c->artefact);
    pn_buf_fini(&c->tools);
}

static int take_done(struct pn_child *c, const struct pn_msg_compile_done *done, struct pn_compiled *out,
                     struct pn_err *err) {
    out->artefact = pn_chan_take_fd(&c->chan);
    struct pn_view map;
    if (pn_memfd_map(out->artefact, done->size, &map, err) != 0)
        return -1;
    out->digest = pn_blake2b(map);
    pn_memfd_unmap(&map);
    struct pn_json_limits limits = {.depth = 512, .nodes = 8000000};
    if (pn_json_check(done->tools, &limits, err) != 0)
        return pn_fail(err, PN_E_PEER, "the compiler described the component in broken JSON");
    out->memory_min = done->memory_min;
    pn_buf_add_view(&out->tools, done->tools);
    return out->tools.overflow ? pn_fail(err, PN_E_SYSTEM, "out of memory") : 0;
}

// One message of the compiler: 1 = finished, 0 = more to come, -1 = failed.
static int take_message(struct pn_child *c, const struct pn_compile_request *req, const struct pn_msg *msg,
                        struct pn_compiled *out, struct pn_err *err) {
    if (msg->type == PN_MSG_COMPILE_PROGRESS) {
        if (req->progress != NULL)
            req->progress(req->ctx, msg->compile_progress.phase, msg->compile_progress.text);
        return 0;
    }
    if (msg->type == PN_MSG_COMPILE_DONE)
        return take_done(c, &msg->compile_done, out, err) == 0 ? 1 : -1;
    if (msg->type == PN_MSG_FAILED)
        return pn_fail(err, msg->failed.category == 0 ? PN_E_INPUT : (enum pn_category)msg->failed.category, "%.*s",
                       PN_FMT(msg->failed.text));
    return pn_fail(err, PN_E_PEER, "the compiler spoke out of turn");
}

static int converse(struct pn_child *c, const struct pn_compile_request *req, struct pn_compiled *out,
                    struct pn_err *err) {
    uint64_t deadline = pn_now() + TIME_MAX;
    for (;;) {
        struct pn_msg msg;
        int rc = pn_child_next(c, &msg, deadline, err);
        if (rc == 0)
            return pn_fail(
                err, PN_E_LIMIT,
                "the compiler ended without an answer: it needs more than 2 GiB of memory or was stopped; see the log");
        if (rc < 0)
            return err->category == PN_E_RETRY ? pn_fail(err, PN_E_LIMIT, "compiling took more than 5 minutes") : -1;
        rc = take_message(c, req, &msg, out, err);
        if (rc != 0)
            return rc > 0 ? 0 : -1;
    }
}

int pn_compile(const struct pn_compile_request *req, struct pn_compiled *out, struct pn_err *err) {
    *out = (struct pn_compiled){.artefact = -1};
    uint64_t most = req->size_max != 0 ? req->size_max : SIZE_MAX_DEFAULT;
    if (req->component.len > most)
        return pn_fail(err, PN_E_LIMIT, "%s: has %zu bytes, at most %llu are loaded", req->name, req->component.len,
                       (unsigned long long)most);
    pn_auto(pn_fd) int component = pn_memfd_sealed(req->component, err);
    if (component < 0)
        return -1;
    pn_auto(pn_child) struct pn_child c = {0};
    if (pn_launch(PN_ROLE_COMPILER, 0, "", false, &c, err) != 0)
        return -1;
    struct pn_msg_compile_start start = {.size_max = req->component.len, .name_max = NAME_MAX_CHARS};
    if (pn_chan_send_wait(&c.chan, PN_MSG_COMPILE_START, 0, &start, component, pn_now() + 5 * PN_SEC, err) != 0)
        return pn_err_prefix(err, "start of the compiler");
    int rc = converse(&c, req, out, err);
    if (rc != 0) {
        pn_compiled_fini(out);
        *out = (struct pn_compiled){.artefact = -1};
        return pn_err_prefix(err, "%s", req->name);
    }
    return 0;
}
