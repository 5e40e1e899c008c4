/* SPDX-License-Identifier: Apache-2.0 */
/* requests.c - do what was confirmed, forget what was not */
#include "nurture/requests.h"

#include "nurture/audit.h"
#include "nurture/clock.h"
#include "nurture/consent.h"
#include "nurture/error.h"
#include "nurture/log.h"
#include "nurture/suppression.h"
#include "nurture/window.h"
#include "request.h"

#include <string.h>

typedef struct {
    Store *store;
    const Workspace *workspace;
    const Keys *keys;
    const RequestActions *actions;
    PageTexts *texts;
    int64_t now;
} Run;

typedef struct {
    char *id, *kind, *email, *hmac, *fields, *language, *wording, *version;
    int64_t candidate, asked_at, confirmed_at;
} Open;

static void
open_free(gpointer p)
{
    Open *o = p;
    char *const strings[] = {o->id,     o->kind,     o->email,   o->hmac,
                             o->fields, o->language, o->wording, o->version};

    for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    g_free(o);
}

static GPtrArray *
read_confirmed(const Run *run, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(open_free);
    g_autoptr(Statement) st = store_prepare(
        run->store,
        "SELECT request_id, kind, email, address_hmac, fields, language,"
        "  wording, version, candidate_id, asked_at, confirmed_at FROM request"
        " WHERE done_at IS NULL AND confirmed_at IS NOT NULL"
        " ORDER BY confirmed_at LIMIT 500",
        error);

    if (!st)
        return NULL;
    while (statement_step(st)) {
        Open *o = g_new0(Open, 1);
        char **const strings[] = {&o->id,      &o->kind,   &o->email,
                                  &o->hmac,    &o->fields, &o->language,
                                  &o->wording, &o->version};
        for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
            *strings[i] = g_strdup(statement_text(st, (int)i));
        o->candidate = statement_int(st, 8);
        o->asked_at = statement_int(st, 9);
        o->confirmed_at = statement_int(st, 10);
        g_ptr_array_add(list, o);
    }
    return statement_end(st, error) ? g_steal_pointer(&list) : NULL;
}

/* One statement with the ids it names. */
static bool
run_sql(const Run *run, const char *sql, const char *id, int64_t candidate,
        GError **error)
{
    g_autoptr(Statement) st = store_prepare(run->store, sql, error);

    if (!st)
        return false;
    if (id)
        statement_bind_text(st, ":id", id);
    if (strstr(sql, ":now"))
        statement_bind_int(st, ":now", run->now);
    if (strstr(sql, ":candidate"))
        statement_bind_int(st, ":candidate", candidate);
    return statement_run(st, error);
}

/* Done: what is known by now is kept elsewhere. */
static bool
mark_done(const Run *run, const Open *o, int64_t candidate, GError **error)
{
    return run_sql(run,
                   "UPDATE request SET done_at = :now, email = NULL,"
                   " fields = NULL, candidate_id = nullif(:candidate, 0)"
                   " WHERE request_id = :id",
                   o->id, candidate, error) &&
           run_sql(run,
                   "UPDATE message SET candidate_id = nullif(:candidate, 0)"
                   " WHERE message_id = :id",
                   o->id, candidate, error);
}

/* Joining ------------------------------------------------------------------ */

/* What was typed, each by itself: one bad value spoils no other. */
static bool
set_fields(const Run *run, const Open *o, int64_t candidate, GError **error)
{
    g_auto(GStrv) pairs = g_strsplit(o->fields ? o->fields : "", "\n", 0);

    for (char **p = pairs; *p; p++) {
        const char *const one[] = {*p, NULL};
        g_autoptr(GError) problem = NULL;
        if (!**p || run->actions->set(run->store, run->workspace, candidate,
                                      one, run->now, &problem))
            continue;
        if (!g_error_matches(problem, NURTURE_ERROR, ERROR_INPUT) &&
            !g_error_matches(problem, NURTURE_ERROR, ERROR_USAGE)) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return false;
        }
        log_warn("msg=%s join=field_left_out", o->id);
    }
    return true;
}

/* Who is known already keeps what is known of them. */
static bool
know(const Run *run, const Open *o, int64_t *out, GError **error)
{
    g_autofree char *language =
        g_strdup_printf("language=%s", o->language ? o->language : "en");
    const char *const pairs[] = {"source=talent community", language, NULL};
    g_autoptr(GError) problem = NULL;

    if (run->actions->find(run->store, o->email, out, &problem))
        return true;
    if (!g_error_matches(problem, NURTURE_ERROR, ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    return run->actions->add(run->store, run->workspace, run->keys, o->email,
                             pairs, run->now, out, error) &&
           set_fields(run, o, *out, error);
}

static bool
agree(const Run *run, const Open *o, int64_t candidate, GError **error)
{
    g_autofree char *day =
        date_format(o->asked_at, run->workspace->zone, "YYYY-MM-DD",
                    o->language ? o->language : "en");
    g_autofree char *evidence = g_strdup_printf(
        "double opt-in: asked %" G_GINT64_FORMAT ", confirmed %" G_GINT64_FORMAT
        " by the link in mail %s; wording version %s",
        o->asked_at, o->confirmed_at, o->id, o->version ? o->version : "1");
    g_autoptr(GString) source = g_string_new(NULL);

    page_say_plain(source, run->texts, o->language, "join.source", "company",
                   run->workspace->company ? run->workspace->company : "?",
                   "date", day, NULL);
    return consent_give(run->store, candidate, "mail", source->str, o->wording,
                        evidence, run->now, error);
}

/* Whoever was erased on request may come back, by their own hand only: the link
 * was in a mail to that very address. */
static bool
end_erasure(const Run *run, const Open *o, GError **error)
{
    g_auto(Transaction) tx = store_begin(run->store, error);
    bool ended = false;

    return tx.store &&
           suppression_end_erasure(run->store, o->hmac, &ended, error) &&
           (!ended || audit_add(run->store, "candidate", "joins after erasure",
                                o->id, NULL, run->now, error)) &&
           transaction_commit(&tx, error);
}

static bool
do_join(const Run *run, const Open *o, GError **error)
{
    int64_t candidate = 0;
    g_auto(Transaction) tx = {NULL};

    if (!end_erasure(run, o, error) || !know(run, o, &candidate, error))
        return false;
    tx = store_begin(run->store, error);
    return tx.store && agree(run, o, candidate, error) &&
           suppression_end_opt_out(run->store, candidate, o->hmac, error) &&
           mark_done(run, o, candidate, error) &&
           transaction_commit(&tx, error);
}

/* A copy of the data, and the end of it ------------------------------------ */

static bool
present_address(const Run *run, int64_t candidate, char **email, char **hmac,
                GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(run->store,
                      "SELECT email, address_hmac FROM candidate"
                      " WHERE candidate_id = :candidate AND erased_at IS NULL",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    if (statement_step(st)) {
        *email = g_strdup(statement_text(st, 0));
        *hmac = g_strdup(statement_text(st, 1));
    }
    return statement_end(st, error);
}

static bool
finish(const Run *run, const Open *o, GError **error)
{
    g_auto(Transaction) tx = store_begin(run->store, error);

    return tx.store && mark_done(run, o, o->candidate, error) &&
           transaction_commit(&tx, error);
}

/* To the address that is on file now, whichever mail the link was in. */
static bool
do_export(const Run *run, const Open *o, GError **error)
{
    g_autofree char *email = NULL, *hmac = NULL, *json = NULL;
    g_autofree char *dedupe = g_strconcat("data ", o->id, NULL);
    g_autoptr(GBytes) bytes = NULL;
    g_auto(Transaction) tx = {NULL};
    char id[MESSAGE_ID_TEXT];

    if (!present_address(run, o->candidate, &email, &hmac, error))
        return false;
    if (!email)
        return finish(run, o, error);
    json = run->actions->everything(run->store, run->workspace, o->candidate,
                                    run->now, error);
    if (!json)
        return false;
    bytes = g_bytes_new(json, strlen(json));
    message_id_make(run->keys, o->candidate, dedupe, 1, "data", id);
    const RequestMail mail = {.id = id,
                              .dedupe_key = dedupe,
                              .key = "mail.data",
                              .language = o->language ? o->language : "en",
                              .email = email,
                              .hmac = hmac,
                              .candidate = o->candidate,
                              .attached = bytes};
    tx = store_begin(run->store, error);
    return tx.store &&
           request_mail(run->store, run->workspace, run->keys, run->texts,
                        &mail, run->now, error) &&
           mark_done(run, o, o->candidate, error) &&
           transaction_commit(&tx, error);
}

static bool
do_erase(const Run *run, const Open *o, GError **error)
{
    g_autofree char *email = NULL, *hmac = NULL;

    if (!present_address(run, o->candidate, &email, &hmac, error))
        return false;
    return (!email || run->actions->erase(run->store, run->workspace, run->keys,
                                          o->candidate, run->now, error)) &&
           finish(run, o, error);
}

/* Everything --------------------------------------------------------------- */

/* Addresses of people who never said yes; a mail that is on its way first gets
 * there. */
static bool
forget_unconfirmed(const Run *run, GError **error)
{
#define FORGOTTEN                                                              \
    " IN (SELECT r.request_id FROM request r"                                  \
    "  JOIN message m ON m.message_id = r.request_id"                          \
    " WHERE r.done_at IS NULL AND r.confirmed_at IS NULL"                      \
    "  AND r.expires_at <= :now AND m.state NOT IN ('claimed', 'committing'))"
    static const char *const statements[] = {
        "DELETE FROM message_body WHERE message_id" FORGOTTEN,
        "UPDATE message SET rcpt = '', rcpt_domain = '', last_text = NULL,"
        " state = CASE WHEN state IN ('scheduled', 'deferred') THEN 'expired'"
        "  ELSE state END"
        " WHERE candidate_id IS NULL AND message_id" FORGOTTEN,
        "DELETE FROM request WHERE request_id" FORGOTTEN,
    };
#undef FORGOTTEN
    g_auto(Transaction) tx = store_begin(run->store, error);

    if (!tx.store)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(statements); i++)
        if (!run_sql(run, statements[i], NULL, 0, error))
            return false;
    return transaction_commit(&tx, error);
}

static bool
any_expired(const Run *run, bool *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        run->store,
        "SELECT 1 FROM request WHERE done_at IS NULL AND confirmed_at IS NULL"
        " AND expires_at <= :now LIMIT 1",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", run->now);
    *out = statement_step(st);
    return statement_end(st, error);
}

static bool
do_one(const Run *run, const Open *o, GError **error)
{
    if (strcmp(o->kind, "join") == 0)
        return do_join(run, o, error);
    if (strcmp(o->kind, "export") == 0)
        return do_export(run, o, error);
    return do_erase(run, o, error);
}

bool
requests_run(Store *store, const Workspace *workspace, const Keys *keys,
             const RequestActions *actions, int64_t now, GError **error)
{
    Run run = {store, workspace, keys, actions, NULL, now};
    g_autoptr(GPtrArray) list = read_confirmed(&run, error);
    bool expired, done = true;

    if (!list || !any_expired(&run, &expired, error) ||
        (expired && !forget_unconfirmed(&run, error)))
        return false;
    if (list->len == 0)
        return true;
    run.texts = page_texts_load(error);
    if (!run.texts)
        return false;
    for (guint i = 0; done && i < list->len; i++) {
        const Open *o = list->pdata[i];
        g_autoptr(GError) problem = NULL;
        if (do_one(&run, o, &problem))
            continue;
        if (g_error_matches(problem, NURTURE_ERROR, ERROR_STORE)) {
            g_propagate_error(error, g_steal_pointer(&problem));
            done = false;
        } else {
            log_warn("msg=%s request=%s waits: %s", o->id, o->kind,
                     problem->message);
        }
    }
    page_texts_free(run.texts);
    return done;
}
