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

#include "hit-log.h"
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
    PageTexts *texts;
    HitsView view; /* or NULL */
    HitRules *rules;
    HttpFixed *pixel;
    struct HitQueue *pages; /* what is asked for with a button, too */
    struct HitQueue *views; /* mails in a browser: filling one takes long */
    struct HitQueue *taps;  /* clicks and opens */
    GPtrArray *tapped;      /* HitJob: of this round, of the server's thread */
    HitLog *log;            /* of the thread behind `taps` */
    struct HitIngest *ingest;
} HitSite;

struct HitJob {
    const HitSite *site;
    struct HitQueue *queue; /* which answers it: `pages`, unless set */
    HitStep read, write;
    char message_id[MESSAGE_ID_TEXT];
    unsigned link;
    int64_t now;
    HitRecord record;     /* of a click or an open; at = 0: none is kept */
    char *action, *value; /* of a form */
    char *fields;         /* of the form to join: name=value lines */
    bool mails;           /* a mail was queued that should leave at once */
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

/* A thread that takes all jobs that wait and has them answered together. */
typedef struct HitQueue HitQueue;
typedef void (*HitRun)(Store *store, HitJob **jobs, guint count);
HitQueue *hit_queue_start(const char *database, StoreMode mode, HitRun run,
                          GError **error);
void hit_queue_push(HitQueue *queue, HitJob *const *jobs, guint count);
int64_t hit_queue_groups(HitQueue *queue); /* any thread */
void hit_queue_stop(HitQueue *queue);      /* NULL is none */
/* What the queues run. */
void hit_pages_run(Store *store, HitJob **jobs, guint count);
void hit_taps_run(Store *store, HitJob **jobs, guint count);
/* 503, when the store or the log fails. */
void hit_job_fail(HitJob *job, const GError *error);
/* Of clicks and opens, data = HitSite. */
void handle_click(const HttpRequest *, HttpResponse *, gpointer);
void handle_open(const HttpRequest *, HttpResponse *, gpointer);
void hit_taps_flush(gpointer site);
HttpFixed *hit_pixel_new(void);

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
