/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_completion.c - the commands and options as completions of a shell */
#include "describe.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Prints a script to standard output:\n"
    "  bash:  nurture completion bash > ~/.local/share/bash-completion/"
    "completions/nurture\n"
    "  zsh:   nurture completion zsh > DIR/_nurture, where DIR is in $fpath\n"
    "  fish:  nurture completion fish > ~/.config/fish/completions/"
    "nurture.fish";

static const char *const globals[][2] = {
    {"json", "Print for programs"},     {"no-input", "Never ask"},
    {"color", "auto, always or never"}, {"now", "Pretend that it is this time"},
    {"help", "Help for the command"},
};

/* Within single quotes of a shell. */
static void
put_quoted(const char *text)
{
    putchar('\'');
    for (; text && *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*text == '\n' ? ' ' : *text);
    }
    putchar('\'');
}

static void
put_words(const GPtrArray *usages)
{
    g_auto(GStrv) words = usage_words(g_ptr_array_index(usages, 0));

    for (char **w = words; *w; w++)
        printf(" %s", *w);
    for (guint u = 0; u < usages->len; u++) {
        const Usage *usage = g_ptr_array_index(usages, u);
        for (guint i = 0; i < usage->options->len; i++)
            printf(" --%s",
                   g_array_index(usage->options, GOptionEntry, i).long_name);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(globals); i++)
        printf(" --%s", globals[i][0]);
}

static void
put_bash(void)
{
    puts("# nurture completion bash\n"
         "_nurture_names() { # FOLDER: what its files and folders are called\n"
         "    (cd \"$1\" 2>/dev/null && for i in *; do\n"
         "        [ \"$i\" = '*' ] || echo \"${i%.*}\"; done)\n"
         "}\n"
         "_nurture() {\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} cmd= words= i\n"
         "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "        case ${COMP_WORDS[i]} in\n"
         "        -C) ((i++)) ;;\n"
         "        -*) ;;\n"
         "        *) cmd=${COMP_WORDS[i]}; break ;;\n"
         "        esac\n"
         "    done\n"
         "    case $cmd in");
    fputs("    '') words='", stdout);
    for (const Command *c = commands; c->name; c++)
        printf("%s%s", c == commands ? "" : " ", c->name);
    puts("' ;;");
    for (const Command *c = commands; c->name; c++) {
        g_autoptr(GPtrArray) usages = command_usages(c);
        printf("    %s) words='", c->name);
        put_words(usages);
        puts("' ;;");
    }
    puts(
        "    esac\n"
        "    case $cur in\n"
        "    -*) ;;\n"
        "    *)\n"
        "        words=$(printf '%s\\n' $words | grep -v '^--')\n"
        "        case $cmd in\n"
        "        '') ;;\n"
        "        explain) words=\"$words $(nurture explain | cut -c 1-4)\" ;;\n"
        "        segment) words=\"$words $(_nurture_names segments)\" ;;\n"
        "        *) words=\"$words $(_nurture_names campaigns)\" ;;\n"
        "        esac ;;\n"
        "    esac\n"
        "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
        "}\n"
        "complete -o default -F _nurture nurture");
}

static void
put_zsh(void)
{
    puts("#compdef nurture\n"
         "local cmd i\n"
         "for ((i = 2; i < CURRENT; i++)); do\n"
         "    case $words[i] in\n"
         "    -C) ((i++)) ;;\n"
         "    -*) ;;\n"
         "    *) cmd=$words[i]; break ;;\n"
         "    esac\n"
         "done\n"
         "if [[ -z $cmd ]]; then\n"
         "    local -a list=(");
    for (const Command *c = commands; c->name; c++) {
        g_autofree char *text = g_strconcat(c->name, ":", c->summary, NULL);
        fputs("        ", stdout);
        put_quoted(text);
        putchar('\n');
    }
    puts("    )\n"
         "    _describe command list\n"
         "    return\n"
         "fi\n"
         "case $cmd in");
    for (const Command *c = commands; c->name; c++) {
        g_autoptr(GPtrArray) usages = command_usages(c);
        printf("%s) compadd --", c->name);
        put_words(usages);
        puts(" ;;");
    }
    puts("esac\n"
         "case $cmd in\n"
         "explain) compadd -- ${(f)\"$(nurture explain | cut -c 1-4)\"} ;;\n"
         "segment) compadd -- segments/*.seg(N:t:r) ;;\n"
         "*) compadd -- campaigns/*(N:t:r) ;;\n"
         "esac\n"
         "_files");
}

static void
put_fish_option(const char *command, const GOptionEntry *o)
{
    printf("complete -c nurture -n '__nurture_on %s' -l %s", command,
           o->long_name);
    if (o->short_name)
        printf(" -s %c", o->short_name);
    if (o->arg_description)
        fputs(" -r", stdout);
    fputs(" -d ", stdout);
    put_quoted(o->description);
    putchar('\n');
}

static void
put_fish(void)
{
    puts("# nurture completion fish\n"
         "function __nurture_on # [COMMAND]: is it that one, or none yet?\n"
         "    set -l words (commandline -opc)\n"
         "    set -e words[1]\n"
         "    while set -q words[1]\n"
         "        switch $words[1]\n"
         "            case -C\n"
         "                set -e words[1]\n"
         "            case '-*'\n"
         "            case '*'\n"
         "                test \"$words[1]\" = \"$argv[1]\"\n"
         "                return\n"
         "        end\n"
         "        set -e words[1]\n"
         "    end\n"
         "    test -z \"$argv[1]\"\n"
         "end\n"
         "function __nurture_names # COMMAND: what it may be about\n"
         "    switch $argv[1]\n"
         "        case explain\n"
         "            nurture explain | string sub -l 4\n"
         "        case segment\n"
         "            set -l files segments/*.seg # none is no error here\n"
         "            string replace -r '.*/(.*)\\.seg' '$1' $files\n"
         "        case '*'\n"
         "            set -l files campaigns/*\n"
         "            string replace -r '.*/([^.]*).*' '$1' $files\n"
         "    end\n"
         "end\n"
         "complete -c nurture -s C -r -d 'Work in this workspace'");
    for (gsize i = 0; i < G_N_ELEMENTS(globals); i++) {
        printf("complete -c nurture -l %s -d ", globals[i][0]);
        put_quoted(globals[i][1]);
        putchar('\n');
    }
    for (const Command *c = commands; c->name; c++) {
        g_autoptr(GPtrArray) usages = command_usages(c);
        g_auto(GStrv) words = usage_words(g_ptr_array_index(usages, 0));
        printf("complete -c nurture -n __nurture_on -a %s -d ", c->name);
        put_quoted(c->summary);
        putchar('\n');
        for (char **w = words; *w; w++)
            printf("complete -c nurture -n '__nurture_on %s' "
                   "-a %s\n",
                   c->name, *w);
        printf("complete -c nurture -n '__nurture_on %s' "
               "-a '(__nurture_names %s)'\n",
               c->name, c->name);
        for (guint u = 0; u < usages->len; u++) {
            const Usage *usage = g_ptr_array_index(usages, u);
            for (guint i = 0; i < usage->options->len; i++)
                put_fish_option(
                    c->name, &g_array_index(usage->options, GOptionEntry, i));
        }
    }
}

int
cmd_completion(int argc, char **argv, CliContext *cli)
{
    static const struct {
        const char *name;
        void (*put)(void);
    } shells[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};
    int status = cli_options(NULL, "bash | zsh | fish", help, &argc, &argv);

    (void)cli;
    if (status >= 0)
        return status;
    for (gsize i = 0; argc == 2 && i < G_N_ELEMENTS(shells); i++)
        if (strcmp(argv[1], shells[i].name) == 0) {
            shells[i].put();
            return 0;
        }
    return cli_usage("completion", "name bash, zsh or fish");
}
