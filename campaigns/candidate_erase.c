/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_erase.c - forget a person, and see to it that it stays so */
#include "candidates-private.h"
#include "erasure-log.h"

#include "nurture/audit.h"
#include "nurture/candidate-words.h"
#include "nurture/error.h"
#include "nurture/event.h"
#include "nurture/exit.h"
#include "nurture/suppression.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Every address the person has or had here, in lower case. */
#define ADDRESSES                                                              \
    "(SELECT lower(email_key) AS k FROM candidate WHERE candidate_id = :id"    \
    " UNION SELECT lower(email) FROM candidate WHERE candidate_id = :id"       \
    " UNION SELECT lower(email_key) FROM candidate_address"                    \
    "  WHERE candidate_id = :id"                                               \
    " UNION SELECT lower(email) FROM candidate_address"                        \
    "  WHERE candidate_id = :id)"
/* .. is what `column` says, or stands in it. */
#define IS_THEIRS(column) "lower(" column ") IN " ADDRESSES
#define NAMES_THEM(column)                                                     \
    "EXISTS (SELECT 1 FROM " ADDRESSES " WHERE instr(lower(CAST(" column       \
    " AS TEXT)), k) > 0)"
/* Mails of the person, and those about them that name no candidate: a
 * confirmation, a digest. */
#define THEIR_MAILS                                                            \
    "(SELECT message_id FROM message WHERE candidate_id = :id"                 \
    " UNION SELECT message_id FROM message WHERE candidate_id IS NULL"         \
    "  AND " IS_THEIRS("rcpt") " UNION SELECT message_id FROM message_body "   \
                               "WHERE " NAMES_THEM("bytes") ")"
#define UNSENT "state IN ('scheduled', 'claimed', 'deferred')"

/* In this order: what is found through another row goes before it. Every table
 * is either named here or in tests/test_candidate_erase.c as one that never
 * holds anything about a candidate. */
static const char *const statements[] = {
    /* what a cancelled digest had listed is in the next one */
    "UPDATE reply SET digest_id = NULL WHERE digest_id IN (SELECT "
    "d.digest_id"
    " FROM digest d JOIN message m USING (message_id)"
    " WHERE m." UNSENT " AND m.message_id IN " THEIR_MAILS ")",
    "UPDATE message SET state = 'cancelled', owner = NULL"
    " WHERE " UNSENT " AND message_id IN " THEIR_MAILS,
    "DELETE FROM message_alias WHERE message_id IN " THEIR_MAILS,
    "UPDATE attempt_past SET reply = NULL WHERE message_id IN " THEIR_MAILS,
    "UPDATE message SET last_text = NULL, own_links = NULL WHERE message_id IN"
    " " THEIR_MAILS,
    "DELETE FROM message_body WHERE message_id IN " THEIR_MAILS,
    "UPDATE message SET dedupe_key = 'erased ' || message_id WHERE"
    " (candidate_id = :id OR candidate_id IS NULL)"
    " AND " NAMES_THEM("dedupe_key"),
    "UPDATE message SET rcpt = '', rcpt_hmac = '', rcpt_domain = ''"
    " WHERE candidate_id = :id"
    "  OR (candidate_id IS NULL AND " IS_THEIRS("rcpt") ")",
    "DELETE FROM recheck WHERE candidate_id = :id",
    "UPDATE inbound SET error = NULL, rfc_message_id = NULL"
    " WHERE candidate_id = :id",
    "DELETE FROM referral WHERE candidate_id = :id"
    " OR " IS_THEIRS("address") " OR reply_id IN (SELECT reply_id FROM reply"
                                "  WHERE candidate_id = :id)",
    "UPDATE reply SET from_address = '', subject = NULL, text = '',"
    " recruiter = NULL, return_date = NULL, state = 'done'"
    " WHERE candidate_id = :id OR " IS_THEIRS("from_address"),
    /* somebody else wrote about them */
    "UPDATE reply SET subject = NULL, text = '' WHERE " NAMES_THEM(
        "text") " OR " NAMES_THEM("subject"),
    "UPDATE webhook_out SET error = NULL WHERE event_id IN"
    " (SELECT event_id FROM event WHERE candidate_id = :id)",
    "DELETE FROM hit WHERE event_id IN"
    " (SELECT event_id FROM event WHERE candidate_id = :id)",
    "DELETE FROM hit_agent WHERE " NAMES_THEM("agent"),
    "UPDATE event SET detail = NULL WHERE candidate_id = :id",
    "UPDATE event SET dedupe_key = 'erased ' || event_id"
    " WHERE candidate_id = :id AND " NAMES_THEM("dedupe_key"),
    "DELETE FROM plan WHERE " NAMES_THEM("content"),
    "DELETE FROM batch_change WHERE candidate_id = :id",
    "DELETE FROM application WHERE candidate_id = :id",
    "UPDATE ats_identity SET raw = NULL, remote_id ="
    " CASE WHEN " NAMES_THEM(
        "remote_id") " THEN 'erased ' || rowid ELSE remote_id END WHERE "
                     "candidate_id = :id",
    "DELETE FROM ats_conflict WHERE candidate_id = :id",
    "DELETE FROM ats_row WHERE " NAMES_THEM("fields"),
    "DELETE FROM hook_inbox WHERE " NAMES_THEM("body") " OR " NAMES_THEM(
        "error") " OR " NAMES_THEM("event_key"),
    "UPDATE audit SET object = CASE WHEN " NAMES_THEM(
        "object") " THEN 'candidate ' || :id ELSE object END, detail = CASE "
                  "WHEN " NAMES_THEM(
                      "detail") " THEN NULL ELSE detail END "
                                "WHERE " NAMES_THEM("object") " OR " NAMES_THEM(
                                    "detail"),
    "UPDATE alert SET detail = NULL WHERE " NAMES_THEM("detail"),
    "DELETE FROM request WHERE candidate_id IS NULL AND " IS_THEIRS("email"),
    "UPDATE request SET email = NULL, fields = NULL, address_hmac = ''"
    " WHERE candidate_id = :id",
    "DELETE FROM fact WHERE name = 'last_open/' || :id",
    "DELETE FROM hold WHERE candidate_id = :id",
    "DELETE FROM score WHERE candidate_id = :id",
    "DELETE FROM candidate_tag WHERE candidate_id = :id",
    "DELETE FROM shortlist WHERE candidate_id = :id",
    "DELETE FROM candidate_address WHERE candidate_id = :id",
    "UPDATE candidate SET email = '', email_key = 'erased ' || "
    "candidate_id,"
    " address_hmac = 'erased ' || candidate_id, erased_at = :now,"
    " mail_gap = NULL,"
    " updated_at = :now WHERE candidate_id = :id",
    /* the ledger lets go of those who are erased only */
    "DELETE FROM consent WHERE candidate_id = :id",
};

static bool
run(Store *store, const char *sql, int64_t candidate, int64_t now,
    GError **error)
{
    g_autoptr(Statement) st = store_prepare(store, sql, error);

    if (!st)
        return false;
    statement_bind_int(st, ":id", candidate);
    if (strstr(sql, ":now"))
        statement_bind_int(st, ":now", now);
    return statement_run(st, error);
}

bool
candidate_not_in_flight(Store *store, int64_t candidate, GError **error)
{
    bool in_flight;
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT 1 FROM message WHERE candidate_id = :id"
                      " AND state = 'committing'",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":id", candidate);
    in_flight = statement_step(st);
    if (!statement_end(st, error))
        return false;
    if (in_flight)
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "a mail to this person is leaving at this moment; try "
                    "again in a minute");
    return !in_flight;
}

/* The hash of every address the person had. */
static bool
suppress_all(Store *store, const Keys *keys, int64_t candidate, const char *why,
             int64_t now, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT email_key FROM candidate WHERE candidate_id = :id"
                      " UNION ALL SELECT email_key FROM candidate_address"
                      " WHERE candidate_id = :id",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":id", candidate);
    while (statement_step(st)) {
        g_autofree char *hmac = keys_address_hmac(keys, statement_text(st, 0));
        if (!suppression_add(store, hmac, "erased", NULL, why, now, NULL,
                             error))
            return false;
    }
    return statement_end(st, error);
}

/* Every field that can be empty. */
static bool
blank_fields(Store *store, const FieldSet *fields, int64_t candidate,
             int64_t now, GError **error)
{
    g_autoptr(CandidateWriter) writer =
        candidate_writer_new(store, fields, error);
    g_autoptr(GString) values = g_string_new("{");

    for (guint i = 0; i < field_set_size(fields); i++) {
        const Field *field = field_set_get(fields, i);
        if (field->column && field_is_settable(field) && !field->never_missing)
            g_string_append_printf(values, "%s\"%s\":null",
                                   values->len > 1 ? "," : "", field->name);
    }
    g_string_append_c(values, '}');
    return writer && candidate_writer_update(writer, candidate, values->str, 0,
                                             now, error);
}

/* The person's own record, and those that were merged into it. */
static bool
blank_records(Store *store, const FieldSet *fields, int64_t candidate,
              int64_t now, GError **error)
{
    bool good = true;
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT candidate_id FROM candidate"
                      " WHERE candidate_id = :id OR merged_into = :id",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":id", candidate);
    while (good && statement_step(st))
        good = blank_fields(store, fields, statement_int(st, 0), now, error);
    return good && statement_end(st, error);
}

/* Files of mails the person sent; to be removed once the store has forgotten
 * where they are. */
static GPtrArray *
spooled_files(Store *store, int64_t candidate, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT file FROM inbound WHERE candidate_id = :id UNION"
        " SELECT i.file FROM inbound i JOIN reply r USING (inbound_id)"
        " WHERE " IS_THEIRS("r.from_address") " OR " NAMES_THEM("r.text")
        /* may name anybody; each report in one is a mail of its own */
        " UNION SELECT file FROM inbound WHERE kind = 'digest'",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":id", candidate);
    while (statement_step(st))
        g_ptr_array_add(files, g_strdup(statement_text(st, 0)));
    if (!statement_end(st, error))
        return NULL;
    return g_steal_pointer(&files);
}

static bool
remove_files(const char *state_dir, const GPtrArray *files, GError **error)
{
    static const char *const places[] = {"new", "done", "quarantine"};

    for (guint i = 0; i < files->len; i++)
        for (gsize j = 0; j < G_N_ELEMENTS(places); j++) {
            g_autofree char *path =
                g_build_filename(state_dir, "spool", places[j],
                                 g_ptr_array_index(files, i), NULL);
            if (unlink(path) == 0 || errno == ENOENT)
                continue;
            g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s", path,
                        g_strerror(errno));
            return false;
        }
    return true;
}

/* For the ATS, which has to be told; it names the person by number. */
static bool
record_erasure(Store *store, const Workspace *workspace, int64_t candidate,
               int64_t now, GError **error)
{
    Event event = {.candidate = candidate, .kind = "erased", .at = now};

    return event_record(store, workspace, &event, NULL, error);
}

static bool
erase_rows(Store *store, const Workspace *workspace, const Keys *keys,
           int64_t candidate, const char *why, int64_t now, GError **error)
{
    if (!candidate_not_in_flight(store, candidate, error) ||
        !suppress_all(store, keys, candidate, why, now, error) ||
        !enrolment_exit(store, workspace, candidate, NULL, "erased", now,
                        error) ||
        !blank_records(store, workspace->fields, candidate, now, error))
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(statements); i++)
        if (!run(store, statements[i], candidate, now, error))
            return false;
    return candidate_words_erase(store, candidate, error) &&
           record_erasure(store, workspace, candidate, now, error) &&
           audit_candidate(store, NULL, why ? "anonymised" : "erased",
                           candidate, NULL, now, error);
}

/* `why`: NULL when the person asked. */
static bool
erase(Store *store, const Workspace *workspace, const Keys *keys,
      int64_t candidate, const char *why, int64_t now, GError **error)
{
    g_autoptr(GPtrArray) files = spooled_files(store, candidate, error);

    if (!files)
        return false;
    {
        g_auto(Transaction) tx = store_begin(store, error);
        if (!tx.store ||
            !erase_rows(store, workspace, keys, candidate, why, now, error) ||
            !transaction_commit(&tx, error))
            return false;
    }
    return !workspace->state_dir ||
           remove_files(workspace->state_dir, files, error);
}

bool
candidate_erase(Store *store, const Workspace *workspace, const Keys *keys,
                int64_t candidate, int64_t now, GError **error)
{
    return erase(store, workspace, keys, candidate, NULL, now, error) &&
           candidates_purge(store, workspace, error);
}

bool
candidate_anonymise(Store *store, const Workspace *workspace, const Keys *keys,
                    int64_t candidate, const char *why, int64_t now,
                    GError **error)
{
    return erase(store, workspace, keys, candidate, why, now, error);
}

bool
candidates_purge(Store *store, const Workspace *workspace, GError **error)
{
    return erasure_log_update(store, workspace, error) &&
           store_purge(store, error);
}
