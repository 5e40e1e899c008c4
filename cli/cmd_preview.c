/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_preview.c - a mail as somebody would read it */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/preview.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "CAMPAIGN alone is its first mail; CAMPAIGN/MAIL names one. Prints the "
    "text\n"
    "part; --html and --raw print the other forms, --story all mails in their\n"
    "order. Without --as the person has nothing but an address, so that every\n"
    "fallback shows. --as takes emptiest, longest or random (of the "
    "audience),\n"
    "the id of somebody in tests/personas.yaml, or a candidate's address.\n"
    "A mail with placeholders or missing fallbacks is shown with its errors "
    "beside\n"
    "it, and exit status 1; others must be mended first.\n"
    "--serve shows it in a browser, and again whenever a file is saved.";

typedef struct {
    char *as, *role, *variant, *listen;
    gboolean html, raw, text, story, serve;
} Options;

static void
options_clear(Options *o)
{
    g_free(o->as);
    g_free(o->role);
    g_free(o->variant);
    g_free(o->listen);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static void
print_text(const Preview *p)
{
    printf("To: %s\nSubject: %s\nInbox shows: %s\n\n%s", p->who, p->subject,
           p->preheader, p->text);
}

static void
print_form(const Options *o, const Preview *p)
{
    if (o->raw)
        fwrite(g_bytes_get_data(p->raw, NULL), 1, g_bytes_get_size(p->raw),
               stdout);
    else if (o->html)
        puts(p->html);
    else
        print_text(p);
}

/* A preview needs no database when it is for nobody, or an invented person. */
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
print_story(CliContext *cli, const Options *o, Catalogue *catalogue,
            const Campaign *campaign, Diagnostics *problems, GError **error)
{
    for (guint i = 0; i < campaign->steps->len; i++) {
        const CampaignStep *step = g_ptr_array_index(campaign->steps, i);
        g_autofree char *wait = campaign_step_wait(step);
        g_autofree char *only =
            step->only_if ? expression_format(step->only_if) : NULL;
        g_auto(Preview) p = {0};
        g_autoptr(GError) skipped = NULL;

        printf("%s======== %u. %s%s%s%s%s\n", i ? "\n" : "", i + 1,
               step->mail->id, *wait ? "  " : "", wait, only ? "  if " : "",
               only ? only : "");
        if (preview_make(catalogue, cli->store, cli->keys, campaign,
                         step->mail->id, o->as, NULL, cli->now, &p, problems,
                         &skipped)) {
            print_text(&p);
        } else if (g_error_matches(skipped, NURTURE_ERROR, ERROR_REFUSED)) {
            printf("(%s)\n", skipped->message);
        } else {
            g_propagate_error(error, g_steal_pointer(&skipped));
            return false;
        }
    }
    return true;
}

/* Without a database, --as can only mean an invented person. */
static void
explain_as(Catalogue *catalogue, const char *as, GError **error)
{
    g_auto(GStrv) personas = preview_personas(catalogue);
    g_autofree char *list = g_strjoinv(", ", personas);

    g_prefix_error(error,
                   "there is no '%s' in tests/personas.yaml (there: %s), and ",
                   as, *list ? list : "nobody");
}

/* *out_status becomes 1 when what is shown has errors in it. */
static bool
preview(CliContext *cli, const Options *o, const char *name, int *out_status,
        GError **error)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Catalogue) catalogue =
        catalogue_of_workspace(cli->workspace, problems);
    g_auto(GStrv) parts = g_strsplit(name, "/", 2);
    g_autoptr(Campaign) campaign = NULL;
    g_auto(Preview) p = {0};
    bool made = open_store(cli, preview_needs_store(catalogue, o->as), error);

    if (!made && !cli->store)
        explain_as(catalogue, o->as, error);
    catalogue_allow_drafts(catalogue);
    if (made)
        campaign = campaign_load(catalogue, parts[0], o->role, problems, error);
    if (campaign && o->story)
        made = print_story(cli, o, catalogue, campaign, problems, error);
    else
        made = campaign && preview_make(catalogue, cli->store, cli->keys,
                                        campaign, parts[1], o->as, o->variant,
                                        cli->now, &p, problems, error);
    *out_status = cli_problems(cli, problems);
    if (made && !o->story)
        print_form(o, &p);
    return made;
}

/* The person and the variant that were asked for: "?as=anna&variant=b". */
static char *
first_query(const Options *o)
{
    g_autofree char *as =
        o->as ? g_uri_escape_string(o->as, NULL, false) : NULL;
    g_autofree char *variant =
        o->variant ? g_uri_escape_string(o->variant, NULL, false) : NULL;

    return g_strconcat(as || variant ? "?" : "", as ? "as=" : "", as ? as : "",
                       as && variant ? "&" : "", variant ? "variant=" : "",
                       variant, NULL);
}

static bool
serve(CliContext *cli, const Options *o, const char *name, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", 2);
    const char *where = o->listen ? o->listen : "127.0.0.1:8026";
    g_autofree char *first = NULL;
    PreviewServer *server;
    sigset_t stop;
    int signal_number;

    /* Blocked before there are threads, so that only sigwait() takes them. */
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    server = preview_server_start(cli->workspace->root, parts[0], parts[1],
                                  o->role, where, cli->now, error);
    if (!server)
        return false;
    first = first_query(o);
    printf("Preview at http://127.0.0.1:%d/%s (Ctrl-C ends it)\n",
           preview_server_port(server), first);
    fflush(stdout);
    sigwait(&stop, &signal_number);
    preview_server_stop(server);
    return true;
}

int
cmd_preview(int argc, char **argv, CliContext *cli)
{
    g_auto(Options) o = {0};
    const GOptionEntry entries[] = {
        {"as", 0, 0, G_OPTION_ARG_STRING, &o.as, "Who it is for", "PERSON"},
        {"variant", 0, 0, G_OPTION_ARG_STRING, &o.variant,
         "This variant, not the person's own", "ID"},
        {"text", 0, 0, G_OPTION_ARG_NONE, &o.text, "The text part (default)",
         NULL},
        {"html", 0, 0, G_OPTION_ARG_NONE, &o.html, "The HTML part", NULL},
        {"raw", 0, 0, G_OPTION_ARG_NONE, &o.raw, "The whole message", NULL},
        {"story", 0, 0, G_OPTION_ARG_NONE, &o.story,
         "All mails of a sequence with their waits", NULL},
        {"serve", 0, 0, G_OPTION_ARG_NONE, &o.serve,
         "Show it in a browser on this computer", NULL},
        {"listen", 0, 0, G_OPTION_ARG_STRING, &o.listen,
         "Where --serve listens; loopback only", "ADDR:PORT"},
        {"role", 0, 0, G_OPTION_ARG_STRING, &o.role,
         "For a campaign with 'needs: role'", "NAME"},
        {NULL},
    };
    GError *error = NULL;
    int shown = 0;
    int status = cli_options(entries, "CAMPAIGN[/MAIL] - look at a mail", help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("preview", "name one campaign, or campaign/mail");
    if (o.listen && !g_str_has_prefix(o.listen, "127.0.0.1:"))
        return cli_usage("preview", "--listen takes 127.0.0.1:PORT: the page "
                                    "shows personal data");
    if (!(o.serve ? serve(cli, &o, argv[1], &error)
                  : preview(cli, &o, argv[1], &shown, &error)))
        return cli_error(error);
    return shown;
}
