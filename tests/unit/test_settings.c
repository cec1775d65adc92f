// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/file.h"
#include "check.h"
#include "config/settings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char token[] = "fake-token", wrong_level[] = "loud", good_level[] = "debug", list[] = "userns,seccomp",
            bad_list[] = "userns,secomp", base[] = "2000000", bad_base[] = "12", server[] = "[::1]:53", empty[] = "";

static char *lookup(const char *name) {
    return strcmp(name, "TOKEN") == 0 ? token : NULL;
}

// One line of the report must be `want`.
static void refused(const char *text, const char *want) {
    pn_auto(pn_buf) struct pn_buf report = {0};
    struct pn_err err = {0};
    struct pn_settings s;
    CHECK_INT(pn_settings_parse(pn_view_str(text), "s.yaml", lookup, &s, &report, &err), -1);
    if (strstr(pn_buf_cstr(&report), want) == NULL)
        printf("# %s: %s\n", text, pn_buf_cstr(&report));
    CHECK(strstr(pn_buf_cstr(&report), want) != NULL);
    CHECK_INT(err.category, PN_E_INPUT);
}

static void misuse(void) {
    refused("loggg: {level: info}", "s.yaml:1:1: unknown key 'loggg'");
    refused("log: {levle: info}", "did you mean 'level'?");
    refused("log: {level: loud}", "'loud' is no log level");
    refused("log: {level: true}", "expected a string");
    refused("- a", "expected a map");
    refused("text", "expected a map");
    refused("egress: {ca_file: certs.pem}", "absolute path");
    refused("egress: {resolver: dns.example:53}", "no name server");
    refused("egress: {resolver: 127.0.0.1}", "no name server");
    refused("egress: {resolver: '127.0.0.1:0'}", "no name server");
    refused("egress: {resolver: '::1:53'}", "no name server");
    refused("egress: {resolver: '127.0.0.1:65536'}", "no name server");
    refused("confinement: {uid_base: 5}", "no first user id");
    refused("confinement: {uid_base: 0x10000}", "no first user id");
    refused("confinement: {allow_degraded: [secomp]}", "did you mean seccomp");
    refused("confinement: {allow_degraded: userns}", "expected a list");
    refused("environment: {1A: x}", "not a variable's name");
    refused("environment: {A: 3}", "write it in quotes");
    refused("environment: {A: {from_en: B}}", "did you mean 'from_env'?");
    refused("environment: {A: {}}", "the key 'from_env' is missing");
    refused("environment: {A: x, A: y}", "given twice");
    refused("environment: [A]", "expected a map");
    refused("environment: {A: b, C: d, E: f}\nenvironment: {A: b}", "given twice");
    refused("store: /x", "unknown key 'store'");
}

static void defaults(void) {
    pn_auto(pn_settings) struct pn_settings s;
    CHECK_INT(pn_settings_parse(PN_VIEW(""), "s", lookup, &s, NULL, NULL), 0);
    CHECK_INT(s.log_level, PN_LOG_INFO);
    CHECK(s.ca_file == NULL && s.resolver == NULL && s.allow_degraded == NULL);
    CHECK_INT(s.uid_base, 0);
    CHECK(pn_settings_environment(&s, "HOME") == NULL);
}

static void everything(void) {
    pn_auto(pn_settings) struct pn_settings s;
    pn_auto(pn_buf) struct pn_buf report = {0};
    static const char text[] = "log: {level: warn}\negress: {ca_file: /etc/ca.pem, resolver: '127.0.0.1:5353'}\n"
                               "environment:\n  A: value\n  B: {from_env: TOKEN}\n  C: {from_env: UNSET}\n  D: ''\n"
                               "confinement: {uid_base: 100000, allow_degraded: [userns, landlock]}\n";
    int rc = pn_settings_parse(pn_view_str(text), "s", lookup, &s, &report, NULL);
    CHECK_STR(pn_buf_cstr(&report), "");
    CHECK_INT(rc, 0);
    CHECK_INT(s.log_level, PN_LOG_WARN);
    CHECK_STR(s.ca_file, "/etc/ca.pem");
    CHECK_STR(s.resolver, "127.0.0.1:5353");
    CHECK_STR(s.allow_degraded, "userns,landlock");
    CHECK_INT(s.uid_base, 100000);
    CHECK_STR(pn_settings_environment(&s, "A"), "value");
    CHECK_STR(pn_settings_environment(&s, "B"), "fake-token");
    CHECK(pn_settings_environment(&s, "C") == NULL);
    CHECK_STR(pn_settings_environment(&s, "D"), "");
    // The process's own environment is not looked at.
    CHECK(pn_settings_environment(&s, "PATH") == NULL);
    CHECK(pn_settings_environment(&s, "TOKEN") == NULL);
}

static char *good_overrides(const char *name) {
    if (strcmp(name, "POSTERN_LOG") == 0)
        return good_level;
    if (strcmp(name, "POSTERN_ALLOW_DEGRADED") == 0)
        return list;
    if (strcmp(name, "POSTERN_UID_BASE") == 0)
        return base;
    if (strcmp(name, "POSTERN_CA_FILE") == 0)
        return empty; // as if unset
    return strcmp(name, "POSTERN_RESOLVER") == 0 ? server : NULL;
}
static char *bad_override_level(const char *name) {
    return strcmp(name, "POSTERN_LOG") == 0 ? wrong_level : NULL;
}
static char *bad_override_list(const char *name) {
    return strcmp(name, "POSTERN_ALLOW_DEGRADED") == 0 ? bad_list : NULL;
}
static char *bad_override_base(const char *name) {
    return strcmp(name, "POSTERN_UID_BASE") == 0 ? bad_base : NULL;
}

static void variables_override(void) {
    pn_auto(pn_settings) struct pn_settings s;
    struct pn_err err = {0};
    CHECK_INT(pn_settings_parse(PN_VIEW("confinement: {allow_degraded: [uid]}\negress: {ca_file: /a}"), "s", lookup, &s,
                                NULL, NULL),
              0);
    CHECK_INT(pn_settings_override(&s, good_overrides, &err), 0);
    CHECK_INT(s.log_level, PN_LOG_DEBUG);
    CHECK_STR(s.allow_degraded, "userns,seccomp");
    CHECK_INT(s.uid_base, 2000000);
    CHECK_STR(s.resolver, "[::1]:53");
    CHECK_STR(s.ca_file, "/a");
    CHECK_INT(pn_settings_override(&s, bad_override_level, &err), -1);
    CHECK_ERR(err, "POSTERN_LOG: 'loud'");
    CHECK_INT(pn_settings_override(&s, bad_override_list, &err), -1);
    CHECK_ERR(err, "POSTERN_ALLOW_DEGRADED: 'secomp'");
    CHECK_INT(pn_settings_override(&s, bad_override_base, &err), -1);
    CHECK_ERR(err, "POSTERN_UID_BASE");
}

static int load_with_mode(const char *path, unsigned mode, struct pn_err *err) {
    pn_auto(pn_settings) struct pn_settings s;
    pn_settings_init(&s);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int written = pn_write_all(fd, PN_VIEW("log: {level: error}\n"), err);
    (void)fchmod(fd, mode);
    (void)close(fd);
    int rc = pn_settings_load(path, &s, NULL, err);
    CHECK(rc < 0 || s.log_level == PN_LOG_ERROR);
    return written < 0 ? written : rc;
}

static void the_file(void) {
    char path[] = "/tmp/postern-settings-XXXXXX";
    struct pn_err err = {0};
    struct pn_settings s;
    (void)close(mkstemp(path));
    CHECK_INT(load_with_mode(path, 0600, &err), 0);
    CHECK_INT(load_with_mode(path, 0644, &err), 0);
    CHECK_INT(load_with_mode(path, 0660, &err), -1);
    CHECK_INT(err.category, PN_E_DENIED);
    CHECK_ERR(err, "chmod go-w");
    CHECK_INT(load_with_mode(path, 0602, &err), -1);
    (void)unlink(path);
    // Named but missing.
    CHECK_INT(pn_settings_load(path, &s, NULL, &err), -1);
    CHECK_INT(pn_settings_load("/dev/null", &s, NULL, &err), -1);
    CHECK_ERR(err, "not a regular file");
    (void)unsetenv("POSTERN_CONFIG");
    (void)setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    CHECK_INT(pn_settings_load(NULL, &s, NULL, &err), 0);
    pn_settings_fini(&s);
    (void)setenv("POSTERN_CONFIG", path, 1);
    CHECK_INT(pn_settings_load(NULL, &s, NULL, &err), -1);
    (void)unsetenv("POSTERN_CONFIG");
}

static void export_for_the_roles(void) {
    struct pn_settings s;
    pn_settings_init(&s);
    (void)unsetenv("POSTERN_UID_BASE");
    (void)unsetenv("POSTERN_ALLOW_DEGRADED");
    pn_settings_export(&s);
    CHECK(getenv("POSTERN_UID_BASE") == NULL && getenv("POSTERN_ALLOW_DEGRADED") == NULL);
    s.uid_base = 5000;
    s.allow_degraded = list;
    pn_settings_export(&s);
    CHECK_STR(getenv("POSTERN_UID_BASE"), "5000");
    CHECK_STR(getenv("POSTERN_ALLOW_DEGRADED"), "userns,seccomp");
}

PN_TESTS(TEST(misuse), TEST(defaults), TEST(everything), TEST(variables_override), TEST(the_file),
         TEST(export_for_the_roles))
