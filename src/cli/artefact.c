// SPDX-License-Identifier: Apache-2.0
#include "cli/artefact.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/common.h"
#include "cli/settings.h"
#include "launch/launch.h"
#include "store/cache.h"

void pn_artefact_fini(struct pn_artefact *a) {
    pn_fd_close(&a->fd);
    pn_buf_fini(&a->description);
}

static void show_progress(void *ctx, unsigned phase, struct pn_view text) {
    const char *name = ctx;
    (void)phase;
    if (isatty(STDERR_FILENO) != 1)
        return;
    pn_auto(pn_buf) struct pn_buf line = {0};
    pn_buf_add_str(&line, "\r\033[K");
    pn_escape(&line, pn_view_str(name));
    pn_buf_add_str(&line, ": ");
    pn_escape(&line, text);
    (void)!pn_write_all(STDERR_FILENO, pn_buf_view(&line), NULL);
}

static void end_progress(void) {
    if (isatty(STDERR_FILENO) == 1)
        (void)!pn_write_all(STDERR_FILENO, PN_VIEW("\r\033[K"), NULL);
}

static int compile(struct pn_view bytes, const char *name, struct pn_artefact *a, struct pn_err *err) {
    pn_auto(pn_compiled) struct pn_compiled done = {.artefact = -1};
    pn_auto(pn_free) char *shown = strdup(name);
    struct pn_compile_request request = {
        .component = bytes, .name = name, .size_max = PN_COMPONENT_SIZE_MAX, .progress = show_progress, .ctx = shown};
    if (shown == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    if (pn_cli_settings_need(err) != 0)
        return -1;
    int rc = pn_compile(&request, &done, err);
    end_progress();
    if (rc != 0)
        return -1;
    a->fd = pn_steal_fd(&done.artefact);
    a->digest = done.digest;
    a->memory_min = done.memory_min;
    a->description = done.tools;
    done.tools = (struct pn_buf){0};
    return 0;
}

static struct pn_cache_key key_of(const struct pn_artefact *a) {
    return (struct pn_cache_key){
        .component = a->component, .engine = pn_compile_engine_id(), .configuration = pn_compile_configuration()};
}

static bool from_cache(struct pn_cache *cache, const char *name, struct pn_artefact *a) {
    struct pn_cache_key key = key_of(a);
    pn_auto(pn_cache_entry) struct pn_cache_entry entry;
    if (pn_cache_get(cache, &key, PN_CACHE_CHECK_ALL, &entry) != 1) {
        if (entry.tampered)
            pn_log(PN_LOG_WARN, "%s: compiled code in the cache is refused: %s; compiling again", name, entry.miss);
        return false;
    }
    a->fd = pn_steal_fd(&entry.artefact);
    a->digest = entry.digest;
    a->memory_min = entry.memory_min;
    a->description = entry.tools;
    entry.tools = (struct pn_buf){0};
    return true;
}

// The component's bytes are needed only when the cache has nothing: `fetch` brings them.
struct source {
    struct pn_store *store;
    const struct pn_component *component;
    struct pn_view bytes;
};

static int compile_source(const struct source *from, const char *name, struct pn_artefact *a, struct pn_err *err) {
    if (from->store == NULL)
        return compile(from->bytes, name, a, err);
    pn_auto(pn_fd) int fd = pn_store_blob(from->store, from->component, err);
    struct pn_view map;
    if (fd < 0 || pn_memfd_map(fd, from->component->size, &map, err) != 0)
        return -1;
    int rc = compile(map, name, a, err);
    pn_memfd_unmap(&map);
    return rc;
}

static int get(const struct source *from, const char *name, struct pn_artefact *a, struct pn_err *err) {
    pn_auto(pn_store_dirs) struct pn_store_dirs dirs = {0};
    pn_auto(pn_cache) struct pn_cache *cache = NULL;
    if (pn_store_dirs_init(&dirs, err) != 0 || pn_cache_open(&dirs, &cache, err) != 0)
        return -1;
    if (from_cache(cache, name, a))
        return 0;
    if (compile_source(from, name, a, err) != 0)
        return -1;
    struct pn_cache_key key = key_of(a);
    struct pn_err why = {0};
    if (pn_cache_put(cache, &key, a->fd, pn_buf_view(&a->description), a->memory_min, &why) != 0)
        pn_log(PN_LOG_WARN, "%s: not kept in the cache: %s", name, why.text);
    return 0;
}

int pn_artefact_of_bytes(struct pn_view bytes, const char *name, struct pn_artefact *a, struct pn_err *err) {
    *a = (struct pn_artefact){.fd = -1, .component = pn_sha256(bytes)};
    return get(&(struct source){.bytes = bytes}, name, a, err);
}

int pn_artefact_of_component(struct pn_store *s, const struct pn_component *c, struct pn_artefact *a,
                             struct pn_err *err) {
    *a = (struct pn_artefact){.fd = -1, .component = c->sha256};
    if (c->fault != NULL) // the digest is not to be believed: no look into the cache either
        return pn_fail(err, PN_E_DENIED, "component '%s' is refused: %s", c->id, c->fault);
    return get(&(struct source){.store = s, .component = c}, c->id, a, err);
}

int pn_artefact_of_file(const char *path, struct pn_buf *bytes, struct pn_artefact *a, struct pn_err *err) {
    *a = (struct pn_artefact){.fd = -1};
    if (pn_read_file(path, PN_COMPONENT_SIZE_MAX, bytes, err) != 0)
        return -1;
    return pn_artefact_of_bytes(pn_buf_view(bytes), path, a, err);
}
