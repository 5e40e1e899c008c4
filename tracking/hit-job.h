/* SPDX-License-Identifier: Apache-2.0 */
/* hit-job -- one request to a public page, on its way through the store.
 *
 * The server's thread makes a job of a request whose token is genuine; the
 * queue's thread runs its steps and answers. `read` runs outside a transaction
 * and leaves a response; when there is something to record it leaves `write`
 * set, which runs in the group's transaction, before the answer; and once more
 * when a group fails and its jobs are tried one by one. */
#ifndef TRACKING_HIT_JOB_H
#define TRACKING_HIT_JOB_H

#include "hit-class.h"
#include "nurture/hits.h"
#include "nurture/http.h"
#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"
#include "page.h"

typedef struct {
    bool found;
    int64_t candidate; /* 0: none, or erased */
    char kind[16];
    char *campaign, *step, *language, *sender, *link_set, *rcpt_hmac;
    int64_t sent_at;
    bool in_doubt;
} HitMessage;

typedef struct HitJob HitJob;
typedef bool (*HitStep)(HitJob *job, Store *store, GError **error);

/* What all jobs share; read-only once the server runs. */
typedef struct {
    const Workspace *workspace;
    const Keys *keys;
    HitAgents *agents;
    PageTexts *texts;
    HitsView view; /* or NULL */
    struct HitQueue *queue;
} HitSite;

struct HitJob {
    const HitSite *site;
    HitStep read, write;
    char message_id[MESSAGE_ID_TEXT];
    unsigned link;
    int64_t now;
    HitClass class;
    char *action, *value; /* of a form */
    char *fields;         /* of the form to join: name=value lines */
    bool is_free;         /* of no message: a page anybody can ask for */
    HitMessage message;   /* loaded before `read` runs */
    char *location;
    HttpResponse response;
    HttpDeferred *deferred;
};

/* A job for a genuine token, or NULL after answering 404. Ready for
 * hit_job_submit(). */
HitJob *hit_job_new(const HttpRequest *request, HttpResponse *response,
                    const HitSite *site, WebTokenKind kind, HitStep read);
void hit_job_submit(HitJob *job, const HttpRequest *request);
/* Both, for a page: `action` names the field of the form that says what to do
 * (its object is in "value"), NULL for a page that is only shown. */
void hit_job_run(const HttpRequest *request, HttpResponse *response,
                 const HitSite *site, WebTokenKind kind, HitStep read,
                 const char *action);

/* Answers of a job, in the language of its message. hit_job_say() fills in
 * {company} and {name}, the sender's; hit_job_page() takes `html`. */
GString *hit_job_page_begin(const HitJob *job, const char *title_key);
void hit_job_say(const HitJob *job, GString *html, const char *before,
                 const char *key, const char *after);
void hit_job_page(HitJob *job, int status, GString *html);
/* A title, a sentence, nothing to press, nothing to write. */
void hit_job_plain_page(HitJob *job, int status, const char *title_key,
                        const char *text_key);
const char *hit_job_language(const HitJob *job);
const char *site_language(const HitSite *site);
/* One page for everything that is not ours, so that nobody learns why; always
 * in the workspace's first language. */
void site_not_found(const HitSite *site, HttpResponse *response);
void hit_job_not_found(HitJob *job);
/* Nothing can be set for a test mail, or for a person who is gone: then this
 * answers, and is true. */
bool hit_job_is_settled(HitJob *job);
/* Is this a mail to a candidate in earnest, so that its links act? */
bool hit_message_is_real(const HitMessage *message);

typedef struct HitQueue HitQueue;
HitQueue *hit_queue_start(const char *database, GError **error);
void hit_queue_push(HitQueue *queue, HitJob *job);
int64_t hit_queue_groups(HitQueue *queue); /* any thread */
void hit_queue_stop(HitQueue *queue);

/* Handlers of the routes, data = HitSite. */
void handle_opt_out_get(const HttpRequest *, HttpResponse *, gpointer);
void handle_opt_out_post(const HttpRequest *, HttpResponse *, gpointer);
void handle_preferences_get(const HttpRequest *, HttpResponse *, gpointer);
void handle_preferences_post(const HttpRequest *, HttpResponse *, gpointer);
void handle_interest_get(const HttpRequest *, HttpResponse *, gpointer);
void handle_interest_post(const HttpRequest *, HttpResponse *, gpointer);
void handle_confirm_get(const HttpRequest *, HttpResponse *, gpointer);
void handle_confirm_post(const HttpRequest *, HttpResponse *, gpointer);
void handle_view(const HttpRequest *, HttpResponse *, gpointer);
void handle_join_get(const HttpRequest *, HttpResponse *, gpointer);
void handle_join_post(const HttpRequest *, HttpResponse *, gpointer);

#endif
