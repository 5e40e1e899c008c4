/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_inspect.c - nurture inspect: explain received mail, touch nothing */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/inspection.h"
#include "nurture/json.h"

#include <stdio.h>
#include <string.h>

static bool
parse_format(const char *name, InspectFormat *out)
{
    static const char *const names[] = {"eml", "text", "html", NULL};

    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (InspectFormat)i;
            return true;
        }
    return false;
}

/* "2026-03-10" as UTC ms of that noon, so that no zone moves the day. */
static bool
parse_date(const char *text, int64_t *out)
{
    g_autofree char *iso = g_strdup_printf("%sT12:00:00Z", text);
    g_autoptr(GDateTime) date = g_date_time_new_from_iso8601(iso, NULL);

    if (strlen(text) != 10 || !date)
        return false;
    *out = g_date_time_to_unix(date) * 1000;
    return true;
}

/* Who reads JSON gets one line per file, whatever happens. */
static void
print_unread(const char *path, const char *why)
{
    g_autoptr(GString) out = g_string_new("{\"file\":");

    json_append_string(out, path);
    g_string_append(out, ",\"kind\":\"other\",\"refused\":");
    json_append_string(out, why);
    g_string_append(out, "}\n");
    fputs(out->str, stdout);
}

static bool
inspect_file(const char *path, InspectFormat format, int64_t date, bool json,
             GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(Inspection) inspection = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) failed = NULL;
    char *content;
    gsize size;

    if (!g_file_get_contents(path, &content, &size, &failed)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s", failed->message);
        if (json)
            print_unread(path, failed->message);
        return false;
    }
    bytes = g_bytes_new_take(content, size);
    inspection = inspection_of(bytes, format, date, error);
    if (!inspection)
        return false;
    if (json)
        inspection_to_json(inspection, path, out);
    else
        inspection_to_text(inspection, path, out);
    fwrite(out->str, 1, out->len, stdout);
    return true;
}

int
cmd_inspect(int argc, char **argv, CliContext *cli)
{
    g_autofree char *format_name = NULL;
    g_autofree char *date_text = NULL;
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_name,
         "What FILE holds: eml (default), text or html", "FORMAT"},
        {"date", 0, 0, G_OPTION_ARG_STRING, &date_text,
         "The day it was sent, where it does not say", "YYYY-MM-DD"},
        {NULL}};
    InspectFormat format = INSPECT_EML;
    int64_t date = 0;
    int status = cli_options(entries, "FILE... - explain received mail", NULL,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc < 2)
        return cli_usage("inspect", "give at least one file");
    if (format_name && !parse_format(format_name, &format))
        return cli_usage("inspect", "unknown format '%s'", format_name);
    if (date_text && !parse_date(date_text, &date))
        return cli_usage("inspect", "'%s' is not a date", date_text);
    status = 0;
    for (int i = 1; i < argc; i++) {
        GError *error = NULL;

        if (!inspect_file(argv[i], format, date, cli->json, &error))
            status = cli_error(error);
    }
    return status;
}
