/* SPDX-License-Identifier: Apache-2.0 */
/* demo_people.c - 240 people who do not exist */
#include "demo.h"

#include <string.h>

static const char *const first_names[] = {
    "Anna",  "Ben",   "Clara", "David", "Elif", "Felix", "Greta", "Hugo",
    "Ines",  "Jan",   "Katja", "Lukas", "Mara", "Noah",  "Olga",  "Paul",
    "Rania", "Simon", "Tessa", "Umut",  "Vera", "Wim",   "Yara",  "Zoë",
};
static const char *const last_names[] = {
    "Adler",  "Berg",    "Conti",  "Dietz",  "Ebert", "Fischer", "Graf",
    "Huber",  "Ivanova", "Jansen", "Keller", "Lang",  "Moreau",  "Novak",
    "Okafor", "Peters",  "Rossi",  "Sato",   "Tamm",  "Urban",
};
static const char *const employers[] = {"ACME", "Nordwind", "Müller & Söhne",
                                        "Blue Fjord", ""};
static const char *const cities[] = {"Berlin",  "Wien",   "Zürich",
                                     "Hamburg", "Lisbon", ""};
static const char *const countries[] = {"DE", "AT", "CH", "DE", "PT", "DE"};
static const char *const titles[] = {"Backend Engineer", "SRE",
                                     "Software Engineer", "Data Engineer", ""};
static const char *const levels[] = {"mid", "senior", "staff", "senior",
                                     "principal"};
static const char *const interests[] = {"backend;sre", "backend", "sre",
                                        "backend;data", "data"};

static void
append_person(GString *csv, int i)
{
    /* Most are senior passives, each sixth a silver medallist; some are in a
     * process, and a few have names that nobody should be greeted by. */
    bool medallist = i % 6 == 0;
    const char *first = i % 37 == 36 ? "TEST" : first_names[i % 24];
    const char *last = last_names[(i * 7) % 20];
    g_autofree char *ascii = g_str_to_ascii(first_names[i % 24], "C");
    g_autofree char *lower = g_ascii_strdown(ascii, -1);
    g_autofree char *address =
        g_strdup_printf("%s.%s.%03d@example.org", lower, last, i);

    g_string_append_printf(
        csv, "%s,%s,%s,%s,%s,%s,%s,\"%s\",%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\r\n",
        address, i % 11 == 10 ? "" : first, last, i % 5 == 4 ? "de" : "en",
        countries[i % 6], cities[i % 6], titles[i % 5], employers[i % 5],
        i % 3 ? "anna-schmidt" : "jonas-weber",
        i % 4 == 3 ? "event" : "referral", levels[i % 5],
        interests[(i / 2) % 5], medallist ? "final-round" : "",
        medallist      ? "rejected"
        : i % 29 == 28 ? "interviewing"
                       : "",
        medallist ? "2025-05-12" : "", i % 41 == 40 ? "yes" : "no",
        "2025-11-03", "you joined our talent community");
}

char *
demo_people_csv(void)
{
    GString *csv = g_string_new(
        "email,first_name,last_name,language,country,city,job_title,employer,"
        "recruiter,source,seniority,interest,furthest_stage,ats_status,"
        "last_applied,open_to_work,consent_at,consent_source\r\n");

    for (int i = 0; i < DEMO_PEOPLE; i++)
        append_person(csv, i);
    return g_string_free(csv, FALSE);
}

RobotKind
robot_of(const char *address)
{
    static const struct {
        RobotKind kind;
        unsigned percent;
    } shares[] = {
        {ROBOT_GONE, 4},      {ROBOT_AWAY, 6},    {ROBOT_INTERESTED, 5},
        {ROBOT_LATER, 4},     {ROBOT_ASKS, 3},    {ROBOT_LEAVES, 4},
        {ROBOT_COMPLAINS, 2}, {ROBOT_CLICKS, 23}, {ROBOT_READS, 20},
    };
    unsigned die = g_str_hash(address) % 100;

    for (gsize i = 0; i < G_N_ELEMENTS(shares); i++) {
        if (die < shares[i].percent)
            return shares[i].kind;
        die -= shares[i].percent;
    }
    return ROBOT_SILENT;
}
