/* SPDX-License-Identifier: Apache-2.0 */
/* hit_page.c - the pages a job answers with */
#include "hit-job.h"

#include <string.h>

const char *
hit_job_language(const HitJob *job)
{
    return job->message.language ? job->message.language
                                 : site_language(job->site);
}

const char *
site_language(const HitSite *site)
{
    char **languages = site->workspace->languages;

    return languages && languages[0] ? languages[0] : "en";
}

static const char *
site_company(const HitSite *site)
{
    const Workspace *w = site->workspace;

    if (w->company)
        return w->company;
    return w->sending.domain ? w->sending.domain : "?";
}

/* Whoever the mail came from; the company when that is not known. */
static const char *
sender_name(const HitJob *job)
{
    const GPtrArray *senders = job->site->workspace->senders;

    for (guint i = 0; senders && job->message.sender && i < senders->len; i++) {
        const Sender *sender = g_ptr_array_index(senders, i);
        if (strcmp(sender->id, job->message.sender) == 0 && sender->name)
            return sender->name;
    }
    return site_company(job->site);
}

GString *
hit_job_page_begin(const HitJob *job, const char *title_key)
{
    const char *language = hit_job_language(job);

    return page_begin(job->site->workspace, language,
                      page_text(job->site->texts, language, title_key));
}

void
hit_job_say(const HitJob *job, GString *html, const char *before,
            const char *key, const char *after)
{
    g_string_append(html, before);
    page_say(html, job->site->texts, hit_job_language(job), key, "company",
             site_company(job->site), "name", sender_name(job), NULL);
    g_string_append(html, after);
}

void
hit_job_page(HitJob *job, int status, GString *html)
{
    page_end(html, job->site->texts, job->site->workspace,
             hit_job_language(job));
    http_response_page(&job->response, status, html->str);
    g_string_free(html, TRUE);
}

void
hit_job_plain_page(HitJob *job, int status, const char *title_key,
                   const char *text_key)
{
    GString *html = hit_job_page_begin(job, title_key);

    hit_job_say(job, html, "<section><h1>", title_key, "</h1>");
    hit_job_say(job, html, "<p>", text_key, "</p></section>");
    hit_job_page(job, status, html);
    job->write = NULL;
}

void
site_not_found(const HitSite *site, HttpResponse *response)
{
    HitJob nobody = {.site = site};

    hit_job_plain_page(&nobody, 404, "notfound.title", "notfound.text");
    *response = nobody.response;
}

void
hit_job_not_found(HitJob *job)
{
    http_response_clear(&job->response);
    site_not_found(job->site, &job->response);
    job->write = NULL;
}

bool
hit_message_is_real(const HitMessage *message)
{
    return strcmp(message->kind, "test") != 0 &&
           strcmp(message->kind, "digest") != 0;
}

bool
hit_job_is_settled(HitJob *job)
{
    if (!hit_message_is_real(&job->message))
        hit_job_plain_page(job, 200, "test.title", "test.text");
    else if (!job->message.candidate)
        hit_job_plain_page(job, 200, "gone.title", "gone.text");
    else
        return false;
    return true;
}
