/* SPDX-License-Identifier: Apache-2.0 */
/* view.c - a mail again, in a browser
 *
 * Nothing is recorded of it: the policy keeps the pixel from being asked for.
 */
#include "hit-job.h"

#include <string.h>

/* Styles of mails stand in its elements; pictures are in the page, or where
 * images.base_url says. No script, no form, no frame. */
static char *
mail_policy(const Workspace *workspace)
{
    const char *base = workspace->images_base_url;
    gsize origin = 0;

    if (base && g_str_has_prefix(base, "https://"))
        origin =
            strlen("https://") + strcspn(base + strlen("https://"), "/;, ");
    return g_strdup_printf("default-src 'none'; style-src 'unsafe-inline'; "
                           "img-src data: %.*s; form-action 'none'; base-uri "
                           "'none'; frame-ancestors 'none'",
                           (int)origin, base ? base : "");
}

static bool
read_view(HitJob *job, Store *store, GError **error)
{
    const HitSite *site = job->site;
    g_autoptr(GError) problem = NULL;
    g_autofree char *html = NULL, *policy = NULL;

    (void)error;
    if (hit_job_is_settled(job))
        return true;
    if (site->view)
        html = site->view(store, site->workspace, site->keys, job->message_id,
                          job->now, &problem);
    if (!html) { /* its campaign is gone, or cannot be filled any more */
        hit_job_plain_page(job, 410, "view.gone.title", "view.gone.text");
        return true;
    }
    policy = mail_policy(site->workspace);
    http_response_page(&job->response, 200, html);
    http_response_header(&job->response, "Content-Security-Policy", policy);
    return true;
}

void
handle_view(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    const HitSite *site = data;
    HitJob *job =
        hit_job_new(request, response, site, WEB_TOKEN_VIEW, read_view);

    if (!job)
        return;
    job->queue = site->views;
    hit_job_submit(job, request);
}
