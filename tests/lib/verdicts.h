/* SPDX-License-Identifier: Apache-2.0 */
/* verdicts -- the mails of tests/data/inbound and what they are. */
#ifndef TESTS_VERDICTS_H
#define TESTS_VERDICTS_H

#include "nurture/datafile.h"
#include "nurture/inspection.h"

static inline DataFile *
verdicts_load(void)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    DataFile *file;
    gsize length;

    g_file_get_contents("tests/data/inbound/verdicts.tsv", &text, &length,
                        &error);
    g_assert_no_error(error);
    file = datafile_parse("verdicts.tsv", text, length, &error);
    g_assert_no_error(error);
    return file;
}

static inline Inspection *
verdicts_inspect(const char *name)
{
    g_autofree char *path =
        g_build_filename("tests", "data", "inbound", name, NULL);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    Inspection *got;
    char *data;
    gsize size;

    g_file_get_contents(path, &data, &size, &error);
    g_assert_no_error(error);
    bytes = g_bytes_new_take(data, size);
    got = inspection_of(bytes, INSPECT_EML, 0, &error);
    g_assert_no_error(error);
    return got;
}

#endif
