/* SPDX-License-Identifier: Apache-2.0 */
/* bounce_act.c - what reports of servers change: addresses, and ourselves
 *
 * An address is given up by one sure report, or by counted ones. They count
 * once for a message and a day; 30 days without one, or any sign of life,
 * begin anew. Apart from that, many reports of one kind are about us: then the
 * operator is told, and mail waits. */
#include "inbound-act.h"

#include "bounce-policy.h"
#include "nurture/alert.h"
#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/health.h"
#include "nurture/json.h"
#include "nurture/optout.h"

#include <string.h>

enum { DECAY_DAYS = 30, RECHECK_HOURS = 24 };

static char *
detail_of(const BouncedRecipient *r)
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

/* How an event's detail says it; a stranger's text in the same detail has its
 * quotation marks escaped. */
static char *
reason_like(const char *reason)
{
    return g_strdup_printf("%%\"reason\":\"%s\"%%", reason);
}

/* ---- counting -------------------------------------------------------------
 */

typedef struct {
    int days;       /* on which something came back */
    int64_t newest; /* of these days */
    int64_t oldest;
} Count;

/* Newest first, until there is a month of silence. */
static bool
count_days(const Act *a, const char *like, Count *out, GError **error)
{
    int64_t day = -1;
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "SELECT at FROM event WHERE candidate_id = :candidate"
        "  AND kind = 'bounced' AND (:like IS NULL OR detail LIKE :like)"
        "  AND at > coalesce((SELECT max(e.at) FROM event e"
        "   WHERE e.candidate_id = :candidate AND e.machine = 0"
        "    AND e.kind IN ('replied', 'clicked', 'interested', 'opened',"
        "     'auto_reply', 'delivered', 'applied')), 0)"
        " ORDER BY at DESC",
        error);

    memset(out, 0, sizeof *out);
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", a->match->candidate);
    statement_bind_text(st, ":like", like);
    while (statement_step(st)) {
        int64_t at = statement_int(st, 0);
        if (out->days > 0 && out->oldest - at > DECAY_DAYS * DAY_MS)
            break;
        if (out->days == 0)
            out->newest = at;
        out->oldest = at;
        if (at / DAY_MS != day)
            out->days++;
        day = at / DAY_MS;
    }
    return statement_end(st, error);
}

static bool
is_final(const Act *a, const BouncedRecipient *r, const BouncePolicy *policy,
         bool *out, GError **error)
{
    /* What needs time is counted by itself; the rest adds up. */
    g_autofree char *like =
        policy && policy->days > 0 ? reason_like(r->reason) : NULL;
    Count count;

    *out = r->action == BOUNCE_SUPPRESS;
    if (r->action != BOUNCE_COUNT)
        return true;
    if (!count_days(a, like, &count, error))
        return false;
    *out = count.days >= r->action_count &&
           (!policy || count.newest - count.oldest >= policy->days * DAY_MS);
    return true;
}

/* ---- the address ----------------------------------------------------------
 */

static bool
keep_evidence(const Act *a, const char *evidence, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "UPDATE suppression SET evidence = :evidence"
        " WHERE address_hmac = :hmac AND scope = 'all' AND evidence IS NULL"
        "  AND reason = 'bounced'",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":evidence", evidence);
    statement_bind_text(st, ":hmac", a->match->rcpt_hmac);
    return statement_run(st, error);
}

static bool
give_up(const Act *a, const BouncePolicy *policy, const char *evidence,
        GError **error)
{
    if (policy && policy->hold_days > 0)
        return act_hold(a, policy->reason, a->now + policy->hold_days * DAY_MS,
                        error);
    return optout_apply(a->store, a->workspace, a->match->candidate,
                        a->match->rcpt_hmac, a->match->message_id, "bounced",
                        a->now, error) &&
           keep_evidence(a, evidence, error);
}

/* The domain is asked for once more tomorrow; until then nothing is sent. */
static bool
recheck_later(const Act *a, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "INSERT INTO recheck (rcpt_hmac, candidate_id, message_id, domain,"
        "  due_at) VALUES (:hmac, :candidate, :message, :domain, :due)"
        " ON CONFLICT (rcpt_hmac) DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":hmac", a->match->rcpt_hmac);
    if (a->match->candidate)
        statement_bind_int(st, ":candidate", a->match->candidate);
    statement_bind_text(st, ":message", a->match->message_id);
    statement_bind_text(st, ":domain", a->match->rcpt_domain);
    statement_bind_int(st, ":due", a->now + RECHECK_HOURS * HOUR_MS);
    return statement_run(st, error) &&
           act_hold(a, "recheck", a->now + 2 * RECHECK_HOURS * HOUR_MS, error);
}

static bool
act_on_address(const Act *a, const BouncedRecipient *r, const char *evidence,
               GError **error)
{
    const BouncePolicy *policy = bounce_policy(r->reason);
    bool final = false;

    if (!a->match->candidate)
        return true;
    if (r->action == BOUNCE_RECHECK)
        return recheck_later(a, error);
    return is_final(a, r, policy, &final, error) &&
           (!final || give_up(a, policy, evidence, error));
}

/* ---- ourselves ------------------------------------------------------------
 */

/* Messages of the campaign that came back like this; and what it has sent. */
static bool
count_campaign(const Act *a, const char *kind, const char *like, int64_t *out,
               GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "SELECT count(DISTINCT message_id) FROM event"
        " WHERE campaign = :campaign AND" EVENT_CAME_BACK "  AND kind = :kind"
        "  AND (:like IS NULL OR detail LIKE :like)",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", a->match->campaign);
    statement_bind_text(st, ":kind", kind);
    statement_bind_text(st, ":like", like);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

/* The same of the last 24 hours, for the receiving domain or everywhere. */
static bool
count_lately(const Act *a, LimitScope scope, const char *like, int64_t *out,
             GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "SELECT count(DISTINCT e.message_id) FROM event e"
        " JOIN message m ON m.message_id = e.message_id"
        " WHERE e.kind = 'bounced' AND e.at > :since AND e.detail LIKE :like"
        "  AND (:domain IS NULL OR m.rcpt_domain = :domain)",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":since", a->now - DAY_MS);
    statement_bind_text(st, ":like", like);
    if (scope == SCOPE_DOMAIN)
        statement_bind_text(st, ":domain", a->match->rcpt_domain);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

typedef struct {
    const BouncePolicy *policy;
    const char *like;
    const char *detail;
} Trouble;

static bool
is_reached(const Act *a, const Trouble *t, const Limit *limit, bool *out,
           GError **error)
{
    int64_t count = 0, sent = 0;

    *out = false;
    if (limit->scope == SCOPE_NONE ||
        (limit->scope == SCOPE_CAMPAIGN && !a->match->campaign))
        return true;
    if (limit->scope == SCOPE_CAMPAIGN) {
        if (!count_campaign(a, "bounced", t->like, &count, error) ||
            !count_campaign(a, "sent", NULL, &sent, error))
            return false;
    } else if (!count_lately(a, limit->scope, t->like, &count, error)) {
        return false;
    }
    *out = limit_is_reached(limit, count, sent);
    return true;
}

static const char *
object_of(const Act *a, LimitScope scope)
{
    return scope == SCOPE_DOMAIN     ? a->match->rcpt_domain
           : scope == SCOPE_CAMPAIGN ? a->match->campaign
                                     : a->workspace->sending.domain;
}

static bool
pause_sending(const Act *a, const Trouble *t, GError **error)
{
    LimitScope scope = t->policy->pause.scope;

    if (scope == SCOPE_DOMAIN)
        return pause_domain(a->store, a->match->rcpt_domain, t->policy->reason,
                            a->now + DAY_MS, a->now, error);
    return pause_campaign(a->store,
                          scope == SCOPE_CAMPAIGN ? a->match->campaign : NULL,
                          t->policy->reason, a->now, error);
}

static bool
look_at_ourselves(const Act *a, const Trouble *t, GError **error)
{
    bool alert, pause;

    if (!t->policy)
        return true;
    if (!is_reached(a, t, &t->policy->alert, &alert, error) ||
        !is_reached(a, t, &t->policy->pause, &pause, error))
        return false;
    if (alert &&
        !alert_raise(a->store, t->policy->reason,
                     object_of(a, t->policy->alert.scope),
                     t->detail ? t->detail : t->policy->words, a->now, error))
        return false;
    return !pause || pause_sending(a, t, error);
}

/* All hard bounces, and complaints, are one rule for the whole of delivery. */
static bool
look_at_health(const Act *a, GError **error)
{
    return !a->match->campaign ||
           health_look(a->store, a->match->campaign, a->now, error);
}

/* A notice of Article 14 that came back has told nobody. */
static bool
take_back_notice(const Act *a, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "UPDATE candidate SET notified_at = NULL WHERE candidate_id ="
        " (SELECT m.candidate_id FROM message m WHERE m.message_id = :message"
        "  AND (m.notice = 1 OR (m.kind = 'service'"
        "   AND m.dedupe_key = 'notice ' || m.candidate_id)))",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":message", a->match->message_id);
    return statement_run(st, error);
}

/* ---- reports --------------------------------------------------------------
 */

bool
act_bounce(const Act *a, GError **error)
{
    const BouncedRecipient *r = a->mail->recipients->len > 0
                                    ? g_ptr_array_index(a->mail->recipients, 0)
                                    : NULL;
    g_autofree char *detail = r ? detail_of(r) : NULL;
    g_autofree char *like = r && r->reason ? reason_like(r->reason) : NULL;
    const Trouble trouble = {r ? bounce_policy(r->reason) : NULL, like,
                             r ? r->diagnostic : NULL};
    bool added = false;

    a->out->bounces++;
    if (!a->match->proven)
        return true; /* an unsigned report may not touch an address */
    if (!act_resolve(a, true, "delivery report", error) ||
        !act_record_once(a, "bounced", detail, &added, error))
        return false;
    if (!added || !r)
        return true; /* told before, by the server itself or twice */
    return take_back_notice(a, error) && act_on_address(a, r, detail, error) &&
           look_at_ourselves(a, &trouble, error) &&
           (!r->hard || look_at_health(a, error));
}

bool
act_feedback(const Act *a, GError **error)
{
    const char *type = a->mail->feedback_type;
    const char *reason = NULL;

    a->out->complaints++;
    if (!type)
        return true;
    if (strncmp(type, "auth-failure", 12) == 0)
        return alert_raise(a->store, "auth_failure",
                           a->workspace->sending.domain,
                           "a server reports that our mail failed SPF, DKIM "
                           "or DMARC",
                           a->now, error);
    if (!a->match->proven)
        return true;
    if (strcmp(type, "abuse") == 0 || strcmp(type, "fraud") == 0 ||
        strcmp(type, "virus") == 0)
        reason = "complained";
    else if (g_str_has_prefix(type, "opt-out"))
        reason = "opted_out";
    if (!reason)
        return true;
    return act_resolve(a, false, "feedback report", error) &&
           optout_apply(a->store, a->workspace, a->match->candidate,
                        a->match->rcpt_hmac, a->match->message_id, reason,
                        a->now, error) &&
           (strcmp(reason, "complained") != 0 || look_at_health(a, error));
}
