/* SPDX-License-Identifier: Apache-2.0 */
/* health.c - pausing a campaign before it harms the domain's name */
#include "nurture/health.h"

#include "nurture/alert.h"
#include "nurture/event.h"
#include "nurture/fact.h"

#define SAMPLE_MIN    100
#define SMALL_BOUNCES 10 /* of fewer mails than that */

/* Per thousand of the mails tried, and at least so many. */
typedef struct {
    int64_t per_mille, least;
} Limit;

static const Limit bounces_tell = {30, 3}, bounces_stop = {50, 5};
static const Limit complaints_tell = {1, 1}, complaints_stop = {3, 2};

/* A report of a full mailbox is no hard bounce; a refusal in the session, which
 * has no detail, is one. A mail that bounced later stays one that was sent. */
static bool
count_all(Store *store, const char *campaign, Health *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT"
        " (SELECT count(*) FROM message WHERE campaign = :campaign"
        "   AND owner IS NULL AND state IN ('sent', 'bounced')),"
        " (SELECT count(*) FROM event WHERE campaign = :campaign"
        "   AND" EVENT_CAME_BACK " AND kind = 'bounced'"
        "   AND coalesce(detail, '') NOT LIKE '%\"hard\":false%'),"
        " (SELECT count(*) FROM event WHERE campaign = :campaign"
        "   AND" EVENT_CAME_BACK " AND kind = 'complained')",
        error);

    *out = (Health){0};
    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    if (statement_step(st))
        *out = (Health){statement_int(st, 0), statement_int(st, 1),
                        statement_int(st, 2)};
    return statement_end(st, error);
}

/* "tried bounced complained" when it was resumed. */
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
    h->tried -= g_ascii_strtoll(part[0], NULL, 10);
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

static bool
is_over(const Limit *limit, int64_t n, int64_t tried)
{
    return n >= limit->least && n * 1000 >= tried * limit->per_mille;
}

static bool
bounces_are_bad(const Health *h)
{
    return (h->tried >= SAMPLE_MIN || h->bounced >= SMALL_BOUNCES) &&
           is_over(&bounces_stop, h->bounced, h->tried);
}

bool
health_is_bad(const Health *h)
{
    return bounces_are_bad(h) ||
           is_over(&complaints_stop, h->complained, h->tried);
}

static char *
sentence(const Health *h, bool bounces)
{
    return g_strdup_printf("%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                           " mails",
                           bounces ? "bounces" : "complaints",
                           bounces ? h->bounced : h->complained, h->tried);
}

static bool
tell(Store *store, const char *campaign, const Health *h, bool bounces,
     int64_t now, GError **error)
{
    g_autofree char *what = sentence(h, bounces);

    return alert_raise(store, bounces ? "bounces" : "complaints", campaign,
                       what, now, error);
}

bool
health_act(Store *store, const char *campaign, const Health *h, int64_t now,
           GError **error)
{
    g_autofree char *why = NULL;

    if (is_over(&bounces_tell, h->bounced, h->tried) &&
        !tell(store, campaign, h, true, now, error))
        return false;
    if (is_over(&complaints_tell, h->complained, h->tried) &&
        !tell(store, campaign, h, false, now, error))
        return false;
    if (!health_is_bad(h))
        return true;
    why = sentence(h, bounces_are_bad(h));
    return pause_campaign(store, campaign, why, now, error) &&
           alert_raise(store, "paused", campaign, why, now, error);
}

bool
health_look(Store *store, const char *campaign, int64_t now, GError **error)
{
    Health h;

    return health_read(store, campaign, &h, error) &&
           health_act(store, campaign, &h, now, error);
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
                           h.tried, h.bounced, h.complained);
    return fact_set(store, name, text, error);
}
