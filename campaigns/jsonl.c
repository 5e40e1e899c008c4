/* SPDX-License-Identifier: Apache-2.0 */
/* jsonl.c - one JSON object a line, read strictly (RFC 8259) */
#include "rows-private.h"

#include <string.h>

#define NESTED_MAX 32

/* An object of texts, numbers, true, false, null, and lists of those. Nothing
 * deeper: a candidate has no deeper fields. Functions return false after
 * noting the row's fault. */
typedef struct {
    RowReader *reader;
    const char *at, *end;
    int column; /* of faults; 0 = the row */
} Json;

static bool
fault(Json *j, const char *what)
{
    row_fault(j->reader, j->column, "%s at byte %d", what,
              (int)(j->at - j->reader->text->str) + 1);
    return false;
}

static void
skip_space(Json *j)
{
    while (j->at < j->end && strchr(" \t\r\n", *j->at) && *j->at)
        j->at++;
}

static bool
accept(Json *j, char c)
{
    skip_space(j);
    if (j->at == j->end || *j->at != c)
        return false;
    j->at++;
    return true;
}

static bool
hex4(Json *j, gunichar *out)
{
    *out = 0;
    if (j->end - j->at < 4)
        return fault(j, "a broken \\u escape");
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(j->at[i]);
        if (digit < 0)
            return fault(j, "a broken \\u escape");
        *out = *out * 16 + (gunichar)digit;
    }
    j->at += 4;
    return true;
}

/* Behind "\u". Characters beyond U+FFFF come as two halves. */
static bool
read_unicode(Json *j, GString *out)
{
    gunichar c, low;

    if (!hex4(j, &c))
        return false;
    if (c >= 0xd800 && c < 0xdc00) {
        if (j->end - j->at < 2 || j->at[0] != '\\' || j->at[1] != 'u')
            return fault(j, "half a character");
        j->at += 2;
        if (!hex4(j, &low))
            return false;
        if (low < 0xdc00 || low > 0xdfff)
            return fault(j, "half a character");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c == 0 || (c >= 0xdc00 && c <= 0xdfff)) {
        return fault(j, c ? "half a character" : "a NUL character");
    }
    g_string_append_unichar(out, c);
    return true;
}

static bool
read_escape(Json *j, GString *out)
{
    static const char escapes[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    const char *found;

    if (j->at == j->end)
        return fault(j, "an unfinished text");
    if (*j->at == 'u') {
        j->at++;
        return read_unicode(j, out);
    }
    found = *j->at ? strchr(escapes, *j->at) : NULL;
    if (!found)
        return fault(j, "an unknown escape");
    g_string_append_c(out, means[found - escapes]);
    j->at++;
    return true;
}

static bool
read_string(Json *j, GString *out)
{
    if (!accept(j, '"'))
        return fault(j, "expected a text in double quotes");
    while (j->at < j->end && *j->at != '"') {
        char c = *j->at++;
        if (out->len >= ROW_MAX_CELL)
            return fault(j, "a text is longer than 64 KB");
        if ((unsigned char)c < 0x20)
            return fault(j, "a control character");
        if (c != '\\')
            g_string_append_c(out, c);
        else if (!read_escape(j, out))
            return false;
    }
    return accept(j, '"') || fault(j, "a text is never closed");
}

/* RFC 8259: no leading zeros, no plus sign, digits on both sides of a dot. */
static bool
read_number(Json *j, GString *out)
{
    const char *start = j->at, *digits;

    if (j->at < j->end && *j->at == '-')
        j->at++;
    digits = j->at;
    while (j->at < j->end && g_ascii_isdigit(*j->at))
        j->at++;
    if (j->at == digits || (*digits == '0' && j->at - digits > 1))
        return fault(j, "expected a value");
    if (j->at < j->end && *j->at == '.') {
        digits = ++j->at;
        while (j->at < j->end && g_ascii_isdigit(*j->at))
            j->at++;
        if (j->at == digits)
            return fault(j, "a broken number");
    }
    if (j->at < j->end && (*j->at == 'e' || *j->at == 'E'))
        return fault(j, "a number with an exponent");
    g_string_append_len(out, start, j->at - start);
    return true;
}

static bool
accept_word(Json *j, const char *word)
{
    gsize length = strlen(word);

    if ((gsize)(j->end - j->at) < length || memcmp(j->at, word, length) != 0)
        return false;
    j->at += length;
    return true;
}

/* An object or a list, as it is written. */
static bool
keep_nested(Json *j, GString *out)
{
    const char *start = j->at;
    char closing[NESTED_MAX];
    int depth = 0;
    g_autoptr(GString) text = g_string_new(NULL);

    do {
        skip_space(j);
        if (j->at == j->end)
            return fault(j, "an unfinished object or list");
        if (*j->at == '"') {
            g_string_truncate(text, 0);
            if (!read_string(j, text))
                return false;
        } else if (*j->at == '{' || *j->at == '[') {
            if (depth == NESTED_MAX)
                return fault(j, "more than 32 objects in one another");
            closing[depth++] = *j->at++ == '{' ? '}' : ']';
        } else if (*j->at == '}' || *j->at == ']') {
            if (*j->at != closing[--depth])
                return fault(j, "a bracket that does not fit");
            j->at++;
        } else {
            j->at++;
        }
    } while (depth > 0);
    g_string_append_len(out, start, j->at - start);
    return out->len <= ROW_MAX_CELL || fault(j, "a value is longer than 64 KB");
}

static bool
read_scalar(Json *j, GString *out)
{
    skip_space(j);
    if (j->at < j->end && *j->at == '"')
        return read_string(j, out);
    if (accept_word(j, "true")) {
        g_string_append(out, "yes");
        return true;
    }
    if (accept_word(j, "false")) {
        g_string_append(out, "no");
        return true;
    }
    if (accept_word(j, "null"))
        return true;
    if (j->reader->nested && j->at < j->end && strchr("{[", *j->at))
        return keep_nested(j, out);
    if (j->at < j->end && *j->at == '{')
        return fault(j, "an object inside the object");
    if (j->at < j->end && *j->at == '[')
        return fault(j, "a list inside a list");
    return read_number(j, out);
}

static bool
read_value(Json *j, GString *out)
{
    bool first = true;

    if (!accept(j, '['))
        return read_scalar(j, out);
    while (!accept(j, ']')) {
        if (!first && !accept(j, ','))
            return fault(j, "expected ',' or ']'");
        if (!first)
            g_string_append_c(out, ROW_SEPARATOR);
        first = false;
        if (!read_scalar(j, out))
            return false;
        if (out->len > ROW_MAX_CELL)
            return fault(j, "a list is longer than 64 KB");
    }
    return true;
}

/* The cell of the column `name`, a new one if need be; NULL with a fault. */
static GString *
cell_of(Json *j, const GString *name)
{
    RowReader *r = j->reader;
    guint i;

    for (i = 0; i < r->columns->len; i++)
        if (g_string_equal(g_ptr_array_index(r->columns, i), name))
            break;
    if (i == ROW_MAX_COLUMNS) {
        fault(j, "more than 200 different names");
        return NULL;
    }
    if (i == r->columns->len)
        g_ptr_array_add(r->columns, g_string_new(name->str));
    while (r->row.cells->len <= i)
        row_cell(r);
    j->column = (int)i + 1;
    return g_ptr_array_index(r->row.cells, i);
}

static bool
read_member(Json *j)
{
    g_autoptr(GString) name = g_string_new(NULL);
    GString *cell;

    j->column = 0;
    if (!read_string(j, name))
        return false;
    if (name->len == 0 || name->len > 200)
        return fault(j, "an empty or overlong name");
    if (!accept(j, ':'))
        return fault(j, "expected ':'");
    cell = cell_of(j, name);
    if (!cell)
        return false;
    if (cell->len > 0)
        return fault(j, "a name that was there already");
    return read_value(j, cell);
}

static bool
read_object(Json *j)
{
    bool first = true;

    if (!accept(j, '{'))
        return fault(j, "expected '{'");
    while (!accept(j, '}')) {
        j->column = 0;
        if (!first && !accept(j, ','))
            return fault(j, "expected ',' or '}'");
        first = false;
        if (!read_member(j))
            return false;
    }
    j->column = 0;
    skip_space(j);
    return j->at == j->end || fault(j, "something behind the object");
}

bool
jsonl_next(RowReader *r)
{
    bool blank = true;
    int byte;
    Json j = {.reader = r};

    while (blank && row_peek(r) != EOF) {
        row_start(r);
        while ((byte = row_byte(r)) != EOF && byte != '\n') {
            blank = blank && strchr(" \t\r", byte);
            row_keep(r, byte);
        }
    }
    if (blank)
        return false;
    if (r->text->len >= ROW_MAX_BYTES) {
        row_fault(r, 0, "a line is longer than 1 MB");
        return true;
    }
    if (!g_utf8_validate_len(r->text->str, r->text->len, NULL)) {
        row_fault(r, 0, "not UTF-8 text");
        return true;
    }
    j.at = r->text->str;
    j.end = r->text->str + r->text->len;
    if (!read_object(&j))
        g_ptr_array_set_size(r->row.cells, 0);
    return true;
}

RowReader *
jsonl_reader_new(FILE *file, const char *name)
{
    return row_reader_new(file, name, true);
}

void
jsonl_keep_nested(RowReader *reader)
{
    reader->nested = true;
}
