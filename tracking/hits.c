/* SPDX-License-Identifier: Apache-2.0 */
/* hits.c - clicks and opens: the routes, and what is recorded of a hit */
#include "nurture/hits.h"

#include "hit-job.h"
#include "nurture/clock.h"
#include "nurture/consent.h"
#include "nurture/event.h"
#include "nurture/fact.h"
#include "nurture/outbox.h"
#include "nurture/peer-limit.h"

#include <string.h>

#define FORM_MAX 8192 /* bytes of a POST: a mail program's form is 80 */
#define BURST_MS (10 * SECOND_MS)

struct Hits {
    HitSite site;
    HttpRoute *routes;
    PeerLimit *limit;
};

/* Jobs ------------------------------------------------------------------- */

HitJob *
hit_job_new(const HttpRequest *request, HttpResponse *response,
            const HitSite *site, WebTokenKind kind, HitStep read)
{
    g_autofree HitJob *job = g_new0(HitJob, 1);
    gsize length = strlen(request->rest);

    if (kind == WEB_TOKEN_OPEN && g_str_has_suffix(request->rest, ".gif"))
        length -= strlen(".gif");
    if (!web_token_read(site->keys, kind, request->rest, length,
                        job->message_id, &job->link)) {
        site_not_found(site, response);
        return NULL;
    }
    job->site = site;
    job->read = read;
    job->now = clock_now();
    return g_steal_pointer(&job);
}

void
hit_job_submit(HitJob *job, const HttpRequest *request)
{
    job->deferred = http_defer(request);
    hit_queue_push(job->site->queue, job);
}

void
hit_job_run(const HttpRequest *request, HttpResponse *response,
            const HitSite *site, WebTokenKind kind, HitStep read,
            const char *action)
{
    HitJob *job = hit_job_new(request, response, site, kind, read);

    if (!job)
        return;
    if (action) {
        job->action = http_form(request, action);
        job->value = http_form(request, "value");
    }
    hit_job_submit(job, request);
}

/* Recording -------------------------------------------------------------- */

static char *
hit_detail(const HitJob *job, bool click)
{
    g_autofree char *link =
        click ? g_strdup_printf("\"link\":%u,", job->link) : g_strdup("");

    /* Rules come from our own table: no quotes in them. */
    return g_strdup_printf("{%s\"class\":\"%s\",\"rule\":\"%s\"}", link,
                           hit_kind_word(job->class.kind), job->class.rule);
}

/* Without a person and without the mail, and too coarse to find them by the
 * minute. */
static bool
write_aggregate(HitJob *job, Store *store, GError **error)
{
    bool click = job->location != NULL;
    g_autofree char *detail = hit_detail(job, click);
    Event event = {.kind = click ? "clicked" : "opened",
                   .campaign = job->message.campaign,
                   .step = job->message.step,
                   .at = job->now - job->now % HOUR_MS,
                   .machine = job->class.kind == HIT_MACHINE,
                   .detail = detail};

    return event_record(store, job->site->workspace, &event, NULL, error);
}

/* Other links of this mail that were followed within the last seconds: among
 * its newest events only, for somebody may press one link ten thousand times.
 */
static bool
is_burst(HitJob *job, Store *store, bool *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT count(DISTINCT json_extract(detail, '$.link')) FROM"
        " (SELECT kind, at, detail FROM event WHERE message_id = :message"
        "   AND kind <> 'sent' ORDER BY event_id DESC LIMIT 32)"
        " WHERE kind = 'clicked' AND at > :since"
        "  AND json_extract(detail, '$.link') <> :link",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":message", job->message_id);
    statement_bind_int(st, ":since", job->now - BURST_MS);
    statement_bind_int(st, ":link", job->link);
    *out = statement_step(st) && statement_int(st, 0) >= 2;
    return statement_end(st, error);
}

static bool
record(HitJob *job, Store *store, const char *kind, GError **error)
{
    bool click = strcmp(kind, "clicked") == 0;
    g_autofree char *detail = hit_detail(job, click);
    Event event = {.candidate = job->message.candidate,
                   .kind = kind,
                   .message_id = job->message_id,
                   .campaign = job->message.campaign,
                   .step = job->message.step,
                   .at = job->now,
                   .machine = job->class.kind == HIT_MACHINE,
                   .detail = detail};

    if (!event_record(store, job->site->workspace, &event, NULL, error))
        return false;
    /* Whoever opens it, person or machine: the mail did leave. */
    return !job->message.in_doubt ||
           outbox_resolve(store, job->message_id, false, kind, job->now, error);
}

static bool
write_click(HitJob *job, Store *store, GError **error)
{
    bool burst = false;

    if (!is_burst(job, store, &burst, error))
        return false;
    if (burst && job->class.kind != HIT_MACHINE)
        hit_class_set(&job->class, HIT_MACHINE, "burst");
    return record(job, store, "clicked", error);
}

static bool
write_open(HitJob *job, Store *store, GError **error)
{
    return record(job, store, "opened", error);
}

/* The date alone, and only the last one. */
static bool
write_last_open(HitJob *job, Store *store, GError **error)
{
    g_autofree char *name =
        g_strdup_printf("last_open/%" G_GINT64_FORMAT, job->message.candidate);
    g_autoptr(GDateTime) when =
        g_date_time_new_from_unix_utc(job->now / SECOND_MS);
    g_autofree char *day = g_date_time_format(when, "%Y-%m-%d");

    return fact_set(store, name, day, error);
}

/* Which step records this hit; NULL when nothing may be kept of it. */
static bool
choose_write(HitJob *job, Store *store, TrackMode mode, const char *purpose,
             HitStep consented, GError **error)
{
    bool given = false;

    job->write = NULL;
    if (strcmp(job->message.kind, "campaign") != 0 || mode == TRACK_OFF)
        return true;
    hit_class_add_delay(&job->class, job->message.sent_at, job->now);
    if (mode == TRACK_AGGREGATE) {
        job->write = write_aggregate;
        return true;
    }
    if (!job->message.candidate)
        return true;
    if (mode == TRACK_DELIVERABILITY) {
        if (job->class.kind != HIT_MACHINE)
            job->write = write_last_open;
        return true;
    }
    if (!consent_given(store, job->message.candidate, purpose, job->now, &given,
                       error))
        return false;
    job->write = given ? consented : NULL;
    return true;
}

/* Clicks ----------------------------------------------------------------- */

/* The person's own target, if it has one, else the mail's. */
static bool
find_target(HitJob *job, Store *store, char **out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT coalesce("
        "(SELECT json_extract(own_links, '$.\"' || :link || '\"')"
        "  FROM message WHERE message_id = :message), "
        "(SELECT url FROM link WHERE link_set = :set AND link = :link))",
        error);

    *out = NULL;
    if (!st)
        return false;
    statement_bind_text(st, ":message", job->message_id);
    statement_bind_text(st, ":set", job->message.link_set);
    statement_bind_int(st, ":link", job->link);
    if (statement_step(st))
        *out = g_strdup(statement_text(st, 0));
    return statement_end(st, error);
}

/* As it may stand in a header: only http and https, nothing but ASCII. */
static char *
target_location(const char *url)
{
    if (g_ascii_strncasecmp(url, "https://", 8) != 0 &&
        g_ascii_strncasecmp(url, "http://", 7) != 0)
        return NULL;
    return g_uri_escape_string(
        url, G_URI_RESERVED_CHARS_ALLOWED_IN_PATH "?#[]%", FALSE);
}

static bool
read_click(HitJob *job, Store *store, GError **error)
{
    g_autofree char *url = NULL;

    if (!find_target(job, store, &url, error))
        return false;
    g_free(job->location);
    job->location = url ? target_location(url) : NULL;
    if (!job->location) {
        hit_job_not_found(job);
        return true;
    }
    job->response.status = 302;
    job->response.location = job->location;
    http_response_header(&job->response, "Referrer-Policy", "no-referrer");
    http_response_header(&job->response, "Cache-Control", "no-store");
    http_response_header(&job->response, "X-Robots-Tag", "noindex");
    if (job->class.kind == HIT_PROXY)
        job->class.kind = HIT_MACHINE; /* people do not click through one */
    return choose_write(job, store, job->site->workspace->tracking.clicks,
                        "click_tracking", write_click, error);
}

static void
handle_click(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    const HitSite *site = data;
    HitJob *job =
        hit_job_new(request, response, site, WEB_TOKEN_CLICK, read_click);

    if (!job)
        return;
    job->class = hit_class_of_request(site->agents, request, true);
    hit_job_submit(job, request);
}

/* Opens ------------------------------------------------------------------ */

/* One transparent pixel. */
static const guint8 gif[43] = {
    'G', 'I',  'F',  '8',  '9',  'a',  1, 0, 1, 0,    0x80, 0, 0,    0, 0,
    0,   0xff, 0xff, 0xff, 0x21, 0xf9, 4, 1, 0, 0,    0,    0, 0x2c, 0, 0,
    0,   0,    1,    0,    1,    0,    0, 2, 2, 0x44, 1,    0, 0x3b};

static bool
read_open(HitJob *job, Store *store, GError **error)
{
    g_clear_pointer(&job->response.body, g_bytes_unref);
    job->response.body = g_bytes_new_static(gif, sizeof gif);
    job->response.type = "image/gif";
    http_response_header(&job->response, "Cache-Control", "no-store");
    http_response_header(&job->response, "X-Robots-Tag", "noindex");
    http_response_header(&job->response, "X-Content-Type-Options", "nosniff");
    return choose_write(job, store, job->site->workspace->tracking.opens,
                        "open_tracking", write_open, error);
}

static void
handle_open(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    const HitSite *site = data;
    HitJob *job =
        hit_job_new(request, response, site, WEB_TOKEN_OPEN, read_open);

    if (!job)
        return;
    job->class = hit_class_of_request(site->agents, request, false);
    hit_job_submit(job, request);
}

/* The site --------------------------------------------------------------- */

static const HttpRoute route_table[] = {
    {"GET", "/c/", 0, handle_click},
    {"GET", "/o/", 0, handle_open},
    {"GET", "/u/", 0, handle_opt_out_get},
    {"POST", "/u/", FORM_MAX, handle_opt_out_post},
    {"GET", "/p/", 0, handle_preferences_get},
    {"POST", "/p/", FORM_MAX, handle_preferences_post},
    {"GET", "/i/", 0, handle_interest_get},
    {"POST", "/i/", FORM_MAX, handle_interest_post},
    {"GET", "/v/", 0, handle_view},
    {"GET", "/y/", 0, handle_confirm_get},
    {"POST", "/y/", FORM_MAX, handle_confirm_post},
    {"GET", "/join", 0, handle_join_get},
    {"POST", "/join", FORM_MAX, handle_join_post},
    {NULL},
};

Hits *
hits_start(const Workspace *workspace, const Keys *keys, HitsView view,
           GError **error)
{
    g_autoptr(Hits) hits = g_new0(Hits, 1);

    hits->site.workspace = workspace;
    hits->site.keys = keys;
    hits->site.view = view;
    hits->site.agents = hit_agents_load(error);
    if (!hits->site.agents)
        return NULL;
    hits->site.texts = page_texts_load(error);
    if (!hits->site.texts)
        return NULL;
    hits->site.queue = hit_queue_start(workspace->database, error);
    if (!hits->site.queue)
        return NULL;
    hits->routes = g_memdup2(route_table, sizeof route_table);
    for (HttpRoute *r = hits->routes; r->method; r++)
        r->data = &hits->site;
    return g_steal_pointer(&hits);
}

/* Limits ----------------------------------------------------------------- */

static void
refuse_peer(HttpResponse *response)
{
    static const char words[] = "Too many requests. Try again in a minute.\n";

    response->status = 429;
    response->type = "text/plain; charset=utf-8";
    response->body = g_bytes_new_static(words, sizeof words - 1);
    http_response_header(response, "Retry-After", "60");
    http_response_header(response, "Cache-Control", "no-store");
}

/* In place of every handler that is limited; the table's has its place. */
static void
handle_limited(const HttpRequest *request, HttpResponse *response,
               gpointer data)
{
    const Hits *hits = data;
    g_autofree char *address = peer_limit_address(
        request->peer, http_header(request, "X-Forwarded-For"));

    if (address && !peer_limit_take(hits->limit, address, clock_monotonic())) {
        refuse_peer(response);
        return;
    }
    for (const HttpRoute *r = route_table; r->method; r++)
        if (g_str_has_prefix(request->path, r->prefix) &&
            (strcmp(request->method, "POST") == 0) ==
                (strcmp(r->method, "POST") == 0)) {
            r->handle(request, response, (gpointer)&hits->site);
            return;
        }
}

void
hits_limit(Hits *hits, int burst, int per_second)
{
    hits->limit = peer_limit_new(burst, per_second);
    for (HttpRoute *r = hits->routes; r->method; r++)
        if (strcmp(r->prefix, "/u/") != 0) {
            r->handle = handle_limited;
            r->data = hits;
        }
}

int64_t
hits_groups(const Hits *hits)
{
    return hit_queue_groups(hits->site.queue);
}

const HttpRoute *
hits_routes(const Hits *hits)
{
    return hits->routes;
}

void
hits_stop(Hits *hits)
{
    if (!hits)
        return;
    if (hits->site.queue)
        hit_queue_stop(hits->site.queue);
    page_texts_free(hits->site.texts);
    hit_agents_free(hits->site.agents);
    peer_limit_free(hits->limit);
    g_free(hits->routes);
    g_free(hits);
}
