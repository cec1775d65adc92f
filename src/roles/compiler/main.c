// SPDX-License-Identifier: Apache-2.0
// The compiler: turns one component into native code and a description of its tools, and exits.
//
// It reads hostile bytes with a large parser and code generator. It alone touches: the component's bytes and its own
// memory (2 GiB, 5 minutes). It has no file, no network, no other process to talk to but its parent, which trusts
// nothing it says.
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "component/describe.h"
#include "component/runtime.h"
#include "confine/confine.h"
#include "launch/begin.h"
#include "wasi/link.h"

struct job {
    struct pn_chan parent;
    struct pn_view bytes;
    wasm_engine_t *engine;
    wasmtime_component_t *component;
};

enum phase { PHASE_CHECK, PHASE_COMPILE, PHASE_DESCRIBE, PHASE_WRITE };

static int progress(struct job *j, enum phase phase, const char *text, struct pn_err *err) {
    struct pn_msg_compile_progress msg = {.phase = (uint8_t)phase, .text = pn_view_str(text)};
    return pn_chan_send_wait(&j->parent, PN_MSG_COMPILE_PROGRESS, 0, &msg, -1, pn_now() + 5 * PN_SEC, err);
}

static int take_component(struct job *j, struct pn_err *err) {
    struct pn_msg msg;
    if (pn_chan_recv_wait(&j->parent, &msg, pn_now() + 10 * PN_SEC, err) != 1 || msg.type != PN_MSG_COMPILE_START)
        return pn_fail(err, PN_E_PEER, "no start message");
    int fd = pn_chan_take_fd(&j->parent);
    int rc = pn_memfd_map(fd, msg.compile_start.size_max, &j->bytes, err);
    (void)close(fd);
    return rc;
}

// Binary format of the component model: \0asm, version 13, layer 1; a core module has version 1, layer 0.
static int check_preamble(struct pn_view bytes, struct pn_err *err) {
    static const uint8_t magic[] = {0, 'a', 's', 'm'};
    if (bytes.len < 8 || !pn_view_starts(bytes, pn_view(magic, 4)))
        return pn_fail(err, PN_E_INPUT, "not a WebAssembly file");
    unsigned version = bytes.ptr[4] | (unsigned)bytes.ptr[5] << 8;
    unsigned layer = bytes.ptr[6] | (unsigned)bytes.ptr[7] << 8;
    if (layer == 0)
        return pn_fail(err, PN_E_INPUT,
                       "a core WebAssembly module, not a component: wrap it with `wasm-tools component new`, or build "
                       "for a component target");
    if (layer != 1 || version != 13)
        return pn_fail(err, PN_E_INPUT, "a component of binary version %u.%u, which this engine does not know", version,
                       layer);
    return 0;
}

static int engine_refusal(wasmtime_error_t *error, struct pn_err *err) {
    wasm_name_t text;
    wasmtime_error_message(error, &text);
    char clean[400];
    size_t n = 0;
    // The engine's chain of causes on one line; it may quote names of the component's making.
    for (size_t i = 0; i < text.size && n + 1 < sizeof clean; i++) {
        char c = text.data[i];
        bool space = c == ' ' || c == '\n' || c == '\t';
        if (space && (n == 0 || clean[n - 1] == ' '))
            continue;
        clean[n++] = space ? ' ' : (c >= 0x20 && c < 0x7f) ? c : '?';
    }
    clean[n] = '\0';
    (void)pn_fail(err, PN_E_INPUT, "the engine refuses it: %s", clean);
    wasm_name_delete(&text);
    wasmtime_error_delete(error);
    return -1;
}

static int compile(struct job *j, struct pn_err *err) {
    j->engine = pn_engine_for_compiling();
    if (j->engine == NULL)
        return pn_fail(err, PN_E_SYSTEM, "the engine does not start");
    wasmtime_error_t *error = wasmtime_component_new(j->engine, j->bytes.ptr, j->bytes.len, &j->component);
    return error != NULL ? engine_refusal(error, err) : 0;
}

static int hand_over(struct job *j, struct pn_buf *tools, struct pn_err *err) {
    wasm_byte_vec_t artefact;
    wasmtime_error_t *error = wasmtime_component_serialize(j->component, &artefact);
    if (error != NULL)
        return engine_refusal(error, err);
    int fd = pn_memfd_sealed(pn_view(artefact.data, artefact.size), err);
    if (fd < 0)
        return -1;
    struct pn_msg_compile_done done = {
        .size = artefact.size,
        .memory_min = pn_engine_memory_minimum(j->component),
        .tools = pn_buf_view(tools),
    };
    return pn_chan_send_wait(&j->parent, PN_MSG_COMPILE_DONE, 0, &done, fd, pn_now() + 30 * PN_SEC, err);
}

static int work(struct job *j, struct pn_err *err) {
    struct pn_buf tools = {0};
    if (check_preamble(j->bytes, err) != 0)
        return -1;
    if (progress(j, PHASE_COMPILE, "compiling", err) != 0 || compile(j, err) != 0)
        return -1;
    if (pn_wasi_check_imports(j->engine, j->component, err) != 0)
        return -1;
    if (progress(j, PHASE_DESCRIBE, "describing its tools", err) != 0)
        return -1;
    if (pn_describe_component(j->engine, j->component, j->bytes, &tools, err) != 0)
        return -1;
    if (progress(j, PHASE_WRITE, "writing compiled code", err) != 0)
        return -1;
    return hand_over(j, &tools, err);
}

int main(int argc, char **argv) {
    struct job job = {0};
    struct pn_err err = {0};
    uint32_t slot;
    pn_role_begin(PN_ROLE_COMPILER, argc, argv, &job.parent, &slot);
    if (take_component(&job, &err) != 0 || pn_confine_files(PN_ROLE_COMPILER, NULL, 0, &err) != 0 ||
        pn_confine_lock(PN_ROLE_COMPILER, &err) != 0)
        pn_role_fail(&job.parent, &err);
    if (work(&job, &err) != 0)
        pn_role_fail(&job.parent, &err);
    return 0;
}
