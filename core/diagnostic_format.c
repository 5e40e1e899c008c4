/* SPDX-License-Identifier: Apache-2.0 */
/* diagnostic_format.c - diagnostics for people, programs and GitHub
 *
 * What is quoted from a file may hold anything a stranger put there, an escape
 * sequence for the terminal included: only printable characters are shown. */
#include "nurture/diagnostic.h"

#include "nurture/json.h"

#include <string.h>

#define SHOWN_PER_FILE 20
#define LINE_SHOWN     160 /* characters of a quoted line */
#define LINE_BEFORE    60  /* of these, before the place, if it must be cut */

static const char *const severity_names[] = {"note", "warning", "error"};
static const char *const severity_colours[] = {"\033[1;36m", "\033[1;33m",
                                               "\033[1;31m"};
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

static void
append_colour(GString *out, bool colour, const char *sequence)
{
    if (colour)
        g_string_append(out, sequence);
}

static bool
is_shown(gunichar c)
{
    return c == '\t' || g_unichar_isgraph(c) ||
           (g_unichar_isprint(c) && !g_unichar_iszerowidth(c));
}

static void
append_shown(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(out, is_shown(c) ? c : 0xFFFD);
    }
}

/* Blank space as wide on a terminal as the character `c`. */
static void
append_blank(GString *out, gunichar c)
{
    if (c == '\t')
        g_string_append_c(out, '\t');
    else if (g_unichar_iswide(c))
        g_string_append(out, "  ");
    else if (!is_shown(c) || !g_unichar_iszerowidth(c))
        g_string_append_c(out, ' ');
}

/* The part of a long line that is worth showing; sets where it begins. */
static char *
line_cut(const Diagnostic *d, int *out_first, bool *out_more)
{
    g_autofree char *valid = g_utf8_make_valid(d->text, -1);
    int length = (int)g_utf8_strlen(valid, -1);
    int first = 0;

    if (length > LINE_SHOWN && d->column > LINE_SHOWN - LINE_BEFORE)
        first = MIN(d->column - 1 - LINE_BEFORE, length - LINE_SHOWN);
    *out_first = MAX(first, 0);
    *out_more = length - *out_first > LINE_SHOWN;
    return g_utf8_substring(valid, *out_first,
                            MIN(length, *out_first + LINE_SHOWN));
}

static void
append_carets(const Diagnostic *d, const char *shown, int first, bool colour,
              GString *out)
{
    const char *p = shown;
    int column = first + 1;
    int carets;

    g_string_append(out, "      | ");
    if (first > 0)
        g_string_append(out, "  ");
    for (; column < d->column && *p; column++, p = g_utf8_next_char(p))
        append_blank(out, g_utf8_get_char(p));
    carets = MIN(d->end_column, first + LINE_SHOWN + 1) - d->column;
    append_colour(out, colour, severity_colours[d->severity]);
    for (int i = 0; i < MAX(carets, 1); i++) {
        g_string_append_c(out, '^');
        if (*p && g_unichar_iswide(g_utf8_get_char(p)))
            g_string_append_c(out, '^');
        if (*p)
            p = g_utf8_next_char(p);
    }
    if (d->note) {
        g_string_append_c(out, ' ');
        append_shown(out, d->note);
    }
    append_colour(out, colour, PLAIN);
    g_string_append_c(out, '\n');
}

static void
append_line(const Diagnostic *d, bool colour, GString *out)
{
    int first;
    bool more;
    g_autofree char *shown = line_cut(d, &first, &more);

    g_string_append_printf(out, "%5d | ", d->line);
    if (first > 0)
        g_string_append(out, "… ");
    append_shown(out, shown);
    if (more)
        g_string_append(out, " …");
    while (out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
    append_carets(d, shown, first, colour, out);
}

static void
format_human(const Diagnostic *d, bool colour, GString *out)
{
    append_colour(out, colour, BOLD);
    append_shown(out, d->path);
    if (d->line > 0)
        g_string_append_printf(out, ":%d:%d", d->line, d->column);
    g_string_append(out, ": ");
    append_colour(out, colour, severity_colours[d->severity]);
    g_string_append_printf(out, "%s[%s]", severity_names[d->severity], d->code);
    append_colour(out, colour, PLAIN);
    g_string_append(out, ": ");
    append_shown(out, d->message);
    g_string_append_c(out, '\n');
    if (d->line > 0)
        append_line(d, colour, out);
    else if (d->note) {
        g_string_append(out, "      = ");
        append_shown(out, d->note);
        g_string_append_c(out, '\n');
    }
    if (d->help) {
        g_string_append(out, "      = help: ");
        append_shown(out, d->help);
        g_string_append_c(out, '\n');
    }
}

static void
format_json(const Diagnostic *d, GString *out)
{
    g_string_append_printf(out, "{\"code\":\"%s\",\"severity\":\"%s\"", d->code,
                           severity_names[d->severity]);
    g_string_append(out, ",\"file\":");
    json_append_string(out, d->path);
    g_string_append_printf(out, ",\"line\":%d,\"column\":%d,\"end_column\":%d",
                           d->line, d->column, d->end_column);
    g_string_append(out, ",\"message\":");
    json_append_string(out, d->message);
    g_string_append(out, ",\"note\":");
    json_append_string(out, d->note);
    g_string_append(out, ",\"help\":");
    json_append_string(out, d->help);
    g_string_append(out, ",\"fix\":[");
    for (guint i = 0; i < d->fixes->len; i++) {
        const DiagnosticFix *fix = &g_array_index(d->fixes, DiagnosticFix, i);
        g_string_append_printf(out,
                               "%s{\"offset\":%" G_GSIZE_FORMAT
                               ",\"length\":%" G_GSIZE_FORMAT ",\"text\":",
                               i > 0 ? "," : "", fix->offset, fix->length);
        json_append_string(out, fix->text);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "]}\n");
}

/* A workflow command's data ends at the end of the line, a property's also at
 * a comma; both are written percent-encoded. */
static void
append_command(GString *out, const char *text, const char *special)
{
    for (const char *p = text; *p; p++)
        if (strchr(special, *p))
            g_string_append_printf(out, "%%%02X", (guint)(guchar)*p);
        else
            g_string_append_c(out, *p);
}

static void
format_github(const Diagnostic *d, GString *out)
{
    static const char *const commands[] = {"notice", "warning", "error"};

    g_string_append_printf(out, "::%s file=", commands[d->severity]);
    append_command(out, d->path, "%\r\n:,");
    if (d->line > 0)
        g_string_append_printf(out, ",line=%d,col=%d,endColumn=%d", d->line,
                               d->column, d->end_column);
    g_string_append_printf(out, ",title=%s::", d->code);
    append_command(out, d->message, "%\r\n");
    if (d->note) {
        g_string_append(out, "%0A");
        append_command(out, d->note, "%\r\n");
    }
    if (d->help) {
        g_string_append(out, "%0Ahelp: ");
        append_command(out, d->help, "%\r\n");
    }
    g_string_append_c(out, '\n');
}

void
diagnostic_format(const Diagnostic *d, DiagnosticFormat format, bool colour,
                  GString *out)
{
    switch (format) {
    case FORMAT_HUMAN:
        format_human(d, colour, out);
        break;
    case FORMAT_JSON:
        format_json(d, out);
        break;
    case FORMAT_GITHUB:
        format_github(d, out);
        break;
    }
}

static void
append_count(GString *out, guint count, const char *what)
{
    if (count == 0)
        return;
    if (out->len > 0)
        g_string_append(out, ", ");
    g_string_append_printf(out, "%u %s%s", count, what, count == 1 ? "" : "s");
}

static guint
files_with_errors(const Diagnostics *list)
{
    g_autoptr(GHashTable) files = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < diagnostics_length(list); i++) {
        const Diagnostic *d = diagnostics_get(list, i);
        if (d->severity == SEVERITY_ERROR)
            g_hash_table_add(files, d->path);
    }
    return g_hash_table_size(files);
}

static void
append_summary(const Diagnostics *list, GString *out)
{
    g_autoptr(GString) counts = g_string_new(NULL);
    guint files = files_with_errors(list);

    append_count(counts, diagnostics_count(list, SEVERITY_ERROR), "error");
    append_count(counts, diagnostics_count(list, SEVERITY_WARNING), "warning");
    append_count(counts, diagnostics_count(list, SEVERITY_NOTE), "note");
    g_string_append_printf(out, "\n%s.", counts->str);
    if (files > 0)
        g_string_append_printf(
            out, " Nothing can be sent from %s until the errors are gone.",
            files == 1 ? "this file" : "these files");
    g_string_append_c(out, '\n');
}

/* What a person reads: the first of each file, and how many more there are. */
static void
format_all_human(const Diagnostics *list, bool colour, GString *out)
{
    guint length = diagnostics_length(list), count = 0;

    for (guint i = 0; i < length; i++) {
        const Diagnostic *d = diagnostics_get(list, i);
        const Diagnostic *next =
            i + 1 < length ? diagnostics_get(list, i + 1) : NULL;
        if (++count <= SHOWN_PER_FILE)
            format_human(d, colour, out);
        if (next && strcmp(next->path, d->path) == 0)
            continue;
        if (count > SHOWN_PER_FILE) {
            append_shown(out, d->path);
            g_string_append_printf(out, ": and %u more\n",
                                   count - SHOWN_PER_FILE);
        }
        count = 0;
    }
    if (length > 0)
        append_summary(list, out);
}

void
diagnostics_format(const Diagnostics *list, DiagnosticFormat format,
                   bool colour, GString *out)
{
    if (format == FORMAT_HUMAN) {
        format_all_human(list, colour, out);
        return;
    }
    for (guint i = 0; i < diagnostics_length(list); i++)
        diagnostic_format(diagnostics_get(list, i), format, colour, out);
}
