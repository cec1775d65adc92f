// SPDX-License-Identifier: Apache-2.0
// wasi:io/error
#include "wasi/io.h"
#include "wasi/link.h"
#include "wasi/val.h"

#include <stdio.h>
#include <stdlib.h>

enum pn_io pn_io_fail(struct pn_host *h, enum pn_fault_kind kind, unsigned code, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(h->fault.text, sizeof h->fault.text, fmt, args);
    va_end(args);
    h->fault.kind = (int)kind;
    h->fault.code = code;
    return PN_IO_FAILED;
}

static void free_error(struct pn_host *h, void *object) {
    free(object);
}

uint32_t pn_io_error_new(struct pn_host *h, struct pn_err *err) {
    struct pn_fault *f = malloc(sizeof *f);
    if (f == NULL) {
        (void)pn_host_stop(h, PN_END_TRAP, err, "out of memory for an error");
        return 0;
    }
    *f = h->fault;
    uint32_t rep = 0;
    if (pn_host_add(h, PN_RES_ERROR, f, free_error, 0, &rep, err) < 0)
        return 0;
    return rep;
}

const struct pn_fault *pn_io_error_get(struct pn_host *h, uint32_t rep) {
    return pn_host_get(h, PN_RES_ERROR, rep);
}

static int to_debug_string(struct pn_host *h, const wasmtime_component_val_t *args, wasmtime_component_val_t *results,
                           struct pn_err *err) {
    const struct pn_fault *f = pn_arg_resource(h, &args[0], PN_RES_ERROR, NULL, err);
    if (f == NULL)
        return -1;
    results[0] = pn_val_string(pn_view_str(f->text));
    return 0;
}

static const struct pn_wasi_resource resources[] = {{"error", PN_RES_ERROR}, {0}};
static const struct pn_wasi_func funcs[] = {
    {"[method]error.to-debug-string", "h>s", to_debug_string},
    {0},
};
const struct pn_wasi_interface pn_wasi_io_error = {"wasi:io/error", .resources = resources, .funcs = funcs};
