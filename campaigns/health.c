/* SPDX-License-Identifier: Apache-2.0 */
/* health.c - pausing a campaign before it harms the domain's name */
#include "health.h"

#include "nurture/alert.h"
#include "nurture/fact.h"

#include <stdio.h>
#include <string.h>

#define SAMPLE_MIN     100
#define BOUNCES_MIN    5
#define SMALL_BOUNCES  10 /* of fewer mails than that */
#define COMPLAINTS_MIN 2

static bool
count_all(Store *store, const char *campaign, Health *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT kind, count(*) FROM event WHERE campaign = :campaign"
        "  AND kind IN ('sent', 'bounced', 'complained') GROUP BY kind",
        error);

    *out = (Health){0};
    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    while (statement_step(st)) {
        const char *kind = statement_text(st, 0);
        int64_t n = statement_int(st, 1);
        if (*kind == 's')
            out->sent = n;
        else if (*kind == 'b')
            out->bounced = n;
        else
            out->complained = n;
    }
    return statement_end(st, error);
}

/* "sent bounced complained" when it was resumed. */
static bool
subtract_past(Store *store, const char *campaign, Health *h, GError **error)
{
    g_autofree char *name = g_strconcat("health.", campaign, NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) part = NULL;

    if (!fact_get(store, name, &text, error))
        return false;
    part = g_strsplit(text ? text : "", " ", 3);
    if (g_strv_length(part) != 3)
        return true;
    h->sent -= g_ascii_strtoll(part[0], NULL, 10);
    h->bounced -= g_ascii_strtoll(part[1], NULL, 10);
    h->complained -= g_ascii_strtoll(part[2], NULL, 10);
    return true;
}

bool
health_read(Store *store, const char *campaign, Health *out, GError **error)
{
    return count_all(store, campaign, out, error) &&
           subtract_past(store, campaign, out, error);
}

/* A mail that the server refuses at once is no sent one. */
static int64_t
tried(const Health *h)
{
    return h->sent + h->bounced;
}

static bool
too_many_bounces(const Health *h)
{
    return h->bounced >= BOUNCES_MIN && h->bounced * 100 >= tried(h) * 5;
}

static bool
too_many_complaints(const Health *h)
{
    return h->complained >= COMPLAINTS_MIN &&
           h->complained * 1000 >= tried(h) * 3;
}

bool
health_is_bad(const Health *h)
{
    bool enough = tried(h) >= SAMPLE_MIN || h->bounced >= SMALL_BOUNCES;

    return (enough && too_many_bounces(h)) || too_many_complaints(h);
}

bool
health_act(Store *store, const char *campaign, const Health *h, int64_t now,
           GError **error)
{
    bool bounces = too_many_bounces(h);
    int64_t n = bounces ? h->bounced : h->complained;
    g_autofree char *why = NULL;

    if (!health_is_bad(h))
        return true;
    why = g_strdup_printf("%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                          " mails",
                          bounces ? "bounces" : "complaints", n, tried(h));
    return pause_campaign(store, campaign, why, now, error) &&
           alert_raise(store, "paused", campaign, why, now, error);
}

static GPtrArray *
running(Store *store, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT campaign FROM campaign WHERE state = 'running'", error);

    if (!st)
        return NULL;
    while (statement_step(st))
        g_ptr_array_add(list, g_strdup(statement_text(st, 0)));
    return statement_end(st, error) ? g_steal_pointer(&list) : NULL;
}

bool
health_check_all(Store *store, int64_t now, GError **error)
{
    g_autoptr(GPtrArray) list = running(store, error);

    for (guint i = 0; list && i < list->len; i++) {
        g_auto(Transaction) tx = {NULL};
        Health h;
        if (!health_read(store, list->pdata[i], &h, error))
            return false;
        if (!health_is_bad(&h))
            continue;
        tx = store_begin(store, error);
        if (!tx.store || !health_act(store, list->pdata[i], &h, now, error) ||
            !transaction_commit(&tx, error))
            return false;
    }
    return list != NULL;
}

bool
health_begin_anew(Store *store, const char *campaign, GError **error)
{
    g_autofree char *name = g_strconcat("health.", campaign, NULL);
    g_autofree char *text = NULL;
    Health h;

    if (!count_all(store, campaign, &h, error))
        return false;
    text = g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                           " %" G_GINT64_FORMAT,
                           h.sent, h.bounced, h.complained);
    return fact_set(store, name, text, error);
}
