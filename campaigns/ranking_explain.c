/* SPDX-License-Identifier: Apache-2.0 */
/* ranking_explain.c - why somebody stands where they stand, in words */
#include "nurture/clock.h"
#include "nurture/event.h"
#include "ranking-private.h"

#include <math.h>
#include <string.h>

static const char *const part_words[RANK_PARTS] = {
    [RANK_INTEREST] = "interest",   [RANK_WORDS] = "words",
    [RANK_SENIORITY] = "seniority", [RANK_LOCATION] = "location",
    [RANK_LANGUAGE] = "language",   [RANK_REACHED] = "reached",
    [RANK_RECENCY] = "recency",     [RANK_SCORE] = "score",
};

const char *
rank_part_word(RankPart part)
{
    return part_words[part];
}

typedef struct {
    Store *store;
    const Workspace *workspace;
    const Role *role;
    const Ranked *person;
    int64_t now;
    char **out;
} Explaining;

static char *
explain_interests(const Explaining *x, const char *joined)
{
    g_auto(GStrv) theirs = g_strsplit(joined ? joined : "", "\x1f", -1);
    g_autoptr(GString) shared = g_string_new(NULL);

    for (char **i = x->role->interests; *i; i++)
        if (g_strv_contains((const char *const *)theirs, *i))
            g_string_append_printf(shared, "%s%s", shared->len ? ", " : "", *i);
    return shared->len ? g_strdup(shared->str) : NULL;
}

static char *
explain_level(const Explaining *x, const char *level)
{
    double share = x->person->parts[RANK_SENIORITY];

    if (!level)
        return g_strdup("level not known");
    if (g_strv_contains((const char *const *)x->role->levels, level))
        return g_strdup(level);
    return g_strdup_printf("%s, %s", level,
                           share > 0 ? "one step beside" : "another level");
}

static char *
explain_place(const Explaining *x, const char *city, const char *country)
{
    if (city && x->role->city && text_is_same(city, x->role->city))
        return g_strdup(city);
    if (!country)
        return g_strdup("country not known");
    if (g_strv_contains((const char *const *)x->role->countries, country))
        return g_strdup_printf("%s%s%s", city ? city : "", city ? ", " : "",
                               country);
    return g_strdup_printf("%s, not one of the role's countries", country);
}

static char *
explain_age(const Explaining *x, Statement *row, const RankFields *f)
{
    int64_t at = rank_last_sign(row, f);
    int64_t days = MAX(0, (x->now - at) / DAY_MS);
    const char *what = statement_int(row, f->last_applied) == at   ? "applied"
                       : statement_int(row, f->last_engaged) == at ? "active"
                                                                   : "came";

    if (days < 60)
        return g_strdup_printf("%s %d days ago", what, (int)days);
    if (days < 730)
        return g_strdup_printf("%s %d months ago", what, (int)(days / 30));
    return g_strdup_printf("%s %d years ago", what, (int)(days / 365));
}

static bool
explain_fields(const Explaining *x, GError **error)
{
    g_autoptr(AudienceQuery) query =
        audience_query_new(NULL, x->workspace, x->now);
    g_autoptr(Statement) row = NULL;
    RankFields f;
    const char *language;

    rank_fields_add(&f, query, x->workspace->fields);
    row = audience_query_prepare(query, x->store, AUDIENCE_ONE, error);
    if (!row)
        return false;
    audience_bind(row, AUDIENCE_ONE, x->person->candidate);
    if (!statement_step(row))
        return statement_end(row, error);
    if (f.interest)
        x->out[RANK_INTEREST] =
            explain_interests(x, statement_text(row, f.interest));
    if (f.seniority)
        x->out[RANK_SENIORITY] =
            explain_level(x, statement_text(row, f.seniority));
    x->out[RANK_LOCATION] = explain_place(x, statement_text(row, f.city),
                                          statement_text(row, f.country));
    language = statement_text(row, f.language);
    x->out[RANK_LANGUAGE] = g_strdup(language ? language : "not known");
    x->out[RANK_RECENCY] = explain_age(x, row, &f);
    return statement_end(row, error);
}

static bool
has_word(const Explaining *x, const char *word, bool *out, GError **error)
{
    g_autofree char *query = ranking_query(word);
    g_autoptr(Statement) st = store_prepare(
        x->store,
        "SELECT 1 FROM candidate_words"
        " WHERE candidate_words MATCH :query AND rowid = :candidate",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":query", query);
    statement_bind_int(st, ":candidate", x->person->candidate);
    *out = statement_step(st);
    return statement_end(st, error);
}

static bool
explain_words(const Explaining *x, GError **error)
{
    g_auto(GStrv) words = ranking_words(x->role);
    g_autoptr(GString) found = g_string_new(NULL);

    for (char **w = words; *w; w++) {
        bool has;
        if (!has_word(x, *w, &has, error))
            return false;
        if (has)
            g_string_append_printf(found, "%s%s", found->len ? ", " : "", *w);
    }
    x->out[RANK_WORDS] = found->len ? g_strdup(found->str) : NULL;
    return true;
}

static bool
explain_reached(const Explaining *x, GError **error)
{
    double best = -1;
    g_autoptr(Statement) st = store_prepare(
        x->store,
        "SELECT a.reached, a.status, coalesce(a.rejected_at, a.applied_at),"
        "  j.title FROM application a LEFT JOIN job j ON j.job_id = a.job_id"
        " WHERE a.candidate_id = :candidate"
        "  AND a.status IN ('rejected', 'withdrawn') ORDER BY 3 DESC",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", x->person->candidate);
    while (statement_step(st)) {
        const char *reached = statement_text(st, 0);
        const char *title = statement_text(st, 3);
        g_autofree char *when = date_format(
            statement_int(st, 2), x->workspace->zone, "MMM YYYY", "en");
        if (rank_reached(reached) <= best)
            continue;
        best = rank_reached(reached);
        g_free(x->out[RANK_REACHED]);
        x->out[RANK_REACHED] = g_strdup_printf(
            "%s, %s%s%s%s%s", reached ? reached : "applied",
            statement_text(st, 1), statement_is_null(st, 2) ? "" : " ",
            statement_is_null(st, 2) ? "" : when, title ? ", " : "",
            title ? title : "");
    }
    return statement_end(st, error);
}

static bool
explain_score(const Explaining *x, GError **error)
{
    double score;

    if (!score_of(x->store, x->workspace, x->person->candidate, x->now, &score,
                  error))
        return false;
    if (score >= 0.5)
        x->out[RANK_SCORE] = g_strdup_printf("%.0f", score);
    return true;
}

static bool
explain_consent(const Explaining *x, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        x->store,
        "SELECT k.state, k.source, k.at, c.source FROM candidate c"
        " LEFT JOIN consent k ON k.consent_id ="
        "  (SELECT k2.consent_id FROM consent k2"
        "   WHERE k2.candidate_id = c.candidate_id AND k2.purpose = 'mail'"
        "   ORDER BY k2.at DESC, k2.consent_id DESC LIMIT 1)"
        " WHERE c.candidate_id = :candidate",
        error);
    g_autofree char *day = NULL;

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", x->person->candidate);
    if (statement_step(st) && statement_text(st, 0)) {
        const char *source = statement_text(st, 1);
        day = date_format(statement_int(st, 2), x->workspace->zone,
                          "YYYY-MM-DD", "en");
        x->out[RANK_PARTS] =
            g_strdup_printf("%s %s%s%s", statement_text(st, 0), day,
                            source ? ", " : "", source ? source : "");
    } else {
        const char *source = statement_text(st, 3);
        x->out[RANK_PARTS] =
            g_strdup_printf("none; source %s", source ? source : "not known");
    }
    return statement_end(st, error);
}

char **
ranking_explain(Store *store, const Workspace *workspace, const Role *role,
                const Ranked *person, int64_t now, GError **error)
{
    g_auto(GStrv) out = g_new0(char *, RANK_PARTS + 2);
    const Explaining x = {store, workspace, role, person, now, out};
    bool good = explain_fields(&x, error) && explain_words(&x, error) &&
                explain_reached(&x, error) && explain_score(&x, error) &&
                explain_consent(&x, error);

    /* A list that others free ends at the first NULL. */
    for (int i = 0; i <= RANK_PARTS; i++)
        if (!out[i])
            out[i] = g_strdup("");
    return good ? g_steal_pointer(&out) : NULL;
}
