// SPDX-License-Identifier: Apache-2.0
// The tools that Postern itself offers: looking at components, and (when the operator allows management) changing them.
// What a change gives away is first put to the client's user (consent.c).
#pragma once
#include "roles/gateway/gateway.h"

struct pn_builtin {
    const char *name;
    const char *description;
    const char *schema;      // JSON, without white space
    enum pn_admin_verb verb; // 0: answered here
    bool management;         // offered only with --allow-management
    bool widens;             // gives a component more: needs consent
    const char *detail;      // member of `details` that names the thing, NULL when there are no details
    const char *kind;        // "storage" ... for results
};

// The description of the twelve, in the order of their numbers; built on first use.
const struct pn_description *pn_builtin_description(bool management, bool offered);
const struct pn_builtin *pn_builtin_get(const char *name);
// Takes over a call to the tool.
void pn_builtin_call(struct pn_gateway *gw, const struct pn_builtin *tool, struct pn_call *c,
                     const struct pn_mcp_request *req);
void pn_admin_done(struct pn_gateway *gw, struct pn_call *c, bool ok, struct pn_view text);
void pn_admin_fini(struct pn_admin *a);

// --- consent.c ---
// Asks for consent, or goes on when it is there. In the stateless era the call ends with the question.
void pn_consent_ask(struct pn_gateway *gw, struct pn_call *c, const struct pn_mcp_request *req);
// The client's response to our question with this id.
void pn_consent_answer(struct pn_gateway *gw, const struct pn_mcp_request *req);
void pn_consent_withdraw(struct pn_gateway *gw, struct pn_call *c, const char *why); // the question is moot
// What the person at the keyboard would type instead.
void pn_consent_put_command(const struct pn_admin *a, struct pn_buf *out);
void pn_consents_free(struct pn_consents *consents);
