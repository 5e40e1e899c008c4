/* SPDX-License-Identifier: Apache-2.0 */
/* candidates_log.c - what happened with somebody: shown, and logged by hand */
#include "candidates-log.h"

#include "nurture/candidates.h"
#include "nurture/interaction.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

enum { TIMELINE = 30 }; /* events that `show` lists */

bool
candidates_print_timeline(const CliContext *cli, int64_t candidate,
                          GError **error)
{
    g_autoptr(GPtrArray) all =
        interaction_timeline(cli->store, candidate, TIMELINE, error);

    for (guint i = 0; all && i < all->len; i++) {
        const Interaction *e = g_ptr_array_index(all, i);
        g_autoptr(GString) line = g_string_new(NULL);
        g_autofree char *at =
            date_format(e->at, cli->workspace->zone, "YYYY-MM-DD HH:mm", "en");
        g_string_append_printf(line, "%-16s %s%s", at, e->kind,
                               e->machine    ? " (a machine)"
                               : e->positive ? " (positive)"
                                             : "");
        if (e->campaign)
            g_string_append_printf(line, "  %s%s%s", e->campaign,
                                   e->step ? "/" : "", e->step ? e->step : "");
        if (e->by)
            g_string_append_printf(line,
                                   "  by hand (%s), event %" G_GINT64_FORMAT,
                                   e->by, e->event);
        if (e->note) {
            g_string_append(line, ": ");
            plain_append_text(line, e->note);
        }
        printf("%s%s\n", i == 0 ? "\n" : "", line->str);
    }
    return all != NULL;
}

static const char log_help[] = "WHAT is sourced, contacted, met, applied, "
                               "interviewed, declined, hired or notified\n"
                               "(told, by another way than our mail, where "
                               "their data are from: Article 14).\n"
                               "Segments see it ('met within 90d'), and so do "
                               "reports. 'hired' ends all\n"
                               "sequences and no campaign mails them again; "
                               "'applied' and\n"
                               "'interviewed' hold their mail for "
                               "ats.cool_off, or until 'declined' is logged\n"
                               "or the ATS has newer news. "
                               "A note is private:\n"
                               "it is never in a mail. Mails, answers and what "
                               "the ATS knows are recorded\n"
                               "by themselves.";

static int
undo_log(CliContext *cli, int64_t event)
{
    GError *error = NULL;

    if (!interaction_undo(cli->store, event, g_get_user_name(), cli->now,
                          &error))
        return cli_error(error);
    if (!cli->quiet && !cli->json)
        printf("Event %" G_GINT64_FORMAT " is taken back.\n", event);
    return 0;
}

static void
print_hold(const CliContext *cli, const char *what, int64_t at)
{
    int64_t until = interaction_holds_until(cli->workspace, what, at);
    g_autofree char *day = NULL;

    if (strcmp(what, "hired") == 0)
        puts("All their sequences have ended, and no campaign mails them.");
    else if (until > cli->now) {
        day = date_format(until, cli->workspace->zone, "D MMMM YYYY", "en");
        printf("No campaign mails them until %s, or until 'declined' is "
               "logged.\n",
               day);
    }
}

static int
log_one(CliContext *cli, const char *who, const char *what, int64_t at,
        const char *note)
{
    GError *error = NULL;
    int64_t candidate, event;

    if (!candidate_find(cli->store, who, &candidate, &error) ||
        !interaction_log(cli->store, cli->workspace, candidate, what, at, note,
                         g_get_user_name(), cli->now, &event, &error))
        return cli_error(error);
    if (cli->json)
        printf("{\"schema\":1,\"event\":%" G_GINT64_FORMAT "}\n", event);
    else if (!cli->quiet) {
        print_hold(cli, what, at);
        printf("Logged. To take it back: nurture candidates log --undo "
               "%" G_GINT64_FORMAT "\n",
               event);
    }
    return 0;
}

int
candidates_log(int argc, char **argv, CliContext *cli)
{
    g_autofree char *at = NULL, *note = NULL;
    gint64 undo = 0;
    const GOptionEntry entries[] = {
        {"at", 0, 0, G_OPTION_ARG_STRING, &at, "When; now if not said", "DATE"},
        {"note", 0, 0, G_OPTION_ARG_STRING, &note, "For the team only", "TEXT"},
        {"undo", 0, 0, G_OPTION_ARG_INT64, &undo,
         "Take back what was logged by hand", "EVENT"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GError) wrong = NULL;
    int64_t when = cli->now;
    int status = cli_options(entries, "WHO WHAT - log what happened", log_help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (undo > 0 && argc == 1)
        return undo_log(cli, undo);
    if (argc != 3 || undo != 0)
        return cli_usage("candidates log", "WHO and WHAT, or --undo EVENT");
    if (at && !date_parse(at, cli->workspace->zone, &when, &wrong))
        return cli_usage("candidates log", "--at: %s", wrong->message);
    return log_one(cli, argv[1], argv[2], when, note);
}
