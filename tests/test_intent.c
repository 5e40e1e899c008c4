/* SPDX-License-Identifier: Apache-2.0 */
/* test_intent.c - what replies mean, in eight languages */
#include "tracking/intent.h"

#include "tests/intent-cases.h"
#include "tracking/folded.h"
#include "tracking/rules.h"

#include <string.h>

/* Tuesday, 10 March 2026, 09:00 UTC */
#define TUESDAY INT64_C(1773133200000)

typedef struct {
    const Case *cases;
    size_t n;
} Table;

static bool
is_one_of(const char *name, const char *names)
{
    g_auto(GStrv) list = g_strsplit(names, "|", -1);

    return g_strv_contains((const char *const *)list, name);
}

static void
test_replies(const void *data)
{
    const Table *table = data;
    int wrong = 0;

    for (size_t i = 0; i < table->n; i++) {
        const Case *c = &table->cases[i];
        Intent got;
        intent_classify(c->text, NULL, TUESDAY, &got);
        if (is_one_of(intent_class_name(got.class), c->class) &&
            (!c->day[0] || strcmp(got.back_on, c->day) == 0))
            continue;
        wrong++;
        g_test_message("'%s': %s %s (%s)", c->text,
                       intent_class_name(got.class), got.back_on, got.rule);
    }
    g_assert_cmpint(wrong, ==, 0);
}

static void
add(const char *name, const Case *cases, size_t n)
{
    g_autofree char *path = g_strdup_printf("/intent/%s", name);
    Table *table = g_new(Table, 1);

    *table = (Table){cases, n};
    g_test_add_data_func_full(path, table, test_replies, g_free);
}

static bool
matches(RuleTable *table, guint rule, const char *text)
{
    g_auto(Haystack) h = {0};

    haystack_init(&h, text, strlen(text));
    return rules_match(table, rule, &h);
}

/* Every row of the table matches its own example, and not the other one. */
static void
test_rules(void)
{
    RuleTable *table = rules_load("tracking/data/intent.tsv");

    for (guint i = 0; i < rules_count(table); i++) {
        const Rule *rule = rules_get(table, i);
        g_autofree char *match = text_fold(rule->match, 1000);
        g_autofree char *nomatch = text_fold(rule->nomatch, 1000);
        if (match[0] && matches(table, i, match) && nomatch[0] &&
            !matches(table, i, nomatch))
            continue;
        g_test_message("intent.tsv:%d '%s' '%s'", rule->line, match, nomatch);
        g_test_fail();
    }
    rules_free(table);
}

static void
test_flags(void)
{
    static const struct {
        const char *text;
        bool strong_optout, erasure, left_company;
    } cases[] = {
        {"Unsubscribe", true, false, false},
        {"Please take me off your mailing list.", true, false, false},
        {"Erase all personal data you hold on me.", true, true, false},
        {"I'm interested, but which data do you keep? Can I unsubscribe from "
         "the newsletter only?",
         false, false, false},
        {"Abmelden bitte", true, false, false},
        {"Supprimez mon compte et toutes mes données.", true, true, false},
        {"Klaus is no longer with our company.", false, false, true},
        {"Frau Sommer hat unser Haus verlassen.", false, false, true},
        {"Sounds good, call me on Monday.", false, false, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Intent got;
        intent_classify(cases[i].text, NULL, TUESDAY, &got);
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(got.strong_optout, ==, cases[i].strong_optout);
        g_assert_cmpint(got.erasure, ==, cases[i].erasure);
        g_assert_cmpint(got.left_company, ==, cases[i].left_company);
    }
}

static void
test_later_day(void)
{
    static const struct {
        const char *text, *day;
    } cases[] = {
        {"Not right now, please try me again in May.", "2026-05-01"},
        {"Aktuell nicht, aber melden Sie sich gern im Herbst wieder.",
         "2026-09-01"},
        {"Pas pour le moment, recontactez-moi dans six mois.", "2026-09-10"},
        {"I just started a new job in January, timing is not right.", ""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Intent got;
        intent_classify(cases[i].text, NULL, TUESDAY, &got);
        g_assert_cmpstr(intent_class_name(got.class), ==, "not_now");
        g_assert_cmpstr(got.back_on, ==, cases[i].day);
    }
}

/* Nothing, noise, or too little: a person must read it. */
static void
test_abstains(void)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "Hi Sam,\n\nBest regards,\nAnn",
        "...",
        "12345",
        "See below.",
        "\xf0\x9f\x91\x8d",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Intent got;
        intent_classify(texts[i], "", 0, &got);
        g_assert_cmpint(got.class, ==, INTENT_OTHER);
        g_assert_cmpstr(got.rule, ==, "");
        g_assert_cmpfloat(got.confidence, ==, 0);
    }
}

static void
test_names_its_rule(void)
{
    Intent got;

    intent_classify("I am not interested.", NULL, TUESDAY, &got);
    g_assert_cmpint(got.class, ==, INTENT_NOT_INTERESTED);
    g_assert_true(g_str_has_prefix(got.rule, "intent.tsv:"));
    g_assert_cmpfloat(got.confidence, >, 0.5);
    g_assert_cmpfloat(got.confidence, <=, 1);
}

/* What a List-Unsubscribe mailto sends has a subject and no text. */
static void
test_subject(void)
{
    Intent got;

    intent_classify("", "unsubscribe", TUESDAY, &got);
    g_assert_cmpint(got.class, ==, INTENT_UNSUBSCRIBE);
    g_assert_true(got.strong_optout);
}

static void
test_long_text(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Intent got;

    while (text->len < 300000)
        g_string_append(text, "I do not want to not want to ");
    intent_classify(text->str, text->str, TUESDAY, &got);
    g_assert_cmpint(got.class, <, INTENT_CLASSES);
}

static char **
lines_of(const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return g_strsplit(g_strchomp(text), "\n", -1);
}

/* Only an order to stop is acted on alone; nothing that sounds like one is. */
static void
test_opt_outs(void)
{
    g_auto(GStrv) lines = lines_of("tests/data/opt-outs.tsv");
    int wrong = 0;

    for (char **line = lines; *line; line++) {
        g_auto(GStrv) cell = g_strsplit(*line, "\t", 3);
        Intent got;
        if (**line == '#' || strcmp(cell[1], "verdict") == 0)
            continue;
        intent_classify(cell[2], NULL, TUESDAY, &got);
        if (got.strong_optout == (strcmp(cell[1], "order") == 0))
            continue;
        wrong++;
        g_test_message("'%s' %d (%s)", cell[2], got.strong_optout, got.rule);
    }
    g_assert_cmpint(wrong, ==, 0);
}

static void
test_unseen(void)
{
    g_auto(GStrv) lines = lines_of("tests/data/intents.tsv");
    int wrong = 0;

    for (char **line = lines; *line; line++) {
        g_auto(GStrv) cell = g_strsplit(*line, "\t", 5);
        Intent got;
        if (**line == '#' || strcmp(cell[1], "class") == 0)
            continue;
        intent_classify(cell[4], NULL, TUESDAY, &got);
        const char *class = intent_class_name(got.class);
        if ((strcmp(class, cell[1]) == 0 || strcmp(class, cell[2]) == 0) &&
            (*cell[3] == '-' || strcmp(cell[3], got.back_on) == 0))
            continue;
        wrong++;
        g_test_message("'%s': %s %s (%s)", cell[4], class, got.back_on,
                       got.rule);
    }
    g_assert_cmpint(wrong, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("english", english, G_N_ELEMENTS(english));
    add("german", german, G_N_ELEMENTS(german));
    add("french", french, G_N_ELEMENTS(french));
    add("spanish", spanish, G_N_ELEMENTS(spanish));
    add("dutch", dutch, G_N_ELEMENTS(dutch));
    add("italian", italian, G_N_ELEMENTS(italian));
    add("portuguese", portuguese, G_N_ELEMENTS(portuguese));
    add("polish", polish, G_N_ELEMENTS(polish));
    g_test_add_func("/intent/rules", test_rules);
    g_test_add_func("/intent/opt-outs", test_opt_outs);
    g_test_add_func("/intent/unseen", test_unseen);
    g_test_add_func("/intent/flags", test_flags);
    g_test_add_func("/intent/later-day", test_later_day);
    g_test_add_func("/intent/abstains", test_abstains);
    g_test_add_func("/intent/names-its-rule", test_names_its_rule);
    g_test_add_func("/intent/subject", test_subject);
    g_test_add_func("/intent/long-text", test_long_text);
    return g_test_run();
}
