/* SPDX-License-Identifier: Apache-2.0 */
/* steps.c - reading the steps of a sequence */
#include "campaign-private.h"

#include "nurture/text.h"

#include <string.h>

static void
read_wait(const Reading *r, const YamlNode *node, CampaignStep *step)
{
    const char *text = node ? node->value : NULL;
    g_autoptr(GError) error = NULL;
    bool read;

    if (!text)
        return;
    if (g_str_has_prefix(text, "until ")) {
        step->wait = WAIT_UNTIL;
        read = role_date_parse(r, text + 6, &step->until, &error);
    } else {
        step->wait = WAIT_SPAN;
        read = span_parse(text, &step->span, &error);
    }
    if (!read) {
        Diagnostic *d = diagnostics_add(
            r->problems, step->wait == WAIT_SPAN ? "E607" : "E602", r->source,
            node->offset, node->length, "'wait: %s': %s", text, error->message);
        diagnostic_note(d, "for example 4d, 4 business days, 2w");
    }
}

static const char *const days[] = {"Monday",   "Tuesday", "Wednesday",
                                   "Thursday", "Friday",  "Saturday",
                                   "Sunday"};

static int
read_weekday(const YamlNode *node)
{
    for (int i = 0; node && i < 7; i++)
        if (g_strcmp0(node->value, days[i]) == 0)
            return i;
    return -1; /* settings_check has said so */
}

/* "09:30" -> 570. */
static int
read_time_of_day(const Reading *r, const YamlNode *node)
{
    const char *t = node ? node->value : NULL;
    Diagnostic *d;

    if (!t)
        return -1;
    if (strlen(t) == 5 && g_ascii_isdigit(t[0]) && g_ascii_isdigit(t[1]) &&
        t[2] == ':' && g_ascii_isdigit(t[3]) && g_ascii_isdigit(t[4])) {
        int hour = (t[0] - '0') * 10 + t[1] - '0';
        int minute = (t[3] - '0') * 10 + t[4] - '0';
        if (hour < 24 && minute < 60)
            return hour * 60 + minute;
    }
    d = diagnostics_add(r->problems, "E602", r->source, node->offset,
                        node->length, "'%s' is not a time of day", t);
    diagnostic_note(d, "write for example 09:30");
    return -1;
}

static LateRule
read_late(const YamlNode *node)
{
    const char *text = node ? node->value : NULL;

    if (g_strcmp0(text, "skip") == 0)
        return LATE_SKIP;
    return g_strcmp0(text, "exit") == 0 ? LATE_EXIT : LATE_NEXT_WINDOW;
}

static char *
read_name(const YamlNode *map, const char *key)
{
    const YamlNode *node = yaml_get(map, key);

    return node ? g_strdup(node->value) : NULL;
}

static void
read_timing(const Reading *r, const YamlNode *map, CampaignStep *step)
{
    const YamlNode *thread = yaml_get(map, "thread");

    read_wait(r, yaml_get(map, "wait"), step);
    step->on_weekday = read_weekday(yaml_get(map, "on"));
    step->at_minute = read_time_of_day(r, yaml_get(map, "at"));
    step->late = read_late(yaml_get(map, "late"));
    step->thread = thread && g_strcmp0(thread->value, "yes") == 0;
    step->was = read_name(map, "was");
    step->drop = read_name(map, "drop");
}

static void
report_no_mail(const Reading *r, const YamlNode *node, const char *id)
{
    ExpressionScope scope = catalogue_scope(r->catalogue);
    const char *const *mails = scope.mails(r->campaign->id, scope.data);
    const char *nearest = text_nearest(id, mails);
    Diagnostic *d = diagnostics_add(
        r->problems, "E608", r->source, node->offset, node->length,
        "there is no mail '%s' in this campaign", id);

    if (!nearest && g_str_has_suffix(id, ".md")) {
        g_autofree char *stem = g_strndup(id, strlen(id) - strlen(".md"));
        diagnostic_note(d, "a mail is named without '.md'");
        if (mails && g_strv_contains(mails, stem))
            diagnostic_fix_all(d, stem);
    }
    if (nearest) {
        diagnostic_note(d, "did you mean '%s'?", nearest);
        diagnostic_fix_all(d, nearest);
    }
}

static bool
mail_exists(const Reading *r, const char *id)
{
    TemplateFiles files = catalogue_files(r->catalogue);
    g_autofree char *path =
        g_strdup_printf("campaigns/%s/%s.md", r->campaign->id, id);

    return files.exists(path, NULL, files.data);
}

static void
read_step(const Reading *r, const YamlNode *map)
{
    const YamlNode *name = yaml_get(map, "mail");
    const char *id = name ? name->value : NULL;
    CampaignStep *step;

    if (!id)
        return; /* settings_check has said so */
    if (campaign_step(r->campaign, id)) {
        diagnostics_add(r->problems, "E609", r->source, name->offset,
                        name->length, "'%s' appears twice in 'steps'", id);
        return;
    }
    if (!mail_exists(r, id)) {
        report_no_mail(r, name, id);
        return;
    }
    step = g_new0(CampaignStep, 1);
    step->mail = mail_load(r, id);
    g_ptr_array_add(r->campaign->mails, step->mail);
    read_timing(r, map, step);
    step->only_if = read_expression(r, yaml_get(map, "only_if"));
    g_ptr_array_add(r->campaign->steps, step);
}

void
steps_read(const Reading *r)
{
    const YamlNode *list = yaml_get(r->map, "steps");

    for (guint i = 0; list && list->kind == YAML_LIST && i < list->items->len;
         i++) {
        const YamlNode *map = g_ptr_array_index(list->items, i);
        if (map->kind == YAML_MAP)
            read_step(r, map);
    }
}

static bool
is_variant_file(const Campaign *campaign, const char *name)
{
    for (guint m = 0; m < campaign->mails->len; m++) {
        const CampaignMail *mail = g_ptr_array_index(campaign->mails, m);
        for (guint v = 0; v < mail->variants->len; v++) {
            const MailVariant *variant = g_ptr_array_index(mail->variants, v);
            if (g_strcmp0(variant->mail, name) == 0)
                return true;
        }
    }
    return false;
}

bool
steps_are_faulty(const Reading *r)
{
    static const char *const codes[] = {"E106", "E107", "E111", "E602",
                                        "E607", "E608", "E609", NULL};

    for (guint i = 0; i < diagnostics_length(r->problems); i++) {
        const Diagnostic *d = diagnostics_get(r->problems, i);
        if (g_strv_contains(codes, d->code) &&
            strcmp(d->path, source_path(r->source)) == 0)
            return true;
    }
    return false;
}

/* W010: a mail file that no step sends. */
void
steps_check_unused(const Reading *r)
{
    ExpressionScope scope = catalogue_scope(r->catalogue);
    const char *const *mails = scope.mails(r->campaign->id, scope.data);

    if (steps_are_faulty(r))
        return; /* the step that sends it may be the one at fault */
    for (; mails && *mails; mails++) {
        g_autofree char *path = NULL;
        Diagnostic *d;
        if (campaign_step(r->campaign, *mails) ||
            is_variant_file(r->campaign, *mails) || strchr(*mails, ' '))
            continue; /* E009 has been said of a name with blanks */
        path = g_strdup_printf("campaigns/%s/%s.md", r->campaign->id, *mails);
        d = diagnostics_add_file(
            r->problems, "W010", path,
            "'%s.md' is in this folder but no step sends it", *mails);
        diagnostic_help(d,
                        "add it to 'steps' in campaign.md, or delete the file");
    }
}

char *
campaign_step_wait(const CampaignStep *step)
{
    static const char *const units[] = {"minute",       "hour",  "day",
                                        "business day", "month", "year"};
    g_autoptr(GString) words = g_string_new(NULL);

    if (step->wait == WAIT_SPAN)
        g_string_append_printf(words, "+%d %s%s", step->span.count,
                               units[step->span.unit],
                               step->span.count == 1 ? "" : "s");
    if (step->wait == WAIT_UNTIL) {
        g_autofree char *until = date_iso(step->until);
        g_string_append_printf(words, "until %s", until);
    }
    if (step->on_weekday >= 0)
        g_string_append_printf(words, "%son %s", words->len ? ", " : "",
                               days[step->on_weekday]);
    if (step->at_minute >= 0)
        g_string_append_printf(words, "%sat %02d:%02d", words->len ? ", " : "",
                               step->at_minute / 60, step->at_minute % 60);
    return g_string_free(g_steal_pointer(&words), FALSE);
}
