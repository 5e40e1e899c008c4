/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_test.c - a mail to oneself, by the way that real ones take */
#include "cli.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/preview.h"
#include "nurture/scheduler.h"

#include <stdio.h>

static const char help[] =
    "Sends one mail through the outbox and your mail server, with [TEST] "
    "before\n"
    "its subject. It is not tracked and counts nowhere; the address need not "
    "be a\n"
    "candidate's. --as says for whom it is filled, as with 'nurture preview'.";

typedef struct {
    char *to, *as, *variant, *role;
} Options;

static void
options_clear(Options *o)
{
    g_free(o->to);
    g_free(o->as);
    g_free(o->variant);
    g_free(o->role);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static bool
queue(CliContext *cli, const Options *o, const char *name, char *out_id,
      GError **error)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Catalogue) catalogue =
        catalogue_of_workspace(cli->workspace, problems);
    g_auto(GStrv) parts = g_strsplit(name, "/", 2);
    g_autoptr(Campaign) campaign =
        campaign_load(catalogue, parts[0], o->role, problems, error);
    bool queued =
        campaign && test_mail_queue(catalogue, cli->store, cli->keys, campaign,
                                    parts[1], o->as, o->variant, o->to,
                                    cli->now, out_id, problems, error);

    cli_problems(cli, problems);
    return queued;
}

static bool
deliver(CliContext *cli, DeliveryResult *out, GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autofree char *password = workspace_password(cli->workspace, &failed);
    DeliveryOptions options = {.workspace = cli->workspace,
                               .keys = cli->keys,
                               .password = password,
                               .limit = 1};
    Composer *composer;
    bool done;

    if (failed) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    composer = campaign_composer_new(cli->workspace, cli->store, cli->keys,
                                     cli->now, error);
    if (!composer)
        return false;
    options.composer = composer;
    done = delivery_run(cli->store, &options, cli->now, out, error);
    campaign_composer_free(composer);
    return done;
}

/* What became of it: its state and the mail server's last word. */
static int
print_outcome(CliContext *cli, const char *id, const char *to)
{
    GError *error = NULL;
    g_autoptr(Statement) st =
        store_prepare(cli->store,
                      "SELECT state, coalesce(last_text, '') FROM message"
                      " WHERE message_id = :id",
                      &error);
    int status = 4;

    if (!st)
        return cli_error(error);
    statement_bind_text(st, ":id", id);
    if (statement_step(st)) {
        const char *state = statement_text(st, 0);
        if (g_str_equal(state, "sent")) {
            status = 0;
            if (!cli->quiet)
                fprintf(stderr, "Sent to %s.\n", to);
        } else {
            status = g_str_equal(state, "bounced") ? 5 : 4;
            fprintf(stderr, "nurture: not sent (%s): %s\n", state,
                    statement_text(st, 1));
        }
    }
    return statement_end(st, &error) ? status : cli_error(error);
}

int
cmd_test(int argc, char **argv, CliContext *cli)
{
    g_auto(Options) o = {0};
    const GOptionEntry entries[] = {
        {"to", 0, 0, G_OPTION_ARG_STRING, &o.to, "Where to send it", "ADDRESS"},
        {"as", 0, 0, G_OPTION_ARG_STRING, &o.as, "Who it is filled for",
         "PERSON"},
        {"variant", 0, 0, G_OPTION_ARG_STRING, &o.variant,
         "This variant, not the person's own", "ID"},
        {"role", 0, 0, G_OPTION_ARG_STRING, &o.role,
         "For a campaign with 'needs: role'", "NAME"},
        {NULL},
    };
    DeliveryResult result = {0};
    GError *error = NULL;
    char id[MESSAGE_ID_TEXT];
    int status = cli_options(entries, "CAMPAIGN[/MAIL] --to ADDRESS", help,
                             &argc, &argv);
    bool done;

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("test", "name one campaign, or campaign/mail");
    if (!o.to)
        return cli_usage("test", "--to ADDRESS says where to send it");
    if (!queue(cli, &o, argv[1], id, &error))
        return cli_error(error);
    done = deliver(cli, &result, &error);
    delivery_result_clear(&result);
    return done ? print_outcome(cli, id, o.to) : cli_error(error);
}
