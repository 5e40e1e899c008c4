/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_columns.c - which field does a column of somebody's file mean? */
#include "candidate-columns.h"

#include "nurture/datafile.h"
#include "nurture/error.h"
#include "nurture/text.h"

#include <string.h>

/* Names that other programs give to our fields. */
static const struct {
    const char *alias, *field;
} aliases[] = {
    {"e_mail", "email"},          {"mail", "email"},
    {"email_address", "email"},   {"e_mail_address", "email"},
    {"emailadresse", "email"},    {"e_mail_adresse", "email"},
    {"primary_email", "email"},   {"firstname", "first_name"},
    {"given_name", "first_name"}, {"vorname", "first_name"},
    {"lastname", "last_name"},    {"surname", "last_name"},
    {"family_name", "last_name"}, {"nachname", "last_name"},
    {"timezone", "time_zone"},    {"lang", "language"},
    {"job", "job_title"},         {"position", "job_title"},
    {"company", "employer"},      {"current_company", "employer"},
    {"owner", "recruiter"},       {"tags", "tag"},
    {"interests", "interest"},
};

/* Lower case, one '_' for each run of anything else. */
static char *
normal_name(const char *name)
{
    g_autofree char *lower = g_utf8_strdown(name, -1);
    GString *out = g_string_new(NULL);

    for (const char *p = lower; *p; p = g_utf8_next_char(p)) {
        if (g_unichar_isalnum(g_utf8_get_char(p)))
            g_string_append_len(out, p, g_utf8_next_char(p) - p);
        else if (out->len > 0 && out->str[out->len - 1] != '_')
            g_string_append_c(out, '_');
    }
    while (out->len > 0 && out->str[out->len - 1] == '_')
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

/* The words of special-columns.tsv that stand in `name`, and their language;
 * NULL when there are none. */
static const DataRow *
find_special(const char *column)
{
    const DataFile *words =
        datafile_built_in("campaigns/data/special-columns.tsv");
    g_autofree char *normal = normal_name(column);
    g_autofree char *name = g_strdup_printf("_%s_", normal);

    for (guint i = 0; i < datafile_rows(words); i++) {
        const DataRow *row = datafile_row(words, i);
        g_autofree char *word = g_strdup_printf("_%s_", row->cell[0]);
        if (strstr(name, word))
            return row;
    }
    return NULL;
}

bool
column_is_special(const char *name)
{
    return find_special(name) != NULL;
}

static void
append_special(const char *name, GString *named, GString *maps)
{
    const DataRow *row = find_special(name);

    g_string_append_printf(named, "%s'%s' ('%s', %s)", named->len ? ", " : "",
                           name, row->cell[0], row->cell[1]);
    g_string_append_printf(maps, "%s--map '%s='", maps->len ? " " : "", name);
}

/* What `--map` says about a column; NULL when it says nothing. */
static const char *
mapped(const char *const *maps, const char *name)
{
    gsize length = strlen(name);

    for (; maps && *maps; maps++) {
        const char *equals = strrchr(*maps, '=');
        if (equals && (gsize)(equals - *maps) == length &&
            g_ascii_strncasecmp(*maps, name, length) == 0)
            return equals + 1;
    }
    return NULL;
}

static bool
use_named(const FieldSet *fields, const char *name, ColumnUse *out)
{
    static const struct {
        const char *name;
        ColumnKind kind;
    } kinds[] = {{"email", COLUMN_EMAIL},
                 {"consent_at", COLUMN_CONSENT_AT},
                 {"consent_source", COLUMN_CONSENT_SOURCE}};

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_equal(kinds[i].name, name)) {
            out->kind = kinds[i].kind;
            return true;
        }
    out->field = field_find(fields, name);
    if (out->field && field_is_settable(out->field)) {
        out->kind = COLUMN_FIELD;
        return true;
    }
    out->field = NULL;
    return false;
}

static bool
use_by_name(const FieldSet *fields, const char *normal, ColumnUse *out)
{
    if (use_named(fields, normal, out))
        return true;
    for (gsize i = 0; i < G_N_ELEMENTS(aliases); i++)
        if (g_str_equal(aliases[i].alias, normal))
            return use_named(fields, aliases[i].field, out);
    return false;
}

bool
columns_check_special(const GPtrArray *names, const char *const *maps,
                      int *out_first, GError **error)
{
    g_autoptr(GString) named = g_string_new(NULL), out = g_string_new(NULL);

    *out_first = -1;
    for (guint i = 0; i < names->len; i++) {
        const GString *name = g_ptr_array_index(names, i);
        g_autofree char *stripped = g_strstrip(g_strdup(name->str));
        const char *map = mapped(maps, stripped);
        if ((map && !*map) || !column_is_special(stripped))
            continue;
        *out_first = *out_first < 0 ? (int)i : *out_first;
        append_special(stripped, named, out);
    }
    if (*out_first >= 0)
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "this looks like what recruiters must not keep about "
                    "people (GDPR Articles 9 and 10): %s; leave it out with %s",
                    named->str, out->str);
    return *out_first < 0;
}

bool
column_use(const FieldSet *fields, const char *const *maps, const char *name,
           ColumnUse *out, GError **error)
{
    g_autofree char *stripped = g_strstrip(g_strdup(name));
    g_autofree char *normal = normal_name(stripped);
    const char *map = mapped(maps, stripped);

    *out = (ColumnUse){.kind = COLUMN_IGNORED};
    if (map && !*map)
        return true;
    if (map && !use_named(fields, map, out)) {
        const char *near = text_nearest(map, field_names(fields));
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "--map '%s=%s': no field '%s' can be imported%s%s",
                    stripped, map, map, near ? "; did you mean " : "",
                    near ? near : "");
        return false;
    }
    if (!map)
        use_by_name(fields, normal, out);
    return true;
}
