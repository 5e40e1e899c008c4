/* SPDX-License-Identifier: Apache-2.0 */
/* desk_people.c - finding somebody, and forgetting somebody
 *
 * What is searched for goes in the body of a POST: a name in an address would
 * stay in the proxy's log and the browser's history. */
#include "desk-private.h"

#include "desk-person.h"
#include "nurture/alert.h"
#include "nurture/error.h"
#include "nurture/event.h"
#include "nurture/text.h"
#include "nurture/visible.h"

#include <string.h>

enum { FOUND_MAX = 50, QUERY_MAX = 200, OWN_COUNTED = 2500 };

static void
append_person(Visit *visit, Statement *st)
{
    g_autofree char *name = desk_name(
        statement_text(st, 1), statement_text(st, 2), statement_text(st, 3));
    double score =
        statement_is_null(st, 6)
            ? 0
            : score_at(visit->workspace, statement_double(st, 6), visit->now);
    g_autofree char *points = g_strdup_printf("%.0f", score);
    const char *job = statement_text(st, 4), *employer = statement_text(st, 5);

    markup(visit->html,
           "<li><a href=\"/people/%i\"><span class=\"lead\"><strong>%s"
           "</strong></span><span>%s%s%s</span><span class=\"aside num\">"
           "score %s</span></a></li>\n",
           statement_int(st, 0), name, job ? job : "",
           job && employer ? ", " : "", employer ? employer : "", points);
}

#define LISTED " " VISIBLE " AND" DESK_OWN_PEOPLE

static bool
append_found(Visit *visit, const char *query, GError **error)
{
    g_autofree char *folded = g_utf8_casefold(query, -1);
    int64_t rows = 0;
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT c.candidate_id, c.first_name, c.last_name, c.email,"
        "  c.job_title, c.employer, s.scaled FROM candidate c"
        " LEFT JOIN score s ON s.candidate_id = c.candidate_id"
        " WHERE" LISTED " AND (instr(lower(coalesce(c.first_name, '') || ' '"
        "   || coalesce(c.last_name, '')), :query)"
        "  OR instr(lower(c.email), :query)"
        "  OR instr(lower(coalesce(c.employer, '')), :query)"
        "  OR instr(lower(coalesce(c.job_title, '')), :query)"
        "  OR instr(coalesce(c.first_name, '') || ' '"
        "   || coalesce(c.last_name, ''), :plain)"
        "  OR EXISTS (SELECT 1 FROM candidate_address a"
        "   WHERE a.candidate_id = c.candidate_id AND a.email_key = :query))"
        " ORDER BY s.scaled DESC, c.candidate_id LIMIT :limit",
        error);

    if (!st)
        return false;
    desk_bind_people(visit, st);
    statement_bind_text(st, ":query", folded);
    statement_bind_text(st, ":plain", query);
    statement_bind_int(st, ":limit", FOUND_MAX + 1);
    for (; statement_step(st); rows++) {
        if (rows == 0)
            markup(visit->html, "<ul class=\"rows\">");
        if (rows < FOUND_MAX)
            append_person(visit, st);
    }
    if (rows == 0)
        markup(visit->html,
               "<p class=\"empty\">Nobody has that in their name, address, "
               "employer or job.</p>");
    else
        markup(visit->html, "</ul>");
    if (rows > FOUND_MAX)
        markup(visit->html,
               "<p class=\"soft\">These are the first %d. Say "
               "more to find others.</p>",
               (int64_t)FOUND_MAX);
    return statement_end(st, error);
}

static bool
count_people(Visit *visit, int64_t *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT count(*) FROM (SELECT 1 FROM candidate c WHERE" LISTED
        " LIMIT :most)",
        error);

    if (!st)
        return false;
    desk_bind_people(visit, st);
    /* Whether somebody is one's own takes looking at each. */
    statement_bind_int(st, ":most",
                       visit->role == DESK_LEAD ? -1 : OWN_COUNTED);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

static bool
append_highest(Visit *visit, int64_t page, GError **error)
{
    int64_t total = 0;
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT c.candidate_id, c.first_name, c.last_name, c.email,"
        "  c.job_title, c.employer, s.scaled FROM candidate c"
        " LEFT JOIN score s ON s.candidate_id = c.candidate_id"
        " WHERE" LISTED
        " ORDER BY s.scaled DESC, c.candidate_id LIMIT :limit OFFSET :offset",
        error);

    if (!st || !count_people(visit, &total, error))
        return false;
    if (total == 0) {
        markup(visit->html, "<p class=\"empty\">Nobody is here yet. People "
                            "come in with: nurture candidates import "
                            "people.csv</p>");
        return true;
    }
    desk_bind_people(visit, st);
    statement_bind_int(st, ":limit", DESK_PAGE);
    statement_bind_int(st, ":offset", (page - 1) * DESK_PAGE);
    markup(visit->html, "<h2>Highest scores first</h2><ul class=\"rows\">");
    while (statement_step(st))
        append_person(visit, st);
    markup(visit->html, "</ul>");
    desk_pages(visit, "/people", page, total);
    return statement_end(st, error);
}

bool
desk_people_page(Visit *visit, GError **error)
{
    bool post = strcmp(visit->request->method, "POST") == 0;
    g_autofree char *query = post ? http_form(visit->request, "query") : NULL;
    bool some = !text_is_blank(query) && strlen(query) <= QUERY_MAX;

    if (some)
        g_strstrip(query);
    desk_page_begin(visit, "people", "People");
    markup(visit->html, "<h1>People</h1>");
    desk_form_begin(visit, "/people", "search");
    markup(visit->html,
           "<label class=\"hidden\" for=\"query\">Name, address, employer or "
           "job</label><input id=\"query\" name=\"query\" type=\"search\" "
           "maxlength=\"200\" placeholder=\"Name, address, employer or job\" "
           "value=\"%s\"><button>Find</button></form>",
           some ? query : "");
    if (some ? !append_found(visit, query, error)
             : !append_highest(visit, desk_page_number(visit), error))
        return false;
    desk_page_end(visit, 200);
    return true;
}

/* What is known, and forgetting it --------------------------------------- */

static bool
audit_person(Visit *visit, int64_t candidate, const char *action,
             const char *detail, GError **error)
{
    g_auto(Transaction) tx = store_begin(visit->store, error);

    return tx.store &&
           audit_candidate(visit->store, visit->who->id, action, candidate,
                           detail, visit->now, error) &&
           transaction_commit(&tx, error);
}

bool
desk_person_everything(Visit *visit, GError **error)
{
    g_auto(Person) p = {0};
    g_autofree char *json = NULL, *disposition = NULL;

    if (!person_load(visit, &p, error))
        return false;
    json = visit->desk->actions.everything(visit->store, visit->workspace, p.id,
                                           visit->now, error);
    if (!json || !audit_person(visit, p.id, "export person", NULL, error))
        return false;
    disposition = g_strdup_printf(
        "attachment; filename=\"person-%" G_GINT64_FORMAT ".json\"", p.id);
    visit->response->type = "application/json";
    visit->response->body = g_bytes_new(json, strlen(json));
    http_response_header(visit->response, "Content-Disposition", disposition);
    http_response_header(visit->response, "X-Content-Type-Options", "nosniff");
    http_response_header(visit->response, "Cache-Control", "no-store");
    return true;
}

/* A day in the workspace's zone; today is its beginning, so never the future.
 */
bool
desk_person_log(Visit *visit, GError **error)
{
    g_auto(Person) p = {0};
    g_autofree char *kind = http_form(visit->request, "kind");
    g_autofree char *day = http_form(visit->request, "day");
    g_autofree char *note = http_form(visit->request, "note");
    g_autofree char *path = NULL;
    int64_t at, event;

    if (!person_load(visit, &p, error) ||
        !date_parse(day ? day : "", visit->workspace->zone, &at, error) ||
        !visit->desk->actions.log(visit->store, visit->workspace, p.id,
                                  kind ? kind : "", at, note, visit->who->id,
                                  visit->now, &event, error))
        return false;
    path = g_strdup_printf("/people/%" G_GINT64_FORMAT, p.id);
    desk_redirect(visit, path);
    return true;
}

static const char *const reasons[] = {
    "asked for it (GDPR Article 17)", "objected to being contacted",
    "kept too long", "should never have been here"};

bool
desk_person_erase_page(Visit *visit, GError **error)
{
    g_auto(Person) p = {0};
    g_autofree char *path = NULL;

    if (!person_load(visit, &p, error))
        return false;
    path = g_strdup_printf("/people/%" G_GINT64_FORMAT "/erase", p.id);
    desk_page_begin(visit, "people", "Erase");
    markup(visit->html,
           "<p class=\"up\"><a href=\"/people/%i\">%s</a></p>"
           "<div class=\"door\"><h1>Erase %s?</h1>"
           "<p>Name, addresses, fields, answers and received mail are deleted "
           "from the database and the disk. What was done and when stays, "
           "without anything that says to whom, and the address is never "
           "mailed or imported again. This cannot be taken back.</p>",
           p.id, p.name, p.name);
    desk_form_begin(visit, path, "");
    markup(visit->html, "<label for=\"reason\">Because this person</label>"
                        "<select id=\"reason\" name=\"reason\">");
    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
        markup(visit->html, "<option value=\"%i\">%s</option>", (int64_t)i,
               reasons[i]);
    markup(visit->html,
           "</select><label for=\"name\">Write <strong>erase</strong> to "
           "confirm</label><input id=\"name\" name=\"confirm\" required "
           "pattern=\"[Ee]rase\" autocomplete=\"off\">"
           "<button class=\"danger\">Erase for ever</button> "
           "<a class=\"button\" href=\"/people/%i\">No</a></form></div>",
           p.id);
    desk_page_end(visit, 200);
    return true;
}

bool
desk_person_erase(Visit *visit, GError **error)
{
    g_auto(Person) p = {0};
    g_autofree char *confirm = http_form(visit->request, "confirm");
    g_autofree char *reason = http_form(visit->request, "reason");
    guint64 index = reason ? g_ascii_strtoull(reason, NULL, 10) : G_MAXUINT64;
    g_autoptr(GError) failed = NULL;

    if (index >= G_N_ELEMENTS(reasons) || !confirm ||
        g_ascii_strcasecmp(confirm, "erase") != 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "Nothing has been erased: the word was not \"erase\".");
        return false;
    }
    if (!person_load(visit, &p, error) ||
        !audit_person(visit, p.id, "erase person", reasons[index], error))
        return false;
    if (!visit->desk->actions.erase(visit->store, visit->workspace,
                                    visit->desk->keys, p.id, visit->now,
                                    &failed)) {
        if (!g_error_matches(failed, NURTURE_ERROR, ERROR_TEMPORARY)) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
        /* It says what is done already and what is left. */
        desk_plain_page(visit, 503, "Not all of it yet", failed->message);
        return true;
    }
    desk_plain_page(visit, 200, "Erased",
                    "Nothing is known of this person any more.");
    return true;
}
