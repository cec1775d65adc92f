// SPDX-License-Identifier: Apache-2.0
#include "cli/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

enum { POLICY_FILE_MAX = 1 << 20 };

int pn_cli_store(struct pn_store **out, struct pn_err *err) {
    pn_auto(pn_store_dirs) struct pn_store_dirs dirs = {0};
    return pn_store_dirs_init(&dirs, err) != 0 ? -1 : pn_store_open(&dirs, out, err);
}

// RFC 8089: file:///path or file://localhost/path, percent-decoded.
static char *from_file_url(const char *rest, const char *url, struct pn_err *err) {
    static const char local[] = "localhost/";
    if (strncmp(rest, local, sizeof local - 1) == 0)
        rest += sizeof local - 2;
    pn_auto(pn_buf) struct pn_buf path = {0};
    bool good = rest[0] == '/';
    for (size_t i = 0; good && rest[i] != '\0'; i++) {
        uint8_t byte = (uint8_t)rest[i];
        if (byte == '%') {
            good = strnlen(rest + i, 3) == 3 && pn_hex_get(pn_view(rest + i + 1, 2), &byte, 1) && byte != 0;
            i += 2;
        }
        good = good && rest[i] != '?' && rest[i] != '#';
        pn_buf_add_byte(&path, byte);
    }
    if (good)
        return pn_buf_take_str(&path);
    (void)pn_fail(err, PN_E_INPUT,
                  "'%.120s' is not a URL of a local file; write file:///absolute/path or just the path", url);
    return NULL;
}

char *pn_cli_path(const char *text, struct pn_err *err) {
    const char *scheme_end = strstr(text, "://");
    bool scheme = scheme_end != NULL && memchr(text, '/', (size_t)(scheme_end - text)) == NULL;
    if (scheme && strncmp(text, "file://", 7) == 0)
        return from_file_url(text + 7, text, err);
    if (scheme) {
        (void)pn_fail(err, PN_E_INPUT,
                      "'%.120s': components are loaded from local files only; fetch it first and check its digest",
                      text);
        return NULL;
    }
    char *path = strdup(text);
    if (path == NULL)
        (void)pn_fail(err, PN_E_SYSTEM, "out of memory");
    return path;
}

static size_t count_lines(const struct pn_buf *report) {
    size_t n = 0;
    for (size_t at = 0; (at = pn_view_find(pn_buf_view(report), '\n', at)) != SIZE_MAX; at++)
        n++;
    return n;
}

int pn_cli_policy_file(const char *path, struct pn_buf *text, struct pn_policy *policy, struct pn_err *err) {
    pn_auto(pn_policy) struct pn_policy parsed = {0};
    pn_auto(pn_buf) struct pn_buf report = {0};
    if (pn_read_file(path, POLICY_FILE_MAX, text, err) != 0)
        return -1;
    if (pn_policy_parse(pn_buf_view(text), path, &parsed, &report, err) != 0) {
        size_t mistakes = count_lines(&report);
        if (mistakes > 1 && err != NULL && strlen(err->text) < sizeof err->text - 64)
            (void)snprintf(err->text + strlen(err->text), 64, " (and %zu more: postern policy check FILE)",
                           mistakes - 1);
        return -1;
    }
    if (policy != NULL) {
        *policy = parsed;
        parsed = (struct pn_policy){0};
    }
    return 0;
}

int pn_cli_policy_of(struct pn_store *s, const char *id, struct pn_revision *rev, struct pn_policy *policy,
                     struct pn_err *err) {
    if (pn_store_policy(s, id, rev, err) != 0)
        return -1;
    if (policy == NULL)
        return 0;
    if (pn_policy_parse(pn_view_str(rev->yaml), id, policy, NULL, err) == 0)
        return 0;
    return pn_err_prefix(err, "policy revision %llu of '%s'", (unsigned long long)rev->rev, id);
}

void pn_cli_changed(struct pn_cli *cli, const char *status, const char *id, uint64_t rev) {
    if (!cli->json) {
        pn_out_line(cli, "%s: %s (policy revision %llu)", id, status, (unsigned long long)rev);
        return;
    }
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "status");
    pn_json_w_cstr(&w, status);
    pn_json_w_key(&w, "id");
    pn_json_w_cstr(&w, id);
    pn_json_w_key(&w, "policy_revision");
    pn_json_w_u64(&w, rev);
    pn_json_w_end(&w, '}');
}
