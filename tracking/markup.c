/* SPDX-License-Identifier: Apache-2.0 */
/* markup.c - HTML from a pattern and values that cannot break out of it */
#include "markup.h"

#include "nurture/text.h"

#include <stdarg.h>
#include <string.h>

static void
append_value(GString *html, char directive, va_list *args)
{
    const char *text;

    switch (directive) {
    case 's':
        text = va_arg(*args, const char *);
        html_append_text(html, text ? text : "");
        break;
    case 'u':
        text = va_arg(*args, const char *);
        url_append_part(html, text ? text : "");
        break;
    case 'd':
        g_string_append(html, number_format(va_arg(*args, int64_t)));
        break;
    case 'i':
        g_string_append_printf(html, "%" G_GINT64_FORMAT,
                               va_arg(*args, int64_t));
        break;
    case '%':
        g_string_append_c(html, '%');
        break;
    default:
        g_assert_not_reached();
    }
}

void
markup(GString *html, const char *pattern, ...)
{
    va_list args;

    va_start(args, pattern);
    for (const char *p = pattern; *p;) {
        gsize plain = strcspn(p, "%");
        g_string_append_len(html, p, (gssize)plain);
        p += plain;
        if (*p) {
            append_value(html, p[1], &args);
            p += 2;
        }
    }
    va_end(args);
}

void
markup_lines(GString *html, const char *text, gsize max)
{
    gsize start = html->len;

    for (const char *p = text ? text : ""; *p;) {
        gsize length = strcspn(p, "\n");
        g_autofree char *line = g_strndup(p, length);
        if (html->len - start + length > max) {
            g_string_append(html, "[...]\n");
            return;
        }
        html_append_text(html, line);
        p += length;
        if (*p) {
            g_string_append_c(html, '\n');
            p++;
        }
    }
}
