/* SPDX-License-Identifier: Apache-2.0 */
/* cli.c - printing, asking and failing, the same for every command */
#include "cli.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
cli_is_terminal(int fd)
{
    const char *term = g_getenv("TERM");

    return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

/* A message may quote what a server or a file says: line ends stay, sequences
 * for the terminal do not. */
static void
print_error(const char *message)
{
    g_autofree char *valid = g_utf8_make_valid(message, -1);
    g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);

    for (char **line = lines; *line; line++) {
        g_autoptr(GString) plain = g_string_new(NULL);
        plain_append_text(plain, *line);
        fprintf(stderr, "%s%s\n", line == lines ? "nurture: " : "", plain->str);
    }
}

int
cli_error(GError *error)
{
    int status = error_exit_status(error);

    print_error(error->message);
    if (status == 70)
        fprintf(stderr, "nurture: this is a bug in nurture\n");
    g_error_free(error);
    return status;
}

int
cli_usage(const char *command, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "nurture%s%s: %s\n", *command ? " " : "", command, text);
    fprintf(stderr, "Try: nurture %s%s--help\n", command, *command ? " " : "");
    return 2;
}

static struct {
    CliListener tell;
    gpointer data;
} listener;

void
cli_listen(CliListener tell, gpointer data)
{
    listener.tell = tell;
    listener.data = data;
}

/* For "Unknown option --strickt"; NULL: none is near. Borrowed. */
static const char *
nearest_option(const GOptionEntry *entries, const GError *error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *typed = strstr(error->message, "--");

    if (!g_error_matches(error, G_OPTION_ERROR,
                         G_OPTION_ERROR_UNKNOWN_OPTION) ||
        !typed)
        return NULL;
    for (; entries && entries->long_name; entries++)
        g_ptr_array_add(names, (gpointer)entries->long_name);
    g_ptr_array_add(names, NULL);
    return text_nearest(typed + 2, (const char *const *)names->pdata);
}

char **
cli_verb(char **argv)
{
    g_autofree char *both = g_strdup_printf("%s %s", argv[0], argv[1]);

    argv[1] = (char *)g_intern_string(both);
    return argv + 1;
}

int
cli_options(const GOptionEntry *entries, const char *parameters,
            const char *description, int *argc, char ***argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new(parameters);
    g_autofree char *program = g_strdup_printf("nurture %s", (*argv)[0]);
    g_autoptr(GError) error = NULL;
    bool help = false;

    if (listener.tell) {
        listener.tell(entries, parameters, description, listener.data);
        return 0;
    }
    for (int i = 1; i < *argc && strcmp((*argv)[i], "--") != 0; i++)
        help |=
            strcmp((*argv)[i], "--help") == 0 || strcmp((*argv)[i], "-h") == 0;
    g_set_prgname(program);
    if (entries)
        g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(context, description);
    g_option_context_set_help_enabled(context, FALSE);
    if (help) {
        g_autofree char *text = NULL;
        g_option_context_set_help_enabled(context, TRUE);
        text = g_option_context_get_help(context, TRUE, NULL);
        fputs(text, stdout);
        return 0;
    }
    if (!g_option_context_parse(context, argc, argv, &error)) {
        const char *near = nearest_option(entries, error);
        return cli_usage((*argv)[0], "%s%s%s%s", error->message,
                         near ? "; did you mean '--" : "", near ? near : "",
                         near ? "'?" : "");
    }
    return -1;
}

int
cli_problems(const CliContext *cli, Diagnostics *problems)
{
    g_autoptr(GString) text = g_string_new(NULL);

    diagnostics_sort(problems);
    if (diagnostics_length(problems) > 0) {
        diagnostics_format(problems, cli->json ? FORMAT_JSON : FORMAT_HUMAN,
                           cli->colour, text);
        fputs(text->str, cli->json ? stdout : stderr);
    }
    return diagnostics_count(problems, SEVERITY_ERROR) > 0;
}

char *
cli_ask(const CliContext *cli, const char *question)
{
    char line[256];

    if (cli->no_input || !isatty(STDIN_FILENO))
        return NULL;
    fputs(question, stderr);
    fflush(stderr);
    if (!fgets(line, sizeof line, stdin))
        return NULL;
    return g_strdup(g_strstrip(line));
}

/* When the work began, and how much was done then: for rate and rest. */
static struct {
    int64_t at, count;
} begun;

/* ", 1,200/s, 3 min left"; "" as long as nobody can tell. */
static void
append_rate(GString *out, int64_t count, int64_t total)
{
    int64_t ms = clock_monotonic() - begun.at, done = count - begun.count;
    int64_t left;

    if (ms < 2000 || done <= 0)
        return;
    g_string_append_printf(out, ", %s/s",
                           number_format((done * 1000 + ms / 2) / ms));
    if (total <= count)
        return;
    left = (total - count) * ms / done / 1000;
    if (left >= 7200)
        g_string_append_printf(out, ", %d h left", (int)(left / 3600));
    else if (left >= 120)
        g_string_append_printf(out, ", %d min left", (int)(left / 60));
    else
        g_string_append_printf(out, ", %d s left", (int)left);
}

static void
draw_bar(const char *what, int64_t count, int64_t total)
{
    enum { WIDTH = 20 };
    int full = total > 0 ? (int)(count * WIDTH / total) : 0;
    g_autoptr(GString) bar = g_string_new(NULL);

    for (int i = 0; i < WIDTH; i++)
        g_string_append(bar, i < full ? "█" : "░");
    g_string_append_printf(bar, " %s/%s", number_format(count),
                           number_format(total));
    append_rate(bar, count, total);
    fprintf(stderr, "\r%s %s\033[K", what, bar->str);
}

/* Where nobody watches: a line now and then. */
static void
write_line(const char *what, int64_t count, int64_t total)
{
    g_autoptr(GString) line = g_string_new(what);

    g_string_append_printf(line, " %s", number_format(count));
    if (total > 0)
        g_string_append_printf(line, " of %s", number_format(total));
    append_rate(line, count, total);
    fprintf(stderr, "%s\n", line->str);
}

void
cli_progress(const CliContext *cli, const char *what, int64_t count,
             int64_t total, bool done)
{
    static int64_t last;
    int64_t now = clock_monotonic();
    bool terminal = cli_is_terminal(STDERR_FILENO);

    if (cli->quiet)
        return;
    if (last == 0) { /* work that ends soon says nothing */
        last = now;
        begun.at = now;
        begun.count = count;
    }
    if (!done && now - last < (terminal ? 100 : 10000))
        return;
    last = done ? 0 : now;
    if (terminal && done)
        fputs("\r\033[K", stderr);
    else if (terminal && total > 0)
        draw_bar(what, count, total);
    else if (terminal)
        fprintf(stderr, "\r%s %s", what, number_format(count));
    else if (!done)
        write_line(what, count, total);
}
