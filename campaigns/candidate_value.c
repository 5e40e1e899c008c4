/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_value.c - is this text a value of that field? */
#include "candidates-private.h"

#include "nurture/address.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <string.h>

#define TEXT_MAX 1000 /* characters; notes may fill a cell */

/* Trimmed, composed (NFC), without controls; line ends stay in notes only. */
static char *
tidy(const char *text, bool keep_lines)
{
    g_autofree char *composed =
        g_utf8_normalize(text, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    g_autoptr(GString) out = g_string_new(NULL);

    /* The apostrophe our own export put before what looked like a formula. */
    if (composed[0] == '\'' && composed[1] && strchr("=+-@", composed[1]))
        memmove(composed, composed + 1, strlen(composed));
    if (keep_lines) {
        g_auto(GStrv) lines = g_strsplit(composed, "\n", -1);
        for (int i = 0; lines[i]; i++) {
            if (i > 0)
                g_string_append_c(out, '\n');
            plain_append_text(out, g_strchomp(lines[i]));
        }
    } else {
        plain_append_text(out, composed);
    }
    return g_strstrip(g_strdup(out->str));
}

static bool refuse(char **out_reason, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

static bool
refuse(char **out_reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *out_reason = g_strdup_vprintf(format, args);
    va_end(args);
    return false;
}

/* The listed value that `text` is but for its case. */
static const char *
listed(const Field *field, const char *text)
{
    g_autofree char *folded = g_utf8_casefold(text, -1);

    for (int i = 0; field->values[i]; i++) {
        g_autofree char *value = g_utf8_casefold(field->values[i], -1);
        if (g_str_equal(folded, value))
            return field->values[i];
    }
    return NULL;
}

static bool
check_listed(const Field *field, const char *text, GString *json,
             char **out_reason)
{
    const char *value = field->values ? listed(field, text) : text;
    const char *near;

    if (value) {
        json_append_string(json, value);
        return true;
    }
    near = text_nearest(text, (const char *const *)field->values);
    if (near)
        return refuse(out_reason,
                      "'%s' is not a value of '%s'; did you mean '%s'?", text,
                      field->name, near);
    return refuse(out_reason, "'%s' is not a value of '%s'", text, field->name);
}

/* A set's values, in a list of JSON's or between ; and | and commas. */
static bool
check_set(const Field *field, const char *text, GString *json,
          char **out_reason)
{
    g_auto(GStrv) parts = g_strsplit_set(text, "\x1f;|,", -1);
    GString *list = g_string_new("[");
    bool good = true;

    for (int i = 0; good && parts[i]; i++) {
        g_autofree char *part = tidy(parts[i], false);
        if (!*part)
            continue;
        if (list->len > 1)
            g_string_append_c(list, ',');
        if (strlen(part) > 100)
            good = refuse(out_reason, "a value is longer than 100 bytes");
        else
            good = check_listed(field, part, list, out_reason);
    }
    g_string_append_c(list, ']');
    if (good && list->len > 2)
        g_string_append_len(json, list->str, (gssize)list->len);
    g_string_free(list, TRUE);
    return good;
}

static bool
check_number(const char *text, GString *json, char **out_reason)
{
    double value;
    char *end;
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    value = g_ascii_strtod(text, &end);
    if (strspn(text, "+-.0123456789") != strlen(text) || *end || end == text ||
        value < -1e15 || value > 1e15)
        return refuse(out_reason, "'%s' is not a number", text);
    g_string_append(json, g_ascii_dtostr(number, sizeof number, value));
    return true;
}

static bool
check_date(const Workspace *workspace, const char *text, GString *json,
           char **out_reason)
{
    int64_t at;

    if (!date_parse(text, workspace->zone, &at, NULL))
        return refuse(out_reason, "'%s' is not a date: write it as 2026-03-31",
                      text);
    g_string_append_printf(json, "%" G_GINT64_FORMAT, at);
    return true;
}

static bool
check_yes_no(const char *text, GString *json, char **out_reason)
{
    static const char *const yes[] = {"yes", "y", "true", "1", "x", NULL};
    static const char *const no[] = {"no", "n", "false", "0", NULL};
    g_autofree char *lower = g_ascii_strdown(text, -1);

    if (!g_strv_contains(yes, lower) && !g_strv_contains(no, lower))
        return refuse(out_reason, "'%s' is neither yes nor no", text);
    g_string_append_c(json, g_strv_contains(yes, lower) ? '1' : '0');
    return true;
}

static bool
is_letters(const char *text, gsize from, gsize to)
{
    for (gsize i = from; i < to; i++)
        if (!g_ascii_isalpha(text[i]))
            return false;
    return strlen(text) >= to;
}

static bool
check_country(const char *text, GString *json, char **out_reason)
{
    g_autofree char *upper = g_ascii_strup(text, -1);

    if (strlen(text) != 2 || !is_letters(text, 0, 2))
        return refuse(out_reason,
                      "'%s' is not a country's two-letter code, such as DE",
                      text);
    json_append_string(json, upper);
    return true;
}

/* "de", "pt-BR" */
static bool
check_language(const char *text, GString *json, char **out_reason)
{
    g_autofree char *tag = NULL;
    gsize length = strlen(text);
    bool good = is_letters(text, 0, 2) &&
                (length == 2 || (length == 5 && is_letters(text, 3, 5) &&
                                 strchr("-_", text[2])));

    if (!good)
        return refuse(out_reason,
                      "'%s' is not a language's code, such as de or pt-BR",
                      text);
    tag = g_ascii_strdown(text, -1);
    if (length == 5) {
        tag[2] = '-';
        tag[3] = g_ascii_toupper(tag[3]);
        tag[4] = g_ascii_toupper(tag[4]);
    }
    json_append_string(json, tag);
    return true;
}

static bool
check_recruiter(const Workspace *workspace, const char *text, GString *json,
                char **out_reason)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    const char *near;

    for (guint i = 0; workspace->senders && i < workspace->senders->len; i++)
        g_ptr_array_add(
            ids,
            ((const Sender *)g_ptr_array_index(workspace->senders, i))->id);
    g_ptr_array_add(ids, NULL);
    if (ids->len == 1 ||
        g_strv_contains((const char *const *)ids->pdata, text)) {
        json_append_string(json, text);
        return true;
    }
    near = text_nearest(text, (const char *const *)ids->pdata);
    return refuse(out_reason, "there is no senders/%s.md%s%s", text,
                  near ? "; did you mean " : "", near ? near : "");
}

static bool
check_url(const char *text, GString *json, char **out_reason)
{
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    const char *scheme = uri ? g_uri_get_scheme(uri) : "";

    if (!uri || !g_uri_get_host(uri) ||
        (!g_str_equal(scheme, "https") && !g_str_equal(scheme, "http")))
        return refuse(out_reason, "'%s' is not a web address", text);
    json_append_string(json, text);
    return true;
}

static bool
check_text(const Workspace *workspace, const Field *field, const char *text,
           GString *json, char **out_reason)
{
    if (g_str_equal(field->name, "time_zone") && !zone_is_known(text))
        return refuse(out_reason,
                      "'%s' is not a time zone, such as Europe/Berlin", text);
    if (g_str_equal(field->name, "country"))
        return check_country(text, json, out_reason);
    if (g_str_equal(field->name, "language"))
        return check_language(text, json, out_reason);
    if (g_str_equal(field->name, "recruiter"))
        return check_recruiter(workspace, text, json, out_reason);
    if (g_utf8_strlen(text, -1) > TEXT_MAX &&
        !g_str_equal(field->name, "notes"))
        return refuse(out_reason, "longer than %d characters", TEXT_MAX);
    json_append_string(json, text);
    return true;
}

bool
candidate_value(const Workspace *workspace, const Field *field,
                const char *text, GString *json, char **out_reason)
{
    g_autofree char *tidied = NULL;

    *out_reason = NULL;
    if (field->type == FIELD_SET)
        return check_set(field, text, json, out_reason);
    tidied = tidy(text, g_str_equal(field->name, "notes"));
    if (text_is_blank(tidied))
        return true;
    switch (field->type) {
    case FIELD_NUMBER:
        return check_number(tidied, json, out_reason);
    case FIELD_DATE:
        return check_date(workspace, tidied, json, out_reason);
    case FIELD_YES_NO:
        return check_yes_no(tidied, json, out_reason);
    case FIELD_CHOICE:
        return check_listed(field, tidied, json, out_reason);
    case FIELD_URL:
        return check_url(tidied, json, out_reason);
    case FIELD_TEXT:
    case FIELD_SET:
        break;
    }
    return check_text(workspace, field, tidied, json, out_reason);
}

bool
field_is_settable(const Field *field)
{
    return !g_str_equal(field->name, "email") &&
           !g_str_equal(field->name, "score") &&
           !g_str_equal(field->name, "silver_medallist");
}
