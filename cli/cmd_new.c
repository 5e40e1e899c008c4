/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_new.c - a draft to write over */
#include "cli.h"

#include "nurture/campaign.h"
#include "nurture/json.h"
#include "nurture/scaffold.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "  nurture new newsletter NAME    campaigns/NAME.md, one mail\n"
    "  nurture new sequence NAME      campaigns/NAME/, two mails and a wait\n"
    "  nurture new segment NAME       segments/NAME.seg, one condition\n"
    "\n"
    "Asks whom it is for and who sends it; with --no-input, or when nobody is\n"
    "there to answer, it is for everyone and from each person's recruiter. A\n"
    "campaign starts as a draft: 'nurture check' names the words that are "
    "still\n"
    "to be written. An existing file is never touched.";

typedef struct {
    char *title, *audience, *from;
} Options;

static void
options_clear(Options *o)
{
    g_free(o->title);
    g_free(o->audience);
    g_free(o->from);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static void
ask_for(const CliContext *cli, char **answer, const char *question,
        const char *choices, const char *fallback)
{
    g_autofree char *text =
        g_strdup_printf("%s (%s) [%s]: ", question, choices, fallback);
    g_autofree char *line = *answer ? NULL : cli_ask(cli, text);

    if (!*answer)
        *answer = g_strdup(text_is_blank(line) ? fallback : g_strstrip(line));
}

static void
ask_all(const CliContext *cli, Options *o)
{
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    g_autoptr(Catalogue) catalogue =
        catalogue_of_workspace(cli->workspace, ignored);
    g_autofree char *segments = g_strjoinv(
        ", ", (char **)segment_set_names(catalogue_segments(catalogue)));
    g_autoptr(GString) senders = g_string_new("recruiter");

    for (guint i = 0; i < cli->workspace->senders->len; i++) {
        const Sender *s = g_ptr_array_index(cli->workspace->senders, i);
        g_string_append_printf(senders, ", %s", s->id);
    }
    ask_for(cli, &o->audience, "Whom is it for", segments, "everyone");
    ask_for(cli, &o->from, "Who sends it", senders->str, "recruiter");
}

static int
find_kind(const char *word)
{
    static const char *const words[] = {"newsletter", "sequence", "segment"};

    for (int i = 0; i < (int)G_N_ELEMENTS(words); i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return -1;
}

static void
tell(const CliContext *cli, char **paths, const Draft *draft)
{
    g_autoptr(GString) json = g_string_new("{\"schema\":1,\"files\":[");

    for (char **path = paths; *path; path++) {
        if (!cli->json && !cli->quiet)
            printf("Wrote %s\n", *path);
        g_string_append(json, path == paths ? "" : ",");
        json_append_string(json, *path);
    }
    if (cli->json)
        puts(g_string_append(json, "]}")->str);
    if (cli->json || cli->quiet)
        return;
    if (draft->kind == DRAFT_SEGMENT)
        printf("\nWrite its condition, then:\n"
               "  nurture segment explain %s\n",
               draft->name);
    else
        printf("\nWrite your words where it says TBD, then:\n"
               "  nurture check %s\n"
               "  nurture preview %s\n",
               draft->name, draft->name);
}

int
cmd_new(int argc, char **argv, CliContext *cli)
{
    g_auto(Options) o = {0};
    const GOptionEntry entries[] = {
        {"title", 0, 0, G_OPTION_ARG_STRING, &o.title,
         "What people call the campaign", "TEXT"},
        {"audience", 0, 0, G_OPTION_ARG_STRING, &o.audience,
         "Whom it is for: a segment or a condition", "SEGMENT"},
        {"from", 0, 0, G_OPTION_ARG_STRING, &o.from,
         "recruiter, or a file of senders/", "SENDER"},
        {NULL},
    };
    g_auto(GStrv) paths = NULL;
    GError *error = NULL;
    Draft draft = {0};
    int kind, status = cli_options(entries,
                                   "newsletter | sequence | segment NAME - a "
                                   "draft to write over",
                                   help, &argc, &argv);

    if (status >= 0)
        return status;
    kind = argc == 3 ? find_kind(argv[1]) : -1;
    if (kind < 0)
        return cli_usage("new", "newsletter NAME, sequence NAME or segment "
                                "NAME");
    if (kind != DRAFT_SEGMENT)
        ask_all(cli, &o);
    draft = (Draft){.kind = (DraftKind)kind,
                    .name = argv[2],
                    .title = o.title,
                    .audience = o.audience,
                    .sender = o.from};
    paths = draft_write(cli->workspace, &draft, &error);
    if (!paths)
        return cli_error(error);
    tell(cli, paths, &draft);
    return 0;
}
