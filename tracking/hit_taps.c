/* SPDX-License-Identifier: Apache-2.0 */
/* hit_taps.c - clicks and opens: from the request to the log, and the answer
 *
 * Of the store, only a click's target is read; recording is hit_ingest.c's
 * work, later. What the answers of a group wait for is one fdatasync(). */
#include "hit-ingest.h"
#include "hit-job.h"
#include "nurture/clock.h"
#include "nurture/peer-limit.h"

#include <string.h>

/* The request ------------------------------------------------------------ */

/* What is logged of it; nothing where nothing is tracked. */
static void
record_request(HitJob *job, const HttpRequest *request, bool click)
{
    const Workspace *workspace = job->site->workspace;
    TrackMode mode =
        click ? workspace->tracking.clicks : workspace->tracking.opens;
    HitRecord *record = &job->record;
    const char *forwarded = http_header(request, "X-Forwarded-For");
    g_autofree char *address = peer_limit_address(request->peer, forwarded);

    if (mode == TRACK_OFF)
        return;
    record->at = job->now;
    memcpy(record->message_id, job->message_id, sizeof record->message_id);
    record->link = (uint16_t)job->link;
    record->click = click;
    record->facts = (uint8_t)hit_facts_of_request(request);
    hit_record_set_agent(record, http_header(request, "User-Agent"));
    if (address) {
        hit_network_of(address, record->network);
        g_strlcpy(record->range, hit_rules_range(job->site->rules, address),
                  sizeof record->range);
    }
}

static bool
is_reading(const HttpRequest *request)
{
    return strcmp(request->method, "GET") == 0 ||
           strcmp(request->method, "HEAD") == 0;
}

/* Recorded, as a machine's; but there is nothing else to be had. */
static void
refuse_method(HitJob *job)
{
    job->response.status = 405;
    job->response.type = "text/plain; charset=utf-8";
    http_response_header(&job->response, "Allow", "GET, HEAD");
    http_response_header(&job->response, "Cache-Control", "no-store");
}

static void
handle_tap(const HttpRequest *request, HttpResponse *response,
           const HitSite *site, WebTokenKind kind)
{
    HitJob *job = hit_job_new(request, response, site, kind, NULL);

    if (!job)
        return;
    job->queue = site->taps;
    record_request(job, request, kind == WEB_TOKEN_CLICK);
    if (!is_reading(request))
        refuse_method(job);
    else if (kind == WEB_TOKEN_OPEN)
        job->response.fixed = site->pixel;
    job->deferred = http_defer(request);
    g_ptr_array_add(site->tapped, job);
}

void
hit_taps_flush(gpointer data)
{
    const HitSite *site = data;

    hit_queue_push(site->taps, (HitJob *const *)site->tapped->pdata,
                   site->tapped->len);
    g_ptr_array_set_size(site->tapped, 0);
}

void
handle_click(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    handle_tap(request, response, data, WEB_TOKEN_CLICK);
}

void
handle_open(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    handle_tap(request, response, data, WEB_TOKEN_OPEN);
}

/* One transparent pixel. */
static const guint8 gif[43] = {
    'G', 'I',  'F',  '8',  '9',  'a',  1, 0, 1, 0,    0x80, 0, 0,    0, 0,
    0,   0xff, 0xff, 0xff, 0x21, 0xf9, 4, 1, 0, 0,    0,    0, 0x2c, 0, 0,
    0,   0,    1,    0,    1,    0,    0, 2, 2, 0x44, 1,    0, 0x3b};

HttpFixed *
hit_pixel_new(void)
{
    HttpResponse response = {.type = "image/gif"};

    response.body = g_bytes_new_static(gif, sizeof gif);
    http_response_header(&response, "Cache-Control", "no-store");
    http_response_header(&response, "X-Robots-Tag", "noindex");
    http_response_header(&response, "X-Content-Type-Options", "nosniff");
    return http_fixed_new(&response);
}

/* A click's answer ------------------------------------------------------- */

/* The person's own target, if it has one, else the mail's. */
static bool
find_target(HitJob *job, Store *store, char **out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT coalesce("
                      "json_extract(m.own_links, '$.\"' || :link || '\"'), "
                      "(SELECT l.url FROM link l"
                      "  WHERE l.link_set = m.link_set AND l.link = :link))"
                      " FROM message m WHERE m.message_id = :message",
                      error);

    *out = NULL;
    if (!st)
        return false;
    statement_bind_text(st, ":message", job->message_id);
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

/* Whoever sees it has a program that shows what is hidden. */
static void
answer_trap(HitJob *job)
{
    hit_job_plain_page(job, 200, "trap.title", "trap.text");
}

static bool
answer_click(HitJob *job, Store *store, GError **error)
{
    g_autofree char *url = NULL;

    if (job->link == WEB_TOKEN_TRAP) {
        answer_trap(job);
        return true;
    }
    if (!find_target(job, store, &url, error))
        return false;
    job->location = url ? target_location(url) : NULL;
    if (!job->location) {
        hit_job_not_found(job);
        job->record.at = 0;
        return true;
    }
    job->response.status = 302;
    job->response.location = job->location;
    http_response_header(&job->response, "Referrer-Policy", "no-referrer");
    http_response_header(&job->response, "Cache-Control", "no-store");
    http_response_header(&job->response, "X-Robots-Tag", "noindex");
    return true;
}

/* The group -------------------------------------------------------------- */

static void
answer_one(HitJob *job, Store *store)
{
    g_autoptr(GError) error = NULL;

    if (job->response.fixed || job->response.status)
        return;
    if (!answer_click(job, store, &error)) {
        hit_job_fail(job, error);
        job->record.at = 0;
    }
}

void
hit_taps_run(Store *store, HitJob **jobs, guint count)
{
    const HitSite *site = jobs[0]->site;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < count; i++) {
        answer_one(jobs[i], store);
        if (jobs[i]->record.at)
            hit_record_append(bytes, &jobs[i]->record);
    }
    if (bytes->len == 0)
        return;
    if (hit_log_append(site->log, bytes, &error)) {
        hit_ingest_wake(site->ingest, bytes->len);
        return;
    }
    for (guint i = 0; i < count; i++)
        if (jobs[i]->record.at)
            hit_job_fail(jobs[i], error);
}
