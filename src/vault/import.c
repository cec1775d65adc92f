// SPDX-License-Identifier: Apache-2.0
// The list that both parsers fill.
#include "vault/import.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "vault/internal.h"

void pn_import_fini(struct pn_import *import) {
    for (size_t i = 0; i < import->count; i++)
        free(import->items[i].name);
    free(import->items);
    pn_secret_fini(&import->plain);
    *import = (struct pn_import){0};
}

int pn_import_begin(struct pn_import *import, struct pn_view text, struct pn_err *err) {
    *import = (struct pn_import){0};
    if (text.len > PN_IMPORT_BYTES_MAX)
        return pn_fail(err, PN_E_LIMIT, "%zu bytes to import, at most %zu are read; split the file", text.len,
                       PN_IMPORT_BYTES_MAX);
    return pn_secret_new(&import->plain, text.len + 1, err); // a byte is always left
}

static int check(const struct pn_import *import, const char *name, unsigned line, const struct pn_vault_value *value,
                 struct pn_err *err) {
    if (import->count >= PN_IMPORT_ITEMS_MAX)
        return pn_fail(err, PN_E_LIMIT, "line %u: more than %zu secrets; split the file", line, PN_IMPORT_ITEMS_MAX);
    struct pn_vault_id id = {"t", "", name};
    if (pn_vault_id_check(&id, err) != 0 || pn_vault_value_check(value, err) != 0)
        return pn_err_prefix(err, "line %u", line);
    for (size_t i = 0; i < import->count; i++)
        if (strcmp(import->items[i].name, name) == 0)
            return pn_fail(err, PN_E_INPUT, "line %u: %s is there already, in line %u", line, name,
                           import->items[i].line);
    return 0;
}

int pn_import_add(struct pn_import *import, struct pn_view name, unsigned line, const struct pn_vault_value *value,
                  struct pn_err *err) {
    pn_auto(pn_free) char *copy = pn_view_dup(name);
    if (copy == NULL)
        return pn_fail(err, PN_E_INPUT, "line %u: not the name of a secret", line);
    if (check(import, copy, line, value, err) != 0)
        return -1;
    struct pn_import_item *grown = import->items;
    if ((import->count & (import->count - 1)) == 0) // room for the next power of two
        grown = reallocarray(grown, import->count == 0 ? 1 : 2 * import->count, sizeof *grown);
    if (grown == NULL)
        return pn_fail(err, PN_E_SYSTEM, "out of memory");
    import->items = grown;
    grown[import->count++] = (struct pn_import_item){pn_steal(&copy), line, *value};
    return 0;
}
