/* SPDX-License-Identifier: Apache-2.0 */
/* manual.c - manual pages in mdoc(7), from the tables the program runs on */
#include "describe.h"

#include "nurture/settings.h"

#include <stdio.h>
#include <string.h>

#define DATE "November 22, 2026"

/* One line of running text; no word of it may be taken for a request, and a
 * new sentence begins a new line. */
static void
put_line(const char *text)
{
    bool starts = true;

    for (; *text; text++) {
        if (starts && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        starts = false;
        if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
        if (strchr(".!?", *text) && text[1] == ' ') {
            putchar('\n');
            starts = true;
            while (text[1] == ' ')
                text++;
        }
    }
    putchar('\n');
}

static void
put_text(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

    for (char **l = lines; *l; l++) {
        g_strchomp(*l);
        if (**l)
            put_line(*l);
        else if (l[1])
            puts(".Pp");
    }
}

static void
put_head(const char *name, const char *section, const char *about)
{
    g_autofree char *upper = g_ascii_strup(name, -1);

    printf(".\\\" Made by nurture help --man; edit the program instead.\n"
           ".Dd " DATE "\n.Dt %s %s\n.Os\n.Sh NAME\n.Nm %s\n.Nd ",
           upper, section, name);
    put_line(about);
}

static void
put_option(const GOptionEntry *o)
{
    printf(".It ");
    if (o->short_name)
        printf("Fl %c , ", o->short_name);
    printf("Fl -%s", o->long_name);
    if (o->arg_description)
        printf(" Ar \"%s\"", o->arg_description);
    putchar('\n');
    put_text(o->description);
}

static void
put_options(const Usage *u)
{
    if (u->options->len == 0)
        return;
    puts(".Bl -tag -width Ds");
    for (guint i = 0; i < u->options->len; i++)
        put_option(&g_array_index(u->options, GOptionEntry, i));
    puts(".El");
}

/* "CAMPAIGN[/MAIL] - look at a mail": what stands before the dash. */
static void
put_usage(const char *command, const Usage *u)
{
    const char *text = u->parameters ? u->parameters : "";
    const char *dash = g_str_has_prefix(text, "- ") ? text : NULL;
    g_autofree char *head = NULL;

    if (!dash)
        dash = strstr(text, " - ");
    head = g_strndup(text, dash ? (gsize)(dash - text) : strlen(text));
    g_strstrip(head);
    printf(".Nm nurture %s%s%s\n", command, u->word ? " " : "",
           u->word ? u->word : "");
    if (u->options->len > 0)
        puts(".Op Ar options");
    if (*head)
        printf(".Ar \"%s\"\n", head);
}

static void
put_command(const Command *c)
{
    g_autoptr(GPtrArray) usages = command_usages(c);
    g_autofree char *name = g_strconcat("nurture-", c->name, NULL);
    const Usage *first = g_ptr_array_index(usages, 0);

    put_head(name, "1", c->summary);
    puts(".Sh SYNOPSIS");
    for (guint i = 0; i < usages->len; i++)
        put_usage(c->name, g_ptr_array_index(usages, i));
    puts(".Sh DESCRIPTION");
    put_text(first->description ? first->description : c->summary);
    put_options(first);
    for (guint i = 1; i < usages->len; i++) {
        const Usage *u = g_ptr_array_index(usages, i);
        printf(".Ss nurture %s %s\n", c->name, u->word);
        put_text(u->description ? u->description : u->parameters);
        put_options(u);
    }
    puts(".Sh SEE ALSO\n.Xr nurture 1 ,\n.Xr nurture.yaml 5");
}

static void
put_overview(void)
{
    static const char *const options[][2] = {
        {"Fl C Ar DIR", "Work in this workspace."},
        {"Fl -json", "Print for programs."},
        {"Fl q , Fl v", "Say less, say more."},
        {"Fl -color Ar WHEN", "auto, always or never; see NO_COLOR."},
        {"Fl -no-input", "Never ask."},
        {"Fl -now Ar TIME", "Pretend that it is TIME."},
    };

    put_head("nurture", "1", "keep recruiting teams in touch, politely");
    puts(".Sh SYNOPSIS\n.Nm\n.Op Fl C Ar DIR\n.Ar command\n"
         ".Op Ar option ...\n.Sh DESCRIPTION");
    puts("A workspace is a folder of text files: campaigns, segments, senders."
         "\nThe commands, in the order of a first day:\n.Bl -tag -width Ds");
    for (const Command *c = commands; c->name; c++) {
        printf(".It Cm %s\n", c->name);
        put_line(c->summary);
    }
    puts(".El\n.Pp\nOptions for every command:\n.Bl -tag -width Ds");
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        printf(".It %s\n%s\n", options[i][0], options[i][1]);
    puts(".El\n.Sh ENVIRONMENT\n.Bl -tag -width Ds\n.It Ev NO_COLOR\n"
         "No colours if it is set.\n.It Ev XDG_STATE_HOME\n"
         "Where databases are, if not in\n.Pa ~/.local/state .\n.El\n"
         ".Sh EXIT STATUS\n.Bl -tag -width Ds -compact\n"
         ".It 0\nDone.\n.It 1\nProblems in files or data.\n"
         ".It 2\nWrong usage.\n.It 3\nRefused.\n.It 4\nTry again later.\n"
         ".It 5\nSome messages failed for good.\n"
         ".It 6\nThe database is damaged or too new.\n"
         ".It 70\nA bug in nurture.\n.El\n.Pp\n"
         ".Xr nurture-receive 1\nalone uses those of\n.Xr sysexits 3 .\n"
         ".Sh SEE ALSO\n.Xr nurture.yaml 5");
}

static void
put_setting(const Setting *s)
{
    printf(".It Cm %s\n", s->key);
    put_line(s->help);
    if (s->choices) {
        g_auto(GStrv) words = g_strsplit(s->choices, "|", -1);
        g_autofree char *list = g_strjoinv(", ", words);
        printf("One of: %s.\n", list);
    }
    if (s->required)
        puts("Required.");
    else if (s->fallback)
        printf("If not set: %s\n", s->fallback);
}

static void
put_settings(void)
{
    static const struct {
        SettingPlace place;
        const char *title;
    } chapters[] = {
        {IN_WORKSPACE, "nurture.yaml"},
        {IN_CAMPAIGN, "A sequence: campaign.md"},
        {IN_STEP, "A step of a sequence"},
        {IN_NEWSLETTER, "A newsletter: campaigns/NAME.md"},
        {IN_MAIL, "A mail of a sequence"},
        {IN_VARIANT, "A variant of a mail"},
        {IN_EVENT, "An event of a mail"},
        {IN_HOOK, "A webhook, in ats.hooks"},
        {IN_OUT, "A receiver, in ats.out"},
        {IN_SENDER, "A sender: senders/NAME.md"},
        {IN_ROLE, "A role: roles/NAME.md"},
        {IN_FIELD, "A field of fields.yaml"},
        {IN_PERSONA, "A person of tests/personas.yaml"},
    };

    put_head("nurture.yaml", "5", "settings of a nurture workspace");
    puts(".Sh DESCRIPTION");
    puts("Settings are lines of the form\n.Ql name: value .\n"
         "A mail, a campaign, a sender and a role have them between two lines "
         "of three\nhyphens at the top of their file.\n"
         "A name with a dot belongs to a group: its last part stands "
         "indented\nbelow the first.");
    for (gsize i = 0; i < G_N_ELEMENTS(chapters); i++) {
        printf(".Ss %s\n.Bl -tag -width Ds\n", chapters[i].title);
        for (const Setting *s = settings_table; s->key; s++)
            if (s->places & chapters[i].place)
                put_setting(s);
        puts(".El");
    }
    puts(".Sh SEE ALSO\n.Xr nurture 1");
}

int
manual_print(const char *about)
{
    if (!about) {
        put_overview();
        return 0;
    }
    if (strcmp(about, "settings") == 0) {
        put_settings();
        return 0;
    }
    for (const Command *c = commands; c->name; c++)
        if (strcmp(c->name, about) == 0) {
            put_command(c);
            return 0;
        }
    return cli_usage("help", "there is no command '%s'", about);
}
