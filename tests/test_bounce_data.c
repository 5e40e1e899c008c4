/* SPDX-License-Identifier: Apache-2.0 */
/* test_bounce_data.c - every rule row holds for its own examples */
#include "nurture/datafile.h"
#include "tracking/bounce-reason.h"
#include "tracking/bounce.h"
#include "tracking/text-rules.h"

#include <string.h>

/* "\n" in an example is a line feed. */
static char *
example(TextRules *rules, int row, const char *column)
{
    const char *cell = text_rules_cell(rules, row, column);
    g_auto(GStrv) lines = g_strsplit(cell, "\\n", -1);

    return g_strjoinv("\n", lines);
}

static bool
matches(TextRules *rules, int row, const char *text)
{
    g_auto(Haystack) h = {0};

    haystack_init(&h, text, strlen(text));
    return text_rules_match(rules, row, &h, NULL);
}

static void
test_examples(const void *data)
{
    TextRules *rules = text_rules_get(data);
    int failed = 0;

    g_assert_cmpint(text_rules_count(rules), >, 0);
    for (int i = 0; i < text_rules_count(rules); i++) {
        g_autofree char *name = text_rules_name(rules, i);
        g_autofree char *yes = example(rules, i, "match");
        g_autofree char *no = example(rules, i, "nomatch");

        g_assert_cmpstr(yes, !=, "");
        g_assert_cmpstr(no, !=, "");
        if (!matches(rules, i, yes)) {
            g_test_message("%s does not match '%s'", name, yes);
            failed++;
        }
        if (matches(rules, i, no)) {
            g_test_message("%s matches '%s'", name, no);
            failed++;
        }
    }
    g_assert_cmpint(failed, ==, 0);
}

static bool
has_row(const DataFile *file, const char *key)
{
    for (guint i = 0; i < datafile_rows(file); i++)
        if (strcmp(datafile_row(file, i)->cell[0], key) == 0)
            return true;
    return false;
}

/* Every reason a rule can give has its line in the table of actions. */
static void
test_reasons_have_actions(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(DataFile) actions =
        datafile_load("tracking/data/bounce-action.tsv", &error);
    g_autoptr(DataFile) reasons =
        datafile_load("tracking/data/bounce-reason.tsv", &error);
    g_autoptr(DataFile) codes =
        datafile_load("tracking/data/bounce-status.tsv", &error);

    g_assert_no_error(error);
    for (guint i = 0; i < datafile_rows(reasons); i++)
        g_assert_true(has_row(actions, datafile_row(reasons, i)->cell[0]));
    for (guint i = 0; i < datafile_rows(codes); i++)
        g_assert_true(has_row(actions, datafile_row(codes, i)->cell[1]));
}

/* Replies of well-known servers, as a Diagnostic-Code. */
static void
test_replies(void)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(DataFile) replies = NULL;
    gsize length;
    int failed = 0;

    g_file_get_contents("tests/data/bounce-replies.tsv", &text, &length,
                        &error);
    g_assert_no_error(error);
    replies = datafile_parse("bounce-replies.tsv", text, length, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < datafile_rows(replies); i++) {
        const DataRow *row = datafile_row(replies, i);
        BouncedRecipient *r = g_new0(BouncedRecipient, 1);

        r->diagnostic = g_strdup(row->cell[1]);
        bounce_reason_decide(r, &(BounceContext){.notice = ""});
        if (strcmp(r->reason, row->cell[0]) != 0) {
            g_test_message("line %d: %s by %s", row->line, r->reason, r->rule);
            failed++;
        }
        bounced_recipient_free(r);
    }
    g_assert_cmpint(failed, ==, 0);
}

int
main(int argc, char **argv)
{
    static const char *const files[] = {
        "bounce-reason.tsv",        "bounce-intro.tsv",  "bounce-subject.tsv",
        "bounce-letter.tsv",        "bounce-sender.tsv", "bounce-original.tsv",
        "bounce-recipient.tsv",     "bounce-list.tsv",   "bounce-stage.tsv",
        "bounce-not-recipient.tsv", "feedback-shape.tsv"};

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path =
            g_strdup_printf("/bounce-data/examples/%s", files[i]);

        g_test_add_data_func(path, files[i], test_examples);
    }
    g_test_add_func("/bounce-data/replies", test_replies);
    g_test_add_func("/bounce-data/reasons-have-actions",
                    test_reasons_have_actions);
    return g_test_run();
}
