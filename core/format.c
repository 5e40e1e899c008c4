/* SPDX-License-Identifier: Apache-2.0 */
/* format.c - the canonical form of an author's file */
#include "nurture/format.h"

#include "nurture/error.h"
#include "nurture/settings.h"
#include "nurture/yaml.h"

#include <string.h>

#define BOM    "\xEF\xBB\xBF"
#define ROUNDS 50 /* a fix may uncover another problem */

static bool
ends_in(const char *path, const char *suffix)
{
    return g_str_has_suffix(path, suffix);
}

/* Which texts are literal: see settings_text_keys(). */
static SettingPlace
place_of(const char *path)
{
    if (ends_in(path, "personas.yaml"))
        return IN_PERSONA;
    if (ends_in(path, "fields.yaml"))
        return IN_FIELD;
    return ends_in(path, ".yaml") ? IN_WORKSPACE : IN_MAIL;
}

/* No empty lines at the end, and an end to the last line. */
static void
end_once(GString *out)
{
    while (out->len > 1 && out->str[out->len - 1] == '\n' &&
           out->str[out->len - 2] == '\n')
        g_string_truncate(out, out->len - 1);
    if (out->len > 0 && out->str[out->len - 1] != '\n')
        g_string_append_c(out, '\n');
}

/* LF, no byte-order mark, one end of line at the end. */
static GString *
plain_lines(const char *text, gsize size)
{
    GString *out = g_string_sized_new(size + 1);
    gsize at = 0;

    while (size - at >= 3 && memcmp(text + at, BOM, 3) == 0)
        at += 3;
    for (; at < size; at++) {
        gsize next = at;
        while (next < size && text[next] == '\r')
            next++;
        if (next > at && (next == size || text[next] == '\n'))
            at = next; /* any number of CRs before the end of the line */
        if (at < size)
            g_string_append_c(out, text[at]);
    }
    end_once(out);
    return out;
}

/* ---- settings ------------------------------------------------------------ */

/* Where the settings are; false when there are none to be read. */
static bool
find_settings(const Source *source, gsize *out_start, gsize *out_end,
              Diagnostics *problems)
{
    gsize body;

    *out_start = 0;
    *out_end = source_size(source);
    if (ends_in(source_path(source), ".yaml"))
        return true;
    return ends_in(source_path(source), ".md") &&
           front_matter_split(source, out_start, out_end, &body, problems);
}

/* What YAML needs: only the fixes of the form, none of a word. */
static void
keep_form(const Diagnostics *all, const Source *source, Diagnostics *out)
{
    static const char *const codes[] = {"E103", "E104", "E105", "E109",
                                        "E113", "E119", NULL};

    for (guint i = 0; i < diagnostics_length(all); i++) {
        const Diagnostic *d = diagnostics_get(all, i);
        Diagnostic *copy;
        if (!g_strv_contains(codes, d->code))
            continue;
        copy = diagnostics_add_file(out, d->code, source_path(source), "-");
        for (guint f = 0; f < d->fixes->len; f++) {
            const DiagnosticFix *fix =
                &g_array_index(d->fixes, DiagnosticFix, f);
            diagnostic_fix(copy, fix->offset, fix->length, fix->text);
        }
    }
}

static guint
mend_once(const char *path, GString *text)
{
    g_autoptr(Source) source = source_new(path, text->str, text->len);
    g_autoptr(Diagnostics) found = diagnostics_new(), kept = diagnostics_new();
    g_autoptr(YamlNode) map = NULL;
    g_autofree char *mended = NULL;
    gsize start, end, size;
    guint count;

    if (!find_settings(source, &start, &end, found))
        return 0;
    map = yaml_read(source, start, end, settings_text_keys(place_of(path)),
                    found);
    keep_form(found, source, kept);
    mended = fixes_apply(source, kept, &size, &count);
    g_string_truncate(text, 0);
    g_string_append_len(text, mended, (gssize)size);
    return count;
}

/* 'text' -> "text", where nothing in it would have to be escaped. */
static void
requote(const YamlNode *node, const Source *source, Diagnostics *changes)
{
    const char *text = source_text(source) + node->offset;
    g_autofree char *quoted = NULL;

    for (guint i = 0; node->items && i < node->items->len; i++)
        requote(g_ptr_array_index(node->items, i), source, changes);
    if (node->kind != YAML_SCALAR || !node->quoted || text[0] != '\'' ||
        strpbrk(node->value, "\"\\\n\t"))
        return;
    quoted = g_strdup_printf("\"%s\"", node->value);
    diagnostic_fix(
        diagnostics_add_file(changes, "N003", source_path(source), "-"),
        node->offset, node->length, quoted);
}

/* "name:   value" -> "name: value" */
static void
close_up(const YamlNode *node, const Source *source, Diagnostics *changes)
{
    const char *text = source_text(source);
    gsize colon = node->key_offset + node->key_length;

    for (guint i = 0; node->items && i < node->items->len; i++)
        close_up(g_ptr_array_index(node->items, i), source, changes);
    if (node->kind != YAML_SCALAR || node->key_length == 0 ||
        node->length == 0 || text[colon] != ':' || node->offset < colon + 3)
        return;
    for (gsize i = colon + 1; i < node->offset; i++)
        if (text[i] != ' ' && text[i] != '\t')
            return; /* on the next line, or behind a comment */
    diagnostic_fix(
        diagnostics_add_file(changes, "N003", source_path(source), "-"),
        colon + 1, node->offset - colon - 1, " ");
}

/* Blanks at the ends of lines of settings. */
static void
trim_lines(const Source *source, gsize start, gsize end, Diagnostics *changes)
{
    const char *text = source_text(source);

    for (gsize i = start; i < end; i++) {
        gsize from = i;
        if (text[i] != '\n')
            continue;
        while (from > start &&
               (text[from - 1] == ' ' || text[from - 1] == '\t'))
            from--;
        if (from < i)
            diagnostic_fix(
                diagnostics_add_file(changes, "N003", source_path(source), "-"),
                from, i - from, "");
    }
}

/* Only what has no error is written in another way. */
static void
tidy_settings(const char *path, GString *text)
{
    g_autoptr(Source) source = source_new(path, text->str, text->len);
    g_autoptr(Diagnostics) found = diagnostics_new();
    g_autoptr(Diagnostics) changes = diagnostics_new();
    g_autoptr(YamlNode) map = NULL;
    g_autofree char *tidy = NULL;
    gsize start, end, size;
    guint count;

    if (!find_settings(source, &start, &end, found))
        return;
    map = yaml_read(source, start, end, settings_text_keys(place_of(path)),
                    found);
    if (!map || diagnostics_count(found, SEVERITY_ERROR) > 0)
        return;
    requote(map, source, changes);
    close_up(map, source, changes);
    trim_lines(source, start, end, changes);
    tidy = fixes_apply(source, changes, &size, &count);
    g_string_truncate(text, 0);
    g_string_append_len(text, tidy, (gssize)size);
}

/* ---- merge tags ---------------------------------------------------------- */

/* The place of "| default: " in the tag at..end, outside of quotes; its length
 * in *out_length. */
static gsize
find_default(const char *text, gsize at, gsize end, gsize *out_length)
{
    bool quoted = false;

    for (gsize i = at; i < end; i++) {
        gsize from = i, to;
        quoted ^= text[i] == '"';
        if (quoted || text[i] != '|')
            continue;
        to = i + 1;
        while (to < end && text[to] == ' ')
            to++;
        if (end - to < 8 || strncmp(text + to, "default:", 8) != 0)
            continue;
        to += 8;
        while (to < end && text[to] == ' ')
            to++;
        while (from > at && text[from - 1] == ' ')
            from--;
        *out_length = to - from;
        return from;
    }
    return 0;
}

/* {{ x | default: "y" }} -> {{ x or "y" }}, in one pass over the text. */
static void
say_or(GString *text)
{
    GString *out = g_string_sized_new(text->len);
    gsize at = 0;

    for (gsize i = 0; i + 1 < text->len; i++) {
        gsize end, found, length;
        if (text->str[i] == '\\' || strncmp(text->str + i, "{{", 2) != 0) {
            i += text->str[i] == '\\';
            continue;
        }
        for (end = i + 2; end + 1 < text->len && text->str[end] != '\n' &&
                          strncmp(text->str + end, "}}", 2) != 0;)
            end++;
        if (text->str[end] != '}')
            continue;
        found = find_default(text->str, i + 2, end, &length);
        if (found == 0)
            continue;
        g_string_append_len(out, text->str + at, (gssize)(found - at));
        g_string_append(out, " or ");
        at = found + length;
        i = end;
    }
    g_string_append_len(out, text->str + at, (gssize)(text->len - at));
    g_string_assign(text, out->str);
    g_string_free(out, TRUE);
}

/* ---- files --------------------------------------------------------------- */

char *
format_text(const char *path, const char *text, gsize size, gsize *out_size)
{
    GString *out;
    bool has_settings = ends_in(path, ".md") || ends_in(path, ".yaml");

    if (!g_utf8_validate_len(text, size, NULL) || size > SOURCE_MAX) {
        *out_size = size;
        return g_memdup2(text, size + 1);
    }
    out = plain_lines(text, size);
    for (int i = 0; has_settings && i < ROUNDS; i++)
        if (mend_once(path, out) == 0)
            break;
    if (has_settings)
        tidy_settings(path, out);
    if (ends_in(path, ".md") || ends_in(path, ".html"))
        say_or(out);
    end_once(out); /* lines of blanks may have become empty */
    *out_size = out->len;
    return g_string_free(out, FALSE);
}

char *
format_recode(const char *text, gsize size, const char *charset,
              gsize *out_size, GError **error)
{
    g_autoptr(GError) why = NULL;
    char *utf8;

    if (g_utf8_validate_len(text, size, NULL)) {
        *out_size = size;
        return g_memdup2(text, size + 1);
    }
    utf8 =
        g_convert(text, (gssize)size, "UTF-8", charset, NULL, out_size, &why);
    if (!utf8)
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "it cannot be read as %s: %s", charset, why->message);
    return utf8;
}
