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

/* The words of special-columns.tsv that stand in `normal`, and their language;
 * NULL when there are none. */
static const DataRow *
find_special(const DataFile *words, const char *normal)
{
    g_autofree char *name = g_strdup_printf("_%s_", normal);

    for (guint i = 0; i < datafile_rows(words); i++) {
        const DataRow *row = datafile_row(words, i);
        g_autofree char *word = g_strdup_printf("_%s_", row->cell[0]);
        if (strstr(name, word))
            return row;
    }
    return NULL;
}

static bool
refuse_special(const char *stripped, const char *normal, GError **error)
{
    g_autoptr(DataFile) words =
        datafile_load("campaigns/data/special-columns.tsv", error);
    const DataRow *row = words ? find_special(words, normal) : NULL;

    if (row)
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "column '%s' looks like what recruiters must not keep "
                    "about people (GDPR Articles 9 and 10; '%s', %s); leave it "
                    "out with --map '%s='",
                    stripped, row->cell[0], row->cell[1], stripped);
    return words && !row;
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
column_use(const FieldSet *fields, const char *const *maps, const char *name,
           ColumnUse *out, GError **error)
{
    g_autofree char *stripped = g_strstrip(g_strdup(name));
    g_autofree char *normal = normal_name(stripped);
    const char *map = mapped(maps, stripped);

    *out = (ColumnUse){.kind = COLUMN_IGNORED};
    if (map && !*map)
        return true;
    if (!refuse_special(stripped, normal, error))
        return false;
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
