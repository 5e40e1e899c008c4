/* SPDX-License-Identifier: Apache-2.0 */
/* check_unread.c - files and folders that look like an author's, and are not
 * read: nobody would miss them before the day the mail should have left */
#include "check-private.h"

#include <string.h>

typedef struct {
    const Workspace *workspace;
    Diagnostics *problems;
} Unread;

static char *
full_path(const Unread *u, const char *path)
{
    return g_build_filename(u->workspace->root, path, NULL);
}

static bool
path_is(const Unread *u, const char *path, GFileTest what)
{
    g_autofree char *full = full_path(u, path);

    return g_file_test(full, what);
}

/* E015: a name that is no file, or a file that cannot be opened. */
static void
check_readable(const Unread *u, const char *path)
{
    g_autofree char *full = full_path(u, path);
    g_autoptr(GError) error = NULL;
    g_autoptr(GMappedFile) file = NULL;
    const char *why = "it is a folder";

    if (!g_file_test(full, G_FILE_TEST_IS_DIR)) {
        if (!g_file_test(full, G_FILE_TEST_EXISTS))
            why = "the link leads nowhere";
        else if (!g_file_test(full, G_FILE_TEST_IS_REGULAR))
            why = "it is no ordinary file";
        else if ((file = g_mapped_file_new(full, FALSE, &error)))
            return;
        else
            why = "its permissions do not allow it";
    }
    diagnostics_add_file(u->problems, "E015", path, "'%s' cannot be read: %s",
                         path, why);
}

static void
report_unread(const Unread *u, const char *path, const char *suffix)
{
    g_autofree char *base = g_path_get_basename(path);
    const char *dot = strrchr(base, '.');
    gsize stem = strlen(path) - (dot ? strlen(dot) : 0);

    diagnostic_help(diagnostics_add_file(u->problems, "W013", path,
                                         "'%s' is not read: its name does not "
                                         "end in %s",
                                         base, suffix),
                    "git mv \"%s\" \"%.*s%s\"", path, (int)stem, path, suffix);
}

/* Names that only look like a text somebody wrote here. */
static bool
is_text_name(const char *name)
{
    static const char *const suffixes[] = {
        ".txt", ".markdown", ".mdown", ".md", ".mkd", ".MD", ".seg", ".Md"};

    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++)
        if (g_str_has_suffix(name, suffixes[i]))
            return !g_str_has_prefix(name, "README");
    return false;
}

/* Everything directly in `folder`; what ends in `suffix` is read. */
static void
check_suffixes(const Unread *u, const char *folder, const char *suffix)
{
    g_autofree char *full = full_path(u, folder);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_strconcat(folder, "/", name, NULL);
        if (name[0] == '.')
            continue;
        if (g_str_has_suffix(name, suffix))
            check_readable(u, path);
        else if (is_text_name(name) && path_is(u, path, G_FILE_TEST_IS_REGULAR))
            report_unread(u, path, suffix);
    }
}

/* "fr" of welcome.fr.md; NULL: that is no language. Owned by the caller. */
static char *
language_in(const char *name)
{
    const char *dot = strchr(name, '.');

    if (!dot || strlen(dot) != strlen(".fr.md") ||
        !g_str_has_suffix(name, ".md") || !g_ascii_islower(dot[1]) ||
        !g_ascii_islower(dot[2]))
        return NULL;
    return g_strndup(dot + 1, 2);
}

/* W013: translations that nobody will be sent. */
static void
check_languages(const Unread *u, const char *folder)
{
    g_auto(GStrv) names = workspace_list(u->workspace, folder, ".md");

    for (char **name = names; *name; name++) {
        g_autofree char *language = language_in(*name);
        g_autofree char *path = g_strconcat(folder, "/", *name, NULL);
        if (!language ||
            g_strv_contains((const char *const *)u->workspace->languages,
                            language))
            continue;
        diagnostic_help(
            diagnostics_add_file(u->problems, "W013", path,
                                 "'%s' is not read: '%s' is not one of the "
                                 "languages",
                                 *name, language),
            "add it to 'languages' in nurture.yaml");
    }
}

/* E014: mails, but nothing that says to whom they go, and when. */
static void
check_campaign_folder(const Unread *u, const char *folder)
{
    g_autofree char *settings = g_strconcat(folder, "/campaign.md", NULL);
    g_autofree char *single = g_strconcat(folder, ".md", NULL);
    g_auto(GStrv) mails = workspace_list(u->workspace, folder, ".md");

    if (path_is(u, settings, G_FILE_TEST_EXISTS) &&
        path_is(u, single, G_FILE_TEST_IS_REGULAR))
        diagnostic_help(
            diagnostics_add_file(u->problems, "W013", single,
                                 "'%s' is not read: the folder %s/ has the "
                                 "same name",
                                 single, folder),
            "rename one of the two");
    if (mails[0] && !path_is(u, settings, G_FILE_TEST_EXISTS))
        diagnostic_help(
            diagnostics_add_file(u->problems, "E014", folder,
                                 "this folder has mails, and no campaign.md "
                                 "that sends them"),
            "'nurture new sequence NAME' writes one to copy");
    check_suffixes(u, folder, ".md");
    check_languages(u, folder);
}

void
check_unread(const Workspace *workspace, Diagnostics *problems)
{
    Unread u = {workspace, problems};
    g_autofree char *full = full_path(&u, "campaigns");
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    const char *name;

    check_suffixes(&u, "campaigns", ".md");
    check_languages(&u, "campaigns");
    check_suffixes(&u, "segments", ".seg");
    check_suffixes(&u, "senders", ".md");
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_strconcat("campaigns/", name, NULL);
        if (name[0] != '.' && !g_str_has_suffix(name, ".md") &&
            path_is(&u, path, G_FILE_TEST_IS_DIR))
            check_campaign_folder(&u, path);
    }
}
