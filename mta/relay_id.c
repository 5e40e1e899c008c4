/* SPDX-License-Identifier: Apache-2.0 */
/* relay_id.c - the id in the text of a 250 */
#include "relay-id.h"

#include <string.h>

static bool
belongs_to_id(char c)
{
    return g_ascii_isalnum(c) || strchr("-_.=+", c);
}

char *
relay_id_of(const char *text)
{
    for (const char *p = text ? text : ""; *p;) {
        gsize n = 0, digits = 0;
        while (p[n] && belongs_to_id(p[n]))
            digits += g_ascii_isdigit(p[n++]) != 0;
        /* A host's name is long as well, but has few digits. */
        if (n >= RELAY_ID_LEAST && n <= RELAY_ID_MOST && digits >= 4)
            return g_strndup(p, n);
        p += n > 0 ? n : 1;
    }
    return NULL;
}

bool
relay_id_keep(Store *store, const char *message_id, const char *text,
              GError **error)
{
    g_autofree char *id = relay_id_of(text);
    g_autoptr(Statement) st = NULL;

    if (!id)
        return true;
    st = store_prepare(store,
                       "INSERT INTO message_alias (alias, message_id)"
                       " VALUES (:alias, :message)"
                       " ON CONFLICT (alias) DO NOTHING",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":alias", id);
    statement_bind_text(st, ":message", message_id);
    return statement_run(st, error);
}
