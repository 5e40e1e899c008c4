/* SPDX-License-Identifier: Apache-2.0 */
/* persona.c - who a preview is made for */
#include "persona.h"

#include "campaign-private.h"

#include "nurture/candidates.h"
#include "nurture/error.h"
#include "nurture/preview.h"

#include <string.h>

#define PERSONAS "tests/personas.yaml"

/* ---- invented people ----------------------------------------------------- */

static YamlNode *
read_personas(Catalogue *catalogue)
{
    g_autoptr(Diagnostics) ignored = diagnostics_new(); /* check's business */
    TemplateFiles files = catalogue_files(catalogue);
    const Source *source = files.source(PERSONAS, files.data);
    static const char *const no_texts[] = {NULL};

    if (!source || !source_check(source, ignored))
        return NULL;
    return yaml_read(source, 0, strlen(source_text(source)), no_texts, ignored);
}

static const char *
persona_id(const YamlNode *map)
{
    const YamlNode *id = map->kind == YAML_MAP ? yaml_get(map, "id") : NULL;

    return id ? id->value : NULL;
}

static const YamlNode *
find_persona(const YamlNode *all, const char *name)
{
    const YamlNode *list = all ? yaml_get(all, "personas") : NULL;

    for (guint i = 0; list && list->kind == YAML_LIST && i < list->items->len;
         i++) {
        const YamlNode *map = g_ptr_array_index(list->items, i);
        if (g_strcmp0(persona_id(map), name) == 0)
            return map;
    }
    return NULL;
}

char **
preview_personas(Catalogue *catalogue)
{
    g_autoptr(YamlNode) all = read_personas(catalogue);
    const YamlNode *list = all ? yaml_get(all, "personas") : NULL;
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; list && list->kind == YAML_LIST && i < list->items->len;
         i++) {
        const char *id = persona_id(g_ptr_array_index(list->items, i));
        if (id)
            g_ptr_array_add(names, g_strdup(id));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

bool
persona_exists(Catalogue *catalogue, const char *name)
{
    g_autoptr(YamlNode) all = read_personas(catalogue);

    return find_persona(all, name) != NULL;
}

/* "interest=backend;sre" */
static char *
pair_of(const YamlNode *node)
{
    g_autoptr(GString) pair = g_string_new(node->key);

    g_string_append_c(pair, '=');
    if (node->kind == YAML_SCALAR)
        g_string_append(pair, node->value);
    for (guint i = 0; node->kind == YAML_LIST && i < node->items->len; i++) {
        const YamlNode *item = g_ptr_array_index(node->items, i);
        g_string_append_printf(pair, "%s%s", i ? ";" : "",
                               item->value ? item->value : "");
    }
    return g_string_free(g_steal_pointer(&pair), FALSE);
}

static bool
add_person(Store *store, const Workspace *workspace, const YamlNode *persona,
           int64_t now, GError **error)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func(g_free);
    const YamlNode *email = persona ? yaml_get(persona, "email") : NULL;
    uint8_t secret[32] = {0};
    g_autoptr(Keys) keys = keys_from_secret(secret);
    int64_t id;

    for (guint i = 0; persona && i < persona->items->len; i++) {
        const YamlNode *node = g_ptr_array_index(persona->items, i);
        if (strcmp(node->key, "id") != 0 && strcmp(node->key, "email") != 0)
            g_ptr_array_add(pairs, pair_of(node));
    }
    g_ptr_array_add(pairs, NULL);
    return candidate_add(store, workspace, keys,
                         email && email->value ? email->value
                                               : "nobody@example.org",
                         (const char *const *)pairs->pdata, now, &id, error);
}

Store *
persona_store(Catalogue *catalogue, const char *persona, int64_t now,
              GError **error)
{
    const Workspace *workspace = catalogue_workspace(catalogue);
    g_autoptr(Store) store = NULL;
    g_autoptr(YamlNode) all = persona ? read_personas(catalogue) : NULL;
    const YamlNode *map = persona ? find_persona(all, persona) : NULL;

    if (persona && !map) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "there is no '%s' in " PERSONAS, persona);
        return NULL;
    }
    store = store_open(":memory:", STORE_CREATE, error);
    if (!store || !field_set_migrate(workspace->fields, store, error) ||
        !add_person(store, workspace, map, now, error))
        return NULL;
    return g_steal_pointer(&store);
}

/* ---- real people --------------------------------------------------------- */

/* What the mail would print of this person: missing fields, and characters. */
static void
weigh(Statement *st, const Member *member, int64_t *out_missing,
      int64_t *out_length)
{
    const Rendering *r = member->rendering;
    guint fields = r ? mail_program_fields(r->program) : 0;

    *out_missing = *out_length = 0;
    for (guint i = 0; i < fields; i++) {
        const char *value = statement_text(st, r->fields[i]);
        if (value && *value)
            *out_length += (int64_t)strlen(value);
        else
            ++*out_missing;
    }
}

typedef struct {
    int64_t id, best, seen;
} Choice;

/* Reservoir of one: everybody has the same chance. */
static void
consider(Choice *c, const char *how, Statement *st, const Member *member)
{
    int64_t missing, length, weight;

    weigh(st, member, &missing, &length);
    c->seen++;
    if (strcmp(how, "random") == 0) {
        if (g_random_int_range(0, (gint32)MIN(c->seen, G_MAXINT32)) == 0)
            c->id = member->id;
        return;
    }
    weight = strcmp(how, "emptiest") == 0 ? missing * 100000 - length : length;
    if (c->id == 0 || weight > c->best) {
        c->id = member->id;
        c->best = weight;
    }
}

static bool
choose(Catalogue *catalogue, Store *store, const Campaign *campaign,
       const CampaignStep *step, const char *how, int64_t now, int64_t *out,
       GError **error)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(MailSelect) select =
        mail_select_new(catalogue, campaign, step, now, problems);
    g_autoptr(Statement) st = NULL;
    Choice choice = {0};

    if (!select) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "this mail has errors; mend them first");
        return false;
    }
    mail_select_audience_only(select);
    st = mail_select_prepare(select, store, AUDIENCE_ALL, error);
    if (!st)
        return false;
    audience_bind(st, AUDIENCE_ALL, 0);
    while (statement_step(st)) {
        Member member;
        mail_select_member(select, st, NULL, &member);
        consider(&choice, how, st, &member);
    }
    if (!statement_end(st, error))
        return false;
    *out = choice.id;
    if (!choice.id)
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "nobody is in the audience of '%s'", campaign->id);
    return choice.id != 0;
}

bool
person_find(Catalogue *catalogue, Store *store, const Campaign *campaign,
            const CampaignStep *step, const char *who, int64_t now,
            int64_t *out, GError **error)
{
    static const char *const ways[] = {"emptiest", "longest", "random", NULL};

    *out = 0;
    return g_strv_contains(ways, who)
               ? choose(catalogue, store, campaign, step, who, now, out, error)
               : candidate_find(store, who, out, error);
}
