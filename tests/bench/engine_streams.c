// SPDX-License-Identifier: Apache-2.0
// Stream bytes between a guest and the worker: through the byte lanes as the worker links them, and through the plain C
// API, which passes list<u8> as one 32-byte value for each byte. Both end in the same stream functions of src/wasi.
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "wasi/streams.h"

enum { PIECE_MOST = 65536 };
static uint8_t source[PIECE_MOST], sink[PIECE_MOST];

// A stream that always has more, and one that takes everything and copies it once, as a real one does.
static enum pn_io endless_read(struct pn_host *h, struct pn_input *in, size_t most, struct pn_view *out,
                               struct pn_err *err) {
    *out = pn_view(source, most < PIECE_MOST ? most : PIECE_MOST);
    return PN_IO_OK;
}

static enum pn_io endless_room(struct pn_host *h, struct pn_output *out, size_t *room, struct pn_err *err) {
    *room = PIECE_MOST;
    return PN_IO_OK;
}

static enum pn_io swallow(struct pn_host *h, struct pn_output *out, struct pn_view bytes, struct pn_err *err) {
    pn_copy(sink, bytes.ptr, bytes.len < PIECE_MOST ? bytes.len : PIECE_MOST);
    return PN_IO_OK;
}

static enum pn_io flushed(struct pn_host *h, struct pn_output *out, struct pn_err *err) {
    return PN_IO_OK;
}

static bool always(struct pn_host *h, void *self, struct pn_wait *w) {
    return true;
}

static void leave_input(struct pn_host *h, struct pn_input *in) {
}

static void leave_output(struct pn_host *h, struct pn_output *out) {
}

static const struct pn_input_ops input_ops = {.read = endless_read, .ready = always, .close = leave_input};
static const struct pn_output_ops output_ops = {
    .room = endless_room, .write = swallow, .flush = flushed, .ready = always, .close = leave_output};
static struct pn_input input = {&input_ops};
static struct pn_output output = {&output_ops};

// --- the baseline: what the C API alone offers ---

static uint32_t rep_of(wasmtime_context_t *context, const wasmtime_component_val_t *handle) {
    wasmtime_component_resource_host_t *host;
    bench_engine_ok(wasmtime_component_resource_any_to_host(context, handle->of.resource, &host), "a handle");
    uint32_t rep = wasmtime_component_resource_host_rep(host);
    wasmtime_component_resource_host_delete(host);
    return rep;
}

static wasmtime_component_val_t *moved(wasmtime_component_val_t *value) {
    return wasmtime_component_val_new(value);
}

static wasmtime_error_t *boxed_read(void *data, wasmtime_context_t *context, const wasmtime_component_func_type_t *type,
                                    wasmtime_component_val_t *args, size_t args_len, wasmtime_component_val_t *results,
                                    size_t results_len) {
    struct pn_view bytes = {0};
    struct pn_err err = {0};
    struct pn_input *in = pn_host_get(&bench_host, PN_RES_INPUT_STREAM, rep_of(context, &args[0]));
    if (in == NULL || pn_stream_read(&bench_host, in, args[1].of.u64, true, &bytes, &err) != PN_IO_OK)
        return wasmtime_error_new("read");
    wasmtime_component_val_t list = {.kind = WASMTIME_COMPONENT_LIST};
    wasmtime_component_vallist_new_uninit(&list.of.list, bytes.len);
    for (size_t i = 0; i < bytes.len; i++)
        list.of.list.data[i] = (wasmtime_component_val_t){.kind = WASMTIME_COMPONENT_U8, .of.u8 = bytes.ptr[i]};
    results[0] = (wasmtime_component_val_t){.kind = WASMTIME_COMPONENT_RESULT,
                                            .of.result = {.is_ok = true, .val = moved(&list)}};
    return NULL;
}

static wasmtime_error_t *boxed_write(void *data, wasmtime_context_t *context,
                                     const wasmtime_component_func_type_t *type, wasmtime_component_val_t *args,
                                     size_t args_len, wasmtime_component_val_t *results, size_t results_len) {
    static uint8_t bytes[PIECE_MOST];
    struct pn_err err = {0};
    const wasmtime_component_vallist_t *list = &args[1].of.list;
    struct pn_output *out = pn_host_get(&bench_host, PN_RES_OUTPUT_STREAM, rep_of(context, &args[0]));
    if (out == NULL || list->size > PIECE_MOST)
        return wasmtime_error_new("write");
    for (size_t i = 0; i < list->size; i++)
        bytes[i] = list->data[i].of.u8;
    if (pn_stream_write_all(&bench_host, out, pn_view(bytes, list->size), &err) != PN_IO_OK ||
        pn_stream_flush_all(&bench_host, out, &err) != PN_IO_OK)
        return wasmtime_error_new("write");
    results[0] = (wasmtime_component_val_t){.kind = WASMTIME_COMPONENT_RESULT, .of.result = {.is_ok = true}};
    return NULL;
}

static wasmtime_error_t *dropped(void *data, wasmtime_context_t *context, uint32_t rep) {
    return NULL;
}

static void add_resource(wasmtime_component_linker_instance_t *into, const char *name, enum pn_resource number) {
    wasmtime_component_resource_type_t *type = wasmtime_component_resource_type_new_host((uint32_t)number);
    bench_engine_ok(
        wasmtime_component_linker_instance_add_resource(into, name, strlen(name), type, dropped, NULL, NULL), name);
    wasmtime_component_resource_type_delete(type);
}

static wasmtime_component_linker_instance_t *add_instance(wasmtime_component_linker_instance_t *root,
                                                          const char *name) {
    wasmtime_component_linker_instance_t *into;
    bench_engine_ok(wasmtime_component_linker_instance_add_instance(root, name, strlen(name), &into), name);
    return into;
}

static void add_func(wasmtime_component_linker_instance_t *into, const char *name,
                     wasmtime_component_func_callback_t func) {
    bench_engine_ok(wasmtime_component_linker_instance_add_func(into, name, strlen(name), func, NULL, NULL), name);
}

static void link_boxed(wasmtime_component_linker_t *linker) {
    wasmtime_component_linker_instance_t *root = wasmtime_component_linker_root(linker);
    wasmtime_component_linker_instance_t *into = add_instance(root, "wasi:io/error@0.2.0");
    add_resource(into, "error", PN_RES_ERROR);
    wasmtime_component_linker_instance_delete(into);
    into = add_instance(root, "wasi:io/streams@0.2.0");
    add_resource(into, "input-stream", PN_RES_INPUT_STREAM);
    add_resource(into, "output-stream", PN_RES_OUTPUT_STREAM);
    add_func(into, "[method]input-stream.blocking-read", boxed_read);
    add_func(into, "[method]output-stream.blocking-write-and-flush", boxed_write);
    wasmtime_component_linker_instance_delete(into);
    wasmtime_component_linker_instance_delete(root);
}

// --- measuring ---

struct way {
    wasm_engine_t *engine;
    wasmtime_component_t *component;
    wasmtime_component_linker_t *linker;
    const char *function;
    bool reads;
    uint32_t piece;
};

static void open_call(const struct way *w, wasmtime_context_t *context, wasmtime_component_val_t *stream) {
    struct pn_err err = {0};
    uint32_t rep = 0;
    bench_start();
    bench_ok(w->reads ? pn_io_add_input(&bench_host, &input, 0, &rep, &err)
                      : pn_io_add_output(&bench_host, &output, 0, &rep, &err),
             &err);
    wasmtime_component_resource_host_t *host =
        wasmtime_component_resource_host_new(true, rep, w->reads ? PN_RES_INPUT_STREAM : PN_RES_OUTPUT_STREAM);
    stream->kind = WASMTIME_COMPONENT_RESOURCE;
    bench_engine_ok(wasmtime_component_resource_host_to_any(context, host, &stream->of.resource), "a stream");
    wasmtime_component_resource_host_delete(host);
}

// `times` pieces in one call of the guest.
static void move_pieces(void *ctx, unsigned times) {
    const struct way *w = ctx;
    struct pn_engine_budget budget;
    wasmtime_store_t *store = bench_store(w->engine, &budget);
    wasmtime_context_t *context = wasmtime_store_context(store);
    wasmtime_component_instance_t instance;
    wasmtime_component_func_t func;
    bench_engine_ok(wasmtime_component_linker_instantiate(w->linker, context, w->component, &instance), "instantiate");
    wasmtime_component_export_index_t *index =
        wasmtime_component_instance_get_export_index(&instance, context, NULL, w->function, strlen(w->function));
    if (index == NULL || !wasmtime_component_instance_get_func(&instance, context, index, &func))
        exit(1);
    wasmtime_component_val_t args[3] = {
        [1] = {.kind = WASMTIME_COMPONENT_U32, .of.u32 = w->piece},
        [2] = {.kind = WASMTIME_COMPONENT_U32, .of.u32 = times},
    };
    wasmtime_component_val_t moved_bytes = {.kind = WASMTIME_COMPONENT_U64};
    open_call(w, context, &args[0]);
    bench_engine_ok(wasmtime_component_func_call(&func, context, args, 3, &moved_bytes, 1), w->function);
    if (moved_bytes.of.u64 != (uint64_t)w->piece * times)
        exit(1);
    wasmtime_component_val_delete(&args[0]);
    wasmtime_component_export_index_delete(index);
    wasmtime_store_delete(store);
    pn_host_finish(&bench_host);
}

static void compare(struct way *w, wasmtime_component_linker_t *lanes, wasmtime_component_linker_t *boxed) {
    char name[64];
    w->linker = lanes;
    double mine = bench_time(move_pieces, w);
    w->linker = boxed;
    double other = bench_time(move_pieces, w);
    const char *verb = w->reads ? "read" : "write";
    (void)snprintf(name, sizeof name, "engine: stream %s, %u KiB pieces", verb, w->piece >> 10);
    bench_print(name, w->piece / mine / 1e6, "MB/s", 1000, BENCH_MORE, w->piece / other / 1e6);
    (void)snprintf(name, sizeof name, "engine: stream %s, %u KiB pieces: a call", verb, w->piece >> 10);
    bench_print(name, mine * 1e9, "ns", 0, BENCH_LESS, other * 1e9);
}

void bench_streams(void) {
    struct pn_err err = {0};
    struct pn_buf text = {0};
    wasm_byte_vec_t bytes;
    struct way w = {.engine = pn_engine_for_compiling()};
    bench_ok(pn_read_file(PN_BENCH_DIR "/streams.wat", 1 << 20, &text, &err), &err);
    bench_engine_ok(wasmtime_wat2wasm((const char *)text.ptr, text.len, &bytes), "streams.wat");
    bench_engine_ok(wasmtime_component_new(w.engine, (const uint8_t *)bytes.data, bytes.size, &w.component),
                    "streams.wat");
    wasmtime_component_linker_t *lanes = wasmtime_component_linker_new(w.engine);
    wasmtime_component_linker_t *boxed = wasmtime_component_linker_new(w.engine);
    bench_ok(pn_wasi_link(lanes, w.engine, w.component, &err), &err);
    link_boxed(boxed);
    static const uint32_t pieces[] = {4096, 65536};
    for (unsigned i = 0; i < 4; i++) {
        w.reads = i < 2;
        w.function = w.reads ? "pull" : "push";
        w.piece = pieces[i % 2];
        compare(&w, lanes, boxed);
    }
    wasmtime_component_linker_delete(lanes);
    wasmtime_component_linker_delete(boxed);
    wasmtime_component_delete(w.component);
    wasm_byte_vec_delete(&bytes);
    wasm_engine_delete(w.engine);
    pn_buf_fini(&text);
}
