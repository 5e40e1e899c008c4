/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_fmt.c - every file in its canonical form */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/file.h"
#include "nurture/format.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Writes settings, quotes and ends of lines in one way, puts values in\n"
    "quotes that YAML would misread, and 'or' for 'default:'. The meaning of\n"
    "no file changes. Without FILE, all files of the workspace; the names of\n"
    "those that changed go to stdout. With --check nothing is written, and\n"
    "the exit status is 1 when a file would change.";

typedef struct {
    const char *charset;
    bool check;
    const char *root;
    guint changed;
} Format;

/* FALSE with `error` when the file cannot be read or written. */
static bool
format_file(Format *f, const char *path, const char *shown, GError **error)
{
    g_autofree char *text = NULL, *utf8 = NULL, *tidy = NULL;
    g_autoptr(GError) why = NULL;
    gsize size, read, length;

    if (!g_file_get_contents(path, &text, &read, &why)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s", why->message);
        return false;
    }
    size = read;
    if (f->charset) {
        utf8 = format_recode(text, read, f->charset, &size, error);
        if (!utf8) {
            g_prefix_error(error, "%s: ", shown);
            return false;
        }
    }
    tidy = format_text(shown, utf8 ? utf8 : text, size, &length);
    if (length == read && memcmp(tidy, text, read) == 0)
        return true;
    f->changed++;
    printf("%s\n", shown);
    return f->check || file_replace(path, tidy, length, error);
}

static bool
is_formatted(const char *name)
{
    static const char *const ends[] = {".md", ".yaml", ".seg"};

    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
        if (g_str_has_suffix(name, ends[i]))
            return strcmp(name, "README.md") != 0;
    return strcmp(name, "layout.html") == 0;
}

static int
compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
format_folder(Format *f, const char *folder, GError **error)
{
    g_autofree char *full = g_build_filename(f->root, folder, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = NULL, *shown = NULL;
        name = g_ptr_array_index(names, i);
        path = g_build_filename(full, name, NULL);
        shown = *folder ? g_build_filename(folder, name, NULL) : g_strdup(name);
        if (g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            continue;
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            if (!format_folder(f, shown, error))
                return false;
        } else if (is_formatted(name) && !format_file(f, path, shown, error)) {
            return false;
        }
    }
    return true;
}

static bool
format_named(Format *f, const char *directory, char **paths, GError **error)
{
    for (; *paths; paths++) {
        g_autofree char *path = g_canonicalize_filename(*paths, directory);
        if (!format_file(f, path, *paths, error))
            return false;
    }
    return true;
}

int
cmd_fmt(int argc, char **argv, CliContext *cli)
{
    gboolean check = FALSE;
    g_autofree char *charset = NULL;
    const GOptionEntry entries[] = {
        {"check", 0, 0, G_OPTION_ARG_NONE, &check,
         "Only name the files that would change", NULL},
        {"from", 0, 0, G_OPTION_ARG_STRING, &charset,
         "Read files that are not UTF-8 in this encoding", "windows-1252"},
        {NULL},
    };
    int status = cli_options(entries, "[FILE..] - write files in one way", help,
                             &argc, &argv);
    g_autofree char *directory = NULL, *root = NULL;
    GError *error = NULL;
    Format f = {0};
    bool done;

    if (status >= 0)
        return status;
    directory = g_canonicalize_filename(cli->directory, NULL);
    f.charset = charset;
    f.check = check;
    if (argc > 1) {
        done = format_named(&f, directory, argv + 1, &error);
    } else {
        f.root = root = workspace_root(directory, &error);
        done = root && format_folder(&f, "", &error);
    }
    if (!done)
        return cli_error(error);
    return f.check && f.changed > 0;
}
