/* SPDX-License-Identifier: Apache-2.0 */
/* hits.c - the public pages: their routes, their threads, their limits */
#include "nurture/hits.h"

#include "hit-ingest.h"
#include "hit-job.h"
#include "nurture/clock.h"
#include "nurture/peer-limit.h"

#include <string.h>

#define FORM_MAX 8192 /* bytes of a POST: a mail program's form is 80 */

/* What stands in a route's place when addresses are limited. */
typedef struct {
    struct Hits *hits;
    const HttpRoute *route;
} Guard;

struct Hits {
    HitSite site;
    HttpRoute *routes;
    Guard *guards;
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
    job->queue = site->pages;
    job->now = clock_now();
    return g_steal_pointer(&job);
}

void
hit_job_submit(HitJob *job, const HttpRequest *request)
{
    job->deferred = http_defer(request);
    hit_queue_push(job->queue, &job, 1);
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

/* The site --------------------------------------------------------------- */

static const HttpRoute route_table[] = {
    /* other methods are machines' */
    {"*", "/c/", 1, handle_click, .flush = hit_taps_flush},
    {"*", "/o/", 1, handle_open, .flush = hit_taps_flush},
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

/* In one go: each part needs those before it. */
static bool
site_start(HitSite *site, GError **error)
{
    const char *database = site->workspace->database;

    site->texts = page_texts_load(error);
    if (!site->texts)
        return false;
    site->rules = hit_rules_load(site->workspace->root, error);
    if (!site->rules)
        return false;
    site->pages =
        hit_queue_start(database, STORE_EXISTING, hit_pages_run, error);
    if (!site->pages)
        return false;
    site->views =
        hit_queue_start(database, STORE_EXISTING, hit_pages_run, error);
    if (!site->views)
        return false;
    site->log = hit_log_open(database, error);
    if (!site->log)
        return false;
    site->taps =
        hit_queue_start(database, STORE_READ_ONLY, hit_taps_run, error);
    if (!site->taps)
        return false;
    site->ingest = hit_ingest_start(site->workspace, site->rules, error);
    return site->ingest != NULL;
}

Hits *
hits_start(const Workspace *workspace, const Keys *keys, HitsView view,
           GError **error)
{
    g_autoptr(Hits) hits = g_new0(Hits, 1);
    HitSite *site = &hits->site;

    site->workspace = workspace;
    site->keys = keys;
    site->view = view;
    site->pixel = hit_pixel_new();
    site->tapped = g_ptr_array_new();
    if (!site_start(site, error))
        return NULL;
    hits->routes = g_memdup2(route_table, sizeof route_table);
    for (HttpRoute *r = hits->routes; r->method; r++)
        r->data = r->flush_data = site;
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

/* In place of every handler that is limited. */
static void
handle_limited(const HttpRequest *request, HttpResponse *response,
               gpointer data)
{
    const Guard *guard = data;
    Hits *hits = guard->hits;
    g_autofree char *address = peer_limit_address(
        request->peer, http_header(request, "X-Forwarded-For"));

    if (address && !peer_limit_take(hits->limit, address, clock_monotonic()))
        refuse_peer(response);
    else
        guard->route->handle(request, response, &hits->site);
}

void
hits_limit(Hits *hits, int burst, int per_second)
{
    hits->limit = peer_limit_new(burst, per_second);
    hits->guards = g_new0(Guard, G_N_ELEMENTS(route_table));
    for (gsize i = 0; route_table[i].method; i++) {
        if (strcmp(route_table[i].prefix, "/u/") == 0)
            continue;
        hits->guards[i] = (Guard){hits, &route_table[i]};
        hits->routes[i].handle = handle_limited;
        hits->routes[i].data = &hits->guards[i];
    }
}

int64_t
hits_groups(const Hits *hits)
{
    return hit_queue_groups(hits->site.pages) +
           hit_queue_groups(hits->site.taps);
}

const HttpRoute *
hits_routes(const Hits *hits)
{
    return hits->routes;
}

void
hits_settle(Hits *hits)
{
    hit_ingest_settle(hits->site.ingest);
}

bool
hits_take(Store *store, const Workspace *workspace, int64_t now,
          int64_t *out_records, GError **error)
{
    g_autoptr(HitRules) rules = hit_rules_load(workspace->root, error);

    return rules &&
           hit_ingest_all(store, workspace, rules, now, out_records, error);
}

void
hits_stop(Hits *hits)
{
    if (!hits)
        return;
    hit_queue_stop(hits->site.pages);
    hit_queue_stop(hits->site.views);
    hit_queue_stop(hits->site.taps);
    hit_log_close(hits->site.log);
    if (hits->site.ingest)
        hit_ingest_stop(hits->site.ingest);
    page_texts_free(hits->site.texts);
    hit_rules_free(hits->site.rules);
    http_fixed_free(hits->site.pixel);
    peer_limit_free(hits->limit);
    g_ptr_array_unref(hits->site.tapped);
    g_free(hits->guards);
    g_free(hits->routes);
    g_free(hits);
}
