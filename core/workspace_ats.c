/* SPDX-License-Identifier: Apache-2.0 */
/* workspace_ats.c - the group 'ats' of nurture.yaml */
#include "workspace-ats.h"

#include "nurture/clock.h"
#include "nurture/window.h"

#include <string.h>

static int64_t
duration(const YamlNode *map, const char *key)
{
    const char *text = settings_value(map, IN_WORKSPACE, key);
    Span span = {0};

    return text && span_parse(text, &span, NULL) ? span_ms(&span) : 0;
}

static char *
copy(const YamlNode *map, SettingPlace place, const char *key)
{
    return g_strdup(settings_value(map, place, key));
}

static void
hook_free(gpointer data)
{
    AtsHook *h = data;

    g_free(h->name);
    g_free(h->adapter);
    g_free(h->src);
    g_free(h->secret_from);
    g_free(h->fetch);
    g_free(h);
}

static void
receiver_free(gpointer data)
{
    AtsReceiver *r = data;

    g_free(r->name);
    g_free(r->url);
    g_free(r->secret_from);
    g_strfreev(r->events);
    g_free(r);
}

static gpointer
hook_read(const YamlNode *map)
{
    AtsHook *h = g_new0(AtsHook, 1);

    h->name = copy(map, IN_HOOK, "name");
    h->adapter = copy(map, IN_HOOK, "adapter");
    if (!h->adapter)
        h->adapter = g_strdup(h->name);
    h->src = copy(map, IN_HOOK, "src");
    if (!h->src)
        h->src = g_strdup(h->adapter);
    h->secret_from = copy(map, IN_HOOK, "secret_from");
    h->fetch = copy(map, IN_HOOK, "fetch");
    return h;
}

static gpointer
receiver_read(const YamlNode *map)
{
    const YamlNode *events = yaml_get(map, "events");
    AtsReceiver *r = g_new0(AtsReceiver, 1);

    r->name = copy(map, IN_OUT, "name");
    r->url = copy(map, IN_OUT, "url");
    r->secret_from = copy(map, IN_OUT, "secret_from");
    r->scores = strcmp(settings_value(map, IN_OUT, "scores"), "yes") == 0;
    if (events && events->kind == YAML_LIST) {
        r->events = g_new0(char *, events->items->len + 1);
        for (guint i = 0, n = 0; i < events->items->len; i++) {
            const YamlNode *item = g_ptr_array_index(events->items, i);
            if (item->kind == YAML_SCALAR)
                r->events[n++] = g_strdup(item->value);
        }
    }
    return r;
}

static GPtrArray *
list_of(const YamlNode *map, const char *name,
        gpointer (*read)(const YamlNode *), GDestroyNotify destroy)
{
    const YamlNode *ats = yaml_get(map, "ats");
    const YamlNode *list = ats ? yaml_get(ats, name) : NULL;
    GPtrArray *out = g_ptr_array_new_with_free_func(destroy);

    for (guint i = 0; list && list->kind == YAML_LIST && i < list->items->len;
         i++) {
        const YamlNode *item = g_ptr_array_index(list->items, i);
        if (item->kind == YAML_MAP)
            g_ptr_array_add(out, read(item));
    }
    return out;
}

void
workspace_read_ats(Workspace *w, const YamlNode *map)
{
    g_autofree char *drop = copy(map, IN_WORKSPACE, "ats.drop");

    w->ats.max_age_ms = duration(map, "ats.max_age");
    w->ats.quiet_weekends =
        strcmp(settings_value(map, IN_WORKSPACE, "ats.quiet"), "weekends") == 0;
    w->ats.cool_off_ms = duration(map, "ats.cool_off");
    w->ats.erase_after_ms = duration(map, "ats.erase_after");
    w->ats.resume_after_rejection =
        strcmp(settings_value(map, IN_WORKSPACE, "ats.after_rejection"),
               "resume") == 0;
    w->ats.drop = drop ? g_canonicalize_filename(drop, w->root) : NULL;
    w->ats.fetch = copy(map, IN_WORKSPACE, "ats.fetch");
    w->ats.hooks = list_of(map, "hooks", hook_read, hook_free);
    w->ats.out = list_of(map, "out", receiver_read, receiver_free);
}

void
workspace_clear_ats(Workspace *w)
{
    g_clear_pointer(&w->ats.drop, g_free);
    g_clear_pointer(&w->ats.fetch, g_free);
    g_clear_pointer(&w->ats.hooks, g_ptr_array_unref);
    g_clear_pointer(&w->ats.out, g_ptr_array_unref);
}

int64_t
workspace_ats_expires(const Workspace *w, int64_t synced)
{
    int64_t at = synced, left = w->ats.max_age_ms;

    while (w->ats.quiet_weekends && left > 0) {
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at / 1000);
        g_autoptr(GDateTime) here = g_date_time_to_timezone(utc, w->zone);
        g_autoptr(GDateTime) next = g_date_time_add_days(here, 1);
        int64_t midnight = local_to_utc(w->zone, g_date_time_get_year(next),
                                        g_date_time_get_month(next),
                                        g_date_time_get_day_of_month(next), 0);
        if (g_date_time_get_day_of_week(here) < 6) {
            if (at + left <= midnight)
                break;
            left -= midnight - at;
        }
        at = midnight;
    }
    return at + left;
}

bool
workspace_has_ats(const Workspace *w)
{
    return w->ats.drop || w->ats.fetch || (w->ats.hooks && w->ats.hooks->len);
}
