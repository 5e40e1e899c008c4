/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c - author's files, from the folder or from a snapshot */
#include "campaign-private.h"
#include "git.h"

#include "nurture/error.h"

#include <string.h>
#include <sys/stat.h>

struct Catalogue {
    const Workspace *workspace;
    bool frozen;         /* all files are in `bytes` */
    bool drafts;         /* for reading only */
    GHashTable *bytes;   /* path -> GBytes */
    GHashTable *sources; /* path -> Source */
    GHashTable *lists;   /* directory -> char ** of names */
    GHashTable *mails;   /* campaign -> char ** of mail names */
    GPtrArray *allowed;  /* Allowed */
    char **campaigns;
    SegmentSet *segments;
};

/* One code that a file's `allow` names. */
typedef struct {
    char *path, *code;
    const Source *source;
    gsize offset, length;
} Allowed;

static void
allowed_free(gpointer p)
{
    Allowed *a = p;

    g_free(a->path);
    g_free(a->code);
    g_free(a);
}

static Catalogue *
catalogue_new(const Workspace *workspace, bool frozen)
{
    Catalogue *c = g_new0(Catalogue, 1);
    GDestroyNotify strv = (GDestroyNotify)g_strfreev;

    c->workspace = workspace;
    c->frozen = frozen;
    c->bytes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                     (GDestroyNotify)g_bytes_unref);
    c->sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify)source_free);
    c->lists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, strv);
    c->mails = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, strv);
    c->allowed = g_ptr_array_new_with_free_func(allowed_free);
    return c;
}

void
catalogue_free(Catalogue *catalogue)
{
    if (!catalogue)
        return;
    segment_set_free(catalogue->segments);
    g_strfreev(catalogue->campaigns);
    g_hash_table_unref(catalogue->mails);
    g_hash_table_unref(catalogue->lists);
    g_hash_table_unref(catalogue->sources);
    g_hash_table_unref(catalogue->bytes);
    g_ptr_array_unref(catalogue->allowed);
    g_free(catalogue);
}

void
catalogue_allow_drafts(Catalogue *catalogue)
{
    g_assert(!catalogue->frozen); /* what runs is sent */
    catalogue->drafts = true;
}

bool
catalogue_has_drafts(const Catalogue *catalogue)
{
    return catalogue->drafts;
}

const Workspace *
catalogue_workspace(const Catalogue *catalogue)
{
    return catalogue->workspace;
}

const SegmentSet *
catalogue_segments(const Catalogue *catalogue)
{
    return catalogue->segments;
}

bool
catalogue_is_frozen(const Catalogue *catalogue)
{
    return catalogue->frozen;
}

/* A path inside the workspace, never out of it. */
static bool
path_is_inside(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);

    return path[0] != '/' && !g_strv_contains((const char *const *)parts, "..");
}

GBytes *
catalogue_bytes(Catalogue *catalogue, const char *path)
{
    GBytes *bytes = g_hash_table_lookup(catalogue->bytes, path);
    g_autofree char *full = NULL;
    char *text = NULL;
    gsize size = 0;

    if (bytes || catalogue->frozen || !path_is_inside(path))
        return bytes;
    full = g_build_filename(catalogue->workspace->root, path, NULL);
    if (!g_file_get_contents(full, &text, &size, NULL))
        return NULL;
    bytes = g_bytes_new_take(text, size);
    g_hash_table_insert(catalogue->bytes, g_strdup(path), bytes);
    return bytes;
}

static const Source *
file_source(const char *path, gpointer data)
{
    Catalogue *catalogue = data;
    Source *source = g_hash_table_lookup(catalogue->sources, path);
    GBytes *bytes;
    gsize size;
    const char *text;

    if (source)
        return source;
    bytes = catalogue_bytes(catalogue, path);
    if (!bytes)
        return NULL;
    text = g_bytes_get_data(bytes, &size);
    source = source_new(path, text ? text : "", size);
    g_hash_table_insert(catalogue->sources, g_strdup(path), source);
    return source;
}

static GBytes *
file_bytes(const char *path, gpointer data)
{
    return catalogue_bytes(data, path);
}

static int
compare_sources(gconstpointer a, gconstpointer b)
{
    return strcmp(source_path(*(const Source *const *)a),
                  source_path(*(const Source *const *)b));
}

GPtrArray *
catalogue_sources(Catalogue *catalogue)
{
    GPtrArray *all = g_ptr_array_new();
    GHashTableIter iter;
    gpointer path, source;

    g_hash_table_iter_init(&iter, catalogue->sources);
    while (g_hash_table_iter_next(&iter, &path, &source))
        if (g_str_has_suffix(path, ".md"))
            g_ptr_array_add(all, source);
    g_ptr_array_sort(all, compare_sources);
    return all;
}

static bool
file_exists(const char *path, gsize *out_size, gpointer data)
{
    Catalogue *catalogue = data;
    g_autofree char *full = NULL;
    struct stat st;

    if (catalogue->frozen) {
        GBytes *bytes = g_hash_table_lookup(catalogue->bytes, path);
        if (bytes && out_size)
            *out_size = g_bytes_get_size(bytes);
        return bytes != NULL;
    }
    if (!path_is_inside(path))
        return false;
    full = g_build_filename(catalogue->workspace->root, path, NULL);
    if (stat(full, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    if (out_size)
        *out_size = (gsize)st.st_size;
    return true;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names directly in a directory of a frozen set. */
static char **
frozen_list(Catalogue *catalogue, const char *directory)
{
    g_autofree char *prefix = g_strconcat(directory, "/", NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, catalogue->bytes);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const char *rest = key;
        char *name, *slash;
        if (!g_str_has_prefix(rest, prefix))
            continue;
        name = g_strdup(rest + strlen(prefix));
        slash = strchr(name, '/');
        if (slash)
            *slash = '\0';
        if (g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_free(name);
        else
            g_ptr_array_add(names, name);
    }
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static char **
folder_list(Catalogue *catalogue, const char *directory)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *full =
        g_build_filename(catalogue->workspace->root, directory, NULL);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static const char *const *
file_list(const char *directory, gpointer data)
{
    Catalogue *catalogue = data;
    char **names = g_hash_table_lookup(catalogue->lists, directory);

    if (!names) {
        names = catalogue->frozen ? frozen_list(catalogue, directory)
                                  : folder_list(catalogue, directory);
        g_hash_table_insert(catalogue->lists, g_strdup(directory), names);
    }
    return (const char *const *)names;
}

TemplateFiles
catalogue_files(Catalogue *catalogue)
{
    return (TemplateFiles){file_source, file_exists, file_list, catalogue,
                           file_bytes};
}

static void
allow_one(Catalogue *catalogue, const Source *source, const YamlNode *node)
{
    Allowed *a;

    for (guint i = 0; i < catalogue->allowed->len; i++) {
        a = g_ptr_array_index(catalogue->allowed, i);
        if (a->source == source && a->offset == node->offset)
            return; /* this file has been read before */
    }
    a = g_new0(Allowed, 1);
    a->path = g_strdup(source_path(source));
    a->code = g_strdup(node->value);
    a->source = source;
    a->offset = node->offset;
    a->length = node->length;
    g_ptr_array_add(catalogue->allowed, a);
}

void
catalogue_allow(Catalogue *catalogue, const Source *source,
                const YamlNode *node)
{
    if (node && node->kind == YAML_SCALAR)
        allow_one(catalogue, source, node);
    for (guint i = 0; node && node->kind == YAML_LIST && i < node->items->len;
         i++) {
        const YamlNode *item = g_ptr_array_index(node->items, i);
        if (item->kind == YAML_SCALAR)
            allow_one(catalogue, source, item);
    }
}

/* Some warnings are about people: only `plan` can tell. */
static bool
only_data_tells(const char *code)
{
    static const char *const codes[] = {"W503", "W514", "W613", NULL};

    return code[0] != 'W' || code[1] == '7' || g_strv_contains(codes, code);
}

static bool
file_has_errors(const Diagnostics *problems, const char *path)
{
    for (guint i = 0; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        if (d->severity == SEVERITY_ERROR && strcmp(d->path, path) == 0)
            return true;
    }
    return false;
}

void
catalogue_settle(const Catalogue *catalogue, Diagnostics *problems,
                 bool report_unused)
{
    for (guint i = 0; i < catalogue->allowed->len; i++) {
        const Allowed *a = g_ptr_array_index(catalogue->allowed, i);
        bool used;
        diagnostics_allow(problems, a->path,
                          (const char *const[]){a->code, NULL}, &used);
        if (used || !report_unused || only_data_tells(a->code) ||
            file_has_errors(problems, a->path))
            continue;
        diagnostic_help(diagnostics_add(problems, "W118", a->source, a->offset,
                                        a->length,
                                        "'allow: %s' suppresses nothing in "
                                        "this file",
                                        a->code),
                        "delete it");
    }
}

/* campaigns/NAME.md and campaigns/NAME/campaign.md */
const char *const *
catalogue_campaigns(Catalogue *catalogue)
{
    g_autoptr(GPtrArray) names = NULL;

    if (catalogue->campaigns)
        return (const char *const *)catalogue->campaigns;
    names = g_ptr_array_new_with_free_func(g_free);
    for (const char *const *n = file_list("campaigns", catalogue); *n; n++) {
        g_autofree char *inner =
            g_strdup_printf("campaigns/%s/campaign.md", *n);
        g_autofree char *single = g_strdup_printf("campaigns/%s", *n);
        if (g_str_has_suffix(*n, ".md") && strcmp(*n, "README.md") != 0 &&
            file_exists(single, NULL, catalogue))
            g_ptr_array_add(names, g_strndup(*n, strlen(*n) - 3));
        else if (file_exists(inner, NULL, catalogue))
            g_ptr_array_add(names, g_strdup(*n));
    }
    g_ptr_array_add(names, NULL);
    catalogue->campaigns =
        (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
    return (const char *const *)catalogue->campaigns;
}

/* The mails of a campaign: for a folder, its files' stems. */
static const char *const *
mails_of(const char *campaign, gpointer data)
{
    Catalogue *catalogue = data;
    char **known = g_hash_table_lookup(catalogue->mails, campaign);
    g_autoptr(GPtrArray) names = NULL;
    g_autofree char *directory = NULL;

    if (known)
        return (const char *const *)known;
    if (!g_strv_contains(catalogue_campaigns(catalogue), campaign))
        return NULL;
    names = g_ptr_array_new_with_free_func(g_free);
    directory = g_strdup_printf("campaigns/%s", campaign);
    for (const char *const *n = file_list(directory, catalogue); *n; n++)
        if (g_str_has_suffix(*n, ".md") && strcmp(*n, "campaign.md") != 0)
            g_ptr_array_add(names, g_strndup(*n, strcspn(*n, ".")));
    if (names->len == 0)
        g_ptr_array_add(names, g_strdup(campaign));
    g_ptr_array_add(names, NULL);
    known = (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
    g_hash_table_insert(catalogue->mails, g_strdup(campaign), known);
    return (const char *const *)known;
}

ExpressionScope
catalogue_scope(Catalogue *catalogue)
{
    return (ExpressionScope){
        .fields = catalogue->workspace->fields,
        .segments =
            catalogue->segments ? segment_set_names(catalogue->segments) : NULL,
        .mails = mails_of,
        .campaigns = catalogue_campaigns(catalogue),
        .zone = catalogue->workspace->zone,
        .data = catalogue,
    };
}

static void
load_segments(Catalogue *catalogue, Diagnostics *problems)
{
    TemplateFiles files = catalogue_files(catalogue);
    ExpressionScope scope = catalogue_scope(catalogue);

    catalogue->segments = segment_set_load(&files, &scope, problems);
}

Catalogue *
catalogue_of_workspace(const Workspace *workspace, Diagnostics *problems)
{
    Catalogue *catalogue = catalogue_new(workspace, false);

    load_segments(catalogue, problems);
    return catalogue;
}

Catalogue *
catalogue_of_snapshot(const Workspace *workspace, Store *store,
                      const char *snapshot, GError **error)
{
    g_autoptr(Catalogue) catalogue = catalogue_new(workspace, true);
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT f.path, s.bytes FROM snapshot_file f"
                      " JOIN source_file s ON s.sha256 = f.sha256"
                      " WHERE f.snapshot = :snapshot",
                      error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":snapshot", snapshot);
    while (statement_step(st))
        g_hash_table_insert(catalogue->bytes, g_strdup(statement_text(st, 0)),
                            statement_blob(st, 1));
    if (!statement_end(st, error))
        return NULL;
    if (g_hash_table_size(catalogue->bytes) == 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_STORE,
                    "the snapshot %s is not in the database", snapshot);
        return NULL;
    }
    load_segments(catalogue, ignored); /* it had no errors when frozen */
    return g_steal_pointer(&catalogue);
}

/* One file as `commit` has it, seen from the workspace's folder. */
static GBytes *
committed(const Workspace *workspace, const char *commit, const char *path)
{
    g_autofree char *object = g_strdup_printf("%s:./%s", commit, path);
    const char *const arguments[] = {"cat-file", "blob", object, NULL};

    return git_read(workspace->root, arguments);
}

Catalogue *
catalogue_of_commit(const Workspace *workspace, const char *commit,
                    Diagnostics *problems, GError **error)
{
    const char *const verify[] = {"rev-parse",        "--verify", "--quiet",
                                  "--end-of-options", commit,     NULL};
    g_autoptr(GBytes) id = git_read(workspace->root, verify);
    const char *const list[] = {"ls-tree",     "-r",   "-z",
                                "--name-only", commit, "segments/",
                                "campaigns/",  NULL};
    g_autoptr(Catalogue) catalogue = catalogue_new(workspace, true);
    g_autoptr(GBytes) listed = id ? git_read(workspace->root, list) : NULL;
    g_auto(GStrv) paths = git_paths(listed);

    if (!listed) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "git has no commit '%s' of %s", commit, workspace->root);
        return NULL;
    }
    for (char **path = paths; *path; path++) {
        /* Of campaigns, conditions know only the names. */
        GBytes *bytes = g_str_has_prefix(*path, "segments/")
                            ? committed(workspace, commit, *path)
                            : g_bytes_new_static("", 0);
        if (bytes)
            g_hash_table_insert(catalogue->bytes, g_strdup(*path), bytes);
    }
    load_segments(catalogue, problems);
    return g_steal_pointer(&catalogue);
}
