/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_explain.c - what a code means, and what to do about it */
#include "cli.h"

#include "nurture/diagnostic-list.h"
#include "nurture/text.h"

#include <stdio.h>

static void
print_list(void)
{
    for (guint i = 0; i < diagnostic_list_size(); i++) {
        const DiagnosticEntry *entry = diagnostic_list_get(i);
        printf("%s  %s\n", entry->code, entry->mistake);
    }
}

static const char *
nearest_code(const char *word)
{
    g_autoptr(GPtrArray) codes = g_ptr_array_new();

    for (guint i = 0; i < diagnostic_list_size(); i++)
        g_ptr_array_add(codes, (void *)diagnostic_list_get(i)->code);
    g_ptr_array_add(codes, NULL);
    return text_nearest(word, (const char *const *)codes->pdata);
}

int
cmd_explain(int argc, char **argv, CliContext *cli)
{
    int status = cli_options(NULL, "[CODE..]",
                             "Say why a problem is one, and show it wrong and "
                             "right. Without a code, list all of them.",
                             &argc, &argv);

    (void)cli;
    if (status >= 0)
        return status;
    if (argc < 2)
        print_list();
    for (int i = 1; i < argc; i++) {
        const DiagnosticEntry *entry = diagnostic_find(argv[i]);
        g_autoptr(GString) out = g_string_new(NULL);
        if (!entry) {
            const char *near = nearest_code(argv[i]);
            return cli_usage("explain", "there is no code '%s'%s%s%s", argv[i],
                             near ? "; did you mean " : "", near ? near : "",
                             near ? "?" : "");
        }
        diagnostic_explain(entry, out);
        printf("%s%s", i > 1 ? "\n" : "", out->str);
    }
    return 0;
}
