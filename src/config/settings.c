// SPDX-License-Identifier: Apache-2.0
#include "config/settings.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "config/bind.h"
#include "config/rule.h"
#include "net/addr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SETTINGS_MAX PN_YAML_MAX
#define VALUE_MAX 32768
#define UID_BASE_LEAST 1000
#define UID_BASE_MOST 2147000000

// The document while it is read.
struct draft {
    struct pn_settings settings;
    pn_settings_lookup *lookup;
};

// ---- single values: the same checks for the file and for variables

static int set_text(char **slot, const char *text, struct pn_err *err) {
    char *copy = strdup(text);
    if (copy == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    free(*slot);
    *slot = copy;
    return 0;
}

static int set_level(struct pn_settings *s, const char *text, struct pn_err *err) {
    if (pn_log_level_parse(text, &s->log_level))
        return 0;
    return pn_fail(err, PN_E_INPUT, "'%.40s' is no log level; write error, warn, info or debug", text);
}

static int set_ca_file(struct pn_settings *s, const char *text, struct pn_err *err) {
    if (text[0] != '/')
        return pn_fail(err, PN_E_INPUT, "'%.100s' must be an absolute path", text);
    return set_text(&s->ca_file, text, err);
}

// "127.0.0.1:53" or "[::1]:53".
static int set_resolver(struct pn_settings *s, const char *text, struct pn_err *err) {
    struct pn_view whole = pn_view_str(text);
    const char *colon = strrchr(text, ':');
    size_t at = colon == NULL ? whole.len : (size_t)(colon - text);
    struct pn_view host = pn_view_part(whole, 0, at);
    bool brackets = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    struct pn_addr addr;
    uint64_t port;
    int rc = brackets ? pn_addr_parse_v6(pn_view_part(host, 1, host.len - 1), &addr, NULL)
                      : pn_addr_parse_v4(host, &addr, NULL);
    if (rc < 0 || !pn_u64_get(pn_view_part(whole, at + 1, whole.len), &port) || port == 0 || port > 65535)
        return pn_fail(err, PN_E_INPUT, "'%.60s' is no name server; write address:port, as 127.0.0.1:53 or [::1]:53",
                       text);
    return set_text(&s->resolver, text, err);
}

static int set_uid_base(struct pn_settings *s, const char *text, struct pn_err *err) {
    uint64_t base;
    if (!pn_u64_get(pn_view_str(text), &base) || base < UID_BASE_LEAST || base > UID_BASE_MOST)
        return pn_fail(err, PN_E_INPUT, "'%.40s' is no first user id; it is a number from %d to %d", text,
                       UID_BASE_LEAST, UID_BASE_MOST);
    s->uid_base = base;
    return 0;
}

static const char *const confinements[] = {"userns", "pidns",    "netns",    "mountns", "ipcns",
                                           "utsns",  "cgroupns", "landlock", "seccomp", "uid"};
#define CONFINEMENTS (sizeof confinements / sizeof *confinements)

static const char *confinement_at(const void *words, size_t i) {
    return ((const char *const *)words)[i];
}

static int check_confinement(const char *name, struct pn_err *err) {
    for (size_t i = 0; i < CONFINEMENTS; i++)
        if (strcmp(confinements[i], name) == 0)
            return 0;
    const char *near = pn_bind_nearest(name, confinement_at, confinements, CONFINEMENTS);
    return pn_fail(err, PN_E_INPUT,
                   "'%.40s' is no confinement%s%s; they are userns, pidns, netns, mountns, ipcns, utsns, cgroupns, "
                   "landlock, seccomp and uid",
                   name, near == NULL ? "" : "; did you mean ", near == NULL ? "" : near);
}

static int add_degraded(struct pn_settings *s, const char *name, struct pn_err *err) {
    if (check_confinement(name, err) < 0)
        return -1;
    pn_auto(pn_buf) struct pn_buf list = {0};
    if (s->allow_degraded != NULL)
        pn_buf_printf(&list, "%s,", s->allow_degraded);
    pn_buf_add_str(&list, name);
    return set_text(&s->allow_degraded, pn_buf_cstr(&list), err);
}

// A comma-separated list; it replaces what the file says.
static int set_degraded(struct pn_settings *s, const char *text, struct pn_err *err) {
    free(s->allow_degraded);
    s->allow_degraded = NULL;
    struct pn_view list = pn_view_str(text);
    for (size_t from = 0; from < list.len;) {
        size_t comma = pn_view_find(list, ',', from);
        size_t to = comma == SIZE_MAX ? list.len : comma;
        pn_auto(pn_free) char *name = pn_view_dup(pn_view_part(list, from, to));
        if (name == NULL)
            return pn_fail(err, PN_E_SYSTEM, "out of memory");
        if (add_degraded(s, name, err) < 0)
            return -1;
        from = to + 1;
    }
    return 0;
}

typedef int set_value(struct pn_settings *s, const char *text, struct pn_err *err);
static const struct setting {
    const char *variable; // that overrides it
    set_value *set;
} level = {"POSTERN_LOG", set_level}, ca_file = {"POSTERN_CA_FILE", set_ca_file},
  resolver = {"POSTERN_RESOLVER", set_resolver}, uid_base = {"POSTERN_UID_BASE", set_uid_base},
  degraded = {"POSTERN_ALLOW_DEGRADED", set_degraded};

// ---- the document

static void apply(struct pn_yaml *y, const struct pn_yaml_node *node, set_value *set, struct pn_settings *s,
                  const char *text) {
    struct pn_err why = {0};
    if (text == NULL || set(s, text, &why) == 0)
        return;
    if (why.category == PN_E_SYSTEM)
        pn_yaml_no_memory(y);
    else
        pn_yaml_mistake(y, node, "%s", why.text);
}

static void read_text(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field, void *target) {
    apply(y, node, ((const struct setting *)field->arg)->set, target, pn_bind_get_text(y, node));
}

static void read_number(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field,
                        void *target) {
    apply(y, node, ((const struct setting *)field->arg)->set, target, pn_bind_get_scalar(y, node, "a number"));
}

static void read_degraded(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field,
                          void *target) {
    if (node->kind != PN_YAML_LIST && !pn_yaml_is_null(node)) {
        pn_yaml_mistake(y, node, "%s: expected a list, found %s", field->key, pn_bind_kind(node));
        return;
    }
    for (const struct pn_yaml_node *n = node->first; n != NULL; n = n->next)
        apply(y, n, add_degraded, target, pn_bind_get_text(y, n));
}

static const struct pn_field source_fields[] = {
    {.key = "from_env", .read = pn_bind_text, .required = true},
    {0},
};

// "NAME: text" or "NAME: {from_env: OTHER}".
static void read_source(struct pn_yaml *y, const struct pn_yaml_node *node, struct pn_setting_value *value,
                        pn_settings_lookup *lookup) {
    pn_auto(pn_free) char *variable = NULL;
    const char *text = NULL;
    if (node->kind == PN_YAML_MAP)
        pn_bind_map(y, node, source_fields, &variable);
    else
        text = pn_bind_get_text(y, node);
    if (variable != NULL)
        text = lookup(variable);
    if (text != NULL && strlen(text) > VALUE_MAX)
        pn_yaml_mistake(y, node, "%s: the value has more than %d bytes", node->key, VALUE_MAX);
    if (text != NULL && !pn_utf8_valid(pn_view_str(text)))
        pn_yaml_mistake(y, node, "%s: the value is not UTF-8", node->key);
    if (text == NULL)
        return;
    value->value = strdup(text);
    if (value->value == NULL)
        pn_yaml_no_memory(y);
}

static void read_environment(struct pn_yaml *y, const struct pn_yaml_node *node, const struct pn_field *field,
                             void *target) {
    struct draft *draft = target;
    struct pn_settings *s = &draft->settings;
    if (node->kind != PN_YAML_MAP && !pn_yaml_is_null(node)) {
        pn_yaml_mistake(y, node, "%s: expected a map, found %s", field->key, pn_bind_kind(node));
        return;
    }
    s->environment = calloc(node->children + 1, sizeof *s->environment);
    if (s->environment == NULL) {
        pn_yaml_no_memory(y);
        return;
    }
    for (const struct pn_yaml_node *n = node->first; n != NULL; n = n->next) {
        struct pn_err why = {0};
        if (pn_rule_environment(pn_view_str(n->key), &why) < 0) {
            pn_yaml_mistake(y, n, "%s", why.text);
            continue;
        }
        struct pn_setting_value *value = &s->environment[s->environment_len++];
        value->name = strdup(n->key);
        if (value->name == NULL)
            pn_yaml_no_memory(y);
        read_source(y, n, value, draft->lookup);
    }
}

static const struct pn_field log_fields[] = {
    {.key = "level", .read = read_text, .arg = &level},
    {0},
};
static const struct pn_field egress_fields[] = {
    {.key = "ca_file", .read = read_text, .arg = &ca_file},
    {.key = "resolver", .read = read_text, .arg = &resolver},
    {0},
};
static const struct pn_field confinement_fields[] = {
    {.key = "uid_base", .read = read_number, .arg = &uid_base},
    {.key = "allow_degraded", .read = read_degraded},
    {0},
};
static const struct pn_field document_fields[] = {
    {.key = "log", .read = pn_bind_section, .arg = log_fields},
    {.key = "egress", .read = pn_bind_section, .arg = egress_fields},
    {.key = "environment", .read = read_environment},
    {.key = "confinement", .read = pn_bind_section, .arg = confinement_fields},
    {0},
};

void pn_settings_init(struct pn_settings *s) {
    *s = (struct pn_settings){.log_level = PN_LOG_INFO};
}

void pn_settings_fini(struct pn_settings *s) {
    for (size_t i = 0; i < s->environment_len; i++) {
        free(s->environment[i].name);
        free(s->environment[i].value);
    }
    free(s->environment);
    free(s->ca_file);
    free(s->resolver);
    free(s->allow_degraded);
    *s = (struct pn_settings){0};
}

int pn_settings_parse(struct pn_view text, const char *name, pn_settings_lookup *lookup, struct pn_settings *out,
                      struct pn_buf *report, struct pn_err *err) {
    pn_auto(pn_yaml) struct pn_yaml y = {.name = name, .report = report, .err = err};
    struct draft draft = {.lookup = lookup};
    pn_settings_init(&draft.settings);
    if (pn_yaml_parse(&y, text) == 0 && y.root != NULL)
        pn_bind_map(&y, y.root, document_fields, &draft);
    if (y.mistakes > 0) {
        pn_settings_fini(&draft.settings);
        return -1;
    }
    *out = draft.settings;
    return 0;
}

int pn_settings_override(struct pn_settings *s, pn_settings_lookup *lookup, struct pn_err *err) {
    static const struct setting *const all[] = {&level, &ca_file, &resolver, &uid_base, &degraded};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const char *value = lookup(all[i]->variable);
        if (value != NULL && value[0] != '\0' && all[i]->set(s, value, err) < 0)
            return pn_err_prefix(err, "%s", all[i]->variable);
    }
    return 0;
}

// ---- the file

// The path to read, freshly allocated. *given: somebody named it, so it must be there.
static char *choose_path(const char *path, bool *given) {
    const char *named = path != NULL ? path : getenv("POSTERN_CONFIG");
    *given = named != NULL && named[0] != '\0';
    if (*given)
        return strdup(named);
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    bool xdg = base != NULL && base[0] == '/';
    if (!xdg && (home == NULL || home[0] != '/'))
        return NULL;
    char *out = NULL;
    return asprintf(&out, "%s%s/postern/postern.yaml", xdg ? base : home, xdg ? "" : "/.config") < 0 ? NULL : out;
}

static int check_owner(int fd, const char *path, struct pn_err *err) {
    struct stat st;
    if (fstat(fd, &st) < 0)
        return pn_fail_errno(err, "%s", path);
    if (!S_ISREG(st.st_mode))
        return pn_fail(err, PN_E_INPUT, "%s is not a regular file", path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return pn_fail(err, PN_E_DENIED, "%s belongs to user %u; it must be yours or root's", path, st.st_uid);
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return pn_fail(err, PN_E_DENIED, "%s can be written by others; run: chmod go-w %s", path, path);
    return 0;
}

static int read_file(const char *path, bool given, struct pn_buf *text, struct pn_err *err) {
    pn_auto(pn_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && !given && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (fd < 0)
        return pn_fail_errno(err, "%s", path);
    return check_owner(fd, path, err) < 0 ? -1 : pn_read_all(fd, SETTINGS_MAX, path, text, err);
}

int pn_settings_load(const char *path, struct pn_settings *out, struct pn_buf *report, struct pn_err *err) {
    bool given;
    pn_auto(pn_free) char *file = choose_path(path, &given);
    pn_auto(pn_buf) struct pn_buf text = {0};
    if (file != NULL && read_file(file, given, &text, err) < 0)
        return -1;
    if (pn_settings_parse(pn_buf_view(&text), file == NULL ? "postern.yaml" : file, getenv, out, report, err) < 0)
        return -1;
    if (pn_settings_override(out, getenv, err) == 0)
        return 0;
    pn_settings_fini(out);
    return -1;
}

const char *pn_settings_environment(const struct pn_settings *s, const char *name) {
    for (size_t i = 0; i < s->environment_len; i++)
        if (strcmp(s->environment[i].name, name) == 0)
            return s->environment[i].value;
    return NULL;
}

void pn_settings_export(const struct pn_settings *s) {
    char number[24];
    (void)snprintf(number, sizeof number, "%ju", (uintmax_t)s->uid_base);
    if (s->uid_base != 0)
        (void)setenv("POSTERN_UID_BASE", number, 1);
    if (s->allow_degraded != NULL)
        (void)setenv("POSTERN_ALLOW_DEGRADED", s->allow_degraded, 1);
}
