/* SPDX-License-Identifier: Apache-2.0 */
/* inbound_act.c - what a received mail changes */
#include "inbound-act.h"

#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/exit.h"
#include "nurture/json.h"
#include "nurture/optout.h"
#include "nurture/outbox.h"

#include <string.h>

enum { REPLIED_HOLD_DAYS = 14, OOO_DEFAULT_DAYS = 14 };

/* A token or Message-ID of ours: only such mail acts on whom we wrote to. */
static bool
names_our_mail(const Act *a)
{
    return a->match->message_id[0] != '\0';
}

static bool
record(const Act *a, const char *kind, bool positive, const char *detail,
       GError **error)
{
    g_autofree char *dedupe = g_strdup_printf("%s %s", kind, a->inbound_id);
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

    return event_record(a->store, a->workspace, &event, NULL, error);
}

static bool
resolve(const Act *a, bool bounced, const char *evidence, GError **error)
{
    return !names_our_mail(a) ||
           outbox_resolve(a->store, a->match->message_id, bounced, evidence,
                          a->now, error);
}

static bool
hold(const Act *a, const char *kind, int64_t until, GError **error)
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
    statement_bind_int(st, ":until", until);
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

/* ---- bounces --------------------------------------------------------------
 */

static char *
bounce_detail(const BouncedRecipient *r)
{
    g_autoptr(GString) json = g_string_new("{\"status\":");

    json_append_string(json, r->status);
    g_string_append(json, ",\"reason\":");
    json_append_string(json, r->reason);
    g_string_append_printf(
        json, ",\"hard\":%s,\"rule\":", r->hard ? "true" : "false");
    json_append_string(json, r->rule);
    g_string_append(json, ",\"diagnostic\":");
    json_append_string(json, r->diagnostic);
    g_string_append_c(json, '}');
    return g_string_free(g_steal_pointer(&json), FALSE);
}

/* Days with a bounce in the last 30, this one included. */
static bool
bounce_days(const Act *a, int64_t *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(a->store,
                      "SELECT count(DISTINCT at / 86400000) FROM event"
                      " WHERE candidate_id = :candidate AND kind = 'bounced'"
                      "  AND at > :since",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", a->match->candidate);
    statement_bind_int(st, ":since", a->now - 30 * DAY_MS);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

static bool
ends_address(const Act *a, const BouncedRecipient *r, bool *out, GError **error)
{
    int64_t days = 0;

    *out = r->action == BOUNCE_SUPPRESS || r->action == BOUNCE_RECHECK;
    if (r->action != BOUNCE_COUNT)
        return true;
    if (!bounce_days(a, &days, error))
        return false;
    *out = days >= r->action_count;
    return true;
}

static bool
act_bounce(const Act *a, GError **error)
{
    const BouncedRecipient *r = a->mail->recipients->len > 0
                                    ? g_ptr_array_index(a->mail->recipients, 0)
                                    : NULL;
    g_autofree char *detail = r ? bounce_detail(r) : NULL;
    bool final = false;

    a->out->bounces++;
    if (!names_our_mail(a))
        return true; /* an unsigned report may not touch an address */
    if (!resolve(a, true, "delivery report", error) ||
        !record(a, "bounced", false, detail, error))
        return false;
    if (!r || !a->match->candidate)
        return true;
    if (!ends_address(a, r, &final, error))
        return false;
    return !final || optout_apply(a->store, a->workspace, a->match->candidate,
                                  a->match->rcpt_hmac, a->match->message_id,
                                  "bounced", a->now, error);
}

static bool
act_delayed(const Act *a, GError **error)
{
    a->out->delays++;
    return !names_our_mail(a) || record(a, "delayed", false, NULL, error);
}

static bool
act_feedback(const Act *a, GError **error)
{
    const char *type = a->mail->feedback_type;
    const char *reason = NULL;

    a->out->complaints++;
    if (!names_our_mail(a) || !type)
        return true;
    if (strcmp(type, "abuse") == 0 || strcmp(type, "fraud") == 0)
        reason = "complained";
    else if (g_str_has_prefix(type, "opt-out"))
        reason = "opted_out";
    if (!reason)
        return true;
    return resolve(a, false, "feedback report", error) &&
           optout_apply(a->store, a->workspace, a->match->candidate,
                        a->match->rcpt_hmac, a->match->message_id, reason,
                        a->now, error);
}

/* ---- people and their machines ---------------------------------------------
 */

static bool
act_auto_reply(const Act *a, GError **error)
{
    const char *class =
        a->mail->auto_class ? a->mail->auto_class : "other_auto";
    g_autoptr(GString) detail = g_string_new("{\"class\":");

    a->out->auto_replies++;
    json_append_string(detail, class);
    g_string_append(detail, ",\"return_date\":");
    json_append_string(detail, a->mail->return_date);
    g_string_append_c(detail, '}');
    if (!resolve(a, false, "auto-reply", error) ||
        !record(a, "auto_reply", false, detail->str, error))
        return false;
    if (!a->match->candidate)
        return true;
    if (strcmp(class, "ooo") == 0)
        return hold(a, "out_of_office",
                    until(a, a->mail->return_date, OOO_DEFAULT_DAYS), error);
    if (strcmp(class, "left_company") == 0)
        return hold(a, "left_company", a->now + 365 * DAY_MS, error);
    return true;
}

static bool
insert_reply(const Act *a, const char *action, GError **error)
{
    const Inspection *m = a->mail;
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "INSERT INTO reply (inbound_id, candidate_id, message_id, campaign,"
        "  step, recruiter, from_address, other_address, subject, text, intent,"
        "  intent_also, intent_rule, flags, action, received_at)"
        " VALUES (:inbound, :candidate, :message, :campaign, :step,"
        "  :recruiter, :from, :other, :subject, :text, :intent, :also, :rule,"
        "  :flags, :action, :now)",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":inbound", a->inbound_id);
    if (a->match->candidate)
        statement_bind_int(st, ":candidate", a->match->candidate);
    statement_bind_text(st, ":message",
                        names_our_mail(a) ? a->match->message_id : NULL);
    statement_bind_text(st, ":campaign", a->match->campaign);
    statement_bind_text(st, ":step", a->match->step);
    statement_bind_text(st, ":recruiter",
                        a->match->sender
                            ? a->match->sender
                            : a->workspace->sending.fallback_sender);
    statement_bind_text(st, ":from", m->from_address ? m->from_address : "");
    statement_bind_int(st, ":other", a->match->other_address);
    statement_bind_text(st, ":subject", m->subject);
    statement_bind_text(st, ":text", m->reply ? m->reply : "");
    statement_bind_text(st, ":intent", m->intent ? m->intent : "other");
    statement_bind_text(st, ":also", m->intent_also);
    statement_bind_text(st, ":rule", m->intent_rule);
    statement_bind_text(st, ":flags",
                        m->erasure_asked_for ? "erasure"
                        : m->left_company    ? "left_company"
                                             : NULL);
    statement_bind_text(st, ":action", action);
    statement_bind_int(st, ":now", a->now);
    return statement_run(st, error);
}

/* May this mail act for the candidate? Somebody else's address may not. */
static bool
speaks_for_candidate(const Act *a)
{
    return a->match->candidate && !a->match->other_address;
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
                        a->match->campaign, "replied", a->now, error))
        return false;
    return hold(a, later ? "not_now" : "replied", at, error);
}

static bool
is_positive(const char *intent)
{
    return g_strcmp0(intent, "interested") == 0 ||
           g_strcmp0(intent, "question") == 0;
}

static bool
act_human(const Act *a, GError **error)
{
    g_autofree char *action = NULL;
    g_autoptr(GString) detail = g_string_new("{\"intent\":");

    a->out->replies++;
    if (!a->match->by)
        a->out->unmatched++;
    /* The unsubscribe address is an order, whatever the words are. */
    if (a->match->unsubscribe)
        return opt_out(a, error);
    if (!resolve(a, false, "reply", error))
        return false;
    if (!speaks_for_candidate(a))
        return insert_reply(a,
                            a->match->by ? "shown only: another address"
                                         : "shown only: not matched",
                            error);
    json_append_string(detail, a->mail->intent);
    g_string_append_c(detail, '}');
    if (!record(a, "replied", is_positive(a->mail->intent), detail->str, error))
        return false;
    if (a->mail->strong_optout)
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
