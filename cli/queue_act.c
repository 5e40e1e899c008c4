/* SPDX-License-Identifier: Apache-2.0 */
/* queue_act.c - queue retry, hold, cancel, and resolve by the relay's log */
#include "queue.h"

#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/queue.h"
#include "nurture/scheduler.h"
#include "nurture/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 200 };

typedef struct {
    CliContext *cli;
    const char *verb;
    Composer *composer; /* for cancel */
    int64_t done, refused;
} Acting;

static bool
act_on(Acting *a, const char *id, bool *done, GError **error)
{
    Store *store = a->cli->store;
    int64_t now = a->cli->now;

    if (strcmp(a->verb, "retry") == 0)
        return queue_retry(store, id, now, done, error);
    if (strcmp(a->verb, "hold") == 0)
        return queue_hold(store, id, now, done, error);
    return queue_cancel(store, a->composer, id, now, done, error);
}

static bool
act_on_chunk(Acting *a, const GPtrArray *ids, guint from, GError **error)
{
    g_auto(Transaction) tx = store_begin(a->cli->store, error);

    if (!tx.store)
        return false;
    for (guint i = from; i < ids->len && i < from + CHUNK; i++) {
        bool done = false;
        if (!act_on(a, ids->pdata[i], &done, error))
            return false;
        a->done += done;
        a->refused += !done;
    }
    return transaction_commit(&tx, error);
}

/* What a verb can be about, unless --state says so. */
static GPtrArray *
matching(CliContext *cli, const char *verb, const QueueOptions *o,
         GError **error)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT message_id FROM message"
        " WHERE (:campaign IS NULL OR campaign = :campaign)"
        "  AND (:domain IS NULL OR rcpt_domain = :domain)"
        "  AND (state = :state OR (:state IS NULL AND state IN"
        "   ('scheduled', 'deferred', CASE WHEN :dead THEN 'dead' END)))"
        " ORDER BY priority, not_before",
        error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":campaign", o->campaign);
    statement_bind_text(st, ":domain", o->domain);
    statement_bind_text(st, ":state", o->state);
    statement_bind_int(st, ":dead", strcmp(verb, "hold") != 0);
    while (statement_step(st))
        g_ptr_array_add(ids, g_strdup(statement_text(st, 0)));
    return statement_end(st, error) ? g_steal_pointer(&ids) : NULL;
}

static void
print_done(const Acting *a, const char *id)
{
    static const char *const words[][2] = {
        {"retry", "leaves with the next run"},
        {"hold", "waits until 'nurture queue retry'"},
        {"cancel", "will not be sent"},
    };

    if (a->cli->json)
        printf("{\"schema\":1,\"action\":\"%s\",\"messages\":%" G_GINT64_FORMAT
               "}\n",
               a->verb, a->done);
    for (int i = 0; !a->cli->json && !a->cli->quiet && i < 3; i++) {
        if (strcmp(a->verb, words[i][0]) != 0)
            continue;
        if (id)
            printf("%s: %s\n", id, words[i][1]);
        else
            printf("%s messages: each %s\n", number_format(a->done),
                   words[i][1]);
    }
}

static bool
act_on_one(Acting *a, const char *prefix, GError **error)
{
    g_autofree char *id = queue_find(a->cli, prefix, error);
    g_autoptr(GPtrArray) ids = g_ptr_array_new();

    if (!id)
        return false;
    g_ptr_array_add(ids, id);
    if (!act_on_chunk(a, ids, 0, error))
        return false;
    if (a->done == 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                    "%s is in no state for that; see: nurture queue show %s",
                    id, id);
        return false;
    }
    print_done(a, id);
    return true;
}

/* Many at once: the number is asked for, as at a launch. */
static bool
is_confirmed(const Acting *a, const QueueOptions *o, guint n, GError **error)
{
    g_autofree char *question = g_strdup_printf(
        "%s %s messages? Type the number: ", a->verb, number_format(n));
    g_autofree char *answer = NULL;

    if (o->yes)
        return true;
    answer = cli_ask(a->cli, question);
    if (answer && g_ascii_strtoull(answer, NULL, 10) == n)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                "%u messages; nothing was changed (--yes confirms)", n);
    return false;
}

static bool
act_on_many(Acting *a, const QueueOptions *o, GError **error)
{
    g_autoptr(GPtrArray) ids = matching(a->cli, a->verb, o, error);

    if (!ids)
        return false;
    if (ids->len > 0 && !is_confirmed(a, o, ids->len, error))
        return false;
    for (guint i = 0; i < ids->len; i += CHUNK) {
        if (!act_on_chunk(a, ids, i, error))
            return false;
        cli_progress(a->cli, a->verb, i, ids->len, false);
    }
    cli_progress(a->cli, a->verb, ids->len, ids->len, true);
    print_done(a, NULL);
    return true;
}

bool
queue_act(CliContext *cli, const char *verb, const QueueOptions *o,
          const char *prefix, GError **error)
{
    Acting a = {.cli = cli, .verb = verb};
    bool ok;

    a.composer = campaign_composer_new(cli->workspace, cli->store, cli->keys,
                                       cli->now, error);
    if (!a.composer)
        return false;
    ok = prefix ? act_on_one(&a, prefix, error) : act_on_many(&a, o, error);
    campaign_composer_free(a.composer);
    return ok;
}

/* ---- the relay's log ----------------------------------------------------- */

static void
print_log(const CliContext *cli, const RelayLogResult *r)
{
    if (cli->json) {
        printf("{\"schema\":1,\"lines\":%" G_GINT64_FORMAT
               ",\"in_doubt\":%" G_GINT64_FORMAT ",\"sent\":%" G_GINT64_FORMAT
               ",\"bounced\":%" G_GINT64_FORMAT ",\"absent\":%" G_GINT64_FORMAT
               ",\"resent\":%" G_GINT64_FORMAT ",\"unknown\":%" G_GINT64_FORMAT
               "}\n",
               r->lines, r->doubts, r->sent, r->bounced, r->absent, r->resent,
               r->unknown);
        return;
    }
    printf("in doubt %s  sent %s  bounced %s  not taken %s  not covered %s\n",
           number_format(r->doubts), number_format(r->sent),
           number_format(r->bounced), number_format(r->absent),
           number_format(r->unknown));
    if (r->resent)
        printf("%s leave again with the next run\n", number_format(r->resent));
    else if (r->absent)
        puts("The relay did not take the ones it does not know: with --resend "
             "they leave again.");
    if (r->unknown)
        puts("For the others the log would have to reach from a minute before "
             "the attempt to ten\nminutes after it.");
}

bool
queue_read_log(CliContext *cli, const QueueOptions *o, GError **error)
{
    FILE *log =
        strcmp(o->relay_log, "-") == 0 ? stdin : fopen(o->relay_log, "r");
    Composer *composer;
    RelayLogResult result;
    bool ok;

    if (!log) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: %s", o->relay_log,
                    g_strerror(errno));
        return false;
    }
    composer = campaign_composer_new(cli->workspace, cli->store, cli->keys,
                                     cli->now, error);
    ok = composer &&
         relay_log_resolve(cli->store, cli->workspace, cli->keys, composer, log,
                           o->resend, cli->now, &result, error);
    campaign_composer_free(composer);
    if (log != stdin)
        fclose(log);
    if (ok && !cli->quiet)
        print_log(cli, &result);
    return ok;
}
