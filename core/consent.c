/* SPDX-License-Identifier: Apache-2.0 */
/* consent.c - the newest word about a purpose, and taking it back */
#include "nurture/consent.h"

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

bool
consent_withdraw(Store *store, int64_t candidate, const char *purpose,
                 const char *source, int64_t now, GError **error)
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
    return statement_run(st, error);
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
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO consent (candidate_id, purpose, state, at, source,"
        "  wording, evidence)"
        " VALUES (:candidate, :purpose, 'given', :now, :source, :wording,"
        "  :evidence)",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":purpose", purpose);
    statement_bind_text(st, ":source", source);
    statement_bind_text(st, ":wording", wording);
    statement_bind_text(st, ":evidence", evidence);
    statement_bind_int(st, ":now", now);
    return statement_run(st, error);
}
