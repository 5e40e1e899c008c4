/* SPDX-License-Identifier: Apache-2.0 */
/* desk_page.c - the frame of the recruiters' pages, and small parts of all */
#include "desk-private.h"

#include "nurture/chart.h"
#include "nurture/clock.h"
#include "nurture/embedded.h"
#include "nurture/hash.h"
#include "nurture/text.h"

#include <string.h>

/* Nothing but our own files runs or is loaded, nothing frames us, forms lead
 * only here. There are no style attributes and no inline scripts. */
#define POLICY                                                                 \
    "default-src 'none'; style-src 'self'; script-src 'self'; "                \
    "connect-src 'self'; img-src 'self'; form-action 'self'; "                 \
    "base-uri 'none'; frame-ancestors 'none'"

static const struct {
    const char *section, *path, *title;
    DeskRole role; /* any of these */
} sections[] = {
    {"replies", "/replies", "Answers", DESK_RECRUITER},
    {"people", "/people", "People", DESK_RECRUITER},
    {"campaigns", "/campaigns", "Campaigns", DESK_LEAD},
    {"delivery", "/delivery", "Delivery", DESK_MARKETING},
    {"reports", "/reports", "Reports", DESK_MARKETING},
};

/* Files ------------------------------------------------------------------ */

static const struct {
    const char *name, *type, *path;
} files[] = {
    {"desk.css", "text/css; charset=utf-8", "tracking/data/desk.css"},
    {"desk.js", "text/javascript; charset=utf-8", "tracking/data/desk.js"},
    {"icon.svg", "image/svg+xml", "tracking/data/desk-icon.svg"},
};

/* The charts' colours travel with the rest. */
static GBytes *
file_bytes(gsize index)
{
    const Embedded *file = embedded_find(files[index].path);
    GString *text = g_string_new(NULL);

    g_assert(file);
    g_string_append_len(text, file->start, file->end - file->start);
    if (index == 0)
        g_string_append(text, chart_css());
    return g_string_free_to_bytes(text);
}

/* Changes with the program, so that a browser may keep what it has. */
static const char *
version(void)
{
    static char text[9];
    static gsize once;

    if (g_once_init_enter(&once)) {
        g_autoptr(GString) all = g_string_new(NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
            g_autoptr(GBytes) bytes = file_bytes(i);
            g_string_append_len(all, g_bytes_get_data(bytes, NULL),
                                (gssize)g_bytes_get_size(bytes));
        }
        g_autofree char *hash = sha256_hex(all->str, all->len);
        g_strlcpy(text, hash, sizeof text);
        g_once_init_leave(&once, 1);
    }
    return text;
}

void
desk_static(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        if (strcmp(request->rest, files[i].name) != 0)
            continue;
        response->type = files[i].type;
        response->body = file_bytes(i);
        http_response_header(response, "Cache-Control",
                             "public, max-age=31536000, immutable");
        http_response_header(response, "X-Content-Type-Options", "nosniff");
        return;
    }
    response->status = 404;
    http_response_header(response, "Cache-Control", "no-store");
}

/* The frame -------------------------------------------------------------- */

static void
append_navigation(Visit *visit, const char *section)
{
    markup(visit->html, "<nav aria-label=\"Pages\"><ul>");
    for (gsize i = 0; i < G_N_ELEMENTS(sections); i++) {
        bool here = g_strcmp0(section, sections[i].section) == 0;
        if (!(visit->role & sections[i].role))
            continue;
        markup(visit->html, "<li><a href=\"%s\"", sections[i].path);
        g_string_append(visit->html, here ? " aria-current=\"page\">" : ">");
        markup(visit->html, "%s", sections[i].title);
        if (i == 0 && visit->answers)
            markup(visit->html,
                   " <span class=\"count\">%d<span class=\"hidden\"> "
                   "open</span></span>",
                   visit->answers);
        markup(visit->html, "</a></li>");
    }
    markup(visit->html, "</ul></nav>");
}

static void
append_header(Visit *visit, const char *section)
{
    const char *company = visit->workspace->company;

    markup(visit->html,
           "<a class=\"skip\" href=\"#main\">To the content</a>\n"
           "<header class=\"top\"><div class=\"bar\">"
           "<a class=\"brand\" href=\"/\">nurture<span>%s</span></a>",
           company ? company : "");
    if (visit->who) {
        append_navigation(visit, section);
        markup(visit->html, "<div class=\"who\"><span>%s</span>",
               visit->who->name);
        desk_form_begin(visit, "/logout", "inline");
        markup(visit->html,
               "<button class=\"quiet\">Log out</button></form></div>");
    }
    markup(visit->html, "</div></header>\n<main id=\"main\">\n");
}

void
desk_page_begin(Visit *visit, const char *section, const char *title)
{
    visit->html = g_string_sized_new(16 * 1024);
    markup(visit->html,
           "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
           "<meta name=\"viewport\" content=\"width=device-width,"
           "initial-scale=1\"><meta name=\"color-scheme\" "
           "content=\"light dark\"><title>%s - nurture</title>"
           "<link rel=\"stylesheet\" href=\"/static/desk.css?v=%s\">"
           "<link rel=\"icon\" href=\"/static/icon.svg?v=%s\">"
           "<script src=\"/static/desk.js?v=%s\" defer></script>",
           title, version(), version(), version());
    if (visit->reload_s)
        markup(visit->html,
               "<noscript><meta http-equiv=\"refresh\" content=\"%d\">"
               "</noscript>",
               (int64_t)visit->reload_s);
    markup(visit->html, "</head>\n<body>");
    append_header(visit, section);
}

void
desk_page_end(Visit *visit, int status)
{
    g_autofree char *now = date_format(visit->now, visit->workspace->zone,
                                       "D MMMM YYYY, HH:mm", "en");

    markup(visit->html,
           "</main>\n<footer class=\"foot\"><p>%s (%s)</p></footer>"
           "</body></html>\n",
           now,
           visit->workspace->time_zone ? visit->workspace->time_zone : "UTC");
    http_response_page(visit->response, status, visit->html->str);
    http_response_header(visit->response, "Content-Security-Policy", POLICY);
    http_response_header(visit->response, "X-Frame-Options", "DENY");
    /* Not no-referrer: then forms would say that they come from "null". */
    http_response_header(visit->response, "Referrer-Policy", "same-origin");
    http_response_header(visit->response, "Cross-Origin-Resource-Policy",
                         "same-origin");
    g_string_free(g_steal_pointer(&visit->html), TRUE);
}

void
desk_plain_page(Visit *visit, int status, const char *title, const char *text)
{
    if (visit->html) /* a page that failed in its middle */
        g_string_free(g_steal_pointer(&visit->html), TRUE);
    desk_page_begin(visit, NULL, title);
    markup(visit->html,
           "<div class=\"door\"><h1>%s</h1><p>%s</p>"
           "<p><a href=\"/\">To the start</a></p></div>",
           title, text);
    desk_page_end(visit, status);
}

void
desk_redirect(Visit *visit, const char *path)
{
    g_assert(path[0] == '/' && path[1] != '/' && path[1] != '\\');
    visit->response->status = 303;
    http_response_header(visit->response, "Location", path);
    http_response_header(visit->response, "Cache-Control", "no-store");
}

void
desk_form_begin(Visit *visit, const char *path, const char *class)
{
    markup(visit->html,
           "<form method=\"post\" action=\"%s\" class=\"%s\">"
           "<input type=\"hidden\" name=\"csrf\" value=\"%s\">",
           path, class, visit->csrf);
}

/* Times ------------------------------------------------------------------ */

static void
append_time(Visit *visit, int64_t at, const char *pattern)
{
    GTimeZone *zone = visit->workspace->zone;
    g_autofree char *machine = date_format(at, zone, "YYYY-MM-DD HH:mm", "en");
    g_autofree char *human = date_format(at, zone, pattern, "en");

    markup(visit->html, "<time datetime=\"%s\">%s</time>", machine, human);
}

void
desk_time(Visit *visit, int64_t at)
{
    append_time(visit, at, "D MMM YYYY, HH:mm");
}

void
desk_day(Visit *visit, int64_t at)
{
    append_time(visit, at, "D MMM YYYY");
}

void
desk_step(Visit *visit, const char *campaign, const char *step)
{
    if (step && g_strcmp0(campaign, step) != 0)
        markup(visit->html, ", %s", step);
}

char *
desk_ago(int64_t at, int64_t now)
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{365 * DAY_MS, "year"}, {30 * DAY_MS, "month"},
                 {7 * DAY_MS, "week"},   {DAY_MS, "day"},
                 {HOUR_MS, "hour"},      {MINUTE_MS, "minute"}};
    int64_t distance = ABS(now - at);

    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        int64_t n = distance / units[i].ms;
        if (n > 0)
            return g_strdup_printf("%s%" G_GINT64_FORMAT " %s%s%s",
                                   at > now ? "in " : "", n, units[i].name,
                                   n == 1 ? "" : "s", at > now ? "" : " ago");
    }
    return g_strdup("just now");
}

/* Lists ------------------------------------------------------------------ */

int64_t
desk_page_number(const Visit *visit)
{
    return CLAMP(desk_number(http_query(visit->request, "page")), 1, 100000);
}

void
desk_pages(Visit *visit, const char *path, int64_t page, int64_t total)
{
    const char *join = strchr(path, '?') ? "&amp;" : "?";
    int64_t first = (page - 1) * DESK_PAGE + 1;

    if (total <= DESK_PAGE)
        return;
    markup(visit->html, "<nav class=\"pages\" aria-label=\"More\">");
    if (page > 1) {
        markup(visit->html, "<a class=\"button\" rel=\"prev\" href=\"%s", path);
        g_string_append(visit->html, join);
        markup(visit->html, "page=%i\">Back</a>", page - 1);
    }
    markup(visit->html, "<span>%d to %d of %d</span>", first,
           MIN(first + DESK_PAGE - 1, total), total);
    if (page * DESK_PAGE < total) {
        markup(visit->html, "<a class=\"button\" rel=\"next\" href=\"%s", path);
        g_string_append(visit->html, join);
        markup(visit->html, "page=%i\">More</a>", page + 1);
    }
    markup(visit->html, "</nav>");
}

const char *
desk_intent_words(const char *intent)
{
    static const struct {
        const char *intent, *words;
    } all[] = {
        {"interested", "Interested"},     {"question", "Question"},
        {"not_now", "Not now"},           {"not_interested", "Not interested"},
        {"referral", "Referral"},         {"wrong_person", "Wrong person"},
        {"unsubscribe", "Wants no mail"}, {"ooo", "Out of office"},
        {"other", "To be read"},
    };

    for (gsize i = 0; intent && i < G_N_ELEMENTS(all); i++)
        if (strcmp(all[i].intent, intent) == 0)
            return all[i].words;
    return "To be read";
}

char *
desk_name(const char *first, const char *last, const char *email)
{
    bool some = !text_is_blank(first), more = !text_is_blank(last);

    if (!some && !more)
        return g_strdup(email && *email ? email : "Somebody unknown");
    return g_strconcat(some ? first : "", some && more ? " " : "",
                       more ? last : "", NULL);
}
