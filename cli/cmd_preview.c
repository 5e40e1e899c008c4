/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_preview.c - a mail as somebody would read it */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/preview.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "CAMPAIGN alone is its first mail; CAMPAIGN/MAIL names one. Prints the "
    "text\n"
    "part; --html and --raw print the other forms. Without --as the person "
    "has\n"
    "nothing but an address, so that every fallback shows.";

static void
print_text(const Preview *p)
{
    printf("To: %s\nSubject: %s\nInbox shows: %s\n\n%s", p->who, p->subject,
           p->preheader, p->text);
}

/* A preview needs no database when it is for nobody. */
static bool
open_store(CliContext *cli, bool needed, GError **error)
{
    g_autofree char *keys =
        g_build_filename(cli->workspace->state_dir, "keys", NULL);

    if (!needed) {
        uint8_t secret[32] = {0}; /* shown links lead nowhere */
        cli->keys = keys_from_secret(secret);
        return true;
    }
    cli->store = store_open(cli->workspace->database, STORE_EXISTING, error);
    cli->keys = cli->store ? keys_load(keys, false, error) : NULL;
    return cli->keys &&
           field_set_migrate(cli->workspace->fields, cli->store, error);
}

static bool
preview(CliContext *cli, const char *name, const char *role, const char *as,
        Preview *out, GError **error)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Catalogue) catalogue =
        catalogue_of_workspace(cli->workspace, problems);
    g_auto(GStrv) parts = g_strsplit(name, "/", 2);
    g_autoptr(Campaign) campaign =
        campaign_load(catalogue, parts[0], role, problems, error);
    bool made =
        campaign && preview_make(catalogue, cli->store, cli->keys, campaign,
                                 parts[1], as, cli->now, out, problems, error);

    cli_problems(cli, problems);
    return made;
}

int
cmd_preview(int argc, char **argv, CliContext *cli)
{
    g_autofree char *as = NULL, *role = NULL;
    gboolean html = FALSE, raw = FALSE, text = FALSE;
    const GOptionEntry entries[] = {
        {"as", 0, 0, G_OPTION_ARG_STRING, &as, "A candidate's address",
         "ADDRESS"},
        {"text", 0, 0, G_OPTION_ARG_NONE, &text, "The text part (default)",
         NULL},
        {"html", 0, 0, G_OPTION_ARG_NONE, &html, "The HTML part", NULL},
        {"raw", 0, 0, G_OPTION_ARG_NONE, &raw, "The whole message", NULL},
        {"role", 0, 0, G_OPTION_ARG_STRING, &role,
         "For a campaign with 'needs: role'", "NAME"},
        {NULL},
    };
    g_auto(Preview) p = {0};
    GError *error = NULL;
    int status = cli_options(entries, "CAMPAIGN[/MAIL] - look at a mail", help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("preview", "name one campaign, or campaign/mail");
    if (!open_store(cli, as != NULL, &error) ||
        !preview(cli, argv[1], role, as, &p, &error))
        return cli_error(error);
    if (raw)
        fwrite(g_bytes_get_data(p.raw, NULL), 1, g_bytes_get_size(p.raw),
               stdout);
    else if (html)
        puts(p.html);
    else
        print_text(&p);
    return 0;
}
