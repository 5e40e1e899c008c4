/* SPDX-License-Identifier: Apache-2.0 */
/* thread.c - finding the mail that a later one answers */
#include "thread.h"

#include <string.h>

void
thread_clear(Thread *thread)
{
    g_clear_pointer(&thread->rfc_id, g_free);
    g_clear_pointer(&thread->subject, g_free);
}

char *
thread_subject(const char *subject)
{
    return g_ascii_strncasecmp(subject, "re:", 3) == 0
               ? g_strdup(subject)
               : g_strconcat("Re: ", subject, NULL);
}

/* The first mail as the ledger knows it. */
typedef struct {
    char *message_id, *step, *snapshot, *segment, *sender;
} First;

static void
first_clear(First *f)
{
    g_free(f->message_id);
    g_free(f->step);
    g_free(f->snapshot);
    g_free(f->segment);
    g_free(f->sender);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(First, first_clear)

static bool
read_first(Store *store, const ClaimedMessage *m, First *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT message_id, step, snapshot, segment, sender FROM message"
        " WHERE candidate_id = :candidate AND campaign = :campaign"
        "  AND cycle = :cycle AND kind = 'campaign'"
        "  AND state IN ('sent', 'in_doubt') AND message_id <> :self"
        " ORDER BY coalesce(sent_at, updated_at), created_at, message_id"
        " LIMIT 1",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", m->candidate);
    statement_bind_text(st, ":campaign", m->campaign);
    statement_bind_int(st, ":cycle", m->cycle);
    statement_bind_text(st, ":self", m->message_id);
    if (statement_step(st)) {
        out->message_id = g_strdup(statement_text(st, 0));
        out->step = g_strdup(statement_text(st, 1));
        out->snapshot = g_strdup(statement_text(st, 2));
        out->segment = g_strdup(statement_text(st, 3));
        out->sender = g_strdup(statement_text(st, 4));
    }
    return statement_end(st, error);
}

static void
fill_subject(const LiveStep *ls, const Member *member, int64_t now, Thread *out)
{
    g_auto(MailOutput) filled = {0};
    MailRow row = {.now = now, .token = ""};

    mail_output_init(&filled);
    if (mail_select_fill(ls->select, ls->one, member, &row, &filled))
        out->subject = thread_subject(filled.subject->str);
}

bool
thread_find(Live *live, Store *store, const Keys *keys, const ClaimedMessage *m,
            Thread *out, GError **error)
{
    g_auto(First) first = {0};
    g_autoptr(GError) failed = NULL;
    const LiveCampaign *lc;
    const CampaignStep *step;
    const LiveStep *ls;
    const char *domain;
    char token[MAIL_TOKEN_TEXT];
    Member member;

    if (!read_first(store, m, &first, error))
        return false;
    if (!first.message_id)
        return true;
    lc = live_campaign(live, m->campaign, first.snapshot, error);
    if (!lc)
        return false;
    step = campaign_step(lc->campaign, first.step);
    out->sender = first.sender
                      ? workspace_sender(live_workspace(live), first.sender)
                      : NULL;
    if (!step || !out->sender)
        return true; /* renamed or gone: a mail of its own */
    ls = live_step(live, lc, step, error);
    if (!ls)
        return false;
    if (!live_read(ls, m->candidate, first.segment, &member, &failed)) {
        if (failed)
            g_propagate_error(error, g_steal_pointer(&failed));
        return !failed;
    }
    fill_subject(ls, &member, m->first_claim_at, out);
    live_release(ls);
    domain = strrchr(out->sender->email, '@');
    mail_token_make(keys, MAIL_TOKEN_MESSAGE_ID, first.message_id, token);
    if (out->subject)
        out->rfc_id = g_strconcat(token, domain, NULL);
    return true;
}
