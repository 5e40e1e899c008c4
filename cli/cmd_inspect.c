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

typedef struct {
    InspectFormat format;
    int64_t date;
    char *sent; /* the words of our mail that they answer, or NULL */
    bool json;
} Asked;

static bool
inspect_file(const char *path, const Asked *asked, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(Inspection) inspection = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) failed = NULL;
    char *content;
    gsize size;

    if (!g_file_get_contents(path, &content, &size, &failed)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s", failed->message);
        if (asked->json)
            print_unread(path, failed->message);
        return false;
    }
    bytes = g_bytes_new_take(content, size);
    inspection = inspection_of_answer(bytes, asked->format, asked->date,
                                      asked->sent, error);
    if (!inspection)
        return false;
    if (asked->json)
        inspection_to_json(inspection, path, out);
    else
        inspection_to_text(inspection, path, out);
    fwrite(out->str, 1, out->len, stdout);
    return true;
}

static bool
read_sent(const char *path, char **out, GError **error)
{
    g_autofree char *content = NULL;
    g_autoptr(GError) failed = NULL;
    gsize size;

    if (!path)
        return true;
    if (!g_file_get_contents(path, &content, &size, &failed)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s", failed->message);
        return false;
    }
    *out = g_utf8_make_valid(content, (gssize)size);
    return true;
}

static int
inspect_all(char **paths, const Asked *asked)
{
    int status = 0;

    for (int i = 0; paths[i]; i++) {
        GError *error = NULL;

        if (!inspect_file(paths[i], asked, &error))
            status = cli_error(error);
    }
    return status;
}

int
cmd_inspect(int argc, char **argv, CliContext *cli)
{
    g_autofree char *format_name = NULL, *date_text = NULL, *sent_path = NULL;
    g_autofree char *sent = NULL;
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_name,
         "What FILE holds: eml (default), text or html", "FORMAT"},
        {"date", 0, 0, G_OPTION_ARG_STRING, &date_text,
         "The day it was sent, where it does not say", "YYYY-MM-DD"},
        {"sent", 0, 0, G_OPTION_ARG_FILENAME, &sent_path,
         "The text of the mail it answers, to tell answers typed into it",
         "FILE"},
        {NULL}};
    Asked asked = {.json = cli->json};
    GError *error = NULL;
    int status = cli_options(entries, "FILE... - explain received mail", NULL,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc < 2)
        return cli_usage("inspect", "give at least one file");
    if (format_name && !parse_format(format_name, &asked.format))
        return cli_usage("inspect", "unknown format '%s'", format_name);
    if (date_text && !parse_date(date_text, &asked.date))
        return cli_usage("inspect", "'%s' is not a date", date_text);
    if (!read_sent(sent_path, &sent, &error))
        return cli_error(error);
    asked.sent = sent;
    return inspect_all(argv + 1, &asked);
}
