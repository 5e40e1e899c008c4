/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - what a name in a merge tag means */
#include "names.h"

#include <string.h>

typedef struct {
    const char *name;
    TermKind kind;
    FieldType type;
    bool nullable;
    LayoutSlot layout;
} KnownName;

static const KnownName known_names[] = {
    {"recruiter.name", TERM_SENDER_NAME, FIELD_TEXT, false, 0},
    {"recruiter.email", TERM_SENDER_EMAIL, FIELD_TEXT, false, 0},
    {"recruiter.title", TERM_SENDER_TITLE, FIELD_TEXT, true, 0},
    {"recruiter.phone", TERM_SENDER_PHONE, FIELD_TEXT, true, 0},
    {"company.name", TERM_TEXT, FIELD_TEXT, false, 0},
    {"campaign.name", TERM_TEXT, FIELD_TEXT, false, 0},
    {"legal.postal_address", TERM_TEXT, FIELD_TEXT, false, 0},
    {"legal.privacy_url", TERM_PRIVACY, FIELD_URL, false, 0},
    {"links.unsubscribe", TERM_UNSUBSCRIBE, FIELD_URL, false, 0},
    {"links.preferences", TERM_PREFERENCES, FIELD_URL, false, 0},
    {"links.view", TERM_VIEW, FIELD_URL, false, 0},
    {"links.interested", TERM_INTERESTED, FIELD_URL, false, 0},
    {"links.privacy", TERM_PRIVACY, FIELD_URL, false, 0},
    {"token", TERM_TOKEN, FIELD_TEXT, false, 0},
    {"today", TERM_TODAY, FIELD_DATE, false, 0},
    {"role.title", TERM_TEXT, FIELD_TEXT, false, 0},
    {"role.city", TERM_TEXT, FIELD_TEXT, false, 0},
    {"role.url", TERM_TEXT, FIELD_URL, false, 0},
    {"role.salary", TERM_TEXT, FIELD_TEXT, false, 0},
    {"role.recruiter", TERM_TEXT, FIELD_TEXT, false, 0},
    {"role.interests", TERM_TEXT, FIELD_SET, false, 0},
    {"role.levels", TERM_TEXT, FIELD_SET, false, 0},
    {"role.countries", TERM_TEXT, FIELD_SET, false, 0},
    {"role.opens", TERM_TEXT, FIELD_DATE, false, 0},
    {"role.closes", TERM_TEXT, FIELD_DATE, false, 0},
};

/* Names only a layout knows; `language` shadows the candidate's field. */
static const KnownName layout_names[] = {
    {"subject", TERM_TEXT, FIELD_TEXT, false, LAYOUT_SUBJECT},
    {"preheader", TERM_TEXT, FIELD_TEXT, false, LAYOUT_PREHEADER},
    {"content", TERM_TEXT, FIELD_TEXT, false, LAYOUT_CONTENT},
    {"signature", TERM_TEXT, FIELD_TEXT, false, LAYOUT_SIGNATURE},
    {"why", TERM_WHY, FIELD_TEXT, false, 0},
    {"notice", TERM_NOTICE, FIELD_TEXT, false, 0},
    {"language", TERM_TEXT, FIELD_TEXT, false, 0},
    {"theme.font", TERM_TEXT, FIELD_TEXT, false, LAYOUT_THEME},
    {"theme.text", TERM_TEXT, FIELD_TEXT, false, LAYOUT_THEME},
    {"theme.accent", TERM_TEXT, FIELD_TEXT, false, LAYOUT_THEME},
    {"theme.width", TERM_TEXT, FIELD_TEXT, false, LAYOUT_THEME},
};

const char *
static_value(const TemplateContext *context, const char *name)
{
    for (const StaticValue *s = context->statics; s && s->name; s++)
        if (!strcmp(s->name, name) && s->values && s->values[0])
            return s->values[0];
    return NULL;
}

/* All values of a role's list, as a candidate's set is written. */
static char *
static_list(const TemplateContext *context, const char *name)
{
    for (const StaticValue *s = context->statics; s && s->name; s++)
        if (!strcmp(s->name, name) && s->values)
            return g_strjoinv("\x1f", (char **)s->values);
    return NULL;
}

/* A role's date as milliseconds in decimal, like a candidate's. */
static char *
role_date(const Compiler *compiler, const char *value)
{
    int64_t at = 0;

    if (!value)
        return NULL;
    if (!date_parse(value, compiler->zone, &at, NULL))
        return g_strdup(value);
    return g_strdup_printf("%" G_GINT64_FORMAT, at);
}

static char *
constant_text(const Compiler *compiler, const KnownName *known)
{
    const TemplateContext *context = compiler->context;
    const Workspace *workspace = context->workspace;

    if (known->type == FIELD_SET)
        return static_list(context, known->name);
    if (known->type == FIELD_DATE)
        return role_date(compiler, static_value(context, known->name));
    if (!strcmp(known->name, "company.name"))
        return g_strdup(workspace->company);
    if (!strcmp(known->name, "campaign.name"))
        return g_strdup(context->campaign_name);
    if (!strcmp(known->name, "legal.postal_address"))
        return g_strdup(workspace->legal.postal_address);
    if (!strcmp(known->name, "language"))
        return g_strdup(compiler->program->language);
    if (!strcmp(known->name, "theme.font"))
        return g_strdup(workspace->theme.font);
    if (!strcmp(known->name, "theme.text"))
        return g_strdup(workspace->theme.text);
    if (!strcmp(known->name, "theme.accent"))
        return g_strdup(workspace->theme.accent);
    if (!strcmp(known->name, "theme.width"))
        return g_strdup_printf("%d", workspace->theme.width);
    return g_strdup(static_value(context, known->name));
}

static bool
lookup_in(const Compiler *compiler, const KnownName *names, gsize count,
          const char *name, NameMeaning *out)
{
    for (gsize i = 0; i < count; i++) {
        const KnownName *known = &names[i];
        if (strcmp(known->name, name) != 0)
            continue;
        out->is_known = true;
        out->kind = known->kind;
        out->type = known->type;
        out->nullable = known->nullable;
        out->layout = known->layout;
        if (known->kind == TERM_TEXT)
            out->text = constant_text(compiler, known);
        out->is_own_link =
            g_str_has_prefix(name, "links.") || known->kind == TERM_PRIVACY;
        out->from_sender = g_str_has_prefix(name, "recruiter.");
        return true;
    }
    return false;
}

/* NAME.title, where NAME runs over roles. */
static bool
lookup_role(const Compiler *compiler, const LoopVariable *loop,
            const char *name, NameMeaning *out)
{
    gsize length = strlen(loop->name);
    g_autofree char *known = NULL, *date = NULL;
    const YamlNode *value;

    if (strncmp(name, loop->name, length) != 0 || name[length] != '.')
        return false;
    known = g_strconcat("role.", name + length + 1, NULL);
    if (!lookup_in(compiler, known_names, G_N_ELEMENTS(known_names), known,
                   out))
        return false;
    g_clear_pointer(&out->text, g_free);
    out->in_loop = true;
    value = loop->role->items ? yaml_get(loop->role, name + length + 1) : NULL;
    out->text = role_text(value);
    if (out->type == FIELD_DATE) {
        date = g_steal_pointer(&out->text);
        out->text = role_date(compiler, date);
    }
    return true;
}

static bool
lookup_loop(const Compiler *compiler, const char *name, NameMeaning *out)
{
    for (guint i = compiler->loops->len; i-- > 0;) {
        const LoopVariable *loop =
            &g_array_index(compiler->loops, LoopVariable, i);
        if (loop->role && lookup_role(compiler, loop, name, out))
            return true;
        if (loop->role || strcmp(loop->name, name) != 0)
            continue;
        out->is_known = true;
        out->kind = TERM_FIELD;
        out->type = FIELD_TEXT;
        out->field = loop->field;
        out->item = loop->item;
        return true;
    }
    return false;
}

char *
role_text(const YamlNode *value)
{
    GString *out;

    if (!value || value->kind == YAML_MAP)
        return NULL;
    if (value->kind == YAML_SCALAR)
        return g_strdup(value->value);
    out = g_string_new(NULL);
    for (guint i = 0; i < value->items->len; i++) {
        const YamlNode *item = g_ptr_array_index(value->items, i);
        g_string_append_printf(out, "%s%s", i ? "\x1f" : "",
                               item->value ? item->value : "");
    }
    return g_string_free(out, FALSE);
}

NameMeaning
name_lookup(const Compiler *compiler, const char *name)
{
    NameMeaning out = {0};
    const Field *field;

    if (lookup_loop(compiler, name, &out))
        return out;
    if (compiler->kind == TEXT_LAYOUT &&
        lookup_in(compiler, layout_names, G_N_ELEMENTS(layout_names), name,
                  &out))
        return out;
    if (lookup_in(compiler, known_names, G_N_ELEMENTS(known_names), name, &out))
        return out;
    field = field_find(compiler->context->workspace->fields, name);
    if (field) {
        out.is_known = true;
        out.kind = TERM_FIELD;
        out.type = field->type;
        out.field = field;
        out.nullable = !field->never_missing;
        out.is_private = field->is_private;
    }
    return out;
}

const char *const *
names_all(Compiler *compiler)
{
    const char *const *fields;

    if (compiler->names->len > 0)
        return (const char *const *)compiler->names->pdata;
    fields = field_names(compiler->context->workspace->fields);
    for (; *fields; fields++)
        g_ptr_array_add(compiler->names, (gpointer)*fields);
    for (gsize i = 0; i < G_N_ELEMENTS(known_names); i++)
        g_ptr_array_add(compiler->names, (gpointer)known_names[i].name);
    g_ptr_array_add(compiler->names, NULL);
    return (const char *const *)compiler->names->pdata;
}
