// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cli/common.h"
#include "cli/verbs.h"
#include "net/url.h"
#include "policy/edit.h"
#include "policy/explain.h"

struct question {
    const char *id, *url, *path, *key;
    char real[PATH_MAX]; // the path with links resolved
};

static int read_question(const struct pn_cli *cli, struct question *q, struct pn_err *err) {
    *q = (struct question){.id = cli->operand[0],
                           .url = pn_cli_value(cli, "url"),
                           .path = pn_cli_value(cli, "path"),
                           .key = pn_cli_value(cli, "environment")};
    if ((q->url != NULL) + (q->path != NULL) + (q->key != NULL) != 1)
        return pn_fail_usage(err, "give one of --url, --path and --environment");
    if (q->path == NULL && pn_cli_flag(cli, "access"))
        return pn_fail_usage(err, "--access goes with --path");
    if (q->url == NULL && (pn_cli_flag(cli, "method") || pn_cli_flag(cli, "address")))
        return pn_fail_usage(err, "--method and --address go with --url");
    return 0;
}

// What is opened is what counts: links are resolved as far as the path is there. A part that is not there stays as it
// is written.
static int resolve(struct question *q, struct pn_err *err) {
    if (q->path[0] != '/')
        return pn_fail(err, PN_E_INPUT, "--path must be absolute: '%.200s'", q->path);
    if (realpath(q->path, q->real) != NULL)
        return 0;
    size_t len = strlen(q->path);
    while (len > 1 && q->path[len - 1] == '/')
        len--;
    if (len >= sizeof q->real)
        return pn_fail(err, PN_E_INPUT, "--path is too long");
    pn_copy(q->real, q->path, len);
    q->real[len] = '\0';
    return 0;
}

static int ask_storage(const struct pn_cli *cli, struct question *q, const struct pn_policy *policy,
                       struct pn_explanation *out, struct pn_err *err) {
    const char *access = pn_cli_value(cli, "access");
    unsigned want;
    if (pn_policy_access_parse(access != NULL ? access : "read", &want, err) != 0 || resolve(q, err) != 0)
        return -1;
    pn_explain_storage(policy, q->id, pn_view_str(q->real), want, out);
    if (out->verdict.reason == PN_REASON_BAD_FACTS)
        return pn_fail(err, PN_E_INPUT, "--path must be without empty, . and .. segments: '%.200s'", q->real);
    return 0;
}

static int ask_network(const struct pn_cli *cli, const struct question *q, const struct pn_policy *policy,
                       struct pn_explanation *out, struct pn_err *err) {
    const char *method = pn_cli_value(cli, "method"), *address = pn_cli_value(cli, "address");
    pn_auto(pn_url) struct pn_url url = {0};
    struct pn_addr ip;
    if (pn_url_parse(pn_view_str(q->url), &url, err) != 0)
        return pn_err_prefix(err, "--url");
    if (address != NULL && pn_addr_parse(pn_view_str(address), &ip, err) != 0)
        return pn_err_prefix(err, "--address");
    struct pn_network_facts facts = {.scheme = url.tls ? PN_SCHEME_HTTPS : PN_SCHEME_HTTP,
                                     .is_address = url.host.is_addr,
                                     .port = url.port,
                                     .method = pn_view_str(method != NULL ? method : "GET"),
                                     .path = pn_url_path_only(&url)};
    if (url.host.is_addr)
        pn_copy(facts.address, url.host.addr.b, sizeof facts.address);
    else
        facts.host = pn_view_str(url.host.text);
    const uint8_t *leads_to = address != NULL ? ip.b : url.host.is_addr ? facts.address : NULL;
    pn_explain_network(policy, q->id, &facts, leads_to, out);
    return 0;
}

static int ask(const struct pn_cli *cli, struct question *q, const struct pn_policy *policy, struct pn_explanation *out,
               struct pn_err *err) {
    if (q->path != NULL)
        return ask_storage(cli, q, policy, out, err);
    if (q->url != NULL)
        return ask_network(cli, q, policy, out, err);
    pn_explain_environment(policy, q->id, q->key, out);
    return 0;
}

static void put_lines(struct pn_json_w *w, struct pn_view text) {
    pn_json_w_array(w);
    for (size_t at = 0; at < text.len;) {
        size_t end = pn_view_find(text, '\n', at);
        pn_json_w_str(w, pn_view_part(text, at, end));
        at = end == SIZE_MAX ? text.len : end + 1;
    }
    pn_json_w_end(w, ']');
}

static void put_json(struct pn_cli *cli, const struct question *q, uint64_t rev, struct pn_explanation *e) {
    pn_auto(pn_buf) struct pn_buf rule = {0};
    pn_verdict_put_rule(&e->verdict, &rule);
    struct pn_json_w w;
    pn_json_w_init(&w, &cli->out);
    pn_json_w_object(&w);
    pn_json_w_key(&w, "allowed");
    pn_json_w_bool(&w, e->verdict.allow);
    pn_json_w_key(&w, "verdict");
    pn_json_w_cstr(&w, pn_verdict_word(e->verdict.reason));
    pn_json_w_key(&w, "reason");
    pn_json_w_str(&w, pn_buf_view(&e->reason));
    pn_json_w_key(&w, "rule");
    pn_json_w_str(&w, pn_buf_view(&rule));
    pn_json_w_key(&w, "policy_revision");
    pn_json_w_u64(&w, rev);
    if (q->path != NULL) {
        pn_json_w_key(&w, "path");
        pn_json_w_cstr(&w, q->real);
    }
    pn_json_w_key(&w, "remedy");
    pn_json_w_str(&w, pn_buf_view(&e->remedy));
    pn_json_w_key(&w, "grant");
    pn_json_w_str(&w, pn_buf_view(&e->yaml));
    pn_json_w_key(&w, "grant_with");
    put_lines(&w, pn_buf_view(&e->command));
    pn_json_w_end(&w, '}');
}

static void put_indented(struct pn_cli *cli, struct pn_view text) {
    for (size_t at = 0; at < text.len;) {
        size_t end = pn_view_find(text, '\n', at);
        pn_buf_add_str(&cli->out, "  ");
        pn_escape(&cli->out, pn_view_part(text, at, end));
        pn_buf_add_byte(&cli->out, '\n');
        at = end == SIZE_MAX ? text.len : end + 1;
    }
}

static void put_text(struct pn_cli *cli, const struct question *q, struct pn_explanation *e) {
    bool allow = e->verdict.allow;
    const char *colour = pn_colour(allow ? PN_GREEN : PN_RED, STDOUT_FILENO);
    pn_buf_printf(&cli->out, "%s%s%s: ", colour, allow ? "allowed" : "denied",
                  colour[0] != '\0' ? pn_colour(PN_PLAIN, STDOUT_FILENO) : "");
    pn_out_line(cli, "%s", q->path != NULL ? q->real : q->url != NULL ? q->url : q->key);
    if (q->path != NULL && strcmp(q->path, q->real) != 0)
        pn_out_line(cli, "(%s leads there)", q->path);
    pn_out_line(cli, "%s.", pn_buf_cstr(&e->reason));
    if (allow)
        return;
    pn_out_line(cli, "To allow it: %s.", pn_buf_cstr(&e->remedy));
    put_indented(cli, pn_buf_view(&e->command));
    if (e->yaml.len == 0)
        return;
    pn_out_line(cli, "or in the document:");
    put_indented(cli, pn_buf_view(&e->yaml));
}

static int run(struct pn_cli *cli, struct pn_err *err) {
    struct question q;
    pn_auto(pn_store) struct pn_store *s = NULL;
    pn_auto(pn_revision) struct pn_revision rev = {0};
    pn_auto(pn_policy) struct pn_policy policy = {0};
    pn_auto(pn_explanation) struct pn_explanation e = {0};
    if (read_question(cli, &q, err) != 0 || pn_cli_store(&s, err) != 0 ||
        pn_cli_policy_of(s, q.id, &rev, &policy, err) != 0 || ask(cli, &q, &policy, &e, err) != 0)
        return -1;
    if (cli->json)
        put_json(cli, &q, rev.rev, &e);
    else
        put_text(cli, &q, &e);
    return e.verdict.allow ? PN_EXIT_OK : PN_EXIT_DENIED;
}

static const struct pn_option options[] = {
    {"url", "URL", PN_WORD_TEXT, "may it send a request there?"},
    {"method", "METHOD", PN_WORD_TEXT, "with --url: the method (default GET)"},
    {"address", "IP", PN_WORD_TEXT, "with --url: the address the name leads to"},
    {"path", "PATH", PN_WORD_FILE, "may it open this file?"},
    {"access", "ACCESS", PN_WORD_TEXT, "with --path: read (default), write or read,write"},
    {"environment", "KEY", PN_WORD_TEXT, "may it see this variable?"},
    {NULL, NULL, PN_WORD_TEXT, NULL},
};

const struct pn_verb pn_verb_policy_explain = {
    .name = "policy explain",
    .purpose = "say whether a component may do something, and why",
    .operands = {{"ID", PN_WORD_COMPONENT, false}},
    .options = options,
    .text = "Asks the policy in force one question. The answer names the rule that decides\n"
            "and, when it is no, the smallest grant that would make it yes. Names are not\n"
            "resolved here: a public name may still lead to an address that is refused;\n"
            "--address asks about that.",
    .examples = "postern policy explain weather --url https://api.weather.example/v1/now\n"
                "postern policy explain weather --path /srv/maps/bern.png --access write",
    .exits = "3 it is denied, or the policy was tampered with",
    .run = run,
};
