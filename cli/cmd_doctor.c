/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_doctor.c - is everything around nurture as it must be? */
#include "cli.h"

#include "nurture/doctor.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>

static const char help[] =
    "Sends nothing. Without CHECK, everything:\n"
    "  relay      connects to the mail server, starts TLS, logs in\n"
    "  spf, dkim, dmarc   what receivers look up about the sender\n"
    "  mx         whether bounces and answers can arrive\n"
    "  ptr        whether the address that mail leaves from has a name\n"
    "  one-click  asks the public opt-out page as Gmail does (RFC 8058)\n"
    "  database   reads it through; is its data fresh?\n"
    "  files      who may read keys and database\n"
    "  disk, clock\n"
    "Each problem comes with the record to publish or the command to run.\n"
    "--mail looks at a mail that came through your mail server (send one with\n"
    "'nurture test'): is it signed as it must be? Exit status 1 when "
    "something\n"
    "is an error; with --strict, also for a warning.";

static void
print_good(const char *check, const char *text, gpointer data)
{
    const CliContext *cli = data;
    g_autoptr(GString) out = g_string_new(NULL);

    if (cli->quiet)
        return;
    if (cli->json) {
        g_string_append(out, "{\"check\":");
        json_append_string(out, check);
        g_string_append(out, ",\"ok\":");
        json_append_string(out, text);
        g_string_append_c(out, '}');
    } else {
        g_autofree char *valid = g_utf8_make_valid(text, -1);
        g_string_append_printf(out, "%-10s ", check);
        plain_append_text(out, valid);
    }
    puts(out->str);
    fflush(stdout);
}

/* In the order of the checks. */
static void
print_problems(const CliContext *cli, const Diagnostics *problems)
{
    g_autoptr(GString) out = g_string_new(NULL);
    guint errors = diagnostics_count(problems, SEVERITY_ERROR);
    guint warnings = diagnostics_count(problems, SEVERITY_WARNING);

    for (guint i = 0; i < diagnostics_length(problems); i++)
        diagnostic_format(diagnostics_get(problems, i),
                          cli->json ? FORMAT_JSON : FORMAT_HUMAN,
                          !cli->json && cli->colour, out);
    fputs(out->str, cli->json ? stdout : stderr);
    if (cli->json || cli->quiet)
        return;
    if (errors + warnings == 0)
        fputs("Everything is as it must be.\n", stderr);
    else
        fprintf(stderr, "\n%u error%s, %u warning%s\n", errors,
                errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}

static bool
examine_mail(const DoctorOptions *options, const char *path, GError **error)
{
    g_autofree char *bytes = NULL;
    g_autoptr(GError) why = NULL;
    gsize length;

    if (!g_file_get_contents(path, &bytes, &length, &why)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s", why->message);
        return false;
    }
    doctor_mail(options, path, bytes, length);
    return true;
}

int
cmd_doctor(int argc, char **argv, CliContext *cli)
{
    g_autofree char *dns = NULL, *ip = NULL, *mail = NULL, *password = NULL;
    g_autoptr(Diagnostics) problems = diagnostics_new();
    gboolean strict = FALSE;
    const GOptionEntry entries[] = {
        {"dns", 0, 0, G_OPTION_ARG_STRING, &dns,
         "Ask this DNS server, not the system's", "HOST:PORT"},
        {"ip", 0, 0, G_OPTION_ARG_STRING, &ip,
         "That mail leaves from (the mail server's)", "ADDRESS"},
        {"mail", 0, 0, G_OPTION_ARG_FILENAME, &mail,
         "Look at this mail instead", "FILE"},
        {"strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Warnings count as errors",
         NULL},
        {NULL}};
    GError *error = NULL;
    bool done;
    int status = cli_options(entries,
                             "[CHECK..] - find what keeps mail from "
                             "arriving",
                             help, &argc, &argv);

    if (status >= 0)
        return status;
    password = mail ? NULL : workspace_password(cli->workspace, &error);
    if (error)
        return cli_error(error);
    DoctorOptions options = {
        .workspace = cli->workspace,
        .password = password,
        .dns_server = dns,
        .ip = ip,
        .only = (const char *const *)argv + 1,
        .now = cli->now,
        .problems = problems,
        .good = print_good,
        .data = cli,
    };
    done = mail ? examine_mail(&options, mail, &error)
                : doctor_run(&options, &error);
    if (!done)
        return cli_error(error);
    print_problems(cli, problems);
    return diagnostics_count(problems, SEVERITY_ERROR) > 0 ||
           (strict && diagnostics_count(problems, SEVERITY_WARNING) > 0);
}
