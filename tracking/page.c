/* SPDX-License-Identifier: Apache-2.0 */
/* page.c - the frame and the words of the pages people see */
#include "page.h"

#include "nurture/datafile.h"
#include "nurture/embedded.h"
#include "nurture/text.h"

#include <string.h>

#define ACCENT_DEFAULT "#1f5fbf"

struct PageTexts {
    DataFile *file;
    GHashTable *by_key; /* key -> DataRow, borrowed from the file */
};

PageTexts *
page_texts_load(GError **error)
{
    g_autoptr(DataFile) file =
        datafile_load("tracking/data/page-text.tsv", error);

    if (!file)
        return NULL;
    PageTexts *texts = g_new0(PageTexts, 1);
    int key = datafile_column(file, "key");
    texts->by_key = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < datafile_rows(file); i++) {
        const DataRow *row = datafile_row(file, i);
        g_hash_table_insert(texts->by_key, row->cell[key], (gpointer)row);
    }
    texts->file = g_steal_pointer(&file);
    return texts;
}

void
page_texts_free(PageTexts *texts)
{
    if (!texts)
        return;
    g_hash_table_unref(texts->by_key);
    datafile_free(texts->file);
    g_free(texts);
}

static int
language_column(const PageTexts *texts, const char *language)
{
    static const char *const known[] = {"en", "de", "fr", "es", NULL};
    g_autofree char *base = g_strndup(
        language ? language : "en", strcspn(language ? language : "en", "-_"));

    return datafile_column(texts->file,
                           g_strv_contains(known, base) ? base : "en");
}

const char *
page_text(const PageTexts *texts, const char *language, const char *key)
{
    const DataRow *row = g_hash_table_lookup(texts->by_key, key);

    g_assert(row);
    const char *text = row->cell[language_column(texts, language)];
    return *text ? text : row->cell[language_column(texts, "en")];
}

/* The value that follows `name` in the list; NULL if it is not there. */
static const char *
value_of(const char *name, gsize length, va_list list)
{
    const char *found = NULL;
    const char *candidate;
    va_list args;

    va_copy(args, list);
    while (!found && (candidate = va_arg(args, const char *))) {
        const char *value = va_arg(args, const char *);
        if (strlen(candidate) == length && memcmp(candidate, name, length) == 0)
            found = value;
    }
    va_end(args);
    return found;
}

bool
page_has(const PageTexts *texts, const char *key)
{
    return g_hash_table_contains(texts->by_key, key);
}

static void
append_plain(GString *out, const char *text)
{
    g_string_append(out, text);
}

static void
say(GString *out, void (*append)(GString *, const char *), const char *p,
    va_list args)
{
    while (*p) {
        gsize plain = strcspn(p, "{");
        g_autofree char *piece = g_strndup(p, plain);
        append(out, piece);
        p += plain;
        gsize name = *p ? strcspn(p, "}") : 0;
        if (name > 0) {
            const char *value = value_of(p + 1, name - 1, args);
            g_assert(value && p[name] == '}');
            append(out, value);
            p += name + 1;
        }
    }
}

void
page_say(GString *html, const PageTexts *texts, const char *language,
         const char *key, ...)
{
    va_list args;

    va_start(args, key);
    say(html, html_append_text, page_text(texts, language, key), args);
    va_end(args);
}

void
page_say_plain(GString *text, const PageTexts *texts, const char *language,
               const char *key, ...)
{
    va_list args;

    va_start(args, key);
    say(text, append_plain, page_text(texts, language, key), args);
    va_end(args);
}

static bool
is_colour(const char *text)
{
    if (!text || strlen(text) != 7 || *text != '#')
        return false;
    for (const char *p = text + 1; *p; p++)
        if (!g_ascii_isxdigit(*p))
            return false;
    return true;
}

/* Relative luminance, roughly: is white text readable on it? (WCAG 2, with a
 * gamma of 2; the threshold is where black and white are equally good.) */
static bool
is_dark(const char *colour)
{
    static const double weight[3] = {0.2126, 0.7152, 0.0722};
    double luminance = 0;

    for (int i = 0; i < 3; i++) {
        double part = g_ascii_xdigit_value(colour[1 + 2 * i]) * 16 +
                      g_ascii_xdigit_value(colour[2 + 2 * i]);
        luminance += weight[i] * (part / 255) * (part / 255);
    }
    return luminance < 0.18;
}

static void
append_style(GString *html, const Workspace *workspace)
{
    const Embedded *css = embedded_find("tracking/data/page.css");
    const char *accent = is_colour(workspace->theme.accent)
                             ? workspace->theme.accent
                             : ACCENT_DEFAULT;

    g_assert(css);
    g_string_append(html, "<style>");
    g_string_append_len(html, css->start, css->end - css->start);
    g_string_append_printf(html, ":root{--accent:%s;--on:%s}</style>", accent,
                           is_dark(accent) ? "#fff" : "#000");
}

GString *
page_begin(const Workspace *workspace, const char *language, const char *title)
{
    GString *html = g_string_new("<!doctype html>\n<html lang=\"");

    html_append_text(html, language);
    g_string_append(html, "\"><head><meta charset=\"utf-8\">"
                          "<meta name=\"viewport\" "
                          "content=\"width=device-width,initial-scale=1\">"
                          "<title>");
    html_append_text(html, title);
    g_string_append(html, "</title>");
    append_style(html, workspace);
    g_string_append(html, "</head>\n<body>");
    if (workspace->company) {
        g_string_append(html, "<header>");
        html_append_text(html, workspace->company);
        g_string_append(html, "</header>");
    }
    g_string_append(html, "<main>\n");
    return html;
}

void
page_end(GString *html, const PageTexts *texts, const Workspace *workspace,
         const char *language)
{
    const char *privacy = workspace->legal.privacy_url;

    g_string_append(html, "</main><footer>");
    if (workspace->legal.postal_address) {
        g_string_append(html, "<p>");
        html_append_text(html, workspace->legal.postal_address);
        g_string_append(html, "</p>");
    }
    if (privacy && (g_str_has_prefix(privacy, "https://") ||
                    g_str_has_prefix(privacy, "http://"))) {
        g_string_append(html, "<p><a href=\"");
        html_append_text(html, privacy);
        g_string_append(html, "\">");
        page_say(html, texts, language, "footer.privacy", NULL);
        g_string_append(html, "</a></p>");
    }
    g_string_append(html, "</footer></body></html>\n");
}
