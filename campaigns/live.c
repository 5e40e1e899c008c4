/* SPDX-License-Identifier: Apache-2.0 */
/* live.c - frozen campaigns, loaded once per tick */
#include "live.h"

#include "nurture/error.h"
#include "nurture/fact.h"

#include <string.h>

struct Live {
    const Workspace *workspace;
    Store *store, *guarded;
    bool own_guarded;
    int64_t now;
    GHashTable *campaigns; /* "campaign snapshot" -> LiveCampaign */
    GHashTable *steps;     /* CampaignStep -> LiveStep */
};

static void
live_campaign_free(gpointer p)
{
    LiveCampaign *c = p;

    campaign_free(c->campaign);
    catalogue_free(c->catalogue);
    g_free(c);
}

static void
live_step_free(gpointer p)
{
    LiveStep *s = p;

    statement_release(s->one);
    mail_select_free(s->select);
    g_free(s);
}

Live *
live_new(const Workspace *workspace, Store *store, int64_t now, GError **error)
{
    g_autoptr(Live) live = g_new0(Live, 1);

    live->workspace = workspace;
    live->store = store;
    live->now = now;
    live->campaigns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                            live_campaign_free);
    live->steps = g_hash_table_new_full(NULL, NULL, NULL, live_step_free);
    live->own_guarded = strcmp(store_path(store), ":memory:") != 0;
    live->guarded = live->own_guarded
                        ? store_open_guarded(store_path(store), 0, error)
                        : store;
    return live->guarded ? g_steal_pointer(&live) : NULL;
}

void
live_free(Live *live)
{
    if (!live)
        return;
    g_hash_table_unref(live->steps); /* statements before their store */
    g_hash_table_unref(live->campaigns);
    if (live->own_guarded)
        store_close(live->guarded);
    g_free(live);
}

const Workspace *
live_workspace(const Live *live)
{
    return live->workspace;
}

Store *
live_guarded(const Live *live)
{
    return live->guarded;
}

int64_t
live_now(const Live *live)
{
    return live->now;
}

/* The role a parameterised campaign was launched for. */
static bool
role_of(Store *store, const char *campaign, char **out, GError **error)
{
    g_autofree char *name = g_strconcat("role.", campaign, NULL);

    return fact_get(store, name, out, error);
}

/* The start that its launch has moved (UTC ms in decimal), or "". */
static bool
move_start(Store *store, Campaign *campaign, GError **error)
{
    g_autofree char *name = g_strconcat("start.", campaign->id, NULL);
    g_autofree char *at = NULL;

    if (!fact_get(store, name, &at, error))
        return false;
    campaign->start_moved = at && *at;
    if (campaign->start_moved)
        campaign->start = g_ascii_strtoll(at, NULL, 10);
    return true;
}

const LiveCampaign *
live_campaign(Live *live, const char *campaign, const char *snapshot,
              GError **error)
{
    g_autofree char *key = g_strdup_printf("%s %s", campaign, snapshot);
    LiveCampaign *c = g_hash_table_lookup(live->campaigns, key);
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    g_autoptr(Catalogue) catalogue = NULL;
    g_autofree char *role = NULL;
    g_autoptr(Campaign) loaded = NULL;

    if (c)
        return c;
    catalogue =
        catalogue_of_snapshot(live->workspace, live->store, snapshot, error);
    if (!catalogue)
        return NULL;
    if (!role_of(live->store, campaign, &role, error))
        return NULL;
    loaded = campaign_load(catalogue, campaign, role, ignored, error);
    if (!loaded || !move_start(live->store, loaded, error))
        return NULL;
    c = g_new(LiveCampaign, 1);
    c->campaign = g_steal_pointer(&loaded);
    c->catalogue = g_steal_pointer(&catalogue);
    g_hash_table_insert(live->campaigns, g_steal_pointer(&key), c);
    return c;
}

const LiveStep *
live_step(Live *live, const LiveCampaign *campaign, const CampaignStep *step,
          GError **error)
{
    LiveStep *s = g_hash_table_lookup(live->steps, step);
    g_autoptr(Diagnostics) problems = NULL;
    g_autoptr(MailSelect) select = NULL;
    Statement *one;

    if (s)
        return s;
    problems = diagnostics_new();
    select = mail_select_new(campaign->catalogue, campaign->campaign, step,
                             live->now, problems);
    if (!select) {
        const Diagnostic *d = diagnostics_get(problems, 0);
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "%s/%s of the launched campaign no longer compiles: %s",
                    campaign->campaign->id, step->mail->id,
                    d ? d->message : "");
        return NULL;
    }
    one = mail_select_prepare(select, live->guarded, AUDIENCE_ONE, error);
    if (!one)
        return NULL;
    s = g_new(LiveStep, 1);
    s->select = g_steal_pointer(&select);
    s->one = one;
    g_hash_table_insert(live->steps, (gpointer)step, s);
    return s;
}

bool
live_read(const LiveStep *step, int64_t candidate, const char *segment,
          Member *out, GError **error)
{
    if (!statement_end(step->one, error))
        return false;
    audience_bind(step->one, AUDIENCE_ONE, candidate);
    if (!statement_step(step->one)) {
        statement_end(step->one, error);
        return false;
    }
    mail_select_member(step->select, step->one, segment, out);
    return true;
}

void
live_release(const LiveStep *step)
{
    statement_end(step->one, NULL);
}
