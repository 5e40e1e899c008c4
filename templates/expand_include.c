/* SPDX-License-Identifier: Apache-2.0 */
/* expand_include.c - {% include %}: snippets, and the text of a role */
#include "expansion.h"

#include "nurture/text.h"
#include "nurture/yaml.h"

#include <string.h>

#define INCLUDES_MAX 200

static void
report_missing_snippet(Expansion *x, const Piece *piece, gsize rest,
                       const char *name)
{
    const TemplateFiles *files = &x->compiler->context->files;
    const char *const *list =
        files->list ? files->list("templates/snippets", files->data) : NULL;
    g_autoptr(GPtrArray) stems = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *message =
        g_strdup_printf("there is no snippet '%s'", name);
    const char *near;
    Diagnostic *d =
        expansion_report(x, "E218", rest, piece->inner_end, message);

    for (; list && *list; list++) {
        char *stem = g_strdup(*list);
        if (g_str_has_suffix(stem, ".md"))
            stem[strlen(stem) - 3] = '\0';
        g_ptr_array_add(stems, stem);
    }
    g_ptr_array_add(stems, NULL);
    near = text_nearest(name, (const char *const *)stems->pdata);
    if (near)
        diagnostic_note(d, "did you mean '%s'?", near);
    diagnostic_help(d, "snippets live in templates/snippets/");
}

/* The file a snippet's name means: false when it is in error. */
static bool
snippet_is_open(Expansion *x, const Piece *piece, const char *path)
{
    GPtrArray *open = x->compiler->snippets;
    g_autoptr(GString) circle = g_string_new(NULL);

    for (guint i = 0; i < open->len; i++) {
        const char *other = g_ptr_array_index(open, i);
        if (strcmp(other, path) != 0 && circle->len == 0)
            continue;
        g_string_append_printf(circle, "%s > ", other);
    }
    if (circle->len > 0) {
        g_autofree char *message = g_strdup_printf(
            "snippets include each other in a circle: %s%s", circle->str, path);
        expansion_report(x, "E219", piece->start, piece->end, message);
        return true;
    }
    if (open->len >= BLOCK_DEPTH_MAX) {
        expansion_report(x, "E220", piece->start, piece->end,
                         "snippets are nested more than 8 deep");
        return true;
    }
    return false;
}

static void
expand_source(Expansion *x, const Piece *piece, const char *name,
              const Source *source, gsize start)
{
    g_autofree char *own = NULL, *prefix = NULL;
    TagText in = {source, source_text(source) + start,
                  source_size(source) - start, start, NULL};
    Expansion inner = {x->compiler, &in, NULL, x->out, x->live, "", 0};

    if (!g_utf8_validate_len(in.text, in.length, NULL))
        return;
    while (in.length > 0 && g_ascii_isspace(in.text[in.length - 1]))
        in.length--;
    if (!is_own_line(x, piece, &own))
        own = g_strdup("");
    prefix = g_strconcat(x->prefix, own, NULL);
    inner.prefix = prefix;
    inner.pieces =
        tag_scan(&in, field_names(x->compiler->context->workspace->fields),
                 x->compiler->problems);
    g_ptr_array_add(x->compiler->snippets, (gpointer)name);
    expand_range(&inner, 0, inner.pieces->len);
    g_ptr_array_set_size(x->compiler->snippets,
                         (gint)x->compiler->snippets->len - 1);
    g_array_unref(inner.pieces);
}

/* {% include role %}: the text of the role's own file. */
static void
expand_role(Expansion *x, const Piece *piece)
{
    const TemplateFiles *files = &x->compiler->context->files;
    const char *role = static_value(x->compiler->context, "role");
    g_autofree char *path = NULL;
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    const Source *source;
    gsize start, end, body;

    if (!x->compiler->context->scope.needs_role) {
        expansion_report(
            x, "E223", piece->inner, piece->inner_end,
            "'role' is only known in a campaign with 'needs: role'");
        return;
    }
    if (!role || !files->source)
        return;
    path = g_strdup_printf("roles/%s.md", role);
    source = files->source(path, files->data);
    if (source && front_matter_split(source, &start, &end, &body, ignored))
        expand_source(x, piece, "role", source, body);
}

void
expand_include(Expansion *x, const Piece *piece)
{
    const TemplateFiles *files = &x->compiler->context->files;
    g_autofree char *name = NULL, *path = NULL;
    const Source *source = NULL;
    gsize rest, end = piece->inner_end;

    if (++x->compiler->includes > INCLUDES_MAX) {
        expansion_full(x, piece, "this mail includes more than 200 snippets");
        return;
    }
    g_free(block_keyword(x, piece, &rest));
    name = g_strndup(x->in->text + rest, end - rest);
    if (!strcmp(name, "role")) {
        expand_role(x, piece);
        return;
    }
    if (strlen(name) < 3 || name[0] != '"' || name[strlen(name) - 1] != '"' ||
        strchr(name, '/') || strstr(name, "..")) {
        diagnostic_help(
            expansion_report(x, "E204", rest, MAX(end, rest + 1),
                             "did not understand the rest of this tag"),
            "the form is {%% include \"snippet\" %%}");
        return;
    }
    name[strlen(name) - 1] = '\0';
    path = g_strdup_printf("templates/snippets/%s.md", name + 1);
    if (files->source)
        source = files->source(path, files->data);
    if (!source)
        report_missing_snippet(x, piece, rest, name + 1);
    else if (!snippet_is_open(x, piece, name + 1))
        expand_source(x, piece, name + 1, source, 0);
}
