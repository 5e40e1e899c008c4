/* SPDX-License-Identifier: Apache-2.0 */
/* test_feedback.c - complaints, well formed and not */
#include "tests/lib/verdicts.h"

#include <string.h>

enum { FILE_NAME, KIND, RECIPIENT, MESSAGE_ID, TYPE };

static void
test_verdict(const void *data)
{
    const DataRow *row = data;
    g_autoptr(Inspection) got = verdicts_inspect(row->cell[FILE_NAME]);

    g_assert_cmpint(got->kind, ==, INSPECTION_FEEDBACK);
    g_assert_cmpstr(got->feedback_type, ==, row->cell[TYPE]);
    g_assert_cmpstr(got->feedback_recipient, ==, row->cell[RECIPIENT]);
    g_assert_cmpstr(got->feedback_message_id, ==, row->cell[MESSAGE_ID]);
    g_assert_nonnull(got->rule);
}

/* The words of a complaint in a person's mail make no report. */
static void
test_person(void)
{
    static const char mail[] =
        "From: Bob <bob@example.org>\nTo: rita@sender.example\n"
        "Subject: Complaint about message from Rita\n\n"
        "I read: Feedback-Type: abuse. What is that?\n";
    g_autoptr(GBytes) bytes = g_bytes_new_static(mail, strlen(mail));
    g_autoptr(GError) error = NULL;
    g_autoptr(Inspection) got = inspection_of(bytes, INSPECT_EML, 0, &error);

    g_assert_no_error(error);
    g_assert_cmpint(got->kind, ==, INSPECTION_HUMAN);
}

int
main(int argc, char **argv)
{
    g_autoptr(DataFile) verdicts = NULL;

    g_test_init(&argc, &argv, NULL);
    verdicts = verdicts_load();
    for (guint i = 0; i < datafile_rows(verdicts); i++) {
        const DataRow *row = datafile_row(verdicts, i);
        g_autofree char *path =
            g_strdup_printf("/feedback/verdict/%s", row->cell[FILE_NAME]);

        if (strcmp(row->cell[KIND], "feedback-report") == 0)
            g_test_add_data_func(path, row, test_verdict);
    }
    g_test_add_func("/feedback/person", test_person);
    return g_test_run();
}
