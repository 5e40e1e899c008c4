/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_lines.c - the check of raw lines before libyaml sees them */
#include "yaml-reader.h"

#include <string.h>

#define LINE_MAX_BYTES 4096

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

void
yaml_reader_emit(YamlReader *r, gsize from, gsize to)
{
    mark_segment(r->out, from);
    g_string_append_len(r->out->copy, r->text + from, (gssize)(to - from));
}

/* Stands for a text that libyaml need not understand. */
void
yaml_reader_emit_literal(YamlReader *r, gsize from, gsize to)
{
    YamlLiteral literal = {r->out->copy->len, from, to - from};

    g_array_append_val(r->out->literals, literal);
    mark_segment(r->out, from);
    g_string_append_c(r->out->copy, 'x');
    mark_segment(r->out, to);
}

Diagnostic *
yaml_reader_problem(YamlReader *r, const char *code, gsize offset, gsize length,
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

static Diagnostic *
report_false_space(YamlReader *r, gsize at, gsize size)
{
    gunichar c = g_utf8_get_char(r->text + at);
    g_autofree char *message =
        c == 0xA0 ? g_strdup("this line starts with a no-break space (U+00A0)")
                  : g_strdup_printf(
                        "this line starts with an unusual space (U+%04X)", c);
    Diagnostic *d = yaml_reader_problem(r, "E105", at, size, message);

    diagnostic_note(d, "use an ordinary space");
    return d;
}

static Diagnostic *
report_tab(YamlReader *r, gsize at)
{
    Diagnostic *d = yaml_reader_problem(r, "E104", at, 1,
                                        "this line is indented with a tab");

    diagnostic_note(d, "use spaces");
    diagnostic_help(d, "'nurture fmt' replaces tabs");
    return d;
}

/* Moves over the indentation; one problem a line is enough, and it mends all
 * of the line. */
static void
read_indentation(YamlReader *r, YamlLine *line)
{
    Diagnostic *d = NULL;

    while (line->at < line->to) {
        const char *p = r->text + line->at;
        gsize size = false_space(p);
        if (*p == ' ') {
            size = 1;
        } else if (*p == '\t') {
            size = 1;
            d = d ? d : report_tab(r, line->at);
            diagnostic_fix(d, line->at, 1, "  ");
            line->column++;
        } else if (size > 0) {
            d = d ? d : report_false_space(r, line->at, size);
            diagnostic_fix(d, line->at, size, " ");
        } else {
            return;
        }
        line->at += size;
        line->column++;
    }
}

int
yaml_reader_top_level(const YamlReader *r)
{
    return g_array_index(r->levels, int, r->levels->len - 1);
}

static void
push_level(YamlReader *r, int column)
{
    if (r->levels->len == 0 || yaml_reader_top_level(r) < column)
        g_array_append_val(r->levels, column);
}

static void
report_indentation(YamlReader *r, const YamlLine *line, bool too_deep)
{
    Diagnostic *d = yaml_reader_problem(
        r, "E110", line->at, 1,
        too_deep ? "this line is indented further than the one above it"
                 : "this line is in line with none of the lines above it");

    diagnostic_help(d, "lines of the same group start in the same column");
}

/* Compares the line's column with those of the open groups; a line that is out
 * of line is taken for one of the nearest group. */
static void
check_indentation(YamlReader *r, YamlLine *line)
{
    int popped = -1;

    while (r->levels->len > 0 && yaml_reader_top_level(r) > line->column) {
        popped = yaml_reader_top_level(r);
        g_array_set_size(r->levels, r->levels->len - 1);
    }
    if (r->levels->len > 0 && yaml_reader_top_level(r) == line->column)
        return;
    if (popped >= 0) {
        report_indentation(r, line, false);
        line->column = popped;
    } else if (r->levels->len > 0 && !r->may_nest) {
        report_indentation(r, line, true);
        line->column = yaml_reader_top_level(r);
    }
    push_level(r, line->column);
}

static void
emit_indentation(YamlReader *r, const YamlLine *line)
{
    mark_segment(r->out, line->from);
    for (int i = 0; i < line->column; i++)
        g_string_append_c(r->out->copy, ' ');
}

/* "- " as often as it stands there; "-x" lacks a space. */
static void
read_dashes(YamlReader *r, YamlLine *line)
{
    while (line->at < line->to && r->text[line->at] == '-') {
        gsize dash = line->at;
        bool joined = dash + 1 < line->to && !yaml_is_blank(r->text[dash + 1]);
        if (joined && (line->is_item || g_ascii_isdigit(r->text[dash + 1])))
            return; /* an item that is a number or a word in dashes */
        line->is_item = true;
        yaml_reader_emit(r, dash, dash + 1);
        line->at++;
        line->column++;
        if (joined) {
            Diagnostic *d = yaml_reader_problem(
                r, "E109", dash, 1, "there must be a space after '-'");
            diagnostic_fix(d, dash + 1, 0, " ");
            line->at += false_space(r->text + line->at);
        }
        if (joined) {
            g_string_append_c(r->out->copy, ' ');
            line->column++;
        }
        yaml_reader_emit(r, line->at,
                         line->at); /* places are true again from here */
        for (; line->at < line->to && yaml_is_blank(r->text[line->at]);
             line->at++) {
            g_string_append_c(r->out->copy, ' ');
            line->column++;
        }
        if (line->at < line->to && r->text[line->at] != '#')
            push_level(r, line->column);
    }
}

gsize
yaml_reader_end_of_line(const YamlReader *r, gsize at)
{
    const char *eol = memchr(r->text + at, '\n', r->end - at);
    gsize to = eol ? (gsize)(eol - r->text) : r->end;

    if (to > at && r->text[to - 1] == '\r')
        to--;
    return to;
}

/* The length of the key at line->at, without the colon; 0 if there is none.
 * `out_joined`: nothing, or no true space, stands between colon and value. */
static gsize
find_key(const YamlReader *r, const YamlLine *line, bool *out_joined)
{
    const char *p = r->text + line->at;
    gsize length = line->to - line->at, word = 0;

    *out_joined = false;
    while (word < length &&
           (g_ascii_isalnum(p[word]) || p[word] == '_' || p[word] == '-'))
        word++;
    if (word > 0 && word + 1 < length && p[word] == ':' &&
        !yaml_is_blank(p[word + 1]) && g_ascii_isalpha(p[0]) &&
        !(line->is_item && p[word + 1] == '/')) {
        *out_joined = true;
        return word;
    }
    if (strchr("\"'[{&*!|>%@`?#", p[0]))
        return 0;
    for (gsize i = 0; i < length; i++)
        if (p[i] == '#' && i > 0 && yaml_is_blank(p[i - 1]))
            return 0;
        else if (p[i] == ':' && (i + 1 == length || yaml_is_blank(p[i + 1])))
            return i;
    return 0;
}

static void
report_joined(YamlReader *r, const YamlLine *line, const char *key, gsize colon)
{
    gsize space = false_space(r->text + colon + 1);
    g_autofree char *message =
        g_strdup_printf("there must be a space after '%s:'", key);
    Diagnostic *d =
        yaml_reader_problem(r, "E109", line->at, colon + 1 - line->at, message);

    diagnostic_help(d, "%s: %.*s", key, (int)(line->to - colon - 1 - space),
                    r->text + colon + 1 + space);
    diagnostic_fix(d, colon + 1, space, " ");
}

/* Neither setting nor list item. */
static void
report_bare(YamlReader *r, const YamlLine *line)
{
    const char *p = r->text + line->at;
    gsize word = strcspn(p, " \t\r\n");
    g_autofree char *message = NULL;
    Diagnostic *d;

    word = MIN(word, line->to - line->at);
    if (strchr("&*!?%", p[0]) || g_str_has_prefix(p, "<<")) {
        message = g_strdup_printf("'%.*s' has no meaning here", (int)word, p);
        d = yaml_reader_problem(r, "E117", line->at, word, message);
        diagnostic_help(d, "a setting is written  name: value");
        return;
    }
    message = g_strdup_printf("there must be a ':' after '%.*s'", (int)word, p);
    d = yaml_reader_problem(r, "E109", line->at, word, message);
    diagnostic_help(d, "a setting is written  name: value");
}

/* A quoted key is rare, but YAML; libyaml is left to read it. */
static bool
is_quoted_key(const YamlReader *r, const YamlLine *line)
{
    const char *p = r->text + line->at;
    gsize end;

    if (p[0] != '"' && p[0] != '\'')
        return false;
    end = yaml_quote_end(p, line->to - line->at);
    return end > 0 && line->at + end < line->to && p[end] == ':';
}

static void
read_content(YamlReader *r, YamlLine *line)
{
    bool joined;
    gsize length = find_key(r, line, &joined);
    g_autofree char *key = NULL;

    if (length == 0) {
        if (is_quoted_key(r, line)) {
            yaml_reader_emit(r, line->at, line->to);
            r->may_nest = r->text[line->to - 1] == ':';
        } else if (line->is_item) {
            yaml_reader_value(r, line, NULL);
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
    yaml_reader_emit(r, line->at, line->at + length + 1);
    g_string_append_c(r->out->copy, ' ');
    if (joined)
        report_joined(r, line, key, line->at + length);
    line->at += length + 1;
    if (joined)
        line->at += false_space(r->text + line->at);
    yaml_reader_value(r, line, key);
}

/* Nothing, or a comment. */
static bool
rest_is_blank(const char *p, gsize length)
{
    gsize i = 0;

    while (i < length && yaml_is_blank(p[i]))
        i++;
    return i == length || (p[i] == '#' && i > 0);
}

/* "---" may open a file; anything more is another document. */
static bool
read_marker(YamlReader *r, const YamlLine *line)
{
    const char *p = r->text + line->from;
    gsize length = line->to - line->from;
    g_autofree char *message = NULL;
    Diagnostic *d;

    if (!(length >= 3 &&
          (memcmp(p, "---", 3) == 0 || memcmp(p, "...", 3) == 0) &&
          (length == 3 || yaml_is_blank(p[3]))))
        return false;
    if (p[0] == '-' && !r->begun && rest_is_blank(p + 3, length - 3)) {
        r->begun = true;
        return true;
    }
    message = g_strdup_printf("'%.3s' has no meaning here", p);
    d = yaml_reader_problem(r, "E117", line->from, 3, message);
    diagnostic_help(d,
                    "one file holds one group of settings; delete this line");
    return true;
}

/* A line that nobody writes by hand; it also bounds what reports may cost. */
static bool
is_too_long(YamlReader *r, const YamlLine *line)
{
    g_autofree char *message = NULL;

    if (line->to - line->from <= LINE_MAX_BYTES)
        return false;
    message = g_strdup_printf("this line is %zu KB long; the limit is %d KB",
                              (line->to - line->from + 1023) / 1024,
                              LINE_MAX_BYTES / 1024);
    yaml_reader_problem(r, "E006", line->from, 1, message);
    return true;
}

static void
read_line(YamlReader *r, YamlLine *line)
{
    if (is_too_long(r, line))
        return;
    if (line->from < r->flow_end) {
        yaml_reader_emit(r, line->from, line->to);
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
    YamlReader r = {.source = source,
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
        YamlLine line = {
            .from = from, .to = yaml_reader_end_of_line(&r, from), .at = from};
        read_line(&r, &line);
        mark_segment(out, line.to);
        g_string_append_c(out->copy, '\n');
        from = next;
    }
    mark_segment(out, end);
    return out;
}
