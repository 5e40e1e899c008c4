/* SPDX-License-Identifier: Apache-2.0 */
/* pace.c - buckets of tokens */
#include "pace.h"

#include "nurture/clock.h"
#include "nurture/slot.h"
#include "nurture/warm-up.h"

#include <string.h>

/* What half of the rate is where there is none. */
#define UNLIMITED_TOKEN_MS 100

typedef struct {
    char *key;
    int64_t tokens, cap, at;
    int64_t token_ms; /* one more so often; 0 = all anew every day */
    bool changed, refused;
} Bucket;

struct Pace {
    Store *store;
    const Workspace *workspace;
    int64_t now, today, tomorrow;
    GHashTable *buckets;   /* key -> Bucket */
    Bucket *all, *warm_up; /* borrowed; NULL = no limit */
    bool plain;
};

static void
bucket_free(gpointer p)
{
    g_free(((Bucket *)p)->key);
    g_free(p);
}

void
pace_free(Pace *pace)
{
    if (!pace)
        return;
    g_hash_table_unref(pace->buckets);
    g_free(pace);
}

int64_t
pace_day(const Workspace *workspace, int64_t now)
{
    LocalTime t = utc_to_local(workspace->zone, now);

    return local_to_utc(workspace->zone, t.year, t.month, t.day, 0);
}

static int64_t
rate_token_ms(const Rate *rate)
{
    return MAX(1, rate->per_ms / MAX(1, rate->count));
}

/* What has come into it since. A changed limit holds at once. */
static void
refill(const Pace *p, Bucket *b, int64_t tokens, int64_t cap, int64_t at)
{
    int64_t fresh;

    if (b->token_ms == 0) {
        b->tokens = at == p->today ? MAX(0, tokens + b->cap - cap) : b->cap;
        return;
    }
    fresh = MAX(0, p->now - at) / b->token_ms;
    b->tokens = MIN(b->cap, tokens + fresh);
    if (b->tokens < b->cap)
        b->at = at + fresh * b->token_ms;
}

static Bucket *
bucket_load(Pace *p, const char *key, int64_t cap, int64_t token_ms,
            GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        p->store, "SELECT tokens, cap, at FROM bucket WHERE bucket_key = :key",
        error);
    Bucket *b;

    if (!st)
        return NULL;
    b = g_new0(Bucket, 1);
    *b = (Bucket){.key = g_strdup(key),
                  .tokens = cap,
                  .cap = cap,
                  .token_ms = token_ms,
                  .at = token_ms ? p->now : p->today};
    statement_bind_text(st, ":key", key);
    if (statement_step(st))
        refill(p, b, statement_int(st, 0), statement_int(st, 1),
               statement_int(st, 2));
    g_hash_table_insert(p->buckets, b->key, b);
    return statement_end(st, error) ? b : NULL;
}

static bool
load_campaigns(Pace *p, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(p->store,
                      "SELECT campaign, rate_count, rate_per_ms FROM campaign"
                      " WHERE rate_count > 0 AND state = 'running'",
                      error);

    if (!st)
        return false;
    while (statement_step(st)) {
        const Rate rate = {(int)statement_int(st, 1), statement_int(st, 2)};
        g_autofree char *key =
            g_strconcat("campaign:", statement_text(st, 0), NULL);
        p->plain = false;
        if (!bucket_load(p, key, rate.count, rate_token_ms(&rate), error))
            return false;
    }
    return statement_end(st, error);
}

/* Only those that are slower now, or closed, matter. */
static bool
load_brakes(Pace *p, GError **error)
{
    const Rate *rate = &p->workspace->sending.rate;
    int64_t token_ms =
        2 * (rate->count ? rate_token_ms(rate) : UNLIMITED_TOKEN_MS);
    g_autoptr(Statement) st =
        store_prepare(p->store,
                      "SELECT name, slow_until > :now FROM brake"
                      " WHERE (slow_until > :now OR closed_until > :now)"
                      "  AND name NOT LIKE 'relay:%'",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", p->now);
    while (statement_step(st)) {
        const char *name = statement_text(st, 0);
        p->plain = false;
        if (statement_int(st, 1) &&
            !bucket_load(p, name, MAX(1, MINUTE_MS / token_ms), token_ms,
                         error))
            return false;
    }
    return statement_end(st, error);
}

static bool
load_warm_up(Pace *p, GError **error)
{
    int64_t budget;

    if (!warm_up_budget(p->store, p->workspace, p->now, &budget, error))
        return false;
    if (budget == WARM_UP_NONE)
        return true;
    p->plain = false;
    p->warm_up = bucket_load(p, "warmup", budget, 0, error);
    return p->warm_up != NULL;
}

Pace *
pace_open(Store *store, const Workspace *workspace, int64_t now, GError **error)
{
    const Rate *rate = &workspace->sending.rate;
    g_autoptr(Pace) p = g_new0(Pace, 1);

    g_assert(store_in_transaction(store));
    p->store = store;
    p->workspace = workspace;
    p->now = now;
    p->today = pace_day(workspace, now);
    p->tomorrow = workspace_next_day(workspace, now);
    p->buckets =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, bucket_free);
    p->plain = workspace->sending.per_sender_day == 0;
    if (rate->count > 0) {
        p->all =
            bucket_load(p, "sending", rate->count, rate_token_ms(rate), error);
        if (!p->all)
            return NULL;
    }
    if (!load_campaigns(p, error) || !load_brakes(p, error) ||
        !load_warm_up(p, error))
        return NULL;
    return g_steal_pointer(&p);
}

int
pace_most(const Pace *p, int want)
{
    return (int)(p->all ? MIN(want, p->all->tokens) : want);
}

bool
pace_is_plain(const Pace *p)
{
    return p->plain;
}

void
pace_took(Pace *p, int n)
{
    if (!p->all || n == 0)
        return;
    p->all->tokens -= n;
    p->all->changed = true;
}

/* The bucket of "kind:name" if there is a limit; senders' are loaded when the
 * first of their rows comes. */
static Bucket *
bucket_of(Pace *p, const char *kind, const char *name)
{
    g_autofree char *key = g_strconcat(kind, name, NULL);
    Bucket *b = g_hash_table_lookup(p->buckets, key);

    if (b || strcmp(kind, "sender:") != 0 ||
        p->workspace->sending.per_sender_day == 0)
        return b;
    return bucket_load(p, key, p->workspace->sending.per_sender_day, 0, NULL);
}

bool
pace_take(Pace *p, const PaceRow *row)
{
    Bucket *of[5] = {p->all};
    int n = p->all != NULL;

    if (row->is_campaign && p->warm_up)
        of[n++] = p->warm_up;
    if (row->campaign && (of[n] = bucket_of(p, "campaign:", row->campaign)))
        n++;
    if (row->provider && (of[n] = bucket_of(p, "provider:", row->provider)))
        n++;
    if (row->sender && (of[n] = bucket_of(p, "sender:", row->sender)))
        n++;
    for (int i = 0; i < n; i++)
        if (of[i]->tokens <= 0) {
            of[i]->refused = true;
            return false;
        }
    for (int i = 0; i < n; i++) {
        of[i]->tokens--;
        of[i]->changed = true;
    }
    return true;
}

static bool
bucket_save(const Pace *p, const Bucket *b, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        p->store,
        "INSERT INTO bucket (bucket_key, tokens, cap, per_ms, at)"
        " VALUES (:key, :tokens, :cap, :per, :at)"
        " ON CONFLICT (bucket_key) DO UPDATE SET tokens = excluded.tokens,"
        "  cap = excluded.cap, per_ms = excluded.per_ms, at = excluded.at",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":key", b->key);
    statement_bind_int(st, ":tokens", b->tokens);
    statement_bind_int(st, ":cap", b->cap);
    statement_bind_int(st, ":per", b->token_ms);
    statement_bind_int(st, ":at", b->at);
    return statement_run(st, error);
}

/* Its rows are passed over until the next token. */
static bool
close_brake(const Pace *p, const Bucket *b, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        p->store,
        "INSERT INTO brake (name, closed_until, reason, at)"
        " VALUES (:name, :until, 'rate', :now) ON CONFLICT (name) DO UPDATE SET"
        "  closed_until = max(closed_until, excluded.closed_until)",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":name", b->key);
    statement_bind_int(st, ":until",
                       b->token_ms ? b->at + b->token_ms : p->tomorrow);
    statement_bind_int(st, ":now", p->now);
    return statement_run(st, error);
}

bool
pace_save(Pace *p, GError **error)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, p->buckets);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Bucket *b = value;
        if (b->changed && !bucket_save(p, b, error))
            return false;
        if (b->refused && b != p->all && !close_brake(p, b, error))
            return false;
        b->changed = b->refused = false;
    }
    return true;
}

bool
pace_give_back(Store *store, const char *campaign, const char *sender,
               GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE bucket SET tokens = min(cap, tokens + 1)"
        " WHERE bucket_key = 'sending' OR bucket_key = 'campaign:' || :campaign"
        "  OR bucket_key = 'sender:' || :sender"
        "  OR (bucket_key = 'warmup' AND :campaign IS NOT NULL)",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    statement_bind_text(st, ":sender", sender);
    return statement_run(st, error);
}
