/* SPDX-License-Identifier: Apache-2.0 */
/* desk_replies.c - the inbox: answers by what they mean */
#include "desk-private.h"

#include "nurture/replies.h"
#include "nurture/text.h"

#include <string.h>

enum { SNIPPET = 160 };

/* One place for which answers a visitor's list has. */
#define MINE " (:all OR recruiter = :who OR (recruiter IS NULL AND :fallback))"
#define STATED                                                                 \
    " CASE WHEN state = 'snoozed' AND snoozed_until <= :now THEN 'open'"       \
    "  ELSE state END = :state"

static const struct {
    const char *state, *title, *none;
} states[] = {
    {"open", "Open",
     "Nothing waits for you. New answers come in with every "
     "run, and in your daily digest."},
    {"snoozed", "Snoozed",
     "Nothing is put off. What you snooze waits here "
     "until its day."},
    {"done", "Done", "Nothing has been dealt with yet."},
};

static gsize
state_index(const Visit *visit)
{
    const char *wanted = http_query(visit->request, "state");

    for (gsize i = 0; i < G_N_ELEMENTS(states); i++)
        if (g_strcmp0(wanted, states[i].state) == 0)
            return i;
    return 0;
}

/* Only one of ours: what stands in a page's links is never the request's. */
static const char *
intent_wanted(const Visit *visit)
{
    const char *wanted = http_query(visit->request, "intent");

    for (const char *const *i = reply_intents(); *i; i++)
        if (g_strcmp0(wanted, *i) == 0)
            return *i;
    return NULL;
}

/* What the visitor did last, as the audit has it. */
static bool
append_done(Visit *visit, GError **error)
{
    int64_t reply = desk_number(http_query(visit->request, "done"));
    g_autofree char *object = g_strdup_printf("reply %" G_GINT64_FORMAT, reply);
    g_autoptr(Statement) st = NULL;

    if (reply == 0)
        return true;
    st = store_prepare(visit->store,
                       "SELECT action FROM audit WHERE object = :object"
                       "  AND actor = :who ORDER BY at DESC, audit_id DESC"
                       " LIMIT 1",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":object", object);
    statement_bind_text(st, ":who", visit->who->id);
    if (statement_step(st))
        markup(visit->html,
               "<p class=\"said\" role=\"status\">Answer %i: %s. "
               "<a href=\"/replies/%i\">Look at it again</a></p>",
               reply, statement_text(st, 0), reply);
    return statement_end(st, error);
}

static bool
append_states(Visit *visit, gsize chosen, GError **error)
{
    int64_t counts[G_N_ELEMENTS(states)] = {0};
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT CASE WHEN state = 'snoozed' AND snoozed_until <= :now"
        "  THEN 'open' ELSE state END AS s, count(*) FROM reply WHERE" MINE
        " GROUP BY s",
        error);

    if (!st)
        return false;
    desk_bind_who(visit, st);
    statement_bind_int(st, ":now", visit->now);
    while (statement_step(st))
        for (gsize i = 0; i < G_N_ELEMENTS(states); i++)
            if (strcmp(statement_text(st, 0), states[i].state) == 0)
                counts[i] = statement_int(st, 1);
    markup(visit->html, "<nav class=\"tabs\" aria-label=\"State\">");
    for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
        markup(visit->html, "<a href=\"/replies?state=%s\"", states[i].state);
        g_string_append(visit->html,
                        i == chosen ? " aria-current=\"page\">" : ">");
        markup(visit->html, "%s <span class=\"count\">%d</span></a>",
               states[i].title, counts[i]);
    }
    markup(visit->html, "</nav>");
    return statement_end(st, error);
}

/* Returns how many fit the chosen intent; -1 on failure. */
static int64_t
append_intents(Visit *visit, const char *state, const char *chosen,
               GError **error)
{
    int64_t all = 0, fit = 0;
    g_autoptr(GString) links = g_string_new(NULL);
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT coalesce(label, intent) AS i, count(*) FROM reply"
        " WHERE" MINE " AND" STATED " GROUP BY i ORDER BY count(*) DESC, i",
        error);

    if (!st)
        return -1;
    desk_bind_who(visit, st);
    statement_bind_int(st, ":now", visit->now);
    statement_bind_text(st, ":state", state);
    while (statement_step(st)) {
        const char *intent = statement_text(st, 0);
        bool here = g_strcmp0(intent, chosen) == 0;
        all += statement_int(st, 1);
        fit += here ? statement_int(st, 1) : 0;
        markup(links, "<li><a href=\"/replies?state=%s&amp;intent=%u\"", state,
               intent);
        g_string_append(links, here ? " aria-current=\"true\">" : ">");
        markup(links, "%s <span class=\"count\">%d</span></a></li>",
               desk_intent_words(intent), statement_int(st, 1));
    }
    if (all > 0) {
        markup(visit->html,
               "<nav aria-label=\"What they mean\"><ul class=\"chips\">"
               "<li><a href=\"/replies?state=%s\"",
               state);
        g_string_append(visit->html, chosen ? ">" : " aria-current=\"true\">");
        markup(visit->html, "All <span class=\"count\">%d</span></a></li>",
               all);
        g_string_append(visit->html, links->str);
        markup(visit->html, "</ul></nav>");
    }
    return statement_end(st, error) ? (chosen ? fit : all) : -1;
}

static void
append_snippet(Visit *visit, const char *text)
{
    g_autofree char *cut =
        g_utf8_substring(text, 0, MIN(text_columns(text), SNIPPET));

    markup(visit->html, "<span class=\"words\">%s%s</span>", cut,
           text_columns(text) > SNIPPET ? " ..." : "");
}

static void
append_row(Visit *visit, Statement *st)
{
    const char *intent = statement_text(st, 1);
    g_autofree char *name = desk_name(
        statement_text(st, 5), statement_text(st, 6), statement_text(st, 7));
    g_autofree char *ago = desk_ago(statement_int(st, 4), visit->now);

    markup(visit->html,
           "<li><a href=\"/replies/%i\"><span class=\"lead\">"
           "<strong>%s</strong> <span class=\"tag %s\">%s</span></span>",
           statement_int(st, 0), name, intent, desk_intent_words(intent));
    append_snippet(visit, statement_text(st, 3));
    markup(visit->html, "<span class=\"aside\">%s", ago);
    if (statement_text(st, 8))
        markup(visit->html, " \u00b7 %s", statement_text(st, 8));
    if (visit->role == DESK_LEAD && statement_text(st, 9) &&
        strcmp(statement_text(st, 9), visit->who->id) != 0) {
        const Sender *sender =
            workspace_sender(visit->workspace, statement_text(st, 9));
        markup(visit->html, " \u00b7 for %s",
               sender ? sender->name : statement_text(st, 9));
    }
    if (!statement_is_null(st, 10)) {
        g_autofree char *day = date_format(
            statement_int(st, 10), visit->workspace->zone, "D MMM YYYY", "en");
        markup(visit->html, " \u00b7 until %s", day);
    }
    markup(visit->html, "</span></a></li>\n");
}

/* Most urgent first: the order of the digest. */
static bool
append_list(Visit *visit, const char *state, const char *intent, int64_t page,
            GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT r.reply_id, coalesce(r.label, r.intent) AS i, r.subject,"
        "  r.text, r.received_at, c.first_name, c.last_name,"
        "  coalesce(c.email, r.from_address), r.campaign, r.recruiter,"
        "  CASE WHEN r.state = 'snoozed' THEN r.snoozed_until END"
        " FROM (SELECT * FROM reply WHERE" MINE " AND" STATED
        "  AND (:intent IS NULL OR coalesce(label, intent) = :intent)) r"
        " LEFT JOIN candidate c ON c.candidate_id = r.candidate_id"
        " ORDER BY CASE i WHEN 'unsubscribe' THEN 0 WHEN 'interested' THEN 1"
        "   WHEN 'question' THEN 2 WHEN 'referral' THEN 3 WHEN 'other' THEN 4"
        "   WHEN 'not_now' THEN 5 ELSE 6 END,"
        "  r.received_at DESC, r.reply_id DESC LIMIT :limit OFFSET :offset",
        error);

    if (!st)
        return false;
    desk_bind_who(visit, st);
    statement_bind_int(st, ":now", visit->now);
    statement_bind_text(st, ":state", state);
    statement_bind_text(st, ":intent", intent);
    statement_bind_int(st, ":limit", DESK_PAGE);
    statement_bind_int(st, ":offset", (page - 1) * DESK_PAGE);
    markup(visit->html, "<ul class=\"rows\">\n");
    while (statement_step(st))
        append_row(visit, st);
    markup(visit->html, "</ul>");
    return statement_end(st, error);
}

bool
desk_replies_page(Visit *visit, GError **error)
{
    gsize state = state_index(visit);
    const char *intent = intent_wanted(visit);
    int64_t page = desk_page_number(visit);
    g_autofree char *path =
        g_strdup_printf("/replies?state=%s%s%s", states[state].state,
                        intent ? "&amp;intent=" : "", intent ? intent : "");
    int64_t total;

    desk_page_begin(visit, "replies", "Answers");
    markup(visit->html, "<h1>Answers</h1>");
    if (!append_done(visit, error) || !append_states(visit, state, error))
        return false;
    total = append_intents(visit, states[state].state, intent, error);
    if (total < 0)
        return false;
    if (total == 0)
        markup(visit->html, "<p class=\"empty\">%s</p>", states[state].none);
    else if (!append_list(visit, states[state].state, intent, page, error))
        return false;
    desk_pages(visit, path, page, total);
    desk_page_end(visit, 200);
    return true;
}
