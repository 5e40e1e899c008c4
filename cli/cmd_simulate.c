/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_simulate.c - a campaign played through, as bars and as lives */
#include "cli.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/settings.h"
#include "nurture/simulate.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

enum { BAR = 40, SVG_BAR = 14, SVG_HEIGHT = 200 };

static const char help[] =
    "Runs the real engine hour by hour on a copy of the database, against a "
    "mail\n"
    "server of its own: who gets what and when, and where caps and windows "
    "hold\n"
    "mail back. Campaigns that run already run on in it. Nothing is sent, and "
    "the\n"
    "status of the campaign does not matter.";

static int64_t
most_of(const Simulation *s)
{
    int64_t most = 1;

    for (guint i = 0; i < s->days->len; i++) {
        const SimulateDay *d = g_ptr_array_index(s->days, i);
        most = MAX(most, d->sent);
    }
    return most;
}

static void
print_days(const Simulation *s)
{
    int64_t most = most_of(s);

    puts("\nMails per day");
    for (guint i = 0; i < s->days->len; i++) {
        const SimulateDay *d = g_ptr_array_index(s->days, i);
        int full = (int)((d->sent * BAR + most - 1) / most);

        if (d->sent == 0 && d->others == 0)
            continue;
        printf("  %s  ", d->date);
        for (int b = 0; b < BAR; b++)
            fputs(b < full ? "█" : " ", stdout);
        printf(" %s", number_format(d->sent));
        if (d->others)
            printf(", other campaigns %s", number_format(d->others));
        putchar('\n');
    }
}

static void
print_reasons(const Simulation *s)
{
    bool any = false;

    for (int r = 1; r < ELIGIBILITY_REASONS; r++) {
        if (s->reasons[r] == 0)
            continue;
        if (!any)
            puts("\nHeld back when due");
        any = true;
        printf("  %8s times: %s\n", number_format(s->reasons[r]),
               eligibility_sentence((Eligibility)r));
    }
}

static void
print_text(const Simulation *s, const char *campaign)
{
    printf("Simulation of %s: %s people, %s mails; %s went through, %s are on "
           "the way, %s answered, %s bounced\n",
           campaign, number_format(s->people), number_format(s->sent),
           number_format(s->done), number_format(s->waiting),
           number_format(s->replied), number_format(s->bounced));
    print_days(s);
    print_reasons(s);
    for (guint i = 0; i < s->persons->len; i++) {
        const SimulatePerson *p = g_ptr_array_index(s->persons, i);
        printf("%s  %s\n", i ? "" : "\nSome of them\n", p->email);
        for (guint l = 0; l < p->lines->len; l++)
            printf("    %s\n", (const char *)g_ptr_array_index(p->lines, l));
    }
}

static void
print_json(const Simulation *s, const char *campaign)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"campaign\":");

    json_append_string(out, campaign);
    g_string_append_printf(
        out,
        ",\"people\":%" G_GINT64_FORMAT ",\"sent\":%" G_GINT64_FORMAT
        ",\"done\":%" G_GINT64_FORMAT ",\"on_the_way\":%" G_GINT64_FORMAT
        ",\"replied\":%" G_GINT64_FORMAT ",\"bounced\":%" G_GINT64_FORMAT
        ",\"held\":{",
        s->people, s->sent, s->done, s->waiting, s->replied, s->bounced);
    for (int r = 1, n = 0; r < ELIGIBILITY_REASONS; r++)
        if (s->reasons[r])
            g_string_append_printf(
                out, "%s\"%s\":%" G_GINT64_FORMAT, n++ ? "," : "",
                eligibility_word((Eligibility)r), s->reasons[r]);
    g_string_append(out, "},\"days\":[");
    for (guint i = 0; i < s->days->len; i++) {
        const SimulateDay *d = g_ptr_array_index(s->days, i);
        g_string_append_printf(out,
                               "%s{\"date\":\"%s\",\"sent\":%" G_GINT64_FORMAT
                               ",\"others\":%" G_GINT64_FORMAT "}",
                               i ? "," : "", d->date, d->sent, d->others);
    }
    g_string_append(out, "]}\n");
    fputs(out->str, stdout);
}

static void
append_bar(GString *out, const SimulateDay *d, guint i, int64_t most)
{
    int height = (int)(d->sent * SVG_HEIGHT / most);
    int x = 50 + (int)i * (SVG_BAR + 2);

    g_string_append_printf(out,
                           "<rect x=\"%d\" y=\"%d\" width=\"%d\" "
                           "height=\"%d\"><title>%s: %s</title></rect>\n",
                           x, 30 + SVG_HEIGHT - height, SVG_BAR, height,
                           d->date, number_format(d->sent));
    if (i % 7 == 0)
        g_string_append_printf(out, "<text x=\"%d\" y=\"%d\">%s</text>\n", x,
                               50 + SVG_HEIGHT, d->date + 5);
}

static bool
write_svg(const Simulation *s, const char *campaign, const char *path,
          GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    int64_t most = most_of(s);
    int width = 100 + (int)s->days->len * (SVG_BAR + 2);

    g_string_append_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
        "role=\"img\" font-family=\"sans-serif\" font-size=\"11\" "
        "fill=\"#0b6bcb\"><rect width=\"100%%\" height=\"100%%\" "
        "fill=\"#fff\"/>\n<text x=\"50\" y=\"18\" font-size=\"14\" "
        "fill=\"#1f2933\">",
        MAX(width, 360), SVG_HEIGHT + 60);
    html_append_text(out, campaign);
    g_string_append_printf(out,
                           ": mails per day</text>\n<text x=\"44\" y=\"36\" "
                           "text-anchor=\"end\">%s</text>\n",
                           number_format(most));
    for (guint i = 0; i < s->days->len; i++)
        append_bar(out, g_ptr_array_index(s->days, i), i, most);
    g_string_append(out, "</svg>\n");
    return g_file_set_contents(path, out->str, -1, error);
}

typedef struct {
    char *from, *to, *replies, *bounces, *answers, *svg, *role;
} Options;

static void
options_clear(Options *o)
{
    g_free(o->from);
    g_free(o->to);
    g_free(o->replies);
    g_free(o->bounces);
    g_free(o->answers);
    g_free(o->svg);
    g_free(o->role);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static bool
read_share(const char *text, int *out)
{
    g_autofree char *percent = NULL;

    if (!text)
        return true;
    percent = g_str_has_suffix(text, "%") ? g_strdup(text)
                                          : g_strconcat(text, "%", NULL);
    return percent_parse(percent, out, NULL) && *out >= 0 && *out <= 10000;
}

static int
read_options(const CliContext *cli, const Options *o, SimulateWish *wish)
{
    GTimeZone *zone = cli->workspace->zone;

    wish->role = o->role;
    wish->answers = o->answers;
    wish->from = cli->now - cli->now % HOUR_MS;
    if (o->from && !date_parse(o->from, zone, &wish->from, NULL))
        return cli_usage("simulate", "--from takes a date, as 2026-03-02");
    wish->to = wish->from + 60 * DAY_MS;
    if (o->to && !date_parse(o->to, zone, &wish->to, NULL))
        return cli_usage("simulate", "--to takes a date, as 2026-04-30");
    if (wish->to <= wish->from || wish->to - wish->from > 731 * DAY_MS)
        return cli_usage("simulate", "--to must be after --from, and at most "
                                     "two years later");
    if (!read_share(o->replies, &wish->replies) ||
        !read_share(o->bounces, &wish->bounces))
        return cli_usage("simulate", "--replies and --bounces take a "
                                     "percentage, as 3%%");
    return -1;
}

int
cmd_simulate(int argc, char **argv, CliContext *cli)
{
    g_auto(Options) o = {0};
    const GOptionEntry entries[] = {
        {"from", 0, 0, G_OPTION_ARG_STRING, &o.from, "First day (now)", "DATE"},
        {"to", 0, 0, G_OPTION_ARG_STRING, &o.to, "Until then (60 days later)",
         "DATE"},
        {"replies", 0, 0, G_OPTION_ARG_STRING, &o.replies,
         "So many of the mails are answered", "PERCENT"},
        {"bounces", 0, 0, G_OPTION_ARG_STRING, &o.bounces,
         "So many of the mails come back", "PERCENT"},
        {"answers", 0, 0, G_OPTION_ARG_FILENAME, &o.answers,
         "Who answers and what comes back: CSV with email, mail, what "
         "(replied or bounced)",
         "FILE"},
        {"svg", 0, 0, G_OPTION_ARG_FILENAME, &o.svg,
         "Draw the mails per day as a picture", "FILE"},
        {"role", 0, 0, G_OPTION_ARG_STRING, &o.role,
         "For a campaign with 'needs: role'", "NAME"},
        {NULL},
    };
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_auto(Simulation) simulation = {0};
    SimulateWish wish = {0};
    GError *error = NULL;
    int status = cli_options(entries, "CAMPAIGN - play it through in advance",
                             help, &argc, &argv);
    bool done;

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("simulate", "name one campaign");
    status = read_options(cli, &o, &wish);
    if (status >= 0)
        return status;
    wish.campaign = argv[1];
    done = simulate_run(cli->workspace, cli->store, cli->keys, &wish,
                        &simulation, problems, &error);
    if (!done)
        cli_problems(cli, problems);
    if (!done || (o.svg && !write_svg(&simulation, argv[1], o.svg, &error)))
        return cli_error(error);
    if (cli->json)
        print_json(&simulation, argv[1]);
    else
        print_text(&simulation, argv[1]);
    return 0;
}
