/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c - what filters make of a person's value */
#include "program.h"

#include "nurture/text.h"

#include <stdlib.h>
#include <string.h>

#define LIST_SEPARATOR '\x1f'

guint
list_count(const char *value)
{
    guint count = 1;

    if (text_is_blank(value))
        return 0;
    for (const char *c = value; *c; c++)
        count += *c == LIST_SEPARATOR;
    return count;
}

static void
keep_first_word(GString *value)
{
    const char *start = value->str, *end;

    while (*start && g_unichar_isspace(g_utf8_get_char(start)))
        start = g_utf8_next_char(start);
    end = start;
    while (*end && !g_unichar_isspace(g_utf8_get_char(end)))
        end = g_utf8_next_char(end);
    g_string_truncate(value, (gsize)(end - value->str));
    g_string_erase(value, 0, start - value->str);
}

static void
change_case(GString *value, bool upper)
{
    g_autofree char *changed =
        upper ? g_utf8_strup(value->str, -1) : g_utf8_strdown(value->str, -1);

    g_string_assign(value, changed);
}

static void
capitalize(GString *value)
{
    gssize first;
    g_autofree char *changed = NULL;

    if (value->len == 0)
        return;
    first = g_utf8_next_char(value->str) - value->str;
    changed = g_utf8_strup(value->str, first);
    g_string_erase(value, 0, first);
    g_string_prepend(value, changed);
}

/* At most `number` characters, the last of them an ellipsis if it was cut. */
static void
truncate_text(GString *value, int number)
{
    if (g_utf8_strlen(value->str, (gssize)value->len) <= number)
        return;
    g_string_truncate(
        value,
        (gsize)(g_utf8_offset_to_pointer(value->str, number - 1) - value->str));
    while (value->len > 0 && value->str[value->len - 1] == ' ')
        g_string_truncate(value, value->len - 1);
    g_string_append(value, "\xe2\x80\xa6");
}

static void
join_list(GString *value, const char *between)
{
    g_autofree char *list = g_strdup(value->str);

    g_string_truncate(value, 0);
    for (const char *c = list; *c; c++) {
        if (*c == LIST_SEPARATOR)
            g_string_append(value, between);
        else
            g_string_append_c(value, *c);
    }
}

static void
format_date(GString *value, const char *pattern, GTimeZone *zone,
            const char *language)
{
    g_autofree char *text = date_format(g_ascii_strtoll(value->str, NULL, 10),
                                        zone, pattern, language);

    g_string_assign(value, text ? text : "");
}

void
filter_apply(const Filter *filter, FieldType *type, GString *value,
             GTimeZone *zone, const char *language)
{
    switch (filter->kind) {
    case FILTER_FIRST_WORD:
        keep_first_word(value);
        break;
    case FILTER_CAPITALIZE:
        capitalize(value);
        break;
    case FILTER_UPPER:
        change_case(value, true);
        break;
    case FILTER_LOWER:
        change_case(value, false);
        break;
    case FILTER_TRUNCATE:
        truncate_text(value, filter->number);
        break;
    case FILTER_DATE:
        format_date(value, filter->text, zone, language);
        break;
    case FILTER_JOIN:
        join_list(value, filter->text);
        break;
    case FILTER_COUNT:
        g_string_printf(value, "%u", list_count(value->str));
        break;
    }
    *type = FIELD_TEXT;
}
