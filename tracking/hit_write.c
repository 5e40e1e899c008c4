/* SPDX-License-Identifier: Apache-2.0 */
/* hit_write.c - what is kept of one hit */
#include "hit-write.h"

#include "hit-review.h"
#include "nurture/clock.h"
#include "nurture/consent.h"
#include "nurture/event.h"
#include "nurture/fact.h"
#include "nurture/outbox.h"
#include "nurture/provider.h"

#include <string.h>

#define AGENTS_MAX 100000 /* different texts; then none is added */

/* A mail, and what its candidate agreed to. */
typedef struct {
    bool found, is_campaign, in_doubt, scans;
    int64_t candidate; /* 0: none, or erased */
    char *campaign, *step;
    int64_t sent_at;
    bool may_click, may_open; /* consent given */
    bool no_open;             /* taken back */
} Mail;

struct HitWriter {
    Store *store;
    const Workspace *workspace;
    HitReview review;
    GHashTable *mails;    /* message id -> Mail, of the batch */
    GHashTable *touched;  /* message id -> int64_t, the first moment */
    GHashTable *networks; /* network -> int64_t */
};

static void
mail_free(gpointer data)
{
    Mail *mail = data;

    g_free(mail->campaign);
    g_free(mail->step);
    g_free(mail);
}

HitWriter *
hit_writer_new(Store *store, const Workspace *workspace, const HitRules *rules)
{
    HitWriter *w = g_new0(HitWriter, 1);

    w->store = store;
    w->workspace = workspace;
    hit_review_init(&w->review, store, workspace, rules);
    w->mails =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, mail_free);
    w->touched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    w->networks =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return w;
}

void
hit_writer_free(HitWriter *w)
{
    hit_review_clear(&w->review);
    g_hash_table_unref(w->mails);
    g_hash_table_unref(w->touched);
    g_hash_table_unref(w->networks);
    g_free(w);
}

Store *
hit_writer_store(const HitWriter *w)
{
    return w->store;
}

/* Mails ------------------------------------------------------------------ */

static bool
read_mail(HitWriter *w, const char *message_id, Mail *mail, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "SELECT c.candidate_id, m.kind = 'campaign', m.campaign, m.step,"
        "  m.sent_at, m.state = 'in_doubt', " PROVIDER_OF_MESSAGE ","
        "  m.rcpt_domain, (SELECT k.state FROM consent k"
        "   WHERE k.candidate_id = c.candidate_id"
        "    AND k.purpose = 'open_tracking'"
        "   ORDER BY k.at DESC, k.consent_id DESC LIMIT 1) = 'withdrawn'"
        " FROM message m LEFT JOIN candidate c"
        "  ON c.candidate_id = m.candidate_id AND c.erased_at IS NULL"
        " WHERE m.message_id = :message",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":message", message_id);
    if (statement_step(st)) {
        mail->found = true;
        mail->candidate = statement_int(st, 0);
        mail->is_campaign = statement_int(st, 1) != 0;
        mail->campaign = g_strdup(statement_text(st, 2));
        mail->step = g_strdup(statement_text(st, 3));
        mail->sent_at = statement_int(st, 4);
        mail->in_doubt = statement_int(st, 5) != 0;
        mail->scans =
            hit_review_scans(statement_text(st, 6), statement_text(st, 7));
        mail->no_open = statement_int(st, 8) != 0;
    }
    return statement_end(st, error);
}

static bool
read_consent(HitWriter *w, Mail *mail, GError **error)
{
    int64_t now = w->review.now;

    return !mail->candidate ||
           (consent_given(w->store, mail->candidate, "click_tracking", now,
                          &mail->may_click, error) &&
            consent_given(w->store, mail->candidate, "open_tracking", now,
                          &mail->may_open, error));
}

static Mail *
find_mail(HitWriter *w, const char *message_id, GError **error)
{
    Mail *mail = g_hash_table_lookup(w->mails, message_id);

    if (mail)
        return mail;
    mail = g_new0(Mail, 1);
    g_hash_table_insert(w->mails, g_strdup(message_id), mail);
    return read_mail(w, message_id, mail, error) && read_consent(w, mail, error)
               ? mail
               : NULL;
}

/* What may be kept ------------------------------------------------------- */

/* Without a person and without the mail, and too coarse to find them by the
 * minute. */
static bool
write_aggregate(HitWriter *w, const Mail *mail, const HitRecord *record,
                const HitClass *class, GError **error)
{
    g_autofree char *detail = hit_detail(class, record->click, record->link);
    const Event event = {.kind = record->click ? "clicked" : "opened",
                         .campaign = mail->campaign,
                         .step = mail->step,
                         .at = record->at - record->at % HOUR_MS,
                         .machine = hit_class_is_machine(class),
                         .detail = detail};

    return event_record(w->store, w->workspace, &event, NULL, error);
}

/* The date alone, and only the last one. */
static bool
write_last_open(HitWriter *w, const Mail *mail, const HitRecord *record,
                GError **error)
{
    g_autofree char *name =
        g_strdup_printf("last_open/%" G_GINT64_FORMAT, mail->candidate);
    g_autoptr(GDateTime) when =
        g_date_time_new_from_unix_utc(record->at / SECOND_MS);
    g_autofree char *day = g_date_time_format(when, "%Y-%m-%d");

    return fact_set(w->store, name, day, error);
}

static bool
add_agent(HitWriter *w, const char *agent, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "INSERT INTO hit_agent (agent) SELECT :agent"
        " WHERE (SELECT coalesce(max(agent_id), 0) FROM hit_agent) < :max"
        " ON CONFLICT (agent) DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":agent", agent);
    statement_bind_int(st, ":max", AGENTS_MAX);
    return statement_run(st, error);
}

static bool
write_hit(HitWriter *w, const HitRecord *record, int64_t event, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "INSERT INTO hit (event_id, version, facts, agent_id, address_range,"
        "  network) VALUES (:event, :version, :facts,"
        "  (SELECT agent_id FROM hit_agent WHERE agent = :agent),"
        "  nullif(:range, ''), nullif(:network, ''))",
        error);

    if (!st || (*record->agent && !add_agent(w, record->agent, error)))
        return false;
    statement_bind_int(st, ":event", event);
    statement_bind_int(st, ":version", w->review.version);
    statement_bind_int(st, ":facts", record->facts);
    statement_bind_text(st, ":agent", record->agent);
    statement_bind_text(st, ":range", record->range);
    statement_bind_text(st, ":network", record->network);
    return statement_run(st, error);
}

static bool
write_personal(HitWriter *w, Mail *mail, const HitRecord *record,
               const HitClass *class, GError **error)
{
    const char *kind = record->click ? "clicked" : "opened";
    g_autofree char *detail = hit_detail(class, record->click, record->link);
    const Event event = {.candidate = mail->candidate,
                         .kind = kind,
                         .message_id = record->message_id,
                         .campaign = mail->campaign,
                         .step = mail->step,
                         .at = record->at,
                         .machine = hit_class_is_machine(class),
                         .detail = detail};

    int64_t id;
    if (!event_insert(w->store, &event, &id, error) ||
        !write_hit(w, record, id, error) ||
        !event_count(w->store, w->workspace, &event, error))
        return false;
    /* An open says nothing of the hits around it, but they may of it. */
    if (record->click || w->workspace->tracking.trap)
        hit_touch(w->touched, record->message_id, record->at);
    if (*record->network)
        hit_touch(w->networks, record->network, record->at);
    if (!mail->in_doubt)
        return true;
    /* Whoever opens it, person or machine: the mail did leave. */
    mail->in_doubt = false;
    return outbox_resolve(w->store, record->message_id, false, kind, record->at,
                          error);
}

/* As far as it shows by itself. */
static HitClass
classify(HitWriter *w, const Mail *mail, const HitRecord *record)
{
    const HitEvidence e = {
        .click = record->click,
        .facts = record->facts,
        .agent = hit_review_agent(&w->review, record->agent),
        .range = hit_rules_range_class(w->review.rules, record->range,
                                       record->click),
        .delay_ms = mail->sent_at > 0 ? record->at - mail->sent_at : -1,
        .scans = mail->scans,
        .trap = record->click && record->link == WEB_TOKEN_TRAP};

    return hit_classify(&e);
}

bool
hit_writer_begin(HitWriter *w, int64_t now, GError **error)
{
    g_hash_table_remove_all(w->mails);
    g_hash_table_remove_all(w->touched);
    g_hash_table_remove_all(w->networks);
    return hit_review_begin(&w->review, now, error);
}

bool
hit_writer_add(HitWriter *w, const HitRecord *record, GError **error)
{
    TrackMode mode = record->click ? w->workspace->tracking.clicks
                                   : w->workspace->tracking.opens;
    Mail *mail = find_mail(w, record->message_id, error);

    if (!mail)
        return false;
    if (!mail->found || !mail->is_campaign || mode == TRACK_OFF)
        return true;
    HitClass class = classify(w, mail, record);
    if (mode == TRACK_AGGREGATE)
        return write_aggregate(w, mail, record, &class, error);
    if (!mail->candidate)
        return true;
    if (mode == TRACK_DELIVERABILITY)
        return mail->no_open || hit_class_is_machine(&class) ||
               write_last_open(w, mail, record, error);
    return !(record->click ? mail->may_click : mail->may_open) ||
           write_personal(w, mail, record, &class, error);
}

bool
hit_writer_end(HitWriter *w, GError **error)
{
    GHashTableIter iter;
    gpointer name, first;

    g_hash_table_iter_init(&iter, w->networks);
    while (g_hash_table_iter_next(&iter, &name, &first))
        if (!hit_review_network(&w->review, name, *(int64_t *)first, w->touched,
                                error))
            return false;
    g_hash_table_iter_init(&iter, w->touched);
    while (g_hash_table_iter_next(&iter, &name, &first))
        if (!hit_review_message(&w->review, name, *(int64_t *)first, NULL,
                                error))
            return false;
    return true;
}
