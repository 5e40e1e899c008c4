/* SPDX-License-Identifier: Apache-2.0 */
/* addresses.c - addr-specs picked out of any text */
#include "addresses.h"

#include <string.h>

void
addresses_add(GPtrArray *list, char *text)
{
    if (!text)
        return;
    for (guint i = 0; i < list->len; i++)
        if (g_ascii_strcasecmp(list->pdata[i], text) == 0) {
            g_free(text);
            return;
        }
    if (list->len < ADDRESSES_MAX)
        g_ptr_array_add(list, text);
    else
        g_free(text);
}

void
addresses_add_from(GPtrArray *list, const char *value)
{
    const char *done = value;

    for (const char *at = value; at && (at = strchr(at, '@')); at++) {
        const char *start = at, *end = at;

        while (start > done && !strchr(" \t<>,;:()\"[]'", start[-1]))
            start--;
        end += strcspn(end, " \t<>,;:()\"[]'");
        if (start < at && end > at + 1)
            addresses_add(list, g_strndup(start, (gsize)(end - start)));
        done = end;
    }
}
