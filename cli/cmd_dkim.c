/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_dkim.c - nurture dkim: the keys that sign, and what the DNS must say */
#include "cli.h"

#include "nurture/dkim.h"
#include "nurture/json.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "  keygen  make an RSA and an Ed25519 key, unless they are there; keys "
    "are\n"
    "          never overwritten\n"
    "  dns     print the TXT records that receivers check signatures with\n\n"
    "Publish the records first, then set 'dkim: sign: here' in nurture.yaml.\n"
    "To change keys, make new ones with another --selector, publish them, set\n"
    "dkim.selector, and leave the old records for a week.";

static void
json_strings(GString *out, const char *value)
{
    g_string_append(out, ",\"strings\":[");
    for (const char *p = value; *p; p += strnlen(p, DKIM_STRING_MAX)) {
        g_autofree char *part = g_strndup(p, DKIM_STRING_MAX);
        g_string_append(out, p > value ? "," : "");
        json_append_string(out, part);
    }
    g_string_append_c(out, ']');
}

static void
print_json(const GPtrArray *records)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"records\":[");

    for (guint i = 0; i < records->len; i++) {
        const DkimRecord *record = records->pdata[i];
        g_string_append(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_append_string(out, record->name);
        g_string_append(out, ",\"type\":\"TXT\",\"value\":");
        json_append_string(out, record->value);
        json_strings(out, record->value);
        g_string_append_c(out, '}');
    }
    puts(g_string_append(out, "]}")->str);
}

/* As in a zone file. */
static void
print_record(const DkimRecord *record)
{
    printf("%s. IN TXT (", record->name);
    for (const char *p = record->value; *p; p += strnlen(p, DKIM_STRING_MAX))
        printf("\n    \"%.*s\"", DKIM_STRING_MAX, p);
    puts(" )");
}

static int
run_dns(CliContext *cli, const char *selector)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) records =
        dkim_records(cli->workspace, selector, &error);

    if (!records)
        return cli_error(error);
    if (cli->json)
        print_json(records);
    for (guint i = 0; !cli->json && i < records->len; i++)
        print_record(records->pdata[i]);
    return 0;
}

static int
run_keygen(CliContext *cli, const char *selector, int bits)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) files =
        dkim_keygen(cli->workspace, selector, bits, &error);

    if (!files)
        return cli_error(error);
    for (guint i = 0; !cli->quiet && i < files->len; i++) {
        const DkimKeyFile *file = files->pdata[i];
        fprintf(stderr, "%s: %s (%s)\n", file->selector, file->path,
                file->created ? "made" : "was there");
    }
    if (!cli->quiet)
        fputs("Next: publish what 'nurture dkim dns' prints.\n", stderr);
    return 0;
}

int
cmd_dkim(int argc, char **argv, CliContext *cli)
{
    g_autofree char *selector = NULL;
    int bits = DKIM_BITS_DEFAULT;
    const GOptionEntry entries[] = {
        {"selector", 0, 0, G_OPTION_ARG_STRING, &selector,
         "The keys' name in the DNS (dkim.selector, or nurture)", "S"},
        {"bits", 0, 0, G_OPTION_ARG_INT, &bits,
         "Of the RSA key that keygen makes (2048)", "N"},
        {NULL}};
    int status = cli_options(entries, "keygen|dns - keys that sign mails", help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc == 2 && strcmp(argv[1], "keygen") == 0)
        return run_keygen(cli, selector, bits);
    if (argc == 2 && strcmp(argv[1], "dns") == 0)
        return run_dns(cli, selector);
    return cli_usage("dkim", "say 'keygen' or 'dns'");
}
