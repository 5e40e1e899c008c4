/* SPDX-License-Identifier: Apache-2.0 */
/* scaffold.c - drafts from the files of campaigns/new/ */
#include "nurture/scaffold.h"

#include "check-private.h"

#include "nurture/embedded.h"
#include "nurture/error.h"
#include "nurture/file.h"
#include "nurture/yaml.h"

#include <string.h>

#define SOURCES "campaigns/new/"

static const char *const kinds[] = {"newsletter.md", "sequence/",
                                    "segment.seg"};

/* "spring-news" -> "Spring news" */
static char *
title_of(const char *name)
{
    char *title = g_strdelimit(g_strdup(name), "-", ' ');

    title[0] = g_ascii_toupper(title[0]);
    return title;
}

static char *
personalise(const char *text, const Draft *draft)
{
    g_autoptr(GString) s = g_string_new(text);
    g_autofree char *own = title_of(draft->name);
    g_autofree char *title = yaml_write_text(draft->title ? draft->title : own);

    g_string_replace(s, "@TITLE@", title, 0);
    g_string_replace(s, "@NAME@", draft->name, 0);
    g_string_replace(s, "@AUDIENCE@",
                     draft->audience ? draft->audience : "everyone", 0);
    g_string_replace(s, "@SENDER@", draft->sender ? draft->sender : "recruiter",
                     0);
    return g_string_free(g_steal_pointer(&s), FALSE);
}

/* Where an embedded file goes in the workspace; NULL = it is of another kind.
 */
static char *
target(const Draft *draft, const char *path)
{
    const char *kind = kinds[draft->kind];

    if (!g_str_has_prefix(path, SOURCES))
        return NULL;
    path += strlen(SOURCES);
    if (!g_str_has_prefix(path, kind))
        return NULL;
    if (draft->kind == DRAFT_SEQUENCE)
        return g_strdup_printf("campaigns/%s/%s", draft->name,
                               path + strlen(kind));
    if (draft->kind == DRAFT_SEGMENT)
        return g_strdup_printf("segments/%s.seg", draft->name);
    return g_strdup_printf("campaigns/%s.md", draft->name);
}

static bool
is_there(const Workspace *workspace, const Draft *draft, const char *suffix,
         GError **error)
{
    g_autofree char *path = g_strdup_printf(
        "%s/%s%s", draft->kind == DRAFT_SEGMENT ? "segments" : "campaigns",
        draft->name, suffix);
    g_autofree char *full = g_build_filename(workspace->root, path, NULL);

    if (!g_file_test(full, G_FILE_TEST_EXISTS))
        return false;
    g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                "%s is there already; nothing was changed", path);
    return true;
}

static bool
is_sender(const Workspace *workspace, const char *name, GError **error)
{
    if (!name || strcmp(name, "recruiter") == 0 ||
        workspace_sender(workspace, name))
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "there is no senders/%s.md; write recruiter, or one of "
                "senders/",
                name);
    return false;
}

/* A list is left to `check`. */
static bool
is_audience(const Workspace *workspace, const char *text, GError **error)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Catalogue) catalogue =
        catalogue_of_workspace(workspace, problems);
    ExpressionScope scope = catalogue_scope(catalogue);
    g_autoptr(Source) source = NULL;
    g_autoptr(Expression) read = NULL;
    guint first = diagnostics_length(problems);
    const Diagnostic *d;

    if (!text || text[0] == '[')
        return true;
    source = source_new("audience", text, strlen(text));
    read = expression_parse(&scope, source, 0, strlen(text), problems);
    if (read)
        return true;
    d = first < diagnostics_length(problems) ? diagnostics_get(problems, first)
                                             : NULL;
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "the audience '%s' is not understood: %s%s%s", text,
                d ? d->message : "see nurture check", d && d->note ? "; " : "",
                d && d->note ? d->note : "");
    return false;
}

static bool
may_be_made(const Workspace *workspace, const Draft *draft, GError **error)
{
    const char *fault = name_fault(draft->name);
    g_autofree char *better = name_better(draft->name);

    if (fault) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "'%s' cannot be a name: %s%s%s%s", draft->name, fault,
                    name_fault(better) ? "" : "; try '",
                    name_fault(better) ? "" : better,
                    name_fault(better) ? "" : "'");
        return false;
    }
    if (draft->kind != DRAFT_SEGMENT)
        return !is_there(workspace, draft, ".md", error) &&
               !is_there(workspace, draft, "", error) &&
               is_sender(workspace, draft->sender, error) &&
               is_audience(workspace, draft->audience, error);
    if (field_find(workspace->fields, draft->name)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "'%s' is the name of a field; a segment needs another one",
                    draft->name);
        return false;
    }
    return !is_there(workspace, draft, ".seg", error);
}

char **
draft_write(const Workspace *workspace, const Draft *draft, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

    if (!may_be_made(workspace, draft, error))
        return NULL;
    for (const Embedded *e = embedded_files; e->path; e++) {
        g_autofree char *path = target(draft, e->path);
        g_autofree char *full = NULL, *text = NULL;

        if (!path)
            continue;
        text = personalise(e->start, draft);
        full = g_build_filename(workspace->root, path, NULL);
        if (!file_create(full, text, strlen(text), error))
            return NULL;
        g_ptr_array_add(paths, g_steal_pointer(&path));
    }
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
}
