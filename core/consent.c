/* SPDX-License-Identifier: Apache-2.0 */
/* consent.c - the newest word about a purpose, and taking it back */
#include "nurture/consent.h"

#include "nurture/audit.h"
#include "nurture/error.h"
#include "nurture/event.h"

#include <string.h>

bool
consent_given(Store *store, int64_t candidate, const char *purpose, int64_t now,
              bool *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT state = 'given' AND coalesce(expires_at > :now, 1)"
        " FROM consent WHERE candidate_id = :candidate AND purpose = :purpose"
        " ORDER BY at DESC, consent_id DESC LIMIT 1",
        error);

    *out = false;
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":purpose", purpose);
    statement_bind_int(st, ":now", now);
    if (statement_step(st))
        *out = statement_int(st, 0) != 0;
    return statement_end(st, error);
}

/* One of ours, or one that a campaign needs. */
static bool
purpose_exists(Store *store, const char *purpose, bool *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT :purpose IN ('mail', 'click_tracking', 'open_tracking',"
        " 'retention')"
        " OR EXISTS (SELECT 1 FROM campaign WHERE purpose = :purpose)",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":purpose", purpose);
    if (statement_step(st))
        *out = statement_int(st, 0) != 0;
    return statement_end(st, error);
}

static bool
check_word(Store *store, const ConsentWord *word, int64_t now, GError **error)
{
    bool known = false;

    if (!purpose_exists(store, word->purpose, &known, error))
        return false;
    if (!known)
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "there is no purpose '%s': mail, click_tracking, "
                    "open_tracking, retention, or one that a launched campaign "
                    "names",
                    word->purpose);
    else if (word->at > now)
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "nobody has agreed in the future");
    else if (word->given && (!word->source || !*word->source))
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "a consent needs its source: where did they agree?");
    else if (word->expires_at && word->expires_at <= word->at)
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "this consent would expire before it was given");
    else
        return true;
    return false;
}

static bool
audit_word(Store *store, int64_t candidate, const char *purpose, bool given,
           const char *actor, int64_t now, GError **error)
{
    return audit_candidate(store, actor,
                           given ? "consent given" : "consent withdrawn",
                           candidate, purpose, now, error);
}

static bool
insert_word(Store *store, int64_t candidate, const ConsentWord *word,
            GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO consent (candidate_id, purpose, state, at, source,"
        " wording, evidence, expires_at) VALUES (:candidate, :purpose, :state,"
        " :at, :source, :wording, :evidence, nullif(:expires, 0))",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":purpose", word->purpose);
    statement_bind_text(st, ":state", word->given ? "given" : "withdrawn");
    statement_bind_int(st, ":at", word->at);
    statement_bind_text(st, ":source", word->source);
    statement_bind_text(st, ":wording", word->wording);
    statement_bind_text(st, ":evidence", word->evidence);
    statement_bind_int(st, ":expires", word->expires_at);
    return statement_run(st, error);
}

/* ---- taking a consent to be measured back -------------------------------- */

/* What was recorded under `purpose`; NULL = nothing. */
static const char *
measured_kind(const char *purpose)
{
    if (strcmp(purpose, "click_tracking") == 0)
        return "clicked";
    return strcmp(purpose, "open_tracking") == 0 ? "opened" : NULL;
}

static bool
forget_last_open(Store *store, int64_t candidate, GError **error)
{
    g_autofree char *name =
        g_strdup_printf("last_open/%" G_GINT64_FORMAT, candidate);
    g_autoptr(Statement) st =
        store_prepare(store, "DELETE FROM fact WHERE name = :name", error);

    if (!st)
        return false;
    statement_bind_text(st, ":name", name);
    return statement_run(st, error);
}

/* A word taken back acts backwards: what was measured until then is not there
 * any more, and nothing that was made of it. */
static bool
strip(Store *store, const Workspace *workspace, int64_t candidate,
      const char *purpose, int64_t at, GError **error)
{
    const char *kind = measured_kind(purpose);

    if (!kind)
        return true;
    if (strcmp(kind, "opened") == 0 &&
        !forget_last_open(store, candidate, error))
        return false;
    return event_forget(store, workspace, candidate, kind, at, error);
}

bool
consent_add(Store *store, const Workspace *workspace, int64_t candidate,
            const ConsentWord *word, const char *actor, int64_t now,
            GError **error)
{
    g_assert(store_in_transaction(store));
    return check_word(store, word, now, error) &&
           insert_word(store, candidate, word, error) &&
           (word->given || strip(store, workspace, candidate, word->purpose,
                                 word->at, error)) &&
           audit_word(store, candidate, word->purpose, word->given, actor, now,
                      error);
}

bool
consent_withdraw(Store *store, const Workspace *workspace, int64_t candidate,
                 const char *purpose, const char *source, int64_t now,
                 GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO consent (candidate_id, purpose, state, at, source)"
        " SELECT :candidate, :purpose, 'withdrawn', :now, :source"
        " WHERE coalesce((SELECT k.state FROM consent k"
        "  WHERE k.candidate_id = :candidate AND k.purpose = :purpose"
        "  ORDER BY k.at DESC, k.consent_id DESC LIMIT 1), '') <> 'withdrawn'",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":purpose", purpose);
    statement_bind_text(st, ":source", source);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    return store_changes(store) == 0 ||
           (strip(store, workspace, candidate, purpose, now, error) &&
            audit_word(store, candidate, purpose, false, source, now, error));
}

bool
consent_source(Store *store, int64_t candidate, char **out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT source FROM consent WHERE candidate_id = :candidate"
        "  AND purpose = 'mail' ORDER BY at DESC, consent_id DESC LIMIT 1",
        error);

    *out = NULL;
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    if (statement_step(st))
        *out = g_strdup(statement_text(st, 0));
    return statement_end(st, error);
}

bool
consent_give(Store *store, int64_t candidate, const char *purpose,
             const char *source, const char *wording, const char *evidence,
             int64_t now, GError **error)
{
    const ConsentWord word = {purpose, true, now, source, wording, evidence, 0};

    return insert_word(store, candidate, &word, error);
}
