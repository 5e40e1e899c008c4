/* SPDX-License-Identifier: Apache-2.0 */
/* reply_lines.c - a text as lines, and what a line looks like */
#include "reply-lines.h"

#include "reply-text.h"

#include <string.h>

/* A few spaces, then '>'. */
static bool
line_is_quoted(const char *text, size_t length)
{
    size_t i = 0;

    while (i < length && i < 4 && (text[i] == ' ' || text[i] == '\t'))
        i++;
    return i < length && text[i] == '>';
}

/* mbox writes ">From " for an author's line; ">= 3 years" and ">5" are the
   author's as well, where no quote stands beside them. */
static void
lines_find_greater(ReplyLines *lines)
{
    for (int i = 0; i < lines->count; i++) {
        ReplyLine *line = &lines->line[i];
        if (!line->quoted || line->length < 2 || line->text[0] != '>' ||
            (i > 0 && lines->line[i - 1].quoted) ||
            (i + 1 < lines->count && lines->line[i + 1].quoted))
            continue;
        if (line->text[1] == '=' || g_ascii_isdigit(line->text[1]) ||
            g_str_has_prefix(line->text, ">From "))
            line->quoted = false;
    }
}

/* "AB> ..." as some news readers quote. */
static bool
line_has_initials(const ReplyLine *line)
{
    size_t i = 0;

    while (i < line->length && i < 4 && g_ascii_isupper(line->text[i]))
        i++;
    return i > 0 && i < line->length && line->text[i] == '>' &&
           (i + 1 == line->length || line->text[i + 1] == ' ' ||
            line->text[i + 1] == '>');
}

static void
line_read(ReplyLine *line)
{
    size_t begin = 0;

    while (line->length > 0 && g_ascii_isspace(line->text[line->length - 1]))
        line->length--;
    while (begin < line->length && g_ascii_isspace(line->text[begin]))
        begin++;
    /* Outlook's empty lines hold a no-break space or an invisible mark. */
    while (begin < line->length && (unsigned char)line->text[begin] >= 0xc2) {
        gunichar c = g_utf8_get_char(line->text + begin);
        if (c != 0xa0 && c != 0xfeff && !(c >= 0x200b && c <= 0x200f) &&
            c != 0x202f && c != 0x3000)
            break;
        begin += (size_t)g_unichar_to_utf8(c, NULL);
        while (begin < line->length && g_ascii_isspace(line->text[begin]))
            begin++;
    }
    line->blank = begin == line->length;
    line->quoted = line_is_quoted(line->text, line->length);
    if (!line->blank && !line->quoted)
        line->labels = reply_header_label(line->text, line->length, NULL);
}

static bool
line_is_fence(const ReplyLine *line)
{
    return line->length >= 3 && strncmp(line->text, "```", 3) == 0;
}

/* What stands between two ``` is the author's, whatever it looks like. */
static void
lines_find_code(ReplyLines *lines)
{
    int open = -1;

    for (int i = 0; i < lines->count; i++) {
        if (!line_is_fence(&lines->line[i]))
            continue;
        if (open < 0) {
            open = i;
            continue;
        }
        for (; open <= i; open++)
            lines->line[open].verbatim = true;
        open = -1;
    }
}

static void
lines_find_initials(ReplyLines *lines)
{
    for (int i = 1; i < lines->count; i++) {
        ReplyLine *a = &lines->line[i - 1], *b = &lines->line[i];
        if (line_has_initials(a) && line_has_initials(b) &&
            a->text[0] == b->text[0])
            a->quoted = b->quoted = true;
    }
}

ReplyLines *
reply_lines_new(const char *text, size_t length)
{
    ReplyLines *lines = g_new0(ReplyLines, 1);
    g_autoptr(GArray) array = g_array_new(FALSE, TRUE, sizeof(ReplyLine));
    const char *end = text + length;

    while (text < end && array->len < REPLY_TEXT_MAX_LINES) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        ReplyLine line = {.text = text};
        if (!stop)
            stop = end;
        line.length = (size_t)(stop - text);
        line_read(&line);
        g_array_append_val(array, line);
        text = stop + 1;
    }
    lines->count = (int)array->len;
    lines->line =
        (ReplyLine *)(void *)g_array_free(g_steal_pointer(&array), FALSE);
    lines->steps = length;
    lines_find_code(lines);
    lines_find_initials(lines);
    lines_find_greater(lines);
    return lines;
}

void
reply_lines_free(ReplyLines *lines)
{
    if (!lines)
        return;
    g_free(lines->line);
    g_free(lines);
}

int
reply_lines_next(const ReplyLines *lines, int i)
{
    while (i < lines->count && lines->line[i].blank)
        i++;
    return i;
}

/* Invisible: direction marks, joiners, soft hyphen, byte order mark. */
bool
reply_character_is_invisible(gunichar c)
{
    return c == 0xad || c == 0xfeff || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f);
}

static gunichar
character_plain(gunichar c)
{
    int digit;

    if (c < 0x80)
        return (gunichar)g_ascii_tolower((char)c);
    if (c == 0xff1a)
        return ':';
    if (c == 0xff1c)
        return '<';
    if (c == 0xff1e)
        return '>';
    if (c == 0x60c || c == 0xff0c || c == 0x3001)
        return ',';
    if (c == 0xff01)
        return '!';
    if (c == 0x3002)
        return '.';
    if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x2500)
        return '-';
    if (c == 0x2018 || c == 0x2019 || c == 0x2bc)
        return '\'';
    digit = g_unichar_digit_value(c);
    if (digit >= 0)
        return (gunichar)('0' + digit);
    if (g_unichar_isspace(c))
        return ' ';
    return g_unichar_tolower(c);
}

size_t
reply_normalise(const char *text, size_t length, char *out, size_t size)
{
    const char *end = text + length;
    size_t n = 0;

    for (; text < end && n + 7 < size; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        if (reply_character_is_invisible(c))
            continue;
        c = character_plain(c);
        if (g_unichar_isspace(c) || c < 0x20)
            c = ' ';
        if (c == ' ' && (n == 0 || out[n - 1] == ' '))
            continue;
        n += (size_t)g_unichar_to_utf8(c, out + n);
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return n;
}

bool
reply_line_is_rule(const ReplyLine *line)
{
    const char *end = line->text + line->length;

    for (const char *p = line->text; p < end; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool dash = (c >= 0x2010 && c <= 0x2015) || c == 0x2500 || c == 0xa0 ||
                    c == 0x1427;
        if (!dash && (c >= 0x80 || !strchr(" \t-_=*~|#+^`.", *p)))
            return false;
    }
    return true;
}

static bool
byte_ends_sentence(const char *text, size_t length)
{
    static const char *const ends[] = {".",  "!",  "?", "…", "。",
                                       "！", "？", "؟", "।", NULL};

    for (int i = 0; ends[i]; i++) {
        size_t n = strlen(ends[i]);
        if (length >= n && memcmp(text + length - n, ends[i], n) == 0)
            return true;
    }
    return false;
}

bool
reply_line_is_sentence(const ReplyLine *line)
{
    int words = 1, wide = 0;
    bool ends = byte_ends_sentence(line->text, line->length);
    bool card = false;

    for (size_t i = 0; i < line->length; i++) {
        unsigned char c = (unsigned char)line->text[i];
        words += c == ' ' && i > 0 && line->text[i - 1] != ' ';
        wide += c >= 0xe3 && c <= 0xed; /* a Chinese, Japanese, Korean sign */
        card |= c == '@' || c == '|' || g_ascii_isdigit((char)c);
        card |= c == '/' && i + 1 < line->length && line->text[i + 1] == '/';
    }
    if (wide > 8)
        return ends || wide > 20;
    if (ends)
        return words >= (card ? 6 : 4);
    return words >= (card ? 16 : 9);
}
