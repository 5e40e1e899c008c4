/* SPDX-License-Identifier: Apache-2.0 */
/* ics.c - reading iCalendar line by line */
#include "ics.h"

#include <string.h>

void
ics_init(Ics *ics, const Source *source, Diagnostics *problems)
{
    const char *text = source_text(source);

    *ics = (Ics){.source = source, .problems = problems};
    ics->text = g_string_new(NULL);
    if (source_size(source) >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        ics->at = 3;
}

void
ics_clear(Ics *ics)
{
    if (ics->text)
        g_string_free(ics->text, TRUE);
    ics->text = NULL;
}

static gsize
line_length(const Ics *ics, gsize offset)
{
    const char *start = source_text(ics->source) + offset;
    const char *end = memchr(start, '\n', source_size(ics->source) - offset);
    gsize n = end ? (gsize)(end - start) : source_size(ics->source) - offset;

    return n > 0 && start[n - 1] == '\r' ? n - 1 : n;
}

void
ics_report_at(Ics *ics, gsize line, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    diagnostics_add(ics->problems, "E621", ics->source, line,
                    line_length(ics, line), "%s", message);
}

void
ics_report(Ics *ics, const char *format, ...)
{
    gsize before = (gsize)(ics->value - ics->text->str);
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    if (before >= ics->first_part) /* it stands in a folded part */
        before = 0;
    diagnostics_add(ics->problems, "E621", ics->source, ics->line + before,
                    ics->first_part - before, "%s", message);
}

/* One line of the file into `text`, without its end; false at the end. */
static bool
take_part(Ics *ics, gsize skip)
{
    gsize size = source_size(ics->source), n;
    const char *start = source_text(ics->source) + ics->at, *end;

    if (ics->at >= size)
        return false;
    n = line_length(ics, ics->at);
    g_string_append_len(ics->text, start + skip, (gssize)(n - MIN(skip, n)));
    end = memchr(start, '\n', size - ics->at);
    ics->at = end ? (gsize)(end - source_text(ics->source)) + 1 : size;
    return true;
}

/* A line that begins with a blank goes on with the one before. */
static bool
take_line(Ics *ics)
{
    const char *text = source_text(ics->source);

    g_string_truncate(ics->text, 0);
    ics->line = ics->at;
    if (!take_part(ics, 0))
        return false;
    ics->first_part = ics->text->len;
    while (ics->at < source_size(ics->source) &&
           (text[ics->at] == ' ' || text[ics->at] == '\t') &&
           ics->text->len <= ICS_MAX_LINE)
        take_part(ics, 1);
    return true;
}

/* The colon before the value: one within quotes is a parameter's. */
static char *
find_value(char *text)
{
    bool quoted = false;

    for (char *p = text; *p; p++) {
        if (*p == '"')
            quoted = !quoted;
        if (*p == ':' && !quoted)
            return p;
    }
    return NULL;
}

/* Cuts `text` into name, parameters and value. */
static bool
split_line(Ics *ics)
{
    char *text = ics->text->str;
    char *colon = find_value(text), *semicolon;

    if (!colon || colon == text || strlen(text) != ics->text->len)
        return false;
    *colon = '\0';
    ics->value = colon + 1;
    semicolon = strchr(text, ';');
    ics->params = semicolon ? semicolon + 1 : colon;
    if (semicolon)
        *semicolon = '\0';
    for (char *p = text; *p; p++) {
        if (!g_ascii_isalnum(*p) && *p != '-')
            return false;
        *p = g_ascii_toupper(*p);
    }
    ics->name = text;
    return true;
}

bool
ics_next(Ics *ics)
{
    while (take_line(ics)) {
        if (ics->text->len == 0)
            continue;
        if (ics->text->len > ICS_MAX_LINE)
            ics_report_at(ics, ics->line, "this line is longer than 16 KB");
        else if (!g_utf8_validate(ics->text->str, (gssize)ics->text->len, NULL))
            ics_report_at(ics, ics->line, "this line is not UTF-8");
        else if (split_line(ics))
            return true;
        else
            ics_report_at(ics, ics->line,
                          "this is no line of an iCalendar file: NAME:VALUE "
                          "expected");
    }
    return false;
}
