/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_lines.c - the check of raw lines before libyaml sees them */
#include "yaml-lines.h"

#include <string.h>

#define LINE_MAX_BYTES 4096

typedef struct {
    const Source *source;
    const char *text; /* the source's bytes, offset for offset, but harmless */
    gsize end;
    const char *const *text_keys;
    Diagnostics *problems;
    YamlLines *out;

    GArray *levels; /* int: the columns at which open groups stand */
    bool may_nest;  /* the line above opened a group */
    bool begun;     /* a line with content has been seen */
    gsize flow_end; /* lines before it belong to a [list] begun above */
    int skip_below; /* skip lines deeper than this; -1: none */
} Reader;

/* One line, while it is taken apart. */
typedef struct {
    gsize from, to; /* without the end of line */
    gsize at;       /* how far it has been read */
    int column;     /* of `at`, in the copy */
    bool is_item;   /* it began with "- " */
} Line;

void
yaml_lines_free(YamlLines *lines)
{
    if (!lines)
        return;
    g_string_free(lines->copy, TRUE);
    g_array_unref(lines->segments);
    g_array_unref(lines->literals);
    g_free(lines);
}

gsize
yaml_lines_offset(const YamlLines *lines, gsize copy_offset)
{
    guint low = 0, high = lines->segments->len;
    const YamlSegment *segment;

    while (high - low > 1) {
        guint middle = low + (high - low) / 2;
        segment = &g_array_index(lines->segments, YamlSegment, middle);
        if (segment->copy_offset <= copy_offset)
            low = middle;
        else
            high = middle;
    }
    segment = &g_array_index(lines->segments, YamlSegment, low);
    return segment->offset + (copy_offset - segment->copy_offset);
}

const YamlLiteral *
yaml_lines_literal(const YamlLines *lines, gsize copy_offset)
{
    guint low = 0, high = lines->literals->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const YamlLiteral *literal =
            &g_array_index(lines->literals, YamlLiteral, middle);
        if (literal->copy_offset == copy_offset)
            return literal;
        if (literal->copy_offset < copy_offset)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void
mark_segment(YamlLines *out, gsize offset)
{
    YamlSegment segment = {out->copy->len, offset};

    g_array_append_val(out->segments, segment);
}

static void
emit(Reader *r, gsize from, gsize to)
{
    mark_segment(r->out, from);
    g_string_append_len(r->out->copy, r->text + from, (gssize)(to - from));
}

/* Stands for a text that libyaml need not understand. */
static void
emit_literal(Reader *r, gsize from, gsize to)
{
    YamlLiteral literal = {r->out->copy->len, from, to - from};

    g_array_append_val(r->out->literals, literal);
    mark_segment(r->out, from);
    g_string_append_c(r->out->copy, 'x');
    mark_segment(r->out, to);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void
skip_blanks(const Reader *r, Line *line)
{
    while (line->at < line->to && is_blank(r->text[line->at])) {
        line->at++;
        line->column++;
    }
}

static Diagnostic *
problem(Reader *r, const char *code, gsize offset, gsize length,
        const char *message)
{
    r->out->reported = true;
    return diagnostics_add(r->problems, code, r->source, offset, length, "%s",
                           message);
}

/* What libyaml refuses anywhere, or takes for the end of a line. */
static bool
is_refused(gunichar c)
{
    return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c <= 0x9f) ||
           c == 0x2028 || c == 0x2029 || c == 0xFEFF || (c & 0xFFFE) == 0xFFFE;
}

/* The bytes of the block, offset for offset, with such characters replaced. */
static char *
harmless_copy(const Source *source, gsize start, gsize end,
              Diagnostics *problems)
{
    char *text = g_memdup2(source_text(source), source_size(source) + 1);
    gsize size;
    int reported = 0;

    for (gsize i = start; i < end; i += size) {
        gunichar c = g_utf8_get_char(text + i);
        size = (gsize)(g_utf8_next_char(text + i) - (text + i));
        if (!is_refused(c) || (c == '\r' && text[i + 1] == '\n'))
            continue;
        if (reported++ < 20) {
            Diagnostic *d =
                diagnostics_add(problems, "E004", source, i, size,
                                "invisible control character U+%04X", c);
            diagnostic_note(d, "delete it");
            diagnostic_fix(d, i, size, "");
        }
        memset(text + i, 'x', size);
    }
    return text;
}

/* The length of a space that only looks like one; 0 for anything else. */
static gsize
false_space(const char *p)
{
    gunichar c = (guchar)*p < 0x80 ? 0 : g_utf8_get_char(p);

    if (c == 0xA0 || (c >= 0x2000 && c <= 0x200B) || c == 0x202F || c == 0x3000)
        return (gsize)(g_utf8_next_char(p) - p);
    return 0;
}

static void
report_false_space(Reader *r, gsize at, gsize size)
{
    gunichar c = g_utf8_get_char(r->text + at);
    g_autofree char *message =
        c == 0xA0 ? g_strdup("this line starts with a no-break space (U+00A0)")
                  : g_strdup_printf(
                        "this line starts with an unusual space (U+%04X)", c);
    Diagnostic *d = problem(r, "E105", at, size, message);

    diagnostic_note(d, "use an ordinary space");
    diagnostic_fix(d, at, size, " ");
}

/* Moves over the indentation; one problem a line is enough. */
static void
read_indentation(Reader *r, Line *line)
{
    bool reported = false;

    while (line->at < line->to) {
        const char *p = r->text + line->at;
        gsize size = false_space(p);
        if (*p == ' ') {
            size = 1;
        } else if (*p == '\t') {
            size = 1;
            if (!reported) {
                Diagnostic *d = problem(r, "E104", line->at, 1,
                                        "this line is indented with a tab");
                diagnostic_note(d, "use spaces");
                diagnostic_help(d, "'nurture fmt' replaces tabs");
                diagnostic_fix(d, line->at, 1, "  ");
            }
            reported = true;
            line->column++;
        } else if (size > 0) {
            if (!reported)
                report_false_space(r, line->at, size);
            reported = true;
        } else {
            return;
        }
        line->at += size;
        line->column++;
    }
}

static int
top_level(const Reader *r)
{
    return g_array_index(r->levels, int, r->levels->len - 1);
}

static void
push_level(Reader *r, int column)
{
    if (r->levels->len == 0 || top_level(r) < column)
        g_array_append_val(r->levels, column);
}

static void
report_indentation(Reader *r, const Line *line, bool too_deep)
{
    Diagnostic *d = problem(
        r, "E110", line->at, 1,
        too_deep ? "this line is indented further than the one above it"
                 : "this line is in line with none of the lines above it");

    diagnostic_help(d, "lines of the same group start in the same column");
}

/* Compares the line's column with those of the open groups; a line that is out
 * of line is taken for one of the nearest group. */
static void
check_indentation(Reader *r, Line *line)
{
    int popped = -1;

    while (r->levels->len > 0 && top_level(r) > line->column) {
        popped = top_level(r);
        g_array_set_size(r->levels, r->levels->len - 1);
    }
    if (r->levels->len > 0 && top_level(r) == line->column)
        return;
    if (popped >= 0) {
        report_indentation(r, line, false);
        line->column = popped;
    } else if (r->levels->len > 0 && !r->may_nest) {
        report_indentation(r, line, true);
        line->column = top_level(r);
    }
    push_level(r, line->column);
}

static void
emit_indentation(Reader *r, const Line *line)
{
    mark_segment(r->out, line->from);
    for (int i = 0; i < line->column; i++)
        g_string_append_c(r->out->copy, ' ');
}

/* "- " as often as it stands there; "-x" lacks a space. */
static void
read_dashes(Reader *r, Line *line)
{
    while (line->at < line->to && r->text[line->at] == '-') {
        gsize dash = line->at;
        bool joined = dash + 1 < line->to && !is_blank(r->text[dash + 1]);
        if (joined && (line->is_item || g_ascii_isdigit(r->text[dash + 1])))
            return; /* an item that is a number or a word in dashes */
        line->is_item = true;
        emit(r, dash, dash + 1);
        line->at++;
        line->column++;
        if (joined) {
            Diagnostic *d =
                problem(r, "E109", dash, 1, "there must be a space after '-'");
            diagnostic_fix(d, dash + 1, 0, " ");
            line->at += false_space(r->text + line->at);
        }
        if (joined) {
            g_string_append_c(r->out->copy, ' ');
            line->column++;
        }
        emit(r, line->at, line->at); /* places are true again from here */
        for (; line->at < line->to && is_blank(r->text[line->at]); line->at++) {
            g_string_append_c(r->out->copy, ' ');
            line->column++;
        }
        if (line->at < line->to && r->text[line->at] != '#')
            push_level(r, line->column);
    }
}

static bool
is_text_key(const Reader *r, const char *key)
{
    return key && r->text_keys && g_strv_contains(r->text_keys, key);
}

/* One past the end of a [list] or {group} that begins at `at`, over as many
 * lines as it takes; 0 when it is never closed. A line that looks like the next
 * setting ends the search. */
static gsize
find_flow_end(const Reader *r, gsize at)
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
                   (is_blank(r->text[i - 1]) || r->text[i - 1] == '\n')) {
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
rest_is_empty(const Reader *r, gsize at, gsize to)
{
    gsize from = at;

    while (at < to && is_blank(r->text[at]))
        at++;
    return at == to || (r->text[at] == '#' && at > from);
}

static gsize
end_of_line(const Reader *r, gsize at)
{
    const char *eol = memchr(r->text + at, '\n', r->end - at);
    gsize to = eol ? (gsize)(eol - r->text) : r->end;

    if (to > at && r->text[to - 1] == '\r')
        to--;
    return to;
}

/* Reported and kept as it was typed. */
static void
keep_misread(Reader *r, const Line *line, const char *key, gsize to)
{
    r->out->reported = true;
    yaml_value_misread(r->source, line->at, to - line->at, key,
                       is_text_key(r, key), r->problems);
    emit_literal(r, line->at, to);
}

static void
read_flow(Reader *r, const Line *line, const char *key, gsize to)
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
        Diagnostic *d = problem(r, "E307", line->at, 1,
                                value[0] == '[' ? "this list is never closed"
                                                : "this group is never closed");
        diagnostic_note(d, "add '%c'", value[0] == '[' ? ']' : '}');
        emit_literal(r, line->at, to);
    } else if (!rest_is_empty(r, end, end_of_line(r, end))) {
        keep_misread(r, line, key, to);
    } else {
        emit(r, line->at, line->to);
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
read_quoted(Reader *r, const Line *line, const char *key, gsize to)
{
    const char *value = r->text + line->at;
    gsize length = yaml_quote_end(value, to - line->at);
    Diagnostic *d;

    if (length > 0 && rest_is_empty(r, line->at + length, to)) {
        emit(r, line->at, line->to);
    } else if (length > 0 || is_apostrophe(value, to - line->at)) {
        keep_misread(r, line, key, to);
    } else {
        d = problem(r, "E114", line->at, 1,
                    "the quote opened here is never closed");
        diagnostic_help(
            d, "delete it, or add the closing %c at the end of the line",
            value[0]);
        emit_literal(r, line->at + 1, to);
    }
}

/* & * ! | > : YAML has a use for them, we have none. */
static void
read_indicator(Reader *r, const Line *line, const char *key, gsize to)
{
    const char *value = r->text + line->at;
    bool is_block = value[0] == '|' || value[0] == '>';
    gsize length = strcspn(value, " \t\r\n");
    g_autofree char *message = NULL;
    Diagnostic *d;

    if (is_block && length <= 3)
        r->skip_below = top_level(r);
    if (is_text_key(r, key) || (is_block && length < to - line->at)) {
        keep_misread(r, line, key, to);
        return;
    }
    length = MIN(length, to - line->at);
    message = g_strdup_printf("'%.*s' has no meaning here", (int)length, value);
    d = problem(r, "E117", line->at, length, message);
    diagnostic_help(d, is_block ? "write the value behind the colon, on the "
                                  "same line"
                                : "write the value out; anchors and aliases "
                                  "are not supported");
    emit_literal(r, line->at, to);
}

static void
check_curly_quotes(Reader *r, gsize from, gsize to)
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
                        "the curly quotes will be part of the %s", "value");
    diagnostic_help(d, "delete them; use straight quotes, or none");
}

static void
read_plain(Reader *r, const Line *line, const char *key, gsize to)
{
    bool is_text = is_text_key(r, key);
    gsize end = to;

    for (gsize i = line->at + 1; !is_text && i < to; i++)
        if (r->text[i] == '#' && is_blank(r->text[i - 1])) {
            end = i;
            break;
        }
    while (end > line->at && is_blank(r->text[end - 1]))
        end--;
    if (!yaml_plain_is_exact(r->text + line->at, end - line->at))
        keep_misread(r, line, key, end);
    else if (is_text)
        emit_literal(r, line->at, end);
    else
        emit(r, line->at, line->to);
    if (is_text)
        check_curly_quotes(r, line->at, end);
}

/* Mailchimp's *|FNAME|*, which YAML takes for an alias. */
static bool
read_mailchimp(Reader *r, const Line *line, const char *key, gsize to)
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
    d = problem(r, "E212", line->at, length, message);
    diagnostic_help(d, "here it is {{ first_name or \"there\" }}");
    emit_literal(r, line->at, to);
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
           (digits == length || is_blank(value[digits]));
}

/* The rest of the line, from line->at: the value of `key`, or of an item. */
static void
read_value(Reader *r, Line *line, const char *key)
{
    gsize to = line->to;
    const char *value;

    skip_blanks(r, line);
    while (to > line->at && is_blank(r->text[to - 1]))
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

/* The length of the key at line->at, without the colon; 0 if there is none.
 * `out_joined`: nothing, or no true space, stands between colon and value. */
static gsize
find_key(const Reader *r, const Line *line, bool *out_joined)
{
    const char *p = r->text + line->at;
    gsize length = line->to - line->at, word = 0;

    *out_joined = false;
    while (word < length &&
           (g_ascii_isalnum(p[word]) || p[word] == '_' || p[word] == '-'))
        word++;
    if (word > 0 && word + 1 < length && p[word] == ':' &&
        !is_blank(p[word + 1]) && g_ascii_isalpha(p[0]) &&
        !(line->is_item && p[word + 1] == '/')) {
        *out_joined = true;
        return word;
    }
    if (strchr("\"'[{&*!|>%@`?#", p[0]))
        return 0;
    for (gsize i = 0; i < length; i++)
        if (p[i] == '#' && i > 0 && is_blank(p[i - 1]))
            return 0;
        else if (p[i] == ':' && (i + 1 == length || is_blank(p[i + 1])))
            return i;
    return 0;
}

static void
report_joined(Reader *r, const Line *line, const char *key, gsize colon)
{
    gsize space = false_space(r->text + colon + 1);
    g_autofree char *message =
        g_strdup_printf("there must be a space after '%s:'", key);
    Diagnostic *d = problem(r, "E109", line->at, colon + 1 - line->at, message);

    diagnostic_help(d, "%s: %.*s", key, (int)(line->to - colon - 1 - space),
                    r->text + colon + 1 + space);
    diagnostic_fix(d, colon + 1, space, " ");
}

/* Neither setting nor list item. */
static void
report_bare(Reader *r, const Line *line)
{
    const char *p = r->text + line->at;
    gsize word = strcspn(p, " \t\r\n");
    g_autofree char *message = NULL;
    Diagnostic *d;

    word = MIN(word, line->to - line->at);
    if (strchr("&*!?%", p[0]) || g_str_has_prefix(p, "<<")) {
        message = g_strdup_printf("'%.*s' has no meaning here", (int)word, p);
        d = problem(r, "E117", line->at, word, message);
        diagnostic_help(d, "a setting is written  name: value");
        return;
    }
    message = g_strdup_printf("there must be a ':' after '%.*s'", (int)word, p);
    d = problem(r, "E109", line->at, word, message);
    diagnostic_help(d, "a setting is written  name: value");
}

/* A quoted key is rare, but YAML; libyaml is left to read it. */
static bool
is_quoted_key(const Reader *r, const Line *line)
{
    const char *p = r->text + line->at;
    gsize end;

    if (p[0] != '"' && p[0] != '\'')
        return false;
    end = yaml_quote_end(p, line->to - line->at);
    return end > 0 && line->at + end < line->to && p[end] == ':';
}

static void
read_content(Reader *r, Line *line)
{
    bool joined;
    gsize length = find_key(r, line, &joined);
    g_autofree char *key = NULL;

    if (length == 0) {
        if (is_quoted_key(r, line)) {
            emit(r, line->at, line->to);
            r->may_nest = r->text[line->to - 1] == ':';
        } else if (line->is_item) {
            read_value(r, line, NULL);
        } else {
            report_bare(r, line);
        }
        return;
    }
    key = g_strchomp(g_strndup(r->text + line->at, length));
    if (strcmp(key, "<<") == 0) {
        report_bare(r, line);
        return;
    }
    emit(r, line->at, line->at + length + 1);
    g_string_append_c(r->out->copy, ' ');
    if (joined)
        report_joined(r, line, key, line->at + length);
    line->at += length + 1;
    if (joined)
        line->at += false_space(r->text + line->at);
    read_value(r, line, key);
}

/* "---" may open a file; anything more is another document. */
static bool
read_marker(Reader *r, const Line *line)
{
    const char *p = r->text + line->from;
    gsize length = line->to - line->from;
    g_autofree char *message = NULL;
    Diagnostic *d;

    if (!(length >= 3 &&
          (memcmp(p, "---", 3) == 0 || memcmp(p, "...", 3) == 0) &&
          (length == 3 || is_blank(p[3]))))
        return false;
    if (p[0] == '-' && !r->begun) {
        r->begun = true;
        return true;
    }
    message = g_strdup_printf("'%.3s' has no meaning here", p);
    d = problem(r, "E117", line->from, 3, message);
    diagnostic_help(d,
                    "one file holds one group of settings; delete this line");
    return true;
}

/* A line that nobody writes by hand; it also bounds what reports may cost. */
static bool
is_too_long(Reader *r, const Line *line)
{
    g_autofree char *message = NULL;

    if (line->to - line->from <= LINE_MAX_BYTES)
        return false;
    message = g_strdup_printf("this line is %zu KB long; the limit is %d KB",
                              (line->to - line->from + 1023) / 1024,
                              LINE_MAX_BYTES / 1024);
    problem(r, "E006", line->from, 1, message);
    return true;
}

static void
read_line(Reader *r, Line *line)
{
    if (is_too_long(r, line))
        return;
    if (line->from < r->flow_end) {
        emit(r, line->from, line->to);
        return;
    }
    if (read_marker(r, line))
        return;
    read_indentation(r, line);
    if (line->at == line->to || r->text[line->at] == '#')
        return;
    if (r->skip_below >= 0 && line->column > r->skip_below)
        return;
    r->skip_below = -1;
    r->begun = true;
    check_indentation(r, line);
    emit_indentation(r, line);
    read_dashes(r, line);
    if (line->at == line->to || r->text[line->at] == '#')
        r->may_nest = true;
    else
        read_content(r, line);
}

YamlLines *
yaml_lines_read(const Source *source, gsize start, gsize end,
                const char *const *text_keys, Diagnostics *problems)
{
    g_autofree char *text = harmless_copy(source, start, end, problems);
    g_autoptr(GArray) levels = g_array_new(FALSE, FALSE, sizeof(int));
    YamlLines *out = g_new0(YamlLines, 1);
    Reader r = {.source = source,
                .text = text,
                .end = end,
                .text_keys = text_keys,
                .problems = problems,
                .out = out,
                .levels = levels,
                .skip_below = -1};

    out->copy = g_string_new(NULL);
    out->segments = g_array_new(FALSE, FALSE, sizeof(YamlSegment));
    out->literals = g_array_new(FALSE, FALSE, sizeof(YamlLiteral));
    mark_segment(out, start);
    for (gsize from = start; from < end;) {
        const char *eol = memchr(text + from, '\n', end - from);
        gsize next = eol ? (gsize)(eol - text) + 1 : end;
        Line line = {.from = from, .to = end_of_line(&r, from), .at = from};
        read_line(&r, &line);
        mark_segment(out, line.to);
        g_string_append_c(out->copy, '\n');
        from = next;
    }
    mark_segment(out, end);
    return out;
}
