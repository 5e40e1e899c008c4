/* SPDX-License-Identifier: Apache-2.0 */
/* plan_saved.c - plans that were kept, found by the first digits of their id */
#include "nurture/error.h"
#include "nurture/scheduler.h"

static bool
read_reasons(Store *store, PlanPromise *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT j.value FROM plan, json_each(plan.content) j"
                      " WHERE plan_id = :plan AND j.key = :reason",
                      error);

    if (!st)
        return false;
    for (int r = 1; r < ELIGIBILITY_REASONS; r++) {
        statement_bind_text(st, ":plan", out->id);
        statement_bind_text(st, ":reason", eligibility_word((Eligibility)r));
        if (statement_step(st))
            out->left_out[r] = statement_int(st, 0);
        if (!statement_end(st, error))
            return false;
    }
    return true;
}

bool
plan_promise(Store *store, const char *prefix, PlanPromise *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT plan_id, campaign, snapshot, people, made_at,"
                      "  json_extract(content, '$.role'),"
                      "  json_extract(content, '$.matched'),"
                      "  json_extract(content, '$.already') FROM plan"
                      " WHERE substr(plan_id, 1, length(:prefix)) = :prefix"
                      " ORDER BY made_at DESC LIMIT 1",
                      error);

    *out = (PlanPromise){0};
    if (!st)
        return false;
    statement_bind_text(st, ":prefix", prefix);
    if (!statement_step(st)) {
        if (statement_end(st, error))
            g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                        "there is no plan '%s'", prefix);
        return false;
    }
    out->id = g_strdup(statement_text(st, 0));
    out->campaign = g_strdup(statement_text(st, 1));
    out->snapshot = g_strdup(statement_text(st, 2));
    out->people = statement_int(st, 3);
    out->made_at = statement_int(st, 4);
    out->role = g_strdup(statement_text(st, 5));
    out->matched = statement_int(st, 6);
    out->already = statement_int(st, 7);
    return statement_end(st, error) && read_reasons(store, out, error);
}

void
plan_promise_clear(PlanPromise *promise)
{
    g_free(promise->id);
    g_free(promise->campaign);
    g_free(promise->snapshot);
    g_free(promise->role);
}
