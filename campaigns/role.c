/* SPDX-License-Identifier: Apache-2.0 */
/* role.c - facts about an open role, by name and as statics of a campaign */
#include "campaign-private.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/role.h"
#include "nurture/text.h"

#include <string.h>

static void
static_free(gpointer p)
{
    StaticValue *s = p;

    g_free((char *)(uintptr_t)s->name);
    g_strfreev((char **)(uintptr_t)s->values);
    g_free(s);
}

static void
add_static(GPtrArray *statics, const char *key, char **values)
{
    StaticValue *s = g_new0(StaticValue, 1);

    s->name = g_strconcat("role.", key, NULL);
    s->values = (const char *const *)values;
    g_ptr_array_add(statics, s);
}

static char **
node_values(const YamlNode *node)
{
    guint n = node->kind == YAML_LIST ? node->items->len : 1;
    char **values = g_new0(char *, n + 1);

    if (node->kind == YAML_SCALAR)
        values[0] = g_strdup(node->value);
    for (guint i = 0; node->kind == YAML_LIST && i < n; i++) {
        const YamlNode *item = g_ptr_array_index(node->items, i);
        values[i] = g_strdup(item->value ? item->value : "");
    }
    return values;
}

/* When the role of that file closes; 0 = never, or nobody can tell. */
static int64_t
closing_of(const Reading *r, const char *path)
{
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    g_autoptr(YamlNode) map = NULL;
    Reading own = *r;
    const YamlNode *node;
    int64_t at = 0;
    gsize body;

    own.problems = ignored;
    if (reading_open(&own, path, IN_ROLE, &body)) {
        map = (YamlNode *)own.map;
        node = yaml_get(map, "closes");
        if (!node || !node->value ||
            !date_parse(node->value, catalogue_workspace(r->catalogue)->zone,
                        &at, NULL))
            return 0;
    }
    return at;
}

/* The first file in roles/ when no name is given; an open one if there is. */
static char *
choose_role(const Reading *r, const char *name)
{
    TemplateFiles files = catalogue_files(r->catalogue);
    const char *const *names = files.list("roles", files.data);
    g_autofree char *closed = NULL;

    if (name)
        return g_strdup(name);
    for (; names && *names; names++) {
        g_autofree char *path = g_strconcat("roles/", *names, NULL);
        g_autofree char *role = NULL;
        int64_t closes;
        if (!g_str_has_suffix(*names, ".md"))
            continue;
        role = g_strndup(*names, strlen(*names) - 3);
        closes = closing_of(r, path);
        if (closes == 0 || closes + DAY_MS > clock_now())
            return g_steal_pointer(&role);
        if (!closed)
            closed = g_steal_pointer(&role);
    }
    return g_steal_pointer(&closed);
}

/* E617. A role is open on the day it closes. */
static void
check_closed(const Reading *own, const char *role)
{
    const YamlNode *node = yaml_get(own->map, "closes");
    GTimeZone *zone = catalogue_workspace(own->catalogue)->zone;
    g_autofree char *day = NULL;
    int64_t at;

    if (catalogue_is_frozen(own->catalogue) || !node || !node->value ||
        !date_parse(node->value, zone, &at, NULL) || at + DAY_MS > clock_now())
        return;
    day = date_format(at, zone, "D MMMM YYYY", "en");
    diagnostics_add(own->problems, "E617", own->source, node->offset,
                    node->length, "role '%s' closed on %s", role, day);
}

bool
role_load(const Reading *r, const char *name, GError **error)
{
    g_autofree char *role = choose_role(r, name);
    g_autofree char *path = g_strdup_printf("roles/%s.md", role ? role : "");
    g_autoptr(YamlNode) map = NULL;
    Reading own = *r;
    gsize body = 0;
    bool read;

    r->campaign->statics = g_ptr_array_new_with_free_func(static_free);
    if (!role) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "campaign '%s' needs a role, and roles/ has none",
                    r->campaign->id);
        return false;
    }
    read = reading_open(&own, path, IN_ROLE, &body);
    map = (YamlNode *)own.map;
    if (!read) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "there is no role '%s' (roles/%s.md)", role, role);
        return false;
    }
    r->campaign->role = g_strdup(role);
    check_closed(&own, role);
    for (guint i = 0; i < map->items->len; i++) {
        const YamlNode *node = g_ptr_array_index(map->items, i);
        if (node->kind != YAML_MAP)
            add_static(r->campaign->statics, node->key, node_values(node));
    }
    return true;
}

static const char *
role_value(const Campaign *campaign, const char *name)
{
    for (guint i = 0; campaign->statics && i < campaign->statics->len; i++) {
        const StaticValue *s = g_ptr_array_index(campaign->statics, i);
        if (strcmp(s->name, name) == 0)
            return s->values[0];
    }
    return NULL;
}

bool
role_date_parse(const Reading *r, const char *text, int64_t *out,
                GError **error)
{
    GTimeZone *zone = catalogue_workspace(r->catalogue)->zone;
    g_auto(GStrv) words = g_strsplit(text, " ", 3);
    const char *value;
    Span span;

    if (!g_str_has_prefix(text, "role."))
        return date_parse(text, zone, out, error);
    value = role_value(r->campaign, words[0]);
    if (!value) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "the role has no '%s'",
                    words[0] + 5);
        return false;
    }
    if (!date_parse(value, zone, out, error))
        return false;
    if (!words[1])
        return true;
    if (!words[2] || (strcmp(words[1], "minus") && strcmp(words[1], "plus"))) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "write it like: until role.closes minus 5d");
        return false;
    }
    if (!span_parse(words[2], &span, error))
        return false;
    *out = span_move(&span, zone, *out, words[1][0] == 'm' ? -1 : 1);
    return true;
}

/* -- by name --------------------------------------------------------------- */

void
role_free(Role *role)
{
    if (!role)
        return;
    g_free(role->id);
    g_free(role->title);
    g_free(role->city);
    g_free(role->recruiter);
    g_free(role->job);
    g_strfreev(role->interests);
    g_strfreev(role->levels);
    g_strfreev(role->countries);
    g_strfreev(role->languages);
    g_strfreev(role->skills);
    g_free(role);
}

static char **
list_of(const YamlNode *map, const char *key)
{
    const YamlNode *node = yaml_get(map, key);

    return node && node->kind != YAML_MAP ? node_values(node)
                                          : g_new0(char *, 1);
}

static char *
word_of(const YamlNode *map, const char *key)
{
    const YamlNode *node = yaml_get(map, key);

    return g_strdup(node ? node->value : NULL);
}

static Role *
role_from(const YamlNode *map, const char *id, const Workspace *workspace)
{
    Role *role = g_new0(Role, 1);
    const char *closes = settings_value(map, IN_ROLE, "closes");

    role->id = g_strdup(id);
    role->title = word_of(map, "title");
    role->city = word_of(map, "city");
    role->recruiter = word_of(map, "recruiter");
    role->job = word_of(map, "job");
    role->interests = list_of(map, "interests");
    role->levels = list_of(map, "levels");
    role->countries = list_of(map, "countries");
    role->skills = list_of(map, "skills");
    role->languages = yaml_get(map, "languages")
                          ? list_of(map, "languages")
                          : g_strdupv(workspace->languages);
    if (closes && date_parse(closes, workspace->zone, &role->closes, NULL))
        role->closes += DAY_MS;
    return role;
}

static void
report_unknown(const Workspace *workspace, const char *id, GError **error)
{
    g_auto(GStrv) names = workspace_list(workspace, "roles", ".md");
    const char *near;

    for (char **n = names; *n; n++)
        (*n)[strlen(*n) - strlen(".md")] = '\0';
    near = text_nearest(id, (const char *const *)names);
    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                "there is no role '%s' (roles/%s.md)%s%s%s", id, id,
                near ? "; did you mean '" : "", near ? near : "",
                near ? "'?" : "");
}

Role *
role_read(Catalogue *catalogue, const char *id, Diagnostics *problems,
          GError **error)
{
    g_autofree char *path = g_strdup_printf("roles/%s.md", id);
    const Workspace *workspace = catalogue_workspace(catalogue);
    guint before = diagnostics_count(problems, SEVERITY_ERROR);
    g_autoptr(YamlNode) map = NULL;
    Reading r = {.catalogue = catalogue, .problems = problems};
    gsize body;
    bool read;

    r.scope = catalogue_scope(catalogue);
    if (strchr(id, '/')) {
        report_unknown(workspace, id, error);
        return NULL;
    }
    read = reading_open(&r, path, IN_ROLE, &body);
    map = (YamlNode *)r.map;
    if (!r.source) {
        report_unknown(workspace, id, error);
        return NULL;
    }
    if (!read || diagnostics_count(problems, SEVERITY_ERROR) > before) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s has errors", path);
        return NULL;
    }
    return role_from(map, id, workspace);
}

static bool
job_status(Store *store, const char *job, char **out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT status FROM job"
                      " WHERE src || ':' || remote_id = :job",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":job", job);
    if (statement_step(st))
        *out = g_strdup(statement_text(st, 0));
    return statement_end(st, error);
}

bool
role_is_closed(Store *store, const Workspace *workspace, int64_t closes,
               const char *job, int64_t now, char **out, GError **error)
{
    g_autofree char *status = NULL;

    *out = NULL;
    if (job && !job_status(store, job, &status, error))
        return false;
    if (closes && closes <= now) {
        g_autofree char *day =
            date_format(closes - DAY_MS, workspace->zone, "D MMMM YYYY", "en");
        *out = g_strconcat("closed on ", day, NULL);
    } else if (g_strcmp0(status, "closed") == 0 ||
               g_strcmp0(status, "archived") == 0) {
        *out = g_strdup_printf("the ATS says it is %s", status);
    }
    return true;
}

bool
campaign_role_is_closed(Store *store, const Workspace *workspace,
                        const Campaign *campaign, int64_t now, char **out,
                        GError **error)
{
    const char *day = role_value(campaign, "role.closes");
    int64_t closes = 0;

    *out = NULL;
    if (!campaign->role)
        return true;
    if (day && date_parse(day, workspace->zone, &closes, NULL))
        closes += DAY_MS;
    return role_is_closed(store, workspace, closes,
                          role_value(campaign, "role.job"), now, out, error);
}
