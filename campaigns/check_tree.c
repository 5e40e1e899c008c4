/* SPDX-License-Identifier: Apache-2.0 */
/* check_tree.c - names of files, and files that must not be in the folder */
#include "check-private.h"
#include "git.h"

#include "nurture/text.h"

#include <string.h>

#define LOOKED_AT (4 * 1024 * 1024) /* bytes of a tracked file */
#define FEW       10 /* addresses that a text may hold without being a list */

/* ---- E009 ---------------------------------------------------------------- */

const char *
name_fault(const char *stem)
{
    if (strchr(stem, ' '))
        return "it has a space";
    for (const char *c = stem; *c; c++)
        if (g_ascii_isupper(*c))
            return "it has a capital letter";
        else if ((guchar)*c >= 0x80)
            return "it has a letter with an accent";
        else if (!g_ascii_islower(*c) && !g_ascii_isdigit(*c) && *c != '-')
            return "only letters, digits and '-' may stand in it";
    return *stem && g_ascii_islower(*stem) ? NULL
                                           : "it does not start with a letter";
}

/* "Über Uns" -> "uber-uns" */
char *
name_better(const char *stem)
{
    g_autofree char *plain = g_str_to_ascii(stem, "C");
    GString *out = g_string_new(NULL);

    for (const char *c = plain; *c; c++)
        if (g_ascii_isalnum(*c))
            g_string_append_c(out, g_ascii_tolower(*c));
        else if (out->len > 0 && out->str[out->len - 1] != '-')
            g_string_append_c(out, '-');
    while (out->len > 0 && out->str[out->len - 1] == '-')
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

static void
check_name(const char *folder, const char *name, const char *what,
           Diagnostics *problems)
{
    g_autofree char *path = g_strconcat(folder, "/", name, NULL);
    gsize length = strcspn(name, ".");
    g_autofree char *stem = g_strndup(name, length);
    g_autofree char *better = name_better(stem);
    const char *wrong = name_fault(stem);
    Diagnostic *d;

    if (!wrong)
        return;
    d = diagnostics_add_file(problems, "E009", path,
                             "'%s' cannot be %s name: %s", name, what, wrong);
    if (name_fault(better) == NULL)
        diagnostic_help(d, "git mv \"%s\" %s/%s%s", path, folder, better,
                        name + length);
    else
        diagnostic_help(d, "use lower-case letters, digits and '-'");
}

static void
check_folder(const Workspace *workspace, const char *folder, const char *what,
             Diagnostics *problems)
{
    g_auto(GStrv) names = workspace_list(workspace, folder, ".md");

    for (char **name = names; *name; name++)
        if (strcmp(*name, "README.md") != 0)
            check_name(folder, *name, what, problems);
}

void
check_names(const Workspace *workspace, Catalogue *catalogue,
            Diagnostics *problems)
{
    const char *const *id = catalogue_campaigns(catalogue);

    check_folder(workspace, "campaigns", "a campaign's", problems);
    for (; *id; id++) {
        g_autofree char *folder = g_strconcat("campaigns/", *id, NULL);
        g_autofree char *full = g_build_filename(workspace->root, folder, NULL);
        if (!g_file_test(full, G_FILE_TEST_IS_DIR))
            continue;
        check_name("campaigns", *id, "a campaign's", problems);
        check_folder(workspace, folder, "a mail's", problems);
    }
    check_folder(workspace, "senders", "a sender's", problems);
    check_folder(workspace, "roles", "a role's", problems);
    check_folder(workspace, "templates/snippets", "a snippet's", problems);
}

/* ---- E011 ---------------------------------------------------------------- */

static bool
is_address_char(char c)
{
    return g_ascii_isalnum(c) || strchr("._%+-", c) != NULL;
}

static gsize
count_addresses(const char *text, gsize size)
{
    gsize count = 0;

    for (gsize i = 1; i + 1 < size; i++) {
        gsize end = i + 1, dots = 0;
        if (text[i] != '@' || !text[i - 1] || !is_address_char(text[i - 1]))
            continue;
        while (end < size && text[end] &&
               (g_ascii_isalnum(text[end]) || strchr(".-", text[end]))) {
            dots += text[end] == '.' && end > i + 1;
            end++;
        }
        count += dots > 0;
        i = end;
    }
    return count;
}

/* Where colleagues' and invented addresses belong. */
static bool
may_hold_addresses(const char *path)
{
    return g_str_has_prefix(path, "senders/") ||
           strcmp(path, "tests/personas.yaml") == 0 ||
           strcmp(path, "nurture.yaml") == 0;
}

static bool
is_table(const char *path)
{
    static const char *const ends[] = {".csv", ".tsv", ".jsonl", ".eml",
                                       ".mbox"};

    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
        if (g_str_has_suffix(path, ends[i]))
            return true;
    return false;
}

static void
check_tracked(const char *root, const char *path, Diagnostics *problems)
{
    g_autofree char *full = g_build_filename(root, path, NULL);
    g_autoptr(GMappedFile) file = g_mapped_file_new(full, FALSE, NULL);
    gsize count;

    if (!file || may_hold_addresses(path))
        return;
    count = count_addresses(g_mapped_file_get_contents(file),
                            MIN(g_mapped_file_get_length(file), LOOKED_AT));
    if (count == 0 || (!is_table(path) && count < FEW))
        return;
    diagnostic_help(
        diagnostics_add_file(problems, "E011", path,
                             "'%s' holds %s e-mail address%s and is tracked "
                             "by git",
                             path, number_format((int64_t)count),
                             count == 1 ? "" : "es"),
        "git rm --cached %s, then ask your administrator: it is still in the "
        "history",
        path);
}

void
check_no_candidates(const Workspace *workspace, Diagnostics *problems)
{
    static const char *const arguments[] = {"ls-files", "-z", NULL};
    g_autoptr(GBytes) out = git_read(workspace->root, arguments);
    g_auto(GStrv) paths = git_paths(out);

    for (char **path = paths; *path; path++)
        check_tracked(workspace->root, *path, problems);
}
