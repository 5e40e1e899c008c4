/* SPDX-License-Identifier: Apache-2.0 */
/* hit_pages.c - pages that read the store and may write to it: a group of them
 * in one transaction, committed before any of them is answered */
#include "hit-job.h"

#include "nurture/kick.h"
#include "nurture/log.h"

#include <string.h>

static bool
load_message(HitJob *job, Store *store, GError **error)
{
    HitMessage *m = &job->message;
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT c.candidate_id, m.kind, m.campaign, m.step,"
        "  coalesce(c.language, m.language), m.sender, m.link_set,"
        "  m.rcpt_hmac, m.sent_at, m.state = 'in_doubt'"
        " FROM message m LEFT JOIN candidate c"
        "  ON c.candidate_id = m.candidate_id AND c.erased_at IS NULL"
        " WHERE m.message_id = :message",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":message", job->message_id);
    if (!m->found && statement_step(st)) {
        m->found = true;
        m->candidate = statement_int(st, 0);
        g_strlcpy(m->kind, statement_text(st, 1), sizeof m->kind);
        m->campaign = g_strdup(statement_text(st, 2));
        m->step = g_strdup(statement_text(st, 3));
        m->language = g_strdup(statement_text(st, 4));
        m->sender = g_strdup(statement_text(st, 5));
        m->link_set = g_strdup(statement_text(st, 6));
        m->rcpt_hmac = g_strdup(statement_text(st, 7));
        m->sent_at = statement_int(st, 8);
        m->in_doubt = statement_int(st, 9) != 0;
    }
    return statement_end(st, error);
}

static bool
read_job(HitJob *job, Store *store, GError **error)
{
    char probe[MESSAGE_ID_TEXT];

    if (job->is_free)
        return job->read(job, store, error);
    if (!load_message(job, store, error))
        return false;
    message_id_probe(job->site->keys, probe);
    if (strcmp(job->message_id, probe) == 0) {
        job->message.found = true; /* by 'nurture doctor', as a test mail */
        g_strlcpy(job->message.kind, "test", sizeof job->message.kind);
    }
    if (job->message.found)
        return job->read(job, store, error);
    hit_job_not_found(job);
    return true;
}

void
hit_job_fail(HitJob *job, const GError *error)
{
    log_error("msg=%s hit=failed error=\"%s\"", job->message_id,
              error->message);
    http_response_clear(&job->response);
    hit_job_plain_page(job, 503, "later.title", "later.text");
    http_response_header(&job->response, "Retry-After", "60");
}

/* Write all that have something to write; all or nothing. */
static bool
write_group(Store *store, HitJob **jobs, guint count, GError **error)
{
    bool any = false;

    for (guint i = 0; i < count; i++)
        any |= jobs[i]->write != NULL;
    if (!any)
        return true;
    g_auto(Transaction) tx = store_begin(store, error);
    if (!tx.store)
        return false;
    for (guint i = 0; i < count; i++)
        if (jobs[i]->write && !jobs[i]->write(jobs[i], store, error))
            return false;
    return transaction_commit(&tx, error);
}

void
hit_pages_run(Store *store, HitJob **jobs, guint count)
{
    g_autoptr(GError) together = NULL;

    for (guint i = 0; i < count; i++) {
        g_autoptr(GError) error = NULL;
        if (!read_job(jobs[i], store, &error))
            hit_job_fail(jobs[i], error);
    }
    if (!write_group(store, jobs, count, &together))
        /* One of them may be to blame: the others shall not suffer. */
        for (guint i = 0; i < count; i++) {
            g_autoptr(GError) error = NULL;
            if (!write_group(store, jobs + i, 1, &error))
                hit_job_fail(jobs[i], error);
        }
    for (guint i = 0; i < count; i++)
        if (jobs[i]->mails && jobs[i]->write) {
            kick_run(jobs[i]->site->workspace);
            break;
        }
}
