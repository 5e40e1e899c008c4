/* SPDX-License-Identifier: Apache-2.0 */
/* settings_manual.c - the manual of all settings, from their table */
#include "nurture/settings.h"

#include <string.h>

#define INDENT 4
#define WIDTH  78

static const struct {
    SettingPlace place;
    const char *title;
} chapters[] = {
    {IN_WORKSPACE, "nurture.yaml"},
    {IN_CAMPAIGN, "campaign.md: the settings of a sequence"},
    {IN_STEP, "A step, in 'steps' of campaign.md"},
    {IN_NEWSLETTER, "A newsletter, campaigns/NAME.md"},
    {IN_MAIL, "A mail of a sequence"},
    {IN_VARIANT, "A variant, in 'variants' of a mail"},
    {IN_EVENT, "An event, in 'event' of a mail"},
    {IN_SENDER, "senders/NAME.md; the text below the settings is the "
                "signature; NAME.de.md: the German one"},
    {IN_ROLE, "roles/NAME.md"},
    {IN_FIELD, "A field, in 'fields' of fields.yaml"},
    {IN_HOOK, "A webhook, in 'hooks' under 'ats' of nurture.yaml"},
    {IN_OUT, "A receiver, in 'out' under 'ats' of nurture.yaml"},
    {IN_PERSONA, "A person, in 'personas' of tests/personas.yaml"},
};

static const char *const type_words[] = {
    [SETTING_TEXT] = "text",
    [SETTING_WORD] = "one value",
    [SETTING_LIST] = "list",
    [SETTING_WORD_OR_LIST] = "one value or list",
    [SETTING_EXPRESSION] = "condition",
    [SETTING_NUMBER] = "number",
    [SETTING_PERCENT] = "percentage",
    [SETTING_DURATION] = "length of time",
    [SETTING_RATE] = "rate, as 20 per minute",
    [SETTING_YES_NO] = "yes or no",
    [SETTING_CHOICE] = NULL, /* the choices themselves */
    [SETTING_DATE] = "date, as 2026-03-03 09:00",
    [SETTING_WINDOW] = "weekdays and hours",
    [SETTING_ZONE] = "time zone",
    [SETTING_ADDRESS] = "e-mail address",
    [SETTING_URL] = "https address",
    [SETTING_COLOUR] = "colour in quotes, as \"#0b6bcb\"",
    [SETTING_MAP] = "group",
    [SETTING_MAPS] = "list of groups",
};

static void
append_wrapped(GString *out, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 0);
    glong column = WIDTH; /* so that the first word begins a line */

    for (int i = 0; words[i]; i++) {
        glong width = g_utf8_strlen(words[i], -1);
        if (column + 1 + width > WIDTH) {
            g_string_append_printf(out, "%s%*s", i > 0 ? "\n" : "", INDENT, "");
            column = INDENT;
        } else {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += width;
    }
    g_string_append_c(out, '\n');
}

static void
append_type(GString *out, const Setting *s)
{
    g_auto(GStrv) choices = g_strsplit(s->choices ? s->choices : "", "|", 0);
    g_autofree char *list = g_strjoinv(" | ", choices);

    g_string_append(out, type_words[s->type] ? type_words[s->type] : list);
    if (s->type == SETTING_NUMBER && (s->min != 0 || s->max != 0))
        g_string_append_printf(out, " from %ld to %ld", s->min, s->max);
}

static void
append_setting(GString *out, const Setting *s)
{
    const char *dot = strchr(s->key, '.');

    g_string_append_printf(out, "  %s: ", dot ? dot + 1 : s->key);
    append_type(out, s);
    if (s->required)
        g_string_append(out, "; required");
    else if (s->fallback)
        g_string_append_printf(out, "; %s if not set", s->fallback);
    g_string_append_c(out, '\n');
    append_wrapped(out, s->help);
}

/* Names a group before its first member. */
static void
append_group(GString *out, const Setting *s, char **group)
{
    const char *dot = strchr(s->key, '.');
    g_autofree char *name =
        dot ? g_strndup(s->key, (gsize)(dot - s->key)) : NULL;

    if (name && g_strcmp0(name, *group) != 0)
        g_string_append_printf(out, "\n %s:\n", name);
    g_free(*group);
    *group = g_steal_pointer(&name);
}

static void
append_chapter(GString *out, SettingPlace place, const char *title)
{
    g_autofree char *group = NULL;

    g_string_append_printf(out, "\n%s\n\n", title);
    for (const Setting *s = settings_table; s->key; s++)
        if (s->places & place) {
            append_group(out, s, &group);
            append_setting(out, s);
        }
}

char *
settings_manual(void)
{
    GString *out = g_string_new(
        "Settings are lines of the form  name: value. A mail, a campaign, a "
        "sender and a\n"
        "role have them between two lines of three hyphens at the top of the "
        "file.\n");

    for (gsize i = 0; i < G_N_ELEMENTS(chapters); i++)
        append_chapter(out, chapters[i].place, chapters[i].title);
    return g_string_free(out, FALSE);
}
