/* SPDX-License-Identifier: Apache-2.0 */
/* source_check.c - bytes and characters no author meant to write */
#include "nurture/yaml.h"

#include <string.h>

/* A pasted binary must not cost a report per byte. */
#define REPORTS_MAX 100

typedef struct {
    const Source *source;
    Diagnostics *problems;
    int reports;
} Check;

static const struct {
    gunichar from, to;
    const char *name;
} invisible[] = {
    {0x061C, 0x061C, "Arabic letter mark"},
    {0x180E, 0x180E, "vowel separator"},
    {0x200B, 0x200B, "zero-width space"},
    {0x200C, 0x200C, "zero-width non-joiner"},
    {0x200D, 0x200D, "zero-width joiner"},
    {0x200E, 0x200F, "direction mark"},
    {0x202A, 0x202E, "direction override"},
    {0x2060, 0x2064, "word joiner"},
    {0x2066, 0x2069, "direction isolate"},
};

/* Pictures and documents hold NUL early; text in no 8-bit encoding does. */
static bool
is_binary(const Source *source)
{
    return memchr(source_text(source), '\0', MIN(source_size(source), 1024));
}

/* What a byte that is not UTF-8 most likely was. */
static char *
windows_1252(guchar byte)
{
    char *text = g_convert((const char *)&byte, 1, "UTF-8", "WINDOWS-1252",
                           NULL, NULL, NULL);

    if (text && !g_unichar_isalnum(g_utf8_get_char(text)) &&
        !g_unichar_ispunct(g_utf8_get_char(text)) &&
        !g_unichar_isgraph(g_utf8_get_char(text)))
        g_clear_pointer(&text, g_free);
    return text;
}

static bool
check_encoding(const Check *c)
{
    const char *text = source_text(c->source), *invalid = text;
    gsize size = source_size(c->source);
    g_autofree char *letter = NULL;
    Diagnostic *d;

    /* NUL is UTF-8, whatever g_utf8_validate() says: E004 reports it. */
    while (!g_utf8_validate_len(invalid, size - (gsize)(invalid - text),
                                &invalid) &&
           *invalid == '\0' && invalid < text + size)
        invalid++;
    if (invalid == text + size)
        return true;
    d = diagnostics_add(c->problems, "E001", c->source, (gsize)(invalid - text),
                        1, "this file is not UTF-8: byte 0x%02X cannot be read",
                        (guint)(guchar)*invalid);
    if (size > 1 && (memcmp(text, "\xFF\xFE", 2) == 0 ||
                     memcmp(text, "\xFE\xFF", 2) == 0)) {
        diagnostic_note(d, "this looks like UTF-16");
        diagnostic_help(d, "save it as UTF-8");
        return false;
    }
    if (is_binary(c->source)) {
        diagnostic_note(d, "this is no text: a picture or a document?");
        diagnostic_help(d, "pictures live in images/, attachments in files/");
        return false;
    }
    letter = windows_1252((guchar)*invalid);
    if (letter)
        diagnostic_note(d, "this looks like a Windows-1252 '%s'", letter);
    diagnostic_help(
        d, "save it as UTF-8, or run: nurture fmt --from windows-1252 %s",
        source_path(c->source));
    return false;
}

static bool
check_size(const Check *c)
{
    gsize size = source_size(c->source);
    const char *path = source_path(c->source);
    Diagnostic *d;

    if (size <= SOURCE_MAX)
        return true;
    d = diagnostics_add_file(c->problems, "E006", path,
                             "this %s is %zu KB of text; the limit is %d KB",
                             g_str_has_suffix(path, ".md") ? "mail" : "file",
                             (size + 1023) / 1024, SOURCE_MAX / 1024);
    diagnostic_help(d, "was an image pasted as text? put it in images/ and "
                       "write ![..](name.jpg)");
    return false;
}

static void
check_byte_order_mark(const Check *c)
{
    Diagnostic *d;

    if (!g_str_has_prefix(source_text(c->source), "\xEF\xBB\xBF"))
        return;
    d = diagnostics_add(c->problems, "N002", c->source, 0, 3,
                        "the file starts with an invisible byte-order mark");
    diagnostic_help(d, "it is ignored; 'nurture fmt' removes it");
    diagnostic_fix(d, 0, 3, "");
}

static bool
line_ends_in_crlf(const Source *source, int line)
{
    gsize next = source_line_start(source, line + 1);

    return next > 1 && source_text(source)[next - 2] == '\r';
}

static void
check_line_ends(const Check *c)
{
    const char *text = source_text(c->source);
    gsize size = source_size(c->source);
    int lines = source_lines(c->source), changes = 0, last = 0;
    bool first_crlf, crlf;
    Diagnostic *d;

    if (size == 0 || text[size - 1] != '\n')
        lines--; /* the last one has no end */
    if (lines < 2)
        return;
    first_crlf = crlf = line_ends_in_crlf(c->source, 1);
    for (int line = 2; line <= lines; line++)
        if (line_ends_in_crlf(c->source, line) != crlf) {
            crlf = !crlf;
            last = changes++ == 0 ? line - 1 : last;
        }
    if (changes == 0)
        return;
    if (changes > 1)
        d = diagnostics_add_file(
            c->problems, "N003", source_path(c->source),
            "some lines end in CRLF, the rest in LF; the first change is after "
            "line %d",
            last);
    else if (last == 1)
        d = diagnostics_add_file(c->problems, "N003", source_path(c->source),
                                 "line 1 ends in %s, the rest in %s",
                                 first_crlf ? "CRLF" : "LF",
                                 first_crlf ? "LF" : "CRLF");
    else
        d = diagnostics_add_file(c->problems, "N003", source_path(c->source),
                                 "lines 1 to %d end in %s, the rest in %s",
                                 last, first_crlf ? "CRLF" : "LF",
                                 first_crlf ? "LF" : "CRLF");
    diagnostic_help(d, "both are accepted; 'nurture fmt' writes LF");
}

static const char *
invisible_name(gunichar c)
{
    for (gsize i = 0; i < G_N_ELEMENTS(invisible); i++)
        if (c >= invisible[i].from && c <= invisible[i].to)
            return invisible[i].name;
    return NULL;
}

/* A joiner is at home in Arabic, the scripts of India, and emoji. */
static bool
is_at_home(gunichar c, gunichar before)
{
    return (c == 0x200C || c == 0x200D) && before >= 0x0600;
}

static bool
is_control(gunichar c, char next)
{
    if (c == '\r')
        return next != '\n';
    return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c <= 0x9f) ||
           c == 0x2028 || c == 0x2029 || c == 0xFEFF || (c & 0xFFFE) == 0xFFFE;
}

static bool
is_private(gunichar c)
{
    return (c >= 0xE000 && c <= 0xF8FF) || c >= 0xF0000;
}

static void
check_character(Check *c, gsize at, gsize size, gunichar this, gunichar before)
{
    const char *name = NULL;
    Diagnostic *d;

    if (is_control(this, source_text(c->source)[at + size])) {
        d = diagnostics_add(c->problems, "E004", c->source, at, size,
                            "invisible control character U+%04X", this);
    } else if (is_private(this)) {
        d = diagnostics_add(
            c->problems, "E005", c->source, at, size,
            "U+%04X is a private-use character; mail programs cannot show it",
            this);
    } else if ((name = invisible_name(this)) && !is_at_home(this, before)) {
        d = diagnostics_add(c->problems, "W007", c->source, at, size,
                            "invisible character U+%04X (%s)", this, name);
        diagnostic_help(
            d, "it usually comes from copying out of a web page or chat");
    } else {
        return;
    }
    diagnostic_note(d, "delete it");
    diagnostic_fix(d, at, size, "");
    c->reports++;
}

static void
check_characters(Check *c)
{
    const char *text = source_text(c->source);
    gsize size = source_size(c->source), length;
    gsize at = g_str_has_prefix(text, "\xEF\xBB\xBF") ? 3 : 0;
    gunichar before = 0;

    for (; at < size && c->reports < REPORTS_MAX; at += length) {
        gunichar this = (guchar)text[at];
        length = 1;
        if (this >= 0x20 && this < 0x7f) {
            before = this;
            continue;
        }
        if (this >= 0x80) {
            this = g_utf8_get_char(text + at);
            length = (gsize)(g_utf8_next_char(text + at) - (text + at));
        }
        check_character(c, at, length, this, before);
        before = this;
    }
}

static void
report_conflict(const Check *c, gsize at)
{
    Diagnostic *d = diagnostics_add(c->problems, "E008", c->source, at, 7,
                                    "this is a leftover git conflict marker");

    diagnostic_help(d, "finish the merge: keep one side and delete the "
                       "<<<<<<<, ======= and >>>>>>> lines");
}

static bool
starts_with(const char *line, char c)
{
    for (int i = 0; i < 7; i++)
        if (line[i] != c)
            return false;
    return strchr(" \r\n", line[7]) != NULL; /* the NUL at the end included */
}

/* A line of equal signs alone is a heading in Markdown. */
static void
check_conflicts(Check *c)
{
    bool open = false;

    for (int line = 1;
         line <= source_lines(c->source) && c->reports < REPORTS_MAX; line++) {
        gsize at = source_line_start(c->source, line);
        const char *text = source_text(c->source) + at;
        bool begins = starts_with(text, '<'), ends = starts_with(text, '>');
        if (!begins && !ends &&
            !(open && (starts_with(text, '=') || starts_with(text, '|'))))
            continue;
        report_conflict(c, at);
        c->reports++;
        open = begins || (open && !ends);
    }
}

bool
source_check(const Source *source, Diagnostics *problems)
{
    Check c = {source, problems, 0};

    if (!check_size(&c) || !check_encoding(&c))
        return false;
    check_byte_order_mark(&c);
    check_line_ends(&c);
    check_conflicts(&c);
    check_characters(&c);
    return true;
}
