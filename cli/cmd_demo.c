/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_demo.c - two invented months of two campaigns, in minutes or at once */
#include "cli.h"
#include "demo-world.h"
#include "demo.h"

#include "nurture/error.h"
#include "nurture/text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Monday, 2 March 2026, 06:00 in Berlin; the same every time. */
#define DEMO_START INT64_C(1772427600000)
enum { DEMO_DAYS = 56, NEWSLETTER_DAY = 21 };

static const char help[] =
    "Makes DIR (./nurture-demo) with 240 invented candidates and two "
    "campaigns,\n"
    "catches all mail on this computer, and lets robots read, click, answer "
    "and\n"
    "bounce while time flies. With --once it runs to the end of two months,\n"
    "counts, and exits with 1 if any number is off.";

typedef struct {
    CliContext *cli;
    DemoWorld world;
    Robots *robots;
    int64_t now;
    int64_t wrong; /* checks that did not hold */
} Demo;

static volatile sig_atomic_t stop;

static void
on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* ---- setting the scene
 * --------------------------------------------------------- */

/* The invented people have agreed to everything; consent to tracking is a
 * ledger row like any other. */
static bool
give_consent(Demo *d, GError **error)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Workspace) w =
        workspace_open(d->world.directory, problems, error);
    g_autoptr(Store) store =
        w ? store_open(w->database, STORE_EXISTING, error) : NULL;
    g_auto(Transaction) tx = {NULL};
    g_autoptr(Statement) st = NULL;

    if (!store)
        return false;
    tx = store_begin(store, error);
    if (!tx.store)
        return false;
    st = store_prepare(
        store,
        "INSERT INTO consent (candidate_id, purpose, state, at, source)"
        " SELECT c.candidate_id, p.purpose, 'given', c.added, 'the demo'"
        " FROM candidate c, (SELECT 'click_tracking' AS purpose"
        "  UNION ALL SELECT 'open_tracking') p",
        error);
    return st && statement_run(st, error) && transaction_commit(&tx, error);
}

static bool
set_scene(Demo *d, GError **error)
{
    g_autofree char *people = demo_people_csv();
    g_autofree char *path =
        g_build_filename(d->world.directory, "people.csv", NULL);
    g_autofree char *imported = NULL, *checked = NULL;

    if (!g_file_set_contents(path, people, -1, error))
        return false;
    imported =
        demo_run(&d->world, error, "candidates", "import", "-q", path, NULL);
    checked = imported ? demo_run(&d->world, error, "check", "-q", NULL) : NULL;
    return checked && give_consent(d, error) &&
           demo_world_serve(&d->world, error);
}

static bool
launch(Demo *d, const char *campaign, GError **error)
{
    g_autofree char *plan =
        demo_run(&d->world, error, "plan", campaign, "--json", "-q", NULL);
    const char *people = plan ? strstr(plan, "\"people\":") : NULL;
    g_autofree char *yes = NULL, *done = NULL;

    if (!people)
        return false;
    yes = g_strdup_printf("--yes=%" G_GINT64_FORMAT,
                          g_ascii_strtoll(people + 9, NULL, 10));
    done = demo_run(&d->world, error, "launch", campaign, yes, "-q", NULL);
    return done != NULL;
}

static void
print_places(const Demo *d)
{
    printf("Demo workspace     %s   (%d invented candidates, 3 recruiters, 2 "
           "campaigns)\n"
           "Mail catcher       127.0.0.1:%d   nothing can leave this computer\n"
           "Inbox              http://127.0.0.1:%d\n",
           d->world.directory, DEMO_PEOPLE, sink_port(d->world.sink),
           http_server_port(d->world.inbox));
    fflush(stdout);
}

/* ---- time
 * ---------------------------------------------------------------------- */

static bool
tick(Demo *d, GError **error)
{
    g_autofree char *output = NULL;

    demo_set_clock(&d->world, d->now);
    output = demo_run(&d->world, error, "run", "-q", NULL);
    return output && robots_step(d->robots, d->now, error);
}

/* Every two hours of the day, then once at night. */
static int64_t
next_hour(int64_t now)
{
    int hour = (int)((now - DEMO_START) / HOUR_MS % 24) + 6;

    return now + (hour >= 18 ? 12 : 2) * HOUR_MS;
}

static bool
live(Demo *d, int tick_ms, GError **error)
{
    bool newsletter = false;

    for (d->now = DEMO_START; d->now < DEMO_START + DEMO_DAYS * DAY_MS && !stop;
         d->now = next_hour(d->now)) {
        int64_t day = (d->now - DEMO_START) / DAY_MS;

        if (!tick(d, error))
            return false;
        if (day == NEWSLETTER_DAY && !newsletter) {
            newsletter = true;
            if (!launch(d, "engineering-update", error))
                return false;
        }
        cli_progress(d->cli, "day", day + 1, DEMO_DAYS, false);
        if (tick_ms > 0)
            g_usleep((gulong)tick_ms * 1000);
    }
    cli_progress(d->cli, "day", DEMO_DAYS, DEMO_DAYS, true);
    return true;
}

/* ---- the count at the end
 * -------------------------------------------------------- */

typedef struct {
    Store *store;
    GError **error;
} Counting;

static int64_t
count(const Counting *c, const char *sql)
{
    g_autoptr(Statement) st = store_prepare_text(c->store, sql, c->error);
    int64_t n = -1;

    if (st && statement_step(st))
        n = statement_int(st, 0);
    return n;
}

static void
expect(Demo *d, const char *what, int64_t did, int64_t understood)
{
    bool same = did == understood;

    d->wrong += !same;
    printf("  %s %-46s %8s %8s\n", same ? "ok " : "OFF", what,
           number_format(did), number_format(understood));
}

/* Nobody who left got mail afterwards: their last mail is the one they
 * answered, so the store must not have a later one. */
static int64_t
mailed_after_leaving(const Counting *c)
{
    return count(c, "SELECT count(*) FROM message m JOIN suppression s"
                    " ON s.address_hmac = m.rcpt_hmac"
                    " WHERE m.kind = 'campaign' AND m.sent_at > s.at");
}

static void
check_ledger(Demo *d, const Counting *c, const RobotCounts *r)
{
    expect(d, "mails to candidates: caught, sent", r->mails,
           count(c, "SELECT count(*) FROM message WHERE kind = 'campaign'"
                    " AND state = 'sent'"));
    expect(
        d, "mails to recruiters: caught, sent", r->digests,
        count(c,
              "SELECT count(*) FROM message WHERE kind IN ('digest', 'service')"
              " AND state = 'sent'"));
    expect(d, "mails in doubt or failed", 0,
           count(c, "SELECT count(*) FROM message WHERE state IN"
                    " ('in_doubt','dead','committing','claimed')"));
    expect(d, "people in a process, control or held out: mailed", 0,
           count(c, "SELECT count(*) FROM message m"
                    " JOIN candidate c ON c.candidate_id = m.candidate_id"
                    " LEFT JOIN enrolment e"
                    "  ON e.candidate_id = m.candidate_id"
                    "  AND e.campaign = m.campaign"
                    " WHERE c.ats_status = 'interviewing' OR e.control = 1"));
    expect(d, "mailed after leaving", 0, mailed_after_leaving(c));
    expect(d, "more than two mails in any 14 days", 0,
           count(c, "SELECT count(*) FROM message a WHERE a.kind = 'campaign'"
                    " AND (SELECT count(*) FROM message b"
                    "  WHERE b.candidate_id = a.candidate_id"
                    "   AND b.kind = 'campaign' AND b.state = 'sent'"
                    "   AND b.sent_at BETWEEN a.sent_at"
                    "    AND a.sent_at + 1209599999) > 2"));
}

static void
check_answers(Demo *d, const Counting *c, const RobotCounts *r)
{
    expect(d, "replies", r->replies, count(c, "SELECT count(*) FROM reply"));
    expect(d, "out of office", r->away,
           count(c, "SELECT count(*) FROM hold WHERE kind = 'out_of_office'"));
    expect(d, "bounces", r->bounces,
           count(c, "SELECT count(*) FROM event WHERE kind = 'bounced'"));
    expect(d, "addresses suppressed by bounces", r->bounces,
           count(c, "SELECT count(*) FROM suppression"
                    " WHERE reason = 'bounced'"));
    expect(d, "opt-outs", r->opt_outs,
           count(c, "SELECT count(*) FROM suppression"
                    " WHERE reason = 'opted_out'"));
    expect(d, "complaints", r->complaints,
           count(c, "SELECT count(*) FROM suppression"
                    " WHERE reason = 'complained'"));
    expect(d, "clicks", r->clicks,
           count(c, "SELECT count(*) FROM event WHERE kind = 'clicked'"
                    " AND machine = 0"));
    expect(d, "opens", r->opens,
           count(c, "SELECT count(*) FROM event WHERE kind = 'opened'"
                    " AND machine = 0"));
    expect(d, "requests that failed", 0, r->failures);
    expect(d, "candidates with a score", 1,
           count(c, "SELECT count(*) > 0 FROM score WHERE scaled > 0"));
}

static bool
check_numbers(Demo *d, GError **error)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Workspace) w =
        workspace_open(d->world.directory, problems, error);
    g_autoptr(Store) store =
        w ? store_open(w->database, STORE_EXISTING, error) : NULL;
    const Counting c = {store, error};

    if (!store)
        return false;
    printf("\nWhat the robots did, and what nurture understood:\n");
    check_ledger(d, &c, robots_counts(d->robots));
    check_answers(d, &c, robots_counts(d->robots));
    return true;
}

static bool
print_outcome(Demo *d, GError **error)
{
    g_autofree char *status = demo_run(&d->world, error, "status", NULL);
    g_autofree char *report =
        status ? demo_run(&d->world, error, "report", "backend-nurture", NULL)
               : NULL;

    if (!report)
        return false;
    printf("\n%s\n%s", status, report);
    printf("\nWhere to look next:\n"
           "  cd %s\n"
           "  nurture status                         who is where\n"
           "  nurture preview backend-nurture        the mails\n"
           "  nurture segment explain senior-passives\n"
           "  nurture digest --for anna-schmidt      answers to read\n"
           "  ls .nurture/caught                     the mail as delivered\n"
           "The pages recruiters work on, in the invented time:\n"
           "  export NURTURE_CLOCK_FILE=$PWD/.nurture/clock\n"
           "  nurture serve                          prints their address\n"
           "  nurture login-link anna-schmidt        in a second terminal\n",
           d->world.directory);
    return true;
}

/* ---- the command
 * ------------------------------------------------------------------ */

static bool
run_demo(Demo *d, const char *directory, bool once, int tick_ms, GError **error)
{
    if (!demo_world_open(&d->world, directory, DEMO_START, error))
        return false;
    d->robots = robots_new(d->world.nurture, d->world.directory,
                           d->world.caught, d->world.sink_log);
    if (!set_scene(d, error))
        return false;
    print_places(d);
    if (!launch(d, "backend-nurture", error) || !live(d, tick_ms, error))
        return false;
    if (stop)
        return true;
    if (!check_numbers(d, error) || !print_outcome(d, error))
        return false;
    if (!once)
        puts("\nThe inbox stays open. Ctrl-C ends the demo.");
    fflush(stdout);
    while (!once && !stop)
        g_usleep(200000);
    return true;
}

/* A demo day is twelve ticks at most; "one day a minute" is the default. */
static int
tick_ms_of(const char *speed)
{
    int64_t factor;

    if (!speed)
        return 60000 / 7;
    if (strcmp(speed, "max") == 0)
        return 0;
    factor = g_ascii_strtoll(speed, NULL, 10);
    return factor >= 1 ? (int)(60000 / 7 / factor) : -1;
}

int
cmd_demo(int argc, char **argv, CliContext *cli)
{
    gboolean once = FALSE;
    g_autofree char *speed = NULL;
    const GOptionEntry entries[] = {
        {"once", 0, 0, G_OPTION_ARG_NONE, &once,
         "Run to the end, count, and exit", NULL},
        {"speed", 0, 0, G_OPTION_ARG_STRING, &speed,
         "Days a minute (1), or max", "N"},
        {NULL},
    };
    struct sigaction action = {.sa_handler = on_signal};
    Demo demo = {.cli = cli};
    GError *error = NULL;
    int status =
        cli_options(entries, "[DIR] - see it work", help, &argc, &argv);
    int tick_ms;
    bool done;

    if (status >= 0)
        return status;
    tick_ms = tick_ms_of(speed);
    if (tick_ms < 0)
        return cli_usage("demo", "--speed takes a number from 1, or max");
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    done = run_demo(&demo, argc > 1 ? argv[1] : "nurture-demo", once, tick_ms,
                    &error);
    robots_free(demo.robots);
    demo_world_close(&demo.world);
    if (!done)
        return cli_error(error);
    if (demo.wrong > 0)
        fprintf(stderr, "nurture: %s numbers are off\n",
                number_format(demo.wrong));
    return demo.wrong > 0 ? 1 : 0;
}
