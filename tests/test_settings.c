/* SPDX-License-Identifier: Apache-2.0 */
/* test_settings.c - the table of settings, and what it finds wrong */
#include "nurture/settings.h"

#include "nurture/clock.h"
#include "nurture/diagnostic-list.h"
#include "nurture/error.h"

#include <string.h>

#define LEAST_SPACE                                                            \
    "company: a\ntime_zone: UTC\nsending:\n  domain: m.example\n"              \
    "  bounces: b@m.example\n  replies: r@m.example\nsmtp:\n  host: h\n"       \
    "legal:\n  postal_address: x\n"

/* The files with nothing wrong in them, to which a line is added. */
static const char *
least(SettingPlace place)
{
    switch (place) {
    case IN_CAMPAIGN:
        return "name: a\naudience: everyone\nsteps:\n  - mail: a\n";
    case IN_NEWSLETTER:
        return "name: a\naudience: everyone\nsubject: b\n";
    case IN_MAIL:
        return "subject: a\n";
    case IN_SENDER:
        return "name: a\nemail: a@m.example\n";
    case IN_ROLE:
        return "title: a\ncity: b\nurl: https://k.example/a\nsalary: c\n"
               "interests: [d]\nlevels: [e]\ncountries: [DE]\n"
               "recruiter: f\ncloses: 2026-04-30\n";
    case IN_WORKSPACE:
        return LEAST_SPACE;
    case IN_STEP:
        return "mail: a\n";
    case IN_VARIANT:
        return "id: a\nshare: 50%\n";
    case IN_EVENT:
        return "title: a\nstart: 2026-03-03 09:00\n";
    case IN_FIELD:
        return "name: a\ntype: text\n";
    case IN_PERSONA:
        return "id: a\n";
    case IN_HOOK:
        return "name: a\nsecret_from: env A\n";
    case IN_OUT:
        return "name: a\nurl: https://k.example/a\nsecret_from: env A\n";
    }
    g_assert_not_reached();
}

/* All problems as "E106 message | note", a line each. */
static char *
problems_of(SettingPlace place, const char *text)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Source) source = source_new("a.md", text, strlen(text));
    g_autoptr(YamlNode) map =
        yaml_read(source, 0, strlen(text), settings_text_keys(place), problems);
    GString *out = g_string_new(NULL);

    g_assert_nonnull(map);
    settings_check(map, place, source, problems);
    diagnostics_sort(problems);
    for (guint i = 0; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        g_string_append_printf(out, "%s%s %s%s%s", i > 0 ? "\n" : "", d->code,
                               d->message, d->note ? " | " : "",
                               d->note ? d->note : "");
    }
    return g_string_free(out, FALSE);
}

static void
test_good(void)
{
    static const struct {
        SettingPlace place;
        const char *text;
    } rows[] = {
        {IN_CAMPAIGN,
         "status: ready\nexclude: alumni\nneeds: role\nfrom: recruiter\n"
         "reply_to: recruiter\nstart: 2026-03-03 09:00\n"
         "send_window: Tue-Thu 09:00-16:00 recipient\nrate: 20 per minute\n"
         "cap: 1 per 7d\nre_enter: after 12m\nstop_when: replied\n"
         "goal: applied within 90d\nholdout: 5%\ntrack: no\nlanguage: de\n"
         "layout: layout\nowner: mira.holt\nallow: [W407, w619]\n"
         "priority: 10\non_doubt: resend\ntopic: jobs\npurpose: mail\n"
         "expires: 48h\nholidays: ignore\nspread: 1h\n"},
        {IN_CAMPAIGN, "re_enter: never\nallow: W428\n"},
        {IN_NEWSLETTER, "preheader: c\nsend_at: 2026-03-17\n"},
        {IN_MAIL,
         "preheader: b\nattach: [files/a.pdf]\nfrom: anna\nreply_to: anna\n"
         "layout: plain\n"},
        {IN_MAIL,
         "variants:\n  - id: a\n    share: 33.33%\n  - id: b\n    share: "
         "66.67%\n    subject: c\n    mail: welcome.b\n    from: anna\n"},
        {IN_MAIL,
         "event:\n  title: Coffee, online\n  start: 2026-04-16 17:00\n"
         "  length: 45 minutes\n  where: https://meet.k.example/coffee\n"},
        {IN_STEP, "wait: 4 business days\nonly_if: dach\nwas: b\n"},
        {IN_STEP, "wait: until 2026-04-01 09:00\n"},
        {IN_STEP, "wait: until role.closes minus 5d\n"},
        {IN_STEP, "wait: until role.opens\non: Tue\nat: 09:30\n"},
        {IN_STEP, "on: Friday\nlate: exit\nthread: yes\n"},
        {IN_SENDER, "title: b\nphone: +49 30\nrole: marketing\n"},
        {IN_ROLE, "opens: 2026-03-20\n"},
        {IN_WORKSPACE,
         "quiet_hours: 20:00-08:00\nid: 4f1c9a0255\ndatabase: ~/x.db\n"
         "languages: de\ntheme:\n  accent: \"#0b6bcb\"\n  text: \"#123\"\n"
         "serve:\n  listen: 127.0.0.1:8080\nats:\n  max_age: 12h\n"},
        {IN_FIELD, "values: [a]\nordered: yes\nprivate: no\n"},
        {IN_PERSONA, "first_name: Zoë\nwhatever: x\n"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text =
            g_strconcat(least(rows[i].place), rows[i].text, NULL);
        g_autofree char *found = problems_of(rows[i].place, text);
        g_test_message("%s", text);
        g_assert_cmpstr(found, ==, "");
    }
}

static void
test_values(void)
{
    static const struct {
        SettingPlace place;
        const char *line, *expected;
    } rows[] = {
        {IN_CAMPAIGN, "status: live",
         "E618 'status: live' is not known | one of: draft, ready, paused, "
         "archived"},
        {IN_CAMPAIGN, "needs: roles",
         "E111 'needs: roles' is not known | the only value is: role"},
        {IN_CAMPAIGN, "start: 3rd March 9am",
         "E602 '3rd March 9am' is not a date | write 2026-03-03 09:00"},
        {IN_CAMPAIGN, "start: 2026-02-30",
         "E312 2026-02-30 is not a real date"},
        {IN_CAMPAIGN, "send_window: Mon-Fri 16:00-09:00",
         "E616 the sending window 16:00-09:00 is empty"},
        {IN_CAMPAIGN, "send_window: Mo-Fr 9-17",
         "E111 'Mo-Fr' is not a weekday (Mon, Tue ..) | for example Tue-Thu "
         "09:00-16:00 recipient"},
        {IN_CAMPAIGN, "rate: fast",
         "E111 'rate' must be a rate | for example 20 per minute"},
        {IN_CAMPAIGN, "holdout: 5",
         "E111 'holdout' must be a percentage | for example 5%"},
        {IN_CAMPAIGN, "holdout: 51%",
         "E111 'holdout' must be a percentage up to 50%"},
        {IN_CAMPAIGN, "re_enter: 12m",
         "E111 're_enter: 12m' is not understood | for example never, or "
         "after 12m"},
        {IN_CAMPAIGN, "track: true", "E111 'track' must be yes or no"},
        {IN_CAMPAIGN, "priority: 101",
         "E111 'priority' must be a number from 1 to 100 | for example 50"},
        {IN_CAMPAIGN, "priority: 1x",
         "E111 'priority' must be a number from 1 to 100 | for example 50"},
        {IN_CAMPAIGN, "expires: 7",
         "E607 'expires: 7' needs a unit | for example 4d, 4 business days, "
         "2w"},
        {IN_CAMPAIGN, "allow: [E203, W999]",
         "E111 'E203' is an error and cannot be allowed\n"
         "E111 'W999' is not the code of a warning | for example W407"},
        {IN_CAMPAIGN, "exclude: [a, b]",
         "E111 'exclude' must be a condition | for example country in [DE, "
         "AT]"},
        {IN_MAIL, "preheader: [a]",
         "E119 this value must be in quotes: YAML gives '[' a meaning of its "
         "own"},
        {IN_MAIL, "preheader:\n  - a",
         "E111 'preheader' must be one line of text"},
        {IN_MAIL, "preheader:", "E116 'preheader' is empty"},
        {IN_MAIL, "preheader: \"\"", "E116 'preheader' is empty"},
        {IN_MAIL, "attach: []", "E116 'attach' is empty"},
        {IN_MAIL, "attach: {a: b}",
         "E111 'attach' must be a name or a list | for example "
         "[files/name.pdf]"},
        {IN_MAIL, "attach: [[a]]",
         "E111 'attach' must be a name or a list | for example "
         "[files/name.pdf]"},
        {IN_MAIL, "event: a", "E111 'event' must be a group of settings"},
        {IN_MAIL, "event:\n  title: a", "E107 this event has no start"},
        {IN_MAIL, "variants:\n  - id: a\n    share: half",
         "E111 'share' must be a percentage | for example 50%"},
        {IN_MAIL, "variants:\n  - id: a", "E107 this variant has no share"},
        {IN_MAIL, "variants: a",
         "E111 'variants' must be a list of groups | for example - id: a"},
        {IN_MAIL, "variants: [a]",
         "E111 'variants' must be a list of groups | for example - id: a"},
        {IN_STEP, "wait: 4",
         "E607 'wait: 4' needs a unit | for example 4d, 4 business days, 2w"},
        {IN_STEP, "wait: -4d",
         "E607 'wait: -4d' is below zero | for example 4d, 4 business days, "
         "2w"},
        {IN_STEP, "wait: soon",
         "E607 'wait: soon' is not a length of time | for example 4d, 4 "
         "business days, 2w"},
        {IN_STEP, "wait: until Easter",
         "E602 this is not a moment to wait for | for example until "
         "2026-04-01 09:00, or until role.closes minus 5d"},
        {IN_STEP, "wait: until role.closes minus 5",
         "E602 this is not a moment to wait for | for example until "
         "2026-04-01 09:00, or until role.closes minus 5d"},
        {IN_STEP, "on: Mittwoch",
         "E111 'on: Mittwoch' is not known | one of: Monday, Tuesday, "
         "Wednesday, Thursday, Friday, Saturday, Sunday"},
        {IN_STEP, "at: 9:30",
         "E111 'at: 9:30' is not understood | for example 09:30"},
        {IN_STEP, "at: 24:00",
         "E111 'at: 24:00' is not understood | for example 09:30"},
        {IN_SENDER, "role: boss",
         "E111 'role: boss' is not known | one of: recruiter, marketing, lead"},
        {IN_WORKSPACE, "languages:\n  a: b",
         "E111 'languages' must be a name or a list | for example [en, de]"},
        {IN_WORKSPACE, "theme:\n  accent: blue",
         "E111 'accent' must be a colour | for example \"#0b6bcb\""},
        {IN_WORKSPACE, "theme: blue",
         "E111 'theme' must be a group of settings"},
        {IN_WORKSPACE, "theme:", "E116 'theme' is empty"},
        {IN_WORKSPACE, "tracking:\n  base_url: www.k.example",
         "E404 'www.k.example' is not a full address | write "
         "https://www.k.example"},
        {IN_WORKSPACE, "tracking:\n  base_url: javascript:x",
         "E403 'base_url' must be an address with https, not 'javascript'"},
        {IN_WORKSPACE, "quiet_hours: 12:00-14:00",
         "E111 'quiet_hours: 12:00-14:00' is not understood | for example "
         "20:00-08:00"},
        {IN_WORKSPACE, "id: xyz",
         "E111 'id: xyz' is not understood | for example 4f1c9a02, as "
         "'nurture init' writes it"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text =
            g_strconcat(least(rows[i].place), rows[i].line, "\n", NULL);
        g_autofree char *found = problems_of(rows[i].place, text);
        g_test_message("%s", text);
        g_assert_cmpstr(found, ==, rows[i].expected);
    }
}

static void
test_zone(void)
{
    static const struct {
        const char *zone, *near;
    } rows[] = {
        {"CEST+1", "did you mean 'Europe/Berlin'?"},
        {"Europe/Belrin", "did you mean 'Europe/Berlin'?"},
        {"berlin", "did you mean 'Europe/Berlin'?"},
        {"New York", "did you mean 'America/New_York'?"},
        {"nowhere at all", "for example Europe/Berlin"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup(LEAST_SPACE);
        g_auto(GStrv) parts = g_strsplit(text, "UTC", 2);
        g_autofree char *wrong = g_strjoinv(rows[i].zone, parts);
        g_autofree char *found = problems_of(IN_WORKSPACE, wrong);
        g_autofree char *expected = g_strdup_printf(
            "E604 unknown time zone '%s' | %s", rows[i].zone, rows[i].near);
        g_assert_cmpstr(found, ==, expected);
    }
}

static void
test_keys(void)
{
    static const struct {
        SettingPlace place;
        const char *line, *expected;
    } rows[] = {
        {IN_MAIL, "prehaeder: x",
         "E106 unknown setting 'prehaeder' | did you mean 'preheader'?"},
        {IN_MAIL, "sendtime: x", "E106 unknown setting 'sendtime'"},
        {IN_MAIL, "wait: 4d",
         "E115 'wait' belongs to the step in campaign.md, not to the mail"},
        {IN_MAIL, "audience: x",
         "E115 'audience' belongs to campaign.md, not to the mail"},
        {IN_CAMPAIGN, "subject: x",
         "E115 'subject' belongs to the mail, not to campaign.md"},
        {IN_CAMPAIGN, "company: x",
         "E115 'company' belongs to nurture.yaml, not to campaign.md"},
        {IN_NEWSLETTER, "steps: x",
         "E115 'steps' belongs to campaign.md, not to the newsletter"},
        {IN_WORKSPACE, "domain: x",
         "E106 unknown setting 'domain' | did you mean 'domain' in "
         "'sending'?"},
        {IN_WORKSPACE, "theme:\n  colour: x", "E106 unknown setting 'colour'"},
        {IN_STEP, "Mail: b",
         "E106 unknown setting 'Mail' | did you mean 'mail'?"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text =
            g_strconcat(least(rows[i].place), rows[i].line, "\n", NULL);
        g_autofree char *found = problems_of(rows[i].place, text);
        g_test_message("%s", text);
        g_assert_cmpstr(found, ==, rows[i].expected);
    }
}

static void
test_absent(void)
{
    static const struct {
        SettingPlace place;
        const char *text, *expected;
    } rows[] = {
        {IN_MAIL, "from: a\n", "E107 this mail has no subject"},
        {IN_MAIL, "subject:\n", "E116 'subject' is empty"},
        {IN_CAMPAIGN, "name: a\n",
         "E107 this campaign has no steps\nE620 this campaign has no "
         "audience"},
        {IN_CAMPAIGN,
         "name: a\naudience: b\nsteps:\n  - wait: 4d\n  - drop: c\n",
         "E107 this step has no mail"},
        {IN_SENDER, "name: a\n", "E107 this sender has no email"},
        {IN_WORKSPACE,
         "company: a\ntime_zone: UTC\nsmtp:\nlegal:\n  "
         "postal_address: x\nsending:\n  domain: a\n  "
         "bounces: b@a.example\n  replies: b@a.example\n",
         "E116 'smtp' is empty"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *found = problems_of(rows[i].place, rows[i].text);
        g_test_message("%s", rows[i].text);
        g_assert_cmpstr(found, ==, rows[i].expected);
    }
}

/* The words of the most common mistake; what it leaves out is not worth one, as
 * the design has them. */
static void
test_words(void)
{
    static const char text[] = "subjct: Hello\n";
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Source) source = source_new("a.md", text, strlen(text));
    g_autoptr(YamlNode) map = yaml_read(source, 0, strlen(text),
                                        settings_text_keys(IN_MAIL), problems);
    g_autoptr(GString) out = g_string_new(NULL);

    settings_check(map, IN_MAIL, source, problems);
    diagnostics_sort(problems);
    diagnostics_format(problems, FORMAT_HUMAN, false, out);
    g_assert_cmpstr(
        out->str, ==,
        "a.md:1:1: error[E106]: unknown setting 'subjct'\n"
        "    1 | subjct: Hello\n"
        "      | ^^^^^^ did you mean 'subject'?\n"
        "      = help: settings of a mail: subject, preheader, variants, "
        "attach, event, from, reply_to, layout, allow\n"
        "\n"
        "1 error. Nothing can be sent from this file until the errors are "
        "gone.\n");
}

static void
test_value(void)
{
    static const char text[] = "smtp:\n  port: 25\n  host:\nlanguages: [a]\n";
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Source) source = source_new("a", text, strlen(text));
    g_autoptr(YamlNode) map =
        yaml_read(source, 0, strlen(text), NULL, problems);

    g_assert_cmpstr(settings_value(map, IN_WORKSPACE, "smtp.port"), ==, "25");
    g_assert_cmpstr(settings_value(map, IN_WORKSPACE, "smtp.tls"), ==,
                    "required");
    g_assert_cmpstr(settings_value(map, IN_WORKSPACE, "sending.cap"), ==,
                    "2 per 14d");
    g_assert_null(settings_value(map, IN_WORKSPACE, "smtp.host"));
    g_assert_cmpstr(settings_value(map, IN_WORKSPACE, "languages"), ==, "en");
}

/* Every default passes its own check, and every row has its sentence. */
static void
test_table(void)
{
    for (const Setting *s = settings_table; s->key; s++) {
        g_test_message("%s", s->key);
        g_assert_true(g_str_has_suffix(s->help, "."));
        g_assert_cmpint(s->places, !=, 0);
        g_assert_true((s->type == SETTING_CHOICE) == (s->choices != NULL));
        g_assert_false(s->required && s->fallback);
        if (s->fallback && (s->places & IN_CAMPAIGN)) {
            g_autofree char *text = g_strdup_printf(
                "%s%s: \"%s\"\n", least(IN_CAMPAIGN), s->key, s->fallback);
            g_autofree char *found = problems_of(IN_CAMPAIGN, text);
            g_assert_cmpstr(found, ==, "");
        }
    }
}

/* decisions: these are literal text, and nothing else is. */
static void
test_text_keys(void)
{
    static const char *const expected[] = {
        "name",    "subject",        "preheader", "title",
        "company", "postal_address", "where",     "password_from",
        "fetch",   "secret_from",    "consent"};
    const char *const *keys = settings_text_keys(IN_MAIL);

    g_assert_cmpuint(g_strv_length((char **)keys), ==, G_N_ELEMENTS(expected));
    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_true(g_strv_contains(keys, expected[i]));
    g_assert_null(settings_text_keys(IN_FIELD)[0]);
}

static void
test_rate(void)
{
    static const struct {
        const char *text;
        int count;
        int64_t per_ms;
    } rows[] = {
        {"20 per minute", 20, MINUTE_MS},
        {"2 per 14d", 2, 14 * DAY_MS},
        {"1 per day", 1, DAY_MS},
        {"100 per 10 minutes", 100, 10 * MINUTE_MS},
        {"unlimited", 0, 0},
        {"0 per day", -1, 0},
        {"2 per", -1, 0},
        {"per day", -1, 0},
        {"2 per 0d", -1, 0},
        {"2/day", -1, 0},
        {"99999999999 per day", -1, 0},
        {"", -1, 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        int count;
        int64_t per_ms = 0;
        bool good = rate_parse(rows[i].text, &count, &per_ms, &error);
        g_test_message("%s", rows[i].text);
        g_assert_cmpint(good, ==, rows[i].count >= 0);
        if (!good) {
            g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
            continue;
        }
        g_assert_cmpint(count, ==, rows[i].count);
        g_assert_cmpint(per_ms, ==, rows[i].per_ms);
    }
}

static void
test_percent(void)
{
    static const struct {
        const char *text;
        int basis_points;
    } rows[] = {
        {"5%", 500},    {"12.5%", 1250}, {"0.25%", 25}, {"100%", 10000},
        {"0%", 0},      {"100.01%", -1}, {"101%", -1},  {"5", -1},
        {"1.234%", -1}, {".5%", -1},     {"5 %", -1},   {"-5%", -1},
        {"5%%", -1},    {"", -1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        int found = -1;
        bool good = percent_parse(rows[i].text, &found, NULL);
        g_test_message("%s", rows[i].text);
        g_assert_cmpint(good ? found : -1, ==, rows[i].basis_points);
    }
}

static void
test_manual(void)
{
    g_autofree char *text = settings_manual();
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

    g_assert_nonnull(strstr(text, "\n smtp:\n  host: one value; required\n"));
    g_assert_nonnull(strstr(text, "  status: draft | ready | paused | "
                                  "archived; draft if not set\n"));
    for (const Setting *s = settings_table; s->key; s++) {
        const char *dot = strchr(s->key, '.');
        g_autofree char *line =
            g_strdup_printf("\n  %s: ", dot ? dot + 1 : s->key);
        g_assert_nonnull(strstr(text, line));
    }
    for (int i = 0; lines[i]; i++)
        g_assert_cmpint((int)g_utf8_strlen(lines[i], -1), <=, 90);
}

/* Every code has its page. */
static void
test_explain(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    int last = 0;

    g_assert_cmpuint(diagnostic_list_size(), >, 140);
    for (guint i = 0; i < diagnostic_list_size(); i++) {
        const DiagnosticEntry *entry = diagnostic_list_get(i);
        int number = (int)g_ascii_strtoll(entry->code + 1, NULL, 10);
        g_test_message("%s", entry->code);
        g_assert_cmpuint(strlen(entry->code), ==, 4);
        g_assert_nonnull(strchr("EWN", entry->code[0]));
        g_assert_cmpint(number, >, last); /* no number twice */
        last = number;
        g_assert_cmpuint(strlen(entry->mistake), >, 0);
        g_assert_true(g_str_has_suffix(entry->why, "."));
        g_assert_true(diagnostic_find(entry->code) == entry);
    }
    g_assert_null(diagnostic_find("E999"));
    diagnostic_explain(diagnostic_find("w402"), out);
    g_assert_cmpstr(out->str, ==,
                    "W402  http link\n\n"
                    "Browsers warn of unencrypted pages, and anybody on the "
                    "way can change them.\n\n"
                    "  wrong   [Jobs](http://kestrel.example)\n"
                    "  right   [Jobs](https://kestrel.example)\n\n"
                    "A warning: it will work, but it is probably not what you "
                    "want. If it is,\n"
                    "write  allow: [W402]  into the settings of the file.\n");
}

/* Whatever an author may type, weighted towards what YAML has a meaning for. */
static char *
random_words(void)
{
    static const char *const pieces[] = {
        " ",  "  ", "#", " #", ":", ": ", "-",    "- ", "'",  "\"",  "\\",
        "{{", "}}", "[", "]",  "{", "}",  "&",    "*",  "!",  "|",   ">",
        "%",  "@",  "`", ",",  "?", "~",  "=",    "no", "1",  "0x1", "null",
        "a",  "b",  "ü", "é",  "€", "你", "🙂", ".",  "..", "---", "<<"};
    GString *out = g_string_new(NULL);
    int wanted = g_test_rand_int_range(1, 12);

    while (wanted-- > 0)
        g_string_append(out,
                        pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))]);
    return g_strstrip(g_string_free(out, FALSE));
}

/* What `subject: TYPED` reads as; NULL when it is refused. */
static char *
read_subject(const char *typed)
{
    g_autofree char *text = g_strdup_printf("subject: %s\n", typed);
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Source) source = source_new("a.md", text, strlen(text));
    g_autoptr(YamlNode) map = yaml_read(source, 0, strlen(text),
                                        settings_text_keys(IN_MAIL), problems);

    if (!map || diagnostics_count(problems, SEVERITY_ERROR) > 0)
        return NULL;
    return g_strdup(settings_value(map, IN_MAIL, "subject"));
}

static char *
quoted(const char *words, char quote)
{
    GString *out = g_string_new(NULL);

    g_string_append_c(out, quote);
    for (; *words; words++) {
        if (quote == '\'' && *words == '\'')
            g_string_append_c(out, '\'');
        if (quote == '"' && (*words == '"' || *words == '\\'))
            g_string_append_c(out, '\\');
        g_string_append_c(out, *words);
    }
    g_string_append_c(out, quote);
    return g_string_free(out, FALSE);
}

/* A text is refused, or it is what was typed; in quotes it never is refused. */
static void
test_as_typed(void)
{
    int accepted = 0;

    for (int i = 0; i < 20000; i++) {
        g_autofree char *words = random_words();
        g_autofree char *one = quoted(words, '\''), *two = quoted(words, '"');
        g_autofree char *read_plain = read_subject(words);
        g_autofree char *read_one = read_subject(one);
        g_autofree char *read_two = read_subject(two);

        if (!*words)
            continue;
        g_test_message("%s", words);
        if (read_plain && *words != '\'' && *words != '"') {
            accepted++;
            g_assert_cmpstr(read_plain, ==, words);
        }
        g_assert_cmpstr(read_one, ==, words);
        g_assert_cmpstr(read_two, ==, words);
    }
    g_assert_cmpint(accepted, >, 1000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/settings/good", test_good);
    g_test_add_func("/settings/values", test_values);
    g_test_add_func("/settings/zone", test_zone);
    g_test_add_func("/settings/keys", test_keys);
    g_test_add_func("/settings/absent", test_absent);
    g_test_add_func("/settings/words", test_words);
    g_test_add_func("/settings/value", test_value);
    g_test_add_func("/settings/table", test_table);
    g_test_add_func("/settings/text-keys", test_text_keys);
    g_test_add_func("/settings/rate", test_rate);
    g_test_add_func("/settings/percent", test_percent);
    g_test_add_func("/settings/as-typed", test_as_typed);
    g_test_add_func("/settings/manual", test_manual);
    g_test_add_func("/settings/explain", test_explain);
    return g_test_run();
}
