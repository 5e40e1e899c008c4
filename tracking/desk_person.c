/* SPDX-License-Identifier: Apache-2.0 */
/* desk_person.c - one person: everything that happened, and why (not) mailed */
#include "desk-person.h"

#include "nurture/eligibility.h"
#include "nurture/error.h"
#include "nurture/score.h"
#include "nurture/visible.h"

#include <string.h>

void
person_clear(Person *p)
{
    char *strings[] = {p->name,      p->email,  p->hmac,          p->job,
                       p->employer,  p->city,   p->country,       p->language,
                       p->recruiter, p->source, p->source_detail, p->ats,
                       p->notes};

    for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
}

static void
person_read(Statement *st, Person *p)
{
    char **texts[] = {&p->email,         &p->hmac,      &p->job,
                      &p->employer,      &p->city,      &p->country,
                      &p->language,      &p->recruiter, &p->source,
                      &p->source_detail, &p->ats,       &p->notes};

    p->id = statement_int(st, 0);
    p->added = statement_int(st, 1);
    p->last_engaged = statement_int(st, 2);
    p->last_contacted = statement_int(st, 3);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(statement_text(st, (int)i + 4));
    p->name =
        desk_name(statement_text(st, 16), statement_text(st, 17), p->email);
}

bool
person_load(Visit *visit, Person *p, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT candidate_id, added, last_engaged, last_contacted, email,"
        "  address_hmac, job_title, employer, city, country, language,"
        "  recruiter, source, source_detail, ats_status, notes, first_name,"
        "  last_name FROM candidate c WHERE candidate_id = :candidate"
        "  AND " VISIBLE " AND" DESK_OWN_PEOPLE,
        error);

    if (!st)
        return false;
    desk_bind_people(visit, st);
    statement_bind_int(st, ":candidate", desk_number(visit->part[1]));
    if (statement_step(st))
        person_read(st, p);
    if (!statement_end(st, error))
        return false;
    if (p->id)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND, "no such person");
    return false;
}

/* Who it is -------------------------------------------------------------- */

static void
fact(Visit *visit, const char *name, const char *value, const char *more)
{
    if (!value || !*value)
        return;
    markup(visit->html, "<div><dt>%s</dt><dd>%s%s%s</dd></div>", name, value,
           more && *more ? ", " : "", more ? more : "");
}

static void
fact_day(Visit *visit, const char *name, int64_t at)
{
    if (!at)
        return;
    markup(visit->html, "<div><dt>%s</dt><dd>", name);
    desk_day(visit, at);
    markup(visit->html, "</dd></div>");
}

static bool
append_tags(Visit *visit, const Person *p, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(visit->store,
                      "SELECT field, group_concat(value, ', ') FROM"
                      " (SELECT field, value FROM candidate_tag"
                      "  WHERE candidate_id = :candidate ORDER BY field, value)"
                      " GROUP BY field",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", p->id);
    while (statement_step(st)) {
        g_autofree char *name =
            g_strdelimit(g_strdup(statement_text(st, 0)), "_", ' ');
        name[0] = g_ascii_toupper(name[0]);
        fact(visit, name, statement_text(st, 1), NULL);
    }
    return statement_end(st, error);
}

static bool
append_facts(Visit *visit, const Person *p, GError **error)
{
    const Sender *sender = workspace_sender(visit->workspace, p->recruiter);

    markup(visit->html, "<dl class=\"facts\">");
    fact(visit, "Address", p->email, NULL);
    fact(visit, "Works as", p->job, p->employer);
    fact(visit, "Place", p->city ? p->city : p->country,
         p->city ? p->country : NULL);
    fact(visit, "Language", p->language, NULL);
    fact(visit, "Recruiter", sender ? sender->name : p->recruiter, NULL);
    fact(visit, "In the ATS", p->ats, NULL);
    fact(visit, "Came from", p->source, p->source_detail);
    fact_day(visit, "Here since", p->added);
    fact_day(visit, "Last contacted", p->last_contacted);
    fact_day(visit, "Last engaged", p->last_engaged);
    if (!append_tags(visit, p, error))
        return false;
    fact(visit, "Notes", p->notes, NULL);
    markup(visit->html, "</dl>");
    return true;
}

/* Why (not) mailed ------------------------------------------------------- */

static void
append_answer(Visit *visit, const EligibilityAnswer *a)
{
    markup(visit->html, "<span>%s%s%s", eligibility_sentence(a->reason),
           a->detail[0] ? ": " : "", a->detail);
    if (a->retry_at) {
        markup(visit->html, "; next possible ");
        desk_time(visit, a->retry_at);
    }
    markup(visit->html, "</span>");
}

/* What holds for all mail need not be said again for each campaign. */
static void
append_campaign_answer(Visit *visit, const EligibilityWhy *w,
                       Eligibility general)
{
    markup(visit->html,
           "<li><strong><a href=\"/campaigns/%u\">%s</a></strong> "
           "<span class=\"soft\">%s",
           w->campaign, w->campaign, w->standing);
    if (w->due_at) {
        markup(visit->html, ", due ");
        desk_time(visit, w->due_at);
    }
    markup(visit->html, "</span> ");
    if (w->answer.reason != general)
        append_answer(visit, &w->answer);
    markup(visit->html, "</li>");
}

static bool
append_why(Visit *visit, const Person *p, GError **error)
{
    g_autoptr(GPtrArray) list = visit->desk->actions.why(
        visit->store, visit->workspace, p->id, visit->now, error);
    const EligibilityWhy *general;

    if (!list)
        return false;
    general = list->pdata[0];
    markup(visit->html, "<section class=\"card\"><h2>May we write?</h2>"
                        "<ul class=\"plain\"><li><strong>Mail in general"
                        "</strong> ");
    append_answer(visit, &general->answer);
    markup(visit->html, "</li>");
    for (guint i = 1; i < list->len; i++)
        append_campaign_answer(visit, list->pdata[i], general->answer.reason);
    markup(visit->html, "</ul></section>");
    return true;
}

/* What events are called -------------------------------------------------- */

static const char *
event_words(const char *kind)
{
    static const struct {
        const char *kind, *words;
    } all[] = {
        {"sent", "We wrote"},
        {"delivered", "Delivered"},
        {"bounced", "Bounced"},
        {"replied", "Answered"},
        {"clicked", "Clicked"},
        {"opened", "Opened"},
        {"opted_out", "Left"},
        {"complained", "Pressed the spam button"},
        {"auto_reply", "An automatic answer"},
        {"applied", "Applied"},
        {"interviewed", "Interviewed"},
        {"hired", "Hired"},
        {"finished", "Finished"},
        {"enrolled", "Entered"},
        {"exited", "Left the sequence"},
        {"interested", "Said \"interested\""},
        {"imported", "Imported"},
        {"sourced", "Sourced"},
        {"contacted", "Contacted"},
        {"met", "Met"},
        {"declined", "Declined"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        if (strcmp(all[i].kind, kind) == 0)
            return all[i].words;
    return kind;
}

/* The score -------------------------------------------------------------- */

static bool
append_score(Visit *visit, const Person *p, GError **error)
{
    g_autoptr(ScoreExplanation) e =
        score_explain(visit->store, visit->workspace, p->id, visit->now, error);
    g_autofree char *total = NULL;

    if (!e)
        return false;
    total = g_strdup_printf("%.1f", e->total);
    markup(visit->html, "<section class=\"card\"><h2>Score %s</h2>", total);
    if (e->parts->len == 0)
        markup(visit->html, "<p class=\"soft\">Nothing has happened that "
                            "counts.</p>");
    else
        markup(visit->html,
               "<table><thead><tr><th>When</th><th>What</th>"
               "<th class=\"num\">Then</th><th class=\"num\">Now</th></tr>"
               "</thead><tbody>");
    for (guint i = e->parts->len; i-- > 0 && e->parts->len - i <= 12;) {
        const ScorePart *part = e->parts->pdata[i];
        g_autofree char *then = g_strdup_printf("%.0f", part->weight);
        g_autofree char *now = g_strdup_printf("%.1f", part->present);
        markup(visit->html, "<tr><td>");
        desk_day(visit, part->at);
        markup(visit->html,
               "</td><td>%s%s%s</td><td class=\"num\">%s</td>"
               "<td class=\"num\">%s</td></tr>",
               event_words(part->kind), part->positive ? ", keen" : "",
               part->machine ? ", by a machine" : "", then, now);
    }
    if (e->parts->len > 0)
        markup(visit->html, "</tbody></table>");
    if (e->parts->len > 12)
        markup(visit->html, "<p class=\"soft\">And %d older ones.</p>",
               (int64_t)e->parts->len - 12);
    markup(visit->html, "</section>");
    return true;
}

/* Consent and holds ------------------------------------------------------ */

static bool
append_consent(Visit *visit, const Person *p, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT at, replace(purpose, '_', ' '), state, source, expires_at"
        " FROM consent WHERE candidate_id = :candidate"
        " ORDER BY at DESC, consent_id DESC LIMIT 30",
        error);
    int64_t rows = 0;

    if (!st)
        return false;
    markup(visit->html, "<section class=\"card\"><h2>Consent</h2>"
                        "<ul class=\"plain\">");
    statement_bind_int(st, ":candidate", p->id);
    for (; statement_step(st); rows++) {
        markup(visit->html, "<li><strong class=\"cap\">%s %s</strong> <span>",
               statement_text(st, 1), statement_text(st, 2));
        desk_day(visit, statement_int(st, 0));
        if (statement_text(st, 3))
            markup(visit->html, " <span class=\"soft\">\"%s\"</span>",
                   statement_text(st, 3));
        if (!statement_is_null(st, 4)) {
            markup(visit->html, ", until ");
            desk_day(visit, statement_int(st, 4));
        }
        markup(visit->html, "</span></li>");
    }
    markup(visit->html, rows ? "</ul></section>"
                             : "</ul><p class=\"soft\">None is on record."
                               "</p></section>");
    return statement_end(st, error);
}

static bool
append_holds(Visit *visit, const Person *p, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT replace(kind, '_', ' '), created_at, until_at,"
        "  lifted_at IS NOT NULL OR until_at <= :now FROM hold"
        " WHERE candidate_id = :candidate ORDER BY created_at DESC LIMIT 20",
        error);
    bool any = false;

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", p->id);
    statement_bind_int(st, ":now", visit->now);
    for (; statement_step(st); any = true) {
        if (!any)
            markup(visit->html, "<section class=\"card\"><h2>Holds</h2>"
                                "<ul class=\"plain\">");
        markup(visit->html, "<li><strong class=\"cap\">%s</strong> <span>from ",
               statement_text(st, 0));
        desk_day(visit, statement_int(st, 1));
        markup(visit->html, " until ");
        desk_day(visit, statement_int(st, 2));
        if (statement_int(st, 3))
            markup(visit->html, " <span class=\"soft\">(over)</span>");
        markup(visit->html, "</span></li>");
    }
    if (any)
        markup(visit->html, "</ul></section>");
    return statement_end(st, error);
}

/* The timeline ----------------------------------------------------------- */

static void
append_event(Visit *visit, Statement *st)
{
    const char *campaign = statement_text(st, 2);

    markup(visit->html, "<li");
    g_string_append(visit->html,
                    statement_int(st, 4) ? " class=\"machine\">" : ">");
    desk_time(visit, statement_int(st, 0));
    markup(visit->html, " <strong>%s</strong>",
           event_words(statement_text(st, 1)));
    if (campaign) {
        markup(visit->html, " <span>%s", campaign);
        desk_step(visit, campaign, statement_text(st, 3));
        markup(visit->html, "</span>");
    }
    if (statement_int(st, 4))
        markup(visit->html, " <span class=\"soft\">(a machine)</span>");
    if (statement_text(st, 5))
        markup(visit->html, " <span class=\"soft\">%s</span>",
               statement_text(st, 5));
    if (statement_int(st, 6))
        markup(visit->html, " <a href=\"/replies/%i\">read it</a>",
               statement_int(st, 6));
    markup(visit->html, "</li>");
}

static bool
count_events(Visit *visit, const Person *p, int64_t *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT count(*) FROM event WHERE candidate_id = :candidate", error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", p->id);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

/* An answer is linked only where the visitor may read it. */
static bool
append_timeline(Visit *visit, const Person *p, GError **error)
{
    int64_t page = desk_page_number(visit), total = 0;
    g_autofree char *path = g_strdup_printf("/people/%" G_GINT64_FORMAT, p->id);
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT e.at, e.kind, e.campaign, e.step, e.machine,"
        "  replace(coalesce(json_extract(e.detail, '$.note'),"
        "   json_extract(e.detail, '$.reason'),"
        "   json_extract(e.detail, '$.intent'),"
        "   json_extract(e.detail, '$.return_date')), '_', ' '),"
        "  (SELECT r.reply_id FROM reply r WHERE e.kind = 'replied'"
        "    AND r.candidate_id = e.candidate_id AND r.received_at = e.at"
        "    AND (:all OR r.recruiter = :who"
        "     OR (r.recruiter IS NULL AND :fallback)) LIMIT 1)"
        " FROM event e WHERE e.candidate_id = :candidate"
        " ORDER BY e.at DESC, e.event_id DESC LIMIT :limit OFFSET :offset",
        error);

    if (!st || !count_events(visit, p, &total, error))
        return false;
    desk_bind_who(visit, st);
    statement_bind_int(st, ":candidate", p->id);
    statement_bind_int(st, ":limit", DESK_PAGE);
    statement_bind_int(st, ":offset", (page - 1) * DESK_PAGE);
    markup(visit->html, "<section><h2>What happened</h2>");
    if (total == 0)
        markup(visit->html, "<p class=\"empty\">Nothing yet.</p>");
    else
        markup(visit->html, "<ul class=\"history\">");
    while (statement_step(st))
        append_event(visit, st);
    if (total > 0)
        markup(visit->html, "</ul>");
    desk_pages(visit, path, page, total);
    markup(visit->html, "</section>");
    return statement_end(st, error);
}

/* What happened away from mail, told by hand ------------------------------- */

static void
append_log_form(Visit *visit, const Person *p)
{
    g_autofree char *path =
        g_strdup_printf("/people/%" G_GINT64_FORMAT "/log", p->id);
    g_autofree char *today =
        date_format(visit->now, visit->workspace->zone, "YYYY-MM-DD", "en");

    markup(visit->html, "<details class=\"card deeds\"><summary>Log what "
                        "happened elsewhere</summary>");
    desk_form_begin(visit, path, "");
    markup(visit->html, "<label for=\"kind\">What</label>"
                        "<select id=\"kind\" name=\"kind\">");
    for (const char *const *k = visit->desk->actions.log_kinds(); *k; k++)
        markup(visit->html, "<option value=\"%s\">%s</option>", *k,
               event_words(*k));
    markup(visit->html,
           "</select><label for=\"day\">When</label>"
           "<input id=\"day\" name=\"day\" type=\"date\" required "
           "max=\"%s\" value=\"%s\"><label for=\"note\">Note, for the team "
           "only</label><textarea id=\"note\" name=\"note\" "
           "maxlength=\"1000\"></textarea>"
           "<button>Log it</button></form></details>",
           today, today);
}

/* The page --------------------------------------------------------------- */

static void
append_deeds(Visit *visit, const Person *p)
{
    g_autofree char *path =
        g_strdup_printf("/people/%" G_GINT64_FORMAT "/everything", p->id);

    markup(visit->html, "<section class=\"deeds\">");
    desk_form_begin(visit, path, "inline");
    markup(visit->html,
           "<button>All that is known, as a file</button></form>"
           "<a class=\"button danger\" href=\"/people/%i/erase\">Erase</a>"
           "</section>",
           p->id);
}

bool
desk_person_page(Visit *visit, GError **error)
{
    g_auto(Person) p = {0};

    if (!person_load(visit, &p, error))
        return false;
    desk_page_begin(visit, "people", p.name);
    markup(visit->html,
           "<p class=\"up\"><a href=\"/people\">People</a></p>"
           "<div class=\"title\"><h1>%s</h1>",
           p.name);
    if (p.ats)
        markup(visit->html, "<span class=\"tag\">%s</span>", p.ats);
    markup(visit->html, "</div><div class=\"two even\"><div>");
    if (!append_facts(visit, &p, error) || !append_timeline(visit, &p, error))
        return false;
    markup(visit->html, "</div><div>");
    if (!append_why(visit, &p, error) || !append_score(visit, &p, error) ||
        !append_consent(visit, &p, error) || !append_holds(visit, &p, error))
        return false;
    append_log_form(visit, &p);
    append_deeds(visit, &p);
    markup(visit->html, "</div></div>");
    desk_page_end(visit, 200);
    return true;
}
