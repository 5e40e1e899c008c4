/* SPDX-License-Identifier: Apache-2.0 */
/* desk.c - who visits the recruiters' pages, and which page it is
 *
 * Everything that must hold for every page is here, before any page's own
 * code: the Host is ours, the session is there, the role fits, and a POST
 * comes from one of our own forms. A page cannot forget it. */
#include "desk-private.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/log.h"

#include <string.h>

enum {
    TRY_BURST = 10, /* logins from one address */
    TRY_PER_SECOND = 1,
    BODY_MAX_BYTES = 16 * 1024,
};

typedef bool (*DeskHandler)(Visit *visit, GError **error);

/* "*" is any one part of a path; the first row that fits counts. */
static const struct {
    const char *method, *path;
    DeskRole role; /* any of these; 0: nobody need be in */
    DeskHandler run;
} pages[] = {
    {"GET", "/login", 0, desk_login_page},
    {"POST", "/login", 0, desk_login_ask},
    {"GET", "/login/*", 0, desk_login_link_page},
    {"POST", "/login/*", 0, desk_login_link_use},
    {"POST", "/logout", DESK_LEAD, desk_logout},
    {"GET", "/replies", DESK_RECRUITER, desk_replies_page},
    {"GET", "/replies/*", DESK_RECRUITER, desk_reply_page},
    {"POST", "/replies/*", DESK_RECRUITER, desk_reply_act},
    {"GET", "/replies/*/original", DESK_RECRUITER, desk_reply_original},
    {"GET", "/replies/*/stop", DESK_RECRUITER, desk_reply_stop_page},
    {"GET", "/people", DESK_RECRUITER, desk_people_page},
    {"POST", "/people", DESK_RECRUITER, desk_people_page},
    {"GET", "/people/*", DESK_RECRUITER, desk_person_page},
    {"POST", "/people/*/everything", DESK_RECRUITER, desk_person_everything},
    {"POST", "/people/*/log", DESK_RECRUITER, desk_person_log},
    {"GET", "/people/*/erase", DESK_RECRUITER, desk_person_erase_page},
    {"POST", "/people/*/erase", DESK_RECRUITER, desk_person_erase},
    {"GET", "/campaigns", DESK_LEAD, desk_campaigns_page},
    {"GET", "/campaigns/*", DESK_LEAD, desk_campaign_page},
    {"GET", "/campaigns/*/progress", DESK_LEAD, desk_campaign_progress},
    {"GET", "/campaigns/*/*", DESK_LEAD, desk_campaign_ask},
    {"POST", "/campaigns/*/*", DESK_LEAD, desk_campaign_act},
    {"GET", "/panic", DESK_LEAD, desk_panic_page},
    {"POST", "/panic", DESK_LEAD, desk_panic_act},
    {"GET", "/delivery", DESK_MARKETING, desk_delivery_page},
    {"GET", "/reports", DESK_MARKETING, desk_reports_page},
    {"GET", "/reports/campaigns.csv", DESK_MARKETING, desk_reports_csv},
    {"GET", "/reports/*", DESK_MARKETING, desk_report_page},
};

/* The path --------------------------------------------------------------- */

static void
path_split(Visit *visit)
{
    g_auto(GStrv) parts = g_strsplit(visit->request->path + 1, "/", -1);
    int count = 0;

    for (char **p = parts; *p && count < DESK_PARTS; p++)
        if (**p || p == parts)
            visit->part[count++] = g_strdup(*p);
}

static bool
path_fits(const Visit *visit, const char *pattern)
{
    g_auto(GStrv) words = g_strsplit(pattern + 1, "/", -1);
    guint n = g_strv_length(words);

    for (guint i = 0; i < DESK_PARTS; i++) {
        const char *part = visit->part[i];
        if (i >= n)
            return part == NULL;
        if (!part ||
            (strcmp(words[i], "*") != 0 && strcmp(words[i], part) != 0))
            return false;
    }
    return true;
}

int64_t
desk_number(const char *text)
{
    guint64 number;

    return text && g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, &number,
                                              NULL)
               ? (int64_t)number
               : 0;
}

/* What must hold --------------------------------------------------------- */

/* "https://talent.example.org" -> "talent.example.org" */
static const char *
host_of(const char *address)
{
    const char *mark = address ? strstr(address, "://") : NULL;

    return mark ? mark + 3 : "";
}

/* The length of a host's name without its port; "[::1]" has colons. */
static gsize
name_length(const char *host)
{
    return *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
}

/* Proxies pass Host on with its port or without. */
static bool
same_name(const char *a, const char *b)
{
    gsize length = name_length(a);

    return length > 0 && length == name_length(b) &&
           g_ascii_strncasecmp(a, b, length) == 0;
}

/* A page elsewhere can give its own name our address (DNS rebinding), and a
 * forged Host would end up in links: only our own names are answered. */
static bool
host_is_ours(const Visit *visit)
{
    const char *host = http_header(visit->request, "Host");

    return host && (same_name(host, host_of(visit->desk->address)) ||
                    same_name(host, "127.0.0.1") || same_name(host, "[::1]") ||
                    same_name(host, "localhost"));
}

/* What browsers say of where a request comes from; they let no page change
 * it. Old ones say nothing: then the form's token decides alone. */
static bool
origin_is_ours(const Visit *visit)
{
    const char *site = http_header(visit->request, "Sec-Fetch-Site");
    const char *origin = http_header(visit->request, "Origin");

    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return false;
    return !origin ||
           same_name(host_of(origin), http_header(visit->request, "Host"));
}

/* How many answers wait, for the navigation. */
static bool
count_answers(Visit *visit, GError **error)
{
    g_autoptr(Statement) st = NULL;

    if (!(visit->role & DESK_RECRUITER))
        return true;
    st = store_prepare(visit->store,
                       "SELECT count(*) FROM reply WHERE (state = 'open'"
                       "   OR (state = 'snoozed' AND snoozed_until <= :now))"
                       "  AND (:all OR recruiter = :who"
                       "   OR (recruiter IS NULL AND :fallback))",
                       error);
    if (!st)
        return false;
    desk_bind_who(visit, st);
    statement_bind_int(st, ":now", visit->now);
    if (statement_step(st))
        visit->answers = statement_int(st, 0);
    return statement_end(st, error);
}

void
desk_bind_who(const Visit *visit, Statement *st)
{
    statement_bind_text(st, ":who", visit->who->id);
    statement_bind_int(st, ":all", visit->role == DESK_LEAD);
    statement_bind_int(st, ":fallback",
                       g_strcmp0(visit->workspace->sending.fallback_sender,
                                 visit->who->id) == 0);
}

void
desk_bind_people(const Visit *visit, Statement *st)
{
    statement_bind_text(st, ":who", visit->who->id);
    statement_bind_int(st, ":all", visit->role == DESK_LEAD);
}

/* Which page ------------------------------------------------------------- */

static bool
start_page(Visit *visit)
{
    desk_redirect(visit, !visit->who                    ? "/login"
                         : visit->role & DESK_RECRUITER ? "/replies"
                                                        : "/campaigns");
    return true;
}

static bool
run_page(Visit *visit, gsize index, GError **error)
{
    DeskRole role = pages[index].role;
    bool post = strcmp(pages[index].method, "POST") == 0;

    if (post && !origin_is_ours(visit)) {
        desk_plain_page(visit, 403, "Not from here",
                        "This did not come from one of our own pages.");
        return true;
    }
    if (role && !visit->who) {
        desk_redirect(visit, "/login");
        return true;
    }
    /* What one may not see is not there: that it exists says too much. */
    if (role && !(role & visit->role))
        return desk_not_found(visit);
    if (role && post && !desk_csrf_fits(visit)) {
        desk_plain_page(visit, 403, "Please try again",
                        "The page was too old. Go back, reload it, and do it "
                        "once more.");
        return true;
    }
    return pages[index].run(visit, error);
}

bool
desk_not_found(Visit *visit)
{
    desk_plain_page(visit, 404, "Not here",
                    "There is no such page, or it is not yours to see.");
    return true;
}

static bool
find_page(Visit *visit, GError **error)
{
    const char *method = visit->request->method;

    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    if (!desk_session_find(visit, error) ||
        (visit->who && !count_answers(visit, error)))
        return false;
    if (strcmp(visit->request->path, "/") == 0 && strcmp(method, "GET") == 0)
        return start_page(visit);
    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++)
        if (strcmp(pages[i].method, method) == 0 &&
            path_fits(visit, pages[i].path))
            return run_page(visit, i, error);
    return desk_not_found(visit);
}

/* An error's own words are for whoever can mend it: what was typed. */
static void
answer_error(Visit *visit, GError *error)
{
    http_response_clear(visit->response);
    if (g_error_matches(error, NURTURE_ERROR, ERROR_NOT_FOUND)) {
        desk_not_found(visit);
    } else if (g_error_matches(error, NURTURE_ERROR, ERROR_INPUT) ||
               g_error_matches(error, NURTURE_ERROR, ERROR_REFUSED)) {
        desk_plain_page(visit, 400, "That did not work", error->message);
    } else {
        log_error("part=desk message=\"%s\"", error->message);
        desk_plain_page(visit, 503, "Not now",
                        "Something does not work at the moment, and nothing "
                        "has been changed. Please try again in a minute.");
    }
    g_error_free(error);
}

static void
handle(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    Desk *desk = data;
    GError *error = NULL;

    desk_workspace_look(desk);
    Visit visit = {.desk = desk,
                   .store = desk->store,
                   .workspace = desk->workspace,
                   .request = request,
                   .response = response,
                   .now = clock_now()};

    path_split(&visit);
    if (!host_is_ours(&visit))
        desk_plain_page(&visit, 421, "Wrong name",
                        "This server does not go by that name.");
    else if (!find_page(&visit, &error))
        answer_error(&visit, error);
    for (int i = 0; i < DESK_PARTS; i++)
        g_free(visit.part[i]);
}

/* The desk --------------------------------------------------------------- */

Desk *
desk_start(const Workspace *workspace, const Keys *keys,
           const DeskActions *actions, GError **error)
{
    g_autoptr(Store) store =
        store_open(workspace->database, STORE_EXISTING, error);
    Desk *desk;

    if (!store)
        return NULL;
    desk = g_new0(Desk, 1);
    desk->workspace = workspace;
    desk->keys = keys;
    desk->actions = *actions;
    desk->store = g_steal_pointer(&store);
    desk->logins = peer_limit_new(TRY_BURST, TRY_PER_SECOND);
    desk->kept = desk_kept_new();
    desk_workspace_begin(desk);
    desk->routes[0] = (HttpRoute){"GET", "/static/", 0, desk_static, desk};
    desk->routes[1] = (HttpRoute){"*", "/", BODY_MAX_BYTES, handle, desk};
    return desk;
}

const HttpRoute *
desk_routes(const Desk *desk)
{
    return desk->routes;
}

void
desk_stop(Desk *desk)
{
    if (!desk)
        return;
    store_close(desk->store);
    peer_limit_free(desk->logins);
    g_hash_table_unref(desk->kept);
    g_free(desk->address);
    if (desk->own)
        workspace_free(desk->own);
    g_free(desk);
}
