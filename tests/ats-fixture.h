/* SPDX-License-Identifier: Apache-2.0 */
/* ats-fixture -- a store in memory, people who may be mailed, and records. */
#ifndef TESTS_ATS_FIXTURE_H
#define TESTS_ATS_FIXTURE_H

#include "campaigns/ats-reader.h"
#include "campaigns/ats-writer.h"
#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/eligibility.h"
#include "nurture/error.h"

#include <string.h>

#define NOW INT64_C(1772528400000) /* 2026-03-03 09:00 UTC */

typedef struct {
    Store *store;
    Workspace workspace;
    Keys *keys;
    int64_t now;
    AtsResult result; /* of the last ats_world_put() */
} AtsWorld;

static inline void
ats_exec(AtsWorld *w, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(w->store, &error);

    g_assert_no_error(error);
    store_exec(w->store, sql, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
}

static inline char *
ats_text(AtsWorld *w, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Statement) st = store_prepare_text(w->store, sql, &error);
    g_autoptr(GString) out = g_string_new(NULL);

    g_assert_no_error(error);
    while (statement_step(st)) {
        for (int i = 0; i < statement_columns(st); i++) {
            const char *text = statement_text(st, i);
            g_string_append_printf(out, "%s%s",
                                   i          ? "|"
                                   : out->len ? "\n"
                                              : "",
                                   text ? text : "-");
        }
    }
    statement_end(st, &error);
    g_assert_no_error(error);
    return g_strdup(out->str);
}

static inline void
ats_assert_text(AtsWorld *w, const char *sql, const char *want)
{
    g_autofree char *got = ats_text(w, sql);

    g_assert_cmpstr(got, ==, want);
}

static inline AtsWorld *
ats_world_new(void)
{
    AtsWorld *w = g_new0(AtsWorld, 1);
    g_autoptr(GError) error = NULL;
    static const uint8_t secret[32] = {7};

    w->store = store_open(":memory:", STORE_CREATE, &error);
    g_assert_no_error(error);
    w->now = NOW;
    w->keys = keys_from_secret(secret);
    w->workspace.zone = g_time_zone_new_utc();
    w->workspace.fields = field_set_new();
    w->workspace.scores.half_life_ms = 90 * DAY_MS;
    w->workspace.ats.cool_off_ms = 90 * DAY_MS;
    w->workspace.ats.erase_after_ms = DAY_MS;
    w->workspace.ats.max_age_ms = DAY_MS;
    return w;
}

static inline void
ats_world_free(AtsWorld *w)
{
    ats_result_clear(&w->result);
    store_close(w->store);
    keys_free(w->keys);
    g_time_zone_unref(w->workspace.zone);
    field_set_free(w->workspace.fields);
    g_free(w);
}

/* Somebody who agreed to be mailed; returns their id. */
static inline int64_t
ats_person(AtsWorld *w, const char *email)
{
    g_autofree char *key = address_key(email);
    g_autofree char *hmac = keys_address_hmac(w->keys, key);
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO candidate (email, email_key, address_hmac, added,"
        " updated_at) VALUES ('%s', '%s', '%s', 1700000000000, 0)",
        email, key, hmac);
    g_autofree char *consent = NULL;
    int64_t id;

    ats_exec(w, sql);
    id = store_last_id(w->store);
    consent = g_strdup_printf(
        "INSERT INTO consent (candidate_id, purpose, state, at, source)"
        " VALUES (%" G_GINT64_FORMAT ", 'mail', 'given', 1, 'said so')",
        id);
    ats_exec(w, consent);
    return id;
}

/* A running campaign with that person in it. */
static inline void
ats_enrol(AtsWorld *w, int64_t candidate, const char *campaign)
{
    g_autofree char *sql = g_strdup_printf(
        "INSERT OR IGNORE INTO campaign (campaign, snapshot, name, state,"
        " is_sequence, launched_at, start_at, updated_at)"
        " VALUES ('%s', 's', 'n', 'running', 0, 0, 0, 0)",
        campaign);
    g_autofree char *enrol = g_strdup_printf(
        "INSERT INTO enrolment (candidate_id, campaign, snapshot, state, step,"
        " due_at, anchor_at, enrolled_at, updated_at) VALUES (%" G_GINT64_FORMAT
        ", '%s', 's', 'active', 'a', 0, 0, 0, 0)",
        candidate, campaign);

    ats_exec(w, sql);
    ats_exec(w, enrol);
}

/* One JSON record; `want` is what becomes of it. Single quotes stand for
 * double ones. */
static inline void
ats_world_put(AtsWorld *w, const char *quoted, AtsPut want)
{
    g_autofree char *json = g_strdelimit(g_strdup(quoted), "'", '"');
    FILE *file = fmemopen(json, strlen(json), "r");
    g_autoptr(GError) error = NULL;
    g_autoptr(AtsReader) reader =
        ats_reader_new(file, "f", true, "gh", w->now, &error);
    g_autoptr(AtsWriter) writer = NULL;
    g_auto(AtsRow) row = {0};
    g_autofree char *reason = NULL;
    ImportProblem *problem;
    AtsPut put;

    g_assert_no_error(error);
    ats_result_clear(&w->result);
    memset(&w->result, 0, sizeof w->result);
    writer = ats_writer_new(w->store, &w->workspace, w->keys, w->now,
                            &w->result, &error);
    g_assert_no_error(error);
    g_assert_true(ats_reader_next(reader, &row, &problem, &error));
    g_assert_no_error(error);
    if (problem)
        g_error("%s: %s", quoted, problem->reason);
    g_auto(Transaction) tx = store_begin(w->store, &error);
    ats_writer_put(writer, &row, &put, &reason, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    ats_writer_finish(writer, &error);
    g_assert_no_error(error);
    g_assert_cmpint(put, ==, want);
    fclose(file);
}

static inline Eligibility
ats_ask(AtsWorld *w, int64_t candidate)
{
    EligibilityQuestion q = {.workspace = &w->workspace,
                             .candidate = candidate};
    EligibilityAnswer a;
    g_autoptr(GError) error = NULL;

    eligibility_ask(w->store, &q, w->now, &a, &error);
    g_assert_no_error(error);
    return a.reason;
}

#endif
