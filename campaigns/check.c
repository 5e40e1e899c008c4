/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - every problem of a workspace's files, or of some of them
 *
 * What is wrong in one file may only be seen while another is read: so a file
 * is checked by looking at whatever uses it, and then keeping its part. */
#include "nurture/check.h"

#include "check-private.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <string.h>

typedef struct {
    const Workspace *workspace;
    Catalogue *catalogue;
    Diagnostics *problems;
    bool links;
} Checking;

static bool
check_campaign(const Checking *c, const char *id, GError **error)
{
    guint errors = diagnostics_count(c->problems, SEVERITY_ERROR);
    g_autoptr(Campaign) campaign =
        campaign_load(c->catalogue, id, NULL, c->problems, error);

    if (!campaign)
        return false;
    campaign_check(c->catalogue, campaign, c->problems);
    if (diagnostics_count(c->problems, SEVERITY_ERROR) == errors)
        check_subjects(c->catalogue, campaign, clock_now(), c->problems);
    return true;
}

/* E624 is the one way to end here without a word; E015 is for the rest. */
static void
report_not_loaded(const Checking *c, const char *id, const GError *error)
{
    bool no_role = g_error_matches(error, NURTURE_ERROR, ERROR_NOT_FOUND);
    g_autofree char *path = g_strdup_printf("campaigns/%s.md", id);
    TemplateFiles files = catalogue_files(c->catalogue);

    if (!files.exists(path, NULL, files.data)) {
        g_free(path);
        path = g_strdup_printf("campaigns/%s/campaign.md", id);
    }
    diagnostic_help(diagnostics_add_file(c->problems, no_role ? "E624" : "E015",
                                         path, "%s", error->message),
                    no_role ? "write roles/NAME.md; 'nurture help settings' "
                              "says what is in it"
                            : "can this account open it?");
}

static void
check_campaigns(const Checking *c)
{
    const char *const *id = catalogue_campaigns(c->catalogue);

    for (; *id; id++) {
        g_autoptr(GError) error = NULL;
        guint errors = diagnostics_count(c->problems, SEVERITY_ERROR);
        if (!check_campaign(c, *id, &error) &&
            diagnostics_count(c->problems, SEVERITY_ERROR) == errors)
            report_not_loaded(c, *id, error);
    }
}

static void
check_roles(const Checking *c)
{
    g_auto(GStrv) names = workspace_list(c->workspace, "roles", ".md");

    for (char **name = names; *name; name++) {
        g_autofree char *path = g_strconcat("roles/", *name, NULL);
        loose_file_check(c->catalogue, path, c->problems);
    }
}

static void
check_all(const Checking *c)
{
    check_campaigns(c);
    check_roles(c);
    check_names(c->workspace, c->catalogue, c->problems);
    check_unread(c->workspace, c->problems);
    check_personas(c->catalogue, c->problems);
    check_older_than(c->workspace, c->catalogue, clock_now(), c->problems);
    check_no_candidates(c->workspace, c->problems);
    check_holidays(c->workspace, clock_now(), c->problems);
    if (c->links)
        check_links(c->catalogue, c->problems);
}

/* "campaigns/x/y.md" or "campaigns/x.md" -> "x" if that is a campaign. */
static char *
campaign_of(const Checking *c, const char *path)
{
    g_autofree char *name = NULL;

    if (!g_str_has_prefix(path, "campaigns/"))
        return NULL;
    path += strlen("campaigns/");
    name = g_strndup(path, strcspn(path, "/"));
    if (g_str_has_suffix(name, ".md"))
        name[strlen(name) - 3] = '\0';
    return g_strv_contains(catalogue_campaigns(c->catalogue), name)
               ? g_steal_pointer(&name)
               : NULL;
}

static bool
is_loose(const Checking *c, const char *path)
{
    g_autofree char *campaign = campaign_of(c, path);

    return !campaign && !g_str_has_prefix(path, "templates/") &&
           !g_str_has_prefix(path, "senders/") && g_str_has_suffix(path, ".md");
}

static void
check_path(const Checking *c, const char *path)
{
    g_autofree char *campaign = campaign_of(c, path);
    g_autoptr(GError) ignored = NULL; /* its problems are in the list */

    if (campaign)
        check_campaign(c, campaign, &ignored);
    else if (is_loose(c, path))
        loose_file_check(c->catalogue, path, c->problems);
    else
        check_all(c);
}

/* What an argument names: a path in the workspace, or NULL and a campaign.
 * Paths are as seen from `directory`, which is -C or where we are. */
static char *
path_in_workspace(const Checking *c, const char *directory, const char *arg)
{
    g_autofree char *from = g_canonicalize_filename(directory, NULL);
    g_autofree char *full = g_canonicalize_filename(arg, from);
    gsize length = strlen(c->workspace->root);

    if (!g_file_test(full, G_FILE_TEST_EXISTS) ||
        strncmp(full, c->workspace->root, length) != 0 ||
        (full[length] && full[length] != '/'))
        return NULL;
    return g_strdup(full[length] ? full + length + 1 : full + length);
}

static bool
check_named(const Checking *c, const char *directory, const char *const *args,
            GError **error)
{
    g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
    bool keep_all = false;

    for (; *args; args++) {
        char *path = path_in_workspace(c, directory, *args);
        if (path) {
            check_path(c, path);
            g_ptr_array_add(kept, path);
        } else if (check_campaign(c, *args, error)) {
            keep_all = true;
        } else if (g_error_matches(*error, NURTURE_ERROR, ERROR_INPUT)) {
            g_clear_error(error);
            keep_all = true;
        } else {
            return false;
        }
    }
    if (c->links)
        check_links(c->catalogue, c->problems);
    g_ptr_array_add(kept, NULL);
    if (!keep_all)
        diagnostics_keep(c->problems, (const char *const *)kept->pdata);
    return true;
}

bool
workspace_check(const char *directory, const char *const *args, bool links,
                Diagnostics *problems, GError **error)
{
    g_autoptr(Workspace) workspace = workspace_open(directory, problems, error);
    g_autoptr(Catalogue) catalogue = NULL;
    Checking c = {workspace, NULL, problems, links};

    if (!workspace) {
        if (diagnostics_length(problems) == 0)
            return false;
        g_clear_error(error);
        return true;
    }
    c.catalogue = catalogue = catalogue_of_workspace(workspace, problems);
    if (!args[0])
        check_all(&c);
    else if (!check_named(&c, directory, args, error))
        return false;
    catalogue_settle(catalogue, problems, true);
    return true;
}
