/* SPDX-License-Identifier: Apache-2.0 */
/* ats_row.c - the common model of candidates, jobs and applications */
#include "ats-row.h"

#include "rows.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/json.h"
#include "nurture/text.h"
#include "nurture/window.h"

#include <string.h>

typedef enum { IS_TEXT, IS_ID, IS_LIST, IS_DATE, IS_FLAG, IS_WORD } Kind;

/* Longer than any ATS's: a limit on what a stranger can make us keep. */
enum { ID_MAX = 200, TEXT_MAX = 2000, EMAILS_MAX = 20 };

static const struct {
    const char *name;
    Kind kind;
    const char *words; /* of IS_WORD: "a|b|c" */
} fields[ATS_FIELDS] = {
    [ATS_TYPE] = {"type", IS_WORD, "candidate|job|application"},
    [ATS_SRC] = {"src", IS_ID, NULL},
    [ATS_ID] = {"id", IS_ID, NULL},
    [ATS_UPDATED_AT] = {"updated_at", IS_DATE, NULL},
    [ATS_EMAILS] = {"emails", IS_LIST, NULL},
    [ATS_FIRST_NAME] = {"first_name", IS_TEXT, NULL},
    [ATS_LAST_NAME] = {"last_name", IS_TEXT, NULL},
    [ATS_NAME] = {"name", IS_TEXT, NULL},
    [ATS_LANG] = {"lang", IS_TEXT, NULL},
    [ATS_TZ] = {"tz", IS_TEXT, NULL},
    [ATS_COUNTRY] = {"country", IS_TEXT, NULL},
    [ATS_CITY] = {"city", IS_TEXT, NULL},
    [ATS_TITLE] = {"title", IS_TEXT, NULL},
    [ATS_COMPANY] = {"company", IS_TEXT, NULL},
    [ATS_SENIORITY] = {"seniority", IS_TEXT, NULL},
    [ATS_TAGS] = {"tags", IS_LIST, NULL},
    [ATS_CAN_EMAIL] = {"can_email", IS_FLAG, NULL},
    [ATS_DELETED] = {"deleted", IS_FLAG, NULL},
    [ATS_MERGED_INTO] = {"merged_into", IS_ID, NULL},
    [ATS_STATUS] = {"status", IS_WORD,
                    "active|hired|rejected|withdrawn|open|closed|draft|"
                    "archived"},
    [ATS_DEPARTMENT] = {"department", IS_TEXT, NULL},
    [ATS_LOCATIONS] = {"locations", IS_LIST, NULL},
    [ATS_URL] = {"url", IS_TEXT, NULL},
    [ATS_RECRUITER_EMAIL] = {"recruiter_email", IS_TEXT, NULL},
    [ATS_OPENED_AT] = {"opened_at", IS_DATE, NULL},
    [ATS_CLOSED_AT] = {"closed_at", IS_DATE, NULL},
    [ATS_CANDIDATE_ID] = {"candidate_id", IS_ID, NULL},
    [ATS_JOB_ID] = {"job_id", IS_ID, NULL},
    [ATS_STAGE] = {"stage", IS_TEXT, NULL},
    [ATS_STAGE_KIND] = {"stage_kind", IS_WORD,
                        "lead|applied|screen|interview|offer|hired"},
    [ATS_APPLIED_AT] = {"applied_at", IS_DATE, NULL},
    [ATS_STAGE_AT] = {"stage_at", IS_DATE, NULL},
    [ATS_REJECTED_AT] = {"rejected_at", IS_DATE, NULL},
    [ATS_REJECT_REASON] = {"reject_reason", IS_TEXT, NULL},
    [ATS_REJECT_BY] = {"reject_by", IS_WORD, "us|candidate"},
    [ATS_REACHED] = {"reached", IS_WORD, "applied|screen|interview|offer"},
    [ATS_HIRED_AT] = {"hired_at", IS_DATE, NULL},
    [ATS_SOURCE] = {"source", IS_TEXT, NULL},
    [ATS_CREDITED_TO] = {"credited_to", IS_TEXT, NULL},
    [ATS_ORIG_STATUS] = {"orig_status", IS_TEXT, NULL},
};

void
ats_row_clear(AtsRow *row)
{
    for (int i = 0; i < ATS_FIELDS; i++)
        g_clear_pointer(&row->value[i], g_free);
    g_clear_pointer(&row->raw, g_free);
}

void
ats_row_free(gpointer row)
{
    ats_row_clear(row);
    g_free(row);
}

int
ats_field_find(const char *name)
{
    for (int i = 0; i < ATS_FIELDS; i++)
        if (strcmp(fields[i].name, name) == 0)
            return i;
    return -1;
}

const char *
ats_field_name(AtsField field)
{
    return fields[field].name;
}

/* -- values --------------------------------------------------------------- */

/* A calendar date is UTC's; an offset counts; ten digits are seconds and
 * thirteen milliseconds since 1970. */
static bool
read_date(const char *text, int64_t *out)
{
    size_t digits = strspn(text, "0123456789");
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) when = NULL;

    if (!text[digits] && (digits == 10 || digits == 13)) {
        *out = g_ascii_strtoll(text, NULL, 10) * (digits == 10 ? 1000 : 1);
        return true;
    }
    if (date_parse(text, utc, out, NULL))
        return true;
    when = g_date_time_new_from_iso8601(text, utc);
    if (!when)
        return false;
    *out = g_date_time_to_unix(when) * SECOND_MS +
           g_date_time_get_microsecond(when) / 1000;
    return true;
}

static char *
check_date(const char *text, char **out_reason)
{
    int64_t at;

    if (read_date(text, &at) && at > 0 && at < INT64_C(7258118400000))
        return g_strdup_printf("%" G_GINT64_FORMAT, at);
    *out_reason =
        g_strdup_printf("'%.60s' is not a date: write it as 2026-03-31 or "
                        "2026-03-31T09:00:00Z",
                        text);
    return NULL;
}

static char *
check_word(const char *words, const char *text, char **out_reason)
{
    g_auto(GStrv) list = g_strsplit(words, "|", -1);
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_autofree char *all = NULL;
    const char *near;

    if (g_strv_contains((const char *const *)list, lower))
        return g_steal_pointer(&lower);
    near = text_nearest(lower, (const char *const *)list);
    all = g_strjoinv(", ", list);
    *out_reason = near ? g_strdup_printf("'%.60s' is none of %s; did you mean "
                                         "'%s'?",
                                         text, all, near)
                       : g_strdup_printf("'%.60s' is none of %s", text, all);
    return NULL;
}

static char *
check_flag(const char *text, char **out_reason)
{
    static const char *const yes[] = {"yes", "true", "1", NULL};
    static const char *const no[] = {"no", "false", "0", NULL};
    g_autofree char *lower = g_ascii_strdown(text, -1);

    if (g_strv_contains(yes, lower))
        return g_strdup("1");
    if (g_strv_contains(no, lower))
        return g_strdup("0");
    *out_reason = g_strdup_printf("'%.60s' is neither true nor false", text);
    return NULL;
}

/* In CSV a list's values stand between semicolons. */
static char *
check_list(AtsField field, const char *text, char **out_reason)
{
    g_auto(GStrv) parts = g_strsplit_set(text, "\x1f;", -1);
    GString *out = g_string_new(NULL);
    int count = 0;

    for (int i = 0; parts[i]; i++) {
        g_strstrip(parts[i]);
        if (!*parts[i])
            continue;
        if (out->len > 0)
            g_string_append_c(out, ROW_SEPARATOR);
        g_string_append(out, parts[i]);
        count++;
    }
    if (field == ATS_EMAILS && count > EMAILS_MAX) {
        *out_reason = g_strdup_printf("%d addresses of one person", count);
        return g_string_free(out, TRUE);
    }
    return g_string_free(out, FALSE);
}

static char *
check_text(const char *text, gsize max, char **out_reason)
{
    g_autoptr(GString) out = g_string_new(NULL);

    plain_append_text(out, text);
    g_strstrip(out->str);
    if (strlen(out->str) <= max)
        return g_strdup(out->str);
    *out_reason = g_strdup_printf("longer than %d bytes", (int)max);
    return NULL;
}

static char *
check_value(AtsField field, const char *text, char **out_reason)
{
    switch (fields[field].kind) {
    case IS_TEXT:
        return check_text(text, TEXT_MAX, out_reason);
    case IS_ID:
        return check_text(text, ID_MAX, out_reason);
    case IS_LIST:
        return check_list(field, text, out_reason);
    case IS_DATE:
        return check_date(text, out_reason);
    case IS_FLAG:
        return check_flag(text, out_reason);
    case IS_WORD:
        return check_word(fields[field].words, text, out_reason);
    }
    return NULL;
}

bool
ats_row_set(AtsRow *row, AtsField field, const char *text, char **out_reason)
{
    g_autofree char *value = NULL;

    *out_reason = NULL;
    if (text_is_blank(text))
        return true;
    value = check_value(field, text, out_reason);
    if (*out_reason)
        return false;
    g_free(row->value[field]);
    row->value[field] = g_steal_pointer(&value);
    return true;
}

/* -- the record ----------------------------------------------------------- */

static bool
status_fits(const AtsRow *row)
{
    static const char *const of_job[] = {"open", "closed", "draft", "archived",
                                         NULL};
    const char *status = row->value[ATS_STATUS];

    if (!status || row->type == ATS_CANDIDATE)
        return true;
    return g_strv_contains(of_job, status) == (row->type == ATS_JOB);
}

static bool
blame(AtsField field, const char *reason, int *out_field, char **out_reason)
{
    *out_field = (int)field;
    *out_reason = g_strdup(reason);
    return false;
}

/* What follows from the rest, where an ATS does not say it. */
static void
complete(AtsRow *row)
{
    char **v = row->value;

    if (!v[ATS_STATUS] && v[ATS_HIRED_AT])
        v[ATS_STATUS] = g_strdup("hired");
    else if (!v[ATS_STATUS] && v[ATS_REJECTED_AT])
        v[ATS_STATUS] = g_strdup("rejected");
    if (v[ATS_NAME] && !v[ATS_FIRST_NAME] && !v[ATS_LAST_NAME]) {
        const char *space = strrchr(v[ATS_NAME], ' ');
        v[ATS_FIRST_NAME] =
            space ? g_strndup(v[ATS_NAME], (gsize)(space - v[ATS_NAME]))
                  : g_strdup(v[ATS_NAME]);
        v[ATS_LAST_NAME] = space ? g_strdup(space + 1) : NULL;
    }
}

bool
ats_row_finish(AtsRow *row, const char *src, int64_t now, int *out_field,
               char **out_reason)
{
    char **v = row->value;

    *out_field = -1;
    if (!v[ATS_TYPE])
        return blame(ATS_TYPE,
                     "has no type: write candidate, job or application",
                     out_field, out_reason);
    row->type = strcmp(v[ATS_TYPE], "candidate") == 0 ? ATS_CANDIDATE
                : strcmp(v[ATS_TYPE], "job") == 0     ? ATS_JOB
                                                      : ATS_APPLICATION;
    if (!v[ATS_SRC] && src)
        v[ATS_SRC] = g_strdup(src);
    if (!v[ATS_SRC])
        return blame(ATS_SRC, "names no ATS (src)", out_field, out_reason);
    if (!v[ATS_ID])
        return blame(ATS_ID, "has no id", out_field, out_reason);
    if (row->type != ATS_JOB)
        complete(row);
    if (row->type == ATS_APPLICATION && !v[ATS_STATUS] && !v[ATS_REACHED] &&
        !ats_row_is_deleted(row))
        return blame(ATS_STATUS, "an application without a status", out_field,
                     out_reason);
    if (!status_fits(row))
        return blame(ATS_STATUS,
                     row->type == ATS_JOB
                         ? "a job is open, closed, draft or archived"
                         : "an application is active, hired, rejected or "
                           "withdrawn",
                     out_field, out_reason);
    if (!v[ATS_UPDATED_AT])
        v[ATS_UPDATED_AT] = g_strdup_printf("%" G_GINT64_FORMAT, now);
    return true;
}

bool
ats_row_is_deleted(const AtsRow *row)
{
    return g_strcmp0(row->value[ATS_DELETED], "1") == 0;
}

int64_t
ats_row_time(const AtsRow *row, AtsField field)
{
    return row->value[field] ? g_ascii_strtoll(row->value[field], NULL, 10) : 0;
}

char *
ats_row_pack(const AtsRow *row)
{
    GString *out = g_string_new("{");

    for (int i = 0; i < ATS_FIELDS; i++)
        if (row->value[i]) {
            g_string_append_printf(out, "%s\"%s\":", out->len > 1 ? "," : "",
                                   fields[i].name);
            json_append_string(out, row->value[i]);
        }
    if (row->raw) {
        g_string_append(out, ",\"\":");
        json_append_string(out, row->raw);
    }
    g_string_append_c(out, '}');
    return g_string_free(out, FALSE);
}
