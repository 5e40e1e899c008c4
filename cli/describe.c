/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c - asking the commands for their options */
#include "describe.h"

#include <string.h>

static void
usage_free(gpointer p)
{
    Usage *u = p;

    g_free((char *)u->word);
    g_array_unref(u->options);
    g_free(u);
}

/* The strings of an option table are literals; the table itself is not. */
static void
on_options(const GOptionEntry *entries, const char *parameters,
           const char *description, gpointer data)
{
    Usage *u = data;

    u->parameters = parameters;
    u->description = description;
    for (; entries && entries->long_name; entries++)
        g_array_append_val(u->options, *entries);
}

static Usage *
ask(const Command *command, const char *word)
{
    CliContext cli = {.directory = ".", .quiet = true};
    g_autofree char *name = g_strdup(command->name);
    g_autofree char *first = g_strdup(word ? word : "--help");
    char help[] = "--help";
    char *argv[] = {name, first, word ? help : NULL, NULL};
    Usage *u = g_new0(Usage, 1);

    u->word = g_strdup(word);
    u->options = g_array_new(FALSE, FALSE, sizeof(GOptionEntry));
    if (command->run == cmd_help)
        return u;
    cli_listen(on_options, u);
    command->run(word ? 3 : 2, argv, &cli);
    cli_listen(NULL, NULL);
    return u;
}

static bool
same_options(const Usage *a, const Usage *b)
{
    if (a->options->len != b->options->len)
        return false;
    for (guint i = 0; i < a->options->len; i++)
        if (strcmp(g_array_index(a->options, GOptionEntry, i).long_name,
                   g_array_index(b->options, GOptionEntry, i).long_name) != 0)
            return false;
    return g_strcmp0(a->parameters, b->parameters) == 0;
}

/* "[list | show MESSAGE | resolve MESSAGE] - the outbox": what stands first
 * between the bars, in small letters. */
char **
usage_words(const Usage *usage)
{
    const char *text = usage->parameters ? usage->parameters : "";
    const char *dash = strstr(text, " - ");
    g_autofree char *head =
        g_strndup(text, dash ? (gsize)(dash - text) : strlen(text));
    GPtrArray *words = g_ptr_array_new();
    g_auto(GStrv) parts = NULL;

    g_strdelimit(head, "[]", ' ');
    parts = g_strsplit(head, "|", -1);
    for (char **p = parts; *p && parts[1]; p++) {
        const char *word = g_strstrip(*p);
        gsize n = strspn(word, "abcdefghijklmnopqrstuvwxyz-");
        if (n > 0 && (word[n] == '\0' || word[n] == ' '))
            g_ptr_array_add(words, g_strndup(word, n));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

GPtrArray *
command_usages(const Command *command)
{
    GPtrArray *usages = g_ptr_array_new_with_free_func(usage_free);
    Usage *first = ask(command, NULL);
    g_auto(GStrv) words = usage_words(first);

    g_ptr_array_add(usages, first);
    for (char **w = words; *w; w++) {
        Usage *u = ask(command, *w);
        if (same_options(first, u))
            usage_free(u);
        else
            g_ptr_array_add(usages, u);
    }
    return usages;
}
