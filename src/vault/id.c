// SPDX-License-Identifier: Apache-2.0
// Whose secret: names that need no escaping anywhere and are short enough for the additional data of a box.
#include <stdio.h>

#include "base/text.h"
#include "vault/internal.h"

static bool name_ok(const char *name, size_t most) {
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!word && (i == 0 || strchr(".@:-", c) == NULL))
            return false;
    }
    return len > 0 && len <= most;
}

int pn_vault_id_check(const struct pn_vault_id *id, struct pn_err *err) {
    static const char rule[] = "letters, digits and _ . @ : - , the first a letter, digit or _";
    if (id->tenant == NULL || id->owner == NULL || id->name == NULL)
        return pn_fail(err, PN_E_BUG, "a secret without tenant, owner or name");
    if (!name_ok(id->tenant, 64))
        return pn_fail(err, PN_E_INPUT, "not the name of a tenant; it has 1 to 64 %s", rule);
    if (id->owner[0] != '\0' && !name_ok(id->owner, 64))
        return pn_fail(err, PN_E_INPUT, "not the name of an owner; it has up to 64 %s", rule);
    if (!name_ok(id->name, 128))
        return pn_fail(err, PN_E_INPUT, "not the name of a secret; it has 1 to 128 %s", rule);
    return 0;
}

int pn_vault_id_compare(const struct pn_vault_id *a, const struct pn_vault_id *b) {
    int tenant = strcmp(a->tenant, b->tenant);
    int owner = tenant != 0 ? tenant : strcmp(a->owner, b->owner);
    return owner != 0 ? owner : strcmp(a->name, b->name);
}

void pn_vault_id_text(const struct pn_vault_id *id, char out[320]) {
    (void)snprintf(out, 320, "%s/%s/%s", id->tenant, id->owner, id->name);
}
