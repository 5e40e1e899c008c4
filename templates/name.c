/* SPDX-License-Identifier: Apache-2.0 */
/* name.c - names that are none
 *
 * Mail programs turn a name such as "www.win.example" into a link even when it
 * is escaped, and "Hi TEST" is worse than no mail. */
#include "nurture/template.h"

#include <string.h>

#define NAME_MAX_CHARS 40

bool
name_is_suspicious(const char *text)
{
    static const char *const words[] = {
        "test", "n/a", "null",       "nil",       "undefined", "unknown",
        "-",    "xxx", "first name", "firstname", "name",      NULL};
    g_autofree char *lower = g_utf8_strdown(text, -1);
    int letters = 0, small = 0;

    g_strstrip(lower);
    if (g_strv_contains(words, lower) || strpbrk(text, "@{}<>[]|\\\n\r\t") ||
        strstr(text, "://") || strstr(lower, "www.") ||
        g_utf8_strlen(text, -1) > NAME_MAX_CHARS)
        return true;
    for (const char *c = text; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        if (g_unichar_isdigit(u))
            return true;
        letters += g_unichar_isalpha(u) != 0;
        small += g_unichar_isalpha(u) && !g_unichar_isupper(u);
    }
    return letters > 2 && small == 0;
}
