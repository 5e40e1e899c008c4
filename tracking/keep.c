/* SPDX-License-Identifier: Apache-2.0 */
/* keep.c - "keep me in touch", on the preferences page */
#include "keep.h"

#include "nurture/consent.h"
#include "nurture/retention-clock.h"

/* Asked: this mail is such a letter, and they have not answered it. */
bool
keep_read(HitJob *job, Store *store, KeepState *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT CASE WHEN c.archived_at > " RETENTION_CLOCK " THEN 2"
        " ELSE EXISTS (SELECT 1 FROM message m"
        "  WHERE m.message_id = :message AND m.dedupe_key IN"
        "   ('renewal ' || c.candidate_id || ' ' || " RETENTION_CLOCK ","
        "    'reminder ' || c.candidate_id || ' ' || " RETENTION_CLOCK ","
        "    'reconfirm ' || c.candidate_id || ' ' || " RETENTION_CLOCK "))"
        " END FROM candidate c WHERE c.candidate_id = :candidate",
        error);

    *out = KEEP_NOT_ASKED;
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", job->message.candidate);
    statement_bind_text(st, ":message", job->message_id);
    if (statement_step(st))
        *out = (KeepState)statement_int(st, 0);
    return statement_end(st, error);
}

void
keep_append(HitJob *job, GString *html, KeepState state)
{
    if (state == KEEP_NOT_ASKED)
        return;
    hit_job_say(job, html, "<section><h2>", "keep.title", "</h2>");
    hit_job_say(job, html, "<p>",
                state == KEEP_ARCHIVED ? "keep.archived" : "keep.text", "</p>");
    hit_job_say(job, html,
                "<form method=\"post\"><button name=\"action\" "
                "value=\"keep\">",
                "keep.button", "</button></form></section>");
}

bool
keep_give(HitJob *job, Store *store, GError **error)
{
    return consent_give(
        store, job->message.candidate, "retention", "preferences page",
        page_text(job->site->texts, hit_job_language(job), "keep.button"),
        job->message_id, job->now, error);
}
