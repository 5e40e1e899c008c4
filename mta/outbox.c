/* SPDX-License-Identifier: Apache-2.0 */
/* outbox.c - rows come in, are cancelled, cleared of doubt, and counted */
#include "nurture/outbox.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/provider.h"

#include <string.h>

static bool
keep_body(Store *store, const OutboxEntry *entry, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO message_body (message_id, bytes) VALUES (:id, :bytes)",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", entry->message_id);
    statement_bind_blob(st, ":bytes", entry->body, strlen(entry->body));
    return statement_run(st, error);
}

static void
bind_entry(Statement *st, const OutboxEntry *entry, int64_t now)
{
    const char *domain = address_domain(entry->rcpt);
    const Provider *provider = provider_of_domain(domain);

    statement_bind_text(st, ":id", entry->message_id);
    statement_bind_text(st, ":kind", entry->kind);
    statement_bind_text(st, ":dedupe", entry->dedupe_key);
    if (entry->candidate)
        statement_bind_int(st, ":candidate", entry->candidate);
    if (entry->cycle)
        statement_bind_int(st, ":cycle", entry->cycle);
    statement_bind_text(st, ":campaign", entry->campaign);
    statement_bind_text(st, ":step", entry->step);
    statement_bind_text(st, ":snapshot", entry->snapshot);
    statement_bind_text(st, ":segment", entry->segment);
    statement_bind_text(st, ":variant", entry->variant);
    statement_bind_text(st, ":language", entry->language);
    statement_bind_text(st, ":sender", entry->sender);
    statement_bind_text(st, ":rcpt", entry->rcpt);
    statement_bind_text(st, ":hmac", entry->rcpt_hmac);
    statement_bind_text(st, ":domain", domain);
    statement_bind_text(st, ":provider", provider ? provider->name : NULL);
    statement_bind_int(st, ":priority", entry->priority);
    statement_bind_int(st, ":not_before", entry->not_before);
    statement_bind_int(st, ":not_after", entry->not_after);
    statement_bind_int(st, ":now", now);
}

bool
outbox_add(Store *store, const OutboxEntry *entry, int64_t now, bool *out_added,
           GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO message (message_id, kind, dedupe_key, candidate_id,"
        "  campaign, cycle, step, snapshot, segment, variant, language, sender,"
        "  provider, rcpt, rcpt_hmac, rcpt_domain, state, priority,"
        "  not_before, not_after, created_at, updated_at)"
        " VALUES (:id, :kind, :dedupe, :candidate, :campaign, :cycle, :step,"
        "  :snapshot, :segment, :variant, :language, :sender,"
        "  coalesce(:provider, (SELECT p.provider FROM domain_provider p"
        "   WHERE p.domain = :domain)), :rcpt, :hmac, :domain, 'scheduled', "
        ":priority, :not_before, :not_after, :now,"
        "  :now)"
        " ON CONFLICT DO NOTHING",
        error);
    bool added;

    g_assert(store_in_transaction(store));
    if (!st)
        return false;
    bind_entry(st, entry, now);
    if (!statement_run(st, error))
        return false;
    added = store_changes(store) > 0;
    if (out_added)
        *out_added = added;
    return !added || !entry->body || keep_body(store, entry, error);
}

bool
outbox_cancel(Store *store, int64_t candidate, const char *campaign,
              const char *reason, int64_t now, GError **error)
{
    /* A claimed row loses its owner too: its mark then changes nothing, and
     * no dot leaves. */
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE message SET state = 'cancelled', owner = NULL,"
                      "  last_text = :reason, updated_at = :now"
                      " WHERE candidate_id = :candidate AND kind = 'campaign'"
                      "  AND (:campaign IS NULL OR campaign = :campaign)"
                      "  AND state IN ('scheduled', 'deferred', 'claimed')",
                      error);
    g_autoptr(Statement) body = NULL;

    g_assert(store_in_transaction(store));
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":campaign", campaign);
    statement_bind_text(st, ":reason", reason);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    body = store_prepare(
        store,
        "DELETE FROM message_body WHERE message_id IN"
        " (SELECT message_id FROM message WHERE candidate_id = :candidate"
        "   AND state = 'cancelled')",
        error);
    if (!body)
        return false;
    statement_bind_int(body, ":candidate", candidate);
    return statement_run(body, error);
}

/* The mail left when its dot did: that is when the sent event happened. */
static bool
record_sent(Store *store, const char *message_id, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO event (candidate_id, kind, message_id, campaign, step, at,"
        "  detail, dedupe_key)"
        " SELECT candidate_id, 'sent', message_id, campaign, step, sent_at,"
        "  NULL, 'sent:' || message_id FROM message"
        " WHERE message_id = :id AND candidate_id IS NOT NULL"
        " ON CONFLICT DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", message_id);
    return statement_run(st, error);
}

bool
outbox_resolve(Store *store, const char *message_id, bool bounced,
               const char *evidence, int64_t now, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE message SET state = :state, doubt_cause = NULL,"
                      "  last_text = :evidence, updated_at = :now, sent_at ="
                      "  coalesce(dot_at, (SELECT p.dot_at FROM attempt_past p"
                      "    WHERE p.message_id = message.message_id"
                      "     AND p.n = message.attempt), :now)"
                      " WHERE message_id = :id AND state = 'in_doubt'",
                      error);
    g_autoptr(Statement) body = NULL;

    g_assert(store_in_transaction(store));
    if (!st)
        return false;
    statement_bind_text(st, ":state", bounced ? "bounced" : "sent");
    statement_bind_text(st, ":evidence", evidence);
    statement_bind_text(st, ":id", message_id);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    if (store_changes(store) == 0)
        return true;
    body = store_prepare(
        store, "DELETE FROM message_body WHERE message_id = :id", error);
    if (!body)
        return false;
    statement_bind_text(body, ":id", message_id);
    return statement_run(body, error) && record_sent(store, message_id, error);
}

bool
outbox_resend(Store *store, const char *message_id, bool changed, int64_t now,
              bool *out_done, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET state = 'scheduled', resends = resends + 1,"
        "  not_before = :now, updated_at = :now,"
        "  not_after = CASE WHEN not_after > :until THEN not_after"
        "   ELSE :until END,"
        "  mime_sha256 = CASE WHEN :changed THEN NULL ELSE mime_sha256 END"
        " WHERE message_id = :id AND state IN ('in_doubt', 'dead')",
        error);

    g_assert(store_in_transaction(store));
    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":until", now + 2 * DAY_MS);
    statement_bind_int(st, ":changed", changed);
    statement_bind_text(st, ":id", message_id);
    if (!statement_run(st, error))
        return false;
    *out_done = store_changes(store) == 1;
    return true;
}

static void
add_count(OutboxCounts *counts, const char *state, int64_t n)
{
    const struct {
        const char *state;
        int64_t *count;
    } fields[] = {
        {"scheduled", &counts->scheduled}, {"deferred", &counts->deferred},
        {"claimed", &counts->claimed},     {"committing", &counts->committing},
        {"sent", &counts->sent},           {"bounced", &counts->bounced},
        {"in_doubt", &counts->in_doubt},   {"suppressed", &counts->suppressed},
        {"expired", &counts->expired},     {"cancelled", &counts->cancelled},
        {"dead", &counts->dead},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        if (strcmp(state, fields[i].state) == 0)
            *fields[i].count += n;
}

bool
outbox_count(Store *store, const char *campaign, OutboxCounts *out,
             GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        campaign ? "SELECT state, count(*) FROM message_state"
                   " WHERE campaign = :campaign GROUP BY state"
                 : "SELECT state, count(*) FROM message_state GROUP BY state",
        error);

    memset(out, 0, sizeof *out);
    if (!st)
        return false;
    if (campaign)
        statement_bind_text(st, ":campaign", campaign);
    while (statement_step(st))
        add_count(out, statement_text(st, 0), statement_int(st, 1));
    return statement_end(st, error);
}
