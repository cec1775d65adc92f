// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/common.h"
#include "cli/settings.h"
#include "cli/verbs.h"
#include "confine/confine.h"
#include "store/cache.h"

static const struct pn_column columns[] = {
    {"name", "CONFINEMENT", false},   {"available", "HERE", false}, {"degraded", "ACCEPTED WITHOUT", false},
    {"required", "NEEDED BY", false}, {"detail", "DETAIL", false},  {NULL, NULL, false},
};

// One of Postern's own parts, tried out: "" = fine.
struct check {
    const char *name;
    struct pn_err err;
    bool good;
};

static void check_settings(struct check *c) {
    c->good = pn_cli_settings_need(&c->err) == 0;
}

static void check_store(struct check *c) {
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_components) struct pn_components list = {0};
    c->good = pn_cli_store(&s, &c->err) == 0 && pn_store_list(s, &list, NULL, &c->err) == 0;
    for (size_t i = 0; c->good && i < list.len; i++) {
        pn_auto(pn_fd) int fd = pn_store_blob(s, &list.at[i], &c->err);
        pn_auto(pn_revision) struct pn_revision rev = {0};
        c->good = fd >= 0 && pn_store_policy(s, list.at[i].id, &rev, &c->err) == 0;
    }
}

static void check_cache(struct check *c) {
    pn_auto(pn_store_dirs) struct pn_store_dirs dirs = {0};
    pn_auto(pn_cache) struct pn_cache *cache = NULL;
    c->good = pn_store_dirs_init(&dirs, &c->err) == 0 && pn_cache_open(&dirs, &cache, &c->err) == 0;
}

static bool is_missing(const struct pn_confine_fact *f) {
    return !f->available && !f->degraded && f->required[0] != '\0';
}

static void put_fact(const struct pn_confine_fact *f, struct pn_table *t) {
    pn_table_str(t, f->name);
    pn_table_bool(t, f->available);
    pn_table_bool(t, f->degraded);
    pn_table_str(t, f->required[0] != '\0' ? f->required : NULL);
    pn_table_str(t, f->detail);
}

static void put_json(struct pn_cli *cli, const struct pn_table *facts, const struct check *checks, size_t len,
                     bool ready) {
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "ready");
    pn_json_w_bool(&w, ready);
    pn_json_w_key(&w, "confinements");
    pn_table_json(facts, &w);
    pn_json_w_key(&w, "parts");
    pn_json_w_array(&w);
    for (size_t i = 0; i < len; i++) {
        pn_json_w_object(&w);
        pn_json_w_key(&w, "name");
        pn_json_w_cstr(&w, checks[i].name);
        pn_json_w_key(&w, "good");
        pn_json_w_bool(&w, checks[i].good);
        pn_json_w_key(&w, "text");
        pn_json_w_cstr(&w, checks[i].good ? "" : checks[i].err.text);
        pn_json_w_end(&w, '}');
    }
    pn_json_w_end(&w, ']');
    pn_json_w_end(&w, '}');
}

static int put_text(struct pn_cli *cli, const struct pn_table *facts, const struct check *checks, size_t len,
                    bool ready, struct pn_err *err) {
    if (pn_out_table(cli, facts, "confinements", "", err) != 0)
        return -1;
    pn_buf_add_byte(&cli->out, '\n');
    for (size_t i = 0; i < len; i++)
        pn_out_line(cli, "%s: %s", checks[i].name, checks[i].good ? "good" : checks[i].err.text);
    const char *colour = pn_colour(ready ? PN_GREEN : PN_RED, STDOUT_FILENO);
    pn_buf_printf(&cli->out, "\n%s%s%s\n", colour,
                  ready ? "Postern can serve on this machine." : "Postern will refuse to serve on this machine.",
                  colour[0] != '\0' ? pn_colour(PN_PLAIN, STDOUT_FILENO) : "");
    if (!ready)
        pn_out_line(cli, "What is needed and not here stands above; to run without it all the same, list it in "
                         "POSTERN_ALLOW_DEGRADED (see postern(1)).");
    return 0;
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    struct pn_confine_fact facts[PN_CONFINE_FACTS];
    struct check checks[] = {{.name = "settings"}, {.name = "store"}, {.name = "compile cache"}};
    const size_t checks_len = sizeof checks / sizeof *checks;
    pn_auto(pn_table) struct pn_table t;
    pn_table_init(&t, columns);
    check_settings(&checks[0]); // first: they may name accepted degradations
    size_t count = pn_confine_probe(facts);
    bool ready = true;
    for (size_t i = 0; i < count; i++) {
        put_fact(&facts[i], &t);
        ready = ready && !is_missing(&facts[i]);
    }
    check_store(&checks[1]);
    check_cache(&checks[2]);
    for (size_t i = 0; i < checks_len; i++)
        ready = ready && checks[i].good;
    if (cli->json)
        put_json(cli, &t, checks, checks_len, ready);
    else if (put_text(cli, &t, checks, checks_len, ready, err) != 0)
        return -1;
    return ready ? PN_EXIT_OK : PN_EXIT_FAILED;
}

const struct pn_verb pn_verb_doctor = {
    .name = "doctor",
    .purpose = "say what confinement this machine gives, and whether the store is sound",
    .text = "Tries out each confinement in short-lived processes, and verifies the store, the\n"
            "bytes of each component and its policy. A role that needs something this machine\n"
            "does not give refuses to start, unless the operator accepts that by naming it in\n"
            "POSTERN_ALLOW_DEGRADED.",
    .examples = "postern doctor\npostern doctor --json",
    .run = run,
};
