/* SPDX-License-Identifier: Apache-2.0 */
/* front_matter.c - where the settings of a file end and its text begins */
#include "nurture/yaml.h"

#include <string.h>

#define BOM "\xEF\xBB\xBF"

/* The length of a line without blanks and its end. */
static gsize
line_length(const char *line, gsize room)
{
    const char *eol = memchr(line, '\n', room);
    gsize length = eol ? (gsize)(eol - line) : room;

    while (length > 0 && strchr(" \t\r", line[length - 1]))
        length--;
    return length;
}

static bool
is_fence(const char *line, gsize length)
{
    return length == 3 && memcmp(line, "---", 3) == 0;
}

/* Nothing but dashes, yet not three hyphens: what a word processor makes of
 * them, or a slip of the finger. */
static bool
is_dashes(const char *line, gsize length)
{
    const char *p = line;

    if (length == 0 || length > 24)
        return false;
    while (p < line + length) {
        gunichar c = g_utf8_get_char_validated(p, line + length - p);
        if (c & 0x80000000u || (c != '-' && !(c >= 0x2010 && c <= 0x2015) &&
                                c != 0x2212 && c != 0xFE58 && c != 0xFF0D))
            return false;
        p = g_utf8_next_char(p);
    }
    return true;
}

static void
report_dashes(const Source *source, gsize at, gsize length, bool first,
              Diagnostics *problems)
{
    const char *line = source_text(source) + at;
    bool is_long = (guchar)line[0] >= 0x80;
    Diagnostic *d =
        diagnostics_add(problems, "E103", source, at, length,
                        "%s line is '%.*s'%s", first ? "the first" : "this",
                        (int)length, line, is_long ? ", a long dash" : "");

    diagnostic_note(d, "it must be three hyphens: ---");
    diagnostic_fix(d, at, length, "---");
}

static bool
read_opening(const Source *source, gsize *out_start, Diagnostics *problems)
{
    const char *text = source_text(source);
    gsize size = source_size(source);
    gsize at = g_str_has_prefix(text, BOM) ? 3 : 0;
    gsize length = line_length(text + at, size - at);
    Diagnostic *d;

    *out_start = source_line_start(source, 2);
    if (is_fence(text + at, length))
        return true;
    if (is_dashes(text + at, length)) {
        report_dashes(source, at, length, true, problems);
        return true;
    }
    d = diagnostics_add(problems, "E101", source, at, MAX(length, 1),
                        "this file does not start with a settings block");
    diagnostic_note(d, "the first line must be ---");
    diagnostic_help(d, "---, then settings such as 'subject: ..', then --- on "
                       "its own line");
    return false;
}

/* The line that ends the block: three hyphens or, where there are none, the
 * first other line of dashes; 0 if there is neither. */
static int
find_closing(const Source *source, gsize start)
{
    const char *text = source_text(source);
    int dashes = 0;
    int first = start == source_size(source) ? source_lines(source) + 1 : 2;

    for (int line = first; line <= source_lines(source); line++) {
        gsize at = source_line_start(source, line);
        gsize length = line_length(text + at, source_size(source) - at);
        if (is_fence(text + at, length))
            return line;
        if (dashes == 0 && is_dashes(text + at, length))
            dashes = line;
    }
    return dashes;
}

bool
front_matter_split(const Source *source, gsize *out_start, gsize *out_end,
                   gsize *out_body, Diagnostics *problems)
{
    const char *text = source_text(source);
    int closing;
    gsize length;

    if (!read_opening(source, out_start, problems))
        return false;
    closing = find_closing(source, *out_start);
    if (closing == 0) {
        Diagnostic *d = diagnostics_add(problems, "E102", source, 0, 3,
                                        "the settings block is never closed");
        diagnostic_help(d,
                        "put --- on its own line before the text of the mail");
        return false;
    }
    *out_end = source_line_start(source, closing);
    *out_body = source_line_start(source, closing + 1);
    length = line_length(text + *out_end, source_size(source) - *out_end);
    if (!is_fence(text + *out_end, length))
        report_dashes(source, *out_end, length, false, problems);
    return true;
}
