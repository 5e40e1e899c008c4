/* SPDX-License-Identifier: Apache-2.0 */
/* optout.c - the way out: unsubscribe page, one-click, and what follows */
#include "nurture/optout.h"

#include "hit-job.h"
#include "nurture/consent.h"
#include "nurture/event.h"
#include "nurture/exit.h"
#include "nurture/outbox.h"
#include "nurture/suppression.h"

#include <string.h>

static const struct {
    const char *reason;
    const char *exit_reason, *event;
    bool is_wish; /* the person's, not just the address's */
} reasons[] = {
    {"bounced", "bounced", NULL, false},
    {"manual", "opted_out", "opted_out", true},
    {"opted_out", "opted_out", "opted_out", true},
    {"complained", "complained", "complained", true},
};

static int
reason_index(const char *reason)
{
    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (strcmp(reasons[i].reason, reason) == 0)
            return (int)i;
    g_assert_not_reached();
}

/* Who has this address, or which address this person has. */
static bool
find_person(Store *store, int64_t *candidate, char **hmac, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT candidate_id, address_hmac FROM candidate"
                      " WHERE (:candidate <> 0 AND candidate_id = :candidate)"
                      "  OR (:candidate = 0 AND address_hmac = :hmac)"
                      " ORDER BY candidate_id LIMIT 1",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", *candidate);
    statement_bind_text(st, ":hmac", *hmac);
    if (statement_step(st)) {
        *candidate = statement_int(st, 0);
        if (!*hmac)
            *hmac = g_strdup(statement_text(st, 1));
    } else {
        *candidate = 0;
    }
    return statement_end(st, error);
}

/* A wish that comes from a further address is the person's too. */
static bool
find_by_further_address(Store *store, const char *hmac, int64_t *out,
                        GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT candidate_id FROM candidate_address WHERE address_hmac = :hmac",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":hmac", hmac);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

/* The address the person is known by now, when the mail went to another. */
static bool
suppress_present_address(Store *store, int64_t candidate, const char *hmac,
                         const char *reason, const char *message_id,
                         int64_t now, GError **error)
{
    g_autofree char *present = NULL;
    int64_t same = candidate;

    if (!find_person(store, &same, &present, error))
        return false;
    return !present || g_strcmp0(present, hmac) == 0 ||
           suppression_add(store, present, reason, message_id, NULL, now, NULL,
                           error);
}

/* Does the person have mail elsewhere by now? Then what is wrong with this
 * address ends nothing of theirs. */
static bool
is_former_address(Store *store, int64_t candidate, const char *hmac, bool *out,
                  GError **error)
{
    g_autofree char *present = NULL;
    int64_t same = candidate;

    if (!find_person(store, &same, &present, error))
        return false;
    *out = present && hmac && strcmp(present, hmac) != 0;
    return true;
}

/* Which campaign's mail led to it. */
static bool
record_event(Store *store, const Workspace *workspace, int64_t candidate,
             const char *kind, const char *message_id, int64_t now,
             GError **error)
{
    Event event = {.candidate = candidate,
                   .kind = kind,
                   .message_id = message_id,
                   .at = now};
    g_autofree char *campaign = NULL, *step = NULL;
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT campaign, step FROM message WHERE message_id = :message",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":message", message_id);
    if (statement_step(st)) {
        event.campaign = campaign = g_strdup(statement_text(st, 0));
        event.step = step = g_strdup(statement_text(st, 1));
    }
    return statement_end(st, error) &&
           event_record(store, workspace, &event, NULL, error);
}

bool
optout_apply(Store *store, const Workspace *workspace, int64_t candidate,
             const char *rcpt_hmac, const char *message_id, const char *reason,
             int64_t now, GError **error)
{
    int index = reason_index(reason);
    g_autofree char *hmac = g_strdup(rcpt_hmac);
    bool changed = false, former = false;

    g_assert(store_in_transaction(store));
    if (!find_person(store, &candidate, &hmac, error) ||
        (!candidate && hmac && reasons[index].is_wish &&
         !find_by_further_address(store, hmac, &candidate, error)))
        return false;
    if (hmac && !suppression_add(store, hmac, reason, message_id, NULL, now,
                                 &changed, error))
        return false;
    if (changed && reasons[index].event &&
        !record_event(store, workspace, candidate, reasons[index].event,
                      message_id, now, error))
        return false;
    if (!candidate)
        return true;
    if (!reasons[index].is_wish &&
        (!is_former_address(store, candidate, hmac, &former, error) || former))
        return former;
    if (reasons[index].is_wish &&
        (!suppress_present_address(store, candidate, hmac, reason, message_id,
                                   now, error) ||
         !consent_withdraw(store, workspace, candidate, "mail", reason, now,
                           error)))
        return false;
    return enrolment_exit(store, workspace, candidate, NULL,
                          reasons[index].exit_reason, now, error);
}

/* The page --------------------------------------------------------------- */

static void
test_page(HitJob *job)
{
    hit_job_plain_page(job, 200, "test.title", "test.text");
}

static void
done_page(HitJob *job)
{
    GString *html = hit_job_page_begin(job, "optout.done.title");

    hit_job_say(job, html, "<section><h1>", "optout.done.title", "</h1>");
    hit_job_say(job, html, "<p>", "optout.done.text", "</p>");
    hit_job_say(job, html, "<p class=\"soft\">", "optout.done.keep",
                "</p></section>");
    hit_job_page(job, 200, html);
}

static void
question_page(HitJob *job, int status)
{
    char token[WEB_TOKEN_TEXT];
    GString *html = hit_job_page_begin(job, "optout.title");

    hit_job_say(job, html, "<section><h1>", "optout.question", "</h1>");
    hit_job_say(job, html, "<p>",
                status == 200 ? "optout.explain" : "optout.form", "</p>");
    g_string_append(html, "<form method=\"post\"><input type=\"hidden\" "
                          "name=\"List-Unsubscribe\" value=\"One-Click\">");
    hit_job_say(job, html, "<button class=\"big\">", "optout.button",
                "</button></form></section>");
    if (job->message.candidate) {
        web_token_make(job->site->keys, WEB_TOKEN_PREFERENCES, job->message_id,
                       0, token);
        hit_job_say(job, html, "<section><p class=\"soft\">", "optout.instead",
                    " ");
        g_string_append_printf(html, "<a href=\"../p/%s\">", token);
        hit_job_say(job, html, "", "optout.preferences", "</a></p></section>");
    }
    hit_job_page(job, status, html);
}

static bool
is_suppressed(HitJob *job, Store *store, bool *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT 1 FROM suppression WHERE address_hmac = :hmac"
                      " AND scope = 'all' AND reason <> 'bounced'",
                      error);

    *out = false;
    if (!st)
        return false;
    statement_bind_text(st, ":hmac", job->message.rcpt_hmac);
    *out = statement_step(st);
    return statement_end(st, error);
}

static bool
read_opt_out_get(HitJob *job, Store *store, GError **error)
{
    bool out;

    if (!is_suppressed(job, store, &out, error))
        return false;
    if (!hit_message_is_real(&job->message))
        test_page(job);
    else if (out)
        done_page(job);
    else
        question_page(job, 200);
    return true;
}

void
handle_opt_out_get(const HttpRequest *request, HttpResponse *response,
                   gpointer data)
{
    hit_job_run(request, response, data, WEB_TOKEN_OPT_OUT, read_opt_out_get,
                NULL);
}

static bool
write_opt_out(HitJob *job, Store *store, GError **error)
{
    HitMessage *m = &job->message;

    if (m->in_doubt && !outbox_resolve(store, job->message_id, false,
                                       "opted_out", job->now, error))
        return false;
    return optout_apply(store, job->site->workspace, m->candidate, m->rcpt_hmac,
                        job->message_id, "opted_out", job->now, error);
}

/* RFC 8058, 3.2: the body says List-Unsubscribe=One-Click; whoever sends it,
 * and whatever it calls itself, means it. */
static bool
read_opt_out_post(HitJob *job, Store *store, GError **error)
{
    (void)store;
    (void)error;
    if (!hit_message_is_real(&job->message)) {
        test_page(job);
    } else if (!job->action ||
               g_ascii_strcasecmp(job->action, "One-Click") != 0) {
        question_page(job, 400);
    } else {
        done_page(job);
        job->write = write_opt_out;
    }
    return true;
}

void
handle_opt_out_post(const HttpRequest *request, HttpResponse *response,
                    gpointer data)
{
    hit_job_run(request, response, data, WEB_TOKEN_OPT_OUT, read_opt_out_post,
                "List-Unsubscribe");
}
