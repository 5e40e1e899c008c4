/* SPDX-License-Identifier: Apache-2.0 */
/* brake.c - providers that ask for less, and relays that do not work */
#include "brake.h"

#include "nurture/clock.h"
#include "nurture/datafile.h"
#include "nurture/fact.h"
#include "nurture/log.h"

#include <string.h>

typedef struct {
    int64_t faults, slow_until, closed_until, at;
    char *reason;
} Brake;

static bool
brake_load(Store *store, const char *name, Brake *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT faults, slow_until, closed_until, at, reason FROM brake"
        " WHERE name = :name",
        error);

    *out = (Brake){0};
    if (!st)
        return false;
    statement_bind_text(st, ":name", name);
    if (statement_step(st))
        *out = (Brake){statement_int(st, 0), statement_int(st, 1),
                       statement_int(st, 2), statement_int(st, 3),
                       g_strdup(statement_text(st, 4))};
    return statement_end(st, error);
}

static bool
brake_save(Store *store, const char *name, const Brake *b, const char *reason,
           int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO brake (name, faults, slow_until, closed_until, reason, at)"
        " VALUES (:name, :faults, :slow, :closed, :reason, :now)"
        " ON CONFLICT (name) DO UPDATE SET faults = excluded.faults,"
        "  slow_until = excluded.slow_until,"
        "  closed_until = excluded.closed_until, reason = excluded.reason,"
        "  at = excluded.at",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":name", name);
    statement_bind_int(st, ":faults", b->faults);
    statement_bind_int(st, ":slow", b->slow_until);
    statement_bind_int(st, ":closed", b->closed_until);
    statement_bind_text(st, ":reason", reason);
    statement_bind_int(st, ":now", now);
    return statement_run(st, error);
}

bool
brake_is_signal(const Verdict *verdict)
{
    const SmtpReply *reply = &verdict->reply;

    return verdict->kind == VERDICT_DEFERRED &&
           (reply->code == 421 ||
            (reply->enhanced[0] == 4 && reply->enhanced[1] == 7));
}

/* A row of signal.tsv. */
typedef struct {
    const char *provider, *words; /* borrowed from the file, which is kept */
    int64_t count, closed_ms;
} Signal;

static GArray *
load_signals(void)
{
    static DataFile *file;
    GArray *table = g_array_new(FALSE, FALSE, sizeof(Signal));
    g_autoptr(GError) error = NULL;

    file = datafile_load("mta/data/signal.tsv", &error);
    g_assert_no_error(error); /* our own table */
    for (guint i = 0; i < datafile_rows(file); i++) {
        char **cell = datafile_row(file, i)->cell;
        const Signal row = {cell[0], cell[1],
                            g_ascii_strtoll(cell[2], NULL, 10),
                            g_ascii_strtoll(cell[3], NULL, 10) * MINUTE_MS};
        g_array_append_val(table, row);
    }
    return table;
}

/* NULL: nothing is known of what it says. */
static const Signal *
signal_of(const char *provider, const char *reply)
{
    static GArray *table;
    static gsize once;

    if (g_once_init_enter(&once)) {
        table = load_signals();
        g_once_init_leave(&once, 1);
    }
    for (guint i = 0; i < table->len; i++) {
        const Signal *s = &g_array_index(table, Signal, i);
        if (strcmp(s->provider, provider) == 0 &&
            strcasestr(reply ? reply : "", s->words))
            return s;
    }
    return NULL;
}

/* How long it is closed by this signal; 0 = not yet. */
static int64_t
closes_for(const Signal *signal, const Brake *b, int64_t now)
{
    if (signal)
        return b->faults >= signal->count ? signal->closed_ms : 0;
    return b->slow_until > now ? BRAKE_CLOSED_MS : 0;
}

bool
brake_provider(Store *store, const char *provider, const char *reason,
               int64_t now, GError **error)
{
    g_autofree char *name = g_strconcat("provider:", provider, NULL);
    g_autofree char *old = NULL;
    int64_t closed;
    Brake b;

    g_assert(store_in_transaction(store));
    if (!brake_load(store, name, &b, error))
        return false;
    old = b.reason;
    /* what was under way when it began is no second signal */
    if (b.closed_until > now ||
        (b.slow_until > now && now - b.at < BRAKE_BURST_MS))
        return true;
    b.faults = now - b.at > HOUR_MS ? 1 : b.faults + 1;
    closed = closes_for(signal_of(provider, reason), &b, now);
    if (closed)
        b.closed_until = now + closed;
    b.slow_until = MAX(b.closed_until, now) + BRAKE_SLOW_MS;
    log_info("provider=%s status=%s", provider,
             b.closed_until > now ? "suspended" : "slowed");
    return brake_save(store, name, &b, reason, now, error);
}

/* ---- the relay's breaker ------------------------------------------------- */

bool
breaker_ask(Store *store, const char *relay, int64_t now, BreakerState *out,
            int64_t *out_until, char **out_reason, GError **error)
{
    g_autofree char *name = g_strconcat("relay:", relay, NULL);
    g_auto(Transaction) tx = store_begin(store, error);
    Brake b;

    if (!tx.store || !brake_load(store, name, &b, error))
        return false;
    *out_reason = b.reason;
    *out_until = b.closed_until;
    *out = b.faults < BREAKER_FAULTS ? BREAKER_SHUT
           : b.closed_until > now    ? BREAKER_OPEN
                                     : BREAKER_PROBE;
    if (*out != BREAKER_PROBE)
        return transaction_commit(&tx, error);
    b.closed_until = now + BREAKER_PROBE_MS; /* for everybody else */
    return brake_save(store, name, &b, b.reason, now, error) &&
           transaction_commit(&tx, error);
}

static bool
brake_forget(Store *store, const char *name, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store, "DELETE FROM brake WHERE name = :name", error);

    if (!st)
        return false;
    statement_bind_text(st, ":name", name);
    return statement_run(st, error);
}

bool
breaker_renew(Store *store, const char *relay, const char *fingerprint,
              GError **error)
{
    g_autofree char *name = g_strconcat("relay:", relay, NULL);
    g_autofree char *before = NULL;
    g_auto(Transaction) tx = {NULL};

    if (!fact_get(store, name, &before, error))
        return false;
    if (g_strcmp0(before, fingerprint) == 0)
        return true;
    tx = store_begin(store, error);
    return tx.store && brake_forget(store, name, error) &&
           fact_set(store, name, fingerprint, error) &&
           transaction_commit(&tx, error);
}

bool
breaker_tell(Store *store, const char *relay, bool taken, int faults,
             const char *reason, int64_t now, GError **error)
{
    g_autofree char *name = g_strconcat("relay:", relay, NULL);
    g_autofree char *old = NULL;
    g_auto(Transaction) tx = {NULL};
    Brake b;

    if (!taken && faults == 0)
        return true;
    tx = store_begin(store, error);
    if (!tx.store || !brake_load(store, name, &b, error))
        return false;
    old = b.reason;
    if (taken && faults == 0)
        return b.at == 0 || (brake_forget(store, name, error) &&
                             transaction_commit(&tx, error));
    b.faults = (taken ? 0 : b.faults) + faults;
    b.closed_until = b.faults >= BREAKER_FAULTS ? now + BREAKER_PROBE_MS : 0;
    if (b.closed_until)
        log_warn("relay=%s status=breaker faults=%d", relay, (int)b.faults);
    return brake_save(store, name, &b, reason, now, error) &&
           transaction_commit(&tx, error);
}
