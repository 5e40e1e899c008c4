/* SPDX-License-Identifier: Apache-2.0 */
/* inbound_act.c - what a received mail changes */
#include "inbound-act.h"
#include "review.h"

#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/exit.h"
#include "nurture/json.h"
#include "nurture/optout.h"
#include "nurture/outbox.h"

#include <string.h>

enum { REPLIED_HOLD_DAYS = 14, OOO_DEFAULT_DAYS = 14 };

/* Is there a mail of ours that it answers, surely or as far as we know? */
static bool
names_our_mail(const Act *a)
{
    return a->match->message_id[0] != '\0';
}

static bool
record(const Act *a, const char *kind, const char *dedupe, bool positive,
       const char *detail, bool *out_added, GError **error)
{
    Event event = {
        .candidate = a->match->candidate,
        .kind = kind,
        .message_id = names_our_mail(a) ? a->match->message_id : NULL,
        .campaign = a->match->campaign,
        .step = a->match->step,
        .at = a->now,
        .positive = positive,
        .detail = detail,
        .dedupe_key = dedupe,
    };

    return event_record(a->store, a->workspace, &event, out_added, error);
}

static bool
record_mail(const Act *a, const char *kind, bool positive, const char *detail,
            GError **error)
{
    g_autofree char *dedupe = g_strdup_printf("%s %s", kind, a->inbound_id);

    return record(a, kind, dedupe, positive, detail, NULL, error);
}

/* The key is that of the outbox for the verdict of an SMTP server: a message
 * comes back once. */
bool
act_record_once(const Act *a, const char *kind, const char *detail,
                bool *out_added, GError **error)
{
    g_autofree char *dedupe =
        g_strdup_printf("%s:%s", kind, a->match->message_id);

    return record(a, kind, dedupe, false, detail, out_added, error);
}

bool
act_resolve(const Act *a, bool bounced, const char *evidence, GError **error)
{
    return !names_our_mail(a) ||
           outbox_resolve(a->store, a->match->message_id, bounced, evidence,
                          a->now, error);
}

bool
act_hold(const Act *a, const char *kind, int64_t until_at, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "INSERT INTO hold (candidate_id, kind, until_at, message_id,"
        "  created_at) VALUES (:candidate, :kind, :until, :message, :now)",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", a->match->candidate);
    statement_bind_text(st, ":kind", kind);
    statement_bind_int(st, ":until", until_at);
    statement_bind_text(st, ":message",
                        names_our_mail(a) ? a->match->message_id : NULL);
    statement_bind_int(st, ":now", a->now);
    return statement_run(st, error);
}

/* Midnight of a stated day in our zone, else so many days from now. */
static int64_t
until(const Act *a, const char *date, int days)
{
    int64_t at;

    if (date && date_parse(date, a->workspace->zone, &at, NULL) && at > a->now)
        return at;
    return a->now + days * DAY_MS;
}

static bool
act_delayed(const Act *a, GError **error)
{
    a->out->delays++;
    return !a->match->proven || record_mail(a, "delayed", false, NULL, error);
}

/* ---- people and their machines ---------------------------------------------
 */

static bool
is_left_company(const Inspection *m)
{
    return g_strcmp0(m->auto_class, "left_company") == 0;
}

static void
bind_what_it_says(Statement *st, const Inspection *m)
{
    statement_bind_text(st, ":from", m->from_address ? m->from_address : "");
    statement_bind_text(st, ":subject", m->subject);
    statement_bind_text(st, ":text", m->reply ? m->reply : "");
    statement_bind_text(st, ":intent", m->intent ? m->intent : "other");
    statement_bind_text(st, ":also", m->intent_also);
    statement_bind_text(st, ":rule", m->intent_rule);
    statement_bind_text(st, ":return", m->return_date);
    statement_bind_text(st, ":flags",
                        m->erasure_asked_for                    ? "erasure"
                        : m->left_company || is_left_company(m) ? "left_company"
                                                                : NULL);
}

static void
bind_whose_it_is(Statement *st, const Act *a)
{
    const Match *m = a->match;

    if (m->candidate)
        statement_bind_int(st, ":candidate", m->candidate);
    statement_bind_text(st, ":message",
                        names_our_mail(a) ? m->message_id : NULL);
    statement_bind_text(st, ":campaign", m->campaign);
    statement_bind_text(st, ":step", m->step);
    statement_bind_text(st, ":recruiter",
                        m->sender ? m->sender
                                  : a->workspace->sending.fallback_sender);
    statement_bind_int(st, ":other", m->other_address);
    statement_bind_text(st, ":by", m->by);
    statement_bind_double(st, ":confidence", m->confidence);
    statement_bind_text(st, ":trust",
                        a->verified ? "verified"
                        : m->proven ? "token_only"
                                    : "unknown");
}

static bool
insert_reply(const Act *a, const char *action, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "INSERT INTO reply (inbound_id, candidate_id, message_id, campaign,"
        "  step, recruiter, from_address, other_address, subject, text, intent,"
        "  intent_also, intent_rule, flags, action, received_at, matched_by,"
        "  confidence, from_trust, return_date)"
        " VALUES (:inbound, :candidate, :message, :campaign, :step,"
        "  :recruiter, :from, :other, :subject, :text, :intent, :also, :rule,"
        "  :flags, :action, :now, :by, :confidence, :trust, :return)",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":inbound", a->inbound_id);
    bind_whose_it_is(st, a);
    bind_what_it_says(st, a->mail);
    statement_bind_text(st, ":action", action);
    statement_bind_int(st, ":now", a->now);
    if (!statement_run(st, error))
        return false;
    return reply_after_insert(a, store_last_id(a->store), error);
}

/* May this mail act for the candidate? Somebody else's address may not. */
static bool
speaks_for_candidate(const Act *a)
{
    return a->match->candidate && !a->match->other_address;
}

/* What a recruiter is offered: where they are now, who stands in for them. */
static char *
departure(const Inspection *m)
{
    GString *said = g_string_new("held for a year");

    if (m->new_address)
        g_string_append_printf(said, "; their new address is %s",
                               m->new_address);
    if (m->colleague)
        g_string_append_printf(said, "; %s is named in their place",
                               m->colleague);
    g_string_append(said, "; stop all mail when you are sure");
    return g_string_free(said, FALSE);
}

static bool
act_auto_reply(const Act *a, GError **error)
{
    const char *class =
        a->mail->auto_class ? a->mail->auto_class : "other_auto";
    g_autoptr(GString) detail = g_string_new("{\"class\":");
    g_autofree char *left = NULL;

    a->out->auto_replies++;
    json_append_string(detail, class);
    g_string_append(detail, ",\"return_date\":");
    json_append_string(detail, a->mail->return_date);
    g_string_append_c(detail, '}');
    if (!act_resolve(a, false, "auto-reply", error) ||
        !record_mail(a, "auto_reply", false, detail->str, error))
        return false;
    if (!speaks_for_candidate(a))
        return true;
    if (strcmp(class, "ooo") == 0)
        return act_hold(a, "out_of_office",
                        until(a, a->mail->return_date, OOO_DEFAULT_DAYS),
                        error);
    if (!is_left_company(a->mail))
        return true;
    left = departure(a->mail);
    return act_hold(a, "left_company", a->now + 365 * DAY_MS, error) &&
           insert_reply(a, left, error);
}

static bool
opt_out(const Act *a, GError **error)
{
    return insert_reply(a, "unsubscribed", error) &&
           optout_apply(a->store, a->workspace, a->match->candidate,
                        a->match->rcpt_hmac,
                        names_our_mail(a) ? a->match->message_id : NULL,
                        "opted_out", a->now, error);
}

/* The campaign they answered ends; others wait, so that a recruiter speaks
 * first. */
static bool
stop_for_reply(const Act *a, char **out_action, GError **error)
{
    const char *intent = a->mail->intent;
    bool later = g_strcmp0(intent, "not_now") == 0 && a->mail->return_date;
    int64_t at =
        until(a, later ? a->mail->return_date : NULL, REPLIED_HOLD_DAYS);
    g_autofree char *day =
        date_format(at, a->workspace->zone, "D MMMM YYYY", "en");

    *out_action =
        g_strdup_printf("%s; held until %s",
                        a->match->campaign ? "stopped the sequence"
                                           : "known person, unknown mail",
                        day);
    if (a->match->campaign &&
        !enrolment_exit(a->store, a->workspace, a->match->candidate,
                        a->match->campaign, later ? "not_now" : "replied",
                        a->now, error))
        return false;
    return act_hold(a, later ? "not_now" : "replied", at, error);
}

static bool
is_positive(const char *intent)
{
    return g_strcmp0(intent, "interested") == 0 ||
           g_strcmp0(intent, "question") == 0;
}

/* A recruiter's mail to us. Words that are no verb are shown, so that none are
 * lost. */
static bool
act_review(const Act *a, GError **error)
{
    bool done = false;

    a->out->other++;
    return review_act(a, &done, error) &&
           (done || insert_reply(a, "shown only: not a verb", error));
}

static bool
act_human(const Act *a, GError **error)
{
    g_autofree char *action = NULL;
    g_autoptr(GString) detail = g_string_new("{\"intent\":");

    if (a->match->review)
        return act_review(a, error);
    a->out->replies++;
    if (!a->match->by)
        a->out->unmatched++;
    /* The unsubscribe address is an order, whatever the words are. */
    if (a->match->unsubscribe)
        return opt_out(a, error);
    if (!act_resolve(a, false, "reply", error))
        return false;
    if (!speaks_for_candidate(a))
        return insert_reply(a,
                            a->match->by ? "shown only: another address"
                                         : "shown only: not matched",
                            error);
    json_append_string(detail, a->mail->intent);
    g_string_append_c(detail, '}');
    if (!record_mail(a, "replied", is_positive(a->mail->intent), detail->str,
                     error))
        return false;
    /* Anybody can write a From: without a proof it is for a reader. */
    if (a->mail->strong_optout && (a->match->proven || a->verified))
        return opt_out(a, error);
    return stop_for_reply(a, &action, error) && insert_reply(a, action, error);
}

bool
inbound_act(const Act *a, GError **error)
{
    switch (a->mail->kind) {
    case INSPECTION_BOUNCE:
        return act_bounce(a, error);
    case INSPECTION_DELAYED:
        return act_delayed(a, error);
    case INSPECTION_FEEDBACK:
        return act_feedback(a, error);
    case INSPECTION_AUTO_REPLY:
        return act_auto_reply(a, error);
    case INSPECTION_HUMAN:
        return act_human(a, error);
    case INSPECTION_OTHER:
        a->out->other++;
        return true;
    }
    return true;
}
