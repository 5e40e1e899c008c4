/* SPDX-License-Identifier: Apache-2.0 */
/* test_reply_text.c - the author's own words, in many languages */
#include "tracking/reply-text.h"

#include "nurture/datafile.h"
#include "tracking/html-text.h"
#include "tracking/reply-lines.h"

#include <glib.h>
#include <string.h>

/* --- every row of the data files runs its own examples ------------------- */

static const char *
cell(const DataFile *file, guint row, const char *column)
{
    return datafile_row(file, row)->cell[datafile_column(file, column)];
}

static bool
is_attribution(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_attribution_lines(lines, 0) > 0;
}

static bool
is_separator(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_separator_role(lines, 0) != 0;
}

static bool
is_label(const char *text)
{
    return reply_header_label(text, strlen(text), NULL) != 0;
}

static bool
is_signoff(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_line_signoff(&lines->line[0]) != 0;
}

static bool
is_tagline(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_line_is_tagline(&lines->line[0]);
}

static bool
is_banner(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_line_is_banner(&lines->line[0]);
}

static bool
is_disclaimer(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_lines_disclaim(lines, 0);
}

typedef bool (*LineTest)(const char *text);

static void
check_rows(const char *table, const char *column, const char *value,
           bool wanted, LineTest test)
{
    g_autofree char *path = g_strdup_printf("tracking/data/%s.tsv", table);
    g_autoptr(GError) error = NULL;
    g_autoptr(DataFile) file = datafile_load(path, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < datafile_rows(file); i++) {
        if (column && g_str_equal(cell(file, i, column), value) != wanted)
            continue;
        if (!test(cell(file, i, "match"))) {
            g_test_message("%s:%d must match", table,
                           datafile_row(file, i)->line);
            g_test_fail();
        }
        if (test(cell(file, i, "unlike"))) {
            g_test_message("%s:%d must not match", table,
                           datafile_row(file, i)->line);
            g_test_fail();
        }
    }
}

static bool
is_separator_or_label(const char *text)
{
    return is_separator(text) || is_label(text);
}

static void
test_rows(void)
{
    check_rows("reply-attribution", NULL, NULL, true, is_attribution);
    check_rows("reply-headers", NULL, NULL, true, is_separator_or_label);
    check_rows("reply-signoff", NULL, NULL, true, is_signoff);
    check_rows("reply-tagline", NULL, NULL, true, is_tagline);
    check_rows("reply-banner", "kind", "banner", true, is_banner);
    check_rows("reply-banner", "kind", "disclaimer", true, is_disclaimer);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reply-text/rows", test_rows);
    return g_test_run();
}
