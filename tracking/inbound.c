/* SPDX-License-Identifier: Apache-2.0 */
/* inbound.c - from a spooled file to what it changes */
#include "inbound-act.h"
#include "inspector.h"
#include "nurture/alert.h"
#include "recheck.h"
#include "spool.h"
#include "trust.h"

#include "nurture/error.h"
#include "nurture/log.h"

#include <string.h>

enum { MOST_TRIES = 2 };

typedef struct {
    Store *store;
    const Workspace *workspace;
    const Keys *keys;
    InboundSent sent;
    int64_t now;
    InboundResult *out;
    Inspector *inspector;
    bool *digests; /* set when reports were put into the spool */
} Inbox;

/* Count the try before looking inside, so that a mail which ends the program
 * is known at the next start. */
static bool
note_try(const Inbox *in, const char *id, const char *file, int64_t *out_tries,
         bool *out_done, GError **error)
{
    g_auto(Transaction) tx = store_begin(in->store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(
        in->store,
        "INSERT INTO inbound (inbound_id, file, received_at, state, tries)"
        " VALUES (:id, :file, :now, 'spooled', 1)"
        " ON CONFLICT (inbound_id) DO UPDATE SET tries = inbound.tries + 1"
        " RETURNING tries, state <> 'spooled'",
        error);
    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    statement_bind_text(st, ":file", file);
    statement_bind_int(st, ":now", in->now);
    while (statement_step(st)) {
        *out_tries = statement_int(st, 0);
        *out_done = statement_int(st, 1) != 0;
    }
    return statement_end(st, error) && transaction_commit(&tx, error);
}

/* The mail was read; it is the store or the disk that failed. That says nothing
 * about the mail, which must not end in quarantine for it. */
static void
forget_try(const Inbox *in, const char *id)
{
    g_autoptr(GError) ignored = NULL; /* the first error is told */
    g_auto(Transaction) tx = store_begin(in->store, &ignored);
    g_autoptr(Statement) st = NULL;

    if (tx.store)
        st = store_prepare(in->store,
                           "UPDATE inbound SET tries = tries - 1"
                           " WHERE inbound_id = :id AND state = 'spooled'"
                           "  AND tries > 0",
                           &ignored);
    if (!st)
        return;
    statement_bind_text(st, ":id", id);
    if (!statement_run(st, &ignored) || !transaction_commit(&tx, &ignored))
        log_warn("inbound=%.16s try=kept error=\"%s\"", id, ignored->message);
}

typedef struct {
    const char *id;
    GBytes *raw;
    const Inspection *mail;
    const Match *match;
    const char *body_sha256;
} Arrival;

static bool
is_digest(const Inspection *mail)
{
    return mail->reports->len > 0;
}

static const char *
kind_of(const Inspection *mail)
{
    return is_digest(mail) ? "digest" : inspection_kind_name(mail->kind);
}

static bool
finish(const Inbox *in, const Arrival *a, const char *state, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        in->store,
        "UPDATE inbound SET state = :state, kind = :kind,"
        "  rfc_message_id = :rfc, body_sha256 = :body, message_id = :message,"
        "  matched_by = :by, candidate_id = :candidate, done_at = :now"
        " WHERE inbound_id = :id AND state = 'spooled'",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":state", state);
    statement_bind_text(st, ":id", a->id);
    statement_bind_int(st, ":now", in->now);
    if (a->mail) {
        statement_bind_text(st, ":kind", kind_of(a->mail));
        statement_bind_text(st, ":rfc", a->mail->message_id);
        statement_bind_text(st, ":body", a->body_sha256);
    }
    if (a->match) {
        if (a->match->message_id[0])
            statement_bind_text(st, ":message", a->match->message_id);
        statement_bind_text(st, ":by", a->match->by);
        if (a->match->candidate)
            statement_bind_int(st, ":candidate", a->match->candidate);
    }
    return statement_run(st, error);
}

/* By another way (a pipe and a mailbox, two mailboxes) the same mail has other
 * trace fields, but its Message-ID and its body. */
static bool
came_before(const Inbox *in, const Arrival *a, bool *out, GError **error)
{
    g_autoptr(Statement) st = NULL;

    *out = false;
    if (!a->mail->message_id)
        return true;
    st = store_prepare(in->store,
                       "SELECT 1 FROM inbound WHERE rfc_message_id = :rfc"
                       "  AND body_sha256 = :body AND inbound_id <> :id"
                       "  AND state = 'done' LIMIT 1",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":rfc", a->mail->message_id);
    statement_bind_text(st, ":body", a->body_sha256);
    statement_bind_text(st, ":id", a->id);
    *out = statement_step(st);
    return statement_end(st, error);
}

/* Whoever runs this can split such a mail. */
static bool
tell_of_unread_reports(const Inbox *in, const Arrival *a, GError **error)
{
    g_autofree char *detail = NULL;

    if (a->mail->unread_reports == 0)
        return true;
    detail = g_strdup_printf("the last %d messages of a digest were not read;"
                             " it is spool/done/%s.eml",
                             a->mail->unread_reports, a->id);
    return alert_raise(in->store, "digest", "inbound", detail, in->now, error);
}

/* The transaction: everything the mail causes, and that it has been done.
 * Another process that was faster leaves nothing to do. */
static bool
apply(const Inbox *in, const Arrival *a, GError **error)
{
    const char *authserv_id = in->workspace->receiving.authserv_id;
    InboundResult counts = *in->out;
    Act act = {.store = in->store,
               .workspace = in->workspace,
               .inbound_id = a->id,
               .mail = a->mail,
               .match = a->match,
               .keys = in->keys,
               .raw = a->raw,
               .verified = trust_is_verified(a->mail, authserv_id),
               .now = in->now,
               .out = &counts};
    g_auto(Transaction) tx = store_begin(in->store, error);
    bool again = false;

    if (!tx.store || !finish(in, a, "done", error))
        return false;
    if (store_changes(in->store) == 0)
        return true;
    if (!came_before(in, a, &again, error) ||
        (!again && !is_digest(a->mail) && !inbound_act(&act, error)) ||
        !tell_of_unread_reports(in, a, error) ||
        !transaction_commit(&tx, error))
        return false;
    if (!again)
        *in->out = counts;
    return true;
}

/* The reports of a digest become mails of their own before the digest is done
 * with. Their names follow from their bytes: put there once more after a
 * crash, or by another digest, each is still one mail. */
static bool
spool_reports(const Inbox *in, const Inspection *digest, GError **error)
{
    const char *const nobody[] = {NULL};
    const Envelope none = {.recipients = nobody}; /* each has its own fields */

    for (guint i = 0; i < digest->reports->len; i++)
        if (!inbound_spool_envelope(in->workspace->state_dir,
                                    digest->reports->pdata[i], &none, error))
            return false;
    *in->digests = true;
    return true;
}

static bool
quarantine(const Inbox *in, const char *id, const char *file, GError **error)
{
    const Arrival arrival = {.id = id};
    g_auto(Transaction) tx = store_begin(in->store, error);

    if (!tx.store || !finish(in, &arrival, "quarantined", error) ||
        !alert_raise(in->store, "quarantine", "inbound",
                     "a mail ended its reader twice; it is in "
                     "spool/quarantine",
                     in->now, error) ||
        !transaction_commit(&tx, error))
        return false;
    in->out->quarantined++;
    log_warn("inbound=%.16s action=quarantine tries=%d", id, MOST_TRIES);
    return spool_move(in->workspace->state_dir, file, "quarantine", error);
}

/* Now that we know which mail it answers: read it beside that mail, so that
 * words typed into our quoted text are seen. Where that fails, the first
 * reading stands. */
static void
read_beside_sent(const Inbox *in, GBytes *raw, const Match *match,
                 Inspection **mail)
{
    g_autofree char *sent = NULL;
    g_autoptr(GError) ignored = NULL;
    g_autoptr(Inspection) again = NULL;
    bool crashed = false;

    if (!in->sent || (*mail)->kind != INSPECTION_HUMAN ||
        !(*mail)->quotes_older || !match->message_id[0] || match->review)
        return;
    sent = in->sent(in->store, in->workspace, in->keys, match->message_id,
                    in->now, &ignored);
    if (!sent)
        return; /* its campaign is gone, or cannot be filled any more */
    again = inspector_read(in->inspector, raw, in->now, sent, &crashed, NULL);
    if (!again)
        return;
    inspection_free(*mail);
    *mail = g_steal_pointer(&again);
}

/* *out_crashed: it ended the reader; nothing has been done. */
static bool
understand(const Inbox *in, const char *id, const char *file, bool *out_crashed,
           GError **error)
{
    g_autoptr(GBytes) raw = NULL;
    g_autoptr(Inspection) mail = NULL;
    g_autofree char *body = NULL;
    g_auto(Match) match = {0};
    Arrival arrival = {.id = id, .match = &match};

    raw = spool_read(in->workspace->state_dir, file, error);
    if (!raw)
        return false;
    mail =
        inspector_read(in->inspector, raw, in->now, NULL, out_crashed, error);
    if (!mail)
        return *out_crashed;
    body = spool_body_hash(raw);
    if (is_digest(mail)) {
        if (!spool_reports(in, mail, error))
            return false;
    } else if (!match_find(in->store, in->keys, mail, in->now, &match, error))
        return false;
    read_beside_sent(in, raw, &match, &mail);
    arrival.raw = raw;
    arrival.mail = mail;
    arrival.body_sha256 = body;
    if (!apply(in, &arrival, error))
        return false;
    log_info("inbound=%.16s kind=%s matched=%s msg=%s", id, kind_of(mail),
             match.by ? match.by : "no",
             match.message_id[0] ? match.message_id : "-");
    return spool_move(in->workspace->state_dir, file, "done", error);
}

static bool
process_held(const Inbox *in, const char *file, GError **error)
{
    g_autofree char *id = g_strndup(file, strlen(file) - strlen(".eml"));

    for (;;) {
        int64_t tries = 0;
        bool done = false, crashed = false;
        if (!note_try(in, id, file, &tries, &done, error))
            return false;
        if (done)
            return spool_move(in->workspace->state_dir, file, "done", error);
        if (tries > MOST_TRIES)
            return quarantine(in, id, file, error);
        if (!understand(in, id, file, &crashed, error)) {
            forget_try(in, id);
            return false;
        }
        if (!crashed)
            return true;
        log_warn("inbound=%.16s ended its reader", id);
    }
}

/* Several processes at one mail would look like one that ends its readers. */
static bool
process_file(const Inbox *in, const char *file, GError **error)
{
    int hold = spool_hold(in->workspace->state_dir, file);
    bool ok;

    if (hold < 0)
        return true;
    ok = process_held(in, file, error);
    spool_let_go(hold);
    return ok;
}

/* What cannot be read now is told and passed over. A damaged store may not be
 * worked on. */
static bool
process_waiting(const Inbox *in, GError **error)
{
    g_auto(GStrv) files = spool_waiting(in->workspace->state_dir);

    for (char **file = files; *file; file++) {
        g_autoptr(GError) failed = NULL;
        if (process_file(in, *file, &failed))
            continue;
        if (g_error_matches(failed, NURTURE_ERROR, ERROR_STORE)) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
        log_warn("inbound=%.16s error=\"%s\"", *file, failed->message);
    }
    return true;
}

bool
inbound_process(Store *store, const Workspace *workspace, const Keys *keys,
                InboundSent sent, int64_t now, InboundResult *out,
                GError **error)
{
    g_autoptr(Inspector) inspector = inspector_new();
    bool digests = false;
    const Inbox in = {store, workspace, keys,      sent,
                      now,   out,       inspector, &digests};

    memset(out, 0, sizeof *out);
    if (!process_waiting(&in, error))
        return false;
    /* No report of a digest is one: once more is enough. */
    if (digests && !process_waiting(&in, error))
        return false;
    return recheck_run(store, workspace, domain_lookup, now, error);
}

bool
inbound_is_known(Store *store, GBytes *raw, bool *out, GError **error)
{
    g_autofree char *id = spool_id("", raw);
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT 1 FROM inbound WHERE inbound_id = :id", error);

    *out = false;
    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    *out = statement_step(st);
    return statement_end(st, error);
}
