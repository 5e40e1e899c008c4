/* SPDX-License-Identifier: Apache-2.0 */
/* check_personas.c - the invented people that previews are made for */
#include "check-private.h"

#include "campaign-private.h"

#include "nurture/candidates.h"
#include "nurture/text.h"

#include <string.h>

/* A list as an import would bring it: "backend;sre". */
static char *
joined(const YamlNode *node)
{
    g_auto(GStrv) values = read_list(node);

    return values ? g_strjoinv(";", values) : NULL;
}

static void
report_unknown(const Workspace *w, const YamlNode *node, const Source *source,
               Diagnostics *problems)
{
    const char *near = text_nearest(node->key, field_names(w->fields));
    Diagnostic *d;

    if (field_is_faulty(w->fields, node->key))
        return;
    d = diagnostics_add(problems, "E203", source, node->key_offset,
                        node->key_length, "unknown field '%s'", node->key);
    if (near) {
        diagnostic_note(d, "did you mean '%s'?", near);
        diagnostic_fix_all(d, near);
    }
    diagnostic_help(d, "'nurture fields' lists the fields of this workspace");
}

static void
check_member(const Workspace *w, const YamlNode *node, const Source *source,
             Diagnostics *problems)
{
    const Field *field = field_find(w->fields, node->key);
    g_autoptr(GString) json = g_string_new(NULL);
    g_autofree char *text = joined(node), *reason = NULL;

    if (strcmp(node->key, "id") == 0 || strcmp(node->key, "email") == 0)
        return; /* the table's check */
    if (!field)
        report_unknown(w, node, source, problems);
    else if (text && !candidate_value(w, field, text, json, &reason))
        diagnostics_add(problems,
                        field->type == FIELD_CHOICE || field->type == FIELD_SET
                            ? "E304"
                            : "E111",
                        source, node->offset, node->length, "%s", reason);
}

void
check_personas(Catalogue *catalogue, Diagnostics *problems)
{
    static const char *const no_texts[] = {NULL};
    const Workspace *w = catalogue_workspace(catalogue);
    TemplateFiles files = catalogue_files(catalogue);
    const Source *source = files.source("tests/personas.yaml", files.data);
    g_autoptr(YamlNode) all = NULL;
    const YamlNode *list;

    if (!source || !source_check(source, problems))
        return;
    all = yaml_read(source, 0, source_size(source), no_texts, problems);
    list = all ? yaml_get(all, "personas") : NULL;
    for (guint i = 0; list && list->kind == YAML_LIST && i < list->items->len;
         i++) {
        const YamlNode *map = g_ptr_array_index(list->items, i);
        if (map->kind != YAML_MAP)
            continue;
        settings_check(map, IN_PERSONA, source, problems);
        for (guint m = 0; m < map->items->len; m++)
            check_member(w, g_ptr_array_index(map->items, m), source, problems);
    }
}
