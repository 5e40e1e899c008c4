/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c - a tree of settings against the table */
#include "nurture/settings.h"

#include "nurture/text.h"

#include "settings-check.h"

#include <string.h>

/* How messages speak of a place. */
static const struct {
    SettingPlace place;
    const char *name;  /* "settings of a mail" */
    const char *whole; /* "this mail has no subject" */
    const char *owner; /* "'wait' belongs to the step, not to the mail" */
} places[] = {
    {IN_WORKSPACE, "nurture.yaml", "nurture.yaml", "nurture.yaml"},
    {IN_CAMPAIGN, "a campaign", "this campaign", "campaign.md"},
    {IN_NEWSLETTER, "a newsletter", "this newsletter", "the newsletter"},
    {IN_MAIL, "a mail", "this mail", "the mail"},
    {IN_STEP, "a step", "this step", "the step in campaign.md"},
    {IN_VARIANT, "a variant", "this variant", "the variant"},
    {IN_EVENT, "an event", "this event", "the event"},
    {IN_SENDER, "a sender", "this sender", "the file in senders/"},
    {IN_ROLE, "a role", "this role", "the file in roles/"},
    {IN_FIELD, "a field", "this field", "fields.yaml"},
    {IN_PERSONA, "a persona", "this persona", "personas.yaml"},
    {IN_HOOK, "a webhook", "this webhook", "ats.hooks"},
    {IN_OUT, "a receiver", "this receiver", "ats.out"},
};

typedef struct {
    const Source *source;
    Diagnostics *problems;
} Check;

static gsize
place_index(SettingPlace place)
{
    gsize i = 0;

    while (places[i].place != place)
        g_assert(++i < G_N_ELEMENTS(places));
    return i;
}

static const Setting *
find_setting(const char *key, unsigned place)
{
    for (const Setting *s = settings_table; s->key; s++)
        if ((s->places & place) && strcmp(s->key, key) == 0)
            return s;
    return NULL;
}

/* Is `key` a group of dotted settings ("smtp")? */
static bool
is_group(const char *key, SettingPlace place)
{
    gsize length = strlen(key);

    for (const Setting *s = settings_table; s->key; s++)
        if ((s->places & place) && strncmp(s->key, key, length) == 0 &&
            s->key[length] == '.')
            return true;
    return false;
}

const char *const *
settings_text_keys(SettingPlace place)
{
    static gsize once;
    static GPtrArray *all, *none;

    if (g_once_init_enter(&once)) {
        all = g_ptr_array_new();
        none = g_ptr_array_new();
        for (const Setting *s = settings_table; s->key; s++) {
            const char *dot = strrchr(s->key, '.');
            const char *key = dot ? dot + 1 : s->key;
            if (s->type == SETTING_TEXT &&
                !g_ptr_array_find_with_equal_func(all, key, g_str_equal, NULL))
                g_ptr_array_add(all, (void *)key);
        }
        g_ptr_array_add(all, NULL);
        g_ptr_array_add(none, NULL);
        g_once_init_leave(&once, 1);
    }
    /* What fields and personas call a name is a word. */
    if (place == IN_FIELD || place == IN_PERSONA)
        return (const char *const *)none->pdata;
    return (const char *const *)all->pdata;
}

/* The names at one level, in the table's order: those of a group without its
 * prefix, at the top a group once. NULL-ended; the strings are owned. */
static char **
names_at(SettingPlace place, const char *group)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    gsize length = group ? strlen(group) : 0;

    for (const Setting *s = settings_table; s->key; s++) {
        const char *key = s->key;
        g_autofree char *name = NULL;
        if (!(s->places & place) ||
            (group && (strncmp(key, group, length) != 0 || key[length] != '.')))
            continue;
        key += group ? length + 1 : 0;
        name = g_strndup(key, strcspn(key, "."));
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

/* The group that has a member of this name ("domain" -> "sending"), or NULL. */
static char *
group_of_member(SettingPlace place, const char *name)
{
    for (const Setting *s = settings_table; s->key; s++) {
        const char *dot = strchr(s->key, '.');
        if (dot && (s->places & place) && strcmp(dot + 1, name) == 0)
            return g_strndup(s->key, (gsize)(dot - s->key));
    }
    return NULL;
}

/* Where else in the files of a campaign, or in nurture.yaml, the setting would
 * be right. */
static bool
report_misplaced(const Check *c, const YamlNode *node, SettingPlace place)
{
    static const SettingPlace others[] = {IN_MAIL,    IN_STEP,      IN_CAMPAIGN,
                                          IN_VARIANT, IN_WORKSPACE, IN_EVENT};

    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        if (others[i] == place || !find_setting(node->key, others[i]))
            continue;
        diagnostics_add(c->problems, "E115", c->source, node->key_offset,
                        node->key_length, "'%s' belongs to %s, not to %s",
                        node->key, places[place_index(others[i])].owner,
                        places[place_index(place)].owner);
        return true;
    }
    return false;
}

static void
report_unknown(const Check *c, const YamlNode *node, SettingPlace place,
               const char *group)
{
    g_auto(GStrv) names = names_at(place, group);
    g_autofree char *list = g_strjoinv(", ", names);
    g_autofree char *other = NULL;
    const char *near = text_nearest(node->key, (const char *const *)names);
    Diagnostic *d;

    if (!near && !group && report_misplaced(c, node, place))
        return;
    d = diagnostics_add(c->problems, "E106", c->source, node->key_offset,
                        node->key_length, "unknown setting '%s'", node->key);
    other = near ? NULL : group_of_member(place, node->key);
    if (near) {
        diagnostic_note(d, "did you mean '%s'?", near);
        diagnostic_fix_all(d, near);
    } else if (other)
        diagnostic_note(d, "did you mean '%s' in '%s'?", node->key, other);
    diagnostic_help(d, "settings of %s: %s",
                    group ? group : places[place_index(place)].name, list);
}

static bool
is_secret(const char *key)
{
    static const char *const words[] = {"password",      "passwd", "pass",
                                        "smtp_password", "secret", "token",
                                        "api_key",       NULL};
    g_autofree char *lower = g_ascii_strdown(key, -1);

    return g_strv_contains(words, lower);
}

static void check_group(const Check *c, const YamlNode *map, SettingPlace place,
                        const char *group);
static void check_map(const Check *c, const YamlNode *map, SettingPlace place);

/* The place of the settings inside `setting`, 0 if it has none. */
static unsigned
inner_place(const Setting *setting)
{
    static const struct {
        const char *key;
        SettingPlace place;
    } inner[] = {{"steps", IN_STEP},
                 {"variants", IN_VARIANT},
                 {"event", IN_EVENT},
                 {"ats.hooks", IN_HOOK},
                 {"ats.out", IN_OUT}};

    for (gsize i = 0; i < G_N_ELEMENTS(inner); i++)
        if (strcmp(setting->key, inner[i].key) == 0)
            return inner[i].place;
    return 0;
}

static void
check_inside(const Check *c, const Setting *setting, const YamlNode *node)
{
    unsigned place = inner_place(setting);

    if (!place || node->kind == YAML_SCALAR)
        return;
    if (node->kind == YAML_MAP) {
        if (setting->type == SETTING_MAP)
            check_map(c, node, place);
        return;
    }
    for (guint i = 0; i < node->items->len; i++) {
        const YamlNode *item = g_ptr_array_index(node->items, i);
        if (item->kind == YAML_MAP && setting->type == SETTING_MAPS)
            check_map(c, item, place);
    }
}

static void
report_empty(const Check *c, const YamlNode *node)
{
    diagnostics_add(c->problems, "E116", c->source, node->key_offset,
                    node->key_length, "'%s' is empty", node->key);
}

static void
check_member(const Check *c, const YamlNode *node, SettingPlace place,
             const char *group)
{
    g_autofree char *key = group ? g_strdup_printf("%s.%s", group, node->key)
                                 : g_strdup(node->key);
    const Setting *setting = find_setting(key, place);

    if ((place & (IN_WORKSPACE | IN_HOOK | IN_OUT)) && is_secret(node->key)) {
        setting_report_secret(node, c->source, c->problems);
    } else if (setting && setting_is_empty(node)) {
        report_empty(c, node);
    } else if (setting) {
        setting_check(setting, node, c->source, c->problems);
        check_inside(c, setting, node);
    } else if (!is_group(key, place)) {
        /* what a persona has besides are candidate fields */
        if (place != IN_PERSONA)
            report_unknown(c, node, place, group);
    } else if (setting_is_empty(node)) {
        report_empty(c, node);
    } else if (node->kind != YAML_MAP) {
        Diagnostic *d = diagnostics_add(
            c->problems, "E111", c->source, node->offset, node->length,
            "'%s' must be a group of settings", node->key);
        g_auto(GStrv) names = names_at(place, key);
        g_autofree char *list = g_strjoinv(", ", names);
        diagnostic_help(d, "settings of %s: %s", key, list);
    } else {
        check_group(c, node, place, key);
    }
}

static void
check_group(const Check *c, const YamlNode *map, SettingPlace place,
            const char *group)
{
    for (guint i = 0; i < map->items->len; i++)
        check_member(c, g_ptr_array_index(map->items, i), place, group);
}

static const YamlNode *
find_node(const YamlNode *map, const char *key)
{
    g_auto(GStrv) parts = g_strsplit(key, ".", 0);
    const YamlNode *node = map;

    for (int i = 0; node && parts[i]; i++)
        node = yaml_get(node, parts[i]);
    return node;
}

static bool
is_absent(const YamlNode *map, const char *key)
{
    g_autofree char *group = g_strndup(key, strcspn(key, "."));
    const YamlNode *node = yaml_get(map, group);

    /* A group that is empty or no group has been reported as such. */
    if (node && strcmp(group, key) != 0 && setting_is_empty(node))
        return false;
    return find_node(map, key) == NULL;
}

/* Is it there under a name that E106 took for it? */
static bool
is_misspelt(const YamlNode *map, SettingPlace place, const char *key)
{
    const char *dot = strrchr(key, '.');
    const char *leaf = dot ? dot + 1 : key;
    g_autofree char *group = dot ? g_strndup(key, (gsize)(dot - key)) : NULL;
    const YamlNode *in = group ? find_node(map, group) : map;
    g_auto(GStrv) names = names_at(place, group);

    for (guint i = 0; in && in->kind == YAML_MAP && i < in->items->len; i++) {
        const YamlNode *node = g_ptr_array_index(in->items, i);
        if (!g_strv_contains((const char *const *)names, node->key) &&
            g_strcmp0(text_nearest(node->key, (const char *const *)names),
                      leaf) == 0)
            return true;
    }
    return false;
}

/* Inside a list the group's first line, else the file as a whole. */
static Diagnostic *
add_absent(const Check *c, const YamlNode *map, SettingPlace place,
           const char *code, const char *what)
{
    const char *whole = places[place_index(place)].whole;
    bool is_inner = place & (IN_STEP | IN_VARIANT | IN_EVENT | IN_FIELD |
                             IN_PERSONA | IN_HOOK | IN_OUT);

    if (is_inner)
        return diagnostics_add(c->problems, code, c->source, map->offset,
                               map->length, "%s has no %s", whole, what);
    return diagnostics_add_file(c->problems, code, source_path(c->source),
                                "%s has no %s", whole, what);
}

static void
check_required(const Check *c, const YamlNode *map, SettingPlace place)
{
    for (const Setting *s = settings_table; s->key; s++) {
        const char *dot = strchr(s->key, '.');
        Diagnostic *d;
        if (!s->required || !(s->places & place) || !is_absent(map, s->key) ||
            is_misspelt(map, place, s->key))
            continue;
        if (place == IN_STEP && yaml_get(map, "drop"))
            continue; /* a step taken out needs no mail */
        d = add_absent(c, map, place, "E107", s->key);
        if (dot)
            diagnostic_help(d, "add under '%.*s:' a line such as  %s: %s",
                            (int)(dot - s->key), s->key, dot + 1,
                            setting_example(s));
        else
            diagnostic_help(d, "add a line such as  %s: %s", s->key,
                            setting_example(s));
    }
}

static void
check_audience(const Check *c, const YamlNode *map, SettingPlace place)
{
    Diagnostic *d;

    if (!(place & (IN_CAMPAIGN | IN_NEWSLETTER)) || yaml_get(map, "audience") ||
        is_misspelt(map, place, "audience"))
        return;
    d = diagnostics_add_file(c->problems, "E620", source_path(c->source),
                             "this campaign has no audience");
    diagnostic_help(d, "audience: senior-passives");
}

static void
check_map(const Check *c, const YamlNode *map, SettingPlace place)
{
    check_group(c, map, place, NULL);
    check_required(c, map, place);
    check_audience(c, map, place);
}

void
settings_check(const YamlNode *map, SettingPlace place, const Source *source,
               Diagnostics *problems)
{
    Check c = {source, problems};

    if (map->kind == YAML_MAP)
        check_map(&c, map, place);
}

const char *
settings_value(const YamlNode *map, SettingPlace place, const char *key)
{
    const YamlNode *node = find_node(map, key);
    const Setting *setting = find_setting(key, place);

    g_assert(setting);
    if (node && node->kind == YAML_SCALAR && !setting_is_empty(node))
        return node->value;
    return setting->fallback;
}
