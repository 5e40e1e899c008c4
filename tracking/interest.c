/* SPDX-License-Identifier: Apache-2.0 */
/* interest.c - the page for "tell me more" */
#include "hit-job.h"
#include "nurture/event.h"
#include "nurture/outbox.h"

#include <string.h>

static bool
read_interest_get(HitJob *job, Store *store, GError **error)
{
    (void)store;
    (void)error;
    if (hit_job_is_settled(job))
        return true;
    GString *html = hit_job_page_begin(job, "interest.title");
    hit_job_say(job, html, "<section><h1>", "interest.title", "</h1>");
    hit_job_say(job, html, "<p>", "interest.text",
                "</p><form method=\"post\">");
    hit_job_say(job, html,
                "<button class=\"big\" name=\"action\" value=\"interested\">",
                "interest.button", "</button></form></section>");
    hit_job_page(job, 200, html);
    return true;
}

void
handle_interest_get(const HttpRequest *request, HttpResponse *response,
                    gpointer data)
{
    hit_job_run(request, response, data, WEB_TOKEN_INTEREST, read_interest_get,
                NULL);
}

/* Said once per mail, however often it is pressed. */
static bool
write_interest(HitJob *job, Store *store, GError **error)
{
    g_autofree char *key = g_strdup_printf("interested/%s", job->message_id);
    Event event = {.candidate = job->message.candidate,
                   .kind = "interested",
                   .message_id = job->message_id,
                   .campaign = job->message.campaign,
                   .step = job->message.step,
                   .at = job->now,
                   .positive = true,
                   .dedupe_key = key};

    if (job->message.in_doubt && !outbox_resolve(store, job->message_id, false,
                                                 "interested", job->now, error))
        return false;
    return event_record(store, job->site->workspace, &event, NULL, error);
}

static bool
read_interest_post(HitJob *job, Store *store, GError **error)
{
    if (g_strcmp0(job->action, "interested") != 0)
        return read_interest_get(job, store, error);
    if (hit_job_is_settled(job))
        return true;
    hit_job_plain_page(job, 200, "interest.done.title", "interest.done.text");
    job->write = write_interest;
    return true;
}

void
handle_interest_post(const HttpRequest *request, HttpResponse *response,
                     gpointer data)
{
    hit_job_run(request, response, data, WEB_TOKEN_INTEREST, read_interest_post,
                "action");
}
