/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - JSON strings */
#include "nurture/json.h"

#include <string.h>

static void
append_character(GString *out, gunichar c)
{
    switch (c) {
    case '"':
        g_string_append(out, "\\\"");
        break;
    case '\\':
        g_string_append(out, "\\\\");
        break;
    case '\n':
        g_string_append(out, "\\n");
        break;
    case '\r':
        g_string_append(out, "\\r");
        break;
    case '\t':
        g_string_append(out, "\\t");
        break;
    default:
        if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_unichar(out, c);
    }
}

void
json_append_string(GString *out, const char *text)
{
    g_autofree char *valid = NULL;

    if (!text) {
        g_string_append(out, "null");
        return;
    }
    if (!g_utf8_validate(text, -1, NULL))
        text = valid = g_utf8_make_valid(text, -1);
    g_string_append_c(out, '"');
    for (const char *p = text; *p;) {
        /* Most text is plain: copy runs, not characters. */
        size_t run = strcspn(p, "\"\\\001\002\003\004\005\006\007\010\011\012"
                                "\013\014\015\016\017\020\021\022\023\024\025"
                                "\026\027\030\031\032\033\034\035\036\037"
                                "\177\302\342");
        g_string_append_len(out, p, (gssize)run);
        p += run;
        if (!*p)
            break;
        append_character(out, g_utf8_get_char(p));
        p = g_utf8_next_char(p);
    }
    g_string_append_c(out, '"');
}
