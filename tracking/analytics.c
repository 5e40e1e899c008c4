/* SPDX-License-Identifier: Apache-2.0 */
/* analytics.c - the tables that all reports count in, and the list of reports
 */
#include "analytics-private.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/text.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name, *title;
    bool (*make)(const Analysis *a, Sheets *out, GError **error);
} reports[] = {
    {"pipeline", "From first contact to hire", analytics_pipeline},
    {"sources", "Source of hire", analytics_sources},
    {"segments", "Segments and mails", analytics_segments},
    {"cohorts", "Cohorts", analytics_cohorts},
};

const char *const *
analytics_names(void)
{
    static const char *names[G_N_ELEMENTS(reports) + 1];

    for (gsize i = 0; i < G_N_ELEMENTS(reports); i++)
        names[i] = reports[i].name;
    return names;
}

/* -- the tables ------------------------------------------------------------ */

/* An application that nobody's ATS knows is made of what was logged by hand:
 * one per person, as of the first word of it. */
static const char *const tables[] = {
    "DROP TABLE IF EXISTS temp.a_touch",
    "DROP TABLE IF EXISTS temp.a_first",
    "DROP TABLE IF EXISTS temp.a_application",
    "CREATE TEMP TABLE a_touch (event_id INTEGER PRIMARY KEY, candidate_id"
    " INTEGER, at INTEGER, kind TEXT, message_id TEXT, campaign TEXT, segment"
    " TEXT)",
    "INSERT INTO a_touch SELECT e.event_id, e.candidate_id, e.at, e.kind,"
    "  e.message_id, e.campaign, CASE WHEN e.message_id IS NULL"
    "   THEN '(by hand)' ELSE coalesce(m.segment, '(no segment)') END"
    " FROM event e LEFT JOIN message m ON m.message_id = e.message_id"
    " WHERE e.candidate_id IS NOT NULL AND e.machine = 0 AND e.at < :until"
    "  AND e.kind IN ('sent', 'clicked', 'replied', 'interested', 'contacted',"
    "   'met') AND (e.kind <> 'sent' OR (m.kind = 'campaign' AND NOT EXISTS"
    "   (SELECT 1 FROM event b WHERE b.message_id = e.message_id"
    "     AND b.kind <> 'sent' AND b.kind = 'bounced' AND b.at < :until)))",
    "CREATE INDEX temp.a_touch_of ON a_touch (candidate_id, at, event_id)",
    "CREATE TEMP TABLE a_first (candidate_id INTEGER PRIMARY KEY, at INTEGER,"
    " engaged INTEGER, replied INTEGER, applied INTEGER, interviewed INTEGER,"
    " hired INTEGER)",
    "INSERT INTO a_first SELECT t.candidate_id, t.at,"
    "  (SELECT min(e.at) FROM event e WHERE e.candidate_id = t.candidate_id"
    "    AND e.kind IN ('clicked', 'replied', 'interested') AND e.machine = 0"
    "    AND e.at >= t.at AND e.at < :until),"
    "  (SELECT min(e.at) FROM event e WHERE e.candidate_id = t.candidate_id"
    "    AND e.kind = 'replied' AND e.at >= t.at AND e.at < :until),"
    "  (SELECT min(e.at) FROM event e WHERE e.candidate_id = t.candidate_id"
    "    AND e.kind = 'applied' AND e.at >= t.at AND e.at < :until),"
    "  (SELECT min(e.at) FROM event e WHERE e.candidate_id = t.candidate_id"
    "    AND e.kind = 'interviewed' AND e.at >= t.at AND e.at < :until),"
    "  (SELECT min(e.at) FROM event e WHERE e.candidate_id = t.candidate_id"
    "    AND e.kind = 'hired' AND e.at >= t.at AND e.at < :until)"
    " FROM (SELECT candidate_id, min(at) AS at FROM a_touch"
    "  WHERE kind IN ('sent', 'contacted', 'met') GROUP BY candidate_id) t",
    "CREATE TEMP TABLE a_application (id INTEGER PRIMARY KEY, candidate_id"
    " INTEGER, source TEXT, applied_at INTEGER, interviewed INTEGER, hired_at"
    " INTEGER, rating REAL, left_at INTEGER, touch INTEGER, touch_at INTEGER,"
    " segment TEXT)",
    "INSERT INTO a_application (candidate_id, source, applied_at, interviewed,"
    "  hired_at, rating, left_at)"
    " SELECT a.candidate_id, coalesce(nullif(trim(a.source), ''),"
    "   '(not known)'), a.applied_at,"
    "  a.reached IN ('interview', 'offer') OR a.status = 'hired',"
    "  CASE WHEN a.status = 'hired' AND a.hired_at < :until"
    "   THEN a.hired_at END,"
    "  CASE WHEN json_valid(a.raw) AND json_extract(a.raw, '$.rating')"
    "   GLOB '[0-9]*' THEN CAST(json_extract(a.raw, '$.rating') AS REAL) END,"
    "  CASE WHEN json_valid(a.raw)"
    "   THEN unixepoch(json_extract(a.raw, '$.left_at')) * 1000 END"
    " FROM application a WHERE a.candidate_id IS NOT NULL"
    "  AND a.applied_at < :until ORDER BY a.application_id",
    "INSERT INTO a_application (candidate_id, source, applied_at, interviewed,"
    "  hired_at)"
    " SELECT e.candidate_id, coalesce(nullif(trim(c.source), ''),"
    "   '(not known)'), min(e.at), max(e.kind IN ('interviewed', 'hired')),"
    "  min(CASE WHEN e.kind = 'hired' THEN e.at END)"
    " FROM event e JOIN candidate c ON c.candidate_id = e.candidate_id"
    " WHERE e.kind IN ('applied', 'interviewed', 'hired') AND e.at < :until"
    "  AND e.dedupe_key LIKE 'hand %' AND NOT EXISTS (SELECT 1"
    "   FROM application a WHERE a.candidate_id = e.candidate_id)"
    " GROUP BY e.candidate_id ORDER BY e.candidate_id",
    "UPDATE a_application SET touch = (SELECT t.event_id FROM a_touch t"
    "  WHERE t.candidate_id = a_application.candidate_id"
    "   AND t.at <= a_application.applied_at"
    "   AND t.at > a_application.applied_at - :window"
    "  ORDER BY t.at DESC, t.event_id DESC LIMIT 1)",
    "UPDATE a_application SET (touch_at, segment) = (SELECT t.at, t.segment"
    "  FROM a_touch t WHERE t.event_id = a_application.touch)",
};

Statement *
analysis_query(const Analysis *a, const char *sql, GError **error)
{
    Statement *st = store_prepare(a->store, sql, error);

    if (!st)
        return NULL;
    if (strstr(sql, ":from"))
        statement_bind_int(st, ":from", a->period.from);
    if (strstr(sql, ":until"))
        statement_bind_int(st, ":until", a->period.until);
    if (strstr(sql, ":window"))
        statement_bind_int(st, ":window", a->workspace->attribution_ms);
    return st;
}

bool
analysis_prepare(const Analysis *a, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autoptr(Statement) st = NULL;

        /* What is prepared against a table that goes would be in its way. */
        if (!strchr(tables[i], ':')) {
            if (!store_exec(a->store, tables[i], error))
                return false;
            continue;
        }
        st = analysis_query(a, tables[i], error);
        if (!st || !statement_run(st, error))
            return false;
    }
    return true;
}

/* -- filling --------------------------------------------------------------- */

bool
analysis_fill(const Analysis *a, Sheet *sheet, const char *sql, GError **error)
{
    g_autoptr(Statement) st = analysis_query(a, sql, error);

    if (!st)
        return false;
    g_assert(statement_columns(st) == (int)sheet->width);
    while (statement_step(st))
        for (guint c = 0; c < sheet->width; c++) {
            if (statement_is_null(st, (int)c))
                sheet_unknown(sheet);
            else if (sheet->columns[c].type == CELL_TEXT)
                sheet_text(sheet, statement_text(st, (int)c));
            else
                sheet_number(sheet, statement_double(st, (int)c));
        }
    return statement_end(st, error);
}

bool
analysis_number(const Analysis *a, const char *sql, double *out, bool *known,
                GError **error)
{
    g_autoptr(Statement) st = analysis_query(a, sql, error);

    *out = 0;
    *known = false;
    if (!st)
        return false;
    if (statement_step(st)) {
        *known = !statement_is_null(st, 0);
        *out = statement_double(st, 0);
    }
    return statement_end(st, error);
}

static int
compare(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
quantile(const GArray *sorted, double p)
{
    double at = p * (sorted->len - 1);
    guint low = (guint)floor(at), high = MIN(low + 1, sorted->len - 1);
    double a = g_array_index(sorted, double, low);

    return a + (at - low) * (g_array_index(sorted, double, high) - a);
}

void
sheet_quartiles(Sheet *sheet, GArray *numbers)
{
    static const double places[] = {0, 0.25, 0.5, 0.75, 1};

    g_array_sort(numbers, compare);
    sheet_number(sheet, numbers->len);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        if (numbers->len > 0)
            sheet_number(sheet, quantile(numbers, places[i]));
        else
            sheet_unknown(sheet);
    }
}

/* -- making one ------------------------------------------------------------ */

static char *
period_words(const Analysis *a)
{
    GTimeZone *zone = a->workspace->zone;
    g_autofree char *until =
        date_format(a->period.until - 1, zone, "D MMMM YYYY", "en");
    g_autofree char *from =
        a->period.from ? date_format(a->period.from, zone, "D MMMM YYYY", "en")
                       : NULL;

    return from ? g_strdup_printf("%s to %s", from, until)
                : g_strdup_printf("to %s", until);
}

Sheets *
analytics_make(Store *store, const Workspace *workspace, const char *name,
               Period period, GError **error)
{
    const Analysis a = {store, workspace, period};
    g_autofree char *words = period_words(&a);
    const char *near;

    for (gsize i = 0; i < G_N_ELEMENTS(reports); i++) {
        g_autoptr(Sheets) out = NULL;
        if (strcmp(reports[i].name, name) != 0)
            continue;
        out = sheets_new(name, reports[i].title, workspace->company, words);
        if (!analysis_prepare(&a, error) || !reports[i].make(&a, out, error))
            return NULL;
        return g_steal_pointer(&out);
    }
    near = text_nearest(name, analytics_names());
    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                "there is no report '%s'%s%s", name,
                near ? "; did you mean " : "", near ? near : "");
    return NULL;
}
