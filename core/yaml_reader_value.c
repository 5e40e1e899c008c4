/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_reader_value.c - the value that follows a colon or a hyphen */
#include "yaml-reader.h"

#include <string.h>

static void
skip_blanks(const YamlReader *r, YamlLine *line)
{
    while (line->at < line->to && yaml_is_blank(r->text[line->at])) {
        line->at++;
        line->column++;
    }
}

static bool
is_text_key(const YamlReader *r, const char *key)
{
    return key && r->text_keys && g_strv_contains(r->text_keys, key);
}

/* One past the end of a [list] or {group} that begins at `at`, over as many
 * lines as it takes; 0 when it is never closed. A line that looks like the next
 * setting ends the search. */
static gsize
find_flow_end(const YamlReader *r, gsize at)
{
    int depth = 0;
    char before = ' ';

    for (gsize i = at; i < r->end; i++) {
        char c = r->text[i];
        if ((c == '"' || c == '\'') && strchr("[{,:", before)) {
            const char *eol = memchr(r->text + i, '\n', r->end - i);
            gsize room = eol ? (gsize)(eol - r->text) - i : r->end - i;
            gsize length = yaml_quote_end(r->text + i, room);
            if (length == 0)
                return 0;
            i += length - 1;
        } else if (c == '#' &&
                   (yaml_is_blank(r->text[i - 1]) || r->text[i - 1] == '\n')) {
            while (i + 1 < r->end && r->text[i + 1] != '\n')
                i++;
            continue;
        } else if (c == '[' || c == '{') {
            depth++;
        } else if (c == ']' || c == '}') {
            if (--depth == 0)
                return i + 1;
        } else if (c == '\n' && i + 1 < r->end &&
                   g_ascii_isalpha(r->text[i + 1])) {
            return 0;
        }
        if (!g_ascii_isspace(c))
            before = c;
    }
    return 0;
}

/* Is there nothing but blanks or a comment? */
static bool
rest_is_empty(const YamlReader *r, gsize at, gsize to)
{
    gsize from = at;

    while (at < to && yaml_is_blank(r->text[at]))
        at++;
    return at == to || (r->text[at] == '#' && at > from);
}

/* Reported and kept as it was typed. */
static void
keep_misread(YamlReader *r, const YamlLine *line, const char *key, gsize to)
{
    r->out->reported = true;
    yaml_value_misread(r->source, line->at, to - line->at, key,
                       is_text_key(r, key), r->problems);
    yaml_reader_emit_literal(r, line->at, to);
}

static void
read_flow(YamlReader *r, const YamlLine *line, const char *key, gsize to)
{
    gsize end;
    const char *value = r->text + line->at;

    if (is_text_key(r, key) ||
        (value[0] == '{' && (value[1] == '{' || value[1] == '%'))) {
        keep_misread(r, line, key, to);
        return;
    }
    end = find_flow_end(r, line->at);
    if (end == 0) {
        Diagnostic *d =
            yaml_reader_problem(r, "E307", line->at, 1,
                                value[0] == '[' ? "this list is never closed"
                                                : "this group is never closed");
        diagnostic_note(d, "add '%c'", value[0] == '[' ? ']' : '}');
        yaml_reader_emit_literal(r, line->at, to);
    } else if (!rest_is_empty(r, end, yaml_reader_end_of_line(r, end))) {
        keep_misread(r, line, key, to);
    } else {
        yaml_reader_emit(r, line->at, line->to);
        r->flow_end = end;
    }
}

/* 'Tis, 'n', '90s: an apostrophe, not a quote that somebody forgot to close. */
static bool
is_apostrophe(const char *value, gsize length)
{
    static const char *const words[] = {"tis",   "twas",  "til",  "twill",
                                        "n",     "em",    "bout", "round",
                                        "neath", "cause", NULL};
    g_autofree char *word = NULL;
    gsize end = 1;

    if (value[0] != '\'' || length < 2)
        return false;
    if (g_ascii_isdigit(value[1]))
        return true;
    while (end < length && g_ascii_isalpha(value[end]))
        end++;
    word = g_ascii_strdown(value + 1, (gssize)end - 1);
    return g_strv_contains(words, word);
}

static void
read_quoted(YamlReader *r, const YamlLine *line, const char *key, gsize to)
{
    const char *value = r->text + line->at;
    gsize length = yaml_quote_end(value, to - line->at);
    Diagnostic *d;

    if (length > 0 && rest_is_empty(r, line->at + length, to)) {
        yaml_reader_emit(r, line->at, line->to);
    } else if (length > 0 || is_apostrophe(value, to - line->at)) {
        keep_misread(r, line, key, to);
    } else {
        d = yaml_reader_problem(r, "E114", line->at, 1,
                                "the quote opened here is never closed");
        diagnostic_help(
            d, "delete it, or add the closing %c at the end of the line",
            value[0]);
        yaml_reader_emit_literal(r, line->at + 1, to);
    }
}

/* & * ! | > : YAML has a use for them, we have none. */
static void
read_indicator(YamlReader *r, const YamlLine *line, const char *key, gsize to)
{
    const char *value = r->text + line->at;
    bool is_block = value[0] == '|' || value[0] == '>';
    gsize length = strcspn(value, " \t\r\n");
    g_autofree char *message = NULL;
    Diagnostic *d;

    if (is_block && length <= 3)
        r->skip_below = yaml_reader_top_level(r);
    if (is_text_key(r, key) || (is_block && length < to - line->at)) {
        keep_misread(r, line, key, to);
        return;
    }
    length = MIN(length, to - line->at);
    message = g_strdup_printf("'%.*s' has no meaning here", (int)length, value);
    d = yaml_reader_problem(r, "E117", line->at, length, message);
    diagnostic_help(d, is_block ? "write the value behind the colon, on the "
                                  "same line"
                                : "write the value out; anchors and aliases "
                                  "are not supported");
    yaml_reader_emit_literal(r, line->at, to);
}

static void
check_curly_quotes(YamlReader *r, const char *key, gsize from, gsize to)
{
    static const char *const opening[] = {"“", "”", "„", "«", "»", "‘", "’"};
    g_autofree char *value = g_strndup(r->text + from, to - from);
    Diagnostic *d;
    bool opens = false, closes = false;

    for (gsize i = 0; i < G_N_ELEMENTS(opening); i++) {
        opens = opens || g_str_has_prefix(value, opening[i]);
        closes = closes || g_str_has_suffix(value, opening[i]);
    }
    if (!opens || !closes || strlen(value) < 4)
        return;
    d = diagnostics_add(r->problems, "W112", r->source, from,
                        (gsize)(g_utf8_next_char(value) - value),
                        "the curly quotes will be part of the %s", key);
    diagnostic_help(d, "delete them; use straight quotes, or none");
}

static void
read_plain(YamlReader *r, const YamlLine *line, const char *key, gsize to)
{
    bool is_text = is_text_key(r, key);
    gsize end = to;

    for (gsize i = line->at + 1; !is_text && i < to; i++)
        if (r->text[i] == '#' && yaml_is_blank(r->text[i - 1])) {
            end = i;
            break;
        }
    while (end > line->at && yaml_is_blank(r->text[end - 1]))
        end--;
    if (!yaml_plain_is_exact(r->text + line->at, end - line->at))
        keep_misread(r, line, key, end);
    else if (is_text)
        yaml_reader_emit_literal(r, line->at, end);
    else
        yaml_reader_emit(r, line->at, line->to);
    if (is_text)
        check_curly_quotes(r, key, line->at, end);
}

/* Mailchimp's *|FNAME|*, which YAML takes for an alias. */
static bool
read_mailchimp(YamlReader *r, const YamlLine *line, const char *key, gsize to)
{
    const char *value = r->text + line->at;
    const char *close;
    gsize length;
    g_autofree char *message = NULL;
    Diagnostic *d;

    if (!is_text_key(r, key) || value[0] != '*' || value[1] != '|')
        return false;
    close = g_strstr_len(value + 2, (gssize)(to - line->at) - 2, "|*");
    if (!close)
        return false;
    length = (gsize)(close + 2 - value);
    message = g_strdup_printf("'%.*s' is Mailchimp syntax and would be sent as "
                              "it stands",
                              (int)length, value);
    d = yaml_reader_problem(r, "E212", line->at, length, message);
    diagnostic_help(d, "here it is {{ first_name or \"there\" }}");
    yaml_reader_emit_literal(r, line->at, to);
    return true;
}

/* accent: #0b6bcb -- a colour, but for YAML a comment. */
static bool
is_colour(const char *value, gsize length)
{
    gsize digits = 1;

    while (digits < length && g_ascii_isxdigit(value[digits]))
        digits++;
    return (digits == 4 || digits == 7) &&
           (digits == length || yaml_is_blank(value[digits]));
}

/* The rest of the line, from line->at: the value of `key`, or of an item. */
void
yaml_reader_value(YamlReader *r, YamlLine *line, const char *key)
{
    gsize to = line->to;
    const char *value;

    skip_blanks(r, line);
    while (to > line->at && yaml_is_blank(r->text[to - 1]))
        to--;
    value = r->text + line->at;
    r->may_nest = to == line->at;
    if (r->may_nest)
        return;
    if (value[0] == '#') {
        if (is_text_key(r, key) || is_colour(value, to - line->at))
            keep_misread(r, line, key, to);
        else
            r->may_nest = true;
        return;
    }
    if (read_mailchimp(r, line, key, to))
        return;
    switch (value[0]) {
    case '"':
    case '\'':
        read_quoted(r, line, key, to);
        break;
    case '&':
    case '*':
    case '!':
    case '|':
    case '>':
        read_indicator(r, line, key, to);
        break;
    case '[':
    case '{':
        read_flow(r, line, key, to);
        break;
    default:
        read_plain(r, line, key, to);
        break;
    }
}
